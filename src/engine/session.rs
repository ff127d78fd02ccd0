//! The session: statements are parsed, planned and run one after another.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::{MemTable, SchemaProvider};
use datafusion::common::DataFusionError;
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::{LogicalPlan, Statement as PlanStatement};
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;

use super::catalog::Tables;
use super::error::QueryError;
use super::kept::Kept;
use super::known::Known;
use super::narrow::NarrowAttributes;
use super::provider::StateTableProvider;
use super::sequence::PartsInSequence;
use super::spills::Spills;
use super::tables::resource_type;
use super::tables::{Description, StateTable};
use super::types::{Types, Wanted};
use super::versioned::Versioned;
use super::views::Views;
use super::yielding::YieldWhereRowsMultiply;
use super::{attempts, explain, functions, guard, named, names, table_functions, tables, whole};
use crate::inventory::Inventory;

/// The catalog and schema that hold the tables.
pub(super) const CATALOG: &str = "sgq";
pub(super) const SCHEMA: &str = "public";

/// How many rows of one side of a join are told to the scan of the other one by one, and how many
/// bytes of keys.
const JOIN_KEYS: usize = 10_000;
const JOIN_KEYS_BYTES: usize = 4 << 20;

/// How the engine runs.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// How many documents are read, and operators run, at a time.
    pub threads: NonZeroUsize,
    /// What sorts, joins and aggregations may hold, in bytes, before they go on in temporary files:
    /// the budget of a session, of which whatever else it keeps takes its share.
    pub memory: usize,
    /// Whether rows that scans made are kept for when the same is asked again, in up to a quarter of
    /// that memory: not worth while for a single question.
    pub keeps_rows: bool,
}

/// A session over an inventory.
pub struct Engine {
    context: SessionContext,
    inventory: Arc<Inventory>,
    tables: Arc<Tables>,
    types: Arc<Types>,
    spills: Arc<Spills>,
}

/// The memory limit that was given, for people: the pool has what is left of it.
pub(super) struct GivenLimit(pub(super) usize);

/// How many documents a scan reads at a time, as the planner hands it on.
pub(super) struct ReadAhead(pub(super) usize);

/// What a statement gives.
pub struct Answer {
    /// The columns.
    pub schema: SchemaRef,
    /// Whether it gives rows at all, even if none come.
    pub gives_rows: bool,
    /// The rows.
    pub rows: SendableRecordBatchStream,
}

impl Engine {
    /// A session with every table, function and view over `inventory`.
    ///
    /// # Errors
    ///
    /// When DataFusion refuses its own set-up.
    pub fn new(inventory: Arc<Inventory>, options: &EngineOptions) -> Result<Engine, QueryError> {
        let engine = Self::build(inventory, options);
        engine.map_err(|error| QueryError::without_place(&error))
    }

