//! The resource types of the states, worked out when a statement names one.
//!
//! One pass over the documents tells every type's name and the columns of those that are asked for.
//! It is remembered until a document is written.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result};
use tokio::sync::Mutex;

use super::tables::resource_type::{Modes, ResourceType, Shape, Writing, table_name};
use crate::format::{Redacted, State};
use crate::inventory::{Extent, Fingerprint, Inventory};

/// What is known of the types, as tables' names and columns.
#[derive(Debug)]
pub(super) struct Types {
    inventory: Arc<Inventory>,
    threads: NonZeroUsize,
    known: RwLock<Known>,
    /// Held by whoever reads the documents, so that nobody else does for the same.
    learning: Mutex<()>,
}

/// What is to be known.
#[derive(Debug, Clone)]
pub(super) enum Wanted {
    /// The name of every type.
    Names,
    /// The columns of these tables, as far as they are types'.
    Tables(BTreeSet<String>),
    /// The columns of every type's table.
    All,
}

/// What was found in documents of one fingerprint.
#[derive(Debug, Default)]
struct Known {
    /// `None` while nothing was read.
    documents: Option<Fingerprint>,
    names: BTreeMap<String, Modes>,
    tables: BTreeMap<String, Arc<ResourceType>>,
}

/// What one pass finds.
#[derive(Debug, Default)]
struct Found {
    names: BTreeMap<String, Modes>,
    shapes: BTreeMap<String, Shape>,
}

impl Types {
    /// Nothing yet, of `inventory`, which will be read by so many threads.
    pub(super) fn new(inventory: Arc<Inventory>, threads: NonZeroUsize) -> Types {
        Types {
            inventory,
            threads,
            known: RwLock::default(),
            learning: Mutex::default(),
        }
    }

    /// The names of the tables of types that are known so far, and what is in them.
    pub(super) fn names(&self) -> BTreeMap<String, Modes> {
        self.known().names.clone()
    }

    /// Whether a type's table has a name, as far as is known.
    pub(super) fn has(&self, name: &str) -> bool {
        self.known().names.contains_key(name)
    }

    /// The table of a name, once its columns are known.
    pub(super) fn table(&self, name: &str) -> Option<Arc<ResourceType>> {
        self.known().tables.get(name).cloned()
    }

    /// Reads the documents, if what is wanted is not known of them as they are now.
    ///
    /// # Errors
    ///
    /// When reading ends by a defect.
    pub(super) async fn learn(self: &Arc<Self>, wanted: Wanted) -> Result<()> {
        let _learning = self.learning.lock().await;
        let types = Arc::clone(self);
        let reading = SpawnedTask::spawn_blocking(move || types.read(&wanted));
        let read = reading.join().await;
        read.map_err(|error| DataFusionError::ExecutionJoin(Box::new(error)))
    }

    fn read(&self, wanted: &Wanted) {
        // Taken first: a document that is written meanwhile is read again next time.
        let now = self.inventory.fingerprint();
        let missing = self.known().missing(wanted, now);
        let Some(wanted) = &missing else {
            return;
        };
        let extent = match wanted {
            Wanted::Names => Extent::Outline,
            Wanted::Tables(_) | Wanted::All => Extent::Values,
        };
        let found = self
            .inventory
            .survey(self.threads, extent, |_, state, redacted| {
                Found::in_state(state, redacted, wanted)
            })
            .into_iter()
            .flatten()
            .fold(Found::default(), Found::with);
        let tables = found.shapes.iter().map(|(name, shape)| {
            let modes = found.names.get(name).copied().unwrap_or_default();
            let table = ResourceType::new(name, modes, shape);
            (name.clone(), Arc::new(table))
        });
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.documents != Some(now) {
            *known = Known::default();
        }
        known.documents = Some(now);
        known.tables.extend(tables);
        known.names = found.names;
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// What of `wanted` is not known of the documents as they are now.
    fn missing(&self, wanted: &Wanted, now: Fingerprint) -> Option<Wanted> {
        if self.documents != Some(now) {
            return Some(wanted.clone());
        }
        let is_missing = |name: &&String| !self.tables.contains_key(*name);
        let missing: BTreeSet<String> = match wanted {
            Wanted::Names => BTreeSet::new(),
            Wanted::Tables(names) => {
                let types = names.iter().filter(|name| self.names.contains_key(*name));
                types.filter(is_missing).cloned().collect()
            }
            Wanted::All => self.names.keys().filter(is_missing).cloned().collect(),
        };
        (!missing.is_empty()).then_some(Wanted::Tables(missing))
    }
}

impl Wanted {
    fn has(&self, name: &str) -> bool {
        match self {
            Wanted::Names => false,
            Wanted::Tables(names) => names.contains(name),
            Wanted::All => true,
        }
    }
}

impl Found {
    fn in_state(state: &State<'_>, redacted: &Redacted<'_>, wanted: &Wanted) -> Found {
        let mut found = Found::default();
        for resource in &state.resources {
            let name = table_name(resource);
            // No statement can name it.
            if name.is_empty() {
                continue;
            }
            if wanted.has(&name) {
                let shape = found.shapes.entry(name.clone().into_owned()).or_default();
                for instance in &resource.instances {
                    let attributes = redacted.attributes(resource, instance);
                    shape.see(&attributes, Writing::of(instance));
                }
            }
            match found.names.get_mut(name.as_ref()) {
                Some(modes) => modes.see(resource.mode()),
                None => {
                    let modes = found.names.entry(name.into_owned()).or_default();
                    modes.see(resource.mode());
                }
            }
        }
        found
    }

    fn with(mut self, other: Found) -> Found {
        for (name, shape) in &other.shapes {
            self.shapes.entry(name.clone()).or_default().merge(shape);
        }
        for (name, modes) in other.names {
            self.names.entry(name).or_default().merge(modes);
        }
        self
    }
}
