//! The types that stand beside values of dynamic type.

use serde_json::Value;

use super::{HIDDEN, hide};

/// Hides the types of what is hidden in `value`: a type of an object tells the keys, which may be
/// secrets too. `"string"` tells nothing.
///
/// A type is as cty writes it in JSON: `"number"`, `["list", T]`, `["object", {"key": T}]`,
/// `["tuple", [T]]`. Source: go-cty `cty/type_conform.go`, `cty/json/type.go`.
pub(super) fn hide_types(value: &Value, value_type: &mut Value) {
    if value == HIDDEN {
        if is_telling(value_type) {
            hide(value_type);
        }
        return;
    }
    let Some([kind, of, ..]) = value_type.as_array_mut().map(Vec::as_mut_slice) else {
        return;
    };
    match (kind.as_str(), value, of) {
        (Some("object"), Value::Object(members), Value::Object(types)) => {
            for (key, value_type) in types {
                if let Some(member) = members.get(key) {
                    hide_types(member, value_type);
                }
            }
        }
        (Some("tuple"), Value::Array(items), Value::Array(types)) => {
            for (item, value_type) in items.iter().zip(types) {
                hide_types(item, value_type);
            }
        }
        (Some("map"), Value::Object(members), value_type) => {
            members
                .values()
                .for_each(|member| hide_types(member, value_type));
        }
        (Some("list" | "set"), Value::Array(items), value_type) => {
            items.iter().for_each(|item| hide_types(item, value_type));
        }
        _ => {}
    }
}

/// Whether it is a type, and one that tells something of the value. Other texts are no types: an
/// object may have a `value` and a `type` of its own.
fn is_telling(value_type: &Value) -> bool {
    match value_type {
        Value::String(name) => ["number", "bool"].contains(&name.as_str()),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(value: Value, mut value_type: Value) -> Value {
        hide_types(&value, &mut value_type);
        value_type
    }

    #[test]
    fn the_type_of_what_is_hidden_is_hidden_unless_it_is_a_string() {
        assert_eq!(
            shown(
                json!({"a": HIDDEN, "b": HIDDEN, "c": HIDDEN, "d": 1}),
                json!(["object", {"a": ["object", {"KEY": "string"}], "b": "string", "c": "number",
                    "d": "number"}])
            ),
            json!(["object", {"a": HIDDEN, "b": "string", "c": HIDDEN, "d": "number"}])
        );
    }

    #[test]
    fn types_are_followed_through_lists_maps_and_tuples() {
        assert_eq!(
            shown(
                json!([{"m": {"x": [1], "y": [HIDDEN]}}, HIDDEN]),
                json!(["tuple", [["object", {"m": ["map", ["list", ["object", {"K": "bool"}]]]}],
                    ["set", "string"]]])
            ),
            json!(["tuple", [["object", {"m": ["map", ["list", HIDDEN]]}], HIDDEN]])
        );
    }

    #[test]
    fn a_type_of_another_shape_than_the_value_stays() {
        for value_type in [json!(["object", ["x"]]), json!(["list"]), json!("dynamic")] {
            assert_eq!(shown(json!({"a": HIDDEN}), value_type.clone()), value_type);
        }
        assert_eq!(shown(json!(HIDDEN), json!("SecureString")), "SecureString");
    }
}
