//! Letting roles read some of the states.

use ::postgres::GenericClient;

use super::{Store, StoreError};

/// The tables that are read, each with the columns that hold states as they were written or could tell of
/// their secrets.
const TABLES: [(&str, &[&str]); 9] = [
    ("schema_history", &[]),
    ("grants", &[]),
    ("transactions", &[]),
    ("recorded_states", &[]),
    (
        "recorded_versions",
        &["top", "document", "content_hash", "secrets_hash"],
    ),
    ("recorded_resources", &["rest", "fingerprint"]),
    (
        "recorded_instances",
        &["attributes_exact", "private", "rest", "fingerprint"],
    ),
    ("recorded_outputs", &["rest", "fingerprint"]),
    ("recorded_checks", &["rest", "fingerprint"]),
];

/// The views over them.
const VIEWS: [&str; 8] = [
    "states",
    "state_versions",
    "resources",
    "instances",
    "outputs",
    "check_results",
    "dependencies",
    "history",
];

/// The table that holds nothing but states as they were written.
const CAPTURED: &str = "captured_writes";

/// What is granted.
#[derive(Debug, Clone)]
pub struct Grant<'g> {
    /// The role, which is made where there is none.
    pub role: &'g str,
    /// Patterns of states' names, in which `*` stands for any text and `?` for a character.
    pub states: &'g [String],
    /// Whether secrets are withheld, in the database too.
    pub without_secrets: bool,
}

impl Store {
    /// Lets a role read the states with names like some patterns, and no others but those it was granted
    /// before. Says whether the role was made.
    ///
    /// Whether secrets are withheld is said for the role as a whole.
    ///
    /// # Errors
    ///
    /// When the connected role may not do so, or secrets are withheld from the role and would be no more.
    pub fn grant(&mut self, grant: &Grant<'_>) -> Result<bool, StoreError> {
        let mut transaction = self.client.transaction()?;
        let role = quoted(&mut transaction, grant.role)?;
        let is_new = !exists(&mut transaction, grant.role)?;
        if is_new {
            transaction.batch_execute(&format!("CREATE ROLE {role} LOGIN"))?;
        }
        let withholds = transaction.query_one(
            "SELECT EXISTS (SELECT FROM grants WHERE role_name = $1 AND without_secrets)",
            &[&grant.role],
        )?;
        if withholds.get::<_, bool>(0) && !grant.without_secrets {
            return Err(StoreError::Withholds(grant.role.to_owned()));
        }
        let schema = schema(&mut transaction)?;
        transaction.batch_execute(&revocations(&role, &schema))?;
        let mut sql = format!("GRANT USAGE ON SCHEMA {schema} TO {role};");
        for view in VIEWS {
            sql.push_str(&format!("GRANT SELECT ON {view} TO {role};"));
        }
        if !grant.without_secrets {
            sql.push_str(&format!("GRANT SELECT ON {CAPTURED} TO {role};"));
        }
        for (table, withheld) in TABLES {
            let columns = match grant.without_secrets && !withheld.is_empty() {
                true => format!(" ({})", others(&mut transaction, table, withheld)?),
                false => String::new(),
            };
            sql.push_str(&format!("GRANT SELECT{columns} ON {table} TO {role};"));
        }
        transaction.batch_execute(&sql)?;
        for pattern in grant.states {
            transaction.execute(
                "INSERT INTO grants (role_name, pattern, without_secrets) VALUES ($1, $2, $3) \
                 ON CONFLICT (role_name, pattern) DO NOTHING",
                &[&grant.role, &like(pattern), &grant.without_secrets],
            )?;
        }
        transaction.execute(
            "UPDATE grants SET without_secrets = $2 WHERE role_name = $1",
            &[&grant.role, &grant.without_secrets],
        )?;
        transaction.commit()?;
        Ok(is_new)
    }

    /// Takes what was granted from a role, which stays.
    ///
    /// # Errors
    ///
    /// When there is no such role, or the connected one may not do so.
    pub fn revoke(&mut self, role: &str) -> Result<(), StoreError> {
        let mut transaction = self.client.transaction()?;
        if !exists(&mut transaction, role)? {
            return Err(StoreError::NoRole(role.to_owned()));
        }
        transaction.execute("DELETE FROM grants WHERE role_name = $1", &[&role])?;
        let quoted = quoted(&mut transaction, role)?;
        let sql = revocations(&quoted, &schema(&mut transaction)?);
        transaction.batch_execute(&sql)?;
        transaction.commit()?;
        Ok(())
    }
}

/// The statements that take everything in the store from a role.
fn revocations(role: &str, schema: &str) -> String {
    format!(
        "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}; REVOKE ALL ON SCHEMA {schema} FROM {role};"
    )
}

/// The columns of a table without some.
fn others(
    client: &mut impl GenericClient,
    table: &str,
    without: &[&str],
) -> Result<String, StoreError> {
    let row = client.query_one(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_catalog.pg_attribute \
         WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND NOT attname = ANY($2)",
        &[&table, &without],
    )?;
    Ok(row.get(0))
}

fn exists(client: &mut impl GenericClient, role: &str) -> Result<bool, StoreError> {
    let row = client.query_opt(
        "SELECT FROM pg_catalog.pg_roles WHERE rolname = $1",
        &[&role],
    )?;
    Ok(row.is_some())
}

fn quoted(client: &mut impl GenericClient, name: &str) -> Result<String, StoreError> {
    Ok(client.query_one("SELECT quote_ident($1)", &[&name])?.get(0))
}

fn schema(client: &mut impl GenericClient) -> Result<String, StoreError> {
    let row = client.query_one("SELECT quote_ident(current_schema())", &[])?;
    Ok(row.get(0))
}

/// A pattern with `*` and `?` as LIKE spells it.
fn like(pattern: &str) -> String {
    let mut like = String::with_capacity(pattern.len());
    for character in pattern.chars() {
        match character {
            '*' => like.push('%'),
            '?' => like.push('_'),
            '%' | '_' | '\\' => like.extend(['\\', character]),
            other => like.push(other),
        }
    }
    like
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn patterns_are_spelled_for_like() {
        assert_eq!(like("shop/*"), "shop/%");
        assert_eq!(like("a_b%c\\d?"), "a\\_b\\%c\\\\d_");
    }
}
