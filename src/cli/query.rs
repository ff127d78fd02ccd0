//! `sgq SQL`: runs statements and writes what they give.

use std::io::Read;

use futures::StreamExt;
use tokio::runtime::{Builder, Runtime};

use super::args::Text;
use super::cancel::{self, Unfinished};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::settings::Settings;
use super::target::Target;
use crate::engine::{Answer, Engine};
use crate::inventory::Inventory;
use crate::output::{self, OutputError};
use crate::source::io_reason;

/// Runs every statement of `texts`, or of standard input where there is none, until one fails.
pub(super) fn run(settings: &Settings, texts: &[Text]) -> Result<Exit, Failure> {
    let scripts = scripts(settings, texts)?;
    let unfinished = Unfinished::default();
    cancel::watch(settings.timeout.as_ref(), &unfinished);
    let engine = settings.open()?;
    let runtime = runtime()?;
    let mut target = Target::open(settings, &unfinished)?;
    let result = scripts
        .iter()
        .try_for_each(|text| run_script(&engine, &runtime, text, settings, &mut target));
    // The process is about to end: what still runs is left to it.
    runtime.shutdown_background();
    report_failures(engine.inventory());
    match result {
        Ok(()) => target.keep()?,
        Err(Ended::ByReader) => return Ok(Exit::Success),
        Err(Ended::ByFailure(failure)) => return Err(failure),
    }
    note_if_empty(engine.inventory());
    Ok(exit_code(engine.inventory(), settings.strict))
}

/// A runtime for queries alone.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_multi_thread()
        .build()
        .map_err(|error| Failure::query(format!("no thread can be started: {error}")))
}

fn scripts(settings: &Settings, texts: &[Text]) -> Result<Vec<String>, Failure> {
    if !texts.is_empty() {
        return texts.iter().map(read_text).collect();
    }
    if settings
        .sources
        .iter()
        .any(|source| matches!(source.location, crate::source::Location::Stdin))
    {
        return Err(Failure::usage(
            "standard input is the state; give the SQL as an argument or with -f",
        ));
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| {
            Failure::usage(format!(
                "SQL on standard input cannot be read: {}",
                io_reason(&error)
            ))
        })?;
    Ok(vec![text])
}

fn read_text(text: &Text) -> Result<String, Failure> {
    match text {
        Text::Sql(sql) => Ok(sql.clone()),
        Text::File(path) => std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!(
                "{} cannot be read: {}",
                path.display(),
                io_reason(&error)
            ))
        }),
    }
}

/// Why a script ended early.
pub(super) enum Ended {
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

fn run_script(
    engine: &Engine,
    runtime: &Runtime,
    text: &str,
    settings: &Settings,
    target: &mut Target,
) -> Result<(), Ended> {
    let script = engine.parse(text).map_err(Failure::query)?;
    for statement in script.statements {
        let progress = Progress::of(engine.inventory());
        let answer = runtime
            .block_on(engine.run(statement, text))
            .map_err(Failure::query)?;
        if !answer.gives_rows {
            runtime.block_on(drain(engine, answer, text))?;
            continue;
        }
        target.begin_result(settings.format)?;
        runtime.block_on(write(engine, answer, text, settings, target, progress))?;
    }
    Ok(())
}

async fn drain(engine: &Engine, mut answer: Answer, text: &str) -> Result<(), Failure> {
    while let Some(batch) = answer.rows.next().await {
        batch.map_err(|error| Failure::query(engine.explain(&error, text)))?;
    }
    Ok(())
}

async fn write(
    engine: &Engine,
    mut answer: Answer,
    text: &str,
    settings: &Settings,
    target: &mut Target,
    progress: Progress,
) -> Result<(), Ended> {
    let mut progress = Some(progress);
    let mut writer = output::writer(
        settings.format,
        answer.schema.clone(),
        target.writer(),
        target.style(),
    )?;
    while let Some(batch) = answer.rows.next().await {
        let batch = batch.map_err(|error| Failure::query(engine.explain(&error, text)))?;
        // Rows and progress share the terminal: the line is gone before the first of them.
        progress.take();
        writer.write(&batch)?;
    }
    drop(progress);
    writer.finish()?;
    Ok(())
}

/// Says on stderr, a line each, what could not be read.
pub(crate) fn report_failures(inventory: &Inventory) {
    for (file, error) in inventory.take_unreported_failures() {
        eprintln!(
            "sgq: {} was not loaded: {}",
            output::terminal::visible(&file.found.uri),
            error.message
        );
    }
}

/// Says on stderr that there was nothing to ask.
fn note_if_empty(inventory: &Inventory) {
    if inventory.files().is_empty() {
        eprintln!("sgq: no state was found; name a directory or file with -s");
    }
}

fn exit_code(inventory: &Inventory, strict: bool) -> Exit {
    match inventory.failures_and_states() {
        (true, false) => Exit::Source,
        (true, true) if strict => Exit::Source,
        _ => Exit::Success,
    }
}
