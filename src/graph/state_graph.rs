//! The instances of one state and what depends on what among them, without what is implied.

use std::collections::HashMap;
use std::ops::Range;

use super::packed::{Lists, Texts, number, positions};
use super::recorded::{Config, Part, Recorded};
use crate::format::{ModulePath, ResourceAddress};

/// A state's own graph. Instances are numbered from 0, grouped by resource; those of a resource that
/// depend on the same are a part, and what is depended on under one address is a group of parts.
#[derive(Debug, Default)]
pub(super) struct StateGraph {
    addresses: Texts,
    /// The instances in the order of their addresses, and the place of each in that.
    by_address: Vec<u32>,
    ranks: Vec<u32>,
    configs: Vec<Config>,
    modules: Vec<ModulePath>,
    resources: Vec<ResourceNode>,
    /// Of each part: its resource and its instances.
    parts: Vec<(u32, Range<u32>)>,
    part_of: Vec<u32>,
    /// The parts of each group.
    groups: Vec<Range<u32>>,
    /// For each part the groups it depends on.
    uses: Lists,
    /// For each group the parts that depend on it.
    users: Lists,
    /// For each part the groups it belongs to.
    groups_of: Lists,
    /// For each part the data sources, by their parts, that it has nothing of but what links between
    /// states tell; and for each data source the parts that do so.
    links: Lists,
    linked: Lists,
}

/// A resource in one module instance.
#[derive(Debug)]
struct ResourceNode {
    config: u32,
    module: u32,
    instances: Range<u32>,
}

impl StateGraph {
    /// The graph of what a state records.
    pub(super) fn of(recorded: Recorded<'_>) -> StateGraph {
        let mut graph = StateGraph::default();
        for member in &recorded.members {
            graph.addresses.push(&recorded.address(*member));
        }
        graph.sort_addresses();
        graph.add_resources(&recorded);
        graph.part_of = vec![0; recorded.members.len()];
        for (position, part) in (0..).zip(&recorded.parts) {
            graph.part_of[positions(&part.members)].fill(position);
            graph.parts.push((part.resource, part.members.clone()));
        }
        graph.add_groups(&recorded.parts);
        graph.configs = recorded.configs;
        graph
    }

    fn sort_addresses(&mut self) {
        let mut by_address: Vec<u32> = (0..number(self.addresses.len())).collect();
        by_address.sort_by_key(|instance| self.addresses.get(*instance));
        self.ranks = vec![0; by_address.len()];
        for (rank, instance) in (0..).zip(&by_address) {
            self.ranks[*instance as usize] = rank;
        }
        self.by_address = by_address;
    }

    fn add_resources(&mut self, recorded: &Recorded<'_>) {
        let mut known: HashMap<&ModulePath, u32> = HashMap::new();
        for resource in &recorded.resources {
            let module = &resource.address.module;
            let module = *known.entry(module).or_insert_with(|| {
                self.modules.push(module.clone());
                number(self.modules.len() - 1)
            });
            let parts = &recorded.parts[positions(&resource.parts)];
            let instances = match (parts.first(), parts.last()) {
                (Some(first), Some(last)) => first.members.start..last.members.end,
                _ => 0..0,
            };
            self.resources.push(ResourceNode {
                config: resource.config,
                module,
                instances,
            });
        }
    }

    fn add_groups(&mut self, parts: &[Part]) {
        let mut known: HashMap<Range<u32>, u32> = HashMap::new();
        for part in parts {
            let targets = part.targets.iter();
            let needed = targets.filter(|target| !target.is_implied && !target.parts.is_empty());
            let needed = needed.flat_map(|target| without(&target.parts, &part.linked));
            let mut uses: Vec<u32> = needed
                .map(|range| {
                    *known.entry(range).or_insert_with_key(|range| {
                        self.groups.push(range.clone());
                        number(self.groups.len() - 1)
                    })
                })
                .collect();
            uses.sort_unstable();
            uses.dedup();
            self.uses.push(uses);
            self.links.push(part.linked.iter().copied());
        }
        self.linked = self.links.turned(parts.len());
        self.users = self.uses.turned(self.groups.len());
        let mut members = Lists::default();
        for group in &self.groups {
            members.push(group.clone());
        }
        self.groups_of = members.turned(parts.len());
    }

    /// How many instances there are.
    pub(super) fn len(&self) -> usize {
        self.addresses.len()
    }

