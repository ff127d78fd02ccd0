//! Writers at the same time, held against the same changes one after another.
//!
//! A store in memory commits documents by their deltas; beside it stand plain states, to which what each
//! writer meant is done in the order of the commits.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::{
    Change, ContentSum, Delta, Fingerprint, Known, Other, Overlap, PartIndex, PartKey, fingerprint,
};
use crate::format::{
    InstanceAddress, InstanceKey, InstancePart, OutputPart, Parts, ResourceAddress, ResourcePart,
    TopMember,
};

/// A current or deposed object.
type Object = (InstanceAddress, Option<String>);

/// What a state holds, as plainly as can be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) terraform_version: String,
    pub(super) objects: BTreeMap<Object, Held>,
    /// The providers of the resources that have objects.
    pub(super) providers: BTreeMap<ResourceAddress, u8>,
    pub(super) outputs: BTreeMap<String, u8>,
}

/// What an object holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) value: u8,
    pub(super) depends_on: BTreeSet<String>,
}

impl State {
    /// With an object: `aws_instance.web[0]`, a deposed one after ` deposed `.
    pub(super) fn with(mut self, object: &str, value: u8, depends_on: &[&str]) -> State {
        let depends_on = depends_on
            .iter()
            .map(|address| (*address).to_owned())
            .collect();
        self.objects
            .insert(self::object(object), Held { value, depends_on });
        self.settled()
    }

    pub(super) fn without(mut self, object: &str) -> State {
        self.objects.remove(&self::object(object));
        self.settled()
    }

    pub(super) fn with_output(mut self, name: &str, value: u8) -> State {
        self.outputs.insert(name.to_owned(), value);
        self
    }

    pub(super) fn with_provider(mut self, resource: &str, provider: u8) -> State {
        self.providers
            .insert(resource.parse().expect("an address"), provider);
        self.settled()
    }

    pub(super) fn by(mut self, terraform_version: &str) -> State {
        self.terraform_version = terraform_version.to_owned();
        self
    }

    /// With an entry for each resource that has objects, and for no other.
    fn settled(mut self) -> State {
        let resources: BTreeSet<_> = self
            .objects
            .keys()
            .map(|(at, _)| at.resource.clone())
            .collect();
        self.providers
            .retain(|resource, _| resources.contains(resource));
        for resource in resources {
            self.providers.entry(resource).or_default();
        }
        self
    }

    /// The config addresses at which a current object is.
    fn at_hand(&self) -> BTreeSet<String> {
        let current = self.objects.keys().filter(|(_, deposed)| deposed.is_none());
        current.map(|(address, _)| config(address)).collect()
    }

    /// Whether all is there that something depends on.
    fn is_whole(&self) -> bool {
        let at_hand = self.at_hand();
        let mut needed = self.objects.values().flat_map(|held| &held.depends_on);
        needed.all(|address| at_hand.contains(address))
    }

    /// The state as Terraform would write it.
    pub(super) fn document(&self) -> String {
        let resources: Vec<Value> = self
            .providers
            .iter()
            .map(|(resource, provider)| {
                let objects = self
                    .objects
                    .iter()
                    .filter(|((address, _), _)| address.resource == *resource);
                let instances: Vec<Value> = objects
                    .map(|((address, deposed), held)| {
                        let mut instance = json!({
                            "attributes": {"value": held.value},
                            "dependencies": held.depends_on,
                        });
                        match &address.key {
                            Some(InstanceKey::Int(index)) => instance["index_key"] = json!(index),
                            Some(InstanceKey::String(key)) => instance["index_key"] = json!(key),
                            None => {}
                        }
                        if let Some(deposed) = deposed {
                            instance["deposed"] = json!(deposed);
                        }
                        instance
                    })
                    .collect();
                let mut entry = json!({
                    "mode": resource.mode.as_str(),
                    "type": resource.type_name,
                    "name": resource.name,
                    "provider": format!("provider[\"registry.terraform.io/a/b{provider}\"]"),
                    "instances": instances,
                });
                if !resource.module.is_root() {
                    entry["module"] = json!(resource.module.to_string());
                }
                entry
            })
            .collect();
        let outputs: serde_json::Map<String, Value> = self
            .outputs
            .iter()
            .map(|(name, value)| (name.clone(), json!({"value": value, "type": "number"})))
            .collect();
        json!({
            "version": 4,
            "terraform_version": self.terraform_version,
            "outputs": outputs,
            "resources": resources,
            "check_results": null,
        })
        .to_string()
    }

