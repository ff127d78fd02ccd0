//! Hiding, in all of a version, what turned out to be a secret.
//!
//! A text that one part marks as a secret is hidden wherever else its state repeats it. So a write can make
//! secrets of what others wrote before, or meanwhile.

use ::postgres::Transaction;

use super::StoreError;
use super::documents::{At, Wanted, documents};
use super::recording::Recording;
use super::write::{self, ChangedIn, Ended, Rows};
use crate::format::{self, Document, Redaction};

/// What is to be written again.
#[derive(Default)]
struct Again {
    rows: Rows,
    /// What ends with the version, written by an earlier one.
    ended: Ended,
    changed_in: ChangedIn,
}

/// Compares what the rows of a version show with what may be shown of it as a whole, and writes those anew
/// that show more or less.
pub(super) fn reshow(
    transaction: &mut Transaction<'_>,
    at: At,
    redaction: &Redaction,
) -> Result<(), StoreError> {
    let document = documents(transaction, &[at], &Wanted::exact())?;
    let document = document.into_iter().next().unwrap_or_default();
    let Ok(Document::State(state)) = format::read(document.as_bytes()) else {
        return Ok(());
    };
    let redacted = redaction.of(&state);
    let recording = Recording::of_state(&document, &state, &redacted);
    let mut again = Again::default();
    instances(transaction, at, &recording, &mut again)?;
    outputs(transaction, at, &recording, &mut again)?;
    checks(transaction, at, &recording, &mut again)?;
    let (_, changed_in) = write::end(transaction, at.state_id, at.version, &again.ended)?;
    again.changed_in.extend(changed_in);
    write::begin(
        transaction,
        &recording,
        at.state_id,
        at.version,
        &again.rows,
        &again.changed_in,
    )?;
    transaction.execute(
        "UPDATE recorded_versions SET secrets_hash = $3 WHERE state_id = $1 AND version = $2",
        &[
            &at.state_id,
            &at.version,
            &redacted.secrets_hash().as_slice(),
        ],
    )?;
    Ok(())
}

/// Takes rows back that this write made, and nobody has seen.
fn take_back(
    transaction: &mut Transaction<'_>,
    table: &str,
    rows: &[i64],
) -> Result<(), StoreError> {
    let sql = format!("DELETE FROM {table} WHERE row_id = ANY($1)");
    transaction.execute(&sql, &[&rows])?;
    Ok(())
}

fn instances(
    transaction: &mut Transaction<'_>,
    at: At,
    recording: &Recording<'_>,
    again: &mut Again,
) -> Result<(), StoreError> {
    let rows = transaction.query(
        "SELECT r.row_id, r.address, r.deposed, r.attributes::text, r.identity::text, r.position, \
         r.valid_from, r.changed_in, r.fingerprint FROM recorded_instances r \
         JOIN recorded_resources o ON o.state_id = r.state_id AND o.address = r.resource_address \
           AND o.valid_to IS NULL \
         WHERE r.state_id = $1 AND r.valid_to IS NULL \
         ORDER BY o.position, o.address, r.position, r.address, r.deposed NULLS FIRST",
        &[&at.state_id],
    )?;
    let parts = recording.parts.resources.iter().enumerate();
    let positions = parts.flat_map(|(resource, part)| {
        (0..part.instances.len()).map(move |instance| (resource, instance))
    });
    let mut mine = Vec::new();
    for (row, position) in rows.iter().zip(positions) {
        let Some(shown) = recording.instance(position.0, position.1) else {
            continue;
        };
        let key: (String, Option<String>) = (row.get(1), row.get(2));
        if shown.address != key.0 {
            return Err(StoreError::Damaged {
                state: format!("the state number {}", at.state_id),
                version: at.version,
                what: format!(
                    "the rows of {} are in another order than the document",
                    key.0
                ),
            });
        }
        let is_shown = row.get::<_, Option<&str>>(3) == Some(shown.attributes.as_ref())
            && row.get::<_, Option<&str>>(4) == shown.identity.as_deref();
        if is_shown {
            continue;
        }
        again.rows.instances.push((position, row.get(5)));
        if row.get::<_, i64>(6) == at.version {
            again.changed_in.insert(key, (row.get(7), row.get(8)));
            mine.push(row.get::<_, i64>(0));
        } else {
            again.ended.instances.push(key);
        }
    }
    take_back(transaction, "recorded_instances", &mine)
}

fn outputs(
    transaction: &mut Transaction<'_>,
    at: At,
    recording: &Recording<'_>,
    again: &mut Again,
) -> Result<(), StoreError> {
    let rows = transaction.query(
        "SELECT row_id, name, value::text, type::text, position, valid_from FROM recorded_outputs \
         WHERE state_id = $1 AND valid_to IS NULL ORDER BY position, name",
        &[&at.state_id],
    )?;
    let mut mine = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        let Some(shown) = recording.output(position) else {
            continue;
        };
        let is_shown = row.get::<_, Option<&str>>(2) == shown.value.as_deref()
            && row.get::<_, Option<&str>>(3) == shown.value_type.as_deref();
        if is_shown {
            continue;
        }
        again.rows.outputs.push((position, row.get(4)));
        match row.get::<_, i64>(5) == at.version {
            true => mine.push(row.get::<_, i64>(0)),
            false => again.ended.outputs.push(row.get(1)),
        }
    }
    take_back(transaction, "recorded_outputs", &mine)
}

fn checks(
    transaction: &mut Transaction<'_>,
    at: At,
    recording: &Recording<'_>,
    again: &mut Again,
) -> Result<(), StoreError> {
    let rows = transaction.query(
        "SELECT row_id, object_kind, config_addr, objects::text, position, valid_from FROM recorded_checks \
         WHERE state_id = $1 AND valid_to IS NULL ORDER BY position, config_addr",
        &[&at.state_id],
    )?;
    let mut mine = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        let Some(shown) = recording.check(position) else {
            continue;
        };
        if row.get::<_, &str>(3) == shown.objects {
            continue;
        }
        again.rows.checks.push((position, row.get(4)));
        match row.get::<_, i64>(5) == at.version {
            true => mine.push(row.get::<_, i64>(0)),
            false => again.ended.checks.push((row.get(1), row.get(2))),
        }
    }
    take_back(transaction, "recorded_checks", &mine)
}
