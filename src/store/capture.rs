//! Recording what Terraform writes to its own backend in the same database.
//!
//! A trigger keeps each write as it is, which is all that is done within Terraform's transaction. Whoever
//! opens the store next, and may write to it, makes versions of them; until then those who read the store
//! read them as they are.

use ::postgres::{Client, Row, Transaction};
use jiff::Timestamp;

use super::authorship::{Authorship, Operation};
use super::commit::{Base, Write};
use super::names::{Removal, remove};
use super::{Store, StoreError};
use crate::format::Redaction;

/// The trigger's name on the tables of Terraform's backend.
const TRIGGER: &str = "sgq_capture";

/// The table that Terraform writes to, where it is not said.
pub const TABLE: &str = "states";

/// What is locked while captured writes are made versions, so that they keep their order.
const LOCK: i64 = 0x0073_6771_5f63_6170;

/// A write that was captured.
struct Captured {
    id: i64,
    state: String,
    workspace: String,
    recorded_at: Timestamp,
    role: String,
    document: Option<String>,
}

/// What became of captured writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// How many were made versions.
    pub versions: usize,
    /// Those that are none, a sentence each. They stay, and are not looked at again.
    pub refused: Vec<String>,
}

/// The name in the store of the state that Terraform keeps in a table, as the table's rows are called as a
/// source.
pub(crate) fn state_name(schema: &str, table: &str, workspace: &str) -> String {
    match table {
        TABLE => format!("{schema}/{workspace}"),
        table => format!("{schema}.{table}/{workspace}"),
    }
}

