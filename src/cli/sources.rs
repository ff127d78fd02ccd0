//! `sgq sources`: what was found, what was passed over, and why.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};

use super::cancel::Unfinished;
use super::exit::{Exit, Failure};
use super::settings::Settings;
use super::target::Target;
use crate::inventory::Outcome;
use crate::output;

pub(super) fn run(settings: &Settings) -> Result<Exit, Failure> {
    let inventory = settings.inventory();
    let mut buffer = Vec::new();
    for file in inventory.files() {
        inventory.open(file, &mut buffer, |_| ());
    }
    let mut rows: Vec<Row<'_>> = inventory.files().iter().map(Row::of).collect();
    rows.extend(inventory.skipped().iter().map(|(uri, reason)| Row {
        uri,
        source: None,
        name: None,
        status: "skipped",
        reason: Some(reason),
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
            "size_bytes",
            Arc::new(rows.iter().map(|row| row.size).collect::<UInt64Array>()) as ArrayRef,
        ),
        ("uri", text(|row| Some(row.uri.to_owned()))),
    ]);
    let exit = print(settings, batch.map_err(Failure::query)?)?;
    let (any_failed, any_loaded) = inventory.failures_and_states();
    Ok(if any_failed && (settings.strict || !any_loaded) {
        Exit::Source
    } else {
        exit
    })
}

struct Row<'a> {
    uri: &'a str,
    source: Option<&'a str>,
    name: Option<&'a str>,
    status: &'static str,
    reason: Option<&'a str>,
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
            size: Some(file.found.size),
        }
    }
}

/// Writes one batch as a result.
pub(super) fn print(settings: &Settings, batch: RecordBatch) -> Result<Exit, Failure> {
    let target = Target::open(settings, &Unfinished::default())?;
    let written = output::writer(
        settings.format,
        batch.schema(),
        target.writer(),
        target.style(),
    )
    .and_then(|mut writer| {
        writer.write(&batch)?;
        writer.finish()
    });
    match written {
        Ok(_) => target.keep().map(|()| Exit::Success),
        Err(error) if error.is_broken_pipe() => Ok(Exit::Success),
        Err(error) => Err(Failure::query(error)),
    }
}
