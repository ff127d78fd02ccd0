//! Runs the SQL files that describe the functions, over an in-memory session.
//!
//! `UPDATE_SLT=1 cargo test --test sql_functions` writes what the queries give into the files; read the
//! difference before committing it.

use async_trait::async_trait;
use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use sgq::engine::functions;
use sgq::engine::json::is_json;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner};

/// A session with the functions and nothing else.
struct Session(SessionContext);

impl Session {
    fn new() -> Self {
        let config = SessionConfig::new()
            .with_target_partitions(2)
            .set_str("datafusion.sql_parser.dialect", "PostgreSQL");
        let builder = SessionStateBuilder::new()
            .with_config(config)
            .with_default_features();
        let state = functions::register(builder).build();
        Self(SessionContext::new_with_state(state))
    }
}

#[async_trait]
impl AsyncDB for Session {
    type Error = DataFusionError;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<Self::ColumnType>, Self::Error> {
        let state = self.0.state();
        let mut statement = state.sql_to_statement(sql, &Dialect::PostgreSQL)?;
        functions::rewrite_statement(&mut statement);
        let plan = state.statement_to_plan(statement).await?;
        let frame = self.0.execute_logical_plan(plan).await?;
        let columns = frame.schema().fields().len();
        let batches = frame.collect().await?;
        if columns == 0 {
            return Ok(DBOutput::StatementComplete(0));
        }
        let mut rows = Vec::new();
        for batch in &batches {
            add_rows(batch, &mut rows)?;
        }
        Ok(DBOutput::Rows {
            types: vec![DefaultColumnType::Text; columns],
            rows,
        })
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &str {
        "sgq"
    }
}

/// Values as text: NULL as `NULL`, empty text as `(empty)`.
fn add_rows(batch: &RecordBatch, rows: &mut Vec<Vec<String>>) -> Result<(), DataFusionError> {
    let options = FormatOptions::default().with_null("NULL");
    let formatters = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
        .collect::<Result<Vec<_>, _>>()?;
    for row in 0..batch.num_rows() {
        let values = formatters
            .iter()
            .zip(batch.columns())
            .map(
                |(formatter, column)| match formatter.value(row).to_string() {
                    text if text.is_empty() && column.is_valid(row) => "(empty)".to_owned(),
                    text => text,
                },
            );
        rows.push(values.collect());
    }
    Ok(())
}

async fn run(file: &str) {
    let path = format!("tests/sql/{file}.slt");
    let mut runner = Runner::new(|| async { Ok(Session::new()) });
    if std::env::var_os("UPDATE_SLT").is_some() {
        let updated = runner
            .update_test_file(
                &path,
                " ",
                sqllogictest::default_validator,
                sqllogictest::default_normalizer,
                sqllogictest::default_column_validator,
            )
            .await;
        assert!(updated.is_ok(), "{path} was not updated");
    } else if let Err(error) = runner.run_file_async(&path).await {
        panic!("{error}");
    }
}

#[tokio::test]
async fn json_operators() {
    run("json_operators").await;
}

#[tokio::test]
async fn json_functions() {
    run("json_functions").await;
}

#[tokio::test]
async fn unnest() {
    run("unnest").await;
}

#[tokio::test]
async fn postgres_functions() {
    run("postgres_functions").await;
}

/// The headings of a query's columns.
async fn headings(sql: &str) -> Vec<String> {
    let session = Session::new();
    let state = session.0.state();
    let planned = async {
        let mut statement = state.sql_to_statement(sql, &Dialect::PostgreSQL)?;
        functions::rewrite_statement(&mut statement);
        state.statement_to_plan(statement).await
    };
    match planned.await {
        Ok(plan) => plan
            .schema()
            .fields()
            .iter()
            .map(|f| f.name().clone())
            .collect(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn headings_are_what_was_written() {
    let sql = "SELECT a->'x'->>'y', a#>>'{x,y}', count(*), lower(a) || 'z' \
               FROM (VALUES ('{}')) AS t(a) GROUP BY a";
    let expected = ["a->'x'->>'y'", "a#>>'{x,y}'", "count(*)", "lower(a) || 'z'"];
    assert_eq!(headings(sql).await, expected);
}

#[tokio::test]
async fn a_cast_is_headed_by_what_is_cast_unless_that_is_taken() {
    let sql = "SELECT (a->'x')::int, a::text, a FROM (VALUES ('{}')) AS t(a)";
    assert_eq!(headings(sql).await, ["a->'x'", "a::TEXT", "a"]);
}

#[tokio::test]
async fn an_element_is_headed_by_its_alias() {
    let sql = "SELECT e, e.value, e->'k' FROM jsonb_array_elements('[1]') AS e";
    assert_eq!(headings(sql).await, ["e", "value", "e->'k'"]);
}

#[tokio::test]
async fn json_results_are_marked() {
    let sql = "SELECT a->'x' AS j, a->>'x' AS t, a::jsonb AS c, json_agg(a) AS g \
               FROM (VALUES ('{}')) AS v(a) GROUP BY a";
    let session = Session::new();
    let state = session.0.state();
    let marks = async {
        let statement = state.sql_to_statement(sql, &Dialect::PostgreSQL)?;
        let plan = state.statement_to_plan(statement).await?;
        let frame = session.0.execute_logical_plan(plan).await?;
        let batches = frame.collect().await?;
        let fields = batches[0].schema().fields().clone();
        Ok::<_, DataFusionError>(fields.iter().map(|f| is_json(f)).collect::<Vec<_>>())
    };
    assert_eq!(marks.await.ok(), Some(vec![true, false, true, true]));
}

#[tokio::test]
async fn filters_reach_scans_as_one_call_with_constant_keys() {
    let session = Session::new();
    let state = session.0.state();
    let table = "CREATE TABLE t AS SELECT '{}'::jsonb AS attributes";
    let sql =
        "SELECT 1 FROM t WHERE attributes->>'id' = 'x' AND attributes->'tags'->0->>'Name' = 'y'";
    let plan = async {
        session.0.sql(table).await?.collect().await?;
        let mut statement = state.sql_to_statement(sql, &Dialect::PostgreSQL)?;
        functions::rewrite_statement(&mut statement);
        let plan = state.statement_to_plan(statement).await?;
        Ok::<_, DataFusionError>(state.optimize(&plan)?.to_string())
    };
    let plan = plan.await.unwrap_or_else(|error| panic!("{error}"));
    let filter = "Filter: json_as_text(t.attributes, Utf8(\"id\")) = Utf8(\"x\") AND \
                  json_as_text(t.attributes, Utf8(\"tags\"), Int64(0), Utf8(\"Name\")) = Utf8(\"y\")";
    assert!(plan.contains(filter), "{plan}");
}
