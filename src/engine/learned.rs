//! Filters that joins and sorts learn while a query runs, put to use in a scan: they leave documents
//! closed, and rows out before costly values are made of them.
//!
//! They only save work. Whoever learned a filter still checks every row, so of a filter that a scan
//! can use in part, the part is used.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::concat;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{
    BinaryExpr, Column as ColumnExpr, InListExpr, Literal,
};
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_common::physical_expr::{
    snapshot_generation, snapshot_physical_expr,
};

use super::provider::places;
use super::tables::{Column, Origin, Request, RowFilter, StateTable};
use crate::inventory::Inventory;

/// How many characters of a filter are shown in a plan.
const SHOWN: usize = 200;

/// The filters that a scan was handed.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// Over the scan's output.
    filters: Vec<Arc<dyn PhysicalExpr>>,
    /// What they say, and the generation of the filters when they said so.
    known: Mutex<Option<(u64, Arc<Known>)>>,
}

/// What is known at one moment.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Over what is known from documents' places.
    places: Vec<Arc<dyn PhysicalExpr>>,
    /// Over rows.
    rows: Vec<RowFilter>,
    /// Those of them that are over the instances that rows are made of.
    of_instances: Vec<RowFilter>,
}

impl Learned {
    /// These filters and those of `more` that the scan of a table can use.
    pub(super) fn with(
        &self,
        more: impl Iterator<Item = Arc<dyn PhysicalExpr>>,
        table: &dyn StateTable,
        request: &Request,
    ) -> Option<Learned> {
        let columns = Columns { table, request };
        let more: Vec<_> = more.filter(|filter| columns.can_use(filter)).collect();
        let filters = self.filters.iter().cloned();
        (!more.is_empty()).then(|| Learned {
            filters: filters.chain(more).collect(),
            known: Mutex::default(),
        })
    }

    /// The filters.
    pub(super) fn filters(&self) -> &[Arc<dyn PhysicalExpr>] {
        &self.filters
    }

    /// What they say by now.
    pub(super) fn known(&self, table: &dyn StateTable, request: &Request) -> Result<Arc<Known>> {
        if self.filters.is_empty() {
            return Ok(Arc::default());
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = self.filters.iter().map(snapshot_generation).sum();
        if let Some((of, known)) = known.as_ref()
            && *of == generation
        {
            return Ok(Arc::clone(known));
        }
        let columns = Columns { table, request };
        let new = Arc::new(columns.known(&self.filters)?);
        *known = Some((generation, Arc::clone(&new)));
        Ok(new)
    }
}

impl fmt::Display for Learned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for filter in &self.filters {
            let text = filter.to_string();
            match text.char_indices().nth(SHOWN) {
                Some((end, _)) => write!(f, ", learned={}…", &text[..end])?,
                None => write!(f, ", learned={text}")?,
            }
        }
        Ok(())
    }
}

impl Known {
    /// Whether nothing of a document can be wanted.
    pub(super) fn rules_out(
        &self,
        table: &dyn StateTable,
        inventory: &Inventory,
        file: usize,
    ) -> Result<bool> {
        if self.places.is_empty() {
            return Ok(false);
        }
        let place = places(table, inventory, std::iter::once(file))?;
        for filter in &self.places {
            let filter = reassign_expr_columns(Arc::clone(filter), &place.schema())?;
            let kept = filter.evaluate(&place)?.into_array(1)?;
            if let Some(kept) = kept.as_boolean_opt()
                && !(kept.is_valid(0) && kept.value(0))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The request, narrowed to the rows that can be wanted.
    pub(super) fn narrow(&self, request: &Arc<Request>) -> Arc<Request> {
        if self.rows.is_empty() {
            return Arc::clone(request);
        }
        let mut narrowed = Request::clone(request);
        narrowed.filters.extend(self.rows.iter().cloned());
        let of_instances = self.of_instances.iter().cloned();
        narrowed.of_instances.extend(of_instances);
        Arc::new(narrowed)
    }
}

/// The columns of a scan's output, as positions in filters over it tell them.
struct Columns<'a> {
    table: &'a dyn StateTable,
    request: &'a Request,
}

impl Columns<'_> {
    fn column(&self, column: &ColumnExpr) -> Option<&Column> {
        let position = self.request.projection.get(column.index())?;
        self.table.columns().get(*position)
    }

    /// Whether some of a filter is over places, or over what rows hold at hand where others hold
    /// costly values.
    fn can_use(&self, filter: &Arc<dyn PhysicalExpr>) -> bool {
        let makes_costly_values = self.makes_costly_values();
        collect_columns(filter).iter().any(|column| {
            self.column(column)
                .is_some_and(|column| match column.origin {
                    Origin::File(_) => true,
                    Origin::Instance | Origin::Rows => makes_costly_values,
                    Origin::CostlyRows => false,
                })
        })
    }

    fn makes_costly_values(&self) -> bool {
        let of_instances = |column: &Column| matches!(column.origin, Origin::Instance);
        let is_costly =
            |position: &usize| matches!(self.table.columns()[*position].origin, Origin::CostlyRows);
        self.table.columns().iter().any(of_instances)
            || self.request.projection.iter().any(is_costly)
    }

