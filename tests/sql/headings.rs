//! What an answer says of its columns: their headings, and which are JSON.

use sgq::engine::json::is_json;

use crate::session::{Rows, Session};

async fn answer(sql: &str) -> Rows {
    match Session::over_samples().answer(sql).await {
        Ok(rows) => rows,
        Err(error) => panic!("{error}"),
    }
}

/// The headings of a query's columns.
async fn headings(sql: &str) -> Vec<String> {
    let schema = answer(sql).await.schema;
    let names = schema.fields().iter().map(|field| field.name().clone());
    names.collect()
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
    let rows = answer(sql).await;
    let marks = |fields: &datafusion::arrow::datatypes::Fields| {
        fields
            .iter()
            .map(|field| is_json(field))
            .collect::<Vec<_>>()
    };
    let expected = [true, false, true, true];
    assert_eq!(marks(rows.schema.fields()), expected);
    assert_eq!(marks(rows.batches[0].schema().fields()), expected);
}

#[tokio::test]
async fn filters_reach_scans_as_one_call_with_constant_keys() {
    let sql = "CREATE TABLE t AS SELECT '{}'::jsonb AS attributes; \
               EXPLAIN SELECT 1 FROM t \
               WHERE attributes->>'id' = 'x' AND attributes->'tags'->0->>'Name' = 'y'";
    let plan = answer(sql).await.texts().concat().join("\n");
    let filter = "Filter: json_as_text(t.attributes, Utf8(\"id\")) = Utf8(\"x\") AND \
                  json_as_text(t.attributes, Utf8(\"tags\"), Int64(0), Utf8(\"Name\")) = Utf8(\"y\")";
    assert!(plan.contains(filter), "{plan}");
}