    /// The address of an instance.
    pub(super) fn address(&self, instance: u32) -> &str {
        self.addresses.get(instance)
    }

    /// The place of an instance in the order of the addresses.
    pub(super) fn rank(&self, instance: u32) -> u32 {
        self.ranks[instance as usize]
    }

    /// The instance with an address.
    pub(super) fn instance(&self, address: &str) -> Option<u32> {
        let found = self
            .by_address
            .binary_search_by_key(&address, |instance| self.address(*instance));
        found.ok().map(|rank| self.by_address[rank])
    }

    /// The number of the resource that an instance is of.
    pub(super) fn resource_of(&self, instance: u32) -> u32 {
        self.parts[self.part_of(instance) as usize].0
    }

    /// The instances of a resource.
    pub(super) fn instances_of(&self, resource: u32) -> Range<u32> {
        self.resources[resource as usize].instances.clone()
    }

    /// The number of the module instance that a resource stands in.
    pub(super) fn module_of(&self, resource: u32) -> u32 {
        self.resources[resource as usize].module
    }

    /// The path of a module instance.
    pub(super) fn module(&self, module: u32) -> &ModulePath {
        &self.modules[module as usize]
    }

    /// How many resources there are, in all module instances.
    pub(super) fn resources(&self) -> Range<u32> {
        0..number(self.resources.len())
    }

    /// The config address of a resource.
    pub(super) fn config_of(&self, resource: u32) -> &ResourceAddress {
        let resource = &self.resources[resource as usize];
        &self.configs[resource.config as usize].address
    }

    /// The address of a resource in its module instance.
    pub(super) fn resource_address(&self, resource: u32) -> ResourceAddress {
        ResourceAddress {
            module: self.module(self.module_of(resource)).clone(),
            ..self.config_of(resource).clone()
        }
    }

    /// The resources with a config address, one in each instance of its module.
    pub(super) fn resources_at(&self, config: &ResourceAddress) -> Range<u32> {
        let found = self
            .configs
            .binary_search_by(|known| known.address.cmp(config));
        found.map_or(0..0, |position| self.configs[position].resources.clone())
    }

    /// How many parts there are.
    pub(super) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The part that an instance belongs to.
    pub(super) fn part_of(&self, instance: u32) -> u32 {
        self.part_of[instance as usize]
    }

    /// The instances of some parts.
    pub(super) fn instances_in(&self, parts: &Range<u32>) -> Range<u32> {
        let parts = &self.parts[positions(parts)];
        match (parts.first(), parts.last()) {
            (Some((_, first)), Some((_, last))) => first.start..last.end,
            _ => 0..0,
        }
    }

    /// The parts of each group.
    pub(super) fn groups(&self) -> &[Range<u32>] {
        &self.groups
    }

    /// The groups that a part depends on.
    pub(super) fn uses(&self, part: u32) -> &[u32] {
        self.uses.get(part)
    }

    /// The parts that depend on a group.
    pub(super) fn users(&self, group: u32) -> &[u32] {
        self.users.get(group)
    }

    /// The groups that a part belongs to.
    pub(super) fn groups_of(&self, part: u32) -> &[u32] {
        self.groups_of.get(part)
    }

    /// The parts of data sources that a part depends on only for what it takes from other states,
    /// which links between states tell; they are in none of the groups that it depends on.
    pub(super) fn links(&self, part: u32) -> &[u32] {
        self.links.get(part)
    }

    /// The parts that depend on a data source's only so.
    pub(super) fn linked(&self, part: u32) -> &[u32] {
        self.linked.get(part)
    }
}

/// What is left of a range when some of its members are taken out.
fn without(range: &Range<u32>, out: &[u32]) -> Vec<Range<u32>> {
    let mut out: Vec<u32> = out
        .iter()
        .copied()
        .filter(|part| range.contains(part))
        .collect();
    out.sort_unstable();
    let mut left = Vec::with_capacity(out.len() + 1);
    let mut start = range.start;
    for part in out {
        left.push(start..part);
        start = part + 1;
    }
    left.push(start..range.end);
    left.retain(|range| !range.is_empty());
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_out_of_a_range_leaves_the_rest() {
        assert_eq!(without(&(2..6), &[9, 3, 1]), [2..3, 4..6]);
        assert_eq!(without(&(2..3), &[2]), []);
        assert_eq!(without(&(2..5), &[4, 2]), vec![3..4; 1]);
    }
}
