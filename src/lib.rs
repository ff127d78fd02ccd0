//! SQL over Terraform and OpenTofu state.
//!
//! The layers, each naming only those below it: [`output`], [`engine`], [`graph`], [`inventory`],
//! [`source`], [`format`]. The command line is the binary's.

#![warn(missing_docs)]

pub mod engine;
pub mod format;
pub mod graph;
pub mod inventory;
pub mod output;
pub mod source;
