//! What the environment of the process says about PostgreSQL.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The variables that a connection may follow: `PG…` of libpq and of Terraform's backend, `HOME`, and the
/// names of the user. Only the command line reads the environment; others are given this.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Takes what concerns connections of all variables; one that is empty counts as not set, as in
    /// libpq.
    pub fn from_pairs<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Environment
    where
        K: Into<String>,
        V: Into<String>,
    {
        let pairs = pairs
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        let wanted = pairs.filter(|(name, value): &(String, String)| {
            let is_known = name.starts_with("PG") || ["HOME", "USER", "LOGNAME"].contains(&&**name);
            is_known && !value.is_empty()
        });
        Environment(wanted.collect())
    }

    /// What a variable says.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A file below the home folder, if there is one.
    pub(super) fn at_home(&self, path: &str) -> Option<PathBuf> {
        self.get("HOME").map(|home| PathBuf::from(home).join(path))
    }

    /// The name of the user whose process this is; where the system does not tell, as the environment
    /// calls them.
    pub(super) fn user(&self) -> Option<String> {
        system_user().or_else(|| {
            let named = ["USER", "LOGNAME"]
                .into_iter()
                .find_map(|name| self.get(name));
            named.map(str::to_owned)
        })
    }
}

/// The name that `/etc/passwd` has for the process's user.
#[cfg(unix)]
fn system_user() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let id = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let mut users = users
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>());
    let user = users.find(|fields| fields.get(2) == Some(&id.as_str()))?;
    user.first().map(|name| (*name).to_owned())
}

#[cfg(not(unix))]
fn system_user() -> Option<String> {
    None
}

/// The names alone: a value can be a password.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Environment;

    #[test]
    fn only_what_concerns_connections_is_kept() {
        let environment = Environment::from_pairs([
            ("PGPASSWORD", "hunter2"),
            ("PGHOST", ""),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("HOME", "/home/me"),
        ]);
        assert_eq!(format!("{environment:?}"), r#"{"HOME", "PGPASSWORD"}"#);
        assert_eq!(environment.get("PGHOST"), None);
    }
}
