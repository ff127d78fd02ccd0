//! Who writes to the store, and why.

/// Who wrote, and why, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorship {
    /// Who made the change.
    pub author: Option<String>,
    /// Why.
    pub message: Option<String>,
    /// The commit of the configuration that was applied.
    pub git_commit: Option<String>,
    /// The branch it was on.
    pub git_branch: Option<String>,
    /// The repository, without credentials.
    pub git_repository: Option<String>,
    /// The run of a CI system, mostly its address.
    pub ci_run: Option<String>,
    /// Further words.
    pub tags: Vec<String>,
}

/// What kind of write it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A state was pushed.
    Push,
    /// It came from another source.
    Import,
    /// Terraform wrote it to its own backend in the same database.
    Capture,
    /// An older version was made the newest again.
    Revert,
    /// It got another name.
    Rename,
    /// It was removed.
    Remove,
}

impl Operation {
    /// Its name in the table of transactions.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Push => "push",
            Operation::Import => "import",
            Operation::Capture => "capture",
            Operation::Revert => "revert",
            Operation::Rename => "rename",
            Operation::Remove => "rm",
        }
    }
}
