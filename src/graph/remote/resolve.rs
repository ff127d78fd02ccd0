//! Which of the loaded states is the one that another state names.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::agreement::{agreement, agrees, are_disjoint, contradicts, has_all, real};
use super::matches::{Match, Proof, is_generic};
use super::reasons::{ambiguous, none_of_the_outputs, not_sure, nothing_found, unreadable};
use super::target::{Guess, Target, comparable};
use crate::format::{CopiedOutput, Produced, Weight};

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
pub(super) struct Wanted<'a> {
    /// The position of the state that names it.
    pub(super) consumer: usize,
    pub(super) target: &'a Target,
    pub(super) copied: &'a [CopiedOutput],
}

/// Every document, to look producers up in.
pub(super) struct Candidates<'a> {
    loaded: Vec<Loaded<'a>>,
    parts: Vec<Vec<&'a str>>,
    by_uri: HashMap<Cow<'a, str>, usize>,
    by_file_name: HashMap<&'a str, Vec<usize>>,
    by_output: HashMap<&'a str, Vec<usize>>,
    /// The names of buckets, accounts, hosts and the like that any consumer reads from.
    outer: HashSet<&'a str>,
    /// Who reads which place, by position.
    readers: HashSet<(usize, &'a str)>,
}

impl<'a> Candidates<'a> {
    /// Takes all documents, and the targets of all consumers with the positions of these: a folder
    /// that has the name of another target's bucket is no place for this one's states, and a state
    /// that reads a place itself is not the one there.
    pub(super) fn new(
        loaded: Vec<Loaded<'a>>,
        targets: impl Iterator<Item = (usize, &'a Target)> + Clone,
    ) -> Self {
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
        let outer = targets.clone().flat_map(|(_, target)| &target.outer);
        let read = |(reader, target): (usize, &'a Target)| Some((reader, target.uri.as_deref()?));
        Candidates {
            by_uri: loaded
                .iter()
                .enumerate()
                .map(|(index, one)| (comparable(one.uri), index))
                .collect(),
            outer: outer
                .map(String::as_str)
                .filter(|name| !is_generic(name))
                .collect(),
            readers: targets.filter_map(read).collect(),
            loaded,
            parts,
            by_file_name,
            by_output,
        }
    }

    /// The document at a position of the inventory.
    pub(super) fn at(&self, position: usize) -> Option<&Loaded<'a>> {
        self.loaded.iter().find(|one| one.position == position)
    }

    /// The position of the producer in the inventory and how it was found.
    ///
    /// # Errors
    ///
    /// Why there is none, in one sentence.
    pub(super) fn resolve(&self, wanted: Wanted<'_>) -> Result<(usize, Confidence), String> {
        let matches = self.matches(wanted.target);
        if let Some(one) = self.at_uri(wanted) {
            return match better_than_guess(wanted, one, &matches) {
                Some(other) => readable(other, Confidence::PathSuffix),
                None => readable(one, Confidence::Uri),
            };
        }
        let by_path = by_path(wanted, &matches);
        if let Ok(Some(one)) = by_path {
            return readable(one, Confidence::PathSuffix);
        }
        if let Some(position) = self.by_outputs(wanted) {
            return Ok((position, Confidence::Outputs));
        }
        by_path.and_then(|_| Err(nothing_found(wanted.target)))
    }

    /// The state at the very place. Where that is a guess, one with none of the copied outputs is
    /// not it.
    fn at_uri(&self, wanted: Wanted<'_>) -> Option<&Loaded<'a>> {
        let uri = wanted.target.uri.as_deref()?;
        let one = self.loaded.get(*self.by_uri.get(&*comparable(uri))?)?;
        let is_own = one.position == wanted.consumer && !agrees(wanted.copied, one.content);
        let is_wrong = wanted.target.guess.is_some() && are_disjoint(wanted.copied, one.content);
        (!is_own && !is_wrong).then_some(one)
    }

    /// Every candidate with the longest layout that its path ends with.
    fn matches<'c>(&'c self, target: &'c Target) -> Vec<Match<'c, 'a>> {
        let mut matches: Vec<Match<'c, 'a>> = Vec::new();
        for layout in &target.layouts {
            let Some(name) = layout.path.last() else {
                continue;
            };
            for index in self.by_file_name.get(name.as_str()).into_iter().flatten() {
                let (loaded, parts) = (&self.loaded[*index], &self.parts[*index]);
                let Some(found) = Match::of(loaded, parts, layout, target, &self.outer) else {
                    continue;
                };
                let known = matches
                    .iter_mut()
                    .find(|known| known.loaded.position == loaded.position);
                match known {
                    Some(known) if known.layout.path.len() < layout.path.len() => *known = found,
                    Some(_) => {}
                    None => matches.push(found),
                }
            }
        }
        matches
    }

    /// The one state that the copied outputs tell from all others; of several the one with the
    /// fewest others, as a data source copies all. A state that copied them from the same place only
    /// passes them on.
    fn by_outputs(&self, wanted: Wanted<'_>) -> Option<usize> {
        let rarest = real(wanted.copied)
            .filter(|output| output.weight >= Weight::Distinctive)
            .map(|output| {
                self.by_output
                    .get(&*output.name)
                    .map_or(&[][..], Vec::as_slice)
            })
            .min_by_key(|states| states.len())?;
        let reads_it_too = |one: &&Loaded<'_>| {
            let uri = wanted.target.uri.as_deref();
            uri.is_some_and(|uri| self.readers.contains(&(one.position, uri)))
        };
        let mut equal: Vec<(usize, usize)> = rarest
            .iter()
            .filter_map(|index| self.loaded.get(*index))
            .filter(|one| one.position != wanted.consumer && !reads_it_too(one))
            .filter(|one| agreement(wanted.copied, one.content).identifies())
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

fn readable(one: &Loaded<'_>, confidence: Confidence) -> Result<(usize, Confidence), String> {
    match one.content {
        Content::Unreadable => Err(unreadable(one)),
        Content::Outputs(_) | Content::Hidden => Ok((one.position, confidence)),
    }
}

/// Where a state at a guessed place does not have what was copied, the one other state that lies as
/// it would and does.
fn better_than_guess<'c, 'a>(
    wanted: Wanted<'_>,
    guessed: &Loaded<'a>,
    matches: &[Match<'c, 'a>],
) -> Option<&'c Loaded<'a>> {
    if wanted.target.guess.is_none() || agrees(wanted.copied, guessed.content) {
        return None;
    }
    let mut agreeing = matches
        .iter()
        .map(|found| found.loaded)
        .filter(|one| agrees(wanted.copied, one.content));
    agreeing.next().filter(|_| agreeing.next().is_none())
}

/// The state whose path ends as the backend lays states out: the one in a folder of the bucket's
/// name before others, the longest match before shorter ones, and of several as long the one
/// whose outputs agree.
fn by_path<'c, 'a>(
    wanted: Wanted<'_>,
    matches: &'c [Match<'c, 'a>],
) -> Result<Option<&'c Loaded<'a>>, String> {
    let is_disjoint = |found: &&Match<'_, '_>| are_disjoint(wanted.copied, found.loaded.content);
    let (disjoint, possible): (Vec<_>, Vec<_>) = matches.iter().partition(is_disjoint);
    let is_only = possible.len() == 1;
    let is_reliable = |found: &&Match<'_, '_>| is_reliable(found, wanted, is_only);
    let reliable: Vec<_> = possible.iter().copied().filter(is_reliable).collect();
    let Some(best) = reliable.iter().map(|found| found.rank()).max() else {
        // Of files that are only called as many are there is nothing to say.
        let tells = |found: &&&Match<'_, '_>| {
            found.proof != Proof::None && found.loaded.position != wanted.consumer
        };
        return match (possible.iter().find(tells), disjoint.iter().find(tells)) {
            (Some(weak), _) => Err(not_sure(wanted.target, weak)),
            (None, Some(disjoint)) => Err(none_of_the_outputs(wanted.target, disjoint.loaded)),
            (None, None) => Ok(None),
        };
    };
    let best: Vec<_> = reliable
        .into_iter()
        .filter(|found| found.rank() == best)
        .collect();
    let found = match best.as_slice() {
        [one] => one,
        several => best_agreement(wanted.copied, several)
            .or_else(|| first_layout(wanted.target, several))
            .ok_or_else(|| ambiguous(several))?,
    };
    Ok(Some(found.loaded))
}

/// Whether a match is taken, for what its path proves and for what its outputs say; `is_only` tells
/// that no other state may lie so.
fn is_reliable(found: &Match<'_, '_>, wanted: Wanted<'_>, is_only: bool) -> bool {
    let content = found.loaded.content;
    let agrees = || agrees(wanted.copied, content);
    if found.loaded.position == wanted.consumer {
        return agrees();
    }
    match (found.proof, wanted.target.guess) {
        // Where the place is known well, what lies so elsewhere is a sibling: another environment's.
        (_, Some(Guess::Likely)) => agrees(),
        (Proof::Whole, _) => true,
        // A relative path has no bucket that could be another one.
        (Proof::Part, Some(Guess::Mere)) if is_only && has_all(wanted.copied, content) => true,
        (Proof::Part, _) => !contradicts(wanted.copied, content),
        (Proof::OtherKey | Proof::None, _) => agrees(),
    }
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
        let mut called_so = several.iter().filter(|found| found.layout == layout);
        called_so.next().filter(|_| called_so.next().is_none())
    })
}

#[cfg(test)]
mod tests;
