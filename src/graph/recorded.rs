//! What one state records of dependencies, brought from addresses to instances.

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::packed::{number, positions};
use super::reduction;
use crate::format::{InstanceKey, ModulePath, ResourceAddress, State};

/// Which dependencies are known to be no more than what links between states tell: for the address
/// of an instance, the addresses of the data sources that it reads only known outputs of.
pub(super) type Evidence<'l> = HashMap<&'l str, BTreeSet<&'l str>>;

/// A state's instances and what they depend on.
///
/// A state records config addresses, without instance keys: one dependency fans out to every
/// instance under it. Where both ends stand below the same module call, they stand in the same
/// instance of it: `module.a["x"].t.n` never depends on `module.a["y"].t.m` through the recorded
/// `module.a.t.m`. Which instances of a resource with `count` or `for_each` are really meant, a
/// state does not tell: all are.
///
/// Everything that has the same dependencies or is depended on together is kept together, so that a
/// thousand instances that depend on a thousand others are one dependency and not a million.
#[derive(Debug)]
pub(super) struct Recorded<'s> {
    /// The resources of the configuration, in the order of their addresses.
    pub(super) configs: Vec<Config>,
    /// The resources of the state, grouped by those, and then in the order of their modules.
    pub(super) resources: Vec<ResourceEntry<'s>>,
    /// Their instances, grouped by resource and then by what they depend on.
    pub(super) parts: Vec<Part>,
    /// The instances in the order of the document.
    pub(super) instances: Vec<RecordedInstance<'s>>,
    /// The same by their positions in `instances`, grouped by part.
    pub(super) members: Vec<u32>,
    /// Each distinct list of what instances depend on, by positions in `configs`, sorted.
    pub(super) lists: Vec<Vec<u32>>,
    /// The dependencies as recorded, each once, and the positions in `configs` of what they name.
    pub(super) texts: Vec<(String, Vec<u32>)>,
}

/// A resource of the configuration.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) address: ResourceAddress,
    /// Where it stands in `resources`, once for each instance of its module.
    pub(super) resources: Range<u32>,
}

/// A resource in one module instance.
#[derive(Debug)]
pub(super) struct ResourceEntry<'s> {
    pub(super) address: &'s ResourceAddress,
    pub(super) config: u32,
    pub(super) parts: Range<u32>,
}

/// Instances of a resource that depend on the same.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) resource: u32,
    pub(super) config: u32,
    /// Where they stand in `members`.
    pub(super) members: Range<u32>,
    /// The position in `lists` of what they depend on.
    pub(super) list: u32,
    /// The same as instances: one for each item of that list.
    pub(super) targets: Vec<Target>,
    /// The parts that they have nothing of but what links between states tell.
    pub(super) linked: Vec<u32>,
}

/// What a part depends on under one address of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Every part meant, which may be none.
    pub(super) parts: Range<u32>,
    /// Whether the part's other dependencies depend on all of them already.
    pub(super) is_implied: bool,
}

/// An instance; a deposed object counts with the current one at its address.
#[derive(Debug)]
pub(super) struct RecordedInstance<'s> {
    pub(super) resource: u32,
    pub(super) key: Option<&'s InstanceKey>,
    /// What it records, by positions in `texts`, in the order of the document.
    pub(super) texts: Vec<u32>,
    pub(super) part: u32,
}

