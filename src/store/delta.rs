//! What a writer changed, and whether that meets with what others changed since.
//!
//! A writer starts from a version of a state, its base, and brings a whole new document. What differs between
//! the two is its [`Delta`], part by part. It is written onto the newest version, whatever that is, unless
//! it [overlaps](Delta::overlaps) with what others changed since the base.

mod key;
#[cfg(test)]
mod model;
mod onto;
mod overlap;
mod sum;
#[cfg(test)]
mod tests;
mod top;

use std::collections::{BTreeMap, HashMap, HashSet};

pub use key::{Fingerprint, PartKey, fingerprint, fingerprint_of_object};
pub use overlap::{Meeting, Overlap};
pub use sum::ContentSum;

use super::order::positions;
use crate::format::{ObjectKey, Parts, ResourceKey};

/// The members of a document that say which write it is, and so are no parts.
pub const OF_THE_WRITE: [&str; 2] = ["serial", "lineage"];

/// The member whose newer value stays.
pub const TERRAFORM_VERSION: &str = "terraform_version";

/// A part that the base holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Which part.
    pub key: PartKey,
    /// Stands for what it holds.
    pub fingerprint: Fingerprint,
    /// Its place among its siblings; `None` for a member of the document, whose order is kept with them.
    pub position: Option<String>,
}

/// What a writer changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// The parts that are new or hold something else, in the document's order.
    pub puts: Vec<Put>,
    /// The parts that are gone, in the base's order.
    pub removals: Vec<Removal>,
    /// The parts that only stand elsewhere among their siblings.
    pub moves: Vec<Move>,
    /// What is left of the resources of which objects are gone.
    thinned: BTreeMap<ResourceKey, Thinned>,
    /// The same of config addresses of which current objects are gone.
    shrunk: BTreeMap<String, Shrunk>,
}

/// A part that is new or holds something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Which part.
    pub key: PartKey,
    /// Where it is in the document.
    pub at: PartIndex,
    /// Stands for what it held before; `None` for a new part.
    pub before: Option<Fingerprint>,
    /// Stands for what it holds.
    pub fingerprint: Fingerprint,
    /// Its place among its siblings; `None` for a member of the document.
    pub position: Option<String>,
    /// The config addresses that an object depends on.
    pub depends_on: Vec<String>,
}

/// A part that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// Which part.
    pub key: PartKey,
    /// Stands for what it held.
    pub before: Fingerprint,
}

/// A part that stands elsewhere among its siblings and is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Which part.
    pub key: PartKey,
    /// Where it is in the document.
    pub at: PartIndex,
    /// Its new place.
    pub position: String,
}

/// Where a part is in [`Parts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartIndex {
    /// In `top`.
    Top(usize),
    /// In `outputs`.
    Output(usize),
    /// In `checks`.
    Check(usize),
    /// In `resources`.
    Resource(usize),
    /// In the `instances` of a resource.
    Object {
        /// The resource's place.
        resource: usize,
        /// The object's place in it.
        instance: usize,
    },
}

/// What others changed of a part, from the base to the newest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Which part.
    pub key: PartKey,
    /// What became of it, all their changes together.
    pub change: Change,
    /// The config addresses that an object depends on which they put there.
    pub depends_on: Vec<String>,
    /// Stands for what the part holds now; `None` where it is gone.
    pub after: Option<Fingerprint>,
    /// The last version that changed it.
    pub version: i64,
    /// Who wrote that version.
    pub author: Option<String>,
    /// When.
    pub at: jiff::Timestamp,
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added,
    /// It holds something else.
    Changed,
    /// It is gone.
    Removed,
}

/// What is left of a resource of which objects are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Thinned {
    /// How many of the base's objects.
    left: usize,
    /// What its entry held in the base.
    entry: Fingerprint,
}

/// What is left at a config address of which current objects are gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Shrunk {
    /// How many current objects.
    left: usize,
    /// The objects that depend on it.
    dependents: Vec<ObjectKey>,
}

