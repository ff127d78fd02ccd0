//! What becomes of a state as a whole: another name, its removal, an older version brought back.

use ::postgres::Transaction;

use super::authorship::{Authorship, Operation};
use super::commit::{Base, Committed, Write};
use super::documents::At;
use super::lookup::{FoundState, Which};
use super::versions::{NewVersion, begin_transaction, insert_version};
use super::{Store, StoreError};
use crate::format::Redaction;

impl Store {
    /// Gives a state another name; gives the number of the version that says so.
    ///
    /// # Errors
    ///
    /// When there is no such state, or the new name is another's.
    pub fn rename(
        &mut self,
        name: &str,
        to: &str,
        authorship: &Authorship,
    ) -> Result<i64, StoreError> {
        self.check_captured(name, Operation::Rename)?;
        let state = self.find(name)?.ok_or_else(|| self.no_state(name))?;
        if self.find(to)?.is_some() {
            return Err(StoreError::NameTaken(to.to_owned()));
        }
        let mut transaction = self.client.transaction()?;
        let newest = lock_if_there(&mut transaction, &state)?;
        let transaction_id = begin_transaction(&mut transaction, Operation::Rename, authorship)?;
        let version = newest + 1;
        transaction.execute(
            "INSERT INTO recorded_versions (state_id, version, transaction_id, base_version, recorded_at, \
             status, format_version, terraform_version, serial, lineage, size_bytes, resource_count, \
             instance_count, output_count, added, changed, removed, top, document, content_hash, secrets_hash) \
             SELECT state_id, version + 1, $3, version, greatest(clock_timestamp(), recorded_at + interval '1 microsecond'), \
             status, format_version, terraform_version, serial, lineage, size_bytes, resource_count, \
             instance_count, output_count, 0, 0, 0, top, document, content_hash, secrets_hash \
             FROM recorded_versions WHERE state_id = $1 AND version = $2",
            &[&state.id, &newest, &transaction_id],
        )?;
        transaction.execute(
            "UPDATE recorded_states SET name = $2, newest_version = $3 WHERE state_id = $1",
            &[&state.id, &to, &version],
        )?;
        transaction.commit()?;
        Ok(version)
    }

    /// Removes a state, whose versions stay; gives the number of the version that says so.
    ///
    /// # Errors
    ///
    /// When there is no such state.
    pub fn remove(&mut self, name: &str, authorship: &Authorship) -> Result<i64, StoreError> {
        let state = self.find(name)?.ok_or_else(|| self.no_state(name))?;
        let mut transaction = self.client.transaction()?;
        let version = remove(
            &mut transaction,
            &state,
            &Removal {
                operation: Operation::Remove,
                authorship,
                recorded_at: None,
            },
        )?;
        transaction.commit()?;
        Ok(version)
    }

    /// Makes an older version of a state the newest again, as a new version with the next serial; that of a
    /// state that was removed brings it back.
    ///
    /// # Errors
    ///
    /// When there is no such state or version, it holds none, or the name is another state's by now.
    pub fn revert(
        &mut self,
        name: &str,
        to: i64,
        authorship: &Authorship,
        redaction: &Redaction,
    ) -> Result<Committed, StoreError> {
        let state = self.state(name)?;
        let pulled = self.pull_from(&state, Which::Version(to))?;
        let write = Write {
            state: name,
            workspace: "default",
            base: Base::Newest,
            operation: Operation::Revert,
            authorship,
            recorded_at: None,
            may_be_made_anew: true,
            captured: None,
        };
        self.push_onto(&write, Some(state), pulled.document.as_bytes(), redaction)
    }
}

/// How a state is removed.
pub(super) struct Removal<'r> {
    pub(super) operation: Operation,
    pub(super) authorship: &'r Authorship,
    pub(super) recorded_at: Option<jiff::Timestamp>,
}

/// Writes the version that says a state is removed, and ends all that it holds.
///
/// # Errors
///
/// When somebody else removed it in this moment.
pub(super) fn remove(
    transaction: &mut Transaction<'_>,
    state: &FoundState,
    removal: &Removal<'_>,
) -> Result<i64, StoreError> {
    let newest = lock_if_there(transaction, state)?;
    let version = newest + 1;
    let transaction_id = begin_transaction(transaction, removal.operation, removal.authorship)?;
    let mut removed = 0;
    for table in [
        "recorded_instances",
        "recorded_resources",
        "recorded_outputs",
        "recorded_checks",
    ] {
        let ended = transaction.execute(
            &format!("UPDATE {table} SET valid_to = $2 WHERE state_id = $1 AND valid_to IS NULL"),
            &[&state.id, &version],
        )?;
        if table == "recorded_instances" {
            removed = i64::try_from(ended).unwrap_or(i64::MAX);
        }
    }
    let before = transaction.query_one(
        "SELECT serial, lineage FROM recorded_versions WHERE state_id = $1 AND version = $2",
        &[&state.id, &newest],
    )?;
    insert_version(
        transaction,
        &NewVersion {
            at: At {
                state_id: state.id,
                version,
            },
            transaction_id,
            base: Some(newest),
            recorded_at: removal.recorded_at,
            status: "removed",
            format_version: None,
            terraform_version: None,
            serial: before.get(0),
            lineage: before.get(1),
            size: 0,
            counts: [None; 3],
            changes: [0, 0, removed],
            top: None,
            document: None,
            content_hash: &[],
            secrets_hash: None,
        },
    )?;
    transaction.execute(
        "UPDATE recorded_states SET removed_at = coalesce($3, clock_timestamp()), newest_version = $2 \
         WHERE state_id = $1",
        &[&state.id, &version, &removal.recorded_at],
    )?;
    Ok(version)
}

/// As [`lock`], of a state that nobody removed meanwhile.
fn lock_if_there(transaction: &mut Transaction<'_>, state: &FoundState) -> Result<i64, StoreError> {
    let newest = lock(transaction, state.id)?;
    let removed = transaction.query_opt(
        "SELECT FROM recorded_states WHERE state_id = $1 AND removed_at IS NOT NULL",
        &[&state.id],
    )?;
    match removed {
        None => Ok(newest),
        Some(_) => Err(StoreError::Removed {
            state: state.name.clone(),
            version: newest,
        }),
    }
}

/// Waits until nobody else writes to a state; gives its newest version.
pub(super) fn lock(transaction: &mut Transaction<'_>, state_id: i64) -> Result<i64, StoreError> {
    let row = transaction.query_one(
        "SELECT newest_version FROM recorded_states WHERE state_id = $1 FOR UPDATE",
        &[&state_id],
    )?;
    Ok(row.get(0))
}
