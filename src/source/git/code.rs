//! The commits that changed something else than states.

use std::path::Path;
use std::time::SystemTime;

use super::commits::{Walk, time};
use super::trees::{Scope, Trees};
use super::{Place, head};
use crate::source::history::{AsOf, Recorded, Span};
use crate::source::local;

/// A commit of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeChange {
    /// Who committed it, and when.
    pub recorded: Recorded,
    /// The files that it changed, by their paths in the repository; states are left out.
    pub files: Vec<String>,
}

/// The working tree of the repository that a folder lies in, or that of a repository without one;
/// `None` where it lies in none.
pub fn repository_of(folder: &str) -> Option<String> {
    let place = Place::find(Path::new(folder)).ok()?;
    Some(local::absolute(&place.root))
}

/// When a commit was made, given the beginning of its id, of the repository that a path lies in.
pub fn commit_time(path: &str, prefix: &str) -> Option<SystemTime> {
    let place = Place::find(Path::new(path)).ok()?;
    let repository = place.repository.to_thread_local();
    let commit = AsOf::Commit(prefix.to_owned());
    let id = head(&repository, Some(&commit)).ok()??;
    let commit = repository.find_object(id).ok()?.try_into_commit().ok()?;
    time(commit.time().ok()?.seconds)
}

/// The commits in the history of the one that is checked out which changed any file but states, oldest
/// first: those before `since` but for the newest of them are left out. None where the repository cannot be
/// read.
pub fn code_changes(root: &str, since: Option<SystemTime>) -> Vec<CodeChange> {
    let read = || -> Result<Vec<CodeChange>, String> {
        let place = Place::find(Path::new(root))?;
        let repository = place.repository.to_thread_local();
        let Some(head) = head(&repository, None)? else {
            return Ok(Vec::new());
        };
        let span = Span {
            since,
            ..Span::default()
        };
        let mut trees = Trees::new(&repository, Scope::of_code());
        let walked = Walk::new(&repository, &mut trees, &span).from(head)?;
        let changes = walked.events.into_iter().rev().map(|event| CodeChange {
            recorded: event.recorded,
            files: event
                .changes
                .into_iter()
                .filter(|change| !change.is_taken_over)
                .map(|change| change.path)
                .collect(),
        });
        Ok(changes.filter(|change| !change.files.is_empty()).collect())
    };
    read().unwrap_or_default()
}
