//! The SQL engine
pub mod json;
mod provider;
mod scan;
pub mod tables;
