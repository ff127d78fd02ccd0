//! `EXPLAIN` with a row for each line of a plan, as PostgreSQL answers it.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::arrow::array::AsArray;
use datafusion::common::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;

/// Whether a plan answers with plans.
pub(super) fn explains(plan: &LogicalPlan) -> bool {
    matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_))
}

/// The same rows, with each text of several lines spread over as many rows.
pub(super) fn a_row_a_line(plans: SendableRecordBatchStream) -> SendableRecordBatchStream {
    let schema = plans.schema();
    let rows = plans.map(|batch| spread(&batch?));
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

/// DataFusion gives two columns of text: the type of the plan, and the plan.
fn spread(batch: &RecordBatch) -> Result<RecordBatch> {
    let [types, plans] = batch.columns() else {
        return Ok(batch.clone());
    };
    let (types, plans) = (cast(types, &DataType::Utf8)?, cast(plans, &DataType::Utf8)?);
    let pairs = types
        .as_string::<i32>()
        .iter()
        .zip(plans.as_string::<i32>());
    let lines: Vec<(Option<&str>, &str)> = pairs
        .flat_map(|(kind, plan)| {
            plan.unwrap_or_default()
                .lines()
                .map(move |line| (kind, line))
        })
        .filter(|(_, line)| !line.trim().is_empty())
        .collect();
    let columns: [ArrayRef; 2] = [
        Arc::new(lines.iter().map(|(kind, _)| *kind).collect::<StringArray>()),
        Arc::new(
            lines
                .iter()
                .map(|(_, line)| Some(*line))
                .collect::<StringArray>(),
        ),
    ];
    let schema = batch.schema();
    let fields = schema.fields().iter();
    let columns = columns
        .iter()
        .zip(fields)
        .map(|(column, field)| cast(column, field.data_type()));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_of_two_lines_is_two_rows() {
        let text = |values: &[&str]| Arc::new(StringArray::from(values.to_vec())) as ArrayRef;
        let plans = RecordBatch::try_from_iter([
            ("plan_type", text(&["logical", "physical"])),
            ("plan", text(&["a\n  b\n", "c"])),
        ]);
        let spread = spread(&plans.unwrap()).unwrap();
        let expected = [
            ("plan_type", text(&["logical", "logical", "physical"])),
            ("plan", text(&["a", "  b", "c"])),
        ];
        assert_eq!(spread, RecordBatch::try_from_iter(expected).unwrap());
    }
}
