//! `::json`, `::jsonb` and casts from JSON to SQL's own types.
//!
//! [`PostgresTypes`] gives the types their mark while SQL is planned; [`JsonCasts`] replaces the casts
//! that touch JSON by functions once the types on both sides are known.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::StringViewBuilder;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, exec_err};
use datafusion::logical_expr::expr::{Cast, TryCast};
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::logical_expr::sqlparser::ast::DataType as SqlType;
use datafusion::logical_expr::{Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF};
use datafusion_functions_json::udfs::json_as_text_udf;

use super::build;
use super::operators::call;
use super::scalar::{
    TextArgument, fixed, is_list, is_text, json_of_text, same_as_json, same_as_text, text_of_text,
};
use super::text::{self, Kind};
use crate::engine::json::{is_json, json_field};

/// The types that PostgreSQL has and DataFusion does not plan.
#[derive(Debug)]
pub struct PostgresTypes;

impl TypePlanner for PostgresTypes {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        Ok(match sql_type {
            SqlType::JSON | SqlType::JSONB => Some(Arc::new(json_field("", true))),
            SqlType::Uuid
            | SqlType::Character(_)
            | SqlType::CharacterVarying(_)
            | SqlType::CharVarying(_) => Some(Arc::new(datafusion::arrow::datatypes::Field::new(
                "",
                DataType::Utf8View,
                true,
            ))),
            _ => None,
        })
    }
}

/// Replaces casts to and from JSON by the functions that do what PostgreSQL does.
#[derive(Debug)]
pub struct JsonCasts;

impl FunctionRewrite for JsonCasts {
    fn name(&self) -> &str {
        "sgq_json_casts"
    }

    fn rewrite(
        &self,
        expr: Expr,
        schema: &DFSchema,
        _: &ConfigOptions,
    ) -> Result<Transformed<Expr>> {
        let (inner, target, strict) = match &expr {
            Expr::Cast(Cast { expr, field }) => (expr, field, true),
            Expr::TryCast(TryCast { expr, field }) => (expr, field, false),
            _ => return Ok(Transformed::no(expr)),
        };
        let Ok((_, source)) = inner.to_field(schema) else {
            return Ok(Transformed::no(expr));
        };
        let inner = inner.as_ref().clone();
        let rewritten = if is_json(target) {
            to_json(inner, &source, strict)
        } else if is_json(&source) {
            from_json(inner, target, strict)
        } else if is_nested(source.data_type()) && is_text(target.data_type()) {
            call(json_to_text(), vec![call(build::to_json(), vec![inner])])
        } else {
            return Ok(Transformed::no(expr));
        };
        Ok(Transformed::yes(rewritten))
    }
}

fn to_json(inner: Expr, source: &FieldRef, strict: bool) -> Expr {
    if is_json(source) {
        inner
    } else if is_text(source.data_type()) {
        call(
            if strict {
                json_parse()
            } else {
                json_try_parse()
            },
            vec![inner],
        )
    } else {
        call(build::to_json(), vec![inner])
    }
}

fn from_json(inner: Expr, target: &FieldRef, strict: bool) -> Expr {
    let data_type = target.data_type();
    if is_text(data_type) {
        return call(json_to_text(), vec![inner]);
    }
    let scalar = match (data_type, strict) {
        (DataType::Boolean, true) => call(json_boolean(), vec![inner]),
        (DataType::Boolean, false) => call(json_try_boolean(), vec![inner]),
        (integer, true) if integer.is_integer() => call(json_integer(), vec![inner]),
        (integer, false) if integer.is_integer() => call(json_try_integer(), vec![inner]),
        (number, true) if number.is_numeric() => call(json_number(), vec![inner]),
        (number, false) if number.is_numeric() => call(json_try_number(), vec![inner]),
        // Times and the like are strings in JSON: what `->>` gives is what can be cast.
        _ => call(json_as_text_udf(), vec![inner]),
    };
    if strict {
        Expr::Cast(Cast::new_from_field(Box::new(scalar), Arc::clone(target)))
    } else {
        Expr::TryCast(TryCast::new_from_field(
            Box::new(scalar),
            Arc::clone(target),
        ))
    }
}

fn is_nested(data_type: &DataType) -> bool {
    is_list(data_type) || matches!(data_type, DataType::Struct(_) | DataType::Map(_, _))
}

/// `json_parse(text)`: text taken as JSON; an error when it is none.
pub fn json_parse() -> Arc<ScalarUDF> {
    fixed("json_parse", &[], 1, same_as_json, |args| {
        rows(args, |json| parse(json).map(Some))
    })
}

