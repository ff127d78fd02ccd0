//! PostgreSQL's JSON and set-returning SQL on a DataFusion session.
//!
//! [`register`] adds functions, planners and analyzer rules to a session's builder;
//! [`rewrite_statement`] has to be applied to each parsed statement before it is planned. Nothing here
//! knows what the tables hold.

mod access;
mod aggregates;
mod analyze_first;
mod build;
mod casts;
mod comprehension;
mod concat;
mod containment;
mod encode;
mod get_json;
mod headings;
mod inspect;
mod join_filters;
mod lateral;
mod list_aggregates;
mod lists;
mod marks;
mod operators;
mod postgres;
mod precedence;
mod refused;
mod relation;
mod scalar;
mod single_row;
mod spellings;
mod subqueries;
mod sums;
mod syntax;
mod text;
mod to_char;

use std::sync::Arc;

use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::ScalarUDF;
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::optimizer::{Analyzer, Optimizer};
use datafusion_functions_json::udfs;

pub use refused::refuse;
pub use syntax::rewrite_statement;

/// Adds everything in this folder to a session that has DataFusion's defaults.
///
/// The session must plan with `sql_parser.dialect = 'PostgreSQL'`.
pub fn register(mut builder: SessionStateBuilder) -> SessionStateBuilder {
    builder
        .expr_planners()
        .get_or_insert_default()
        .splice(0..0, planners());
    builder
        .relation_planners()
        .get_or_insert_default()
        .insert(0, Arc::new(relation::SetReturning));
    *builder.type_planner() = Some(Arc::new(casts::PostgresTypes));
    builder
        .scalar_functions()
        .get_or_insert_default()
        .extend(scalar_functions());

    // DataFusion 55.2's push-down of leaf expressions loses one of two columns of the same name, such as
    // the `value` of two jsonb_array_elements (datafusion-optimizer: extract_leaf_expressions.rs compares
    // names without their qualifiers).
    let config = builder.config().get_or_insert_default();
    config
        .options_mut()
        .optimizer
        .enable_leaf_expression_pushdown = false;

    builder
        .aggregate_functions()
        .get_or_insert_default()
        .extend(aggregates::all());

    let analyzer = builder.analyzer().get_or_insert_with(Analyzer::new);
    analyzer.add_function_rewrite(Arc::new(casts::JsonCasts));
    // Before DataFusion's own rules: they take lateral subqueries as they find them.
    analyzer.rules.insert(0, Arc::new(lateral::UnnestLaterals));
    analyzer.rules.insert(1, Arc::new(single_row::SingleRows));
    analyzer.rules.insert(2, Arc::new(marks::JsonMarks));
    builder
        .optimizer()
        .get_or_insert_with(Optimizer::new)
        .rules
        .insert(0, Arc::new(analyze_first::AnalyzeFirst));
    let physical = builder.physical_optimizers().get_or_insert_default();
    for rule in &mut physical.rules {
        if rule.name() == join_filters::PROJECTION_PUSHDOWN {
            *rule = Arc::new(join_filters::CarefulProjectionPushdown(Arc::clone(rule)));
        }
    }
    builder
}

fn planners() -> [Arc<dyn ExprPlanner>; 2] {
    [
        Arc::new(operators::JsonOperators),
        Arc::new(aggregates::JsonAggregates),
    ]
}

fn scalar_functions() -> Vec<Arc<ScalarUDF>> {
    let mut functions = vec![
        get_json::get_json(),
        udfs::json_as_text_udf(),
        udfs::json_contains_udf(),
        udfs::json_get_array_udf(),
        udfs::json_get_bool_udf(),
        udfs::json_get_float_udf(),
        udfs::json_get_int_udf(),
        udfs::json_get_str_udf(),
        udfs::json_length_udf(),
        udfs::json_object_keys_udf(),
        access::extract_path(),
        access::extract_path_text(),
        access::member(),
        access::member_text(),
        access::path(),
        access::path_text(),
        build::array_of(),
        build::build_array(),
        build::build_object(),
        build::object_of(),
        build::pair(),
        build::sorted_array_of(),
        build::to_json(),
        concat::concat(),
        containment::contains(),
        containment::has_all_keys(),
        containment::has_any_key(),
        containment::has_key(),
        inspect::array_length(),
        inspect::pretty(),
        inspect::strip_nulls(),
        inspect::type_of(),
        lists::elements(),
        lists::elements_text(),
        lists::entries(),
        lists::entries_text(),
        lists::keys(),
        lists::only(),
        sums::average(),
        sums::sum(),
        lists::zip(),
    ];
    functions.extend(casts::all());
    functions.extend(postgres::all());
    functions
}
