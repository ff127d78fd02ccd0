//! The states known now: found at their sources, named, labelled, and read one at a time.
//!
//! Finding reads nothing. A document is opened when a question needs it, and its memory is given
//! back before the next one is.

mod apart;
mod beside;
mod dated;
mod find;
mod forks;
mod headers;
mod labels;
mod live;
mod lives;
mod locks;
mod moment;
mod names;
mod opening;
mod plan_states;
mod plans;
mod portion;
mod protected;
mod survey;
mod telling;
mod timestamp;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use serde_json::{Map, Value};

pub use self::beside::{Beside, Origin};
pub use self::forks::Fork;
pub use self::headers::Header;
pub use self::labels::{LabelPattern, LabelPatternError};
pub use self::lives::{Life, Version};
pub use self::locks::{StateLock, UnreadLock};
pub use self::moment::Moment;
use self::opening::{Reading, Verdict};
use self::plans::NamedPlan;
pub use self::plans::{FoundPlan, NoSuchState, PlanSpec};
pub use self::protected::{has_state_name, protected_file};
pub use self::survey::Fingerprint;
pub use self::timestamp::timestamp;
use crate::format::{Encrypted, Redacted, Redaction, Skim, State};
use crate::source::{AsOf, Buffer, Content, Found, Live, Location, Span};
pub use crate::source::{Change, Stamp};
use crate::store::Wanted;

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
    /// The moment that everything is read as of, if it is not now.
    pub as_of: Option<AsOf>,
    /// How far back histories are looked at: each document's version that held then, and later ones.
    pub since: Option<SystemTime>,
    /// How many versions of a document are looked at, the newest ones.
    pub max_versions: Option<usize>,
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
    place: String,
    verdict: Arc<Verdict>,
    /// Whether the user named it as a plan: then it is none of the states.
    plan: Option<NamedPlan>,
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

/// A document that could not be read.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// Where it is.
    pub uri: &'a str,
    /// Whether it was read as a state before a value in it turned out to be damaged.
    pub is_damaged: bool,
    /// Why.
    pub error: &'a LoadError,
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
#[derive(Debug)]
pub struct Workspace {
    buffer: Buffer,
    skim: Skim,
    threads: usize,
}

impl Workspace {
    /// Reads one document with so many threads where that is worth while.
    pub fn new(threads: usize) -> Workspace {
        Workspace {
            buffer: Buffer::default(),
            skim: Skim::default(),
            threads,
        }
    }

    /// One of several that are used at a time, `threads` in all, for so many documents.
    pub fn one_of(threads: usize, documents: usize) -> Workspace {
        Workspace::new(threads / documents.clamp(1, threads.max(1)))
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Workspace::new(1)
    }
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
    /// Those whose versions nobody has asked for yet.
    unordered: Mutex<Vec<lives::Known>>,
    lives: OnceLock<Vec<Life>>,
    skipped: Vec<(String, &'static str)>,
    notes: Mutex<Vec<String>>,
    options: ReadOptions,
    progress: Progress,
    reported: Mutex<HashSet<String>>,
    any_failed: AtomicBool,
    /// How many of the notes have been given.
    noted: AtomicUsize,
    /// The sources that change while they are asked.
    live: Vec<Arc<dyn Live>>,
}

impl Inventory {
    /// Searches the sources. Reads no document but standard input, and of histories what tells a state
    /// that moved from another.
    pub fn find(sources: &[SourceSpec], options: ReadOptions) -> Inventory {
        let names = source_names(sources);
        let span = options.span();
        let mut found = find::Finds::default();
        for (source, name) in sources.iter().zip(&names) {
            let discovery = source
                .location
                .discover(&source.base, &span, &headers::lineage);
            found.add(source, name, discovery);
        }
        let (files, lives) = found.settle(&span);
        Inventory {
            files,
            unordered: Mutex::new(lives),
            lives: OnceLock::new(),
            skipped: found.skipped,
            notes: Mutex::new(found.notes),
            options,
            progress: Progress::default(),
            reported: Mutex::default(),
            any_failed: AtomicBool::new(false),
            noted: AtomicUsize::new(0),
            live: found.live,
        }
    }

    /// Every document that may be a state, ordered by source and path: its content now, or at the
    /// moment that is asked about.
    pub fn files(&self) -> &[StateFile] {
        &self.files
    }

    /// The largest document that is read, in bytes.
    pub fn max_size(&self) -> u64 {
        self.options.max_size
    }

