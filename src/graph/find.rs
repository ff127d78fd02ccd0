//! From an address as a person writes it to the instances it means.

use std::collections::BTreeSet;
use std::fmt;

use super::whole::{Graph, Node, StateNode};
use crate::format::{AddressError, Meaning};

/// How many names an error offers.
const OFFERED: usize = 3;

/// In which states an address is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// In the one that has it; an error where several have.
    TheOnlyOne,
    /// In the one of that name.
    State(&'a str),
    /// In those of these names, or where the address itself says; an error where several have it.
    States(&'a [String]),
    /// In all.
    AllStates,
}

/// Why an address means no instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindError {
    /// It is none.
    NoAddress {
        /// What was written.
        address: String,
        /// What is wrong with it.
        error: AddressError,
        /// The closest addresses that there are.
        closest: Vec<String>,
    },
    /// There is no such state.
    NoState {
        /// The name that was written.
        state: String,
        /// The closest names of states.
        closest: Vec<String>,
    },
    /// There is one, but it is encrypted, damaged or no state after all.
    UnreadableState {
        /// Its name.
        state: String,
    },
    /// The state was given twice, before the address and beside it.
    TwoStates {
        /// What was written.
        address: String,
    },
    /// No instance has it.
    NoInstance {
        /// What was written.
        address: String,
        /// The state it was looked for in, if only there.
        state: Option<String>,
        /// The names of other states that have it.
        elsewhere: Vec<String>,
        /// The closest addresses that there are.
        closest: Vec<String>,
    },
    /// Several states have it.
    SeveralStates {
        /// What was written.
        address: String,
        /// The names of the states.
        states: Vec<String>,
    },
}

impl FindError {
    /// What of the question it is about, as it was written.
    pub fn word(&self) -> &str {
        match self {
            FindError::NoState { state, .. } | FindError::UnreadableState { state } => state,
            FindError::NoAddress { address, .. }
            | FindError::TwoStates { address }
            | FindError::NoInstance { address, .. }
            | FindError::SeveralStates { address, .. } => address,
        }
    }
}

impl std::error::Error for FindError {}

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FindError::NoAddress {
                address,
                error,
                closest,
            } => {
                write!(f, "{} is no address: {error}", Named(address))?;
                write_closest(f, closest)
            }
            FindError::NoState { state, closest } => {
                write!(f, "there is no state {}", Named(state))?;
                write_closest(f, closest)
            }
            FindError::UnreadableState { state } => {
                write!(
                    f,
                    "state {state} cannot be read; its row in states or load_errors says why"
                )
            }
            FindError::TwoStates { address } => {
                write!(f, "{address} names a state, and another is given beside it")
            }
            FindError::NoInstance {
                address,
                state,
                elsewhere,
                closest,
            } => {
                match state {
                    Some(state) => write!(f, "state {state} has no instance {address}")?,
                    None if elsewhere.is_empty() => {
                        write!(f, "no state has an instance {address}")?;
                    }
                    None => write!(f, "none of these states has an instance {address}")?,
                }
                match elsewhere.is_empty() {
                    true => write_closest(f, closest),
                    false => write!(f, "; {} {}", Names(elsewhere), has(elsewhere)),
                }
            }
            FindError::SeveralStates { address, states } => {
                write!(
                    f,
                    "{address} is in {} states: {}",
                    states.len(),
                    Names(states)
                )
            }
        }
    }
}

/// A name in a sentence, where it may be empty.
struct Named<'n>(&'n str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { self.0 })
    }
}

fn has(states: &[String]) -> &'static str {
    if states.len() == 1 { "has" } else { "have" }
}

fn write_closest(f: &mut fmt::Formatter<'_>, closest: &[String]) -> fmt::Result {
    match closest {
        [] => Ok(()),
        [one] => write!(f, "; did you mean {one}?"),
        several => write!(f, "; the closest are {}", Names(several)),
    }
}

/// Names in a sentence: the first ones, and how many more.
struct Names<'n>(&'n [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// How many names a sentence can bear.
        const MOST: usize = 8;
        let (shown, hidden) = self.0.split_at(self.0.len().min(MOST));
        let more = (!hidden.is_empty()).then(|| format!("{} more", hidden.len()));
        let names: Vec<&str> = shown.iter().chain(&more).map(String::as_str).collect();
        match names.split_last() {
            Some((last, before)) if !before.is_empty() => {
                write!(f, "{} and {last}", before.join(", "))
            }
            _ => f.write_str(&names.concat()),
        }
    }
}

