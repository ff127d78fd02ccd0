//! Terraform's backend `pg`, read live: the rows of every table `states` of a database.
//!
//! Source: Terraform `internal/backend/remote-state/pg`: a schema for each configuration, in it a table
//! `states(id, name, data)` with a row for each workspace. OpenTofu lets the table be called otherwise.

mod helpers;
mod locks;
mod row;
mod tables;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError,
};

use self::helpers::Helpers;
use self::row::Fetched;
pub use self::row::{Row, RowStamp};
use self::tables::{Listed, Seen, Table};
use super::moment::Session;
use super::{Change, Content, Discovery, Found, Live, Lock, unreadable};
use crate::postgres::Target;

/// What Terraform calls the table.
const TABLE: &str = "states";

/// A database with states in it.
#[derive(Debug)]
struct Backend {
    target: Target,
    /// `pg://HOST:PORT/DATABASE`: what the addresses of its documents begin with.
    place: String,
    session: Arc<Mutex<Session>>,
    helpers: Helpers,
    /// Whether nobody needs the moment any more.
    is_to_rest: Arc<AtomicBool>,
    known: RwLock<Known>,
}

/// What is known of the tables and rows.
#[derive(Debug, Default)]
struct Known {
    tables: Vec<Table>,
    rows: BTreeMap<Key, Listed>,
}

/// What tells a row from all others: its schema and id.
type Key = (Arc<str>, i64);

/// Finds the states of a database, and leaves the transaction open that all of them are read in. A session that
/// is connected to it already goes on.
pub(super) fn discover(session: Session, target: &Target) -> Discovery {
    let backend = Arc::new(Backend {
        place: place(target),
        target: target.clone(),
        session: Arc::new(Mutex::new(session)),
        helpers: Helpers::default(),
        is_to_rest: Arc::default(),
        known: RwLock::default(),
    });
    let mut discovery = Discovery::default();
    match backend.look() {
        Ok(seen) => {
            backend.list(&seen, &mut discovery);
            *backend.write() = Known::of(seen);
        }
        Err(reason) => discovery
            .found
            .push(unreadable(String::new(), target.to_string(), reason)),
    }
    discovery.live.push(backend);
    discovery
}

/// `pg://HOST:PORT/DATABASE`. A folder of sockets stands percent-encoded in the host's place.
fn place(target: &Target) -> String {
    let servers = target.servers().replace('/', "%2F");
    format!("pg://{servers}/{}", target.database())
}

impl Backend {
    /// What the table is called.
    fn table_name(&self) -> &str {
        self.target.option("table_name").unwrap_or(TABLE)
    }

    /// What a schema's states are called in addresses: a table of another name is told.
    fn stack(&self, schema: &str) -> String {
        match self.table_name() {
            TABLE => schema.to_owned(),
            table => format!("{schema}.{table}"),
        }
    }

    fn uri(&self, schema: &str, workspace: &str) -> String {
        format!("{}/{}#{workspace}", self.place, self.stack(schema))
    }

    /// Begins a moment and looks at the tables and rows.
    fn look(&self) -> Result<Seen, String> {
        let question = tables::Question {
            table: self.table_name().to_owned(),
            schema: self.target.option("schema_name").map(str::to_owned),
        };
        let mut session = self.session();
        self.is_to_rest.store(false, Ordering::Relaxed);
        let seen = session.look(&self.target, move |client| tables::look(client, &question))?;
        self.helpers.begin(seen.snapshot.clone());
        Ok(seen)
    }

    /// A row's state, by whatever connection is free; `None` if there is none.
    fn fetch(&self, schema: &str, id: i64) -> Result<Option<Fetched>, String> {
        let statement = row::statement(schema, self.table_name());
        let by_session = |session: &mut Session| {
            let statement = statement.clone();
            session.run(move |client| row::fetch(client, &statement, id))
        };
        if let Ok(mut session) = self.session.try_lock() {
            return by_session(&mut session);
        }
        match self.helpers.fetch(&self.target, &statement, id) {
            Some(fetched) => Ok(fetched),
            None => by_session(&mut self.session()),
        }
    }

