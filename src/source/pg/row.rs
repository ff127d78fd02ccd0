//! One row: a state.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use ::postgres::Client;
use ::postgres::types::Type;

use super::tables::qualified;
use super::{Backend, Key};
use crate::postgres::StatementError;
use crate::source::ReadError;

/// A row of a table of states, read when it is needed.
#[derive(Clone)]
pub struct Row {
    backend: Arc<Backend>,
    key: Key,
    workspace: Arc<str>,
}

/// Stands for what a row says: another one means that it was written since. It needs no time to
/// settle, since each write makes a row another version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowStamp {
    /// The transaction that wrote it (`xmin`).
    transaction: u32,
    /// Where it lies (`ctid`): the block, and the place in it.
    place: (u32, u16),
    /// Its size in bytes.
    pub(super) size: u64,
}

impl RowStamp {
    /// From the texts of `xmin` and `ctid`.
    pub(super) fn new(transaction: &str, place: &str, size: u64) -> RowStamp {
        let inner = place.trim_matches(['(', ')']);
        let (block, offset) = inner.split_once(',').unwrap_or((inner, ""));
        RowStamp {
            transaction: transaction.parse().unwrap_or(0),
            place: (block.parse().unwrap_or(0), offset.parse().unwrap_or(0)),
            size,
        }
    }
}

impl Row {
    pub(super) fn new(backend: Arc<Backend>, key: Key, workspace: &str) -> Row {
        Row {
            backend,
            key,
            workspace: workspace.into(),
        }
    }

    /// The workspace it is the state of.
    pub fn workspace(&self) -> &str {
        &self.workspace
    }

    /// What it said when its table was last looked at; `None` if it was gone.
    pub fn stamp(&self) -> Option<RowStamp> {
        Some(self.backend.read().rows.get(&self.key)?.stamp)
    }

    /// Its size in bytes when its table was last looked at.
    pub fn size(&self) -> u64 {
        self.stamp().map_or(0, |stamp| stamp.size)
    }

    /// When it was written, as known when its table was last looked at.
    pub fn modified(&self) -> Option<SystemTime> {
        self.backend.read().rows.get(&self.key)?.modified
    }

    /// Its state.
    ///
    /// # Errors
    ///
    /// When it is gone, or the server is.
    pub(crate) fn fetch(&self) -> Result<impl io::Read + use<>, ReadError> {
        let (schema, id) = &self.key;
        let table = self.backend.table_name();
        let row = self.backend.fetch(schema, *id).map_err(ReadError::Io)?;
        row.map(io::Cursor::new).ok_or_else(|| {
            ReadError::Io(format!(
                "the table {schema}.{table} has no row {id} any more"
            ))
        })
    }
}

/// A row's state as it came from the server.
pub(super) struct Fetched(::postgres::Row);

impl AsRef<[u8]> for Fetched {
    fn as_ref(&self) -> &[u8] {
        // It was looked at when it came.
        self.0.try_get::<_, &str>(0).unwrap_or_default().as_bytes()
    }
}

/// The statement that fetches a row's state by its id.
pub(super) fn statement(schema: &str, table: &str) -> String {
    let place = qualified(schema, table);
    format!("SELECT data::pg_catalog.text FROM {place} WHERE id = $1")
}

/// A row's state; `None` if there is none.
///
/// # Errors
///
/// What the server says, or that it is gone.
pub(super) fn fetch(
    client: &mut Client,
    statement: &str,
    id: i64,
) -> Result<Option<Fetched>, StatementError> {
    let rows = client.query_typed(statement, &[(&id, Type::INT8)])?;
    let row = rows.into_iter().next();
    if let Some(row) = &row {
        row.try_get::<_, &str>(0)?;
    }
    Ok(row.map(Fetched))
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({} of {})", self.key.1, self.key.0)
    }
}

#[cfg(test)]
mod tests {
    use super::RowStamp;

    #[test]
    fn a_stamp_tells_versions_apart() {
        let stamp = RowStamp::new("731", "(4294967295,12)", 9);
        assert_eq!(stamp.place, (u32::MAX, 12));
        assert_ne!(stamp, RowStamp::new("731", "(0,12)", 9));
        assert_ne!(stamp, RowStamp::new("732", "(4294967295,12)", 9));
    }
}
