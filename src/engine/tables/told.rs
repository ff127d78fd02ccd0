//! What a file beside a state, or a plan's file, tells of providers and modules.

use arrow::array::ArrayRef;

use super::column::{Column, Kind, all_texts, texts};
use super::plan_rows::uri;
use crate::engine::known::Known;
use crate::inventory::{FoundPlan, Origin, StateFile};

/// The columns that say where something is known from: the state,
pub(super) const STATE_ID: Column = Column::of_rows(
    "state_id",
    Kind::Text,
    "The id of the state it lies beside or whose plan tells it, as in states.id; NULL where that cannot be told.",
);

/// its name,
pub(super) const STATE: Column = Column::of_rows("state", Kind::Text, "That state's name.");

/// the plan,
pub(super) const PLAN_URI: Column = Column::of_rows(
    "plan_uri",
    Kind::Text,
    "The plan that tells it, as in plans.uri; NULL for a file beside a state.",
);

/// and the file.
pub(super) const ORIGIN_URI: Column =
    Column::of_rows("origin_uri", Kind::Text, "The file that tells it.");

/// Things that files tell, each with the file and the state it is of.
pub(super) struct Told<'k, T> {
    rows: Vec<Row<'k, T>>,
}

struct Row<'k, T> {
    state: Option<&'k StateFile>,
    plan: Option<&'k str>,
    origin: &'k str,
    thing: &'k T,
}

impl<'k, T> Told<'k, T> {
    /// What lies beside states, then what `of_plan` gives of each plan.
    pub(super) fn of(
        known: &'k Known,
        beside: &'k [(Origin, Vec<T>)],
        plans: &'k [FoundPlan],
        of_plan: fn(&'k FoundPlan) -> &'k [T],
    ) -> Told<'k, T> {
        let files = known.inventory().files();
        let beside = beside.iter().flat_map(|(origin, things)| {
            things.iter().map(move |thing| Row {
                state: files.get(origin.state),
                plan: None,
                origin: &origin.uri,
                thing,
            })
        });
        let of_plans = plans.iter().flat_map(|plan| {
            let uri = uri(plan, files);
            of_plan(plan).iter().map(move |thing| Row {
                state: plan.state.and_then(|state| files.get(state)),
                plan: Some(uri),
                origin: uri,
                thing,
            })
        });
        Told {
            rows: beside.chain(of_plans).collect(),
        }
    }

    /// The things themselves.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'k T> {
        self.rows.iter().map(|row| row.thing)
    }

    /// The columns `state_id`, `state` and `plan_uri`.
    pub(super) fn leading(&self) -> Vec<ArrayRef> {
        let rows = || self.rows.iter();
        vec![
            texts(rows().map(|row| row.state.map(|state| &state.id))),
            texts(rows().map(|row| row.state.map(|state| &state.name))),
            texts(rows().map(|row| row.plan)),
        ]
    }

    /// The column `origin_uri`.
    pub(super) fn origins(&self) -> ArrayRef {
        all_texts(self.rows.iter().map(|row| row.origin))
    }
}
