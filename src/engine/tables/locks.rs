//! `locks`: one row per lock that is held on a state.

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use datafusion::common::{DataFusionError, Result};
use std::sync::Arc;

use super::WholeTable;
use super::column::{Column, Kind, texts, timestamps};
use crate::engine::known::Known;
use crate::inventory::StateLock;

#[derive(Debug)]
pub(super) struct Locks;

const COLUMNS: &[Column] = &[
    Column::of_rows(
        "state_id",
        Kind::Text,
        "The state's id, as in states.id; NULL where the state is not there, or not yet.",
    ),
    Column::of_rows("state", Kind::Text, "The state's name, as in states.name."),
    Column::of_rows(
        "kind",
        Kind::Text,
        "How it is held: advisory, by a session of a database; lock_info, by a file beside a local state; tflock, \
         by an object beside one of a bucket.",
    ),
    Column::of_rows(
        "id",
        Kind::Text,
        "The id that terraform force-unlock takes; of an advisory lock its key.",
    ),
    Column::of_rows(
        "operation",
        Kind::Text,
        "What is being done, such as OperationTypeApply; NULL where the lock does not tell.",
    ),
    Column::of_rows(
        "who",
        Kind::Text,
        "Who holds it: user@host, or the role that is connected.",
    ),
    Column::of_rows(
        "version",
        Kind::Text,
        "The version of Terraform that holds it.",
    ),
    Column::of_rows(
        "since",
        Kind::Timestamp,
        "When it was taken; of an advisory lock when its session began.",
    ),
    Column::of_rows("info", Kind::Text, "What else is said of it."),
    Column::of_rows(
        "path",
        Kind::Text,
        "Where the lock lies: a file, which a process that was killed leaves behind, or a key.",
    ),
    Column::of_rows(
        "pid",
        Kind::BigInt,
        "The database's process that holds it, as pg_terminate_backend takes it.",
    ),
    Column::of_rows(
        "client_addr",
        Kind::Text,
        "Where the session is connected from; NULL on the machine itself, or without the right to see it.",
    ),
    Column::of_rows(
        "application_name",
        Kind::Text,
        "What the session calls itself.",
    ),
    Column::of_rows(
        "query_start",
        Kind::Timestamp,
        "When the session's last statement began.",
    ),
    Column::of_rows(
        "idle_since",
        Kind::Timestamp,
        "Since when the session waits for its client; NULL while a statement runs, and of files.",
    ),
];

impl WholeTable for Locks {
    fn name(&self) -> &'static str {
        "locks"
    }

    fn about(&self) -> &'static str {
        "One row per lock that is held on a state now."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let inventory = known.inventory();
        let locks = inventory.locks().map_err(DataFusionError::Execution)?;
        let state = |held: &StateLock| Some(&inventory.files()[held.state?]);
        let text = |value: fn(&StateLock) -> Option<&str>| texts(locks.iter().map(value));
        let columns: Vec<ArrayRef> = vec![
            texts(locks.iter().map(|held| Some(&state(held)?.id))),
            texts(locks.iter().map(|held| Some(&state(held)?.name))),
            text(|held| Some(held.lock.kind)),
            text(|held| held.lock.id.as_deref()),
            text(|held| held.lock.operation.as_deref()),
            text(|held| held.lock.who.as_deref()),
            text(|held| held.lock.version.as_deref()),
            timestamps(locks.iter().map(|held| held.lock.since)),
            text(|held| held.lock.info.as_deref()),
            text(|held| held.lock.path.as_deref()),
            Arc::new(
                locks
                    .iter()
                    .map(|held| held.lock.pid.map(i64::from))
                    .collect::<Int64Array>(),
            ),
            text(|held| held.lock.client_addr.as_deref()),
            text(|held| held.lock.application_name.as_deref()),
            timestamps(locks.iter().map(|held| held.lock.query_start)),
            timestamps(locks.iter().map(|held| held.lock.idle_since)),
        ];
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
