//! The rows of versions and of who wrote them.

use ::postgres::Transaction;
use ::postgres::binary_copy::BinaryCopyInWriter;
use ::postgres::types::Type;
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

const COLUMNS: [(&str, Type); 21] = [
    ("state_id", Type::INT8),
    ("version", Type::INT8),
    ("transaction_id", Type::INT8),
    ("base_version", Type::INT8),
    ("recorded_at", Type::TIMESTAMPTZ),
    ("status", Type::TEXT),
    ("format_version", Type::TEXT),
    ("terraform_version", Type::TEXT),
    ("serial", Type::INT8),
    ("lineage", Type::TEXT),
    ("size_bytes", Type::INT8),
    ("resource_count", Type::INT8),
    ("instance_count", Type::INT8),
    ("output_count", Type::INT8),
    ("added", Type::INT8),
    ("changed", Type::INT8),
    ("removed", Type::INT8),
    ("top", Type::TEXT),
    ("document", Type::TEXT),
    ("content_hash", Type::BYTEA),
    ("secrets_hash", Type::BYTEA),
];

/// Writes the row of a version. It begins to hold later than the one before it, whatever the clock says.
pub(super) fn insert_version(
    transaction: &mut Transaction<'_>,
    new: &NewVersion<'_>,
) -> Result<(), StoreError> {
    let recorded_at: Timestamp = transaction
        .query_one(
            "SELECT greatest(coalesce($3, clock_timestamp()), \
             (SELECT recorded_at + interval '1 microsecond' FROM recorded_versions \
              WHERE state_id = $1 AND version = $2::bigint - 1))",
            &[&new.at.state_id, &new.at.version, &new.recorded_at],
        )?
        .get(0);
    let [resources, instances, outputs] = new.counts;
    let [added, changed, removed] = new.changes;
    // A server may log what parameters are, and never what is copied.
    let (names, types): (Vec<&str>, Vec<Type>) = COLUMNS.into_iter().unzip();
    let sql = format!(
        "COPY recorded_versions ({}) FROM STDIN (FORMAT binary)",
        names.join(", ")
    );
    let mut writer = BinaryCopyInWriter::new(transaction.copy_in(&sql)?, &types);
    writer.write(&[
        &new.at.state_id,
        &new.at.version,
        &new.transaction_id,
        &new.base,
        &recorded_at,
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
    ])?;
    writer.finish()?;
    Ok(())
}

/// The text of a member of a document.
pub(super) fn member<'m>(members: &'m [TopMember], name: &str) -> Option<&'m str> {
    let member = members.iter().find(|member| member.name == name);
    member.map(|member| member.text.as_str())
}
