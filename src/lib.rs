//! SQL over Terraform and OpenTofu state.

pub mod engine;
