//! Repositories: every version of the states in the history of a checked-out commit.
//!
//! Objects are read by the crate gix, never by the git program, and nothing is written. Changes of a
//! working tree that are not committed are not looked at.

mod assemble;
mod cache;
mod checkout;
mod code;
mod commits;
mod trees;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use gix::ObjectId;

use self::assemble::{Draft, Story};
use self::cache::Bases;
pub use self::checkout::{Checkout, checkout};
pub use self::code::{CodeChange, code_changes, commit_time, repository_of};
use self::commits::{Walk, Walked};
use self::trees::{Scope, Trees};
use super::history::{AsOf, Span};
use super::{Content, Discovery, Found, Past, local};

/// Tells the lineage of the state that bytes are, if they are one.
pub(super) type LineageOf<'a> = &'a dyn Fn(&[u8]) -> Option<String>;

/// A content that a repository holds.
#[derive(Clone)]
pub struct Blob {
    repository: Arc<Shared>,
    id: ObjectId,
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({})", self.id)
    }
}

impl Blob {
    /// The content, of which nothing is kept but what makes its neighbours in the history cheap.
    ///
    /// # Errors
    ///
    /// When the repository lacks the object or it is damaged, in a sentence.
    pub(super) fn read(&self) -> Result<Vec<u8>, String> {
        self.repository.with(|repository| {
            let object = repository.find_object(self.id);
            let object = object.map_err(|_| self.missing())?;
            Ok(object.detach().data)
        })
    }

    /// The size in bytes, for which the content is not read as a whole.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub(super) fn size(&self) -> Result<u64, String> {
        self.repository.with(|repository| {
            let header = repository.find_header(self.id);
            header
                .map(|header| header.size())
                .map_err(|_| self.missing())
        })
    }

    fn missing(&self) -> String {
        format!(
            "the repository lacks the object {} or it is damaged",
            self.id
        )
    }
}

/// A repository that threads share. Each reads with a handle of its own, which remembers what it read
/// last, and hands it on when it is done.
struct Shared {
    repository: gix::ThreadSafeRepository,
    idle: Mutex<Vec<gix::Repository>>,
}

impl Shared {
    fn with<T>(&self, read: impl FnOnce(&gix::Repository) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = idle().pop();
        let handle = handle.unwrap_or_else(|| {
            let mut handle = self.repository.to_thread_local();
            handle.objects.set_pack_cache(|| Box::new(Bases::default()));
            handle
        });
        let answer = read(&handle);
        idle().push(handle);
        answer
    }
}

/// A place in a repository.
struct Place {
    repository: gix::ThreadSafeRepository,
    /// The working tree's folder, or that of a repository without one.
    root: PathBuf,
    /// The path below it, as the history spells it; empty for all.
    prefix: String,
}

impl Place {
    fn find(path: &Path) -> Result<Place, String> {
        let path = PathBuf::from(local::absolute(path));
        let folder = path.ancestors().find(|folder| folder.is_dir());
        let folder = folder.ok_or("no such directory")?;
        let below = path.strip_prefix(folder).unwrap_or(Path::new(""));
        let folder = folder
            .canonicalize()
            .map_err(|error| super::io_reason(&error))?;
        // The repository's own settings say how its objects are stored; those of the user, the system
        // and the environment concern nothing that is read.
        let isolated = gix::open::Options::isolated();
        let repository = gix::ThreadSafeRepository::discover_opts(
            &folder,
            gix::discover::upwards::Options::default(),
            gix::sec::trust::Mapping {
                full: isolated.clone(),
                reduced: isolated,
            },
        )
        .map_err(|_| "it lies in no git repository".to_owned())?;
        let root = match repository.work_dir() {
            Some(tree) => tree,
            None => repository.git_dir(),
        };
        let root = root
            .canonicalize()
            .map_err(|error| super::io_reason(&error))?;
        let prefix = folder.join(below);
        let prefix = prefix.strip_prefix(&root).unwrap_or(Path::new(""));
        // A repository's own folder is not part of its history.
        let prefix = match repository.work_dir().is_some() && prefix.starts_with(".git") {
            true => Path::new(""),
            false => prefix,
        };
        Ok(Place {
            prefix: local::joined(prefix),
            repository,
            root,
        })
    }
}

/// Finds every state in the history of the commit that is checked out, with all its versions that
/// `span` wants.
pub(super) fn discover(path: &Path, span: &Span, lineage_of: LineageOf<'_>) -> Discovery {
    let told = match Place::find(path) {
        Ok(place) => history(place, span, lineage_of),
        Err(reason) => Err(reason),
    };
    told.unwrap_or_else(|reason| {
        let mut discovery = Discovery::default();
        discovery.found.push(Found {
            path: local::last_part(path),
            uri: format!("git:{}", local::absolute(path)),
            size: 0,
            modified: None,
            expected: true,
            content: Content::Unreadable(reason),
            past: Vec::new(),
        });
        discovery
    })
}

