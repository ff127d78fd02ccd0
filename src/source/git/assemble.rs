//! Commits become the stories of states: through renames, removals and returns.

use std::collections::HashMap;

use gix::ObjectId;

use super::commits::{Change, Event, Walked};
use crate::source::history::Recorded;

/// A state through a history.
pub(super) struct Story {
    /// Its versions, oldest first; never empty.
    pub(super) versions: Vec<Draft>,
}

/// One version of a state.
#[derive(Clone)]
pub(super) struct Draft {
    /// Its path in the repository then.
    pub(super) path: String,
    /// Its content; `None` where it was removed.
    pub(super) blob: Option<ObjectId>,
    /// A commit that holds it; `None` for the newest one.
    pub(super) commit: Option<ObjectId>,
    pub(super) recorded: Recorded,
}

/// The states of a walk. `lineage` reads that of a content; it is asked only where a state may have
/// moved, or come back.
pub(super) fn assemble(
    walked: Walked,
    lineage: &mut dyn FnMut(ObjectId) -> Option<String>,
) -> Vec<Story> {
    let mut stories = Stories {
        all: Vec::new(),
        at: HashMap::new(),
        lineage,
    };
    for event in walked.events.into_iter().rev() {
        stories.tell(event);
    }
    // What no commit of the walk touched is as it was before, and what clocks have mixed up is as the
    // newest commit has it.
    let now = Recorded {
        at: walked.head_time,
        commit: Some(walked.head_commit.to_string()),
        ..Recorded::default()
    };
    for (path, id) in &walked.head_files {
        let newest = stories.newest(path);
        let is_told = newest.is_some_and(|draft| draft.path == *path && draft.blob == Some(*id));
        let recorded = match newest {
            Some(_) => now.clone(),
            None => Recorded::default(),
        };
        if !is_told {
            stories.add(Draft {
                path: path.clone(),
                blob: Some(*id),
                commit: Some(walked.head_commit),
                recorded,
            });
        }
    }
    for story in &mut stories.all {
        if let Some(newest) = story.versions.last().cloned()
            && newest.blob.is_some()
            && !walked.head_files.contains_key(&newest.path)
        {
            story.versions.push(Draft {
                blob: None,
                commit: Some(walked.head_commit),
                recorded: now.clone(),
                ..newest
            });
        }
    }
    stories.all
}

struct Stories<'l> {
    all: Vec<Story>,
    /// The state that lies, or lay last, at a path.
    at: HashMap<String, usize>,
    lineage: &'l mut dyn FnMut(ObjectId) -> Option<String>,
}

impl Stories<'_> {
    fn tell(&mut self, event: Event) {
        let Event {
            commit,
            parent,
            recorded,
            changes,
        } = event;
        let (taken_over, changes): (Vec<Change>, Vec<Change>) =
            changes.into_iter().partition(|change| change.is_taken_over);
        // What was there before the walk began is a version without a record.
        for change in &changes {
            if let Some(blob) = change.before
                && !self.at.contains_key(&change.path)
            {
                self.add(Draft {
                    path: change.path.clone(),
                    blob: Some(blob),
                    commit: parent,
                    recorded: Recorded::default(),
                });
            }
        }
        let version = |path: String, blob: Option<ObjectId>| Draft {
            path,
            blob,
            commit: Some(commit),
            recorded: recorded.clone(),
        };
        let (mut removed, rest): (Vec<Change>, Vec<Change>) = changes
            .into_iter()
            .partition(|change| change.after.is_none());
        for change in rest {
            let from = match (change.before, change.after) {
                (None, Some(blob)) => self.moved_from(&mut removed, blob),
                _ => None,
            };
            match from {
                Some(from) => {
                    if let Some(story) = self.at.get(&from.path).copied() {
                        self.at.insert(change.path.clone(), story);
                    }
                }
                None if change.before.is_none() => self.begin(&change, &version),
                None => {}
            }
            self.add(version(change.path, change.after));
        }
        for change in removed {
            self.add(version(change.path, None));
        }
        for change in taken_over {
            let is_news = self.newest(&change.path).is_some_and(|newest| {
                newest.blob != change.after
                    && (change.after.is_some() || newest.path == change.path)
            });
            if is_news {
                self.add(version(change.path, change.after));
            }
        }
    }

    /// The removal that is one side of a move, of which a new content is the other.
    fn moved_from(&mut self, removed: &mut Vec<Change>, blob: ObjectId) -> Option<Change> {
        if removed.is_empty() {
            return None;
        }
        let is_same = removed
            .iter()
            .position(|change| change.before == Some(blob));
        let position = is_same.or_else(|| {
            let lineage = (self.lineage)(blob)?;
            let mut removed = removed.iter();
            removed.position(|change| {
                let before = change.before.and_then(|before| (self.lineage)(before));
                before.as_ref() == Some(&lineage)
            })
        });
        position.map(|position| removed.remove(position))
    }

    /// Makes way for a new state at a path, unless what is new there is the state that lay there before.
    fn begin(&mut self, change: &Change, version: &impl Fn(String, Option<ObjectId>) -> Draft) {
        let Some(story) = self.at.get(&change.path).copied() else {
            return;
        };
        let lay_here = |draft: &&Draft| draft.blob.is_some();
        let versions = &self.all[story].versions;
        let is_gone = versions.last().is_some_and(|newest| newest.blob.is_none());
        let before = versions.iter().rev().find(lay_here);
        let before = before.and_then(|draft| draft.blob);
        let is_same = before == change.after
            || match (before, change.after) {
                (Some(before), Some(after)) => {
                    let before = (self.lineage)(before);
                    before.is_some() && before == (self.lineage)(after)
                }
                _ => false,
            };
        // Two sides of a history may both have added it.
        if is_same {
            return;
        }
        if !is_gone {
            self.add(version(change.path.clone(), None));
        }
        self.at.remove(&change.path);
    }

    /// Appends a version to the state that lies at its path, or begins one with it.
    fn add(&mut self, version: Draft) {
        let next = self.all.len();
        let story = *self.at.entry(version.path.clone()).or_insert(next);
        if story == next {
            self.all.push(Story {
                versions: Vec::new(),
            });
        }
        self.all[story].versions.push(version);
    }

    fn newest(&self, path: &str) -> Option<&Draft> {
        self.all[*self.at.get(path)?].versions.last()
    }
}
