//! The states known now: found at their sources, named, labelled, and read one at a time.
//!
//! Finding reads nothing. A document is opened when a question needs it, and its memory is given
//! back before the next one is.

mod labels;
mod names;
mod protected;
mod survey;
mod telling;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use serde_json::{Map, Value};

pub use self::labels::{LabelPattern, LabelPatternError};
use self::names::Naming;
pub use self::protected::{has_state_name, protected_file};
pub use self::survey::Fingerprint;
use crate::format::{self, Document, Encrypted, FormatError, Redacted, Redaction, Skim, State};
use crate::source::{Buffer, Content, Found, Location, ReadError};

/// One source as the user gave it.
#[derive(Debug, Clone)]
pub struct SourceSpec {
    /// Its name in `sgq.toml`; without one the last part of its location serves.
    pub name: Option<String>,
    /// Where it is.
    pub location: Location,
    /// What a relative pattern is relative to.
    pub base: PathBuf,
    /// How paths become labels.
    pub labels: Option<LabelPattern>,
}

/// How documents are read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// What is hidden.
    pub redaction: Redaction,
    /// The largest document that is read, in bytes.
    pub max_size: u64,
}

/// A document that may be a state, known by its place alone.
#[derive(Debug)]
pub struct StateFile {
    /// A short name that stays the same as long as the document stays where it is.
    pub id: String,
    /// Unique among the inventory's states.
    pub name: String,
    /// Its workspace, `default` where the path does not tell another.
    pub workspace: String,
    /// The name of its source.
    pub source: String,
    /// The kind of its source, in the words of Terraform's backends.
    pub backend: &'static str,
    /// From the source's label pattern.
    pub labels: Map<String, Value>,
    /// The document itself.
    pub found: Found,
    outcome: OnceLock<Outcome>,
    /// What showed after it had been read.
    damage: OnceLock<Outcome>,
    has_damaged_value: AtomicBool,
}

/// What became of a document when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A state.
    Loaded,
    /// No state, which is no error: what it is instead.
    Skipped(&'static str),
    /// A row of `load_errors`.
    Failed(LoadError),
}

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// One word: `invalid_json`, `too_large`, ….
    pub kind: &'static str,
    /// One sentence that holds nothing of the content.
    pub message: String,
}

/// A document that has been read.
pub enum Opened<'a> {
    /// A state, and its values as they may be shown.
    State(&'a State<'a>, &'a Redacted<'a>),
    /// A state that OpenTofu encrypted.
    Encrypted(&'a Encrypted),
    /// Nothing that has rows; the outcome says why.
    Nothing(&'a Outcome),
}

/// How much of a document a question needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The resources and instances of a state without any values: the document itself is never held.
    Outline,
    /// All, each value of an instance parsed when it is asked for. One that is damaged reads as null,
    /// and is a failure of its document once someone asked for it.
    Values,
    /// All, and everything is checked first.
    Everything,
}

/// What documents are read with, used again for the next.
#[derive(Debug, Default)]
pub struct Workspace {
    buffer: Buffer,
    skim: Skim,
}

/// What reading one document took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// How many bytes were read, some of them twice where a look at the outline was not enough.
    pub bytes_read: usize,
    /// How many bytes a parser was given.
    pub bytes_parsed: usize,
}

/// What reading has cost so far.
#[derive(Debug, Default)]
pub struct Progress {
    /// Documents opened.
    pub files: AtomicUsize,
    /// Bytes read.
    pub bytes: AtomicU64,
}

