//! A plan's content as it may be shown, on its own.

use std::collections::HashSet;

use serde_json::Value;

use super::drift::{self, RelevantByResource, ShownDrift};
use super::unknown;
use super::{Change, OutputChange, Plan};
use crate::format::address::InstanceKey;
use crate::format::changes::{Recording, changes, visible_depth};
use crate::format::model::{Instance, Json, Resource};
use crate::format::path::{AttributePath, PathStep};
use crate::format::redact::{Redacted, Redaction, ShownOutput, hide_alike};

/// A plan's content as it may be shown.
#[derive(Debug)]
pub struct ShownPlan {
    /// The version of the format it is written in.
    pub format_version: Option<String>,
    /// The version of Terraform or OpenTofu that made it.
    pub terraform_version: Option<String>,
    /// When it was made, in RFC 3339; before Terraform 1.5 plans do not say.
    pub timestamp: Option<String>,
    /// Whether there is something to apply; only since Terraform 1.8.
    pub applyable: Option<bool>,
    /// Whether it covers all that is configured; only since Terraform 1.8.
    pub complete: Option<bool>,
    /// Whether an error ended the planning.
    pub errored: Option<bool>,
    /// What is planned for each object, in the plan's order.
    pub changes: Vec<ShownChange>,
    /// What happened to objects since the last run, in the plan's order.
    pub drift_changes: Vec<ShownChange>,
    /// The same by attribute.
    pub drift: Vec<ShownDrift>,
    /// What is planned for the root outputs.
    pub outputs: Vec<ShownOutputChange>,
    /// The checks, one entry for each object or for a check without any.
    pub checks: Vec<ShownPlanCheck>,
    /// The attributes that had a part in what is planned.
    pub relevant: Vec<RelevantAttribute>,
}

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is created.
    Create,
    /// A data source is read.
    Read,
    /// It is changed in place.
    Update,
    /// It is destroyed and created, in either order, or created anew while the old one is forgotten.
    Replace,
    /// It is destroyed.
    Delete,
    /// It is left alone from now on.
    Forget,
}

impl Action {
    /// What a plan's list of actions comes to; `None` for one that is not known.
    fn of(actions: &[String]) -> Option<Action> {
        let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
        Some(match actions.as_slice() {
            ["no-op"] => Action::NoOp,
            ["create"] => Action::Create,
            ["read"] => Action::Read,
            ["update"] => Action::Update,
            ["delete", "create"] | ["create", "delete" | "forget"] | ["forget", "create"] => {
                Action::Replace
            }
            ["delete"] => Action::Delete,
            ["forget"] => Action::Forget,
            _ => return None,
        })
    }

    /// The word for it in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::NoOp => "no-op",
            Action::Create => "create",
            Action::Read => "read",
            Action::Update => "update",
            Action::Replace => "replace",
            Action::Delete => "delete",
            Action::Forget => "forget",
        }
    }
}

/// What is planned for one object.
#[derive(Debug)]
pub struct ShownChange {
    /// Its address, as the plan writes it.
    pub address: String,
    /// Its address before it was moved.
    pub previous_address: Option<String>,
    /// The address of its resource.
    pub resource_address: String,
    /// The path of its module; `None` at the root.
    pub module: Option<String>,
    /// `managed` or `data`.
    pub mode: &'static str,
    /// Its resource type.
    pub type_name: String,
    /// The name of its resource.
    pub name: String,
    /// Its key under `count` or `for_each`.
    pub key: Option<InstanceKey>,
    /// The source address of its provider.
    pub provider: Option<String>,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// What is done to it; `None` where the plan says what is not known.
    pub action: Option<Action>,
    /// The same as the plan says it: one or two words.
    pub actions: Vec<String>,
    /// Why.
    pub action_reason: Option<String>,
    /// The attributes that cannot be changed in place.
    pub replace_paths: Vec<String>,
    /// The attributes that change, those that are not known yet among them; none where the object is
    /// not there before or after.
    pub changed_paths: Vec<String>,
    /// It, before; JSON.
    pub before: Option<String>,
    /// It, after, without what is not known yet; JSON.
    pub after: Option<String>,
    /// What is not known yet, `true` in the shape of the values; JSON.
    pub after_unknown: Option<String>,
    /// What it is imported by; JSON.
    pub importing: Option<String>,
    /// The configuration that was generated for it.
    pub generated_config: Option<String>,
}

