//! Plans: those the user named, and those that lie among the states.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::opening::failed;
use super::{Extent, Inventory, Outcome, StateFile, has_state_name};
use crate::format::{
    self, Digest, Digester, Document, FormatError, LockedProvider, ModuleSource, Plan, PlanArchive,
    ShownPlan,
};
use crate::source::{self, Buffer};

/// A plan as the user named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSpec {
    /// Its file.
    pub file: PathBuf,
    /// The name of the state it belongs to, where that was said.
    pub state: Option<String>,
}

/// That a plan is said to belong to a state that is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSuchState {
    /// The name that no state has.
    pub name: String,
    /// The names that states have.
    pub known: Vec<String>,
}

/// What the user said of a document that is named as a plan.
#[derive(Debug)]
pub(super) struct NamedPlan {
    /// The position of the state it belongs to.
    state: Option<usize>,
}

/// A plan that was read, as it may be shown.
#[derive(Debug)]
pub struct FoundPlan {
    /// The position of its document in [`files`](Inventory::files).
    pub file: usize,
    /// The position of the state it belongs to, where that is known.
    pub state: Option<usize>,
    /// Whether it is the file of `terraform plan -out` and not JSON.
    pub is_binary: bool,
    /// What it plans and saw.
    pub content: ShownPlan,
    /// The providers it was made with, which only a plan's file tells.
    pub providers: Vec<LockedProvider>,
    /// Where its modules came from, which only a plan's file tells.
    pub modules: Vec<ModuleSource>,
}

/// A plan before it is known which state it belongs to.
pub(super) struct ReadPlan {
    pub(super) plan: FoundPlan,
    /// The workspace it was made in, where it says so.
    pub(super) workspace: Option<String>,
    /// The objects that were there before, by address and by what stands for the real one.
    pub(super) objects: HashSet<(String, Digest)>,
}

/// What a document holds beside its plan.
pub(super) struct InPlan<T> {
    made: T,
    is_binary: bool,
    providers: Vec<LockedProvider>,
    modules: Vec<ModuleSource>,
}

static PASSED_OVER: Outcome = Outcome::Skipped("plan, not a state");

impl Inventory {
    /// The same with plans that the user named. They are none of its states, but can fail as these do.
    ///
    /// # Errors
    ///
    /// When one is said to belong to a state that is not there.
    pub fn with_plans(mut self, plans: &[PlanSpec]) -> Result<Inventory, NoSuchState> {
        for spec in plans {
            let state = match &spec.state {
                Some(name) => Some(self.state_named(name)?),
                None => None,
            };
            let found = source::named_file(&spec.file);
            let position = self
                .files
                .iter()
                .position(|file| file.found.uri == found.uri);
            let named = Some(NamedPlan { state });
            match position {
                Some(position) => {
                    self.files[position].plan = named;
                    self.files[position].found.expected = true;
                }
                None => {
                    let mut file = StateFile::at(found);
                    file.plan = named;
                    self.files.push(file);
                }
            }
        }
        Ok(self)
    }

    fn state_named(&self, name: &str) -> Result<usize, NoSuchState> {
        let states = || self.files.iter().filter(|file| !file.is_plan());
        let position = self
            .files
            .iter()
            .position(|file| !file.is_plan() && file.name == name);
        position.ok_or_else(|| NoSuchState {
            name: name.to_owned(),
            known: states().map(|file| file.name.clone()).collect(),
        })
    }

    /// Whether the user named plans of which none could be read, as far as that was tried.
    pub fn has_no_named_plan(&self) -> bool {
        let mut named = self.files.iter().filter(|file| file.is_plan()).peekable();
        named.peek().is_some()
            && named.all(|file| matches!(file.outcome(), Some(Outcome::Failed(_))))
    }

    /// Every plan that was named or lies among the states, in the order of the documents, with the state it
    /// belongs to. Where that cannot be told a note says so. What is named like a state is not
    /// looked into, and of other documents only the beginning, unless that is a plan's.
    pub fn plans(&self, threads: NonZeroUsize) -> Vec<FoundPlan> {
        let digester = Digester::new();
        let mut buffer = Buffer::default();
        let files = self.files.iter().enumerate();
        let read: Vec<ReadPlan> = files
            .filter_map(|(position, file)| self.read_plan(position, file, &digester, &mut buffer))
            .collect();
        self.assigned(read, &digester, threads)
    }

