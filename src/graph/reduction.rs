//! Which recorded dependencies are implied by others.
//!
//! Terraform records all that an instance depends on, at any distance: where c depends on b and b on
//! a, c records both. Without those that others imply, distances mean something again, and a picture
//! can be read. Nothing is lost: what could be reached before can be reached after.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::packed::{Lists, number, positions};
use super::recorded::{Part, Target};

/// Marks what is implied: a dependency of a part on others each of which another of its dependencies
/// records too.
///
/// In what has no cycles that keeps every longest chain between two parts, and so each end in reach
/// of the other. A part on a cycle implies nothing, and all its own dependencies stay.
pub(super) fn mark_implied(lists: &[Vec<u32>], parts: &mut [Part]) {
    let on_cycle = on_cycles(parts);
    let mut cover = Cover {
        lists,
        parts,
        on_cycle: &on_cycle,
        known: HashMap::new(),
    };
    let dependents = dependents(lists, parts);
    let implied: Vec<(usize, usize)> = (0..parts.len())
        .filter(|part| !on_cycle[*part])
        .flat_map(|part| (0..parts[part].targets.len()).map(move |target| (part, target)))
        .filter(|(part, target)| cover.is_implied(*part, *target, &dependents))
        .collect();
    for (part, target) in implied {
        parts[part].targets[target].is_implied = true;
    }
}

/// For each config that is depended on those that record it in any part, sorted.
fn dependents(lists: &[Vec<u32>], parts: &[Part]) -> HashMap<u32, Vec<u32>> {
    let records: BTreeSet<(u32, u32)> = parts.iter().map(|part| (part.config, part.list)).collect();
    let mut dependents: HashMap<u32, Vec<u32>> = HashMap::new();
    for (config, list) in records {
        for item in &lists[list as usize] {
            let known = dependents.entry(*item).or_default();
            if known.last() != Some(&config) {
                known.push(config);
            }
        }
    }
    dependents
}

/// The positions in a sorted list of what another one has too. What is longer is searched for what
/// is shorter: of long lists few are asked for more than their first common item.
fn common<'l>(list: &'l [u32], other: &'l [u32]) -> impl Iterator<Item = usize> + 'l {
    let (short, long) = match list.len() <= other.len() {
        true => (list, other),
        false => (other, list),
    };
    let both = short.iter().filter(|item| long.binary_search(item).is_ok());
    both.filter_map(|item| list.binary_search(item).ok())
}

/// Which dependencies record which others.
struct Cover<'p> {
    lists: &'p [Vec<u32>],
    parts: &'p [Part],
    on_cycle: &'p [bool],
    /// What was found of two ranges of parts before.
    known: HashMap<(Range<u32>, Range<u32>), bool>,
}

impl Cover<'_> {
    fn is_implied(
        &mut self,
        part: usize,
        target: usize,
        dependents: &HashMap<u32, Vec<u32>>,
    ) -> bool {
        let part = &self.parts[part];
        let wanted = &part.targets[target].parts;
        let list = &self.lists[part.list as usize];
        let config = list[target];
        let dependents = dependents.get(&config).map_or(&[][..], Vec::as_slice);
        !wanted.is_empty()
            && common(list, dependents)
                .filter(|through| *through != target)
                .any(|through| self.covers(&part.targets[through].parts, config, wanted))
    }

    /// Whether the parts of `through` together record all of `wanted`, which are of `config`.
    fn covers(&mut self, through: &Range<u32>, config: u32, wanted: &Range<u32>) -> bool {
        let pair = (through.clone(), wanted.clone());
        if let Some(known) = self.known.get(&pair) {
            return *known;
        }
        let covers = self.find(through, config, wanted);
        self.known.insert(pair, covers);
        covers
    }

    fn find(&self, through: &Range<u32>, config: u32, wanted: &Range<u32>) -> bool {
        let mut within: Vec<(u32, u32)> = Vec::new();
        for part in positions(through) {
            let Some(target) = self.target(part, config).filter(|_| !self.on_cycle[part]) else {
                continue;
            };
            let found = &target.parts;
            if found.start <= wanted.start && wanted.end <= found.end {
                return true;
            }
            if wanted.start <= found.start && found.end <= wanted.end {
                within.push((found.start, found.end));
            }
        }
        // What stands in other instances of a module is apart, and in the same is the same.
        within.sort_unstable();
        within.dedup();
        let covered: usize = within
            .iter()
            .map(|(start, end)| positions(&(*start..*end)).len())
            .sum();
        covered == positions(wanted).len()
    }

    fn target(&self, part: usize, config: u32) -> Option<&Target> {
        let part = &self.parts[part];
        let position = self.lists[part.list as usize].binary_search(&config).ok()?;
        part.targets.get(position)
    }
}

/// For each part whether it is on a cycle, or between two.
fn on_cycles(parts: &[Part]) -> Vec<bool> {
    let mut groups: HashMap<Range<u32>, u32> = HashMap::new();
    let mut forward = Lists::default();
    for part in parts {
        let targets = part.targets.iter();
        forward.push(targets.map(|target| {
            let next = number(parts.len() + groups.len());
            *groups.entry(target.parts.clone()).or_insert(next)
        }));
    }
    let mut groups: Vec<(u32, Range<u32>)> = groups
        .into_iter()
        .map(|(range, position)| (position, range))
        .collect();
    groups.sort_unstable_by_key(|(position, _)| *position);
    for (_, range) in groups {
        forward.push(range);
    }
    let backward = forward.turned(forward.len());
    let mut left = vec![true; forward.len()];
    peel(&forward, &backward, &mut left);
    peel(&backward, &forward, &mut left);
    left.truncate(parts.len());
    left
}

/// Takes away, again and again, what nothing that is left leads to.
fn peel(forward: &Lists, backward: &Lists, left: &mut [bool]) {
    let leads_to = |thing: u32, left: &[bool]| {
        let before = backward.get(thing).iter();
        before.filter(|before| left[**before as usize]).count()
    };
    let things = 0..number(left.len());
    let mut into: Vec<usize> = things.clone().map(|thing| leads_to(thing, left)).collect();
    let mut bare: Vec<u32> = things
        .filter(|thing| left[*thing as usize] && into[*thing as usize] == 0)
        .collect();
    while let Some(thing) = bare.pop() {
        left[thing as usize] = false;
        for next in forward.get(thing) {
            let next_into = &mut into[*next as usize];
            *next_into = next_into.saturating_sub(1);
            if *next_into == 0 && left[*next as usize] {
                bare.push(*next);
            }
        }
    }
}