    fn known(&self, filters: &[Arc<dyn PhysicalExpr>]) -> Result<Known> {
        let mut known = Known::default();
        for filter in filters {
            let filter = snapshot_physical_expr(Arc::clone(filter))?;
            let places = self.implied(&filter, |origin| matches!(origin, Origin::File(_)))?;
            known.places.extend(places);
            if !self.makes_costly_values() {
                continue;
            }
            let at_hand = |origin: Origin| !matches!(origin, Origin::CostlyRows);
            known.rows.extend(self.row_filter(&filter, at_hand)?);
            let of_instances = |origin| matches!(origin, Origin::File(_) | Origin::Instance);
            known
                .of_instances
                .extend(self.row_filter(&filter, of_instances)?);
        }
        Ok(known)
    }

    fn row_filter(
        &self,
        filter: &Arc<dyn PhysicalExpr>,
        is_known: impl Fn(Origin) -> bool + Copy,
    ) -> Result<Option<RowFilter>> {
        let Some(filter) = self.implied(filter, is_known)? else {
            return Ok(None);
        };
        let mut columns: Vec<ColumnExpr> = collect_columns(&filter).into_iter().collect();
        columns.sort_by_key(ColumnExpr::index);
        let columns: Vec<Column> = columns
            .iter()
            .filter_map(|column| self.column(column).cloned())
            .collect();
        let filter = reassign_expr_columns(filter, &RowFilter::schema(&columns))?;
        Ok(Some(RowFilter::new(columns, filter)))
    }

    /// What a filter says of known columns alone: every row that it keeps is kept by the answer.
    fn implied(
        &self,
        filter: &Arc<dyn PhysicalExpr>,
        is_known: impl Fn(Origin) -> bool + Copy,
    ) -> Result<Option<Arc<dyn PhysicalExpr>>> {
        let is_always_true = filter
            .downcast_ref::<Literal>()
            .is_some_and(|literal| *literal.value() == ScalarValue::Boolean(Some(true)));
        if is_always_true {
            return Ok(None);
        }
        let is_over_known = |expr: &Arc<dyn PhysicalExpr>| {
            collect_columns(expr).iter().all(|column| {
                self.column(column)
                    .is_some_and(|column| is_known(column.origin))
            })
        };
        if is_over_known(filter) {
            return Ok(Some(Arc::clone(filter)));
        }
        if let Some(binary) = filter.downcast_ref::<BinaryExpr>() {
            let both = |left, right| {
                Arc::new(BinaryExpr::new(left, *binary.op(), right)) as Arc<dyn PhysicalExpr>
            };
            let (left, right) = (binary.left(), binary.right());
            return Ok(match binary.op() {
                Operator::And => {
                    match (
                        self.implied(left, is_known)?,
                        self.implied(right, is_known)?,
                    ) {
                        (Some(left), Some(right)) => Some(both(left, right)),
                        (left, right) => left.or(right),
                    }
                }
                Operator::Or => self
                    .implied(left, is_known)?
                    .zip(self.implied(right, is_known)?)
                    .map(|(left, right)| both(left, right)),
                _ => None,
            });
        }
        match filter.downcast_ref::<InListExpr>() {
            Some(list) if !list.negated() => self.implied_by_list(list, is_over_known),
            _ => Ok(None),
        }
    }

    /// What the list of a join's keys, `struct(a, b) IN (…)`, says of its known columns.
    fn implied_by_list(
        &self,
        list: &InListExpr,
        is_over_known: impl Fn(&Arc<dyn PhysicalExpr>) -> bool,
    ) -> Result<Option<Arc<dyn PhysicalExpr>>> {
        let Some(keys) = list
            .expr()
            .downcast_ref::<ScalarFunctionExpr>()
            .filter(|function| function.name() == "struct")
        else {
            return Ok(None);
        };
        let mut all: Option<Arc<dyn PhysicalExpr>> = None;
        for (position, key) in keys.args().iter().enumerate() {
            let Some(values) = field_values(list, position).filter(|_| is_over_known(key)) else {
                continue;
            };
            let values: Vec<&dyn Array> = values.iter().map(AsRef::as_ref).collect();
            let one: Arc<dyn PhysicalExpr> = Arc::new(InListExpr::try_new_from_array(
                Arc::clone(key),
                concat(&values)?,
                false,
                &self.request.schema,
            )?);
            all = Some(match all {
                Some(others) => Arc::new(BinaryExpr::new(others, Operator::And, one)),
                None => one,
            });
        }
        Ok(all)
    }
}

/// One field of every struct in a list; `None` where something else is in it.
fn field_values(list: &InListExpr, position: usize) -> Option<Vec<ArrayRef>> {
    let value = |item: &Arc<dyn PhysicalExpr>| match item.downcast_ref::<Literal>()?.value() {
        ScalarValue::Struct(value) => value.columns().get(position).cloned(),
        _ => None,
    };
    list.list().iter().map(value).collect()
}
