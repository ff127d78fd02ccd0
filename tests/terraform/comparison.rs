//! Compares what sgq says with what Terraform says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use serde_json::Value;

use crate::decimal::Decimal;

/// Attributes of terraform_data and terraform_remote_state whose type is known only at run time.
const DYNAMIC: [&str; 6] = [
    "input",
    "output",
    "triggers_replace",
    "config",
    "outputs",
    "defaults",
];

/// The attributes as `show -json` writes them: there, unlike in a state, a dynamically typed value stands without the
/// `{"value", "type"}` around it. Only the outermost wrapper is one; below it, such an object is the user's own.
pub fn unwrapped(mut attributes: Value) -> Value {
    for name in DYNAMIC {
        if let Some(attribute) = attributes.get_mut(name)
            && is_wrapper(attribute)
        {
            *attribute = attribute["value"].take();
        }
    }
    attributes
}

fn is_wrapper(value: &Value) -> bool {
    value.as_object().is_some_and(|object| {
        object.len() == 2 && object.contains_key("value") && object.contains_key("type")
    })
}

/// What one set has and the other has not.
pub fn difference_of_sets(
    ours: &BTreeSet<String>,
    terraforms: &BTreeSet<String>,
) -> Result<(), String> {
    if ours == terraforms {
        return Ok(());
    }
    let missing: Vec<_> = terraforms.difference(ours).collect();
    let extra: Vec<_> = ours.difference(terraforms).collect();
    Err(format!("missing {missing:#?}, extra {extra:#?}"))
}

/// Every key that only one map has, and of every key that both have, the first place where the values differ.
pub fn difference_of_maps<K: Ord + Display>(
    ours: &BTreeMap<K, Value>,
    terraforms: &BTreeMap<K, Value>,
) -> Result<(), String> {
    let missing = terraforms
        .keys()
        .filter(|key| !ours.contains_key(key))
        .map(|key| format!("missing {key}"));
    let others = ours
        .iter()
        .filter_map(|(key, value)| match terraforms.get(key) {
            Some(expected) => {
                difference(value, expected, &mut String::new()).map(|why| format!("{key}{why}"))
            }
            None => Some(format!("extra {key}")),
        });
    let differences: Vec<String> = missing.chain(others).collect();
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences.join("\n  "))
    }
}

/// The first place where two JSON values differ; numbers are compared by value, objects without regard to order.
fn difference(ours: &Value, terraforms: &Value, path: &mut String) -> Option<String> {
    let length = path.len();
    let mut below = |step: String, ours: &Value, terraforms: &Value| {
        path.push_str(&step);
        let found = difference(ours, terraforms, path);
        path.truncate(length);
        found
    };
    let equal = match (ours, terraforms) {
        (Value::Object(a), Value::Object(b))
            if a.len() == b.len() && a.keys().all(|key| b.contains_key(key)) =>
        {
            return a
                .iter()
                .find_map(|(key, value)| below(format!(" -> {key:?}"), value, &b[key]));
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            return pairs.find_map(|(index, (a, b))| below(format!(" -> {index}"), a, b));
        }
        (Value::Number(a), Value::Number(b)) => {
            Decimal::of(&a.to_string()) == Decimal::of(&b.to_string())
        }
        _ => ours == terraforms,
    };
    (!equal).then(|| format!("{path}: {ours}, but Terraform says {terraforms}"))
}

#[test]
fn a_difference_is_told_with_its_path() {
    let ours = serde_json::json!({ "a": [1, { "b": true }] });
    let terraforms = serde_json::json!({ "a": [1, { "b": false }] });
    let told = difference(&ours, &terraforms, &mut String::new());
    assert_eq!(
        told.unwrap(),
        r#" -> "a" -> 1 -> "b": true, but Terraform says false"#
    );
}

#[test]
fn the_order_of_keys_is_no_difference() {
    let ours: Value = serde_json::from_str(r#"{ "a": 1, "b": 10 }"#).unwrap();
    let terraforms: Value = serde_json::from_str(r#"{ "b": 1e1, "a": 1.0 }"#).unwrap();
    assert_eq!(difference(&ours, &terraforms, &mut String::new()), None);
}

#[test]
fn null_is_not_an_absent_key() {
    let ours = serde_json::json!({});
    let terraforms = serde_json::json!({ "a": null });
    assert!(difference(&ours, &terraforms, &mut String::new()).is_some());
}

#[test]
fn only_the_outermost_wrapper_is_unwrapped() {
    let inner = serde_json::json!({ "value": 1, "type": "number" });
    let attributes = serde_json::json!({ "input": { "value": inner, "type": ["object", {}] } });
    assert_eq!(unwrapped(attributes), serde_json::json!({ "input": inner }));
}
