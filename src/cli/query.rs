//! `sgq SQL`: runs statements and writes what they give.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;

use super::args::Text;
use super::cancel::{self, Unfinished};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::results::{
    Ended, Look, exit_code, note_if_empty, report_failures, run_statement, runtime,
};
use super::settings::Settings;
use crate::engine::Engine;
use crate::inventory::Inventory;
use crate::output::{Format, OutputError};

/// Runs every statement of `texts`, or of standard input where there is none, until one fails.
pub(super) fn run(settings: &Settings, texts: &[Text]) -> Result<Exit, Failure> {
    let scripts = scripts(settings, texts)?;
    let unfinished = Unfinished::default();
    cancel::watch(settings.timeout.as_ref(), &unfinished);
    let engine = settings.open()?;
    let runtime = runtime()?;
    let mut target = Target::open(settings, engine.inventory(), &unfinished)?;
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
                error.kind()
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
                error.kind()
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
    let script = engine.parse(text).map_err(Failure::query)?;
    for statement in script.statements {
        let progress = Progress::of(engine.inventory());
        let look = target.look.clone();
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

/// Where results go.
struct Target {
    file: Option<(File, PathBuf, PathBuf)>,
    unfinished: Unfinished,
    look: Look,
    results: usize,
}

impl Target {
    fn open(
        settings: &Settings,
        inventory: &Inventory,
        unfinished: &Unfinished,
    ) -> Result<Target, Failure> {
        let file = settings
            .out
            .as_deref()
            .map(|path| Target::create(path, inventory, unfinished))
            .transpose()?;
        Ok(Target {
            file,
            unfinished: unfinished.clone(),
            look: settings.look(),
            results: 0,
        })
    }

    /// A file beside the wanted one, which it replaces at the end.
    fn create(
        path: &Path,
        inventory: &Inventory,
        unfinished: &Unfinished,
    ) -> Result<(File, PathBuf, PathBuf), Failure> {
        if inventory.holds(path) {
            return Err(Failure::usage(format!(
                "--out would overwrite the state {}; name another file",
                path.display()
            )));
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        let file = File::create(&part).map_err(|error| {
            Failure::usage(format!(
                "{} cannot be written: {}",
                path.display(),
                error.kind()
            ))
        })?;
        unfinished.started(part.clone());
        Ok((file, part, path.to_owned()))
    }

    /// Separates results where one format holds several; refuses where it cannot.
    fn begin_result(&mut self) -> Result<(), Ended> {
        self.results += 1;
        let format = self.look.format;
        if self.results > 1 && format.is_binary() {
            let message = format!("{format} holds one result; run one statement at a time");
            return Err(Failure::usage(message).into());
        }
        if self.results > 1 && matches!(format, Format::Table | Format::Line) {
            let blank = self.writer().write_all(b"\n").map_err(OutputError::from);
            blank?;
        }
        Ok(())
    }

    fn writer(&self) -> Box<dyn Write + Send + '_> {
        match &self.file {
            Some((file, ..)) => Box::new(file),
            None => Box::new(std::io::stdout()),
        }
    }

    /// Puts what was written into its place.
    fn keep(mut self) -> Result<(), Failure> {
        if let Some((_, part, path)) = self.file.take() {
            std::fs::rename(&part, &path).map_err(|error| {
                Failure::query(format!(
                    "{} cannot be written: {}",
                    path.display(),
                    error.kind()
                ))
            })?;
            self.unfinished.finished();
        }
        Ok(())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some((_, part, _)) = self.file.take() {
            let _ = std::fs::remove_file(part);
            self.unfinished.finished();
        }
    }
}
