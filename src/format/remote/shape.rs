//! The shapes in which states hold what was copied from other states.

use serde_json::{Map, Value};

use crate::format::address::Mode;
use crate::format::model::{Instance, Resource};
use crate::format::redact;

/// What one data source instance copied, still in clear.
pub(super) struct Copied {
    pub(super) outputs: Map<String, Value>,
    pub(super) defaults: Map<String, Value>,
    /// Whether the values come from a flatmap, which holds texts only.
    pub(super) is_flat: bool,
}

/// Whether a resource is a data source that copies another state's outputs.
pub(super) fn is_copying(resource: &Resource<'_>) -> bool {
    resource.mode() == Mode::Data
        && ["terraform_remote_state", "tfe_outputs"].contains(&resource.address.type_name.as_str())
}

/// Reads an instance of such a data source.
///
/// Terraform wraps values of any type as `{value, type}`; older releases and `show -json` do not;
/// up to 0.11 the outputs were attributes of the data source themselves, from a flatmap.
///
/// Source: Terraform `internal/builtin/providers/terraform/data_source_state.go`, and for
/// `tfe_outputs` the tfe provider's `data_source_outputs.go`.
pub(super) fn copied(resource: &Resource<'_>, instance: &Instance<'_>) -> Copied {
    let Value::Object(mut attributes) = instance.attributes.value() else {
        return Copied {
            outputs: Map::new(),
            defaults: Map::new(),
            is_flat: false,
        };
    };
    if resource.address.type_name == "tfe_outputs" {
        return tfe_outputs(&mut attributes);
    }
    let mut take = |name: &str| attributes.shift_remove(name);
    let defaults = members(take("defaults"));
    let outputs = take("outputs");
    let is_flat = outputs.is_none();
    let outputs = if is_flat {
        attributes.retain(|name, _| !redact::is_remote_state_argument(name));
        attributes
    } else {
        members(outputs)
    };
    Copied {
        outputs,
        defaults,
        is_flat,
    }
}

/// The backend and the workspace that attributes of such a data source name.
pub(super) fn backend_and_workspace(
    resource: &Resource<'_>,
    attributes: &Map<String, Value>,
) -> [Option<String>; 2] {
    let text = |name: &str| match attributes.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    if resource.address.type_name == "tfe_outputs" {
        return [Some("remote".to_owned()), text("workspace")];
    }
    // Terraform up to 0.9 called workspaces environments.
    let workspace = text("workspace").or_else(|| text("environment"));
    [text("backend"), workspace]
}

/// All outputs stand in `values`; the others are in `nonsensitive_values` too.
fn tfe_outputs(attributes: &mut Map<String, Value>) -> Copied {
    let mut take = |name: &str| attributes.shift_remove(name);
    let mut outputs = members(take("nonsensitive_values"));
    outputs.extend(members(take("values")));
    Copied {
        outputs,
        defaults: Map::new(),
        is_flat: false,
    }
}

/// The members of an object, or of the object within `{value, type}`. Outputs that are called
/// `value` and `type` are told from the wrapper by what they hold.
pub(super) fn members(value: Option<Value>) -> Map<String, Value> {
    let Some(Value::Object(mut members)) = value else {
        return Map::new();
    };
    let wraps =
        redact::is_wrapper(&members) && matches!(members["value"], Value::Object(_) | Value::Null);
    match members.get_mut("value") {
        Some(inner) if wraps => match inner.take() {
            Value::Object(inner) => inner,
            _ => Map::new(),
        },
        _ => members,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Document, read};
    use serde_json::json;

    fn copied_from(type_name: &str, attributes: &Value) -> Copied {
        with(type_name, attributes, |resource| {
            copied(resource, &resource.instances[0])
        })
    }

    /// The backend and the workspace.
    fn named(type_name: &str, attributes: &Value) -> [String; 2] {
        let Value::Object(members) = attributes else {
            panic!("no attributes: {attributes}");
        };
        with(type_name, attributes, |resource| {
            backend_and_workspace(resource, members).map(Option::unwrap_or_default)
        })
    }

    fn with<T>(type_name: &str, attributes: &Value, ask: impl Fn(&Resource<'_>) -> T) -> T {
        let json = json!({"version": 4, "resources": [{"mode": "data", "type": type_name, "name": "n",
            "instances": [{"attributes": attributes}]}]});
        let text = json.to_string();
        let Ok(Document::State(state)) = read(text.as_bytes()) else {
            panic!("not a state: {text}");
        };
        ask(&state.resources[0])
    }

    fn names(members: &Map<String, Value>) -> Vec<&str> {
        members.keys().map(String::as_str).collect()
    }

    #[test]
    fn wrapped_and_unwrapped_outputs_read_the_same() {
        let wrapped = json!({"backend": "s3", "workspace": null, "config": {"value": {}, "type": ["object", {}]},
            "outputs": {"value": {"a": 1, "b": 2}, "type": ["object", {"a": "number", "b": "number"}]},
            "defaults": {"value": {"b": 3}, "type": ["object", {"b": "number"}]}});
        let plain = json!({"backend": "s3", "config": {}, "outputs": {"a": 1, "b": 2}, "defaults": {"b": 3}});
        for attributes in [wrapped, plain] {
            let copied = copied_from("terraform_remote_state", &attributes);
            assert_eq!(names(&copied.outputs), ["a", "b"]);
            assert_eq!(names(&copied.defaults), ["b"]);
            assert_eq!(named("terraform_remote_state", &attributes), ["s3", ""]);
            assert!(!copied.is_flat);
        }
    }

    #[test]
    fn outputs_of_flatmaps_stand_beside_the_arguments() {
        let attributes = json!({"id": "2018-01-01", "backend": "s3", "environment": "prod",
            "config": {"bucket": "b"}, "vpc": "v", "list": ["a"]});
        let copied = copied_from("terraform_remote_state", &attributes);
        assert_eq!(names(&copied.outputs), ["vpc", "list"]);
        assert_eq!(named("terraform_remote_state", &attributes), ["s3", "prod"]);
        assert!(copied.is_flat);
    }

    #[test]
    fn outputs_called_value_and_type_are_no_wrapper() {
        let copied = copied_from(
            "terraform_remote_state",
            &json!({"backend": "s3", "outputs": {"value": "x", "type": "y"}}),
        );
        assert_eq!(names(&copied.outputs), ["value", "type"]);
    }

    #[test]
    fn tfe_outputs_are_all_values() {
        let attributes = json!({"organization": "o", "workspace": "w",
            "nonsensitive_values": {"value": {"a": 1}, "type": ["object", {"a": "number"}]},
            "values": {"value": {"a": 1, "b": "s"}, "type": ["object", {"a": "number", "b": "string"}]}});
        let copied = copied_from("tfe_outputs", &attributes);
        assert_eq!(names(&copied.outputs), ["a", "b"]);
        assert_eq!(named("tfe_outputs", &attributes), ["remote", "w"]);
    }
}
