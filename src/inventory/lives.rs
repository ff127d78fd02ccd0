//! States as they were over time: every version that is known of each.

use std::sync::{Arc, OnceLock, PoisonError};
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::find::Narrowed;
use super::opening::{Reading, Verdict};
use super::{Cost, Extent, Header, Inventory, LoadError, Opened, StateFile, Workspace};
use crate::source::{Content, Found, Past, Recorded, Stored};
use crate::store::Wanted;

/// One recorded content of a state.
#[derive(Debug)]
pub struct Version {
    /// Counts the versions that are known, from 1 for the oldest.
    pub number: u64,
    /// How and by whom it was recorded.
    pub recorded: Recorded,
    /// When it began to hold: when it was recorded, else when the version before it is known to have
    /// ended; `None` where it holds since before anything that is known.
    pub held_from: Option<SystemTime>,
    /// When another content took its place, where that is known of it by itself.
    pub valid_until: Option<SystemTime>,
    pub(super) found: Found,
    pub(super) verdict: Arc<Verdict>,
}

/// A state with every version that is known of it.
#[derive(Debug)]
pub struct Life {
    /// The id of its [`StateFile`](super::StateFile), the same through all its versions.
    pub id: String,
    /// Unique among the inventory's states, those that are gone included.
    pub name: String,
    /// Its workspace, `default` where the path does not tell another.
    pub workspace: String,
    /// The name of its source.
    pub source: String,
    /// From the source's label pattern, of the newest version.
    pub labels: Map<String, Value>,
    /// Every version, oldest first; never empty.
    pub versions: Vec<Version>,
    /// The position in [`files`](Inventory::files) of its newest version, `None` when it is gone.
    pub file: Option<usize>,
    /// Whether nothing is known to have changed with the first version: what it holds was there when what is
    /// known begins.
    pub(super) is_told_from_there: bool,
    pub(super) headers: OnceLock<Vec<Header>>,
}

impl Life {
    /// Takes the versions, oldest first, with the times from when they held. A version that is no state is a
    /// loss where one was expected.
    pub(super) fn take(
        &mut self,
        past: Vec<Past>,
        starts: Vec<Option<SystemTime>>,
        expected: bool,
    ) {
        let mut number = 0;
        for (version, start) in past.into_iter().zip(starts) {
            number = match &version.content {
                // A store counts its versions itself.
                Content::Stored(stored) => stored.number(),
                _ => number + 1,
            };
            // A backup that is none is no loss.
            let expected = expected && version.valid_until.is_none();
            let version = Version::new(number, version, start, expected);
            self.versions.push(version);
        }
    }

    /// Whether the version at a position only says what there was when what is known begins.
    pub fn is_base(&self, position: usize) -> bool {
        position == 0 && self.is_told_from_there
    }
}

impl Version {
    /// Whether the state was removed then.
    pub fn is_gone(&self) -> bool {
        matches!(self.found.content, Content::Gone)
    }

    /// What its store knows of it, where it lies in one.
    pub fn stored(&self) -> Option<&Stored> {
        match &self.found.content {
            Content::Stored(stored) => Some(stored),
            _ => None,
        }
    }

    /// Where it is, for people and for telling it from others.
    pub fn uri(&self) -> &str {
        &self.found.uri
    }

    /// Its size in bytes, 0 where the state is gone.
    pub fn size(&self) -> u64 {
        self.found.size()
    }

    /// Why it could not be read, if someone tried.
    pub fn error(&self) -> Option<&LoadError> {
        self.verdict.error()
    }

    pub(super) fn new(
        number: u64,
        past: Past,
        held_from: Option<SystemTime>,
        expected: bool,
    ) -> Version {
        Version {
            number,
            found: Found {
                path: past.path,
                uri: past.uri,
                size: past.size,
                modified: past.recorded.at,
                expected,
                content: past.content,
                past: Vec::new(),
            },
            recorded: past.recorded,
            held_from,
            valid_until: past.valid_until,
            verdict: Arc::default(),
        }
    }

    pub(super) fn reading(&self) -> Reading<'_> {
        Reading {
            found: &self.found,
            verdict: &self.verdict,
        }
    }
}

/// What is known of a document's versions before anybody asks for them.
#[derive(Debug)]
pub(super) enum Known {
    /// There is one, the document at a position as it is.
    Plain(usize),
    /// There are several, or it is gone.
    Life(Box<Life>),
}

/// Whether a version that began to hold at a time says what was there when what is asked for begins.
pub(super) fn began_before(start: Option<SystemTime>, since: Option<SystemTime>) -> bool {
    match (start, since) {
        (Some(start), Some(since)) => start <= since,
        (start, _) => start.is_none(),
    }
}

