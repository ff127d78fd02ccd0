//! What a source knows of earlier contents of its documents.

use std::time::SystemTime;

use super::Content;

/// How and by whom a content was recorded, as far as its source tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// When. Without it, the content stands since before anything else that is known of the document,
    /// or since the end of the version before it.
    pub at: Option<SystemTime>,
    /// The name of the commit's author.
    pub author: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// The commit's id, 40 hexadecimal digits.
    pub commit: Option<String>,
    /// The first line of the commit's message.
    pub message: Option<String>,
    /// What kind of write it was, in the words of the store that keeps it.
    pub operation: Option<String>,
}

/// One recorded content of a document.
#[derive(Debug, Clone)]
pub struct Past {
    /// Where it is, for people and for telling it from others: a path, `git:/a/path@COMMIT`.
    pub uri: String,
    /// Its path under the source, with `/` between the parts.
    pub path: String,
    /// Its size in bytes, 0 where it is gone.
    pub size: u64,
    /// How to read it.
    pub content: Content,
    /// How it was recorded.
    pub recorded: Recorded,
    /// When another content took its place, where that is known of it by itself: a backup is written
    /// when the state it is a copy of is replaced.
    pub valid_until: Option<SystemTime>,
}

/// How much of the histories is wanted.
#[derive(Debug, Clone, Default)]
pub struct Span {
    /// Nothing that ended before this time: of each document the version that held then, and later
    /// ones.
    pub since: Option<SystemTime>,
    /// So many versions of each document, the newest ones.
    pub max_versions: Option<usize>,
    /// Nothing later than this.
    pub as_of: Option<AsOf>,
}

/// The moment that tables answer for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AsOf {
    /// A time: of each document the version that held then.
    Time(SystemTime),
    /// A commit, by the first 7 or more hexadecimal digits of its id: the versions in its history.
    Commit(String),
    /// The number of a version, 1 for the oldest that is known.
    Version(u64),
}

/// The bounds of the versions, ordered from the oldest on, that `since` and `max_versions` leave.
pub(crate) fn kept(starts: &[Option<SystemTime>], span: &Span) -> std::ops::Range<usize> {
    let base = span.since.map_or(0, |since| {
        let held = |start: &Option<SystemTime>| start.is_none_or(|start| start <= since);
        starts.iter().rposition(held).unwrap_or(0)
    });
    let most = span.max_versions.unwrap_or(usize::MAX);
    base.max(starts.len().saturating_sub(most))..starts.len()
}

/// When each version began to hold, of versions ordered from the oldest on; `None` for one that holds
/// since before anything that is known.
pub(crate) fn starts<'a>(past: impl Iterator<Item = &'a Past>) -> Vec<Option<SystemTime>> {
    let mut end = None;
    past.map(|version| {
        let start = version.recorded.at.or(end);
        end = version.valid_until;
        start
    })
    .collect()
}

/// The path of the file that a version was recorded of, given where the version is; `None` where that is
/// no file of this machine.
pub fn path_of(uri: &str) -> Option<String> {
    let path = match uri.strip_prefix("git:") {
        Some(place) => place.rsplit_once('@').map_or(place, |(path, _)| path),
        None => uri,
    };
    path.starts_with('/').then(|| path.to_owned())
}
