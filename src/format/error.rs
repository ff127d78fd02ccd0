//! Why a document is not a state, in words that hold nothing of its content.

/// Something that looks like a state but cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Not UTF-8 without a byte order mark, the only encoding Terraform reads.
    #[error("it is not plain UTF-8 ({0}); save it as UTF-8 without a byte order mark")]
    Encoding(&'static str),
    /// Not JSON, or cut short.
    #[error(
        "its JSON breaks off or is wrong at line {line}, column {column}; restore it from a backup or an earlier version"
    )]
    InvalidJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// Nested deeper than any state that Terraform writes.
    #[error("it is nested more than {0} levels deep")]
    TooDeep(usize),
    /// JSON, and of a known version, but not of the shape that version has.
    #[error("it is not a valid version {version} state at line {line}, column {column}")]
    InvalidState {
        /// The version it claims.
        version: String,
        /// Counted from 1; 0 where the place is not known.
        line: usize,
        /// Counted from 1, in bytes; 0 where the place is not known.
        column: usize,
    },
    /// A version no Terraform ever wrote, or the binary one from before 0.3.
    #[error("its version {0} is not one that can be read")]
    UnsupportedVersion(String),
}

impl FormatError {
    /// The kind in one word, for `load_errors.kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            FormatError::Encoding(_) => "encoding",
            FormatError::InvalidJson { .. } => "invalid_json",
            FormatError::TooDeep(_) => "too_deep",
            FormatError::InvalidState { .. } => "invalid_state",
            FormatError::UnsupportedVersion(_) => "unsupported_version",
        }
    }
}

/// A document that is read without an error and is no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotState {
    /// Nothing but white space: Terraform's "no state".
    Empty,
    /// `.terraform/terraform.tfstate`: where the state lies, not the state.
    BackendPointer,
    /// Who holds a lock.
    LockInfo,
    /// The output of `terraform show -json PLAN`.
    Plan,
    /// Any other JSON.
    OtherJson,
}

impl NotState {
    /// What it is, as `sgq sources` says it.
    pub fn describe(self) -> &'static str {
        match self {
            NotState::Empty => "empty file",
            NotState::BackendPointer => "backend pointer, not a state",
            NotState::LockInfo => "lock info, not a state",
            NotState::Plan => "plan, not a state",
            NotState::OtherJson => "not a state",
        }
    }
}
