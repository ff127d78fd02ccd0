//! What differs between two states: object by object and output by output.
//!
//! Objects are matched by their address, values are compared as they are and told as they may be shown.

mod counterparts;
mod left_out;

use std::cell::LazyCell;
use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;

use serde_json::Value;

use self::counterparts::Counterparts;
pub use self::left_out::LeftOut;
use super::changes::{PathChange, Recording, differences, shown_changes};
use super::model::{Instance, Resource, State};
use super::path::{AttributePath, PathStep};
use super::redact::Redacted;

/// One of two states that are compared.
#[derive(Clone, Copy)]
pub struct Compared<'r> {
    /// What it holds.
    pub state: &'r State<'r>,
    /// Its values as they may be shown.
    pub redacted: &'r Redacted<'r>,
}

/// What two states have different.
#[derive(Debug, Clone, PartialEq)]
pub struct StateDifference {
    /// The address of an instance; of an output `output.NAME`.
    pub address: String,
    /// The resource type; `None` for an output.
    pub type_name: Option<String>,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// How they differ.
    pub what: WhatDiffers,
}

/// How two states differ in one object or output.
#[derive(Debug, Clone, PartialEq)]
pub enum WhatDiffers {
    /// Only the first state has it: its value where it is an output, as it may be shown.
    OnlyInA(Option<Value>),
    /// Only the second state has it.
    OnlyInB(Option<Value>),
    /// Both have it, with other values at a path.
    Changed(PathChange),
}

impl WhatDiffers {
    /// The word for it in SQL.
    pub fn as_str(&self) -> &'static str {
        match self {
            WhatDiffers::OnlyInA(_) => "only_in_a",
            WhatDiffers::OnlyInB(_) => "only_in_b",
            WhatDiffers::Changed(_) => "changed",
        }
    }

    /// What the first state has.
    pub fn a(&self) -> Option<&Value> {
        match self {
            WhatDiffers::OnlyInA(value) => value.as_ref(),
            WhatDiffers::OnlyInB(_) => None,
            WhatDiffers::Changed(change) => change.before.as_ref(),
        }
    }

    /// What the second state has.
    pub fn b(&self) -> Option<&Value> {
        match self {
            WhatDiffers::OnlyInA(_) => None,
            WhatDiffers::OnlyInB(value) => value.as_ref(),
            WhatDiffers::Changed(change) => change.after.as_ref(),
        }
    }
}

/// An object and the resource it is of.
type Object<'r> = (&'r Resource<'r>, &'r Instance<'r>);

/// What an object is matched by.
type Key<'r> = (String, Option<&'r str>);

/// What names the objects that both states have, looked for where texts differ.
type Lazily<'r> = LazyCell<Counterparts, Box<dyn FnOnce() -> Counterparts + 'r>>;

/// Takes one difference, and says whether to go on.
pub type Emit<'e> = dyn FnMut(StateDifference) -> ControlFlow<()> + 'e;

/// Gives what differs between two states to `emit`: objects in the order of the first state, then
/// those that only the second has, then outputs in the same order.
///
/// Objects are compared by their attributes alone: not by their status, provider or dependencies.
pub fn compare_states(
    a: Compared<'_>,
    b: Compared<'_>,
    left_out: &LeftOut,
    emit: &mut Emit<'_>,
) -> ControlFlow<()> {
    let (of_a, of_b) = (objects(a.state), objects(b.state));
    let mut by_key: HashMap<Key<'_>, VecDeque<usize>> = HashMap::with_capacity(of_b.len());
    for (position, object) in of_b.iter().enumerate() {
        by_key.entry(key(object)).or_default().push_back(position);
    }
    let mut only_in_b = vec![true; of_b.len()];
    let pairs: Vec<Option<usize>> = of_a
        .iter()
        .map(|object| {
            let position = by_key.get_mut(&key(object))?.pop_front()?;
            only_in_b[position] = false;
            Some(position)
        })
        .collect();
    let matched = || {
        let pairs = of_a.iter().zip(&pairs);
        Counterparts::of(pairs.filter_map(|(object, pair)| {
            let other = of_b.get((*pair)?)?;
            Some((*object, *other))
        }))
    };
    let counterparts = Lazily::new(Box::new(matched));
    for ((resource, instance), pair) in of_a.iter().zip(&pairs) {
        let Some((other_resource, other)) = pair.and_then(|position| of_b.get(position)) else {
            emit(of_object(
                (*resource, *instance),
                WhatDiffers::OnlyInA(None),
            ))?;
            continue;
        };
        let before = Recording {
            redacted: a.redacted,
            resource,
            instance,
        };
        let after = Recording {
            redacted: b.redacted,
            resource: other_resource,
            instance: other,
        };
        for change in changes(before, after, left_out, &counterparts) {
            emit(of_object(
                (*resource, *instance),
                WhatDiffers::Changed(change),
            ))?;
        }
    }
    for (object, is_alone) in of_b.iter().zip(only_in_b) {
        if is_alone {
            emit(of_object(*object, WhatDiffers::OnlyInB(None)))?;
        }
    }
    compare_outputs(a, b, left_out, &counterparts, emit)
}

