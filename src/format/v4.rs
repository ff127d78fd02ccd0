//! State format version 4, as Terraform and OpenTofu write it.
//!
//! Source: Terraform and OpenTofu `internal/states/statefile/version4.go`.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::address::{InstanceKey, Mode, ModulePath, ResourceAddress};
use super::ahead::Elements;
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

/// Resources of a state, or instances of a resource, that were parsed without the rest of its document, and
/// of which nothing but the outline is wanted.
#[derive(Debug)]
pub(super) enum Parsed {
    Resources(Vec<Resource<'static>>),
    Instances(Vec<Instance<'static>>),
}

impl Parsed {
    /// One more element of the list that stands for them, before and after their number. Nothing in what is
    /// left of an outline looks like it: there all values of instances have the number 0.
    pub(super) fn stand_in(&self) -> [&'static [u8]; 2] {
        match self {
            Parsed::Resources(_) => [
                br#",{"mode":"data","type":"","name":"","instances":[{"attributes":"#,
                b"}]}",
            ],
            Parsed::Instances(_) => [br#",{"attributes":"#, b"}"],
        }
    }
}

/// Parses a list of what is left of some resources or instances; `None` where it is none.
pub(super) fn parse_ahead(list: &str, elements: Elements) -> Option<Parsed> {
    match elements {
        Elements::Resources => {
            let entries: Vec<ResourceV4<'_>> = serde_json::from_str(list).ok()?;
            let outlined = |mut entry: ResourceV4<'_>| {
                let instances = entry.instances.take().unwrap_or_default();
                resource(&entry, instances.iter().map(outlined).collect())
            };
            Some(Parsed::Resources(
                entries.into_iter().map(outlined).collect(),
            ))
        }
        Elements::Instances => {
            let entries: Vec<InstanceV4<'_>> = serde_json::from_str(list).ok()?;
            Some(Parsed::Instances(entries.iter().map(outlined).collect()))
        }
    }
    .filter(|parsed| match parsed {
        Parsed::Resources(resources) => !resources.is_empty(),
        Parsed::Instances(instances) => !instances.is_empty(),
    })
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
        self.state(members, &mut [])
    }

    /// The state without the values of its instances, with what was parsed ahead of it.
    pub(super) fn into_outline(self, ahead: impl Iterator<Item = Parsed>) -> State<'a> {
        self.state(Members::Missing, &mut ahead.map(Some).collect::<Vec<_>>())
    }

    fn state(self, members: Members<'a>, ahead: &mut [Option<Parsed>]) -> State<'a> {
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
            resources: merged(resources(
                self.resources.unwrap_or_default(),
                members,
                ahead,
            )),
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

/// The resources of some entries, and those that one stands for.
fn resources<'a>(
    entries: Vec<ResourceV4<'a>>,
    members: Members<'a>,
    ahead: &mut [Option<Parsed>],
) -> Vec<Resource<'a>> {
    let mut all = Vec::with_capacity(entries.len());
    for mut entry in entries {
        let instances = entry.instances.take().unwrap_or_default();
        let parsed = ahead_at(ahead, instances.first())
            .and_then(|parsed| parsed.take_if(|parsed| matches!(parsed, Parsed::Resources(_))));
        if let Some(Parsed::Resources(resources)) = parsed {
            all.extend(resources);
        } else {
            let instances = self::instances(&entry, instances, members, ahead);
            all.push(resource(&entry, instances));
        }
    }
    all
}

/// The instances of some entries of one resource, and those that one stands for.
fn instances<'a>(
    resource: &ResourceV4<'a>,
    entries: Vec<InstanceV4<'a>>,
    members: Members<'a>,
    ahead: &mut [Option<Parsed>],
) -> Vec<Instance<'a>> {
    let module = module_path(resource.module.as_deref().unwrap_or_default());
    let lengths = entries
        .iter()
        .map(|entry| match ahead_at(ahead, Some(entry)) {
            Some(Some(Parsed::Instances(instances))) => instances.len(),
            _ => 1,
        });
    let mut all = Vec::with_capacity(lengths.sum());
    for entry in entries {
        match ahead_at(ahead, Some(&entry)).and_then(Option::take) {
            Some(Parsed::Instances(instances)) => all.extend(instances),
            _ => all.push(instance(&module, entry, members)),
        }
    }
    all
}

