//! A relation made of nothing but unnested lists, as "each x of a list, each y of a list of x, where ...".
//!
//! Such a relation has no rows of its own, so it can be moved over the rows its lists come from
//! ([`super::lateral`]) or be answered inside one row by functions over lists ([`super::subqueries`]).

use std::cell::Cell;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, NullHandling, Result, plan_err};
use datafusion::functions_nested::array_any_match::array_any_match;
use datafusion::functions_nested::array_filter::array_filter;
use datafusion::functions_nested::array_transform::array_transform;
use datafusion::functions_nested::expr_fn::{array_has, flatten as flatten_lists, make_array};
use datafusion::logical_expr::expr::LambdaVariable;
use datafusion::logical_expr::{
    Aggregate, BinaryExpr, EmptyRelation, Expr, ExprSchemable, Filter, LogicalPlan, Operator,
    Projection, Subquery, SubqueryAlias, Unnest, lambda, lit, when,
};

use super::list_aggregates;

/// Gives each variable of one plan a name of its own.
#[derive(Default)]
pub struct Names(Cell<usize>);

impl Names {
    fn next(&self) -> String {
        let number = self.0.get();
        self.0.set(number + 1);
        format!("__element_{number}")
    }
}

/// One step towards a comprehension's rows.
#[derive(Debug, Clone)]
pub enum Step {
    /// Each element of a list, in turn, under a name.
    Each {
        /// The name that later steps and columns use, as an unqualified column.
        name: String,
        /// The list; it may use the names of earlier steps.
        list: Expr,
    },
    /// Only where a condition holds.
    Where(Expr),
}

/// A relation as steps, and its columns in terms of their names.
#[derive(Debug, Clone, Default)]
pub struct Comprehension {
    /// The steps, outermost first.
    pub steps: Vec<Step>,
    /// One expression for each column of the relation.
    pub columns: Vec<Expr>,
}

impl Comprehension {
    /// Reads a plan as a comprehension; `None` when it holds anything else than unnested lists.
    pub fn of(plan: &LogicalPlan, names: &Names) -> Result<Option<Self>> {
        Ok(match plan {
            LogicalPlan::EmptyRelation(EmptyRelation {
                produce_one_row: true,
                schema,
            }) if schema.fields().is_empty() => Some(Self::default()),
            LogicalPlan::Subquery(Subquery {
                subquery: input, ..
            })
            | LogicalPlan::SubqueryAlias(SubqueryAlias { input, .. }) => Self::of(input, names)?,
            LogicalPlan::Projection(Projection { input, expr, .. }) => {
                let Some(inner) = Self::of(input, names)? else {
                    return Ok(None);
                };
                let columns = expr
                    .iter()
                    .map(|expr| inner.express(expr.clone().unalias(), input.schema()))
                    .collect::<Result<Option<Vec<_>>>>()?;
                columns.map(|columns| Self {
                    steps: inner.steps,
                    columns,
                })
            }
            LogicalPlan::Filter(Filter {
                input, predicate, ..
            }) => {
                let Some(mut inner) = Self::of(input, names)? else {
                    return Ok(None);
                };
                let Some(condition) = inner.express(predicate.clone(), input.schema())? else {
                    return Ok(None);
                };
                inner.steps.push(Step::Where(condition));
                Some(inner)
            }
            LogicalPlan::Unnest(unnest) => Self::of_unnest(unnest, names)?,
            LogicalPlan::Aggregate(Aggregate {
                input,
                group_expr,
                aggr_expr,
                ..
            }) if group_expr.is_empty() => {
                let Some(inner) = Self::of(input, names)? else {
                    return Ok(None);
                };
                let columns = aggr_expr
                    .iter()
                    .map(|expr| inner.aggregated(expr, input.schema()))
                    .collect::<Result<Option<Vec<_>>>>()?;
                columns.map(|columns| Self {
                    steps: Vec::new(),
                    columns,
                })
            }
            _ => None,
        })
    }

