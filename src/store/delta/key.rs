//! What tells a part of a state from the others, and what stands for what it holds.

use std::fmt;

use crate::format::{InstancePart, ObjectKey, ResourceKey};

/// Which part of a state.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartKey {
    /// A member of the document.
    Top(String),
    /// An output, by its name.
    Output(String),
    /// The result of a check.
    Check {
        /// `resource`, `output`, `check` or `var`.
        object_kind: String,
        /// The config address of what is checked.
        config_addr: String,
    },
    /// The entry of a resource without its objects: its provider, for one.
    Resource(ResourceKey),
    /// An object, current or deposed.
    Object(ObjectKey),
}

impl PartKey {
    /// The object that it is.
    pub fn object(&self) -> Option<&ObjectKey> {
        match self {
            PartKey::Object(key) => Some(key),
            _ => None,
        }
    }

    /// The resource whose entry it is.
    pub fn resource(&self) -> Option<&ResourceKey> {
        match self {
            PartKey::Resource(key) => Some(key),
            _ => None,
        }
    }

    /// The config address by which others may depend on it: that of a current object.
    pub(super) fn needed_as(&self) -> Option<String> {
        let current = self.object().filter(|key| key.deposed.is_none())?;
        Some(current.resource.config_address())
    }
}

/// As people know it: an object by its address, `aws_instance.web[0]`.
impl fmt::Display for PartKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartKey::Top(name) => f.write_str(name),
            PartKey::Output(name) => write!(f, "output {name}"),
            PartKey::Check { config_addr, .. } => write!(f, "check {config_addr}"),
            PartKey::Resource(key) => write!(f, "resource {key}"),
            PartKey::Object(key) => key.fmt(f),
        }
    }
}

/// Stands for what a part holds: half of a BLAKE3 hash of its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 16]);

/// That of a part with these texts, each without whitespace between its tokens.
pub fn fingerprint(texts: &[&str]) -> Fingerprint {
    let mut hasher = blake3::Hasher::new();
    for text in texts {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    let hash = hasher.finalize();
    let (half, _) = hash.as_bytes().as_chunks();
    Fingerprint(half[0])
}

/// That of an object: over its text and its attributes, an object without any having an empty text there.
pub fn fingerprint_of_object(object: &InstancePart) -> Fingerprint {
    let attributes = object.attributes.as_deref().unwrap_or_default();
    fingerprint(&[&object.text, attributes])
}
