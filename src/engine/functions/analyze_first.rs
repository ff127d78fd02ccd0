//! Our analysis for plans that reach the optimizer without it.
//!
//! DataFusion optimizes the query of a PREPARE without analyzing it (datafusion: execution/context/mod.rs),
//! and its optimizer would take lateral joins apart in ways that cannot be mended afterwards.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::analyzer::function_rewrite::ApplyFunctionRewrites;
use datafusion::optimizer::{AnalyzerRule, OptimizerConfig, OptimizerRule};

use super::casts::JsonCasts;
use super::lateral::UnnestLaterals;
use super::single_row::SingleRows;

/// Applies this folder's analyzer rules; plans that were analyzed stay as they are.
#[derive(Debug)]
pub struct AnalyzeFirst;

impl OptimizerRule for AnalyzeFirst {
    fn name(&self) -> &str {
        "sgq_analyze_first"
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let options = config.options();
        let casts = ApplyFunctionRewrites::new(vec![Arc::new(JsonCasts)]);
        let before = plan.clone();
        let plan = casts.analyze(plan, &options)?;
        let plan = UnnestLaterals.analyze(plan, &options)?;
        let plan = SingleRows.analyze(plan, &options)?;
        Ok(if plan == before {
            Transformed::no(before)
        } else {
            Transformed::yes(plan)
        })
    }
}
