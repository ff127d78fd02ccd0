//! `sgq store`: states kept in PostgreSQL.

pub(super) mod args;
mod authorship;
mod export;
mod import;
mod lists;
mod verify;
mod write;

use std::io::Write;
use std::path::{Path, PathBuf};

use super::cancel::Unfinished;
use super::exit::{Exit, Failure};
use super::settings::Settings;
use super::target::Target as Output;
use super::{diff, tell};
use crate::inventory::SourceSpec;
use crate::postgres::Target;
use crate::source::{AsOf, Location};
use crate::store::{Grant, SetUp, Store, StoreError, Which};
use args::{StoreArgs, StoreCommand};

/// Does what is asked of a store.
///
/// # Errors
///
/// A usage error where it is not said where the store is; otherwise what the store says.
pub(super) fn run(mut settings: Settings, asked: StoreArgs) -> Result<Exit, Failure> {
    let target = settings.store(asked.store.as_deref())?;
    if asked.command.writes_values() && settings.reading.redaction.is_revealing() {
        return Err(Failure::usage(
            "what is written to a store can be read by others, so that no secret is shown in it: leave \
             --show-sensitive out",
        ));
    }
    match asked.command {
        StoreCommand::Init => {
            let done = Store::set_up(&target).map_err(failure)?;
            match done {
                SetUp::Made => tell!("sgq: the store is made: {target}"),
                SetUp::Raised { from } => {
                    tell!("sgq: the store is brought up from version {from}: {target}")
                }
                SetUp::AsItWas => tell!("sgq: the store is as it should be: {target}"),
            }
            Ok(Exit::Success)
        }
        StoreCommand::States { all } => {
            lists::states(&settings, &mut open(&target, &settings)?, all)
        }
        StoreCommand::Log { state } => {
            lists::log(&settings, &mut open(&target, &settings)?, &state)
        }
        StoreCommand::Show { version } => {
            let mut store = open(&target, &settings)?;
            settings.sources = vec![source(&target)];
            lists::show(&settings, &mut store, &version)
        }
        StoreCommand::Push(push) => write::push(&settings, &mut open(&target, &settings)?, &push),
        StoreCommand::Import(asked) => import::run(&settings, &target, &asked),
        StoreCommand::Export(asked) => {
            export::run(&settings, &mut open(&target, &settings)?, &asked)
        }
        StoreCommand::Verify { state } => {
            verify::run(&settings, &mut open(&target, &settings)?, state.as_deref())
        }
        StoreCommand::Pull { state, version } => {
            let which = which(&settings, version)?;
            pull(&settings, &mut open(&target, &settings)?, &state, which)
        }
        StoreCommand::Diff(asked) => {
            settings.sources = vec![source(&target)];
            diff::run(&settings, &asked)
        }
        StoreCommand::Grant {
            role,
            states,
            without_secrets,
            remove,
        } => {
            let mut store = open(&target, &settings)?;
            let grant = Grant {
                role: &role,
                states: &states,
                without_secrets,
            };
            grants(&mut store, &grant, remove)
        }
        StoreCommand::Capture {
            schemas,
            table,
            remove,
        } => {
            let mut store = open(&target, &settings)?;
            capture(&mut store, &settings, &schemas, &table, remove)
        }
        StoreCommand::Rename { state, to, why } => {
            write::rename(&mut open(&target, &settings)?, &state, &to, &why)
        }
        StoreCommand::Rm { state, why } => {
            write::remove(&mut open(&target, &settings)?, &state, &why)
        }
        StoreCommand::Revert { state, to, why } => {
            write::revert(&settings, &mut open(&target, &settings)?, &state, to, &why)
        }
    }
}

/// The store as the one source.
fn source(target: &Target) -> SourceSpec {
    SourceSpec {
        name: None,
        location: Location::Postgres(Box::new(target.clone())),
        base: PathBuf::new(),
        labels: None,
    }
}

