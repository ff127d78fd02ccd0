//! `sgq SQL`: runs statements and writes what they give.

use std::collections::VecDeque;
use std::io::Read;

use arrow::array::RecordBatch;
use datafusion::sql::parser::Statement;
use futures::StreamExt;
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
    in_session(settings, |session| {
        scripts.iter().try_for_each(|text| {
            let statements = session.engine.parse(text).map_err(Failure::query)?;
            session.run(statements, text)
        })
    })
}

/// What runs statements and writes what they give, one after another.
pub(super) struct Session {
    /// The session over the sources.
    pub(super) engine: Engine,
    /// How many rows came so far.
    pub(super) rows: usize,
    runtime: Runtime,
    target: Target,
}

/// Opens the sources, does `work`, and puts what it wrote into its place; tells what could not be
/// read, and how the process ends for that.
pub(super) fn in_session(
    settings: &Settings,
    work: impl FnOnce(&mut Session) -> Result<(), Ended>,
) -> Result<Exit, Failure> {
    let unfinished = Unfinished::default();
    cancel::watch(settings.timeout.as_ref(), &unfinished);
    in_session_with(settings, &unfinished, work)
}

/// The same where somebody watches already for when the process is ended.
pub(super) fn in_session_with(
    settings: &Settings,
    unfinished: &Unfinished,
    work: impl FnOnce(&mut Session) -> Result<(), Ended>,
) -> Result<Exit, Failure> {
    let mut session = Session {
        engine: settings.open()?,
        rows: 0,
        runtime: runtime(settings.engine.threads)?,
        target: Target::open(settings, unfinished)?,
    };
    unfinished.spills(session.engine.spills());
    let result = work(&mut session);
    // The process is about to end: what still runs is left to it.
    session.runtime.shutdown_background();
    session.engine.spills().remove();
    session.engine.inventory().rest();
    report_failures(session.engine.inventory());
    match result {
        Ok(()) => session.target.keep()?,
        Err(Ended::ByReader) => return Ok(Exit::Success),
        Err(Ended::ByFailure(failure)) => return Err(failure),
    }
    note_if_empty(session.engine.inventory());
    let exit = exit_code(session.engine.inventory(), settings);
    // What it knows of the states may be much, and the end of the process gives it back at once.
    std::mem::forget(session.engine);
    Ok(exit)
}

impl Session {
    /// Runs the statements of `text`.
    ///
    /// # Errors
    ///
    /// When one fails, or nobody reads what they give.
    pub(super) fn run(&mut self, statements: VecDeque<Statement>, text: &str) -> Result<(), Ended> {
        for statement in statements {
            let progress = Progress::of(self.engine.inventory());
            let look = self.target.look().clone();
            let target = &mut self.target;
            self.runtime.block_on(run_statement(
                &self.engine,
                statement,
                text,
                &look,
                &progress,
                &mut self.rows,
                move || {
                    target.begin_result()?;
                    Ok(target.writer())
                },
            ))?;
        }
        Ok(())
    }
}

impl Session {
    /// Runs the statements of `text` and gives the rows of all, which are not written.
    ///
    /// # Errors
    ///
    /// When one fails.
    pub(super) fn collect(
        &mut self,
        statements: VecDeque<Statement>,
        text: &str,
    ) -> Result<Vec<RecordBatch>, Ended> {
        let engine = &self.engine;
        let progress = Progress::of(engine.inventory());
        let collected = self.runtime.block_on(async {
            let mut batches = Vec::new();
            for statement in statements {
                let mut rows = engine
                    .run(statement, text)
                    .await
                    .map_err(Failure::query)?
                    .rows;
                while let Some(batch) = rows.next().await {
                    let told = |error| Failure::query(engine.explain(&error, text));
                    batches.push(batch.map_err(told)?);
                }
            }
            Ok(batches)
        });
        progress.end();
        collected
    }

    /// Where results go.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// The names of a table's columns.
    pub(super) fn columns_of(&self, table: &str) -> Vec<String> {
        let columns = self.runtime.block_on(self.engine.columns_of(table));
        let fields = columns.iter().flat_map(|columns| columns.fields());
        fields.map(|field| field.name().clone()).collect()
    }
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