    fn of_unnest(unnest: &Unnest, names: &Names) -> Result<Option<Self>> {
        let Some(mut inner) = Self::of(&unnest.input, names)? else {
            return Ok(None);
        };
        let one_list = match unnest.list_type_columns.as_slice() {
            [(index, list)] if list.depth == 1 && unnest.struct_type_columns.is_empty() => *index,
            _ => return Ok(None),
        };
        if unnest.options.null_handling != NullHandling::Drop
            || unnest.schema.fields().len() != inner.columns.len()
        {
            return Ok(None);
        }
        let name = names.next();
        let element = Expr::Column(Column::new_unqualified(name.clone()));
        let list = std::mem::replace(&mut inner.columns[one_list], element);
        inner.steps.push(Step::Each { name, list });
        Ok(Some(inner))
    }

    /// An expression over the relation's columns in terms of the steps' names.
    pub fn express(&self, expr: Expr, schema: &DFSchema) -> Result<Option<Expr>> {
        let mut understood = true;
        let expressed = expr.transform_up(|expr| {
            Ok(match expr {
                Expr::Column(column) => match schema.maybe_index_of_column(&column) {
                    Some(index) if index < self.columns.len() => {
                        Transformed::yes(self.columns[index].clone())
                    }
                    _ => {
                        understood = false;
                        Transformed::no(Expr::Column(column))
                    }
                },
                Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_) => {
                    understood = false;
                    Transformed::no(expr)
                }
                expr => Transformed::no(expr),
            })
        })?;
        Ok(understood.then_some(expressed.data))
    }

    fn aggregated(&self, expr: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
        let Expr::AggregateFunction(function) = expr.clone().unalias() else {
            return Ok(None);
        };
        list_aggregates::over_list(self, &function, schema)
    }

    /// Makes columns of the outer references that `schema` has.
    pub fn resolved(mut self, schema: &DFSchema) -> Result<Self> {
        for step in &mut self.steps {
            let (Step::Each { list: expr, .. } | Step::Where(expr)) = step;
            *expr = resolve(std::mem::take(expr), schema)?;
        }
        for column in &mut self.columns {
            *column = resolve(std::mem::take(column), schema)?;
        }
        Ok(self)
    }

    /// Whether any row passes `test`. With `nullable`, NULL when no row does but for some it is unknown.
    pub fn any(&self, test: &Expr, nullable: bool, schema: &DFSchema) -> Result<Expr> {
        any(&self.steps, test, nullable, &mut Vec::new(), schema)
    }

    /// The list of what `element` is for each row; NULL or empty when there are none.
    pub fn list(&self, element: &Expr, schema: &DFSchema) -> Result<Expr> {
        list(&self.steps, element, &mut Vec::new(), schema)
    }

    /// The innermost element, as a column.
    pub fn last_element(&self) -> Option<Expr> {
        self.steps.iter().rev().find_map(|step| match step {
            Step::Each { name, .. } => Some(Expr::Column(Column::new_unqualified(name.clone()))),
            Step::Where(_) => None,
        })
    }

    /// Whether the relation has rows by lists, rather than exactly one.
    pub fn has_lists(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, Step::Each { .. }))
    }
}

/// Makes columns of an expression's outer references that `schema` has.
pub fn resolve(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    let resolved = expr.transform_up(|expr| {
        Ok(match expr {
            Expr::OuterReferenceColumn(_, column) if schema.has_column(&column) => {
                Transformed::yes(Expr::Column(column))
            }
            expr => Transformed::no(expr),
        })
    })?;
    Ok(resolved.data)
}

