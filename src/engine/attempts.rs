//! Two attempts at a statement: a fast one, and one that needs little memory.
//!
//! A hash join is the fastest, but holds one of its sides in memory, and DataFusion's cannot go on in
//! files (datafusion-physical-plan 55.2: joins/hash_join). A join of two sorted sides can. And whatever
//! goes on in files takes its rows back in batches, of which several must fit at a time. So where a
//! statement runs out of memory before it gave a row, it begins again with joins of sorted sides and in
//! small batches. Rows that no ORDER BY sorts may then come in another order.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::SortOptions;
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::MemTable;
use datafusion::catalog::default_table_source::source_as_provider;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{HashJoinExec, SortMergeJoinExec};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::SessionContext;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};

use super::spills::Spills;

/// How many rows the batches of a second attempt have: attributes make rows of several kilobytes.
const SMALL_BATCH: usize = 256;

/// The share of the memory that each sort sets aside to merge what it wrote.
const SHARE_TO_MERGE: usize = 16;

/// How many files a sort merges at a time. Without a bound it takes as many as fit into memory, and
/// leaves none to the sort of a join's other side.
const FILES_MERGED: usize = 4;

/// Runs a plan; gives its columns and its rows, which are made as they are taken.
pub(super) async fn run(
    context: &SessionContext,
    spills: &Arc<Spills>,
    plan: LogicalPlan,
) -> Result<(SchemaRef, SendableRecordBatchStream)> {
    if !may_begin_again(&plan)? {
        return attempt(context, plan).await;
    }
    let (schema, rows) = match attempt(context, plan.clone()).await {
        // What fills a table is run before there is a stream.
        Err(error) if is_out_of_memory(&error) => {
            return attempt(&frugal(context, spills)?, plan).await;
        }
        first => first?,
    };
    let rows = stream::once(begun(context.clone(), Arc::clone(spills), plan, rows)).try_flatten();
    let rows = RecordBatchStreamAdapter::new(Arc::clone(&schema), rows);
    Ok((schema, Box::pin(rows)))
}

async fn attempt(
    context: &SessionContext,
    plan: LogicalPlan,
) -> Result<(SchemaRef, SendableRecordBatchStream)> {
    let frame = context.execute_logical_plan(plan).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    Ok((schema, frame.execute_stream().await?))
}

/// Waits for the first of `rows`, the answer to `plan`; gives all, or those of the second attempt.
async fn begun(
    context: SessionContext,
    spills: Arc<Spills>,
    plan: LogicalPlan,
    rows: SendableRecordBatchStream,
) -> Result<BoxStream<'static, Result<RecordBatch>>> {
    let mut rows = rows.fuse();
    match rows.next().await {
        Some(Err(error)) if is_out_of_memory(&error) => {
            // Gives back what it holds before the next begins.
            drop(rows);
            let (_, rows) = attempt(&frugal(&context, &spills)?, plan).await?;
            Ok(rows.boxed())
        }
        first => Ok(stream::iter(first).chain(rows).boxed()),
    }
}

/// Whether nothing of a statement that failed is left behind: what it wrote to files is, and a prepared
/// statement is known to its own session only.
fn may_begin_again(plan: &LogicalPlan) -> Result<bool> {
    let stays = plan.exists(|part| {
        Ok(match part {
            LogicalPlan::Statement(_) => true,
            // A single file is written anew; into a folder go files of other names.
            LogicalPlan::Copy(copy) => {
                let is_file = Path::new(&copy.output_url).extension().is_some();
                !is_file || copy.output_url.ends_with('/') || !copy.partition_by.is_empty()
            }
            LogicalPlan::Dml(change) => !source_as_provider(&change.target)?.is::<MemTable>(),
            _ => false,
        })
    })?;
    Ok(!stays)
}

/// Whether a statement failed for want of memory.
fn is_out_of_memory(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::ResourcesExhausted(_))
}

/// The same session, sparing with memory.
fn frugal(context: &SessionContext, spills: &Arc<Spills>) -> Result<SessionContext> {
    let state = context.state();
    let mut rules = state.physical_optimizers().to_vec();
    // Before the rule that sorts what must be sorted.
    rules.insert(1.min(rules.len()), Arc::new(JoinsOfSortedSides));
    let config = state.config().clone();
    let batch_size = config.batch_size().min(SMALL_BATCH);
    let mut config = config
        // It is there, and a new one would take the place of it in both sessions.
        .with_create_default_catalog_and_schema(false)
        .with_batch_size(batch_size)
        // With more partitions DataFusion would spread the sides of a join over them.
        .with_target_partitions(1);
    if let MemoryLimit::Finite(bytes) = state.runtime_env().memory_pool.memory_limit() {
        let reserved = &mut config.options_mut().execution.sort_spill_reservation_bytes;
        *reserved = (*reserved).min(bytes / SHARE_TO_MERGE);
    }
    let files = DiskManagerBuilder::default()
        .with_temp_file_factory(Arc::clone(spills) as _)
        .with_max_spill_merge_fan_in(FILES_MERGED);
    let runtime = RuntimeEnvBuilder::from_runtime_env(state.runtime_env())
        .with_disk_manager_builder(files)
        .build_arc()?;
    let state = SessionStateBuilder::new_from_existing(state)
        .with_config(config)
        .with_runtime_env(runtime)
        .with_physical_optimizer_rules(rules)
        .build();
    Ok(SessionContext::new_with_state(state))
}

/// Puts joins of sorted sides in place of hash joins.
#[derive(Debug)]
struct JoinsOfSortedSides;

impl PhysicalOptimizerRule for JoinsOfSortedSides {
    fn name(&self) -> &str {
        "sgq_joins_of_sorted_sides"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = plan.transform_up(|node| {
            let Some(join) = node.downcast_ref::<HashJoinExec>() else {
                return Ok(Transformed::no(node));
            };
            // NOT IN gives other rows where NULL is among them, which only a hash join heeds.
            if join.null_aware || join.contains_projection() {
                return Ok(Transformed::no(node));
            }
            let sorted = SortMergeJoinExec::try_new(
                Arc::clone(join.left()),
                Arc::clone(join.right()),
                join.on().to_vec(),
                join.filter().map(of_nullable_columns),
                *join.join_type(),
                vec![SortOptions::default(); join.on().len()],
                join.null_equality(),
            )?;
            Ok(Transformed::yes(Arc::new(sorted) as Arc<dyn ExecutionPlan>))
        })?;
        Ok(plan.data)
    }
}

/// The same filter, of columns that may be NULL: a sorted join asks it also of rows of an outer join
/// that have no other side, and would fail where DataFusion declares their columns to have no NULL.
fn of_nullable_columns(filter: &JoinFilter) -> JoinFilter {
    let fields = filter.schema().fields().iter();
    let fields: Vec<Field> = fields
        .map(|field| field.as_ref().clone().with_nullable(true))
        .collect();
    JoinFilter::new(
        Arc::clone(filter.expression()),
        filter.column_indices().to_vec(),
        Arc::new(Schema::new(fields)),
    )
}
