//! Telling from JSON that is not parsed whether it holds a secret under its name.

use super::known::SHORTEST;
use super::names::RememberedNames;
use crate::format::structure::{Before, bits, blocks, positions_of};

/// Whether a text that is long enough to be looked for elsewhere, or a list, stands under a secret's
/// name. JSON within texts is not looked into.
///
/// This is asked of every instance of a state, few of which are worth parsing.
pub(super) fn has_named_text(json: &str, names: &RememberedNames<'_>) -> bool {
    let mut before = Before::default();
    blocks(json.as_bytes()).any(|(start, block)| {
        let colons = positions_of(b':', &block) & !before.block(&block).strings;
        bits(colons).any(|at| is_named_text(json, start + at, names))
    })
}

/// Whether the colon that is at a position, and in no string, is between a secret's name and such a text
/// or list.
fn is_named_text(json: &str, colon: usize, names: &RememberedNames<'_>) -> bool {
    // Any secret's name is told apart sooner than what stands under it.
    key_before(json, colon).is_some_and(|key| {
        names.may_be_secret(key)
            && begins_text_or_list(&json[colon + 1..])
            && (key.contains('\\') || names.is_secret(key))
    })
}

/// Whether a long enough text begins here, or a list of texts: of a list of objects each member has a
/// name of its own.
fn begins_text_or_list(json: &str) -> bool {
    let json = json.trim_ascii_start();
    if let Some(items) = json.strip_prefix('[') {
        return items.trim_ascii_start().starts_with(['"', '[', 'n']);
    }
    json.strip_prefix('"').is_some_and(|text| {
        let start = text.as_bytes().get(..SHORTEST);
        start.is_some_and(|start| match memchr::memchr(b'"', start) {
            None => !start.starts_with(b"arn:"),
            Some(quote) => start[..quote].ends_with(b"\\"),
        })
    })
}

/// The key that ends before a colon, as it is written.
fn key_before(json: &str, colon: usize) -> Option<&str> {
    let before = json[..colon].trim_ascii_end().strip_suffix('"')?;
    let start = memchr::memrchr(b'"', before.as_bytes())? + 1;
    before.get(start..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::redact::SecretNames;

    fn has(json: &str) -> bool {
        has_named_text(json, &SecretNames::default().remembered())
    }

    #[test]
    fn a_text_under_a_secret_s_name_is_found_at_any_depth_and_in_any_spelling() {
        for json in [
            r#"{"id": "x", "password": "long enough"}"#,
            r#"{"id":"x","password":"long enough"}"#,
            "{\"a\": [{\"token\" :\n\"long enough\"}]}",
            r#"{"tokens": [ "long enough"]}"#,
            r#"{"tokens": [null, "long enough"]}"#,
            r#"{"password": "a\"b-c-d-e"}"#,
            r#"{"pass\u0077ord": "long enough"}"#,
        ] {
            assert!(has(json), "{json}");
        }
    }

    #[test]
    fn what_is_no_text_or_short_is_passed_over() {
        for json in [
            r#"{"password": "short", "id": "long enough"}"#,
            r#"{"password": "", "id": "long enough"}"#,
            r#"{"password": null, "token": 123456789, "secret": {"name": "long enough"}}"#,
            r#"{"tokens": [ ], "password_length": [1], "secrets": [{"name": "long enough"}]}"#,
            r#"{"secret": "arn:aws:secretsmanager:eu:1:secret:x"}"#,
            r#"{"id": "password: long enough"}"#,
            r#"{"j": "{\"password\":\"long enough\"}"}"#,
            ":",
            "\":\"long enough",
        ] {
            assert!(!has(json), "{json}");
        }
    }
}
