//! The header of a file of SQL: what its leading comments say of it.

use std::fmt;

/// What is wrong with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderError {
    /// The line of the file, from 1.
    pub line: usize,
    /// A sentence.
    pub message: String,
}

impl std::error::Error for HeaderError {}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// One entry of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'t> {
    /// The line it begins on, from 1.
    pub(super) line: usize,
    /// What it tells.
    pub(super) key: &'t str,
    /// Its text, on one line.
    pub(super) text: String,
}

impl Entry<'_> {
    /// That something is wrong with this entry.
    pub(super) fn error(&self, message: impl Into<String>) -> HeaderError {
        HeaderError {
            line: self.line,
            message: message.into(),
        }
    }

    /// Its text, where it is the first of its key.
    pub(super) fn only(&self, before: Option<&String>) -> Result<Option<String>, HeaderError> {
        match before {
            None => Ok(Some(self.text.clone())),
            Some(_) => Err(self.error(format!("{} is said twice", self.key))),
        }
    }
}

/// The entries of a file's header. Comments of which none begins with one of `keys` are no header.
///
/// # Errors
///
/// When a line of a header is no entry with one of `keys`, or an entry says nothing.
pub(super) fn entries<'t>(text: &'t str, keys: &[&str]) -> Result<Vec<Entry<'t>>, HeaderError> {
    let comments: Vec<(usize, &str)> = comments(text).collect();
    if !comments.iter().any(|(_, line)| has_key(line, keys)) {
        return Ok(Vec::new());
    }
    let mut entries: Vec<Entry<'t>> = Vec::new();
    for (line, comment) in comments {
        if comment.trim().is_empty() {
            continue;
        }
        let goes_on = comment.starts_with("  ") || comment.starts_with('\t');
        match (entries.last_mut(), comment.split_once(':')) {
            (Some(entry), _) if goes_on => {
                entry.text.push(' ');
                entry.text.push_str(comment.trim());
            }
            (_, Some((key, text))) if keys.contains(&key.trim()) => entries.push(Entry {
                line,
                key: key.trim(),
                text: text.trim().to_owned(),
            }),
            _ => {
                let message = format!(
                    "a line of the header begins with {}, or with two blanks to go on with the one above",
                    either(keys)
                );
                return Err(HeaderError { line, message });
            }
        }
    }
    match entries.iter().find(|entry| entry.text.trim().is_empty()) {
        Some(empty) => Err(empty.error(format!("{}: says nothing", empty.key))),
        None => Ok(entries),
    }
}

/// The comment lines at the top, with the numbers of their lines and without their dashes.
fn comments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.trim_start_matches('\u{feff}');
    text.lines()
        .enumerate()
        .skip_while(|(_, line)| line.trim().is_empty())
        .map_while(|(index, line)| Some((index + 1, line.strip_prefix("--")?)))
}

fn has_key(comment: &str, keys: &[&str]) -> bool {
    comment
        .split_once(':')
        .is_some_and(|(key, _)| keys.contains(&key.trim()))
}

/// `a:, b: or c:`.
fn either(keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("{key}:")).collect();
    match keys.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => keys.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 2] = ["title", "param"];

    fn read(text: &str) -> Result<Vec<(usize, &str, String)>, String> {
        match entries(text, &KEYS) {
            Ok(entries) => Ok(entries
                .into_iter()
                .map(|entry| (entry.line, entry.key, entry.text))
                .collect()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn entries_may_go_on_over_lines() {
        let text =
            "\n-- title: Open ingress\n--\n-- param: port integer\n--    and: more\nSELECT 1";
        assert_eq!(
            read(text),
            Ok(vec![
                (2, "title", "Open ingress".to_owned()),
                (4, "param", "port integer and: more".to_owned()),
            ])
        );
    }

    #[test]
    fn other_comments_are_no_header() {
        assert_eq!(read("-- Counts things.\nSELECT 1"), Ok(vec![]));
        assert_eq!(read("SELECT 1\n-- title: too late"), Ok(vec![]));
        assert_eq!(read(""), Ok(vec![]));
    }

    #[test]
    fn a_header_is_checked_line_by_line() {
        let expected = "a line of the header begins with title: or param:, or with two blanks to go on \
                        with the one above";
        assert_eq!(
            read("-- title: A\n-- parm: x"),
            Err(format!("line 2: {expected}"))
        );
        assert_eq!(
            read("-- prose\n-- title: A"),
            Err(format!("line 1: {expected}"))
        );
        assert_eq!(
            read("-- title:\nSELECT 1"),
            Err("line 1: title: says nothing".to_owned())
        );
    }
}
