//! What Terraform writes about a lock.

use std::time::SystemTime;

use serde::Deserialize;

/// A lock's own words.
///
/// Source: Terraform `internal/states/statemgr/locker.go`, `LockInfo`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LockInfo {
    /// What it is released by.
    #[serde(rename = "ID")]
    pub id: String,
    /// What is being done: `OperationTypeApply`, ….
    #[serde(default)]
    pub operation: String,
    /// What else whoever holds it says.
    #[serde(default)]
    pub info: String,
    /// Who holds it: `user@host`.
    #[serde(default)]
    pub who: String,
    /// Terraform's version.
    #[serde(default)]
    pub version: String,
    /// When it was taken, in RFC 3339.
    #[serde(default)]
    created: String,
    /// The state's path, as whoever holds it calls it.
    #[serde(default)]
    pub path: String,
}

impl LockInfo {
    /// Reads a document; `None` of what is no lock's.
    pub fn read(bytes: &[u8]) -> Option<LockInfo> {
        serde_json::from_slice(bytes).ok()
    }

    /// When it was taken; `None` where that is not told.
    pub fn created(&self) -> Option<SystemTime> {
        let time: jiff::Timestamp = self.created.parse().ok()?;
        // Terraform's zero time is that of the year 1.
        (time.as_second() > 0).then(|| SystemTime::from(time))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::LockInfo;

    #[test]
    fn what_terraform_writes_is_read() {
        let info = LockInfo::read(
            br#"{"ID":"6c0f","Operation":"OperationTypeApply","Info":"","Who":"me@host","Version":"1.11.4",
                "Created":"2025-03-01T10:00:00.123456789Z","Path":"terraform.tfstate"}"#,
        )
        .unwrap();
        assert_eq!((&*info.id, &*info.who), ("6c0f", "me@host"));
        let created = info.created().unwrap().duration_since(UNIX_EPOCH).unwrap();
        assert_eq!(created, Duration::new(1_740_823_200, 123_456_789));
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in ["", "{", "{}", "[]", r#"{"ID": 1}"#] {
            assert_eq!(LockInfo::read(text.as_bytes()), None, "{text}");
        }
        let info = LockInfo::read(br#"{"ID": "a", "Created": "0001-01-01T00:00:00Z"}"#).unwrap();
        assert_eq!(info.created(), None);
    }
}
