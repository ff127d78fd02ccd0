//! Files that hold secrets in clear, which statements may neither overwrite nor read by themselves.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::telling::is_telling;
use crate::format::{self, Document, NotState};
use crate::source::{Buffer, Content, Found, ReadError};

/// Whether a file is a state, a copy of one, a plan or a backend pointer: told by its name where
/// Terraform gave it one, else by its content, be it damaged or part of something else. A file that
/// is not there is none.
fn is_protected(path: &Path, max_size: u64) -> bool {
    let Ok(resolved) = path.canonicalize() else {
        return false;
    };
    resolved.is_file()
        && (has_state_name(path)
            || has_state_name(&resolved)
            || has_state(&resolved, max_size)
            || is_telling(&resolved).unwrap_or(false))
}

/// Whether Terraform gives states such a name.
pub fn has_state_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.contains(".tfstate")
}

fn has_state(path: &Path, max_size: u64) -> bool {
    let document = Found {
        path: String::new(),
        uri: String::new(),
        size: 0,
        modified: None,
        expected: false,
        content: Content::File(path.to_owned()),
        past: Vec::new(),
    };
    let mut buffer = Buffer::default();
    let might_be = |head: &[u8]| format::might_be_state(head) || format::might_be_plan(head);
    match document.read(&mut buffer, max_size, might_be) {
        Ok(true) => match format::read(buffer.bytes()) {
            Ok(Document::State(_) | Document::Encrypted(_) | Document::Plan(_)) => true,
            Ok(Document::NotState(what)) => {
                matches!(what, NotState::Plan | NotState::BackendPointer)
            }
            Err(error) => error.is_of_plan(),
        },
        // What begins as a state and is too large to be looked into is not touched either.
        Err(ReadError::TooLarge { .. }) => true,
        Ok(false) | Err(_) => false,
    }
}

/// The first file at or below `path` that holds secrets in clear: a state, a copy of one, a plan or
/// a backend pointer, whole or in parts, at a source or elsewhere. Links are followed; of a folder's files only those
/// count that `matches` takes. Documents larger than `max_size` bytes are not parsed, and count where
/// they begin like a state or have the keys of one.
pub fn protected_file(
    path: &Path,
    matches: impl Fn(&Path) -> bool,
    max_size: u64,
) -> Option<PathBuf> {
    WalkDir::new(path)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .flatten()
        .map(walkdir::DirEntry::into_path)
        .find(|file| matches(file) && is_protected(file, max_size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn states_are_protected_by_name_and_by_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            is_protected(&path, 1 << 20)
        };
        assert!(file("a.tfstate", "x"));
        assert!(file("a.tfstate.backup", ""));
        assert!(file("a.json", r#"{"version":4,"serial":1,"resources":[]}"#));
        assert!(file(
            "plan.json",
            r#"{"format_version":"1.2","planned_values":{}}"#
        ));
        assert!(file("plan", "PK\u{3}\u{4} tfplan"));
        assert!(file(
            "damaged-plan.json",
            r#"{"format_version":"1.2","resource_changes":7}"#
        ));
        assert!(!file("a.csv", "a,b"));
        assert!(!file(
            "versions.ndjson",
            "{\"version\":1}\n{\"version\":2}\n"
        ));
        assert!(!is_protected(&folder.path().join("new.tfstate"), 1));
    }
}
