//! `sgq store import`: states of other places, and their histories, become versions in the store.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::SystemTime;

use jiff::Timestamp;

use super::args;
use super::authorship::{authorship, repository};
use super::{failure, open};
use crate::cli::exit::{Exit, Failure};
use crate::cli::progress::Progress;
use crate::cli::results::{exit_code, note_if_empty, report_failures};
use crate::cli::{Settings, tell};
use crate::format::Redaction;
use crate::inventory::{Inventory, Life, Opened, Outcome, StateFile, Version, Workspace};
use crate::output::terminal::visible;
use crate::parallel;
use crate::postgres::Target;
use crate::source::path_of;
use crate::store::{Authorship, Content, FoundState, Import, Imported, Mark, Store, StoreError};

/// Imports what the sources hold.
///
/// # Errors
///
/// When the store cannot be reached, or its connection ends; what had been imported until then stays.
pub(super) fn run(
    settings: &Settings,
    target: &Target,
    asked: &args::Import,
) -> Result<Exit, Failure> {
    // A store that is not there is told before anything is read.
    let mut store = open(target, settings)?;
    let inventory = Arc::new(settings.inventory()?);
    let authorship = Authorship {
        // The folder in which one works tells nothing of where the states were applied from.
        git_commit: None,
        git_branch: None,
        git_repository: None,
        ..authorship(&asked.why, Path::new("."))
    };
    let importing = Importing {
        inventory: &inventory,
        redaction: &settings.reading.redaction,
        authorship: &authorship,
        target,
        is_lost: AtomicBool::new(false),
    };
    let items: Vec<Item<'_>> = match asked.history {
        true => inventory.lives().iter().map(Item::Life).collect(),
        false => {
            let files = inventory.files().iter();
            files
                .filter(|file| !file.is_plan())
                .map(Item::File)
                .collect()
        }
    };
    let (all, done) = (items.len(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&done);
    let progress =
        Progress::showing(move || format!("{} of {all} states", counted.load(Ordering::Relaxed)));
    let results = parallel::map(
        settings.engine.threads,
        &items,
        || importing.worker(),
        |worker, item| {
            let result = importing.import(worker, item);
            done.fetch_add(1, Ordering::Relaxed);
            result
        },
    );
    progress.end();
    report_failures(&inventory);
    note_if_empty(&inventory);
    let mut counts = Counts::default();
    for (item, result) in items.iter().zip(results) {
        counts.take(item.name(), result);
    }
    counts.tell(asked.history);
    if importing.is_lost.into_inner() {
        return Err(Failure {
            exit: Exit::Source,
            message: Some(
                "the connection to the store ended; run the import again, and it goes on where it stopped"
                    .to_owned(),
            ),
        });
    }
    store.flush().map_err(failure)?;
    Ok(match counts.refused {
        0 => exit_code(&inventory, settings),
        _ => Exit::Query,
    })
}

/// What is imported at a time.
enum Item<'i> {
    /// A state as it is.
    File(&'i StateFile),
    /// A state with its versions.
    Life(&'i Life),
}

impl Item<'_> {
    fn name(&self) -> &str {
        match self {
            Item::File(file) => &file.name,
            Item::Life(life) => &life.name,
        }
    }
}

/// What came of one state.
#[derive(Default)]
struct Came {
    /// How many versions were written.
    versions: usize,
    /// Whether it is a state, as far as it could be read.
    is_state: bool,
    /// Whether something of it could not be read.
    is_unread: bool,
    /// The serials of a file that was left out, and of what the store has.
    older: Option<(i64, i64)>,
    /// Why the store did not take it.
    refused: Option<String>,
}

/// What came of all.
#[derive(Default)]
struct Counts {
    states: usize,
    versions: usize,
    as_they_were: usize,
    unread: usize,
    refused: usize,
}

