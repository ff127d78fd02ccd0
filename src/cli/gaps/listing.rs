//! A file that lists what exists, in the formats in which clouds export it.

use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::error::ArrowError;
use serde_json::{Map, Value};

use crate::cli::Failure;
use crate::engine::closest;
use crate::output::terminal::visible;
use crate::source::io_reason;

/// How much of a file is looked at to tell its format, in bytes.
const HEAD: u64 = 4096;

/// A file that lists what exists.
pub(super) enum Listing {
    /// Rows with a heading, with this between the values.
    Delimited(char),
    /// A Parquet file.
    Parquet,
    /// JSON, which has been read.
    Rows(Rows),
}

/// Objects of JSON.
#[derive(Debug)]
pub(super) struct Rows(Vec<Map<String, Value>>);

impl Listing {
    /// Tells the format of a file by its content; JSON is read.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is JSON without objects.
    pub(super) fn open(path: &Path) -> Result<Listing, Failure> {
        let unread = |error: &std::io::Error| {
            Failure::usage(format!(
                "{} cannot be read: {}",
                path.display(),
                io_reason(error)
            ))
        };
        let mut file = File::open(path).map_err(|error| unread(&error))?;
        let mut bytes = Vec::new();
        let head = (&mut file).take(HEAD).read_to_end(&mut bytes);
        head.map_err(|error| unread(&error))?;
        if bytes.starts_with(b"PAR1") {
            return Ok(Listing::Parquet);
        }
        let mark = b"\xef\xbb\xbf";
        let text = bytes.strip_prefix(mark).unwrap_or(&bytes);
        match text.trim_ascii_start().first() {
            Some(b'{' | b'[') => {
                let rest = file.read_to_end(&mut bytes);
                rest.map_err(|error| unread(&error))?;
                let text = bytes.strip_prefix(mark).unwrap_or(&bytes);
                let rows = rows(text).map_err(|reason| {
                    Failure::usage(format!("{} is no list: {reason}", path.display()))
                })?;
                Ok(Listing::Rows(rows))
            }
            Some(_) => {
                let heading = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
                let count = |wanted: u8| heading.iter().filter(|byte| **byte == wanted).count();
                let delimiters = [b',', b'\t', b';'].into_iter();
                let most = delimiters.rev().max_by_key(|byte| count(*byte));
                Ok(Listing::Delimited(most.map_or(',', char::from)))
            }
            None => Err(Failure::usage(format!(
                "{} is empty; --inventory takes a list of what exists",
                path.display()
            ))),
        }
    }
}

/// The objects of a text: an array, one a line, or the longest array in an object.
fn rows(text: &[u8]) -> Result<Rows, String> {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_slice(text).into_iter::<Value>() {
        let value = value.map_err(|error| {
            format!("line {} column {} is no JSON", error.line(), error.column())
        })?;
        values.push(value);
    }
    let items = match <[Value; 1]>::try_from(values) {
        Ok([Value::Array(items)]) => items,
        Ok([Value::Object(object)]) => match longest(&object) {
            Some(items) => items.clone(),
            None => vec![Value::Object(object)],
        },
        Ok([_]) => Vec::new(),
        Err(lines) => lines,
    };
    let objects: Vec<Map<String, Value>> = items.into_iter().filter_map(object).collect();
    match objects.is_empty() {
        true => Err("it holds no objects; it is to be an array of them, or one a line".to_owned()),
        false => Ok(Rows(objects)),
    }
}

/// The longest array of objects in an object.
fn longest(object: &Map<String, Value>) -> Option<&Vec<Value>> {
    let arrays = object.values().filter_map(Value::as_array);
    let of_objects = arrays.filter(|items| {
        let is_object = |item: &Value| item.is_object() || item.is_string();
        !items.is_empty() && items.iter().all(is_object)
    });
    of_objects.max_by_key(|items| items.len())
}

/// An object, also one that is written as a text, as AWS Config's queries give it.
fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object),
        Value::String(text) => serde_json::from_str(&text).ok(),
        _ => None,
    }
}

impl Rows {
    /// The names of the columns, in the order in which they come first.
    pub(super) fn columns(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for row in &self.0 {
            names.extend(
                row.keys()
                    .map(String::as_str)
                    .filter(|name| seen.insert(*name)),
            );
        }
        names
    }

    /// The first of some columns that a row has as `id`, and another as `type`.
    ///
    /// # Errors
    ///
    /// When Arrow refuses them.
    pub(super) fn batch(
        &self,
        ids: &[&str],
        kind: Option<&str>,
    ) -> Result<RecordBatch, ArrowError> {
        let text = |row: &Map<String, Value>, column: &str| match row.get(column)? {
            Value::Null => None,
            Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            other => Some(other.to_string()),
        };
        let texts = |columns: &[&str]| -> ArrayRef {
            let first = |row| columns.iter().find_map(|column| text(row, column));
            Arc::new(self.0.iter().map(first).collect::<StringArray>())
        };
        let column = |name: &str, values| (name.to_owned(), values, true);
        RecordBatch::try_from_iter_with_nullable([
            column("id", texts(ids)),
            column("type", texts(kind.as_slice())),
        ])
    }
}

/// The column of a name that was given with `option`.
///
/// # Errors
///
/// When there is none, with the nearest or all that there are.
pub(super) fn column<'c>(
    columns: &[&'c str],
    named: &str,
    option: &str,
    file: &dyn Display,
) -> Result<&'c str, Failure> {
    if let Some(column) = columns.iter().find(|column| **column == named) {
        return Ok(*column);
    }
    let advice = match closest(named, columns.iter().copied()) {
        Some(near) => format!("did you mean {}?", visible(near)),
        None => format!("it has {}", visible(&columns.join(", "))),
    };
    Err(Failure::usage(format!(
        "{file} has no column {named}, which {option} names; {advice}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Result<Vec<String>, String> {
        let rows = rows(text.as_bytes())?;
        Ok(rows.columns().into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn lists_are_found_in_every_shape() {
        for text in [
            r#"[{"a": 1}, {"b": 2}]"#,
            "{\"a\": 1}\n{\"b\": 2}\n",
            r#"{"next": null, "items": [{"a": 1}, {"b": 2}]}"#,
            r#"{"Results": ["{\"a\": 1}", "{\"b\": 2}"]}"#,
        ] {
            let expected = Ok(vec!["a".to_owned(), "b".to_owned()]);
            assert_eq!(columns(text), expected, "{text}");
        }
        assert_eq!(columns(r#"{"a": 1}"#), Ok(vec!["a".to_owned()]));
        assert_eq!(
            columns("[1]"),
            Err("it holds no objects; it is to be an array of them, or one a line".to_owned())
        );
        assert_eq!(
            columns("[\n{\"a\": x}]"),
            Err("line 2 column 7 is no JSON".to_owned())
        );
    }
}
