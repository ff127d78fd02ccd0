//! Differences as lines for people: by pair of states, by address, with both values.

use std::io::{self, BufWriter, Write};

use console::measure_text_width;
use serde_json::Value;

use crate::cli::lines::{ARROW, change_line, painted, value_within};
use crate::engine::pairs::{Pair, Which};
use crate::engine::tables::comparison::Row;
use crate::format::WhatDiffers;
use crate::inventory::Inventory;
use crate::output::Style;
use crate::output::terminal::visible;

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
            writeln!(self.out, "{}", painted(&heading, "1", &self.style))?;
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
                    writeln!(self.out, "  {} {name}", painted("~", "33", &self.style))?;
                }
                writeln!(self.out, "{}", change_line(change, &self.style))
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
        let sign = painted(&sign.to_string(), color, &self.style);
        let Some(value) = value else {
            return writeln!(self.out, "  {sign} {name}");
        };
        let room = self.style.width;
        let room = room.map(|width| width.saturating_sub(7 + measure_text_width(name)));
        writeln!(self.out, "  {sign} {name} = {}", value_within(value, room))
    }
}

/// The names of the two states.
fn heading(pair: Pair, inventory: &Inventory) -> String {
    let name =
        |which: Option<Which>| which.map(|which| visible(&which.name(inventory)).into_owned());
    match (name(pair.a), name(pair.b)) {
        (Some(a), Some(b)) => format!("{a}{ARROW}{b}"),
        (Some(a), None) => format!("{a}{ARROW}(no such state)"),
        (None, Some(b)) => format!("(no such state){ARROW}{b}"),
        (None, None) => String::new(),
    }
}