impl Counts {
    fn take(&mut self, name: &str, came: Came) {
        self.versions += came.versions;
        self.unread += usize::from(came.is_unread);
        if let Some(reason) = &came.refused {
            self.refused += 1;
            tell!("sgq: {} was not imported: {reason}", visible(name));
            return;
        }
        if let Some((serial, newest)) = came.older {
            tell!(
                "sgq: {} was left as it is: the file has the serial {serial}, and the store {newest}; --history \
                 imports older versions",
                visible(name)
            );
        }
        if came.versions > 0 {
            self.states += 1;
        } else if came.is_state && !came.is_unread {
            self.as_they_were += 1;
        }
    }

    fn tell(&self, with_history: bool) {
        let states = |count: usize| match count {
            1 => "1 state".to_owned(),
            count => format!("{count} states"),
        };
        let imported = match (with_history, self.versions) {
            (false, _) => states(self.states),
            (true, 1) => format!("1 version of {}", states(self.states)),
            (true, versions) => format!("{versions} versions of {}", states(self.states)),
        };
        tell!(
            "sgq: {imported} imported, {} as {}, {} failed",
            match with_history {
                true => states(self.as_they_were),
                false => self.as_they_were.to_string(),
            },
            match self.as_they_were {
                1 => "it was",
                _ => "they were",
            },
            self.unread + self.refused
        );
    }
}

/// What a thread works with.
struct Worker {
    workspace: Workspace,
    store: Result<Store, StoreError>,
}

/// An import that goes on.
struct Importing<'i> {
    inventory: &'i Inventory,
    redaction: &'i Redaction,
    authorship: &'i Authorship,
    target: &'i Target,
    /// Whether a connection ended: then nothing more is tried.
    is_lost: AtomicBool,
}

