//! Files and directories of this machine.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use super::backups::Backups;
use super::{Content, Discovery, Found, io_reason};

/// Directories that hold no states of their own: Terraform's working files, version control, and
/// the dependencies of other languages.
const PASSED_OVER: [&str; 4] = [".terraform", ".git", "node_modules", ".terragrunt-cache"];

/// Finds the files at `root`: itself, or every one below it; with `matches`, only those.
pub(super) fn discover(root: &Path, matches: Option<&dyn Fn(&Path) -> bool>) -> Discovery {
    let mut discovery = Discovery::default();
    let mut backups = Backups::default();
    match std::fs::metadata(root) {
        Ok(metadata) if metadata.is_dir() => walk(root, matches, &mut discovery, &mut backups),
        Ok(metadata) if is_pipe(&metadata) => discovery.found.push(read_now(root)),
        Ok(metadata) => discovery.found.push(Found {
            path: last_part(root),
            uri: absolute(root),
            size: metadata.len(),
            modified: metadata.modified().ok(),
            expected: true,
            content: Content::File(root.to_owned()),
            past: Vec::new(),
        }),
        Err(_) if matches.is_some() => {}
        Err(error) => discovery
            .found
            .push(unreadable(last_part(root), root, &error)),
    }
    if let [found] = discovery.found.as_slice()
        && let Content::File(path) = &found.content
        && path == root
    {
        backups.beside(root);
    }
    backups.give_to(&mut discovery);
    discovery
}

/// The file of that name, which is not looked for below a folder.
pub fn named_file(path: &Path) -> Found {
    let is_folder = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let found = match is_folder {
        true => None,
        false => discover(path, None).found.pop(),
    };
    found.unwrap_or_else(|| {
        let error = std::io::ErrorKind::IsADirectory.into();
        unreadable(last_part(path), path, &error)
    })
}

/// A pipe, such as a shell's `<(command)`, gives its content once: it is read when it is found.
fn read_now(pipe: &Path) -> Found {
    match std::fs::read(pipe) {
        Ok(bytes) => Found {
            path: last_part(pipe),
            uri: absolute(pipe),
            size: bytes.len() as u64,
            modified: None,
            expected: true,
            past: Vec::new(),
            content: Content::Bytes(Arc::from(bytes)),
        },
        Err(error) => unreadable(last_part(pipe), pipe, &error),
    }
}

#[cfg(unix)]
fn is_pipe(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &std::fs::Metadata) -> bool {
    false
}

fn walk(
    root: &Path,
    matches: Option<&dyn Fn(&Path) -> bool>,
    discovery: &mut Discovery,
    backups: &mut Backups,
) {
    let mut entries = WalkDir::new(root)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter();
    while let Some(entry) = entries.next() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                not_walked(root, &error, discovery);
                continue;
            }
        };
        if entry.file_type().is_dir() {
            if entry.depth() > 0 && is_passed_over(&name(&entry)) {
                entries.skip_current_dir();
                let pointer = entry.path().join("terraform.tfstate");
                if pointer.is_file() {
                    discovery
                        .skipped
                        .push((absolute(&pointer), "backend pointer, not a state"));
                }
            } else if is_state_name(&name(&entry)) {
                discovery
                    .skipped
                    .push((absolute(entry.path()), "directory with the name of a state"));
            }
            continue;
        }
        if entry.file_type().is_file() {
            backups.see(entry.path());
        }
        if matches.is_some_and(|matches| !matches(entry.path())) {
            continue;
        }
        file(root, &entry, matches.is_some(), discovery);
    }
}

fn file(root: &Path, entry: &DirEntry, is_named: bool, discovery: &mut Discovery) {
    let file_name = name(entry);
    if let Some(reason) = skipped_by_name(&file_name) {
        discovery.skipped.push((absolute(entry.path()), reason));
        return;
    }
    if !entry.file_type().is_file() {
        if is_named || is_state_name(&file_name) {
            discovery
                .skipped
                .push((absolute(entry.path()), "no regular file"));
        }
        return;
    }
    let path = relative(root, entry.path());
    match entry.metadata() {
        Ok(metadata) => discovery.found.push(Found {
            path,
            uri: absolute(entry.path()),
            size: metadata.len(),
            modified: metadata.modified().ok(),
            expected: is_named || is_state_name(&file_name),
            content: Content::File(entry.path().to_owned()),
            past: Vec::new(),
        }),
        Err(error) => discovery
            .found
            .push(unreadable(path, entry.path(), &error.into())),
    }
}