impl ShownChange {
    /// Whether a replacement is created before the old object is destroyed; `None` where there is none.
    pub fn creates_before_destroy(&self) -> Option<bool> {
        (self.action == Some(Action::Replace))
            .then(|| self.actions.first().is_some_and(|first| first == "create"))
    }

    /// Whether the real object is destroyed: it is deleted, or replaced and not forgotten.
    pub fn destroys(&self) -> bool {
        self.mode == "managed" && self.actions.iter().any(|action| action == "delete")
    }
}

/// What is planned for one root output.
#[derive(Debug)]
pub struct ShownOutputChange {
    /// Its name.
    pub name: String,
    /// What is done to it; `None` where the plan says what is not known.
    pub action: Option<Action>,
    /// Its value before; JSON.
    pub before: Option<String>,
    /// Its value after, as far as it is known; JSON.
    pub after: Option<String>,
    /// What is not known yet; JSON.
    pub after_unknown: Option<String>,
    /// Whether it is marked as sensitive, before or after.
    pub sensitive: bool,
}

/// A check, or one object that it was made on.
#[derive(Debug)]
pub struct ShownPlanCheck {
    /// `resource`, `output`, `check` or `var`.
    pub object_kind: String,
    /// The address in the configuration.
    pub config_addr: String,
    /// The status of the check: `pass`, `fail`, `error` or `unknown`.
    pub status: String,
    /// The object's address.
    pub object_addr: Option<String>,
    /// The status of the object.
    pub object_status: Option<String>,
    /// What the failed conditions say.
    pub failure_messages: Vec<String>,
}

/// An attribute that had a part in what is planned.
#[derive(Debug)]
pub struct RelevantAttribute {
    /// The address of its resource or instance.
    pub resource: String,
    /// Which attribute.
    pub path: AttributePath,
}

