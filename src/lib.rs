//! SQL over Terraform and OpenTofu state.
//!
//! The layers, each naming only those below it: [`cli`] with the shell, [`picture`], [`output`], [`engine`],
//! [`graph`], [`inventory`], [`source`], [`format`].

#![warn(missing_docs)]

pub mod cli;
pub mod engine;
pub mod format;
pub mod graph;
pub mod inventory;
pub mod output;
pub mod picture;
mod shell;
pub mod source;
