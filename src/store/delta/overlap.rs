//! Whether what a writer changed meets with what others changed since.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::{Change, Delta, Other, PartKey, TERRAFORM_VERSION};
use crate::format::ObjectKey;

/// A change of a writer's that meets with one of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The part that the writer changed.
    pub key: PartKey,
    /// What the writer did to it.
    pub change: Change,
    /// How they meet.
    pub meeting: Meeting,
    /// The part that others changed, often the same.
    pub other: PartKey,
    /// What they did to it.
    pub other_change: Change,
    /// The last version that did.
    pub version: i64,
    /// Who wrote that version.
    pub author: Option<String>,
    /// When.
    pub at: jiff::Timestamp,
}

/// How two changes meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meeting {
    /// They made something else of the same part.
    Same,
    /// What others put there depends on what the writer removed.
    Dependent,
    /// What the writer put there depends on what others removed.
    Dependency,
    /// Others added an object of a resource that the writer removed whole.
    OfResource,
    /// The writer added an object of a resource that others removed whole.
    Resource,
    /// What the writer put there is the object that others put elsewhere, or removed.
    Object,
    /// Together they removed all that is at a config address, and this object depends on it.
    Last(ObjectKey),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Change::Added => "added",
            Change::Changed => "changed",
            Change::Removed => "removed",
        })
    }
}

/// In one line without a value of the state: what the writer did, and what others did, who and when.
impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} here; ", self.key, self.change)?;
        let other = &self.other;
        match &self.meeting {
            Meeting::Same => {}
            Meeting::Dependent => write!(f, "{other}, which depends on it, was ")?,
            Meeting::Dependency => write!(f, "{other}, which it depends on, was ")?,
            Meeting::Object => write!(f, "{other}, the same object, was ")?,
            Meeting::OfResource | Meeting::Resource => write!(f, "{other} was ")?,
            Meeting::Last(dependent) => {
                write!(f, "{dependent} depends on its resource, whose {other} was ")?;
            }
        }
        write!(f, "{} in version {}", self.other_change, self.version)?;
        if let Some(author) = &self.author {
            write!(f, " by {author}")?;
        }
        write!(f, " at {}", self.at)
    }
}

impl Delta {
    /// Where the changes meet with those that others made from the base to the newest version, each part
    /// once in `others`; none where the delta can be written onto that version.
    ///
    /// - The same part is an overlap where both made something else of it: added, changed or removed it. Where
    ///   both made the same of it, there is none.
    /// - Positions alone never are.
    /// - `terraform_version` never is: the newer of the two stays.
    /// - What one removed and an object that the other put there depends on is one. An object depends on all
    ///   that is at a config address, in whatever instance of a module. Only current objects are depended
    ///   on: a deposed one that leaves is missed by nobody.
    /// - The entry of a resource is a part of its own. Objects that one side adds to a resource of which the
    ///   other removed objects are none, unless that side removed the entry.
    /// - What each removed alone would have left something at a config address, and together nothing: that is
    ///   one where an object that this writer kept depends on it.
    pub fn overlaps(&self, others: &[Other]) -> Vec<Overlap> {
        let theirs: HashMap<&PartKey, &Other> =
            others.iter().map(|other| (&other.key, other)).collect();
        let mut overlaps = self.same(&theirs);
        // What both removed is no more one's than the other's.
        let removed_here = || {
            let both = |key| theirs.get(key).is_some_and(|other| other.after.is_none());
            self.removals
                .iter()
                .map(|removal| &removal.key)
                .filter(move |key| !both(*key))
        };
        let ours: HashSet<&PartKey> = self.removals.iter().map(|removal| &removal.key).collect();
        let removed_there = || {
            let gone = others.iter().filter(|other| other.after.is_none());
            gone.filter(|other| !ours.contains(&other.key))
        };
        self.dependents(removed_here(), others, &mut overlaps);
        self.dependencies(removed_there(), &mut overlaps);
        self.added_to_removed(others, &mut overlaps);
        self.last_ones(removed_there(), others, &mut overlaps);
        overlaps
    }

    /// The parts of which both made something else.
    fn same(&self, theirs: &HashMap<&PartKey, &Other>) -> Vec<Overlap> {
        let puts = self
            .puts
            .iter()
            .map(|put| (&put.key, put.change(), Some(put.fingerprint)));
        let removals = self
            .removals
            .iter()
            .map(|removal| (&removal.key, Change::Removed, None));
        let is_merged =
            |key: &PartKey| matches!(key, PartKey::Top(name) if name == TERRAFORM_VERSION);
        puts.chain(removals)
            .filter_map(|(key, change, after)| {
                let other = theirs.get(key)?;
                (other.after != after && !is_merged(key))
                    .then(|| overlap(key, change, Meeting::Same, other))
            })
            .collect()
    }

