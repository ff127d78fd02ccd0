//! The plan of a binary plan file, as `terraform show -json` would tell it.
//!
//! Source: Terraform `internal/plans/planfile/tfplan.go`, `internal/command/jsonplan/plan.go`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use prost::Message;
use serde_json::{Map, Value};

use super::message::{
    Change, CheckResults, CheckStatus, DynamicValue, Path, PlanMessage, REFRESH_ONLY,
    ResourceInstanceChange, Selector, Step,
};
use super::msgpack::{Decoded, decode};
use super::{Draft, Evidence, Head, OutputDraft, Plan, Relevant, Side, object_address};
use crate::format::address::{InstanceAddress, Mode};
use crate::format::model::{CheckResult, CheckedObject, Json, ProviderConfig, Sensitivity};

/// The only version that Terraform 0.12 and later, and OpenTofu, write.
const VERSION: u64 = 3;

/// Reads the message.
///
/// # Errors
///
/// Says in a few words what is wrong.
pub(super) fn message(bytes: &[u8]) -> Result<PlanMessage, &'static str> {
    let message =
        PlanMessage::decode(bytes).map_err(|_| "its entry tfplan breaks off or is wrong")?;
    match message.version {
        VERSION => Ok(message),
        _ => Err("its entry tfplan is of a version that no released Terraform writes"),
    }
}

/// The plan, with the values of variables that are `sensitive` among its secrets. Its drift is that which
/// the plan lists.
///
/// # Errors
///
/// Says in a few words what is wrong.
pub(super) fn plan(
    message: PlanMessage,
    sensitive: impl Fn(&str) -> bool,
) -> Result<Plan<'static>, &'static str> {
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    // What is `false` is not written, and only Terraform since 1.8 writes any of these.
    let is_said = message.applyable || message.complete || message.errored;
    let head = Head {
        terraform_version: filled(message.terraform_version),
        timestamp: filled(message.timestamp),
        applyable: is_said.then_some(message.applyable),
        complete: is_said.then_some(message.complete),
        errored: Some(message.errored),
    };
    let workspace = message
        .backend
        .or(message.state_store)
        .and_then(|backend| filled(backend.workspace));
    let mut plan = Plan::new(Some(message.version.to_string()), workspace, head);
    for change in sorted(message.resource_changes) {
        let draft = draft(change)?;
        // How data sources that are gone leave the state is no change that Terraform tells.
        let is_told = draft.object.resource.mode == Mode::Managed || draft.actions != ["delete"];
        if is_told {
            plan.add_change(draft);
        }
    }
    for change in sorted(message.resource_drift) {
        let draft = draft(change)?;
        // What was only moved is told among the changes, unless the plan is of drift alone.
        if draft.actions != ["no-op"] || message.ui_mode == REFRESH_ONLY {
            plan.add_drift(draft);
        }
    }
    let outputs: BTreeMap<_, _> = message
        .output_changes
        .into_iter()
        .map(|output| (output.name, (output.change, output.sensitive)))
        .collect();
    for (name, (change, sensitive)) in outputs {
        plan.add_output_change(output(name, change.unwrap_or_default(), sensitive)?);
    }
    let mut variables: Vec<(String, DynamicValue)> = message.variables.into_iter().collect();
    variables.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (name, value) in variables {
        let value = Json::from(&decode(&value.msgpack)?.value);
        let is_sensitive = sensitive(&name);
        plan.add_value(name, value, is_sensitive);
    }
    plan.objects.checks = message.check_results.into_iter().map(check).collect();
    for relevant in message.relevant_attributes {
        let steps = relevant.attribute.unwrap_or_default().steps;
        let steps: Result<Vec<Value>, _> = steps.iter().map(step).collect();
        plan.relevant.push(Relevant {
            resource: relevant.resource,
            attribute: Some(Json::from(&Value::Array(steps?))),
        });
    }
    Ok(plan)
}

/// As Terraform tells changes: by address, current objects before deposed ones.
fn sorted(mut changes: Vec<ResourceInstanceChange>) -> Vec<ResourceInstanceChange> {
    changes.sort_by_cached_key(|change| {
        let object: Option<InstanceAddress> = change.address.parse().ok();
        (object, change.address.clone(), change.deposed_key.clone())
    });
    changes
}

