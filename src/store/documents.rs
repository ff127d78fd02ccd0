//! Versions put together again from their rows: whole and as they were written, or as much of them as is
//! wanted and may be shown.

use std::collections::HashMap;

use ::postgres::types::ToSql;
use ::postgres::{GenericClient, Row};
use serde_json::Value;

use super::StoreError;
use super::recording::{InstanceColumns, written_instance, written_output, written_resource};
use crate::format::{
    CheckPart, InstancePart, ObjectKey, OutputPart, Parts, ResourceKey, ResourcePart, TopMember,
};

/// What of versions is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// As it was written, secrets included, in place of what may be shown.
    pub exact: bool,
    /// Documents that were kept whole as they are, whatever of them is wanted.
    pub documents: bool,
    /// Without the attributes of instances.
    pub without_attributes: bool,
    /// Of the attributes of instances what tells objects from each other: their ids, exactly.
    pub only_ids: bool,
    /// Without outputs and the results of checks.
    pub only_instances: bool,
    /// The instances of some, where not all are: those whose columns have one of these values each.
    pub instances: Vec<OneOf>,
    /// So many instances of all the versions together, those of the first ones.
    pub limit: Option<i64>,
    /// Which of the rows of a version.
    pub rows: Rows,
}

/// The values that a column of instances may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOf {
    /// The column.
    pub column: InstanceColumn,
    /// Its values.
    pub values: Vec<String>,
}

/// A column of instances that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InstanceColumn {
    /// The address of the instance.
    Address,
    /// The address of its resource.
    ResourceAddress,
    /// The address without instance keys.
    ConfigAddress,
    /// The module instance; there is none at the root.
    Module,
    /// `managed` or `data`.
    Mode,
    /// The resource type.
    Type,
    /// The name in the configuration.
    Name,
    /// The provider's source address.
    Provider,
    /// The key under `count` or `for_each`.
    IndexKey,
    /// `ok` or `tainted`.
    Status,
    /// The key of a deposed object.
    Deposed,
}

/// Which rows of a version are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rows {
    /// All that hold in it.
    #[default]
    Holding,
    /// Those that it brought.
    Entering,
    /// Those that the next version took away.
    Leaving,
}

/// A version of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct At {
    /// The state.
    pub state_id: i64,
    /// Its version.
    pub version: i64,
}

/// What versions say of themselves.
struct Top {
    members: Vec<TopMember>,
    document: Option<String>,
}

/// The columns of instances that can be asked for, and what they are called in the database and in the table
/// `instances`.
const INSTANCE_COLUMNS: [(InstanceColumn, &str); 11] = [
    (InstanceColumn::Address, "address"),
    (InstanceColumn::ResourceAddress, "resource_address"),
    (InstanceColumn::ConfigAddress, "config_address"),
    (InstanceColumn::Module, "module"),
    (InstanceColumn::Mode, "mode"),
    (InstanceColumn::Type, "type"),
    (InstanceColumn::Name, "name"),
    (InstanceColumn::Provider, "provider"),
    (InstanceColumn::IndexKey, "index_key"),
    (InstanceColumn::Status, "status"),
    (InstanceColumn::Deposed, "deposed"),
];

impl InstanceColumn {
    /// Its name.
    pub fn name(self) -> &'static str {
        let mut columns = INSTANCE_COLUMNS.into_iter();
        columns
            .find(|(column, _)| *column == self)
            .map_or("", |(_, name)| name)
    }

    /// The column of a name.
    pub fn named(name: &str) -> Option<InstanceColumn> {
        let mut columns = INSTANCE_COLUMNS.into_iter();
        let found = columns.find(|(_, called)| *called == name)?;
        Some(found.0)
    }
}

impl Wanted {
    /// All of a version as it was written.
    pub fn exact() -> Wanted {
        Wanted {
            exact: true,
            documents: true,
            ..Wanted::default()
        }
    }
}

