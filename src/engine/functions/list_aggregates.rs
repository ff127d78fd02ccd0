//! Aggregates over a comprehension's rows, as functions over the list of them.

use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::functions_nested::expr_fn as lists;
use datafusion::functions_nested::{array_filter::array_filter, min_max, set_ops};
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams, LambdaVariable};
use datafusion::logical_expr::{Expr, ExprSchemable, cast, lambda, lit, when};

use super::comprehension::{Comprehension, Step};

/// What an aggregate gives for the rows of a comprehension; `None` for those that lists cannot give.
pub fn over_list(
    rows: &Comprehension,
    function: &AggregateFunction,
    schema: &DFSchema,
) -> Result<Option<Expr>> {
    let AggregateFunctionParams {
        args,
        distinct,
        filter,
        order_by,
        ..
    } = &function.params;
    let mut rows = rows.clone();
    if let Some(filter) = filter {
        match rows.express(filter.as_ref().clone(), schema)? {
            Some(condition) => rows.steps.push(Step::Where(condition)),
            None => return Ok(None),
        }
    }
    let first = match args.first() {
        Some(first) => first.clone(),
        None => lit(true),
    };
    let value = match (&first, rows.last_element()) {
        // count(*) counts a constant for each row; the element at hand saves making it.
        (Expr::Literal(constant, _), Some(element)) if !constant.is_null() => element,
        _ => match rows.express(first.clone(), schema)? {
            Some(value) => value,
            None => return Ok(None),
        },
    };
    let mut values = rows.list(&value, &DFSchema::empty())?;
    let name = function.func.name();
    let is_collecting = matches!(name, "array_agg" | "string_agg");
    if name != "array_agg" && !matches!(first, Expr::Literal(..)) {
        values = without_nulls(values)?;
    }
    if *distinct {
        values = set_ops::array_distinct(values);
    }
    match order_by.as_slice() {
        [] => {}
        [key] if is_collecting && key.expr == first => {
            let direction = lit(if key.asc { "ASC" } else { "DESC" });
            let nulls = lit(if key.nulls_first {
                "NULLS FIRST"
            } else {
                "NULLS LAST"
            });
            values = lists::array_sort(values, direction, nulls);
        }
        _ if is_collecting => return Ok(None),
        _ => {}
    }
    let length = lists::array_length(values.clone());
    Ok(Some(match name {
        "count" => {
            let length = cast(length, datafusion::arrow::datatypes::DataType::Int64);
            datafusion::functions::expr_fn::coalesce(vec![length, lit(0i64)])
        }
        "array_agg" => unless_empty(values, length)?,
        "string_agg" => match args.get(1) {
            Some(Expr::Literal(delimiter, _)) => {
                let delimiter = delimiter.try_as_str().flatten().unwrap_or("");
                let joined = lists::array_to_string(values, lit(delimiter));
                unless_empty(joined, length)?
            }
            _ => return Ok(None),
        },
        "sum" => super::operators::call(super::sums::sum(), vec![values]),
        "avg" => super::operators::call(super::sums::average(), vec![values]),
        "min" => min_max::array_min(values),
        "max" => min_max::array_max(values),
        "bool_or" => unless_empty(lists::array_has(values, lit(true)), length)?,
        "bool_and" => unless_empty(
            Expr::Not(Box::new(lists::array_has(values, lit(false)))),
            length,
        )?,
        _ => return Ok(None),
    }))
}

/// NULL in place of what an aggregate gives for no rows.
fn unless_empty(value: Expr, length: Expr) -> Result<Expr> {
    when(length.gt(lit(0)), value).end()
}

fn without_nulls(values: Expr) -> Result<Expr> {
    const NAME: &str = "__value";
    let item = match values.to_field(&DFSchema::empty())?.1.data_type() {
        datafusion::arrow::datatypes::DataType::List(item) => item.as_ref().clone().with_name(NAME),
        _ => return Ok(values),
    };
    let item = LambdaVariable::new(NAME.to_owned(), Some(std::sync::Arc::new(item)));
    let is_value = Expr::LambdaVariable(item).is_not_null();
    Ok(array_filter(values, lambda([NAME], is_value)))
}

/// A list's first element; used where a subquery is cut to one row.
pub fn first(values: Expr) -> Expr {
    lists::array_element(values, lit(ScalarValue::Int64(Some(1))))
}

/// A list's only element, NULL for none; an error when there are more, as SQL wants of a scalar subquery.
pub fn only(values: Expr) -> Expr {
    super::operators::call(super::lists::only(), vec![values])
}