/// Opens the store, where versions are made first of what was captured meanwhile.
fn open(target: &Target, settings: &Settings) -> Result<Store, Failure> {
    let mut store = Store::open(target).map_err(failure)?;
    if settings.reading.redaction.is_revealing() {
        // What is written would show secrets to everybody.
        return Ok(store);
    }
    let settled = store.settle(&settings.reading.redaction).map_err(failure)?;
    for refused in settled.refused {
        tell!("sgq: {}", crate::output::terminal::visible(&refused));
    }
    Ok(store)
}

/// Lets a role read some of the states, or none any more.
fn grants(store: &mut Store, grant: &Grant<'_>, ends: bool) -> Result<Exit, Failure> {
    let role = crate::output::terminal::visible(grant.role);
    if ends {
        store.revoke(grant.role).map_err(failure)?;
        tell!("sgq: {role} may read nothing of the store any more");
        return Ok(Exit::Success);
    }
    let is_new = store.grant(grant).map_err(failure)?;
    if is_new {
        tell!("sgq: the role {role} is made; give it a password with ALTER ROLE");
    }
    let patterns = grant.states.join(", ");
    let secrets = match grant.without_secrets {
        true => ", without secrets",
        false => "",
    };
    let patterns = crate::output::terminal::visible(&patterns);
    tell!("sgq: {role} may read the states {patterns}{secrets}");
    Ok(Exit::Success)
}

/// Begins or ends capturing the writes of Terraform's backend.
fn capture(
    store: &mut Store,
    settings: &Settings,
    schemas: &[String],
    table: &str,
    ends: bool,
) -> Result<Exit, Failure> {
    for schema in schemas {
        let shown = crate::output::terminal::visible(schema);
        match ends {
            true => {
                store.end_capture(schema, table).map_err(failure)?;
                tell!("sgq: writes of Terraform to {shown}.{table} are not captured any more");
            }
            false => {
                store.capture(schema, table).map_err(failure)?;
                tell!("sgq: each write of Terraform to {shown}.{table} becomes a version");
            }
        }
    }
    store.settle(&settings.reading.redaction).map_err(failure)?;
    Ok(Exit::Success)
}

/// What the process ends with for what the store says.
fn failure(error: StoreError) -> Failure {
    let exit = match &error {
        StoreError::Connect(_) => Exit::Source,
        StoreError::Overlap { .. } | StoreError::Whole { .. } => Exit::Rows,
        _ => Exit::Query,
    };
    Failure {
        exit,
        message: Some(error.to_string()),
    }
}

/// The version that is meant, by its number or the moment.
fn which(settings: &Settings, version: Option<i64>) -> Result<Which, Failure> {
    match (version, &settings.reading.as_of) {
        (Some(_), Some(_)) => Err(Failure::usage("give --version or --as-of, not both")),
        (Some(version), None) => Ok(Which::Version(version)),
        (None, None) => Ok(Which::Newest),
        (None, Some(AsOf::Time(time))) => Ok(Which::AsOf(*time)),
        (None, Some(AsOf::Version(version))) => {
            Ok(Which::Version(i64::try_from(*version).unwrap_or(i64::MAX)))
        }
        (None, Some(AsOf::Commit(_))) => Err(Failure::usage(
            "a version of the store is named by its number or a time, not by a commit; `sgq store log` tells \
             which version was made from it",
        )),
    }
}

fn pull(
    settings: &Settings,
    store: &mut Store,
    state: &str,
    which: Which,
) -> Result<Exit, Failure> {
    let pulled = store.pull(state, which).map_err(failure)?;
    let output = Output::open(settings, &Unfinished::default())?;
    let written = output.writer().write_all(pulled.document.as_bytes());
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(Exit::Success),
        written => written.map_err(Failure::query)?,
    }
    output.keep()?;
    tell!(
        "sgq: {} is at version {}; push what you make of it with --base {}",
        crate::output::terminal::visible(state),
        pulled.version,
        pulled.version
    );
    Ok(Exit::Success)
}

/// The folder whose repository tells of a file.
fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
