//! What stood at an address before a change, and what stands there after it, as it may be shown.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use serde_json::Value;

use super::change::{Change, Origin};
use crate::format::{self, Instance, PathChange, Recording, Redacted, Resource, State};
use crate::inventory::{Extent, Inventory, Opened, Workspace};

/// What of changes is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The attributes before.
    pub before: bool,
    /// The attributes after.
    pub after: bool,
    /// Where they differ.
    pub paths: bool,
}

/// What a change changed, as far as it was asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    /// The attributes before; `None` where there was nothing, or it cannot be read any more.
    pub before: Option<Value>,
    /// The attributes after.
    pub after: Option<Value>,
    /// Where they differ, in the order of the attributes; `None` where one of them is not there.
    pub paths: Option<Vec<PathChange>>,
}

/// Reads versions for what changes changed.
pub struct Reader<'i> {
    inventory: &'i Inventory,
    old: Workspace,
    new: Workspace,
}

/// The positions of a life and of one of its versions.
type At = (usize, usize);

/// The objects of a state by their names.
type Objects<'s> = HashMap<String, (&'s Resource<'s>, &'s Instance<'s>)>;

impl<'i> Reader<'i> {
    /// One for an inventory.
    pub fn new(inventory: &'i Inventory) -> Reader<'i> {
        Reader {
            inventory,
            old: Workspace::default(),
            new: Workspace::default(),
        }
    }

    /// What changes of one version changed, in their order. `life` is the position of their state.
    pub fn show(&mut self, life: usize, changes: &[&Change], wanted: Wanted) -> Vec<Shown> {
        let mut shown = vec![Shown::default(); changes.len()];
        let from = |change: &Change| -> Option<At> {
            match &change.from {
                Some(Origin { place, version }) => Some((place.life, *version)),
                None => Some((life, change.since?)),
            }
        };
        // Nearly always all are told from one version; what came from another state is not.
        let mut groups: Vec<(Option<At>, Vec<usize>)> = Vec::new();
        for (position, change) in changes.iter().enumerate() {
            let from = from(change);
            match groups.iter_mut().find(|(group, _)| *group == from) {
                Some((_, positions)) => positions.push(position),
                None => groups.push((from, vec![position])),
            }
        }
        // What one side hides the other does not show: both are looked at.
        let is_wanted = wanted != Wanted::default();
        for (from, positions) in groups {
            let version = changes[positions[0]].version;
            let old = from.filter(|_| is_wanted);
            let new = Some((life, version)).filter(|_| is_wanted);
            self.pair(old, new, |old, new| {
                let (old, new) = (old.map(Side::of), new.map(Side::of));
                for position in positions {
                    let change = changes[position];
                    shown[position] = show(change, old.as_ref(), new.as_ref(), wanted);
                }
            });
        }
        shown
    }

    /// Opens two versions at a time.
    fn pair(
        &mut self,
        old: Option<At>,
        new: Option<At>,
        visit: impl FnOnce(Option<(&State<'_>, &Redacted<'_>)>, Option<(&State<'_>, &Redacted<'_>)>),
    ) {
        let inventory = self.inventory;
        let new_workspace = &mut self.new;
        open(inventory, old, &mut self.old, |old| {
            open(inventory, new, new_workspace, |new| visit(old, new));
        });
    }
}

/// Opens a version, if there is one to open.
fn open(
    inventory: &Inventory,
    version: Option<At>,
    workspace: &mut Workspace,
    visit: impl FnOnce(Option<(&State<'_>, &Redacted<'_>)>),
) {
    let Some((life, version)) = version else {
        return visit(None);
    };
    let life = &inventory.lives()[life];
    let version = &life.versions[version];
    if version.is_gone() {
        return visit(None);
    }
    inventory.open_version(version, Extent::Values, workspace, |opened| match opened {
        Opened::State(state, redacted) => visit(Some((state, redacted))),
        Opened::Encrypted(_) | Opened::Nothing(_) => visit(None),
    });
}

/// One of the two versions.
struct Side<'s> {
    redacted: &'s Redacted<'s>,
    objects: Objects<'s>,
}

impl<'s> Side<'s> {
    fn of((state, redacted): (&'s State<'s>, &'s Redacted<'s>)) -> Side<'s> {
        let mut objects = Objects::new();
        for resource in &state.resources {
            for instance in &resource.instances {
                let address = resource.instance_address(instance).to_string();
                let name = name(&address, instance.deposed.as_deref());
                objects.insert(name, (resource, instance));
            }
        }
        Side { redacted, objects }
    }

    fn recording(&'s self, address: &str, deposed: Option<&str>) -> Option<Recording<'s>> {
        let (resource, instance) = *self.objects.get(&name(address, deposed))?;
        Some(Recording {
            redacted: self.redacted,
            resource,
            instance,
        })
    }
}

fn name(address: &str, deposed: Option<&str>) -> String {
    let mut name = address.to_owned();
    if let Some(deposed) = deposed {
        let _ = write!(name, " (deposed {deposed})");
    }
    name
}

fn show(change: &Change, old: Option<&Side<'_>>, new: Option<&Side<'_>>, wanted: Wanted) -> Shown {
    let deposed = change.deposed.as_deref();
    let address = |from: &Origin| Arc::clone(&from.place.address);
    let old_address = change
        .from
        .as_ref()
        .map_or_else(|| Arc::clone(&change.address), address);
    let old = old.and_then(|old| old.recording(&old_address, deposed));
    let new = new.filter(|_| !change.ends());
    let new = new.and_then(|new| new.recording(&change.address, deposed));
    let attributes = |side: Option<Recording<'_>>| {
        let Recording {
            redacted,
            resource,
            instance,
        } = side?;
        Some(redacted.attributes(resource, instance))
    };
    let is_wanted = wanted.before || wanted.after;
    let (mut before, mut after) = (
        attributes(old.filter(|_| is_wanted)),
        attributes(new.filter(|_| is_wanted)),
    );
    if let (Some(before), Some(after)) = (&mut before, &mut after) {
        format::hide_alike(before, after);
    }
    Shown {
        before: before.filter(|_| wanted.before),
        after: after.filter(|_| wanted.after),
        paths: match (old, new) {
            (Some(old), Some(new)) if wanted.paths => Some(format::changes(old, new)),
            _ => None,
        },
    }
}
