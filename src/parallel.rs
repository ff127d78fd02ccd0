//! Work that is spread over threads.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What `make` makes of each item, on `threads` threads at most, in the order of the items. Each thread
/// has what `start` gives it to work with.
pub(crate) fn map<'i, I: Sync, W, T: Send>(
    threads: NonZeroUsize,
    items: &'i [I],
    start: impl Fn() -> W + Sync,
    make: impl Fn(&mut W, &'i I) -> T + Sync,
) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let made: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(items.len()));
    let work = || {
        let mut with = start();
        loop {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(position) else {
                return;
            };
            let one = make(&mut with, item);
            let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
            made.push((position, one));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.get().min(items.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_unstable_by_key(|(position, _)| *position);
    made.into_iter().map(|(_, one)| one).collect()
}