/// Whether lists that come from an outer query are unnested somewhere in a plan.
pub fn unnests_outer_lists(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply(|node| {
        if let LogicalPlan::Unnest(unnest) = node {
            found |= unnest.input.expressions().iter().any(Expr::contains_outer);
        }
        Ok(if found {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    })?;
    Ok(found)
}

/// The elements bound so far.
type Bound = Vec<(String, FieldRef)>;

fn any(
    steps: &[Step],
    test: &Expr,
    nullable: bool,
    bound: &mut Bound,
    schema: &DFSchema,
) -> Result<Expr> {
    match steps.split_first() {
        None => bind(test, bound),
        Some((Step::Where(condition), [])) if *test == lit(true) => {
            Ok(bind(condition, bound)?.is_true())
        }
        Some((Step::Where(condition), rest)) => {
            let passed = any(rest, test, nullable, bound, schema)?;
            when(bind(condition, bound)?, passed).otherwise(lit(false))
        }
        Some((Step::Each { name, list }, rest)) => {
            let list = bind(list, bound)?;
            bound.push((name.clone(), element_field(&list, name, schema)?));
            let body = any(rest, test, nullable, bound, schema)?;
            bound.pop();
            // Cheaper than a lambda, and what a join condition can be made of.
            if let (false, Some(value)) = (nullable, equal_to_element(&body, name)) {
                return Ok(array_has(list, value).is_true());
            }
            let found = array_any_match(list.clone(), lambda([name.as_str()], body));
            if nullable {
                when(list.is_null(), lit(false)).otherwise(found)
            } else {
                Ok(found.is_true())
            }
        }
    }
}

/// What a condition wants an element to be equal to, if that is all it wants.
fn equal_to_element(condition: &Expr, name: &str) -> Option<Expr> {
    let is_element = |expr: &Expr| matches!(expr, Expr::LambdaVariable(v) if v.name == name);
    let uses_element = |expr: &Expr| expr.exists(|expr| Ok(is_element(expr))).unwrap_or(true);
    let Expr::IsTrue(condition) = condition else {
        return None;
    };
    match condition.as_ref() {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Eq,
            right,
        }) => {
            if is_element(left) && !uses_element(right) {
                Some(right.as_ref().clone())
            } else if is_element(right) && !uses_element(left) {
                Some(left.as_ref().clone())
            } else {
                None
            }
        }
        _ => None,
    }
}

fn list(steps: &[Step], element: &Expr, bound: &mut Bound, schema: &DFSchema) -> Result<Expr> {
    match steps.split_first() {
        None => Ok(make_array(vec![bind(element, bound)?])),
        Some((Step::Where(condition), rest)) => {
            let items = list(rest, element, bound, schema)?;
            when(bind(condition, bound)?, items).end()
        }
        Some((Step::Each { name, list: items }, rest)) => {
            let mut items = bind(items, bound)?;
            bound.push((name.clone(), element_field(&items, name, schema)?));
            let conditions: Option<Vec<&Expr>> = rest
                .iter()
                .map(|step| match step {
                    Step::Where(condition) => Some(condition),
                    Step::Each { .. } => None,
                })
                .collect();
            let made = match conditions {
                Some(conditions) => {
                    if let Some(all) = conditions.into_iter().cloned().reduce(Expr::and) {
                        items = array_filter(items, lambda([name.as_str()], bind(&all, bound)?));
                    }
                    if *element == Expr::Column(Column::new_unqualified(name.clone())) {
                        items
                    } else {
                        array_transform(items, lambda([name.as_str()], bind(element, bound)?))
                    }
                }
                None => {
                    let inner = list(rest, element, bound, schema)?;
                    let some = inner.clone().is_not_null();
                    let items = array_filter(items, lambda([name.as_str()], some));
                    flatten_lists(array_transform(items, lambda([name.as_str()], inner)))
                }
            };
            bound.pop();
            Ok(made)
        }
    }
}

/// Makes lambda variables of the names that are bound.
fn bind(expr: &Expr, bound: &Bound) -> Result<Expr> {
    let bound = expr.clone().transform_up(|expr| {
        Ok(match expr {
            Expr::Column(column) if column.relation.is_none() => {
                match bound.iter().rev().find(|(name, _)| *name == column.name) {
                    Some((name, field)) => Transformed::yes(Expr::LambdaVariable(
                        LambdaVariable::new(name.clone(), Some(Arc::clone(field))),
                    )),
                    None => Transformed::no(Expr::Column(column)),
                }
            }
            expr => Transformed::no(expr),
        })
    })?;
    Ok(bound.data)
}

/// The field of a list's elements, under the name they are bound to.
fn element_field(list: &Expr, name: &str, schema: &DFSchema) -> Result<FieldRef> {
    match list.to_field(schema)?.1.data_type() {
        DataType::List(item) | DataType::LargeList(item) => {
            Ok(Arc::new(item.as_ref().clone().with_name(name)))
        }
        other => plan_err!("{} cannot be unnested", super::scalar::type_name(other)),
    }
}