/// Gives every object and output of a state to `emit`, as what only one of two states has.
pub fn each_object(
    of: Compared<'_>,
    only_in: fn(Option<Value>) -> WhatDiffers,
    emit: &mut Emit<'_>,
) -> ControlFlow<()> {
    for object in objects(of.state) {
        emit(of_object(object, only_in(None)))?;
    }
    of.redacted
        .outputs()
        .try_for_each(|output| emit(of_output(output.name, only_in(Some(output.value)))))
}

fn objects<'r>(state: &'r State<'r>) -> Vec<Object<'r>> {
    let resources = state.resources.iter();
    resources
        .flat_map(|resource| {
            let instances = resource.instances.iter();
            instances.map(move |instance| (resource, instance))
        })
        .collect()
}

fn key<'r>((resource, instance): &Object<'r>) -> Key<'r> {
    let address = resource.instance_address(instance).to_string();
    (address, instance.deposed.as_deref())
}

fn of_object((resource, instance): Object<'_>, what: WhatDiffers) -> StateDifference {
    StateDifference {
        address: resource.instance_address(instance).to_string(),
        type_name: Some(resource.address.type_name.clone()),
        deposed: instance.deposed.as_deref().map(str::to_owned),
        what,
    }
}

fn of_output(name: &str, what: WhatDiffers) -> StateDifference {
    StateDifference {
        address: format!("output.{name}"),
        type_name: None,
        deposed: None,
        what,
    }
}

/// The places at which two objects differ, but for those that are left out.
fn changes(
    before: Recording<'_>,
    after: Recording<'_>,
    left_out: &LeftOut,
    counterparts: &Lazily<'_>,
) -> Vec<PathChange> {
    if before.instance.attributes.text() == after.instance.attributes.text() {
        return Vec::new();
    }
    let old = before.instance.attributes.value();
    let new = after.instance.attributes.value();
    let mut found = differences(Some(&old), Some(&new));
    let type_name = &before.resource.address.type_name;
    found.retain(|difference| {
        !left_out.has_attribute(type_name, difference, &old, &new, counterparts)
    });
    if found.is_empty() {
        return Vec::new();
    }
    shown_changes(
        found,
        before.redacted.attributes(before.resource, before.instance),
        after.redacted.attributes(after.resource, after.instance),
    )
}

/// Outputs are compared by their values, whose paths begin with `value`.
fn compare_outputs(
    a: Compared<'_>,
    b: Compared<'_>,
    left_out: &LeftOut,
    counterparts: &Lazily<'_>,
    emit: &mut Emit<'_>,
) -> ControlFlow<()> {
    let mut of_b: HashMap<&str, (Value, Value)> = b
        .state
        .outputs
        .iter()
        .zip(b.redacted.outputs())
        .map(|(raw, shown)| (shown.name, (raw.value.value(), shown.value)))
        .collect();
    for (raw, shown) in a.state.outputs.iter().zip(a.redacted.outputs()) {
        let Some((other, other_shown)) = of_b.remove(shown.name) else {
            emit(of_output(
                shown.name,
                WhatDiffers::OnlyInA(Some(shown.value)),
            ))?;
            continue;
        };
        let (old, new) = (raw.value.value(), other);
        let mut found = differences(Some(&old), Some(&new));
        found.retain(|difference| !left_out.has_output(difference, &old, &new, counterparts));
        for mut change in shown_changes(found, shown.value, other_shown) {
            change.path = below_value(change.path);
            emit(of_output(shown.name, WhatDiffers::Changed(change)))?;
        }
    }
    for shown in b.redacted.outputs() {
        if let Some((_, value)) = of_b.remove(shown.name) {
            emit(of_output(shown.name, WhatDiffers::OnlyInB(Some(value))))?;
        }
    }
    ControlFlow::Continue(())
}

/// A path within an output's value as one within the output.
fn below_value(path: AttributePath) -> AttributePath {
    let mut steps = vec![PathStep::Key("value".to_owned())];
    steps.extend(path.0);
    AttributePath(steps)
}

#[cfg(test)]
mod tests;
