//! A session over states, as the command line opens it, and its answers as text.

use std::collections::VecDeque;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::sql::parser::Statement;
use futures::TryStreamExt;
use sgq::engine::library;
use sgq::engine::{Engine, EngineOptions, QueryError};
use sgq::format::{Redaction, SecretNames};
use sgq::inventory::{Inventory, LabelPattern, ReadOptions, SourceSpec};
use sgq::output::{self, Format, Style};
use sgq::postgres::Environment;
use sgq::source::Location;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType};

/// How many documents are read at a time.
pub const THREADS: usize = 2;

/// A session over the states below a folder.
pub struct Session {
    /// The engine itself.
    pub engine: Engine,
}

/// The rows of a statement.
pub struct Rows {
    /// The columns.
    pub schema: SchemaRef,
    /// Whether the statement gives rows at all.
    pub gives_rows: bool,
    /// The rows.
    pub batches: Vec<RecordBatch>,
}

impl Session {
    /// A session over `sample-states`, labelled as its `sgq.toml` says.
    pub fn over_samples() -> Session {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-states");
        let settings = std::fs::read_to_string(folder.join("sgq.toml")).expect("sgq.toml");
        let settings: toml::Table = settings.parse().expect("sgq.toml is TOML");
        let source = settings["source"][0].as_table().expect("a source");
        let text = |key: &str| source[key].as_str().expect("text").to_owned();
        Session::over(&text("name"), &folder, &text("labels"), THREADS)
    }

    /// A session over the states below `folder`.
    pub fn over(name: &str, folder: &Path, labels: &str, threads: usize) -> Session {
        Session::with(name, folder, labels, threads, false)
    }

    /// The same, which keeps the rows that scans made.
    pub fn keeping(name: &str, folder: &Path, labels: &str, threads: usize) -> Session {
        Session::with(name, folder, labels, threads, true)
    }

    fn with(name: &str, folder: &Path, labels: &str, threads: usize, keeps_rows: bool) -> Session {
        let source = SourceSpec {
            name: Some(name.to_owned()),
            location: Location::parse(
                &folder.to_string_lossy(),
                Path::new(""),
                &Environment::default(),
            )
            .expect("a place"),
            base: PathBuf::new(),
            labels: Some(LabelPattern::parse(labels).expect("a label pattern")),
        };
        let reading = ReadOptions {
            redaction: Redaction::hiding(SecretNames::new(&[], &[])),
            max_size: u64::MAX,
            ..ReadOptions::default()
        };
        let options = EngineOptions {
            threads: NonZeroUsize::new(threads).expect("threads"),
            memory: 1 << 30,
            keeps_rows,
        };
        let inventory = Arc::new(Inventory::find(&[source], reading));
        Session {
            engine: Engine::new(inventory, &options).expect("an engine"),
        }
    }

    /// How many documents were opened so far, again each time.
    pub fn opened(&self) -> usize {
        let progress = self.engine.inventory().progress();
        progress.files.load(Ordering::Relaxed)
    }

    /// The tables and views that are known so far.
    pub fn table_names(&self) -> Vec<String> {
        self.engine.table_names()
    }

    /// Runs every statement of a text; gives the rows of the last one.
    pub async fn answer(&self, sql: &str) -> Result<Rows, QueryError> {
        self.rows_of(self.engine.parse(sql)?, sql).await
    }

    async fn rows_of(
        &self,
        statements: VecDeque<Statement>,
        sql: &str,
    ) -> Result<Rows, QueryError> {
        let mut rows = None;
        for statement in statements {
            let answer = self.engine.run(statement, sql).await?;
            let batches = answer.rows.try_collect().await;
            rows = Some(Rows {
                schema: answer.schema,
                gives_rows: answer.gives_rows,
                batches: batches.map_err(|error| self.engine.explain(&error, sql))?,
            });
        }
        Ok(rows.expect("a statement"))
    }

    /// Runs a built-in report: its name, then `key=value` for each parameter, between blanks.
    pub async fn report(&self, written: &str) -> Result<Rows, QueryError> {
        let mut words = written.split_whitespace();
        let name = words.next().expect("a report's name");
        let mut reports = library::reports().into_iter();
        let report = reports.find(|report| report.name == name);
        let report = report.unwrap_or_else(|| panic!("there is no report {name}"));
        let params = words.map(|word| word.split_once('=').expect("key=value"));
        let arguments = report.arguments(params).expect("arguments");
        let mut statements = self.engine.parse(&report.text)?;
        report
            .bind(&mut statements, &arguments)
            .expect("parameters");
        self.rows_of(statements, &report.text).await
    }

    /// The rows of a query that succeeds, as text.
    pub async fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        match self.answer(sql).await {
            Ok(rows) => rows.texts(),
            Err(error) => panic!("{sql}\n{error}"),
        }
    }
}

impl Rows {
    /// The values as `-o tsv` writes them, so that each is on one line; NULL as `NULL` and empty
    /// text as `(empty)`.
    pub fn texts(&self) -> Vec<Vec<String>> {
        let out = Text::default();
        let style = Style::default();
        let mut writer = output::writer(
            Format::Tsv,
            Arc::clone(&self.schema),
            Box::new(out.clone()),
            &style,
        )
        .expect("a writer");
        for batch in &self.batches {
            writer.write(batch).expect("rows are written");
        }
        writer.finish().expect("the end is written");
        let bytes = out.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = std::str::from_utf8(&bytes).expect("text");
        let value = |text: &str| match text {
            "\\N" => "NULL".to_owned(),
            "" => "(empty)".to_owned(),
            text => text.replace("\\\\", "\\"),
        };
        text.lines()
            .skip(1)
            .map(|line| line.split('\t').map(value).collect())
            .collect()
    }
}

/// What a writer wrote, to be read once it is done.
#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[async_trait]
impl AsyncDB for Session {
    type Error = QueryError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<Self::ColumnType>, Self::Error> {
        if let Some(folder) = sql.strip_prefix("over ") {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            *self = Session::over("states", &folder, "{env}/terraform.tfstate", THREADS);
            return Ok(DBOutput::StatementComplete(0));
        }
        let rows = match sql.strip_prefix("run ") {
            Some(report) => self.report(report).await?,
            None => self.answer(sql).await?,
        };
        if !rows.gives_rows || rows.schema.fields().is_empty() {
            return Ok(DBOutput::StatementComplete(0));
        }
        Ok(DBOutput::Rows {
            types: vec![DefaultColumnType::Text; rows.schema.fields().len()],
            rows: rows.texts(),
        })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "sgq"
    }
}
