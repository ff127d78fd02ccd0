//! Reading every version once for what changed.

use std::num::NonZeroUsize;
use std::ops::Range;

use super::change::{Action, Change};
use super::moves;
use super::snapshot::{Snapshot, Telling};
use crate::inventory::{Extent, Inventory, Life, Opened, Outcome, Workspace};
use crate::parallel;

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
    /// What changed in some of its versions.
    fn read(&self, range: Range<usize>, workspace: &mut Workspace) -> Chronicle {
        let mut chronicle = Chronicle::default();
        let mut before = self.known_before(range.start, workspace);
        for version in range {
            let nothing = Snapshot::default();
            let held = before.as_ref().map_or(&nothing, |(_, snapshot)| snapshot);
            let (now, mut facts) = self.version(version, held, workspace);
            let (now, is_gone) = match now {
                Held::Objects(now) => (now, false),
                Held::Nothing => (Snapshot::default(), true),
                Held::Unknown => {
                    chronicle.facts.push(facts);
                    continue;
                }
            };
            let since = before.as_ref().map(|(position, _)| *position);
            let mut changes = now.changes(held, version, since, is_gone);
            moves::within_a_version(self.position, &mut changes);
            match self.life.is_base(version) {
                true => changes.iter_mut().for_each(|change| change.is_base = true),
                false => facts.counts = Some(Counts::default()),
            }
            chronicle.changes.extend(changes);
            chronicle.facts.push(facts);
            before = Some((version, now));
        }
        chronicle
    }

    /// The last version before `end` whose content is known.
    fn known_before(&self, end: usize, workspace: &mut Workspace) -> Option<(usize, Snapshot)> {
        let nothing = Snapshot::default();
        (0..end).rev().find_map(|version| {
            let (held, _) = self.version(version, &nothing, workspace);
            match held {
                Held::Objects(snapshot) => Some((version, snapshot)),
                Held::Nothing => Some((version, Snapshot::default())),
                Held::Unknown => None,
            }
        })
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
        let opened =
            self.inventory
                .open_version(self.life, version, Extent::Values, workspace, open);
        opened.0
    }
}