impl Inventory {
    /// Every state of which a version is known, up to the moment that is asked about: those of
    /// [`files`](Inventory::files) in their order, then those that are gone. A document without a history has one version,
    /// its content now, recorded when it was last written.
    ///
    /// The versions of a state that has backups are put in the order of their serials, for which those
    /// are read when this is first asked.
    pub fn lives(&self) -> &[Life] {
        self.lives.get_or_init(|| {
            let unordered = self.unordered.lock();
            let mut unordered = unordered.unwrap_or_else(PoisonError::into_inner);
            let known = std::mem::take(&mut *unordered).into_iter();
            known
                .filter_map(|known| match known {
                    Known::Plain(position) => {
                        let file = self.files.get(position)?;
                        let stored = match &file.found.content {
                            Content::Stored(stored) => self.stored(position, file, stored),
                            _ => None,
                        };
                        Some(stored.unwrap_or_else(|| self.plain(position, file)))
                    }
                    Known::Life(mut life) => {
                        self.order(&mut life);
                        Some(*life)
                    }
                })
                .collect()
        })
    }

    /// The life of a state whose source tells of its versions when it is asked.
    fn stored(&self, position: usize, file: &StateFile, stored: &Stored) -> Option<Life> {
        let mut past = match stored.past(&file.found) {
            Ok(past) => past,
            Err(reason) => {
                self.notes
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(reason);
                return None;
            }
        };
        let span = self.options.span();
        let narrowed = Narrowed::of(&mut past, &file.found.content, &span)?;
        let mut life = self.plain(position, file);
        life.versions.clear();
        life.is_told_from_there = narrowed.is_told_from_there;
        life.take(past, narrowed.starts, file.found.expected);
        Some(life)
    }

    /// The life of a document without a history.
    fn plain(&self, position: usize, file: &StateFile) -> Life {
        let start = file.found.modified;
        let mut version = Version::new(1, file.found.now(), start, file.found.expected);
        version.verdict = Arc::clone(&file.verdict);
        Life {
            id: file.id.clone(),
            name: file.name.clone(),
            workspace: file.workspace.clone(),
            source: file.source.clone(),
            labels: file.labels.clone(),
            versions: vec![version],
            file: Some(position),
            is_told_from_there: began_before(start, self.options.since),
            headers: OnceLock::new(),
        }
    }

    /// Orders the versions before the last by their serials, where they are backups.
    fn order(&self, life: &mut Life) {
        let is_backup = |version: &Version| version.valid_until.is_some();
        if life
            .versions
            .iter()
            .filter(|version| is_backup(version))
            .count()
            < 2
        {
            return;
        }
        let serials = self.headers(life).iter().map(|header| header.serial);
        let serials: Vec<Option<u64>> = serials.collect();
        life.headers = OnceLock::new();
        let newest = life.versions.pop();
        let mut versions: Vec<_> = serials.into_iter().zip(life.versions.drain(..)).collect();
        versions.sort_by_key(|(serial, version)| (*serial, version.valid_until));
        let versions = versions.into_iter().map(|(_, version)| version);
        life.versions.extend(versions.chain(newest));
        let mut end = None;
        for (number, version) in (1..).zip(&mut life.versions) {
            version.number = number;
            version.held_from = version.recorded.at.or(end);
            end = version.valid_until;
        }
    }

    /// Reads as much of one version as is needed and hands it to `visit`, whose answer it gives back
    /// with what that took. One that is gone is nothing that has rows.
    pub fn open_version<T>(
        &self,
        version: &Version,
        extent: Extent,
        workspace: &mut Workspace,
        visit: impl FnOnce(Opened<'_>) -> T,
    ) -> (T, Cost) {
        let found = self.wanting(&version.found, extent, &Wanted::default());
        let reading = Reading {
            found: &found,
            verdict: &version.verdict,
        };
        self.read(reading, extent, workspace, visit)
    }

    /// Opens a part of a version that its store tells apart from the others.
    pub fn open_part<T>(
        &self,
        version: &Version,
        part: Stored,
        workspace: &mut Workspace,
        visit: impl FnOnce(Opened<'_>) -> T,
    ) -> T {
        let found = Found {
            content: Content::Stored(part),
            ..version.found.clone()
        };
        let reading = Reading {
            found: &found,
            verdict: &version.verdict,
        };
        self.read(reading, Extent::Values, workspace, visit).0
    }

    /// Reads and checks the whole of one version as it was written, and hands it to `visit` with its bytes,
    /// none where it is no state.
    pub fn open_version_whole<T>(
        &self,
        version: &Version,
        workspace: &mut Workspace,
        visit: impl FnOnce(Opened<'_>, &[u8]) -> T,
    ) -> T {
        self.read_exactly(&version.found, &version.verdict, workspace, visit)
    }
}
