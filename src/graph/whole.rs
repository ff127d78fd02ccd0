//! The graph over all states.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::link::{InstanceRef, Link, LinkKind};
use super::packed::{Lists, number};
use super::recorded::{Evidence, Recorded};
use super::state_graph::StateGraph;
use crate::inventory::{Extent, Inventory, StateFile};

/// An instance of any of the states, in a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub(super) u32);

/// How it is known that one instance depends on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepKind {
    /// The state that holds both records it.
    Dependency,
    /// The one is in another state than the other.
    Link(LinkKind),
}

impl StepKind {
    /// The word for it in SQL: `dependency`, `remote_state` or `shared_id`.
    pub fn as_str(self) -> &'static str {
        match self {
            StepKind::Dependency => "dependency",
            StepKind::Link(kind) => kind.as_str(),
        }
    }
}

/// Every instance of every state and what it depends on, within its state and in others.
///
/// Of what a state records the graph has what nothing else implies; where a data source copies
/// another state's outputs and it is known which of them an instance takes, the instance depends on
/// what gives these and on the data source, and not on all that the data source copies.
#[derive(Debug)]
pub struct Graph {
    states: Vec<StateNode>,
    crossings: Vec<Crossing>,
    /// For each instance the crossings that begin at it, and those that end there.
    outgoing: Lists,
    incoming: Lists,
    between: Vec<StateLink>,
}

/// A state of the graph.
#[derive(Debug)]
pub(super) struct StateNode {
    pub(super) id: String,
    pub(super) name: String,
    /// Its place in the order of the names.
    rank: u32,
    /// The number of its first instance.
    first: u32,
    pub(super) graph: StateGraph,
    /// Whether it could be read.
    pub(super) is_loaded: bool,
}

/// That an instance depends on one of another state.
#[derive(Debug)]
pub(super) struct Crossing {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) kind: LinkKind,
    /// The attribute or output that carries it.
    pub(super) attribute: Option<Arc<str>>,
}

/// That something in a state depends on another state, where it is not known on what of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct StateLink {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: LinkKind,
}

