//! The output of `terraform show -json` for a state, format versions 0.1 to 1.0.
//!
//! Source: Terraform `internal/command/jsonstate/state.go`, `internal/command/jsonchecks`.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::address::{InstanceAddress, Mode, ModulePath, ResourceAddress};
use super::legacy;
use super::model::{
    AtHand, CheckResult, CheckedObject, Instance, Json, Output, ProviderConfig, Resource,
    Sensitivity, State, StateFormat,
};
use super::v4::index_key;

#[cfg(test)]
mod tests;

/// Reads the document. A state that holds nothing is nothing but its `format_version`.
///
/// There is no serial and no lineage in it. Entries of one resource become one [`Resource`] with
/// an instance for each, in the order of the document.
///
/// # Errors
///
/// When the text is not JSON of this shape.
pub(super) fn read(json: &str) -> Result<State<'_>, serde_json::Error> {
    Ok(state(serde_json::from_str(json)?))
}

/// The state that a document tells.
pub(super) fn state(document: Document<'_>) -> State<'_> {
    let values = document.values.unwrap_or_default();
    let terraform_version = document.terraform_version.filter(|text| !text.is_empty());
    State {
        format_version: document.format_version.unwrap_or_default().into_owned(),
        checks: list(document.checks).map(check).collect(),
        ..of_values(values, terraform_version)
    }
}

/// What a plan expects to be there, as a state.
pub(super) fn planned<'a>(values: Values<'a>, terraform_version: Option<&str>) -> State<'a> {
    let terraform_version = terraform_version.map(|version| Cow::Owned(version.to_owned()));
    of_values(values, terraform_version)
}

fn of_values<'a>(values: Values<'a>, terraform_version: Option<Cow<'a, str>>) -> State<'a> {
    let mut resources = Resources {
        depends_on_is_relative: terraform_version.as_deref().is_some_and(is_before_0_12_15),
        ..Resources::default()
    };
    if let Some(root) = values.root_module {
        resources.module(root);
    }
    State {
        format: StateFormat::ShowJson,
        format_version: String::new(),
        terraform_version,
        serial: None,
        lineage: None,
        resources: resources.list,
        outputs: values.outputs.into_iter().map(output).collect(),
        checks: Vec::new(),
        values: AtHand::Checked,
    }
}

/// The document.
#[derive(Deserialize)]
pub(super) struct Document<'a> {
    #[serde(borrow)]
    format_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    terraform_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    values: Option<Values<'a>>,
    #[serde(borrow)]
    checks: Option<Vec<CheckJson<'a>>>,
}

/// The outputs and the tree of modules.
#[derive(Default, Deserialize)]
pub(super) struct Values<'a> {
    #[serde(borrow, default, deserialize_with = "super::entries::option")]
    outputs: Vec<(Cow<'a, str>, OutputJson<'a>)>,
    #[serde(borrow)]
    root_module: Option<Module<'a>>,
}

#[derive(Deserialize)]
struct OutputJson<'a> {
    #[serde(borrow)]
    value: Option<Json<'a>>,
    #[serde(borrow, rename = "type")]
    value_type: Option<Json<'a>>,
    sensitive: Option<bool>,
}

#[derive(Deserialize)]
struct Module<'a> {
    #[serde(borrow)]
    address: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resources: Option<Vec<Entry<'a>>>,
    #[serde(borrow)]
    child_modules: Option<Vec<Module<'a>>>,
}

/// What the document calls a resource: one object of one instance.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    address: Option<Cow<'a, str>>,
    #[serde(borrow)]
    mode: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "type")]
    type_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    index: Option<Json<'a>>,
    #[serde(borrow)]
    provider_name: Option<Cow<'a, str>>,
    schema_version: Option<u64>,
    #[serde(borrow)]
    values: Option<Json<'a>>,
    #[serde(borrow)]
    sensitive_values: Option<Json<'a>>,
    #[serde(borrow)]
    depends_on: Option<Json<'a>>,
    tainted: Option<bool>,
    #[serde(borrow)]
    deposed_key: Option<Cow<'a, str>>,
    #[serde(borrow)]
    identity: Option<Json<'a>>,
}

/// A check.
#[derive(Deserialize)]
pub(super) struct CheckJson<'a> {
    #[serde(borrow)]
    address: Option<CheckAddress<'a>>,
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow)]
    instances: Option<Vec<CheckedJson<'a>>>,
}

#[derive(Deserialize)]
struct CheckedJson<'a> {
    #[serde(borrow)]
    address: Option<CheckAddress<'a>>,
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow)]
    problems: Option<Vec<Problem<'a>>>,
}

#[derive(Default, Deserialize)]
struct CheckAddress<'a> {
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    to_display: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Problem<'a> {
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
}

/// The resources as they are gathered from the tree of modules.
#[derive(Default)]
struct Resources<'a> {
    list: Vec<Resource<'a>>,
    positions: HashMap<ResourceAddress, usize>,
    depends_on_is_relative: bool,
}

impl<'a> Resources<'a> {
    fn module(&mut self, module: Module<'a>) {
        let address = module.address.as_deref();
        let path = address.map(|text| text.parse().unwrap_or_else(|_| ModulePath::verbatim(text)));
        for entry in list(module.resources) {
            self.entry(path.as_ref(), entry);
        }
        for child in list(module.child_modules) {
            self.module(child);
        }
    }

