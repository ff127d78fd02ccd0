//! Where documents come from: a place is searched for them, and each can be read.
//!
//! Nothing here knows what a document means; that is the format layer's.

mod anywhere;
mod backups;
mod buffer;
mod git;
mod history;
mod live;
mod local;
mod location;
mod lock;
mod moment;
mod pg;
mod stored;

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

pub use anywhere::Anywhere;
pub use buffer::Buffer;
pub use git::{Blob, Checkout, CodeChange, checkout, code_changes, commit_time, repository_of};
pub use history::{AsOf, Past, Recorded, Span, path_of};
pub(crate) use history::{kept, starts};
pub use live::{Change, Live};
pub(crate) use local::absolute;
pub use local::{LOCK_INFO, named_file};
pub use location::{Location, LocationError};
pub use lock::Lock;
pub use pg::{Row, RowStamp};
pub(crate) use stored::fetch as fetch_stored;
pub use stored::{Stored, StoredFacts, StoredStamp};

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
    /// Every version that its source knows of it, oldest first, the newest last; empty for a document
    /// without a history.
    pub past: Vec<Past>,
}

/// How a document is read.
#[derive(Debug, Clone)]
pub enum Content {
    /// A local file.
    File(PathBuf),
    /// What was read from standard input.
    Bytes(Arc<[u8]>),
    /// What a git repository holds of it, read when it is needed.
    Blob(Blob),
    /// A row of Terraform's backend pg, read when it is needed.
    Row(Row),
    /// A version of a state in sgq's own store, put together when it is needed.
    Stored(Stored),
    /// Nothing: the document was removed then.
    Gone,
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
    /// What else is worth knowing of what was found, a sentence each that begins with the place.
    pub notes: Vec<String>,
    /// The connection that what was found is read by, where there is one.
    pub live: Vec<Arc<dyn Live>>,
}

/// Stands for what a document says at one moment: another one means that it was written since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stamp {
    /// A file's.
    File {
        /// Its size in bytes.
        size: u64,
        /// When it was last written. A file may be written again soon without that showing.
        modified: Option<SystemTime>,
    },
    /// A row's.
    Row(RowStamp),
    /// That of a state in a store.
    Stored(StoredStamp),
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
const HEAD: usize = 4096;

/// How many bytes a part has: few enough to stay in a processor's own cache until they are looked at.
/// A multiple of 64.
pub const PART: usize = 256 << 10;

impl Found {
    /// Its content now as a version, recorded when it was last written.
    pub(crate) fn now(&self) -> Past {
        Past {
            uri: self.uri.clone(),
            path: self.path.clone(),
            size: self.size,
            content: self.content.clone(),
            recorded: Recorded {
                at: self.modified,
                ..Recorded::default()
            },
            valid_until: None,
        }
    }

    /// What tells that it was written since: a file is looked at now, a row is as it was when its table was
    /// last looked at. `None` for what does not change, or is gone.
    pub fn stamp(&self) -> Option<Stamp> {
        match &self.content {
            Content::File(path) => {
                let metadata = std::fs::metadata(path).ok()?;
                Some(Stamp::File {
                    size: metadata.len(),
                    modified: metadata.modified().ok(),
                })
            }
            Content::Row(row) => row.stamp().map(Stamp::Row),
            Content::Stored(stored) => Some(Stamp::Stored(stored.stamp())),
            Content::Bytes(_) | Content::Blob(_) | Content::Gone | Content::Unreadable(_) => None,
        }
    }

    /// Its size in bytes, as its source said last.
    pub fn size(&self) -> u64 {
        match &self.content {
            Content::Row(row) => row.size(),
            _ => self.size,
        }
    }

    /// When it was last written, as its source said last, where it knows.
    pub fn modified(&self) -> Option<SystemTime> {
        match &self.content {
            Content::Row(row) => row.modified(),
            _ => self.modified,
        }
    }

    /// The workspace that it is the state of, where its source tells that apart from its path.
    pub fn workspace(&self) -> Option<&str> {
        match &self.content {
            Content::Row(row) => Some(row.workspace()),
            Content::Stored(stored) => Some(stored.workspace()),
            _ => None,
        }
    }

