//! Folders of dated copies: files that differ in the time in their path alone are versions of one state.

use std::collections::{BTreeMap, HashSet};

use super::labels::LabelPattern;
use super::timestamp::timestamp;
use crate::source::{Content, Found, Past};

/// What separates a time from the rest of a name.
const SEPARATORS: [char; 6] = ['-', '_', '.', '@', '+', ' '];

/// Makes one document of the copies of each state, with the copies for its past; what has no time, or
/// none that can be read, stays as it is. The latter is told in `notes`.
pub(super) fn grouped(
    labels: &LabelPattern,
    found: Vec<Found>,
    notes: &mut Vec<String>,
) -> Vec<Found> {
    let mut copies: BTreeMap<(String, String), Vec<Past>> = BTreeMap::new();
    let mut documents = Vec::with_capacity(found.len());
    for document in found {
        let Some(place) = labels
            .timestamp(&document.path)
            .filter(|_| !matches!(document.content, Content::Blob(_)))
        else {
            documents.push(document);
            continue;
        };
        let text = &document.path[place.clone()];
        let Some(time) = timestamp(text) else {
            notes.push(format!(
                "{} is a state of its own: {text} is no time such as 2026-03-01 or 20260301T120000Z",
                document.uri
            ));
            documents.push(document);
            continue;
        };
        let before = document.path[..place.start].to_owned();
        let after = document.path[place.end..].to_owned();
        let mut copy = document.now();
        copy.recorded.at = Some(time);
        copies.entry((before, after)).or_default().push(copy);
    }
    let mut places: HashSet<String> = documents.iter().map(|found| found.uri.clone()).collect();
    for ((before, after), mut past) in copies {
        past.sort_by(|one, other| {
            (one.recorded.at, &one.path).cmp(&(other.recorded.at, &other.path))
        });
        let Some(newest) = past.last() else {
            continue;
        };
        let root = newest.uri.strip_suffix(&newest.path).unwrap_or_default();
        let mut path = without_time(&before, &after);
        // Two folders of copies may be told apart by no more than what surrounds the time.
        if places.contains(&format!("{root}{path}")) {
            path = format!("{before}{{timestamp}}{after}");
        }
        let uri = format!("{root}{path}");
        places.insert(uri.clone());
        documents.push(Found {
            path,
            uri,
            size: newest.size,
            modified: newest.recorded.at,
            // A name that has a time where the pattern expects one is that of a state.
            expected: true,
            content: newest.content.clone(),
            past,
        });
    }
    documents.sort_by(|one, other| one.path.cmp(&other.path));
    documents
}

/// A path without the time between its two parts, and without what only separated that.
fn without_time(before: &str, after: &str) -> String {
    let (folder, head) = before.rsplit_once('/').unwrap_or(("", before));
    let (tail, rest) = match after.split_once('/') {
        Some((tail, rest)) => (tail, Some(rest)),
        None => (after, None),
    };
    let head = head.trim_end_matches(SEPARATORS);
    let is_ending = tail.starts_with(".tfstate");
    let name = match head.is_empty() {
        false => format!("{head}{tail}"),
        true if is_ending => String::new(),
        true => tail.trim_start_matches(SEPARATORS).to_owned(),
    };
    let mut path = folder.to_owned();
    if name.is_empty() && is_ending && rest.is_none() {
        // The folder is all that is left of a name.
        path.push_str(if folder.is_empty() { "terraform" } else { "" });
        path.push_str(tail);
    }
    for part in [Some(name.as_str()), rest].into_iter().flatten() {
        if !path.is_empty() && !part.is_empty() {
            path.push('/');
        }
        path.push_str(part);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::without_time;

    #[test]
    fn the_name_of_copies_has_no_stray_separators() {
        let cases = [
            ("backups/", "/app.tfstate", "backups/app.tfstate"),
            ("", "/terraform.tfstate", "terraform.tfstate"),
            ("x/app-", ".tfstate", "x/app.tfstate"),
            ("", "_app.tfstate", "app.tfstate"),
            ("app-", "-prod.tfstate", "app-prod.tfstate"),
            ("app/", ".tfstate", "app.tfstate"),
            ("", ".tfstate", "terraform.tfstate"),
            ("app/terraform.tfstate.", "", "app/terraform.tfstate"),
            ("a/v-", "/b/terraform.tfstate", "a/v/b/terraform.tfstate"),
        ];
        for (before, after, path) in cases {
            assert_eq!(without_time(before, after), path, "{before}…{after}");
        }
    }
}
