//! What a plan does not know yet, in the shape of the values, and as it may be told.

use serde_json::Value;

use crate::format::path::PathStep;
use crate::format::redact::HIDDEN;

/// Whether any part of a mask covers something: anything but `false`, null and what is empty does.
pub(super) use crate::format::redact::covers_any;

/// What is not known yet, told no deeper than the values before and after are shown.
pub(super) fn as_shown(unknown: Value, before: Option<&Value>, after: Option<&Value>) -> Value {
    let is_hidden =
        |value: Option<&Value>| matches!(value, Some(Value::String(text)) if text == HIDDEN);
    if is_hidden(before) || is_hidden(after) {
        return Value::Bool(covers_any(&unknown));
    }
    match unknown {
        Value::Object(mut members) => {
            for (name, mask) in &mut members {
                let before = before.and_then(|value| value.get(name));
                let after = after.and_then(|value| value.get(name));
                *mask = as_shown(mask.take(), before, after);
            }
            Value::Object(members)
        }
        Value::Array(mut masks) => {
            for (index, mask) in masks.iter_mut().enumerate() {
                let before = before.and_then(|value| value.get(index));
                let after = after.and_then(|value| value.get(index));
                *mask = as_shown(mask.take(), before, after);
            }
            Value::Array(masks)
        }
        mask => mask,
    }
}

/// The paths at which a mask covers something.
pub(super) fn paths(mask: &Value) -> Vec<Vec<PathStep>> {
    let mut found = Vec::new();
    collect(mask, &mut Vec::new(), &mut found);
    found
}

fn collect(mask: &Value, path: &mut Vec<PathStep>, found: &mut Vec<Vec<PathStep>>) {
    match mask {
        Value::Object(members) => {
            for (name, mask) in members {
                path.push(PathStep::Key(name.clone()));
                collect(mask, path, found);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, mask) in items.iter().enumerate() {
                path.push(PathStep::Index(index));
                collect(mask, path, found);
                path.pop();
            }
        }
        mask if covers_any(mask) => found.push(path.clone()),
        _ => {}
    }
}
