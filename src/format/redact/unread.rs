//! Telling from JSON that is not parsed whether it holds a secret under its name.

use super::known::SHORTEST;
use super::names::RememberedNames;
use crate::format::structure::{Block, bits, find_block};

/// Whether a text that is long enough to be looked for elsewhere, or a list, stands under a secret's
/// name. JSON within texts is not looked into. Where it shows that the text is no JSON, so that a name may
/// have been missed, the answer is yes.
///
/// This is asked of every instance of a state, few of which are worth parsing.
pub(super) fn has_named_text(json: &str, names: &RememberedNames<'_>) -> bool {
    let find = |start, block: &Block| {
        let is_named = |at: usize| {
            // Of what stands before, the quotes of the block show most of the beginnings of names.
            let before = block.quotes & ((1 << at) - 1) & !(1 << at >> 1);
            let opened = before.checked_ilog2().map(|quote| start + quote as usize);
            is_named_text(json, start + at, opened, names)
        };
        let is_lost = |at| !goes_on(&json.as_bytes()[start + at + 1..]);
        (bits(block.ends).any(is_lost) || bits(block.colons).any(is_named)).then_some(())
    };
    find_block(json.as_bytes(), find).is_some()
}

/// Whether the colon that is at a position, and in no string, is between a secret's name and such a text
/// or list. `opened` is where the last string before the name's end begins, if that is known.
fn is_named_text(
    json: &str,
    colon: usize,
    opened: Option<usize>,
    names: &RememberedNames<'_>,
) -> bool {
    if !begins_text_or_list(&json.as_bytes()[colon + 1..]) {
        return false;
    }
    let is_close = json.as_bytes()[..colon].ends_with(b"\"");
    let key = match opened.filter(|_| is_close) {
        Some(quote) => json.get(quote + 1..colon - 1),
        None => key_before(json, colon),
    };
    key.is_none_or(|key| names.may_be_secret(key) && (key.contains('\\') || names.is_secret(key)))
}

/// Whether a long enough text begins here, or a list of texts: of a list of objects each member has a
/// name of its own.
fn begins_text_or_list(json: &[u8]) -> bool {
    match json.trim_ascii_start() {
        [b'[', items @ ..] => matches!(items.trim_ascii_start(), [b'"' | b'[' | b'n', ..]),
        [b'"', text @ ..] => text.first_chunk::<SHORTEST>().is_some_and(|start| {
            match start.iter().position(|byte| *byte == b'"') {
                None => !start.starts_with(b"arn:"),
                Some(quote) => start[..quote].ends_with(b"\\"),
            }
        }),
        [b'{' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n', ..] => false,
        _ => true,
    }
}

/// Whether what follows a string is what can follow one in JSON.
fn goes_on(json: &[u8]) -> bool {
    let json = match json {
        [b':' | b',', ..] => return true,
        _ => json.trim_ascii_start(),
    };
    matches!(json, [b':' | b',' | b'}' | b']', ..] | [])
}

/// The key that ends before a colon, as it is written; of one with a quote in it what follows the
/// backslash that is before the last of them.
fn key_before(json: &str, colon: usize) -> Option<&str> {
    let before = json[..colon].trim_ascii_end().strip_suffix('"')?;
    let quote = memchr::memrchr(b'"', before.as_bytes())?;
    match before[..quote].strip_suffix('\\') {
        Some(rest) => before.get(rest.len()..),
        None => before.get(quote + 1..),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::format::redact::{SecretNames, holds_named_text};
    use crate::format::twins;

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
        ] {
            assert!(!has(json), "{json}");
        }
    }

    #[test]
    fn what_is_no_json_may_hold_any() {
        for json in [
            r#"{"password"  "long enough"}"#,
            r#"{password: "long enough"}"#,
            r#"{"password" = "long enough"}"#,
            r#"{"id": "x" "password": 1}"#,
            r#"{"password": 'long enough'}"#,
            ":\"long enough\"",
        ] {
            assert!(has(json), "{json}");
        }
    }

    proptest! {
        #[test]
        fn a_text_is_found_as_if_by_single_bytes(
            members in prop::collection::vec(
                (prop::sample::select(vec!["password", "db_password", "id", "a", "tokens", "keys", "k\\\"token", "pass\\u0077ord", "arn", "öffnung"]),
                 prop::sample::select(vec![":", " : ", ": ", ":\n  "]),
                 prop::sample::select(vec!["\"\"", "\"short\"", "\"long enough\"", "\"arn:aws:x:y:z\"", "\"a\\\"b-c-d-e\"", "[]",
                    "[ \"x\"]", "[null]", "[{\"secret\": \"long enough\"}]", "{\"token\":\"long enough\"}", "17",
                    "\"{\\\"password\\\":\\\"long enough\\\"}\"", "\"ööööööööö\""])),
                0..9),
        ) {
            let members = members.iter().map(|(name, colon, value)| format!("\"{name}\"{colon}{value}"));
            let json = format!("{{{}}}", members.collect::<Vec<_>>().join(", "));
            let names = SecretNames::default();
            prop_assert_eq!(holds_named_text(&json, &names), twins::named_text(&json, &names));
        }
    }
}