/// Links that lead nowhere or in a circle are no states; a directory that cannot be opened might
/// hold some, and is an error.
fn not_walked(root: &Path, error: &walkdir::Error, discovery: &mut Discovery) {
    let path = error.path().unwrap_or(root);
    if error.loop_ancestor().is_some() {
        discovery
            .skipped
            .push((absolute(path), "link to a directory above it"));
    } else if path.is_symlink() {
        discovery
            .skipped
            .push((absolute(path), "link that leads nowhere"));
    } else {
        let reason = error
            .io_error()
            .map_or(std::io::ErrorKind::Other, std::io::Error::kind);
        discovery
            .found
            .push(unreadable(relative(root, path), path, &reason.into()));
    }
}

fn unreadable(path: String, at: &Path, error: &std::io::Error) -> Found {
    Found {
        path,
        uri: absolute(at),
        size: 0,
        modified: None,
        expected: true,
        content: Content::Unreadable(io_reason(error)),
        past: Vec::new(),
    }
}

/// What is said of a file that tells who holds a state, where files are listed.
pub const LOCK_INFO: &str = "lock info, not a state";

/// Why a file is passed over for its name alone.
///
/// Source: Terraform `internal/states/statemgr/filesystem.go` (backups, lock info),
/// `internal/backend/remote-state/s3/client.go` (`.tflock`).
fn skipped_by_name(file_name: &str) -> Option<&'static str> {
    let is_copy = [".backup", ".bak", ".old", ".orig", "~"]
        .iter()
        .any(|ending| file_name.ends_with(ending));
    if is_copy && file_name.contains("tfstate") {
        Some("backup of a state")
    } else if file_name.ends_with(".tflock") || file_name.ends_with(".lock.info") {
        Some(LOCK_INFO)
    } else {
        None
    }
}

/// Whether a file's name says that it is a state: `x.tfstate`, and `x.tfstateenv:WS` of Azure.
fn is_state_name(file_name: &str) -> bool {
    file_name.ends_with(".tfstate") || file_name.contains(".tfstateenv:")
}

/// Whether a file in a history is a state by its name: what local files are, and printed ones.
pub(super) fn is_recorded_state(file_name: &str) -> bool {
    skipped_by_name(file_name).is_none()
        && (is_state_name(file_name) || file_name.ends_with(".tfstate.json"))
}

/// Whether a file's name is that of a state, or of what Terraform writes beside one.
pub(super) fn is_of_states(file_name: &str) -> bool {
    is_recorded_state(file_name) || skipped_by_name(file_name).is_some()
}

/// Whether folders of a name hold no states of their own.
pub(super) fn is_passed_over(folder: &str) -> bool {
    PASSED_OVER.contains(&folder)
}

fn name(entry: &DirEntry) -> String {
    text(entry.file_name())
}

fn relative(root: &Path, path: &Path) -> String {
    joined(path.strip_prefix(root).unwrap_or(path))
}

/// The parts of a relative path with `/` between them.
pub(super) fn joined(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(text).collect();
    parts.join("/")
}

/// A file name as text, bytes that are no UTF-8 spelled out (`\xff`): two names never become one.
fn text(name: &OsStr) -> String {
    text_of(name.as_encoded_bytes())
}

/// Bytes as text, those that are no UTF-8 spelled out.
pub(super) fn text_of(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

/// The path from the file system's root, `.` and `..` resolved by name.
pub(crate) fn absolute(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    text(clean.as_os_str())
}

/// The last part of a path, `.` and `..` resolved.
pub(super) fn last_part(path: &Path) -> String {
    let absolute = absolute(path);
    Path::new(&absolute)
        .file_name()
        .map_or_else(|| absolute.clone(), text)
}
