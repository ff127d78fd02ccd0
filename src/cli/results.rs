//! Results: a statement is run, and its rows are written as they come.

use std::io::Write;
use std::num::NonZeroUsize;

use arrow::array::RecordBatch;
use datafusion::sql::parser::Statement;
use futures::StreamExt;
use tokio::runtime::{Builder, Runtime};

use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::settings::Settings;
use super::tell::tell;
use crate::engine::Engine;
use crate::inventory::Inventory;
use crate::output::{self, Format, OutputError, Style};

/// The stack of a thread that plans and runs statements, as large as a main thread's: a deeply
/// nested statement needs it.
const STACK_BYTES: usize = 8 << 20;

/// How results look.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    /// Their format.
    pub(crate) format: Format,
    /// What the formats for people pay attention to.
    pub(crate) style: Style,
}

/// Why writing results ended early.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Whoever reads the output has enough.
    ByReader,
    /// Something failed.
    ByFailure(Failure),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Ended {
        Ended::ByFailure(failure)
    }
}

impl From<OutputError> for Ended {
    fn from(error: OutputError) -> Ended {
        if error.is_broken_pipe() {
            Ended::ByReader
        } else {
            Ended::ByFailure(Failure::query(error))
        }
    }
}

/// A runtime for queries alone, with so many threads for operators. Documents and temporary files are
/// read on threads beside them: one that waits until its rows are taken must not keep the others.
pub(crate) fn runtime(threads: NonZeroUsize) -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .worker_threads(threads.get())
        .thread_stack_size(STACK_BYTES)
        .build()
        .map_err(|error| Failure::query(format!("no thread can be started: {error}")))
}

/// Runs a statement of `text` and writes its rows to what `out` gives, which is asked for only if
/// the statement gives rows. Says whether it does, and adds to `count` each row that is made.
///
/// # Errors
///
/// When the statement fails, or the output refuses its rows.
pub(crate) async fn run_statement<'o>(
    engine: &Engine,
    statement: Statement,
    text: &str,
    look: &Look,
    progress: &Progress,
    count: &mut usize,
    out: impl FnOnce() -> Result<Box<dyn Write + Send + 'o>, Ended>,
) -> Result<bool, Ended> {
    let told = |error| Failure::query(engine.explain(&error, text));
    let mut answer = engine.run(statement, text).await.map_err(Failure::query)?;
    if !answer.gives_rows {
        while let Some(batch) = answer.rows.next().await {
            batch.map_err(told)?;
        }
        return Ok(false);
    }
    let mut writer = output::writer(look.format, answer.schema.clone(), out()?, &look.style)?;
    while let Some(batch) = answer.rows.next().await {
        let batch = batch.map_err(told)?;
        *count += batch.num_rows();
        // Rows and progress share the terminal: the line is gone before the first of them.
        progress.end();
        writer.write(&batch)?;
    }
    progress.end();
    writer.finish()?;
    Ok(true)
}

/// Writes one batch as a result.
///
/// # Errors
///
/// When the output refuses it.
pub(crate) fn write_batch(
    batch: &RecordBatch,
    look: &Look,
    out: Box<dyn Write + Send + '_>,
) -> Result<(), Ended> {
    let mut writer = output::writer(look.format, batch.schema(), out, &look.style)?;
    writer.write(batch)?;
    writer.finish()?;
    Ok(())
}

/// Says on stderr, a line each, what is to be known of what was found, and what could not be read, as
/// far as it was not said before.
pub(crate) fn report_failures(inventory: &Inventory) {
    for failure in inventory.take_unreported_failures() {
        let what = match failure.is_damaged {
            true => "has a value that cannot be read",
            false => "was not loaded",
        };
        let place = output::terminal::visible(failure.uri);
        tell!("sgq: {place} {what}: {}", failure.error.message);
    }
    report_notes(inventory);
}

/// Says on stderr, a line each, what is to be known of what was found and was not said before.
pub(crate) fn report_notes(inventory: &Inventory) {
    for note in inventory.take_notes() {
        tell!("sgq: {}", output::terminal::visible(&note));
    }
}

/// Says on stderr that there was nothing to ask.
pub(crate) fn note_if_empty(inventory: &Inventory) {
    if !inventory.files().is_empty() {
        return;
    }
    match inventory.as_of() {
        Some(_) => tell!("sgq: no state is known as of the moment that --as-of tells"),
        None => tell!("sgq: no state was found; name a directory or file with -s"),
    }
}

/// That there is no answer: a failure of the sources where they could not be read.
pub(crate) fn no_answer(
    message: &dyn std::fmt::Display,
    inventory: &Inventory,
    settings: &Settings,
) -> Failure {
    let exit = match exit_code(inventory, settings) {
        Exit::Success => Exit::Query,
        unread => unread,
    };
    let message = message.to_string();
    Failure {
        exit,
        message: Some(output::terminal::visible(&message).into_owned()),
    }
}

/// How the process ends for what could be read.
pub(crate) fn exit_code(inventory: &Inventory, settings: &Settings) -> Exit {
    match inventory.failures_and_states() {
        (true, false) => Exit::Source,
        (true, true) if inventory.has_no_named_plan() => Exit::Source,
        (true, true) if settings.strict => Exit::Source,
        _ => Exit::Success,
    }
}
