//! What the shell does with a statement or a meta-command.

use std::collections::VecDeque;
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use datafusion::sql::parser::Statement;
use tokio::runtime::Runtime;

use super::describe;
use super::input::Item;
use super::meta::{self, Meta};
use super::watch::{End, Watch, clear_line};
use crate::cli::progress::Progress;
use crate::cli::reports::{self, Reports};
use crate::cli::results::{
    self, Ended, Look, report_failures, report_notes, run_statement, write_batch,
};
use crate::cli::tell;
use crate::cli::{Exit, Failure, Settings, queries, run, sources};
use crate::engine::Engine;
use crate::engine::library::Report;
use crate::inventory::{Change, Inventory};
use crate::output::{Format, OutputError};

/// A session with a user.
pub(super) struct Shell<'s> {
    settings: &'s Settings,
    engine: Arc<Engine>,
    runtime: Runtime,
    watch: Watch,
    /// The format while the line format is not on.
    format: Format,
    in_lines: bool,
    times: bool,
}

/// What becomes of the rest that was typed at once.
pub(super) enum Next {
    /// It is done next.
    Go,
    /// It is done next, and the error has been told: statements that belong together end here.
    GoAfterError,
    /// It is dropped: the user wants no more of it.
    DropTheRest,
}

/// How the shell goes on; a break is how the process ends, where that is not for what was read.
type Flow = ControlFlow<Option<Exit>, Next>;

const GO: Flow = ControlFlow::Continue(Next::Go);
const FAILED: Flow = ControlFlow::Continue(Next::GoAfterError);

impl<'s> Shell<'s> {
    /// Searches the sources, and takes ctrl-C from now on.
    pub(super) fn open(settings: &'s Settings) -> Result<Shell<'s>, Failure> {
        let shell = Shell {
            settings,
            engine: Arc::new(settings.open_for_many()?),
            runtime: results::runtime(settings.engine.threads)?,
            watch: Watch::of_ctrl_c(),
            format: settings.format,
            in_lines: false,
            times: false,
        };
        shell.inventory().rest();
        Ok(shell)
    }

    /// What is asked.
    pub(super) fn inventory(&self) -> &Arc<Inventory> {
        self.engine.inventory()
    }

    /// Leaves what still runs to the end of the process.
    pub(super) fn close(self) {
        self.runtime.shutdown_background();
        self.engine.spills().remove();
    }

    /// Does what was typed, and tells what came of it.
    pub(super) fn act(&mut self, item: Item) -> Flow {
        match item {
            Item::Statement(text) => self.run_text(&text),
            Item::Command(line) => match meta::parse(&line) {
                Ok(command) => self.command(command),
                Err(message) => {
                    tell(&message);
                    FAILED
                }
            },
        }
    }

    fn run_text(&mut self, text: &str) -> Flow {
        let statements = match self.engine.parse(text) {
            Ok(statements) => statements,
            Err(error) => {
                tell(&error.to_string());
                return FAILED;
            }
        };
        self.run_statements(statements, text, None)
    }

    /// Runs statements until one fails; `report` is whose they are.
    fn run_statements(
        &mut self,
        statements: VecDeque<Statement>,
        text: &str,
        report: Option<&str>,
    ) -> Flow {
        for statement in statements {
            let caught_up = self.catch_up();
            if !matches!(caught_up, ControlFlow::Continue(Next::Go)) {
                return caught_up;
            }
            let engine = Arc::clone(&self.engine);
            let progress = Arc::new(Progress::of(self.inventory()));
            let (text, look, shown) = (text.to_owned(), self.look(), Arc::clone(&progress));
            let report = report.map(str::to_owned);
            let work = async move {
                let out = || Ok(Box::new(std::io::stdout()) as _);
                let ran =
                    run_statement(&engine, statement, &text, &look, &shown, &mut 0, out).await;
                ran.map_err(|ended| match report {
                    Some(report) => run::named(ended, &report),
                    None => ended,
                })
            };
            let flow = self.watched(work, &progress, |_, gives_rows| {
                if !gives_rows {
                    tell!("done");
                }
                Ok(())
            });
            if !matches!(flow, ControlFlow::Continue(Next::Go)) {
                return flow;
            }
        }
        GO
    }

    /// Runs `work` where it can be stopped, hands what it gives to `then`, and tells the rest.
    fn watched<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Ended>> + Send + 'static,
        progress: &Progress,
        then: impl FnOnce(&Self, T) -> Result<(), Ended>,
    ) -> Flow {
        let started = Instant::now();
        let limit = self.settings.timeout.as_ref();
        let end = self.watch.run(&self.runtime, work, limit, progress);
        progress.end();
        self.inventory().rest();
        let took = started.elapsed();
        let flow = match end {
            End::Done(result) => match result.and_then(|value| then(self, value)) {
                Ok(()) => GO,
                Err(Ended::ByFailure(failure)) => told(&failure),
                // The terminal is gone.
                Err(Ended::ByReader) => return ControlFlow::Break(None),
            },
            End::Cancelled => {
                clear_line();
                tell!("cancelled");
                ControlFlow::Continue(Next::DropTheRest)
            }
            End::OutOfTime => {
                tell(&limit.map(|limit| limit.passed()).unwrap_or_default());
                FAILED
            }
            End::Broken => {
                tell("this is a defect of sgq, told above; the shell goes on");
                FAILED
            }
            End::Leaving => {
                clear_line();
                return ControlFlow::Break(Some(Exit::Cancelled));
            }
        };
        report_failures(self.inventory());
        if self.times {
            tell!("time: {:.3} s", took.as_secs_f64());
        }
        flow
    }

