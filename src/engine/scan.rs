//! Reading a table: documents are opened one after another, as many at a time as there are
//! threads, and each one's memory is given back when its rows are sent.
//!
//! Rows come in the order of the documents, so that the same question has the same answer.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics};
use datafusion::config::ConfigOptions;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions, SchedulingType,
};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::metrics::{
    BaselineMetrics, Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet,
};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, SendableRecordBatchStream,
};
use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::provider::places;
use super::tables::{OpenedFile, Origin, Request, StateTable};
use crate::inventory::Inventory;

/// How many batches of one document wait to be taken.
const BATCHES_AHEAD: usize = 2;

/// A guess at the bytes of a document per row, for DataFusion's choice of join sides.
const BYTES_PER_ROW: u64 = 2000;

/// Which documents a scan reads, and how.
#[derive(Debug, Clone)]
pub(super) struct FilePlan {
    /// Their positions in the inventory.
    pub(super) files: Vec<usize>,
    /// How many are read at a time.
    pub(super) threads: usize,
    /// How many rows are enough.
    pub(super) limit: Option<usize>,
}

/// The physical plan that reads a table.
#[derive(Debug, Clone)]
pub(super) struct StateScan {
    table: Arc<dyn StateTable>,
    inventory: Arc<Inventory>,
    request: Arc<Request>,
    plan: FilePlan,
    /// Filters that a join learns while the query runs, over columns known from documents' places.
    learned: Vec<Arc<dyn PhysicalExpr>>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl StateScan {
    pub(super) fn new(
        table: Arc<dyn StateTable>,
        inventory: Arc<Inventory>,
        request: Request,
        plan: FilePlan,
    ) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&request.schema)),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        )
        .with_scheduling_type(SchedulingType::Cooperative);
        StateScan {
            table,
            inventory,
            request: Arc::new(request),
            plan,
            learned: Vec::new(),
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    /// Whether a filter is over columns of the output that are known from documents' places.
    fn is_over_places(&self, filter: &Arc<dyn PhysicalExpr>) -> bool {
        let columns = collect_columns(filter);
        !columns.is_empty()
            && columns.iter().all(|column| {
                let position = self.request.projection.get(column.index());
                position.is_some_and(|position| {
                    matches!(self.table.columns()[*position].origin, Origin::File(_))
                })
            })
    }
}

impl DisplayAs for StateScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .request
            .projection
            .iter()
            .map(|i| self.table.columns()[*i].name)
            .collect();
        write!(
            f,
            "StateScan: table={}, columns=[{}]",
            self.table.name(),
            names.join(", ")
        )?;
        write!(
            f,
            ", files={}/{}",
            self.plan.files.len(),
            self.inventory.files().len()
        )?;
        if let Some(filter) = &self.request.filter {
            write!(f, ", filter={}", filter.predicate)?;
        }
        for filter in &self.learned {
            write!(f, ", learned={filter}")?;
        }
        match self.plan.limit {
            Some(limit) => write!(f, ", limit={limit}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for StateScan {
    fn name(&self) -> &str {
        "StateScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(
            children,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        )
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for filter in self
            .request
            .filter
            .iter()
            .map(|filter| &filter.predicate)
            .chain(&self.learned)
        {
            if f(filter)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        _: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let files = self
            .plan
            .files
            .iter()
            .map(|index| &self.inventory.files()[*index]);
        let rows = match self.table.name() {
            "states" | "load_errors" => self.plan.files.len(),
            _ => usize::try_from(
                files
                    .map(|file| file.found.size / BYTES_PER_ROW + 1)
                    .sum::<u64>(),
            )
            .unwrap_or(usize::MAX),
        };
        let rows = self.plan.limit.map_or(rows, |limit| limit.min(rows));
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = Precision::Inexact(rows);
        Ok(Arc::new(statistics))
    }

    /// Takes the filters that joins learn as they run, to leave documents closed. They stay where
    /// they were, too: the scan need not apply them to every row.
    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        result: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        let filters = result.parent_filters.iter().map(|filter| &filter.filter);
        let learned: Vec<_> = match phase {
            FilterPushdownPhase::Post => filters
                .filter(|filter| self.is_over_places(filter))
                .cloned()
                .collect(),
            _ => Vec::new(),
        };
        let answer =
            FilterPushdownPropagation::with_parent_pushdown_result(vec![
                PushedDown::No;
                result.parent_filters.len()
            ]);
        if learned.is_empty() {
            return Ok(answer);
        }
        let mut scan = self.clone();
        scan.learned.extend(learned);
        Ok(answer.with_updated_node(Arc::new(scan)))
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let reader = Arc::new(Reader {
            table: Arc::clone(&self.table),
            inventory: Arc::clone(&self.inventory),
            request: Arc::clone(&self.request),
            learned: self.learned.clone(),
            buffers: Mutex::default(),
            files_opened: MetricBuilder::new(&self.metrics).counter("files_opened", partition),
            bytes_read: MetricBuilder::new(&self.metrics).counter("bytes_read", partition),
        });
        let baseline = BaselineMetrics::new(&self.metrics, partition);
        let files = stream::iter(self.plan.files.clone());
        let batches = files
            .map(move |index| {
                let reader = Arc::clone(&reader);
                async move { reader.start(index) }
            })
            .buffered(self.plan.threads.max(1))
            .flatten()
            .inspect(move |batch| {
                if let Ok(batch) = batch {
                    baseline.record_output(batch.num_rows());
                }
            });
        let schema = self.schema();
        let limited = limited(batches, self.plan.limit);
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, limited)))
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.request.schema)
    }
}