/// Reads versions as the documents of format 4 that they are or would be, in the order of `wanted_at`, each
/// without blanks; what was kept whole comes as it was written, where all of it is wanted exactly.
///
/// # Errors
///
/// When the database cannot be asked, or a version is not there.
pub(crate) fn documents(
    client: &mut impl GenericClient,
    wanted_at: &[At],
    wanted: &Wanted,
) -> Result<Vec<String>, StoreError> {
    let mut read = Reading {
        client,
        states: wanted_at.iter().map(|at| at.state_id).collect(),
        versions: wanted_at.iter().map(|at| at.version).collect(),
        wanted,
    };
    let mut tops = read.tops()?;
    let mut parts: HashMap<At, Parts> = HashMap::with_capacity(wanted_at.len());
    for at in wanted_at {
        parts.entry(*at).or_default();
    }
    read.instances(&mut parts)?;
    if !wanted.only_instances {
        read.outputs(&mut parts)?;
        read.checks(&mut parts)?;
    }
    let compose = |at: &At| {
        let Some(top) = tops.remove(at) else {
            return Err(StoreError::Damaged {
                state: format!("the state number {}", at.state_id),
                version: at.version,
                what: "it is not recorded".to_owned(),
            });
        };
        if let Some(document) = top.document {
            return Ok(document);
        }
        let mut parts = parts.remove(at).unwrap_or_default();
        parts.top = top.members;
        Ok(parts.compose())
    };
    wanted_at.iter().map(compose).collect()
}

/// Reads the rows of several versions.
struct Reading<'r, C> {
    client: &'r mut C,
    states: Vec<i64>,
    versions: Vec<i64>,
    wanted: &'r Wanted,
}

/// The versions that are read, as a relation.
const ASKED: &str =
    "unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS asked (state_id, version, nth)";

/// The condition on a row that holds in the version that is read.
const HOLDING: &str =
    "r.valid_from <= asked.version AND (r.valid_to IS NULL OR r.valid_to > asked.version)";