    fn command(&mut self, command: Meta) -> Flow {
        match command {
            Meta::Quit => return ControlFlow::Break(None),
            Meta::Help => tell!("{}", meta::HELP),
            Meta::Line => {
                self.in_lines = !self.in_lines;
                tell!("results as {}", self.look().format);
            }
            Meta::Format(format) => {
                if let Some(format) = format {
                    (self.format, self.in_lines) = (format, false);
                }
                tell!("results as {}", self.look().format);
            }
            Meta::Timing => {
                self.times = !self.times;
                tell!("timing is {}", if self.times { "on" } else { "off" });
            }
            Meta::Describe(table) => return self.describe(table),
            Meta::Sources => return self.sources(),
            Meta::Refresh => return self.refresh(),
            Meta::Queries(name) => return self.queries(name.as_deref()),
            Meta::Run(name, params) => return self.run_report(&name, &params),
        }
        GO
    }

    /// The reports, or the file of one.
    fn queries(&self, name: Option<&str>) -> Flow {
        let mut out = std::io::stdout();
        let written = Reports::find(self.settings)
            .map_err(Ended::from)
            .and_then(|reports| {
                let Some(name) = name else {
                    return write_batch(&queries::listing(&reports)?, &self.look(), Box::new(out));
                };
                let file = queries::file(&reports.get(name)?);
                out.write_all(file.as_bytes())
                    .map_err(|error| OutputError::from(error).into())
            });
        match written {
            Ok(()) => GO,
            Err(Ended::ByReader) => ControlFlow::Break(None),
            Err(Ended::ByFailure(failure)) => told(&failure),
        }
    }

    fn run_report(&mut self, name: &str, params: &[String]) -> Flow {
        match self.prepared(name, params) {
            Ok((statements, report)) => {
                self.run_statements(statements, &report.text, Some(&report.name))
            }
            Err(failure) => told(&failure),
        }
    }

    /// The statements of a report with its parameters in place, and the report itself.
    fn prepared(
        &self,
        name: &str,
        params: &[String],
    ) -> Result<(VecDeque<Statement>, Report), Failure> {
        let report = Reports::find(self.settings)?.get(name)?;
        let params = params.iter().map(|param| reports::key_and_value(param));
        let arguments = report.arguments(params.collect::<Result<Vec<_>, _>>()?);
        let arguments = arguments.map_err(Failure::usage)?;
        let statements = run::statements(&self.engine, &report, &arguments)?;
        Ok((statements, report))
    }

    /// Every document is read for this, which takes as long as a statement can.
    fn sources(&mut self) -> Flow {
        let caught_up = self.catch_up();
        if !matches!(caught_up, ControlFlow::Continue(Next::Go)) {
            return caught_up;
        }
        let inventory = Arc::clone(self.inventory());
        let progress = Progress::of(&inventory);
        let reading = async {
            let listing = move || sources::listing(&inventory);
            match tokio::task::spawn_blocking(listing).await {
                Ok(listing) => listing.map_err(Ended::from),
                Err(error) => Err(Failure::query(error).into()),
            }
        };
        self.watched(reading, &progress, |shell, listing| {
            write_batch(&listing, &shell.look(), Box::new(std::io::stdout()))
        })
    }