/// `json_try_parse(text)`: text taken as JSON; NULL when it is none.
pub fn json_try_parse() -> Arc<ScalarUDF> {
    fixed("json_try_parse", &[], 1, json_of_text, |args| {
        rows(args, |json| Ok(parse(json).ok()))
    })
}

/// `json_value(text)`: marks text as JSON without looking at it.
pub fn json_value() -> Arc<ScalarUDF> {
    fixed("json_value", &[], 1, same_as_json, |args| {
        let array = super::scalar::argument_array(args, 0)?;
        Ok(Arc::new(super::scalar::text_array(&array)?))
    })
}

/// `json_to_text(json)`: the JSON text itself, no longer marked as JSON.
pub fn json_to_text() -> Arc<ScalarUDF> {
    fixed("json_to_text", &[], 1, same_as_text, |args| {
        let array = super::scalar::argument_array(args, 0)?;
        Ok(Arc::new(super::scalar::text_array(&array)?))
    })
}

fn json_boolean() -> Arc<ScalarUDF> {
    fixed("json_boolean", &[], 1, text_of_text, |args| {
        rows(args, boolean)
    })
}

fn json_try_boolean() -> Arc<ScalarUDF> {
    fixed("json_try_boolean", &[], 1, text_of_text, |args| {
        rows(args, |json| Ok(boolean(json).ok().flatten()))
    })
}

fn json_integer() -> Arc<ScalarUDF> {
    fixed("json_integer", &[], 1, text_of_text, |args| {
        rows(args, integer)
    })
}

fn json_try_integer() -> Arc<ScalarUDF> {
    fixed("json_try_integer", &[], 1, text_of_text, |args| {
        rows(args, |json| Ok(integer(json).ok().flatten()))
    })
}

fn json_number() -> Arc<ScalarUDF> {
    fixed("json_number", &[], 1, text_of_text, |args| {
        rows(args, number)
    })
}

fn json_try_number() -> Arc<ScalarUDF> {
    fixed("json_try_number", &[], 1, text_of_text, |args| {
        rows(args, |json| Ok(number(json).ok().flatten()))
    })
}

/// The functions that only casts call, to be registered so that a stored plan can name them.
pub fn all() -> Vec<Arc<ScalarUDF>> {
    vec![
        json_parse(),
        json_try_parse(),
        json_value(),
        json_to_text(),
        json_boolean(),
        json_try_boolean(),
        json_integer(),
        json_try_integer(),
        json_number(),
        json_try_number(),
    ]
}

fn parse(text: &str) -> Result<Cow<'_, str>> {
    if !text::is_valid(text) {
        return exec_err!(
            "the text is no valid JSON; to make a JSON string of it, use to_json(...)"
        );
    }
    Ok(text::compact(text))
}

fn boolean(json: &str) -> Result<Option<Cow<'_, str>>> {
    match Kind::of(json) {
        Some(Kind::Boolean) => Ok(Some(Cow::Borrowed(json.trim_ascii()))),
        other => wrong_kind(other, "a boolean"),
    }
}

fn number(json: &str) -> Result<Option<Cow<'_, str>>> {
    match Kind::of(json) {
        Some(Kind::Number) => Ok(Some(Cow::Borrowed(json.trim_ascii()))),
        other => wrong_kind(other, "a number"),
    }
}

/// A number's text as an integer; fractions are rounded, halves away from zero, as `numeric` does.
fn integer(json: &str) -> Result<Option<Cow<'_, str>>> {
    let Some(digits) = number(json)? else {
        return Ok(None);
    };
    if !digits.contains(['.', 'e', 'E']) {
        return Ok(Some(digits));
    }
    match digits.parse::<f64>() {
        Ok(value) => Ok(Some(Cow::Owned(format!("{:.0}", value.round())))),
        Err(_) => exec_err!("a JSON number is too large for an integer"),
    }
}

fn wrong_kind(kind: Option<Kind>, wanted: &str) -> Result<Option<Cow<'static, str>>> {
    match kind {
        Some(Kind::Null) => Ok(None),
        Some(kind) => exec_err!(
            "a JSON {} cannot be cast to {wanted}; use ->> to read a string's contents, or TRY_CAST for NULL instead",
            kind.name()
        ),
        None => exec_err!("text that is no JSON cannot be cast to {wanted}"),
    }
}

fn rows(
    args: &ScalarFunctionArgs,
    read: impl Fn(&str) -> Result<Option<Cow<'_, str>>>,
) -> Result<datafusion::arrow::array::ArrayRef> {
    let json = TextArgument::new(args, 0)?;
    let mut out = StringViewBuilder::with_capacity(args.number_rows);
    for row in 0..args.number_rows {
        let value = json.get(row).map(&read).transpose()?.flatten();
        out.append_option(value);
    }
    Ok(Arc::new(out.finish()))
}