    pub(super) fn parts(&self) -> Parts {
        Parts::of(self.document().as_bytes()).expect("it is a state")
    }
}

fn object(text: &str) -> Object {
    let (address, deposed) = match text.split_once(" deposed ") {
        Some((address, deposed)) => (address, Some(deposed.to_owned())),
        None => (text, None),
    };
    (address.parse().expect("an address"), deposed)
}

fn config(address: &InstanceAddress) -> String {
    address.resource.config().to_string()
}

/// A row of the store's relations.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    position: Option<String>,
    text: String,
    attributes: Option<String>,
    fingerprint: Fingerprint,
    depends_on: Vec<String>,
}

/// A version of a state in the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Version {
    top: Vec<TopMember>,
    rows: BTreeMap<PartKey, Row>,
    sum: ContentSum,
}

/// The store, with all versions of one state. The first is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Store(Vec<Version>);

impl Version {
    /// The fingerprints of all parts.
    fn held(&self) -> BTreeMap<PartKey, (Fingerprint, Option<&Row>)> {
        let rows = self
            .rows
            .iter()
            .map(|(key, row)| (key.clone(), (row.fingerprint, Some(row))));
        let top = self.top.iter().map(|member| {
            (
                PartKey::Top(member.name.clone()),
                (fingerprint(&[&member.text]), None),
            )
        });
        rows.chain(top).collect()
    }

    fn known(&self) -> Vec<Known> {
        let known = |(key, (fingerprint, row)): (PartKey, (_, Option<&Row>))| Known {
            key,
            fingerprint,
            position: row.and_then(|row| row.position.clone()),
        };
        self.held().into_iter().map(known).collect()
    }

    /// The document that the rows are of.
    fn parts(&self) -> Parts {
        let mut rows: Vec<(&PartKey, &Row)> = self.rows.iter().collect();
        rows.sort_by(|(key, row), (other_key, other)| {
            (&row.position, key).cmp(&(&other.position, other_key))
        });
        let mut parts = Parts {
            top: self.top.clone(),
            ..Parts::default()
        };
        for (key, row) in &rows {
            let text = row.text.clone();
            match key {
                PartKey::Output(name) => parts.outputs.push(OutputPart {
                    name: name.clone(),
                    text,
                }),
                PartKey::Resource(key) => parts.resources.push(ResourcePart {
                    key: key.clone(),
                    text,
                    instances: Vec::new(),
                }),
                _ => {}
            }
        }
        for (key, row) in rows {
            let PartKey::Object(key) = key else { continue };
            let mut resources = parts.resources.iter_mut();
            let resource = resources.find(|resource| resource.key == key.resource);
            resource
                .expect("an object has its resource")
                .instances
                .push(InstancePart {
                    key: key.clone(),
                    text: row.text.clone(),
                    attributes: row.attributes.clone(),
                });
        }
        parts
    }

