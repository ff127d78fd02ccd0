//! Why a result could not be written.

use std::io;

use arrow::error::ArrowError;
use datafusion::parquet::errors::ParquetError;

use super::Format;

/// Why a result could not be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Whoever read the output went away (`sgq ... | head -1`). Not a failure worth a message.
    #[error("the reader of the output closed it before everything was written")]
    BrokenPipe,
    /// The operating system refused a write.
    #[error("the output could not be written ({0}); check the target's free space and permissions")]
    Io(#[source] io::Error),
    /// The format cannot hold this result.
    #[error(
        "the result cannot be written as {format}: {reason}; cast the column to text or choose another format"
    )]
    Encode {
        /// The format that was asked for.
        format: Format,
        /// What it cannot hold, without a final full stop.
        reason: String,
    },
}

impl OutputError {
    /// Whether the reader of the output closed it: time to stop, quietly.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::BrokenPipe)
    }

    pub(super) fn from_arrow(format: Format, error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => error.into(),
            ArrowError::ExternalError(error) => match error.downcast::<io::Error>() {
                Ok(error) => (*error).into(),
                Err(error) => Self::encode(format, error),
            },
            error => Self::encode(format, error),
        }
    }

    pub(super) fn from_parquet(format: Format, error: ParquetError) -> Self {
        let ParquetError::External(error) = error else {
            return Self::encode(format, error);
        };
        match error.downcast::<io::Error>() {
            Ok(error) => (*error).into(),
            Err(error) => match error.downcast::<ArrowError>() {
                Ok(error) => Self::from_arrow(format, *error),
                Err(error) => Self::encode(format, error),
            },
        }
    }

    pub(super) fn encode(format: Format, reason: impl ToString) -> Self {
        let reason = reason.to_string().trim_end_matches('.').to_owned();
        Self::Encode { format, reason }
    }
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::BrokenPipe
        } else {
            Self::Io(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe() -> io::Error {
        io::Error::from(io::ErrorKind::BrokenPipe)
    }

    #[test]
    fn a_closed_pipe_is_recognised_through_every_library() {
        assert!(OutputError::from(pipe()).is_broken_pipe());
        assert!(OutputError::from_arrow(Format::Arrow, ArrowError::from(pipe())).is_broken_pipe());
        assert!(
            OutputError::from_parquet(Format::Parquet, ParquetError::from(pipe())).is_broken_pipe()
        );
        let nested = ParquetError::from(ArrowError::from(pipe()));
        assert!(OutputError::from_parquet(Format::Parquet, nested).is_broken_pipe());
    }

    #[test]
    fn a_full_disk_is_no_closed_pipe() {
        let error = OutputError::from(io::Error::from(io::ErrorKind::StorageFull));
        assert!(!error.is_broken_pipe());
        assert!(matches!(error, OutputError::Io(_)));
    }
}
