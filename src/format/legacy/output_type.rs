//! The type of an output's value, as Terraform derives it where only the value is recorded.

use serde_json::{Value, json};

/// The type that the value implies, written as cty writes types in JSON: lists and maps where all
/// elements are of one type, tuples and objects where not.
///
/// Source: Terraform `internal/states/statefile/version3_upgrade.go`, `simplifyImpliedValueType`.
pub(super) fn implied(value: &Value) -> Value {
    match value {
        Value::Null => json!("dynamic"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
        Value::Array(elements) => match same(elements.iter().map(structural)) {
            Some(_) => json!(["list", elements.first().map(implied)]),
            None => structural(value),
        },
        Value::Object(members) => match same(members.values().map(structural)) {
            Some(_) => json!(["map", members.values().next().map(implied)]),
            None => structural(value),
        },
    }
}

/// The type with every array a tuple and every object an object.
fn structural(value: &Value) -> Value {
    match value {
        Value::Array(elements) => {
            json!(["tuple", elements.iter().map(structural).collect::<Value>()])
        }
        Value::Object(members) => {
            let types = members
                .iter()
                .map(|(name, v)| (name.clone(), structural(v)));
            json!(["object", Value::Object(types.collect())])
        }
        plain => implied(plain),
    }
}

/// The one type that all are of, if there is any.
fn same(mut types: impl Iterator<Item = Value>) -> Option<Value> {
    let first = types.next()?;
    types.all(|other| other == first).then_some(first)
}
