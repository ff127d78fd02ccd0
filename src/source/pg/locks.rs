//! Who holds which row: Terraform's advisory locks.

use std::collections::HashMap;
use std::time::SystemTime;

use ::postgres::Client;

use super::Backend;
use crate::postgres::StatementError;
use crate::source::Lock;

/// The session locks of this database with a key of 64 bits, and who holds them. What others do may only
/// be seen with the rights for it: then it is null.
const LOCKS: &str = "\
    SELECT (l.classid::pg_catalog.int8 << 32) | l.objid::pg_catalog.int8, l.pid, a.usename::pg_catalog.text, \
        pg_catalog.host(a.client_addr), a.application_name, a.backend_start, a.query_start, \
        CASE WHEN a.state = 'idle' THEN a.state_change END \
    FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.mode = 'ExclusiveLock' \
        AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d \
            WHERE d.datname = pg_catalog.current_database()) \
    ORDER BY 1, 2";

/// Terraform's key for the time while a workspace is made, whatever its schema.
///
/// Source: Terraform `internal/backend/remote-state/pg/client.go`.
const CREATION: i64 = -1;

/// An advisory lock.
struct Advisory {
    key: i64,
    lock: Lock,
}

/// The locks on the rows that are known, and on making one.
pub(super) fn all(backend: &Backend) -> Result<Vec<Lock>, String> {
    let advisory = backend
        .session()
        .run(held)
        .map_err(|reason| format!("the locks of {} cannot be read: {reason}", backend.target))?;
    let known = backend.read();
    let mut rows: HashMap<i64, Vec<String>> = HashMap::new();
    for ((schema, id), listed) in &known.rows {
        let uri = backend.uri(schema, &listed.workspace);
        rows.entry(*id).or_default().push(uri);
    }
    let mut making: HashMap<i64, String> = HashMap::new();
    for table in &known.tables {
        let key = opentofu_creation(&table.schema, backend.table_name());
        making.insert(
            key,
            format!("a workspace is made in the schema {}", table.schema),
        );
    }
    making.insert(CREATION, "a workspace is made".to_owned());
    let mut locks = Vec::new();
    for Advisory { key, lock } in advisory {
        if let Some(uris) = rows.get(&key) {
            locks.extend(uris.iter().map(|uri| Lock {
                uri: Some(uri.clone()),
                ..lock.clone()
            }));
        } else if let Some(info) = making.get(&key) {
            locks.push(Lock {
                info: Some(info.clone()),
                ..lock
            });
        }
    }
    Ok(locks)
}

fn held(client: &mut Client) -> Result<Vec<Advisory>, StatementError> {
    // Within a transaction the server tells of its sessions as they were when first asked.
    client.batch_execute("SELECT pg_catalog.pg_stat_clear_snapshot()")?;
    let rows = client.query_typed(LOCKS, &[])?;
    let lock = |row: ::postgres::Row| -> Result<Advisory, StatementError> {
        let key: i64 = row.try_get(0)?;
        let started: Option<SystemTime> = row.try_get(5)?;
        Ok(Advisory {
            key,
            lock: Lock {
                kind: "advisory",
                id: Some(key.to_string()),
                who: row.try_get(2)?,
                // Terraform connects, takes the lock and keeps both until it is done.
                since: started,
                path: Some(format!("advisory lock {key}")),
                pid: row.try_get(1)?,
                client_addr: row.try_get(3)?,
                application_name: row
                    .try_get::<_, Option<String>>(4)?
                    .filter(|name| !name.is_empty()),
                query_start: row.try_get(6)?,
                idle_since: row.try_get(7)?,
                ..Lock::default()
            },
        })
    };
    rows.into_iter().map(lock).collect()
}

/// OpenTofu's key for the time while a workspace is made in a schema's table.
///
/// Source: OpenTofu `internal/backend/remote-state/pg/client.go`: the 32 bits of FNV-1 over both names
/// with a zero byte between, negated.
fn opentofu_creation(schema: &str, table: &str) -> i64 {
    let bytes = schema.bytes().chain([0]).chain(table.bytes());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| {
        hash.wrapping_mul(0x0100_0193) ^ u32::from(byte)
    });
    -i64::from(hash)
}

#[cfg(test)]
mod tests {
    use super::opentofu_creation;

    #[test]
    fn the_key_of_a_creation_is_the_negated_hash_of_both_names() {
        // FNV-1 of one zero byte, and of "a", a zero byte and "b".
        assert_eq!(opentofu_creation("", ""), -0x050c_5d1f);
        let of_a = 0x050c_5d7e_u32;
        let of_zero = of_a.wrapping_mul(0x0100_0193);
        let of_b = of_zero.wrapping_mul(0x0100_0193) ^ u32::from(b'b');
        assert_eq!(opentofu_creation("a", "b"), -i64::from(of_b));
    }
}
