//! What a state marks as sensitive: paths in state v4, a mask in `terraform show -json`.

use serde_json::{Map, Value};

use crate::format::model::{Instance, Resource, Sensitivity};
use crate::format::path::{self, AttributePath, PathStep};

/// Calls `visit` on every marked value in an instance's attributes.
///
/// `terraform_data.output` is a copy of `input` that Terraform does not mark, so a mark on the one
/// covers the other.
pub(super) fn visit_marked(
    resource: &Resource<'_>,
    instance: &Instance<'_>,
    attributes: &mut Value,
    visit: &mut dyn FnMut(&mut Value),
) {
    match &instance.sensitivity {
        Sensitivity::Paths(None) | Sensitivity::Mask(None) => {}
        Sensitivity::Paths(Some(recorded)) => match recorded.read(path::recorded_paths) {
            Some(paths) => {
                for AttributePath(steps) in paths {
                    if let Some(copy) = copied_path(resource, &steps) {
                        visit_path(attributes, &copy, visit);
                    }
                    visit_path(attributes, &steps, visit);
                }
            }
            None => visit_all(attributes, visit),
        },
        Sensitivity::Mask(Some(mask)) => {
            let mut mask = mask.value();
            if resource.address.type_name == "terraform_data"
                && let Some(input) = mask.get("input").cloned()
                && let Value::Object(mask) = &mut mask
            {
                mask.insert("output".to_owned(), input);
            }
            match mask {
                Value::Object(_) => visit_mask(attributes, &mask, visit),
                mask if covers_any(&mask) => visit_all(attributes, visit),
                _ => {}
            }
        }
    }
}

fn copied_path(resource: &Resource<'_>, steps: &[PathStep]) -> Option<Vec<PathStep>> {
    let input = PathStep::Key("input".to_owned());
    if resource.address.type_name != "terraform_data" || steps.first() != Some(&input) {
        return None;
    }
    let mut copy = steps.to_vec();
    copy[0] = PathStep::Key("output".to_owned());
    Some(copy)
}

fn visit_all(attributes: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    match attributes {
        Value::Object(attributes) => attributes.values_mut().for_each(visit),
        other => visit(other),
    }
}

/// Descends along `steps`, through `{"value", "type"}` wrappers, which paths do not mention. Where
/// the value has another shape than the path says, the deepest value reached is visited.
fn visit_path(value: &mut Value, steps: &[PathStep], visit: &mut dyn FnMut(&mut Value)) {
    let Some((step, rest)) = steps.split_first() else {
        return visit(value);
    };
    match (value, step) {
        (Value::Null, _) => {}
        (Value::Object(map), step) if is_wrapper(map) => {
            // An object that only looks like a wrapper has the key itself: then both are visited.
            if let PathStep::Key(key) = step
                && let Some(member) = map.get_mut(key)
            {
                visit_path(member, rest, visit);
            }
            if let Some(inner) = map.get_mut("value") {
                visit_path(inner, steps, visit);
            }
        }
        (Value::Object(map), PathStep::Key(key)) => {
            if let Some(member) = map.get_mut(key) {
                visit_path(member, rest, visit);
            }
        }
        (Value::Array(items), PathStep::Index(index)) if *index < items.len() => {
            visit_path(&mut items[*index], rest, visit);
        }
        (value, _) => visit(value),
    }
}

/// Whether an object is how a state writes a value of dynamic type: `{"value": …, "type": …}`.
pub(in crate::format) fn is_wrapper(map: &Map<String, Value>) -> bool {
    map.len() == 2
        && map.contains_key("value")
        && matches!(map.get("type"), Some(Value::String(_) | Value::Array(_)))
}

/// Whether these are the names of such an object's members.
pub(super) fn has_names_of_wrapper<'n>(names: impl Iterator<Item = &'n str> + Clone) -> bool {
    names.clone().count() == 2
        && ["value", "type"]
            .iter()
            .all(|name| names.clone().any(|it| it == *name))
}

/// The value inside a wrapper, or the value itself where there is none.
pub(super) fn unwrapped(value: &mut Value) -> &mut Value {
    let wrapped = matches!(&*value, Value::Object(map) if is_wrapper(map));
    if wrapped { &mut value["value"] } else { value }
}

/// Descends along a mask of booleans; `true` covers all below. Where the value has another shape
/// than the mask, the deepest value reached is visited if the mask covers anything there.
fn visit_mask(value: &mut Value, mask: &Value, visit: &mut dyn FnMut(&mut Value)) {
    match (value, mask) {
        (value, Value::Bool(true)) => visit(value),
        (Value::Object(map), Value::Object(masks)) => {
            for (key, mask) in masks {
                if let Some(member) = map.get_mut(key) {
                    visit_mask(member, mask, visit);
                }
            }
        }
        (Value::Array(items), Value::Array(masks)) if items.len() == masks.len() => {
            for (item, mask) in items.iter_mut().zip(masks) {
                visit_mask(item, mask, visit);
            }
        }
        (value, mask) if covers_any(mask) => visit(value),
        _ => {}
    }
}

