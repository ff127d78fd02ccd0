//! That an instance of one state depends on another state.

use std::sync::Arc;

/// An instance of one of the inventory's states.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceRef {
    /// The position of its state in [`Inventory::files`](crate::inventory::Inventory::files).
    pub state: usize,
    /// Its address.
    pub address: Arc<str>,
    /// Its resource type.
    pub type_name: Arc<str>,
}

/// How it is known that an instance depends on another state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// Through a data source that copies the other state's outputs.
    RemoteState,
    /// It holds what names a real object that the other state manages.
    SharedId,
}

impl LinkKind {
    /// The word for it in SQL: `remote_state` or `shared_id`.
    pub fn as_str(self) -> &'static str {
        match self {
            LinkKind::RemoteState => "remote_state",
            LinkKind::SharedId => "shared_id",
        }
    }
}

/// A dependency that crosses from one state into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// How it is known.
    pub kind: LinkKind,
    /// The instance that depends.
    pub consumer: InstanceRef,
    /// The consumer's attribute that holds the producer's value, such as `vpc_id` or
    /// `ingress[0].security_groups[1]`; `None` where a dependency is recorded and nothing tells
    /// what was read.
    pub via: Option<String>,
    /// The position of the state depended on; `None` where it is none of the inventory's.
    pub producer_state: Option<usize>,
    /// The instance depended on; `None` where the states do not tell.
    pub producer: Option<InstanceRef>,
    /// The attribute that names the producer's real object, such as `id` or `arn`.
    pub producer_attribute: Option<Arc<str>>,
    /// The output that was read, where a data source copied it and the states tell which.
    pub output: Option<Arc<str>>,
    /// The address of that data source, in the consumer's state.
    pub data_source: Option<Arc<str>>,
}
