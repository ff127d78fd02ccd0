//! What a user writes after `-s`, and searching it.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};

use super::history::Span;
use super::moment::Session;
use super::{Change, Content, Discovery, Found, Live, Lock, git, io_reason, local, pg, stored};
use crate::postgres::{Environment, Target, TargetError};

/// A place that holds documents.
#[derive(Debug, Clone)]
pub enum Location {
    /// A file, or a directory with everything below it.
    Path(PathBuf),
    /// The files below `root` whose path matches.
    Glob {
        /// The part of the pattern before its first wildcard.
        root: PathBuf,
        /// Matches a path as the pattern would spell it.
        matcher: Box<GlobMatcher>,
        /// The pattern as written.
        pattern: String,
    },
    /// The history of a git repository: of a state, or of all below a folder. The path may also lie in
    /// the history alone.
    Git(PathBuf),
    /// A PostgreSQL database: the states that Terraform's backend pg keeps in it.
    Postgres(Box<Target>),
    /// Standard input: one document.
    Stdin,
}

/// Why a text is no location.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// A scheme that this version does not read.
    #[error(
        "cannot read `{0}`: sources are directories, files, patterns such as `envs/**/*.tfstate`, `git:PATH`, \
         `postgres://…`, and `-`"
    )]
    UnknownScheme(String),
    /// A pattern that is none.
    #[error("`{pattern}` is not a pattern: {reason}")]
    BadPattern {
        /// The pattern as written.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What names a database, and names none.
    #[error(transparent)]
    Postgres(#[from] TargetError),
    /// Nothing at all.
    #[error("a source is empty: name a directory, a file, a pattern or `-`")]
    Empty,
}

impl Location {
    /// Reads a location as written; a relative one is taken from `base`. What a database's leaves open the
    /// environment says.
    ///
    /// A text that names an existing file is that file, even where it looks like a pattern.
    ///
    /// # Errors
    ///
    /// When it is empty, of a scheme that is not read, or a pattern or database that is none.
    pub fn parse(
        text: &str,
        base: &Path,
        environment: &Environment,
    ) -> Result<Location, LocationError> {
        if text.is_empty() {
            return Err(LocationError::Empty);
        }
        if text == "-" {
            return Ok(Location::Stdin);
        }
        if let Some(path) = text.strip_prefix("git:")
            && !path.starts_with("//")
            && !base.join(text).exists()
        {
            let here = if path.is_empty() { "." } else { path };
            return Ok(Location::Git(base.join(here)));
        }
        if Target::looks_like(text) && !base.join(text).exists() {
            let target = Target::parse(text, environment)?;
            return Ok(Location::Postgres(Box::new(target)));
        }
        let has_scheme = text.split_once("://").is_some_and(|(scheme, _)| {
            !scheme.is_empty()
                && scheme
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '+')
        });
        if has_scheme && !base.join(text).exists() {
            // Only the scheme: what follows can hold a password.
            let scheme = text.split_once(':').map_or(text, |(scheme, _)| scheme);
            return Err(LocationError::UnknownScheme(format!("{scheme}:…")));
        }
        let path = base.join(text);
        if path.symlink_metadata().is_ok() || !text.contains(['*', '?', '[', '{']) {
            return Ok(Location::Path(path));
        }
        let mut pattern = text;
        while let Some(rest) = pattern.strip_prefix("./") {
            pattern = rest.trim_start_matches('/');
        }
        let matcher = GlobBuilder::new(pattern)
            .literal_separator(true)
            .build()
            .map_err(|error| LocationError::BadPattern {
                pattern: text.to_owned(),
                reason: error.kind().to_string(),
            })?
            .compile_matcher();
        let fixed: PathBuf = Path::new(pattern)
            .components()
            .take_while(|part| {
                !part
                    .as_os_str()
                    .to_string_lossy()
                    .contains(['*', '?', '[', '{'])
            })
            .collect();
        let root = base.join(fixed);
        let is_here = root.as_os_str().is_empty();
        Ok(Location::Glob {
            root: if is_here { PathBuf::from(".") } else { root },
            matcher: Box::new(matcher),
            pattern: text.to_owned(),
        })
    }

    /// Finds every document of the location. What is missing or cannot be opened is found too, as
    /// a document that cannot be read, so that nobody takes it for an empty answer.
    ///
    /// `span` says how much of a history is wanted. `lineage_of` tells the lineage of the state that some
    /// bytes are; it is asked where a state may have moved.
    pub fn discover(
        &self,
        base: &Path,
        span: &Span,
        lineage_of: &dyn Fn(&[u8]) -> Option<String>,
    ) -> Discovery {
        match self {
            Location::Path(path) => local::discover(path, None),
            Location::Glob { root, matcher, .. } => local::discover(
                root,
                Some(&|path: &Path| {
                    let path = path.strip_prefix(base).unwrap_or(path);
                    matcher.is_match(path.strip_prefix(".").unwrap_or(path))
                }),
            ),
            Location::Git(path) => git::discover(path, span, lineage_of),
            Location::Postgres(target) => postgres(target, span),
            Location::Stdin => stdin(),
        }
    }

    /// A short name for the source: the last part of its path, the name of a database.
    pub fn short_name(&self) -> String {
        match self {
            Location::Stdin => "stdin".to_owned(),
            Location::Postgres(target) => target.database().to_owned(),
            Location::Path(path) | Location::Glob { root: path, .. } | Location::Git(path) => {
                local::last_part(path)
            }
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Path(path) => write!(f, "{}", path.display()),
            Location::Glob { pattern, .. } => f.write_str(pattern),
            Location::Git(path) => write!(f, "git:{}", path.display()),
            Location::Postgres(target) => write!(f, "{target}"),
            Location::Stdin => f.write_str("-"),
        }
    }
}

