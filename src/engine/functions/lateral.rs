//! Moves unnested lists over the rows they come from.
//!
//! `FROM instances i, jsonb_array_elements(i.attributes->'ingress') AS r` is planned as a join whose right
//! side refers to its left one. Here it becomes what can be executed:
//!
//! ```text
//! Projection: i.*, json_value(__element_0) AS r.value
//!   Unnest: __element_0
//!     Projection: i.*, json_elements(json_get_json(i.attributes, 'ingress')) AS __element_0
//!       i
//! ```
//!
//! A left join keeps rows whose list is NULL, empty, or without an element that passes the conditions.

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{
    Column, DFSchema, JoinType, NullHandling, Result, UnnestOptions, plan_err,
};
use datafusion::functions::core::expr_fn::{get_field, named_struct};
use datafusion::logical_expr::{
    Expr, Join, LogicalPlan, LogicalPlanBuilder, Projection, lit, when,
};
use datafusion::optimizer::AnalyzerRule;

use super::comprehension::{Comprehension, Names, Step, unnests_outer_lists};
use super::operators::call;
use super::{casts, subqueries};
use crate::engine::json::is_json;

/// The analyzer rule; it also has [`subqueries`] answer correlated subqueries over lists.
#[derive(Debug)]
pub struct UnnestLaterals;

impl AnalyzerRule for UnnestLaterals {
    fn name(&self) -> &str {
        "sgq_unnest_laterals"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let names = Names::default();
        let plan = plan.transform_up_with_subqueries(|node| {
            let node = match node {
                LogicalPlan::Join(join) => rewrite_join(join, &names)?,
                node => Transformed::no(node),
            };
            node.transform_data(|node| subqueries::rewrite(node, &names))
        })?;
        Ok(plan.data)
    }
}

/// What to say where a set-returning function cannot be moved.
pub const UNSUPPORTED: &str = "a set-returning function over a column of an outer query is not supported \
     here; move the function into FROM, as in FROM instances i, jsonb_array_elements(i.attributes->'ingress') AS r";

fn rewrite_join(join: Join, names: &Names) -> Result<Transformed<LogicalPlan>> {
    if !matches!(
        join.right.as_ref(),
        LogicalPlan::Subquery(_) | LogicalPlan::SubqueryAlias(_)
    ) || !unnests_or_refers_out(&join.right)
    {
        return Ok(Transformed::no(LogicalPlan::Join(join)));
    }
    let right = match Comprehension::of(&join.right, names)? {
        Some(right) if join.on.is_empty() => right.resolved(join.left.schema())?,
        _ if unnests_outer_lists(&join.right)? => return plan_err!("{UNSUPPORTED}"),
        _ => return Ok(Transformed::no(LogicalPlan::Join(join))),
    };
    let plan = match join.join_type {
        JoinType::Inner => inner(&join, right)?,
        JoinType::Left => left(&join, right)?,
        _ => return plan_err!("{UNSUPPORTED}"),
    };
    Ok(Transformed::yes(plan))
}

/// Whether a join's right side depends on its left one.
fn unnests_or_refers_out(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Subquery(subquery) => !subquery.outer_ref_columns.is_empty(),
        LogicalPlan::SubqueryAlias(alias) => unnests_or_refers_out(&alias.input),
        _ => false,
    }
}

fn inner(join: &Join, right: Comprehension) -> Result<LogicalPlan> {
    let mut plan = join.left.as_ref().clone();
    for step in right.steps {
        plan = match step {
            Step::Each { name, list } => unnest(plan, name, list, NullHandling::Drop)?,
            Step::Where(condition) => LogicalPlanBuilder::from(plan).filter(condition)?.build()?,
        };
    }
    let plan = outputs(join, plan, right.columns)?;
    match &join.filter {
        Some(filter) => LogicalPlanBuilder::from(plan)
            .filter(filter.clone())?
            .build(),
        None => Ok(plan),
    }
}

