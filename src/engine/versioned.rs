//! Tables of the versions of states, as DataFusion sees them: rows are made a part at a time, and those
//! that a filter on what is at hand leaves out are never looked into.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

use super::known::Known;
use super::provider::{row_filter, support};
use super::tables::{Origin, Request, VersionTable};

/// How many batches wait to be taken.
const BATCHES_AHEAD: usize = 2;

/// How many rows a batch has at most that holds attributes.
const COSTLY_ROWS: usize = 1024;

/// What DataFusion scans for a table of versions.
#[derive(Debug)]
pub(super) struct Versioned {
    table: Arc<dyn VersionTable>,
    known: Arc<Known>,
}

impl Versioned {
    pub(super) fn new(table: Arc<dyn VersionTable>, known: Arc<Known>) -> Versioned {
        Versioned { table, known }
    }
}

#[async_trait]
impl TableProvider for Versioned {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(support(self.table.columns(), filters))
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = self.table.columns();
        let projection = projection
            .cloned()
            .unwrap_or_else(|| (0..columns.len()).collect());
        let schema = Arc::new(self.table.schema().project(&projection)?);
        let is_costly = |position: &usize| matches!(columns[*position].origin, Origin::CostlyRows);
        let size = session.config().batch_size();
        let request = Request {
            batch_size: match projection.iter().any(is_costly) {
                true => size.min(COSTLY_ROWS),
                false => size,
            },
            projection,
            schema: Arc::clone(&schema),
            filters: Vec::from_iter(row_filter(columns, session, filters.to_vec())?),
            of_instances: Vec::new(),
            narrowed: Arc::default(),
            limit,
        };
        let rows = Rows {
            table: Arc::clone(&self.table),
            known: Arc::clone(&self.known),
            request: Arc::new(request),
        };
        let rows: Arc<dyn PartitionStream> = Arc::new(rows);
        let plan = StreamingTableExec::try_new(schema, vec![rows], None, None, false, limit)?;
        Ok(Arc::new(plan))
    }
}

/// The rows that one scan asks for.
#[derive(Debug)]
struct Rows {
    table: Arc<dyn VersionTable>,
    known: Arc<Known>,
    request: Arc<Request>,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.request.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.request.schema);
        let mut stream = RecordBatchReceiverStreamBuilder::new(schema, BATCHES_AHEAD);
        let sender = stream.tx();
        let (table, known) = (Arc::clone(&self.table), Arc::clone(&self.known));
        let request = Arc::clone(&self.request);
        stream.spawn_blocking(move || {
            table.scan(
                &known,
                &request,
                &mut |batch| match sender.blocking_send(Ok(batch)) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                },
            )
        });
        stream.build()
    }
}