fn draft(change: ResourceInstanceChange) -> Result<Draft<'static>, &'static str> {
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    let values = change.change.unwrap_or_default();
    let (before, after) = sides(&values)?;
    let after_unknown = match &after {
        Some(after) if !after.is_wholly_known => after.unknown.clone(),
        _ => Value::Object(Map::new()),
    };
    let importing = match &values.importing {
        Some(importing) => {
            let mut told = Map::new();
            if let Some(identity) = &importing.identity {
                told.insert("identity".to_owned(), decode(&identity.msgpack)?.value);
            } else if importing.unknown {
                told.insert("unknown".to_owned(), Value::Bool(true));
            } else {
                told.insert("id".to_owned(), importing.id.clone().into());
            }
            Some(Json::from(&Value::Object(told)))
        }
        None => None,
    };
    let replace_paths = match change.required_replace.as_slice() {
        [] => None,
        paths => {
            let paths: Result<Vec<Value>, _> = paths
                .iter()
                .map(|path| path.steps.iter().map(step).collect())
                .collect();
            Some(Json::from(&Value::Array(paths?)))
        }
    };
    Ok(Draft {
        object: object_address(&change.address, None),
        address: change.address,
        previous_address: filled(change.previous_address),
        provider: filled(change.provider).map(|provider| ProviderConfig::parse(&provider)),
        deposed: filled(change.deposed_key),
        before: side(
            before,
            &values.before_sensitive_paths,
            values.before_identity.as_ref(),
        )?,
        after: side(
            after,
            &values.after_sensitive_paths,
            values.after_identity.as_ref(),
        )?,
        actions: actions(values.action),
        action_reason: reason(change.action_reason).map(str::to_owned),
        after_unknown: Some(Json::from(&after_unknown)),
        replace_paths,
        importing,
        generated_config: filled(values.generated_config),
        evidence: Evidence::ResourceDrift,
    })
}

/// The values before and after.
///
/// Source: Terraform `internal/plans/planfile/tfplan.go`, `changeFromTfplan`.
fn sides(change: &Change) -> Result<(Option<Decoded>, Option<Decoded>), &'static str> {
    let value = |index: usize| match change.values.get(index) {
        Some(value) => decode(&value.msgpack).map(Some),
        None => Ok(None),
    };
    Ok(match change.action {
        0 => (value(0)?, value(0)?),
        1 => (None, value(0)?),
        5 | 8 => (value(0)?, None),
        _ => (value(0)?, value(1)?),
    })
}

fn side(
    decoded: Option<Decoded>,
    marks: &[Path],
    identity: Option<&DynamicValue>,
) -> Result<Option<Side<'static>>, &'static str> {
    let Some(Decoded { value, .. }) = decoded.filter(|decoded| !decoded.value.is_null()) else {
        return Ok(None);
    };
    let mask = mask(marks, &value)?;
    let identity = match identity {
        Some(identity) => Some(decode(&identity.msgpack)?.value),
        None => None,
    };
    Ok(Some(Side {
        sensitivity: Sensitivity::Mask((mask != Value::Bool(false)).then(|| Json::from(&mask))),
        value: Json::from(&value),
        identity: identity
            .filter(|it| !it.is_null())
            .map(|it| Json::from(&it)),
    }))
}

/// Booleans in the shape of a value that cover what the paths lead to.
fn mask(paths: &[Path], value: &Value) -> Result<Value, &'static str> {
    let mut mask = Value::Bool(false);
    for path in paths {
        let steps: Result<Vec<Value>, _> = path.steps.iter().map(step).collect();
        cover(&mut mask, &steps?, value);
    }
    Ok(mask)
}

