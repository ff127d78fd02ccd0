//! Hiding secrets before anything above this layer sees a value.
//!
//! A state holds passwords in clear. What is hidden: what the state itself marks as sensitive
//! ([`marks`](self::marks)), what is a secret by its name or its shape ([`names`](self::names),
//! [`shapes`](self::shapes)), what data sources copied from other states ([`rules`](self::rules)),
//! copies of these elsewhere in the same state ([`known`](self::known)), and the types of what is
//! hidden ([`types`](self::types)).
//! Where a mark is not understood, too much is hidden rather than too little.

mod base64;
mod connection;
mod known;
mod marks;
mod names;
mod needle;
mod random;
mod rules;
mod shapes;
mod types;
mod unread;

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

pub(super) use self::connection::without_credentials;
use self::known::KnownSecrets;
pub(super) use self::marks::{covers_any, is_wrapper};
use self::names::RememberedNames;
pub use self::names::SecretNames;
pub(super) use self::names::is_conventional as is_secret_name;
pub use self::needle::Needle;
pub(super) use self::rules::is_own_argument as is_remote_state_argument;
use super::members::Member;
use super::model::{Instance, Resource, Sensitivity, State};
use super::path;

/// Whether a text or list that may be a secret stands under a secret's name in `json`.
#[cfg(any(test, fuzzing))]
pub(super) fn holds_named_text(json: &str, names: &SecretNames) -> bool {
    unread::has_named_text(json, &names.remembered())
}

/// What a hidden value reads.
pub const HIDDEN: &str = "(sensitive)";

/// Replaces a value; null says nothing and stays.
fn hide(value: &mut Value) {
    if !value.is_null() {
        *value = Value::String(HIDDEN.to_owned());
    }
}

/// Hides in each of two recordings of one object what is hidden in the other: what is marked only now was
/// most likely as secret before.
pub fn hide_alike(one: &mut Value, other: &mut Value) {
    let is_hidden = |value: &Value| matches!(value, Value::String(text) if text == HIDDEN);
    if is_hidden(one) || is_hidden(other) {
        hide(one);
        hide(other);
        return;
    }
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, value) in one.iter_mut() {
                if let Some(beside) = other.get_mut(name) {
                    hide_alike(value, beside);
                }
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            let pairs = one.iter_mut().zip(other.iter_mut());
            pairs.for_each(|(value, beside)| hide_alike(value, beside));
        }
        _ => {}
    }
}

/// Whether and by which names secrets are hidden.
#[derive(Debug, Clone, Default)]
pub struct Redaction {
    reveal: bool,
    names: SecretNames,
}

impl Redaction {
    /// Hides secrets, the names in `names` among them.
    pub fn hiding(names: SecretNames) -> Self {
        Redaction {
            reveal: false,
            names,
        }
    }

    /// Hides nothing: only for a user who asked for it in so many words.
    pub fn revealing() -> Self {
        Redaction {
            reveal: true,
            names: SecretNames::default(),
        }
    }

    /// Whether nothing is hidden.
    pub fn is_revealing(&self) -> bool {
        self.reveal
    }

    /// Whether names are secrets, or not, that are not by convention.
    pub fn has_own_names(&self) -> bool {
        !self.names.is_conventional()
    }

    /// The values of `state` as they may be shown.
    pub fn of<'s>(&'s self, state: &'s State<'s>) -> Redacted<'s> {
        Redacted {
            redaction: self,
            state,
            names: self.names.remembered(),
            known: OnceCell::new(),
        }
    }
}

/// The values of one state as they may be shown.
pub struct Redacted<'s> {
    redaction: &'s Redaction,
    state: &'s State<'s>,
    names: RememberedNames<'s>,
    known: OnceCell<Arc<KnownSecrets>>,
}

/// What was found out about a state's secrets, for when the same document is read again. Nothing of it can
/// be seen.
pub struct KeptSecrets(Arc<KnownSecrets>);

impl KeptSecrets {
    /// About how many bytes it takes.
    pub fn size(&self) -> usize {
        self.0.size()
    }
}

impl fmt::Debug for KeptSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptSecrets")
    }
}

/// An output as it may be shown.
#[derive(Debug)]
pub struct ShownOutput<'s> {
    /// Its name.
    pub name: &'s str,
    /// Its value; `"(sensitive)"` where it is marked.
    pub value: Value,
    /// Its type, as cty writes types in JSON; `None` where the state does not say, and of
    /// a hidden value unless it is a string.
    pub value_type: Option<Value>,
    /// Whether it is marked as sensitive.
    pub sensitive: bool,
}

/// A check's result as it may be shown.
#[derive(Debug)]
pub struct ShownCheck<'s> {
    /// `resource`, `output`, `check` or `var`.
    pub object_kind: &'s str,
    /// The address in the configuration.
    pub config_addr: &'s str,
    /// `pass`, `fail`, `error` or `unknown`.
    pub status: &'s str,
    /// The objects it was made on.
    pub objects: Vec<ShownCheckedObject<'s>>,
}

