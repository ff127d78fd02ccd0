//! Drift as the states before and after a refresh show it, which a plan's file holds: no provider's
//! schema is needed for that.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Draft, Evidence, Plan, Side};
use crate::format::address::Mode;
use crate::format::changes::differ;
use crate::format::model::{Instance, Json, Resource, Sensitivity, State};
use crate::format::redact::is_wrapper;

/// An object by its address and the key of a deposed one.
type Key = (String, Option<String>);

/// Adds to a plan's drift what differs between the states before and after the refresh: managed objects
/// that changed or are gone. What the plan lists itself stays as it tells it, but for what it is known
/// from. `moves` tells where objects are now by where they were.
pub(super) fn add<'a>(
    plan: &mut Plan<'a>,
    before: &State<'a>,
    after: &State<'a>,
    moves: &HashMap<String, String>,
) {
    let listed: HashMap<Key, usize> = plan
        .drift
        .iter()
        .enumerate()
        .map(|(position, change)| ((change.address.clone(), change.deposed.clone()), position))
        .collect();
    let found: HashMap<Key, (&Resource<'a>, &Instance<'a>)> = objects(after).collect();
    let mut seen = HashSet::new();
    for ((address, deposed), (resource, old)) in objects(before) {
        let (address, previous_address) = match moves.get(&address) {
            Some(now) => (now.clone(), Some(address)),
            _ => (address, None),
        };
        let key = (address, deposed);
        let new = found.get(&key);
        if new.is_some_and(|(_, new)| !differ(old, new)) || !seen.insert(key.clone()) {
            continue;
        }
        if let Some(position) = listed.get(&key) {
            plan.drift[*position].evidence = Evidence::RefreshedState;
            continue;
        }
        let (resource, _) = new.copied().unwrap_or((resource, old));
        let (address, deposed) = key;
        plan.add_drift(Draft {
            object: resource.instance_address(new.map_or(old, |(_, new)| new)),
            address,
            previous_address,
            provider: resource.provider.clone(),
            deposed,
            before: Some(side(old)),
            after: new.map(|(_, new)| side(new)),
            actions: vec![if new.is_some() { "update" } else { "delete" }.to_owned()],
            action_reason: None,
            after_unknown: None,
            replace_paths: None,
            importing: None,
            generated_config: None,
            evidence: Evidence::RefreshedState,
        });
    }
}

fn objects<'s, 'a>(
    state: &'s State<'a>,
) -> impl Iterator<Item = (Key, (&'s Resource<'a>, &'s Instance<'a>))> {
    let managed = state
        .resources
        .iter()
        .filter(|resource| resource.mode() == Mode::Managed);
    managed.flat_map(|resource| {
        resource.instances.iter().map(move |instance| {
            let address = resource.instance_address(instance).to_string();
            let deposed = instance
                .deposed
                .as_ref()
                .map(|key| key.clone().into_owned());
            ((address, deposed), (resource, instance))
        })
    })
}

/// An object as a plan has it: attributes of dynamic type without their types.
fn side<'a>(instance: &Instance<'a>) -> Side<'a> {
    let mut attributes = instance.attributes.value();
    if let Value::Object(members) = &mut attributes {
        for value in members.values_mut() {
            if let Value::Object(map) = value
                && is_wrapper(map)
                && let Some(inner) = map.get_mut("value")
            {
                *value = inner.take();
            }
        }
    }
    Side {
        value: Json::from(&attributes),
        sensitivity: match &instance.sensitivity {
            Sensitivity::Paths(paths) => Sensitivity::Paths(paths.clone()),
            Sensitivity::Mask(mask) => Sensitivity::Mask(mask.clone()),
        },
        identity: instance.identity.clone(),
    }
}
