//! Opening documents, one at a time: the one piece that reads what is current and what was before.

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::apart::{self, Apart};
use super::{Cost, Extent, Inventory, LoadError, Opened, Outcome, Workspace};
use crate::format::{self, Document, FormatError, NotState, Skim, State};
use crate::source::{Buffer, Content, Found, ReadError};
use crate::store::Wanted;

/// What became of a document, as far as anybody has read it.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    outcome: OnceLock<Outcome>,
    /// What showed after it had been read.
    damage: OnceLock<Outcome>,
    has_damaged_value: AtomicBool,
}

impl Verdict {
    /// What became of it, once it has been read.
    pub(super) fn outcome(&self) -> Option<&Outcome> {
        self.damage.get().or_else(|| self.outcome.get())
    }

    /// Why it could not be read, if someone tried.
    pub(super) fn error(&self) -> Option<&LoadError> {
        match self.outcome() {
            Some(Outcome::Failed(error)) => Some(error),
            _ => None,
        }
    }

    /// Whether it was read as a state, be it damaged.
    pub(super) fn is_loaded(&self) -> bool {
        self.outcome.get() == Some(&Outcome::Loaded)
    }

    /// Whether it was read as a state before a value in it turned out to be damaged.
    pub(super) fn is_damaged(&self) -> bool {
        self.has_damaged_value.load(Ordering::Relaxed)
    }

    /// Says that a document is no state, which is no error.
    pub(super) fn pass_over(&self, outcome: &Outcome) {
        self.outcome.get_or_init(|| outcome.clone());
    }

    /// Says what became of a document that had been passed over.
    pub(super) fn overrule(&self, outcome: Outcome) {
        self.damage.get_or_init(|| outcome);
    }

    /// Says what became of a document. The first word stays, but that what seemed to be a state may
    /// turn out to be damaged when more of it is read.
    fn settle(&self, outcome: Outcome) -> &Outcome {
        match self.outcome.get() {
            Some(Outcome::Loaded) => self.damage.get_or_init(|| outcome),
            _ => self.outcome.get_or_init(|| outcome),
        }
    }
}

/// A document and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) found: &'a Found,
    pub(super) verdict: &'a Verdict,
}

