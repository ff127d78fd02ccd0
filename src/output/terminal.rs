//! Text from state data made safe to print on a terminal.
//!
//! An attribute can hold anything, also escape sequences that recolour, clear or retitle a terminal
//! and bidi controls that make text read as something else. Every such character is replaced by a
//! visible spelling of it.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_general_category::{GeneralCategory, get_general_category};

/// `text` with every character that could act on a terminal, or hide, spelled out.
///
/// Line feed, carriage return and tab read `\n`, `\r`, `\t`; other characters up to U+00FF read like
/// `\x1b`, the rest like `\u{202e}`. A backslash stays single so that paths and patterns stay
/// readable; the spelling is for people and cannot be turned back.
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.contains(acts_on_terminal) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_visible(c, &mut out);
    }
    Cow::Owned(out)
}

/// Printable ASCII only: the common case, decided without looking at Unicode tables.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// Appends `c`, spelled out if it could act on a terminal.
pub(super) fn push_visible(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if !acts_on_terminal(c) => out.push(c),
        // Writing to a String cannot fail.
        c if u32::from(c) < 0x100 => _ = write!(out, "\\x{:02x}", u32::from(c)),
        c => _ = write!(out, "\\u{{{:x}}}", u32::from(c)),
    }
}

/// Whether `c` is a control (C0, DEL, C1), a separator that breaks lines, or an invisible format
/// character: bidi controls, zero-width spaces, tags.
pub(super) fn acts_on_terminal(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    match get_general_category(c) {
        GeneralCategory::Control
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator => true,
        GeneralCategory::Format => !is_needed_by_script(c),
        _ => false,
    }
}

/// Format characters without which ordinary text is wrong: the joiners of Indic scripts and emoji,
/// and the number and verse signs that are drawn around what follows (Unicode's
/// `Prepended_Concatenation_Mark`).
fn is_needed_by_script(c: char) -> bool {
    matches!(
        c,
        '\u{200c}' | '\u{200d}' | '\u{600}'
            ..='\u{605}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'
                | '\u{891}'
                | '\u{8e2}'
                | '\u{110bd}'
                | '\u{110cd}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in ["", "plain", "C:\\temp", "Zürich 東京", "👩\u{200d}👧 مرحبا"] {
            assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn escape_sequences_are_spelled_out() {
        assert_eq!(visible("\u{1b}[31mred\u{7}"), "\\x1b[31mred\\x07");
        assert_eq!(visible("\u{9b}2J\u{7f}"), "\\x9b2J\\x7f");
    }

    #[test]
    fn line_ends_and_tabs_are_spelled_out() {
        assert_eq!(visible("a\r\nb\tc\u{2028}d"), "a\\r\\nb\\tc\\u{2028}d");
    }

    #[test]
    fn bidi_controls_and_invisible_characters_are_spelled_out() {
        assert_eq!(
            visible("\u{202e}txt\u{2066}\u{61c}\u{200b}\u{feff}\u{e0041}"),
            "\\u{202e}txt\\u{2066}\\u{61c}\\u{200b}\\u{feff}\\u{e0041}"
        );
    }
}
