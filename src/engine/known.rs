//! What was worked out over all states, kept for the next question of the session.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use crate::graph::{Graph, RemoteStates, SharedIds, survey_between};
use crate::history::{Code, History};
use crate::inventory::{Fingerprint, FoundPlan, Inventory};

/// What is known of an inventory as a whole. Each part is worked out when it is first asked for,
/// and again once a document has changed since.
#[derive(Debug)]
pub struct Known {
    inventory: Arc<Inventory>,
    threads: NonZeroUsize,
    remote_states: Memo<RemoteStates>,
    shared_ids: Memo<SharedIds>,
    graph: Memo<Graph>,
    history: Memo<History>,
    code: Memo<Code>,
    plans: Memo<Vec<FoundPlan>>,
    /// Held by whoever reads the documents for several parts, so that nobody else does for the same.
    reading: Mutex<()>,
}

impl Known {
    /// Nothing yet, of `inventory`, which will be read by so many threads.
    pub fn new(inventory: Arc<Inventory>, threads: NonZeroUsize) -> Self {
        Known {
            inventory,
            threads,
            remote_states: Memo::default(),
            shared_ids: Memo::default(),
            graph: Memo::default(),
            history: Memo::default(),
            code: Memo::default(),
            plans: Memo::default(),
            reading: Mutex::default(),
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

    /// What states copied from each other through data sources.
    pub fn remote_states(&self) -> Arc<RemoteStates> {
        self.remote_states.get(&self.inventory, || {
            RemoteStates::survey(&self.inventory, self.threads)
        })
    }

    /// What states share without telling each other.
    pub fn shared_ids(&self) -> Arc<SharedIds> {
        self.shared_ids.get(&self.inventory, || {
            SharedIds::survey(&self.inventory, self.threads)
        })
    }

    /// Both of these, worked out together where neither is known.
    pub fn between(&self) -> (Arc<RemoteStates>, Arc<SharedIds>) {
        let inventory = &self.inventory;
        {
            let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
            if !self.remote_states.has(inventory) && !self.shared_ids.has(inventory) {
                let (remote, shared) = survey_between(inventory, self.threads);
                self.remote_states.get(inventory, || remote);
                self.shared_ids.get(inventory, || shared);
            }
        }
        (self.remote_states(), self.shared_ids())
    }

    /// What changed from version to version of every state.
    pub fn history(&self) -> Arc<History> {
        self.history.get(&self.inventory, || {
            History::survey(&self.inventory, self.threads)
        })
    }

    /// What changed in the configurations beside the states.
    pub fn code(&self) -> Arc<Code> {
        self.code
            .get(&self.inventory, || Code::survey(&self.inventory))
    }

    /// The plans, as they may be shown.
    pub fn plans(&self) -> Arc<Vec<FoundPlan>> {
        self.plans
            .get(&self.inventory, || self.inventory.plans(self.threads))
    }

    /// What depends on what, in all states.
    pub fn graph(&self) -> Arc<Graph> {
        self.graph.get(&self.inventory, || {
            let (remote, shared) = self.between();
            let links = remote.links.iter().chain(&shared.links);
            Graph::survey(&self.inventory, self.threads, links, &remote.copies)
        })
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
    /// Whether the part is known of the documents as they are. Who asks while it is being made waits
    /// for it.
    fn has(&self, inventory: &Inventory) -> bool {
        let now = inventory.fingerprint();
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().is_some_and(|(then, _)| *then == now)
    }

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
