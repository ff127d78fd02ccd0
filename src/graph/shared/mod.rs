//! What two states share without telling each other: ids of one that the other mentions, and
//! objects that both manage.

mod alias;
mod duplicates;
mod ignored;
mod mentions;
mod named;
mod owners;
mod secrets;
mod shards;
mod sole;

use std::num::NonZeroUsize;

pub use self::duplicates::OwnedTwice;
use self::mentions::Consumer;
pub(super) use self::owners::Claims;
use self::owners::Owners;
pub(super) use self::secrets::Secrets;
use super::link::Link;
use crate::inventory::{Extent, Inventory};

/// What the states of an inventory share.
#[derive(Debug, Default)]
pub struct SharedIds {
    /// Instances that mention what names an object of another state, in the order of the states,
    /// and within one in the order of its document.
    pub links: Vec<Link>,
    /// Objects that are managed in two states, in the same order.
    pub owned_twice: Vec<OwnedTwice>,
}

impl SharedIds {
    /// Reads every state twice, `threads` at a time: for the identities of what it manages, and for
    /// where it mentions others'.
    ///
    /// A link is given only where the value can be no other object's. What is common (names,
    /// numbers, regions, accounts) makes none, and neither does an identity that more than one
    /// instance has: [`owned_twice`](Self::owned_twice) tells of those.
    pub fn survey(inventory: &Inventory, threads: NonZeroUsize) -> SharedIds {
        let secrets = Secrets::of(inventory);
        let claims = inventory.survey(threads, Extent::Values, |position, state, redacted| {
            let claims = Claims::of(position, state, redacted);
            secrets.keep(position, redacted);
            claims
        });
        SharedIds::of(inventory, threads, claims.into_iter().flatten(), &secrets)
    }

    /// Reads every state for where it mentions what others claim; `of_states` are the claims of each, and
    /// `secrets` what is known from an earlier reading.
    pub(super) fn of(
        inventory: &Inventory,
        threads: NonZeroUsize,
        of_states: impl Iterator<Item = Claims>,
        secrets: &Secrets,
    ) -> SharedIds {
        let claims = Claims::together(of_states.collect());
        let owned_twice = duplicates::owned_twice(&claims, threads);
        let owners = Owners::of(&claims, &owned_twice, threads);
        let wanted = owners.wanted();
        let links = inventory.survey(threads, Extent::Values, |position, state, redacted| {
            secrets.tell(inventory, position, redacted);
            Consumer::links_of(position, state, redacted, &wanted, &owners)
        });
        let owned_twice = owned_twice.into_iter().map(|pair| pair.told(&claims));
        let owned_twice = owned_twice.collect();
        drop(owners);
        // There are a million texts to give back, which nobody need wait for.
        let _ = std::thread::Builder::new().spawn(move || drop((claims, wanted)));
        let of_states: Vec<Vec<Link>> = links.into_iter().flatten().collect();
        let mut links = Vec::with_capacity(of_states.iter().map(Vec::len).sum());
        links.extend(of_states.into_iter().flatten());
        SharedIds { links, owned_twice }
    }
}

#[cfg(test)]
mod tests;
