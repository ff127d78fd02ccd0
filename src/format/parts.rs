//! A version 4 document taken apart into what changes on its own, and put together again.
//!
//! What goes in comes out: the parts are texts of the document, and whatever is known of none of them
//! stays in the text where it stood.

mod compose;
mod key;
mod layout;
mod take_apart;
#[cfg(test)]
mod tests;
mod tokens;

use std::fmt;

pub use key::{ObjectKey, ResourceKey};
pub use layout::{compact, pretty};

/// A document of state format 4 taken apart. Each text is JSON as the document writes it, without
/// whitespace between its tokens.
///
/// `Debug` tells the keys of the parts and how long their texts are: the texts hold secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Every member of the document, in its order.
    pub top: Vec<TopMember>,
    /// The entries of `resources`, in their order.
    pub resources: Vec<ResourcePart>,
    /// The members of `outputs`, in their order.
    pub outputs: Vec<OutputPart>,
    /// The entries of `check_results`, in their order.
    pub checks: Vec<CheckPart>,
}

/// A member of the document itself.
#[derive(Clone, PartialEq, Eq)]
pub struct TopMember {
    /// Its name, decoded.
    pub name: String,
    /// Its value. Where parts stand for what `outputs`, `resources` and `check_results` hold, they are
    /// `{}`, `[]` and `[]`; null stays null.
    pub text: String,
}

/// An entry of `resources`.
#[derive(Clone, PartialEq, Eq)]
pub struct ResourcePart {
    /// Which resource it is.
    pub key: ResourceKey,
    /// The entry, its member `instances` an empty list where it stands.
    pub text: String,
    /// The entries of `instances`, in their order.
    pub instances: Vec<InstancePart>,
}

/// An entry of a resource's `instances`: an object that exists, current or deposed.
#[derive(Clone, PartialEq, Eq)]
pub struct InstancePart {
    /// Which object it is.
    pub key: ObjectKey,
    /// The entry, its member `attributes` an empty object where it stands.
    pub text: String,
    /// The value of `attributes`; `None` where the entry has no such object.
    pub attributes: Option<String>,
}

/// A member of `outputs`.
#[derive(Clone, PartialEq, Eq)]
pub struct OutputPart {
    /// The output's name.
    pub name: String,
    /// Its entry, the value within it.
    pub text: String,
}

/// An entry of `check_results`.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckPart {
    /// `resource`, `output`, `check` or `var`.
    pub object_kind: String,
    /// The config address of what is checked.
    pub config_addr: String,
    /// The entry.
    pub text: String,
}

impl Parts {
    /// Takes a document apart. `None` for one that is no document of format 4, and for one that would
    /// not come out of its parts as it went in: with the same key or the same member twice, with another
    /// kind of value than the format has where parts are looked for, with a key that cannot be decoded
    /// or holds U+0000 (which no database keeps). Such a document is to be kept whole.
    ///
    /// Takes time in proportion to the document's length.
    pub fn of(document: &[u8]) -> Option<Parts> {
        let compact = compact(document).ok()?;
        let parts = take_apart::parts(&compact)?;
        (parts.compose() == compact).then_some(parts)
    }

    /// The document that the parts are of, without whitespace between its tokens.
    ///
    /// Where there are parts, they stand in place of what the text around them has there, or behind its
    /// last member if it has no such place.
    pub fn compose(&self) -> String {
        compose::document(self)
    }
}

impl InstancePart {
    /// The config addresses of what the object depends on, as its state records them.
    pub fn dependencies(&self) -> Vec<String> {
        take_apart::dependencies(self)
    }
}

/// How long a text is, for what must not show it.
struct Bytes(usize);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0)
    }
}

impl fmt::Debug for TopMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopMember")
            .field("name", &self.name)
            .field("text", &Bytes(self.text.len()))
            .finish()
    }
}

impl fmt::Debug for ResourcePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourcePart")
            .field("key", &self.key)
            .field("text", &Bytes(self.text.len()))
            .field("instances", &self.instances)
            .finish()
    }
}

impl fmt::Debug for InstancePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attributes = self.attributes.as_ref();
        f.debug_struct("InstancePart")
            .field("key", &self.key)
            .field("text", &Bytes(self.text.len()))
            .field("attributes", &attributes.map(|text| Bytes(text.len())))
            .finish()
    }
}

impl fmt::Debug for OutputPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputPart")
            .field("name", &self.name)
            .field("text", &Bytes(self.text.len()))
            .finish()
    }
}

impl fmt::Debug for CheckPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckPart")
            .field("object_kind", &self.object_kind)
            .field("config_addr", &self.config_addr)
            .field("text", &Bytes(self.text.len()))
            .finish()
    }
}
