//! JSON as text: looking into it, cutting pieces out and writing it, without ever parsing a number.
//!
//! Every function works on the text itself, so numbers keep the digits they were written with. Text
//! that is not valid JSON gives `None`; nothing here fails or panics.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// How deep functions that go down a value do so; deeper values are taken for none.
pub const MAX_DEPTH: usize = 512;

/// What kind of JSON value a text holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// a number
    Number,
    /// a string
    String,
    /// an array
    Array,
    /// an object
    Object,
}

impl Kind {
    /// The kind of a JSON text, from how it begins; the rest is not looked at.
    pub fn of(json: &str) -> Option<Self> {
        let json = json.trim_ascii_start();
        match json.as_bytes().first()? {
            b'n' if json.starts_with("null") => Some(Self::Null),
            b't' if json.starts_with("true") => Some(Self::Boolean),
            b'f' if json.starts_with("false") => Some(Self::Boolean),
            b'-' | b'0'..=b'9' => Some(Self::Number),
            b'"' => Some(Self::String),
            b'[' => Some(Self::Array),
            b'{' => Some(Self::Object),
            _ => None,
        }
    }

    /// The name that PostgreSQL's `jsonb_typeof` gives.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

/// Whether the whole text is one valid JSON value.
pub fn is_valid(json: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(json).is_ok()
}

/// The elements of a JSON array, each as its own text; `None` when it is no array.
pub fn elements(json: &str) -> Option<Vec<&str>> {
    if Kind::of(json)? != Kind::Array {
        return None;
    }
    let raw: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    Some(raw.into_iter().map(RawValue::get).collect())
}

/// The members of a JSON object in their order, each value as its own text; `None` when it is no
/// object.
pub fn entries(json: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    if Kind::of(json)? != Kind::Object {
        return None;
    }
    serde_json::from_str::<Members<'_>>(json)
        .ok()
        .map(|members| members.0)
}

/// The value of one member of a JSON object; the last one where a key occurs twice, as `jsonb` has it.
pub fn member<'j>(json: &'j str, key: &str) -> Option<&'j str> {
    entries(json)?
        .into_iter()
        .rev()
        .find_map(|(name, value)| (name == key).then_some(value))
}

/// One element of a JSON array; a negative index counts from the end.
pub fn element(json: &str, index: i64) -> Option<&str> {
    let elements = elements(json)?;
    let index = if index < 0 {
        elements
            .len()
            .checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?
    } else {
        usize::try_from(index).ok()?
    };
    elements.get(index).copied()
}

/// One step of a PostgreSQL path (`#>`): a key of an object, or the index of an array as text.
pub fn step<'j>(json: &'j str, key: &str) -> Option<&'j str> {
    match Kind::of(json)? {
        Kind::Object => member(json, key),
        Kind::Array => element(json, key.trim().parse().ok()?),
        _ => None,
    }
}

/// What `->>` shows of a value: a string without its quotes, `None` for `null`, else the text itself.
pub fn plain(json: &str) -> Option<Cow<'_, str>> {
    match Kind::of(json)? {
        Kind::Null => None,
        Kind::String => unquote(json),
        _ => Some(Cow::Borrowed(json.trim_ascii())),
    }
}

/// The contents of a JSON string.
pub fn unquote(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.trim_ascii().strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str::<String>(json).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Writes text as a JSON string, quotes and escapes included.
pub fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Valid JSON without the blanks between its tokens.
pub fn compact(json: &str) -> Cow<'_, str> {
    let mut in_string = false;
    let mut escaped = false;
    let is_blank = |c: char| matches!(c, ' ' | '\n' | '\r' | '\t');
    let mut outside = |c: char| {
        if in_string {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                _ => {}
            }
            false
        } else {
            in_string = c == '"';
            true
        }
    };
    let Some(first) = json
        .char_indices()
        .find(|&(_, c)| outside(c) && is_blank(c))
    else {
        return Cow::Borrowed(json);
    };
    let mut out = String::with_capacity(json.len());
    out.push_str(&json[..first.0]);
    out.extend(
        json[first.0 + 1..]
            .chars()
            .filter(|&c| !(outside(c) && is_blank(c))),
    );
    Cow::Owned(out)
}

/// JSON over several lines, four spaces a level, as PostgreSQL's `jsonb_pretty` writes it.
pub fn pretty(json: &str) -> Option<String> {
    if !is_valid(json) {
        return None;
    }
    let json = compact(json);
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0usize;
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                out.push(c);
                while let Some(c) = chars.next() {
                    out.push(c);
                    match c {
                        '\\' => out.extend(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                depth += 1;
                out.push(c);
                new_line(&mut out, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => out.push(c),
        }
        // PostgreSQL closes an empty object or array on a line of its own, without a blank line.
        if matches!(c, '{' | '[') && matches!(chars.peek(), Some('}' | ']')) {
            while out.ends_with([' ', '\n']) {
                out.pop();
            }
        }
    }
    Some(out)
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("    ", depth));
}

/// JSON without the object members whose value is `null`, at every depth; array elements stay.
pub fn strip_nulls(json: &str) -> Option<String> {
    if !is_valid(json) {
        return None;
    }
    let mut out = String::with_capacity(json.len());
    write_without_nulls(&mut out, json, MAX_DEPTH)?;
    Some(out)
}

fn write_without_nulls(out: &mut String, json: &str, depth: usize) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match Kind::of(json)? {
        Kind::Object => {
            out.push('{');
            let mut first = true;
            for (key, value) in entries(json)? {
                if Kind::of(value) == Some(Kind::Null) {
                    continue;
                }
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                write_quoted(out, &key);
                out.push(':');
                write_without_nulls(out, value, depth)?;
            }
            out.push('}');
        }
        Kind::Array => {
            out.push('[');
            for (index, value) in elements(json)?.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_without_nulls(out, value, depth)?;
            }
            out.push(']');
        }
        _ => out.push_str(json.trim_ascii()),
    }
    Some(())
}