/// What was parsed ahead that an instance stands for.
fn ahead_at<'p>(
    ahead: &'p mut [Option<Parsed>],
    entry: Option<&InstanceV4<'_>>,
) -> Option<&'p mut Option<Parsed>> {
    // Most documents have none.
    if ahead.is_empty() {
        return None;
    }
    let number = number(entry?.attributes.as_ref()?.text())?;
    ahead.get_mut(number.checked_sub(1)?)
}

fn resource<'a>(entry: &ResourceV4<'_>, instances: Vec<Instance<'a>>) -> Resource<'a> {
    let address = ResourceAddress {
        module: module_path(entry.module.as_deref().unwrap_or_default()),
        mode: match entry.mode {
            ModeV4::Managed => Mode::Managed,
            ModeV4::Data => Mode::Data,
        },
        type_name: entry.type_name.as_ref().to_owned(),
        name: entry.name.as_ref().to_owned(),
    };
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
    let outlined = outlined(&entry);
    let value = |member: Option<Json<'a>>| members.value(member?);
    let attributes = match (value(entry.attributes), value(entry.attributes_flat)) {
        (Some(attributes), _) if attributes.text() != "null" => attributes,
        (_, Some(flat)) => Json::from(&flatmap::expand_json(&flat.value())),
        (Some(null), None) => null,
        (None, None) => Json::empty_object(),
    };
    Instance {
        attributes,
        sensitivity: Sensitivity::Paths(value(entry.sensitive_attributes)),
        identity: value(entry.identity).filter(|identity| identity.text() != "null"),
        dependencies: value(entry.dependencies).or_else(|| {
            let addresses = first_dependencies(module, &value(entry.depends_on)?.value())?;
            Some(Json::from(&Value::from_iter(addresses)))
        }),
        ..outlined
    }
}

/// An instance without any values.
fn outlined(entry: &InstanceV4<'_>) -> Instance<'static> {
    let has_attributes = (entry.attributes.as_ref()).is_some_and(|json| json.text() != "null");
    let deposed = entry.deposed.as_deref().filter(|key| !key.is_empty());
    Instance {
        key: entry.index_key.as_ref().and_then(index_key),
        tainted: entry.status.as_deref() == Some("tainted"),
        deposed: deposed.map(|key| Cow::Owned(key.to_owned())),
        schema_version: entry.schema_version,
        create_before_destroy: entry.create_before_destroy.unwrap_or(false),
        provider: entry.provider.as_deref().map(ProviderConfig::parse),
        is_flat: !has_attributes && entry.attributes_flat.is_some(),
        attributes: Json::empty_object(),
        sensitivity: Sensitivity::Paths(None),
        identity: None,
        dependencies: None,
    }
}

/// Terraform 0.12.0 to 0.12.14 recorded `depends_on`, relative to the module: the config addresses it names.
pub(super) fn first_dependencies(module: &ModulePath, depends_on: &Value) -> Option<Vec<String>> {
    let depends_on = depends_on.as_array()?;
    Some(legacy::config_addresses(&module.config(), depends_on))
}

/// A number is a `count` index, a string a `for_each` key; a number that is no whole one keeps its text.
pub(super) fn index_key(key: &Json<'_>) -> Option<InstanceKey> {
    // Nearly every key reads as it is written.
    let plain = |text: &&str| {
        text.bytes()
            .all(|byte| byte >= b' ' && !b"\\\"".contains(&byte))
    };
    let quoted = key.text().strip_prefix('"');
    if let Some(text) = quoted.and_then(|text| text.strip_suffix('"')).filter(plain) {
        return Some(InstanceKey::String(text.to_owned()));
    }
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
