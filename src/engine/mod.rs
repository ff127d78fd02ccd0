//! A DataFusion session over an inventory: SQL in, record batches out.
//!
//! The engine does not know where bytes came from, and never holds an unredacted value.

mod attempts;
mod catalog;
mod error;
mod explain;
pub mod functions;
mod guard;
pub mod json;
mod kept;
pub mod known;
mod learned;
pub mod library;
mod named;
mod names;
mod narrow;
pub mod pairs;
mod portion;
mod provider;
mod renewed;
mod scan;
mod sequence;
mod session;
mod spills;
mod table_functions;
pub mod tables;
mod types;
mod versioned;
mod views;
mod whole;
mod yielding;

pub use error::QueryError;
pub use names::{closest, identifier, unqualified};
pub use session::{Answer, Engine, EngineOptions};
pub use spills::Spills;
