//! Correlated subqueries over lists, answered inside the row they belong to.
//!
//! `EXISTS (SELECT 1 FROM jsonb_array_elements(i.attributes->'ingress') AS r WHERE r->>'from_port' = '22')`
//! becomes "any element of the list passes"; `IN` and scalar subqueries likewise.

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, Subquery, lit};

use super::comprehension::{Comprehension, Names, resolve, unnests_outer_lists};
use super::lateral::UNSUPPORTED;
use super::list_aggregates;

/// Replaces the subqueries in one node's expressions that go over lists of that node's input.
pub fn rewrite(node: LogicalPlan, names: &Names) -> Result<Transformed<LogicalPlan>> {
    let mut schema = DFSchema::empty();
    for input in node.inputs() {
        schema.merge(input.schema());
    }
    let preserver = NamePreserver::new(&node);
    let rewritten = node.map_expressions(|expr| {
        if !contains_subquery(&expr)? {
            return Ok(Transformed::no(expr));
        }
        let name = preserver.save(&expr);
        let expr = expr.transform_up(|expr| rewrite_subquery(expr, &schema, names))?;
        Ok(expr.update_data(|expr| name.restore(expr)))
    })?;
    if rewritten.transformed {
        return rewritten.map_data(LogicalPlan::recompute_schema);
    }
    Ok(rewritten)
}

fn contains_subquery(expr: &Expr) -> Result<bool> {
    expr.exists(|expr| {
        Ok(matches!(
            expr,
            Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_)
        ))
    })
}

fn rewrite_subquery(expr: Expr, schema: &DFSchema, names: &Names) -> Result<Transformed<Expr>> {
    let rewritten = match &expr {
        Expr::Exists(Exists { subquery, negated }) => rows_of(subquery, schema, names)?
            .map(|rows| rows.any(&lit(true), false, schema))
            .transpose()?
            .map(|any| negate(any, *negated)),
        Expr::InSubquery(InSubquery {
            expr,
            subquery,
            negated,
        }) => match rows_of(subquery, schema, names)? {
            Some(rows) => {
                let equal = expr.as_ref().clone().eq(rows.columns[0].clone());
                Some(negate(rows.any(&equal, true, schema)?, *negated))
            }
            None => None,
        },
        Expr::ScalarSubquery(subquery) => scalar(subquery, schema, names)?,
        _ => return Ok(Transformed::no(expr)),
    };
    match (rewritten, &expr) {
        (Some(rewritten), _) => Ok(Transformed::yes(rewritten)),
        (
            None,
            Expr::Exists(Exists { subquery, .. })
            | Expr::InSubquery(InSubquery { subquery, .. })
            | Expr::ScalarSubquery(subquery),
        ) if unnests_outer_lists(&subquery.subquery)? => plan_err!("{UNSUPPORTED}"),
        _ => Ok(Transformed::no(expr)),
    }
}

fn negate(expr: Expr, negated: bool) -> Expr {
    if negated {
        Expr::Not(Box::new(expr))
    } else {
        expr
    }
}

/// The rows of a subquery whose order, number and repetition do not matter.
fn rows_of(subquery: &Subquery, schema: &DFSchema, names: &Names) -> Result<Option<Comprehension>> {
    if subquery.outer_ref_columns.is_empty() || !unnests_outer_lists(&subquery.subquery)? {
        return Ok(None);
    }
    let mut plan = subquery.subquery.as_ref();
    loop {
        plan = match plan {
            LogicalPlan::Sort(sort) if sort.fetch.is_none() => &sort.input,
            LogicalPlan::Distinct(Distinct::All(input)) => input,
            plan => {
                break Comprehension::of(plan, names)?
                    .map(|rows| rows.resolved(schema))
                    .transpose();
            }
        }
    }
}

/// A scalar subquery: an aggregate over lists, or one row of them.
fn scalar(subquery: &Subquery, schema: &DFSchema, names: &Names) -> Result<Option<Expr>> {
    if subquery.outer_ref_columns.is_empty() || !unnests_outer_lists(&subquery.subquery)? {
        return Ok(None);
    }
    let (plan, cut) = match subquery.subquery.as_ref() {
        LogicalPlan::Limit(limit)
            if limit.skip.is_none()
                && limit.fetch.as_deref()
                    == Some(&Expr::Literal(ScalarValue::Int64(Some(1)), None)) =>
        {
            (limit.input.as_ref(), true)
        }
        plan => (plan, false),
    };
    let Some(rows) = Comprehension::of(plan, names)? else {
        return Ok(None);
    };
    if !rows.has_lists() && rows.steps.is_empty() {
        return Ok(Some(resolve(rows.columns[0].clone(), schema)?));
    }
    let rows = rows.resolved(schema)?;
    let values = rows.list(&rows.columns[0], schema)?;
    Ok(Some(if cut {
        list_aggregates::first(values)
    } else {
        list_aggregates::only(values)
    }))
}