impl<C: GenericClient> Reading<'_, C> {
    fn tops(&mut self) -> Result<HashMap<At, Top>, StoreError> {
        let top = match self.wanted.exact {
            true => "v.top",
            false => "NULL::text",
        };
        let document = match self.wanted.documents {
            true => "v.document",
            false => "NULL::text",
        };
        let sql = format!(
            "SELECT v.state_id, v.version, v.status, v.terraform_version, v.serial, v.lineage, \
             v.format_version, {top}, {document} \
             FROM {ASKED} JOIN recorded_versions v USING (state_id, version)"
        );
        let rows = self.client.query(&sql, &[&self.states, &self.versions])?;
        let top = |row: &Row| {
            let document: Option<String> = row.get(8);
            let members = match row.get::<_, Option<&str>>(7).and_then(top_members) {
                Some(members) if document.is_none() => members,
                _ => plain_top(row),
            };
            let document = match row.get(2) {
                "encrypted" if document.is_none() => Some(encrypted(row)),
                _ => document,
            };
            (at(row), Top { members, document })
        };
        Ok(rows.iter().map(top).collect())
    }

    /// The condition on the rows of a relation called `r`.
    fn holding(&self) -> &'static str {
        match self.wanted.rows {
            Rows::Holding => HOLDING,
            Rows::Entering => "r.valid_from = asked.version",
            Rows::Leaving => "r.valid_to = asked.version + 1",
        }
    }

    fn instances(&mut self, parts: &mut HashMap<At, Parts>) -> Result<(), StoreError> {
        let wanted = self.wanted;
        let attributes = match (wanted.without_attributes, wanted.exact, wanted.only_ids) {
            (true, ..) => "NULL::text, false",
            // Where something is hidden that may be the id.
            (false, true, true) => {
                "coalesce(r.attributes_exact, '{\"id\":' || coalesce(r.id_json, 'null') || '}'), \
                 coalesce(r.attributes_exact = '', false)"
            }
            (false, true, false) => {
                "coalesce(r.attributes_exact, r.attributes::text), coalesce(r.attributes_exact = '', false)"
            }
            (false, false, _) => "r.attributes::text, false",
        };
        let exact = match wanted.exact {
            true => "r.private, r.rest",
            false => "NULL::text, NULL::text",
        };
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&self.states, &self.versions];
        let mut filter = String::new();
        for (number, one_of) in (3..).zip(&wanted.instances) {
            filter.push_str(&format!(" AND r.{} = ANY(${number})", one_of.column.name()));
            parameters.push(&one_of.values);
        }
        let limit = wanted.limit.map(|limit| format!(" LIMIT {limit}"));
        let limit = limit.unwrap_or_default();
        let holding = self.holding();
        let sql = format!(
            "SELECT asked.state_id, asked.version, r.resource_address, {attributes}, r.index_json, r.status, \
             r.deposed, r.schema_version, r.sensitive_attributes::text, r.identity_schema_version, \
             r.identity::text, r.dependencies, r.create_before_destroy, {exact} \
             FROM {ASKED} JOIN recorded_instances r USING (state_id) \
             WHERE {holding}{filter} \
             ORDER BY asked.nth, r.position, r.address, r.deposed NULLS FIRST{limit}"
        );
        let mut by_resource: HashMap<(At, String), Vec<InstancePart>> = HashMap::new();
        for row in self.client.query(&sql, &parameters)? {
            let part = instance(&row);
            by_resource
                .entry((at(&row), row.get(2)))
                .or_default()
                .push(part);
        }
        let only = match wanted.instances.is_empty() && wanted.limit.is_none() {
            true => "",
            false => " AND r.address = ANY($3)",
        };
        let addresses: Vec<&str> = by_resource
            .keys()
            .map(|(_, address)| address.as_str())
            .collect();
        let rest = match wanted.exact {
            true => "r.rest",
            false => "NULL::text",
        };
        let sql = format!(
            "SELECT asked.state_id, asked.version, r.address, r.module, r.mode, r.type, r.name, r.provider_text, \
             {rest} FROM {ASKED} JOIN recorded_resources r USING (state_id) \
             WHERE {HOLDING}{only} ORDER BY asked.nth, r.position, r.address"
        );
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&self.states, &self.versions];
        if !only.is_empty() {
            parameters.push(&addresses);
        }
        let resources = self.client.query(&sql, &parameters)?;
        for row in &resources {
            let key = (at(row), row.get(2));
            let instances = by_resource.remove(&key).unwrap_or_default();
            if let Some(parts) = parts.get_mut(&key.0) {
                parts.resources.push(resource(row, instances));
            }
        }
        Ok(())
    }

    fn outputs(&mut self, parts: &mut HashMap<At, Parts>) -> Result<(), StoreError> {
        let rest = match self.wanted.exact {
            true => "r.rest",
            false => "NULL::text",
        };
        let sql = format!(
            "SELECT asked.state_id, asked.version, r.name, r.value::text, r.type::text, r.sensitive, {rest} \
             FROM {ASKED} JOIN recorded_outputs r USING (state_id) WHERE {} \
             ORDER BY asked.nth, r.position, r.name",
            self.holding()
        );
        for row in self.client.query(&sql, &[&self.states, &self.versions])? {
            let text = match row.get::<_, Option<String>>(6) {
                Some(rest) => rest,
                None => written_output(row.get(3), row.get(4), row.get(5)),
            };
            if let Some(parts) = parts.get_mut(&at(&row)) {
                parts.outputs.push(OutputPart {
                    name: row.get(2),
                    text,
                });
            }
        }
        Ok(())
    }

    fn checks(&mut self, parts: &mut HashMap<At, Parts>) -> Result<(), StoreError> {
        let rest = match self.wanted.exact {
            true => "r.rest",
            false => "NULL::text",
        };
        let sql = format!(
            "SELECT asked.state_id, asked.version, r.object_kind, r.config_addr, r.status, r.objects::text, \
             {rest} FROM {ASKED} JOIN recorded_checks r USING (state_id) WHERE {} \
             ORDER BY asked.nth, r.position, r.config_addr",
            self.holding()
        );
        for row in self.client.query(&sql, &[&self.states, &self.versions])? {
            let (object_kind, config_addr): (String, String) = (row.get(2), row.get(3));
            let text = row.get::<_, Option<String>>(6).unwrap_or_else(|| {
                let json = |text: &str| Value::from(text).to_string();
                format!(
                    "{{\"object_kind\":{},\"config_addr\":{},\"status\":{},\"objects\":{}}}",
                    json(&object_kind),
                    json(&config_addr),
                    json(row.get(4)),
                    row.get::<_, &str>(5)
                )
            });
            if let Some(parts) = parts.get_mut(&at(&row)) {
                parts.checks.push(CheckPart {
                    object_kind,
                    config_addr,
                    text,
                });
            }
        }
        Ok(())
    }
}

