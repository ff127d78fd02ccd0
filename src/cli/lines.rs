//! Changes of attributes as lines for people.

use console::{measure_text_width, truncate_str};
use serde_json::Value;

use crate::format::{ChangeKind, PathChange};
use crate::output::Style;
use crate::output::terminal::visible;

/// What is written between two values.
pub(super) const ARROW: &str = " → ";

/// How far values are indented.
const INDENT: &str = "      ";

/// A value is not cut below so many columns.
const LEAST: usize = 12;

/// `path: before → after`, indented, its values cut to the style's width where there is one.
pub(super) fn change_line(change: &PathChange, style: &Style) -> String {
    let path = visible(&change.path.to_string()).into_owned();
    let (before, after) = (value(change.before.as_ref()), value(change.after.as_ref()));
    let note = match change.kind {
        ChangeKind::Value => String::new(),
        kind => format!(" ({})", kind.as_str()),
    };
    let room = style.width.map(|width| {
        let taken = INDENT.len() + measure_text_width(&path) + 2;
        width.saturating_sub(taken + measure_text_width(ARROW) + note.len())
    });
    let [before, after] = cut([before, after], room);
    let note = painted(&note, "2", style);
    format!("{INDENT}{path}: {before}{ARROW}{after}{note}")
}

/// A value on one line, cut to `room` columns.
pub(super) fn value_within(shown: &Value, room: Option<usize>) -> String {
    let [value, _] = cut([value(Some(shown)), String::new()], room);
    value
}

/// A text in a color of ANSI's, where the output has any.
pub(super) fn painted(text: &str, color: &str, style: &Style) -> String {
    match style.color && !text.is_empty() {
        true => format!("\x1b[{color}m{text}\x1b[0m"),
        false => text.to_owned(),
    }
}

/// A value on one line.
fn value(value: Option<&Value>) -> String {
    match value {
        Some(value) => visible(&value.to_string()).into_owned(),
        None => "none".to_owned(),
    }
}

/// Two values, cut so that both fit into `room` columns.
fn cut([before, after]: [String; 2], room: Option<usize>) -> [String; 2] {
    let Some(room) = room else {
        return [before, after];
    };
    let (first, second) = (measure_text_width(&before), measure_text_width(&after));
    if first + second <= room {
        return [before, after];
    }
    let half = room / 2;
    let of_first = first.min(half.max(room.saturating_sub(second)).max(LEAST));
    let of_second = second.min(room.saturating_sub(of_first).max(LEAST));
    let cut = |text: &str, width| truncate_str(text, width, "…").into_owned();
    [cut(&before, of_first), cut(&after, of_second)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_values_are_cut_to_fit() {
        let text = |length: usize| "x".repeat(length);
        let widths = |first, second, room| {
            let [one, other] = cut([text(first), text(second)], Some(room));
            (measure_text_width(&one), measure_text_width(&other))
        };
        assert_eq!(widths(10, 10, 40), (10, 10));
        assert_eq!(widths(100, 100, 40), (20, 20));
        assert_eq!(widths(5, 100, 40), (5, 35));
        assert_eq!(widths(100, 5, 40), (35, 5));
        assert_eq!(widths(100, 100, 3), (LEAST, LEAST));
        assert_eq!(cut([text(9), text(9)], None), [text(9), text(9)]);
    }
}