    /// The moment that is asked about, if it is not now.
    pub fn as_of(&self) -> Option<&AsOf> {
        self.options.as_of.as_ref()
    }

    /// How far back histories are looked at, if not to their beginning.
    pub fn since(&self) -> Option<SystemTime> {
        self.options.since
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
        if file.is_plan() {
            let outcome = self.outcome_of_plan(file, extent, &mut workspace.buffer);
            return (visit(Opened::Nothing(outcome)), Cost::default());
        }
        let found = self.wanting(&file.found, extent, &Wanted::default());
        let reading = Reading {
            found: &found,
            verdict: &file.verdict,
        };
        self.read(reading, extent, workspace, visit)
    }

    /// Reads and checks the whole of one document as it was written, and hands it to `visit` with its bytes,
    /// none where it is no state.
    pub fn open_whole<T>(
        &self,
        file: &StateFile,
        workspace: &mut Workspace,
        visit: impl FnOnce(Opened<'_>, &[u8]) -> T,
    ) -> T {
        self.read_exactly(&file.found, &file.verdict, workspace, visit)
    }

    /// The failures that no earlier call gave, in the order of the documents, then those of versions.
    pub fn take_unreported_failures(&self) -> Vec<Failure<'_>> {
        if !self.any_failed.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        self.readings()
            .filter_map(|Reading { found, verdict }| {
                let error = verdict.error()?;
                reported.insert(found.uri.clone()).then(|| Failure {
                    uri: &found.uri,
                    is_damaged: verdict.is_damaged(),
                    error,
                })
            })
            .collect()
    }

    /// Whether any document read so far was a failure, and whether any was a state.
    pub fn failures_and_states(&self) -> (bool, bool) {
        (
            self.readings()
                .any(|reading| reading.verdict.error().is_some()),
            self.readings().any(|reading| reading.verdict.is_loaded()),
        )
    }

    /// Every document that may have been read: those of now, and the versions that were asked for.
    fn readings(&self) -> impl Iterator<Item = Reading<'_>> {
        let files = self.files.iter().map(|file| Reading {
            found: &file.found,
            verdict: &file.verdict,
        });
        let lives = self.lives.get().into_iter().flatten();
        files.chain(lives.flat_map(|life| life.versions.iter().map(Version::reading)))
    }
}

impl ReadOptions {
    fn span(&self) -> Span {
        Span {
            since: self.since,
            max_versions: self.max_versions,
            as_of: self.as_of.clone(),
        }
    }
}

impl Default for ReadOptions {
    /// Secrets are hidden, and everything is read as it is now.
    fn default() -> Self {
        ReadOptions {
            redaction: Redaction::default(),
            max_size: 2 << 30,
            as_of: None,
            since: None,
            max_versions: None,
        }
    }
}

impl StateFile {
    /// A document that was named by itself, whose name is its place.
    fn at(found: Found) -> StateFile {
        StateFile {
            id: id(&found.uri),
            name: found.uri.clone(),
            workspace: names::workspace(&found.uri),
            source: "--plan".to_owned(),
            backend: found.backend(),
            labels: Map::new(),
            place: found.uri.clone(),
            found,
            plan: None,
            verdict: Arc::default(),
        }
    }

    /// Whether the user named it as a plan, and not as a place of states.
    pub fn is_plan(&self) -> bool {
        self.plan.is_some()
    }

    /// What became of it, once it has been read.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.verdict.outcome()
    }

    /// When it was last written, where its source knows.
    pub fn modified(&self) -> Option<SystemTime> {
        self.found.modified()
    }

    /// Where the state lies, whatever its version: what its id stands for.
    pub fn place(&self) -> &str {
        &self.place
    }
}

/// A short name that hangs on the place alone.
fn id(place: &str) -> String {
    blake3::hash(place.as_bytes()).to_hex()[..12].to_owned()
}

/// The workspace that a state's path tells, `default` where it tells none.
pub fn workspace_of_path(path: &str) -> String {
    names::workspace(path)
}

/// What a state is called that has this path below a folder.
pub fn name_of_path(path: &str) -> String {
    names::plain_name(path, "")
}

/// The name of a state that is all there is at its place: the folder of `terraform.tfstate`.
fn fallback_name(source: &str, found: &Found) -> String {
    match &found.content {
        Content::File(_) | Content::Blob(_) | Content::Gone if source == "terraform.tfstate" => {
            found
                .uri
                .rsplit('/')
                .nth(1)
                .filter(|folder| !folder.is_empty())
                .unwrap_or("terraform")
                .to_owned()
        }
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
