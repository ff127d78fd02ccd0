//! Dependencies between states through data sources that copy another state's outputs.
//!
//! Each state is read once, for what it offers and what it copied ([`evidence`]); then the producers
//! are found ([`resolve`]) by where they lie ([`target`]) or by what was copied.

mod agreement;
mod evidence;
mod matches;
mod readers;
mod reasons;
mod resolve;
mod settle;
mod target;

use std::num::NonZeroUsize;
use std::sync::Arc;

pub(super) use self::evidence::Evidence;
use self::evidence::{Reading, Source};
pub use self::resolve::Confidence;
use self::resolve::{Candidates, Content, Loaded};
use super::link::{InstanceRef, Link, LinkKind};
use crate::format::{CopiedOutput, Digest, Digester, Produced, Redacted, State};
use crate::inventory::{Extent, Inventory, Outcome, StateFile};

/// What all states copied from each other through data sources.
#[derive(Debug)]
pub struct RemoteStates {
    /// Each instance of such a data source, by its state's position and the order of the document.
    pub rows: Vec<RemoteState>,
    /// The instances that depend on such a data source, with what they read where their state tells;
    /// a data source that nobody is seen to read stands for itself.
    pub links: Vec<Link>,
    /// The producer's instances that each data source copied an id of; the data source is the
    /// consumer.
    pub copies: Vec<Link>,
}

/// An instance of `terraform_remote_state` or `tfe_outputs`.
#[derive(Debug)]
pub struct RemoteState {
    /// The position of its state in the inventory.
    pub state: usize,
    /// Its address.
    pub address: Arc<str>,
    /// The backend it reads from; `None` where it is hidden.
    pub backend: Option<String>,
    /// Where the other state lies, normalised, without credentials.
    pub uri: Option<String>,
    /// The workspace it reads; `None` where it is hidden.
    pub workspace: Option<String>,
    /// The outputs it copied.
    pub output_names: Vec<Arc<str>>,
    /// The state it copied them from, or why it is not known, in one sentence.
    pub producer: Result<Producer, String>,
    /// The copied outputs that the producer has no more, or with another value; `None` where the
    /// producer or its outputs are not known.
    pub stale_outputs: Option<Vec<Arc<str>>>,
}

/// The state that outputs were copied from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Producer {
    /// Its position in the inventory.
    pub state: usize,
    /// How it was found.
    pub confidence: Confidence,
}

impl RemoteStates {
    /// Reads all states, `threads` at a time, and finds what they copied from each other.
    pub fn survey(inventory: &Inventory, threads: NonZeroUsize) -> RemoteStates {
        let digester = Digester::new();
        let states = inventory.survey(threads, Extent::Values, |position, state, redacted| {
            evidence(inventory, position, state, redacted, &digester)
        });
        RemoteStates::of(inventory, &states)
    }

    /// Finds what states copied from each other; `states` is the evidence of each.
    pub(super) fn of(inventory: &Inventory, states: &[Option<Evidence>]) -> RemoteStates {
        let loaded = inventory.files().iter().zip(states).enumerate();
        let loaded =
            loaded.filter_map(|(position, (file, found))| loaded_as(position, file, found));
        let mut all = RemoteStates {
            rows: Vec::new(),
            links: Vec::new(),
            copies: Vec::new(),
        };
        let sources: Vec<(usize, &Source)> = states
            .iter()
            .enumerate()
            .flat_map(|(position, found)| {
                let sources = found.iter().flat_map(|found| &found.sources);
                sources.map(move |source| (position, source))
            })
            .collect();
        let targets = sources
            .iter()
            .map(|(position, source)| (*position, &source.target));
        let candidates = Candidates::new(loaded.collect(), targets);
        for ((state, source), resolved) in sources.iter().zip(candidates.resolve_all(&sources)) {
            let producer = resolved.map(|(state, confidence)| Producer { state, confidence });
            let link = Links {
                state: *state,
                source,
                producer: producer.as_ref().ok().map(|producer| {
                    let evidence = states.get(producer.state).and_then(Option::as_ref);
                    (producer.state, evidence.map(|evidence| &evidence.produced))
                }),
            };
            all.links.extend(link.of_readings());
            all.copies.extend(link.of_copies());
            all.rows.push(link.row(producer));
        }
        all
    }
}

/// What the state at a position of an inventory tells of the others.
pub(super) fn evidence(
    inventory: &Inventory,
    position: usize,
    state: &State<'_>,
    redacted: &Redacted<'_>,
    digester: &Digester,
) -> Evidence {
    let file = inventory.files().get(position);
    let uri = file.map_or("", |file| file.place());
    evidence::of(state, redacted, uri, digester)
}

