//! Following dependencies, across states, by the shortest ways.

use std::collections::{HashMap, HashSet};

use super::whole::{Graph, Node, StateNode, StepKind};

/// Which way dependencies are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To what is depended on.
    DependsOn,
    /// To what depends on it.
    Dependents,
}

impl Direction {
    /// The other way.
    pub fn reversed(self) -> Direction {
        match self {
            Direction::DependsOn => Direction::Dependents,
            Direction::Dependents => Direction::DependsOn,
        }
    }
}

/// An instance that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached<'g> {
    /// The instance.
    pub node: Node,
    /// How many steps from the nearest start.
    pub distance: u32,
    /// The step that led to it, on a shortest way.
    pub step: Step<'g>,
}

/// One step of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'g> {
    /// The instance it began at.
    pub via: Node,
    /// How the dependency is known.
    pub kind: StepKind,
    /// The attribute or output that carries it from state to state.
    pub attribute: Option<&'g str>,
}

/// A chain of instances, each with the step that led to it; the first has none.
pub type Chain<'g> = Vec<(Node, Option<Step<'g>>)>;

impl Graph {
    /// Everything in reach of `starts`, `depth` steps away at most, without the starts themselves:
    /// ordered by distance, then by the names of the states, then by address.
    pub fn reach(
        &self,
        starts: &[Node],
        direction: Direction,
        depth: Option<u32>,
    ) -> Vec<Reached<'_>> {
        let mut search = Search::new(self, starts, direction);
        let mut reached = Vec::new();
        while depth.is_none_or(|depth| search.distance < depth) && search.step() {
            let mut found: Vec<_> = search
                .found
                .iter()
                .map(|place| (self.rank(place.0), *place))
                .collect();
            found.sort_unstable();
            reached.extend(found.into_iter().filter_map(|(_, place)| {
                Some(Reached {
                    node: place.0,
                    distance: search.distance,
                    step: search.step_to(place)?,
                })
            }));
        }
        reached
    }

    /// A shortest chain from one of `from` to one of `to`; `None` where there is none.
    pub fn chain(&self, from: &[Node], to: &[Node], direction: Direction) -> Option<Chain<'_>> {
        let ends: HashSet<Node> = to.iter().copied().collect();
        let mut search = Search::new(self, from, direction);
        loop {
            let nearest = search.found.iter().filter(|(node, _)| ends.contains(node));
            if let Some(end) = nearest.min_by_key(|(node, _)| self.rank(*node)) {
                return Some(search.chain_to(*end));
            }
            if !search.step() {
                return None;
            }
        }
    }
}

/// How much of an instance was reached.
///
/// Where links tell which outputs an instance takes from another state, its dependency on the data
/// source that copied them leads to that data source as far as its own state goes, and no way goes
/// along it from state to state: through it, the instance would depend on all outputs that were
/// copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Face {
    /// The whole.
    Whole,
    /// A data source without what it copied from another state.
    Local,
}

/// An instance as a search reaches it.
type Place = (Node, Face);

/// How an instance was reached.
#[derive(Debug, Clone, Copy)]
enum How {
    Start,
    /// Within its state, from an instance.
    Dependency(Place),
    /// From an instance of another state, by a crossing.
    Crossing(Place, u32),
}

/// A breadth-first search. Each part and each group of a state is looked into once, whatever the
/// number of its instances.
struct Search<'g> {
    graph: &'g Graph,
    direction: Direction,
    /// How the whole of each instance was reached.
    wholes: Vec<Option<How>>,
    /// The same of the local faces that were.
    locals: HashMap<Node, How>,
    /// By state: which parts and groups have been looked into. Empty until the state is entered.
    done: Vec<Done>,
    frontier: Vec<Place>,
    /// Of the frontier, one place of each instance that no earlier step reached.
    found: Vec<Place>,
    distance: u32,
}

#[derive(Clone, Default)]
struct Done {
    parts: Vec<bool>,
    groups: Vec<bool>,
}

