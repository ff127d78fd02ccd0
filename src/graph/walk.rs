//! Following dependencies, across states, by the shortest ways.

use super::whole::{Graph, Node, StepKind};

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
                .frontier
                .iter()
                .map(|node| (self.rank(*node), *node))
                .collect();
            found.sort_unstable();
            reached.extend(found.into_iter().filter_map(|(_, node)| {
                Some(Reached {
                    node,
                    distance: search.distance,
                    step: search.step_to(node)?,
                })
            }));
        }
        reached
    }

    /// A shortest chain from one of `from` to one of `to`; `None` where there is none.
    pub fn chain(&self, from: &[Node], to: &[Node], direction: Direction) -> Option<Chain<'_>> {
        let mut search = Search::new(self, from, direction);
        loop {
            let nearest = to.iter().copied().filter(|node| search.is_reached(*node));
            if let Some(end) = nearest.min_by_key(|node| self.rank(*node)) {
                return Some(search.chain_to(end));
            }
            if !search.step() {
                return None;
            }
        }
    }
}

/// How an instance was reached.
#[derive(Debug, Clone, Copy)]
enum How {
    Not,
    Start,
    /// Within its state, from an instance.
    Dependency(Node),
    /// From an instance of another state, by a crossing.
    Crossing(Node, u32),
}

/// A breadth-first search. Each part and each group of a state is looked into once, whatever the
/// number of its instances.
struct Search<'g> {
    graph: &'g Graph,
    direction: Direction,
    how: Vec<How>,
    /// By state: which parts and groups have been looked into. Empty until the state is entered.
    done: Vec<Done>,
    frontier: Vec<Node>,
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
            how: vec![How::Not; graph.len()],
            done: vec![Done::default(); graph.states().len()],
            frontier: Vec::new(),
            distance: 0,
        };
        for start in starts {
            search.reach(*start, How::Start);
        }
        search
    }

    fn is_reached(&self, node: Node) -> bool {
        !matches!(self.how[node.0 as usize], How::Not)
    }

    fn reach(&mut self, node: Node, how: How) {
        if !self.is_reached(node) {
            self.how[node.0 as usize] = how;
            self.frontier.push(node);
        }
    }

    /// Goes one step further; whether that reached anything.
    fn step(&mut self) -> bool {
        let mut last = std::mem::take(&mut self.frontier);
        last.sort_unstable();
        for node in last {
            self.follow_dependencies(node);
            self.follow_crossings(node);
        }
        self.distance += 1;
        !self.frontier.is_empty()
    }

    fn follow_dependencies(&mut self, node: Node) {
        let position = self.graph.state_of(node);
        let (state, instance) = self.graph.within(node);
        let graph = &state.graph;
        let part = graph.part_of(instance);
        let done = &mut self.done[position];
        if done.parts.is_empty() {
            done.parts = vec![false; graph.parts()];
            done.groups = vec![false; graph.groups().len()];
        }
        if std::mem::replace(&mut done.parts[part as usize], true) {
            return;
        }
        let groups = match self.direction {
            Direction::DependsOn => graph.uses(part),
            Direction::Dependents => graph.groups_of(part),
        };
        for group in groups {
            let done = &mut self.done[position].groups[*group as usize];
            if std::mem::replace(done, true) {
                continue;
            }
            match self.direction {
                Direction::DependsOn => {
                    for other in graph.instances_in(&graph.groups()[*group as usize]) {
                        self.reach(state.node(other), How::Dependency(node));
                    }
                }
                Direction::Dependents => {
                    for user in graph.users(*group) {
                        for other in graph.instances_in(&(*user..*user + 1)) {
                            self.reach(state.node(other), How::Dependency(node));
                        }
                    }
                }
            }
        }
    }

    fn follow_crossings(&mut self, node: Node) {
        let graph = self.graph;
        let crossings = match self.direction {
            Direction::DependsOn => graph.outgoing(node),
            Direction::Dependents => graph.incoming(node),
        };
        for position in crossings {
            let crossing = graph.crossing(*position);
            let other = match self.direction {
                Direction::DependsOn => crossing.to,
                Direction::Dependents => crossing.from,
            };
            self.reach(Node(other), How::Crossing(node, *position));
        }
    }

    /// The step that led to an instance; `None` where it is a start.
    fn step_to(&self, node: Node) -> Option<Step<'g>> {
        match self.how[node.0 as usize] {
            How::Not | How::Start => None,
            How::Dependency(via) => Some(Step {
                via,
                kind: StepKind::Dependency,
                attribute: None,
            }),
            How::Crossing(via, position) => {
                let crossing = self.graph.crossing(position);
                Some(Step {
                    via,
                    kind: StepKind::Link(crossing.kind),
                    attribute: crossing.attribute.as_deref(),
                })
            }
        }
    }

    fn chain_to(&self, end: Node) -> Chain<'g> {
        let mut chain = Vec::new();
        let mut next = Some(end);
        while let Some(node) = next {
            let step = self.step_to(node);
            chain.push((node, step));
            next = step.map(|step| step.via);
        }
        chain.reverse();
        chain
    }
}