impl<'s> Recorded<'s> {
    /// What a state records; `evidence` is about its own addresses.
    pub(super) fn of(state: &'s State<'_>, evidence: &Evidence<'_>) -> Recorded<'s> {
        let (configs, resources) = resources(state);
        let mut recorded = Recorded {
            configs,
            resources,
            parts: Vec::new(),
            instances: Vec::new(),
            members: Vec::new(),
            lists: Vec::new(),
            texts: Vec::new(),
        };
        recorded.read_instances(state);
        recorded.part(evidence);
        recorded.aim();
        reduction::mark_implied(&recorded.lists, &mut recorded.parts);
        recorded
    }

    /// The address of an instance, by its position in `instances`.
    pub(super) fn address(&self, instance: u32) -> String {
        let instance = &self.instances[instance as usize];
        let resource = self.resources[instance.resource as usize].address;
        match instance.key {
            Some(key) => format!("{resource}{key}"),
            None => resource.to_string(),
        }
    }

    /// The instances of some parts, by their positions in `instances`.
    pub(super) fn instances_of(&self, parts: &Range<u32>) -> &[u32] {
        let parts = &self.parts[positions(parts)];
        match (parts.first(), parts.last()) {
            (Some(first), Some(last)) => {
                &self.members[positions(&(first.members.start..last.members.end))]
            }
            _ => &[],
        }
    }

    fn read_instances(&mut self, state: &'s State<'_>) {
        let by_address: HashMap<&ResourceAddress, u32> = (0..)
            .zip(&self.resources)
            .map(|(position, resource)| (resource.address, position))
            .collect();
        let named = named(&self.configs);
        let mut texts: HashMap<String, u32> = HashMap::new();
        let mut known: HashMap<(u32, Option<&InstanceKey>), usize> = HashMap::new();
        for resource in &state.resources {
            let Some(&position) = by_address.get(&resource.address) else {
                continue;
            };
            for instance in &resource.instances {
                let key = instance.key.as_ref();
                let at = *known.entry((position, key)).or_insert_with(|| {
                    self.instances.push(RecordedInstance {
                        resource: position,
                        key,
                        texts: Vec::new(),
                        part: 0,
                    });
                    self.instances.len() - 1
                });
                for text in instance.dependencies() {
                    let text = match texts.entry(text) {
                        MapEntry::Occupied(known) => *known.get(),
                        MapEntry::Vacant(new) => {
                            let configs = named.get(new.key()).cloned().unwrap_or_default();
                            self.texts.push((new.key().clone(), configs));
                            *new.insert(number(self.texts.len() - 1))
                        }
                    };
                    let recorded = &mut self.instances[at].texts;
                    if !recorded.contains(&text) {
                        recorded.push(text);
                    }
                }
            }
        }
    }

    /// Groups the instances by what they depend on.
    fn part(&mut self, evidence: &Evidence<'_>) {
        let lists = self.intern_lists();
        let linked = Linked::of(self, evidence);
        let mut order: Vec<(u32, u32, u32, u32, u32)> = Vec::with_capacity(self.instances.len());
        for (at, instance) in (0..).zip(&self.instances) {
            let position = at as usize;
            let (from, alone) = (linked.from[position], linked.alone[position]);
            order.push((instance.resource, lists[position], from, alone, at));
        }
        order.sort_unstable();
        for same in order.chunk_by(|one, other| {
            (one.0, one.1, one.2, one.3) == (other.0, other.1, other.2, other.3)
        }) {
            let [(resource, list, ..), ..] = same else {
                continue;
            };
            let start = number(self.members.len());
            let part = number(self.parts.len());
            for (.., at) in same {
                self.members.push(*at);
                self.instances[*at as usize].part = part;
            }
            let entry = &mut self.resources[*resource as usize];
            if entry.parts.is_empty() {
                entry.parts = part..part;
            }
            entry.parts.end = part + 1;
            self.parts.push(Part {
                resource: *resource,
                config: entry.config,
                members: start..number(self.members.len()),
                list: *list,
                targets: Vec::new(),
                linked: Vec::new(),
            });
        }
        for (instance, data_sources) in linked.data_sources {
            let part = self.instances[instance as usize].part;
            let from = data_sources.iter();
            let from = from.map(|data_source| self.instances[*data_source as usize].part);
            self.parts[part as usize].linked = from.collect();
        }
    }

    /// Gives each instance's position in `lists`.
    fn intern_lists(&mut self) -> Vec<u32> {
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let mut lists = Vec::with_capacity(self.instances.len());
        for instance in &self.instances {
            let texts = instance.texts.iter();
            let mut list: Vec<u32> = texts
                .flat_map(|text| self.texts[*text as usize].1.iter().copied())
                .collect();
            list.sort_unstable();
            list.dedup();
            lists.push(match known.entry(list) {
                MapEntry::Occupied(known) => *known.get(),
                MapEntry::Vacant(new) => {
                    self.lists.push(new.key().clone());
                    *new.insert(number(self.lists.len() - 1))
                }
            });
        }
        lists
    }

    /// Finds the parts that each part depends on.
    fn aim(&mut self) {
        for position in 0..self.parts.len() {
            let part = &self.parts[position];
            let module = &self.resources[part.resource as usize].address.module;
            let list = &self.lists[part.list as usize];
            let targets = list.iter().map(|config| Target {
                parts: self.parts_within(*config, module),
                is_implied: false,
            });
            self.parts[position].targets = targets.collect();
        }
    }

    /// The parts of a resource of the configuration that stand in the same instance of each module
    /// call that they share with `module` from the root.
    fn parts_within(&self, config: u32, module: &ModulePath) -> Range<u32> {
        let config = &self.configs[config as usize];
        let shared = config.address.module.0.iter().zip(&module.0);
        let shared = shared
            .take_while(|(one, other)| one.name == other.name)
            .count();
        fn keys(
            module: &ModulePath,
            shared: usize,
        ) -> impl Iterator<Item = Option<&InstanceKey>> + '_ {
            module.0.iter().take(shared).map(|step| step.key.as_ref())
        }
        // Sorted by module, those that share the keys of the outer calls stand together.
        let all = &self.resources[positions(&config.resources)];
        let compare = |entry: &ResourceEntry<'_>| {
            keys(&entry.address.module, shared).cmp(keys(module, shared))
        };
        let start = all.partition_point(|entry| compare(entry).is_lt());
        let end = all.partition_point(|entry| compare(entry).is_le());
        match (all[start..end].first(), all[start..end].last()) {
            (Some(first), Some(last)) => first.parts.start..last.parts.end,
            _ => 0..0,
        }
    }
}