/// The states known now.
#[derive(Debug)]
pub struct Inventory {
    files: Vec<StateFile>,
    skipped: Vec<(String, &'static str)>,
    options: ReadOptions,
    progress: Progress,
    reported: Mutex<HashSet<usize>>,
    any_failed: AtomicBool,
}

impl Inventory {
    /// Searches the sources. Reads no document but standard input.
    pub fn find(sources: &[SourceSpec], options: ReadOptions) -> Inventory {
        let names = source_names(sources);
        let mut skipped = Vec::new();
        let mut seen = HashSet::new();
        let mut found: Vec<(&SourceSpec, &str, Found)> = Vec::new();
        for (source, name) in sources.iter().zip(&names) {
            let discovery = source.location.discover(&source.base);
            skipped.extend(discovery.skipped);
            for document in discovery.found {
                if seen.insert(document.uri.clone()) {
                    found.push((source, name, document));
                } else {
                    skipped.push((document.uri, "found at another source already"));
                }
            }
        }
        let namings: Vec<Naming<'_>> = found
            .iter()
            .map(|(_, source, found)| Naming {
                plain: names::plain_name(&found.path, &fallback_name(source, found)),
                source,
                path: &found.path,
                uri: &found.uri,
            })
            .collect();
        let unique = names::unique(&namings);
        let files = unique
            .into_iter()
            .zip(found)
            .map(|(name, (spec, source, found))| StateFile {
                id: blake3::hash(found.uri.as_bytes()).to_hex()[..12].to_owned(),
                name,
                workspace: names::workspace(&found.uri),
                source: source.to_owned(),
                backend: "local",
                labels: spec
                    .labels
                    .as_ref()
                    .map(|labels| labels.labels(&found.path))
                    .unwrap_or_default(),
                found,
                outcome: OnceLock::new(),
                damage: OnceLock::new(),
                has_damaged_value: AtomicBool::new(false),
            })
            .collect();
        Inventory {
            files,
            skipped,
            options,
            progress: Progress::default(),
            reported: Mutex::default(),
            any_failed: AtomicBool::new(false),
        }
    }

    /// Every document that may be a state, ordered by source and path.
    pub fn files(&self) -> &[StateFile] {
        &self.files
    }

    /// The largest document that is read, in bytes.
    pub fn max_size(&self) -> u64 {
        self.options.max_size
    }

