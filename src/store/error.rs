//! Why the store does not do what it is asked.

use std::fmt::Write;

use super::delta::Overlap;
use crate::postgres::StatementError;

/// Why the store does not do what it is asked, in a sentence without anything of a state's values.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached.
    #[error(transparent)]
    Connect(#[from] crate::postgres::ConnectError),
    /// The database refused.
    #[error("the store's database says: {0}")]
    Database(#[from] StatementError),
    /// There is no store in the schema.
    #[error("{place} has no store in the schema {schema}: make one with `sgq store init`")]
    NotThere {
        /// The database.
        place: String,
        /// The schema.
        schema: String,
    },
    /// The role may not read the store.
    #[error(
        "the role {role} may not read the store in the schema {schema}: ask its owner for \
         `sgq store grant {role}`"
    )]
    NoRights {
        /// The role.
        role: String,
        /// The schema.
        schema: String,
    },
    /// What Terraform writes is captured, and is not to be written otherwise.
    #[error(
        "{0} is captured from Terraform's backend, which does not read the store: its next write would take the \
         place of this one; write to the backend, or end the capture first"
    )]
    Captured(String),
    /// More is granted to a role than secrets may be told.
    #[error(
        "from the role {0} secrets are withheld: say --without-secrets again, or take all from it with --remove \
         first"
    )]
    Withholds(String),
    /// The store was made by an older sgq.
    #[error(
        "the store in the schema {schema} is of version {found}, and this sgq needs version {known}: \
         bring it up with `sgq store init`"
    )]
    Older {
        /// The schema.
        schema: String,
        /// Its version.
        found: i64,
        /// The version that this program writes.
        known: i64,
    },
    /// The store was made by a newer sgq.
    #[error(
        "the store in the schema {schema} is of version {found}, made by a newer sgq than this, \
         which knows version {known}: use that one"
    )]
    Newer {
        /// The schema.
        schema: String,
        /// Its version.
        found: i64,
        /// The version that this program writes.
        known: i64,
    },
    /// The schema could not be made.
    #[error("the schema {schema} could not be set up: {reason}")]
    Migration {
        /// The schema.
        schema: String,
        /// Why.
        reason: String,
    },
    /// There is no table of Terraform's backend.
    #[error(
        "the schema {schema} has no table {table}(id, name, data) of Terraform's backend pg in the store's \
         database; `sgq sources -s` with that database and read=backend lists them"
    )]
    NoBackend {
        /// The schema.
        schema: String,
        /// The table.
        table: String,
    },
    /// There is no such role.
    #[error("the database has no role {0}")]
    NoRole(String),
    /// No state has the name.
    #[error("the store has no state {name}{}", advice(near))]
    NoState {
        /// The name.
        name: String,
        /// The names that are like it, the nearest first.
        near: Option<String>,
    },
    /// The state has no such version.
    #[error("{state} has no version {version}; its newest is {newest}")]
    NoVersion {
        /// The state.
        state: String,
        /// The version that was asked for.
        version: i64,
        /// The newest there is.
        newest: i64,
    },
    /// The state was not there then.
    #[error("nothing is recorded of {state} at that time: its first version is of {first}")]
    NotYet {
        /// The state.
        state: String,
        /// When its first version was recorded.
        first: String,
    },
    /// A state of the name is there already, and it is not said what the pushed one was made from.
    #[error(
        "the store has {state} already, at version {newest}: say with --base which version the file \
         was made from"
    )]
    Exists {
        /// The state.
        state: String,
        /// Its newest version.
        newest: i64,
    },
    /// The name is another state's.
    #[error("the store has another state {0}: choose another name")]
    NameTaken(String),
    /// What is pushed is another state.
    #[error(
        "the file has the lineage {theirs}, and {state} in the store has {ours}: they are two states; \
         push the file under another name"
    )]
    Lineage {
        /// The state.
        state: String,
        /// The lineage in the store.
        ours: String,
        /// The lineage of the file.
        theirs: String,
    },
    /// What is pushed is no state.
    #[error("it is no state: {0}")]
    NotAState(String),
    /// Secrets are withheld from the role.
    #[error(
        "the role {role} may not read states as they were written, secrets included: ask the store's owner for \
         `sgq store grant {role}` without --without-secrets; what may be shown can be read with queries"
    )]
    Withheld {
        /// The role.
        role: String,
    },
    /// The version holds no state.
    #[error("{state} was removed with version {version}")]
    Removed {
        /// The state.
        state: String,
        /// The version.
        version: i64,
    },
    /// Others changed the same meanwhile.
    #[error("{}", overlapping(state, overlaps))]
    Overlap {
        /// The state.
        state: String,
        /// What was changed by both.
        overlaps: Vec<Overlap>,
    },
    /// Others changed a state meanwhile that is kept as one.
    #[error(
        "nothing was written: {state} changed in the store since version {base} (version {newest}{}), and a \
         document that is kept whole takes no two changes at a time; pull the newest version and make the \
         change again",
        by(author)
    )]
    Whole {
        /// The state.
        state: String,
        /// The version that the writer started from.
        base: i64,
        /// The newest.
        newest: i64,
        /// Who wrote that.
        author: Option<String>,
    },
    /// What the store holds does not fit together.
    #[error(
        "the store holds {state} at version {version} in a way that does not fit together: {what}; `sgq store verify` says more"
    )]
    Damaged {
        /// The state.
        state: String,
        /// The version.
        version: i64,
        /// What.
        what: String,
    },
}

impl From<::postgres::Error> for StoreError {
    fn from(error: ::postgres::Error) -> StoreError {
        StoreError::Database(error.into())
    }
}

fn advice(near: &Option<String>) -> String {
    match near {
        Some(near) => format!("; did you mean {near}?"),
        None => "; `sgq store states` lists them".to_owned(),
    }
}

fn by(author: &Option<String>) -> String {
    author
        .as_ref()
        .map(|author| format!(" by {author}"))
        .unwrap_or_default()
}

fn overlapping(state: &str, overlaps: &[Overlap]) -> String {
    let mut text = format!(
        "nothing was written: {} of {state} changed in the store since the version that the file was \
         made from",
        match overlaps.len() {
            1 => "one part".to_owned(),
            count => format!("{count} parts"),
        }
    );
    for overlap in overlaps {
        let _ = write!(text, "\n  {overlap}");
    }
    let _ = write!(
        text,
        "\npull the newest version, make the change again and push with --base of that version"
    );
    text
}
