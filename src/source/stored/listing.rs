//! What a store has, without any of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use ::postgres::{Client, Row};

use super::StoredFacts;
use crate::store::{At, StoreError};

/// What the role may read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rights {
    /// The columns that hold states as they were written.
    pub(super) may_read_secrets: bool,
}

/// A state at the moment that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) at: At,
    pub(super) name: String,
    pub(super) workspace: String,
    pub(super) status: String,
    pub(super) size: u64,
    pub(super) recorded_at: SystemTime,
}

/// A version of a state.
#[derive(Debug)]
pub(super) struct ListedVersion {
    pub(super) version: i64,
    pub(super) status: String,
    pub(super) size: u64,
    pub(super) recorded_at: SystemTime,
    pub(super) author: Option<String>,
    pub(super) commit: Option<String>,
    pub(super) message: Option<String>,
    pub(super) operation: String,
    pub(super) facts: Arc<StoredFacts>,
}

/// What the role may read.
pub(super) fn rights(client: &mut Client) -> Result<Rights, StoreError> {
    let row = client.query_one(
        "SELECT has_column_privilege('recorded_instances', 'attributes_exact', 'select') \
         AND has_column_privilege('recorded_versions', 'document', 'select')",
        &[],
    )?;
    Ok(Rights {
        may_read_secrets: row.get(0),
    })
}

/// The states by their names: as they are, or as they were at a time, those left out that were not there yet.
pub(super) fn states(
    client: &mut Client,
    as_of: Option<SystemTime>,
) -> Result<Vec<Listed>, StoreError> {
    const COLUMNS: &str =
        "s.state_id, v.version, s.name, s.workspace, v.status, v.size_bytes, v.recorded_at";
    let sql = match as_of {
        None => format!(
            "SELECT {COLUMNS} FROM recorded_states s JOIN recorded_versions v \
             ON v.state_id = s.state_id AND v.version = s.newest_version ORDER BY s.name, s.state_id"
        ),
        Some(_) => format!(
            "SELECT {COLUMNS} FROM recorded_states s CROSS JOIN LATERAL (\
               SELECT * FROM recorded_versions v WHERE v.state_id = s.state_id AND v.recorded_at <= $1 \
               ORDER BY v.recorded_at DESC LIMIT 1) v ORDER BY s.name, s.state_id"
        ),
    };
    let rows = match &as_of {
        None => client.query(&sql, &[])?,
        Some(time) => client.query(&sql, &[time])?,
    };
    let listed = |row: &Row| Listed {
        at: At {
            state_id: row.get(0),
            version: row.get(1),
        },
        name: row.get(2),
        workspace: row.get(3),
        status: row.get(4),
        size: size(row.get(5)),
        recorded_at: row.get(6),
    };
    Ok(rows.iter().map(listed).collect())
}

/// The versions of all states, oldest first.
pub(super) fn versions(
    client: &mut Client,
) -> Result<HashMap<i64, Vec<ListedVersion>>, StoreError> {
    let rows = client.query(
        "SELECT v.state_id, v.version, v.status, v.size_bytes, v.recorded_at, t.author, t.git_commit, t.message, \
         v.serial, v.lineage, v.terraform_version, v.instance_count, v.is_in_relations, t.operation \
         FROM recorded_versions v JOIN transactions t USING (transaction_id) ORDER BY v.state_id, v.version",
        &[],
    )?;
    let mut versions: HashMap<i64, Vec<ListedVersion>> = HashMap::new();
    for row in &rows {
        versions.entry(row.get(0)).or_default().push(ListedVersion {
            version: row.get(1),
            status: row.get(2),
            size: size(row.get(3)),
            recorded_at: row.get(4),
            author: row.get(5),
            commit: row.get(6),
            message: row.get(7),
            operation: row.get(13),
            facts: Arc::new(StoredFacts {
                serial: row
                    .get::<_, Option<i64>>(8)
                    .and_then(|serial| serial.try_into().ok()),
                lineage: row.get(9),
                terraform_version: row.get(10),
                instance_count: row
                    .get::<_, Option<i64>>(11)
                    .and_then(|count| count.try_into().ok()),
                is_in_relations: row.get(12),
            }),
        });
    }
    Ok(versions)
}

fn size(bytes: i64) -> u64 {
    u64::try_from(bytes).unwrap_or(0)
}
