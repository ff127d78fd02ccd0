//! State format version 4, as Terraform and OpenTofu write it.
//!
//! Source: Terraform and OpenTofu `internal/states/statefile/version4.go`.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::address::{InstanceKey, Mode, ModulePath, ResourceAddress};
use super::flatmap;
use super::legacy;
use super::merge::merged;
use super::model::{
    AtHand, CheckResult, CheckedObject, Instance, Json, Output, Parsing, ProviderConfig, Resource,
    Sensitivity, State, StateFormat,
};

/// The whole document. Fields that sgq does not know are passed over.
#[derive(Deserialize)]
pub(super) struct StateV4<'a> {
    version: u64,
    #[serde(borrow)]
    terraform_version: Option<Cow<'a, str>>,
    serial: Option<u64>,
    #[serde(borrow)]
    lineage: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "super::entries::option")]
    outputs: Vec<(Cow<'a, str>, OutputV4<'a>)>,
    #[serde(borrow)]
    resources: Option<Vec<ResourceV4<'a>>>,
    #[serde(borrow)]
    check_results: Option<Json<'a>>,
}

#[derive(Deserialize)]
struct OutputV4<'a> {
    #[serde(borrow)]
    value: Option<Json<'a>>,
    #[serde(borrow, rename = "type")]
    value_type: Option<Json<'a>>,
    #[serde(default)]
    sensitive: Option<bool>,
}

#[derive(Deserialize)]
struct ResourceV4<'a> {
    #[serde(borrow)]
    module: Option<Cow<'a, str>>,
    mode: ModeV4,
    #[serde(borrow, rename = "type")]
    type_name: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    provider: Option<Cow<'a, str>>,
    #[serde(borrow)]
    instances: Option<Vec<InstanceV4<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ModeV4 {
    Managed,
    Data,
}

#[derive(Deserialize)]
struct InstanceV4<'a> {
    #[serde(borrow)]
    index_key: Option<Json<'a>>,
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow)]
    deposed: Option<Cow<'a, str>>,
    schema_version: Option<u64>,
    #[serde(borrow)]
    attributes: Option<Json<'a>>,
    #[serde(borrow)]
    attributes_flat: Option<Json<'a>>,
    #[serde(borrow)]
    sensitive_attributes: Option<Json<'a>>,
    #[serde(borrow)]
    identity: Option<Json<'a>>,
    #[serde(borrow)]
    dependencies: Option<Json<'a>>,
    #[serde(borrow)]
    depends_on: Option<Json<'a>>,
    create_before_destroy: Option<bool>,
    #[serde(borrow)]
    provider: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct CheckV4 {
    object_kind: Option<String>,
    config_addr: Option<String>,
    status: Option<String>,
    objects: Option<Vec<CheckedObjectV4>>,
}

#[derive(Deserialize)]
struct CheckedObjectV4 {
    object_addr: Option<String>,
    status: Option<String>,
    failure_messages: Option<Vec<String>>,
}

/// What the values of instances are, of which a document that was skimmed has only numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Members<'a> {
    /// What stands in the document: it is whole.
    Whole,
    /// What stood in the whole document at the place of that number.
    At {
        /// The whole document.
        document: &'a str,
        /// The places.
        places: &'a [Range<usize>],
        /// Where it is told what shows when a value is parsed.
        parsing: &'a Parsing,
    },
    /// Nothing: the document is not at hand any more.
    Missing,
}

