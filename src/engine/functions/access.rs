//! Looking into a JSON value where the key or the path is only known row by row.
//!
//! Constant keys and paths go to `json_get_json` and `json_as_text`, which the table scans recognise.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use super::scalar::{
    TextArgument, argument_array, first_is_text, fixed, is_list, is_text, text_array, type_name,
    variadic,
};
use super::text;
use crate::engine::json::json_field;

/// `json_member(json, key)`: what `->` gives, one key or array index deep.
pub fn member() -> Arc<ScalarUDF> {
    fixed("json_member", &[], 2, json_of_key, |args| {
        step_rows(args, |value| Some(Cow::Borrowed(value)))
    })
}

/// `json_member_text(json, key)`: what `->>` gives.
pub fn member_text() -> Arc<ScalarUDF> {
    fixed("json_member_text", &[], 2, text_of_key, |args| {
        step_rows(args, text::plain)
    })
}

/// `json_path(json, path)`: what `#>` gives; the path is a list or a PostgreSQL array literal.
pub fn path() -> Arc<ScalarUDF> {
    fixed("json_path", &[], 2, json_of_path, |args| {
        path_rows(args, |value| Some(Cow::Borrowed(value)))
    })
}

/// `json_path_text(json, path)`: what `#>>` gives.
pub fn path_text() -> Arc<ScalarUDF> {
    fixed("json_path_text", &[], 2, text_of_path, |args| {
        path_rows(args, text::plain)
    })
}

/// `jsonb_extract_path(json, key, ...)`: the function behind `#>`.
pub fn extract_path() -> Arc<ScalarUDF> {
    variadic(
        "json_extract_path",
        &["jsonb_extract_path"],
        false,
        super::scalar::json_of_text,
        |args| extract_rows(args, |value| Some(Cow::Borrowed(value))),
    )
}

/// `jsonb_extract_path_text(json, key, ...)`: the function behind `#>>`.
pub fn extract_path_text() -> Arc<ScalarUDF> {
    variadic(
        "json_extract_path_text",
        &["jsonb_extract_path_text"],
        false,
        super::scalar::text_of_text,
        |args| extract_rows(args, text::plain),
    )
}

fn json_of_key(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    check_key(args)?;
    super::scalar::json_of_text(name, args)
}

fn text_of_key(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    check_key(args)?;
    super::scalar::text_of_text(name, args)
}

fn check_key(args: &ReturnFieldArgs<'_>) -> Result<()> {
    match args.arg_fields.get(1).map(|field| field.data_type()) {
        Some(key) if is_text(key) || key.is_integer() => Ok(()),
        Some(other) => plan_err!(
            "-> and ->> take a key as text or an array index as integer, not {}",
            type_name(other)
        ),
        None => plan_err!("-> and ->> take a key"),
    }
}

fn json_of_path(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    check_path(name, args)?;
    Ok(json_field(name, true))
}

fn text_of_path(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    check_path(name, args)?;
    Ok(Field::new(name, DataType::Utf8View, true))
}

fn check_path(name: &str, args: &ReturnFieldArgs<'_>) -> Result<()> {
    first_is_text(name, args)?;
    match args.arg_fields.get(1).map(|field| field.data_type()) {
        Some(path) if is_text(path) || is_list(path) => Ok(()),
        Some(other) => plan_err!(
            "#> and #>> take a path such as '{{tags,Name}}' or array['tags', 'Name'], not {}",
            type_name(other)
        ),
        None => plan_err!("#> and #>> take a path"),
    }
}

fn step_rows(
    args: &ScalarFunctionArgs,
    shown: impl Fn(&str) -> Option<Cow<'_, str>>,
) -> Result<ArrayRef> {
    let json = TextArgument::new(args, 0)?;
    let mut out = StringViewBuilder::with_capacity(args.number_rows);
    if args
        .arg_fields
        .get(1)
        .is_some_and(|f| f.data_type().is_integer())
    {
        let indices = cast(&argument_array(args, 1)?, &DataType::Int64)?;
        let indices: &Int64Array = indices.as_primitive();
        for row in 0..args.number_rows {
            let index = indices.is_valid(row).then(|| indices.value(row));
            let value = json
                .get(row)
                .zip(index)
                .and_then(|(j, i)| text::element(j, i));
            out.append_option(value.and_then(&shown));
        }
    } else {
        let keys = TextArgument::new(args, 1)?;
        for row in 0..args.number_rows {
            let value = json
                .get(row)
                .zip(keys.get(row))
                .and_then(|(j, key)| text::member(j, key));
            out.append_option(value.and_then(&shown));
        }
    }
    Ok(Arc::new(out.finish()))
}

