//! Keeps DataFusion from taking apart join conditions that hold functions over lists.
//!
//! Its projection push-down would compute a lambda by itself on one side of a nested-loop join, which
//! fails (datafusion-physical-optimizer 55.2: projection_pushdown.rs, `JoinFilterRewriter`).

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::physical_expr::{HigherOrderFunctionExpr, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::NestedLoopJoinExec;

/// The name of DataFusion's rule.
pub const PROJECTION_PUSHDOWN: &str = "ProjectionPushdown";

/// Projection push-down for plans whose join conditions it understands.
#[derive(Debug)]
pub struct CarefulProjectionPushdown(pub Arc<dyn PhysicalOptimizerRule + Send + Sync>);

impl PhysicalOptimizerRule for CarefulProjectionPushdown {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let joins_over_lists = plan.exists(|node| {
            let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() else {
                return Ok(false);
            };
            join.filter()
                .map_or(Ok(false), |filter| has_lambda(filter.expression()))
        })?;
        if joins_over_lists {
            Ok(plan)
        } else {
            self.0.optimize(plan, config)
        }
    }
}

fn has_lambda(expr: &Arc<dyn PhysicalExpr>) -> Result<bool> {
    let mut found = false;
    expr.apply(|expr| {
        found |= expr.downcast_ref::<HigherOrderFunctionExpr>().is_some();
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}
