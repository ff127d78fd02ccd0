//! SQL over Terraform and OpenTofu state.
//!
//! The layers, each naming only those below it: [`cli`] with the shell, [`output`], [`engine`],
//! [`graph`], [`inventory`], [`source`], [`format`].

#![warn(missing_docs)]

pub mod cli;
pub mod engine;
pub mod format;
pub mod graph;
pub mod inventory;
pub mod output;
mod shell;
pub mod source;
