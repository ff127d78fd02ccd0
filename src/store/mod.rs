//! sgq's own store: states kept as plain relations in PostgreSQL, with every version.
//!
//! A version is written as its difference to the one before: rows hold from a version on and up to
//! another. Who pushes says which version the state was made from; what they changed since is written onto
//! the newest version, if nobody else changed the same meanwhile. Whoever writes locks the row of their state
//! for that moment alone, so that the versions of a state are in one order.

mod authorship;
pub(crate) mod capture;
mod commit;
pub mod delta;
mod documents;
mod error;
mod export;
mod grant;
mod held;
mod import;
mod lookup;
mod meanwhile;
mod names;
mod order;
mod recording;
mod reshow;
mod schema;
mod text;
mod verify;
mod versions;
mod write;

use ::postgres::Client;

pub use self::authorship::{Authorship, Operation};
pub use self::capture::Settled;
pub use self::commit::{Base, Committed, Write};
pub(crate) use self::documents::documents;
pub use self::documents::{At, InstanceColumn, OneOf, Rows, Wanted};
pub use self::error::StoreError;
pub use self::export::{KeptVersion, paths};
pub use self::grant::Grant;
pub use self::import::{Import, Imported, Mark, Resumed};
pub use self::lookup::{FoundState, ListedState, ListedVersion, Pulled, Which};
use self::recording::Recording;
pub use self::schema::{SCHEMA_VERSION, SetUp};
pub(crate) use self::schema::{require, version};
pub use self::verify::{Problem, Verified};
pub use self::write::Written;
use crate::format::{self, Document, Encrypted, Redacted, Redaction, State};
use crate::postgres::Target;

/// The schema that holds a store, where it is not said.
pub const SCHEMA: &str = "sgq";

/// A document that is written, and what it says.
pub enum Content<'d> {
    /// A state.
    State {
        /// The document.
        text: &'d str,
        /// What was read of it.
        state: &'d State<'d>,
        /// What of that may be shown.
        redacted: &'d Redacted<'d>,
    },
    /// A state that OpenTofu encrypted.
    Encrypted {
        /// The document.
        text: &'d str,
        /// What it says in clear.
        encrypted: &'d Encrypted,
    },
}

/// A store that is open.
pub struct Store {
    client: Client,
}

impl Store {
    /// Opens the store at a place.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, or has no store of this program's version.
    pub fn open(target: &Target) -> Result<Store, StoreError> {
        let mut client = target.connect()?;
        schema::require(&mut client, schema_of(target), &target.to_string())?;
        Ok(Store { client })
    }

    /// Makes a store at a place, or brings the one there up to this program's version.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, the role may not do so, or the store is of a newer version.
    pub fn set_up(target: &Target) -> Result<SetUp, StoreError> {
        let mut client = target.connect()?;
        schema::set_up(&mut client, schema_of(target))
    }

    /// Writes a document as the next version of a state. `redaction` says what the columns show that
    /// everybody may read.
    ///
    /// # Errors
    ///
    /// When it is no state, others changed the same since its base, or the database refuses; then nothing is
    /// written.
    pub fn push(
        &mut self,
        write: &Write<'_>,
        document: &[u8],
        redaction: &Redaction,
    ) -> Result<Committed, StoreError> {
        let found = self.find(write.state)?;
        self.push_onto(write, found, document, redaction)
    }

    fn push_onto(
        &mut self,
        write: &Write<'_>,
        found: Option<FoundState>,
        document: &[u8],
        redaction: &Redaction,
    ) -> Result<Committed, StoreError> {
        let not_a_state = |reason: String| StoreError::NotAState(reason);
        let text =
            std::str::from_utf8(document).map_err(|_| not_a_state("it is not UTF-8".to_owned()))?;
        match format::read(document) {
            Ok(Document::State(state)) => {
                let redacted = redaction.of(&state);
                let content = Content::State {
                    text,
                    state: &state,
                    redacted: &redacted,
                };
                self.commit(write, found, &Recording::of(&content), redaction)
            }
            Ok(Document::Encrypted(encrypted)) => {
                let encrypted = &encrypted;
                let content = Content::Encrypted { text, encrypted };
                self.commit(write, found, &Recording::of(&content), redaction)
            }
            Ok(Document::Plan(_)) => Err(not_a_state("it is a plan".to_owned())),
            Ok(Document::NotState(what)) => Err(not_a_state(what.describe().to_owned())),
            Err(error) => Err(not_a_state(error.to_string())),
        }
    }
}

/// The schema of the store at a place.
pub fn schema_of(target: &Target) -> &str {
    target.option("sgq_schema").unwrap_or(SCHEMA)
}
