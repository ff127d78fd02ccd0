//! The rows of versions and of who wrote them.

use ::postgres::Transaction;
use jiff::Timestamp;

use super::StoreError;
use super::authorship::{Authorship, Operation};
use super::documents::At;
use crate::format::TopMember;

/// A row of `recorded_versions`.
pub(super) struct NewVersion<'v> {
    pub(super) at: At,
    pub(super) transaction_id: i64,
    pub(super) base: Option<i64>,
    pub(super) recorded_at: Option<Timestamp>,
    pub(super) status: &'v str,
    pub(super) format_version: Option<&'v str>,
    pub(super) terraform_version: Option<&'v str>,
    pub(super) serial: Option<i64>,
    pub(super) lineage: Option<&'v str>,
    pub(super) size: i64,
    pub(super) counts: [Option<i64>; 3],
    pub(super) changes: [i64; 3],
    pub(super) top: Option<&'v str>,
    pub(super) document: Option<&'v str>,
    pub(super) content_hash: &'v [u8],
    pub(super) secrets_hash: Option<&'v [u8]>,
}

/// Says who writes, and why; gives the number of the row.
pub(super) fn begin_transaction(
    transaction: &mut Transaction<'_>,
    operation: Operation,
    authorship: &Authorship,
) -> Result<i64, StoreError> {
    let row = transaction.query_one(
        "INSERT INTO transactions (recorded_at, operation, author, message, git_commit, git_branch, \
         git_repository, ci_run, tags) \
         VALUES (clock_timestamp(), $1, $2, $3, $4, $5, $6, $7, $8) RETURNING transaction_id",
        &[
            &operation.as_str(),
            &authorship.author,
            &authorship.message,
            &authorship.git_commit,
            &authorship.git_branch,
            &authorship.git_repository,
            &authorship.ci_run,
            &authorship.tags,
        ],
    )?;
    Ok(row.get(0))
}

/// Writes the row of a version. It begins to hold later than the one before it, whatever the clock says.
pub(super) fn insert_version(
    transaction: &mut Transaction<'_>,
    new: &NewVersion<'_>,
) -> Result<(), StoreError> {
    let [resources, instances, outputs] = new.counts;
    let [added, changed, removed] = new.changes;
    transaction.execute(
        "INSERT INTO recorded_versions (state_id, version, transaction_id, base_version, recorded_at, status, \
         format_version, terraform_version, serial, lineage, size_bytes, resource_count, instance_count, \
         output_count, added, changed, removed, top, document, content_hash, secrets_hash) \
         VALUES ($1, $2::bigint, $3, $4, greatest(coalesce($5, clock_timestamp()), \
           (SELECT recorded_at + interval '1 microsecond' FROM recorded_versions \
            WHERE state_id = $1 AND version = $2::bigint - 1)), \
         $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        &[
            &new.at.state_id,
            &new.at.version,
            &new.transaction_id,
            &new.base,
            &new.recorded_at,
            &new.status,
            &new.format_version,
            &new.terraform_version,
            &new.serial,
            &new.lineage,
            &new.size,
            &resources,
            &instances,
            &outputs,
            &added,
            &changed,
            &removed,
            &new.top,
            &new.document,
            &new.content_hash,
            &new.secrets_hash,
        ],
    )?;
    Ok(())
}

/// The text of a member of a document.
pub(super) fn member<'m>(members: &'m [TopMember], name: &str) -> Option<&'m str> {
    let member = members.iter().find(|member| member.name == name);
    member.map(|member| member.text.as_str())
}
