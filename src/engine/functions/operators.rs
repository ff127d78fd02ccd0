//! PostgreSQL's JSON operators, planned as function calls.
//!
//! Constant keys become `json_get_json(json, 'a', 0)` and `json_as_text(json, 'a', 0, 'b')` with a chain
//! folded into one call, so that a table scan can recognise `json_as_text(attributes, 'id') = 'x'`.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::functions_nested::expr_fn::{array_has_all, array_has_any};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::sqlparser::ast::BinaryOperator;
use datafusion::logical_expr::{Expr, ExprSchemable, ScalarUDF, lit};
use datafusion_functions_json::udfs::json_as_text_udf;

use super::scalar::{is_list, is_text};
use super::{access, build, concat, containment, get_json};
use crate::engine::json::is_json;

/// Plans the JSON operators, and the list operators that PostgreSQL spells alike.
#[derive(Debug)]
pub struct JsonOperators;

impl ExprPlanner for JsonOperators {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let left_list = has_list_type(&expr.left, schema);
        let right_list = has_list_type(&expr.right, schema);
        let RawBinaryExpr { op, left, right } = expr;
        let planned = match op {
            BinaryOperator::Arrow => step(json(left, schema), right, Shown::Json),
            BinaryOperator::LongArrow => step(json(left, schema), right, Shown::Text),
            BinaryOperator::HashArrow => path(json(left, schema), right, Shown::Json),
            BinaryOperator::HashLongArrow => path(json(left, schema), right, Shown::Text),
            BinaryOperator::AtArrow | BinaryOperator::ArrowAt | BinaryOperator::PGOverlap
                if left_list || right_list =>
            {
                let (left, right) = (list(left, left_list)?, list(right, right_list)?);
                match op {
                    BinaryOperator::AtArrow => array_has_all(left, right),
                    BinaryOperator::ArrowAt => array_has_all(right, left),
                    _ => array_has_any(left, right),
                }
            }
            BinaryOperator::AtArrow => call(containment::contains(), vec![left, right]),
            BinaryOperator::ArrowAt => call(containment::contains(), vec![right, left]),
            BinaryOperator::StringConcat
                if has_json_mark(&left, schema) && has_json_mark(&right, schema) =>
            {
                call(concat::concat(), vec![left, right])
            }
            BinaryOperator::StringConcat
                if has_json_mark(&left, schema) && is_text_literal(&right)
                    || has_json_mark(&right, schema) && is_text_literal(&left) =>
            {
                check_json(&left)?;
                check_json(&right)?;
                call(concat::concat(), vec![left, right])
            }
            BinaryOperator::Question => {
                call(containment::has_key(), vec![json(left, schema), right])
            }
            BinaryOperator::QuestionPipe => {
                call(containment::has_any_key(), vec![json(left, schema), right])
            }
            BinaryOperator::QuestionAnd => {
                call(containment::has_all_keys(), vec![json(left, schema), right])
            }
            op => return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right })),
        };
        Ok(PlannerResult::Planned(planned))
    }
}

/// Whether an operator shows its result as JSON or as plain text.
#[derive(Clone, Copy)]
enum Shown {
    Json,
    Text,
}

/// `->` and `->>`.
fn step(json: Expr, key: Expr, shown: Shown) -> Expr {
    match constant_key(&key) {
        Some(key) => get(json, vec![key], shown),
        None => {
            let function = match shown {
                Shown::Json => access::member(),
                Shown::Text => access::member_text(),
            };
            call(function, vec![json, key])
        }
    }
}

/// `#>` and `#>>`.
fn path(json: Expr, path: Expr, shown: Shown) -> Expr {
    match constant_path(&path) {
        Some(keys) => get(json, keys.into_iter().map(lit).collect(), shown),
        None => {
            let function = match shown {
                Shown::Json => access::path(),
                Shown::Text => access::path_text(),
            };
            call(function, vec![json, path])
        }
    }
}

/// A constant key that `json_get_json` reads as PostgreSQL does. It would take a key of digits for an
/// array index, which `->` must not.
fn constant_key(key: &Expr) -> Option<Expr> {
    let Expr::Literal(value, _) = key else {
        return None;
    };
    match value {
        ScalarValue::Int64(Some(index)) => Some(lit(*index)),
        value => {
            let key = value.try_as_str()??;
            key.parse::<isize>().is_err().then(|| lit(key))
        }
    }
}

/// The keys of a constant path, when none of them is NULL.
fn constant_path(path: &Expr) -> Option<Vec<String>> {
    match path {
        Expr::Literal(value, _) => {
            let literal = value.try_as_str()??;
            super::text::parse_text_array(literal)?
                .into_iter()
                .collect()
        }
        Expr::ScalarFunction(function) if function.func.name() == "make_array" => function
            .args
            .iter()
            .map(|key| match key {
                Expr::Literal(value, _) => Some(value.try_as_str()??.to_owned()),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

/// A look into JSON by constant keys, folded into the look that `json` itself may be.
fn get(json: Expr, keys: Vec<Expr>, shown: Shown) -> Expr {
    let mut args = match json {
        Expr::ScalarFunction(inner)
            if inner.func.name() == "json_get_json"
                && inner
                    .args
                    .iter()
                    .skip(1)
                    .all(|arg| matches!(arg, Expr::Literal(..))) =>
        {
            inner.args
        }
        json => vec![json],
    };
    args.extend(keys);
    let function = match shown {
        Shown::Json => get_json::get_json(),
        Shown::Text => json_as_text_udf(),
    };
    call(function, args)
}

/// The left side of a JSON operator; a list, struct or map is turned into JSON first.
fn json(expr: Expr, schema: &DFSchema) -> Expr {
    match expr.get_type(schema) {
        Ok(data_type) if !is_text(&data_type) => call(build::to_json(), vec![expr]),
        _ => expr,
    }
}

/// One side of a list operator, where a constant may be written as `'{a,b}'`.
fn list(expr: Expr, is_list: bool) -> Result<Expr> {
    let literal = match &expr {
        Expr::Literal(value, _) if !is_list => value.try_as_str().flatten().map(str::to_owned),
        _ => None,
    };
    match literal {
        Some(literal) => {
            let items = access::parse_path(&literal)?;
            let items = items
                .into_iter()
                .map(|item| lit(ScalarValue::Utf8(item)))
                .collect();
            Ok(datafusion::functions_nested::expr_fn::make_array(items))
        }
        None => Ok(expr),
    }
}

fn has_list_type(expr: &Expr, schema: &DFSchema) -> bool {
    expr.get_type(schema)
        .is_ok_and(|data_type: DataType| is_list(&data_type))
}

fn has_json_mark(expr: &Expr, schema: &DFSchema) -> bool {
    expr.to_field(schema)
        .is_ok_and(|(_, field)| is_json(&field))
}

fn is_text_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(value, _) if value.try_as_str().flatten().is_some())
}

/// Refuses a literal that is joined with JSON and is none.
fn check_json(expr: &Expr) -> Result<()> {
    match expr {
        Expr::Literal(value, _)
            if let Some(text) = value.try_as_str().flatten()
                && serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() =>
        {
            plan_err!(
                "'{text}' is joined with JSON and is none; take the other side as text with ->> or ::text"
            )
        }
        _ => Ok(()),
    }
}

/// A call of a scalar function.
pub fn call(function: Arc<ScalarUDF>, args: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(function, args))
}
