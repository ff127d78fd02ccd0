//! A way out: every state as a file, with a name that is safe wherever it is written.

use std::collections::HashSet;

use jiff::Timestamp;

use super::lookup::{FoundState, found};
use super::{Store, StoreError};

/// The longest part of a path that any file system takes, in bytes, less what is put behind it.
const LONGEST: usize = 180;

/// A version of a state that holds a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptVersion {
    /// Its number.
    pub version: i64,
    /// When it began to hold.
    pub recorded_at: Timestamp,
}

impl Store {
    /// Reads everything that follows as it is in one moment, until [`end_snapshot`](Self::end_snapshot).
    /// Nothing can be written until then.
    ///
    /// # Errors
    ///
    /// When the database cannot be asked.
    pub fn begin_snapshot(&mut self) -> Result<(), StoreError> {
        self.client
            .batch_execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        Ok(())
    }

    /// Ends what [`begin_snapshot`](Self::begin_snapshot) began.
    ///
    /// # Errors
    ///
    /// When the database cannot be asked.
    pub fn end_snapshot(&mut self) -> Result<(), StoreError> {
        self.client.batch_execute("COMMIT")?;
        Ok(())
    }

    /// All states by their names, with those that were removed if they are wanted.
    ///
    /// # Errors
    ///
    /// When the database cannot be asked.
    pub fn all_states(&mut self, with_removed: bool) -> Result<Vec<FoundState>, StoreError> {
        let rows = self.client.query(
            "SELECT state_id, name, newest_version, removed_at IS NOT NULL FROM recorded_states \
             WHERE removed_at IS NULL OR $1 ORDER BY name, removed_at NULLS FIRST, state_id",
            &[&with_removed],
        )?;
        Ok(rows.iter().map(found).collect())
    }

    /// The versions of a state that hold a document, the oldest first.
    ///
    /// # Errors
    ///
    /// When the database cannot be asked.
    pub fn kept_versions(&mut self, state: &FoundState) -> Result<Vec<KeptVersion>, StoreError> {
        let rows = self.client.query(
            "SELECT version, recorded_at FROM recorded_versions \
             WHERE state_id = $1 AND status <> 'removed' ORDER BY version",
            &[&state.id],
        )?;
        let kept = |row: &::postgres::Row| KeptVersion {
            version: row.get(0),
            recorded_at: row.get(1),
        };
        Ok(rows.iter().map(kept).collect())
    }
}

/// A path for each state, relative, with `/` between its parts and `ending` behind it: that of its name, as
/// far as that is a safe one. No two are the same, not on a file system that takes no notice of case
/// either, and none is a folder of another.
pub fn paths(states: &[FoundState], ending: &str) -> Vec<String> {
    let mut paths: Vec<String> = states
        .iter()
        .map(|state| safe(&state.name) + ending)
        .collect();
    let mut marks = String::new();
    loop {
        let folders: HashSet<String> = paths.iter().flat_map(|path| folders(path)).collect();
        let mut seen = HashSet::new();
        let clashing: Vec<usize> = (0..paths.len())
            .filter(|at| {
                let path = paths[*at].to_lowercase();
                folders.contains(&path) && !ending.is_empty() || !seen.insert(path)
            })
            .collect();
        if clashing.is_empty() {
            return paths;
        }
        marks.push('~');
        for at in clashing {
            paths[at] = format!("{}{marks}{}{ending}", safe(&states[at].name), states[at].id);
        }
    }
}

/// The folders that a path lies in, in small letters.
fn folders(path: &str) -> Vec<String> {
    let ends = path.match_indices('/');
    ends.map(|(end, _)| path[..end].to_lowercase()).collect()
}

/// A name as a path that stays below the folder it is relative to: what is special in a part is written
/// as in a URL.
fn safe(name: &str) -> String {
    let parts: Vec<String> = name.split('/').map(part).collect();
    parts.join("/")
}

fn part(text: &str) -> String {
    if text.is_empty() {
        return "%".to_owned();
    }
    let mut written = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let is_special = character.is_control()
            || matches!(
                character,
                '%' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'
            )
            || at == 0 && character == '.';
        match is_special {
            true => {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).bytes() {
                    written.push_str(&format!("%{byte:02X}"));
                }
            }
            false => written.push(character),
        }
    }
    if written.len() > LONGEST {
        let end = (0..=LONGEST)
            .rev()
            .find(|end| written.is_char_boundary(*end));
        written.truncate(end.unwrap_or_default());
        written.push('~');
        written.push_str(&blake3::hash(text.as_bytes()).to_hex()[..12]);
    }
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn states(names: &[&str]) -> Vec<FoundState> {
        (1..)
            .zip(names)
            .map(|(id, name)| FoundState {
                id,
                name: (*name).to_owned(),
                newest: 1,
                is_removed: false,
            })
            .collect()
    }

    #[test]
    fn names_are_paths_as_far_as_they_are_safe() {
        let names = [
            "shop/prod/app",
            "/etc/passwd",
            "../up",
            "a//b",
            "C:\\x",
            ".git/config",
            "a\nb",
            "50%",
        ];
        assert_eq!(
            paths(&states(&names), ".tfstate"),
            [
                "shop/prod/app.tfstate",
                "%/etc/passwd.tfstate",
                "%2E./up.tfstate",
                "a/%/b.tfstate",
                "C%3A%5Cx.tfstate",
                "%2Egit/config.tfstate",
                "a%0Ab.tfstate",
                "50%25.tfstate",
            ]
        );
    }

    #[test]
    fn files_and_folders_do_not_clash() {
        let names = ["a.tfstate/b", "a", "App", "app", "app~4"];
        assert_eq!(
            paths(&states(&names), ".tfstate"),
            [
                "a.tfstate/b.tfstate",
                "a~2.tfstate",
                "App.tfstate",
                "app~4.tfstate",
                "app~4~~5.tfstate",
            ]
        );
        // A folder of versions may lie within another.
        assert_eq!(paths(&states(&["a", "a/b", "a"]), ""), ["a", "a/b", "a~3"]);
    }

    proptest! {
        #[test]
        fn no_name_leads_out_or_to_another(names in prop::collection::vec("[a.~/%A]{1,6}|\\PC{1,300}", 1..6)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let paths = paths(&states(&names), ".tfstate");
            let mut seen = HashSet::new();
            let folders: HashSet<String> = paths.iter().flat_map(|path| folders(path)).collect();
            for path in &paths {
                prop_assert!(seen.insert(path.to_lowercase()));
                prop_assert!(!folders.contains(&path.to_lowercase()));
                for part in path.split('/') {
                    prop_assert!(!part.is_empty() && !part.starts_with('.') && part.len() <= 255, "{}", path);
                    prop_assert!(!part.contains(['\\', '\0', ':']));
                }
            }
        }
    }
}
