//! What names the real object behind an instance, and where a text may name one.

mod candidates;
mod naming;
mod shape;
mod strings;
mod wanted;

use std::borrow::Cow;
use std::hash::BuildHasher;

use foldhash::SharedSeed;
use foldhash::fast::SeedableRandomState;
use serde_json::Value;

pub use self::candidates::candidates;
use self::naming::NAMING;
pub use self::naming::is_naming;
pub use self::shape::{arn_scope, has_unique_part, is_unique};
pub use self::wanted::WantedIdentities;
use super::address::Mode;
use super::members::Member;
use super::model::{Instance, Resource};
use super::redact::Redacted;

/// Providers whose resources stand for nothing outside of the state: a value of theirs that is
/// found twice tells nothing.
const OBJECTLESS: &[&str] = &[
    "archive",
    "external",
    "http",
    "local",
    "null",
    "random",
    "template",
    "terraform",
    "time",
    "tls",
];

/// Names of attributes that repeat an object's own id, besides those that end like its type.
const OWN: &[&str] = &[
    "name",
    "identifier",
    "resource_id",
    "allocation_id",
    "association_id",
    "security_group_rule_id",
    "account_id",
    "numeric_id",
    "family",
    "key_name",
    "domain",
    "hostname",
];

/// How far a value tells one object from all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// No other object in the world has it.
    World,
    /// Someone chose it, as a name: other objects may have it in other places, or of other types.
    Place,
    /// It is another object's, to which this one belongs: the id of a bucket's policy is the bucket's.
    Borrowed,
}

/// One value that names the real object behind an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The attribute that holds it.
    pub attribute: &'static str,
    /// The value.
    pub value: String,
    /// How far it tells the object from others.
    pub reach: Reach,
}

impl Redacted<'_> {
    /// What names the real object of a managed instance, as far as it may be shown; nothing of a
    /// data source, and of resources that stand for nothing outside of the state.
    pub fn identities(&self, resource: &Resource<'_>, instance: &Instance<'_>) -> Vec<Identity> {
        if !has_object(resource) {
            return Vec::new();
        }
        let members = instance.attributes.members();
        let mut found = own_identities(&resource.address.type_name, &members);
        if found.is_empty() {
            return found;
        }
        let is_asked = |name: &str| found.iter().any(|identity| identity.holder() == name);
        let shown = self.some_attributes(resource, instance, members, is_asked);
        found.retain(|identity| {
            let value = match identity.attribute {
                UID => shown.get("metadata").and_then(uid),
                attribute => shown.get(attribute).and_then(Value::as_str),
            };
            value == Some(&identity.value)
        });
        for identity in &mut found {
            let length = without_streams(&identity.value).len();
            identity.value.truncate(length);
        }
        found
    }
}

impl Identity {
    /// The attribute at the top that holds it.
    fn holder(&self) -> &'static str {
        match self.attribute {
            UID => "metadata",
            attribute => attribute,
        }
    }
}

/// An identity as it is compared with others: Azure's services write the same path in different cases.
pub fn comparable(identity: &str) -> Cow<'_, str> {
    let is_path = identity.starts_with("/subscriptions/");
    match is_path && identity.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(identity.to_ascii_lowercase()),
        false => Cow::Borrowed(identity),
    }
}

/// A number that identities have in common which are compared as one; another in each process.
pub fn identity_hash(identity: &str) -> u64 {
    let hasher = SeedableRandomState::with_seed(0, SharedSeed::global_random());
    hasher.hash_one(comparable(identity).as_ref())
}

/// Calls `visit` with the attribute and the value of each identity of a managed instance that is
/// its own and no other object's, secret or not; also with names that someone chose, which tell
/// objects apart within a state.
pub(super) fn identities(
    resource: &Resource<'_>,
    instance: &Instance<'_>,
    visit: &mut dyn FnMut(&'static str, &str),
) {
    if !has_object(resource) {
        return;
    }
    own_identities(&resource.address.type_name, &instance.attributes.members())
        .iter()
        .filter(|identity| identity.reach != Reach::Borrowed)
        .for_each(|identity| visit(identity.attribute, &identity.value));
}

fn text(value: &str) -> Option<Cow<'_, str>> {
    let quoted = value.strip_prefix('"')?;
    match quoted.strip_suffix('"') {
        Some(plain) if !plain.contains('\\') => Some(Cow::Borrowed(plain)),
        _ => serde_json::from_str(value).ok().map(Cow::Owned),
    }
}