/// What a text means.
#[derive(Debug)]
enum Meant {
    Address(Meaning),
    /// What a state holds, although it is no address.
    Verbatim(String),
}

impl Meant {
    /// The instances of a state that are meant.
    fn instances(&self, state: &StateNode) -> Vec<Node> {
        let graph = &state.graph;
        let meaning = match self {
            Meant::Address(meaning) => meaning,
            Meant::Verbatim(address) => {
                let found = graph.instance(address);
                return found.map(|found| state.node(found)).into_iter().collect();
            }
        };
        let (resources, module, key) = match meaning {
            Meaning::Module(module) => (graph.resources(), module, &None),
            Meaning::Resource(address, key) => {
                (graph.resources_at(&address.config()), &address.module, key)
            }
        };
        let meant =
            resources.filter(|resource| module.covers(graph.module(graph.module_of(*resource))));
        let instances = meant.flat_map(|resource| {
            let key = key
                .as_ref()
                .map(|key| format!("{}{key}", graph.resource_address(resource)));
            graph.instances_of(resource).filter(move |instance| {
                key.as_deref()
                    .is_none_or(|wanted| graph.address(*instance) == wanted)
            })
        });
        instances.map(|instance| state.node(instance)).collect()
    }
}

impl Graph {
    /// The instances that an address means: that of an instance, that of a resource for all its
    /// instances, or that of a module for all that it holds. Where a module's key is left out, all
    /// its instances are meant. `STATE:ADDRESS` names the state too.
    ///
    /// # Errors
    ///
    /// Where it means none, or, unless the scope is all states, instances of several states.
    pub fn find(&self, address: &str, scope: Scope<'_>) -> Result<Vec<Node>, FindError> {
        let (address, scope) = match (self.split_state(address)?, scope) {
            ((None, address), scope) => (address, scope),
            ((Some(state), rest), Scope::State(given)) if given == state => (rest, scope),
            ((Some(_), _), Scope::State(_)) => {
                let address = address.to_owned();
                return Err(FindError::TwoStates { address });
            }
            ((Some(state), rest), _) => (rest, Scope::State(state)),
        };
        let names = match &scope {
            Scope::State(name) => vec![*name],
            Scope::States(names) => names.iter().map(String::as_str).collect(),
            Scope::TheOnlyOne | Scope::AllStates => Vec::new(),
        };
        let wanted = names.iter().map(|name| self.state_named(name));
        let wanted: Vec<&StateNode> = wanted.collect::<Result<_, _>>()?;
        let meaning = self.meaning(address, &wanted)?;
        let mut found: Vec<(&StateNode, Vec<Node>)> = self
            .states()
            .iter()
            .map(|state| (state, meaning.instances(state)))
            .filter(|(_, instances)| !instances.is_empty())
            .collect();
        let names = |found: &[(&StateNode, Vec<Node>)]| -> Vec<String> {
            let mut names: Vec<_> = found.iter().map(|(state, _)| state.name.clone()).collect();
            names.sort();
            names
        };
        let all = names(&found);
        found.retain(|(state, _)| is_among(&wanted, state));
        if found.is_empty() {
            return Err(FindError::NoInstance {
                address: address.to_owned(),
                state: match wanted.as_slice() {
                    [state] => Some(state.name.clone()),
                    _ => None,
                },
                elsewhere: all,
                closest: self.closest(address, &wanted),
            });
        }
        if found.len() > 1 && matches!(scope, Scope::TheOnlyOne | Scope::States(_)) {
            return Err(FindError::SeveralStates {
                address: address.to_owned(),
                states: names(&found),
            });
        }
        Ok(found
            .into_iter()
            .flat_map(|(_, instances)| instances)
            .collect())
    }

    /// The position in the inventory of the state with a name.
    ///
    /// # Errors
    ///
    /// Where none that could be read has it.
    pub fn find_state(&self, name: &str) -> Result<usize, FindError> {
        let wanted = self.state_named(name)?;
        let mut states = self.states().iter();
        let position = states.position(|state| std::ptr::eq(state, wanted));
        Ok(position.unwrap_or_default())
    }