/// What a database holds: sgq's own store where it has one, else Terraform's tables. The parameter `read` of
/// the place, `store` or `backend`, says which of both.
fn postgres(target: &Target, span: &Span) -> Discovery {
    let mut session = Session::default();
    let is_store = match target.option("read") {
        Some("store") => Ok(true),
        Some("backend") => Ok(false),
        // Whoever names its schema means a store.
        _ if target.option("sgq_schema").is_some() => Ok(true),
        _ => stored::is_there(&mut session, target),
    };
    match is_store {
        Ok(true) => stored::discover(session, target, span),
        Ok(false) => pg::discover(session, target),
        Err(reason) => unreachable_now(target, reason),
    }
}

/// A database that cannot be reached, or be asked what it holds: it is looked for again before each question.
fn unreachable_now(target: &Target, reason: String) -> Discovery {
    let mut discovery = Discovery::default();
    let uri = target.to_string();
    discovery
        .found
        .push(super::unreadable(String::new(), uri, reason));
    discovery.live.push(Arc::new(Unreached(target.clone())));
    discovery
}

/// A database that was not reached when it was searched.
#[derive(Debug)]
struct Unreached(Target);

impl Live for Unreached {
    fn look_again(&self) -> Result<Change, String> {
        match self.0.connect() {
            Ok(_) => Ok(Change::Documents),
            Err(error) => Err(error.to_string()),
        }
    }

    fn rest(&self) {}

    fn locks(&self) -> Result<Vec<Lock>, String> {
        Ok(Vec::new())
    }
}

fn stdin() -> Discovery {
    let mut bytes = Vec::new();
    let content = match std::io::stdin().lock().read_to_end(&mut bytes) {
        Ok(_) => Content::Bytes(Arc::from(bytes.as_slice())),
        Err(error) => Content::Unreadable(io_reason(&error)),
    };
    let found = Found {
        path: "stdin".to_owned(),
        uri: "-".to_owned(),
        size: bytes.len() as u64,
        modified: None,
        expected: true,
        content,
        past: Vec::new(),
    };
    Discovery {
        found: vec![found],
        ..Discovery::default()
    }
}
