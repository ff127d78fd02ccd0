//! Objects that have another address than before, told by what they are.

use std::collections::HashMap;
use std::time::SystemTime;

use super::change::{Action, Change, Origin, Place};
use crate::format::Digest;

/// Makes of what left one address of a state and appears at another in the same version one move.
pub(super) fn within_a_version(life: usize, changes: &mut Vec<Change>) {
    let mut left: HashMap<Digest, Vec<usize>> = HashMap::new();
    for (position, change) in changes.iter().enumerate() {
        if let (Action::Delete, Some(object)) = (change.action, change.object) {
            left.entry(object).or_default().push(position);
        }
    }
    if left.is_empty() {
        return;
    }
    let mut is_taken = vec![false; changes.len()];
    for position in 0..changes.len() {
        let change = &changes[position];
        let (Action::Create, Some(object), Some(since)) =
            (change.action, change.object, change.since)
        else {
            continue;
        };
        // Two that are told apart by nothing but the address are no proof of a move.
        let Some([from]) = left.get(&object).map(Vec::as_slice) else {
            continue;
        };
        if std::mem::replace(&mut is_taken[*from], true) {
            continue;
        }
        let place = Place {
            life,
            address: changes[*from].address.clone(),
        };
        let change = &mut changes[position];
        change.action = Action::Move;
        change.from = Some(Origin {
            place,
            version: since,
        });
    }
    let mut is_taken = is_taken.into_iter();
    changes.retain(|_| !is_taken.next().unwrap_or(false));
}

/// Makes of what left one state and appears in another a move: a row on either side. `time` says when
/// the version of a change was recorded; of several that fit, those nearest in time belong together.
pub(super) fn between_states(
    lives: &mut [Vec<Change>],
    time: impl Fn(usize, usize) -> Option<SystemTime>,
) {
    let mut left: HashMap<Digest, Vec<(usize, usize)>> = HashMap::new();
    for (life, changes) in lives.iter().enumerate() {
        for (position, change) in changes.iter().enumerate() {
            if let Some(object) = change.object
                && change.action.ends()
            {
                left.entry(object).or_default().push((life, position));
            }
        }
    }
    if left.is_empty() {
        return;
    }
    let when = |lives: &[Vec<Change>], (life, position): (usize, usize)| {
        time(life, lives[life][position].version)
    };
    for life in 0..lives.len() {
        for position in 0..lives[life].len() {
            let change = &lives[life][position];
            let (Action::Create, Some(object), false) =
                (change.action, change.object, change.is_base)
            else {
                continue;
            };
            let Some(candidates) = left.get_mut(&object) else {
                continue;
            };
            let arrived = when(lives, (life, position));
            let nearest = (0..candidates.len())
                .filter(|candidate| candidates[*candidate].0 != life)
                .min_by_key(|candidate| apart(arrived, when(lives, candidates[*candidate])));
            let Some(nearest) = nearest else {
                continue;
            };
            let (other, gone) = candidates.swap_remove(nearest);
            let arrived_at = lives[life][position].address.clone();
            let left = &mut lives[other][gone];
            let Some(held_by) = left.since else {
                continue;
            };
            left.action = Action::Move;
            left.to = Some(Place {
                life,
                address: arrived_at,
            });
            let place = Place {
                life: other,
                address: left.address.clone(),
            };
            let arrival = &mut lives[life][position];
            arrival.action = Action::Move;
            arrival.from = Some(Origin {
                place,
                version: held_by,
            });
        }
    }
}

/// How far apart two moments are; those that are not known are farthest.
fn apart(one: Option<SystemTime>, other: Option<SystemTime>) -> u128 {
    let (Some(one), Some(other)) = (one, other) else {
        return u128::MAX;
    };
    let apart = one.duration_since(other);
    apart.unwrap_or_else(|error| error.duration()).as_micros()
}
