//! Which of the loaded states is the one that another state names.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::agreement::{agreement, agrees, are_disjoint, real};
use super::evidence::Source;
use super::reasons::{
    ambiguous, contested, none_of_the_outputs, not_sure, nothing_found, unreadable,
};
use super::target::Target;
use crate::format::{CopiedOutput, Produced};

/// How a producer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// It lies at the very place that the consumer names.
    Uri,
    /// It lies where a copy of that place would: its path ends as the backend lays states out.
    PathSuffix,
    /// It alone has the outputs that the consumer copied.
    Outputs,
}

impl Confidence {
    /// The word for it in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidence::Uri => "uri",
            Confidence::PathSuffix => "path_suffix",
            Confidence::Outputs => "outputs",
        }
    }
}

/// A document that may be what another state names.
#[derive(Debug)]
pub(super) struct Loaded<'a> {
    /// Its position in the inventory.
    pub(super) position: usize,
    pub(super) name: &'a str,
    pub(super) uri: &'a str,
    pub(super) workspace: &'a str,
    pub(super) content: Content<'a>,
}

/// What is known of a document's outputs.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content<'a> {
    Outputs(&'a Produced),
    /// It is a state, but encrypted.
    Hidden,
    /// It could not be read.
    Unreadable,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
struct Wanted<'a> {
    /// The position of the state that names it.
    consumer: usize,
    target: &'a Target,
    copied: &'a [CopiedOutput],
}

/// Every document, to look producers up in.
pub(super) struct Candidates<'a> {
    loaded: Vec<Loaded<'a>>,
    parts: Vec<Vec<&'a str>>,
    by_uri: HashMap<&'a str, usize>,
    by_file_name: HashMap<&'a str, Vec<usize>>,
    by_output: HashMap<&'a str, Vec<usize>>,
    containers: HashSet<&'a str>,
}

/// A candidate whose path ends as one of the layouts.
pub(super) struct Match<'c, 'a> {
    pub(super) loaded: &'c Loaded<'a>,
    pub(super) layout: &'c [String],
    is_in_container: bool,
}

