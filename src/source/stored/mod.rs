//! sgq's own store as a source: every state with all its versions, of which no more is fetched than is wanted.

mod listing;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use ::postgres::Client;

use self::listing::{Listed, ListedVersion, Rights};
use super::moment::Session;
use super::{AsOf, Change, Content, Discovery, Found, Live, Lock, Past, ReadError, Recorded, Span};
use crate::postgres::{StatementError, Target};
use crate::store::{self, At, Rows, StoreError, Wanted};

/// A store.
#[derive(Debug)]
struct Source {
    target: Target,
    /// `pg://HOST:PORT/DATABASE/SCHEMA`: what the addresses of its states begin with.
    place: String,
    as_of: Option<SystemTime>,
    session: Mutex<Session>,
    /// What was there when it was looked at last.
    seen: Mutex<Seen>,
    /// Every version of every state, once somebody asked for any.
    versions: OnceLock<Result<HashMap<i64, Vec<ListedVersion>>, String>>,
}

/// What tells whether anything was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Seen {
    rights: Rights,
    states: Vec<Listed>,
}

/// A version of a state in a store.
#[derive(Clone)]
pub struct Stored {
    source: Arc<Source>,
    at: At,
    /// The number of a captured write of which no version was made yet.
    captured: Option<i64>,
    workspace: Arc<str>,
    wanted: Arc<Wanted>,
    facts: Option<Arc<StoredFacts>>,
}

/// What a version of a state says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredFacts {
    /// Its serial.
    pub serial: Option<u64>,
    /// Its lineage.
    pub lineage: Option<String>,
    /// The version of Terraform or OpenTofu that wrote it.
    pub terraform_version: Option<String>,
    /// How many instances it has.
    pub instance_count: Option<usize>,
    /// Whether all of it is in relations, so that they tell what changed.
    pub is_in_relations: bool,
}

/// Stands for a version of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoredStamp(At, Option<i64>);

/// Whether a database has a store that the role may read, in the schema that the place names.
///
/// # Errors
///
/// One sentence, when it cannot be asked.
pub(super) fn is_there(session: &mut Session, target: &Target) -> Result<bool, String> {
    let schema = store::schema_of(target).to_owned();
    let version = session.look(target, move |client| {
        store::version(client, &schema).map_err(statement)
    })?;
    Ok(version.is_some())
}

/// Finds the states of a store, and leaves the transaction open that all of them are read in.
pub(super) fn discover(session: Session, target: &Target, span: &Span) -> Discovery {
    let servers = target.servers().replace('/', "%2F");
    let schema = store::schema_of(target);
    let source = Arc::new(Source {
        place: format!("pg://{servers}/{}/{schema}", target.database()),
        target: target.clone(),
        as_of: match span.as_of {
            Some(AsOf::Time(time)) => Some(time),
            _ => None,
        },
        session: Mutex::new(session),
        seen: Mutex::default(),
        versions: OnceLock::new(),
    });
    let mut discovery = Discovery::default();
    match source.look() {
        Ok(seen) => {
            let states = seen.states.clone();
            *source.seen() = seen;
            let mut places = HashSet::new();
            // Of states that had a name one after another, the one that has it now stands at its place.
            let (gone, alive): (Vec<_>, Vec<_>) =
                states.iter().partition(|listed| listed.status == "removed");
            for listed in alive.into_iter().chain(gone) {
                let is_first = places.insert(listed.name.as_str());
                discovery.found.push(source.found(listed, is_first));
            }
            discovery
                .found
                .sort_by(|one, other| one.path.cmp(&other.path));
        }
        Err(reason) => {
            discovery
                .found
                .push(super::unreadable(String::new(), target.to_string(), reason))
        }
    }
    discovery.live.push(source);
    discovery
}

impl Source {
    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a moment and lists the states.
    fn look(&self) -> Result<Seen, String> {
        let schema = store::schema_of(&self.target).to_owned();
        let (place, as_of) = (self.target.to_string(), self.as_of);
        let seen = self.session().look(&self.target, move |client| {
            let looked = store::require(client, &schema, &place).and_then(|()| {
                let rights = listing::rights(client)?;
                let states = listing::states(client, rights, as_of)?;
                Ok(Seen { rights, states })
            });
            told(looked)
        })?;
        seen.map_err(|error| error.to_string())
    }

