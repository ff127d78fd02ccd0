//! The graph as a picture needs it: parts of it, and seen from further away.

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::link::LinkKind;
use super::walk::Direction;
use super::whole::{Graph, Node, StateNode, StepKind};

/// The most arrows that an outline has: more, and neither a program nor a person can do anything
/// with them.
const MOST_ARROWS: usize = 1_000_000;

/// What one box of an outline stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// An instance.
    Instance,
    /// A resource in its module instance, without the keys of its instances.
    Resource,
    /// A module instance, the root among them.
    Module,
    /// A state.
    State,
}

/// What of the graph is wanted.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The positions of the wanted states; all where there is none.
    pub states: BTreeSet<usize>,
    /// The instances that it is about: only what depends on them and what they depend on is wanted.
    pub focus: Option<Vec<Node>>,
    /// How many steps from those at most.
    pub depth: Option<u32>,
}

/// A part of the graph at a level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    /// Its boxes, state by state.
    pub boxes: Vec<OutlineBox>,
    /// What depends on what, from and to different boxes.
    pub arrows: Vec<Arrow>,
}

/// A box of an outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutlineBox {
    /// The name of its state.
    pub state: String,
    /// The address of the instance, resource or module; empty for a root module and for a state.
    pub address: String,
    /// The resource type of an instance or resource.
    pub type_name: Option<String>,
    /// How many of its instances are part of the outline.
    pub instances: usize,
    /// Whether it holds an instance that the outline is about.
    pub is_focus: bool,
}

/// That something in one box depends on something in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// The position of the box that depends.
    pub from: usize,
    /// The position of the box it depends on.
    pub to: usize,
    /// How that is known.
    pub kind: StepKind,
    /// The attributes and outputs that carry it from state to state.
    pub attributes: BTreeSet<String>,
}

/// That an outline would have too many arrows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are more than {MOST_ARROWS} dependencies to show")]
pub struct TooManyArrows;

impl Graph {
    /// What is wanted of the graph, a box for each thing of the level that holds any of it.
    ///
    /// # Errors
    ///
    /// Where there would be too many arrows.
    pub fn outline(&self, wanted: &Selection, level: Level) -> Result<Outline, TooManyArrows> {
        let mut drawing = Drawing::of(self, wanted, level);
        for position in 0..self.states().len() {
            drawing.add_dependencies(position)?;
        }
        drawing.add_crossings()?;
        if level == Level::State {
            drawing.add_between(wanted)?;
        }
        Ok(drawing.outline)
    }

    /// For each instance whether it is wanted.
    fn selected(&self, wanted: &Selection) -> Vec<bool> {
        let mut selected = vec![wanted.focus.is_none(); self.len()];
        if let Some(focus) = &wanted.focus {
            for node in focus {
                selected[node.0 as usize] = true;
            }
            for direction in [Direction::DependsOn, Direction::Dependents] {
                for reached in self.reach(focus, direction, wanted.depth) {
                    selected[reached.node.0 as usize] = true;
                }
            }
        }
        if !wanted.states.is_empty() {
            for node in self.nodes() {
                selected[node.0 as usize] &= wanted.states.contains(&self.state_of(node));
            }
        }
        selected
    }
}

/// An outline that is being made.
struct Drawing<'g> {
    graph: &'g Graph,
    outline: Outline,
    /// The box of each instance.
    boxes: Vec<Option<usize>>,
    /// The boxes of the states at their level.
    of_states: HashMap<usize, usize>,
    arrows: HashMap<(usize, usize, StepKind), usize>,
}