/// Whether a resource stands for an object outside of the state.
pub(super) fn has_object(resource: &Resource<'_>) -> bool {
    let type_name = &resource.address.type_name;
    let provider = type_name.split('_').next().unwrap_or_default();
    resource.mode() == Mode::Managed && !OBJECTLESS.contains(&provider)
}

/// The thing an attribute speaks of: `bucket` of `bucket_name`, `key` of `key_arn`.
pub fn noun(attribute: &str) -> &str {
    const ENDS: [&str; 7] = [
        "_name",
        "_id",
        "_arn",
        "_url",
        "_identifier",
        "_names",
        "_ids",
    ];
    ENDS.iter()
        .find_map(|end| attribute.strip_suffix(end))
        .unwrap_or(attribute)
}

/// Where an object of Kubernetes has its identity.
const UID: &str = "metadata[0].uid";

fn uid(metadata: &Value) -> Option<&str> {
    metadata.pointer("/0/uid")?.as_str()
}

/// An ARN of a log group without the streams in it, which older providers' ARNs end with.
fn without_streams(value: &str) -> &str {
    match value.strip_suffix(":*") {
        Some(group) if group.contains(":log-group:") => group,
        _ => value,
    }
}

/// What names the object of an instance with these attributes, secret or not, as the state writes it.
pub(super) fn own_identities(type_name: &str, members: &[Member<'_>]) -> Vec<Identity> {
    let mut found = Vec::new();
    for attribute in NAMING {
        let Some((_, raw)) = members.iter().find(|(name, _)| name == attribute) else {
            continue;
        };
        if !is_naming(type_name, attribute) {
            continue;
        }
        let Some(value) = text(raw).filter(|value| !value.is_empty()) else {
            continue;
        };
        let is_generated_only = !matches!(*attribute, "arn" | "self_link" | "id" | "urn");
        let is_arn = value.starts_with("arn:");
        if is_generated_only && (!is_unique(&value) || is_arn && !attribute.ends_with("arn")) {
            continue;
        }
        found.push(Identity {
            attribute,
            reach: reach(type_name, without_streams(&value), raw, members),
            value: value.into_owned(),
        });
    }
    if type_name.starts_with("kubernetes_")
        && let Some((_, metadata)) = members.iter().find(|(name, _)| name == "metadata")
        && let Ok(metadata) = serde_json::from_str(metadata)
        && let Some(uid) = uid(&metadata).filter(|uid| is_unique(uid))
    {
        found.push(Identity {
            attribute: UID,
            value: uid.to_owned(),
            reach: Reach::World,
        });
    }
    found
}

/// How far a value reaches, told by the other attributes that repeat it.
fn reach(type_name: &str, value: &str, raw: &str, members: &[Member<'_>]) -> Reach {
    let mut is_chosen = false;
    for (name, other) in members {
        if other != &raw || is_naming(type_name, name) {
            continue;
        }
        if !is_own(type_name, name) {
            return Reach::Borrowed;
        }
        is_chosen |= !name.ends_with("_id");
    }
    match is_unique(value) && (!is_chosen || value.contains([':', '/'])) {
        true => Reach::World,
        false => Reach::Place,
    }
}

/// Whether an attribute that holds an object's id is the object's own name rather than a reference:
/// `bucket` of a bucket is, `bucket` of a bucket's policy is not.
fn is_own(type_name: &str, attribute: &str) -> bool {
    OWN.contains(&attribute)
        || type_name.ends_with(attribute)
        || type_name.ends_with(noun(attribute))
}

#[cfg(test)]
mod tests;
