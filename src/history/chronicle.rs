//! Reading every version once for what changed.

use std::num::NonZeroUsize;
use std::ops::Range;

use super::change::{Action, Change};
use super::moves;
use super::snapshot::{Snapshot, Telling};
use crate::inventory::{Extent, Inventory, Life, Opened, Outcome, Version, Workspace};
use crate::parallel;
use crate::source::Stored;

/// How many versions one thread takes at a time: enough that reading the one before the first of them
/// again costs little.
const VERSIONS: usize = 64;

/// What changed in every state, from version to version.
#[derive(Debug)]
pub struct History {
    /// One for each of the inventory's lives, in their order.
    pub chronicles: Vec<Chronicle>,
}

/// What changed in one state.
#[derive(Debug, Default)]
pub struct Chronicle {
    /// What each version tells of itself.
    pub facts: Vec<Facts>,
    /// The changes, ordered by version, then by address.
    pub changes: Vec<Change>,
}

/// What a version tells of itself.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Whether it is a state, be it damaged or removed, and no other file that was looked into.
    pub is_state: bool,
    /// Its serial.
    pub serial: Option<u64>,
    /// Its lineage.
    pub lineage: Option<String>,
    /// The version of Terraform or OpenTofu that wrote it.
    pub terraform_version: Option<String>,
    /// How many instances it has; `None` where it cannot be read or there is nothing to read.
    pub instance_count: Option<usize>,
    /// How many objects appeared, were changed and left; `None` where there is nothing to tell it from.
    pub counts: Option<Counts>,
}

/// How many objects are others than before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that appeared, or came from another state.
    pub added: usize,
    /// Those that were changed where they are, or moved within the state.
    pub changed: usize,
    /// Those that left.
    pub removed: usize,
}

/// A version whose content is known.
struct Known {
    position: usize,
    held: Snapshot,
    is_gone: bool,
}

/// What is in a version.
enum Held {
    Objects(Snapshot),
    /// The state was removed.
    Nothing,
    /// It cannot be read.
    Unknown,
}

impl History {
    /// Reads every version of every state, `threads` at a time.
    pub fn survey(inventory: &Inventory, threads: NonZeroUsize) -> History {
        let lives = inventory.lives();
        let telling = Telling::default();
        let tasks: Vec<(usize, Range<usize>)> = (0..lives.len())
            .flat_map(|life| {
                let versions = lives[life].versions.len();
                let starts = (0..versions).step_by(VERSIONS);
                starts.map(move |start| (life, start..versions.min(start + VERSIONS)))
            })
            .collect();
        let read = |workspace: &mut Workspace, (life, range): &(usize, Range<usize>)| {
            let reading = Reading {
                inventory,
                telling: &telling,
                position: *life,
                life: &lives[*life],
            };
            reading.read(range.clone(), workspace)
        };
        let parts = parallel::map(threads, &tasks, Workspace::default, read);
        let mut chronicles: Vec<Chronicle> = lives.iter().map(|_| Chronicle::default()).collect();
        for ((life, _), part) in tasks.iter().zip(parts) {
            chronicles[*life].facts.extend(part.facts);
            chronicles[*life].changes.extend(part.changes);
        }
        let mut history = History { chronicles };
        history.join(lives);
        history
    }

    /// Finds what moved between states, and counts.
    fn join(&mut self, lives: &[Life]) {
        let mut changes: Vec<Vec<Change>> = self
            .chronicles
            .iter_mut()
            .map(|chronicle| std::mem::take(&mut chronicle.changes))
            .collect();
        moves::between_states(&mut changes, |life, version| {
            lives[life].versions[version].recorded.at
        });
        for (chronicle, changes) in self.chronicles.iter_mut().zip(changes) {
            for change in &changes {
                if let Some(counts) = &mut chronicle.facts[change.version].counts {
                    counts.count(change);
                }
            }
            chronicle.changes = changes;
        }
    }
}

impl Counts {
    fn count(&mut self, change: &Change) {
        let is_from_elsewhere =
            |from: &super::Origin| change.since.is_none_or(|since| since != from.version);
        match change.action {
            _ if change.ends() => self.removed += 1,
            Action::Create => self.added += 1,
            Action::Move if change.from.as_ref().is_some_and(is_from_elsewhere) => self.added += 1,
            _ => self.changed += 1,
        }
    }
}

/// One state being read.
struct Reading<'r> {
    inventory: &'r Inventory,
    telling: &'r Telling,
    position: usize,
    life: &'r Life,
}

