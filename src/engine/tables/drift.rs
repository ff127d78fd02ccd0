//! `drift`: one row per attribute that a plan found changed since the last run.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, booleans, texts, written_timestamps};
use super::plan_rows::{PLAN_URI, PlanRows, STATE, STATE_ID};
use crate::engine::known::Known;
use crate::format::{Insignificance, ShownDrift};

const COLUMNS: &[Column] = &[
    STATE_ID,
    STATE,
    PLAN_URI,
    Column::of_rows("address", Kind::Text, "The instance's address."),
    Column::of_rows("type", Kind::Text, "The resource type."),
    Column::of_rows(
        "deposed",
        Kind::Text,
        "The key of a deposed object; NULL for a current one.",
    ),
    Column::of_rows(
        "action",
        Kind::Text,
        "What happened to the object: update, delete or move.",
    ),
    Column::of_rows(
        "path",
        Kind::Text,
        "The attribute; NULL where the object is gone or only moved.",
    ),
    Column::of_rows("before", Kind::Json, "What was recorded, secrets hidden."),
    Column::of_rows("after", Kind::Json, "What was found, secrets hidden."),
    Column::of_rows(
        "significant",
        Kind::Boolean,
        "Whether the difference says something.",
    ),
    Column::of_rows(
        "rule",
        Kind::Text,
        "Why it does not: empty, null on one side and empty on the other; spelling, the same JSON; reordered \
         or timestamp, where the plan leaves the object as it is; moved, only the address changed.",
    ),
    Column::of_rows(
        "evidence",
        Kind::Text,
        "What it is known from: resource_drift, the plan's list, or refreshed_state, the states in a plan's file.",
    ),
    Column::of_rows(
        "is_relevant",
        Kind::Boolean,
        "Whether the plan says that it had a part in what is planned; NULL where it says so of nothing.",
    ),
    Column::of_rows(
        "detected_at",
        Kind::Timestamp,
        "When the plan was made; NULL before Terraform 1.5.",
    ),
];

#[derive(Debug)]
pub(super) struct Drift;

impl WholeTable for Drift {
    fn name(&self) -> &'static str {
        "drift"
    }

    fn about(&self) -> &'static str {
        "One row per attribute that a plan found changed, and per object that is gone or was moved."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let plans = known.plans();
        let rows = PlanRows::of(plans.iter(), known.inventory().files(), |plan| {
            &plan.content.drift
        });
        let text =
            |value: for<'d> fn(&'d ShownDrift) -> Option<&'d String>| texts(rows.iter().map(value));
        let relevant: BooleanArray = rows.iter().map(|drift| drift.is_relevant).collect();
        let relevant: ArrayRef = Arc::new(relevant);
        let moments = rows.plans().map(|plan| plan.content.timestamp.as_deref());
        let mut columns = rows.leading();
        columns.extend([
            all_texts(rows.iter().map(|drift| &drift.address)),
            all_texts(rows.iter().map(|drift| &drift.type_name)),
            text(|drift| drift.deposed.as_ref()),
            all_texts(rows.iter().map(|drift| drift.action)),
            text(|drift| drift.path.as_ref()),
            text(|drift| drift.before.as_ref()),
            text(|drift| drift.after.as_ref()),
            booleans(rows.iter().map(|drift| drift.insignificance.is_none())),
            texts(
                rows.iter()
                    .map(|drift| drift.insignificance.map(Insignificance::as_str)),
            ),
            all_texts(rows.iter().map(|drift| drift.evidence.as_str())),
            relevant,
            written_timestamps(moments),
        ]);
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
