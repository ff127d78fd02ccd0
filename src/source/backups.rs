//! Backups that Terraform leaves beside a local state: its earlier versions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::history::{Past, Recorded};
use super::{Content, Discovery, local};

/// What is said of a backup where files are listed.
const REASON: &str = "earlier version of the state beside it";

/// Backups by the path of the state they are of.
#[derive(Debug, Default)]
pub(super) struct Backups(BTreeMap<PathBuf, Vec<Backup>>);

#[derive(Debug)]
struct Backup {
    path: PathBuf,
    size: u64,
    /// When the state was replaced.
    replaced: Option<SystemTime>,
}

impl Backups {
    /// Looks at a file's name, and keeps it if it is that of a backup.
    ///
    /// Source: Terraform `internal/states/statemgr/filesystem.go` (`.backup`),
    /// `internal/command/state_meta.go` (`.<unix time>.backup`).
    pub(super) fn see(&mut self, path: &Path) {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let Some(state) = name
            .as_deref()
            .and_then(|name| name.strip_suffix(".backup"))
        else {
            return;
        };
        let stamped = state.rsplit_once('.').and_then(|(state, stamp)| {
            let is_time = stamp.len() >= 9 && stamp.bytes().all(|byte| byte.is_ascii_digit());
            let seconds = stamp.parse().ok().filter(|_| is_time)?;
            Some((state, UNIX_EPOCH.checked_add(Duration::from_secs(seconds))))
        });
        let metadata = path.metadata().ok();
        let written = || metadata.as_ref()?.modified().ok();
        let (state, replaced) = stamped.unwrap_or_else(|| (state, written()));
        self.0
            .entry(path.with_file_name(state))
            .or_default()
            .push(Backup {
                path: path.to_owned(),
                size: metadata.as_ref().map_or(0, std::fs::Metadata::len),
                replaced,
            });
    }

    /// Looks at the files beside one.
    pub(super) fn beside(&mut self, path: &Path) {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let entries = std::fs::read_dir(folder.unwrap_or(Path::new(".")));
        let mut beside: Vec<PathBuf> = entries
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| path.with_file_name(entry.file_name()))
            .filter(|path| {
                let beside = path.file_name().unwrap_or_default().as_encoded_bytes();
                beside.len() > name.len() && beside.starts_with(name) && path.is_file()
            })
            .collect();
        beside.sort();
        beside.iter().for_each(|path| self.see(path));
    }

    /// Makes backups the past of the states that were found beside them; others stay passed over.
    pub(super) fn give_to(mut self, discovery: &mut Discovery) {
        for found in &mut discovery.found {
            let Content::File(path) = &found.content else {
                continue;
            };
            let Some(mut backups) = self.0.remove(path) else {
                continue;
            };
            backups.sort_by(|one, other| {
                (one.replaced, &one.path).cmp(&(other.replaced, &other.path))
            });
            let folder = found.path.rsplit_once('/').map(|(folder, _)| folder);
            let past = backups.into_iter().map(|backup| {
                let name = local::last_part(&backup.path);
                Past {
                    uri: local::absolute(&backup.path),
                    path: folder.map_or(name.clone(), |folder| format!("{folder}/{name}")),
                    size: backup.size,
                    content: Content::File(backup.path),
                    recorded: Recorded::default(),
                    valid_until: backup.replaced,
                }
            });
            found.past = past.collect();
            for version in &found.past {
                let skipped = &mut discovery.skipped;
                match skipped.iter_mut().find(|(uri, _)| *uri == version.uri) {
                    Some((_, reason)) => *reason = REASON,
                    None => skipped.push((version.uri.clone(), REASON)),
                }
            }
            found.past.push(found.now());
        }
    }
}
