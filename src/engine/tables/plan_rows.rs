//! What the tables of plans share: the plan that a row is of, and its state.

use arrow::array::ArrayRef;

use super::column::{Column, Kind, all_texts, texts};
use crate::inventory::{FoundPlan, StateFile};

/// The column of the state's id.
pub(super) const STATE_ID: Column = Column::of_rows(
    "state_id",
    Kind::Text,
    "The id of the state it is a plan of, as in states.id; NULL where that cannot be told.",
);

/// The column of the state's name.
pub(super) const STATE: Column = Column::of_rows("state", Kind::Text, "That state's name.");

/// The column of the plan's place.
pub(super) const PLAN_URI: Column =
    Column::of_rows("plan_uri", Kind::Text, "The plan, as in plans.uri.");

/// Rows of plans, each with its plan.
pub(super) struct PlanRows<'k, T> {
    files: &'k [StateFile],
    rows: Vec<(&'k FoundPlan, &'k T)>,
}

impl<'k, T> PlanRows<'k, T> {
    /// What `list` gives of each plan; `files` are the documents of the inventory.
    pub(super) fn of(
        plans: impl Iterator<Item = &'k FoundPlan>,
        files: &'k [StateFile],
        list: fn(&'k FoundPlan) -> &'k [T],
    ) -> PlanRows<'k, T> {
        let rows = plans.flat_map(|plan| list(plan).iter().map(move |row| (plan, row)));
        PlanRows {
            files,
            rows: rows.collect(),
        }
    }

    /// The same rows, of those only that `is_wanted` takes.
    pub(super) fn only(mut self, is_wanted: fn(&T) -> bool) -> PlanRows<'k, T> {
        self.rows.retain(|(_, row)| is_wanted(row));
        self
    }

    /// The rows that are wanted for what stands beside each of them, and that.
    pub(super) fn beside<B>(
        mut self,
        beside: Vec<B>,
        is_wanted: fn(&B) -> bool,
    ) -> (PlanRows<'k, T>, Vec<B>) {
        let pairs = std::mem::take(&mut self.rows).into_iter().zip(beside);
        let (rows, beside) = pairs.filter(|(_, beside)| is_wanted(beside)).unzip();
        (PlanRows { rows, ..self }, beside)
    }

    /// The rows.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'k T> {
        self.rows.iter().map(|(_, row)| *row)
    }

    /// The plan of each row.
    pub(super) fn plans(&self) -> impl Iterator<Item = &'k FoundPlan> {
        self.rows.iter().map(|(plan, _)| *plan)
    }

    /// The columns `state_id`, `state` and `plan_uri`.
    pub(super) fn leading(&self) -> Vec<ArrayRef> {
        let state = |plan: &FoundPlan| self.files.get(plan.state?);
        vec![
            texts(self.plans().map(|plan| state(plan).map(|state| &state.id))),
            texts(
                self.plans()
                    .map(|plan| state(plan).map(|state| &state.name)),
            ),
            all_texts(self.plans().map(|plan| uri(plan, self.files))),
        ]
    }
}

/// Where a plan lies.
pub(super) fn uri<'f>(plan: &FoundPlan, files: &'f [StateFile]) -> &'f str {
    files.get(plan.file).map_or("", |file| &file.found.uri)
}
