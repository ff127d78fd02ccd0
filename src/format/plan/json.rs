//! The output of `terraform show -json PLAN`, from the versions before 0.12 to today's.
//!
//! Source: Terraform and OpenTofu `internal/command/jsonplan/plan.go`.

use std::borrow::Cow;

use serde::Deserialize;

use super::unknown::covers_any;
use super::{Draft, Evidence, Head, OutputDraft, Plan, Relevant, Side, object_address};
use crate::format::address::{Mode, ModulePath, ResourceAddress};
use crate::format::model::{Json, ProviderConfig, Sensitivity};
use crate::format::show_json;
use crate::format::v4::index_key;

/// Reads the document.
///
/// # Errors
///
/// When it is not of the shape that plans have.
pub(in crate::format) fn read(text: &str) -> Result<Plan<'_>, serde_json::Error> {
    let document: Document<'_> = serde_json::from_str(text)?;
    Ok(document.into_plan())
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(alias = "plan_format_version")]
    format_version: Option<String>,
    terraform_version: Option<String>,
    timestamp: Option<String>,
    applyable: Option<bool>,
    complete: Option<bool>,
    errored: Option<bool>,
    #[serde(borrow)]
    resource_changes: Option<Vec<ChangeJson<'a>>>,
    #[serde(borrow)]
    resource_drift: Option<Vec<ChangeJson<'a>>>,
    #[serde(borrow, default, deserialize_with = "crate::format::entries::option")]
    output_changes: Vec<(String, ChangeValues<'a>)>,
    #[serde(borrow)]
    prior_state: Option<show_json::Document<'a>>,
    #[serde(borrow)]
    planned_values: Option<show_json::Values<'a>>,
    #[serde(borrow, default, deserialize_with = "crate::format::entries::option")]
    variables: Vec<(String, Variable<'a>)>,
    #[serde(borrow)]
    configuration: Option<Configuration<'a>>,
    relevant_attributes: Option<Vec<RelevantJson>>,
    #[serde(borrow)]
    checks: Option<Vec<show_json::CheckJson<'a>>>,
}

#[derive(Deserialize)]
struct ChangeJson<'a> {
    #[serde(borrow)]
    address: Option<Cow<'a, str>>,
    previous_address: Option<String>,
    #[serde(borrow)]
    module_address: Option<Cow<'a, str>>,
    #[serde(borrow)]
    mode: Option<Cow<'a, str>>,
    #[serde(rename = "type")]
    type_name: Option<String>,
    name: Option<String>,
    #[serde(borrow)]
    index: Option<Json<'a>>,
    #[serde(borrow)]
    provider_name: Option<Cow<'a, str>>,
    /// A key; `true` or `false` before 0.12 was released.
    #[serde(borrow)]
    deposed: Option<Json<'a>>,
    action_reason: Option<String>,
    #[serde(borrow)]
    change: Option<ChangeValues<'a>>,
}

#[derive(Default, Deserialize)]
struct ChangeValues<'a> {
    actions: Option<Vec<String>>,
    #[serde(borrow)]
    before: Option<Json<'a>>,
    #[serde(borrow)]
    after: Option<Json<'a>>,
    #[serde(borrow)]
    after_unknown: Option<Json<'a>>,
    #[serde(borrow)]
    before_sensitive: Option<Json<'a>>,
    #[serde(borrow)]
    after_sensitive: Option<Json<'a>>,
    #[serde(borrow)]
    replace_paths: Option<Json<'a>>,
    #[serde(borrow)]
    importing: Option<Json<'a>>,
    generated_config: Option<String>,
    #[serde(borrow)]
    before_identity: Option<Json<'a>>,
    #[serde(borrow)]
    after_identity: Option<Json<'a>>,
}

#[derive(Deserialize)]
struct Variable<'a> {
    #[serde(borrow)]
    value: Option<Json<'a>>,
}

#[derive(Deserialize)]
struct Configuration<'a> {
    #[serde(borrow)]
    root_module: Option<RootModule<'a>>,
}

#[derive(Deserialize)]
struct RootModule<'a> {
    #[serde(borrow, default, deserialize_with = "crate::format::entries::option")]
    variables: Vec<(String, VariableConfig<'a>)>,
}

#[derive(Deserialize)]
struct VariableConfig<'a> {
    sensitive: Option<bool>,
    #[serde(borrow)]
    default: Option<Json<'a>>,
}

#[derive(Deserialize)]
struct RelevantJson {
    resource: Option<String>,
    attribute: Option<serde_json::Value>,
}