/// Covers what a path leads to; where the value has another shape, the deepest that is reached.
fn cover(mask: &mut Value, steps: &[Value], value: &Value) {
    if *mask == Value::Bool(true) {
        return;
    }
    match (steps, value) {
        ([Value::String(key), rest @ ..], Value::Object(members)) => {
            if !mask.is_object() {
                *mask = Value::Object(Map::new());
            }
            let below = members.get(key).unwrap_or(&Value::Null);
            if let Value::Object(masks) = mask {
                let mask = masks.entry(key.clone()).or_insert(Value::Bool(false));
                // What is not known is marked as a whole.
                let rest = if members.contains_key(key) { rest } else { &[] };
                cover(mask, rest, below);
            }
        }
        ([Value::Number(index), rest @ ..], Value::Array(items)) => {
            let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
            let Some((index, item)) = index.and_then(|index| Some((index, items.get(index)?)))
            else {
                *mask = Value::Bool(true);
                return;
            };
            if !mask.is_array() {
                *mask = Value::Array(vec![Value::Bool(false); items.len()]);
            }
            if let Some(mask) = mask.get_mut(index) {
                cover(mask, rest, item);
            }
        }
        _ => *mask = Value::Bool(true),
    }
}

/// A step as `terraform show -json` writes it; the key of a set's element is the element.
fn step(step: &Step) -> Result<Value, &'static str> {
    match &step.selector {
        Some(Selector::AttributeName(name)) => Ok(Value::String(name.clone())),
        Some(Selector::ElementKey(key)) => Ok(match decode(&key.msgpack)?.value {
            key @ (Value::String(_) | Value::Number(_)) => key,
            _ => Value::Null,
        }),
        None => Ok(Value::Null),
    }
}

fn output(
    name: String,
    change: Change,
    sensitive: bool,
) -> Result<OutputDraft<'static>, &'static str> {
    let (before, after) = sides(&change)?;
    let unknown = match &after {
        Some(after) if !after.is_wholly_known => after.unknown.clone(),
        _ => Value::Bool(false),
    };
    let json = |decoded: Option<Decoded>| {
        Json::from(&decoded.map_or(Value::Null, |decoded| decoded.value))
    };
    Ok(OutputDraft {
        name,
        actions: actions(change.action),
        before: json(before),
        after: json(after),
        after_unknown: Some(Json::from(&unknown)),
        sensitive: sensitive
            || !change.before_sensitive_paths.is_empty()
            || !change.after_sensitive_paths.is_empty(),
    })
}

fn actions(action: i32) -> Vec<String> {
    let actions: &[&str] = match action {
        0 => &["no-op"],
        1 => &["create"],
        2 => &["read"],
        3 => &["update"],
        5 => &["delete"],
        6 => &["delete", "create"],
        7 => &["create", "delete"],
        8 => &["forget"],
        9 => &["create", "forget"],
        _ => &[],
    };
    actions.iter().map(|action| (*action).to_owned()).collect()
}

fn reason(reason: i32) -> Option<&'static str> {
    Some(match reason {
        1 => "replace_because_tainted",
        2 => "replace_by_request",
        3 => "replace_because_cannot_update",
        4 => "delete_because_no_resource_config",
        5 => "delete_because_wrong_repetition",
        6 => "delete_because_count_index",
        7 => "delete_because_each_key",
        8 => "delete_because_no_module",
        9 => "replace_by_triggers",
        10 => "read_because_config_unknown",
        11 => "read_because_dependency_pending",
        12 => "delete_because_no_move_target",
        13 => "read_because_check_nested",
        _ => return None,
    })
}

fn check(check: CheckResults) -> CheckResult<'static> {
    let status = |status: i32| {
        let status = CheckStatus::try_from(status).unwrap_or(CheckStatus::Unknown);
        Cow::Borrowed(status.as_str())
    };
    CheckResult {
        object_kind: Cow::Borrowed(match check.kind {
            1 => "resource",
            2 => "output",
            3 => "check",
            4 => "var",
            _ => "",
        }),
        config_addr: Cow::Owned(check.config_addr),
        status: status(check.status),
        objects: check
            .objects
            .into_iter()
            .map(|object| CheckedObject {
                object_addr: Cow::Owned(object.object_addr),
                status: status(object.status),
                failure_messages: object
                    .failure_messages
                    .into_iter()
                    .map(Cow::Owned)
                    .collect(),
            })
            .collect(),
    }
}

/// Where moved objects are now, by where they were.
pub(super) fn moves(message: &PlanMessage) -> HashMap<String, String> {
    let changes = message
        .resource_changes
        .iter()
        .chain(&message.resource_drift);
    let moved = changes.filter(|change| !change.previous_address.is_empty());
    moved
        .map(|change| (change.previous_address.clone(), change.address.clone()))
        .collect()
}
