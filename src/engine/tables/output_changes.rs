//! `output_changes`: one row per root output that a plan says something of.

use arrow::array::RecordBatch;
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, booleans, texts};
use super::plan_rows::{PLAN_URI, PlanRows, STATE, STATE_ID};
use crate::engine::known::Known;
use crate::format::Action;

const COLUMNS: &[Column] = &[
    STATE_ID,
    STATE,
    PLAN_URI,
    Column::of_rows("name", Kind::Text, "The output's name."),
    Column::of_rows("action", Kind::Text, "no-op, create, update or delete."),
    Column::of_rows("before", Kind::Json, "Its value before, secrets hidden."),
    Column::of_rows(
        "after",
        Kind::Json,
        "Its value after, as far as it is known, secrets hidden.",
    ),
    Column::of_rows(
        "after_unknown",
        Kind::Json,
        "What is known only after the apply: true in the shape of the value.",
    ),
    Column::of_rows(
        "sensitive",
        Kind::Boolean,
        "Whether it is marked as sensitive, before or after.",
    ),
];

#[derive(Debug)]
pub(super) struct OutputChanges;

impl WholeTable for OutputChanges {
    fn name(&self) -> &'static str {
        "output_changes"
    }

    fn about(&self) -> &'static str {
        "One row per root output that a plan changes or leaves as it is."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let plans = known.plans();
        let rows = PlanRows::of(plans.iter(), known.inventory().files(), |plan| {
            &plan.content.outputs
        });
        let mut columns = rows.leading();
        columns.extend([
            all_texts(rows.iter().map(|output| &output.name)),
            texts(rows.iter().map(|output| output.action.map(Action::as_str))),
            texts(rows.iter().map(|output| output.before.as_ref())),
            texts(rows.iter().map(|output| output.after.as_ref())),
            texts(rows.iter().map(|output| output.after_unknown.as_ref())),
            booleans(rows.iter().map(|output| output.sensitive)),
        ]);
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
