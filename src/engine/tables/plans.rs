//! `plans`: one row per plan.

use std::slice;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, counts, texts, written_timestamps};
use super::plan_rows::{PlanRows, STATE, STATE_ID, uri};
use crate::engine::known::Known;
use crate::format::{Action, ShownChange};
use crate::inventory::FoundPlan;

const COLUMNS: &[Column] = &[
    STATE_ID,
    STATE,
    Column::of_rows("uri", Kind::Text, "Where the plan lies."),
    Column::of_rows(
        "kind",
        Kind::Text,
        "json, as terraform show -json prints plans, or binary, the file of terraform plan -out.",
    ),
    Column::of_rows(
        "format_version",
        Kind::Text,
        "The version of the format it is written in.",
    ),
    Column::of_rows(
        "terraform_version",
        Kind::Text,
        "The version of Terraform or OpenTofu that made it.",
    ),
    Column::of_rows(
        "timestamp",
        Kind::Timestamp,
        "When it was made; NULL before Terraform 1.5.",
    ),
    Column::of_rows(
        "applyable",
        Kind::Boolean,
        "Whether there is something to apply; NULL where it does not say.",
    ),
    Column::of_rows(
        "complete",
        Kind::Boolean,
        "Whether it covers all that is configured; NULL where it does not say.",
    ),
    Column::of_rows(
        "errored",
        Kind::Boolean,
        "Whether an error ended the planning; NULL where it does not say.",
    ),
    Column::of_rows(
        "create_count",
        Kind::BigInt,
        "How many objects are created.",
    ),
    Column::of_rows(
        "update_count",
        Kind::BigInt,
        "How many are changed in place.",
    ),
    Column::of_rows("replace_count", Kind::BigInt, "How many are replaced."),
    Column::of_rows("delete_count", Kind::BigInt, "How many are destroyed."),
    Column::of_rows(
        "read_count",
        Kind::BigInt,
        "How many data sources are read.",
    ),
    Column::of_rows("no_op_count", Kind::BigInt, "How many stay as they are."),
    Column::of_rows(
        "forget_count",
        Kind::BigInt,
        "How many are left alone from now on.",
    ),
    Column::of_rows(
        "move_count",
        Kind::BigInt,
        "How many get another address, whatever else happens to them.",
    ),
    Column::of_rows(
        "import_count",
        Kind::BigInt,
        "How many are imported, whatever else happens to them.",
    ),
    Column::of_rows(
        "drift_count",
        Kind::BigInt,
        "How many rows it has in resource_drift.",
    ),
];

#[derive(Debug)]
pub(super) struct Plans;

impl WholeTable for Plans {
    fn name(&self) -> &'static str {
        "plans"
    }

    fn about(&self) -> &'static str {
        "One row per plan: those named with --plan, and those that lie among the states."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let plans = known.plans();
        let files = known.inventory().files();
        let rows = PlanRows::of(plans.iter(), files, slice::from_ref);
        let contents = || rows.iter().map(|plan| &plan.content);
        let booleans = |value: fn(&FoundPlan) -> Option<bool>| -> ArrayRef {
            Arc::new(rows.iter().map(value).collect::<BooleanArray>())
        };
        let changes = |is_counted: fn(&ShownChange) -> bool| {
            let count = move |plan: &FoundPlan| {
                plan.content
                    .changes
                    .iter()
                    .filter(|change| is_counted(change))
                    .count()
            };
            counts(rows.iter().map(count))
        };
        let kind = |plan: &FoundPlan| if plan.is_binary { "binary" } else { "json" };
        let mut columns = rows.leading();
        columns.pop();
        columns.extend([
            all_texts(rows.iter().map(|plan| uri(plan, files))),
            all_texts(rows.iter().map(kind)),
            texts(contents().map(|plan| plan.format_version.as_ref())),
            texts(contents().map(|plan| plan.terraform_version.as_ref())),
            written_timestamps(contents().map(|plan| plan.timestamp.as_deref())),
            booleans(|plan| plan.content.applyable),
            booleans(|plan| plan.content.complete),
            booleans(|plan| plan.content.errored),
            changes(|change| change.action == Some(Action::Create)),
            changes(|change| change.action == Some(Action::Update)),
            changes(|change| change.action == Some(Action::Replace)),
            changes(|change| change.action == Some(Action::Delete)),
            changes(|change| change.action == Some(Action::Read)),
            changes(|change| change.action == Some(Action::NoOp)),
            changes(|change| change.action == Some(Action::Forget)),
            changes(|change| change.previous_address.is_some()),
            changes(|change| change.importing.is_some()),
            counts(contents().map(|plan| plan.drift_changes.len())),
        ]);
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
