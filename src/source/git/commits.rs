//! The commits that touch states, found from the newest on.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gix::ObjectId;

use super::trees::{Difference, Trees};
use crate::source::history::{AsOf, Recorded, Span};
use crate::source::local;

/// A commit in which states changed.
pub(super) struct Event {
    pub(super) commit: ObjectId,
    /// The commit before it, on its first side.
    pub(super) parent: Option<ObjectId>,
    pub(super) recorded: Recorded,
    pub(super) changes: Vec<Change>,
}

/// A state that a commit changed.
pub(super) struct Change {
    pub(super) path: String,
    /// What the first parent holds.
    pub(super) before: Option<ObjectId>,
    /// What the commit holds.
    pub(super) after: Option<ObjectId>,
    /// Whether a merge took over what one of its parents holds.
    pub(super) is_taken_over: bool,
}

/// What a walk found.
pub(super) struct Walked {
    /// Where it began.
    pub(super) head_commit: ObjectId,
    /// When that was recorded.
    pub(super) head_time: Option<SystemTime>,
    /// The states there.
    pub(super) head_files: BTreeMap<String, ObjectId>,
    /// The commits that touch states, newest first; what is older than was asked for is not in it.
    pub(super) events: Vec<Event>,
    /// Whether a commit's parents are not there, as in a shallow clone.
    pub(super) lacks_parents: bool,
}

/// What is needed of every commit.
struct Commit {
    seconds: i64,
    tree: ObjectId,
    parents: Vec<ObjectId>,
}

/// A way through the commits, from the newest on by the time of their commit, no commit before one
/// that is made of it.
pub(super) struct Walk<'w, 'r> {
    repository: &'r gix::Repository,
    trees: &'w mut Trees<'r>,
    span: &'w Span,
    /// Those that were read and not visited yet.
    known: HashMap<ObjectId, Commit>,
    seen: HashSet<ObjectId>,
    next: BinaryHeap<(i64, Reverse<usize>, ObjectId)>,
}

impl<'w, 'r> Walk<'w, 'r> {
    pub(super) fn new(
        repository: &'r gix::Repository,
        trees: &'w mut Trees<'r>,
        span: &'w Span,
    ) -> Walk<'w, 'r> {
        Walk {
            repository,
            trees,
            span,
            known: HashMap::new(),
            seen: HashSet::new(),
            next: BinaryHeap::new(),
        }
    }

    /// Walks from a commit back to where the span begins.
    ///
    /// # Errors
    ///
    /// When the commit, or a tree on the way, is missing or damaged.
    pub(super) fn from(mut self, head: ObjectId) -> Result<Walked, String> {
        if !self.push(head) {
            return Err(format!("the commit {head} is missing or damaged"));
        }
        let (tree, seconds) = match self.known.get(&head) {
            Some(commit) => (commit.tree, commit.seconds),
            None => return Err(format!("the commit {head} is missing or damaged")),
        };
        let mut walked = Walked {
            head_commit: head,
            head_time: time(seconds),
            head_files: self.trees.files(tree)?,
            events: Vec::new(),
            lacks_parents: false,
        };
        let mut counts: HashMap<String, usize> = HashMap::new();
        while let Some((seconds, _, id)) = self.next.pop() {
            let Some(commit) = self.known.remove(&id) else {
                continue;
            };
            let mut parents = Vec::with_capacity(commit.parents.len());
            for parent in &commit.parents {
                match self.tree_of(*parent) {
                    Some(tree) => parents.push((*parent, tree)),
                    None => walked.lacks_parents = true,
                }
            }
            let is_cut_off = parents.len() < commit.parents.len();
            let changes = match is_cut_off && parents.is_empty() {
                true => Vec::new(),
                false => self.changes(commit.tree, &parents)?,
            };
            if !changes.is_empty() {
                for change in changes.iter().filter(|change| !change.is_taken_over) {
                    if self.counts(seconds) {
                        *counts.entry(change.path.clone()).or_default() += 1;
                    }
                }
                walked.events.push(Event {
                    commit: id,
                    parent: parents.first().map(|(parent, _)| *parent),
                    recorded: self.recorded(id, seconds),
                    changes,
                });
            }
            let is_before = |since| time(seconds).is_some_and(|time| time < since);
            let has_enough = |path: &String| {
                let most = self.span.max_versions.unwrap_or(usize::MAX);
                counts.get(path).is_some_and(|count| *count >= most)
            };
            if self.span.since.is_some_and(is_before)
                || !walked.head_files.is_empty() && walked.head_files.keys().all(has_enough)
            {
                break;
            }
        }
        Ok(walked)
    }

