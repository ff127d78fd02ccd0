//! What differs between two recordings of one object.
//!
//! Values are compared as they are and told as they may be shown: a secret that changed is told by its
//! path alone.

use std::hash::BuildHasher;

use serde_json::{Map, Value};

use super::model::{Instance, Json, Resource, Sensitivity};
use super::path::{AttributePath, PathStep};
use super::redact::{HIDDEN, Redacted, hide_alike};
use super::remote::{Digest, Digester};

/// One recording of an object, in a state whose values may be shown so far.
#[derive(Clone, Copy)]
pub struct Recording<'r> {
    /// The values of its state.
    pub redacted: &'r Redacted<'r>,
    /// Its resource.
    pub resource: &'r Resource<'r>,
    /// The object.
    pub instance: &'r Instance<'r>,
}

/// A place at which two recordings differ.
#[derive(Debug, Clone, PartialEq)]
pub struct PathChange {
    /// Where, as far down as may be shown.
    pub path: AttributePath,
    /// What stood there, as it may be shown; `None` where nothing did.
    pub before: Option<Value>,
    /// What stands there.
    pub after: Option<Value>,
    /// How they differ.
    pub kind: ChangeKind,
}

/// How two values differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// They are different values.
    Value,
    /// They are lists of the same members in another order.
    Order,
    /// One is null or not there, the other empty.
    Emptiness,
    /// They are texts of the same JSON, written differently.
    Spelling,
}

impl ChangeKind {
    /// The kind in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Value => "value",
            ChangeKind::Order => "order",
            ChangeKind::Emptiness => "emptiness",
            ChangeKind::Spelling => "spelling",
        }
    }
}

/// The places at which the attributes of two recordings differ, in the order of the attributes. A member
/// that is null counts as one that is not there.
pub fn changes(before: Recording<'_>, after: Recording<'_>) -> Vec<PathChange> {
    if before.instance.attributes.text() == after.instance.attributes.text() {
        return Vec::new();
    }
    let (old, new) = (
        before.instance.attributes.value(),
        after.instance.attributes.value(),
    );
    let differences = differences(Some(&old), Some(&new));
    if differences.is_empty() {
        return Vec::new();
    }
    shown_changes(
        differences,
        before.redacted.attributes(before.resource, before.instance),
        after.redacted.attributes(after.resource, after.instance),
    )
}

/// Whether the attributes of two recordings differ at all.
pub(super) fn differ(before: &Instance<'_>, after: &Instance<'_>) -> bool {
    before.attributes.text() != after.attributes.text() && {
        let (old, new) = (before.attributes.value(), after.attributes.value());
        !differences(Some(&old), Some(&new)).is_empty()
    }
}

/// Stands for how an object is written: its attributes, what is marked in them, and what else is recorded of
/// it. Where it is the same, the object is.
pub fn spelling(
    resource: &Resource<'_>,
    instance: &Instance<'_>,
    hasher: &impl BuildHasher,
) -> u64 {
    let text = |json: &Option<Json<'_>>| json.as_ref().map(|json| json.text().to_owned());
    let (Sensitivity::Paths(marks) | Sensitivity::Mask(marks)) = &instance.sensitivity;
    hasher.hash_one((
        instance.attributes.text(),
        text(marks),
        text(&instance.dependencies),
        instance.schema_version,
        instance.create_before_destroy,
        provider(resource, instance),
    ))
}

/// Stands for an object, however it is written. A member of its attributes that is null counts as one that
/// is not there.
pub fn content(resource: &Resource<'_>, instance: &Instance<'_>, digester: &Digester) -> Digest {
    let mut attributes = instance.attributes.value();
    remove_nulls(&mut attributes);
    let (Sensitivity::Paths(marks) | Sensitivity::Mask(marks)) = &instance.sensitivity;
    let marks = marks.as_ref().map(Json::value);
    // No marks are written in several ways.
    let marks = marks.filter(|marks| !is_empty(marks));
    let provider = provider(resource, instance).unwrap_or_default();
    digester.exact(&Value::Array(vec![
        attributes,
        marks.unwrap_or_default(),
        Value::from(instance.dependencies()),
        Value::from(instance.schema_version),
        Value::from(instance.create_before_destroy),
        Value::from(provider),
    ]))
}

