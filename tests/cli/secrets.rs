//! No secret of the sample states gets out, however it is asked for.

use std::path::Path;
use std::sync::LazyLock;

use crate::place::Place;

#[allow(dead_code, reason = "only the secrets are read")]
#[path = "../../sample-states/generate.rs"]
mod generate;

static SAMPLES: LazyLock<String> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-states");
    folder.to_string_lossy().into_owned()
});

/// The secrets that a text holds, and the words that only secrets hold.
fn secrets_in(text: &str) -> Vec<&'static str> {
    let words = ["hunter2", "s3cr3t"];
    let secrets = generate::SECRETS
        .iter()
        .chain(generate::UNMARKED_SECRETS)
        .copied();
    secrets
        .chain(words)
        .filter(|secret| text.contains(secret))
        .collect()
}

/// Runs the binary over the samples and checks what it prints.
fn safe(place: &Place, arguments: &[&str]) -> String {
    let shown = place.sgq(&[&["-s", &*SAMPLES], arguments].concat());
    assert_eq!(secrets_in(&shown), [""; 0], "{arguments:?}");
    shown
}

#[test]
fn no_table_holds_a_secret_in_any_format() {
    let place = Place::new();
    for table in [
        "states",
        "outputs",
        "instances",
        "attributes",
        "tags",
        "resources",
        "dependencies",
        "modules",
        "providers",
        "check_results",
        "check_entries",
        "load_errors",
    ] {
        let sql = format!("SELECT * FROM {table}");
        let shown = safe(&place, &["-o", "csv", &sql]);
        assert!(shown.ends_with("[exit 0]"), "{table}");
    }
    for format in ["table", "line", "tsv", "json", "ndjson", "markdown", "html"] {
        let shown = safe(
            &place,
            &[
                "-o",
                format,
                "SELECT attributes, identity, sensitive_attributes FROM instances",
            ],
        );
        assert!(shown.contains("(sensitive)"), "{format}");
        safe(&place, &["-o", format, "SELECT * FROM outputs"]);
    }
    for format in ["parquet", "arrow"] {
        let file = format!("x.{format}");
        safe(
            &place,
            &["-o", format, "--out", &file, "SELECT * FROM instances"],
        );
        let bytes = std::fs::read(place.path(&file)).unwrap();
        assert_eq!(
            secrets_in(&String::from_utf8_lossy(&bytes)),
            [""; 0],
            "{format}"
        );
    }
    safe(&place, &["sources", "-o", "json"]);
}

#[test]
fn no_expression_gets_a_secret_out() {
    let place = Place::new();
    for sql in [
        "SELECT attributes::text, attributes::json, attributes::jsonb, CAST(attributes AS varchar) FROM instances",
        "SELECT jsonb_pretty(attributes), attributes->>'password', attributes#>>'{input,value}', attributes->'output' FROM instances",
        "SELECT e.key, e.value FROM instances, jsonb_each(attributes) e",
        "SELECT jsonb_path, v FROM (SELECT path AS jsonb_path, value AS v FROM attributes) x WHERE length(v) > 8",
        "SELECT json_agg(attributes), json_object_agg(address, attributes) FROM instances",
        "SELECT array_agg(value), string_agg(value, ' ') FROM outputs",
        "SELECT DISTINCT value FROM attributes ORDER BY value DESC",
        "SELECT min(value), max(value) FROM attributes GROUP BY path",
        "SELECT translate(value, '-', '-'), replace(value, 'x', 'x'), concat(value, '') FROM attributes",
        "CREATE VIEW v AS SELECT attributes, address FROM instances; SELECT * FROM v",
        "CREATE TABLE t AS SELECT * FROM attributes; SELECT * FROM t",
        "EXPLAIN SELECT attributes FROM instances WHERE attributes::text LIKE '%p%'",
        "EXPLAIN ANALYZE SELECT attributes FROM instances WHERE attributes->>'password' = 'p'",
        "EXPLAIN VERBOSE SELECT * FROM outputs WHERE sensitive",
        "PREPARE p AS SELECT * FROM outputs; EXECUTE p",
        "SELECT * FROM information_schema.columns",
        "SHOW ALL",
    ] {
        assert!(
            safe(&place, &["-o", "csv", sql]).ends_with("[exit 0]"),
            "{sql}"
        );
    }
}

