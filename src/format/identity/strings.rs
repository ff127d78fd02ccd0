//! The strings of a JSON text, found without parsing it.

use std::borrow::Cow;

/// Calls `visit` with each string of `json` that is a value, unescaped, and where it begins; a key is
/// none.
///
/// `json` is taken to be valid JSON; of other text something is visited or nothing.
pub(super) fn each_string(json: &str, mut visit: impl FnMut(&str, usize)) {
    let bytes = json.as_bytes();
    let mut position = 0;
    while let Some(quote) = bytes
        .get(position..)
        .and_then(|rest| memchr::memchr(b'"', rest))
    {
        let start = position + quote + 1;
        let (end, is_escaped) = end_of_string(bytes, start);
        position = end + 1;
        let after = bytes.get(position..).unwrap_or_default();
        if after.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':') {
            continue;
        }
        let Some(text) = json.get(start..end) else {
            continue;
        };
        let text = match is_escaped {
            false => Cow::Borrowed(text),
            true => match json.get(start - 1..=end).map(serde_json::from_str) {
                Some(Ok(text)) => Cow::Owned(text),
                Some(Err(_)) | None => continue,
            },
        };
        visit(&text, start);
    }
}

/// Where the string that begins at `start` ends, and whether anything in it is escaped.
fn end_of_string(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut position = start;
    let mut is_escaped = false;
    while let Some(found) = bytes
        .get(position..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        if bytes[position + found] == b'"' {
            return (position + found, is_escaped);
        }
        is_escaped = true;
        position += found + 2;
    }
    (bytes.len(), is_escaped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn scanned(json: &str) -> Vec<String> {
        let mut found = Vec::new();
        each_string(json, |text, start| {
            assert!(json[..start].ends_with('"'), "{json} at {start}");
            found.push(text.to_owned());
        });
        found
    }

    fn walked(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| walked(item, found)),
            Value::Object(map) => map.values().for_each(|member| walked(member, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![".*", "[a-z\"\\\\:{}\\[\\],/ ]{0,12}"];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((text.clone(), inner), 0..6)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_scan_finds_the_strings_that_a_walk_finds(value in any_json()) {
            let mut expected = Vec::new();
            walked(&value, &mut expected);
            prop_assert_eq!(scanned(&value.to_string()), expected.clone());
            let indented = serde_json::to_string_pretty(&value).unwrap_or_default();
            prop_assert_eq!(scanned(&indented), expected);
        }

        #[test]
        fn any_text_is_scanned(text in "[\"\\\\{}:a ü]*") {
            scanned(&text);
        }
    }
}
