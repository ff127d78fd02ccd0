//! Functions that make JSON: `to_json`, `json_build_object`, `json_build_array` and the outer halves of
//! `json_agg` and `json_object_agg`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use super::encode::Encoder;
use super::scalar::{
    TextArgument, argument_array, fixed, json_of_anything, text_array, text_of_anything, variadic,
};
use super::text::{self, Kind, write_quoted};
use crate::engine::json::json_field;

/// `to_json(value)`: any value as JSON; NULL stays NULL.
pub fn to_json() -> Arc<ScalarUDF> {
    fixed(
        "to_json",
        &["to_jsonb", "row_to_json", "array_to_json"],
        1,
        json_of_anything,
        |args| {
            let values = encoder(args, 0)?;
            let mut out = StringViewBuilder::with_capacity(args.number_rows);
            let mut json = String::new();
            for row in 0..args.number_rows {
                if values.is_null(row) {
                    out.append_null();
                    continue;
                }
                json.clear();
                values.write(row, &mut json);
                out.append_value(&json);
            }
            Ok(Arc::new(out.finish()))
        },
    )
}

/// `json_build_array(value, ...)`.
pub fn build_array() -> Arc<ScalarUDF> {
    variadic(
        "json_build_array",
        &["jsonb_build_array"],
        true,
        json_of_anything,
        |args| {
            let values = encoders(args)?;
            build(args, |row, json| {
                json.push('[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    value.write(row, json);
                }
                json.push(']');
                Ok(())
            })
        },
    )
}

/// `json_build_object(key, value, ...)`.
pub fn build_object() -> Arc<ScalarUDF> {
    variadic(
        "json_build_object",
        &["jsonb_build_object"],
        true,
        |name, args| {
            if args.arg_fields.len() % 2 == 1 {
                return plan_err!(
                    "{name} takes keys and values in turn; the last key has no value"
                );
            }
            Ok(json_field(name, true))
        },
        |args| {
            let keys = (0..args.args.len())
                .step_by(2)
                .map(|index| TextArgument::new(args, index))
                .collect::<Result<Vec<_>>>()?;
            let values = (1..args.args.len())
                .step_by(2)
                .map(|index| encoder(args, index))
                .collect::<Result<Vec<_>>>()?;
            build(args, |row, json| {
                json.push('{');
                for (index, (key, value)) in keys.iter().zip(&values).enumerate() {
                    if index > 0 {
                        json.push(',');
                    }
                    write_member(key.get(row), value, row, json)?;
                }
                json.push('}');
                Ok(())
            })
        },
    )
}

/// `json_pair(key, value)`: one member of an object, as text; for [`object_of`].
pub fn pair() -> Arc<ScalarUDF> {
    fixed("json_pair", &[], 2, text_of_anything, |args| {
        let keys = TextArgument::new(args, 0)?;
        let value = encoder(args, 1)?;
        build(args, |row, json| {
            write_member(keys.get(row), &value, row, json)
        })
    })
}

/// `json_array_of(list)`: a JSON array of a list's elements, which are JSON text already.
pub fn array_of() -> Arc<ScalarUDF> {
    fixed("json_array_of", &[], 1, json_of_list, |args| {
        join(args, '[', ']', |_| {})
    })
}

/// `json_sorted_array_of(list, descending, nulls_first)`: the same, its elements in their values' order.
pub fn sorted_array_of() -> Arc<ScalarUDF> {
    fixed("json_sorted_array_of", &[], 3, json_of_list, |args| {
        let flag = |index| -> Result<bool> {
            let flags = argument_array(args, index)?;
            Ok(!flags.is_empty() && flags.as_boolean().value(0))
        };
        let (descending, nulls_first) = (flag(1)?, flag(2)?);
        join(args, '[', ']', move |elements| {
            elements.sort_by(|a, b| match (*a == "null", *b == "null") {
                (true, true) => std::cmp::Ordering::Equal,
                (true, false) if nulls_first => std::cmp::Ordering::Less,
                (true, false) => std::cmp::Ordering::Greater,
                (false, true) if nulls_first => std::cmp::Ordering::Greater,
                (false, true) => std::cmp::Ordering::Less,
                (false, false) if descending => compare(b, a),
                (false, false) => compare(a, b),
            });
        })
    })
}

/// `json_object_of(list)`: a JSON object of a list's members, each made by [`pair`].
pub fn object_of() -> Arc<ScalarUDF> {
    fixed("json_object_of", &[], 1, json_of_list, |args| {
        join(args, '{', '}', |_| {})
    })
}

/// Two JSON values of one SQL type in that type's order.
fn compare(a: &str, b: &str) -> std::cmp::Ordering {
    match (Kind::of(a), Kind::of(b)) {
        (Some(Kind::Number), Some(Kind::Number)) => {
            let value = |json: &str| json.parse::<f64>().unwrap_or(f64::NAN);
            value(a).total_cmp(&value(b))
        }
        (Some(Kind::String), Some(Kind::String)) => text::unquote(a).cmp(&text::unquote(b)),
        _ => a.cmp(b),
    }
}

fn json_of_list(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    match args.arg_fields.first().map(|field| field.data_type()) {
        Some(DataType::List(_) | DataType::Null) => Ok(json_field(name, true)),
        _ => plan_err!("{name} takes a list"),
    }
}

fn join(
    args: &ScalarFunctionArgs,
    open: char,
    close: char,
    arrange: impl Fn(&mut Vec<&str>),
) -> Result<ArrayRef> {
    let lists = argument_array(args, 0)?;
    let mut out = StringViewBuilder::with_capacity(args.number_rows);
    let Some(lists) = lists.as_list_opt::<i32>() else {
        (0..args.number_rows).for_each(|_| out.append_null());
        return Ok(Arc::new(out.finish()));
    };
    for row in 0..args.number_rows {
        if lists.is_null(row) {
            out.append_null();
            continue;
        }
        let elements = text_array(&lists.value(row))?;
        let mut elements: Vec<&str> = elements.iter().map(|e| e.unwrap_or("null")).collect();
        arrange(&mut elements);
        out.append_value(format!("{open}{}{close}", elements.join(",")));
    }
    Ok(Arc::new(out.finish()))
}

fn write_member(key: Option<&str>, value: &Encoder, row: usize, json: &mut String) -> Result<()> {
    let Some(key) = key else {
        return exec_err!("a JSON object's key must not be NULL; use coalesce(key, '...')");
    };
    write_quoted(json, key);
    json.push(':');
    value.write(row, json);
    Ok(())
}

fn build(
    args: &ScalarFunctionArgs,
    write: impl Fn(usize, &mut String) -> Result<()>,
) -> Result<ArrayRef> {
    let mut out = StringViewBuilder::with_capacity(args.number_rows);
    let mut json = String::new();
    for row in 0..args.number_rows {
        json.clear();
        write(row, &mut json)?;
        out.append_value(&json);
    }
    Ok(Arc::new(out.finish()))
}

fn encoders(args: &ScalarFunctionArgs) -> Result<Vec<Encoder>> {
    (0..args.args.len())
        .map(|index| encoder(args, index))
        .collect()
}

fn encoder(args: &ScalarFunctionArgs, index: usize) -> Result<Encoder> {
    let array = argument_array(args, index)?;
    match args.arg_fields.get(index) {
        Some(field) => Encoder::new(&array, field),
        None => exec_err!("argument {} is missing", index + 1),
    }
}