impl Store {
    /// Captures each write to a table of Terraform's backend from now on, and what it holds now.
    ///
    /// # Errors
    ///
    /// When there is no such table, or the role may not do so.
    pub fn capture(&mut self, schema: &str, table: &str) -> Result<(), StoreError> {
        let place = place(&mut self.client, schema, table)?;
        let own: String = self
            .client
            .query_one("SELECT quote_ident(current_schema())", &[])?
            .get(0);
        let function = include_str!("capture.sql").replace("{schema}", &own);
        let mut transaction = self.client.transaction()?;
        transaction.batch_execute(&function)?;
        let is_new = transaction
            .query_opt(
                "SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = $1::text::regclass AND tgname = $2",
                &[&place, &TRIGGER],
            )?
            .is_none();
        if is_new {
            transaction.batch_execute(&format!(
                "CREATE TRIGGER {TRIGGER} AFTER INSERT OR DELETE OR UPDATE OF name, data ON {place} \
                 FOR EACH ROW EXECUTE FUNCTION {own}.capture_write()"
            ))?;
            transaction.execute(
                &format!(
                    "INSERT INTO captured_writes (schema_name, table_name, workspace, document) \
                     SELECT $1, $2, name, data FROM {place} WHERE data <> '' ORDER BY id"
                ),
                &[&schema, &table],
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Checks that a state is not one whose writes are captured, unless it is the capture that writes.
    ///
    /// # Errors
    ///
    /// When it is.
    pub(super) fn check_captured(
        &mut self,
        state: &str,
        operation: Operation,
    ) -> Result<(), StoreError> {
        if operation == Operation::Capture {
            return Ok(());
        }
        let row = self.client.query_one(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger t \
               JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE t.tgname = $1 \
                 AND starts_with($2, concat(n.nspname, '.' || nullif(c.relname, $3), '/')))",
            &[&TRIGGER, &state, &TABLE],
        )?;
        match row.get(0) {
            true => Err(StoreError::Captured(state.to_owned())),
            false => Ok(()),
        }
    }

    /// Ends capturing the writes to a table. What was captured stays.
    ///
    /// # Errors
    ///
    /// When there is no such table, or the role may not do so.
    pub fn end_capture(&mut self, schema: &str, table: &str) -> Result<(), StoreError> {
        let place = place(&mut self.client, schema, table)?;
        let sql = format!("DROP TRIGGER IF EXISTS {TRIGGER} ON {place}");
        self.client.batch_execute(&sql)?;
        Ok(())
    }

    /// Makes versions of the writes that were captured, in their order; `redaction` says what the columns show
    /// that everybody may read. Does nothing where the role may not write, or another is at it.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn settle(&mut self, redaction: &Redaction) -> Result<Settled, StoreError> {
        let may = self.client.query_one(
            "SELECT has_table_privilege('captured_writes', 'delete') \
             AND has_table_privilege('recorded_versions', 'insert') \
             AND NOT current_setting('transaction_read_only')::bool",
            &[],
        )?;
        let mut settled = Settled::default();
        if !may.get::<_, bool>(0) || !self.has_captured(0)? {
            return Ok(settled);
        }
        let locked = self
            .client
            .query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK])?;
        if !locked.get::<_, bool>(0) {
            return Ok(settled);
        }
        let done = self.settle_all(redaction, &mut settled);
        self.client
            .execute("SELECT pg_advisory_unlock($1)", &[&LOCK])?;
        done.map(|()| settled)
    }

    fn has_captured(&mut self, after: i64) -> Result<bool, StoreError> {
        let row = self.client.query_one(
            "SELECT EXISTS (SELECT FROM captured_writes WHERE write_id > $1 AND refused IS NULL)",
            &[&after],
        )?;
        Ok(row.get(0))
    }

    fn settle_all(
        &mut self,
        redaction: &Redaction,
        settled: &mut Settled,
    ) -> Result<(), StoreError> {
        let mut last = 0;
        loop {
            let row = self.client.query_opt(
                "SELECT write_id, schema_name, table_name, workspace, recorded_at, db_user, document \
                 FROM captured_writes WHERE write_id > $1 AND refused IS NULL ORDER BY write_id LIMIT 1",
                &[&last],
            )?;
            let Some(captured) = row.as_ref().map(Captured::of) else {
                return Ok(());
            };
            last = captured.id;
            match self.settle_one(&captured, redaction) {
                Ok(()) => settled.versions += 1,
                Err(StoreError::NotAState(reason)) => {
                    self.client.execute(
                        "UPDATE captured_writes SET refused = $2 WHERE write_id = $1",
                        &[&last, &reason],
                    )?;
                    settled.refused.push(format!(
                        "the write {last} of {} was captured and is no state, so that no version was made of it: \
                         {reason}",
                        captured.state
                    ));
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn settle_one(&mut self, captured: &Captured, redaction: &Redaction) -> Result<(), StoreError> {
        let authorship = Authorship {
            author: Some(captured.role.clone()),
            ..Authorship::default()
        };
        let Some(document) = &captured.document else {
            let found = self.find(&captured.state)?;
            let mut transaction = self.client.transaction()?;
            if let Some(state) = found {
                let removal = Removal {
                    operation: Operation::Capture,
                    authorship: &authorship,
                    recorded_at: Some(captured.recorded_at),
                };
                remove(&mut transaction, &state, &removal)?;
            }
            forget(&mut transaction, captured.id)?;
            transaction.commit()?;
            return Ok(());
        };
        let write = Write {
            state: &captured.state,
            workspace: &captured.workspace,
            base: Base::Newest,
            operation: Operation::Capture,
            authorship: &authorship,
            recorded_at: Some(captured.recorded_at),
            may_be_made_anew: true,
            captured: Some(captured.id),
        };
        self.push(&write, document.as_bytes(), redaction)?;
        Ok(())
    }
}

/// Drops a captured write that was made a version.
pub(super) fn forget(transaction: &mut Transaction<'_>, id: i64) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM captured_writes WHERE write_id = $1", &[&id])?;
    Ok(())
}

impl Captured {
    fn of(row: &Row) -> Captured {
        let workspace: String = row.get(3);
        Captured {
            id: row.get(0),
            state: state_name(row.get(1), row.get(2), &workspace),
            workspace,
            recorded_at: row.get(4),
            role: row.get(5),
            document: row.get(6),
        }
    }
}

/// A table of Terraform's backend as SQL spells it.
fn place(client: &mut Client, schema: &str, table: &str) -> Result<String, StoreError> {
    let row = client.query_opt(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p') AND (\
           SELECT count(*) FROM pg_catalog.pg_attribute a \
           WHERE a.attrelid = c.oid AND a.attname IN ('id', 'name', 'data') AND NOT a.attisdropped) = 3",
        &[&schema, &table],
    )?;
    match row {
        Some(row) => Ok(row.get(0)),
        None => Err(StoreError::NoBackend {
            schema: schema.to_owned(),
            table: table.to_owned(),
        }),
    }
}