    /// A state as a document; another than the first of its name is told apart by its number.
    fn found(self: &Arc<Self>, listed: &Listed, is_first: bool) -> Found {
        let uri = match is_first {
            true => format!("{}/{}", self.place, listed.name),
            false => format!("{}/{}~{}", self.place, listed.name, listed.at.state_id),
        };
        let mut found = Found {
            // As a file of that name in a folder of states would lie.
            path: format!("{}/terraform.tfstate", listed.name),
            uri,
            size: listed.size,
            modified: Some(listed.recorded_at),
            expected: true,
            content: self.content(
                listed.at,
                listed.captured,
                &listed.status,
                &listed.workspace.as_str().into(),
                None,
            ),
            past: Vec::new(),
        };
        if listed.status == "removed" {
            // Whoever is gone is known by what was there before.
            found.past = self.past(listed.at.state_id, &found).unwrap_or_default();
        }
        found
    }

    fn content(
        self: &Arc<Self>,
        at: At,
        captured: Option<i64>,
        status: &str,
        workspace: &Arc<str>,
        facts: Option<&Arc<StoredFacts>>,
    ) -> Content {
        match status {
            "removed" => Content::Gone,
            _ => Content::Stored(Stored {
                source: Arc::clone(self),
                at,
                captured,
                workspace: Arc::clone(workspace),
                wanted: Arc::default(),
                facts: facts.cloned(),
            }),
        }
    }

    /// Every version of a state, oldest first.
    fn past(self: &Arc<Self>, state_id: i64, found: &Found) -> Result<Vec<Past>, String> {
        let all = self.versions.get_or_init(|| {
            let rights = self.seen().rights;
            let listed = self
                .session()
                .run(move |client| told(listing::versions(client, rights)));
            listed.and_then(|listed| listed.map_err(|error| error.to_string()))
        });
        let versions = all.as_ref().map_err(Clone::clone)?.get(&state_id);
        let workspace: Arc<str> = found.workspace().unwrap_or("default").into();
        let past = |listed: &ListedVersion| {
            let at = At {
                state_id,
                version: listed.version,
            };
            let (author, email) = author_and_email(listed.author.as_deref());
            Past {
                uri: format!("{}@{}", found.uri, listed.version),
                path: found.path.clone(),
                size: listed.size,
                content: self.content(
                    at,
                    listed.captured,
                    &listed.status,
                    &workspace,
                    listed.facts.as_ref(),
                ),
                recorded: Recorded {
                    at: Some(listed.recorded_at),
                    author,
                    email,
                    commit: listed.commit.clone(),
                    message: listed.message.clone(),
                    operation: Some(listed.operation.clone()),
                },
                valid_until: None,
            }
        };
        Ok(versions.into_iter().flatten().map(past).collect())
    }
}

impl Stored {
    /// The workspace it is the state of.
    pub fn workspace(&self) -> &str {
        &self.workspace
    }

    /// The number of the version in its store.
    pub fn number(&self) -> u64 {
        u64::try_from(self.at.version).unwrap_or(0)
    }

    /// What the version says of itself; `None` where its store was not asked for versions.
    pub fn facts(&self) -> Option<&StoredFacts> {
        self.facts.as_deref()
    }

    /// Stands for the version: what it says never changes.
    pub fn stamp(&self) -> StoredStamp {
        StoredStamp(self.at, self.captured)
    }

    /// Whether it can be had as it was written: the role may read its secrets.
    pub fn is_exact(&self) -> bool {
        self.source.seen().rights.may_read_secrets
    }

    /// The same version, of which no more is fetched than is wanted.
    pub fn wanting(&self, wanted: &Arc<Wanted>) -> Stored {
        Stored {
            wanted: Arc::clone(wanted),
            ..self.clone()
        }
    }

    /// What the version before this one had that this one has not, and what this one has that the other had
    /// not, where this one follows it.
    pub fn step_from(&self, before: &Stored) -> Option<(Stored, Stored)> {
        let follows =
            self.at.state_id == before.at.state_id && self.at.version == before.at.version + 1;
        follows.then(|| (before.leaving(), self.part(Rows::Entering)))
    }

    /// What it has that the next version has not.
    pub fn leaving(&self) -> Stored {
        self.part(Rows::Leaving)
    }

    /// Its instances, with what tells objects from each other.
    pub fn objects(&self) -> Stored {
        self.wanting(&Arc::new(Wanted {
            exact: true,
            only_ids: true,
            only_instances: true,
            ..Wanted::default()
        }))
    }

