//! Which state a plan belongs to: as the user said, by the folder it lies in, or by the objects that were
//! there before it.

use std::collections::HashSet;
use std::num::NonZeroUsize;

use super::plans::{FoundPlan, ReadPlan};
use super::{Extent, Inventory, Outcome, StateFile, has_state_name};
use crate::format::{Digest, Digester, Mode, State, object_key};
use crate::source::Content;

/// What a state shares with plans of which it is not known where they belong, one number for each.
type Shared = Vec<usize>;

impl Inventory {
    /// The plans with their states. Says of those whose state cannot be told what to do.
    pub(super) fn assigned(
        &self,
        mut plans: Vec<ReadPlan>,
        digester: &Digester,
        threads: NonZeroUsize,
    ) -> Vec<FoundPlan> {
        for plan in &mut plans {
            if plan.plan.state.is_none() {
                plan.plan.state = self.state_beside(plan);
            }
        }
        let unsure: Vec<usize> = (0..plans.len())
            .filter(|position| plans[*position].plan.state.is_none())
            .collect();
        if !unsure.is_empty() {
            let wanted: Vec<&HashSet<_>> = unsure.iter().map(|it| &plans[*it].objects).collect();
            let shared = self.survey(threads, Extent::Values, |_, state, _| {
                shared(state, &wanted, digester)
            });
            let found: Vec<Option<usize>> = wanted
                .iter()
                .enumerate()
                .map(|(number, objects)| best(&shared, number, objects.len()))
                .collect();
            let has_state = self
                .files
                .iter()
                .any(|file| file.outcome() == Some(&Outcome::Loaded));
            for (position, state) in unsure.into_iter().zip(found) {
                plans[position].plan.state = state;
                if state.is_none() && has_state {
                    let uri = &self.files[plans[position].plan.file].found.uri;
                    self.note(format!(
                        "{uri} does not tell which state it is a plan of; name the state with --plan STATE=FILE"
                    ));
                }
            }
        }
        plans.into_iter().map(|read| read.plan).collect()
    }

    /// The one state in the folder of a plan, or that of the plan's workspace below it. A plan that does not
    /// tell its workspace may be of any that has a state there.
    fn state_beside(&self, plan: &ReadPlan) -> Option<usize> {
        let folder = folder(&self.files[plan.plan.file])?;
        let workspaces = format!("{folder}/terraform.tfstate.d/");
        let states = || {
            let files = self.files.iter().enumerate();
            files.filter(|(_, file)| !file.is_plan() && has_state_name(file.found.path.as_ref()))
        };
        let workspace = plan.workspace.as_deref();
        let below = match workspace {
            Some("default") => None,
            Some(workspace) => Some(format!("{workspaces}{workspace}")),
            None if states().any(|(_, file)| file.found.uri.starts_with(&workspaces)) => {
                return None;
            }
            None => None,
        };
        let wanted = below.as_deref().unwrap_or(folder);
        let mut there = states().filter(|(_, file)| self::folder(file) == Some(wanted));
        match (there.next(), there.next()) {
            (Some((position, _)), None) => Some(position),
            _ => None,
        }
    }
}

/// The folder that a local document lies in.
fn folder(file: &StateFile) -> Option<&str> {
    let is_local = matches!(file.found.content, Content::File(_));
    let uri = file.found.uri.rsplit_once('/').map(|(folder, _)| folder);
    uri.filter(|_| is_local)
}

/// How many of each plan's objects a state has under the same address.
fn shared(state: &State<'_>, wanted: &[&HashSet<(String, Digest)>], digester: &Digester) -> Shared {
    let mut counts = vec![0; wanted.len()];
    let managed = state
        .resources
        .iter()
        .filter(|resource| resource.mode() == Mode::Managed);
    for resource in managed {
        for instance in &resource.instances {
            let Some(key) = object_key(resource, instance, digester) else {
                continue;
            };
            if instance.deposed.is_some() {
                continue;
            }
            let pair = (resource.instance_address(instance).to_string(), key);
            for (count, objects) in counts.iter_mut().zip(wanted) {
                *count += usize::from(objects.contains(&pair));
            }
        }
    }
    counts
}

/// The state that has at least half of a plan's objects, and twice as many as any other.
fn best(shared: &[Option<Shared>], number: usize, objects: usize) -> Option<usize> {
    let count = |counts: &Option<Shared>| counts.as_ref().map_or(0, |counts| counts[number]);
    let mut ranked: Vec<(usize, usize)> = shared.iter().map(count).zip(0..).collect();
    ranked.sort_by_key(|(count, position)| (std::cmp::Reverse(*count), *position));
    let (most, state) = *ranked.first()?;
    let next = ranked.get(1).map_or(0, |(count, _)| *count);
    (most > 0 && most * 2 >= objects && most >= next * 2).then_some(state)
}
