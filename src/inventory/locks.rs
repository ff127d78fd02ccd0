//! Who holds which state now.

use std::collections::HashMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::{Inventory, LoadError};
use crate::format::LockInfo;
use crate::source::{Content, LOCK_INFO, Lock, absolute, io_reason};

/// How many bytes of a lock's file are read: more than Terraform writes by far.
const MOST: u64 = 64 << 10;

/// A lock and the state it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateLock {
    /// The position of the state in [`files`](Inventory::files); `None` where it is not there, or not yet.
    pub state: Option<usize>,
    /// The lock.
    pub lock: Lock,
}

/// A lock's file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadLock {
    /// The position of the state it is on, where that is there.
    pub state: Option<usize>,
    /// Where the file lies.
    pub uri: String,
    /// Why.
    pub error: LoadError,
}

impl Inventory {
    /// The locks that are held now, those of known states first, in their order. Nothing is kept: who asks
    /// again is told anew.
    ///
    /// With a moment that is not now, there are none, and a note says so.
    ///
    /// # Errors
    ///
    /// One sentence that names a source that cannot be asked.
    pub fn locks(&self) -> Result<Vec<StateLock>, String> {
        if self.as_of().is_some() {
            self.note("locks are those of now: with --as-of there are none".to_owned());
            return Ok(Vec::new());
        }
        let (mut locks, _) = self.file_locks();
        let by_uri: HashMap<&str, usize> = self
            .files()
            .iter()
            .enumerate()
            .map(|(position, file)| (file.place(), position))
            .collect();
        for source in &self.live {
            let held = source.locks()?.into_iter().map(|lock| StateLock {
                state: lock.uri.as_deref().and_then(|uri| by_uri.get(uri)).copied(),
                lock,
            });
            locks.extend(held);
        }
        locks.sort_by_key(|held| held.state.unwrap_or(usize::MAX));
        Ok(locks)
    }

    /// The files of locks that cannot be read.
    pub fn unread_locks(&self) -> Vec<UnreadLock> {
        match self.as_of() {
            Some(_) => Vec::new(),
            None => self.file_locks().1,
        }
    }

    /// The locks that lie beside local states, and those that were found without a state.
    fn file_locks(&self) -> (Vec<StateLock>, Vec<UnreadLock>) {
        let mut places: Vec<(Option<usize>, PathBuf, &'static str)> = Vec::new();
        for (position, file) in self.files().iter().enumerate() {
            if let Content::File(path) = &file.found.content {
                let beside = beside(path).into_iter();
                places.extend(beside.map(|(path, kind)| (Some(position), path, kind)));
            }
        }
        let mut seen: Vec<String> = places.iter().map(|(_, path, _)| absolute(path)).collect();
        seen.sort_unstable();
        let alone = self
            .skipped()
            .iter()
            .filter(|(uri, reason)| *reason == LOCK_INFO && seen.binary_search(uri).is_err());
        places.extend(alone.map(|(uri, _)| (None, PathBuf::from(uri), kind(uri))));
        let mut locks = Vec::new();
        let mut unread = Vec::new();
        for (state, path, kind) in places {
            match read(&path) {
                Ok(None) => {}
                Ok(Some(info)) => locks.push(StateLock {
                    state,
                    lock: of_file(info, &path, kind),
                }),
                Err(error) => unread.push(UnreadLock {
                    state,
                    uri: absolute(&path),
                    error,
                }),
            }
        }
        (locks, unread)
    }
}

/// Where the lock of a local state lies, and where that of one that was copied from a bucket.
///
/// Source: Terraform `internal/states/statemgr/filesystem.go`, `internal/backend/remote-state/s3/client.go`.
fn beside(state: &Path) -> Vec<(PathBuf, &'static str)> {
    let Some(name) = state.file_name().and_then(|name| name.to_str()) else {
        return Vec::new();
    };
    vec![
        (
            state.with_file_name(format!(".{name}.lock.info")),
            "lock_info",
        ),
        (state.with_file_name(format!("{name}.tflock")), "tflock"),
    ]
}

fn kind(path: &str) -> &'static str {
    match path.ends_with(".tflock") {
        true => "tflock",
        false => "lock_info",
    }
}

/// What a lock's file says; `None` where there is no such file.
fn read(path: &Path) -> Result<Option<LockInfo>, LoadError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST).read_to_end(&mut bytes));
    match read {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(LoadError {
                kind: "unreadable",
                message: format!("it cannot be read: {}", io_reason(&error)),
            });
        }
    }
    LockInfo::read(&bytes).map(Some).ok_or_else(|| LoadError {
        kind: "invalid_lock",
        message: "it is no lock info of Terraform; remove it if no Terraform runs".to_owned(),
    })
}

fn of_file(info: LockInfo, path: &Path, kind: &'static str) -> Lock {
    let since = info.created();
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    Lock {
        kind,
        id: some(info.id),
        operation: some(info.operation),
        who: some(info.who),
        version: some(info.version),
        since,
        info: some(info.info),
        path: Some(absolute(path)),
        ..Lock::default()
    }
}
