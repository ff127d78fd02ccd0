//! What was worked out over all states, kept for the next question of the session.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use crate::graph::Graph;
use crate::inventory::{Fingerprint, Inventory};

/// What is known of an inventory as a whole. Each part is worked out when it is first asked for,
/// and again once a document has changed since.
#[derive(Debug)]
pub struct Known {
    inventory: Arc<Inventory>,
    threads: NonZeroUsize,
    graph: Memo<Graph>,
}

impl Known {
    /// Nothing yet, of `inventory`, which will be read by so many threads.
    pub fn new(inventory: Arc<Inventory>, threads: NonZeroUsize) -> Self {
        Known {
            inventory,
            threads,
            graph: Memo::default(),
        }
    }

    /// The inventory it is about.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// How many documents are read at a time.
    pub fn threads(&self) -> NonZeroUsize {
        self.threads
    }

    /// What depends on what, in all states.
    pub fn graph(&self) -> Arc<Graph> {
        let make = || Graph::survey(&self.inventory, self.threads, [], []);
        self.graph.get(&self.inventory, make)
    }
}

/// A part of what is known, with the documents it was made from.
#[derive(Debug)]
pub(super) struct Memo<T>(Mutex<Option<(Fingerprint, Arc<T>)>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Memo(Mutex::new(None))
    }
}

impl<T> Memo<T> {
    /// The part as it was made before, or as `make` gives it where documents have changed since.
    /// Who asks while it is being made waits for it.
    pub(super) fn get(&self, inventory: &Inventory, make: impl FnOnce() -> T) -> Arc<T> {
        let now = inventory.fingerprint();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((then, part)) if *then == now => Arc::clone(part),
            _ => Arc::clone(&kept.insert((now, Arc::new(make()))).1),
        }
    }
}
