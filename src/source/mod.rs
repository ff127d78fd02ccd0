//! Where documents come from: a place is searched for them, and each can be read.
//!
//! Nothing here knows what a document means; that is the format layer's.

mod local;
mod location;

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

pub use location::{Location, LocationError};

/// A document that a source holds, found but not read.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its path under the source, with `/` between the parts.
    pub path: String,
    /// Where it is, for people and for telling it from others: an absolute path, or `-`.
    pub uri: String,
    /// Its size in bytes, as the source says before it is read.
    pub size: u64,
    /// When it was last written, where the source knows.
    pub modified: Option<SystemTime>,
    /// Whether its name says that it is a state, or the user named it: then a failure to read it
    /// is worth a warning. Other files are looked into, and passed over when they are no state.
    pub expected: bool,
    /// How to read it.
    pub content: Content,
}

/// How a document is read.
#[derive(Debug, Clone)]
pub enum Content {
    /// A local file.
    File(PathBuf),
    /// What was read from standard input.
    Bytes(Arc<[u8]>),
    /// It cannot be: the reason.
    Unreadable(String),
}

/// What searching a location gave.
#[derive(Debug, Default)]
pub struct Discovery {
    /// What can be read, ordered by path.
    pub found: Vec<Found>,
    /// What was passed over by its name or kind: where, and why.
    pub skipped: Vec<(String, &'static str)>,
}

/// Why a document could not be read, in words that hold nothing of its content.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is larger than the limit, both in bytes.
    #[error(
        "it has {size} bytes, more than the limit of {limit}; raise the limit with --max-state-size"
    )]
    TooLarge {
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The system refused.
    #[error("it cannot be read: {0}")]
    Io(String),
}

impl ReadError {
    /// The kind in one word, for `load_errors.kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            ReadError::TooLarge { .. } => "too_large",
            ReadError::Io(_) => "unreadable",
        }
    }
}

/// How many bytes of a file that was not expected to be a state are looked at first.
const HEAD: u64 = 4096;

impl Found {
    /// Its size and time of change now, which tell that it was written since; `None` for what does
    /// not change, or is gone.
    pub fn stamp(&self) -> Option<(u64, Option<SystemTime>)> {
        let Content::File(path) = &self.content else {
            return None;
        };
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok()))
    }

    /// Reads the document into `buffer`, in place of what is there.
    ///
    /// A document that was not expected is given up after its first bytes when `is_candidate`
    /// refuses them; then the answer is `false`.
    ///
    /// # Errors
    ///
    /// When it is larger than `limit` bytes, or the system refuses.
    pub fn read(
        &self,
        buffer: &mut Vec<u8>,
        limit: u64,
        is_candidate: impl Fn(&[u8]) -> bool,
    ) -> Result<bool, ReadError> {
        buffer.clear();
        match &self.content {
            Content::Unreadable(reason) => Err(ReadError::Io(reason.clone())),
            Content::Bytes(bytes) => {
                check_size(bytes.len() as u64, limit)?;
                buffer.extend_from_slice(bytes);
                Ok(true)
            }
            Content::File(path) => {
                let io = |error: io::Error| ReadError::Io(io_reason(&error));
                let mut file = std::fs::File::open(path).map_err(io)?;
                if !self.expected {
                    (&mut file).take(HEAD).read_to_end(buffer).map_err(io)?;
                    if !is_candidate(buffer) {
                        return Ok(false);
                    }
                }
                let size = file.metadata().map_err(io)?.len();
                check_size(size, limit)?;
                buffer.reserve(
                    usize::try_from(size)
                        .unwrap_or(0)
                        .saturating_sub(buffer.len())
                        + 1,
                );
                // One byte past the limit shows a file that grew, or one whose size is not known.
                let most = limit.saturating_add(1).saturating_sub(buffer.len() as u64);
                (&mut file).take(most).read_to_end(buffer).map_err(io)?;
                check_size(buffer.len() as u64, limit)?;
                Ok(true)
            }
        }
    }
}

/// What the system says is wrong, in words that people know.
pub(crate) fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        kind => kind.to_string(),
    }
}

fn check_size(size: u64, limit: u64) -> Result<(), ReadError> {
    if size > limit {
        Err(ReadError::TooLarge { size, limit })
    } else {
        Ok(())
    }
}