/// A left join unnests one list, made beforehand of the elements that pass all conditions.
fn left(join: &Join, mut right: Comprehension) -> Result<LogicalPlan> {
    let schema = join.left.schema();
    if let Some(filter) = join.filter.as_ref().filter(|filter| **filter != lit(true)) {
        match on_condition(join, &right, filter)? {
            Some(condition) => right.steps.push(Step::Where(condition)),
            None => return plan_err!("{UNSUPPORTED}"),
        }
    }
    let left = join.left.as_ref().clone();
    if let [Step::Each { name, list }] = right.steps.as_slice()
        && right.columns.iter().all(|column| is_part_of(column, name))
    {
        let plan = unnest(
            left,
            name.clone(),
            list.clone(),
            NullHandling::PreserveAndExpandEmpty,
        )?;
        return outputs(join, plan, right.columns);
    }

    // Every column is computed inside the list, next to a mark that tells its rows from preserved ones.
    const ROW: &str = "__lateral_row";
    let mut members = vec![lit("matched"), lit(true)];
    for (index, column) in right.columns.iter().enumerate() {
        members.extend([lit(format!("c{index}")), column.clone()]);
    }
    let rows = right.list(&named_struct(members), schema)?;
    let row = || Expr::Column(Column::new_unqualified(ROW));
    let plan = unnest(
        left,
        ROW.to_owned(),
        rows,
        NullHandling::PreserveAndExpandEmpty,
    )?;
    let columns = join
        .right
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let column = get_field(row(), format!("c{index}"));
            let column = when(get_field(row(), "matched"), column).end()?;
            Ok(if is_json(field) {
                call(casts::json_value(), vec![column])
            } else {
                column
            })
        })
        .collect::<Result<Vec<_>>>()?;
    outputs(join, plan, columns)
}

/// Whether an expression is an element or a piece of it, and so NULL where there is no element.
fn is_part_of(expr: &Expr, element: &str) -> bool {
    match expr {
        Expr::Column(column) => column.relation.is_none() && column.name == element,
        Expr::ScalarFunction(function) => {
            matches!(function.func.name(), "json_value" | "get_field")
                && function
                    .args
                    .first()
                    .is_some_and(|arg| is_part_of(arg, element))
        }
        _ => false,
    }
}

/// A join's condition with the right side's columns replaced by what they are.
fn on_condition(join: &Join, right: &Comprehension, filter: &Expr) -> Result<Option<Expr>> {
    use datafusion::common::tree_node::TreeNode;

    let mut understood = true;
    let schema = join.right.schema();
    let condition = filter.clone().transform_up(|expr| {
        Ok(match expr {
            Expr::Column(column) => match schema.maybe_index_of_column(&column) {
                Some(index) => Transformed::yes(right.columns[index].clone()),
                None => Transformed::no(Expr::Column(column)),
            },
            Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_) => {
                understood = false;
                Transformed::no(expr)
            }
            expr => Transformed::no(expr),
        })
    })?;
    Ok(understood.then_some(condition.data))
}

/// Adds a list to a plan's columns and unnests it.
fn unnest(plan: LogicalPlan, name: String, list: Expr, nulls: NullHandling) -> Result<LogicalPlan> {
    let mut columns = passed_on(plan.schema());
    columns.push(list.alias(name.clone()));
    LogicalPlanBuilder::from(plan)
        .project(columns)?
        .unnest_columns_with_options(
            vec![Column::from_name(name)],
            UnnestOptions::new().with_null_handling(nulls),
        )?
        .build()
}

/// The join's columns under the join's names.
fn outputs(join: &Join, plan: LogicalPlan, columns: Vec<Expr>) -> Result<LogicalPlan> {
    let mut exprs = passed_on(join.left.schema());
    for ((qualifier, field), column) in join.right.schema().iter().zip(columns) {
        exprs.push(column.alias_qualified(qualifier.cloned(), field.name()));
    }
    let projection = Projection::try_new(exprs, std::sync::Arc::new(plan))?;
    Ok(LogicalPlan::Projection(projection))
}

fn passed_on(schema: &DFSchema) -> Vec<Expr> {
    schema.iter().map(Expr::from).collect()
}
