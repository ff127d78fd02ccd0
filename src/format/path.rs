//! Paths to a value inside an instance's attributes: `ingress[0].from_port`, `tags["a.b"]`.

use std::fmt;

use serde_json::Value;

use super::address::write_quoted;

/// One step into a JSON value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathStep {
    /// A key of an object: an attribute or a map key.
    Key(String),
    /// An index into a list, from 0.
    Index(usize),
}

/// A path from an instance's attributes down to one value.
///
/// Written with dots and brackets; a key that is no plain identifier is quoted in brackets as
/// addresses quote theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct AttributePath(pub Vec<PathStep>);

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Key(key) if is_plain(key) => {
                    let dot = if position == 0 { "" } else { "." };
                    write!(f, "{dot}{key}")?;
                }
                PathStep::Key(key) => {
                    f.write_str("[")?;
                    write_quoted(f, key)?;
                    f.write_str("]")?;
                }
                PathStep::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    let mut characters = key.chars();
    characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|other| other.is_alphanumeric() || other == '_' || other == '-')
}

/// Reads a state's list of sensitive paths; `None` when any of it is not understood, so that the
/// caller can hide everything rather than too little.
///
/// Source: Terraform `internal/states/statefile/version4.go`, `pathStep`.
pub(super) fn recorded_paths(json: &str) -> Option<Vec<AttributePath>> {
    match serde_json::from_str(json).ok()? {
        Value::Null => Some(Vec::new()),
        Value::Array(paths) => paths.iter().map(recorded_path).collect(),
        _ => None,
    }
}

fn recorded_path(path: &Value) -> Option<AttributePath> {
    let steps: Option<Vec<_>> = path.as_array()?.iter().map(recorded_step).collect();
    steps.map(AttributePath)
}

fn recorded_step(step: &Value) -> Option<PathStep> {
    let value = step.get("value")?;
    match step.get("type")?.as_str()? {
        "get_attr" => Some(PathStep::Key(value.as_str()?.to_owned())),
        "index" => match value.get("value")? {
            Value::String(key) => Some(PathStep::Key(key.clone())),
            Value::Number(number) => number
                .as_u64()
                .and_then(|index| usize::try_from(index).ok())
                .map(PathStep::Index),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_paths_are_written_as_people_write_them() {
        let json = r#"[[{"type":"get_attr","value":"ingress"},
            {"type":"index","value":{"value":1,"type":"number"}},
            {"type":"get_attr","value":"cidr"}],
            [{"type":"get_attr","value":"tags"},{"type":"index","value":{"value":"a.b","type":"string"}}]]"#;
        let paths: Vec<_> = recorded_paths(json)
            .unwrap()
            .iter()
            .map(|p| p.to_string())
            .collect();
        assert_eq!(paths, ["ingress[1].cidr", r#"tags["a.b"]"#]);
    }

    #[test]
    fn null_is_no_path_and_nonsense_is_not_understood() {
        assert_eq!(recorded_paths("null"), Some(vec![]));
        assert_eq!(recorded_paths("[1]"), None);
    }
}