impl<'g> Drawing<'g> {
    /// The boxes alone.
    fn of(graph: &'g Graph, wanted: &Selection, level: Level) -> Drawing<'g> {
        let selected = graph.selected(wanted);
        let mut drawing = Drawing {
            graph,
            outline: Outline::default(),
            boxes: vec![None; graph.len()],
            of_states: HashMap::new(),
            arrows: HashMap::new(),
        };
        for (position, state) in graph.states().iter().enumerate() {
            let is_wanted = wanted.states.is_empty() || wanted.states.contains(&position);
            // A state is there even if it holds nothing.
            if level == Level::State && state.is_loaded && is_wanted && wanted.focus.is_none() {
                drawing.state_box(position);
            }
            drawing.add_boxes(position, state, level, &selected);
        }
        for node in wanted.focus.iter().flatten() {
            if let Some(position) = drawing.boxes[node.0 as usize] {
                drawing.outline.boxes[position].is_focus = true;
            }
        }
        drawing
    }

    fn add_boxes(&mut self, position: usize, state: &StateNode, level: Level, selected: &[bool]) {
        let graph = &state.graph;
        let mut of_modules: HashMap<u32, usize> = HashMap::new();
        for resource in graph.resources() {
            let mut of_resource = None;
            for instance in graph.instances_of(resource) {
                let node = state.node(instance).0 as usize;
                if !selected[node] {
                    continue;
                }
                let type_name = || Some(graph.config_of(resource).type_name.clone());
                let at = match level {
                    Level::Instance => {
                        self.push(state, graph.address(instance).to_owned(), type_name())
                    }
                    Level::Resource => *of_resource.get_or_insert_with(|| {
                        let address = graph.resource_address(resource).to_string();
                        self.push(state, address, type_name())
                    }),
                    Level::Module => match of_modules.entry(graph.module_of(resource)) {
                        MapEntry::Occupied(known) => *known.get(),
                        MapEntry::Vacant(new) => {
                            let address = graph.module(*new.key()).to_string();
                            *new.insert(self.push(state, address, None))
                        }
                    },
                    Level::State => self.state_box(position),
                };
                self.outline.boxes[at].instances += 1;
                self.boxes[node] = Some(at);
            }
        }
    }

    fn push(&mut self, state: &StateNode, address: String, type_name: Option<String>) -> usize {
        self.outline.boxes.push(OutlineBox {
            state: state.name.clone(),
            address,
            type_name,
            instances: 0,
            is_focus: false,
        });
        self.outline.boxes.len() - 1
    }

    fn state_box(&mut self, position: usize) -> usize {
        if let Some(known) = self.of_states.get(&position) {
            return *known;
        }
        let graph = self.graph;
        let made = self.push(&graph.states()[position], String::new(), None);
        self.of_states.insert(position, made);
        made
    }

    /// What is recorded within a state.
    fn add_dependencies(&mut self, position: usize) -> Result<(), TooManyArrows> {
        let state = &self.graph.states()[position];
        let graph = &state.graph;
        // The boxes of a part are those of its instances: at most levels one.
        let boxes: Vec<Vec<usize>> = (0..)
            .take(graph.parts())
            .map(|part| {
                let instances = graph.instances_in(&(part..part + 1));
                let boxes =
                    instances.filter_map(|instance| self.boxes[state.node(instance).0 as usize]);
                let mut boxes: Vec<usize> = boxes.collect();
                boxes.dedup();
                boxes
            })
            .collect();
        let mut done: HashSet<(usize, u32)> = HashSet::new();
        for (part, from) in (0..).zip(&boxes) {
            // What links tell is drawn from state to state, and around a data source beside that.
            let linked = graph.links(part).iter();
            for to in linked.flat_map(|data_source| &boxes[*data_source as usize]) {
                if self.outline.boxes[*to].is_focus {
                    for from in from {
                        self.arrow(*from, *to, StepKind::Dependency, None)?;
                    }
                }
            }
            for group in graph.uses(part) {
                let others = &graph.groups()[*group as usize];
                for from in from {
                    if !done.insert((*from, *group)) {
                        continue;
                    }
                    for to in others.clone().flat_map(|other| &boxes[other as usize]) {
                        self.arrow(*from, *to, StepKind::Dependency, None)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What leads from state to state.
    fn add_crossings(&mut self) -> Result<(), TooManyArrows> {
        for crossing in self.graph.crossings() {
            let ends = [crossing.from, crossing.to].map(|node| self.boxes[node as usize]);
            if let [Some(from), Some(to)] = ends {
                let kind = StepKind::Link(crossing.kind);
                self.arrow(from, to, kind, crossing.attribute.as_deref())?;
            }
        }
        Ok(())
    }

    /// What leads from state to state without telling to which instance.
    fn add_between(&mut self, wanted: &Selection) -> Result<(), TooManyArrows> {
        let is_about = |position: &usize| self.of_states.get(position).copied();
        let found: Vec<(usize, usize, LinkKind)> = self
            .graph
            .between()
            .iter()
            .filter_map(|link| Some((is_about(&link.from)?, is_about(&link.to)?, link.kind)))
            .collect();
        // Around a focus it is not known whether they concern it.
        for (from, to, kind) in found.into_iter().filter(|_| wanted.focus.is_none()) {
            self.arrow(from, to, StepKind::Link(kind), None)?;
        }
        Ok(())
    }

    fn arrow(
        &mut self,
        from: usize,
        to: usize,
        kind: StepKind,
        attribute: Option<&str>,
    ) -> Result<(), TooManyArrows> {
        if from == to {
            return Ok(());
        }
        let arrows = &mut self.outline.arrows;
        let position = *self.arrows.entry((from, to, kind)).or_insert_with(|| {
            arrows.push(Arrow {
                from,
                to,
                kind,
                attributes: BTreeSet::new(),
            });
            arrows.len() - 1
        });
        arrows[position]
            .attributes
            .extend(attribute.map(str::to_owned));
        if arrows.len() > MOST_ARROWS {
            return Err(TooManyArrows);
        }
        Ok(())
    }
}
