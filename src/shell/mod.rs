//! The interactive shell: a prompt, statements that may span lines, and meta-commands.
//!
//! Nothing that is typed ends it but the wish to leave: a statement that fails, is cancelled or runs
//! into a defect is told about, and the prompt comes back.

mod describe;
mod history;
mod input;
mod meta;
mod statements;
mod watch;

use std::io::IsTerminal;
use std::ops::ControlFlow;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor};

use self::history::Kept;
use self::input::Input;
use self::statements::Shell;
use crate::cli::results::{exit_code, note_if_empty, report_notes};
use crate::cli::tell;
use crate::cli::{Exit, Failure, Settings};

const PROMPT: &str = "sgq> ";
const CONTINUATION: &str = "  -> ";

/// Runs the shell on the terminal until the user leaves.
///
/// # Errors
///
/// When the terminal, or an argument, does not go with a shell.
pub(crate) fn run(settings: &Settings) -> Result<Exit, Failure> {
    refuse_misfits(settings)?;
    let mut shell = Shell::open(settings)?;
    let mut editor = editor()?;
    let mut kept = Kept::open(editor.history_mut());
    tell!(
        "sgq {}; statements end with a semicolon, \\? is help",
        env!("CARGO_PKG_VERSION")
    );
    if let Some(as_of) = &settings.as_of {
        tell!("everything is as of {as_of}");
    }
    report_notes(shell.inventory());
    note_if_empty(shell.inventory());
    let left = attend(&mut shell, &mut editor, &mut kept);
    let exit = if settings.strict {
        exit_code(shell.inventory(), settings)
    } else {
        Exit::Success
    };
    shell.close();
    left.map(|left| left.unwrap_or(exit))
}

/// Reads and does what is typed; gives how the process is to end, where the shell knows.
fn attend(
    shell: &mut Shell<'_>,
    editor: &mut Editor<(), FileHistory>,
    kept: &mut Kept,
) -> Result<Option<Exit>, Failure> {
    let mut input = Input::default();
    // The lines since the last whole statement, as one entry of history.
    let mut entry = String::new();
    loop {
        let prompt = if input.is_pending() {
            CONTINUATION
        } else {
            PROMPT
        };
        let line = match editor.readline(prompt) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                input.clear();
                entry.clear();
                continue;
            }
            Err(ReadlineError::Eof) => return Ok(None),
            Err(error) => {
                let message = format!("the terminal cannot be read: {error}");
                return Err(Failure::query(message));
            }
        };
        if !entry.is_empty() {
            entry.push('\n');
        }
        entry.push_str(&line);
        let items = input.feed(&line);
        if !input.is_pending() {
            // Kept before anything runs: what ends the process is what one wants to see again.
            let _ = editor.add_history_entry(std::mem::take(&mut entry).trim_end());
            kept.save(editor.history_mut());
        }
        for item in items {
            match shell.act(item) {
                ControlFlow::Continue(statements::Next::Go | statements::Next::GoAfterError) => {}
                ControlFlow::Continue(statements::Next::DropTheRest) => {
                    input.clear();
                    entry.clear();
                    break;
                }
                ControlFlow::Break(exit) => return Ok(exit),
            }
        }
    }
}

fn refuse_misfits(settings: &Settings) -> Result<(), Failure> {
    if !std::io::stdout().is_terminal() {
        return Err(Failure::usage(
            "the shell needs a terminal; give the SQL as an argument or with -f",
        ));
    }
    if settings.reads_stdin() {
        return Err(Failure::usage(
            "standard input is the state; give the SQL as an argument or with -f",
        ));
    }
    if settings.out.is_some() {
        return Err(Failure::usage(
            "--out takes the results of SQL that is given as an argument or with -f",
        ));
    }
    Ok(())
}

fn editor() -> Result<Editor<(), FileHistory>, Failure> {
    let config = Config::builder()
        .max_history_size(history::LENGTH)
        .map(|config| config.history_ignore_space(true).build());
    config
        .and_then(Editor::with_config)
        .map_err(|error| Failure::query(format!("the terminal cannot be used: {error}")))
}
