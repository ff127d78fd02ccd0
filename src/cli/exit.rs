//! How the process ends.

use std::process::ExitCode;

/// The meaning of each exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All went well.
    Success = 0,
    /// A query failed.
    Query = 1,
    /// The arguments or settings are wrong.
    Usage = 2,
    /// A source could not be loaded: any with `--strict`, or all of them.
    Source = 3,
    /// Rows came where none are wanted, with `--fail-on-rows`.
    Rows = 4,
    /// The user cancelled.
    Cancelled = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a command could not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How the process ends.
    pub(crate) exit: Exit,
    /// One sentence for the user; `None` where all is said.
    pub(crate) message: Option<String>,
}

impl Failure {
    /// The arguments or settings are wrong.
    pub(crate) fn usage(message: impl ToString) -> Failure {
        Failure {
            exit: Exit::Usage,
            message: Some(message.to_string()),
        }
    }

    /// A query failed.
    pub(crate) fn query(message: impl ToString) -> Failure {
        Failure {
            exit: Exit::Query,
            message: Some(message.to_string()),
        }
    }
}
