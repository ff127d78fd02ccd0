//! What a store has, without any of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use ::postgres::{Client, Row};

use super::StoredFacts;
use crate::store::capture::state_name;
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
    /// The captured write that it is, where no version was made of that yet.
    pub(super) captured: Option<i64>,
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
    /// The captured write that it is, where no version was made of that yet.
    pub(super) captured: Option<i64>,
    pub(super) status: String,
    pub(super) size: u64,
    pub(super) recorded_at: SystemTime,
    pub(super) author: Option<String>,
    pub(super) commit: Option<String>,
    pub(super) message: Option<String>,
    pub(super) operation: String,
    /// `None` for what was captured, which nobody has looked into.
    pub(super) facts: Option<Arc<StoredFacts>>,
}

/// What the role may read.
pub(super) fn rights(client: &mut Client) -> Result<Rights, StoreError> {
    let row = client.query_one(
        "SELECT has_column_privilege('recorded_instances', 'attributes_exact', 'select') \
         AND has_column_privilege('recorded_versions', 'document', 'select') \
         AND has_column_privilege('captured_writes', 'document', 'select')",
        &[],
    )?;
    Ok(Rights {
        may_read_secrets: row.get(0),
    })
}

/// The states by their names: as they are, or as they were at a time, those left out that were not there yet.
/// What was captured and is to become versions counts as such.
pub(super) fn states(
    client: &mut Client,
    rights: Rights,
    as_of: Option<SystemTime>,
) -> Result<Vec<Listed>, StoreError> {
    let mut listed = recorded_states(client, as_of)?;
    let captured = captured(client, rights, as_of)?;
    let places = listed.iter().enumerate();
    let mut places: HashMap<i64, usize> = places
        .map(|(place, listed)| (listed.at.state_id, place))
        .collect();
    for (state_id, captured) in continued(&listed, captured) {
        match places.get(&state_id) {
            Some(place) => listed[*place].take(&captured),
            None => {
                places.insert(state_id, listed.len());
                listed.push(captured.as_new(state_id));
            }
        }
    }
    Ok(listed)
}

/// The captured writes, each with the state that it is a version of: the one of its name that is there, else
/// one that the store does not have, whose number is none of the store's. What removes nothing is left out.
fn continued(listed: &[Listed], captured: Vec<Captured>) -> Vec<(i64, Captured)> {
    let alive = listed.iter().filter(|listed| listed.status != "removed");
    let mut alive: HashMap<String, i64> = alive
        .map(|listed| (listed.name.clone(), listed.at.state_id))
        .collect();
    let captured = captured.into_iter().filter_map(|captured| {
        let state_id = match captured.is_removed {
            true => alive.remove(&captured.name)?,
            false => *alive.entry(captured.name.clone()).or_insert(-captured.id),
        };
        Some((state_id, captured))
    });
    captured.collect()
}

impl Listed {
    /// Becomes what was captured.
    fn take(&mut self, captured: &Captured) {
        self.at.version += 1;
        self.captured = (!captured.is_removed).then_some(captured.id);
        self.status = captured.status().to_owned();
        self.size = captured.size;
        self.recorded_at = captured.recorded_at;
    }
}

/// A write that was captured, of which no version was made yet.
struct Captured {
    id: i64,
    name: String,
    workspace: String,
    recorded_at: SystemTime,
    size: u64,
    is_removed: bool,
    role: String,
}

impl Captured {
    fn status(&self) -> &'static str {
        match self.is_removed {
            true => "removed",
            false => "ok",
        }
    }

    /// The first version of a state that the store does not have.
    fn as_new(&self, state_id: i64) -> Listed {
        Listed {
            at: At {
                state_id,
                version: 1,
            },
            captured: Some(self.id),
            name: self.name.clone(),
            workspace: self.workspace.clone(),
            status: self.status().to_owned(),
            size: self.size,
            recorded_at: self.recorded_at,
        }
    }
}

/// What was captured up to a time, in the order in which it was written. Who may not read it as it was
/// written sees none of it.
fn captured(
    client: &mut Client,
    rights: Rights,
    until: Option<SystemTime>,
) -> Result<Vec<Captured>, StoreError> {
    if !rights.may_read_secrets {
        return Ok(Vec::new());
    }
    let rows = client.query(
        "SELECT write_id, schema_name, table_name, workspace, recorded_at, octet_length(document), db_user \
         FROM captured_writes WHERE refused IS NULL AND ($1::timestamptz IS NULL OR recorded_at <= $1) \
         ORDER BY write_id",
        &[&until],
    )?;
    let captured = |row: &Row| {
        let workspace: String = row.get(3);
        let size: Option<i32> = row.get(5);
        Captured {
            id: row.get(0),
            name: state_name(row.get(1), row.get(2), &workspace),
            workspace,
            recorded_at: row.get(4),
            size: size.map_or(0, |bytes| self::size(bytes.into())),
            is_removed: size.is_none(),
            role: row.get(6),
        }
    };
    Ok(rows.iter().map(captured).collect())
}

/// Captured writes as they are, by their numbers.
pub(super) fn captured_documents(
    client: &mut Client,
    ids: &[i64],
) -> Result<HashMap<i64, String>, StoreError> {
    let rows = client.query(
        "SELECT write_id, coalesce(document, '') FROM captured_writes WHERE write_id = ANY($1)",
        &[&ids],
    )?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

fn recorded_states(
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
               SELECT v.version, v.status, v.size_bytes, v.recorded_at FROM recorded_versions v WHERE v.state_id = s.state_id AND v.recorded_at <= $1 \
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
        captured: None,
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
    rights: Rights,
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
            captured: None,
            status: row.get(2),
            size: size(row.get(3)),
            recorded_at: row.get(4),
            author: row.get(5),
            commit: row.get(6),
            message: row.get(7),
            operation: row.get(13),
            facts: Some(Arc::new(StoredFacts {
                serial: row
                    .get::<_, Option<i64>>(8)
                    .and_then(|serial| serial.try_into().ok()),
                lineage: row.get(9),
                terraform_version: row.get(10),
                instance_count: row
                    .get::<_, Option<i64>>(11)
                    .and_then(|count| count.try_into().ok()),
                is_in_relations: row.get(12),
            })),
        });
    }
    let listed = recorded_states(client, None)?;
    let captured = captured(client, rights, None)?;
    for (state_id, captured) in continued(&listed, captured) {
        let versions = versions.entry(state_id).or_default();
        let last = versions.last().map_or(0, |last| last.version);
        versions.push(ListedVersion {
            version: last + 1,
            captured: (!captured.is_removed).then_some(captured.id),
            status: captured.status().to_owned(),
            size: captured.size,
            recorded_at: captured.recorded_at,
            author: Some(captured.role),
            commit: None,
            message: None,
            operation: "capture".to_owned(),
            facts: None,
        });
    }
    Ok(versions)
}

fn size(bytes: i64) -> u64 {
    u64::try_from(bytes).unwrap_or(0)
}
