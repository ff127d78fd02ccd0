//! The states in the trees of commits, and where two trees differ.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use gix::ObjectId;
use gix::objs::TreeRefIter;
use gix::objs::tree::name_order;

use crate::source::local;

/// How many trees are kept decoded. A commit's trees are compared with those of its parent, which are
/// compared with those of its own next.
const KEPT: usize = 4096;

/// Which paths of a history are looked at.
pub(super) struct Scope {
    /// The folders that lead to them; the last may be a file of any name.
    parts: Vec<String>,
    /// What stands in the name of each file that is looked at.
    sign: &'static [u8],
    /// Whether a file is looked at for its name.
    is_wanted: fn(&str) -> bool,
}

impl Scope {
    /// All states at or below a path.
    pub(super) fn new(prefix: &str) -> Scope {
        let parts = prefix.split('/').filter(|part| !part.is_empty());
        Scope {
            parts: parts.map(str::to_owned).collect(),
            sign: b".tfstate",
            is_wanted: local::is_recorded_state,
        }
    }

    /// All files but states and what lies beside them.
    pub(super) fn of_code() -> Scope {
        Scope {
            parts: Vec::new(),
            sign: b"",
            is_wanted: |name| !local::is_of_states(name),
        }
    }

    fn has_folder(&self, depth: usize, name: &str) -> bool {
        match self.parts.get(depth) {
            Some(part) => part == name,
            None => !local::is_passed_over(name),
        }
    }

    fn has_file(&self, depth: usize, name: &str) -> bool {
        match self.parts.get(depth) {
            Some(part) => part == name && depth + 1 == self.parts.len(),
            None => (self.is_wanted)(name),
        }
    }
}

/// A member of a tree that is in scope.
struct Node {
    /// The name's bytes, which order trees.
    bytes: Vec<u8>,
    name: String,
    is_folder: bool,
    id: ObjectId,
}

/// A file that two trees do not have alike.
pub(super) struct Difference {
    pub(super) path: String,
    pub(super) before: Option<ObjectId>,
    pub(super) after: Option<ObjectId>,
}

/// The trees of a repository, as far as they are in scope.
pub(super) struct Trees<'r> {
    repository: &'r gix::Repository,
    scope: Scope,
    /// By how deep they lie, no deeper than the scope looks at.
    decoded: HashMap<(usize, ObjectId), Rc<[Node]>>,
}

impl<'r> Trees<'r> {
    pub(super) fn new(repository: &'r gix::Repository, scope: Scope) -> Trees<'r> {
        Trees {
            repository,
            scope,
            decoded: HashMap::new(),
        }
    }

    /// The states of a tree.
    ///
    /// # Errors
    ///
    /// When a tree is missing or damaged.
    pub(super) fn files(&mut self, tree: ObjectId) -> Result<BTreeMap<String, ObjectId>, String> {
        let mut found = Vec::new();
        self.compare(None, Some(tree), 0, "", &mut found)?;
        let files = found.into_iter();
        Ok(files
            .filter_map(|file| Some((file.path, file.after?)))
            .collect())
    }

    /// The states that two trees do not have alike. What is the same in both, folders as a whole, is
    /// not looked into.
    ///
    /// # Errors
    ///
    /// When a tree is missing or damaged.
    pub(super) fn differences(
        &mut self,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
    ) -> Result<Vec<Difference>, String> {
        let mut found = Vec::new();
        self.compare(before, after, 0, "", &mut found)?;
        Ok(found)
    }

    fn compare(
        &mut self,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
        depth: usize,
        folder: &str,
        found: &mut Vec<Difference>,
    ) -> Result<(), String> {
        if before == after {
            return Ok(());
        }
        let (old, new) = (self.nodes(before, depth)?, self.nodes(after, depth)?);
        let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(one), Some(other)) => {
                    name_order(&one.bytes, one.is_folder, &other.bytes, other.is_folder)
                }
            };
            let one = (order != Ordering::Greater).then(|| old.next()).flatten();
            let other = (order != Ordering::Less).then(|| new.next()).flatten();
            let Some(node) = one.or(other) else {
                return Ok(());
            };
            let path = match folder {
                "" => node.name.clone(),
                folder => format!("{folder}/{}", node.name),
            };
            let (before, after) = (one.map(|node| node.id), other.map(|node| node.id));
            if node.is_folder {
                self.compare(before, after, depth + 1, &path, found)?;
            } else if before != after {
                found.push(Difference {
                    path,
                    before,
                    after,
                });
            }
        }
    }

    fn nodes(&mut self, tree: Option<ObjectId>, depth: usize) -> Result<Rc<[Node]>, String> {
        let Some(tree) = tree else {
            return Ok(Rc::new([]));
        };
        let depth = depth.min(self.scope.parts.len());
        if let Some(nodes) = self.decoded.get(&(depth, tree)) {
            return Ok(Rc::clone(nodes));
        }
        let damaged = || format!("the tree {tree} is missing or damaged");
        let object = self.repository.find_object(tree);
        let object = object.map_err(|_| damaged())?;
        let mut nodes = Vec::new();
        for entry in TreeRefIter::from_bytes(&object.data, tree.kind()) {
            let entry = entry.map_err(|_| damaged())?;
            // Most of what trees hold are files of other kinds.
            if !entry.mode.is_tree()
                && depth == self.scope.parts.len()
                && memchr::memmem::find(entry.filename, self.scope.sign).is_none()
            {
                continue;
            }
            let name = local::text_of(entry.filename);
            let is_folder = entry.mode.is_tree();
            let is_in_scope = match is_folder {
                true => self.scope.has_folder(depth, &name),
                false => entry.mode.is_blob() && self.scope.has_file(depth, &name),
            };
            if is_in_scope {
                nodes.push(Node {
                    bytes: entry.filename.to_vec(),
                    name,
                    is_folder,
                    id: entry.oid.to_owned(),
                });
            }
        }
        if self.decoded.len() >= KEPT {
            self.decoded.clear();
        }
        let nodes: Rc<[Node]> = nodes.into();
        self.decoded.insert((depth, tree), Rc::clone(&nodes));
        Ok(nodes)
    }
}
