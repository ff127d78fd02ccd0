//! Labels of a state, taken from its path by a pattern: `{team}/{env}/{stack}/terraform.tfstate`.

use regex::Regex;
use serde_json::{Map, Value};

/// A path pattern whose `{names}` become labels.
#[derive(Debug, Clone)]
pub struct LabelPattern {
    names: Vec<String>,
    regex: Regex,
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
    /// some of it, `*` for any text within a part, `**` for any number of parts.
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
                regex.push_str("([^/]+)");
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
        let regex = Regex::new(&regex).map_err(|_| error("is too long"))?;
        Ok(LabelPattern { names, regex })
    }

    /// The labels of a path, or none where it does not match.
    pub fn labels(&self, path: &str) -> Map<String, Value> {
        let Some(captures) = self.regex.captures(path) else {
            return Map::new();
        };
        let values = captures.iter().skip(1).flatten();
        self.names
            .iter()
            .zip(values)
            .map(|(name, value)| (name.clone(), value.as_str().into()))
            .collect()
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
