//! Reading all documents for what concerns them together.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroUsize;

use super::{Extent, Inventory, Opened, StateFile, Workspace};
use crate::format::{Redacted, State};
use crate::parallel;

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
        let files: Vec<(usize, &StateFile)> = self.files().iter().enumerate().collect();
        let read = |workspace: &mut Workspace, (index, file): &(usize, &StateFile)| {
            let (made, _) = self.open(file, extent, workspace, |opened| match opened {
                Opened::State(state, redacted) => Some(visit(*index, state, redacted)),
                Opened::Encrypted(_) | Opened::Nothing(_) => None,
            });
            made
        };
        let workspace = || Workspace::one_of(threads.get(), files.len());
        parallel::map(threads, &files, workspace, read)
    }

    /// What the documents are like now, by their stamps; nothing is read.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hasher = DefaultHasher::new();
        for file in self.files() {
            file.found.stamp().hash(&mut hasher);
        }
        Fingerprint(hasher.finish())
    }
}
