//! What the store has: its states, their versions, and a version as a document.

use std::time::SystemTime;

use ::postgres::Row;
use jiff::Timestamp;

use super::documents::{At, Wanted, documents};
use super::{Store, StoreError};
use crate::format;

/// A state in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundState {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its newest version.
    pub newest: i64,
    /// Whether it was removed.
    pub is_removed: bool,
}

/// Which version of a state is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The newest.
    Newest,
    /// One by its number.
    Version(i64),
    /// The one that held at a time.
    AsOf(SystemTime),
}

/// A version as a document.
pub struct Pulled {
    /// The version's number.
    pub version: i64,
    /// The document, laid out as Terraform does it, secrets included; one that was kept whole as it was
    /// pushed.
    pub document: String,
}

/// A state as a list tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedState {
    /// Its name.
    pub name: String,
    /// The workspace it is of.
    pub workspace: String,
    /// Its newest version.
    pub version: i64,
    /// `ok`, `encrypted` or `removed`.
    pub status: String,
    /// Terraform's count of writes.
    pub serial: Option<i64>,
    /// How many instances it has.
    pub instance_count: Option<i64>,
    /// When its newest version was recorded.
    pub recorded_at: Timestamp,
    /// Who wrote that.
    pub author: Option<String>,
}

/// A version as a list tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedVersion {
    /// Its number.
    pub version: i64,
    /// When it began to hold.
    pub recorded_at: Timestamp,
    /// The kind of write.
    pub operation: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// Why.
    pub message: Option<String>,
    /// The commit of the configuration.
    pub git_commit: Option<String>,
    /// The branch it was on.
    pub git_branch: Option<String>,
    /// The repository.
    pub git_repository: Option<String>,
    /// The run of a CI system.
    pub ci_run: Option<String>,
    /// Further words.
    pub tags: Vec<String>,
    /// The version that its writer had started from.
    pub base: Option<i64>,
    /// `ok`, `encrypted` or `removed`.
    pub status: String,
    /// Terraform's count of writes.
    pub serial: Option<i64>,
    /// The lineage.
    pub lineage: Option<String>,
    /// The version of Terraform or OpenTofu that wrote it.
    pub terraform_version: Option<String>,
    /// How many instances were added, changed and removed.
    pub changes: [i64; 3],
    /// How many instances there are.
    pub instance_count: Option<i64>,
}

impl Store {
    /// The state of a name that is there; `None` where there is none.
    pub(super) fn find(&mut self, name: &str) -> Result<Option<FoundState>, StoreError> {
        let row = self.client.query_opt(
            "SELECT state_id, name, newest_version, removed_at IS NOT NULL FROM recorded_states \
             WHERE name = $1 AND removed_at IS NULL",
            &[&name],
        )?;
        Ok(row.as_ref().map(found))
    }

    /// The state of a name; where none is there, the one that was removed last.
    ///
    /// # Errors
    ///
    /// When there never was one.
    pub fn state(&mut self, name: &str) -> Result<FoundState, StoreError> {
        let row = self.client.query_opt(
            "SELECT state_id, name, newest_version, removed_at IS NOT NULL FROM recorded_states \
             WHERE name = $1 ORDER BY removed_at DESC NULLS FIRST LIMIT 1",
            &[&name],
        )?;
        match row {
            Some(row) => Ok(found(&row)),
            None => Err(self.no_state(name)),
        }
    }

    /// That there is no state of a name, with the name of one that is like it.
    pub(super) fn no_state(&mut self, name: &str) -> StoreError {
        let known = self.client.query(
            "SELECT name FROM recorded_states WHERE removed_at IS NULL ORDER BY name",
            &[],
        );
        let known = known.unwrap_or_default();
        let names = known.iter().map(|row| row.get::<_, &str>(0));
        let distance = |known: &str| strsim::damerau_levenshtein(name, known);
        let near = names
            .map(|known| (distance(known), known))
            .filter(|(distance, known)| {
                *distance <= known.chars().count() / 3 || known.contains(name)
            })
            .min();
        StoreError::NoState {
            name: name.to_owned(),
            near: near.map(|(_, known)| known.to_owned()),
        }
    }

    /// A version of a state as a document.
    ///
    /// # Errors
    ///
    /// When there is no such state or version, or it holds none because the state was removed.
    pub fn pull(&mut self, name: &str, which: Which) -> Result<Pulled, StoreError> {
        let state = self.state(name)?;
        self.pull_from(&state, which)
    }

    /// A version of a state that was found as a document.
    ///
    /// # Errors
    ///
    /// As [`pull`](Self::pull).
    pub fn pull_from(&mut self, state: &FoundState, which: Which) -> Result<Pulled, StoreError> {
        let version = self.version(state, which)?;
        let at = At {
            state_id: state.id,
            version,
        };
        let status: String = self
            .client
            .query_one(
                "SELECT status FROM recorded_versions WHERE state_id = $1 AND version = $2",
                &[&state.id, &version],
            )?
            .get(0);
        if status == "removed" {
            return Err(StoreError::Removed {
                state: state.name.clone(),
                version,
            });
        }
        let document = self.document(at)?;
        Ok(Pulled { version, document })
    }

