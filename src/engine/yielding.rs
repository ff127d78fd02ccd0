//! Lets a query that multiplies its rows be stopped between two batches.
//!
//! Tokio drops a task where it waits. A scan waits now and then, but a join gives batch after batch
//! from the rows it holds without asking its inputs for more, and whoever takes them never waits
//! either. DataFusion makes leaves and exchanges yield (datafusion-physical-optimizer 55.2:
//! ensure_coop.rs); here the operators that give more rows than they take do so too.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::unnest::UnnestExec;

/// The physical rule; it comes after all others.
#[derive(Debug)]
pub(super) struct YieldWhereRowsMultiply;

impl PhysicalOptimizerRule for YieldWhereRowsMultiply {
    fn name(&self) -> &str {
        "sgq_yield_where_rows_multiply"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let wrapped = plan.transform_up(|node| {
            let is_join = node.children().len() > 1;
            if is_join || node.downcast_ref::<UnnestExec>().is_some() {
                Ok(Transformed::yes(Arc::new(CooperativeExec::new(node)) as _))
            } else {
                Ok(Transformed::no(node))
            }
        })?;
        Ok(wrapped.data)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::time::{Duration, Instant};

    use futures::StreamExt;

    use crate::engine::{Engine, EngineOptions};
    use crate::format::{Redaction, SecretNames};
    use crate::inventory::{Inventory, ReadOptions};

    #[test]
    fn a_join_of_many_rows_stops_when_it_is_dropped() {
        let names: [String; 0] = [];
        let options = ReadOptions {
            redaction: Redaction::hiding(SecretNames::new(&names, &names)),
            max_size: 1,
            ..ReadOptions::default()
        };
        let threads = EngineOptions {
            threads: NonZeroUsize::MIN,
            memory: 1 << 30,
            keeps_rows: false,
        };
        let inventory = super::Arc::new(Inventory::find(&[], options));
        let engine = Engine::new(inventory, &threads).unwrap();
        let text = "SELECT count(*) FROM generate_series(1, 100000) a(x), \
                    generate_series(1, 100000) b(x), generate_series(1, 100000) c(x) WHERE a.x <> b.x";
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_stack_size(8 << 20)
            .build()
            .unwrap();
        let task = runtime.spawn(async move {
            let statement = engine.parse(text).unwrap().pop_front().unwrap();
            let mut answer = engine.run(statement, text).await.unwrap();
            while answer.rows.next().await.is_some() {}
        });
        std::thread::sleep(Duration::from_millis(500));
        assert!(!task.is_finished());
        task.abort();
        let until = Instant::now() + Duration::from_secs(10);
        while !task.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        let stopped = task.is_finished();
        runtime.shutdown_background();
        assert!(stopped);
    }
}