    /// What others put there that depends on what is removed here.
    fn dependents<'d>(
        &self,
        removed: impl Iterator<Item = &'d PartKey>,
        others: &[Other],
        overlaps: &mut Vec<Overlap>,
    ) {
        let removed: HashMap<String, &PartKey> = removed
            .filter_map(|key| Some((key.needed_as()?, key)))
            .collect();
        for other in others.iter().filter(|other| other.after.is_some()) {
            let needed = other
                .depends_on
                .iter()
                .find_map(|address| removed.get(address));
            if let Some(key) = needed.filter(|key| **key != &other.key) {
                overlaps.push(overlap(key, Change::Removed, Meeting::Dependent, other));
            }
        }
    }

    /// What is put there here and depends on what others removed.
    fn dependencies<'o>(
        &self,
        removed: impl Iterator<Item = &'o Other>,
        overlaps: &mut Vec<Overlap>,
    ) {
        let removed: HashMap<String, &Other> = removed
            .filter_map(|other| Some((other.key.needed_as()?, other)))
            .collect();
        for put in &self.puts {
            let needed = put
                .depends_on
                .iter()
                .find_map(|address| removed.get(address));
            if let Some(other) = needed.filter(|other| other.key != put.key) {
                overlaps.push(overlap(&put.key, put.change(), Meeting::Dependency, other));
            }
        }
    }

    /// Objects that one side added to a resource whose entry the other removed.
    fn added_to_removed(&self, others: &[Other], overlaps: &mut Vec<Overlap>) {
        let here = self.removals.iter().map(|removal| &removal.key);
        let here: HashSet<_> = here.filter_map(PartKey::resource).collect();
        let added = others.iter().filter(|other| other.change == Change::Added);
        for other in added {
            let resource = other.key.object().map(|object| &object.resource);
            if let Some(resource) = resource.filter(|resource| here.contains(resource)) {
                let key = PartKey::Resource(resource.clone());
                overlaps.push(overlap(&key, Change::Removed, Meeting::OfResource, other));
            }
        }
        let gone = others.iter().filter(|other| other.after.is_none());
        let there: HashMap<_, _> = gone
            .filter_map(|other| Some((other.key.resource()?, other)))
            .collect();
        for put in self.puts.iter().filter(|put| put.before.is_none()) {
            let resource = put.key.object().map(|object| &object.resource);
            if let Some(other) = resource.and_then(|resource| there.get(resource)) {
                overlaps.push(overlap(&put.key, Change::Added, Meeting::Resource, other));
            }
        }
    }

    /// Removals that leave nothing together at a config address that something depends on.
    fn last_ones<'o>(
        &self,
        removed: impl Iterator<Item = &'o Other>,
        others: &[Other],
        overlaps: &mut Vec<Overlap>,
    ) {
        if self.shrunk.is_empty() {
            return;
        }
        let mut gone: HashMap<String, (usize, &Other)> = HashMap::new();
        for other in removed {
            if let Some(address) = other.key.needed_as() {
                gone.entry(address).or_insert((0, other)).0 += 1;
            }
        }
        let added = others.iter().filter(|other| other.change == Change::Added);
        let added: HashSet<String> = added.filter_map(|other| other.key.needed_as()).collect();
        // What they put there instead is looked at as what they put there.
        let touched: HashSet<&ObjectKey> = others
            .iter()
            .filter_map(|other| other.key.object())
            .collect();
        for (address, shrunk) in &self.shrunk {
            let Some((_, other)) = gone.get(address).filter(|(count, _)| *count >= shrunk.left)
            else {
                continue;
            };
            let dependent = shrunk.dependents.iter().find(|key| !touched.contains(key));
            let ours = (self.removals.iter().map(|removal| &removal.key))
                .find(|key| key.needed_as().as_ref() == Some(address));
            if let (Some(dependent), Some(key), false) = (dependent, ours, added.contains(address))
            {
                let meeting = Meeting::Last(dependent.clone());
                overlaps.push(overlap(key, Change::Removed, meeting, other));
            }
        }
    }
}

fn overlap(key: &PartKey, change: Change, meeting: Meeting, other: &Other) -> Overlap {
    Overlap {
        key: key.clone(),
        change,
        meeting,
        other: other.key.clone(),
        other_change: other.change,
        version: other.version,
        author: other.author.clone(),
        at: other.at,
    }
}
