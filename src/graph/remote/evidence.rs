//! What one state tells of the others: what it offers, what it copied, and who reads the copies.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::readers::{Reader, Recorded};
use super::target::{self, Target};
use crate::format::{CopiedState, Copies, Digest, Digester, Produced, Redacted, State};

/// What is kept of a state once it is closed.
#[derive(Debug)]
pub(in crate::graph) struct Evidence {
    pub(super) produced: Produced,
    pub(super) sources: Vec<Source>,
}

/// An instance of a data source that copies outputs.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) copied: CopiedState,
    pub(super) target: Target,
    /// The instances that read it, in the order of the document.
    pub(super) readings: Vec<Reading>,
}

/// That an instance depends on a data source.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) address: Arc<str>,
    pub(super) type_name: Arc<str>,
    /// What it read, where the state tells.
    pub(super) held: Option<HeldText>,
}

/// A copied text that an instance holds.
#[derive(Debug)]
pub(super) struct HeldText {
    /// The position of the output.
    pub(super) output: usize,
    pub(super) leaf: Digest,
    pub(super) via: String,
}

/// Gathers it from a state that lies at `uri`. Attributes are parsed of those instances only that
/// depend on such a data source, or hold what an output tells.
pub(super) fn of(
    state: &State<'_>,
    redacted: &Redacted<'_>,
    uri: &str,
    digester: &Digester,
) -> Evidence {
    let mut copies = Copies::of(state, redacted, digester);
    let mut readings = readings(state, redacted, &copies, digester);
    let sources = std::mem::take(&mut copies.sources).into_iter().enumerate();
    let sources = sources.map(|(position, copied)| Source {
        target: target::of(&copied.location, uri),
        readings: readings.remove(&position).unwrap_or_default(),
        copied,
    });
    Evidence {
        sources: sources.collect(),
        produced: Produced::of(state, digester),
    }
}

/// Who reads each source, by its position.
///
/// An instance that holds a copied text reads that. One that depends on a data source and holds
/// nothing of any of its instances reads each of them, nobody knows what.
fn readings(
    state: &State<'_>,
    redacted: &Redacted<'_>,
    copies: &Copies,
    digester: &Digester,
) -> BTreeMap<usize, Vec<Reading>> {
    let mut readings: BTreeMap<usize, Vec<Reading>> = BTreeMap::new();
    if copies.sources.is_empty() {
        return readings;
    }
    let mut sources: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (position, source) in copies.sources.iter().enumerate() {
        sources.entry(source.resource).or_default().push(position);
    }
    let recorded = Recorded::of(state);
    let mut readers: BTreeMap<usize, Vec<(usize, Reader<'_>)>> = BTreeMap::new();
    for resource in sources.keys() {
        for reader in recorded.readers_of(*resource) {
            readers
                .entry(reader.position)
                .or_default()
                .push((*resource, reader));
        }
    }
    for of_one in readers.values() {
        let Some((_, reader)) = of_one.first() else {
            continue;
        };
        let among: Vec<usize> = of_one
            .iter()
            .filter_map(|(resource, _)| sources.get(resource))
            .flatten()
            .copied()
            .collect();
        let held = copies.held_by(reader.resource, reader.instance, redacted, digester, &among);
        let address: Arc<str> = reader
            .resource
            .instance_address(reader.instance)
            .to_string()
            .into();
        let type_name: Arc<str> = Arc::from(reader.resource.address.type_name.as_str());
        let reading = |held| Reading {
            address: Arc::clone(&address),
            type_name: Arc::clone(&type_name),
            held,
        };
        for (resource, reader) in of_one {
            let sources = sources.get(resource).map_or(&[][..], Vec::as_slice);
            let holds_any = held.iter().any(|held| sources.contains(&held.source));
            if reader.is_direct && !holds_any {
                for source in sources {
                    readings.entry(*source).or_default().push(reading(None));
                }
            }
        }
        for held in held {
            let text = HeldText {
                output: held.output,
                leaf: held.leaf,
                via: held.via,
            };
            readings
                .entry(held.source)
                .or_default()
                .push(reading(Some(text)));
        }
    }
    readings
}