impl<'a> Candidates<'a> {
    /// Takes all documents, and the targets of all consumers: a folder that has the name of another
    /// target's bucket is no place for this one's states.
    pub(super) fn new(loaded: Vec<Loaded<'a>>, targets: impl Iterator<Item = &'a Target>) -> Self {
        let parts: Vec<Vec<&str>> = loaded
            .iter()
            .map(|one| one.uri.split('/').filter(|part| !part.is_empty()).collect())
            .collect();
        let mut by_file_name: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_output: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, (one, parts)) in loaded.iter().zip(&parts).enumerate() {
            if let Some(name) = parts.last() {
                by_file_name.entry(name).or_default().push(index);
            }
            if let Content::Outputs(produced) = one.content {
                for output in &produced.outputs {
                    by_output.entry(&output.name).or_default().push(index);
                }
            }
        }
        Candidates {
            by_uri: loaded
                .iter()
                .enumerate()
                .map(|(index, one)| (one.uri, index))
                .collect(),
            containers: targets
                .filter_map(|target| target.container.as_deref())
                .collect(),
            loaded,
            parts,
            by_file_name,
            by_output,
        }
    }

    /// The position of the producer in the inventory and how it was found.
    ///
    /// # Errors
    ///
    /// Why there is none, in one sentence.
    fn resolve(&self, wanted: Wanted<'_>) -> Result<(usize, Confidence), String> {
        if let Some(found) = self.at_uri(wanted) {
            return found.map(|position| (position, Confidence::Uri));
        }
        let by_path = self.by_path(wanted);
        if let Ok(Some(position)) = by_path {
            return Ok((position, Confidence::PathSuffix));
        }
        if let Some(position) = self.by_outputs(wanted) {
            return Ok((position, Confidence::Outputs));
        }
        by_path.and_then(|_| Err(nothing_found(wanted.target)))
    }

    /// The state at the very place.
    fn at_uri(&self, wanted: Wanted<'_>) -> Option<Result<usize, String>> {
        let uri = wanted.target.uri.as_deref()?;
        let one = self.loaded.get(*self.by_uri.get(uri)?)?;
        if one.position == wanted.consumer && !agrees(wanted.copied, one.content) {
            return None;
        }
        Some(match one.content {
            Content::Unreadable => Err(unreadable(one)),
            Content::Outputs(_) | Content::Hidden => Ok(one.position),
        })
    }

    /// The state whose path ends as the backend lays states out: the one in a folder of the bucket's
    /// name before others, the longest match before shorter ones, and of several as long the one
    /// whose outputs agree.
    fn by_path(&self, wanted: Wanted<'_>) -> Result<Option<usize>, String> {
        let matches = self.matches(wanted.target);
        let is_disjoint =
            |found: &&Match<'_, '_>| are_disjoint(wanted.copied, found.loaded.content);
        let (disjoint, possible): (Vec<_>, Vec<_>) = matches.iter().partition(is_disjoint);
        let is_reliable = |found: &&&Match<'_, '_>| {
            (is_telling(found, wanted.target) && found.loaded.position != wanted.consumer)
                || agrees(wanted.copied, found.loaded.content)
        };
        let reliable: Vec<_> = possible
            .iter()
            .copied()
            .filter(|found| is_reliable(&found))
            .collect();
        let rank = |found: &&&Match<'_, '_>| (found.is_in_container, found.layout.len());
        let Some(best) = reliable.iter().map(|found| rank(&found)).max() else {
            let other = possible
                .iter()
                .find(|found| found.loaded.position != wanted.consumer);
            return match (other, disjoint.first()) {
                (Some(weak), _) => Err(not_sure(wanted.target, weak)),
                (None, Some(disjoint)) => Err(none_of_the_outputs(wanted.target, disjoint.loaded)),
                (None, None) => Ok(None),
            };
        };
        let best: Vec<_> = reliable
            .into_iter()
            .filter(|found| rank(&found) == best)
            .collect();
        let found = match best.as_slice() {
            [one] => one,
            several => best_agreement(wanted.copied, several)
                .or_else(|| first_layout(wanted.target, several))
                .ok_or_else(|| ambiguous(several))?,
        };
        match found.loaded.content {
            Content::Unreadable => Err(unreadable(found.loaded)),
            Content::Outputs(_) | Content::Hidden => Ok(Some(found.loaded.position)),
        }
    }

    /// Every candidate with the longest layout that its path ends with.
    fn matches<'c>(&'c self, target: &'c Target) -> Vec<Match<'c, 'a>> {
        let mut matches: Vec<Match<'c, 'a>> = Vec::new();
        for layout in &target.layouts {
            let Some(name) = layout.last() else { continue };
            for index in self.by_file_name.get(name.as_str()).into_iter().flatten() {
                let (loaded, parts) = (&self.loaded[*index], &self.parts[*index]);
                let Some(above) = above(parts, layout) else {
                    continue;
                };
                if self.is_of_another(loaded, above, target) {
                    continue;
                }
                let found = Match {
                    loaded,
                    layout,
                    is_in_container: target
                        .container
                        .as_ref()
                        .is_some_and(|own| above.contains(&own.as_str())),
                };
                match matches
                    .iter_mut()
                    .find(|known| known.loaded.position == loaded.position)
                {
                    Some(known) if known.layout.len() < layout.len() => *known = found,
                    Some(_) => {}
                    None => matches.push(found),
                }
            }
        }
        matches
    }

    /// Whether a path that ends right is that of another workspace or another bucket.
    fn is_of_another(&self, loaded: &Loaded<'_>, above: &[&str], target: &Target) -> bool {
        let is_default = target.workspace == "default";
        let other_workspace = (loaded.workspace != "default"
            && loaded.workspace != target.workspace)
            || (is_default
                && target.workspaces.as_ref().is_some_and(|prefix| {
                    let above = above
                        .split_last()
                        .map_or(above, |(_workspace, above)| above);
                    self::above(above, prefix).is_some()
                }));
        let other_container = target.container.as_ref().is_some_and(|own| {
            above
                .last()
                .is_some_and(|last| last != own && self.containers.contains(last))
        });
        other_workspace || other_container
    }

    /// The one state that has every copied output and whose distinctive ones are all equal; of
    /// several the one with the fewest others, as a data source copies all.
    fn by_outputs(&self, wanted: Wanted<'_>) -> Option<usize> {
        let rarest = real(wanted.copied)
            .filter(|output| output.is_distinctive)
            .map(|output| {
                self.by_output
                    .get(&*output.name)
                    .map_or(&[][..], Vec::as_slice)
            })
            .min_by_key(|states| states.len())?;
        let mut equal: Vec<(usize, usize)> = rarest
            .iter()
            .filter_map(|index| self.loaded.get(*index))
            .filter(|one| one.position != wanted.consumer)
            .filter(|one| {
                let agreement = agreement(wanted.copied, one.content);
                agreement.has_all && agreement.equal > 0 && agreement.different == 0
            })
            .filter_map(|one| match one.content {
                Content::Outputs(produced) => Some((produced.outputs.len(), one.position)),
                Content::Hidden | Content::Unreadable => None,
            })
            .collect();
        equal.sort_unstable();
        match equal.as_slice() {
            [(_, one)] => Some(*one),
            [(fewest, one), (more, _), ..] if fewest < more => Some(*one),
            _ => None,
        }
    }
}

