//! The part of a binary plan's Protocol Buffers that is read.
//!
//! Source: Terraform `internal/plans/planproto/planfile.proto`; OpenTofu's is of the same family.

use prost::{Enumeration, Message, Oneof};

/// The plan.
#[derive(Clone, PartialEq, Message)]
pub(super) struct PlanMessage {
    #[prost(uint64, tag = "1")]
    pub(super) version: u64,
    #[prost(map = "string, message", tag = "2")]
    pub(super) variables: std::collections::HashMap<String, DynamicValue>,
    #[prost(message, repeated, tag = "3")]
    pub(super) resource_changes: Vec<ResourceInstanceChange>,
    #[prost(message, repeated, tag = "4")]
    pub(super) output_changes: Vec<OutputChange>,
    #[prost(message, optional, tag = "13")]
    pub(super) backend: Option<Backend>,
    #[prost(string, tag = "14")]
    pub(super) terraform_version: String,
    #[prost(message, repeated, tag = "15")]
    pub(super) relevant_attributes: Vec<ResourceAttribute>,
    #[prost(int32, tag = "17")]
    pub(super) ui_mode: i32,
    #[prost(message, repeated, tag = "18")]
    pub(super) resource_drift: Vec<ResourceInstanceChange>,
    #[prost(message, repeated, tag = "19")]
    pub(super) check_results: Vec<CheckResults>,
    #[prost(bool, tag = "20")]
    pub(super) errored: bool,
    #[prost(string, tag = "21")]
    pub(super) timestamp: String,
    #[prost(bool, tag = "25")]
    pub(super) applyable: bool,
    #[prost(bool, tag = "26")]
    pub(super) complete: bool,
    #[prost(message, optional, tag = "29")]
    pub(super) state_store: Option<Backend>,
}

/// The number of `ui_mode` for a plan that only refreshes.
pub(super) const REFRESH_ONLY: i32 = 2;

/// A backend; a state store has its workspace under the same number.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Backend {
    #[prost(string, tag = "3")]
    pub(super) workspace: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ResourceAttribute {
    #[prost(string, tag = "1")]
    pub(super) resource: String,
    #[prost(message, optional, tag = "2")]
    pub(super) attribute: Option<Path>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ResourceInstanceChange {
    #[prost(string, tag = "7")]
    pub(super) deposed_key: String,
    #[prost(string, tag = "8")]
    pub(super) provider: String,
    #[prost(message, optional, tag = "9")]
    pub(super) change: Option<Change>,
    #[prost(message, repeated, tag = "11")]
    pub(super) required_replace: Vec<Path>,
    #[prost(int32, tag = "12")]
    pub(super) action_reason: i32,
    #[prost(string, tag = "13")]
    pub(super) address: String,
    #[prost(string, tag = "14")]
    pub(super) previous_address: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct OutputChange {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "2")]
    pub(super) change: Option<Change>,
    #[prost(bool, tag = "3")]
    pub(super) sensitive: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Change {
    #[prost(int32, tag = "1")]
    pub(super) action: i32,
    #[prost(message, repeated, tag = "2")]
    pub(super) values: Vec<DynamicValue>,
    #[prost(message, repeated, tag = "3")]
    pub(super) before_sensitive_paths: Vec<Path>,
    #[prost(message, repeated, tag = "4")]
    pub(super) after_sensitive_paths: Vec<Path>,
    #[prost(message, optional, tag = "5")]
    pub(super) importing: Option<Importing>,
    #[prost(string, tag = "6")]
    pub(super) generated_config: String,
    #[prost(message, optional, tag = "7")]
    pub(super) before_identity: Option<DynamicValue>,
    #[prost(message, optional, tag = "8")]
    pub(super) after_identity: Option<DynamicValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Importing {
    #[prost(string, tag = "1")]
    pub(super) id: String,
    #[prost(bool, tag = "2")]
    pub(super) unknown: bool,
    #[prost(message, optional, tag = "3")]
    pub(super) identity: Option<DynamicValue>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct CheckResults {
    #[prost(int32, tag = "1")]
    pub(super) kind: i32,
    #[prost(string, tag = "2")]
    pub(super) config_addr: String,
    #[prost(enumeration = "CheckStatus", tag = "3")]
    pub(super) status: i32,
    #[prost(message, repeated, tag = "4")]
    pub(super) objects: Vec<CheckedObject>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct CheckedObject {
    #[prost(string, tag = "1")]
    pub(super) object_addr: String,
    #[prost(enumeration = "CheckStatus", tag = "2")]
    pub(super) status: i32,
    #[prost(string, repeated, tag = "3")]
    pub(super) failure_messages: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enumeration)]
#[repr(i32)]
pub(super) enum CheckStatus {
    Unknown = 0,
    Pass = 1,
    Fail = 2,
    Error = 3,
}

impl CheckStatus {
    /// The word for it in a state.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            CheckStatus::Unknown => "unknown",
            CheckStatus::Pass => "pass",
            CheckStatus::Fail => "fail",
            CheckStatus::Error => "error",
        }
    }
}

/// A value in MessagePack.
#[derive(Clone, PartialEq, Message)]
pub(super) struct DynamicValue {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) msgpack: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Path {
    #[prost(message, repeated, tag = "1")]
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Step {
    #[prost(oneof = "Selector", tags = "1, 2")]
    pub(super) selector: Option<Selector>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Selector {
    #[prost(string, tag = "1")]
    AttributeName(String),
    #[prost(message, tag = "2")]
    ElementKey(DynamicValue),
}
