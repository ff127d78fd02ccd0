//! JSON strings, keys and embedded documents.
//!
//! Characters that could act on a terminal are written as `\u` escapes. A parser gives the same
//! value back, and a log or terminal that shows the line stays as it was.

use std::fmt::Write;

use serde::de::IgnoredAny;

use super::terminal::{acts_on_terminal, is_plain};

/// An object's key with its colon: `"name":`.
pub(super) fn key(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 3);
    write_string(name, &mut out);
    out.push(':');
    out
}

/// Appends `text` as a JSON string.
pub(super) fn write_string(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    if is_plain(text) && !text.contains(['"', '\\']) {
        out.push_str(text);
    } else {
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if acts_on_terminal(c) => write_escape(c, out),
                c => out.push(c),
            }
        }
    }
    out.push('"');
}

/// Appends a JSON document as it stands, on one line; text that is not JSON as a string.
///
/// Digits, key order, duplicate keys and escapes are kept: the text is checked, never re-encoded.
pub(super) fn write_document(text: &str, out: &mut String) {
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return write_string(text, out);
    }
    if is_plain(text) {
        return out.push_str(text);
    }
    for c in text.chars() {
        match c {
            // In valid JSON these stand between tokens only, where they mean nothing.
            '\n' | '\r' | '\t' => {}
            // And these inside strings only, where an escape means the same.
            c if acts_on_terminal(c) => write_escape(c, out),
            c => out.push(c),
        }
    }
}

/// A JSON document with its lines as they are, and within its strings an escape in place of what could
/// act on a terminal.
pub(crate) fn escaped(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        match c {
            c if c != '\n' && acts_on_terminal(c) => write_escape(c, &mut out),
            c => out.push(c),
        }
    }
    out
}

fn write_escape(c: char, out: &mut String) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a String cannot fail.
        _ = write!(out, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn string(text: &str) -> String {
        let mut out = String::new();
        write_string(text, &mut out);
        out
    }

    fn document(text: &str) -> String {
        let mut out = String::new();
        write_document(text, &mut out);
        out
    }

    #[test]
    fn strings_are_escaped() {
        assert_eq!(string("a\"b\\c\n\t\r"), r#""a\"b\\c\n\t\r""#);
        assert_eq!(
            string("\u{1b}[0m\u{9b}\u{202e}"),
            r#""\u001b[0m\u009b\u202e""#
        );
        assert_eq!(string("\u{e0041}"), r#""\udb40\udc41""#);
        assert_eq!(string("Zürich 東京"), "\"Zürich 東京\"");
    }

    #[test]
    fn documents_are_kept_to_the_letter() {
        for text in [
            r#"{"b":1.50,"a":18446744073709551616,"a":1e400}"#,
            r#""\u00e9\/é""#,
            "null",
            "-0",
        ] {
            assert_eq!(document(text), text);
        }
    }

    #[test]
    fn documents_stay_on_one_line() {
        assert_eq!(document("{\n\t\"a\": [1,\r\n 2]\n}\n"), "{\"a\": [1, 2]}");
    }

    #[test]
    fn text_that_is_not_json_is_a_string() {
        for text in ["", "abc", "{", "1 2", "NaN", "(sensitive)", "'a'"] {
            assert_eq!(document(text), string(text));
        }
    }

    #[test]
    fn deep_documents_are_no_trouble() {
        let deep = "[".repeat(20_000) + &"]".repeat(20_000);
        assert_eq!(document(&deep), deep);
    }

    proptest! {
        #[test]
        fn every_string_reads_back(text in any::<String>()) {
            let read: String = serde_json::from_str(&string(&text)).unwrap();
            prop_assert_eq!(read, text);
        }

        #[test]
        fn every_document_reads_back_equal(text in any::<String>(), number in any::<f64>()) {
            let value = serde_json::json!({ "a": [text.clone(), number], text: null });
            for written in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                let line = document(&written);
                prop_assert_eq!(line.find(['\n', '\u{1b}', '\u{9b}']), None);
                prop_assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), value.clone());
            }
        }
    }
}
