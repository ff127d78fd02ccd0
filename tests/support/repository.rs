//! A git repository that a test writes, without the git program.

use std::fs;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::objs::tree::{Entry, EntryKind};

/// A repository with a working tree.
pub struct Repository {
    /// The working tree.
    pub root: PathBuf,
    repository: gix::Repository,
    head: Option<ObjectId>,
}

impl Repository {
    /// An empty one in a folder.
    pub fn init(root: &Path) -> Repository {
        Repository {
            root: root.to_owned(),
            repository: gix::init(root).expect("a repository can be made"),
            head: None,
        }
    }

    /// Commits the working tree as it is, but for Terraform's own folders and what lies beside states;
    /// gives the commit's id. `seconds` is the time since 1970.
    pub fn commit(&mut self, author: &str, seconds: u64, message: &str) -> String {
        let tree = self.tree(&self.root).expect("a tree is not empty");
        let email = format!("{}@example.com", author.to_lowercase());
        let time = format!("{seconds} +0000");
        let who = gix::actor::SignatureRef {
            name: author.into(),
            email: email.as_str().into(),
            time: &time,
        };
        let commit = self
            .repository
            .commit_as(who, who, "HEAD", message, tree, self.head)
            .expect("a commit can be made")
            .detach();
        self.head = Some(commit);
        commit.to_string()
    }

    /// Writes a folder; `None` where it holds nothing.
    fn tree(&self, folder: &Path) -> Option<ObjectId> {
        let mut entries: Vec<Entry> = Vec::new();
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let is_left_out = name.starts_with(".terraform")
                || name == ".git"
                || name.ends_with(".backup")
                || name == "environment";
            if is_left_out {
                continue;
            }
            let (kind, oid) = match path.is_dir() {
                true => match self.tree(&path) {
                    Some(tree) => (EntryKind::Tree, tree),
                    None => continue,
                },
                false => {
                    let bytes = fs::read(&path).expect("the file can be read");
                    let blob = self
                        .repository
                        .write_blob(bytes)
                        .expect("a blob can be made");
                    (EntryKind::Blob, blob.detach())
                }
            };
            entries.push(Entry {
                mode: kind.into(),
                filename: name.into(),
                oid,
            });
        }
        if entries.is_empty() {
            return None;
        }
        entries.sort();
        let tree = self.repository.write_object(&gix::objs::Tree { entries });
        Some(tree.expect("a tree can be made").detach())
    }
}
