//! Two contents with one serial: the same state was written twice from the same beginning.

use std::collections::{HashMap, HashSet};

use super::{Inventory, Life, Version, Workspace};
use crate::format;

/// A version that has the lineage and serial of another one, and another content.
#[derive(Debug)]
pub struct Fork<'i> {
    /// Its state.
    pub life: &'i Life,
    /// The version.
    pub version: &'i Version,
    /// The one that is known longer.
    pub other: &'i Version,
    /// Both versions' lineage.
    pub lineage: String,
    /// Both versions' serial.
    pub serial: u64,
}

impl Fork<'_> {
    /// What is wrong, in a sentence that holds nothing of the content.
    pub fn message(&self) -> String {
        format!(
            "it has the lineage {} and the serial {} of {}, and another content: the state was written twice from the same beginning",
            self.lineage,
            self.serial,
            self.other.uri()
        )
    }
}

/// A version of a lineage and serial.
struct Known<'i> {
    version: &'i Version,
    /// Stands for its bytes.
    bytes: [u8; 32],
    /// Stands for what it says, where that was asked.
    content: Option<[u8; 32]>,
}

impl Inventory {
    /// Every version that has the lineage and serial of an earlier one and says something else, in the
    /// order of the states. Contents that are the same JSON, written differently, are the same.
    ///
    /// `heads` tells the lineage and serial of each of [`files`](Inventory::files), where it has them. All
    /// versions of states with more than one are read for theirs, and what may have forked is read again
    /// for what it says.
    pub fn forks(&self, heads: &[Option<(String, u64)>]) -> Vec<Fork<'_>> {
        let mut uses: HashMap<&(String, u64), usize> = HashMap::new();
        let known_heads = heads.iter().flatten();
        known_heads.for_each(|head| *uses.entry(head).or_default() += 1);
        let lives = self.lives();
        let of_many = lives.iter().filter(|life| life.versions.len() > 1);
        let many: HashSet<&String> = of_many
            .flat_map(|life| self.headers(life))
            .filter_map(|header| header.lineage.as_ref())
            .collect();
        let may_fork = |life: &&Life| {
            let head = life.file.and_then(|file| heads.get(file)?.as_ref());
            life.versions.len() > 1
                || head.is_some_and(|head| many.contains(&head.0) || uses[head] > 1)
        };
        let mut known: HashMap<(&str, u64), Vec<Known<'_>>> = HashMap::new();
        let mut workspace = Workspace::default();
        let mut forks = Vec::new();
        for life in lives.iter().filter(may_fork) {
            for (version, header) in life.versions.iter().zip(self.headers(life)) {
                let (Some(lineage), Some(serial)) = (&header.lineage, header.serial) else {
                    continue;
                };
                if lineage.is_empty() {
                    continue;
                }
                let same = known.entry((lineage, serial)).or_default();
                if same.iter().any(|known| known.bytes == header.hash) {
                    continue;
                }
                let mut content = None;
                if let Some(first) = same.first_mut() {
                    content = self.content_hash(version, &mut workspace);
                    if first.content.is_none() {
                        first.content = self.content_hash(first.version, &mut workspace);
                    }
                    let other = first.version;
                    let is_same = same.iter().any(|known| known.content == content);
                    if content.is_some() && !is_same {
                        forks.push(Fork {
                            life,
                            version,
                            other,
                            lineage: lineage.clone(),
                            serial,
                        });
                    }
                }
                same.push(Known {
                    version,
                    bytes: header.hash,
                    content,
                });
            }
        }
        forks
    }

    /// Stands for what a version says, however it is written.
    fn content_hash(&self, version: &Version, workspace: &mut Workspace) -> Option<[u8; 32]> {
        let buffer = &mut workspace.buffer;
        let limit = self.options.max_size;
        let read = version.found.read(buffer, limit, format::might_be_state);
        if !read.unwrap_or(false) {
            return None;
        }
        self.count(buffer.bytes().len());
        format::content_hash(buffer.bytes())
    }
}