fn path_rows(
    args: &ScalarFunctionArgs,
    shown: impl Fn(&str) -> Option<Cow<'_, str>>,
) -> Result<ArrayRef> {
    let json = TextArgument::new(args, 0)?;
    let paths = PathArgument::new(args, 1)?;
    let mut out = StringViewBuilder::with_capacity(args.number_rows);
    for row in 0..args.number_rows {
        let found = match (json.get(row), paths.get(row)?) {
            (Some(json), Some(path)) => follow(json, path.iter().map(Option::as_deref)),
            _ => None,
        };
        out.append_option(found.and_then(&shown));
    }
    Ok(Arc::new(out.finish()))
}

fn extract_rows(
    args: &ScalarFunctionArgs,
    shown: impl Fn(&str) -> Option<Cow<'_, str>>,
) -> Result<ArrayRef> {
    let json = TextArgument::new(args, 0)?;
    let keys = (1..args.args.len())
        .map(|index| TextArgument::new(args, index))
        .collect::<Result<Vec<_>>>()?;
    let mut out = StringViewBuilder::with_capacity(args.number_rows);
    for row in 0..args.number_rows {
        let found = json
            .get(row)
            .and_then(|json| follow(json, keys.iter().map(|key| key.get(row))));
        out.append_option(found.and_then(&shown));
    }
    Ok(Arc::new(out.finish()))
}

/// Follows a path; a NULL step leads nowhere.
fn follow<'j, 'k>(
    json: &'j str,
    mut path: impl Iterator<Item = Option<&'k str>>,
) -> Option<&'j str> {
    path.try_fold(json, |json, key| text::step(json, key?))
}

/// A path argument: a list of keys, or text in PostgreSQL's array syntax.
pub struct PathArgument(PathRows);

enum PathRows {
    Constant(Option<Vec<Option<String>>>),
    Literals(TextArgument),
    Lists(ArrayRef),
}

impl PathArgument {
    /// Reads argument `index` of a call; a malformed constant is an error.
    pub fn new(args: &ScalarFunctionArgs, index: usize) -> Result<Self> {
        let is_list = args
            .arg_fields
            .get(index)
            .is_some_and(|f| is_list(f.data_type()));
        if is_list {
            let array = argument_array(args, index)?;
            let element = DataType::new_list(DataType::Utf8View, true);
            return Ok(Self(PathRows::Lists(cast(&array, &element)?)));
        }
        let text = TextArgument::new(args, index)?;
        if matches!(
            args.args.get(index),
            Some(datafusion::logical_expr::ColumnarValue::Scalar(_))
        ) {
            let keys = text.get(0).map(parse_path).transpose()?;
            return Ok(Self(PathRows::Constant(keys)));
        }
        Ok(Self(PathRows::Literals(text)))
    }

    /// The keys in a row; `None` where the path is NULL.
    pub fn get(&self, row: usize) -> Result<Option<Vec<Option<String>>>> {
        match &self.0 {
            PathRows::Constant(keys) => Ok(keys.clone()),
            PathRows::Literals(text) => text.get(row).map(parse_path).transpose(),
            PathRows::Lists(lists) => {
                let lists = lists.as_list::<i32>();
                if lists.is_null(row) {
                    return Ok(None);
                }
                let keys = text_array(&lists.value(row))?;
                Ok(Some(
                    keys.iter().map(|key| key.map(str::to_owned)).collect(),
                ))
            }
        }
    }
}

/// The keys of a path literal such as `{tags,Name}`.
pub fn parse_path(literal: &str) -> Result<Vec<Option<String>>> {
    match text::parse_text_array(literal) {
        Some(keys) => Ok(keys),
        None => {
            plan_err!("a list written as text looks like '{{tags,Name}}', with braces and commas")
        }
    }
}
