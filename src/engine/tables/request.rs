//! What a scan asks of each document, and the count of what answering it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet, MetricBuilder};

use super::column::Column;
use crate::format::Needle;

/// What a scan asks of each document.
#[derive(Debug, Clone)]
pub struct Request {
    /// The columns wanted, by their positions in the table.
    pub projection: Vec<usize>,
    /// The schema of those.
    pub schema: SchemaRef,
    /// Which rows are wanted; the others are never made into columns.
    pub filters: Vec<RowFilter>,
    /// Which instances wanted rows can be made of, in a table that makes several of each. These
    /// filters are among `filters`, too.
    pub of_instances: Vec<RowFilter>,
    /// What of instances' attributes is looked at.
    pub narrowed: Arc<Narrowed>,
    /// How many rows a batch has at most.
    pub batch_size: usize,
    /// How many rows are enough.
    pub limit: Option<usize>,
}

/// What is looked at of the attributes of instances, where that is not all.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    /// The names of those that are; `None` for all.
    pub members: Option<BTreeSet<String>>,
    /// Texts that must stand in what is shown; of other instances no row is wanted.
    pub needles: Vec<Needle>,
}

impl fmt::Display for Narrowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(members) = &self.members {
            let names: Vec<&str> = members.iter().map(String::as_str).collect();
            write!(f, ", attributes=[{}]", names.join(", "))?;
        }
        let mut needles = self.needles.iter();
        needles.try_for_each(|needle| write!(f, ", holding={}", needle.text()))
    }
}

/// A predicate over some of a table's columns.
#[derive(Debug, Clone)]
pub struct RowFilter {
    columns: Vec<Column>,
    schema: SchemaRef,
    /// The predicate, over a batch of those columns.
    pub predicate: Arc<dyn PhysicalExpr>,
}

/// Which of some rows a filter keeps.
pub(super) struct Kept(BooleanArray);

impl RowFilter {
    /// The schema of the batches that a predicate over some columns is evaluated on.
    pub fn schema(columns: &[Column]) -> SchemaRef {
        let fields: Vec<_> = columns.iter().map(Column::field).collect();
        Arc::new(Schema::new(fields))
    }

    /// A predicate over a batch of `columns`.
    pub fn new(columns: Vec<Column>, predicate: Arc<dyn PhysicalExpr>) -> RowFilter {
        RowFilter {
            schema: RowFilter::schema(&columns),
            columns,
            predicate,
        }
    }

    /// Which of `rows` rows it keeps, whose columns `array` makes.
    ///
    /// # Errors
    ///
    /// When it cannot be evaluated.
    pub(super) fn keep(
        &self,
        rows: usize,
        array: impl Fn(&Column) -> Result<ArrayRef>,
    ) -> Result<Kept> {
        let arrays = self.columns.iter().map(array).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::clone(&self.schema);
        let batch = RecordBatch::try_new_with_options(schema, arrays, &options)?;
        let kept = self.predicate.evaluate(&batch)?.into_array(rows)?;
        Ok(Kept(kept.as_boolean().clone()))
    }
}

impl Kept {
    /// The rows that are kept; one that is neither kept nor not, a NULL, is not.
    pub(super) fn choose<T>(&self, rows: Vec<T>) -> Vec<T> {
        let is_kept = |row: &usize| self.0.is_valid(*row) && self.0.value(*row);
        let rows = rows.into_iter().enumerate();
        rows.filter_map(|(row, value)| is_kept(&row).then_some(value))
            .collect()
    }
}

/// Counts the costly values that a scan makes, by column, as metrics: `attributes_made`.
#[derive(Debug)]
pub struct Made {
    metrics: ExecutionPlanMetricsSet,
    partition: usize,
    counts: Mutex<BTreeMap<String, Count>>,
}

impl Made {
    /// Counts that appear among `metrics` once there is something to count.
    pub fn new(metrics: &ExecutionPlanMetricsSet, partition: usize) -> Made {
        Made {
            metrics: metrics.clone(),
            partition,
            counts: Mutex::default(),
        }
    }

    /// Counts values made of a column.
    pub(super) fn add(&self, column: &str, values: usize) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(column.to_owned()).or_insert_with(|| {
            MetricBuilder::new(&self.metrics).counter(format!("{column}_made"), self.partition)
        });
        count.add(values);
    }
}