fn at(row: &Row) -> At {
    At {
        state_id: row.get(0),
        version: row.get(1),
    }
}

/// The members of a document as `recorded_versions.top` keeps them.
pub(super) fn top_members(text: &str) -> Option<Vec<TopMember>> {
    let members: Vec<(String, String)> = serde_json::from_str(text).ok()?;
    let members = members.into_iter();
    Some(
        members
            .map(|(name, text)| TopMember { name, text })
            .collect(),
    )
}

/// What `recorded_versions.top` keeps of the members of a document.
pub(super) fn top_text(members: &[TopMember]) -> String {
    let members: Vec<(&str, &str)> = members
        .iter()
        .map(|member| (member.name.as_str(), member.text.as_str()))
        .collect();
    serde_json::json!(members).to_string()
}

/// The members of a document, made of what is known of its version.
fn plain_top(row: &Row) -> Vec<TopMember> {
    let text = |text: Option<&str>| text.map(|text| Value::from(text).to_string());
    let members = [
        ("version", Some("4".to_owned())),
        ("terraform_version", text(row.get(3))),
        (
            "serial",
            row.get::<_, Option<i64>>(4)
                .map(|serial| serial.to_string()),
        ),
        ("lineage", text(row.get(5))),
        ("outputs", Some("{}".to_owned())),
        ("resources", Some("[]".to_owned())),
        ("check_results", Some("[]".to_owned())),
    ];
    let members = members.into_iter();
    members
        .filter_map(|(name, text)| {
            let name = name.to_owned();
            text.map(|text| TopMember { name, text })
        })
        .collect()
}

/// What is known of an encrypted state, as a document that says so.
fn encrypted(row: &Row) -> String {
    serde_json::json!({
        "serial": row.get::<_, Option<i64>>(4),
        "lineage": row.get::<_, Option<&str>>(5),
        "meta": {},
        "encrypted_data": "",
        "encryption_version": row.get::<_, Option<&str>>(6),
    })
    .to_string()
}

fn nobody() -> ResourceKey {
    ResourceKey {
        module: None,
        mode: String::new(),
        type_name: String::new(),
        name: String::new(),
    }
}

/// An instance made of its row. Its key is not needed to put a document together, and left out.
pub(super) fn instance(row: &Row) -> InstancePart {
    let dependencies: Vec<String> = row.get(12);
    let text = row.get::<_, Option<String>>(15).unwrap_or_else(|| {
        written_instance(&InstanceColumns {
            index_json: row.get(5),
            status: row.get(6),
            deposed: row.get(7),
            schema_version: row.get(8),
            sensitive_attributes: row.get(9),
            identity_schema_version: row.get(10),
            identity: row.get(11),
            private: row.get(14),
            dependencies: &dependencies,
            create_before_destroy: row.get(13),
        })
    });
    let has_none: bool = row.get(4);
    let attributes: Option<String> = row.get(3);
    InstancePart {
        key: ObjectKey {
            resource: nobody(),
            index: None,
            deposed: None,
        },
        text,
        attributes: attributes.filter(|_| !has_none),
    }
}

/// A resource made of its row, with its instances.
pub(super) fn resource(row: &Row, instances: Vec<InstancePart>) -> ResourcePart {
    let text = row.get::<_, Option<String>>(8).unwrap_or_else(|| {
        written_resource(row.get(3), row.get(4), row.get(5), row.get(6), row.get(7))
    });
    ResourcePart {
        key: nobody(),
        text,
        instances,
    }
}
