//! Differences as lines for people: by pair of states, by address, with both values.

use std::io::{self, BufWriter, Write};

use console::{measure_text_width, truncate_str};
use serde_json::Value;

use crate::engine::pairs::Pair;
use crate::engine::tables::comparison::Row;
use crate::format::{ChangeKind, WhatDiffers};
use crate::inventory::Inventory;
use crate::output::Style;
use crate::output::terminal::visible;

/// What is written between two values.
const ARROW: &str = " → ";

/// How far values are indented.
const INDENT: &str = "      ";

/// A value is not cut below so many columns.
const LEAST: usize = 12;

/// Writes differences as they come.
pub(super) struct Pretty<'o> {
    out: BufWriter<Box<dyn Write + Send + 'o>>,
    style: Style,
    /// The states of the last line.
    pair: Option<Pair>,
    /// The address that the last line was about, and the key of its deposed object.
    object: Option<(String, Option<String>)>,
}

impl<'o> Pretty<'o> {
    /// Writes to `out`; values are cut to the style's width, where there is one.
    pub(super) fn new(out: Box<dyn Write + Send + 'o>, style: &Style) -> Pretty<'o> {
        Pretty {
            out: BufWriter::new(out),
            style: style.clone(),
            pair: None,
            object: None,
        }
    }

    /// Writes one difference, with its states and its address where they are not those of the last.
    ///
    /// # Errors
    ///
    /// When the output refuses it.
    pub(super) fn write(&mut self, row: &Row, inventory: &Inventory) -> io::Result<()> {
        if self.pair != Some(row.pair) {
            if self.pair.is_some() {
                writeln!(self.out)?;
            }
            let heading = heading(row.pair, inventory);
            writeln!(self.out, "{}", self.painted(&heading, "1"))?;
            self.pair = Some(row.pair);
            self.object = None;
        }
        let found = &row.difference;
        let mut name = visible(&found.address).into_owned();
        if let Some(deposed) = &found.deposed {
            name = format!("{name} (deposed {})", visible(deposed));
        }
        match &found.what {
            WhatDiffers::OnlyInA(value) => self.whole('-', "31", &name, value.as_ref()),
            WhatDiffers::OnlyInB(value) => self.whole('+', "32", &name, value.as_ref()),
            WhatDiffers::Changed(change) => {
                let object = Some((found.address.clone(), found.deposed.clone()));
                if self.object != object {
                    self.object = object;
                    writeln!(self.out, "  {} {name}", self.painted("~", "33"))?;
                }
                let path = visible(&change.path.to_string()).into_owned();
                let (before, after) = (shown(change.before.as_ref()), shown(change.after.as_ref()));
                let note = match change.kind {
                    ChangeKind::Value => String::new(),
                    kind => format!(" ({})", kind.as_str()),
                };
                let room = self.style.width.map(|width| {
                    let taken = INDENT.len() + measure_text_width(&path) + 2;
                    width.saturating_sub(taken + measure_text_width(ARROW) + note.len())
                });
                let [before, after] = cut([before, after], room);
                let note = self.painted(&note, "2");
                writeln!(self.out, "{INDENT}{path}: {before}{ARROW}{after}{note}")
            }
        }
    }

    /// Writes all that was held back.
    ///
    /// # Errors
    ///
    /// When the output refuses it.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn whole(
        &mut self,
        sign: char,
        color: &str,
        name: &str,
        value: Option<&Value>,
    ) -> io::Result<()> {
        let sign = self.painted(&sign.to_string(), color);
        let Some(value) = value else {
            return writeln!(self.out, "  {sign} {name}");
        };
        let room = self.style.width;
        let room = room.map(|width| width.saturating_sub(7 + measure_text_width(name)));
        let [value, _] = cut([shown(Some(value)), String::new()], room);
        writeln!(self.out, "  {sign} {name} = {value}")
    }

    /// A text in a color of ANSI's, where the output has any.
    fn painted(&self, text: &str, color: &str) -> String {
        match self.style.color && !text.is_empty() {
            true => format!("\x1b[{color}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

/// The names of the two states.
fn heading(pair: Pair, inventory: &Inventory) -> String {
    let name = |position: Option<usize>| {
        position.map(|position| visible(&inventory.files()[position].name).into_owned())
    };
    match (name(pair.a), name(pair.b)) {
        (Some(a), Some(b)) => format!("{a}{ARROW}{b}"),
        (Some(a), None) => format!("{a}{ARROW}(no such state)"),
        (None, Some(b)) => format!("(no such state){ARROW}{b}"),
        (None, None) => String::new(),
    }
}

/// A value on one line.
fn shown(value: Option<&Value>) -> String {
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
