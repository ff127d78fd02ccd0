//! Copies of marked values: a secret that another attribute of the same state repeats.

use std::collections::HashSet;

use aho_corasick::AhoCorasick;
use serde::Serialize;
use serde_json::Value;

use super::marks::visit_marked;
use super::names::SecretNames;
use crate::format::model::{Sensitivity, State};

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
    /// Collects from sensitive outputs and from the instances that have marks.
    ///
    /// Of a marked object or list the whole is looked for, and of its members those whose names
    /// are secrets': its other members (ids, regions, sizes) stand all over the state.
    pub(super) fn of(state: &State<'_>, names: &SecretNames) -> Self {
        let mut containers = HashSet::new();
        let mut texts = HashSet::new();
        let mut collect = |value: &mut Value| collect(value, names, &mut containers, &mut texts);
        for output in state.outputs.iter().filter(|output| output.sensitive) {
            collect(&mut output.value.value());
        }
        for resource in &state.resources {
            for instance in &resource.instances {
                let marks = match &instance.sensitivity {
                    Sensitivity::Paths(marks) | Sensitivity::Mask(marks) => marks,
                };
                if marks
                    .as_ref()
                    .is_some_and(|marks| !matches!(marks.text(), "[]" | "{}" | "null"))
                {
                    visit_marked(
                        resource,
                        instance,
                        &mut instance.attributes.value(),
                        &mut collect,
                    );
                }
            }
        }
        let texts = (!texts.is_empty())
            .then(|| AhoCorasick::new(&texts).ok())
            .flatten();
        KnownSecrets { containers, texts }
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

fn collect(
    value: &Value,
    names: &SecretNames,
    containers: &mut HashSet<String>,
    texts: &mut HashSet<String>,
) {
    match value {
        Value::String(text) if is_telling(text) => {
            texts.insert(text.clone());
        }
        Value::Object(map) if !map.is_empty() => {
            containers.insert(value.to_string());
            for (key, member) in map {
                if !member.is_string() || names.is_secret(key) {
                    collect(member, names, containers, texts);
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            containers.insert(value.to_string());
            items
                .iter()
                .filter(|item| !item.is_string())
                .for_each(|item| collect(item, names, containers, texts));
        }
        _ => {}
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