    /// Writes a delta as a store does.
    fn write(&mut self, delta: &Delta, parts: &Parts) {
        let held: BTreeMap<PartKey, Fingerprint> = self
            .held()
            .into_iter()
            .map(|(key, (fingerprint, _))| (key, fingerprint))
            .collect();
        for removal in &delta.removals {
            assert_eq!(
                held.get(&removal.key),
                Some(&removal.before),
                "{}",
                removal.key
            );
            self.sum.remove(&removal.key, removal.before);
            self.rows.remove(&removal.key);
        }
        for put in &delta.puts {
            assert_eq!(held.get(&put.key), put.before.as_ref(), "{}", put.key);
            if let Some(before) = put.before {
                self.sum.remove(&put.key, before);
            }
            self.sum.add(&put.key, put.fingerprint);
            let (text, attributes) = match put.at {
                PartIndex::Top(_) => continue,
                PartIndex::Output(at) => (&parts.outputs[at].text, None),
                PartIndex::Check(at) => (&parts.checks[at].text, None),
                PartIndex::Resource(at) => (&parts.resources[at].text, None),
                PartIndex::Object { resource, instance } => {
                    let object = &parts.resources[resource].instances[instance];
                    (&object.text, object.attributes.clone())
                }
            };
            let row = Row {
                position: put.position.clone(),
                text: text.clone(),
                attributes,
                fingerprint: put.fingerprint,
                depends_on: put.depends_on.clone(),
            };
            self.rows.insert(put.key.clone(), row);
        }
        let own: BTreeMap<PartKey, Fingerprint> = super::known(parts)
            .into_iter()
            .map(|known| (known.key, known.fingerprint))
            .collect();
        for moved in &delta.moves {
            let row = self.rows.get_mut(&moved.key).expect("what moves is there");
            // A store writes the row anew, as the writer has it.
            assert_eq!(own.get(&moved.key), Some(&row.fingerprint), "{}", moved.key);
            row.position = Some(moved.position.clone());
        }
    }
}

impl Store {
    pub(super) fn new(first: &State) -> Store {
        let mut store = Store(vec![Version::default()]);
        store
            .commit(0, &first.parts())
            .expect("nobody else is there");
        store
    }

    pub(super) fn newest(&self) -> usize {
        self.0.len() - 1
    }

    /// What changed from a version to the newest.
    pub(super) fn others(&self, base: usize) -> Vec<Other> {
        let (base, newest) = (self.0[base].held(), self.0[self.newest()].held());
        let keys: BTreeSet<&PartKey> = base.keys().chain(newest.keys()).collect();
        let other = |key: &PartKey| {
            let (before, after) = (base.get(key), newest.get(key));
            let change = match (before, after) {
                (None, _) => Change::Added,
                (_, None) => Change::Removed,
                (Some((before, _)), Some((after, _))) if before != after => Change::Changed,
                _ => return None,
            };
            let row = after.and_then(|(_, row)| *row);
            Some(Other {
                key: key.clone(),
                change,
                depends_on: row.map(|row| row.depends_on.clone()).unwrap_or_default(),
                after: after.map(|(fingerprint, _)| *fingerprint),
                version: 7,
                author: Some("Ada".to_owned()),
                at: jiff::Timestamp::UNIX_EPOCH,
            })
        };
        keys.into_iter().filter_map(other).collect()
    }

    pub(super) fn commit(&mut self, base: usize, parts: &Parts) -> Result<(), Vec<Overlap>> {
        let delta = Delta::between(&self.0[base].known(), parts);
        let others = self.others(base);
        let overlaps = delta.overlaps(&others);
        if !overlaps.is_empty() {
            return Err(overlaps);
        }
        let mut version = self.0[self.newest()].clone();
        let delta = delta.onto(&others, &version.top, parts);
        version.write(&delta, parts);
        version.top = match base == self.newest() {
            true => parts.top.clone(),
            false => delta.top(&version.top, parts),
        };
        self.0.push(version);
        Ok(())
    }

    /// The newest version's document.
    pub(super) fn parts(&self) -> Parts {
        self.0[self.newest()].parts()
    }
}

