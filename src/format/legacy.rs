//! State format versions 1, 2 and 3, which Terraform wrote before 0.12.
//!
//! Read as Terraform reads them, by upgrading to version 4, but what Terraform lets go is kept:
//!
//! - `depends_on` becomes dependencies, see [`dependencies`].
//! - Version 1's tainted objects stay. Where there is no primary object the first of them is the
//!   current one; the others count as deposed.
//! - An empty collection of version 1 or 2 stays, as `[]`, though it may have been a map.
//! - Where Terraform refuses a state for one odd entry, the entry is read as far as it goes.
//!
//! Source: Terraform `internal/states/statefile/version1.go` to `version3_upgrade.go`.

use std::borrow::Cow;

use serde::de::Error as _;
use serde_json::{Map, Value};

pub(super) use dependencies::config_addresses;

use super::address::{InstanceKey, ModulePath, ModuleStep, ResourceAddress};
use super::flatmap;
use super::model::{
    AtHand, Instance, Json, Output, ProviderConfig, Resource, Sensitivity, State, StateFormat,
};

mod dependencies;
mod key;
mod output_type;
#[cfg(test)]
mod tests;

/// Reads a state of `version` 1, 2 or 3; they differ only in what may be there.
///
/// Resources come sorted as Terraform sorts them when it upgrades: by module, mode, type and name,
/// the instances of each by index, an instance's deposed objects after the current one.
///
/// # Errors
///
/// When the text is no JSON object, or its `modules` are no list: then there is nothing to read.
pub(super) fn read(version: u64, json: &str) -> Result<State<'_>, serde_json::Error> {
    let document: Map<String, Value> = serde_json::from_str(json)?;
    let modules = match document.get("modules") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(modules)) => modules.as_slice(),
        Some(_) => return Err(serde_json::Error::custom("modules is not a list")),
    };
    let text = |key| string(document.get(key)).map(|text| Cow::Owned(text.to_owned()));
    Ok(State {
        format: StateFormat::State(version),
        format_version: version.to_string(),
        terraform_version: text("terraform_version"),
        serial: document.get("serial").and_then(Value::as_u64),
        lineage: text("lineage"),
        resources: resources(modules),
        outputs: outputs(modules),
        checks: Vec::new(),
        values: AtHand::Checked,
    })
}

/// The text of a string that is not empty.
fn string(value: Option<&Value>) -> Option<&str> {
    value?.as_str().filter(|text| !text.is_empty())
}

/// The members of an object; none where it is missing, null or something else.
fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn elements(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The path `["root", "a", "b"]` as `module.a.module.b`. Version 1 may leave out the root's.
fn module_path(module: &Value) -> ModulePath {
    let names = elements(module.get("path")).iter();
    let mut steps: Vec<ModuleStep> = names
        .map(|name| ModuleStep {
            name: (name.as_str()).map_or_else(|| name.to_string(), str::to_owned),
            key: None,
        })
        .collect();
    if steps.first().is_some_and(|first| first.name == "root") {
        steps.remove(0);
    }
    ModulePath(steps)
}

/// Only the root module's outputs outlive the upgrade.
fn outputs(modules: &[Value]) -> Vec<Output<'static>> {
    modules
        .iter()
        .filter(|module| module_path(module).is_root())
        .flat_map(|module| members(module.get("outputs")))
        .map(|(name, output)| self::output(name, output))
        .collect()
}

/// An output: its bare value in version 1, `{sensitive, type, value}` since. The type is derived
/// from the value, as Terraform does: the recorded one only tells strings, lists and maps apart.
fn output(name: &str, output: &Value) -> Output<'static> {
    let is_wrapped = ["value", "type", "sensitive"]
        .iter()
        .any(|key| output.get(key).is_some());
    let value = if is_wrapped { &output["value"] } else { output };
    // Anything but a plain no hides the value.
    let sensitive = output.get("sensitive").unwrap_or(&Value::Null);
    Output {
        name: Cow::Owned(name.to_owned()),
        value: Json::from(value),
        value_type: Some(Json::from(&output_type::implied(value))),
        sensitive: !matches!(sensitive, Value::Null | Value::Bool(false)),
    }
}

/// What stands under one key of `resources`: in these versions one instance, not one resource.
struct Entry<'v> {
    address: ResourceAddress,
    key: Option<InstanceKey>,
    body: &'v Value,
}

