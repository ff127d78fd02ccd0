//! A git repository of a test's own, written without the git program.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gix::ObjectId;
use gix::actor::Signature;
use gix::objs::tree::{Entry, EntryKind};
use gix::objs::{Commit, Tree};

/// A repository, and what its next commit will hold.
pub struct Repository {
    repository: gix::Repository,
    files: BTreeMap<String, ObjectId>,
    head: Vec<ObjectId>,
    author: String,
}

impl Repository {
    /// A repository with a working tree, in which nothing is ever checked out.
    pub fn init(folder: &Path) -> Repository {
        Repository::of(gix::init(folder).expect("a repository can be made"))
    }

    /// A repository without a working tree.
    pub fn bare(folder: &Path) -> Repository {
        Repository::of(gix::init_bare(folder).expect("a repository can be made"))
    }

    fn of(repository: gix::Repository) -> Repository {
        Repository {
            repository,
            files: BTreeMap::new(),
            head: Vec::new(),
            author: "Ada Example".to_owned(),
        }
    }

    /// Says who makes the commits from now on: `Ada`.
    pub fn by(&mut self, author: &str) {
        author.clone_into(&mut self.author);
    }

    /// Makes the next commit of what lies in a folder, but for Terraform's own folders and the backups
    /// beside states.
    pub fn take(&mut self, folder: &Path) {
        let is_left_out = |entry: &walkdir::DirEntry| {
            let name = entry.file_name().to_string_lossy();
            name == ".git"
                || name == ".terraform"
                || name.starts_with(".terraform.")
                || name.ends_with(".backup")
        };
        self.files.clear();
        let entries = walkdir::WalkDir::new(folder).into_iter();
        for entry in entries.filter_entry(|entry| !is_left_out(entry)) {
            let entry = entry.expect("the folder can be read");
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(folder);
                let path = path.expect("it lies below").to_string_lossy().into_owned();
                self.write(&path, fs::read(entry.path()).expect("the file can be read"));
            }
        }
    }

    /// Puts a file into the next commit.
    pub fn write(&mut self, path: &str, content: impl AsRef<[u8]>) {
        let id = self.repository.write_blob(content);
        let id = id.expect("a blob can be written").detach();
        self.files.insert(path.to_owned(), id);
    }

    /// Leaves a file out of the next commit.
    pub fn remove(&mut self, path: &str) {
        self.files.remove(path).expect("the file is there");
    }

    /// Moves a file in the next commit.
    pub fn rename(&mut self, from: &str, to: &str) {
        let id = self.files.remove(from).expect("the file is there");
        self.files.insert(to.to_owned(), id);
    }

    /// The next commit, at a time as RFC 3339 has it; gives its id in hexadecimal digits.
    pub fn commit(&mut self, time: &str, message: &str) -> String {
        let parents = std::mem::take(&mut self.head);
        self.commit_on(&parents, time, message).to_string()
    }

    /// What the next commit is made of.
    pub fn head(&self) -> Vec<ObjectId> {
        self.head.clone()
    }

    /// Goes to a commit of before, of which the next one will be made; its files stay as they are.
    pub fn go_to(&mut self, head: Vec<ObjectId>) {
        self.head = head;
    }

    /// A commit with several parents becomes the newest.
    pub fn commit_on(&mut self, parents: &[ObjectId], time: &str, message: &str) -> ObjectId {
        let time: jiff::Timestamp = time.parse().expect("it is a time");
        let first = self.author.split(' ').next().unwrap_or_default();
        let email = format!("{}@example.com", first.to_lowercase());
        let by = Signature {
            name: self.author.as_str().into(),
            email: email.into(),
            time: gix::date::Time::new(time.as_second(), 0),
        };
        let commit = Commit {
            tree: self.tree(&self.files),
            parents: parents.iter().copied().collect(),
            author: by.clone(),
            committer: by,
            encoding: None,
            message: message.into(),
            extra_headers: Vec::new(),
        };
        let id = self.repository.write_object(&commit);
        let id = id.expect("a commit can be written").detach();
        let folder = self.repository.git_dir();
        fs::write(folder.join("HEAD"), "ref: refs/heads/main\n").expect("it can be written");
        fs::create_dir_all(folder.join("refs/heads")).expect("it can be made");
        fs::write(folder.join("refs/heads/main"), format!("{id}\n")).expect("it can be written");
        self.head = vec![id];
        id
    }

    fn tree(&self, files: &BTreeMap<String, ObjectId>) -> ObjectId {
        let mut folders: BTreeMap<&str, BTreeMap<String, ObjectId>> = BTreeMap::new();
        let mut entries = Vec::new();
        for (path, id) in files {
            match path.split_once('/') {
                Some((folder, rest)) => {
                    folders
                        .entry(folder)
                        .or_default()
                        .insert(rest.to_owned(), *id);
                }
                None => entries.push(Entry {
                    mode: EntryKind::Blob.into(),
                    filename: path.as_str().into(),
                    oid: *id,
                }),
            }
        }
        for (folder, files) in &folders {
            entries.push(Entry {
                mode: EntryKind::Tree.into(),
                filename: (*folder).into(),
                oid: self.tree(files),
            });
        }
        entries.sort();
        let tree = self.repository.write_object(&Tree { entries });
        tree.expect("a tree can be written").detach()
    }
}