/// A part of a document beside what the base holds of it.
struct Compared<'k> {
    key: PartKey,
    at: PartIndex,
    fingerprint: Fingerprint,
    known: Option<&'k Known>,
}

impl Put {
    /// Whether the part is new or only holds something else.
    pub fn change(&self) -> Change {
        match self.before {
            None => Change::Added,
            Some(_) => Change::Changed,
        }
    }
}

impl Delta {
    /// What differs between the base and a document. `serial` and `lineage` never do: what becomes of them
    /// is for the store to decide.
    ///
    /// Takes time in proportion to both; of the base nothing but keys, fingerprints and positions is
    /// needed.
    pub fn between(base: &[Known], parts: &Parts) -> Delta {
        let known: HashMap<&PartKey, &Known> = base.iter().map(|part| (&part.key, part)).collect();
        let mut delta = Delta::default();
        let mut seen = HashSet::with_capacity(base.len());
        for siblings in siblings(parts, &known) {
            let places: Vec<Option<&str>> = siblings
                .iter()
                .map(|part| part.known?.position.as_deref())
                .collect();
            let is_of_document =
                matches!(siblings.first(), Some(part) if matches!(part.at, PartIndex::Top(_)));
            let positions = match is_of_document {
                true => vec![None; siblings.len()],
                false => positions(&places).into_iter().map(Some).collect(),
            };
            for (part, position) in siblings.into_iter().zip(positions) {
                seen.extend(part.known.map(|known| &known.key));
                delta.take(part, position, parts);
            }
        }
        let is_gone = |part: &&Known| !seen.contains(&part.key) && !is_of_the_write(&part.key);
        let removals = base.iter().filter(is_gone).map(|part| Removal {
            key: part.key.clone(),
            before: part.fingerprint,
        });
        delta.removals = removals.collect();
        delta.thinned = thinned(&delta.removals, &known, parts);
        delta.shrunk = shrunk(&delta.removals, parts);
        delta
    }

    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.removals.is_empty() && self.moves.is_empty()
    }

    fn take(&mut self, part: Compared<'_>, position: Option<String>, parts: &Parts) {
        let before = part.known.map(|known| known.fingerprint);
        if before != Some(part.fingerprint) {
            self.puts.push(Put {
                depends_on: dependencies(part.at, parts),
                key: part.key,
                at: part.at,
                before,
                fingerprint: part.fingerprint,
                position,
            });
        } else if let Some(position) = position
            && part.known.and_then(|known| known.position.as_ref()) != Some(&position)
        {
            self.moves.push(Move {
                key: part.key,
                at: part.at,
                position,
            });
        }
    }
}

/// All parts of a document, as a store that holds it knows them: with new positions.
pub fn known(parts: &Parts) -> Vec<Known> {
    let of = |put: Put| Known {
        key: put.key,
        fingerprint: put.fingerprint,
        position: put.position,
    };
    Delta::between(&[], parts)
        .puts
        .into_iter()
        .map(of)
        .collect()
}

fn is_of_the_write(key: &PartKey) -> bool {
    matches!(key, PartKey::Top(name) if OF_THE_WRITE.contains(&name.as_str()))
}

