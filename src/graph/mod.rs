//! Dependencies: within a state, what each instance depends on, and from one state to another.

mod between;
mod edges;
mod find;
mod link;
mod outline;
mod packed;
mod recorded;
mod reduction;
mod remote;
mod shared;
mod state_graph;
mod walk;
mod whole;

pub use self::between::survey_between;
pub use self::edges::{Edge, edges};
pub use self::find::{FindError, Scope};
pub use self::link::{InstanceRef, Link, LinkKind};
pub use self::outline::{Arrow, Level, Outline, OutlineBox, Selection, TooManyArrows};
pub use self::remote::{Confidence, Producer, RemoteState, RemoteStates};
pub use self::shared::{OwnedTwice, SharedIds};
pub use self::walk::{Chain, Direction, Reached, Step};
pub use self::whole::{Graph, Node, StepKind};

#[cfg(test)]
mod tests;
