//! What tells a part of a state from the others, and how people write it.

use std::fmt;

use crate::format::address::{InstanceAddress, InstanceKey, Mode, ModulePath, ResourceAddress};
use crate::format::model::Json;
use crate::format::v4;

/// Which resource an entry of `resources` is: what the document says, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceKey {
    /// The path of the module instance; `None` at the root.
    pub module: Option<String>,
    /// `managed` or `data`.
    pub mode: String,
    /// The resource type.
    pub type_name: String,
    /// The name in the configuration.
    pub name: String,
}

/// Which object an entry of `instances` is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    /// The resource it belongs to.
    pub resource: ResourceKey,
    /// `index_key` as JSON: a number as it is written (`0`), a string in one spelling whatever the
    /// document's escapes (`"a"`).
    pub index: Option<String>,
    /// The key of a deposed object; `None` for the current one.
    pub deposed: Option<String>,
}

impl ResourceKey {
    /// The resource's address. A module path that is none stays as it is written.
    pub fn address(&self) -> ResourceAddress {
        let module = self.module.as_deref().unwrap_or_default();
        ResourceAddress {
            module: module
                .parse()
                .unwrap_or_else(|_| ModulePath::verbatim(module)),
            mode: match self.mode.as_str() {
                "data" => Mode::Data,
                _ => Mode::Managed,
            },
            type_name: self.type_name.clone(),
            name: self.name.clone(),
        }
    }

    /// The address in the configuration, without any key: what dependencies name.
    pub fn config_address(&self) -> String {
        self.address().config().to_string()
    }
}

impl ObjectKey {
    /// The instance's address, the same for its current and its deposed objects.
    pub fn address(&self) -> InstanceAddress {
        InstanceAddress {
            resource: self.resource.address(),
            key: self.instance_key(),
        }
    }

    fn instance_key(&self) -> Option<InstanceKey> {
        let index = self.index.as_deref()?;
        v4::index_key(&serde_json::from_str::<Json<'_>>(index).ok()?)
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address().fmt(f)
    }
}

/// The address as Terraform prints it, `aws_instance.web[0] (deposed 1a2b3c4d)`.
impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address().fmt(f)?;
        match &self.deposed {
            Some(key) => write!(f, " (deposed {key})"),
            None => Ok(()),
        }
    }
}