/// A document as a candidate; `None` for what is no state.
fn loaded_as<'a>(
    position: usize,
    file: &'a StateFile,
    found: &'a Option<Evidence>,
) -> Option<Loaded<'a>> {
    let content = match (found, file.outcome()) {
        (Some(found), _) => Content::Outputs(&found.produced),
        (None, Some(Outcome::Loaded)) => Content::Hidden,
        (None, Some(Outcome::Failed(_))) => Content::Unreadable,
        (None, Some(Outcome::Skipped(_)) | None) => return None,
    };
    Some(Loaded {
        position,
        name: &file.name,
        uri: file.place(),
        workspace: &file.workspace,
        content,
    })
}

/// Makes the links of one data source instance.
struct Links<'a> {
    state: usize,
    source: &'a Source,
    /// The producer's position and, where it can be read, its outputs.
    producer: Option<(usize, Option<&'a Produced>)>,
}

impl Links<'_> {
    fn row(&self, producer: Result<Producer, String>) -> RemoteState {
        let copied = &self.source.copied;
        let produced = self.producer.and_then(|(_, produced)| produced);
        RemoteState {
            state: self.state,
            address: Arc::clone(&copied.address),
            backend: copied.location.backend().ok().map(str::to_owned),
            uri: self.source.target.uri.clone(),
            workspace: copied
                .location
                .workspace()
                .ok()
                .map(|workspace| workspace.unwrap_or("default").to_owned()),
            output_names: copied
                .outputs
                .iter()
                .map(|output| Arc::clone(&output.name))
                .collect(),
            producer,
            stale_outputs: produced.map(|produced| stale(&copied.outputs, produced)),
        }
    }

    fn of_readings(&self) -> Vec<Link> {
        if self.source.readings.is_empty() {
            return vec![self.link(self.own(), None, None)];
        }
        let link = |reading: &Reading| {
            let consumer = InstanceRef {
                state: self.state,
                address: Arc::clone(&reading.address),
                type_name: Arc::clone(&reading.type_name),
            };
            let held = reading.held.as_ref();
            let output = held.and_then(|held| self.source.copied.outputs.get(held.output));
            Link {
                via: held.map(|held| held.via.clone()),
                ..self.link(consumer, output, held.map(|held| held.leaf))
            }
        };
        self.source.readings.iter().map(link).collect()
    }

    fn of_copies(&self) -> Vec<Link> {
        let mut copies: Vec<Link> = Vec::new();
        for output in &self.source.copied.outputs {
            let first = copies.len();
            for leaf in &output.leaves {
                let link = self.link(self.own(), Some(output), Some(*leaf));
                let is_known = copies
                    .iter()
                    .skip(first)
                    .any(|known| known.producer == link.producer);
                if link.producer.is_some() && !is_known {
                    copies.push(link);
                }
            }
        }
        copies
    }

    /// The data source itself.
    fn own(&self) -> InstanceRef {
        InstanceRef {
            state: self.state,
            address: Arc::clone(&self.source.copied.address),
            type_name: Arc::clone(&self.source.copied.type_name),
        }
    }

    fn link(
        &self,
        consumer: InstanceRef,
        output: Option<&CopiedOutput>,
        leaf: Option<Digest>,
    ) -> Link {
        let named = self.producer.and_then(|(state, produced)| {
            let instance = produced?.instance(leaf?)?;
            let producer = InstanceRef {
                state,
                address: Arc::clone(&instance.address),
                type_name: Arc::clone(&instance.type_name),
            };
            Some((producer, Arc::clone(&instance.attribute)))
        });
        let (producer, producer_attribute) = named.unzip();
        Link {
            kind: LinkKind::RemoteState,
            consumer,
            via: None,
            producer_state: self.producer.map(|(state, _)| state),
            producer,
            producer_attribute,
            output: output.map(|output| Arc::clone(&output.name)),
            data_source: Some(Arc::clone(&self.source.copied.address)),
        }
    }
}

/// The copied outputs that are not the producer's any more. What `defaults` gave is not the
/// producer's to have.
fn stale(copied: &[CopiedOutput], produced: &Produced) -> Vec<Arc<str>> {
    let is_stale = |output: &&CopiedOutput| match produced.output(&output.name) {
        Some(own) => !output.equals(own),
        None => !output.is_default,
    };
    let stale = copied.iter().filter(is_stale);
    stale.map(|output| Arc::clone(&output.name)).collect()
}

#[cfg(test)]
mod tests;
