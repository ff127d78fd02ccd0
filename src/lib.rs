//! SQL over Terraform and OpenTofu state.
//!
//! The layers, each naming only those below it: [`cli`] and the shell, [`output`], [`engine`],
//! [`inventory`], [`source`], [`format`].

#![warn(missing_docs)]

pub mod format;
pub mod output;