impl Importing<'_> {
    fn worker(&self) -> Worker {
        let store = Store::open(self.target).and_then(|mut store| {
            store.write_behind()?;
            Ok(store)
        });
        Worker {
            workspace: Workspace::new(1),
            store,
        }
    }

    fn import(&self, worker: &mut Worker, item: &Item<'_>) -> Came {
        let mut came = Came::default();
        if self.is_lost.load(Ordering::Relaxed) {
            return came;
        }
        let Worker { workspace, store } = worker;
        let store = match store {
            Ok(store) => store,
            Err(error) => {
                came.refused = Some(error.to_string());
                return came;
            }
        };
        let imported = match item {
            Item::File(file) => store.alone(&file.name, |store| {
                self.file(store, workspace, file, &mut came)
            }),
            Item::Life(life) => store.alone(&life.name, |store| {
                self.life(store, workspace, life, &mut came)
            }),
        };
        if let Err(error) = imported {
            came.refused = Some(error.to_string());
            if store.is_closed() {
                self.is_lost.store(true, Ordering::Relaxed);
            }
        }
        came
    }

    fn file(
        &self,
        store: &mut Store,
        workspace: &mut Workspace,
        file: &StateFile,
        came: &mut Came,
    ) -> Result<(), StoreError> {
        let import = Import {
            state: &file.name,
            workspace: &file.workspace,
            authorship: self.authorship,
            recorded_at: timestamp(file.modified()),
            may_be_older: false,
            may_repeat: false,
        };
        let opened = |opened: Opened<'_>, bytes: &[u8]| -> Result<(), StoreError> {
            if let Some(content) = content(&opened, bytes, came)? {
                came.take(store.import(&import, &content, self.redaction)?);
            }
            Ok(())
        };
        self.inventory.open_whole(file, workspace, opened)
    }

    /// Imports the versions of a state that were not imported before, in their order.
    fn life(
        &self,
        store: &mut Store,
        workspace: &mut Workspace,
        life: &Life,
        came: &mut Came,
    ) -> Result<(), StoreError> {
        let marks: Vec<Mark> = life.versions.iter().map(mark).collect();
        let resumed = store.resume(&life.name, &marks)?;
        came.is_state = resumed.done > 0;
        let mut state = resumed.state;
        let of_git = life.versions.last().and_then(|version| {
            version.recorded.commit.as_ref()?;
            repository(Path::new(&path_of(version.uri())?))
        });
        let versions = life.versions.iter().zip(marks).skip(resumed.done);
        for (version, mark) in versions {
            let authorship = self.authorship_of(version, of_git.as_deref());
            let import = Import {
                state: &life.name,
                workspace: &life.workspace,
                authorship: &authorship,
                recorded_at: mark.recorded_at,
                may_be_older: true,
                may_repeat: mark.commit.is_some(),
            };
            if version.is_gone() {
                if let Some(found) = &state {
                    came.versions += usize::from(store.import_removal(found, &import)?);
                }
            } else {
                let found = state.clone();
                let opened = |opened: Opened<'_>, bytes: &[u8]| -> Result<(), StoreError> {
                    if let Some(content) = content(&opened, bytes, came)? {
                        came.take(self.version(store, found, &import, &content)?);
                    }
                    Ok(())
                };
                self.inventory
                    .open_version_whole(version, workspace, opened)?;
            }
            state = match state {
                Some(state) => Some(store.again(&state)?),
                None => store.resume(&life.name, &[])?.state,
            };
        }
        Ok(())
    }

    fn version(
        &self,
        store: &mut Store,
        found: Option<FoundState>,
        import: &Import<'_>,
        content: &Content<'_>,
    ) -> Result<Imported, StoreError> {
        match found {
            Some(found) => store.import_into(Some(found), import, content, self.redaction),
            None => store.import(import, content, self.redaction),
        }
    }

    /// Who recorded a version, as its source tells, else whoever imports it.
    fn authorship_of(&self, version: &Version, repository: Option<&str>) -> Authorship {
        let recorded = &version.recorded;
        let author = match (&recorded.author, &recorded.email) {
            (Some(author), Some(email)) => Some(format!("{author} <{email}>")),
            (author, email) => author.clone().or_else(|| email.clone()),
        };
        Authorship {
            author: author.or_else(|| self.authorship.author.clone()),
            message: recorded
                .message
                .clone()
                .or_else(|| self.authorship.message.clone()),
            git_commit: recorded.commit.clone(),
            git_repository: repository.map(str::to_owned),
            ..self.authorship.clone()
        }
    }
}

impl Came {
    fn take(&mut self, imported: Imported) {
        match imported {
            Imported::Version { .. } => self.versions += 1,
            Imported::AsItWas { .. } => {}
            Imported::Older { serial, newest } => self.older = Some((serial, newest)),
        }
    }
}

/// What was opened as what is written; `None` where it is no state.
///
/// # Errors
///
/// When it is a state and no text.
fn content<'d>(
    opened: &Opened<'d>,
    bytes: &'d [u8],
    came: &mut Came,
) -> Result<Option<Content<'d>>, StoreError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| StoreError::NotAState("it is not UTF-8".to_owned()))?;
    let content = match opened {
        Opened::State(state, redacted) => Content::State {
            text,
            state,
            redacted,
        },
        Opened::Encrypted(encrypted) => Content::Encrypted { text, encrypted },
        Opened::Nothing(outcome) => {
            came.is_unread |= matches!(outcome, Outcome::Failed(_));
            return Ok(None);
        }
    };
    came.is_state = true;
    Ok(Some(content))
}

fn mark(version: &Version) -> Mark {
    // In a store several versions may have been made of one commit of the configuration.
    let commit = version.recorded.commit.as_ref();
    Mark {
        commit: commit.filter(|_| version.stored().is_none()).cloned(),
        recorded_at: timestamp(version.held_from.or(version.recorded.at)),
    }
}

/// A time as a database keeps it: in microseconds.
fn timestamp(time: Option<SystemTime>) -> Option<Timestamp> {
    let time = Timestamp::try_from(time?).ok()?;
    Timestamp::from_microsecond(time.as_microsecond()).ok()
}