/// The parts of a document, those together that have an order among each other.
fn siblings<'k>(parts: &Parts, known: &HashMap<&PartKey, &'k Known>) -> Vec<Vec<Compared<'k>>> {
    let compared = |key: PartKey, at, fingerprint| Compared {
        known: known.get(&key).copied(),
        key,
        at,
        fingerprint,
    };
    let top = parts.top.iter().enumerate().map(|(at, member)| {
        let key = PartKey::Top(member.name.clone());
        compared(key, PartIndex::Top(at), fingerprint(&[&member.text]))
    });
    let outputs = parts.outputs.iter().enumerate().map(|(at, output)| {
        let key = PartKey::Output(output.name.clone());
        compared(key, PartIndex::Output(at), fingerprint(&[&output.text]))
    });
    let checks = parts.checks.iter().enumerate().map(|(at, check)| {
        let key = PartKey::Check {
            object_kind: check.object_kind.clone(),
            config_addr: check.config_addr.clone(),
        };
        compared(key, PartIndex::Check(at), fingerprint(&[&check.text]))
    });
    let resources = parts.resources.iter().enumerate().map(|(at, resource)| {
        let key = PartKey::Resource(resource.key.clone());
        compared(key, PartIndex::Resource(at), fingerprint(&[&resource.text]))
    });
    let objects = parts.resources.iter().enumerate().map(|(at, resource)| {
        let objects = resource.instances.iter().enumerate();
        let object = |(instance, object): (usize, _)| {
            let index = PartIndex::Object {
                resource: at,
                instance,
            };
            let object: &crate::format::InstancePart = object;
            let key = PartKey::Object(object.key.clone());
            compared(key, index, fingerprint_of_object(object))
        };
        objects.map(object).collect()
    });
    let top = top.filter(|part| !is_of_the_write(&part.key));
    let siblings = [
        top.collect(),
        outputs.collect(),
        checks.collect(),
        resources.collect(),
    ];
    siblings.into_iter().chain(objects).collect()
}

/// The config addresses that an object depends on; other parts depend on none.
fn dependencies(at: PartIndex, parts: &Parts) -> Vec<String> {
    let PartIndex::Object { resource, instance } = at else {
        return Vec::new();
    };
    let resource = parts.resources.get(resource);
    let object = resource.and_then(|resource| resource.instances.get(instance));
    object
        .map(|object| object.dependencies())
        .unwrap_or_default()
}

/// What is left of the resources that have lost objects and are still there.
fn thinned(
    removals: &[Removal],
    known: &HashMap<&PartKey, &Known>,
    parts: &Parts,
) -> BTreeMap<ResourceKey, Thinned> {
    let lost: HashSet<&ResourceKey> = removals
        .iter()
        .filter_map(|removal| Some(&removal.key.object()?.resource))
        .collect();
    let thinned = parts.resources.iter().filter_map(|resource| {
        let key = lost.get(&resource.key)?;
        let entry = known.get(&PartKey::Resource(resource.key.clone()))?;
        let is_known = |key: &ObjectKey| known.contains_key(&PartKey::Object(key.clone()));
        let left = resource
            .instances
            .iter()
            .filter(|object| is_known(&object.key));
        let thinned = Thinned {
            left: left.count(),
            entry: entry.fingerprint,
        };
        Some(((*key).clone(), thinned))
    });
    thinned.collect()
}

/// What is left at the config addresses that have lost current objects, and who depends on it.
fn shrunk(removals: &[Removal], parts: &Parts) -> BTreeMap<String, Shrunk> {
    let mut shrunk: BTreeMap<String, Shrunk> = removals
        .iter()
        .filter_map(|removal| removal.key.needed_as())
        .map(|address| (address, Shrunk::default()))
        .collect();
    if shrunk.is_empty() {
        return shrunk;
    }
    for resource in &parts.resources {
        if let Some(shrunk) = shrunk.get_mut(&resource.key.config_address()) {
            let current = resource
                .instances
                .iter()
                .filter(|object| object.key.deposed.is_none());
            shrunk.left += current.count();
        }
    }
    // Where none is left, nothing that the writer knew of depends on it any more.
    shrunk.retain(|_, shrunk| shrunk.left > 0);
    if shrunk.is_empty() {
        return shrunk;
    }
    for object in parts
        .resources
        .iter()
        .flat_map(|resource| &resource.instances)
    {
        for address in object.dependencies() {
            if let Some(shrunk) = shrunk.get_mut(&address) {
                shrunk.dependents.push(object.key.clone());
            }
        }
    }
    shrunk
}