fn resources(modules: &[Value]) -> Vec<Resource<'static>> {
    let mut entries = Vec::new();
    for module in modules {
        let path = module_path(module);
        for (text, body) in members(module.get("resources")) {
            let (address, key) = key::parse(&path, text, string(body.get("type")));
            entries.push(Entry { address, key, body });
        }
    }
    entries.sort_by_cached_key(|entry| {
        let address = &entry.address;
        (
            address.module.to_string(),
            address.mode.as_str(),
            address.type_name.clone(),
            address.name.clone(),
            entry.key.clone(),
        )
    });
    entries
        .chunk_by(|a, b| a.address == b.address)
        .filter_map(resource)
        .collect()
}

/// The resource whose instances the entries are, with the first one's provider for its own.
fn resource(entries: &[Entry<'_>]) -> Option<Resource<'static>> {
    let first = entries.first()?;
    let resource_provider = provider(first);
    let mut instances = Vec::new();
    for entry in entries {
        let own = Some(provider(entry)).filter(|own| *own != resource_provider);
        let objects = objects(entry).into_iter();
        instances.extend(objects.map(|instance| Instance {
            provider: own.clone(),
            ..instance
        }));
    }
    Some(Resource {
        address: first.address.clone(),
        provider: Some(resource_provider),
        instances,
    })
}

/// The provider: `provider.aws.west` or `module.a.provider.aws`, before 0.11 `aws.west`; where none
/// is recorded, the one that the type's prefix names.
fn provider(entry: &Entry<'_>) -> ProviderConfig {
    match string(entry.body.get("provider")) {
        Some(absolute) if absolute.contains("provider.") => ProviderConfig::parse(absolute),
        Some(local) => ProviderConfig::parse(&format!("provider.{local}")),
        None => {
            let type_name = &entry.address.type_name;
            let prefix = type_name.split('_').next().unwrap_or(type_name);
            ProviderConfig::parse(&format!("provider.{prefix}"))
        }
    }
}

/// The objects of one instance: the current one and those that wait to be destroyed.
fn objects(entry: &Entry<'_>) -> Vec<Instance<'static>> {
    let primary = entry.body.get("primary").filter(|p| p.is_object());
    let mut tainted = elements(entry.body.get("tainted"));
    let mut objects = Vec::new();
    match (primary, tainted) {
        (Some(primary), _) => objects.push(instance(entry, primary)),
        (None, [first, others @ ..]) if first.is_object() => {
            objects.push(instance(entry, first));
            objects[0].tainted = true;
            tainted = others;
        }
        (None, _) => {}
    }
    let deposed = elements(entry.body.get("deposed"));
    let waiting = deposed.iter().map(|object| (object, false));
    let waiting = waiting.chain(tainted.iter().map(|object| (object, true)));
    for (number, (object, is_tainted)) in (1..).zip(waiting) {
        if !object.is_object() {
            continue;
        }
        let mut instance = instance(entry, object);
        instance.tainted |= is_tainted;
        // Made up as Terraform makes it up: by place, so that it stays the same.
        instance.deposed = Some(Cow::Owned(format!("{number:08x}")));
        objects.push(instance);
    }
    objects
}

fn instance(entry: &Entry<'_>, object: &Value) -> Instance<'static> {
    let depends_on = elements(entry.body.get("depends_on"));
    let dependencies = config_addresses(&entry.address.module, depends_on);
    Instance {
        key: entry.key.clone(),
        tainted: object.get("tainted") == Some(&Value::Bool(true)),
        deposed: None,
        schema_version: Some(schema_version(object)),
        create_before_destroy: false,
        provider: None,
        is_flat: true,
        attributes: Json::from(&attributes(object)),
        sensitivity: Sensitivity::Paths(None),
        identity: None,
        dependencies: (!dependencies.is_empty())
            .then(|| Json::from(&Value::from_iter(dependencies))),
    }
}

/// The schema's version, which providers kept as text or a number in `meta`; 0 if they did not.
fn schema_version(object: &Value) -> u64 {
    let recorded = object
        .get("meta")
        .and_then(|meta| meta.get("schema_version"));
    match recorded {
        Some(Value::String(text)) => text.parse().unwrap_or(0),
        Some(number) => number.as_u64().unwrap_or(0),
        None => 0,
    }
}

/// The attributes, nested, with the object's `id` among them.
fn attributes(object: &Value) -> Value {
    let mut flat = object.get("attributes").cloned().unwrap_or_default();
    if let Some(id) = string(object.get("id")) {
        if flat.is_null() {
            flat = Value::Object(Map::new());
        }
        if let Value::Object(attributes) = &mut flat
            && string(attributes.get("id")).is_none()
        {
            attributes.insert("id".to_owned(), Value::from(id));
        }
    }
    flatmap::expand_json(&flat)
}