/// What of a path stands above a layout that it ends with.
fn above<'p, 'a>(path: &'p [&'a str], layout: &[String]) -> Option<&'p [&'a str]> {
    let above = path.len().checked_sub(layout.len())?;
    let (above, end) = path.split_at(above);
    end.iter()
        .zip(layout)
        .all(|(one, other)| one == other)
        .then_some(above)
}

/// Whether a match says more than that a file is called as many are.
fn is_telling(found: &Match<'_, '_>, target: &Target) -> bool {
    let is_generic = |part: &String| {
        const NAMES: [&str; 24] = [
            "",
            "backend",
            "default",
            "dev",
            "development",
            "env:",
            "global",
            "infra",
            "live",
            "main",
            "prod",
            "production",
            "qa",
            "remote",
            "shared",
            "stage",
            "staging",
            "state",
            "states",
            "test",
            "terraform",
            "terraform_remote_state",
            "tf",
            "tfstate",
        ];
        let name = part.strip_suffix(".tfstate").unwrap_or(part);
        let name = name.strip_suffix(".json").unwrap_or(name);
        NAMES.contains(&name) || *part == target.workspace
    };
    found.is_in_container || !found.layout.iter().all(is_generic)
}

/// Of several matches the one that has all outputs and more equal ones than any other.
fn best_agreement<'m, 'c, 'a>(
    copied: &[CopiedOutput],
    several: &'m [&'c Match<'c, 'a>],
) -> Option<&'m &'c Match<'c, 'a>> {
    let mut ranked: Vec<(usize, &&Match<'_, '_>)> = several
        .iter()
        .map(|found| (agreement(copied, found.loaded.content), found))
        .filter(|(agreement, _)| agreement.has_all && agreement.equal > 0)
        .map(|(agreement, found)| (agreement.equal, found))
        .collect();
    ranked.sort_by_key(|(equal, _)| Reverse(*equal));
    match ranked.as_slice() {
        [(_, one)] => Some(*one),
        [(most, one), (fewer, _), ..] if most > fewer => Some(*one),
        _ => None,
    }
}

/// Of several matches the one that is called as the backend itself calls states, or next to it.
fn first_layout<'m, 'c, 'a>(
    target: &Target,
    several: &'m [&'c Match<'c, 'a>],
) -> Option<&'m &'c Match<'c, 'a>> {
    target.layouts.iter().find_map(|layout| {
        let mut called_so = several.iter().filter(|found| found.layout == *layout);
        called_so.next().filter(|_| called_so.next().is_none())
    })
}

/// What a consumer was found to read.
struct Claim<'a> {
    wanted: Wanted<'a>,
    backend: &'a str,
    resolved: Result<(usize, Confidence), String>,
}

impl Candidates<'_> {
    /// The producer of each source, given with the position of its state; an error says in one
    /// sentence why there is none.
    pub(super) fn resolve_all(
        &self,
        sources: &[(usize, &Source)],
    ) -> Vec<Result<(usize, Confidence), String>> {
        let mut claims: Vec<Claim<'_>> = Vec::with_capacity(sources.len());
        for (consumer, source) in sources {
            let wanted = Wanted {
                consumer: *consumer,
                target: &source.target,
                copied: &source.copied.outputs,
            };
            claims.push(Claim {
                wanted,
                backend: &source.copied.backend,
                resolved: self.resolve(wanted),
            });
        }
        self.settle(&mut claims);
        claims.into_iter().map(|claim| claim.resolved).collect()
    }

    /// Takes back what cannot be: one copy is not that of two places. Where consumers that name
    /// different places of one backend were given the same copy, those keep it whose copied outputs
    /// agree with it.
    fn settle(&self, claims: &mut [Claim<'_>]) {
        let mut places: HashMap<(usize, &str), HashSet<&str>> = HashMap::new();
        for claim in claims.iter() {
            if let (Some(position), Some(uri)) = (claim.copy(), &claim.wanted.target.uri) {
                places
                    .entry((position, claim.backend))
                    .or_default()
                    .insert(uri);
            }
        }
        for claim in claims.iter_mut() {
            let Some(position) = claim.copy() else {
                continue;
            };
            let is_contested = places
                .get(&(position, claim.backend))
                .is_some_and(|places| places.len() > 1);
            let loaded = self.loaded.iter().find(|one| one.position == position);
            if let Some(loaded) = loaded.filter(|_| is_contested)
                && !agrees(claim.wanted.copied, loaded.content)
            {
                claim.resolved = Err(contested(claim.wanted.target, loaded));
            }
        }
    }
}

impl Claim<'_> {
    /// The position of the state that is taken for a copy of a place elsewhere.
    fn copy(&self) -> Option<usize> {
        match self.resolved {
            Ok((position, Confidence::PathSuffix)) if !self.backend.ends_with("local") => {
                Some(position)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