/// The elements of a PostgreSQL text array such as `{tags,"a b",NULL}`; `None` when it is malformed.
pub fn parse_text_array(literal: &str) -> Option<Vec<Option<String>>> {
    let inner = literal.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inner.trim().is_empty() {
        return Some(Vec::new());
    }
    let mut items = Vec::new();
    let mut chars = inner.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let mut item = String::new();
        if chars.next_if_eq(&'"').is_some() {
            loop {
                match chars.next()? {
                    '"' => break,
                    '\\' => item.push(chars.next()?),
                    c => item.push(c),
                }
            }
            while chars.next_if(|c| c.is_whitespace()).is_some() {}
            items.push(Some(item));
        } else {
            while let Some(c) = chars.next_if(|&c| c != ',') {
                match c {
                    '{' | '}' | '"' => return None,
                    '\\' => item.push(chars.next()?),
                    c => item.push(c),
                }
            }
            let item = item.trim_end();
            if item.is_empty() {
                return None;
            }
            items.push((!item.eq_ignore_ascii_case("null")).then(|| item.to_owned()));
        }
        match chars.next() {
            None => return Some(items),
            Some(',') => {}
            Some(_) => return None,
        }
    }
}

/// The members of an object, borrowed from its text.
struct Members<'j>(Vec<(Cow<'j, str>, &'j str)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            members.push((key, value.get()));
        }
        Ok(Members(members))
    }
}

/// An object's key, borrowed unless it holds escapes.
struct Key<'j>(Cow<'j, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor).map(Key)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_the_digits_of_numbers() {
        let json = "[123456789012345678901234567890, 1.0,1e3]";
        assert_eq!(
            elements(json),
            Some(vec!["123456789012345678901234567890", "1.0", "1e3"])
        );
    }

    #[test]
    fn entries_read_escaped_keys() {
        assert_eq!(
            entries(r#"{"a\"b":1,"c":[2, 3]}"#),
            Some(vec![
                (Cow::Borrowed("a\"b"), "1"),
                (Cow::Borrowed("c"), "[2, 3]")
            ])
        );
    }

    #[test]
    fn text_after_the_value_is_not_json() {
        assert_eq!(elements("[1] 2"), None);
        assert!(!is_valid("{} x"));
    }

    #[test]
    fn a_negative_index_counts_from_the_end() {
        assert_eq!(element("[1,2,3]", -1), Some("3"));
        assert_eq!(element("[1,2,3]", -4), None);
    }

    #[test]
    fn compact_leaves_blanks_inside_strings() {
        assert_eq!(
            compact(r#"{ "a b" : [ 1 , "c \" d" ] }"#),
            r#"{"a b":[1,"c \" d"]}"#
        );
        assert!(matches!(compact(r#"{"a":1}"#), Cow::Borrowed(_)));
    }

    #[test]
    fn pretty_is_written_as_postgresql_writes_it() {
        assert_eq!(
            pretty(r#"{"a":[1,{"b":"x, {y"}],"c":{}}"#).as_deref(),
            Some(
                "{\n    \"a\": [\n        1,\n        {\n            \"b\": \"x, {y\"\n        }\n    ],\n    \"c\": {\n    }\n}"
            )
        );
    }

    #[test]
    fn strip_nulls_keeps_array_elements() {
        assert_eq!(
            strip_nulls(r#"{"a":null,"b":[null,{"c":null,"d":1.0}]}"#).as_deref(),
            Some(r#"{"b":[null,{"d":1.0}]}"#)
        );
    }

    #[test]
    fn values_that_are_too_deep_are_given_up() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(is_valid(&deep));
        assert_eq!(strip_nulls(&deep), None);
    }

    #[test]
    fn text_arrays_follow_postgresql_quoting() {
        let items = parse_text_array(r#"{tags, "a b" ,"c\"d",NULL,"NULL"}"#);
        let text = |s: &str| Some(s.to_owned());
        assert_eq!(
            items,
            Some(vec![
                text("tags"),
                text("a b"),
                text("c\"d"),
                None,
                text("NULL")
            ])
        );
        assert_eq!(parse_text_array("{}"), Some(vec![]));
        assert_eq!(parse_text_array("{a,,b}"), None);
        assert_eq!(parse_text_array("tags"), None);
    }
}
