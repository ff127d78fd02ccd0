//! Bytes to a model: the formats of state, addresses, and the redaction of secrets.
//!
//! This layer does no input or output, and nothing above it ever holds an unredacted value.

mod address;
mod entries;
mod error;
mod flatmap;
mod legacy;
mod model;
mod path;
mod show_json;
mod v4;

pub use address::{
    AddressError, InstanceAddress, InstanceKey, Mode, ModulePath, ModuleStep, ResourceAddress,
};
pub use error::{FormatError, NotState};
pub use model::{Instance, ProviderConfig, Resource, State, StateFormat};
pub use path::{AttributePath, PathStep};
