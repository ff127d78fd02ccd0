//! Writing rows: those of a new version, and the end of those it replaces.

use std::collections::HashMap;

use ::postgres::Transaction;
use ::postgres::binary_copy::BinaryCopyInWriter;
use ::postgres::types::Type;

use super::StoreError;
use super::delta::Fingerprint;
use super::recording::{CheckRow, InstanceRow, OutputRow, Recording, ResourceRow};
use super::text::JsonText;

/// Where a row is valid, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) state_id: i64,
    pub(super) version: i64,
    pub(super) position: &'p str,
}

/// What is written of a recording, by the positions of its parts there, each with its place among its like.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) resources: Vec<(usize, String)>,
    /// The positions of the resource and of the instance.
    pub(super) instances: Vec<((usize, usize), String)>,
    pub(super) outputs: Vec<(usize, String)>,
    pub(super) checks: Vec<(usize, String)>,
}

/// What ends with a version.
#[derive(Debug, Default)]
pub(super) struct Ended {
    pub(super) resources: Vec<String>,
    /// The addresses, and the keys of deposed objects.
    pub(super) instances: Vec<(String, Option<String>)>,
    pub(super) outputs: Vec<String>,
    /// The kinds and addresses.
    pub(super) checks: Vec<(String, String)>,
}

/// How many rows were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Of resources, instances, outputs and the results of checks.
    pub rows: u64,
    /// Of instances alone.
    pub instances: u64,
    /// How many rows were ended.
    pub ended: u64,
}

/// By the address of an object and the key of a deposed one: which version made it what it is.
pub(super) type ChangedIn = HashMap<(String, Option<String>), (i64, Vec<u8>)>;

/// Ends rows with a version, and tells of the instances among them what they were.
pub(super) fn end(
    transaction: &mut Transaction<'_>,
    state_id: i64,
    version: i64,
    ended: &Ended,
) -> Result<(u64, ChangedIn), StoreError> {
    let mut count = 0;
    let mut changed_in = ChangedIn::new();
    if !ended.resources.is_empty() {
        count += transaction.execute(
            "UPDATE recorded_resources SET valid_to = $2 \
             WHERE state_id = $1 AND valid_to IS NULL AND address = ANY($3)",
            &[&state_id, &version, &ended.resources],
        )?;
    }
    if !ended.instances.is_empty() {
        let (addresses, deposed): (Vec<&str>, Vec<&str>) = ended
            .instances
            .iter()
            .map(|(address, deposed)| (address.as_str(), deposed.as_deref().unwrap_or_default()))
            .unzip();
        let rows = transaction.query(
            "UPDATE recorded_instances r SET valid_to = $2 \
             FROM unnest($3::text[], $4::text[]) AS ended (address, deposed) \
             WHERE r.state_id = $1 AND r.valid_to IS NULL \
               AND r.address = ended.address AND coalesce(r.deposed, '') = ended.deposed \
             RETURNING r.address, r.deposed, r.changed_in, r.fingerprint",
            &[&state_id, &version, &addresses, &deposed],
        )?;
        count += rows.len() as u64;
        let rows = rows.iter();
        changed_in.extend(rows.map(|row| ((row.get(0), row.get(1)), (row.get(2), row.get(3)))));
    }
    if !ended.outputs.is_empty() {
        count += transaction.execute(
            "UPDATE recorded_outputs SET valid_to = $2 \
             WHERE state_id = $1 AND valid_to IS NULL AND name = ANY($3)",
            &[&state_id, &version, &ended.outputs],
        )?;
    }
    if !ended.checks.is_empty() {
        let (kinds, addresses): (Vec<&str>, Vec<&str>) = ended
            .checks
            .iter()
            .map(|(kind, address)| (kind.as_str(), address.as_str()))
            .unzip();
        count += transaction.execute(
            "UPDATE recorded_checks r SET valid_to = $2 \
             FROM unnest($3::text[], $4::text[]) AS ended (object_kind, config_addr) \
             WHERE r.state_id = $1 AND r.valid_to IS NULL \
               AND r.object_kind = ended.object_kind AND r.config_addr = ended.config_addr",
            &[&state_id, &version, &kinds, &addresses],
        )?;
    }
    Ok((count, changed_in))
}