impl Plan<'_> {
    /// The plan's content as it may be shown.
    pub fn shown(&self, redaction: &Redaction) -> ShownPlan {
        let redacted = redaction.of(&self.objects);
        let relevant = self.relevant(&redacted);
        ShownPlan {
            format_version: self.format_version.clone(),
            terraform_version: self.head.terraform_version.clone(),
            timestamp: self.head.timestamp.clone(),
            applyable: self.head.applyable,
            complete: self.head.complete,
            errored: self.head.errored,
            changes: self.all_shown(&self.changes, &redacted),
            drift_changes: self.all_shown(&self.drift, &redacted),
            drift: self.drift(&redacted, &relevant),
            outputs: self.shown_outputs(&redacted),
            checks: shown_checks(&redacted),
            relevant,
        }
    }

    fn all_shown(&self, changes: &[Change<'_>], redacted: &Redacted<'_>) -> Vec<ShownChange> {
        let changes = changes.iter();
        changes
            .map(|change| self.shown_change(change, redacted))
            .collect()
    }

    fn shown_change(&self, change: &Change<'_>, redacted: &Redacted<'_>) -> ShownChange {
        let resource = &self.objects.resources[change.resource];
        let shown = |side: Option<&Instance<'_>>| Some(redacted.attributes(resource, side?));
        let (old, new) = (side(resource, change.before), side(resource, change.after));
        let (mut before, mut after) = (shown(old), shown(new));
        if let (Some(before), Some(after)) = (&mut before, &mut after) {
            hide_alike(before, after);
        }
        let is_told = |path: &[PathStep]| {
            let depth = |value: &Option<Value>| {
                value
                    .as_ref()
                    .map_or(path.len(), |value| visible_depth(value, path))
            };
            depth(&before).min(depth(&after))
        };
        let unknown = change.after_unknown.as_ref().map(|mask| {
            let mut mask = mask.value();
            for instance in [old, new].into_iter().flatten() {
                redacted.collapse_marked(resource, instance, &mut mask);
            }
            redacted.conventional(unknown::as_shown(mask, before.as_ref(), after.as_ref()))
        });
        let text = |value: Option<Value>| value.map(|value| value.to_string());
        let replace_paths = change.replace_paths.as_ref().map(Json::value);
        ShownChange {
            address: change.address.clone(),
            previous_address: change.previous_address.clone(),
            resource_address: resource.address.to_string(),
            module: (!resource.module().is_root()).then(|| resource.module().to_string()),
            mode: resource.mode().as_str(),
            type_name: resource.address.type_name.clone(),
            name: resource.address.name.clone(),
            key: change.key.clone(),
            provider: resource
                .provider
                .as_ref()
                .map(|provider| provider.source.clone()),
            deposed: change.deposed.clone(),
            action: Action::of(&change.actions),
            actions: change.actions.clone(),
            action_reason: change.action_reason.clone(),
            replace_paths: steps_lists(replace_paths.as_ref())
                .map(|mut path| {
                    path.truncate(is_told(&path));
                    AttributePath(path).to_string()
                })
                .collect(),
            changed_paths: self.changed_paths(change, redacted, unknown.as_ref()),
            before: text(before),
            after: text(after),
            after_unknown: text(unknown),
            importing: change
                .importing
                .as_ref()
                .map(|importing| redacted.conventional(importing.value()).to_string()),
            generated_config: change
                .generated_config
                .as_ref()
                .map(|config| redacted.configuration(config)),
        }
    }

    fn changed_paths(
        &self,
        change: &Change<'_>,
        redacted: &Redacted<'_>,
        unknown: Option<&Value>,
    ) -> Vec<String> {
        let resource = &self.objects.resources[change.resource];
        let (Some(before), Some(after)) =
            (side(resource, change.before), side(resource, change.after))
        else {
            return Vec::new();
        };
        let recording = |instance| Recording {
            redacted,
            resource,
            instance,
        };
        let changed = changes(recording(before), recording(after));
        let mut paths: Vec<AttributePath> = changed.into_iter().map(|it| it.path).collect();
        let known: HashSet<Vec<PathStep>> = paths.iter().map(|path| path.0.clone()).collect();
        let is_new =
            |path: &Vec<PathStep>| !(0..=path.len()).any(|depth| known.contains(&path[..depth]));
        let unknown = unknown.map(unknown::paths).unwrap_or_default();
        paths.extend(unknown.into_iter().filter(is_new).map(AttributePath));
        paths.iter().map(ToString::to_string).collect()
    }

    fn drift(&self, redacted: &Redacted<'_>, relevant: &[RelevantAttribute]) -> Vec<ShownDrift> {
        let unchanged: HashSet<(&str, Option<&str>)> = self
            .changes
            .iter()
            .filter(|change| Action::of(&change.actions) == Some(Action::NoOp))
            .map(|change| (change.address.as_str(), change.deposed.as_deref()))
            .collect();
        let mut by_resource = RelevantByResource::new();
        for attribute in relevant {
            let of_resource = by_resource.entry(&attribute.resource).or_default();
            of_resource.push(&attribute.path);
        }
        let mut rows = Vec::new();
        for change in &self.drift {
            let resource = &self.objects.resources[change.resource];
            let recording = |instance| Recording {
                redacted,
                resource,
                instance,
            };
            let subject = drift::Subject {
                address: &change.address,
                resource_address: resource.address.to_string(),
                type_name: &resource.address.type_name,
                deposed: change.deposed.as_deref(),
                is_unchanged: unchanged.contains(&(&change.address, change.deposed.as_deref())),
                is_moved: change.previous_address.is_some(),
                action: Action::of(&change.actions),
                before: side(resource, change.before).map(recording),
                after: side(resource, change.after).map(recording),
                evidence: change.evidence,
            };
            subject.rows(&by_resource, &mut rows);
        }
        rows
    }

    fn shown_outputs(&self, redacted: &Redacted<'_>) -> Vec<ShownOutputChange> {
        let outputs: Vec<ShownOutput<'_>> = redacted.outputs().collect();
        let shown = |change: &OutputChange<'_>| {
            let (before, after) = (outputs.get(change.before)?, outputs.get(change.before + 1)?);
            let unknown = change.after_unknown.as_ref().map(Json::value);
            let unknown = unknown
                .map(|mask| unknown::as_shown(mask, Some(&before.value), Some(&after.value)));
            let unknown = unknown.map(|mask| match change.sensitive {
                true => Value::Bool(unknown::covers_any(&mask)),
                false => redacted.conventional(mask),
            });
            let text = |value: &Value| (!value.is_null()).then(|| value.to_string());
            Some(ShownOutputChange {
                name: change.name.clone(),
                action: Action::of(&change.actions),
                before: text(&before.value),
                after: text(&after.value),
                after_unknown: unknown.map(|mask| mask.to_string()),
                sensitive: change.sensitive,
            })
        };
        self.output_changes.iter().filter_map(shown).collect()
    }

    fn relevant(&self, redacted: &Redacted<'_>) -> Vec<RelevantAttribute> {
        let attribute = |attribute: &Json<'_>| match attribute.value() {
            Value::Array(steps) => steps
                .iter()
                .map(|step| shown_step(step, redacted))
                .collect(),
            _ => Vec::new(),
        };
        let relevant = self.relevant.iter();
        let relevant = relevant.map(|relevant| RelevantAttribute {
            resource: relevant.resource.clone(),
            path: AttributePath(
                relevant
                    .attribute
                    .as_ref()
                    .map(attribute)
                    .unwrap_or_default(),
            ),
        });
        relevant.collect()
    }
}

