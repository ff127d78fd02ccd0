//! Drift by attribute: what changed outside of Terraform, and what of it says nothing.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::shown::Action;
use crate::format::changes::{ChangeKind, PathChange, Recording, changes};
use crate::format::path::{AttributePath, PathStep};

/// One drifted attribute, or an object that is gone or was moved.
#[derive(Debug)]
pub struct ShownDrift {
    /// The object's address.
    pub address: String,
    /// Its resource type.
    pub type_name: String,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// What happened to it: `update`, `delete` or `move`.
    pub action: &'static str,
    /// The attribute; `None` for an object as a whole.
    pub path: Option<String>,
    /// What Terraform recorded; JSON.
    pub before: Option<String>,
    /// What it found; JSON.
    pub after: Option<String>,
    /// Why it says nothing, where it does not.
    pub insignificance: Option<Insignificance>,
    /// What it is known from.
    pub evidence: Evidence,
    /// Whether the plan says that it had a part in what is planned; `None` where the plan says nothing
    /// of any.
    pub is_relevant: Option<bool>,
}

/// What drift is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The plan's own list.
    ResourceDrift,
    /// The states before and after the refresh, which a plan's file holds.
    RefreshedState,
}

impl Evidence {
    /// The word for it in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::ResourceDrift => "resource_drift",
            Evidence::RefreshedState => "refreshed_state",
        }
    }
}

/// Why a difference says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insignificance {
    /// One value is null or not there, the other empty.
    Empty,
    /// The lists have the same members, and the plan leaves the object as it is.
    Reordered,
    /// The texts are the same JSON.
    Spelling,
    /// It is a time of a change, and the plan leaves the object as it is.
    Timestamp,
    /// Only the address is another one.
    Moved,
}

impl Insignificance {
    /// The rule's name in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Insignificance::Empty => "empty",
            Insignificance::Reordered => "reordered",
            Insignificance::Spelling => "spelling",
            Insignificance::Timestamp => "timestamp",
            Insignificance::Moved => "moved",
        }
    }
}

/// The attributes that a plan says had a part in what is planned, by the address of their resource.
pub(super) type RelevantByResource<'r> = HashMap<&'r str, Vec<&'r AttributePath>>;

/// An object that drifted.
pub(super) struct Subject<'p> {
    pub(super) address: &'p str,
    pub(super) resource_address: String,
    pub(super) type_name: &'p str,
    pub(super) deposed: Option<&'p str>,
    /// Whether the plan is to leave it as it is.
    pub(super) is_unchanged: bool,
    pub(super) is_moved: bool,
    pub(super) action: Option<Action>,
    pub(super) before: Option<Recording<'p>>,
    pub(super) after: Option<Recording<'p>>,
    pub(super) evidence: Evidence,
}

impl Subject<'_> {
    /// Adds its rows.
    pub(super) fn rows(&self, relevant: &RelevantByResource<'_>, rows: &mut Vec<ShownDrift>) {
        match (self.action, self.before, self.after) {
            (Some(Action::NoOp), ..) => {
                if self.is_moved {
                    let row = self.row("move", Some(Insignificance::Moved), relevant);
                    rows.push(row);
                }
            }
            (_, Some(before), Some(after)) => {
                for change in changes(before, after) {
                    rows.push(self.attribute(change, relevant));
                }
            }
            (_, Some(_), None) => rows.push(self.row("delete", None, relevant)),
            // What appeared by itself is not known to plans.
            (_, None, _) => {}
        }
    }

    fn row(
        &self,
        action: &'static str,
        insignificance: Option<Insignificance>,
        relevant: &RelevantByResource<'_>,
    ) -> ShownDrift {
        ShownDrift {
            address: self.address.to_owned(),
            type_name: self.type_name.to_owned(),
            deposed: self.deposed.map(str::to_owned),
            action,
            path: None,
            before: None,
            after: None,
            insignificance,
            evidence: self.evidence,
            is_relevant: self.is_relevant(None, relevant),
        }
    }

    fn attribute(&self, change: PathChange, relevant: &RelevantByResource<'_>) -> ShownDrift {
        let text = |value: Option<&Value>| value.map(ToString::to_string);
        ShownDrift {
            path: Some(change.path.to_string()),
            before: text(change.before.as_ref()),
            after: text(change.after.as_ref()),
            is_relevant: self.is_relevant(Some(&change.path), relevant),
            ..self.row("update", self.insignificance(&change), relevant)
        }
    }

    fn insignificance(&self, change: &PathChange) -> Option<Insignificance> {
        match change.kind {
            ChangeKind::Emptiness => Some(Insignificance::Empty),
            ChangeKind::Spelling => Some(Insignificance::Spelling),
            ChangeKind::Order if self.is_unchanged => Some(Insignificance::Reordered),
            ChangeKind::Value if self.is_unchanged && is_time_of_change(change) => {
                Some(Insignificance::Timestamp)
            }
            ChangeKind::Order | ChangeKind::Value => None,
        }
    }

    /// Whether the plan names the attribute, what it is part of or a part of it.
    fn is_relevant(
        &self,
        path: Option<&AttributePath>,
        relevant: &RelevantByResource<'_>,
    ) -> Option<bool> {
        let addresses = [self.address, &self.resource_address];
        let mut of_it = addresses.iter().filter_map(|it| relevant.get(it)).flatten();
        let is_named = of_it.any(|AttributePath(named)| {
            path.is_none_or(|AttributePath(path)| {
                named.starts_with(path) || path.starts_with(named)
            })
        });
        (!relevant.is_empty()).then_some(is_named)
    }
}

/// Whether a moment became another one under a name that says when the object was changed.
fn is_time_of_change(change: &PathChange) -> bool {
    let names = [
        "last_modified",
        "last_modified_date",
        "last_updated",
        "last_updated_date",
        "modified_at",
        "updated_at",
    ];
    let is_name = match change.path.0.last() {
        Some(PathStep::Key(name)) => {
            names.contains(&name.as_str())
                || name.ends_with("_time")
                || name.ends_with("_timestamp")
        }
        _ => false,
    };
    let is_moment = |value: &Option<Value>| match value {
        Some(Value::String(text)) => text.parse::<Timestamp>().is_ok(),
        _ => false,
    };
    is_name && is_moment(&change.before) && is_moment(&change.after)
}
