//! What PostgreSQL says is wrong, without the rows that it quotes.

use std::error::Error as _;
use std::io;

use super::connection::Ended;
use super::tls;

/// Why a statement gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// The server refused it.
    #[error("{message}")]
    Refused {
        /// What the server says, and its code.
        message: String,
        /// The code: SQLSTATE.
        code: String,
    },
    /// The connection does not answer any more.
    #[error("the connection to PostgreSQL was lost: {0}")]
    Lost(String),
}

impl StatementError {
    /// The server's code (SQLSTATE), if it answered.
    pub fn code(&self) -> Option<&str> {
        match self {
            StatementError::Refused { code, .. } => Some(code),
            StatementError::Lost(_) => None,
        }
    }
}

impl From<::postgres::Error> for StatementError {
    fn from(error: ::postgres::Error) -> StatementError {
        let message = describe(&error);
        match error.as_db_error() {
            // Codes of class 57P tell that the server ends the connection.
            Some(told) if !told.code().code().starts_with("57P") => StatementError::Refused {
                message,
                code: told.code().code().to_owned(),
            },
            _ => StatementError::Lost(message),
        }
    }
}

impl From<Ended> for StatementError {
    fn from(ended: Ended) -> StatementError {
        StatementError::Lost(ended.to_string())
    }
}

/// One sentence about an error: what the server says and its code (SQLSTATE). Never its details or
/// context, which quote rows.
pub fn describe(error: &::postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        let message = told.message().replace('\n', " ");
        return format!("{message} (SQLSTATE {})", told.code().code());
    }
    if error.is_closed() {
        return "the server ended the connection".to_owned();
    }
    let Some(cause) = error.source() else {
        return error.to_string();
    };
    let Some(cause) = cause.downcast_ref::<io::Error>() else {
        return match cause.to_string().as_str() {
            "server does not support TLS" => {
                "the server does not encrypt connections; sslmode=prefer or disable does without"
                    .to_owned()
            }
            "password missing" => "the server asks for a password, and there is none".to_owned(),
            cause => format!("{error}: {cause}"),
        };
    };
    let inner = cause.get_ref();
    match inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => tls::told(error),
        None => io_words(cause),
    }
}

/// What the system says is wrong.
fn io_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there (connection refused)".to_owned(),
        io::ErrorKind::NotFound => "there is no socket".to_owned(),
        io::ErrorKind::TimedOut => "it did not answer in time".to_owned(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => {
            "the server ended the connection".to_owned()
        }
        // Names that cannot be looked up have no kind of their own.
        _ => error.to_string(),
    }
}