/// Writes the rows of a version. An instance whose content is as it was keeps the version that made it so.
pub(super) fn begin(
    transaction: &mut Transaction<'_>,
    recording: &Recording<'_>,
    state_id: i64,
    version: i64,
    rows: &Rows,
    changed_in: &ChangedIn,
) -> Result<Written, StoreError> {
    let place = |position| Place {
        state_id,
        version,
        position,
    };
    let mut written = Written::default();
    let resources = rows.resources.iter();
    written.rows += copy(
        transaction,
        "recorded_resources",
        &RESOURCE_COLUMNS,
        resources.filter_map(|(at, position)| Some((recording.resource(*at)?, place(position)))),
        write_resource,
    )?;
    let instances = rows.instances.iter();
    written.instances = copy(
        transaction,
        "recorded_instances",
        &INSTANCE_COLUMNS,
        instances.filter_map(|((resource, at), position)| {
            let row = recording.instance(*resource, *at)?;
            let key = (
                row.address.clone(),
                row.deposed.as_deref().map(str::to_owned),
            );
            let before = changed_in.get(&key);
            let before =
                before.filter(|(_, content)| content.as_slice() == row.fingerprint.0.as_slice());
            let changed_in = before.map_or(version, |(changed_in, _)| *changed_in);
            Some(((row, changed_in), place(position)))
        }),
        write_instance,
    )?;
    written.rows += written.instances;
    let outputs = rows.outputs.iter();
    written.rows += copy(
        transaction,
        "recorded_outputs",
        &OUTPUT_COLUMNS,
        outputs.filter_map(|(at, position)| Some((recording.output(*at)?, place(position)))),
        write_output,
    )?;
    let checks = rows.checks.iter();
    written.rows += copy(
        transaction,
        "recorded_checks",
        &CHECK_COLUMNS,
        checks.filter_map(|(at, position)| Some((recording.check(*at)?, place(position)))),
        write_check,
    )?;
    Ok(written)
}