#[test]
fn no_question_about_a_secret_is_answered() {
    let place = Place::new();
    for sql in [
        "SELECT address FROM instances WHERE attributes::text ~ 'hunter2|s3cr' || '3t'",
        "SELECT path FROM attributes WHERE value LIKE '%hunter' || '2%' OR value LIKE '%s3cr' || '3t%'",
        "SELECT name FROM outputs WHERE strpos(value, 'hunter' || '2') > 0",
        "SELECT a.path FROM attributes a JOIN (VALUES ('hunter' || '2-warehouse-prod-Vq8x')) v(x) ON a.value = v.x",
        "SELECT key FROM tags WHERE value LIKE '%hunter' || '2%'",
        "SELECT object_addr FROM check_entries WHERE failure_messages::text LIKE '%hunter' || '2%'",
    ] {
        let shown = safe(&place, &["-o", "csv", sql]);
        assert_eq!(shown.lines().count(), 2, "{sql}: {shown}");
    }
    let sizes = "SELECT DISTINCT length(value) AS n FROM outputs WHERE sensitive";
    assert_eq!(safe(&place, &["-o", "csv", sizes]), "n\n13\n[exit 0]");
}

#[test]
fn no_error_tells_a_secret() {
    let place = Place::new();
    for sql in [
        "SELECT value::int FROM outputs WHERE sensitive",
        "SELECT (value#>>'{}')::timestamp FROM outputs WHERE sensitive",
        "SELECT value::bigint FROM attributes WHERE path LIKE '%password%' OR path LIKE '%secret%'",
        "SELECT (attributes->>'password')::numeric FROM instances",
        "SELECT (attributes->>'result')::boolean FROM instances",
        "SELECT (attributes->>'private_key_pem')::date FROM instances",
        "SELECT attributes::int FROM instances",
        "SELECT 1 FROM attributes WHERE 'a' ~ ('(' || value)",
        "SELECT to_timestamp(value) FROM attributes WHERE path = 'password'",
    ] {
        let shown = safe(&place, &["-o", "csv", sql]);
        assert!(shown.ends_with("[exit 1]"), "{sql}: {shown}");
    }
}

#[test]
fn no_file_gets_a_secret() {
    let place = Place::new();
    let copy =
        "COPY (SELECT * FROM instances) TO 'x.json'; COPY (SELECT * FROM attributes) TO 'x.csv'";
    assert!(safe(&place, &["-o", "csv", copy]).ends_with("[exit 0]"));
    for file in ["x.json", "x.csv"] {
        assert_eq!(secrets_in(&place.read(file)), [""; 0], "{file}");
    }
    let back = "CREATE EXTERNAL TABLE x STORED AS JSON LOCATION 'x.json'; SELECT attributes FROM x";
    assert!(safe(&place, &["-o", "csv", back]).ends_with("[exit 0]"));
    let state = format!("{}/shop/prod/payments/terraform.tfstate", *SAMPLES);
    for sql in [
        format!("CREATE EXTERNAL TABLE x STORED AS JSON LOCATION '{state}'; SELECT * FROM x"),
        format!("SELECT * FROM '{state}'"),
        format!("SELECT * FROM read_json('{state}')"),
        format!("SELECT pg_read_file('{state}')"),
        format!("COPY x FROM '{state}'"),
    ] {
        assert!(
            safe(&place, &["-o", "csv", &sql]).ends_with("[exit 1]"),
            "{sql}"
        );
    }
}

#[test]
fn every_secret_is_there_when_it_is_asked_for() {
    let place = Place::new();
    let sql = "SELECT attributes AS shown FROM instances UNION ALL SELECT value FROM outputs";
    let shown = place.sgq(&["-s", &SAMPLES, "--show-sensitive", "-o", "json", sql]);
    let missing: Vec<_> = generate::SECRETS
        .iter()
        .filter(|secret| !shown.contains(**secret))
        .collect();
    // Nothing shows what providers keep for themselves.
    assert_eq!(
        missing,
        ["eyJzZXNzaW9uIjoiczNjcjN0LXByb3ZpZGVyLXNlc3Npb24ifQ=="]
            .iter()
            .collect::<Vec<_>>()
    );
}
