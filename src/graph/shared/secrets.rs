//! What a first reading of the states finds out about their secrets, kept for the second one.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::format::{KeptSecrets, Redacted};
use crate::inventory::{Inventory, Stamp, StateFile};

/// How many bytes are kept: what is over is found out again.
const MOST: usize = 32 << 20;

/// What is known of the secrets of each state, by its position in the inventory.
#[derive(Debug)]
pub(in crate::graph) struct Secrets {
    /// With how the document was before it was first read.
    states: Vec<(Option<Stamp>, OnceLock<KeptSecrets>)>,
    bytes: AtomicUsize,
}

impl Secrets {
    /// Nothing yet. To be made before the first reading.
    pub(in crate::graph) fn of(inventory: &Inventory) -> Secrets {
        let state = |file: &StateFile| (file.found.stamp(), OnceLock::new());
        Secrets {
            states: inventory.files().iter().map(state).collect(),
            bytes: AtomicUsize::new(0),
        }
    }

    /// Keeps what the first reading of a state has found out.
    pub(in crate::graph) fn keep(&self, position: usize, redacted: &Redacted<'_>) {
        let Some((Some(_), kept)) = self.states.get(position) else {
            return;
        };
        if let Some(secrets) = redacted.secrets() {
            let size = secrets.size();
            if self.bytes.fetch_add(size, Ordering::Relaxed) + size <= MOST {
                kept.get_or_init(|| secrets);
            }
        }
    }

    /// Tells the second reading of a state what is known, unless its document was changed since.
    pub(super) fn tell(&self, inventory: &Inventory, position: usize, redacted: &Redacted<'_>) {
        if let Some((before, kept)) = self.states.get(position)
            && let Some(secrets) = kept.get()
            && let Some(file) = inventory.files().get(position)
            && file.found.stamp() == *before
        {
            redacted.knows(secrets);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::format::Redaction;
    use crate::inventory::{Extent, ReadOptions, SourceSpec};
    use crate::source::Location;

    fn state(password: &str) -> String {
        format!(
            r#"{{"version": 4, "serial": 1, "resources": [{{"mode": "managed", "type": "t", "name": "n",
                "instances": [{{"attributes": {{"password": "{password}"}}}}]}}]}}"#
        )
    }

    #[test]
    fn of_a_document_that_was_changed_since_nothing_is_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("terraform.tfstate");
        std::fs::write(&path, state("kD93hfA0zPq")).expect("a new file");
        let source = SourceSpec {
            name: None,
            location: Location::Path(folder.path().to_owned()),
            base: folder.path().to_owned(),
            labels: None,
        };
        let options = ReadOptions {
            redaction: Redaction::default(),
            max_size: 1 << 20,
            ..ReadOptions::default()
        };
        let inventory = Inventory::find(&[source], options);
        let secrets = Secrets::of(&inventory);
        inventory.survey(
            NonZeroUsize::MIN,
            Extent::Values,
            |position, state, redacted| {
                let resource = &state.resources[0];
                redacted.attributes(resource, &resource.instances[0]);
                secrets.keep(position, redacted);
            },
        );
        let is_told = || {
            let told = inventory.survey(
                NonZeroUsize::MIN,
                Extent::Values,
                |position, _, redacted| {
                    secrets.tell(&inventory, position, redacted);
                    redacted.secrets().is_some()
                },
            );
            told[0]
        };
        assert_eq!(is_told(), Some(true));
        std::fs::write(&path, state("another-Qw82jfnA0p")).expect("the file");
        assert_eq!(is_told(), Some(false));
    }
}
