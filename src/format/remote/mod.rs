//! What states copy from each other through data sources, as evidence that tells no value.
//!
//! Everything that compares unredacted values stands here; what leaves are names, addresses, places
//! without credentials, and [`Digest`]s.

mod copies;
mod digest;
mod distinctive;
mod location;
mod produced;
mod shape;

pub use self::copies::{CopiedOutput, CopiedState, Copies, Held};
pub use self::digest::{Digest, Digester};
pub use self::distinctive::Weight;
pub use self::location::{Hidden, Location};
pub use self::produced::{NamedInstance, Produced, ProducedOutput};
