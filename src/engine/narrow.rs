//! Tells scans what of instances' attributes a query looks at.
//!
//! `attributes->>'instance_type'` needs one attribute, and `attributes::text LIKE '%0.0.0.0/0%'` none of
//! an instance that does not hold that text. The plan stays as it is; the scan leaves out what makes no
//! difference to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, CastExpr, Column, LikeExpr, Literal};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr, split_conjunction};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;

use super::scan::StateScan;
use super::tables::Narrowed;
use crate::format::Needle;

/// Functions that look at the member of their first argument that their second one names.
const OF_MEMBER: [&str; 4] = ["json_as_text", "json_get_json", "json_get", "json_get_str"];

/// Functions whose answer has no text in it that their argument has not.
const OF_TEXT: [&str; 1] = ["json_to_text"];

/// The physical rule; it comes after those that move filters and columns.
#[derive(Debug)]
pub(super) struct NarrowAttributes;

impl PhysicalOptimizerRule for NarrowAttributes {
    fn name(&self) -> &str {
        "sgq_narrow_attributes"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = Uses::all(plan.as_ref());
        narrow(plan, &all)
    }
}

/// What is looked at of a column.
#[derive(Debug, Clone)]
enum Use {
    /// These members of what is an object, or nothing.
    Members(BTreeSet<String>),
    Whole,
}

/// What is looked at of a plan's rows.
#[derive(Debug, Clone)]
struct Uses {
    columns: Vec<Use>,
    /// Texts without which a row is not wanted, with the column that must have each.
    needles: Vec<(usize, Needle)>,
}

impl Uses {
    fn none(plan: &dyn ExecutionPlan) -> Uses {
        Uses::each(plan, Use::Members(BTreeSet::new()))
    }

    fn all(plan: &dyn ExecutionPlan) -> Uses {
        Uses::each(plan, Use::Whole)
    }

    /// The same use of each column.
    fn each(plan: &dyn ExecutionPlan, used: Use) -> Uses {
        Uses {
            columns: vec![used; plan.schema().fields().len()],
            needles: Vec::new(),
        }
    }

    fn whole(&mut self, column: usize) {
        if let Some(used) = self.columns.get_mut(column) {
            *used = Use::Whole;
        }
    }

    fn member(&mut self, column: usize, name: &str) {
        if let Some(Use::Members(names)) = self.columns.get_mut(column) {
            names.insert(name.to_owned());
        }
    }

    fn add(&mut self, column: usize, other: &Use) {
        match other {
            Use::Whole => self.whole(column),
            Use::Members(names) => names.iter().for_each(|name| self.member(column, name)),
        }
    }

    /// Adds what an expression looks at.
    fn expression(&mut self, expression: &Arc<dyn PhysicalExpr>) {
        if let Some((column, name)) = member(expression) {
            return self.member(column, name);
        }
        if let Some(column) = expression.downcast_ref::<Column>() {
            return self.whole(column.index());
        }
        for child in expression.children() {
            self.expression(child);
        }
    }
}

/// The plan, whose scans leave out what `uses` do not look at.
fn narrow(plan: Arc<dyn ExecutionPlan>, uses: &Uses) -> Result<Arc<dyn ExecutionPlan>> {
    if let Some(scan) = plan.downcast_ref::<StateScan>() {
        return Ok(match narrowed(scan, uses) {
            Some(scan) => Arc::new(scan),
            None => plan,
        });
    }
    let children = plan.children();
    let input_uses = match children.as_slice() {
        [input] => of_input(plan.as_ref(), input.as_ref(), uses),
        _ => None,
    };
    let narrowed = children.into_iter().map(|child| {
        let uses = input_uses.clone();
        let uses = uses.unwrap_or_else(|| Uses::all(child.as_ref()));
        narrow(Arc::clone(child), &uses)
    });
    let narrowed = narrowed.collect::<Result<Vec<_>>>()?;
    match narrowed.is_empty() {
        true => Ok(plan),
        false => plan.replace_children(
            narrowed,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        ),
    }
}

