//! `sgq SQL`: runs statements and writes what they give.

use std::io::Read;

use tokio::runtime::Runtime;

use super::args::Text;
use super::cancel::{self, Unfinished};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::results::{Ended, exit_code, note_if_empty, report_failures, run_statement, runtime};
use super::settings::Settings;
use super::target::Target;
use crate::engine::Engine;
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
        .try_for_each(|text| run_script(&engine, &runtime, text, &mut target));
    // The process is about to end: what still runs is left to it.
    runtime.shutdown_background();
    report_failures(engine.inventory());
    match result {
        Ok(()) => target.keep()?,
        Err(Ended::ByReader) => return Ok(Exit::Success),
        Err(Ended::ByFailure(failure)) => return Err(failure),
    }
    note_if_empty(engine.inventory());
    Ok(exit_code(engine.inventory(), settings))
}

fn scripts(settings: &Settings, texts: &[Text]) -> Result<Vec<String>, Failure> {
    if !texts.is_empty() {
        return texts.iter().map(read_text).collect();
    }
    if settings.reads_stdin() {
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

fn run_script(
    engine: &Engine,
    runtime: &Runtime,
    text: &str,
    target: &mut Target,
) -> Result<(), Ended> {
    for statement in engine.parse(text).map_err(Failure::query)? {
        let progress = Progress::of(engine.inventory());
        let look = target.look().clone();
        let target = &mut *target;
        runtime.block_on(run_statement(
            engine,
            statement,
            text,
            &look,
            &progress,
            move || {
                target.begin_result()?;
                Ok(target.writer())
            },
        ))?;
    }
    Ok(())
}
