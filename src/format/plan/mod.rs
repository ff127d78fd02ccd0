//! Plans: what Terraform means to do and what it saw, as `terraform show -json PLAN` prints it or as
//! the file of `terraform plan -out` holds it.
//!
//! All values of a plan are kept as if they were the objects of one state, so that what is hidden
//! there, and every copy of it elsewhere in the plan, is hidden by the same rules.

mod archive;
#[cfg(test)]
mod archive_tests;
mod config;
mod drift;
mod json;
mod lock_file;
mod manifest;
mod message;
mod msgpack;
mod protobuf;
mod refreshed;
mod shown;
#[cfg(test)]
mod tests;
mod unknown;

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

pub use self::archive::{PlanArchive, is_plan_archive};
pub use self::drift::{Evidence, Insignificance, ShownDrift};
pub(super) use self::json::read;
pub use self::lock_file::{LockedProvider, locked_providers};
pub use self::manifest::{ModuleSource, module_sources};
pub use self::shown::{
    Action, RelevantAttribute, ShownChange, ShownOutputChange, ShownPlan, ShownPlanCheck,
};
use super::address::{InstanceAddress, InstanceKey, Mode, ModulePath, ResourceAddress};
use super::changes::object_key;
use super::model::{
    AtHand, Instance, Json, Output, ProviderConfig, Resource, Sensitivity, State, StateFormat,
};
use super::remote::{Digest, Digester};

/// A plan, read but not yet redacted.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The version of the format it is written in.
    pub format_version: Option<String>,
    /// The workspace it was made in, where it says so.
    pub workspace: Option<String>,
    head: Head,
    /// All its objects, outputs, variables and checks: those of the changes first, each resource one
    /// object before and after its change.
    objects: State<'a>,
    changes: Vec<Change<'a>>,
    drift: Vec<Change<'a>>,
    output_changes: Vec<OutputChange<'a>>,
    relevant: Vec<Relevant>,
    /// Which of the objects' resources are those of the state that the plan began with.
    prior: Range<usize>,
}

/// What a plan says of itself.
#[derive(Debug, Default)]
struct Head {
    terraform_version: Option<String>,
    timestamp: Option<String>,
    applyable: Option<bool>,
    complete: Option<bool>,
    errored: Option<bool>,
}

/// A change of one object.
#[derive(Debug)]
struct Change<'a> {
    address: String,
    previous_address: Option<String>,
    key: Option<InstanceKey>,
    deposed: Option<String>,
    /// The position of its resource among the plan's objects, and which of that one's instances are the
    /// object before and after.
    resource: usize,
    before: Option<usize>,
    after: Option<usize>,
    actions: Vec<String>,
    action_reason: Option<String>,
    after_unknown: Option<Json<'a>>,
    replace_paths: Option<Json<'a>>,
    importing: Option<Json<'a>>,
    generated_config: Option<String>,
    evidence: Evidence,
}

/// A change of a root output; its values are two of the plan's outputs, one after the other.
#[derive(Debug)]
struct OutputChange<'a> {
    name: String,
    actions: Vec<String>,
    /// The position of the value before among the plan's outputs.
    before: usize,
    after_unknown: Option<Json<'a>>,
    sensitive: bool,
}

/// An attribute that the plan says had a part in what is planned.
#[derive(Debug)]
struct Relevant {
    resource: String,
    attribute: Option<Json<'static>>,
}

/// One side of a change, not yet part of a plan.
#[derive(Debug)]
struct Side<'a> {
    value: Json<'a>,
    sensitivity: Sensitivity<'a>,
    identity: Option<Json<'a>>,
}

/// A change that is not yet part of a plan.
#[derive(Debug)]
struct Draft<'a> {
    address: String,
    previous_address: Option<String>,
    object: InstanceAddress,
    provider: Option<ProviderConfig>,
    deposed: Option<String>,
    before: Option<Side<'a>>,
    after: Option<Side<'a>>,
    actions: Vec<String>,
    action_reason: Option<String>,
    after_unknown: Option<Json<'a>>,
    replace_paths: Option<Json<'a>>,
    importing: Option<Json<'a>>,
    generated_config: Option<String>,
    evidence: Evidence,
}

/// A change of an output that is not yet part of a plan.
#[derive(Debug)]
struct OutputDraft<'a> {
    name: String,
    actions: Vec<String>,
    before: Json<'a>,
    after: Json<'a>,
    after_unknown: Option<Json<'a>>,
    sensitive: bool,
}