    fn read_plan(
        &self,
        position: usize,
        file: &StateFile,
        digester: &Digester,
        buffer: &mut Buffer,
    ) -> Option<ReadPlan> {
        let read = self.read_if_plan(file, buffer, |plan| {
            (
                plan.shown(&self.options.redaction),
                plan.workspace.clone(),
                plan.objects_before(digester),
            )
        })?;
        let (content, workspace, objects) = read.made;
        Some(ReadPlan {
            plan: FoundPlan {
                file: position,
                state: file.plan.as_ref().and_then(|named| named.state),
                is_binary: read.is_binary,
                content,
                providers: read.providers,
                modules: read.modules,
            },
            workspace,
            objects,
        })
    }

    /// What `make` makes of the plan in a document, if it holds one that can be read.
    fn read_if_plan<T>(
        &self,
        file: &StateFile,
        buffer: &mut Buffer,
        make: impl FnOnce(&Plan<'_>) -> T,
    ) -> Option<InPlan<T>> {
        let is_named = file.is_plan();
        if !is_named && has_state_name(Path::new(&file.found.path)) {
            return None;
        }
        let is_candidate = |head: &[u8]| is_named || format::might_be_plan(head);
        self.progress.files.fetch_add(1, Ordering::Relaxed);
        let read = file.found.read(buffer, self.options.max_size, is_candidate);
        self.count(buffer.bytes().len());
        match read {
            Ok(true) => {}
            // As a document among states it is told of there.
            Ok(false) => return None,
            Err(error) => {
                if is_named {
                    self.fail(file, failed(error.kind(), &error));
                }
                return None;
            }
        }
        let bytes = buffer.bytes();
        match self.plan_in(bytes, make) {
            Ok(plan) => {
                file.verdict.pass_over(&PASSED_OVER);
                Some(plan)
            }
            Err(error) => {
                if is_named || error.is_of_plan() {
                    self.fail(file, failed(error.kind(), &error));
                }
                None
            }
        }
    }

    /// What `make` makes of the plan that a document's bytes are.
    pub(super) fn plan_in<T>(
        &self,
        bytes: &[u8],
        make: impl FnOnce(&Plan<'_>) -> T,
    ) -> Result<InPlan<T>, FormatError> {
        if bytes.starts_with(b"PK") && !format::is_plan_archive(bytes) {
            return Err(FormatError::NotAPlan);
        }
        if format::is_plan_archive(bytes) {
            let archive = PlanArchive::open(bytes, self.options.max_size)?;
            return Ok(InPlan {
                made: make(&archive.plan()?),
                is_binary: true,
                providers: archive.providers(),
                modules: archive.modules(),
            });
        }
        let document = format::read(bytes).map_err(|error| {
            // What begins with a mark of its encoding may be a plan that a shell wrote in another one.
            let beginnings: [&[u8]; 4] = [b"{", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
            let start = bytes.trim_ascii_start();
            let may_be_plan = beginnings
                .iter()
                .any(|beginning| start.starts_with(beginning));
            match error {
                FormatError::Encoding(_) | FormatError::InvalidJson { .. } if !may_be_plan => {
                    FormatError::NotAPlan
                }
                error => error,
            }
        })?;
        match document {
            Document::Plan(plan) => Ok(InPlan {
                made: make(&plan),
                is_binary: false,
                providers: Vec::new(),
                modules: Vec::new(),
            }),
            Document::Encrypted(_) => Err(FormatError::EncryptedPlan),
            Document::State(_) | Document::NotState(_) => Err(FormatError::NotAPlan),
        }
    }

    /// What becomes of a document that was named as a plan; it is read where everything is asked for.
    pub(super) fn outcome_of_plan<'f>(
        &self,
        file: &'f StateFile,
        extent: Extent,
        buffer: &mut Buffer,
    ) -> &'f Outcome {
        if extent == Extent::Everything && file.outcome().is_none() {
            self.read_if_plan(file, buffer, |_| ());
        }
        file.outcome().unwrap_or(&PASSED_OVER)
    }

    fn fail(&self, file: &StateFile, outcome: Outcome) {
        self.any_failed.store(true, Ordering::Relaxed);
        file.verdict.overrule(outcome);
    }

    /// Keeps a sentence for the user, once.
    pub(super) fn note(&self, sentence: String) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if !notes.contains(&sentence) {
            notes.push(sentence);
        }
    }

    /// The sentences for the user that no earlier call gave.
    pub fn take_notes(&self) -> Vec<String> {
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let from = self.noted.swap(notes.len(), Ordering::Relaxed);
        notes
            .get(from..)
            .map(<[String]>::to_vec)
            .unwrap_or_default()
    }
}
