//! `relevant_attributes`: one row per attribute that had a part in what a plan plans.

use arrow::array::RecordBatch;
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts};
use super::plan_rows::{PLAN_URI, PlanRows, STATE, STATE_ID};
use crate::engine::known::Known;

const COLUMNS: &[Column] = &[
    STATE_ID,
    STATE,
    PLAN_URI,
    Column::of_rows(
        "resource",
        Kind::Text,
        "The address of the resource or instance that has it.",
    ),
    Column::of_rows("path", Kind::Text, "The attribute; empty for all of them."),
];

#[derive(Debug)]
pub(super) struct RelevantAttributes;

impl WholeTable for RelevantAttributes {
    fn name(&self) -> &'static str {
        "relevant_attributes"
    }

    fn about(&self) -> &'static str {
        "One row per attribute that had a part in what a plan plans."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let plans = known.plans();
        let files = known.inventory().files();
        let rows = PlanRows::of(plans.iter(), files, |plan| &plan.content.relevant);
        let mut columns = rows.leading();
        columns.extend([
            all_texts(rows.iter().map(|relevant| &relevant.resource)),
            all_texts(rows.iter().map(|relevant| relevant.path.to_string())),
        ]);
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