fn history(place: Place, span: &Span, lineage_of: LineageOf<'_>) -> Result<Discovery, String> {
    let Place {
        repository,
        root,
        prefix,
    } = place;
    let shared = Arc::new(Shared {
        repository,
        idle: Mutex::default(),
    });
    let root = local::absolute(&root);
    let mut discovery = Discovery::default();
    let walked = shared.with(|repository| {
        let Some(head) = head(repository, span.as_of.as_ref())? else {
            return Ok(None);
        };
        let mut trees = Trees::new(repository, Scope::new(&prefix));
        Walk::new(repository, &mut trees, span).from(head).map(Some)
    })?;
    let Some(walked) = walked else {
        let what = match &span.as_of {
            Some(AsOf::Commit(commit)) => format!("git:{root} has no commit {commit}"),
            _ => format!("git:{root} has no commit yet"),
        };
        discovery.notes.push(what);
        return Ok(discovery);
    };
    if walked.lacks_parents {
        discovery.notes.push(format!(
            "git:{root} is a shallow clone: what is older than it reaches is not known; git fetch --unshallow completes it"
        ));
    }
    let source = Versions {
        shared: &shared,
        root: &root,
        prefix: &prefix,
        sizes: HashMap::new(),
    };
    let Walked { head_commit, .. } = walked;
    let mut lineages = HashMap::new();
    let mut lineage = |id: ObjectId| {
        let known = lineages.entry(id);
        let read = || {
            source
                .blob(id)
                .read()
                .ok()
                .and_then(|bytes| lineage_of(&bytes))
        };
        known.or_insert_with(read).clone()
    };
    let stories = assemble::assemble(walked, &mut lineage);
    discovery.found = source.found(stories, head_commit);
    Ok(discovery)
}

/// The commit whose history is asked about; `None` where the repository has none, or not this one.
fn head(repository: &gix::Repository, as_of: Option<&AsOf>) -> Result<Option<ObjectId>, String> {
    if let Some(AsOf::Commit(prefix)) = as_of {
        let id = repository.rev_parse_single(prefix.as_str()).ok();
        let commit = id.and_then(|id| id.object().ok()?.peel_to_commit().ok());
        return Ok(commit.map(|commit| commit.id));
    }
    let head = repository.head();
    let head = head.map_err(|_| "the repository has no HEAD that can be read".to_owned())?;
    if head.is_unborn() {
        return Ok(None);
    }
    let id = head.into_peeled_id();
    id.map(|id| Some(id.detach()))
        .map_err(|_| "what HEAD points to cannot be read".to_owned())
}

/// Makes documents of what was found.
struct Versions<'a> {
    shared: &'a Arc<Shared>,
    root: &'a str,
    prefix: &'a str,
    sizes: HashMap<ObjectId, u64>,
}

impl Versions<'_> {
    fn blob(&self, id: ObjectId) -> Blob {
        Blob {
            repository: Arc::clone(self.shared),
            id,
        }
    }

    fn found(mut self, stories: Vec<Story>, head: ObjectId) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::with_capacity(stories.len());
        // Of the states that lay at one path one after another, the last has the path for its name.
        for story in stories.into_iter().rev() {
            let Some(newest) = story.versions.last() else {
                continue;
            };
            let mut uri = format!("git:{}/{}", self.root, newest.path);
            if found.iter().any(|other| other.uri == uri) {
                uri = at_commit(&uri, newest.commit.unwrap_or(head));
            }
            let past: Vec<Past> = story
                .versions
                .into_iter()
                .map(|version| self.past(version, head))
                .collect();
            let Some(newest) = past.last() else {
                continue;
            };
            found.push(Found {
                path: newest.path.clone(),
                uri,
                size: newest.size,
                modified: newest.recorded.at,
                expected: true,
                content: newest.content.clone(),
                past,
            });
        }
        found.sort_by(|one, other| one.path.cmp(&other.path));
        found
    }

    fn past(&mut self, version: Draft, head: ObjectId) -> Past {
        let uri = format!("git:{}/{}", self.root, version.path);
        let (size, content) = match version.blob {
            None => (0, Content::Gone),
            Some(id) => {
                let blob = self.blob(id);
                let size = self.sizes.get(&id).copied();
                match size.map_or_else(|| blob.size(), Ok) {
                    Ok(size) => {
                        self.sizes.insert(id, size);
                        (size, Content::Blob(blob))
                    }
                    Err(reason) => (0, Content::Unreadable(reason)),
                }
            }
        };
        let below = version.path.strip_prefix(self.prefix);
        let below = below.unwrap_or(&version.path).trim_start_matches('/');
        Past {
            uri: at_commit(&uri, version.commit.unwrap_or(head)),
            path: match below.is_empty() {
                true => version
                    .path
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                false => below.to_owned(),
            },
            size,
            content,
            recorded: version.recorded,
            valid_until: None,
        }
    }
}

fn at_commit(uri: &str, commit: ObjectId) -> String {
    format!("{uri}@{}", commit.to_hex_with_len(12))
}