    /// All of it.
    pub fn whole(&self) -> Stored {
        self.part(Rows::Holding)
    }

    fn part(&self, rows: Rows) -> Stored {
        self.wanting(&Arc::new(Wanted {
            rows,
            exact: true,
            ..Wanted::default()
        }))
    }

    /// Every version of the state that was found as this one, oldest first.
    ///
    /// # Errors
    ///
    /// One sentence, when the store cannot be asked.
    pub fn past(&self, found: &Found) -> Result<Vec<Past>, String> {
        self.source.past(self.at.state_id, found)
    }

    /// Whether another version can be fetched together with this one.
    pub fn is_beside(&self, other: &Stored) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
    }

    /// The version as a document, as much of it as is wanted.
    ///
    /// # Errors
    ///
    /// When the server is gone, or what it holds does not fit together.
    pub(super) fn fetch(&self) -> Result<String, ReadError> {
        let documents = fetch(&[self], &self.wanted).map_err(ReadError::Io)?;
        Ok(documents.into_iter().next().unwrap_or_default())
    }
}

/// As much of versions of one store as is wanted, each as a document.
///
/// # Errors
///
/// One sentence, when the server is gone or what it holds does not fit together.
pub(crate) fn fetch(versions: &[&Stored], wanted: &Wanted) -> Result<Vec<String>, String> {
    let Some(first) = versions.first() else {
        return Ok(Vec::new());
    };
    let source = &first.source;
    let at: Vec<(At, Option<i64>)> = versions
        .iter()
        .map(|stored| (stored.at, stored.captured))
        .collect();
    // A part of a state does not tell what its secrets are: it is shown as it was when it was written.
    let rights = source.seen().rights;
    let wanted = Wanted {
        exact: wanted.exact && rights.may_read_secrets,
        documents: rights.may_read_secrets && wanted.rows == Rows::Holding,
        ..wanted.clone()
    };
    let documents = source
        .session()
        .run(move |client| told(put_together(client, &at, &wanted)))?;
    documents.map_err(|error| error.to_string())
}

/// Versions, and captured writes, in their order.
fn put_together(
    client: &mut Client,
    at: &[(At, Option<i64>)],
    wanted: &Wanted,
) -> Result<Vec<String>, StoreError> {
    let recorded: Vec<At> = at
        .iter()
        .filter_map(|(at, captured)| captured.is_none().then_some(*at))
        .collect();
    let ids: Vec<i64> = at.iter().filter_map(|(_, captured)| *captured).collect();
    let mut documents = store::documents(client, &recorded, wanted)?.into_iter();
    let mut captured = match ids.is_empty() {
        true => HashMap::new(),
        false => listing::captured_documents(client, &ids)?,
    };
    let document = |(_, id): &(At, Option<i64>)| match id {
        Some(id) => captured.remove(id).unwrap_or_default(),
        None => documents.next().unwrap_or_default(),
    };
    Ok(at.iter().map(document).collect())
}

impl Live for Source {
    fn look_again(&self) -> Result<Change, String> {
        let was_lost = self.session().was_lost();
        let seen = self.look()?;
        let is_same = !was_lost && *self.seen() == seen;
        *self.seen() = seen;
        Ok(match is_same {
            true => Change::Nothing,
            // What was known of the versions is not all any more.
            false => Change::Documents,
        })
    }

    fn rest(&self) {
        self.session().rest();
    }

    fn locks(&self) -> Result<Vec<Lock>, String> {
        Ok(Vec::new())
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stored({:?})", self.at)
    }
}

/// The name and the address of `Ada <ada@example.com>`; of anything else all is the name.
fn author_and_email(author: Option<&str>) -> (Option<String>, Option<String>) {
    let parts = author.and_then(|author| author.strip_suffix('>')?.split_once(" <"));
    match parts {
        Some((name, email)) => (Some(name.to_owned()), Some(email.to_owned())),
        None => (author.map(str::to_owned), None),
    }
}

/// What a statement said, apart from what the store says of itself.
fn told<T>(asked: Result<T, StoreError>) -> Result<Result<T, StoreError>, StatementError> {
    match asked {
        Err(StoreError::Database(error)) => Err(error),
        told => Ok(told),
    }
}

fn statement(error: StoreError) -> StatementError {
    match error {
        StoreError::Database(error) => error,
        other => StatementError::Refused {
            message: other.to_string(),
            code: String::new(),
        },
    }
}
