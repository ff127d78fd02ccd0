//! `json_agg` and `json_object_agg`, planned as `array_agg` with JSON around it.
//!
//! `ORDER BY`, `FILTER` and `DISTINCT` inside the call are `array_agg`'s own, and so is its speed.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, internal_err, plan_err};
use datafusion::functions_aggregate::array_agg::array_agg_udaf;
use datafusion::functions_aggregate::bool_and_or::bool_and_udaf;
use datafusion::logical_expr::expr::{AggregateFunction, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::planner::{
    ExprPlanner, PlannerResult, RawAggregateExpr, RawWindowExpr,
};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Expr, Signature, Volatility,
    WindowFunctionDefinition, lit,
};

use super::build;
use super::operators::call;

/// Plans `json_agg` and `json_object_agg`.
#[derive(Debug)]
pub struct JsonAggregates;

/// The aggregates, so that the planner finds them by name.
pub fn all() -> Vec<Arc<AggregateUDF>> {
    vec![
        Arc::new(AggregateUDF::new_from_impl(Planned::new(
            "json_agg",
            "jsonb_agg",
            1,
        ))),
        Arc::new(AggregateUDF::new_from_impl(Planned::new(
            "json_object_agg",
            "jsonb_object_agg",
            2,
        ))),
        Arc::new(bool_and_udaf().as_ref().clone().with_aliases(["every"])),
    ]
}

impl ExprPlanner for JsonAggregates {
    fn plan_aggregate(
        &self,
        mut expr: RawAggregateExpr,
    ) -> Result<PlannerResult<RawAggregateExpr>> {
        let Some(collected) = collected(expr.func.name(), &expr.args)? else {
            return Ok(PlannerResult::Original(expr));
        };
        let mut finish = Finish::Plain;
        // Values are collected as JSON text. In text's order 10 comes before 9, and DISTINCT wants its
        // argument in ORDER BY, so distinct values are put in order when they are joined.
        if let (true, [key]) = (expr.distinct, expr.order_by.as_slice())
            && expr.args.first() == Some(&key.expr)
        {
            finish = Finish::Sorted {
                descending: !key.asc,
                nulls_first: key.nulls_first,
            };
            expr.order_by.clear();
        }
        let list = Expr::AggregateFunction(AggregateFunction::new_udf(
            array_agg_udaf(),
            vec![collected],
            expr.distinct,
            expr.filter,
            expr.order_by,
            expr.null_treatment,
        ));
        Ok(PlannerResult::Planned(finish.apply(expr.func.name(), list)))
    }

    fn plan_window(&self, expr: RawWindowExpr) -> Result<PlannerResult<RawWindowExpr>> {
        let WindowFunctionDefinition::AggregateUDF(function) = &expr.func_def else {
            return Ok(PlannerResult::Original(expr));
        };
        let Some(collected) = collected(function.name(), &expr.args)? else {
            return Ok(PlannerResult::Original(expr));
        };
        let list = Expr::WindowFunction(Box::new(WindowFunction {
            fun: WindowFunctionDefinition::AggregateUDF(array_agg_udaf()),
            params: WindowFunctionParams {
                args: vec![collected],
                partition_by: expr.partition_by,
                order_by: expr.order_by,
                window_frame: expr.window_frame,
                filter: expr.filter,
                null_treatment: expr.null_treatment,
                distinct: expr.distinct,
            },
        }));
        Ok(PlannerResult::Planned(
            Finish::Plain.apply(function.name(), list),
        ))
    }
}

/// How the collected values become one JSON value.
enum Finish {
    Plain,
    Sorted { descending: bool, nulls_first: bool },
}

impl Finish {
    fn apply(self, name: &str, list: Expr) -> Expr {
        match self {
            _ if name == "json_object_agg" => call(build::object_of(), vec![list]),
            Self::Plain => call(build::array_of(), vec![list]),
            Self::Sorted {
                descending,
                nulls_first,
            } => call(
                build::sorted_array_of(),
                vec![list, lit(descending), lit(nulls_first)],
            ),
        }
    }
}

/// What is collected for each row: a JSON value, or a key with its value.
fn collected(name: &str, args: &[Expr]) -> Result<Option<Expr>> {
    Ok(match (name, args) {
        ("json_agg", [value]) => Some(call(build::to_json(), vec![value.clone()])),
        ("json_object_agg", [key, value]) => {
            Some(call(build::pair(), vec![key.clone(), value.clone()]))
        }
        ("json_agg", _) => return plan_err!("json_agg takes one argument"),
        ("json_object_agg", _) => return plan_err!("json_object_agg takes a key and a value"),
        _ => None,
    })
}

/// A name that the planner looks up; [`JsonAggregates`] plans something else in its place.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Planned {
    name: &'static str,
    aliases: Vec<String>,
    signature: Signature,
}

impl Planned {
    fn new(name: &'static str, alias: &str, arguments: usize) -> Self {
        Self {
            name,
            aliases: vec![alias.to_owned()],
            signature: Signature::any(arguments, Volatility::Immutable),
        }
    }
}

impl AggregateUDFImpl for Planned {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn accumulator(&self, _: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        internal_err!("{} was not planned as array_agg", self.name)
    }
}
