//! What a version holds, as far as a writer needs to know it.

use ::postgres::{GenericClient, Row};

use super::StoreError;
use super::delta::{ContentSum, Fingerprint, Known, PartKey, fingerprint};
use super::documents::{At, top_members};
use crate::format::{ObjectKey, ResourceKey, TopMember};

/// A version that is written onto.
pub(super) struct Before {
    pub(super) version: i64,
    pub(super) members: Vec<TopMember>,
    pub(super) document: Option<String>,
    pub(super) lineage: Option<String>,
    pub(super) serial: Option<i64>,
    pub(super) content: ContentSum,
    pub(super) secrets: Option<Vec<u8>>,
    pub(super) status: String,
    pub(super) counts: [Option<i64>; 3],
}

/// What stands for all that a version holds in relations.
pub(super) fn content(known: &[Known]) -> ContentSum {
    let parts = known
        .iter()
        .filter(|part| !matches!(part.key, PartKey::Top(_)));
    parts.map(|part| (&part.key, part.fingerprint)).collect()
}

/// What a version says of itself, where a writer needs it.
pub(super) fn before(client: &mut impl GenericClient, at: At) -> Result<Before, StoreError> {
    let row = client.query_one(
        "SELECT top, document, lineage, serial, content_hash, secrets_hash, status, resource_count, \
         instance_count, output_count FROM recorded_versions WHERE state_id = $1 AND version = $2",
        &[&at.state_id, &at.version],
    )?;
    let members = row.get::<_, Option<&str>>(0).and_then(top_members);
    let content: Vec<u8> = row.get(4);
    Ok(Before {
        version: at.version,
        members: members.unwrap_or_default(),
        document: row.get(1),
        lineage: row.get(2),
        serial: row.get(3),
        content: ContentSum::from_bytes(content.try_into().unwrap_or_default()),
        secrets: row.get(5),
        status: row.get(6),
        counts: [row.get(7), row.get(8), row.get(9)],
    })
}

pub(super) fn fingerprint_of(row: &Row, column: usize) -> Fingerprint {
    let bytes: &[u8] = row.get(column);
    Fingerprint(bytes.try_into().unwrap_or_default())
}

fn resource_key(row: &Row, first: usize) -> ResourceKey {
    ResourceKey {
        module: row.get(first),
        mode: row.get(first + 1),
        type_name: row.get(first + 2),
        name: row.get(first + 3),
    }
}

/// The condition on a row that holds in a version.
const HOLDS: &str = "state_id = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)";

/// What a version holds, by what stands for it.
pub(super) fn known(
    client: &mut impl GenericClient,
    at: At,
    before: &Before,
) -> Result<Vec<Known>, StoreError> {
    let mut known: Vec<Known> = before
        .members
        .iter()
        .map(|member| Known {
            key: PartKey::Top(member.name.clone()),
            fingerprint: fingerprint(&[&member.text]),
            position: None,
        })
        .collect();
    for kind in Kind::ALL {
        let sql = format!(
            "SELECT fingerprint, position, {} FROM {} WHERE {HOLDS}",
            kind.keys(),
            kind.table()
        );
        let rows = client.query(&sql, &[&at.state_id, &at.version])?;
        known.extend(rows.iter().map(|row| Known {
            key: kind.key(row, 2),
            fingerprint: fingerprint_of(row, 0),
            position: row.get(1),
        }));
    }
    Ok(known)
}

/// A kind of part that has a relation.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Resource,
    Object,
    Output,
    Check,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::Resource, Kind::Object, Kind::Output, Kind::Check];

    pub(super) fn table(self) -> &'static str {
        match self {
            Kind::Resource => "recorded_resources",
            Kind::Object => "recorded_instances",
            Kind::Output => "recorded_outputs",
            Kind::Check => "recorded_checks",
        }
    }

    /// The columns of the key.
    pub(super) fn keys(self) -> &'static str {
        match self {
            Kind::Resource => "module, mode, type, name",
            Kind::Object => "module, mode, type, name, index_json, deposed",
            Kind::Output => "name",
            Kind::Check => "object_kind, config_addr",
        }
    }

    /// The key that a row's columns from `first` on say.
    pub(super) fn key(self, row: &Row, first: usize) -> PartKey {
        match self {
            Kind::Resource => PartKey::Resource(resource_key(row, first)),
            Kind::Object => PartKey::Object(ObjectKey {
                resource: resource_key(row, first),
                index: row.get(first + 4),
                deposed: row.get(first + 5),
            }),
            Kind::Output => PartKey::Output(row.get(first)),
            Kind::Check => PartKey::Check {
                object_kind: row.get(first),
                config_addr: row.get(first + 1),
            },
        }
    }

    pub(super) fn dependencies(self) -> &'static str {
        match self {
            Kind::Object => "dependencies",
            Kind::Resource | Kind::Output | Kind::Check => "'{}'::text[]",
        }
    }
}