/// A change that a writer means to make.
#[derive(Debug, Clone)]
enum Step {
    Put(&'static str, u8, Vec<&'static str>),
    Remove(&'static str),
    Output(&'static str, Option<u8>),
    Provider(Index, u8),
    By(&'static str),
}

const OBJECTS: [&str; 10] = [
    "aws_vpc.main",
    "aws_instance.web[0]",
    "aws_instance.web[1]",
    "aws_instance.web[1] deposed 1a2b3c4d",
    "module.a[\"x\"].aws_subnet.s",
    "module.a[\"y\"].aws_subnet.s",
    "module.a[\"y\"].aws_subnet.t[\"k\"]",
    "data.aws_ami.this[0]",
    "data.aws_ami.this[1]",
    "aws_eip.ip",
];

const NEEDED: [&str; 5] = [
    "aws_vpc.main",
    "aws_instance.web",
    "module.a.aws_subnet.s",
    "data.aws_ami.this",
    "aws_eip.ip",
];

fn step() -> impl Strategy<Value = Step> {
    let needed = prop::sample::subsequence(NEEDED.to_vec(), 0..3);
    prop_oneof![
        6 => (select(OBJECTS.to_vec()), 0..3_u8, needed)
            .prop_map(|(object, value, needed)| Step::Put(object, value, needed)),
        5 => select(OBJECTS.to_vec()).prop_map(Step::Remove),
        2 => (select(vec!["a", "b"]), prop::option::of(0..2_u8))
            .prop_map(|(name, value)| Step::Output(name, value)),
        1 => (any::<Index>(), 0..2_u8).prop_map(|(resource, provider)| Step::Provider(resource, provider)),
        1 => select(vec!["1.9.0", "1.10.0", "1.11.4"]).prop_map(Step::By),
    ]
}

fn after(base: &State, steps: &[Step]) -> State {
    let mut state = base.clone();
    for step in steps {
        state = match step {
            Step::Put(object, value, needed) => state.with(object, *value, needed),
            Step::Remove(object) => state.without(object),
            Step::Output(name, Some(value)) => state.with_output(name, *value),
            Step::Output(name, None) => {
                state.outputs.remove(*name);
                state
            }
            Step::Provider(resource, provider) => {
                let mut resources: Vec<&mut u8> = state.providers.values_mut().collect();
                if !resources.is_empty() {
                    let place = resource.index(resources.len());
                    *resources[place] = *provider;
                }
                state
            }
            Step::By(version) => state.by(version),
        };
    }
    // Terraform leaves nothing that depends on what is not there, and nothing depends on itself.
    let at_hand = state.at_hand();
    for ((address, _), held) in &mut state.objects {
        held.depends_on
            .retain(|needed| at_hand.contains(needed) && *needed != config(address));
    }
    state
}

/// What one writer made of each thing, `None` where it is gone; things are named apart by their kind.
type Meant<K, V> = BTreeMap<K, Option<V>>;

fn meant<K: Ord + Clone, V: PartialEq + Clone>(
    base: &BTreeMap<K, V>,
    now: &BTreeMap<K, V>,
) -> Meant<K, V> {
    let keys = base.keys().chain(now.keys());
    let changed = keys.filter(|key| base.get(key) != now.get(key));
    changed
        .map(|key| (key.clone(), now.get(key).cloned()))
        .collect()
}

fn redo<K: Ord + Clone, V: Clone>(state: &mut BTreeMap<K, V>, meant: Meant<K, V>) {
    for (key, value) in meant {
        match value {
            Some(value) => drop(state.insert(key, value)),
            None => drop(state.remove(&key)),
        }
    }
}

/// What a writer meant with a document made from `base`, done to another state.
fn replayed(base: &State, now: &State, onto: &State) -> State {
    let mut state = onto.clone();
    redo(&mut state.objects, meant(&base.objects, &now.objects));
    redo(&mut state.outputs, meant(&base.outputs, &now.outputs));
    redo(&mut state.providers, meant(&base.providers, &now.providers));
    let number = |version: &str| {
        version
            .split('.')
            .nth(1)
            .and_then(|number| number.parse::<u8>().ok())
    };
    if base.terraform_version != now.terraform_version
        && (base.terraform_version == onto.terraform_version
            || number(&now.terraform_version) > number(&onto.terraform_version))
    {
        state.terraform_version.clone_from(&now.terraform_version);
    }
    state.settled()
}

fn differ<K: Ord, V: PartialEq>(one: &Meant<K, V>, other: &Meant<K, V>) -> bool {
    one.iter()
        .any(|(key, value)| other.get(key).is_some_and(|other| other != value))
}

/// Whether two writers who started from the same state are in each other's way.
fn meet(base: &State, ours: &State, theirs: &State) -> bool {
    let objects = [ours, theirs].map(|state| meant(&base.objects, &state.objects));
    let resources = [ours, theirs].map(|state| meant(&base.providers, &state.providers));
    let outputs = [ours, theirs].map(|state| meant(&base.outputs, &state.outputs));
    let is_needed = |removed: &Meant<Object, Held>, put: &Meant<Object, Held>| {
        removed.iter().any(|(key, held)| {
            let alone = held.is_none() && put.get(key) != Some(&None) && key.1.is_none();
            let needs = |(_, held): (_, &Option<Held>)| {
                held.as_ref()
                    .is_some_and(|held| held.depends_on.contains(&config(&key.0)))
            };
            alone && put.iter().any(needs)
        })
    };
    let is_revived = |removed: &Meant<ResourceAddress, u8>, put: &Meant<Object, Held>| {
        put.iter().any(|(key, held)| {
            let is_new = held.is_some() && !base.objects.contains_key(key);
            is_new && removed.get(&key.0.resource) == Some(&None)
        })
    };
    // What is left with both together, as far as the writer's own objects need it.
    let merged = replayed(base, ours, theirs);
    let is_last = !merged.objects.iter().all(|(key, held)| {
        let at_hand = merged.at_hand();
        objects[1].contains_key(key)
            || held
                .depends_on
                .iter()
                .all(|needed| at_hand.contains(needed))
    });
    differ(&objects[0], &objects[1])
        || differ(&resources[0], &resources[1])
        || differ(&outputs[0], &outputs[1])
        || is_needed(&objects[0], &objects[1])
        || is_needed(&objects[1], &objects[0])
        || is_revived(&resources[0], &objects[1])
        || is_revived(&resources[1], &objects[0])
        || is_last
}

/// What a document says, whatever the order.
fn content(parts: &Parts) -> BTreeSet<String> {
    let top = parts
        .top
        .iter()
        .map(|member| format!("{}: {}", member.name, member.text));
    let outputs = parts
        .outputs
        .iter()
        .map(|output| format!("{}: {}", output.name, output.text));
    let resources = parts.resources.iter().map(|resource| resource.text.clone());
    let objects = parts
        .resources
        .iter()
        .flat_map(|resource| &resource.instances)
        .map(|object| format!("{}: {} {:?}", object.key, object.text, object.attributes));
    top.chain(outputs).chain(resources).chain(objects).collect()
}

proptest! {
    #[test]
    fn writers_at_the_same_time_leave_what_they_would_one_after_another(
        first in prop::collection::vec(step(), 0..14),
        writers in prop::collection::vec((any::<Index>(), prop::collection::vec(step(), 1..4)), 1..10),
    ) {
        let first = after(&State::default().by("1.9.0"), &first);
        let mut store = Store::new(&first);
        // The states of the versions, by what each writer meant; the first version is empty.
        let mut states = vec![State::default(), first];
        for (base, steps) in writers {
            // Mostly not long ago.
            let base = states.len() - 1 - base.index(states.len() - 1).min(3);
            let now = after(&states[base], &steps);
            let newest = states[store.newest()].clone();
            let before = store.clone();
            let in_the_way = meet(&states[base], &now, &newest);
            match store.commit(base, &now.parts()) {
                Err(overlaps) => {
                    prop_assert!(in_the_way, "{:?}", overlaps);
                    prop_assert!(store == before);
                }
                Ok(()) => {
                    prop_assert!(!in_the_way, "{} {} {}", states[base].document(), now.document(), newest.document());
                    let state = replayed(&states[base], &now, &newest);
                    prop_assert_eq!(content(&store.parts()), content(&state.parts()));
                    prop_assert!(state.is_whole());
                    states.push(state);
                    let version = &store.0[store.newest()];
                    let held = version.held();
                    let parts = held.iter().map(|(key, (fingerprint, _))| (key, *fingerprint));
                    prop_assert_eq!(version.sum, parts.collect::<ContentSum>());
                    let again = Delta::between(&version.known(), &store.parts());
                    prop_assert!(again.puts.is_empty() && again.removals.is_empty());
                    if base + 1 == store.newest() {
                        prop_assert_eq!(store.parts().compose(), now.parts().compose());
                    }
                }
            }
        }
    }
}