    fn build(
        inventory: Arc<Inventory>,
        options: &EngineOptions,
    ) -> Result<Engine, DataFusionError> {
        let spills = Arc::new(Spills::default());
        let mut config = SessionConfig::new()
            .with_target_partitions(options.threads.get())
            .with_extension(Arc::new(ReadAhead(options.threads.get())))
            .with_extension(Arc::new(GivenLimit(options.memory)))
            .with_default_catalog_and_schema(CATALOG, SCHEMA)
            .with_information_schema(true)
            // The heavy work, reading documents, is spread over threads within the scan. Above it rows
            // stay in one stream, in the documents' order: the same question has the same answer,
            // ties in ORDER BY included, on a machine of any size.
            .with_round_robin_repartition(false)
            .with_repartition_aggregations(false)
            .with_repartition_joins(false)
            .with_repartition_windows(false)
            .with_repartition_sorts(false);
        let settings = config.options_mut();
        settings.sql_parser.dialect = datafusion::config::Dialect::PostgreSQL;
        settings.sql_parser.collect_spans = true;
        settings.execution.time_zone = Some("+00:00".to_owned());
        // Only a list of a join's keys, not a hash table, can tell a scan which documents hold none.
        let optimizer = &mut settings.optimizer;
        optimizer.hash_join_inlist_pushdown_max_distinct_values = JOIN_KEYS;
        optimizer.hash_join_inlist_pushdown_max_size = JOIN_KEYS_BYTES;
        let kept = match options.keeps_rows {
            true => options.memory / 4,
            false => 0,
        };
        let pool = FairSpillPool::new(options.memory - kept);
        let pool = TrackConsumersPool::new(pool, NonZeroUsize::MIN);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(pool))
            .with_disk_manager_builder(
                DiskManagerBuilder::default().with_temp_file_factory(Arc::clone(&spills) as _),
            )
            .build_arc()?;
        let mut builder = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features();
        let physical = builder.physical_optimizers().get_or_insert_default();
        physical.rules.insert(0, Arc::new(PartsInSequence));
        physical.rules.push(Arc::new(NarrowAttributes));
        physical.rules.push(Arc::new(YieldWhereRowsMultiply));
        let context = SessionContext::new_with_state(functions::register(builder).build());
        let kept = Arc::new(Kept::new(kept));
        let types = Arc::new(Types::new(Arc::clone(&inventory), options.threads));
        let schema = Arc::new(Tables::new(
            Views::of(&context),
            Arc::clone(&types),
            Arc::clone(&inventory),
            Arc::clone(&kept),
        ));
        for table in tables::all() {
            let name = table.name().to_owned();
            let provider =
                StateTableProvider::new(table, Arc::clone(&inventory), Arc::clone(&kept));
            schema.register_table(name, Arc::new(provider))?;
        }
        let known = Arc::new(Known::new(Arc::clone(&inventory), options.threads));
        for table in tables::whole() {
            let name = table.name().to_owned();
            schema.register_table(name, whole::provider(table, Arc::clone(&known))?)?;
        }
        for table in tables::of_versions() {
            let name = table.name().to_owned();
            let provider = Versioned::new(table, Arc::clone(&known));
            schema.register_table(name, Arc::new(provider))?;
        }
        table_functions::register(&context, &known);
        if let Some(catalog) = context.catalog(CATALOG) {
            catalog.register_schema(SCHEMA, Arc::clone(&schema) as Arc<dyn SchemaProvider>)?;
        }
        Ok(Engine {
            context,
            inventory,
            tables: schema,
            types,
            spills,
        })
    }

    /// The temporary files of the session. They are removed with it and with what it runs; who ends
    /// the process before must remove them.
    pub fn spills(&self) -> &Arc<Spills> {
        &self.spills
    }

    /// The tables.
    pub(super) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Sets what was set in another session.
    pub(super) fn take_settings_of(&self, other: &Engine) {
        let options = other.context.state().config().options().as_ref().clone();
        *self.context.state_ref().write().config_mut().options_mut() = options;
    }

    /// The inventory that is asked.
    pub fn inventory(&self) -> &Arc<Inventory> {
        &self.inventory
    }

    /// Adds a table of these rows, beside those of the states.
    ///
    /// # Errors
    ///
    /// When there is one of that name.
    pub fn add_table(&self, name: &str, rows: RecordBatch) -> Result<(), QueryError> {
        let table = MemTable::try_new(rows.schema(), vec![vec![rows]]);
        let added =
            table.and_then(|table| self.tables.register_table(name.to_owned(), Arc::new(table)));
        added
            .map(|_| ())
            .map_err(|error| QueryError::without_place(&error))
    }

    /// The names of the tables and views that a statement can name, in alphabetical order. Of
    /// resource types there are those that were found so far.
    pub fn table_names(&self) -> Vec<String> {
        names::of_tables(&self.context)
    }

    /// The columns of a table or view; `None` if there is none of that name so far.
    pub async fn columns_of(&self, table: &str) -> Option<SchemaRef> {
        Some(self.tables.table(table).await.ok()??.schema())
    }

    /// The names of the resource types' tables, in alphabetical order, and what one row of each is;
    /// the documents are read for them.
    ///
    /// # Errors
    ///
    /// When reading ends by a defect.
    pub async fn types(&self) -> Result<Vec<[String; 2]>, QueryError> {
        let learned = self.types.learn(Wanted::Names).await;
        learned.map_err(|error| QueryError::without_place(&error))?;
        let names = self.types.names().into_iter();
        Ok(names
            .filter(|(name, _)| !self.tables.is_registered(name))
            .map(|(name, modes)| {
                let about = resource_type::about(&name, modes);
                [name, about]
            })
            .collect())
    }

    /// What is told of a resource type's table, for which the documents are read; `None` if no such
    /// type was found.
    ///
    /// # Errors
    ///
    /// When reading ends by a defect.
    pub async fn describe_type(&self, name: &str) -> Result<Option<Description>, QueryError> {
        if self.tables.is_registered(name) {
            return Ok(None);
        }
        let wanted = Wanted::Tables([name.to_owned()].into());
        let learned = self.types.learn(wanted).await;
        learned.map_err(|error| QueryError::without_place(&error))?;
        Ok(self.types.table(name).map(|table| table.description()))
    }

    /// The statements of a text, separated by semicolons.
    ///
    /// # Errors
    ///
    /// When it is not SQL; nothing has been run then.
    pub fn parse(&self, text: &str) -> Result<VecDeque<Statement>, QueryError> {
        let statements = DFParserBuilder::new(text)
            .with_dialect(&PostgreSqlDialect {})
            .build()
            .and_then(|mut parser| parser.parse_statements());
        statements.map_err(|error| QueryError::new(&error, text, &self.context))
    }

    /// Runs one statement of `text`. Rows are made as they are taken.
    ///
    /// # Errors
    ///
    /// When a name is unknown, types do not fit, or the statement would touch the states' files
    /// or the built-in tables.
    pub async fn run(&self, statement: Statement, text: &str) -> Result<Answer, QueryError> {
        let answer = self.plan_and_run(statement).await;
        answer.map_err(|error| QueryError::new(&error, text, &self.context))
    }

    async fn plan_and_run(&self, mut statement: Statement) -> Result<Answer, DataFusionError> {
        functions::refuse(&statement)?;
        functions::rewrite_statement(&mut statement);
        let state = self.context.state();
        self.learn_named(&statement, &state).await?;
        let plan = state.statement_to_plan(statement).await?;
        guard::check(&plan, &self.inventory, &self.tables)?;
        if let Some(wanted) = named::listed(&plan) {
            self.types.learn(wanted).await?;
        }
        let gives_rows = match &plan {
            LogicalPlan::Ddl(_) => false,
            LogicalPlan::Statement(statement) => matches!(statement, PlanStatement::Execute(_)),
            _ => true,
        };
        let explains = explain::explains(&plan);
        let (schema, mut rows) = attempts::run(&self.context, &self.spills, plan).await?;
        if explains {
            rows = explain::a_row_a_line(rows);
        }
        Ok(Answer {
            schema,
            gives_rows,
            rows,
        })
    }

    /// Learns of the names that may be resource types, all in one pass.
    async fn learn_named(
        &self,
        statement: &Statement,
        state: &SessionState,
    ) -> Result<(), DataFusionError> {
        let mut names = named::tables(statement, state);
        names.retain(|name| !self.tables.is_registered(name));
        if names.is_empty() {
            return Ok(());
        }
        self.types.learn(Wanted::Tables(names)).await
    }

    /// What went wrong while rows were taken from an answer, as it is told to the user.
    pub fn explain(&self, error: &DataFusionError, text: &str) -> QueryError {
        QueryError::new(error, text, &self.context)
    }
}