impl Reading<'_> {
    /// What changed in some of its versions. They are read from the newest on, since repositories keep what
    /// is older as its difference from what is newer.
    fn read(&self, range: Range<usize>, workspace: &mut Workspace) -> Chronicle {
        if self.is_told_by_rows() {
            return self.read_rows(range, workspace);
        }
        let mut facts_of = vec![Facts::default(); range.len()];
        let mut changes = Vec::new();
        let mut newer: Option<Known> = None;
        for position in (0..range.end).rev() {
            let is_asked = range.contains(&position);
            if !is_asked && newer.is_none() {
                break;
            }
            let nothing = Snapshot::default();
            let like = newer.as_ref().map_or(&nothing, |newer| &newer.held);
            let (held, facts) = self.version(position, like, workspace);
            if is_asked {
                facts_of[position - range.start] = facts;
            }
            let (held, is_gone) = match held {
                Held::Objects(held) => (held, false),
                Held::Nothing => (Snapshot::default(), true),
                Held::Unknown => continue,
            };
            if let Some(newer) = newer.take() {
                changes.push(self.changes(&newer, Some((position, &held))));
            }
            // What is older than was asked for only tells the oldest of them.
            newer = is_asked.then_some(Known {
                position,
                held,
                is_gone,
            });
        }
        if let Some(oldest) = newer {
            changes.push(self.changes(&oldest, None));
        }
        for (version, _) in &changes {
            let is_told = !self.life.is_base(*version);
            facts_of[version - range.start].counts = is_told.then(Counts::default);
        }
        let in_order = changes.into_iter().rev();
        Chronicle {
            facts: facts_of,
            changes: in_order.flat_map(|(_, changes)| changes).collect(),
        }
    }

    /// Whether all versions lie in a store that tells by itself which of its rows came and went with each.
    fn is_told_by_rows(&self) -> bool {
        let mut versions = self.life.versions.iter();
        let is_told = |version: &Version| {
            let facts = version.stored().and_then(Stored::facts);
            version.is_gone() || facts.is_some_and(|facts| facts.is_in_relations)
        };
        versions.all(is_told)
            && self
                .life
                .versions
                .iter()
                .any(|version| version.stored().is_some())
    }

    /// What changed in some of its versions, for which only the rows are read that came or went with them.
    fn read_rows(&self, range: Range<usize>, workspace: &mut Workspace) -> Chronicle {
        let mut chronicle = Chronicle::default();
        for position in range {
            let version = &self.life.versions[position];
            let before = position
                .checked_sub(1)
                .map(|before| &self.life.versions[before]);
            let (leaving, entering) =
                match (before, before.and_then(Version::stored), version.stored()) {
                    (Some(before), Some(old), Some(new)) => match new.step_from(old) {
                        Some((leaving, entering)) => {
                            (Some((before, leaving)), Some((version, entering)))
                        }
                        None => (Some((before, old.whole())), Some((version, new.whole()))),
                    },
                    (Some(before), Some(old), None) => (Some((before, old.leaving())), None),
                    (_, _, new) => (None, new.map(|new| (version, new.objects()))),
                };
            let nothing = Snapshot::default();
            let mut held = |part: Option<(&Version, Stored)>, like: &Snapshot| match part {
                Some((of, part)) => {
                    self.inventory
                        .open_part(of, part, workspace, |opened| match opened {
                            Opened::State(state, _) => {
                                Some(Snapshot::of(state, like, self.telling))
                            }
                            Opened::Encrypted(_) | Opened::Nothing(_) => None,
                        })
                }
                None => Some(Snapshot::default()),
            };
            let left = held(leaving, &nothing);
            let came = left.as_ref().and_then(|left| held(entering, left));
            let facts = version.stored().and_then(Stored::facts);
            let mut told = Facts {
                is_state: true,
                serial: facts.and_then(|facts| facts.serial),
                lineage: facts.and_then(|facts| facts.lineage.clone()),
                terraform_version: facts.and_then(|facts| facts.terraform_version.clone()),
                instance_count: facts.and_then(|facts| facts.instance_count),
                counts: None,
            };
            if let (Some(left), Some(came)) = (left, came) {
                let known = Known {
                    position,
                    held: came,
                    is_gone: version.is_gone(),
                };
                let older = position.checked_sub(1).map(|before| (before, &left));
                let (_, changes) = self.changes(&known, older);
                told.counts = (!self.life.is_base(position)).then(Counts::default);
                chronicle.changes.extend(changes);
            }
            chronicle.facts.push(told);
        }
        chronicle
    }

    /// What a version has otherwise than an older one.
    fn changes(&self, newer: &Known, older: Option<(usize, &Snapshot)>) -> (usize, Vec<Change>) {
        let nothing = Snapshot::default();
        let (since, held) = older.map_or((None, &nothing), |(since, held)| (Some(since), held));
        let version = newer.position;
        let mut changes = newer.held.changes(held, version, since, newer.is_gone);
        moves::within_a_version(self.position, &mut changes);
        if self.life.is_base(version) {
            changes.iter_mut().for_each(|change| change.is_base = true);
        }
        (version, changes)
    }

    fn version(
        &self,
        version: usize,
        before: &Snapshot,
        workspace: &mut Workspace,
    ) -> (Held, Facts) {
        let version = &self.life.versions[version];
        if version.is_gone() {
            let facts = Facts {
                is_state: true,
                ..Facts::default()
            };
            return (Held::Nothing, facts);
        }
        let open = |opened: Opened<'_>| match opened {
            Opened::State(state, _) => {
                let snapshot = Snapshot::of(state, before, self.telling);
                let facts = Facts {
                    is_state: true,
                    serial: state.serial,
                    lineage: state.lineage.as_deref().map(str::to_owned),
                    terraform_version: state.terraform_version.as_deref().map(str::to_owned),
                    instance_count: Some(snapshot.len()),
                    counts: None,
                };
                (Held::Objects(snapshot), facts)
            }
            Opened::Encrypted(encrypted) => {
                let facts = Facts {
                    is_state: true,
                    serial: encrypted.serial,
                    lineage: encrypted.lineage.clone(),
                    ..Facts::default()
                };
                (Held::Unknown, facts)
            }
            Opened::Nothing(outcome) => {
                let facts = Facts {
                    is_state: matches!(outcome, Outcome::Failed(_)),
                    ..Facts::default()
                };
                (Held::Unknown, facts)
            }
        };
        let opened = self
            .inventory
            .open_version(version, Extent::Values, workspace, open);
        opened.0
    }
}