    fn entry(&mut self, module: Option<&ModulePath>, entry: Entry<'a>) {
        let address = instance_address(module, &entry);
        let provider_name = entry.provider_name.as_deref();
        let provider = provider_name
            .filter(|name| !name.is_empty())
            .map(ProviderConfig::parse);
        let position = match self.positions.get(&address.resource) {
            Some(position) => *position,
            None => {
                self.positions
                    .insert(address.resource.clone(), self.list.len());
                self.list.push(Resource {
                    address: address.resource.clone(),
                    provider: provider.clone(),
                    instances: Vec::new(),
                });
                self.list.len() - 1
            }
        };
        let resource = &mut self.list[position];
        let own_provider = provider.filter(|own| resource.provider.as_ref() != Some(own));
        let dependencies = match present(entry.depends_on) {
            Some(relative) if self.depends_on_is_relative => absolute(&relative, &address),
            recorded => recorded,
        };
        resource.instances.push(Instance {
            key: address.key,
            tainted: entry.tainted.unwrap_or(false),
            deposed: entry.deposed_key.filter(|key| !key.is_empty()),
            schema_version: entry.schema_version,
            create_before_destroy: false,
            provider: own_provider,
            is_flat: false,
            attributes: present(entry.values)
                .unwrap_or_else(|| Json::from(&Value::Object(Map::new()))),
            sensitivity: Sensitivity::Mask(present(entry.sensitive_values)),
            identity: present(entry.identity),
            dependencies,
        });
    }
}

/// Where an entry stands. Its parts say so; its address only where they are missing, and then for
/// its module too, as a part that the module's own address lacks.
fn instance_address(module: Option<&ModulePath>, entry: &Entry<'_>) -> InstanceAddress {
    let text = entry.address.as_deref().unwrap_or_default();
    let index = entry.index.as_ref().and_then(index_key);
    let is_whole = entry.type_name.is_some()
        && entry.name.is_some()
        && entry.mode.is_some()
        && (module.is_some() || !text.starts_with("module."))
        && (index.is_some() || !text.ends_with(']'));
    let parsed: Option<InstanceAddress> = if is_whole { None } else { text.parse().ok() };
    let (parsed, parsed_key) = match parsed {
        Some(InstanceAddress { resource, key }) => (Some(resource), key),
        None => (None, None),
    };
    let part = |recorded: &Option<Cow<'_, str>>, parsed: Option<&String>| {
        let recorded = recorded.as_deref().map(str::to_owned);
        recorded.or_else(|| parsed.cloned())
    };
    let parsed = parsed.as_ref();
    let mode = match entry.mode.as_deref() {
        Some("data") => Mode::Data,
        Some(_) => Mode::Managed,
        None => parsed.map_or(Mode::Managed, |p| p.mode),
    };
    let resource = ResourceAddress {
        module: module
            .or(parsed.map(|p| &p.module))
            .cloned()
            .unwrap_or_default(),
        mode,
        type_name: part(&entry.type_name, parsed.map(|p| &p.type_name)).unwrap_or_default(),
        // What is not even an address stays visible as a name.
        name: part(&entry.name, parsed.map(|p| &p.name)).unwrap_or_else(|| text.to_owned()),
    };
    InstanceAddress {
        resource,
        key: index.or(parsed_key),
    }
}

/// Until then an entry's dependencies were relative to its module.
///
/// Source: Terraform pull request 23252, released in 0.12.15.
fn is_before_0_12_15(terraform_version: &str) -> bool {
    let Some(patch) = terraform_version.strip_prefix("0.12.") else {
        return false;
    };
    let patch = patch.split('-').next().unwrap_or(patch);
    patch.parse::<u32>().is_ok_and(|patch| patch < 15)
}

fn absolute(depends_on: &Json<'_>, address: &InstanceAddress) -> Option<Json<'static>> {
    let listed = depends_on.value();
    let addresses = legacy::config_addresses(&address.resource.module, listed.as_array()?);
    Some(Json::from(&Value::from_iter(addresses)))
}

fn list<T>(list: Option<Vec<T>>) -> impl Iterator<Item = T> {
    list.into_iter().flatten()
}

/// The value, unless it is missing or null.
fn present<'a>(json: Option<Json<'a>>) -> Option<Json<'a>> {
    json.filter(|json| json.text() != "null")
}

fn output<'a>((name, output): (Cow<'a, str>, OutputJson<'a>)) -> Output<'a> {
    Output {
        name,
        value: output.value.unwrap_or_else(|| Json::from(&Value::Null)),
        value_type: output.value_type,
        sensitive: output.sensitive.unwrap_or(false),
    }
}

/// The check as a state has it.
pub(super) fn check(check: CheckJson<'_>) -> CheckResult<'_> {
    let address = check.address.unwrap_or_default();
    CheckResult {
        object_kind: match address.kind.unwrap_or_default() {
            // The same word as in a state file, so that one query finds both.
            kind if kind == "output_value" => Cow::Borrowed("output"),
            kind => kind,
        },
        config_addr: address.to_display.unwrap_or_default(),
        status: check.status.unwrap_or_default(),
        objects: list(check.instances).map(checked_object).collect(),
    }
}

fn checked_object(object: CheckedJson<'_>) -> CheckedObject<'_> {
    CheckedObject {
        object_addr: object
            .address
            .unwrap_or_default()
            .to_display
            .unwrap_or_default(),
        status: object.status.unwrap_or_default(),
        failure_messages: list(object.problems)
            .filter_map(|problem| problem.message)
            .collect(),
    }
}
