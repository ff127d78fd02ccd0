//! Work on all claims that is split by the hashes of what is claimed.

use std::num::NonZeroUsize;

use crate::parallel;

/// The most shards: each goes through all claims to find its own.
const MOST: usize = 16;

/// What `make` gives of each shard, each on a thread of its own.
pub(super) fn each<T: Send>(threads: NonZeroUsize, make: impl Fn(Shard) -> T + Sync) -> Vec<T> {
    let count = threads.get().min(MOST) as u64;
    let shards: Vec<Shard> = (0..count).map(|number| Shard { number, count }).collect();
    parallel::map(threads, &shards, || (), |(), shard| make(*shard))
}

/// One of several shards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shard {
    number: u64,
    count: u64,
}

impl Shard {
    /// Whether what has a hash belongs to it.
    pub(super) fn has(self, hash: u64) -> bool {
        number(hash, self.count) == self.number
    }
}

/// The number of the shard that what has a hash belongs to. Tables are filled by the lowest bits of hashes, so that
/// is told by the highest ones.
pub(super) fn number(hash: u64, count: u64) -> u64 {
    (hash >> 32) % count.max(1)
}
