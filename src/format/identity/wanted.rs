//! Looking for identities in what is not redacted yet, cheaply and without giving it away.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use serde_json::{Map, Value};

use super::candidates::candidates;
use super::identity_hash;
use super::strings::each_string;
use crate::format::Redacted;
use crate::format::model::{Instance, Resource};

/// Stands for more than one state.
const SEVERAL: u32 = u32::MAX;

/// Identities that instances of other states may mention, by their hashes. Every text of every state is
/// hashed. Two of one hash cost a second look and nothing else.
#[derive(Debug, Default)]
pub struct WantedIdentities {
    /// The state that holds the identity's owner, by the identity's hash, or [`SEVERAL`].
    states: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
}

impl WantedIdentities {
    /// None yet, with room for so many.
    pub fn with_room(identities: usize) -> WantedIdentities {
        WantedIdentities {
            states: HashMap::with_capacity_and_hasher(identities, BuildHasherDefault::default()),
        }
    }

    /// Adds an identity by its [`identity_hash`], whose owner the state `state` holds.
    pub fn add(&mut self, hash: u64, state: u32) {
        let known = self.states.entry(hash);
        known
            .and_modify(|known| {
                if *known != state {
                    *known = SEVERAL;
                }
            })
            .or_insert(state);
    }

    /// Those attributes of an instance of the state `state` that seem to mention a wanted identity of
    /// another one, as they may be shown, with its `arn` and `id`; `None` where none does.
    ///
    /// It is a guess, which is never wrong when it leaves an attribute out.
    pub fn mentioning(
        &self,
        redacted: &Redacted<'_>,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        state: u32,
    ) -> Option<Map<String, Value>> {
        let json = instance.attributes.text();
        let found = self.found_in(json, state);
        if found.is_empty() {
            return None;
        }
        let members = instance.attributes.members();
        let holds_any = |member: &str| {
            // The members are parts of the text.
            let start = member.as_ptr().addr() - json.as_ptr().addr();
            let next = found.partition_point(|position| *position < start);
            found
                .get(next)
                .is_some_and(|position| *position < start + member.len())
        };
        let names: Vec<String> = members
            .iter()
            .filter(|(name, member)| matches!(name.as_ref(), "arn" | "id") || holds_any(member))
            .map(|(name, _)| name.to_string())
            .collect();
        let is_asked = |name: &str| names.iter().any(|asked| asked == name);
        Some(redacted.some_attributes(resource, instance, members, is_asked))
    }

    /// Where the strings begin that hold a wanted identity of another state, in their order.
    fn found_in(&self, json: &str, state: u32) -> Vec<usize> {
        let mut all = Vec::new();
        each_string(json, |text, start| {
            let mut is_found = false;
            candidates(text, &mut |range| {
                is_found = is_found || self.is_of_other_state(&text[range], state);
            });
            if is_found {
                all.push(start);
            }
        });
        all
    }

    fn is_of_other_state(&self, candidate: &str, state: u32) -> bool {
        let owner = self.states.get(&identity_hash(candidate));
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
