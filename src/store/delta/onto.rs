//! What of a delta is to be written onto a version that others made since.

use std::collections::{HashMap, HashSet};

use super::{
    Change, Delta, Fingerprint, Other, PartKey, Removal, TERRAFORM_VERSION, fingerprint, top,
};
use crate::format::{Parts, ResourceKey, TopMember};

impl Delta {
    /// The delta to the newest version that comes to the same as this one to the base, if the two do not
    /// [overlap](Self::overlaps) with what others changed in between; `newest` are the members of that
    /// version's document, `parts` the writer's document.
    ///
    /// What others changed in the same way is left out, and `before` is what the newest version holds. What they
    /// changed and this writer only moved stays where they have it. Of two
    /// values of `terraform_version` the newer one stays. An entry of a resource of which this writer and
    /// the others removed the last objects together is removed.
    pub fn onto(mut self, others: &[Other], newest: &[TopMember], parts: &Parts) -> Delta {
        let theirs: HashMap<&PartKey, Option<Fingerprint>> = others
            .iter()
            .map(|other| (&other.key, other.after))
            .collect();
        self.remove_emptied(others, &theirs);
        self.puts
            .retain(|put| theirs.get(&put.key) != Some(&Some(put.fingerprint)));
        self.removals
            .retain(|removal| theirs.get(&removal.key) != Some(&None));
        // What moves is written anew as this writer has it.
        self.moves.retain(|moved| !theirs.contains_key(&moved.key));
        self.keep_newer(newest, parts);
        self
    }

    /// Removes the entries of resources whose last objects are gone by what both sides removed.
    fn remove_emptied(
        &mut self,
        others: &[Other],
        theirs: &HashMap<&PartKey, Option<Fingerprint>>,
    ) {
        let ours: HashSet<&PartKey> = self.removals.iter().map(|removal| &removal.key).collect();
        let mut gone: HashMap<&ResourceKey, usize> = HashMap::new();
        let mut grown: HashSet<&ResourceKey> = HashSet::new();
        for other in others {
            let Some(object) = other.key.object() else {
                continue;
            };
            match other.change {
                Change::Removed if !ours.contains(&other.key) => {
                    *gone.entry(&object.resource).or_default() += 1;
                }
                Change::Added => drop(grown.insert(&object.resource)),
                _ => {}
            }
        }
        let added = self.puts.iter().filter(|put| put.before.is_none());
        grown.extend(added.filter_map(|put| Some(&put.key.object()?.resource)));
        let emptied: Vec<Removal> = (self.thinned.iter())
            .filter(|(key, thinned)| {
                let gone = gone.get(key).copied().unwrap_or_default();
                thinned.left > 0 && gone >= thinned.left && !grown.contains(key)
            })
            .filter_map(|(resource, thinned)| {
                let key = PartKey::Resource(resource.clone());
                let before = match theirs.get(&key) {
                    // They removed it themselves.
                    Some(None) => return None,
                    Some(Some(after)) => *after,
                    None => thinned.entry,
                };
                Some(Removal { key, before })
            })
            .collect();
        let is_emptied = |key: &PartKey| emptied.iter().any(|removal| removal.key == *key);
        self.puts.retain(|put| !is_emptied(&put.key));
        self.moves.retain(|moved| !is_emptied(&moved.key));
        self.removals.extend(emptied);
    }

    /// Leaves the newest version's `terraform_version` where it is newer than the writer's.
    fn keep_newer(&mut self, newest: &[TopMember], parts: &Parts) {
        let key = PartKey::Top(TERRAFORM_VERSION.to_owned());
        let Some(theirs) = top::text(newest, TERRAFORM_VERSION) else {
            // Whoever removed it, there is none to compare with.
            for put in self.puts.iter_mut().filter(|put| put.key == key) {
                put.before = None;
            }
            self.removals.retain(|removal| removal.key != key);
            return;
        };
        let before = fingerprint(&[theirs]);
        self.removals
            .retain(|removal| removal.key != key || removal.before == before);
        let is_older = top::text(&parts.top, TERRAFORM_VERSION)
            .is_some_and(|ours| top::is_newer(theirs, ours) && theirs != ours);
        self.puts
            .retain(|put| put.key != key || !is_older || put.before == Some(before));
        for put in self.puts.iter_mut().filter(|put| put.key == key) {
            put.before = Some(before);
        }
    }
}