impl<'a> Members<'a> {
    /// The value that a member is or stands for.
    fn value(&self, member: Json<'a>) -> Option<Json<'a>> {
        match self {
            Members::Whole => Some(member),
            Members::Missing => None,
            Members::At {
                document,
                places,
                parsing,
            } => match number(member.text()) {
                Some(number) => {
                    let text = document.get(places.get(number)?.clone())?;
                    Some(Json::unchecked(text, parsing))
                }
                None => Some(member),
            },
        }
    }
}

/// The number of a value that was left out.
fn number(member: &str) -> Option<usize> {
    member.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

impl<'a> StateV4<'a> {
    /// The version the document claims.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// Whether anything but the version says that it is a state.
    pub(super) fn is_plausible(&self) -> bool {
        self.resources.is_some()
            || self.serial.is_some()
            || self.lineage.is_some()
            || self.terraform_version.is_some()
    }

    /// The state, whose instances have `members`; entries of one resource are joined.
    pub(super) fn into_state(self, members: Members<'a>) -> State<'a> {
        State {
            values: match members {
                Members::Whole => AtHand::Checked,
                Members::At { parsing, .. } => AtHand::Unchecked(parsing),
                Members::Missing => AtHand::Missing,
            },
            format: StateFormat::State(self.version),
            format_version: self.version.to_string(),
            terraform_version: self.terraform_version.filter(|version| !version.is_empty()),
            serial: self.serial,
            lineage: self.lineage.filter(|lineage| !lineage.is_empty()),
            resources: merged(
                self.resources
                    .unwrap_or_default()
                    .into_iter()
                    .map(|entry| resource(entry, members))
                    .collect(),
            ),
            outputs: self.outputs.into_iter().map(output).collect(),
            checks: self
                .check_results
                .map(|checks| self::checks(&checks))
                .unwrap_or_default(),
        }
    }
}

fn output<'a>((name, output): (Cow<'a, str>, OutputV4<'a>)) -> Output<'a> {
    Output {
        name,
        value: output.value.unwrap_or_else(|| Json::from(&Value::Null)),
        value_type: output.value_type,
        sensitive: output.sensitive.unwrap_or(false),
    }
}

fn resource<'a>(entry: ResourceV4<'a>, members: Members<'a>) -> Resource<'a> {
    let address = ResourceAddress {
        module: module_path(entry.module.as_deref().unwrap_or_default()),
        mode: match entry.mode {
            ModeV4::Managed => Mode::Managed,
            ModeV4::Data => Mode::Data,
        },
        type_name: entry.type_name.into_owned(),
        name: entry.name.into_owned(),
    };
    let instances: Vec<_> = entry
        .instances
        .unwrap_or_default()
        .into_iter()
        .map(|entry| instance(&address.module, entry, members))
        .collect();
    let provider = entry.provider.as_deref().map(ProviderConfig::parse);
    Resource {
        address,
        provider: provider.or_else(|| {
            instances
                .iter()
                .find_map(|i: &Instance<'_>| i.provider.clone())
        }),
        instances,
    }
}

/// The module's path; text that is no path becomes one step that prints as it stood.
fn module_path(text: &str) -> ModulePath {
    text.parse().unwrap_or_else(|_| ModulePath::verbatim(text))
}

fn instance<'a>(module: &ModulePath, entry: InstanceV4<'a>, members: Members<'a>) -> Instance<'a> {
    let value = |member: Option<Json<'a>>| members.value(member?);
    let has_attributes = (entry.attributes.as_ref()).is_some_and(|json| json.text() != "null");
    let is_flat = !has_attributes && entry.attributes_flat.is_some();
    let attributes = match (value(entry.attributes), value(entry.attributes_flat)) {
        (Some(attributes), _) if attributes.text() != "null" => attributes,
        (_, Some(flat)) => Json::from(&flatmap::expand_json(&flat.value())),
        (Some(null), None) => null,
        (None, None) => Json::empty_object(),
    };
    Instance {
        key: entry.index_key.and_then(|key| index_key(&key)),
        tainted: entry.status.as_deref() == Some("tainted"),
        deposed: entry.deposed.filter(|key| !key.is_empty()),
        schema_version: entry.schema_version,
        create_before_destroy: entry.create_before_destroy.unwrap_or(false),
        provider: entry.provider.as_deref().map(ProviderConfig::parse),
        is_flat,
        attributes,
        sensitivity: Sensitivity::Paths(value(entry.sensitive_attributes)),
        identity: value(entry.identity).filter(|identity| identity.text() != "null"),
        dependencies: value(entry.dependencies)
            .or_else(|| first_dependencies(module, value(entry.depends_on)?.value())),
    }
}

/// Terraform 0.12.0 to 0.12.14 recorded `depends_on`, relative to the module.
fn first_dependencies(module: &ModulePath, depends_on: Value) -> Option<Json<'static>> {
    let addresses = legacy::config_addresses(&module.config(), depends_on.as_array()?);
    Some(Json::from(&Value::from_iter(addresses)))
}

/// A number is a `count` index, a string a `for_each` key; a number that is no whole one keeps its text.
pub(super) fn index_key(key: &Json<'_>) -> Option<InstanceKey> {
    match key.value() {
        Value::String(key) => Some(InstanceKey::String(key)),
        Value::Number(number) => Some(match number.as_i64() {
            Some(index) => InstanceKey::Int(index),
            None => InstanceKey::String(number.to_string()),
        }),
        _ => None,
    }
}

/// The checks that are understood: one that is damaged must not lose the resources.
fn checks(json: &Json<'_>) -> Vec<CheckResult<'static>> {
    let Ok(entries) = serde_json::from_str::<Vec<&RawValue>>(json.text()) else {
        return Vec::new();
    };
    let check = |entry: &&RawValue| serde_json::from_str(entry.get()).ok().map(check);
    entries.iter().filter_map(check).collect()
}

fn check(entry: CheckV4) -> CheckResult<'static> {
    let text = |text: Option<String>| Cow::Owned(text.unwrap_or_default());
    let object = |object: CheckedObjectV4| CheckedObject {
        object_addr: text(object.object_addr),
        status: text(object.status),
        failure_messages: object
            .failure_messages
            .unwrap_or_default()
            .into_iter()
            .map(Cow::Owned)
            .collect(),
    };
    CheckResult {
        object_kind: text(entry.object_kind),
        config_addr: text(entry.config_addr),
        status: text(entry.status),
        objects: entry
            .objects
            .unwrap_or_default()
            .into_iter()
            .map(object)
            .collect(),
    }
}
