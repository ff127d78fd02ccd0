//! `sgq diff A B`: what differs between two states, or between two folders of states.

mod pretty;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use self::pretty::Pretty;
use super::args::Diff;
use super::cancel::{self, Unfinished};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::results::{Ended, Look, exit_code, no_answer, note_if_empty, report_failures};
use super::settings::Settings;
use super::target::Target;
use super::tell::tell;
use crate::engine::pairs::{Operand, PairError, Which};
use crate::engine::tables::comparison::{Comparison, Row, batch, schema};
use crate::format::{LeftOut, PathPattern, WhatDiffers};
use crate::inventory::{Inventory, SourceSpec};
use crate::output::terminal::visible;
use crate::output::{self, Format, OutputError, ResultWriter};
use crate::postgres::Environment;
use crate::source::{Location, absolute};

/// How many rows are made into columns at a time.
const ROWS: usize = 1024;

pub(super) fn run(settings: &Settings, asked: &Diff) -> Result<Exit, Failure> {
    let left_out = left_out(asked)?;
    let unfinished = Unfinished::default();
    cancel::watch(settings.timeout.as_ref(), &unfinished);
    let target = Target::open(settings, &unfinished)?;
    let (inventory, comparison) = comparison(settings, asked, left_out)?;
    let progress = Progress::of(&inventory);
    let mut out = Out::open(target.look(), &inventory, &target)?;
    let mut counts = Counts::default();
    let mut ended = None;
    let compared = comparison.each(&inventory, &mut |row| {
        counts.add(&row);
        progress.end();
        match out.write(row) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                ended = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    progress.end();
    report_failures(&inventory);
    note_if_empty(&inventory);
    let unread = compared.map_err(|error| no_answer(&error, &inventory, settings))?;
    let ended = ended.map_or_else(|| out.finish(), Err);
    match ended {
        Ok(()) => {}
        Err(Ended::ByReader) => return Ok(Exit::Success),
        Err(Ended::ByFailure(failure)) => return Err(failure),
    }
    target.keep()?;
    for position in unread {
        let name = position.name(&inventory);
        let name = visible(&name);
        tell!("sgq: {name} cannot be read and was not compared");
    }
    tell!("sgq: {}", visible(&counts.summary(asked)));
    Ok(match exit_code(&inventory, settings) {
        Exit::Success if asked.fail_on_rows && counts.any() => Exit::Rows,
        exit => exit,
    })
}

/// What the arguments leave out.
fn left_out(asked: &Diff) -> Result<LeftOut, Failure> {
    if asked.all {
        return Ok(LeftOut::nothing());
    }
    let patterns = asked.ignore.iter().map(|text| text.parse::<PathPattern>());
    let patterns: Result<Vec<_>, _> = patterns.collect();
    patterns.map(LeftOut::naming_and).map_err(Failure::usage)
}

/// The states to compare: those of the sources, and those at places that the sources do not have.
fn comparison(
    settings: &Settings,
    asked: &Diff,
    left_out: LeftOut,
) -> Result<(Arc<Inventory>, Comparison), Failure> {
    let operands = [asked.a.as_str(), asked.b.as_str()];
    let is_file = |text: &&str| *text == "-" || Path::new(text).is_file();
    let mut sources = Vec::new();
    // Two files are all that is asked about.
    if !operands.iter().all(is_file) {
        sources.clone_from(&settings.sources);
    }
    let find = |sources: &[SourceSpec]| Inventory::find(sources, settings.reading.clone());
    let mut inventory = find(&sources);
    let missing: Vec<SourceSpec> = operands
        .iter()
        .filter(|text| operand(&inventory, text).is_err())
        .filter_map(|text| place(text))
        .collect();
    if !missing.is_empty() {
        sources.extend(missing);
        inventory = find(&sources);
    }
    let [a, b] = operands;
    let found =
        |text| operand(&inventory, text).map_err(|error| no_answer(&error, &inventory, settings));
    let comparison = Comparison::of((a, &found(a)?), (b, &found(b)?), left_out);
    let comparison = comparison.map_err(Failure::usage)?;
    Ok((Arc::new(inventory), comparison))
}

/// What an operand names: a state or a folder of them, else what lies at a path.
fn operand(inventory: &Inventory, text: &str) -> Result<Operand, PairError> {
    Operand::named(inventory, text).or_else(|error| {
        let uri = match text {
            "-" => text.to_owned(),
            path => absolute(Path::new(path)),
        };
        Operand::at(inventory, &uri).ok_or(error)
    })
}

/// A source that is a path; `None` where nothing is there.
fn place(text: &str) -> Option<SourceSpec> {
    let here = Path::new("");
    let location = Location::parse(text, here, &Environment::default()).ok()?;
    match &location {
        Location::Path(path) if path.exists() => {}
        Location::Stdin => {}
        _ => return None,
    }
    Some(SourceSpec {
        name: None,
        location,
        base: here.to_owned(),
        labels: None,
    })
}

/// Where differences are written: as lines for people, or as rows.
enum Out<'o> {
    Pretty(Pretty<'o>, &'o Inventory),
    Rows {
        writer: Box<dyn ResultWriter + 'o>,
        rows: Vec<Row>,
        inventory: &'o Inventory,
    },
}

impl<'o> Out<'o> {
    fn open(look: &Look, inventory: &'o Inventory, target: &'o Target) -> Result<Out<'o>, Failure> {
        if look.format == Format::Table {
            let pretty = Pretty::new(target.writer(), &look.style);
            return Ok(Out::Pretty(pretty, inventory));
        }
        let writer = output::writer(look.format, schema(), target.writer(), &look.style);
        Ok(Out::Rows {
            writer: writer.map_err(Failure::query)?,
            rows: Vec::with_capacity(ROWS),
            inventory,
        })
    }

    fn write(&mut self, row: Row) -> Result<(), Ended> {
        match self {
            Out::Pretty(pretty, inventory) => {
                pretty.write(&row, inventory).map_err(OutputError::from)?;
                Ok(())
            }
            Out::Rows { rows, .. } => {
                rows.push(row);
                match rows.len() < ROWS {
                    true => Ok(()),
                    false => self.write_rows(),
                }
            }
        }
    }

    fn write_rows(&mut self) -> Result<(), Ended> {
        if let Out::Rows {
            writer,
            rows,
            inventory,
        } = self
            && !rows.is_empty()
        {
            let batch = batch(inventory, rows).map_err(Failure::query)?;
            rows.clear();
            writer.write(&batch)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Ended> {
        self.write_rows()?;
        match self {
            Out::Pretty(pretty, _) => pretty.finish().map_err(OutputError::from)?,
            Out::Rows { writer, .. } => {
                writer.finish()?;
            }
        }
        Ok(())
    }
}

/// How much differs.
#[derive(Debug, Default)]
struct Counts {
    differences: usize,
    instances: usize,
    outputs: usize,
    only_in_a: usize,
    only_in_b: usize,
    /// The last thing that had differences.
    last: Option<(Option<Which>, String, Option<String>)>,
}

impl Counts {
    fn add(&mut self, row: &Row) {
        let found = &row.difference;
        match &found.what {
            WhatDiffers::OnlyInA(_) => self.only_in_a += 1,
            WhatDiffers::OnlyInB(_) => self.only_in_b += 1,
            WhatDiffers::Changed(_) => {
                self.differences += 1;
                let this = Some((row.pair.a, found.address.clone(), found.deposed.clone()));
                if self.last != this {
                    self.last = this;
                    match found.type_name {
                        Some(_) => self.instances += 1,
                        None => self.outputs += 1,
                    }
                }
            }
        }
    }

    fn any(&self) -> bool {
        self.differences + self.only_in_a + self.only_in_b > 0
    }

    /// How much differs, in a sentence.
    fn summary(&self, asked: &Diff) -> String {
        let (a, b) = (&asked.a, &asked.b);
        if !self.any() {
            let but = match asked.all {
                true => "",
                false => " but for what names their objects; --all compares that, too",
            };
            return format!("no differences between {a} and {b}{but}");
        }
        let counted = |count: usize, word: &str| match count {
            1 => format!("1 {word}"),
            count => format!("{count} {word}s"),
        };
        let mut within = Vec::new();
        if self.instances > 0 || self.outputs == 0 {
            within.push(counted(self.instances, "instance"));
        }
        if self.outputs > 0 {
            within.push(counted(self.outputs, "output"));
        }
        format!(
            "{} in {}; {} only in {a}, {} only in {b}",
            counted(self.differences, "difference"),
            within.join(" and "),
            self.only_in_a,
            self.only_in_b
        )
    }
}