/// Ends a stream once it gave enough rows, so that no further document is opened.
fn limited(
    batches: impl Stream<Item = Result<RecordBatch>> + Send + 'static,
    limit: Option<usize>,
) -> impl Stream<Item = Result<RecordBatch>> + Send {
    let mut left = limit.unwrap_or(usize::MAX);
    batches
        .map(move |batch| {
            let batch = batch.map(|batch| batch.slice(0, batch.num_rows().min(left)));
            left -= batch.as_ref().map_or(0, RecordBatch::num_rows);
            (batch, left == 0)
        })
        .scan(false, |ended, (batch, is_last)| {
            let batch = (!*ended).then_some(batch);
            *ended = is_last;
            std::future::ready(batch)
        })
}

/// What the documents of one scan are read with.
struct Reader {
    table: Arc<dyn StateTable>,
    inventory: Arc<Inventory>,
    request: Arc<Request>,
    learned: Vec<Arc<dyn PhysicalExpr>>,
    /// Buffers to read documents into, used again and again.
    buffers: Mutex<Vec<Vec<u8>>>,
    files_opened: Count,
    bytes_read: Count,
}

impl Reader {
    /// Begins to read a document on a thread of its own; gives the batches as they come.
    fn start(self: Arc<Self>, index: usize) -> impl Stream<Item = Result<RecordBatch>> + Send {
        let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
        let task = SpawnedTask::spawn_blocking(move || {
            if let Err(error) = self.read(index, &sender) {
                let _ = sender.blocking_send(Err(error));
            }
        });
        // The task is kept beside the receiver so that it ends when nobody wants the rows.
        let next = |(mut receiver, task): (
            Receiver<Result<RecordBatch>>,
            Option<SpawnedTask<()>>,
        )| async move {
            if let Some(batch) = receiver.recv().await {
                return Some((batch, (receiver, task)));
            }
            match task?.join().await {
                Ok(()) => None,
                Err(error) => Some((
                    Err(DataFusionError::ExecutionJoin(Box::new(error))),
                    (receiver, None),
                )),
            }
        };
        stream::unfold((receiver, Some(task)), next)
    }

    fn read(&self, index: usize, sender: &Sender<Result<RecordBatch>>) -> Result<()> {
        if sender.is_closed() || self.is_ruled_out(index)? {
            return Ok(());
        }
        let file = &self.inventory.files()[index];
        let mut buffer = self.buffers().pop().unwrap_or_default();
        let (result, bytes) = self.inventory.open(file, &mut buffer, |opened| {
            let file = OpenedFile { file, opened };
            self.table.scan(
                &file,
                &self.request,
                &mut |batch| match sender.blocking_send(Ok(batch)) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                },
            )
        });
        self.files_opened.add(1);
        self.bytes_read
            .add(usize::try_from(bytes).unwrap_or(usize::MAX));
        self.buffers().push(buffer);
        result
    }

    fn buffers(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what a join has learned by now leaves nothing of a document.
    fn is_ruled_out(&self, index: usize) -> Result<bool> {
        if self.learned.is_empty() {
            return Ok(false);
        }
        let place = places(self.table.as_ref(), &self.inventory, std::iter::once(index))?;
        for filter in &self.learned {
            let filter = reassign_expr_columns(
                snapshot_physical_expr(Arc::clone(filter))?,
                &place.schema(),
            )?;
            let kept = filter.evaluate(&place)?.into_array(1)?;
            if let Some(kept) = kept.as_boolean_opt()
                && !(kept.is_valid(0) && kept.value(0))
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
