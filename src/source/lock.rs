//! Locks that Terraform holds on states.

use std::time::SystemTime;

/// A lock, as far as its place tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// The address of the document it is on; `None` where that is not told, or not there yet.
    pub uri: Option<String>,
    /// How it is held: `advisory`, `lock_info`, `tflock`.
    pub kind: &'static str,
    /// The lock's id, or the key of an advisory lock.
    pub id: Option<String>,
    /// What is being done, in Terraform's words: `OperationTypeApply`, ….
    pub operation: Option<String>,
    /// Who does it.
    pub who: Option<String>,
    /// Terraform's version.
    pub version: Option<String>,
    /// Since when it is held; of an advisory lock since when the session that holds it is connected.
    pub since: Option<SystemTime>,
    /// What else is said of it.
    pub info: Option<String>,
    /// Where the lock itself lies: a file, a key.
    pub path: Option<String>,
    /// The server's process that holds it.
    pub pid: Option<i32>,
    /// Where the holder is connected from.
    pub client_addr: Option<String>,
    /// What the holder says that it is.
    pub application_name: Option<String>,
    /// Since when the holder has done nothing; `None` while it does something, or where nobody can tell.
    pub idle_since: Option<SystemTime>,
    /// When the holder's last statement began.
    pub query_start: Option<SystemTime>,
}
