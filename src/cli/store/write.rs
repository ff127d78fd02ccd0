//! What writes to the store.

use std::io::Read;
use std::path::Path;

use super::args::{Push, Why};
use super::authorship::authorship;
use super::{failure, folder_of};
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Settings, tell};
use crate::inventory::workspace_of_path;
use crate::output::terminal::visible;
use crate::source::io_reason;
use crate::store::{Base, Committed, Operation, Store, Write};

/// Pushes a file.
pub(super) fn push(settings: &Settings, store: &mut Store, push: &Push) -> Result<Exit, Failure> {
    let document = read(&push.file)?;
    let authorship = authorship(&push.why, folder_of(&push.file));
    let of_name = || workspace_of_path(&format!("{}/terraform.tfstate", push.state));
    let workspace = push.workspace.clone().unwrap_or_else(of_name);
    let write = Write {
        state: &push.state,
        workspace: &workspace,
        base: push.base.map_or(Base::Nothing, Base::Version),
        operation: Operation::Push,
        authorship: &authorship,
        recorded_at: None,
        may_be_made_anew: false,
        captured: None,
    };
    let pushed = store
        .push(&write, &document, &settings.reading.redaction)
        .map_err(|error| {
            let mut failure = failure(error);
            failure.message = failure
                .message
                .map(|message| format!("{}: {message}", visible(&push.file.to_string_lossy())));
            failure
        })?;
    tell_of(&push.state, pushed);
    Ok(Exit::Success)
}

/// Says what came of a write.
fn tell_of(state: &str, committed: Committed) {
    let state = visible(state);
    match committed {
        Committed::Unchanged { version } => {
            tell!("sgq: {state} says the same already: it stays at version {version}");
        }
        Committed::Version {
            version,
            written,
            others,
        } => {
            let onto = match others {
                0 => String::new(),
                1 => ", onto a version of somebody else".to_owned(),
                others => format!(", onto {others} versions of others"),
            };
            let rows = written.rows;
            tell!(
                "sgq: {state} is at version {version}{onto} ({rows} {} written)",
                if rows == 1 { "row" } else { "rows" }
            );
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut document = Vec::new();
    let read = match file == Path::new("-") {
        true => std::io::stdin()
            .lock()
            .read_to_end(&mut document)
            .map(|_| ()),
        false => std::fs::read(file).map(|bytes| document = bytes),
    };
    read.map_err(|error| Failure {
        exit: Exit::Source,
        message: Some(format!(
            "{} cannot be read: {}",
            visible(&file.to_string_lossy()),
            io_reason(&error)
        )),
    })?;
    Ok(document)
}

/// Gives a state another name.
pub(super) fn rename(store: &mut Store, state: &str, to: &str, why: &Why) -> Result<Exit, Failure> {
    let authorship = authorship(why, Path::new("."));
    let version = store.rename(state, to, &authorship).map_err(failure)?;
    tell!(
        "sgq: {} is now {}, at version {version}",
        visible(state),
        visible(to)
    );
    Ok(Exit::Success)
}

/// Removes a state.
pub(super) fn remove(store: &mut Store, state: &str, why: &Why) -> Result<Exit, Failure> {
    let authorship = authorship(why, Path::new("."));
    let version = store.remove(state, &authorship).map_err(failure)?;
    let state = visible(state);
    tell!(
        "sgq: {state} is removed with version {version}; its versions stay: bring it back with \
         sgq store revert {state} --to {}",
        version - 1
    );
    Ok(Exit::Success)
}

/// Makes an older version the newest again.
pub(super) fn revert(
    settings: &Settings,
    store: &mut Store,
    state: &str,
    to: i64,
    why: &Why,
) -> Result<Exit, Failure> {
    let authorship = authorship(why, Path::new("."));
    let reverted = store
        .revert(state, to, &authorship, &settings.reading.redaction)
        .map_err(failure)?;
    tell_of(state, reverted);
    Ok(Exit::Success)
}
