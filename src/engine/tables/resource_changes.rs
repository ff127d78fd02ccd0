//! `resource_changes`: one row per object that a plan says something of.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, text_lists, texts};
use super::instances::key_text;
use super::plan_rows::{PLAN_URI, PlanRows, STATE, STATE_ID};
use crate::engine::known::Known;
use crate::format::{Action, ShownChange};
use crate::inventory::FoundPlan;

/// The columns, which `resource_drift` has too.
pub(super) const COLUMNS: &[Column] = &[
    STATE_ID,
    STATE,
    PLAN_URI,
    Column::of_rows("address", Kind::Text, "The instance's address."),
    Column::of_rows(
        "previous_address",
        Kind::Text,
        "Its address before it was moved; NULL where it was not.",
    ),
    Column::of_rows(
        "resource_address",
        Kind::Text,
        "The address of its resource.",
    ),
    Column::of_rows(
        "module",
        Kind::Text,
        "The module it stands in; NULL at the root.",
    ),
    Column::of_rows("mode", Kind::Text, "managed or data."),
    Column::of_rows("type", Kind::Text, "The resource type."),
    Column::of_rows("name", Kind::Text, "The resource's name."),
    Column::of_rows(
        "index_key",
        Kind::Text,
        "Its key under count or for_each; NULL without.",
    ),
    Column::of_rows("provider", Kind::Text, "The provider's source address."),
    Column::of_rows(
        "deposed",
        Kind::Text,
        "The key of a deposed object; NULL for a current one.",
    ),
    Column::of_rows(
        "action",
        Kind::Text,
        "no-op, create, read, update, replace, delete or forget.",
    ),
    Column::of_rows(
        "actions",
        Kind::TextList,
        "The same as the plan says it: replace is delete and create, in their order.",
    ),
    Column::of_rows(
        "create_before_destroy",
        Kind::Boolean,
        "Whether a replacement is created first; NULL where nothing is replaced.",
    ),
    Column::of_rows(
        "action_reason",
        Kind::Text,
        "Why, in Terraform's word for it.",
    ),
    Column::of_rows(
        "replace_paths",
        Kind::TextList,
        "The attributes that cannot be changed in place.",
    ),
    Column::of_rows(
        "changed_paths",
        Kind::TextList,
        "The attributes that change, also to what is not known yet; none of what is created or destroyed.",
    ),
    Column::of_rows("before", Kind::Json, "The object before, secrets hidden."),
    Column::of_rows(
        "after",
        Kind::Json,
        "The object after, as far as it is known, secrets hidden.",
    ),
    Column::of_rows(
        "after_unknown",
        Kind::Json,
        "What is known only after the apply: true in the shape of the object.",
    ),
    Column::of_rows(
        "importing",
        Kind::Json,
        "What it is imported by; NULL where it is not.",
    ),
    Column::of_rows(
        "generated_config",
        Kind::Text,
        "The configuration that was generated for an import.",
    ),
];

#[derive(Debug)]
pub(super) struct ResourceChanges;

impl WholeTable for ResourceChanges {
    fn name(&self) -> &'static str {
        "resource_changes"
    }

    fn about(&self) -> &'static str {
        "One row per object that a plan changes, reads or leaves as it is."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let columns = columns_of(known, |plan| &plan.content.changes);
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}

/// The columns of the changes that `list` gives of each plan.
pub(super) fn columns_of(
    known: &Known,
    list: for<'k> fn(&'k FoundPlan) -> &'k [ShownChange],
) -> Vec<ArrayRef> {
    let plans = known.plans();
    let rows = PlanRows::of(plans.iter(), known.inventory().files(), list);
    let text =
        |value: for<'c> fn(&'c ShownChange) -> Option<&'c String>| texts(rows.iter().map(value));
    let all = |value: for<'c> fn(&'c ShownChange) -> &'c str| all_texts(rows.iter().map(value));
    let lists = |value: fn(&ShownChange) -> &Vec<String>| {
        text_lists(rows.iter().map(|change| value(change).clone()))
    };
    let first = rows.iter().map(ShownChange::creates_before_destroy);
    let create_first: ArrayRef = Arc::new(first.collect::<BooleanArray>());
    let mut columns = rows.leading();
    columns.extend([
        all(|change| &change.address),
        text(|change| change.previous_address.as_ref()),
        all(|change| &change.resource_address),
        text(|change| change.module.as_ref()),
        all(|change| change.mode),
        all(|change| &change.type_name),
        all(|change| &change.name),
        texts(rows.iter().map(|change| change.key.as_ref().map(key_text))),
        text(|change| change.provider.as_ref()),
        text(|change| change.deposed.as_ref()),
        texts(rows.iter().map(|change| change.action.map(Action::as_str))),
        lists(|change| &change.actions),
        create_first,
        text(|change| change.action_reason.as_ref()),
        lists(|change| &change.replace_paths),
        lists(|change| &change.changed_paths),
        text(|change| change.before.as_ref()),
        text(|change| change.after.as_ref()),
        text(|change| change.after_unknown.as_ref()),
        text(|change| change.importing.as_ref()),
        text(|change| change.generated_config.as_ref()),
    ]);
    columns
}