    /// Refuses where secrets are withheld from the connected role.
    pub(super) fn may_read_exactly(&mut self) -> Result<(), StoreError> {
        let may = self.client.query_one(
            "SELECT has_column_privilege('recorded_versions', 'document', 'select') \
             AND has_column_privilege('recorded_instances', 'attributes_exact', 'select'), current_user::text",
            &[],
        )?;
        match may.get(0) {
            true => Ok(()),
            false => Err(StoreError::Withheld { role: may.get(1) }),
        }
    }

    /// A version as it was pushed: laid out as Terraform does it, or, where it was kept whole, byte by byte.
    pub(super) fn document(&mut self, at: At) -> Result<String, StoreError> {
        self.may_read_exactly()?;
        let whole = self.client.query_opt(
            "SELECT document FROM recorded_versions \
             WHERE state_id = $1 AND version = $2 AND document IS NOT NULL",
            &[&at.state_id, &at.version],
        )?;
        if let Some(whole) = whole {
            return Ok(whole.get(0));
        }
        let documents = documents(&mut self.client, &[at], &Wanted::exact())?;
        let document = documents.into_iter().next().unwrap_or_default();
        Ok(format::pretty(&document))
    }

    /// The number of a version of a state.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn version(&mut self, state: &FoundState, which: Which) -> Result<i64, StoreError> {
        match which {
            Which::Newest => Ok(state.newest),
            Which::Version(version) if (1..=state.newest).contains(&version) => Ok(version),
            Which::Version(version) => Err(StoreError::NoVersion {
                state: state.name.clone(),
                version,
                newest: state.newest,
            }),
            Which::AsOf(time) => {
                let row = self.client.query_one(
                    "SELECT max(version) FILTER (WHERE recorded_at <= $2), min(recorded_at) \
                     FROM recorded_versions WHERE state_id = $1",
                    &[&state.id, &time],
                )?;
                let held: Option<i64> = row.get(0);
                held.ok_or_else(|| StoreError::NotYet {
                    state: state.name.clone(),
                    first: row.get::<_, Timestamp>(1).to_string(),
                })
            }
        }
    }

    /// The states that are there, or all, by their names.
    pub fn states(&mut self, with_removed: bool) -> Result<Vec<ListedState>, StoreError> {
        let rows = self.client.query(
            "SELECT s.name, s.workspace, v.version, v.status, v.serial, v.instance_count, v.recorded_at, t.author \
             FROM recorded_states s \
             JOIN recorded_versions v ON v.state_id = s.state_id AND v.version = s.newest_version \
             JOIN transactions t USING (transaction_id) \
             WHERE s.removed_at IS NULL OR $1 ORDER BY s.name, s.state_id",
            &[&with_removed],
        )?;
        let listed = |row: &Row| ListedState {
            name: row.get(0),
            workspace: row.get(1),
            version: row.get(2),
            status: row.get(3),
            serial: row.get(4),
            instance_count: row.get(5),
            recorded_at: row.get(6),
            author: row.get(7),
        };
        Ok(rows.iter().map(listed).collect())
    }

    /// The versions of a state, the newest first.
    ///
    /// # Errors
    ///
    /// When there never was a state of the name.
    pub fn log(&mut self, name: &str) -> Result<Vec<ListedVersion>, StoreError> {
        let state = self.state(name)?;
        let rows = self.client.query(
            "SELECT v.version, v.recorded_at, t.operation, t.author, t.message, t.git_commit, t.git_branch, \
             t.git_repository, t.ci_run, t.tags, v.base_version, v.status, v.serial, v.lineage, \
             v.terraform_version, v.added, v.changed, v.removed, v.instance_count \
             FROM recorded_versions v JOIN transactions t USING (transaction_id) \
             WHERE v.state_id = $1 ORDER BY v.version DESC",
            &[&state.id],
        )?;
        let listed = |row: &Row| ListedVersion {
            version: row.get(0),
            recorded_at: row.get(1),
            operation: row.get(2),
            author: row.get(3),
            message: row.get(4),
            git_commit: row.get(5),
            git_branch: row.get(6),
            git_repository: row.get(7),
            ci_run: row.get(8),
            tags: row.get(9),
            base: row.get(10),
            status: row.get(11),
            serial: row.get(12),
            lineage: row.get(13),
            terraform_version: row.get(14),
            changes: [row.get(15), row.get(16), row.get(17)],
            instance_count: row.get(18),
        };
        Ok(rows.iter().map(listed).collect())
    }
}

/// The state of a row: its number, name, newest version, and whether it was removed.
pub(super) fn found(row: &Row) -> FoundState {
    FoundState {
        id: row.get(0),
        name: row.get(1),
        newest: row.get(2),
        is_removed: row.get(3),
    }
}
