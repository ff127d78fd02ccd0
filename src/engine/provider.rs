//! A table of states as DataFusion sees it: which filters it can answer, and the scan it plans.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr_rewriter::unnormalize_col;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::kept::Kept;
use super::scan::{FilePlan, StateScan};
use super::session::ReadAhead;
use super::tables::{Column, Origin, Request, RowFilter, StateTable};
use crate::inventory::{Inventory, StateFile};

/// A table over an inventory.
#[derive(Debug)]
pub(super) struct StateTableProvider {
    table: Arc<dyn StateTable>,
    inventory: Arc<Inventory>,
    kept: Arc<Kept>,
}

/// What a filter needs before it can be answered.
#[derive(Debug, PartialEq, Eq)]
enum Needs {
    /// Only the documents' places.
    Files,
    /// Rows, none of their costly columns.
    Rows,
    /// What the scan leaves to DataFusion.
    More,
}

impl StateTableProvider {
    pub(super) fn new(
        table: Arc<dyn StateTable>,
        inventory: Arc<Inventory>,
        kept: Arc<Kept>,
    ) -> Self {
        StateTableProvider {
            table,
            inventory,
            kept,
        }
    }

    fn needs(&self, filter: &Expr) -> Needs {
        needs(self.table.columns(), filter)
    }

    /// The positions of the columns that an expression names.
    fn positions(&self, expr: &Expr) -> BTreeSet<usize> {
        positions(self.table.columns(), expr)
    }

    fn row_filter(&self, session: &dyn Session, filters: Vec<Expr>) -> Result<Option<RowFilter>> {
        row_filter(self.table.columns(), session, filters)
    }

    /// Whether a filter on rows concerns the instances that they are made of.
    fn is_of_instances(&self, filter: &Expr) -> bool {
        let positions = self.positions(filter);
        !positions.is_empty()
            && positions.iter().all(|position| {
                let origin = self.table.columns()[*position].origin;
                matches!(origin, Origin::File(_) | Origin::Instance)
            })
    }

    /// The documents that a filter on their places leaves.
    fn files(&self, session: &dyn Session, filters: Vec<Expr>) -> Result<Vec<usize>> {
        let all = 0..self.inventory.files().len();
        let Some(filter) = conjunction(filters) else {
            return Ok(all.collect());
        };
        let places = places(self.table.as_ref(), &self.inventory, all.clone())?;
        let schema = DFSchema::try_from(places.schema())?;
        let kept = session
            .create_physical_expr(unnormalize_col(filter), &schema)?
            .evaluate(&places)?;
        let kept = kept.into_array(all.len())?;
        let kept = kept.as_boolean();
        Ok(all
            .filter(|index| kept.is_valid(*index) && kept.value(*index))
            .collect())
    }
}

/// What a filter on a table of these columns needs.
fn needs(columns: &[Column], filter: &Expr) -> Needs {
    if filter.is_volatile() || filter.contains_outer() || contains_subquery(filter) {
        return Needs::More;
    }
    let positions = positions(columns, filter);
    let origins = || positions.iter().map(|position| columns[*position].origin);
    if !positions.is_empty() && origins().all(|origin| matches!(origin, Origin::File(_))) {
        Needs::Files
    } else if origins().any(|origin| matches!(origin, Origin::CostlyRows)) {
        Needs::More
    } else {
        Needs::Rows
    }
}

/// Which filters a scan of a table of these columns answers by itself: those that need nothing costly.
pub(super) fn support(columns: &[Column], filters: &[&Expr]) -> Vec<TableProviderFilterPushDown> {
    let support = |filter: &&Expr| match needs(columns, filter) {
        Needs::Files | Needs::Rows => TableProviderFilterPushDown::Exact,
        Needs::More => TableProviderFilterPushDown::Unsupported,
    };
    filters.iter().map(support).collect()
}

/// The positions of those of a table's columns that an expression names.
fn positions(columns: &[Column], expr: &Expr) -> BTreeSet<usize> {
    let names = expr.column_refs();
    let is_named = |column: &Column| names.iter().any(|name| name.name == column.name);
    (0..columns.len())
        .filter(|position| is_named(&columns[*position]))
        .collect()
}

/// All filters as one over those of a table's columns that they name; `None` where there is none.
///
/// # Errors
///
/// When DataFusion cannot plan it.
pub(super) fn row_filter(
    columns: &[Column],
    session: &dyn Session,
    filters: Vec<Expr>,
) -> Result<Option<RowFilter>> {
    let Some(filter) = conjunction(filters) else {
        return Ok(None);
    };
    let positions = positions(columns, &filter).into_iter();
    let columns: Vec<Column> = positions
        .map(|position| columns[position].clone())
        .collect();
    let schema = DFSchema::try_from(RowFilter::schema(&columns))?;
    let predicate = session.create_physical_expr(unnormalize_col(filter), &schema)?;
    Ok(Some(RowFilter::new(columns, predicate)))
}

/// The columns of a table that are known from the documents' places, a row per document.
pub(super) fn places(
    table: &dyn StateTable,
    inventory: &Inventory,
    files: impl Iterator<Item = usize> + Clone,
) -> Result<RecordBatch> {
    let columns = table.columns().iter();
    let columns = columns.filter_map(|column| match column.origin {
        Origin::File(value) => Some((column.field(), value)),
        _ => None,
    });
    let (fields, values): (Vec<_>, Vec<_>) = columns.unzip();
    let schema = Arc::new(Schema::new(fields));
    if files.clone().next().is_none() {
        return Ok(RecordBatch::new_empty(schema));
    }
    let array = |value: fn(&StateFile) -> ScalarValue| {
        ScalarValue::iter_to_array(files.clone().map(|index| value(&inventory.files()[index])))
    };
    let arrays = values.into_iter().map(array).collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(schema, arrays)?)
}

fn contains_subquery(filter: &Expr) -> bool {
    use datafusion::common::tree_node::TreeNode;
    let is_subquery = |expr: &Expr| {
        Ok(matches!(
            expr,
            Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_)
        ))
    };
    filter.exists(is_subquery).unwrap_or(true)
}

#[async_trait]
impl TableProvider for StateTableProvider {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(support(self.table.columns(), filters))
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection = projection
            .cloned()
            .unwrap_or_else(|| (0..self.table.columns().len()).collect());
        let (of_files, of_rows): (Vec<Expr>, Vec<Expr>) = filters
            .iter()
            .cloned()
            .partition(|filter| self.needs(filter) == Needs::Files);
        let of_instances: Vec<Expr> = of_rows
            .iter()
            .filter(|filter| self.is_of_instances(filter))
            .cloned()
            .collect();
        let request = Request {
            schema: Arc::new(self.table.schema().project(&projection)?),
            projection,
            filters: Vec::from_iter(self.row_filter(session, of_rows)?),
            of_instances: Vec::from_iter(self.row_filter(session, of_instances)?),
            batch_size: session.config().batch_size(),
            narrowed: Arc::default(),
            limit,
        };
        let read_ahead = session.config().get_extension::<ReadAhead>();
        let plan = FilePlan {
            files: self.files(session, of_files)?,
            threads: read_ahead.map_or(1, |threads| threads.0),
        };
        Ok(Arc::new(StateScan::new(
            Arc::clone(&self.table),
            Arc::clone(&self.inventory),
            request,
            plan,
            Arc::clone(&self.kept),
        )))
    }
}
