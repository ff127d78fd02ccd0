//! The members of a document, whose order is kept with them.

use std::cmp::Ordering;

use super::{Delta, PartIndex, PartKey};
use crate::format::{Parts, TopMember};

impl Delta {
    /// The members of the newest version's document with what the delta changes; `parts` is the document it
    /// was made of. A new member stands behind the one that it stands behind there. `serial` and `lineage`
    /// are those of the newest version.
    ///
    /// The order is the newest version's: where that is the writer's base, the writer's own members say more.
    pub fn top(&self, newest: &[TopMember], parts: &Parts) -> Vec<TopMember> {
        let is_removed = |member: &TopMember| {
            let mut removed = self.removals.iter().map(|removal| &removal.key);
            removed.any(|key| matches!(key, PartKey::Top(name) if *name == member.name))
        };
        let mut top: Vec<TopMember> = newest
            .iter()
            .filter(|member| !is_removed(member))
            .cloned()
            .collect();
        for put in &self.puts {
            let PartIndex::Top(at) = put.at else {
                continue;
            };
            let Some(member) = parts.top.get(at) else {
                continue;
            };
            if let Some(there) = top.iter_mut().find(|there| there.name == member.name) {
                there.text.clone_from(&member.text);
                continue;
            }
            let before = parts.top[..at].iter().rev();
            let place = before
                .filter_map(|before| top.iter().position(|there| there.name == before.name))
                .next();
            top.insert(place.map_or(0, |place| place + 1), member.clone());
        }
        top
    }
}

/// The text of a member.
pub(super) fn text<'t>(top: &'t [TopMember], name: &str) -> Option<&'t str> {
    let member = top.iter().find(|member| member.name == name)?;
    Some(&member.text)
}

/// Whether one version of Terraform or OpenTofu comes after another, both as JSON; not where one is no version.
///
/// Source: Semantic Versioning 2.0.0, clause 11.
pub(super) fn is_newer(version: &str, than: &str) -> bool {
    let (Some(version), Some(than)) = (Version::parse(version), Version::parse(than)) else {
        return false;
    };
    version.compare(&than) == Ordering::Greater
}

struct Version<'v> {
    numbers: Vec<u64>,
    /// `None` for a release, which comes after those before it.
    before_release: Option<Vec<&'v str>>,
}

impl<'v> Version<'v> {
    fn parse(json: &'v str) -> Option<Version<'v>> {
        let text = json.strip_prefix('"')?.strip_suffix('"')?;
        let text = text.split('+').next()?;
        let (numbers, before_release) = match text.split_once('-') {
            Some((numbers, before)) => (numbers, Some(before.split('.').collect())),
            None => (text, None),
        };
        let numbers = numbers.split('.').map(|number| number.parse().ok());
        Some(Version {
            numbers: numbers.collect::<Option<_>>()?,
            before_release,
        })
    }

    fn compare(&self, other: &Version<'_>) -> Ordering {
        let before_release = || match (&self.before_release, &other.before_release) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(two)) => {
                // Numbers come before words.
                let ranked = |word: &&str| match word.parse::<u64>() {
                    Ok(number) => (0, number, String::new()),
                    Err(_) => (1, 0, (*word).to_owned()),
                };
                one.iter().map(ranked).cmp(two.iter().map(ranked))
            }
        };
        self.numbers.cmp(&other.numbers).then_with(before_release)
    }
}

#[cfg(test)]
mod tests {
    use super::is_newer;

    #[test]
    fn versions_come_after_each_other() {
        let order = [
            "0.12.31",
            "1.0.0-alpha20210101",
            "1.0.0-beta1",
            "1.0.0-rc.2",
            "1.0.0-rc.10",
            "1.0.0",
            "1.9.8",
            "1.11.4",
            "1.12.0-dev",
        ];
        let json = |version: &str| format!("\"{version}\"");
        for (place, version) in order.iter().enumerate() {
            for (other_place, other) in order.iter().enumerate() {
                let is_newer = is_newer(&json(version), &json(other));
                assert_eq!(is_newer, place > other_place, "{version} {other}");
            }
        }
    }

    #[test]
    fn what_is_no_version_comes_after_none() {
        for (one, two) in [
            ("null", "\"1.0.0\""),
            ("\"1.0.0\"", "\"\""),
            ("\"x\"", "\"1.0.0\""),
        ] {
            assert!(!is_newer(one, two) && !is_newer(two, one));
        }
        assert!(!is_newer("\"1.0.0+a\"", "\"1.0.0+b\""));
    }
}
