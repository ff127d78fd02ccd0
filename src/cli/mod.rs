//! The command line: arguments become a command, and what it gives becomes an exit code.

mod across;
mod args;
pub(crate) mod cancel;
mod config;
mod diff;
mod drift;
mod duration;
mod exit;
mod gaps;
mod graph;
mod history;
mod limits;
mod lines;
mod machine;
mod path;
mod process;
pub(crate) mod progress;
pub(crate) mod queries;
mod query;
mod reach;
pub(crate) mod reports;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod schema;
mod settings;
pub(crate) mod sources;
mod store;
mod target;
mod tell;

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use self::args::{Args, Command};
pub(crate) use self::duration::Limit;
pub(crate) use self::exit::{Exit, Failure};
pub(crate) use self::settings::Settings;
pub(crate) use self::tell::tell;

use crate::engine::tables::reach::ReachFunction;

/// Runs `sgq` with the process's arguments.
pub fn main() -> ExitCode {
    let (args, order) = match args::parse() {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and the version are answers, on stdout; everything else is a usage error.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage.into()
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    match run(args, order) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if let Some(message) = &failure.message {
                tell!("sgq: {message}");
            }
            failure.exit.into()
        }
    }
}

fn run(mut args: Args, texts: Vec<args::Text>) -> Result<Exit, Failure> {
    if let Some(Command::Completions { shell }) = args.command {
        return match std::io::stdout().write_all(&args::completions(shell)) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::query(error)),
            _ => Ok(Exit::Success),
        };
    }
    if let Some(Command::Drift(asked)) = &mut args.command {
        args.source.append(&mut asked.sources);
    }
    let given = [
        ("--source", !args.source.is_empty()),
        ("--plan", !args.plans.is_empty()),
        ("--as-of", args.as_of.is_some()),
        ("--since", args.since.is_some()),
        ("--max-versions", args.max_versions.is_some()),
    ];
    if let Some(Command::Store(asked)) = &mut args.command {
        let is_idle = |(option, is_given): &&(&str, bool)| *is_given && !asked.takes(option);
        if let Some((option, _)) = given.iter().find(is_idle) {
            return Err(Failure::usage(format!(
                "{option} has no meaning for this command of the store"
            )));
        }
        args.source.append(&mut asked.take_sources());
    }
    let settings = Settings::resolve(&args)?;
    match args.command {
        Some(Command::Sources) => sources::run(&settings),
        Some(Command::Schema { table }) => schema::run(&settings, table.as_deref()),
        Some(Command::BlastRadius(from)) => {
            reach::run(&settings, &from, ReachFunction::BlastRadius)
        }
        Some(Command::DependsOn(from)) => reach::run(&settings, &from, ReachFunction::DependsOn),
        Some(Command::History(of)) => history::history(&settings, &of),
        Some(Command::Blame { state }) => history::blame(&settings, &state),
        Some(Command::Graph(draw)) => graph::run(&settings, &draw, args.format.is_some()),
        Some(Command::Path { from, to }) => path::run(&settings, &from, &to),
        Some(Command::Diff(asked)) => diff::run(&settings, &asked),
        Some(Command::Drift(asked)) => drift::run(settings, &asked),
        Some(Command::Gaps(asked)) => gaps::run(&settings, &asked),
        Some(Command::Store(asked)) => store::run(settings, asked),
        Some(Command::Queries { name }) => queries::run(&settings, name.as_deref()),
        Some(Command::Run {
            names,
            params,
            fail_on_rows,
        }) => run::run(&settings, &names, &params, fail_on_rows),
        Some(Command::Completions { .. }) => Ok(Exit::Success),
        None if texts.is_empty() && std::io::stdin().is_terminal() => crate::shell::run(&settings),
        None => query::run(&settings, &texts),
    }
}
