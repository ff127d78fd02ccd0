//! What texts and JSON PostgreSQL takes, and handing JSON to it.

use std::borrow::Cow;
use std::error::Error;

use ::postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use bytes::BytesMut;
use serde_json::Value;

/// What stands for a character that PostgreSQL has not: the one for what cannot be shown.
const STAND_IN: char = '\u{fffd}';

/// A text without the character zero, which PostgreSQL's texts cannot hold.
pub(super) fn storable(text: &str) -> Cow<'_, str> {
    match text.contains('\0') {
        true => Cow::Owned(text.replace('\0', "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

/// Whether PostgreSQL's functions can look into a JSON text as it is: they refuse one with an escape for the
/// character zero or for half a character. Says no in doubt.
///
/// Source: PostgreSQL's documentation, 8.14, JSON Types.
pub(super) fn is_plain(json: &str) -> bool {
    let mut rest = json;
    while let Some(at) = rest.find("\\u") {
        let digits = rest.get(at + 2..at + 6).unwrap_or_default();
        match u16::from_str_radix(digits, 16) {
            Ok(unit) if unit != 0 && !(0xd800..0xe000).contains(&unit) => {}
            _ => return false,
        }
        rest = &rest[at + 2..];
    }
    true
}

/// A value as PostgreSQL's functions can look into it: other characters stand where it has none.
pub(super) fn json_for_postgres(value: &Value) -> String {
    let text = value.to_string();
    match is_plain(&text) {
        true => text,
        false => without_zeros(value.clone()).to_string(),
    }
}

fn without_zeros(value: Value) -> Value {
    let replaced = |text: String| text.replace('\0', &STAND_IN.to_string());
    match value {
        Value::String(text) => Value::String(replaced(text)),
        Value::Array(items) => items.into_iter().map(without_zeros).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (replaced(name), without_zeros(value)))
            .collect(),
        other => other,
    }
}

/// JSON text for a column of the type json.
#[derive(Debug, Clone, Copy)]
pub(super) struct JsonText<'a>(pub(super) &'a str);

impl ToSql for JsonText<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(of: &Type) -> bool {
        *of == Type::JSON
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgres_cannot_look_into_is_told() {
        assert!(is_plain(r#"{"a":"b\n\u003c\u00e9"}"#));
        assert!(!is_plain(r#""\u0000""#));
        assert!(!is_plain(r#""\ud83d\ude00""#));
        assert!(!is_plain(r#""\u00""#));
    }

    #[test]
    fn zeros_are_replaced_in_values_and_names() {
        let value = serde_json::json!({"a\0": ["\0b", {"c": "\\u0000"}], "d": 1});
        assert_eq!(
            json_for_postgres(&value),
            "{\"a\u{fffd}\":[\"\u{fffd}b\",{\"c\":\"\\\\u0000\"}],\"d\":1}"
        );
    }
}
