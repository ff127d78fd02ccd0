//! States as relations with their history.

pub mod delta;
mod order;