impl<'g> Search<'g> {
    fn new(graph: &'g Graph, starts: &[Node], direction: Direction) -> Search<'g> {
        let mut search = Search {
            graph,
            direction,
            wholes: vec![None; graph.len()],
            locals: HashMap::new(),
            done: vec![Done::default(); graph.states().len()],
            frontier: Vec::new(),
            found: Vec::new(),
            distance: 0,
        };
        for start in starts {
            let (state, instance) = graph.within(*start);
            search.reach_part_of(state, instance, How::Start);
        }
        search
    }

    fn how(&self, (node, face): Place) -> Option<How> {
        match face {
            Face::Whole => self.wholes[node.0 as usize],
            Face::Local => self.locals.get(&node).copied(),
        }
    }

    fn reach(&mut self, place: Place, how: How) {
        let (node, face) = place;
        if self.how(place).is_some() {
            return;
        }
        let other = match face {
            Face::Whole => Face::Local,
            Face::Local => Face::Whole,
        };
        if self.how((node, other)).is_none() {
            self.found.push(place);
        }
        match face {
            Face::Whole => self.wholes[node.0 as usize] = Some(how),
            Face::Local => {
                self.locals.insert(node, how);
            }
        }
        self.frontier.push(place);
    }

    /// Reaches an instance from within its state, or as a start: what depends on a data source
    /// alone, and not on what that copied, depends on what the data source does there.
    fn reach_part_of(&mut self, state: &StateNode, instance: u32, how: How) {
        let node = state.node(instance);
        self.reach((node, Face::Whole), how);
        let graph = &state.graph;
        if self.direction == Direction::Dependents
            && !graph.linked(graph.part_of(instance)).is_empty()
        {
            self.reach((node, Face::Local), how);
        }
    }

    /// Goes one step further; whether there was anywhere to go.
    fn step(&mut self) -> bool {
        let mut last = std::mem::take(&mut self.frontier);
        self.found.clear();
        last.sort_unstable();
        for place in last {
            match (self.direction, place.1) {
                (Direction::DependsOn, face) => {
                    self.follow_uses(place);
                    if face == Face::Whole {
                        self.follow_crossings(place);
                    }
                }
                (Direction::Dependents, Face::Whole) => {
                    self.follow_users(place);
                    self.follow_crossings(place);
                }
                (Direction::Dependents, Face::Local) => self.follow_linked(place),
            }
        }
        self.distance += 1;
        !self.frontier.is_empty()
    }

    /// To what an instance depends on in its state.
    fn follow_uses(&mut self, place: Place) {
        let (state, instance) = self.graph.within(place.0);
        let graph = &state.graph;
        let part = graph.part_of(instance);
        if !self.is_new_part(place.0, part) {
            return;
        }
        for group in graph.uses(part) {
            if self.is_new_group(place.0, *group) {
                for other in graph.instances_in(&graph.groups()[*group as usize]) {
                    self.reach_part_of(state, other, How::Dependency(place));
                }
            }
        }
        for data_source in graph.links(part) {
            for other in graph.instances_in(&(*data_source..*data_source + 1)) {
                let other = (state.node(other), Face::Local);
                self.reach(other, How::Dependency(place));
            }
        }
    }

    /// To what depends on an instance in its state.
    fn follow_users(&mut self, place: Place) {
        let (state, instance) = self.graph.within(place.0);
        let graph = &state.graph;
        let part = graph.part_of(instance);
        if !self.is_new_part(place.0, part) {
            return;
        }
        for group in graph.groups_of(part) {
            if self.is_new_group(place.0, *group) {
                for user in graph.users(*group) {
                    self.reach_part(state, *user, place);
                }
            }
        }
    }

    /// To what depends on a data source, but not on what that copied.
    fn follow_linked(&mut self, place: Place) {
        let (state, instance) = self.graph.within(place.0);
        for user in state.graph.linked(state.graph.part_of(instance)) {
            self.reach_part(state, *user, place);
        }
    }

    fn reach_part(&mut self, state: &StateNode, part: u32, from: Place) {
        for other in state.graph.instances_in(&(part..part + 1)) {
            self.reach_part_of(state, other, How::Dependency(from));
        }
    }

    /// Whether a part is looked into for the first time; then it counts as looked into.
    fn is_new_part(&mut self, node: Node, part: u32) -> bool {
        !std::mem::replace(&mut self.done_of(node).parts[part as usize], true)
    }

    fn is_new_group(&mut self, node: Node, group: u32) -> bool {
        !std::mem::replace(&mut self.done_of(node).groups[group as usize], true)
    }

    /// What has been looked into of the state that holds an instance.
    fn done_of(&mut self, node: Node) -> &mut Done {
        let position = self.graph.state_of(node);
        let done = &mut self.done[position];
        if done.parts.is_empty() {
            let graph = &self.graph.states()[position].graph;
            done.parts = vec![false; graph.parts()];
            done.groups = vec![false; graph.groups().len()];
        }
        done
    }

    fn follow_crossings(&mut self, place: Place) {
        let graph = self.graph;
        let crossings = match self.direction {
            Direction::DependsOn => graph.outgoing(place.0),
            Direction::Dependents => graph.incoming(place.0),
        };
        for position in crossings {
            let crossing = graph.crossing(*position);
            let other = match self.direction {
                Direction::DependsOn => crossing.to,
                Direction::Dependents => crossing.from,
            };
            let other = (Node(other), Face::Whole);
            self.reach(other, How::Crossing(place, *position));
        }
    }

    /// The step that led to an instance; `None` where it is a start.
    fn step_to(&self, place: Place) -> Option<Step<'g>> {
        match self.how(place)? {
            How::Start => None,
            How::Dependency((via, _)) => Some(Step {
                via,
                kind: StepKind::Dependency,
                attribute: None,
            }),
            How::Crossing((via, _), position) => {
                let crossing = self.graph.crossing(position);
                Some(Step {
                    via,
                    kind: StepKind::Link(crossing.kind),
                    attribute: crossing.attribute.as_deref(),
                })
            }
        }
    }

    fn chain_to(&self, end: Place) -> Chain<'g> {
        let mut chain = Vec::new();
        let mut next = Some(end);
        while let Some(place) = next {
            chain.push((place.0, self.step_to(place)));
            next = match self.how(place) {
                Some(How::Dependency(via) | How::Crossing(via, _)) => Some(via),
                Some(How::Start) | None => None,
            };
        }
        chain.reverse();
        chain
    }
}