/// The resources that have instances.
fn resources<'s>(state: &'s State<'_>) -> (Vec<Config>, Vec<ResourceEntry<'s>>) {
    let with_instances = state
        .resources
        .iter()
        .filter(|resource| !resource.instances.is_empty());
    let mut sorted: Vec<(ResourceAddress, &ResourceAddress)> = with_instances
        .map(|resource| (resource.address.config(), &resource.address))
        .collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut configs: Vec<Config> = Vec::new();
    let mut entries = Vec::with_capacity(sorted.len());
    for (config, address) in sorted {
        let position = number(entries.len());
        match configs.last_mut() {
            Some(last) if last.address == config => last.resources.end = position + 1,
            _ => configs.push(Config {
                address: config,
                resources: position..position + 1,
            }),
        }
        entries.push(ResourceEntry {
            address,
            config: number(configs.len() - 1),
            parts: 0..0,
        });
    }
    (configs, entries)
}

/// What a recorded dependency can name: each resource by its address, and all that a module holds by
/// the module's.
fn named(configs: &[Config]) -> HashMap<String, Vec<u32>> {
    let mut named: HashMap<String, Vec<u32>> = HashMap::new();
    for (position, config) in (0..).zip(configs) {
        let module = &config.address.module.0;
        let modules = (1..=module.len()).map(|depth| ModulePath(module[..depth].to_vec()));
        let names = modules.map(|module| module.to_string());
        for name in names.chain([config.address.to_string()]) {
            named.entry(name).or_default().push(position);
        }
    }
    named
}

/// What evidence says of a state's instances, by their positions.
struct Linked {
    /// For each instance the number of the set of data sources it reads only known outputs of.
    from: Vec<u32>,
    /// A number of its own for each of those data sources, so that each is a part of its own.
    alone: Vec<u32>,
    /// The instances that read them, and which.
    data_sources: Vec<(u32, Vec<u32>)>,
}

impl Linked {
    fn of(recorded: &Recorded<'_>, evidence: &Evidence<'_>) -> Linked {
        let count = recorded.instances.len();
        let mut linked = Linked {
            from: vec![0; count],
            alone: vec![0; count],
            data_sources: Vec::new(),
        };
        if evidence.is_empty() {
            return linked;
        }
        let by_address: HashMap<String, u32> = (0..number(count))
            .map(|instance| (recorded.address(instance), instance))
            .collect();
        let mut sets: HashMap<Vec<u32>, u32> = HashMap::new();
        for (consumer, data_sources) in evidence {
            let Some(&consumer) = by_address.get(*consumer) else {
                continue;
            };
            let known = data_sources.iter();
            let mut known: Vec<u32> = known
                .filter_map(|data_source| by_address.get(*data_source).copied())
                .collect();
            known.sort_unstable();
            for data_source in &known {
                linked.alone[*data_source as usize] = data_source + 1;
            }
            // Any number will do that is the same for the same set: the smallest consumer's.
            let number = sets.entry(known.clone()).or_insert(consumer + 1);
            *number = (*number).min(consumer + 1);
            linked.data_sources.push((consumer, known));
        }
        for (consumer, data_sources) in &linked.data_sources {
            if let Some(number) = sets.get(data_sources) {
                linked.from[*consumer as usize] = *number;
            }
        }
        linked
    }
}