    /// Every document may be read for this, too, to find resource types.
    fn describe(&mut self, table: Option<String>) -> Flow {
        let caught_up = self.catch_up();
        if !matches!(caught_up, ControlFlow::Continue(Next::Go)) {
            return caught_up;
        }
        let engine = Arc::clone(&self.engine);
        let progress = Progress::of(self.inventory());
        let work = async move {
            let described = match table {
                None => describe::tables(&engine).await,
                Some(table) => describe::columns(&engine, &table).await,
            };
            described.map_err(Ended::from)
        };
        self.watched(work, &progress, |shell, described| {
            if let Some(heading) = described.heading {
                tell!("{heading}");
            }
            let out = Box::new(std::io::stdout());
            write_batch(&described.rows, &shell.look(), out)
        })
    }

    /// Looks at databases again, so that what follows is asked of them as they are now.
    fn catch_up(&mut self) -> Flow {
        if !self.inventory().is_live() {
            return GO;
        }
        let inventory = Arc::clone(self.inventory());
        let looked = self.in_background(move || inventory.look_again());
        match looked {
            Ok(Ok(Change::Nothing | Change::Contents)) => GO,
            Ok(Ok(Change::Documents)) => self.search_again(),
            Ok(Err(reason)) => {
                tell(&reason);
                FAILED
            }
            Err(flow) => flow,
        }
    }

    /// Searches the sources again, and tells how many states there are.
    fn refresh(&mut self) -> Flow {
        let searched = self.search_again();
        if matches!(searched, ControlFlow::Continue(Next::Go)) {
            self.inventory().rest();
            report_notes(self.inventory());
            let found = match self.inventory().files().len() {
                1 => "1 document".to_owned(),
                count => format!("{count} documents"),
            };
            tell!("{found} at the sources");
        }
        searched
    }

    /// Searches the sources again. What was made in the session stays.
    fn search_again(&mut self) -> Flow {
        let settings = self.settings.clone();
        let inventory = match self.in_background(move || settings.inventory()) {
            Ok(Ok(inventory)) => Arc::new(inventory),
            Ok(Err(failure)) => return told(&failure),
            Err(flow) => return flow,
        };
        let options = self.settings.engine_for_many();
        let renewed = self.engine.renewed(inventory, &options);
        match self.runtime.block_on(renewed) {
            Ok(engine) => {
                self.engine.spills().remove();
                self.engine = Arc::new(engine);
                GO
            }
            Err(error) => told(&Failure::query(error)),
        }
    }

    /// Does what may have to wait for a server, where it can be left.
    ///
    /// # Errors
    ///
    /// How the shell goes on instead.
    fn in_background<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Flow> {
        let work = async { tokio::task::spawn_blocking(work).await };
        let limit = self.settings.timeout.as_ref();
        match self
            .watch
            .run(&self.runtime, work, limit, &Progress::none())
        {
            End::Done(Ok(value)) => Ok(value),
            End::Done(Err(_)) | End::Broken => {
                tell("this is a defect of sgq, told above; the shell goes on");
                Err(FAILED)
            }
            End::Cancelled => {
                clear_line();
                tell!("cancelled");
                Err(ControlFlow::Continue(Next::DropTheRest))
            }
            End::OutOfTime => {
                tell(&limit.map(|limit| limit.passed()).unwrap_or_default());
                Err(FAILED)
            }
            End::Leaving => {
                clear_line();
                Err(ControlFlow::Break(Some(Exit::Cancelled)))
            }
        }
    }

    /// How results look now: the terminal may have another size than before.
    fn look(&self) -> Look {
        Look {
            format: if self.in_lines {
                Format::Line
            } else {
                self.format
            },
            ..self.settings.look()
        }
    }
}

fn told(failure: &Failure) -> Flow {
    tell(failure.message.as_deref().unwrap_or_default());
    FAILED
}

fn tell(message: &str) {
    tell!("sgq: {message}");
}
