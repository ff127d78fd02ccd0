//! All that ties states together, found by reading each as few times as can be.

use std::num::NonZeroUsize;

use super::remote::{self, RemoteStates};
use super::shared::{Claims, Secrets, SharedIds};
use crate::format::Digester;
use crate::inventory::{Extent, Inventory};

/// What states copied from each other, and what they share without telling: reads every state twice,
/// `threads` at a time, where finding the one after the other reads it three times.
pub fn survey_between(inventory: &Inventory, threads: NonZeroUsize) -> (RemoteStates, SharedIds) {
    let digester = Digester::new();
    let secrets = Secrets::of(inventory);
    let read = inventory.survey(threads, Extent::Values, |position, state, redacted| {
        let evidence = remote::evidence(inventory, position, state, redacted, &digester);
        let claims = Claims::of(position, state, redacted);
        secrets.keep(position, redacted);
        (evidence, claims)
    });
    let (evidence, claims): (Vec<_>, Vec<_>) = read.into_iter().map(Option::unzip).unzip();
    std::thread::scope(|scope| {
        let remote = scope.spawn(move || RemoteStates::of(inventory, &evidence));
        let shared = SharedIds::of(inventory, threads, claims.into_iter().flatten(), &secrets);
        match remote.join() {
            Ok(remote) => (remote, shared),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
