//! Labels of a state, taken from its path by a pattern: `{team}/{env}/{stack}/terraform.tfstate`.

use std::ops::Range;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

/// The label whose value is the time of a copy.
const TIMESTAMP: &str = "timestamp";

/// What the times look like that a copy's path may have.
const TIMES: &str = "([0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt _-]?[0-9]{2}[:-]?[0-9]{2}[:-]?[0-9]{2}(?:[.][0-9]+)?\
    (?:[Zz]|[+-][0-9]{2}[:-]?[0-9]{2})?)?|[0-9]{8}(?:[Tt _-]?[0-9]{6}(?:[.][0-9]+)?[Zz]?)?|[0-9]{9,11})";

/// What any other label may be.
const ANY: &str = "([^/]+)";

/// A path pattern whose `{names}` become labels.
#[derive(Debug, Clone)]
pub struct LabelPattern {
    names: Vec<String>,
    /// The pattern with any text for a time; where it has one, it follows the one with times alone: so
    /// that of `app-2026-03-01` no label before the time takes a part of it.
    regexes: Vec<Regex>,
}

/// Why a text is no label pattern.
#[derive(Debug, thiserror::Error)]
#[error("the label pattern `{pattern}` {problem}")]
pub struct LabelPatternError {
    pattern: String,
    problem: &'static str,
}

impl LabelPattern {
    /// Reads a pattern over a path under the source. `{name}` stands for one part of the path or
    /// some of it, `*` for any text within a part, `**` for any number of parts. Files that differ in
    /// `{timestamp}` alone are versions of one state.
    ///
    /// # Errors
    ///
    /// When a brace is not closed, or a name is empty or given twice.
    pub fn parse(pattern: &str) -> Result<LabelPattern, LabelPatternError> {
        let error = |problem| LabelPatternError {
            pattern: pattern.to_owned(),
            problem,
        };
        let mut names: Vec<String> = Vec::new();
        let mut regex = String::from("^");
        let mut rest = pattern;
        while let Some(next) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix('{') {
                let (name, after) = after
                    .split_once('}')
                    .ok_or_else(|| error("has a `{` without its `}`"))?;
                if name.is_empty() || names.iter().any(|known| known == name) {
                    return Err(error("has a label without a name, or one name twice"));
                }
                names.push(name.to_owned());
                regex.push_str(match name {
                    TIMESTAMP => TIMES,
                    _ => ANY,
                });
                rest = after;
            } else if let Some(after) = rest.strip_prefix("**/") {
                regex.push_str("(?:.*/)?");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("**") {
                regex.push_str(".*");
                rest = after;
            } else if let Some(after) = rest.strip_prefix('*') {
                regex.push_str("[^/]*");
                rest = after;
            } else {
                regex.push_str(&regex::escape(next.encode_utf8(&mut [0; 4])));
                rest = &rest[next.len_utf8()..];
            }
        }
        regex.push('$');
        let mut texts = vec![regex.replace(TIMES, ANY)];
        if names.iter().any(|name| name == TIMESTAMP) {
            texts.insert(0, regex);
        }
        let regexes = texts.iter().map(|text| Regex::new(text));
        let regexes = regexes.collect::<Result<_, _>>();
        Ok(LabelPattern {
            names,
            regexes: regexes.map_err(|_| error("is too long"))?,
        })
    }

    /// The labels of a path, or none where it does not match.
    pub fn labels(&self, path: &str) -> Map<String, Value> {
        let Some(captures) = self.captures(path) else {
            return Map::new();
        };
        let values = captures.iter().skip(1).flatten();
        self.names
            .iter()
            .zip(values)
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect()
    }

    /// Where a path has the time of a copy, if it matches a pattern with `{timestamp}`.
    pub(super) fn timestamp(&self, path: &str) -> Option<Range<usize>> {
        let position = self.names.iter().position(|name| name == TIMESTAMP)?;
        let time = self.captures(path)?.get(position + 1)?;
        Some(time.range())
    }

    fn captures<'p>(&self, path: &'p str) -> Option<Captures<'p>> {
        self.regexes.iter().find_map(|regex| regex.captures(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn labels(pattern: &str, path: &str) -> Value {
        Value::Object(LabelPattern::parse(pattern).unwrap().labels(path))
    }

    #[test]
    fn parts_of_the_path_become_labels() {
        assert_eq!(
            labels(
                "{team}/{env}/{stack}/terraform.tfstate",
                "shop/prod/app/terraform.tfstate"
            ),
            json!({"team": "shop", "env": "prod", "stack": "app"})
        );
        assert_eq!(
            labels("**/{env}-{n}.tfstate", "a/b/prod-1.tfstate"),
            json!({"env": "prod", "n": "1"})
        );
        assert_eq!(labels("*/{x}.tfstate", "a+b/c.tfstate"), json!({"x": "c"}));
    }

    #[test]
    fn a_time_is_taken_as_a_whole() {
        let stack = "{stack}-{timestamp}.tfstate";
        assert_eq!(
            labels(stack, "my-app-2026-03-01.tfstate"),
            json!({"stack": "my-app", "timestamp": "2026-03-01"})
        );
        assert_eq!(
            labels(stack, "app-20260301-120000.tfstate"),
            json!({"stack": "app", "timestamp": "20260301-120000"})
        );
        assert_eq!(
            labels(stack, "app-old.tfstate"),
            json!({"stack": "app", "timestamp": "old"})
        );
    }

    #[test]
    fn a_path_that_does_not_match_has_no_labels() {
        assert_eq!(
            labels("{team}/terraform.tfstate", "a/b/terraform.tfstate"),
            json!({})
        );
    }

    #[test]
    fn a_broken_pattern_is_refused() {
        for pattern in ["{team", "{}/x", "{a}/{a}"] {
            assert!(LabelPattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
