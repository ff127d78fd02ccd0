//! Correlated scalar subqueries over tables: `(SELECT s.name FROM states s WHERE s.id = i.state_id)`.
//!
//! DataFusion takes such a subquery for a join, and refuses it unless it is an aggregate. Here it becomes
//! one: the list of its rows, of which there must be one in the end, or the first of them for LIMIT 1.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::functions_aggregate::array_agg::array_agg_udaf;
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, Sort as SortKey};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Subquery};
use datafusion::optimizer::AnalyzerRule;

use super::operators::call;
use super::{casts, list_aggregates};
use crate::engine::json::is_json;

/// The analyzer rule. It comes after lists have been dealt with.
#[derive(Debug)]
pub struct SingleRows;

impl AnalyzerRule for SingleRows {
    fn name(&self) -> &str {
        "sgq_single_rows"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let plan = plan.transform_up_with_subqueries(|node| {
            let preserver = NamePreserver::new(&node);
            let rewritten = node.map_expressions(|expr| {
                let name = preserver.save(&expr);
                let expr = expr.transform_up(rewrite)?;
                Ok(expr.update_data(|expr| name.restore(expr)))
            })?;
            if rewritten.transformed {
                return rewritten.map_data(LogicalPlan::recompute_schema);
            }
            Ok(rewritten)
        })?;
        Ok(plan.data)
    }
}

fn rewrite(expr: Expr) -> Result<Transformed<Expr>> {
    match expr {
        Expr::ScalarSubquery(subquery)
            if !subquery.outer_ref_columns.is_empty()
                && subquery.subquery.schema().fields().len() == 1
                && !is_aggregate(&subquery.subquery) =>
        {
            single_row(subquery).map(Transformed::yes)
        }
        expr => Ok(Transformed::no(expr)),
    }
}

/// Whether DataFusion knows what to do with a subquery, or what to say.
fn is_aggregate(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(_) => true,
        LogicalPlan::Projection(projection) => is_aggregate(&projection.input),
        LogicalPlan::Filter(filter) => is_aggregate(&filter.input),
        LogicalPlan::Sort(sort) => is_aggregate(&sort.input),
        LogicalPlan::SubqueryAlias(alias) => is_aggregate(&alias.input),
        LogicalPlan::EmptyRelation(_) | LogicalPlan::Values(_) => true,
        _ => false,
    }
}

fn single_row(subquery: Subquery) -> Result<Expr> {
    let field = Arc::clone(&subquery.subquery.schema().fields()[0]);
    let (rows, is_cut) = match subquery.subquery.as_ref() {
        LogicalPlan::Limit(limit) if is_one_row(limit) => (limit.input.as_ref(), true),
        plan => (plan, false),
    };
    if is_aggregate(rows) {
        return Ok(Expr::ScalarSubquery(subquery));
    }
    let (rows, value, keys) = ordered(rows);
    let aggregate = if is_cut {
        Expr::AggregateFunction(AggregateFunction::new_udf(
            first_value_udaf(),
            vec![value],
            false,
            None,
            keys,
            None,
        ))
    } else {
        Expr::AggregateFunction(AggregateFunction::new_udf(
            array_agg_udaf(),
            vec![value],
            false,
            None,
            Vec::new(),
            None,
        ))
    };
    let plan = LogicalPlanBuilder::from(rows.clone())
        .aggregate(Vec::<Expr>::new(), vec![aggregate])?
        .build()?;
    let result = Expr::Column(Column::from(plan.schema().qualified_field(0)));
    let plan = LogicalPlanBuilder::from(plan)
        .project(vec![result.alias(field.name())])?
        .build()?;
    let subquery = Expr::ScalarSubquery(Subquery {
        subquery: Arc::new(plan),
        ..subquery
    });
    let value = if is_cut {
        subquery
    } else {
        list_aggregates::only(subquery)
    };
    Ok(if is_json(&field) {
        call(casts::json_value(), vec![value])
    } else {
        value
    })
}

fn is_one_row(limit: &datafusion::logical_expr::Limit) -> bool {
    let one = Expr::Literal(ScalarValue::Int64(Some(1)), None);
    limit.skip.is_none() && limit.fetch.as_deref() == Some(&one)
}

/// The rows of a subquery, the value that it gives of each, and in which order.
fn ordered(plan: &LogicalPlan) -> (&LogicalPlan, Expr, Vec<SortKey>) {
    let column = || Expr::Column(Column::from(plan.schema().qualified_field(0)));
    match plan {
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => {
            (sort.input.as_ref(), column(), sort.expr.clone())
        }
        // ORDER BY a column that is not selected stands below the selection.
        LogicalPlan::Projection(projection) => match projection.input.as_ref() {
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => (
                sort.input.as_ref(),
                projection.expr[0].clone().unalias(),
                sort.expr.clone(),
            ),
            _ => (plan, column(), Vec::new()),
        },
        plan => (plan, column(), Vec::new()),
    }
}
