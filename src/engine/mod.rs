//! The SQL engine: a DataFusion session and what it needs to speak PostgreSQL.

pub mod functions;
pub mod json;
