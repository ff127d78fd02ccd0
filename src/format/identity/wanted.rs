//! Looking for identities in what is not redacted yet, cheaply and without giving it away.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use super::candidates::candidates;
use super::strings::any_string;
use crate::format::model::Instance;

/// Stands for more than one state.
const SEVERAL: u32 = u32::MAX;

/// Identities that instances of other states may mention, by their hashes.
#[derive(Debug, Default)]
pub struct WantedIdentities {
    hasher: RandomState,
    /// The state that holds the identity's owner, by the identity's hash, or [`SEVERAL`].
    states: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
}

impl WantedIdentities {
    /// Adds an identity whose owner the state `state` holds.
    pub fn add(&mut self, identity: &str, state: u32) {
        let known = self.states.entry(self.hasher.hash_one(identity));
        known
            .and_modify(|known| {
                if *known != state {
                    *known = SEVERAL;
                }
            })
            .or_insert(state);
    }

    /// Whether an instance of the state `state` seems to mention a wanted identity of another one.
    /// It is a guess, which is never wrong when it says no: what may be shown of the attributes tells.
    pub fn may_be_mentioned(&self, instance: &Instance<'_>, state: u32) -> bool {
        any_string(instance.attributes.text(), |text| {
            let mut found = false;
            candidates(text, &mut |range| {
                found = found || self.is_of_other_state(&text[range], state);
            });
            found
        })
    }

    fn is_of_other_state(&self, candidate: &str, state: u32) -> bool {
        let owner = self.states.get(&self.hasher.hash_one(candidate));
        owner.is_some_and(|owner| *owner != state)
    }
}

/// Takes a number that is a hash already.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
