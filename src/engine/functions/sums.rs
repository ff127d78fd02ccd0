//! `sum` and `avg` over the elements of a list, as their aggregates give them.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Builder, Int64Builder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use super::scalar::{argument_array, fixed};

/// `list_sum(list)`: the sum of a list's numbers without NULLs; NULL when there are none.
pub fn sum() -> Arc<ScalarUDF> {
    fixed("list_sum", &[], 1, sum_field, |args| {
        if args.return_field.data_type() == &DataType::Int64 {
            integer_sums(args)
        } else {
            float_rows(args, |values| values.iter().sum())
        }
    })
}

/// `list_average(list)`: the average of a list's numbers without NULLs; NULL when there are none.
pub fn average() -> Arc<ScalarUDF> {
    fixed(
        "list_average",
        &[],
        1,
        |name, args| {
            item_type(name, args)?;
            Ok(Field::new(name, DataType::Float64, true))
        },
        |args| {
            float_rows(args, |values| {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "lists are far shorter than 2^52"
                )]
                let count = values.len() as f64;
                values.iter().sum::<f64>() / count
            })
        },
    )
}

fn sum_field(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    let data_type = if item_type(name, args)?.is_integer() {
        DataType::Int64
    } else {
        DataType::Float64
    };
    Ok(Field::new(name, data_type, true))
}

fn item_type(name: &str, args: &ReturnFieldArgs<'_>) -> Result<DataType> {
    match args.arg_fields.first().map(|field| field.data_type()) {
        Some(DataType::List(item)) if item.data_type().is_numeric() => Ok(item.data_type().clone()),
        _ => plan_err!("{name} takes a list of numbers"),
    }
}

fn integer_sums(args: &ScalarFunctionArgs) -> Result<ArrayRef> {
    let lists = argument_array(args, 0)?;
    let lists = lists.as_list::<i32>();
    let mut out = Int64Builder::with_capacity(lists.len());
    for row in 0..lists.len() {
        let values = cast(&lists.value(row), &DataType::Int64)?;
        let mut total = None;
        if lists.is_valid(row) {
            for value in values.as_primitive::<Int64Type>().iter().flatten() {
                total = match total.unwrap_or(0i64).checked_add(value) {
                    Some(sum) => Some(sum),
                    None => {
                        return exec_err!("a sum is too large for bigint; cast to float8 first");
                    }
                };
            }
        }
        out.append_option(total);
    }
    Ok(Arc::new(out.finish()))
}

fn float_rows(args: &ScalarFunctionArgs, reduce: fn(&[f64]) -> f64) -> Result<ArrayRef> {
    let lists = argument_array(args, 0)?;
    let lists = lists.as_list::<i32>();
    let mut out = Float64Builder::with_capacity(lists.len());
    for row in 0..lists.len() {
        let mut values = Vec::new();
        if lists.is_valid(row) {
            let items = cast(&lists.value(row), &DataType::Float64)?;
            values.extend(items.as_primitive::<Float64Type>().iter().flatten());
        }
        out.append_option((!values.is_empty()).then(|| reduce(&values)));
    }
    Ok(Arc::new(out.finish()))
}