/// One checked object as it may be shown.
#[derive(Debug)]
pub struct ShownCheckedObject<'s> {
    /// The object's address.
    pub object_addr: &'s str,
    /// `pass`, `fail`, `error` or `unknown`.
    pub status: &'s str,
    /// What the failed conditions say.
    pub failure_messages: Vec<String>,
}

impl<'s> Redacted<'s> {
    /// What was found out about the state's secrets; `None` where nothing was asked for that needs it.
    pub fn secrets(&self) -> Option<KeptSecrets> {
        self.known.get().cloned().map(KeptSecrets)
    }

    /// Stands for the state's secrets: another hash means that values are hidden in one state which are not
    /// in the other. It could tell of a guess whether it is right, so that it is kept only where the secrets
    /// themselves are.
    pub fn secrets_hash(&self) -> [u8; 32] {
        self.known().hash()
    }

    /// Spares finding out about the state's secrets what was found out before, of a document with the very
    /// same bytes.
    pub fn knows(&self, secrets: &KeptSecrets) {
        self.known.get_or_init(|| Arc::clone(&secrets.0));
    }

    /// An instance's attributes.
    pub fn attributes(&self, resource: &Resource<'_>, instance: &Instance<'_>) -> Value {
        let mut attributes = instance.attributes.value();
        if !self.redaction.reveal {
            self.hide(resource, instance, &mut attributes);
        }
        attributes
    }

    /// An instance's attributes without what the state marks as sensitive in them; other secrets are
    /// still there.
    pub(super) fn without_marked(&self, resource: &Resource<'_>, instance: &Instance<'_>) -> Value {
        let mut attributes = instance.attributes.value();
        if !self.redaction.reveal {
            marks::visit_marked(resource, instance, &mut attributes, &mut hide);
        }
        attributes
    }

    /// A value made of the state's as it may be shown: without what is a secret by its name or
    /// shape, or repeats a marked one.
    pub(super) fn conventional(&self, mut value: Value) -> Value {
        if !self.redaction.reveal {
            self.hide_unmarked(&mut value);
        }
        value
    }

    /// Makes what is marked in an instance one truth value in `mask`, which tells something of its
    /// attributes in their shape: whether it told of anything there.
    pub(super) fn collapse_marked(
        &self,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        mask: &mut Value,
    ) {
        if !self.redaction.reveal {
            marks::visit_marked(resource, instance, mask, &mut |told| {
                *told = Value::Bool(covers_any(told));
            });
        }
    }

    /// A text of configuration, without the values of arguments with a secret's name and without lines
    /// that hold another secret.
    pub(super) fn configuration(&self, text: &str) -> String {
        if self.redaction.reveal {
            return text.to_owned();
        }
        let line = |line: &str| match line.split_once('=') {
            Some((name, value))
                if self.names.is_secret(name.trim().trim_matches('"'))
                    && !value.trim_start().starts_with("null") =>
            {
                format!("{name}= \"{HIDDEN}\"")
            }
            _ => self.text(line),
        };
        let lines: Vec<String> = text.lines().map(line).collect();
        lines.join("\n")
    }

    fn hide(&self, resource: &Resource<'_>, instance: &Instance<'_>, attributes: &mut Value) {
        marks::visit_marked(resource, instance, attributes, &mut hide);
        rules::hide_by_type(resource, attributes);
        self.hide_unmarked(attributes);
    }

    /// Those of an instance's attributes that have a name of `names`, just as
    /// [`attributes`](Self::attributes) shows them: an object, or what hides them as a whole.
    pub fn some_of(
        &self,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        names: &BTreeSet<String>,
    ) -> Value {
        let members = instance.attributes.members();
        self.some_value(resource, instance, members, |name| names.contains(name))
    }

    /// Those of an instance's attributes that are asked for by name, just as [`Self::attributes`]
    /// shows them; none where they are hidden as a whole.
    pub(super) fn some_attributes(
        &self,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        members: Vec<Member<'_>>,
        is_asked: impl Fn(&str) -> bool,
    ) -> Map<String, Value> {
        match self.some_value(resource, instance, members, is_asked) {
            Value::Object(some) => some,
            _ => Map::new(),
        }
    }

