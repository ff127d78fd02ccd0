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
    /// The JSON of a plan, but not of the shape that plans have.
    #[error(
        "it is not a valid plan at line {line}, column {column}; make it anew with terraform show -json"
    )]
    InvalidPlan {
        /// Counted from 1; 0 where the place is not known.
        line: usize,
        /// Counted from 1, in bytes; 0 where the place is not known.
        column: usize,
    },
    /// The file of a plan, in which something is wrong.
    #[error("it is a plan file that cannot be read: {0}; make it anew with terraform plan -out")]
    DamagedPlan(&'static str),
    /// The file of a plan that inflates to more bytes than any plan has.
    #[error(
        "it is a plan file that holds more than {0} bytes once it is inflated; no plan of its size does"
    )]
    InflatedPlan(u64),
    /// A plan that OpenTofu encrypted.
    #[error("it is a plan that OpenTofu encrypted; print it with tofu show -json")]
    EncryptedPlan,
    /// Something else than a plan, where one was named.
    #[error(
        "it is no plan; name what terraform plan -out wrote or terraform show -json printed of that"
    )]
    NotAPlan,
    /// A version no Terraform ever wrote, or the binary one from before 0.3.
    #[error("its version {0} is not one that can be read")]
    UnsupportedVersion(String),
}

impl FormatError {
    /// Whether the document is told to be a plan all the same.
    pub fn is_of_plan(&self) -> bool {
        matches!(
            self,
            FormatError::InvalidPlan { .. }
                | FormatError::DamagedPlan(_)
                | FormatError::InflatedPlan(_)
        )
    }

    /// The kind in one word, for `load_errors.kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            FormatError::Encoding(_) => "encoding",
            FormatError::InvalidJson { .. } => "invalid_json",
            FormatError::TooDeep(_) => "too_deep",
            FormatError::InvalidState { .. } => "invalid_state",
            FormatError::UnsupportedVersion(_) => "unsupported_version",
            FormatError::InvalidPlan { .. } | FormatError::DamagedPlan(_) => "invalid_plan",
            FormatError::InflatedPlan(_) => "too_large",
            FormatError::EncryptedPlan => "encrypted",
            FormatError::NotAPlan => "not_a_plan",
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
    /// The file of `terraform plan -out`, which [`PlanArchive`](super::PlanArchive) opens.
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