fn provider<'r>(resource: &'r Resource<'_>, instance: &'r Instance<'_>) -> Option<&'r str> {
    let provider = instance.provider.as_ref().or(resource.provider.as_ref());
    provider.map(|provider| provider.source.as_str())
}

fn remove_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(remove_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Stands for the real object that a recording is of: its type and its `id`; `None` where it has none.
pub fn object_key(
    resource: &Resource<'_>,
    instance: &Instance<'_>,
    digester: &Digester,
) -> Option<Digest> {
    let members = instance.attributes.members();
    let (_, id) = members.into_iter().rev().find(|(name, _)| name == "id")?;
    let id = instance.attributes.part(id).value();
    let is_one = is_of_one_object(&id);
    let type_name = Value::from(resource.address.type_name.as_str());
    is_one.then(|| digester.exact(&Value::Array(vec![type_name, id])))
}

/// Whether a value of `id` tells an object from others of its type: some providers give all of them one.
pub fn is_of_one_object(id: &Value) -> bool {
    match id {
        Value::String(text) => {
            text.len() > 1 && !["none", "static", "default"].contains(&text.as_str())
        }
        Value::Number(_) => true,
        _ => false,
    }
}

/// The differences as they may be shown, given both values as they may be; what either hides, neither shows.
pub(super) fn shown_changes(
    differences: Vec<Difference>,
    mut before: Value,
    mut after: Value,
) -> Vec<PathChange> {
    hide_alike(&mut before, &mut after);
    let (before, after) = (&before, &after);
    let mut changes: Vec<PathChange> = Vec::with_capacity(differences.len());
    for Difference { mut path, kind } in differences {
        let depth = visible_depth(before, &path).min(visible_depth(after, &path));
        let is_hidden = depth < path.len();
        path.truncate(depth);
        let path = AttributePath(path);
        let is_told = |change: &PathChange| change.path == path;
        if is_hidden && changes.iter().rev().any(is_told) {
            continue;
        }
        changes.push(PathChange {
            before: at(before, &path.0).cloned(),
            after: at(after, &path.0).cloned(),
            kind: if is_hidden { ChangeKind::Value } else { kind },
            path,
        });
    }
    changes
}

/// A place at which two values differ.
pub(super) struct Difference {
    /// Where.
    pub(super) path: Vec<PathStep>,
    /// How they differ.
    pub(super) kind: ChangeKind,
}

/// The places at which two values differ, in the order of the members.
pub(super) fn differences(before: Option<&Value>, after: Option<&Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(before, after, &mut Vec::new(), &mut found);
    found
}

fn compare(
    before: Option<&Value>,
    after: Option<&Value>,
    path: &mut Vec<PathStep>,
    found: &mut Vec<Difference>,
) {
    match (some(before), some(after)) {
        (None, None) => {}
        (Some(before), Some(after)) if before == after => {}
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            compare_members(before, after, path, found);
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            compare_items(before, after, path, found);
        }
        (before, after) => {
            let kind = match (before, after) {
                (None, Some(value)) | (Some(value), None) if is_empty(value) => {
                    ChangeKind::Emptiness
                }
                (Some(Value::String(before)), Some(Value::String(after)))
                    if is_same_json(before, after) =>
                {
                    ChangeKind::Spelling
                }
                _ => ChangeKind::Value,
            };
            let path = path.clone();
            found.push(Difference { path, kind });
        }
    }
}