    /// What was seen as documents.
    fn list(self: &Arc<Self>, seen: &Seen, discovery: &mut Discovery) {
        for table in &seen.tables {
            if !table.may_be_read {
                let schema = tables::written(&table.schema);
                let name = tables::written(self.table_name());
                let role = tables::written(self.target.user());
                discovery.found.push(unreadable(
                    self.stack(&table.schema),
                    format!("{}/{}", self.place, self.stack(&table.schema)),
                    format!(
                        "{role} may not read the table {schema}.{name}; GRANT USAGE ON SCHEMA {schema} and SELECT ON \
                         {schema}.{name} to {role}"
                    ),
                ));
            }
        }
        for ((schema, id), listed) in &seen.rows {
            let uri = self.uri(schema, &listed.workspace);
            if listed.stamp.size == 0 {
                discovery.skipped.push((uri, "row without a state"));
                continue;
            }
            discovery.found.push(Found {
                path: format!("{}/{}", self.stack(schema), listed.workspace),
                uri,
                size: listed.stamp.size,
                modified: listed.modified,
                expected: true,
                content: Content::Row(Row::new(
                    Arc::clone(self),
                    (Arc::clone(schema), *id),
                    &listed.workspace,
                )),
                past: Vec::new(),
            });
        }
        discovery
            .found
            .sort_by(|one, other| one.path.cmp(&other.path));
        if seen.tables.is_empty() {
            let table = self.table_name();
            let lacking = match self.target.option("schema_name") {
                Some(schema) => format!("the schema {schema} has no table {table}"),
                None => format!("no schema has a table {table}"),
            };
            let place = &self.target;
            discovery.notes.push(format!(
                "{place}: {lacking}(id, name, data) of Terraform's backend"
            ));
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn of(seen: Seen) -> Known {
        Known {
            tables: seen.tables,
            rows: seen.rows,
        }
    }

    /// What is different in `now`.
    fn change(&self, now: &Seen) -> Change {
        let is_same = |(one, other): ((&Key, &Listed), (&Key, &Listed))| {
            one.0 == other.0
                && one.1.workspace == other.1.workspace
                && (one.1.stamp.size == 0) == (other.1.stamp.size == 0)
        };
        let are_same = self.rows.len() == now.rows.len()
            && self.rows.iter().zip(&now.rows).all(is_same)
            && self.tables == now.tables;
        if !are_same {
            return Change::Documents;
        }
        match self.rows == now.rows {
            true => Change::Nothing,
            false => Change::Contents,
        }
    }
}

impl Live for Backend {
    fn look_again(&self) -> Result<Change, String> {
        let was_lost = self.session().was_lost();
        let seen = self.look()?;
        let mut known = self.write();
        // What was not read while the server was gone counts as failed: that is to be forgotten.
        let change = match was_lost {
            true => Change::Documents,
            false => known.change(&seen),
        };
        *known = Known::of(seen);
        Ok(change)
    }

    fn rest(&self) {
        self.is_to_rest.store(true, Ordering::Relaxed);
        self.helpers.end();
        match self.session.try_lock() {
            Ok(mut session) => session.rest(),
            Err(TryLockError::Poisoned(session)) => session.into_inner().rest(),
            // A question that was given up still reads, from a server that may not answer: nobody waits.
            Err(TryLockError::WouldBlock) => {
                let session = Arc::clone(&self.session);
                let is_to_rest = Arc::clone(&self.is_to_rest);
                std::thread::spawn(move || {
                    let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
                    if is_to_rest.load(Ordering::Relaxed) {
                        session.rest();
                    }
                });
            }
        }
    }

    fn locks(&self) -> Result<Vec<Lock>, String> {
        locks::all(self)
    }
}
