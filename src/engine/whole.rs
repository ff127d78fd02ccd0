//! Tables whose rows need more than one state at a time, as DataFusion sees them.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::known::Known;
use super::tables::WholeTable;

/// What DataFusion scans for `table`: nothing is read before rows are asked for.
///
/// # Errors
///
/// When DataFusion refuses the table's schema.
pub(super) fn provider(
    table: Arc<dyn WholeTable>,
    known: Arc<Known>,
) -> Result<Arc<dyn TableProvider>> {
    let schema = table.schema();
    let rows = Rows {
        table,
        known,
        schema: Arc::clone(&schema),
    };
    let rows = StreamingTable::try_new(schema, vec![Arc::new(rows)])?;
    Ok(Arc::new(Whole(rows)))
}

/// A stream that is a table, where DataFusion's own calls itself a view.
#[derive(Debug)]
struct Whole(StreamingTable);

#[async_trait]
impl TableProvider for Whole {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.0.scan(session, projection, filters, limit).await
    }
}

/// How many batches wait to be taken.
const BATCHES_AHEAD: usize = 2;

/// The rows of one table, made on a thread of their own.
#[derive(Debug)]
struct Rows {
    table: Arc<dyn WholeTable>,
    known: Arc<Known>,
    schema: SchemaRef,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (table, known) = (Arc::clone(&self.table), Arc::clone(&self.known));
        let size = context.session_config().batch_size().max(1);
        let rows = async move { made(table, known, size) };
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            stream::once(rows).flatten(),
        ))
    }
}

/// The rows of a table in batches of `size`, of which no more are made than are taken, but for a few.
fn made(
    table: Arc<dyn WholeTable>,
    known: Arc<Known>,
    size: usize,
) -> impl Stream<Item = Result<RecordBatch>> {
    let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
    let making = SpawnedTask::spawn_blocking(move || {
        table.send(&known, &mut |rows| {
            for batch in in_parts(&rows, size) {
                // Whoever took them has enough.
                if sender.blocking_send(batch).is_err() {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })
    });
    stream::unfold((receiver, Some(making)), |(mut receiver, making)| async {
        if let Some(batch) = receiver.recv().await {
            return Some((Ok(batch), (receiver, making)));
        }
        let error = match making?.join().await {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => error,
            Err(error) => DataFusionError::ExecutionJoin(Box::new(error)),
        };
        Some((Err(error), (receiver, None)))
    })
}

/// The rows in batches of `size`.
fn in_parts(rows: &RecordBatch, size: usize) -> Vec<RecordBatch> {
    (0..rows.num_rows())
        .step_by(size)
        .map(|start| rows.slice(start, size.min(rows.num_rows() - start)))
        .collect()
}
