//! Dependencies: within a state, what each instance depends on, and from one state to another.

mod edges;
mod find;
mod link;
mod packed;
mod recorded;
mod reduction;
mod state_graph;
mod walk;
mod whole;

pub use self::edges::{Edge, edges};
pub use self::find::{FindError, Scope};
pub use self::link::{InstanceRef, Link, LinkKind};
pub use self::walk::{Chain, Direction, Reached, Step};
pub use self::whole::{Graph, Node, StepKind};

#[cfg(test)]
mod tests;
