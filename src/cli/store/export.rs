//! `sgq store export`: every state as a file that only its owner may read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::args::Export;
use super::{failure, which};
use crate::cli::exit::{Exit, Failure};
use crate::cli::{Settings, tell};
use crate::output::terminal::visible;
use crate::source::io_reason;
use crate::store::{FoundState, Store, StoreError, Which, paths};

/// What the names of state files end with.
const ENDING: &str = ".tfstate";

/// Makes versions of the files of a history when sgq reads them.
const SETTINGS: &str = "# The versions of each state lie in a folder of its name, one file for each.\n\
                        [[source]]\n\
                        name = \"export\"\n\
                        location = \".\"\n\
                        labels = \"**/{timestamp}.tfstate\"\n";

/// Writes the states to a folder.
///
/// # Errors
///
/// When the folder holds something already, a file cannot be written, or the store cannot be read.
pub(super) fn run(settings: &Settings, store: &mut Store, asked: &Export) -> Result<Exit, Failure> {
    let which = which(settings, None)?;
    if asked.history && which != Which::Newest {
        return Err(Failure::usage("give --history or --as-of, not both"));
    }
    let folder = Folder::open(&asked.dir, asked.force)?;
    store.begin_snapshot().map_err(failure)?;
    let (states, versions) = match asked.history {
        true => history(store, &folder)?,
        false => states(store, &folder, which)?,
    };
    store.end_snapshot().map_err(failure)?;
    let counted = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let dir = asked.dir.to_string_lossy();
    let dir = visible(&dir);
    match asked.history {
        true => tell!(
            "sgq: {} of {} written to {dir}, secrets included",
            counted(versions, "version"),
            counted(states, "state")
        ),
        false => tell!(
            "sgq: {} written to {dir}, secrets included",
            counted(states, "state")
        ),
    }
    Ok(Exit::Success)
}

/// Writes each state that is there, or was there then; gives how many states and versions.
fn states(store: &mut Store, folder: &Folder<'_>, which: Which) -> Result<(usize, usize), Failure> {
    // One that was removed since was there then.
    let with_removed = which != Which::Newest;
    let all = store.all_states(with_removed).map_err(failure)?;
    let mut found: Vec<(FoundState, i64)> = Vec::new();
    for state in all {
        match store.version(&state, which) {
            Ok(version) => found.push((state, version)),
            Err(StoreError::NotYet { .. } | StoreError::NoVersion { .. }) => {}
            Err(error) => return Err(failure(error)),
        }
    }
    let (states, versions): (Vec<FoundState>, Vec<i64>) = found.into_iter().unzip();
    let mut written = 0;
    for ((state, version), path) in states.iter().zip(versions).zip(paths(&states, ENDING)) {
        match store.pull_from(state, Which::Version(version)) {
            Ok(pulled) => {
                folder.write(&path, pulled.document.as_bytes())?;
                written += 1;
            }
            Err(StoreError::Removed { .. }) => {}
            Err(error) => return Err(failure(error)),
        }
    }
    Ok((written, written))
}

/// Writes every version of each state; gives how many states and versions.
fn history(store: &mut Store, folder: &Folder<'_>) -> Result<(usize, usize), Failure> {
    let states = store.all_states(true).map_err(failure)?;
    let mut written = 0;
    for (state, path) in states.iter().zip(paths(&states, "")) {
        for kept in store.kept_versions(state).map_err(failure)? {
            let pulled = store
                .pull_from(state, Which::Version(kept.version))
                .map_err(failure)?;
            let path = format!("{path}/{}{ENDING}", stamp(kept.recorded_at));
            folder.write(&path, pulled.document.as_bytes())?;
            written += 1;
        }
    }
    folder.write("sgq.toml", SETTINGS.as_bytes())?;
    Ok((states.len(), written))
}

/// A time as it stands in the name of a file: no two versions of a state have the same.
fn stamp(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%S%.6fZ").to_string()
}

/// The folder that is written to, and nothing outside of it.
struct Folder<'f> {
    path: &'f Path,
}

impl Folder<'_> {
    fn open(path: &Path, may_hold_something: bool) -> Result<Folder<'_>, Failure> {
        make_folder(path).map_err(|error| not_written(path, &error))?;
        let mut entries = fs::read_dir(path).map_err(|error| not_written(path, &error))?;
        if entries.next().is_some() && !may_hold_something {
            return Err(Failure::usage(format!(
                "{} holds something already: name an empty folder, or write into it with --force",
                visible(&path.to_string_lossy())
            )));
        }
        Ok(Folder { path })
    }

    /// Writes a file at once, in place of one that is there.
    fn write(&self, path: &str, content: &[u8]) -> Result<(), Failure> {
        let mut folder = self.path.to_owned();
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        for part in folders.split('/').filter(|part| !part.is_empty()) {
            folder.push(part);
            // A link could lead elsewhere.
            match fs::symlink_metadata(&folder) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => {
                    return Err(Failure::query(format!(
                        "{} is no folder: remove it, or name another folder to write to",
                        visible(&folder.to_string_lossy())
                    )));
                }
                Err(_) => make_folder(&folder).map_err(|error| not_written(&folder, &error))?,
            }
        }
        let file = folder.join(name);
        let part = folder.join(format!(".sgq.{}.part", std::process::id()));
        let put = put(&part, &file, content);
        if put.is_err() {
            let _ = fs::remove_file(&part);
        }
        put.map_err(|error| not_written(&file, &error))
    }
}

/// Writes a file beside the one that is wanted, and then takes its place: a link that is there is
/// replaced, and not followed.
fn put(part: &Path, file: &PathBuf, content: &[u8]) -> io::Result<()> {
    let mut written = private(part)?;
    written.write_all(content)?;
    fs::rename(part, file)
}

/// A new file that only its owner may read and write.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder that only its owner may look into, and those above it, if it is not there.
fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    Failure::query(format!(
        "{} cannot be written: {}",
        visible(&path.to_string_lossy()),
        io_reason(error)
    ))
}