/// What a plan looks at of its only input; `None` where that is not known.
fn of_input(plan: &dyn ExecutionPlan, input: &dyn ExecutionPlan, uses: &Uses) -> Option<Uses> {
    let mut of_input = Uses::none(input);
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        of_input.expression(filter.predicate());
        of_input.needles = needles(filter.predicate());
        for (position, used) in uses.columns.iter().enumerate() {
            let column = match filter.projection() {
                Some(projection) => *projection.get(position)?,
                None => position,
            };
            of_input.add(column, used);
        }
        // A filter that ends after some rows would end after others.
        if filter.fetch().is_some() {
            of_input.needles.clear();
        }
    } else if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        for (position, made) in projection.expr().iter().enumerate() {
            match made.expr.downcast_ref::<Column>() {
                Some(column) => of_input.add(column.index(), uses.columns.get(position)?),
                None => of_input.expression(&made.expr),
            }
        }
    } else if let Some(aggregate) = plan.downcast_ref::<AggregateExec>() {
        let groups = aggregate.group_expr().input_exprs();
        let filters = aggregate.filter_expr().iter().flatten().cloned();
        groups.iter().for_each(|group| of_input.expression(group));
        filters.for_each(|filter| of_input.expression(&filter));
        for function in aggregate.aggr_expr() {
            let expressions = function.all_expressions();
            let all = expressions.args.iter().chain(&expressions.order_by_exprs);
            all.for_each(|expression| of_input.expression(expression));
        }
    } else if let Some(sort) = plan.downcast_ref::<SortExec>() {
        of_input.columns.clone_from(&uses.columns);
        let keys = sort.expr().iter();
        keys.for_each(|key| of_input.expression(&key.expr));
    } else if plan.is::<CooperativeExec>() {
        of_input = uses.clone();
    } else {
        return None;
    }
    Some(of_input)
}

/// The scan without what is not looked at of its instances' attributes.
fn narrowed(scan: &StateScan, uses: &Uses) -> Option<StateScan> {
    let column = scan.attributes()?;
    let members = match uses.columns.get(column)? {
        Use::Members(names) => Some(names.clone()),
        Use::Whole => None,
    };
    let needles = uses.needles.iter().filter(|(of, _)| *of == column);
    let needles: Vec<Needle> = needles.map(|(_, needle)| needle.clone()).collect();
    let is_any = members.is_some() || !needles.is_empty();
    is_any.then(|| scan.with_narrowed(Narrowed { members, needles }))
}

/// The column and the name of its member that an expression looks at, if that is all it does.
fn member(expression: &Arc<dyn PhysicalExpr>) -> Option<(usize, &str)> {
    let function = expression.downcast_ref::<ScalarFunctionExpr>()?;
    let [json, name, steps @ ..] = function.args() else {
        return None;
    };
    if !OF_MEMBER.contains(&function.name()) || !steps.iter().all(|step| step.is::<Literal>()) {
        return None;
    }
    Some((json.downcast_ref::<Column>()?.index(), text(name)?))
}

/// The texts that a column of the rows which a predicate keeps has, each with its column.
fn needles(predicate: &Arc<dyn PhysicalExpr>) -> Vec<(usize, Needle)> {
    split_conjunction(predicate)
        .into_iter()
        .filter_map(needle)
        .collect()
}

fn needle(condition: &Arc<dyn PhysicalExpr>) -> Option<(usize, Needle)> {
    if let Some(like) = condition.downcast_ref::<LikeExpr>()
        && !like.negated()
        && !like.case_insensitive()
    {
        let pattern = text(like.pattern())?;
        // What follows a backslash stands for itself.
        let parts = pattern.split(['%', '_', '\\']);
        let longest = parts.max_by_key(|part| part.len())?;
        return Some((searched(like.expr())?, Needle::of(longest)?));
    }
    let comparison = condition.downcast_ref::<BinaryExpr>()?;
    if *comparison.op() != Operator::Eq {
        return None;
    }
    let (one, other) = (comparison.left(), comparison.right());
    let (value, text) = match text(other) {
        Some(text) => (one, text),
        None => (other, text(one)?),
    };
    Some((searched(value)?, Needle::of(text)?))
}

/// The column whose text an expression gives, or a part of it.
fn searched(expression: &Arc<dyn PhysicalExpr>) -> Option<usize> {
    if let Some(column) = expression.downcast_ref::<Column>() {
        return Some(column.index());
    }
    if let Some(cast) = expression.downcast_ref::<CastExpr>() {
        // A number or a time is written anew.
        return searched(Some(cast.expr()).filter(|_| is_text(cast.cast_type()))?);
    }
    let function = expression.downcast_ref::<ScalarFunctionExpr>()?;
    let is_known = OF_MEMBER.contains(&function.name()) || OF_TEXT.contains(&function.name());
    searched(function.args().first().filter(|_| is_known)?)
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8
    )
}

/// The text of a literal.
fn text(expression: &Arc<dyn PhysicalExpr>) -> Option<&str> {
    match expression.downcast_ref::<Literal>()?.value() {
        ScalarValue::Utf8(text) | ScalarValue::Utf8View(text) | ScalarValue::LargeUtf8(text) => {
            text.as_deref()
        }
        _ => None,
    }
}
