//! Bytes to a model: the formats of state, addresses, and the redaction of secrets.
//!
//! This layer does no input or output, and nothing above it ever holds an unredacted value.

mod address;
mod ahead;
mod changes;
mod compare;
mod content_hash;
mod entries;
mod error;
mod flatmap;
mod identity;
mod legacy;
mod lock_info;
mod meaning;
mod members;
mod merge;
mod model;
mod parts;
mod path;
mod pattern;
mod plan;
mod read;
mod redact;
mod remote;
mod show_json;
mod skim;
mod structure;
#[cfg(any(test, fuzzing))]
mod twins;
mod v4;
mod written;

pub use address::{
    AddressError, InstanceAddress, InstanceKey, Mode, ModulePath, ModuleStep, ResourceAddress,
};
pub use changes::{
    ChangeKind, PathChange, Recording, changes, content, is_of_one_object, object_key, spelling,
};
pub use compare::{Compared, LeftOut, StateDifference, WhatDiffers, compare_states, each_object};
pub use content_hash::content_hash;
pub use error::{FormatError, NotState};
pub use identity::{
    Identity, Reach, WantedIdentities, arn_scope, candidates, comparable, has_unique_part,
    identity_hash, is_naming, is_unique, noun,
};
pub use lock_info::LockInfo;
pub use meaning::Meaning;
pub use model::{Instance, ProviderConfig, Resource, State, StateFormat};
pub use parts::{
    CheckPart, InstancePart, ObjectKey, OutputPart, Parts, ResourceKey, ResourcePart, TopMember,
    compact, pretty,
};
pub use path::{AttributePath, PathStep};
pub use pattern::{PathPattern, PatternError};
pub use plan::{
    Action, Evidence, Insignificance, LockedProvider, ModuleSource, Plan, PlanArchive,
    RelevantAttribute, ShownChange, ShownDrift, ShownOutputChange, ShownPlan, ShownPlanCheck,
    is_plan_archive, locked_providers, module_sources,
};
pub use read::{
    Document, Encrypted, MAX_DEPTH, might_be_plan, might_be_state, outline, read, read_lazily,
};
pub use redact::{
    HIDDEN, KeptSecrets, Needle, Redacted, Redaction, SecretNames, ShownCheck, ShownCheckedObject,
    ShownOutput, hide_alike,
};
pub use remote::{
    CopiedOutput, CopiedState, Copies, Digest, Digester, Held, Hidden, Location, NamedInstance,
    Produced, ProducedOutput, Weight,
};
pub use skim::Skim;
pub use written::written_as_4;

#[cfg(fuzzing)]
pub use twins::compare;