    /// The same as an object, or what hides them as a whole, without parsing the others where that can be
    /// told to make no difference; `members` are all of them, unread.
    fn some_value(
        &self,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        members: Vec<Member<'_>>,
        is_asked: impl Fn(&str) -> bool,
    ) -> Value {
        // What a name says of the value beside it counts also where only the value is asked for.
        let is_needed = |name: &str| is_asked(name) || shapes::PAIR_NAMES.contains(&name);
        let asked = |shown| match shown {
            Value::Object(all) => {
                let all = all.into_iter();
                Value::Object(all.filter(|(name, _)| is_asked(name)).collect())
            }
            hidden => hidden,
        };
        if members.is_empty() {
            return asked(self.attributes(resource, instance));
        }
        if !self.redaction.reveal {
            let known = self.known();
            // The attributes as a whole may be hidden for a name, be the copy of a marked object, or be
            // taken for a value with its type, as may a part of them for which that is not so.
            let names = || members.iter().map(|(name, _)| name.as_ref());
            let is_whole_needed = known.has_containers()
                || names().any(|name| known.holds_secret(name))
                || marks::has_names_of_wrapper(names())
                || marks::has_names_of_wrapper(names().filter(|name| is_needed(name)));
            if is_whole_needed {
                return asked(self.attributes(resource, instance));
            }
        }
        let needed = members.into_iter().filter(|(name, _)| is_needed(name));
        let mut some = Value::Object(
            needed
                .map(|(name, json)| {
                    let value = instance.attributes.part(json).value();
                    (name.into_owned(), value)
                })
                .collect(),
        );
        if !self.redaction.reveal {
            self.hide(resource, instance, &mut some);
        }
        asked(some)
    }

    /// An instance's identity, where its provider gave one.
    pub fn identity(&self, instance: &Instance<'_>) -> Option<Value> {
        let mut identity = instance.identity.as_ref()?.value();
        if !self.redaction.reveal {
            self.hide_unmarked(&mut identity);
        }
        Some(identity)
    }

    /// The paths that the state marks as sensitive in an instance, as people write them.
    pub fn sensitive_paths(&self, instance: &Instance<'_>) -> Vec<String> {
        match &instance.sensitivity {
            Sensitivity::Paths(paths) => paths
                .as_ref()
                .and_then(|paths| paths.read(path::recorded_paths))
                .unwrap_or_default()
                .iter()
                .map(ToString::to_string)
                .collect(),
            Sensitivity::Mask(mask) => {
                let mask = mask.as_ref().map(|mask| mask.value()).unwrap_or_default();
                marks::masked_paths(&mask)
                    .iter()
                    .map(ToString::to_string)
                    .collect()
            }
        }
    }

    /// The root outputs, in the order of the document.
    pub fn outputs(&self) -> impl Iterator<Item = ShownOutput<'_>> {
        self.state.outputs.iter().map(|output| {
            let mut value = output.value.value();
            let mut value_type = output.value_type.as_ref().map(|recorded| recorded.value());
            if !self.redaction.reveal {
                if output.sensitive || self.names.is_secret(&output.name) {
                    hide(&mut value);
                    value_type = value_type.filter(|value_type| value_type == "string");
                }
                self.hide_unmarked(&mut value);
                if let Some(value_type) = &mut value_type {
                    types::hide_types(&value, value_type);
                }
            }
            ShownOutput {
                name: &output.name,
                value,
                value_type,
                sensitive: output.sensitive,
            }
        })
    }

    /// How many root outputs there are.
    pub fn output_count(&self) -> usize {
        self.state.outputs.len()
    }

    /// The results of checks, in the order of the document.
    pub fn checks(&self) -> impl Iterator<Item = ShownCheck<'_>> {
        self.state.checks.iter().map(|check| ShownCheck {
            object_kind: &check.object_kind,
            config_addr: &check.config_addr,
            status: &check.status,
            objects: check
                .objects
                .iter()
                .map(|object| ShownCheckedObject {
                    object_addr: &object.object_addr,
                    status: &object.status,
                    failure_messages: object
                        .failure_messages
                        .iter()
                        .map(|text| self.text(text))
                        .collect(),
                })
                .collect(),
        })
    }

    fn text(&self, text: &str) -> String {
        let mut value = Value::String(text.to_owned());
        if !self.redaction.reveal {
            self.hide_unmarked(&mut value);
        }
        match value {
            Value::String(shown) => shown,
            other => other.to_string(),
        }
    }

    /// Hides what no mark names: secrets by name, by shape, and copies of marked values.
    fn hide_unmarked(&self, value: &mut Value) {
        shapes::hide_conventional(value, &self.names, self.known());
    }

    fn known(&self) -> &KnownSecrets {
        self.known
            .get_or_init(|| Arc::new(KnownSecrets::of(self.state, &self.names)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Document, read};

    #[test]
    fn the_type_of_a_hidden_output_is_told_only_if_it_is_a_string() {
        let document = r#"{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "l",
            "outputs": {
                "a": {"value": {"k": 1}, "type": ["object", {"k": "number"}], "sensitive": true},
                "b": {"value": "x", "type": "string", "sensitive": true},
                "c": {"value": 1, "type": "number"}},
            "resources": []}"#;
        let Ok(Document::State(state)) = read(document.as_bytes()) else {
            panic!("not read as a state");
        };
        let redaction = Redaction::default();
        let types: Vec<_> = redaction
            .of(&state)
            .outputs()
            .map(|output| output.value_type.map(|value_type| value_type.to_string()))
            .collect();
        assert_eq!(
            types,
            [None, Some("\"string\"".into()), Some("\"number\"".into())]
        );
    }
}
