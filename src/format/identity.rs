//! What names the real object behind an instance.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::address::Mode;
use super::model::{Instance, Resource};

/// Attributes whose value names the real object, in the order of preference.
const NAMING: &[&str] = &["arn", "self_link", "id"];

/// The shortest value that tells one object from others.
const SHORTEST: usize = 8;

/// Calls `visit` with the attribute and the value of each identity of a managed instance.
pub(super) fn identities(
    resource: &Resource<'_>,
    instance: &Instance<'_>,
    visit: &mut dyn FnMut(&'static str, &str),
) {
    if resource.mode() != Mode::Managed {
        return;
    }
    let Ok(attributes) =
        serde_json::from_str::<HashMap<&str, &RawValue>>(instance.attributes.text())
    else {
        return;
    };
    for name in NAMING {
        let value = attributes.get(name).map(|value| value.get());
        if let Some(Ok(value)) = value.map(serde_json::from_str::<String>)
            && value.len() >= SHORTEST
            && value.bytes().any(|byte| !byte.is_ascii_digit())
        {
            visit(name, &value);
        }
    }
}
