//! `resource_drift`: one row per object that a plan found changed or gone since the last run.

use arrow::array::RecordBatch;
use datafusion::common::Result;

use super::WholeTable;
use super::column::Column;
use super::resource_changes::{COLUMNS, columns_of};
use crate::engine::known::Known;

#[derive(Debug)]
pub(super) struct ResourceDrift;

impl WholeTable for ResourceDrift {
    fn name(&self) -> &'static str {
        "resource_drift"
    }

    fn about(&self) -> &'static str {
        "One row per object that a plan found changed or gone since the last run."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let columns = columns_of(known, |plan| &plan.content.drift_changes);
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