    /// What was passed over without being read: where, and why.
    pub fn skipped(&self) -> &[(String, &'static str)] {
        &self.skipped
    }

    /// What reading has cost so far.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Reads as much of one document as is needed and hands it to `visit`, whose answer it gives back
    /// with what that took.
    pub fn open<T>(
        &self,
        file: &StateFile,
        extent: Extent,
        workspace: &mut Workspace,
        visit: impl FnOnce(Opened<'_>) -> T,
    ) -> (T, Cost) {
        let Workspace { buffer, skim } = workspace;
        skim.clear();
        let (found, limit) = (&file.found, self.options.max_size);
        self.progress.files.fetch_add(1, Ordering::Relaxed);
        let mut cost = Cost::default();
        if extent == Extent::Outline {
            let read = found.read_in_parts(buffer, limit, format::might_be_state, |part| {
                cost.bytes_read += part.len();
                skim.part(part);
            });
            self.count(cost.bytes_read);
            if let Some(outcome) = not_read(read) {
                return (self.visit_nothing(file, outcome, visit), cost);
            }
            if let Some(state) = format::outline(skim) {
                cost.bytes_parsed = skim.bytes_parsed();
                return (self.visit_state(file, &state, visit), cost);
            }
            // What is left of a document in another format is nearly all of it.
            *skim = Skim::default();
        }
        let read = found.read(buffer, limit, format::might_be_state);
        let bytes = buffer.bytes();
        self.count(bytes.len());
        cost.bytes_read += bytes.len();
        if let Some(outcome) = not_read(read) {
            return (self.visit_nothing(file, outcome, visit), cost);
        }
        let document = match extent {
            Extent::Values => format::read_lazily(bytes, skim),
            // What has no outline is no state whose values could wait.
            Extent::Outline | Extent::Everything => format::read(bytes),
        };
        let answer = match document {
            Ok(Document::State(state)) => self.visit_state(file, &state, visit),
            Ok(Document::Encrypted(encrypted)) => {
                file.outcome.get_or_init(|| Outcome::Loaded);
                visit(Opened::Encrypted(&encrypted))
            }
            Ok(Document::NotState(what)) => {
                self.visit_nothing(file, Outcome::Skipped(what.describe()), visit)
            }
            Err(error) => self.visit_nothing(file, self.refused(file, &error), visit),
        };
        cost.bytes_parsed = match skim.bytes_parsed() {
            0 => bytes.len(),
            lazily => lazily,
        };
        if skim.found_damage()
            && let Err(error) = format::read(bytes)
        {
            // It was read as a state, whatever it is called.
            self.settle(file, failed(error.kind(), &error));
            file.has_damaged_value.store(true, Ordering::Relaxed);
        }
        (answer, cost)
    }

    fn count(&self, bytes: usize) {
        self.progress
            .bytes
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn visit_state<T>(
        &self,
        file: &StateFile,
        state: &State<'_>,
        visit: impl FnOnce(Opened<'_>) -> T,
    ) -> T {
        file.outcome.get_or_init(|| Outcome::Loaded);
        visit(Opened::State(state, &self.options.redaction.of(state)))
    }

    fn visit_nothing<T>(
        &self,
        file: &StateFile,
        outcome: Outcome,
        visit: impl FnOnce(Opened<'_>) -> T,
    ) -> T {
        visit(Opened::Nothing(self.settle(file, outcome)))
    }

    /// Says what became of a document. The first word stays, but that what seemed to be a state may turn
    /// out to be damaged when more of it is read.
    fn settle<'f>(&self, file: &'f StateFile, outcome: Outcome) -> &'f Outcome {
        if matches!(outcome, Outcome::Failed(_)) {
            self.any_failed.store(true, Ordering::Relaxed);
        }
        match file.outcome.get() {
            Some(Outcome::Loaded) => file.damage.get_or_init(|| outcome),
            _ => file.outcome.get_or_init(|| outcome),
        }
    }

    /// What becomes of a document that cannot be read as a state.
    fn refused(&self, file: &StateFile, error: &FormatError) -> Outcome {
        match file.found.expected {
            true => failed(error.kind(), error),
            false => Outcome::Skipped("not a state"),
        }
    }

    /// The failures that no earlier call gave, in the order of the documents.
    pub fn take_unreported_failures(&self) -> Vec<(&StateFile, &LoadError)> {
        if !self.any_failed.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let failures =
            self.files
                .iter()
                .enumerate()
                .filter_map(|(index, file)| match file.outcome() {
                    Some(Outcome::Failed(error)) => Some((index, file, error)),
                    _ => None,
                });
        failures
            .filter(|(index, ..)| reported.insert(*index))
            .map(|(_, file, error)| (file, error))
            .collect()
    }

    /// Whether any document read so far was a failure, and whether any was a state.
    pub fn failures_and_states(&self) -> (bool, bool) {
        let is_failed = |file: &StateFile| matches!(file.outcome(), Some(Outcome::Failed(_)));
        let is_loaded = |file: &StateFile| file.outcome.get() == Some(&Outcome::Loaded);
        (
            self.files.iter().any(is_failed),
            self.files.iter().any(is_loaded),
        )
    }
}

impl StateFile {
    /// What became of it, once it has been read.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.damage.get().or_else(|| self.outcome.get())
    }

    /// Whether it was read as a state before a value in it turned out to be damaged.
    pub fn is_damaged(&self) -> bool {
        self.has_damaged_value.load(Ordering::Relaxed)
    }

    /// When it was last written, where its source knows.
    pub fn modified(&self) -> Option<SystemTime> {
        self.found.modified
    }
}

/// What became of a document that could not be read, or that did not look like a state.
fn not_read(read: Result<bool, ReadError>) -> Option<Outcome> {
    match read {
        Ok(true) => None,
        Ok(false) => Some(Outcome::Skipped("not a state")),
        Err(error) => Some(failed(error.kind(), &error)),
    }
}

fn failed(kind: &'static str, error: &impl ToString) -> Outcome {
    Outcome::Failed(LoadError {
        kind,
        message: error.to_string(),
    })
}

/// The name of a state that is all there is at its place: the folder of `terraform.tfstate`.
fn fallback_name(source: &str, found: &Found) -> String {
    match &found.content {
        Content::File(_) if source == "terraform.tfstate" => found
            .uri
            .rsplit('/')
            .nth(1)
            .filter(|folder| !folder.is_empty())
            .unwrap_or("terraform")
            .to_owned(),
        _ => source.to_owned(),
    }
}

/// A name for each source: the one given, else the last part of its location, else the location.
fn source_names(sources: &[SourceSpec]) -> Vec<String> {
    let short = |source: &SourceSpec| {
        source
            .name
            .clone()
            .unwrap_or_else(|| source.location.short_name())
    };
    let shorts: Vec<String> = sources.iter().map(short).collect();
    let is_unique = |name: &String| shorts.iter().filter(|other| *other == name).count() == 1;
    sources
        .iter()
        .zip(&shorts)
        .map(|(source, short)| {
            if is_unique(short) {
                short.clone()
            } else {
                source.location.to_string()
            }
        })
        .collect()
}