type Columns = [(&'static str, Type)];

/// Copies rows into a table, none where there are none.
fn copy<T>(
    transaction: &mut Transaction<'_>,
    table: &str,
    columns: &Columns,
    rows: impl Iterator<Item = T>,
    write: impl Fn(&mut BinaryCopyInWriter<'_>, &T) -> Result<(), ::postgres::Error>,
) -> Result<u64, StoreError> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(0);
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let types: Vec<Type> = columns.iter().map(|(_, of)| of.clone()).collect();
    let sql = format!(
        "COPY {table} ({}) FROM STDIN (FORMAT binary)",
        names.join(", ")
    );
    let mut writer = BinaryCopyInWriter::new(transaction.copy_in(&sql)?, &types);
    for row in rows {
        write(&mut writer, &row)?;
    }
    Ok(writer.finish()?)
}

const RESOURCE_COLUMNS: [(&str, Type); 13] = [
    ("state_id", Type::INT8),
    ("address", Type::TEXT),
    ("module", Type::TEXT),
    ("mode", Type::TEXT),
    ("type", Type::TEXT),
    ("name", Type::TEXT),
    ("provider", Type::TEXT),
    ("provider_alias", Type::TEXT),
    ("provider_text", Type::TEXT),
    ("rest", Type::TEXT),
    ("fingerprint", Type::BYTEA),
    ("position", Type::TEXT),
    ("valid_from", Type::INT8),
];

fn write_resource(
    writer: &mut BinaryCopyInWriter<'_>,
    (row, place): &(ResourceRow<'_>, Place<'_>),
) -> Result<(), ::postgres::Error> {
    writer.write(&[
        &place.state_id,
        &row.address,
        &row.module,
        &row.mode,
        &row.type_name,
        &row.name,
        &row.provider,
        &row.provider_alias,
        &row.provider_text,
        &row.rest,
        &bytes(&row.fingerprint),
        &place.position,
        &place.version,
    ])
}

const INSTANCE_COLUMNS: [(&str, Type); 27] = [
    ("state_id", Type::INT8),
    ("address", Type::TEXT),
    ("resource_address", Type::TEXT),
    ("config_address", Type::TEXT),
    ("module", Type::TEXT),
    ("mode", Type::TEXT),
    ("type", Type::TEXT),
    ("name", Type::TEXT),
    ("provider", Type::TEXT),
    ("index_key", Type::TEXT),
    ("index_json", Type::TEXT),
    ("status", Type::TEXT),
    ("deposed", Type::TEXT),
    ("schema_version", Type::INT8),
    ("attributes", Type::JSON),
    ("attributes_exact", Type::TEXT),
    ("sensitive_attributes", Type::JSON),
    ("identity_schema_version", Type::INT8),
    ("identity", Type::JSON),
    ("dependencies", Type::TEXT_ARRAY),
    ("create_before_destroy", Type::BOOL),
    ("private", Type::TEXT),
    ("rest", Type::TEXT),
    ("fingerprint", Type::BYTEA),
    ("changed_in", Type::INT8),
    ("position", Type::TEXT),
    ("valid_from", Type::INT8),
];

fn write_instance(
    writer: &mut BinaryCopyInWriter<'_>,
    ((row, changed_in), place): &((InstanceRow<'_>, i64), Place<'_>),
) -> Result<(), ::postgres::Error> {
    writer.write(&[
        &place.state_id,
        &row.address,
        &row.resource_address,
        &row.config_address,
        &row.module,
        &row.mode,
        &row.type_name,
        &row.name,
        &row.provider,
        &row.index_key,
        &row.index_json,
        &row.status,
        &row.deposed,
        &row.schema_version,
        &JsonText(&row.attributes),
        &row.attributes_exact,
        &row.sensitive_attributes.as_deref().map(JsonText),
        &row.identity_schema_version,
        &row.identity.as_deref().map(JsonText),
        &row.dependencies,
        &row.create_before_destroy,
        &row.private,
        &row.rest,
        &bytes(&row.fingerprint),
        changed_in,
        &place.position,
        &place.version,
    ])
}

const OUTPUT_COLUMNS: [(&str, Type); 9] = [
    ("state_id", Type::INT8),
    ("name", Type::TEXT),
    ("value", Type::JSON),
    ("type", Type::JSON),
    ("sensitive", Type::BOOL),
    ("rest", Type::TEXT),
    ("fingerprint", Type::BYTEA),
    ("position", Type::TEXT),
    ("valid_from", Type::INT8),
];

fn write_output(
    writer: &mut BinaryCopyInWriter<'_>,
    (row, place): &(OutputRow<'_>, Place<'_>),
) -> Result<(), ::postgres::Error> {
    writer.write(&[
        &place.state_id,
        &row.name,
        &row.value.as_deref().map(JsonText),
        &row.value_type.as_deref().map(JsonText),
        &row.sensitive,
        &row.rest,
        &bytes(&row.fingerprint),
        &place.position,
        &place.version,
    ])
}

const CHECK_COLUMNS: [(&str, Type); 9] = [
    ("state_id", Type::INT8),
    ("object_kind", Type::TEXT),
    ("config_addr", Type::TEXT),
    ("status", Type::TEXT),
    ("objects", Type::JSON),
    ("rest", Type::TEXT),
    ("fingerprint", Type::BYTEA),
    ("position", Type::TEXT),
    ("valid_from", Type::INT8),
];

fn write_check(
    writer: &mut BinaryCopyInWriter<'_>,
    (row, place): &(CheckRow<'_>, Place<'_>),
) -> Result<(), ::postgres::Error> {
    writer.write(&[
        &place.state_id,
        &row.object_kind,
        &row.config_addr,
        &row.status,
        &JsonText(&row.objects),
        &row.rest,
        &bytes(&row.fingerprint),
        &place.position,
        &place.version,
    ])
}

fn bytes(fingerprint: &Fingerprint) -> &[u8] {
    &fingerprint.0
}
