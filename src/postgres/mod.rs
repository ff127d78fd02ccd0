//! Connections to PostgreSQL: where a database is and how to reach it, told as to libpq, and the
//! connection itself.
//!
//! Nothing here knows what a database holds. No text of this layer holds a password: neither errors, nor
//! what [`Target`] displays.

mod connect;
mod connection;
mod conninfo;
mod describe;
mod environment;
mod host;
mod keywords;
mod password_file;
mod private_file;
mod target;
mod tls;
mod url;

pub use connect::ConnectError;
pub use connection::{Connection, Ended};
pub use describe::{StatementError, describe};
pub use environment::Environment;
pub use target::{Target, TargetError};
