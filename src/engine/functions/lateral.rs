//! placeholder
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::AnalyzerRule;

/// x
#[derive(Debug)]
pub struct UnnestLaterals;

impl AnalyzerRule for UnnestLaterals {
    fn name(&self) -> &str {
        "sgq_unnest_laterals"
    }
    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan)
    }
}
