//! Reading a table: documents are opened one after another, as many at a time as there are
//! threads, and each one's memory is given back when its rows are sent.
//!
//! Rows come in the order of the documents, so that the same question has the same answer.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics};
use datafusion::config::ConfigOptions;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions, SchedulingType,
};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::metrics::{
    Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet,
};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, SendableRecordBatchStream,
};
use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::kept::{self, Kept, Question};
use super::learned::Learned;
use super::portion;
use super::tables::{Made, Narrowed, OpenedFile, Request, StateTable};
use crate::inventory::{Inventory, Opened, Outcome, Stamp, Workspace};
use crate::source::Content;

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
}

/// The physical plan that reads a table.
#[derive(Debug, Clone)]
pub(super) struct StateScan {
    table: Arc<dyn StateTable>,
    inventory: Arc<Inventory>,
    request: Arc<Request>,
    plan: FilePlan,
    learned: Arc<Learned>,
    kept: Arc<Kept>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl StateScan {
    pub(super) fn new(
        table: Arc<dyn StateTable>,
        inventory: Arc<Inventory>,
        request: Request,
        plan: FilePlan,
        kept: Arc<Kept>,
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
            learned: Arc::default(),
            kept,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl StateScan {
    /// Where among its columns the attributes of instances are, if they are and need not be shown as
    /// they are.
    pub(super) fn attributes(&self) -> Option<usize> {
        let attributes = self.table.attributes()?;
        let projection = &self.request.projection;
        projection
            .iter()
            .position(|position| *position == attributes)
    }

    /// The same scan, which makes no more of attributes than is looked at.
    pub(super) fn with_narrowed(&self, narrowed: Narrowed) -> StateScan {
        let request = Request {
            narrowed: Arc::new(narrowed),
            ..Request::clone(&self.request)
        };
        StateScan {
            request: Arc::new(request),
            ..self.clone()
        }
    }
}

impl DisplayAs for StateScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .request
            .projection
            .iter()
            .map(|i| self.table.columns()[*i].name.as_ref())
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
        for filter in &self.request.filters {
            write!(f, ", filter={}", filter.predicate)?;
        }
        write!(f, "{}{}", self.request.narrowed, self.learned)?;
        match self.request.limit {
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
            .filters
            .iter()
            .map(|filter| &filter.predicate)
            .chain(self.learned.filters())
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
        let rows_of =
            |index: &usize| self.inventory.files()[*index].found.size() / BYTES_PER_ROW + 1;
        let rows = if self.table.has_one_row_a_document() {
            self.plan.files.len()
        } else {
            usize::try_from(self.plan.files.iter().map(rows_of).sum::<u64>()).unwrap_or(usize::MAX)
        };
        let rows = self.request.limit.map_or(rows, |limit| limit.min(rows));
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
        let answer =
            FilterPushdownPropagation::with_parent_pushdown_result(vec![
                PushedDown::No;
                result.parent_filters.len()
            ]);
        // A scan that ends after some rows would end after others.
        if !matches!(phase, FilterPushdownPhase::Post) || self.request.limit.is_some() {
            return Ok(answer);
        }
        let filters = result.parent_filters.into_iter();
        let filters = filters.map(|filter| filter.filter);
        let learned = self
            .learned
            .with(filters, self.table.as_ref(), &self.request);
        Ok(match learned {
            Some(learned) => answer.with_updated_node(Arc::new(StateScan {
                learned: Arc::new(learned),
                ..self.clone()
            })),
            None => answer,
        })
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        // What a join learns while it runs, the next one need not learn.
        let is_kept = self.kept.is_on() && self.learned.filters().is_empty();
        let question = match is_kept {
            true => Question::of(self.table.as_ref(), &self.request),
            false => None,
        };
        let reader = Arc::new(Reader {
            question,
            kept: Arc::clone(&self.kept),
            table: Arc::clone(&self.table),
            inventory: Arc::clone(&self.inventory),
            request: Arc::clone(&self.request),
            learned: Arc::clone(&self.learned),
            made: Made::new(&self.metrics, partition),
            threads: self.plan.threads,
            documents: self.plan.files.len(),
            workspaces: Mutex::default(),
            files_opened: MetricBuilder::new(&self.metrics).counter("files_opened", partition),
            bytes_read: MetricBuilder::new(&self.metrics).counter("bytes_read", partition),
            bytes_parsed: MetricBuilder::new(&self.metrics).counter("bytes_parsed", partition),
            files_kept: MetricBuilder::new(&self.metrics).counter("files_kept", partition),
        });
        let output_rows = MetricBuilder::new(&self.metrics).output_rows(partition);
        let wanted = portion::wanted(self.table.as_ref(), &self.request);
        let groups = self.inventory.groups(&self.plan.files, &wanted);
        let batches = stream::iter(groups)
            // Begun here, not when it is waited for: documents are read while rows of those before
            // them are taken.
            .map(move |group| {
                let kept = group.into_iter().map(|index| (index, reader.kept(index)));
                let kept: Vec<(usize, Known)> = kept.collect();
                let is_kept = |(_, kept): &(usize, Known)| kept.is_ok();
                reader
                    .files_kept
                    .add(kept.iter().filter(|one| is_kept(one)).count());
                std::future::ready(match kept.iter().all(is_kept) {
                    true => {
                        let batches = kept.into_iter().filter_map(|(_, kept)| kept.ok());
                        let batches: Vec<Result<RecordBatch>> = batches
                            .flat_map(|batches| batches.iter().cloned().collect::<Vec<_>>())
                            .map(Ok)
                            .collect();
                        stream::iter(batches).left_stream()
                    }
                    false => Arc::clone(&reader).start(kept).right_stream(),
                })
            })
            .buffered(self.plan.threads.max(1))
            .flatten();
        let rows = limited(batches, self.request.limit).inspect(move |batch| {
            if let Ok(batch) = batch {
                output_rows.add(batch.num_rows());
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
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
    let state = (batches.boxed(), limit.unwrap_or(usize::MAX));
    stream::unfold(state, |(mut batches, left)| async move {
        if left == 0 {
            return None;
        }
        let batch = batches.next().await?;
        let batch = batch.map(|batch| batch.slice(0, batch.num_rows().min(left)));
        let given = batch.as_ref().map_or(0, RecordBatch::num_rows);
        Some((batch, (batches, left - given)))
    })
}

/// What was made of a document before; else its stamp now, if it has one.
type Known = Result<Arc<[RecordBatch]>, Option<Stamp>>;

/// What the documents of one scan are read with.
struct Reader {
    table: Arc<dyn StateTable>,
    inventory: Arc<Inventory>,
    request: Arc<Request>,
    learned: Arc<Learned>,
    /// What is asked, where it is worth keeping the answer.
    question: Option<Question>,
    kept: Arc<Kept>,
    made: Made,
    /// How many threads there are, and how many documents for them.
    threads: usize,
    documents: usize,
    /// What documents are read with, used again and again.
    workspaces: Mutex<Vec<Workspace>>,
    files_opened: Count,
    bytes_read: Count,
    bytes_parsed: Count,
    files_kept: Count,
}

impl Reader {
    /// What was made of a document before; else what it is now, if that tells whether it stays so.
    fn kept(&self, index: usize) -> Known {
        let question = self.question.as_ref().ok_or(None)?;
        let stamp = kept::stamp(&self.inventory.files()[index]).ok_or(None)?;
        self.kept.get(question, index, stamp).ok_or(Some(stamp))
    }

    /// Begins to read documents that are fetched together, on a thread of its own; gives the batches as they
    /// come, those that were kept among them. They are kept where there is a stamp.
    fn start(
        self: Arc<Self>,
        group: Vec<(usize, Known)>,
    ) -> impl Stream<Item = Result<RecordBatch>> + Send {
        let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
        let task = SpawnedTask::spawn_blocking(move || {
            if let Err(error) = self.read_group(group, &sender) {
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

    fn read_group(
        &self,
        group: Vec<(usize, Known)>,
        sender: &Sender<Result<RecordBatch>>,
    ) -> Result<()> {
        let table = self.table.as_ref();
        if sender.is_closed() {
            return Ok(());
        }
        let known = self.learned.known(table, &self.request)?;
        let mut unread = Vec::with_capacity(group.len());
        for (index, kept) in &group {
            if kept.is_err() && !known.rules_out(table, &self.inventory, *index)? {
                unread.push(*index);
            }
        }
        let request = known.narrow(&self.request);
        let wanted = portion::wanted(table, &request);
        let extent = table.extent(&request);
        let fetched = self.inventory.fetch(&unread, extent, &wanted);
        let mut fetched = fetched.map(Vec::into_iter);
        for (index, kept) in group {
            let stamp = match kept {
                Ok(batches) => {
                    for batch in batches.iter() {
                        if sender.blocking_send(Ok(batch.clone())).is_err() {
                            return Ok(());
                        }
                    }
                    continue;
                }
                Err(_) if !unread.contains(&index) => continue,
                Err(stamp) => stamp,
            };
            let content = fetched.as_mut().and_then(Iterator::next);
            self.read(index, stamp, content, &request, sender)?;
        }
        Ok(())
    }

    fn read(
        &self,
        index: usize,
        stamp: Option<Stamp>,
        content: Option<Content>,
        request: &Request,
        sender: &Sender<Result<RecordBatch>>,
    ) -> Result<()> {
        let table = self.table.as_ref();
        if sender.is_closed() {
            return Ok(());
        }
        let file = &self.inventory.files()[index];
        let workspace = self.workspaces().pop();
        let mut workspace =
            workspace.unwrap_or_else(|| Workspace::one_of(self.threads, self.documents));
        let extent = table.extent(request);
        let mut made = Vec::new();
        let mut is_failed = false;
        let visit = |opened: Opened<'_>| {
            is_failed = matches!(opened, Opened::Nothing(Outcome::Failed(_)));
            let file = OpenedFile {
                file,
                opened,
                request,
                made: &self.made,
            };
            table.scan(&file, &mut |batch| {
                if stamp.is_some() {
                    made.push(batch.clone());
                }
                match sender.blocking_send(Ok(batch)) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            })
        };
        let (result, cost) = match content {
            Some(content) => {
                (self.inventory).open_fetched(file, content, extent, &mut workspace, visit)
            }
            None => self.inventory.open(file, extent, &mut workspace, visit),
        };
        self.files_opened.add(1);
        self.bytes_read.add(cost.bytes_read);
        self.bytes_parsed.add(cost.bytes_parsed);
        self.workspaces().push(workspace);
        // What nobody waits for any more may not be all, and what could not be read may be next time.
        if let (Some(question), Some(stamp)) = (&self.question, stamp)
            && result.is_ok()
            && !is_failed
            && !sender.is_closed()
        {
            self.kept.put(question, index, stamp, made);
        }
        result
    }

    fn workspaces(&self) -> std::sync::MutexGuard<'_, Vec<Workspace>> {
        self.workspaces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
