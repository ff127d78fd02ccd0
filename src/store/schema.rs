//! The store's schema: making it, and telling its version.

use ::postgres::Client;
use refinery_core::{Migration, Runner};

use super::StoreError;

/// The migrations, in their order. What was released is never changed: another one follows.
const MIGRATIONS: [(&str, &str); 3] = [
    (
        "V1__relations",
        include_str!("migrations/V1__relations.sql"),
    ),
    ("V2__views", include_str!("migrations/V2__views.sql")),
    (
        "V3__row_security",
        include_str!("migrations/V3__row_security.sql"),
    ),
];

/// The version of the schema that this program reads and writes.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// The table in which migrations are recorded.
const TABLE: &str = "schema_history";

/// What is locked while the schema is changed, so that two programs do not do so at a time.
const LOCK: i64 = 0x0073_6771_5f73_746f;

/// What setting up the schema did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUp {
    /// It was made.
    Made,
    /// It was brought up from an older version.
    Raised {
        /// That version.
        from: i64,
    },
    /// It was as it should be.
    AsItWas,
}

/// Makes the schema, or brings it up to the version of this program.
///
/// # Errors
///
/// When it is of a newer version, or the role may not change it.
pub(super) fn set_up(client: &mut Client, schema: &str) -> Result<SetUp, StoreError> {
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK])?;
    let done = change(client, schema);
    // Ends with the connection otherwise.
    client.execute("SELECT pg_advisory_unlock($1)", &[&LOCK])?;
    done
}

fn change(client: &mut Client, schema: &str) -> Result<SetUp, StoreError> {
    let found = version(client, schema)?;
    match found {
        Some(found) if found > SCHEMA_VERSION => return Err(newer(schema, found)),
        Some(found) if found == SCHEMA_VERSION => return Ok(SetUp::AsItWas),
        _ => {}
    }
    // The name goes into SQL as PostgreSQL itself quotes it.
    let quoted: String = client
        .query_one("SELECT quote_ident($1)", &[&schema])?
        .get(0);
    let exists = client.query_opt(
        "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1",
        &[&schema],
    )?;
    if exists.is_none() {
        client.batch_execute(&format!("CREATE SCHEMA {quoted}"))?;
    }
    use_schema(client, schema)?;
    let failed = |error: &refinery_core::Error| StoreError::Migration {
        schema: schema.to_owned(),
        reason: reason(error),
    };
    let migrations = MIGRATIONS
        .iter()
        .map(|(name, sql)| Migration::unapplied(name, sql));
    let migrations = migrations
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| failed(&error))?;
    let mut runner = Runner::new(&migrations).set_grouped(true);
    runner.set_migration_table_name(TABLE);
    runner.run(client).map_err(|error| failed(&error))?;
    Ok(match found {
        Some(from) => SetUp::Raised { from },
        None => SetUp::Made,
    })
}

/// What the database says, without the statement.
fn reason(error: &refinery_core::Error) -> String {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<::postgres::Error>() {
            return crate::postgres::describe(error);
        }
        source = error.source();
    }
    error.to_string()
}

/// The version of the store in a schema; `None` where there is none.
///
/// # Errors
///
/// When the database cannot be asked.
pub(crate) fn version(client: &mut Client, schema: &str) -> Result<Option<i64>, StoreError> {
    let table = client.query_opt(
        "SELECT format('%I.%I', n.nspname, c.relname), \
         has_schema_privilege(n.oid, 'usage') AND has_table_privilege(c.oid, 'select'), current_user::text \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = $1 AND c.relname = $2 \
           AND EXISTS (SELECT FROM pg_catalog.pg_class o \
             WHERE o.relnamespace = n.oid AND o.relname = 'recorded_versions')",
        &[&schema, &TABLE],
    )?;
    let Some(table) = table else {
        return Ok(None);
    };
    if !table.get::<_, bool>(1) {
        return Err(StoreError::NoRights {
            role: table.get(2),
            schema: schema.to_owned(),
        });
    }
    let table: String = table.get(0);
    let newest = client.query_one(&format!("SELECT max(version)::bigint FROM {table}"), &[])?;
    Ok(newest.get(0))
}

/// Checks that a schema holds a store of this program's version, and makes it the one that statements mean.
///
/// # Errors
///
/// When there is none, or it is of another version.
pub(crate) fn require(client: &mut Client, schema: &str, place: &str) -> Result<(), StoreError> {
    match version(client, schema)? {
        None => Err(StoreError::NotThere {
            place: place.to_owned(),
            schema: schema.to_owned(),
        }),
        Some(found) if found > SCHEMA_VERSION => Err(newer(schema, found)),
        Some(found) if found < SCHEMA_VERSION => Err(StoreError::Older {
            schema: schema.to_owned(),
            found,
            known: SCHEMA_VERSION,
        }),
        Some(_) => use_schema(client, schema),
    }
}

fn newer(schema: &str, found: i64) -> StoreError {
    StoreError::Newer {
        schema: schema.to_owned(),
        found,
        known: SCHEMA_VERSION,
    }
}

fn use_schema(client: &mut Client, schema: &str) -> Result<(), StoreError> {
    client.execute(
        "SELECT set_config('search_path', quote_ident($1), false)",
        &[&schema],
    )?;
    Ok(())
}
