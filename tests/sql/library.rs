//! What holds for every built-in view and report.

use std::path::Path;

use sgq::engine::library;
use sgq::engine::tables::sql_type;

use crate::session::{Session, THREADS};

/// Every report that needs states alone, run over them, with how many rows it gives.
async fn counts(session: &Session) -> Vec<(String, usize)> {
    let mut counts = Vec::new();
    let reports = library::reports().into_iter();
    for report in reports.filter(|report| report.tables.is_empty()) {
        let rows = session.report(&report.name).await;
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error}", report.name));
        counts.push((report.name, rows.texts().len()));
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn no_report_gives_rows_where_there_is_no_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let session = Session::over("none", folder.path(), "{env}", THREADS);
    for (name, rows) in counts(&session).await {
        assert_eq!(rows, 0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_report_but_those_on_errors_plans_and_locks_gives_rows_over_the_samples() {
    let without: Vec<String> = counts(&Session::over_samples())
        .await
        .into_iter()
        .filter_map(|(name, rows)| (rows == 0).then_some(name))
        .collect();
    assert_eq!(without, ["change-risk", "load-errors", "stale-lock"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_on_instances_open_each_state_once() {
    let session = Session::over_samples();
    let states = session.engine.inventory().files().len();
    for report in [
        "iam-wildcards",
        "public-buckets strict=true",
        "open-ingress",
        "unencrypted-storage own_keys=true",
        "default-vpc-use",
        "untagged-resources",
    ] {
        let before = session.opened();
        session.report(report).await.expect("rows");
        assert_eq!(session.opened() - before, states, "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_document_is_a_load_error() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("x.tfstate"), "{\"version\": 4, ").expect("a file");
    let session = Session::over("broken", folder.path(), "{env}", THREADS);
    let rows = session.report("load-errors").await.expect("rows").texts();
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((row[0].as_str(), row.len()), ("broken", 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn views_have_the_columns_that_their_headers_tell() {
    let session = Session::over("samples", Path::new("sample-states"), "{env}", THREADS);
    for view in library::views() {
        let columns = session.engine.columns_of(view.name).await;
        let columns = columns.unwrap_or_else(|| panic!("{} is no view", view.name));
        let planned: Vec<_> = columns
            .fields()
            .iter()
            .map(|field| (field.name().clone(), sql_type(field)))
            .collect();
        let told: Vec<_> = view
            .columns
            .into_iter()
            .map(|column| (column.name, column.sql_type))
            .collect();
        assert_eq!(planned, told, "{}", view.name);
    }
}