impl Inventory {
    /// Reads as much of one document as is needed and hands it to `visit`, whose answer it gives back
    /// with what that took.
    pub(super) fn read<T>(
        &self,
        reading: Reading<'_>,
        extent: Extent,
        workspace: &mut Workspace,
        visit: impl FnOnce(Opened<'_>) -> T,
    ) -> (T, Cost) {
        self.read_with_bytes(reading, extent, workspace, |opened, _| visit(opened))
    }

    /// The same with the document's bytes; there are none where it was not held, which are outlines and
    /// what could not be read.
    pub(super) fn read_with_bytes<T>(
        &self,
        reading: Reading<'_>,
        extent: Extent,
        workspace: &mut Workspace,
        visit: impl FnOnce(Opened<'_>, &[u8]) -> T,
    ) -> (T, Cost) {
        let Workspace {
            buffer,
            skim,
            threads,
        } = workspace;
        skim.clear();
        let (found, limit) = (reading.found, self.options.max_size);
        let mut cost = Cost::default();
        if matches!(found.content, Content::Gone) {
            let removed = Outcome::Skipped("removed");
            return (self.visit_nothing(reading, removed, visit), cost);
        }
        self.progress.files.fetch_add(1, Ordering::Relaxed);
        if extent == Extent::Outline {
            skim.clear_for_outline();
            let read = skim_outline(found, limit, *threads, skim, buffer, &mut cost.bytes_read);
            self.count(cost.bytes_read);
            if let Some(outcome) = not_read(read) {
                return (self.visit_nothing(reading, outcome, visit), cost);
            }
            cost.bytes_parsed = skim.bytes_parsed();
            if let Some(state) = format::outline(skim) {
                return (self.visit_state(reading, &state, &[], visit), cost);
            }
            // What is left of a document in another format is nearly all of it.
            *skim = Skim::default();
        }
        let read = found.read(buffer, limit, |head| {
            // Only who asks for everything is told of plans that cannot be read.
            let is_asked = extent == Extent::Everything;
            format::might_be_state(head) || is_asked && format::is_plan_archive(head)
        });
        let bytes = buffer.bytes();
        self.count(bytes.len());
        cost.bytes_read += bytes.len();
        if let Some(outcome) = not_read(read) {
            return (self.visit_nothing(reading, outcome, visit), cost);
        }
        if found.expected && format::is_plan_archive(bytes) {
            let outcome = self.told_of_plan(bytes, extent);
            return (self.visit_nothing(reading, outcome, visit), cost);
        }
        let document = match extent {
            Extent::Values => format::read_lazily(bytes, skim),
            // What has no outline is no state whose values could wait.
            Extent::Outline | Extent::Everything => format::read(bytes),
        };
        let answer = match document {
            Ok(Document::State(state)) => self.visit_state(reading, &state, bytes, visit),
            Ok(Document::Encrypted(encrypted)) => {
                reading.verdict.outcome.get_or_init(|| Outcome::Loaded);
                visit(Opened::Encrypted(&encrypted), bytes)
            }
            Ok(Document::Plan(_)) => {
                self.visit_nothing(reading, Outcome::Skipped(NotState::Plan.describe()), visit)
            }
            Ok(Document::NotState(NotState::Plan)) if extent == Extent::Everything => {
                let outcome = self.told_of_plan(bytes, extent);
                self.visit_nothing(reading, outcome, visit)
            }
            Ok(Document::NotState(what)) => {
                self.visit_nothing(reading, Outcome::Skipped(what.describe()), visit)
            }
            Err(error) => self.visit_nothing(reading, refused(found, &error), visit),
        };
        cost.bytes_parsed = match skim.bytes_parsed() {
            0 => bytes.len(),
            lazily => lazily,
        };
        if skim.found_damage()
            && let Err(error) = format::read(bytes)
        {
            // It was read as a state, whatever it is called.
            self.settle(reading.verdict, failed(error.kind(), &error));
            let is_damaged = &reading.verdict.has_damaged_value;
            is_damaged.store(true, Ordering::Relaxed);
        }
        (answer, cost)
    }

    /// Reads a document as it was written, be it from a store that shows less of it otherwise.
    pub(super) fn read_exactly<T>(
        &self,
        found: &Found,
        verdict: &Verdict,
        workspace: &mut Workspace,
        visit: impl FnOnce(Opened<'_>, &[u8]) -> T,
    ) -> T {
        if let Content::Stored(stored) = &found.content
            && !stored.is_exact()
        {
            let outcome = Outcome::Failed(LoadError {
                kind: "unreadable",
                message:
                    "the role may not read its secrets, so that it cannot be copied from its store"
                        .to_owned(),
            });
            return self.visit_nothing(Reading { found, verdict }, outcome, visit);
        }
        let found = &*self.wanting(found, Extent::Everything, &Wanted::exact());
        let reading = Reading { found, verdict };
        self.read_with_bytes(reading, Extent::Everything, workspace, visit)
            .0
    }

    /// What becomes of a plan that was opened as a state: only who asks for everything is told that it
    /// cannot be read.
    fn told_of_plan(&self, bytes: &[u8], extent: Extent) -> Outcome {
        match extent {
            Extent::Everything => match self.plan_in(bytes, |_| ()) {
                Ok(_) => Outcome::Skipped(NotState::Plan.describe()),
                Err(error) => failed(error.kind(), &error),
            },
            Extent::Outline | Extent::Values => Outcome::Skipped(NotState::Plan.describe()),
        }
    }

    pub(super) fn count(&self, bytes: usize) {
        self.progress
            .bytes
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn visit_state<T>(
        &self,
        reading: Reading<'_>,
        state: &State<'_>,
        bytes: &[u8],
        visit: impl FnOnce(Opened<'_>, &[u8]) -> T,
    ) -> T {
        reading.verdict.outcome.get_or_init(|| Outcome::Loaded);
        visit(
            Opened::State(state, &self.options.redaction.of(state)),
            bytes,
        )
    }

    fn visit_nothing<T>(
        &self,
        reading: Reading<'_>,
        outcome: Outcome,
        visit: impl FnOnce(Opened<'_>, &[u8]) -> T,
    ) -> T {
        visit(Opened::Nothing(self.settle(reading.verdict, outcome)), &[])
    }

    /// Says what became of a document.
    pub(super) fn settle<'v>(&self, verdict: &'v Verdict, outcome: Outcome) -> &'v Outcome {
        if matches!(outcome, Outcome::Failed(_)) {
            self.any_failed.store(true, Ordering::Relaxed);
        }
        verdict.settle(outcome)
    }
}

/// Skims a document for its outline, by several threads if it is large. The answer is that of [`Found::read`].
fn skim_outline(
    found: &Found,
    limit: u64,
    threads: usize,
    skim: &mut Skim,
    buffer: &mut Buffer,
    bytes_read: &mut usize,
) -> Result<bool, ReadError> {
    if let Some(threads) = NonZeroUsize::new(threads).filter(|threads| threads.get() > 1)
        && found.size >= apart::LARGE
        && let Some(document) = found.anywhere(limit)?
    {
        let apart = Apart {
            document: &document,
            stretch: apart::STRETCH,
            threads,
            bytes_read: AtomicUsize::new(0),
        };
        let skimmed = apart.skim(skim, buffer);
        *bytes_read += apart.bytes_read.into_inner();
        return skimmed.map(|()| true);
    }
    found.read_in_parts(buffer, limit, format::might_be_state, |part| {
        *bytes_read += part.len();
        skim.part(part);
    })
}

/// What became of a document that could not be read, or that did not look like a state.
pub(super) fn not_read(read: Result<bool, ReadError>) -> Option<Outcome> {
    match read {
        Ok(true) => None,
        Ok(false) => Some(Outcome::Skipped("not a state")),
        Err(error) => Some(failed(error.kind(), &error)),
    }
}

/// What becomes of a document that cannot be read as a state.
pub(super) fn refused(found: &Found, error: &FormatError) -> Outcome {
    match found.expected || error.is_of_plan() {
        true => failed(error.kind(), error),
        false => Outcome::Skipped("not a state"),
    }
}

pub(super) fn failed(kind: &'static str, error: &impl ToString) -> Outcome {
    Outcome::Failed(LoadError {
        kind,
        message: error.to_string(),
    })
}