impl<'a> Document<'a> {
    fn into_plan(self) -> Plan<'a> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let head = Head {
            terraform_version: filled(self.terraform_version),
            timestamp: filled(self.timestamp),
            applyable: self.applyable,
            complete: self.complete,
            errored: self.errored,
        };
        let mut plan = Plan::new(filled(self.format_version), None, head);
        for change in list(self.resource_changes) {
            plan.add_change(change.draft());
        }
        for change in list(self.resource_drift) {
            plan.add_drift(change.draft());
        }
        for (name, change) in self.output_changes {
            plan.add_output_change(change.output(name));
        }
        for (name, config) in self
            .configuration
            .and_then(|it| it.root_module)
            .map(|it| it.variables)
            .unwrap_or_default()
        {
            if config.sensitive != Some(true) {
                continue;
            }
            let given = self.variables.iter().filter(|(given, _)| *given == name);
            let given = given.filter_map(|(_, variable)| variable.value.clone());
            for value in given.chain(config.default) {
                plan.add_value(name.clone(), value, true);
            }
        }
        if let Some(values) = self.planned_values {
            plan.add_state(show_json::planned(
                values,
                plan.head.terraform_version.as_deref(),
            ));
        }
        if let Some(prior) = self.prior_state {
            plan.add_prior_state(show_json::state(prior));
        }
        plan.objects.checks = list(self.checks).map(show_json::check).collect();
        plan.relevant = list(self.relevant_attributes)
            .filter_map(RelevantJson::read)
            .collect();
        plan
    }
}

impl<'a> ChangeJson<'a> {
    fn draft(self) -> Draft<'a> {
        let parts = self.parts();
        let deposed = self.deposed.as_ref().map(Json::value);
        let deposed = deposed.and_then(|key| key.as_str().map(str::to_owned));
        let provider = self
            .provider_name
            .as_deref()
            .filter(|name| !name.is_empty());
        let change = self.change.unwrap_or_default();
        let address = match &self.address {
            Some(address) => address.clone().into_owned(),
            None => parts.as_ref().map(ToString::to_string).unwrap_or_default(),
        };
        let mut object = object_address(&address, parts.clone());
        // What the plan says of the parts counts, for what is hidden hangs on the type.
        if let Some(parts) = parts {
            object.resource = parts;
        }
        if let Some(key) = self.index.as_ref().and_then(index_key) {
            object.key = Some(key);
        }
        Draft {
            previous_address: self
                .previous_address
                .filter(|previous| !previous.is_empty()),
            object,
            provider: provider.map(ProviderConfig::parse),
            deposed: deposed.filter(|key| !key.is_empty()),
            before: side(
                change.before,
                change.before_sensitive,
                change.before_identity,
            ),
            after: side(change.after, change.after_sensitive, change.after_identity),
            actions: change.actions.unwrap_or_default(),
            action_reason: self.action_reason.filter(|reason| !reason.is_empty()),
            after_unknown: present(change.after_unknown),
            replace_paths: present(change.replace_paths),
            importing: present(change.importing),
            generated_config: change.generated_config.filter(|text| !text.is_empty()),
            evidence: Evidence::ResourceDrift,
            address,
        }
    }

    /// The resource that its parts name, where they do.
    fn parts(&self) -> Option<ResourceAddress> {
        let module = self.module_address.as_deref().unwrap_or_default();
        Some(ResourceAddress {
            module: module
                .parse()
                .unwrap_or_else(|_| ModulePath::verbatim(module)),
            mode: match self.mode.as_deref() {
                Some("data") => Mode::Data,
                _ => Mode::Managed,
            },
            type_name: self.type_name.clone()?,
            name: self.name.clone()?,
        })
    }
}

impl<'a> ChangeValues<'a> {
    fn output(self, name: String) -> OutputDraft<'a> {
        let is_marked =
            |mask: &Option<Json<'_>>| mask.as_ref().is_some_and(|mask| covers_any(&mask.value()));
        let null = || Json::from(&serde_json::Value::Null);
        OutputDraft {
            name,
            sensitive: is_marked(&self.before_sensitive) || is_marked(&self.after_sensitive),
            actions: self.actions.unwrap_or_default(),
            before: self.before.unwrap_or_else(null),
            after: self.after.unwrap_or_else(null),
            after_unknown: present(self.after_unknown),
        }
    }
}

impl RelevantJson {
    fn read(self) -> Option<Relevant> {
        Some(Relevant {
            resource: self.resource?,
            attribute: self.attribute.as_ref().map(Json::from),
        })
    }
}

/// One side of a change; null is none.
fn side<'a>(
    value: Option<Json<'a>>,
    mask: Option<Json<'a>>,
    identity: Option<Json<'a>>,
) -> Option<Side<'a>> {
    Some(Side {
        value: present(value)?,
        sensitivity: Sensitivity::Mask(present(mask)),
        identity: present(identity),
    })
}

fn list<T>(list: Option<Vec<T>>) -> impl Iterator<Item = T> {
    list.into_iter().flatten()
}

/// The value, unless it is missing or null.
fn present<'a>(json: Option<Json<'a>>) -> Option<Json<'a>> {
    json.filter(|json| json.text() != "null")
}