impl Graph {
    /// Reads every document of an inventory, `threads` at a time. `links` are the dependencies
    /// between states, `copies` what their data sources take from other states.
    pub fn survey<'l>(
        inventory: &Inventory,
        threads: NonZeroUsize,
        links: impl IntoIterator<Item = &'l Link>,
        copies: impl IntoIterator<Item = &'l Link>,
    ) -> Graph {
        let links: Vec<&Link> = links.into_iter().collect();
        let evidence = evidence(&links);
        let none = Evidence::new();
        let graphs = inventory.survey(threads, Extent::Values, |position, state, _| {
            let evidence = evidence.get(&position).unwrap_or(&none);
            StateGraph::of(Recorded::of(state, evidence))
        });
        let mut graph = Graph::apart(inventory.files(), graphs);
        graph.join(links.into_iter().chain(copies));
        graph
    }

    /// The states' own graphs beside each other.
    fn apart(files: &[StateFile], graphs: Vec<Option<StateGraph>>) -> Graph {
        let mut by_name: Vec<usize> = (0..files.len()).collect();
        by_name.sort_by_key(|position| &files[*position].name);
        let mut ranks = vec![0; files.len()];
        for (rank, position) in (0..).zip(by_name) {
            ranks[position] = rank;
        }
        let mut first = 0;
        let states = files.iter().zip(graphs).zip(ranks);
        let states = states.map(|((file, graph), rank)| {
            let is_loaded = graph.is_some();
            let graph = graph.unwrap_or_default();
            let state = StateNode {
                id: file.id.clone(),
                name: file.name.clone(),
                rank,
                first,
                is_loaded,
                graph,
            };
            first += number(state.graph.len());
            state
        });
        Graph {
            states: states.collect(),
            crossings: Vec::new(),
            outgoing: Lists::default(),
            incoming: Lists::default(),
            between: Vec::new(),
        }
    }

    /// Adds what crosses from state to state; the first link between two instances counts.
    fn join<'l>(&mut self, links: impl Iterator<Item = &'l Link>) {
        let mut known = HashSet::new();
        let mut between = BTreeSet::new();
        for link in links {
            let ends = (
                self.resolve(&link.consumer),
                link.producer
                    .as_ref()
                    .and_then(|producer| self.resolve(producer)),
            );
            if let (Some(Node(from)), Some(Node(to))) = ends {
                if known.insert((from, to)) {
                    let attribute = link.via.as_deref().or(link.output.as_deref());
                    self.crossings.push(Crossing {
                        from,
                        to,
                        kind: link.kind,
                        attribute: attribute.map(Arc::from),
                    });
                }
            } else if let Some(to) = link.producer_state {
                between.insert(StateLink {
                    from: link.consumer.state,
                    to,
                    kind: link.kind,
                });
            }
        }
        self.between = between.into_iter().collect();
        let ends = |end: fn(&Crossing) -> u32| -> Vec<(u32, u32)> {
            let crossings = self.crossings.iter().zip(0..);
            crossings
                .map(|(crossing, position)| (end(crossing), position))
                .collect()
        };
        let nodes = self.len();
        let (outgoing, incoming) = (ends(|crossing| crossing.from), ends(|crossing| crossing.to));
        self.outgoing = Lists::of_pairs(nodes, &outgoing);
        self.incoming = Lists::of_pairs(nodes, &incoming);
    }

    fn resolve(&self, instance: &InstanceRef) -> Option<Node> {
        let state = self.states.get(instance.state)?;
        let position = state.graph.instance(&instance.address)?;
        Some(Node(state.first + position))
    }

    /// How many instances there are.
    pub fn len(&self) -> usize {
        let last = self.states.last();
        last.map_or(0, |last| last.first as usize + last.graph.len())
    }

    /// Whether there is no instance.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every instance, state by state in the inventory's order.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        (0..number(self.len())).map(Node)
    }

    /// The position in the inventory of the state that holds an instance.
    pub fn state_of(&self, node: Node) -> usize {
        self.states.partition_point(|state| state.first <= node.0) - 1
    }

    /// The id of the state that holds an instance.
    pub fn state_id(&self, node: Node) -> &str {
        &self.states[self.state_of(node)].id
    }

    /// The name of the state that holds an instance.
    pub fn state_name(&self, node: Node) -> &str {
        &self.states[self.state_of(node)].name
    }

    /// The address of an instance.
    pub fn address(&self, node: Node) -> &str {
        let (state, instance) = self.within(node);
        state.graph.address(instance)
    }

    /// The resource type of an instance.
    pub fn type_name(&self, node: Node) -> &str {
        let (state, instance) = self.within(node);
        let resource = state.graph.resource_of(instance);
        &state.graph.config_of(resource).type_name
    }

    /// The place of an instance when all are ordered by the names of their states and their
    /// addresses.
    pub(super) fn rank(&self, node: Node) -> (u32, u32) {
        let (state, instance) = self.within(node);
        (state.rank, state.graph.rank(instance))
    }

    /// The states, by their positions in the inventory.
    pub(super) fn states(&self) -> &[StateNode] {
        &self.states
    }

    /// The state of an instance, and the instance's number there.
    pub(super) fn within(&self, node: Node) -> (&StateNode, u32) {
        let state = &self.states[self.state_of(node)];
        (state, node.0 - state.first)
    }

    /// What the instance depends on in other states.
    pub(super) fn outgoing(&self, node: Node) -> &[u32] {
        self.outgoing.get(node.0)
    }

    /// What depends on the instance from other states.
    pub(super) fn incoming(&self, node: Node) -> &[u32] {
        self.incoming.get(node.0)
    }

    /// A dependency that crosses states.
    pub(super) fn crossing(&self, crossing: u32) -> &Crossing {
        &self.crossings[crossing as usize]
    }

    /// Every dependency that crosses states.
    pub(super) fn crossings(&self) -> &[Crossing] {
        &self.crossings
    }

    /// The dependencies on states of which it is not known on what of them.
    pub(super) fn between(&self) -> &[StateLink] {
        &self.between
    }
}

impl StateNode {
    /// An instance of the state in the whole graph.
    pub(super) fn node(&self, instance: u32) -> Node {
        Node(self.first + instance)
    }
}

/// By state, which instances have of a data source only what links tell: those with a link through
/// it for an output that is known.
fn evidence<'l>(links: &[&'l Link]) -> HashMap<usize, Evidence<'l>> {
    let mut evidence: HashMap<usize, Evidence<'l>> = HashMap::new();
    for link in links {
        if let (LinkKind::RemoteState, Some(data_source), Some(_), Some(_)) =
            (link.kind, &link.data_source, &link.output, &link.producer)
        {
            let of_state = evidence.entry(link.consumer.state).or_default();
            let of_consumer = of_state.entry(&*link.consumer.address).or_default();
            of_consumer.insert(data_source);
        }
    }
    evidence
}
