//! No secret leaves sgq unless it is asked for. Every secret of the fixture `sensitive` holds the text `s3cr3t`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::binary::{Answer, sgq};
use crate::fixtures;

const MARK: &str = "s3cr3t";

const FORMATS: [&str; 8] = [
    "table", "line", "csv", "tsv", "json", "ndjson", "markdown", "html",
];

/// Everything of the tables that hold values.
const TABLES: [&str; 3] = [
    "SELECT * FROM instances",
    "SELECT * FROM attributes",
    "SELECT * FROM outputs",
];

/// Queries that are answered, and whose answers hold redacted values.
const QUERIES: [&str; 6] = [
    "SELECT attributes::text FROM instances",
    "SELECT upper(attributes::text), lower(attributes::text), reverse(reverse(attributes::text)) FROM instances",
    "SELECT attributes->'input' FROM instances",
    "SELECT attributes->>'input' FROM instances",
    "SELECT min(value::text), max(value::text), string_agg(value::text, ',') FROM attributes",
    "SELECT value FROM outputs UNION ALL SELECT value FROM attributes",
];

/// Queries that could only have a row if SQL saw a secret.
const FILTERS: [&str; 6] = [
    "SELECT address FROM instances WHERE attributes::text LIKE '%s3cr3t%'",
    "SELECT address FROM instances WHERE strpos(attributes::text, 's3cr3t') > 0",
    "SELECT address FROM attributes WHERE value::text LIKE '%s3cr3t%'",
    "SELECT address FROM attributes WHERE path LIKE '%s3cr3t%'",
    "SELECT address FROM attributes WHERE regexp_like(value::text, 's[0-9]cr[0-9]t')",
    "SELECT name FROM outputs WHERE value::text LIKE '%s3cr3t%' OR type::text LIKE '%s3cr3t%'",
];

/// Queries that fail on a value, and whose error may quote it.
const FAILING: [&str; 5] = [
    "SELECT CAST(value AS bigint) FROM attributes",
    "SELECT CAST(value::text AS double) FROM outputs",
    "SELECT CAST(attributes::text AS bigint) FROM instances",
    "SELECT CAST(attributes::text AS timestamp) FROM instances",
    "SELECT CAST(value AS boolean) FROM attributes ORDER BY 1",
];

#[test]
fn no_query_shows_a_secret() {
    for source in sources() {
        for sql in TABLES.into_iter().chain(QUERIES) {
            assert_answered_without_a_secret(&ask(&source, "ndjson", sql), sql);
        }
    }
}

#[test]
fn no_format_shows_a_secret() {
    for format in FORMATS {
        for sql in TABLES {
            assert_answered_without_a_secret(
                &ask(&organisation(), format, sql),
                &format!("{sql} ({format})"),
            );
        }
    }
}

#[test]
fn no_filter_finds_a_secret() {
    for source in sources() {
        for sql in FILTERS {
            let answer = ask(&source, "ndjson", sql);
            assert_answered_without_a_secret(&answer, sql);
            assert_eq!(answer.stdout.trim(), "", "{sql}");
        }
    }
}

#[test]
fn no_error_quotes_a_secret() {
    for source in sources() {
        for sql in FAILING {
            let answer = ask(&source, "ndjson", sql);
            assert_eq!(answer.code, Some(1), "{sql}\n{}", answer.stderr);
            assert_ne!(answer.stderr.trim(), "", "{sql}");
            assert_without_a_secret(&answer, sql);
        }
    }
}

#[test]
fn no_plan_shows_a_secret() {
    for sql in TABLES {
        for explain in ["EXPLAIN", "EXPLAIN VERBOSE", "EXPLAIN ANALYZE"] {
            let sql = format!("{explain} {sql}");
            assert_answered_without_a_secret(&ask(&organisation(), "table", &sql), &sql);
        }
    }
}

#[test]
fn a_secret_reads_as_sensitive() {
    for source in sources() {
        for sql in [
            "SELECT attributes FROM instances WHERE address = 'terraform_data.whole'",
            "SELECT value FROM attributes WHERE address = 'terraform_data.nested'",
            "SELECT value FROM outputs WHERE name = 'password'",
        ] {
            let answer = ask(&source, "ndjson", sql);
            assert!(
                answer.stdout.contains("(sensitive)"),
                "{sql}\n{}{}",
                answer.stdout,
                answer.stderr
            );
        }
    }
}

#[test]
fn what_lies_beside_a_secret_stays_visible() {
    for source in sources() {
        for sql in [
            "SELECT attributes FROM instances WHERE address = 'terraform_data.in_map'",
            "SELECT value FROM attributes WHERE address = 'terraform_data.in_map'",
            "SELECT value FROM outputs WHERE name = 'plain'",
        ] {
            let answer = ask(&source, "ndjson", sql);
            assert!(
                answer.stdout.contains("visible"),
                "{sql}\n{}{}",
                answer.stdout,
                answer.stderr
            );
        }
    }
}

#[test]
fn a_secret_is_shown_when_it_is_asked_for() {
    for source in sources() {
        for sql in TABLES {
            let source = source.as_os_str();
            let answer = sgq([
                OsStr::new("-s"),
                source,
                OsStr::new("--show-sensitive"),
                OsStr::new(sql),
            ]);
            assert!(
                answer.stdout.contains(MARK),
                "{sql}\n{}{}",
                answer.stdout,
                answer.stderr
            );
        }
    }
}

/// The fixture as one source: the state with the secrets, and the state that copies them.
fn organisation() -> PathBuf {
    fixtures().join("sensitive")
}

/// The fixture as a folder, and the state with the secrets alone in both of its forms.
fn sources() -> [PathBuf; 3] {
    let folder = organisation();
    [
        folder.join("terraform.tfstate"),
        folder.join("show.json"),
        folder,
    ]
}

fn ask(source: &Path, format: &str, sql: &str) -> Answer {
    let [from, output] = ["-s", "-o"].map(OsStr::new);
    sgq([
        from,
        source.as_os_str(),
        output,
        OsStr::new(format),
        OsStr::new(sql),
    ])
}

/// The query is answered: silence would prove nothing.
fn assert_answered_without_a_secret(answer: &Answer, sql: &str) {
    assert_without_a_secret(answer, sql);
    assert_eq!(answer.code, Some(0), "{sql}\n{}", answer.stderr);
}

fn assert_without_a_secret(answer: &Answer, sql: &str) {
    for (name, text) in [("stdout", &answer.stdout), ("stderr", &answer.stderr)] {
        let line = text.lines().find(|line| line.to_lowercase().contains(MARK));
        assert_eq!(line, None, "{name} of: {sql}");
    }
}
