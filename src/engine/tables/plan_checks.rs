//! `plan_checks`: one row per object that a check of a plan was made on.

use arrow::array::RecordBatch;
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, text_lists, texts};
use super::plan_rows::{PLAN_URI, PlanRows, STATE, STATE_ID};
use crate::engine::known::Known;

const COLUMNS: &[Column] = &[
    STATE_ID,
    STATE,
    PLAN_URI,
    Column::of_rows("object_kind", Kind::Text, "resource, output, check or var."),
    Column::of_rows(
        "config_addr",
        Kind::Text,
        "Its address in the configuration.",
    ),
    Column::of_rows(
        "status",
        Kind::Text,
        "The check's status: pass, fail, error or unknown.",
    ),
    Column::of_rows(
        "object_addr",
        Kind::Text,
        "The checked object's address; NULL for a check of none.",
    ),
    Column::of_rows("object_status", Kind::Text, "The object's status."),
    Column::of_rows(
        "failure_messages",
        Kind::TextList,
        "What the failed conditions say, secrets hidden.",
    ),
];

#[derive(Debug)]
pub(super) struct PlanChecks;

impl WholeTable for PlanChecks {
    fn name(&self) -> &'static str {
        "plan_checks"
    }

    fn about(&self) -> &'static str {
        "One row per object that a check of a plan was made on, and per check of none."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let plans = known.plans();
        let rows = PlanRows::of(plans.iter(), known.inventory().files(), |plan| {
            &plan.content.checks
        });
        let mut columns = rows.leading();
        columns.extend([
            all_texts(rows.iter().map(|check| &check.object_kind)),
            all_texts(rows.iter().map(|check| &check.config_addr)),
            all_texts(rows.iter().map(|check| &check.status)),
            texts(rows.iter().map(|check| check.object_addr.as_ref())),
            texts(rows.iter().map(|check| check.object_status.as_ref())),
            text_lists(rows.iter().map(|check| check.failure_messages.clone())),
        ]);
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
