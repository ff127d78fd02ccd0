//! One state is not that of two places: what all consumers together say of where they read from.

use std::collections::{HashMap, HashSet};

use super::agreement::agrees;
use super::evidence::Source;
use super::reasons::{contested, shared_outputs};
use super::resolve::{Candidates, Confidence, Wanted};

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
                backend: source.copied.location.backend().unwrap_or_default(),
                resolved: self.resolve(wanted),
            });
        }
        self.settle(&mut claims);
        claims.into_iter().map(|claim| claim.resolved).collect()
    }

    /// Takes back what cannot be. Where consumers that name different places of one backend were given
    /// the same state, those keep it that found it by its path and whose copied outputs agree with it;
    /// of those that know it by the outputs alone none is sure.
    fn settle(&self, claims: &mut [Claim<'_>]) {
        let mut places: HashMap<(usize, &str), HashSet<&str>> = HashMap::new();
        for claim in claims.iter() {
            if let (Some((position, _)), Some(uri)) = (claim.elsewhere(), &claim.wanted.target.uri)
            {
                places
                    .entry((position, claim.backend))
                    .or_default()
                    .insert(uri);
            }
        }
        for claim in claims.iter_mut() {
            let Some((position, confidence)) = claim.elsewhere() else {
                continue;
            };
            let is_contested = places
                .get(&(position, claim.backend))
                .is_some_and(|places| places.len() > 1);
            let Some(loaded) = self.at(position).filter(|_| is_contested) else {
                continue;
            };
            if confidence == Confidence::Outputs {
                claim.resolved = Err(shared_outputs(claim.wanted.target, loaded));
            } else if !agrees(claim.wanted.copied, loaded.content) {
                claim.resolved = Err(contested(claim.wanted.target, loaded));
            }
        }
    }
}

impl Claim<'_> {
    /// The state that is taken for one of a place elsewhere. Copies of local paths are left out: the
    /// same place has other paths on other machines.
    fn elsewhere(&self) -> Option<(usize, Confidence)> {
        match self.resolved {
            Ok((_, Confidence::PathSuffix)) if self.backend.ends_with("local") => None,
            Ok((position, confidence)) if confidence != Confidence::Uri => {
                Some((position, confidence))
            }
            _ => None,
        }
    }
}