/// Whether any part of a mask covers something: anything but `false`, null and what is empty does.
pub(in crate::format) fn covers_any(mask: &Value) -> bool {
    match mask {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(masks) => masks.iter().any(covers_any),
        Value::Object(masks) => masks.values().any(covers_any),
    }
}

/// The paths a mask covers.
pub(super) fn masked_paths(mask: &Value) -> Vec<AttributePath> {
    let mut paths = Vec::new();
    collect_masked(mask, &mut Vec::new(), &mut paths);
    paths
}

fn collect_masked(mask: &Value, steps: &mut Vec<PathStep>, paths: &mut Vec<AttributePath>) {
    match mask {
        Value::Object(masks) => {
            for (key, mask) in masks {
                steps.push(PathStep::Key(key.clone()));
                collect_masked(mask, steps, paths);
                steps.pop();
            }
        }
        Value::Array(masks) => {
            for (index, mask) in masks.iter().enumerate() {
                steps.push(PathStep::Index(index));
                collect_masked(mask, steps, paths);
                steps.pop();
            }
        }
        mask if covers_any(mask) => paths.push(AttributePath(steps.clone())),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::redact::hide;
    use serde_json::json;

    fn hidden(mut value: Value, steps: &[&str]) -> Value {
        let step = |step: &&str| match step.parse() {
            Ok(index) => PathStep::Index(index),
            Err(_) => PathStep::Key((*step).to_owned()),
        };
        visit_path(
            &mut value,
            &steps.iter().map(step).collect::<Vec<_>>(),
            &mut hide,
        );
        value
    }

    #[test]
    fn a_path_descends_through_wrappers() {
        let value = json!({"input": {"value": {"pw": "x", "user": "u"}, "type": ["object", {}]}});
        assert_eq!(
            hidden(value, &["input", "pw"]),
            json!({"input": {"value": {"pw": "(sensitive)", "user": "u"}, "type": ["object", {}]}})
        );
    }

    #[test]
    fn an_object_that_looks_like_a_wrapper_is_hidden_on_both_readings() {
        let value = json!({"kv": {"value": "x", "type": "string"}});
        assert_eq!(
            hidden(value, &["kv", "value"])["kv"]["value"],
            "(sensitive)"
        );
    }

    #[test]
    fn a_path_that_does_not_fit_hides_what_it_reached() {
        assert_eq!(
            hidden(json!({"set": ["a", "b"]}), &["set", "key"]),
            json!({"set": "(sensitive)"})
        );
        assert_eq!(
            hidden(json!({"list": ["a"]}), &["list", "7"]),
            json!({"list": "(sensitive)"})
        );
        assert_eq!(hidden(json!({"a": null}), &["a", "b"]), json!({"a": null}));
    }

    #[test]
    fn a_mask_that_does_not_fit_hides_what_it_reached() {
        let shown = |value: Value, mask: Value| {
            let mut value = json!({"a": value, "b": 1});
            visit_mask(&mut value, &json!({"a": mask}), &mut hide);
            assert_eq!(value["b"], 1);
            value["a"].take()
        };
        let hidden = json!("(sensitive)");
        assert_eq!(shown(json!([1, 2]), json!([true])), hidden);
        assert_eq!(shown(json!([1]), json!({"k": true})), hidden);
        assert_eq!(shown(json!({"k": 1}), json!([{"k": true}])), hidden);
        assert_eq!(shown(json!("x"), json!({"k": [true]})), hidden);
        assert_eq!(shown(json!({"k": 1}), json!("true")), hidden);
        assert_eq!(shown(json!([1, 2]), json!([])), json!([1, 2]));
        assert_eq!(shown(json!([1]), json!({})), json!([1]));
        assert_eq!(shown(json!("x"), json!({"k": false})), json!("x"));
    }

    #[test]
    fn a_mask_of_true_covers_all_below() {
        let mut value = json!({"a": {"b": 1, "c": [2, 3]}, "d": [4, {"e": 5}], "f": 6});
        visit_mask(
            &mut value,
            &json!({"a": true, "d": [false, {"e": true}], "f": {}}),
            &mut hide,
        );
        assert_eq!(
            value,
            json!({"a": "(sensitive)", "d": [4, {"e": "(sensitive)"}], "f": 6})
        );
        let paths = masked_paths(&json!({"a": true, "d": [false, {"e": true}]}));
        assert_eq!(
            paths.iter().map(|p| p.to_string()).collect::<Vec<_>>(),
            ["a", "d[1].e"]
        );
    }
}
