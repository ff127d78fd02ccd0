//! Objects that have another address than before, told by what they are.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use super::change::{Action, Change, Origin, Place};
use crate::format::Digest;

/// How long after it left one state, or before, an object may appear in another, where its id could be
/// that of another object: a name can be given again.
const DAYS_APART: u64 = 90;

/// Makes one move of what left an address of a state and appears at another in the same version: by a
/// deletion or replacement here, by a creation or replacement there.
pub(super) fn within_a_version(life: usize, changes: &mut Vec<Change>) {
    let left_by = |change: &Change| match change.action {
        Action::Delete => change.object,
        Action::Replace => change.replaced,
        _ => None,
    };
    let mut left: HashMap<Digest, Vec<usize>> = HashMap::new();
    for (position, change) in changes.iter().enumerate() {
        if let Some(object) = left_by(change) {
            left.entry(object).or_default().push(position);
        }
    }
    if left.is_empty() {
        return;
    }
    // Where each came from, and which of them went somewhere.
    let mut from: Vec<Option<usize>> = vec![None; changes.len()];
    let mut has_left = vec![false; changes.len()];
    for (position, change) in changes.iter().enumerate() {
        let (Action::Create | Action::Replace, Some(object), Some(_)) =
            (change.action, change.object, change.since)
        else {
            continue;
        };
        // Two that are told apart by nothing but the address are no proof of a move.
        if let Some([origin]) = left.get(&object).map(Vec::as_slice)
            && !std::mem::replace(&mut has_left[*origin], true)
        {
            from[position] = Some(*origin);
        }
    }
    let addresses: Vec<_> = changes
        .iter()
        .map(|change| change.address.clone())
        .collect();
    let mut told = Vec::with_capacity(changes.len());
    for (position, mut change) in std::mem::take(changes).into_iter().enumerate() {
        let is_replacement = change.action == Action::Replace;
        match from[position] {
            Some(origin) => {
                if is_replacement && !has_left[position] {
                    told.push(Change {
                        action: Action::Delete,
                        object: change.replaced.take(),
                        ..change.clone()
                    });
                }
                change.action = Action::Move;
                change.replaced = None;
                change.from = change.since.map(|version| Origin {
                    place: Place {
                        life,
                        address: addresses[origin].clone(),
                    },
                    version,
                });
            }
            None if is_replacement && has_left[position] => change.action = Action::Create,
            None if has_left[position] => continue,
            None => {}
        }
        told.push(change);
    }
    *changes = told;
}

/// A change, by the positions of its state and of itself.
type At = (usize, usize);

/// Makes of what left one state and appears in another a move: a row on either side. `time` says when
/// the version of a change was recorded; of several that fit, those nearest in time belong together.
pub(super) fn between_states(
    lives: &mut [Vec<Change>],
    time: impl Fn(usize, usize) -> Option<SystemTime>,
) {
    let mut left: HashMap<Digest, Vec<At>> = HashMap::new();
    let mut arrived: HashMap<Digest, Vec<At>> = HashMap::new();
    for (life, changes) in lives.iter().enumerate() {
        for (position, change) in changes.iter().enumerate() {
            let Some(object) = change.object else {
                continue;
            };
            match change.action {
                action if action.ends() => left.entry(object).or_default().push((life, position)),
                Action::Create if !change.is_base => {
                    arrived.entry(object).or_default().push((life, position));
                }
                _ => {}
            }
        }
    }
    let bound = Duration::from_secs(DAYS_APART * 24 * 60 * 60).as_micros();
    for (object, departures) in left {
        let Some(arrivals) = arrived.get(&object) else {
            continue;
        };
        let mut pairs: Vec<(u128, At, At)> = Vec::new();
        for departure in &departures {
            for arrival in arrivals.iter().filter(|arrival| arrival.0 != departure.0) {
                let when = |(life, position): At| time(life, lives[life][position].version);
                let apart = apart(when(*departure), when(*arrival));
                if apart <= bound {
                    pairs.push((apart, *departure, *arrival));
                }
            }
        }
        pairs.sort_unstable();
        let mut is_taken: HashSet<At> = HashSet::new();
        for (_, departure, arrival) in pairs {
            if is_taken.contains(&departure) || is_taken.contains(&arrival) {
                continue;
            }
            is_taken.extend([departure, arrival]);
            join(lives, departure, arrival);
        }
    }
}

/// Makes a move of a departure and an arrival.
fn join(lives: &mut [Vec<Change>], departure: At, arrival: At) {
    let address = |lives: &[Vec<Change>], (life, position): At| Place {
        life,
        address: lives[life][position].address.clone(),
    };
    let (here, there) = (address(lives, departure), address(lives, arrival));
    let left = &mut lives[departure.0][departure.1];
    let Some(version) = left.since else {
        return;
    };
    left.action = Action::Move;
    left.to = Some(there);
    let arrived = &mut lives[arrival.0][arrival.1];
    arrived.action = Action::Move;
    arrived.from = Some(Origin {
        place: here,
        version,
    });
}

/// How far apart two moments are; those that are not known are farthest.
fn apart(one: Option<SystemTime>, other: Option<SystemTime>) -> u128 {
    let (Some(one), Some(other)) = (one, other) else {
        return u128::MAX;
    };
    let apart = one.duration_since(other);
    apart.unwrap_or_else(|error| error.duration()).as_micros()
}