    /// What keeps it, in the words of Terraform's backends.
    pub fn backend(&self) -> &'static str {
        match &self.content {
            Content::Row(_) => "pg",
            Content::Stored(_) => "sgq",
            _ => "local",
        }
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
        buffer: &mut Buffer,
        limit: u64,
        is_candidate: impl Fn(&[u8]) -> bool,
    ) -> Result<bool, ReadError> {
        let mut reader = self.open(limit)?;
        buffer.clear(HEAD);
        if !self.expected {
            reader.append(buffer, HEAD as u64, limit)?;
            if !is_candidate(buffer.bytes()) {
                return Ok(false);
            }
        }
        check_size(reader.size, limit)?;
        buffer.make_room(usize::try_from(reader.size).map_or(HEAD, |size| size + 1));
        reader.append(buffer, u64::MAX, limit)?;
        Ok(true)
    }

    /// Reads the document through `buffer` a part at a time and gives each to `visit`. All but the last
    /// have the same length, a multiple of 64 bytes. The answer is that of [`read`](Self::read).
    ///
    /// # Errors
    ///
    /// When it is larger than `limit` bytes, or the system refuses.
    pub fn read_in_parts(
        &self,
        buffer: &mut Buffer,
        limit: u64,
        is_candidate: impl Fn(&[u8]) -> bool,
        mut visit: impl FnMut(&[u8]),
    ) -> Result<bool, ReadError> {
        let mut reader = self.open(limit)?;
        if self.expected {
            check_size(reader.size, limit)?;
        }
        let mut is_first = !self.expected;
        loop {
            buffer.clear(PART);
            let mut left = PART;
            if std::mem::take(&mut is_first) {
                reader.append(buffer, HEAD as u64, limit)?;
                if !is_candidate(buffer.bytes()) {
                    return Ok(false);
                }
                check_size(reader.size, limit)?;
                left -= HEAD;
            }
            reader.append(buffer, left as u64, limit)?;
            let part = buffer.bytes();
            visit(part);
            if part.len() < PART {
                return Ok(true);
            }
        }
    }

    /// The document as one whose parts can be read in any order; `None` of what is read from its beginning
    /// only, and of what must be looked at first because it was not expected.
    ///
    /// # Errors
    ///
    /// When it is larger than `limit` bytes, or the system refuses.
    pub fn anywhere(&self, limit: u64) -> Result<Option<Anywhere>, ReadError> {
        match &self.content {
            Content::File(path) if self.expected => Anywhere::open(path, limit),
            Content::File(_)
            | Content::Bytes(_)
            | Content::Blob(_)
            | Content::Row(_)
            | Content::Stored(_)
            | Content::Gone
            | Content::Unreadable(_) => Ok(None),
        }
    }

    fn open(&self, limit: u64) -> Result<Reader<'_>, ReadError> {
        let (content, size): (Box<dyn Read + '_>, u64) = match &self.content {
            Content::Unreadable(reason) => return Err(ReadError::Io(reason.clone())),
            Content::Gone => return Err(ReadError::Io("it was removed".to_owned())),
            Content::Bytes(bytes) => (Box::new(bytes.as_ref()), bytes.len() as u64),
            Content::Blob(blob) => {
                // What is too large is not made at all.
                let size = blob.size().map_err(ReadError::Io)?;
                let bytes = match size > limit {
                    true => Vec::new(),
                    false => blob.read().map_err(ReadError::Io)?,
                };
                (Box::new(io::Cursor::new(bytes)), size)
            }
            Content::Stored(stored) => {
                let document = stored.fetch()?.into_bytes();
                let size = document.len() as u64;
                (Box::new(io::Cursor::new(document)), size)
            }
            Content::Row(row) => {
                // What is too large is not fetched at all.
                let size = row.size();
                check_size(size, limit)?;
                (Box::new(row.fetch()?), size)
            }
            Content::File(path) => {
                let file = std::fs::File::open(path).map_err(read_error)?;
                let size = file.metadata().map_err(read_error)?.len();
                (Box::new(file), size)
            }
        };
        Ok(Reader {
            content,
            size,
            read: 0,
        })
    }
}

/// A document being read.
struct Reader<'a> {
    content: Box<dyn Read + 'a>,
    /// Its size as the source tells it.
    size: u64,
    /// How many bytes have been read.
    read: u64,
}

impl Reader<'_> {
    /// Appends the next `most` bytes, fewer only at the end of the document.
    fn append(&mut self, buffer: &mut Buffer, most: u64, limit: u64) -> Result<(), ReadError> {
        // One byte past the limit shows a file that grew, or one whose size is not known.
        let left = limit.saturating_add(1).saturating_sub(self.read);
        let read = buffer.append(&mut self.content, most.min(left));
        self.read += read.map_err(read_error)?;
        check_size(self.read, limit)
    }
}

/// A document that cannot be read, for what a source cannot even list.
fn unreadable(path: String, uri: String, reason: String) -> Found {
    Found {
        path,
        uri,
        size: 0,
        modified: None,
        expected: true,
        content: Content::Unreadable(reason),
        past: Vec::new(),
    }
}

fn read_error(error: io::Error) -> ReadError {
    ReadError::Io(io_reason(&error))
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