fn side<'p, 'a>(resource: &'p Resource<'a>, position: Option<usize>) -> Option<&'p Instance<'a>> {
    resource.instances.get(position?)
}

/// The paths of a list of lists of steps, as plans write them.
fn steps_lists(paths: Option<&Value>) -> impl Iterator<Item = Vec<PathStep>> {
    let paths = paths.and_then(Value::as_array).into_iter().flatten();
    paths.map(|path| {
        let steps = path.as_array().into_iter().flatten();
        steps.map(step).collect()
    })
}

/// A step is an attribute's name or a key, or the number of a list's item.
fn step(step: &Value) -> PathStep {
    match step {
        Value::String(key) => PathStep::Key(key.clone()),
        other => match other.as_u64().and_then(|index| usize::try_from(index).ok()) {
            Some(index) => PathStep::Index(index),
            None => PathStep::Key(other.to_string()),
        },
    }
}

/// A step of a path of which the value is not at hand.
fn shown_step(value: &Value, redacted: &Redacted<'_>) -> PathStep {
    match step(value) {
        PathStep::Key(key) => match redacted.conventional(Value::String(key)) {
            Value::String(shown) => PathStep::Key(shown),
            other => PathStep::Key(other.to_string()),
        },
        index => index,
    }
}

fn shown_checks(redacted: &Redacted<'_>) -> Vec<ShownPlanCheck> {
    let mut rows = Vec::new();
    for check in redacted.checks() {
        let row = || ShownPlanCheck {
            object_kind: check.object_kind.to_owned(),
            config_addr: check.config_addr.to_owned(),
            status: check.status.to_owned(),
            object_addr: None,
            object_status: None,
            failure_messages: Vec::new(),
        };
        if check.objects.is_empty() {
            rows.push(row());
        }
        for object in &check.objects {
            rows.push(ShownPlanCheck {
                object_addr: Some(object.object_addr.to_owned()),
                object_status: Some(object.status.to_owned()),
                failure_messages: object.failure_messages.clone(),
                ..row()
            });
        }
    }
    rows
}
