//! The statements that find tables and rows. None of them fetches a state.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

use ::postgres::Client;
use ::postgres::types::Type;

use super::Key;
use super::row::RowStamp;
use crate::postgres::StatementError;

/// How many tables one statement lists. The time that one takes grows faster than their number: 400 tables
/// take 113 ms at once, and 19 ms by fifties.
const TABLES_AT_ONCE: usize = 50;

/// For how many rows more than one connection is worth while.
const WORTH_SHARING: usize = 8;

/// The schemas with such a table, whether the role may read it, and whether the server knows when rows
/// were written. The parameters are the table's name and the one schema that is wanted, or null.
const TABLES: &str = "\
    SELECT n.nspname::pg_catalog.text, \
        pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
        AND pg_catalog.has_column_privilege(c.oid, 'id', 'SELECT') \
        AND pg_catalog.has_column_privilege(c.oid, 'name', 'SELECT') \
        AND pg_catalog.has_column_privilege(c.oid, 'data', 'SELECT'), \
        pg_catalog.current_setting('track_commit_timestamp')::pg_catalog.bool \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relname = $1 AND ($2 IS NULL OR n.nspname = $2) AND c.relkind IN ('r', 'p') \
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
        AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a \
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
            AND (a.attname = 'id' AND a.atttypid IN (20, 21, 23) \
                OR a.attname IN ('name', 'data') AND a.atttypid IN (25, 1043))) = 3 \
    ORDER BY n.nspname";

/// What is looked for.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// The name of the tables.
    pub(super) table: String,
    /// The only schema to look at, if not all.
    pub(super) schema: Option<String>,
}

/// A table of states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// Its schema.
    pub(super) schema: Arc<str>,
    /// Whether the role may.
    pub(super) may_be_read: bool,
}

/// What is known of a row without its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    /// Its name.
    pub(super) workspace: String,
    /// Stands for what it says.
    pub(super) stamp: RowStamp,
    /// When it was written, where the server keeps that (`track_commit_timestamp`).
    pub(super) modified: Option<SystemTime>,
}

/// The tables and rows at one moment.
#[derive(Debug)]
pub(super) struct Seen {
    /// The tables, by schema.
    pub(super) tables: Vec<Table>,
    /// The rows of those that may be read.
    pub(super) rows: BTreeMap<Key, Listed>,
    /// What the server calls the moment, where it is worth sharing with other connections.
    pub(super) snapshot: Option<Arc<str>>,
}

/// Looks at the tables and rows.
pub(super) fn look(client: &mut Client, question: &Question) -> Result<Seen, StatementError> {
    let found = client.query_typed(
        TABLES,
        &[
            (&question.table, Type::TEXT),
            (&question.schema, Type::TEXT),
        ],
    )?;
    let mut keeps_times = false;
    let mut tables = Vec::with_capacity(found.len());
    for row in found {
        let schema: String = row.try_get(0)?;
        keeps_times = row.try_get(2)?;
        tables.push(Table {
            schema: schema.into(),
            may_be_read: row.try_get(1)?,
        });
    }
    let mut rows = BTreeMap::new();
    let readable: Vec<&Table> = tables.iter().filter(|table| table.may_be_read).collect();
    for tables in readable.chunks(TABLES_AT_ONCE) {
        let statement = listing(tables, &question.table, keeps_times);
        for row in client.query_typed(&statement, &[])? {
            let number: i32 = row.try_get(0)?;
            let table = usize::try_from(number)
                .ok()
                .and_then(|number| tables.get(number));
            let name: Option<String> = row.try_get(2)?;
            let (Some(table), Some(workspace)) = (table, name) else {
                continue;
            };
            let size: Option<i64> = row.try_get(3)?;
            let stamp = RowStamp::new(
                row.try_get(4)?,
                row.try_get(5)?,
                size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0),
            );
            let listed = Listed {
                workspace,
                stamp,
                modified: row.try_get(6)?,
            };
            rows.insert((Arc::clone(&table.schema), row.try_get(1)?), listed);
        }
    }
    let snapshot = match rows.len() {
        0..WORTH_SHARING => None,
        _ => {
            let exported = client.query_typed("SELECT pg_catalog.pg_export_snapshot()", &[])?;
            let name = exported.first().map(|row| row.try_get::<_, String>(0));
            name.transpose()?.map(Arc::from)
        }
    };
    Ok(Seen {
        tables,
        rows,
        snapshot,
    })
}

/// The rows of some tables, each with its table's number. The length of a text is known without
/// fetching it from where long ones lie.
fn listing(tables: &[&Table], name: &str, keeps_times: bool) -> String {
    // Transactions below 3 are none of anybody's, and asking for their time is an error.
    let time = match keeps_times {
        true => {
            "CASE WHEN xmin::pg_catalog.text::pg_catalog.int8 > 2 \
             THEN pg_catalog.pg_xact_commit_timestamp(xmin) END"
        }
        false => "NULL::pg_catalog.timestamptz",
    };
    let mut statement = String::new();
    for (number, table) in tables.iter().enumerate() {
        let union = if number > 0 { " UNION ALL " } else { "" };
        let place = qualified(&table.schema, name);
        let written = write!(
            statement,
            "{union}SELECT {number}::pg_catalog.int4, id::pg_catalog.int8, name::pg_catalog.text, \
             pg_catalog.octet_length(data)::pg_catalog.int8, xmin::pg_catalog.text, ctid::pg_catalog.text, {time} \
             FROM {place}"
        );
        debug_assert!(written.is_ok(), "a String takes all that is written to it");
    }
    statement
}

/// A table's name as SQL takes it, whatever it is.
pub(super) fn qualified(schema: &str, table: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(table))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name as people write it: quoted where it must be.
pub(super) fn written(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    match name.chars().all(is_plain) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

#[cfg(test)]
mod tests {
    use super::{qualified, written};

    #[test]
    fn names_are_quoted() {
        assert_eq!(qualified("a b", "x\"; --"), "\"a b\".\"x\"\"; --\"");
        assert_eq!(
            [written("a_1"), written("A"), written("1")],
            ["a_1", "\"A\"", "\"1\""]
        );
    }
}