    /// Whether a commit of this time is among those that are asked for.
    fn counts(&self, seconds: i64) -> bool {
        match self.span.as_of {
            Some(AsOf::Time(latest)) => time(seconds).is_some_and(|time| time <= latest),
            _ => true,
        }
    }

    /// Puts a commit among those to visit, if it is there.
    fn push(&mut self, id: ObjectId) -> bool {
        let Some(commit) = self.read(id) else {
            return false;
        };
        if self.seen.insert(id) {
            // Of two commits of one second the one that was met first is the newer one.
            let position = Reverse(self.seen.len());
            self.next.push((commit.seconds, position, id));
            self.known.insert(id, commit);
        }
        true
    }

    fn tree_of(&mut self, id: ObjectId) -> Option<ObjectId> {
        if self.seen.contains(&id) {
            let known = self.known.get(&id).map(|commit| commit.tree);
            // Clocks differ: a commit may have been visited before another that is made of it.
            return known.or_else(|| self.read(id).map(|commit| commit.tree));
        }
        self.push(id).then_some(())?;
        self.known.get(&id).map(|commit| commit.tree)
    }

    fn read(&self, id: ObjectId) -> Option<Commit> {
        let object = self.repository.find_object(id).ok()?;
        let commit = object.try_into_commit().ok()?;
        let commit = commit.decode().ok()?;
        Some(Commit {
            seconds: commit.committer().ok()?.time().ok()?.seconds,
            tree: commit.tree(),
            parents: commit.parents().collect(),
        })
    }

    /// What a tree has otherwise than all of its parents, and of a merge what it took over of one of them.
    fn changes(
        &mut self,
        tree: ObjectId,
        parents: &[(ObjectId, ObjectId)],
    ) -> Result<Vec<Change>, String> {
        let Some(((_, first), others)) = parents.split_first() else {
            let added = self.trees.differences(None, Some(tree))?.into_iter();
            return Ok(added.map(|one| Change::new(one, false)).collect());
        };
        let of_first = self.trees.differences(Some(*first), Some(tree))?;
        if others.is_empty() {
            return Ok(of_first
                .into_iter()
                .map(|one| Change::new(one, false))
                .collect());
        }
        let mut times: HashMap<String, usize> = HashMap::new();
        let mut rest = Vec::new();
        for (_, other) in others {
            for difference in self.trees.differences(Some(*other), Some(tree))? {
                *times.entry(difference.path.clone()).or_default() += 1;
                rest.push(difference);
            }
        }
        let mut changes: Vec<Change> = Vec::new();
        for difference in of_first {
            let is_taken_over = times.remove(&difference.path) != Some(others.len());
            changes.push(Change::new(difference, is_taken_over));
        }
        // What is left is as the first parent has it.
        for difference in rest {
            if times.remove(&difference.path).is_some() {
                changes.push(Change::new(difference, true));
            }
        }
        Ok(changes)
    }

    fn recorded(&self, id: ObjectId, seconds: i64) -> Recorded {
        let mut recorded = Recorded {
            at: time(seconds),
            commit: Some(id.to_string()),
            ..Recorded::default()
        };
        let Ok(object) = self.repository.find_object(id) else {
            return recorded;
        };
        let Ok(commit) = object.try_into_commit() else {
            return recorded;
        };
        if let Ok(author) = commit.author() {
            let author = author.trim();
            recorded.author = Some(local::text_of(author.name));
            recorded.email = Some(local::text_of(author.email));
        }
        let message = commit.message_raw().map(|message| local::text_of(message));
        let message = message.unwrap_or_default();
        let subject = message.trim_start().lines().next().unwrap_or_default();
        recorded.message = Some(subject.trim_end().to_owned());
        recorded
    }
}

impl Change {
    fn new(difference: Difference, is_taken_over: bool) -> Change {
        Change {
            path: difference.path,
            before: difference.before,
            after: difference.after,
            is_taken_over,
        }
    }
}

/// A time as git counts it; `None` where the system cannot hold it.
pub(super) fn time(seconds: i64) -> Option<SystemTime> {
    let since = Duration::from_secs(seconds.unsigned_abs());
    match seconds < 0 {
        true => UNIX_EPOCH.checked_sub(since),
        false => UNIX_EPOCH.checked_add(since),
    }
}