impl<'a> Plan<'a> {
    /// A plan without any content.
    fn new(format_version: Option<String>, workspace: Option<String>, head: Head) -> Plan<'a> {
        Plan {
            workspace,
            objects: State {
                format: StateFormat::ShowJson,
                format_version: format_version.clone().unwrap_or_default(),
                terraform_version: head.terraform_version.clone().map(Cow::Owned),
                serial: None,
                lineage: None,
                resources: Vec::new(),
                outputs: Vec::new(),
                checks: Vec::new(),
                values: AtHand::Checked,
            },
            format_version,
            head,
            changes: Vec::new(),
            drift: Vec::new(),
            output_changes: Vec::new(),
            relevant: Vec::new(),
            prior: 0..0,
        }
    }

    fn add_change(&mut self, draft: Draft<'a>) {
        let change = self.change(draft);
        self.changes.push(change);
    }

    fn add_drift(&mut self, draft: Draft<'a>) {
        let change = self.change(draft);
        self.drift.push(change);
    }

    fn change(&mut self, draft: Draft<'a>) -> Change<'a> {
        let mut instances = Vec::new();
        let mut position = |side: Option<Side<'a>>| {
            side.map(|side| {
                instances.push(Instance {
                    key: draft.object.key.clone(),
                    tainted: false,
                    deposed: draft.deposed.clone().map(Cow::Owned),
                    schema_version: None,
                    create_before_destroy: false,
                    provider: None,
                    is_flat: false,
                    attributes: side.value,
                    sensitivity: side.sensitivity,
                    identity: side.identity,
                    dependencies: None,
                });
                instances.len() - 1
            })
        };
        let (before, after) = (position(draft.before), position(draft.after));
        self.objects.resources.push(Resource {
            address: draft.object.resource,
            provider: draft.provider,
            instances,
        });
        Change {
            address: draft.address,
            previous_address: draft.previous_address,
            key: draft.object.key,
            deposed: draft.deposed,
            resource: self.objects.resources.len() - 1,
            before,
            after,
            actions: draft.actions,
            action_reason: draft.action_reason,
            after_unknown: draft.after_unknown,
            replace_paths: draft.replace_paths,
            importing: draft.importing,
            generated_config: draft.generated_config,
            evidence: draft.evidence,
        }
    }

    fn add_output_change(&mut self, draft: OutputDraft<'a>) {
        let before = self.objects.outputs.len();
        for value in [draft.before, draft.after] {
            self.add_value(draft.name.clone(), value, draft.sensitive);
        }
        self.output_changes.push(OutputChange {
            name: draft.name,
            actions: draft.actions,
            before,
            after_unknown: draft.after_unknown,
            sensitive: draft.sensitive,
        });
    }

    /// Adds a value that is not shown, for the secrets in it.
    fn add_value(&mut self, name: String, value: Json<'a>, sensitive: bool) {
        self.objects.outputs.push(Output {
            name: Cow::Owned(name),
            value,
            value_type: None,
            sensitive,
        });
    }

    /// Adds what a state holds, for its secrets.
    fn add_state(&mut self, state: State<'a>) {
        self.objects.resources.extend(state.resources);
        self.objects.outputs.extend(state.outputs);
    }

    /// Adds the state that the plan began with.
    fn add_prior_state(&mut self, state: State<'a>) {
        let first = self.objects.resources.len();
        self.add_state(state);
        self.prior = first..self.objects.resources.len();
    }

    /// The addresses of the managed objects that were there before, each with what stands for the real
    /// object; those without an id are left out.
    pub fn objects_before(&self, digester: &Digester) -> HashSet<(String, Digest)> {
        let pair = |resource: &Resource<'_>, instance: &Instance<'_>| {
            let is_current = resource.mode() == Mode::Managed && instance.deposed.is_none();
            let key = is_current.then(|| object_key(resource, instance, digester))??;
            Some((resource.instance_address(instance).to_string(), key))
        };
        let prior = self.objects.resources[self.prior.clone()].iter();
        let prior = prior.flat_map(|resource| {
            let instances = resource.instances.iter();
            instances.filter_map(move |instance| pair(resource, instance))
        });
        let before = self.changes.iter().filter_map(|change| {
            let resource = &self.objects.resources[change.resource];
            let (_, key) = pair(resource, &resource.instances[change.before?])?;
            // The state has what is moved where it was.
            let address = change.previous_address.as_ref().unwrap_or(&change.address);
            Some((address.clone(), key))
        });
        prior.chain(before).collect()
    }
}

/// Where an object stands, as its address says or, where that is none, as its parts do.
fn object_address(address: &str, parts: Option<ResourceAddress>) -> InstanceAddress {
    match (address.parse::<InstanceAddress>(), parts) {
        (Ok(parsed), _) => parsed,
        (Err(_), Some(resource)) => InstanceAddress {
            resource,
            key: None,
        },
        (Err(_), None) => InstanceAddress {
            resource: ResourceAddress {
                module: ModulePath::default(),
                mode: Mode::Managed,
                type_name: String::new(),
                name: address.to_owned(),
            },
            key: None,
        },
    }
}