fn compare_members(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    path: &mut Vec<PathStep>,
    found: &mut Vec<Difference>,
) {
    let added = after.keys().filter(|name| !before.contains_key(*name));
    for name in before.keys().chain(added) {
        path.push(PathStep::Key(name.clone()));
        compare(before.get(name), after.get(name), path, found);
        path.pop();
    }
}

/// Items are compared where they stand, but that what was put in or taken out at one place of a list
/// shifts what follows.
fn compare_items(
    before: &[Value],
    after: &[Value],
    path: &mut Vec<PathStep>,
    found: &mut Vec<Difference>,
) {
    if is_reordered(before, after) {
        return found.push(Difference {
            path: path.clone(),
            kind: ChangeKind::Order,
        });
    }
    let alike = |pair: &(&Value, &Value)| pair.0 == pair.1;
    let start = before.iter().zip(after).take_while(alike).count();
    let (old, new) = (&before[start..], &after[start..]);
    let pairs = old.iter().rev().zip(new.iter().rev());
    let end = pairs.take_while(alike).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    for offset in 0..old.len().max(new.len()) {
        path.push(PathStep::Index(start + offset));
        compare(old.get(offset), new.get(offset), path, found);
        path.pop();
    }
}

/// Whether two lists that differ have the same members, each as often.
fn is_reordered(before: &[Value], after: &[Value]) -> bool {
    if before.len() != after.len() || before.len() < 2 {
        return false;
    }
    let sorted = |items: &[Value]| {
        let mut texts: Vec<String> = items.iter().map(Value::to_string).collect();
        texts.sort_unstable();
        texts
    };
    sorted(before) == sorted(after)
}

/// The value, unless it says nothing.
fn some(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether two texts are the same JSON, of more than one word.
fn is_same_json(before: &str, after: &str) -> bool {
    let parsed = |text: &str| -> Option<Value> {
        let is_json = text.trim_ascii_start().starts_with(['{', '[']);
        serde_json::from_str(text).ok().filter(|_| is_json)
    };
    parsed(before).is_some_and(|before| parsed(after).as_ref() == Some(&before))
}

/// How many steps of a path lead to what may be shown: all of them, or those to a hidden value.
pub(super) fn visible_depth(shown: &Value, path: &[PathStep]) -> usize {
    let mut value = shown;
    for (depth, step) in path.iter().enumerate() {
        if matches!(value, Value::String(text) if text == HIDDEN) {
            return depth;
        }
        match next(value, step) {
            Some(below) => value = below,
            None => break,
        }
    }
    path.len()
}

/// What stands at a path.
pub(super) fn at<'v>(value: &'v Value, path: &[PathStep]) -> Option<&'v Value> {
    path.iter().try_fold(value, next)
}