    /// What a text means; one that is no address may be what a damaged state holds as one.
    fn meaning(&self, text: &str, wanted: &[&StateNode]) -> Result<Meant, FindError> {
        Meaning::parse(text).map(Meant::Address).or_else(|error| {
            let is_held = |state: &StateNode| state.graph.instance(text).is_some();
            if self.states().iter().any(is_held) {
                return Ok(Meant::Verbatim(text.to_owned()));
            }
            Err(FindError::NoAddress {
                address: text.to_owned(),
                error,
                closest: self.closest(text, wanted),
            })
        })
    }

    fn state_named(&self, name: &str) -> Result<&StateNode, FindError> {
        if let Some(named) = self.states().iter().find(|state| state.name == name) {
            return match named.is_loaded {
                true => Ok(named),
                false => Err(FindError::UnreadableState {
                    state: name.to_owned(),
                }),
            };
        }
        let loaded = self.states().iter().filter(|state| state.is_loaded);
        let names: BTreeSet<&str> = loaded.map(|state| state.name.as_str()).collect();
        Err(FindError::NoState {
            state: name.to_owned(),
            closest: nearest(name, names),
        })
    }

    /// The state that `STATE:ADDRESS` begins with, and the address.
    fn split_state<'a>(&self, text: &'a str) -> Result<(Option<&'a str>, &'a str), FindError> {
        let has_state = |name: &str| self.states().iter().any(|state| state.name == name);
        let splits = text
            .match_indices(':')
            .map(|(at, _)| (&text[..at], &text[at + 1..]));
        if let Some((state, address)) = splits.clone().rfind(|(state, _)| has_state(state)) {
            return Ok((Some(state), address));
        }
        // A name in an address has no colon, only a key can have.
        match splits.clone().next() {
            Some((state, _)) if !state.contains('[') => {
                self.state_named(state).map(|_| (None, text))
            }
            _ => Ok((None, text)),
        }
    }

    /// The addresses nearest to one that does not exist: of instances, where it has a key of its
    /// own, else of resources.
    fn closest(&self, wrong: &str, wanted: &[&StateNode]) -> Vec<String> {
        let states = self.states().iter();
        let states = states.filter(|state| is_among(wanted, state));
        if let Ok(Meaning::Resource(resource, Some(_))) = Meaning::parse(wrong) {
            let others = Meant::Address(Meaning::Resource(resource, None));
            let found = states.clone().flat_map(|state| others.instances(state));
            let found: BTreeSet<&str> = found.map(|node| self.address(node)).collect();
            if !found.is_empty() {
                return by_distance(wrong, found);
            }
        }
        if wrong.ends_with(']') {
            let instances = states.flat_map(|state| {
                (0..)
                    .take(state.graph.len())
                    .map(|instance| state.graph.address(instance))
            });
            return nearest(wrong, instances.collect());
        }
        let resources = states.flat_map(|state| {
            let graph = &state.graph;
            graph
                .resources()
                .map(|resource| graph.resource_address(resource).to_string())
        });
        let resources: BTreeSet<String> = resources.collect();
        nearest(wrong, resources.iter().map(String::as_str).collect())
    }
}

/// Whether a state is one of those wanted, which are all where none is named.
fn is_among(wanted: &[&StateNode], state: &StateNode) -> bool {
    wanted.is_empty() || wanted.iter().any(|wanted| std::ptr::eq(*wanted, state))
}

/// The names near enough to `wrong` to be meant, the nearest first: those that end with it as
/// addresses within modules do, and those that differ by few letters.
fn nearest(wrong: &str, names: BTreeSet<&str>) -> Vec<String> {
    let length = wrong.chars().count();
    // One letter of two is half the name.
    let allowed = (length / 3).max(usize::from(length > 1));
    let is_within = |name: &str| {
        let before = name.strip_suffix(wrong);
        before.is_some_and(|before| length > 2 && before.ends_with(['.', '/']))
    };
    let near = |name: &&str| {
        is_within(name)
            || name.chars().count().abs_diff(length) <= allowed
                && strsim::osa_distance(wrong, name) <= allowed
    };
    by_distance(wrong, names.into_iter().filter(near).collect())
}

/// The first few, in the order of their distance.
fn by_distance(wrong: &str, names: BTreeSet<&str>) -> Vec<String> {
    let mut names: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| match name.ends_with(wrong) {
            true => (0, name),
            false => (strsim::osa_distance(wrong, name), name),
        })
        .collect();
    names.sort_unstable();
    names
        .into_iter()
        .take(OFFERED)
        .map(|(_, name)| name.to_owned())
        .collect()
}
