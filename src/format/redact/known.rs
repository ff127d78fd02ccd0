//! Copies of marked values: a secret that another attribute of the same state repeats.

use std::collections::HashSet;

use aho_corasick::AhoCorasick;
use serde::Serialize;
use serde_json::Value;

use super::marks::visit_marked;
use super::names::RememberedNames;
use super::rules;
use crate::format::model::{Instance, Sensitivity, State};

/// The shortest marked text that is looked for elsewhere; shorter ones would hide common words.
const SHORTEST: usize = 8;

/// A text of one kind of character only (`postgres`, `production`) is looked for from this length.
const SHORTEST_PLAIN: usize = 16;

/// The values that a state marks as sensitive, to be recognised where it repeats them unmarked.
#[derive(Debug, Default)]
pub(super) struct KnownSecrets {
    /// Whole objects and lists, compact.
    containers: HashSet<String>,
    /// Texts, found within longer ones too.
    texts: Option<AhoCorasick>,
}

impl KnownSecrets {
    /// Collects from sensitive outputs, from the instances that have marks or are secrets by their
    /// type, and from what was copied out of other states under a secret's name.
    ///
    /// Of a marked object or list the whole is looked for, and of its members those whose names
    /// are secrets': its other members (ids, regions, sizes) stand all over the state.
    pub(super) fn of(state: &State<'_>, names: &RememberedNames<'_>) -> Self {
        let mut found = Collector {
            names,
            containers: HashSet::new(),
            texts: HashSet::new(),
        };
        for output in state.outputs.iter().filter(|output| output.sensitive) {
            found.marked(&output.value.value());
        }
        for resource in &state.resources {
            let has_rule = rules::applies_to(resource);
            for instance in &resource.instances {
                if !has_rule && !has_marks(instance) {
                    continue;
                }
                let mut attributes = instance.attributes.value();
                visit_marked(resource, instance, &mut attributes, &mut |value| {
                    found.marked(value)
                });
                rules::visit_by_type(resource, &mut attributes, &mut |value| found.marked(value));
                rules::visit_copied(resource, &mut attributes, &mut |name, value| {
                    found.member(name, value)
                });
            }
        }
        let texts = (!found.texts.is_empty())
            .then(|| AhoCorasick::new(&found.texts).ok())
            .flatten();
        KnownSecrets {
            containers: found.containers,
            texts,
        }
    }

    /// Whether a text is, or holds, a marked text.
    pub(super) fn holds_secret(&self, text: &str) -> bool {
        text.len() >= SHORTEST
            && self
                .texts
                .as_ref()
                .is_some_and(|texts| texts.is_match(text))
    }

    /// Whether an object or list is a copy of a marked one.
    pub(super) fn is_copy(&self, value: &impl Serialize) -> bool {
        !self.containers.is_empty()
            && serde_json::to_string(value).is_ok_and(|text| self.containers.contains(&text))
    }
}

fn has_marks(instance: &Instance<'_>) -> bool {
    let (Sensitivity::Paths(marks) | Sensitivity::Mask(marks)) = &instance.sensitivity;
    marks
        .as_ref()
        .is_some_and(|marks| !matches!(marks.text(), "[]" | "{}" | "null"))
}

/// Secrets as they are found.
struct Collector<'n> {
    names: &'n RememberedNames<'n>,
    containers: HashSet<String>,
    texts: HashSet<String>,
}

impl Collector<'_> {
    /// Takes a value that is a secret as a whole.
    fn marked(&mut self, value: &Value) {
        match value {
            Value::String(text) if is_telling(text) => {
                self.texts.insert(text.clone());
            }
            Value::Object(map) if !map.is_empty() => {
                self.containers.insert(value.to_string());
                for (key, member) in map {
                    if !member.is_string() || self.names.is_secret(key) {
                        self.marked(member);
                    }
                }
            }
            Value::Array(items) if !items.is_empty() => {
                self.containers.insert(value.to_string());
                items
                    .iter()
                    .filter(|item| !item.is_string())
                    .for_each(|item| self.marked(item));
            }
            _ => {}
        }
    }

    /// Takes the texts that stand under a secret's name, anywhere in a value.
    fn named(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                map.iter()
                    .for_each(|(key, member)| self.member(key, member));
            }
            Value::Array(items) => items.iter().for_each(|item| self.named(item)),
            _ => {}
        }
    }

    /// Takes a value if it stands under a secret's name, else what stands so within it.
    fn member(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(_) if self.names.is_secret(name) => self.marked(value),
            Value::Array(items) if self.names.is_secret(name) => {
                items.iter().for_each(|item| self.marked(item));
            }
            _ => self.named(value),
        }
    }
}

/// Whether a text is unlikely to stand elsewhere by chance.
fn is_telling(text: &str) -> bool {
    let kinds = [
        text.chars().any(|c| c.is_lowercase()),
        text.chars().any(|c| c.is_uppercase()),
        text.chars().any(|c| c.is_numeric()),
        text.chars().any(|c| !c.is_alphanumeric()),
    ];
    let kinds = kinds.into_iter().filter(|kind| *kind).count();
    text.len() >= SHORTEST_PLAIN || (text.len() >= SHORTEST && kinds >= 2)
}
