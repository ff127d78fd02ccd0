//! Keeps JSON marked through CASE, coalesce and scalar subqueries.
//!
//! All give a value of one of their branches or rows, but DataFusion gives their result the plain type: what
//! was JSON would be quoted by `json_build_object` like any text.

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::{Case, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use super::casts;
use super::operators::call;
use super::text;
use crate::engine::json::is_json;

/// The analyzer rule.
#[derive(Debug)]
pub struct JsonMarks;

impl AnalyzerRule for JsonMarks {
    fn name(&self) -> &str {
        "sgq_json_marks"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let plan = plan.transform_up_with_subqueries(|node| {
            let mut schema = DFSchema::empty();
            for input in node.inputs() {
                schema.merge(input.schema());
            }
            let preserver = NamePreserver::new(&node);
            let node = node.map_expressions(|expr| {
                let name = preserver.save(&expr);
                let expr = expr.transform_up(|expr| mark(expr, &schema))?;
                Ok(expr.update_data(|expr| name.restore(expr)))
            })?;
            // Here and above, columns have their marks from what is below, and so do casts rewritten before.
            node.map_data(LogicalPlan::recompute_schema)
        })?;
        Ok(plan.data)
    }
}

fn mark(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let is_marked = match &expr {
        Expr::Case(Case {
            when_then_expr,
            else_expr,
            ..
        }) => {
            let results = when_then_expr.iter().map(|(_, then)| then.as_ref());
            all_json(results.chain(else_expr.as_deref()), schema)
        }
        Expr::ScalarFunction(ScalarFunction { func, args }) => match func.name() {
            "coalesce" => all_json(args.iter(), schema),
            "nullif" => all_json(args.iter().take(1), schema),
            _ => false,
        },
        Expr::ScalarSubquery(subquery) => {
            let fields = subquery.subquery.schema().fields();
            fields.first().is_some_and(|field| is_json(field))
        }
        _ => false,
    };
    if is_marked {
        Ok(Transformed::yes(call(casts::json_value(), vec![expr])))
    } else {
        Ok(Transformed::no(expr))
    }
}

/// Whether some results are JSON and the others are NULL or constants that can be taken for JSON.
fn all_json<'a>(mut results: impl Iterator<Item = &'a Expr>, schema: &DFSchema) -> bool {
    let mut some = false;
    let all = results.all(|expr| match constant(expr) {
        Expr::Literal(value, metadata) if metadata.is_none() => {
            value.is_null() || value.try_as_str().flatten().is_some_and(text::is_valid)
        }
        _ => {
            let marked = expr
                .to_field(schema)
                .is_ok_and(|(_, field)| is_json(&field));
            some |= marked;
            marked
        }
    });
    all && some
}

/// The constant inside a cast that type coercion put around it, as it does in a view.
fn constant(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(cast) if matches!(cast.expr.as_ref(), Expr::Literal(..)) => &cast.expr,
        expr => expr,
    }
}
