//! `sgq sources`: what was found, what was passed over, and why.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};

use super::cancel::Unfinished;
use super::exit::{Exit, Failure};
use super::results::{Ended, exit_code, report_notes, write_batch};
use super::settings::Settings;
use super::target::Target;
use crate::inventory::{Extent, Inventory, Life, Outcome, Version, Workspace};

pub(super) fn run(settings: &Settings) -> Result<Exit, Failure> {
    let inventory = settings.inventory()?;
    report_notes(&inventory);
    print(settings, &listing(&inventory)?)?;
    Ok(exit_code(&inventory, settings))
}

/// What was found and passed over, a row each; reads every document.
pub(crate) fn listing(inventory: &Inventory) -> Result<RecordBatch, Failure> {
    let mut workspace = Workspace::new(1);
    for file in inventory.files() {
        inventory.open(file, Extent::Everything, &mut workspace, |_| ());
    }
    let mut rows: Vec<Row<'_>> = inventory.files().iter().map(Row::of).collect();
    let lives = inventory.lives().iter();
    for (position, life) in lives.clone().filter_map(|life| Some((life.file?, life))) {
        let row = &mut rows[position];
        row.versions = row.name.map(|_| life.versions.len());
    }
    rows.extend(
        lives
            .filter(|life| life.file.is_none())
            .filter_map(|life| Some(Row::gone(life, life.versions.last()?))),
    );
    rows.extend(inventory.skipped().iter().map(|(uri, reason)| Row {
        uri,
        source: None,
        name: None,
        status: "skipped",
        reason: Some(reason),
        versions: None,
        size: None,
    }));
    rows.sort_by(|one, other| one.uri.cmp(other.uri));
    let text = |value: fn(&Row<'_>) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(value).collect::<StringArray>())
    };
    let batch = RecordBatch::try_from_iter([
        ("source", text(|row| row.source.map(str::to_owned))),
        ("state", text(|row| row.name.map(str::to_owned))),
        ("status", text(|row| Some(row.status.to_owned()))),
        ("reason", text(|row| row.reason.map(str::to_owned))),
        (
            "versions",
            Arc::new(
                rows.iter()
                    .map(|row| row.versions.map(|count| count as u64))
                    .collect::<UInt64Array>(),
            ) as ArrayRef,
        ),
        (
            "size_bytes",
            Arc::new(rows.iter().map(|row| row.size).collect::<UInt64Array>()) as ArrayRef,
        ),
        ("uri", text(|row| Some(row.uri.to_owned()))),
    ]);
    batch.map_err(Failure::query)
}

struct Row<'a> {
    uri: &'a str,
    source: Option<&'a str>,
    name: Option<&'a str>,
    status: &'static str,
    reason: Option<&'a str>,
    versions: Option<usize>,
    size: Option<u64>,
}

impl<'a> Row<'a> {
    fn of(file: &'a crate::inventory::StateFile) -> Row<'a> {
        let (status, reason) = match file.outcome() {
            Some(Outcome::Loaded) | None => ("state", None),
            Some(Outcome::Skipped(reason)) => ("skipped", Some(*reason)),
            Some(Outcome::Failed(error)) => ("failed", Some(error.message.as_str())),
        };
        Row {
            uri: &file.found.uri,
            source: Some(&file.source),
            name: (status == "state").then_some(file.name.as_str()),
            status,
            reason,
            versions: None,
            size: Some(file.found.size()),
        }
    }

    /// A state that was removed.
    fn gone(life: &'a Life, newest: &'a Version) -> Row<'a> {
        Row {
            uri: newest.uri(),
            source: Some(&life.source),
            name: Some(life.name.as_str()),
            status: "gone",
            reason: None,
            versions: Some(life.versions.len()),
            size: None,
        }
    }
}

/// Writes one batch as the command's result.
pub(super) fn print(settings: &Settings, batch: &RecordBatch) -> Result<Exit, Failure> {
    let target = Target::open(settings, &Unfinished::default())?;
    let written = write_batch(batch, target.look(), target.writer());
    match written {
        Ok(()) => target.keep().map(|()| Exit::Success),
        Err(Ended::ByReader) => Ok(Exit::Success),
        Err(Ended::ByFailure(failure)) => Err(failure),
    }
}
