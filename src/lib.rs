//! SQL over Terraform and OpenTofu state.
//!
//! The layers, each naming only those below it: [`cli`] with the shell, [`picture`], [`output`], [`engine`],
//! [`graph`], [`history`], [`inventory`], [`source`], [`store`], [`postgres`], [`format`].

#![warn(missing_docs)]

pub mod cli;
pub mod engine;
pub mod format;
pub mod graph;
pub mod history;
pub mod inventory;
pub mod output;
mod parallel;
pub mod picture;
pub mod postgres;
mod shell;
pub mod source;
pub mod store;
