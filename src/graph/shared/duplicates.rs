//! Objects that are managed in two states.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;

use foldhash::fast::RandomState;

use super::alias::kind;
use super::owners::{Claim, Claims, Key};
use super::shards::{self, Shard};
use super::sole;
use crate::format::{Reach, has_unique_part, is_unique};
use crate::graph::InstanceRef;

/// Attributes that tell that two instances are one object, in the order of preference.
const TELLING: &[&str] = &["arn", "self_link", "id", "urn", "metadata[0].uid"];

/// Those of which an object has no two: instances with different ones are two objects.
const PARTING: &[&str] = &["arn", "metadata[0].uid"];

/// Of an object in more states than this each instance is paired with the first one only: where a
/// folder holds every backup of a state, all pairs would be too many.
const MOST: usize = 16;

/// An instance whose object another state manages too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedTwice {
    /// The instance.
    pub instance: InstanceRef,
    /// The instance of the other state.
    pub other: InstanceRef,
    /// The attribute that names the object in both.
    pub attribute: &'static str,
    /// Its value.
    pub identity: String,
}

/// Two instances of one object; each pair is there in both directions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// The position of the instance.
    pub(super) instance: u32,
    other: u32,
    /// The position of the instance's claim.
    claim: usize,
}

impl Pair {
    /// What it says.
    pub(super) fn told(self, claims: &Claims) -> OwnedTwice {
        let claim = &claims.all[self.claim];
        OwnedTwice {
            instance: claims.instances[self.instance as usize].clone(),
            other: claims.instances[self.other as usize].clone(),
            attribute: claim.attribute,
            identity: claim.value.to_string(),
        }
    }
}

/// The pairs of instances in two states that are one object, ordered by instance, then by the other.
pub(super) fn owned_twice(claims: &Claims, threads: NonZeroUsize) -> Vec<Pair> {
    let groups = shards::each(threads, |shard| groups(claims, shard));
    let groups: Vec<Vec<usize>> = groups.into_iter().flatten().collect();
    let parting = parting(claims, &groups);
    let are_two = |one: u32, other: u32| match (parting.get(&one), parting.get(&other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    };
    let mut pairs = Vec::new();
    for group in groups {
        for (order, claim) in group.iter().enumerate() {
            let others = match group.len() > MOST && order > 0 {
                true => &group[..1],
                false => &group[..],
            };
            let instance = claims.all[*claim].instance;
            for other in others.iter().map(|other| claims.all[*other].instance) {
                let state = |number: u32| claims.instances[number as usize].state;
                if state(instance) != state(other) && !are_two(instance, other) {
                    pairs.push(Pair {
                        instance,
                        other,
                        claim: *claim,
                    });
                }
            }
        }
    }
    // An instance's claims stand in the order of preference.
    pairs.sort_unstable_by_key(|pair| (pair.instance, pair.other, pair.claim));
    let mut seen = HashSet::with_capacity(pairs.len());
    pairs.retain(|pair| {
        let address = |number: u32| {
            let instance = &claims.instances[number as usize];
            (instance.state, &*instance.address)
        };
        seen.insert((address(pair.instance), address(pair.other)))
    });
    pairs
}

/// The positions of claims, more than one each, that tell of a shard's identities that they are of one object.
fn groups(claims: &Claims, shard: Shard) -> Vec<Vec<usize>> {
    /// Most identities are claimed once.
    struct Group {
        first: usize,
        others: Vec<usize>,
    }
    let mut groups: HashMap<(&str, Key<'_>), Group, RandomState> = HashMap::default();
    for (position, claim) in claims.all.iter().enumerate() {
        if shard.has(claim.hash) && tells(claim, claims) {
            let key = (kind(&claims.instance(claim).type_name), Key::of(claim));
            groups
                .entry(key)
                .and_modify(|group| group.others.push(position))
                .or_insert(Group {
                    first: position,
                    others: Vec::new(),
                });
        }
    }
    let several = groups
        .into_values()
        .filter(|group| !group.others.is_empty());
    several
        .map(|group| std::iter::once(group.first).chain(group.others).collect())
        .collect()
}

/// What parts the instances of some groups from others.
fn parting<'c>(claims: &'c Claims, groups: &[Vec<usize>]) -> HashMap<u32, &'c str, RandomState> {
    let instances = groups
        .iter()
        .flatten()
        .map(|claim| claims.all[*claim].instance);
    let instances: HashSet<u32, RandomState> = instances.collect();
    let parts = |claim: &&Claim| {
        claim.reach == Reach::World
            && PARTING.contains(&claim.attribute)
            && instances.contains(&claim.instance)
    };
    let parting = claims.all.iter().filter(parts);
    parting
        .map(|claim| (claim.instance, &*claim.value))
        .collect()
}

/// Whether a claim is enough to tell that two instances of the type are one object.
fn tells(claim: &Claim, claims: &Claims) -> bool {
    let instance = claims.instance(claim);
    let is_named_in_the_world = || {
        let named = claims.named(claim);
        claim.attribute == "id" && named.is_some_and(|(_, named)| named.is_global)
    };
    TELLING.contains(&claim.attribute)
        && match claim.reach {
            Reach::World => true,
            // A policy of a bucket has the bucket's id, and there is one.
            Reach::Borrowed => {
                let type_name = &instance.type_name;
                claim.attribute == "id"
                    && (sole::is_of_a_bucket(type_name)
                        || sole::is_of_a_unique_object(type_name) && is_unique(&claim.value))
            }
            Reach::Place => {
                is_named_in_the_world()
                    || claim.attribute == "id"
                        && claim.value.contains(['_', '/', '|', ':', ','])
                        && has_unique_part(&claim.value)
            }
        }
}