fn next<'v>(value: &'v Value, step: &PathStep) -> Option<&'v Value> {
    match step {
        PathStep::Key(key) => value.get(key),
        PathStep::Index(index) => value.get(index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Document, Redaction, State, read};
    use serde_json::json;

    /// The differences of two values, as `path kind`.
    fn told(before: &Value, after: &Value) -> Vec<String> {
        let differences = differences(Some(before), Some(after)).into_iter();
        differences
            .map(|Difference { path, kind }| format!("{} {kind:?}", AttributePath(path)))
            .collect()
    }

    #[test]
    fn a_difference_is_told_at_its_leaf() {
        let before = json!({"a": 1, "b": {"c": "x", "d": [1, {"e": 2}]}, "gone": "g", "n": null});
        let after =
            json!({"a": 1, "b": {"c": "y", "d": [1, {"e": 3}]}, "new": {"k": 1}, "m": null});
        assert_eq!(
            told(&before, &after),
            ["b.c Value", "b.d[1].e Value", "gone Value", "new Value"]
        );
    }

    #[test]
    fn what_is_put_into_a_list_shifts_the_rest() {
        let list = |items: &[&str]| json!({"l": items});
        assert_eq!(
            told(&list(&["a", "c"]), &list(&["a", "b", "c"])),
            ["l[1] Value"]
        );
        assert_eq!(
            told(&list(&["a", "b", "c"]), &list(&["b", "c"])),
            ["l[0] Value"]
        );
        assert_eq!(
            told(&list(&["a", "b"]), &list(&["c", "d", "e"])),
            ["l[0] Value", "l[1] Value", "l[2] Value"]
        );
    }

    #[test]
    fn differences_without_meaning_are_told_apart() {
        let kind = |before: Value, after: Value| told(&json!({"a": before}), &json!({"a": after}));
        assert_eq!(kind(json!([1, 2, 2]), json!([2, 1, 2])), ["a Order"]);
        assert_eq!(
            kind(json!([1, 2, 2]), json!([2, 1, 1])),
            ["a[0] Value", "a[1] Value", "a[2] Value"]
        );
        assert_eq!(kind(Value::Null, json!([])), ["a Emptiness"]);
        assert_eq!(kind(json!(""), Value::Null), ["a Emptiness"]);
        assert_eq!(kind(json!({"k": {}}), Value::Null), ["a Emptiness"]);
        assert_eq!(kind(json!(false), Value::Null), ["a Value"]);
        assert_eq!(
            kind(json!(r#"{"a": 1}"#), json!(r#"{"a":1}"#)),
            ["a Spelling"]
        );
        assert_eq!(kind(json!("1"), json!("1 ")), ["a Value"]);
    }

    fn state(attributes: &str) -> String {
        format!(
            r#"{{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "l", "outputs": {{}},
                "resources": [{{"mode": "managed", "type": "t", "name": "n", "provider": "p",
                "instances": [{{"schema_version": 0, "attributes": {attributes}, "sensitive_attributes":
                    [[{{"type": "get_attr", "value": "pin"}}]]}}]}}]}}"#
        )
    }

    fn changed(before: &str, after: &str, redaction: &Redaction) -> Vec<PathChange> {
        let (before, after) = (state(before), state(after));
        let (before, after) = (parsed(&before), parsed(&after));
        let (old, new) = (redaction.of(&before), redaction.of(&after));
        changes(first(&before, &old), first(&after, &new))
    }

    fn parsed(text: &str) -> State<'_> {
        match read(text.as_bytes()) {
            Ok(Document::State(state)) => state,
            other => panic!("not a state: {other:?}"),
        }
    }

    fn first<'r>(state: &'r State<'r>, redacted: &'r Redacted<'r>) -> Recording<'r> {
        Recording {
            redacted,
            resource: &state.resources[0],
            instance: &state.resources[0].instances[0],
        }
    }

    #[test]
    fn a_secret_that_changed_is_told_by_its_path_alone() {
        let before = r#"{"pin": {"a": "first one", "b": "same"}, "size": 1}"#;
        let after = r#"{"pin": {"a": "second one", "b": "other"}, "size": 2}"#;
        let hidden = Some(json!("(sensitive)"));
        let told = |redaction: &Redaction| changed(before, after, redaction);
        let shown = told(&Redaction::default());
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0].path.to_string(), "pin");
        assert_eq!((&shown[0].before, &shown[0].after), (&hidden, &hidden));
        assert_eq!(shown[1].after, Some(json!(2)));
        let revealed = told(&Redaction::revealing());
        assert_eq!(revealed.len(), 3);
        assert_eq!(revealed[0].after, Some(json!("second one")));
    }

    #[test]
    fn a_secret_that_was_not_marked_before_is_hidden_on_the_side_that_marks_it() {
        let shown = changed(
            r#"{"pin": null}"#,
            r#"{"pin": "a secret one"}"#,
            &Redaction::default(),
        );
        assert_eq!(
            (&shown[0].before, &shown[0].after),
            (&Some(Value::Null), &Some(json!("(sensitive)")))
        );
    }
}
