//! Reading all documents for what concerns them together.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{Extent, Inventory, Opened, Workspace};
use crate::format::{Redacted, State};

/// Stands for the documents as they lie at their places at one moment: another one means that at
/// least one was written since, or is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Inventory {
    /// Reads as much of every document as is needed, `threads` at a time, and gives what `visit` makes
    /// of each state with its position in [`files`](Inventory::files), in that order; `None` stands
    /// for a document that is no state, is encrypted or cannot be read.
    pub fn survey<T: Send>(
        &self,
        threads: NonZeroUsize,
        extent: Extent,
        visit: impl Fn(usize, &State<'_>, &Redacted<'_>) -> T + Sync,
    ) -> Vec<Option<T>> {
        let files = self.files();
        let next = AtomicUsize::new(0);
        let found: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(files.len()));
        let work = || {
            let mut workspace = Workspace::default();
            while let index = next.fetch_add(1, Ordering::Relaxed)
                && let Some(file) = files.get(index)
            {
                let (made, _) = self.open(file, extent, &mut workspace, |opened| match opened {
                    Opened::State(state, redacted) => Some(visit(index, state, redacted)),
                    Opened::Encrypted(_) | Opened::Nothing(_) => None,
                });
                if let Some(made) = made {
                    let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                    found.push((index, made));
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.get().min(files.len()) {
                scope.spawn(work);
            }
            work();
        });
        let mut all: Vec<Option<T>> = files.iter().map(|_| None).collect();
        for (index, made) in found.into_inner().unwrap_or_else(PoisonError::into_inner) {
            all[index] = Some(made);
        }
        all
    }

    /// What the documents are like now, by their sizes and times; nothing is read.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hasher = DefaultHasher::new();
        for file in self.files() {
            file.found.stamp().hash(&mut hasher);
        }
        Fingerprint(hasher.finish())
    }
}
