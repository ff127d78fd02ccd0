//! The tables of resource types: what learning of them and scanning them costs, and what becomes of
//! them when states are written.

use std::path::Path;

use crate::cost::{Estate, SERVERS, STACKS, STATES};
use crate::session::{Session, THREADS};

/// How many documents are opened by `sql`, which is planned and not run.
async fn opened_by_planning(session: &Session, sql: &str) -> usize {
    let before = session.opened();
    session.rows(&format!("EXPLAIN {sql}")).await;
    session.opened() - before
}

#[tokio::test(flavor = "multi_thread")]
async fn types_are_learnt_when_they_are_named_in_one_pass() {
    let estate = Estate::new();
    let session = &estate.session;
    for sql in [
        "SELECT address, serial FROM instances, states WHERE state_id = id",
        "WITH aws_vpc AS (SELECT 1 AS id) SELECT id FROM aws_vpc",
        "SELECT * FROM generate_series(1, 3)",
        "SELECT * FROM unnest(ARRAY[1])",
        "SELECT schema_name FROM information_schema.schemata",
    ] {
        assert_eq!(opened_by_planning(session, sql).await, 0, "{sql}");
    }
    let before = session.opened();
    session.rows("SHOW timezone").await;
    assert_eq!(session.opened(), before);
    assert!(!session.table_names().contains(&"aws_vpc".to_owned()));
    let both = "SELECT a.id, v.id FROM aws_instance a JOIN aws_vpc v ON a._state_id = v._state_id";
    assert_eq!(opened_by_planning(session, both).await, STATES);
    assert!(session.table_names().contains(&"aws_vpc".to_owned()));
    for sql in [
        both,
        "SELECT id FROM aws_vpc",
        "SELECT id FROM (SELECT * FROM public.AWS_INSTANCE)",
        "SELECT column_name FROM information_schema.columns",
        "SELECT table_name FROM information_schema.tables",
    ] {
        assert_eq!(opened_by_planning(session, sql).await, 0, "{sql}");
    }
    let unknown = session.answer("SELECT id FROM aws_vpx").await;
    assert!(unknown.is_err_and(|error| error.to_string().contains("did you mean aws_vpc?")));
    assert_eq!(session.opened(), before + STATES);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_information_schema_learns_every_type_in_one_pass() {
    let estate = Estate::new();
    let session = &estate.session;
    let tables = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'aws%'";
    assert_eq!(
        session.rows(tables).await,
        [["aws_instance"], ["aws_vpc"]],
        "names alone"
    );
    assert_eq!(session.opened(), STATES);
    let columns = "CREATE VIEW c AS SELECT * FROM information_schema.columns; \
                   SELECT count(*) FROM c WHERE table_name LIKE 'aws%' AND column_name = 'id'";
    assert_eq!(session.rows(columns).await, [["2"]]);
    assert_eq!(session.opened(), 2 * STATES);
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_made_of_wanted_instances_of_the_type_alone() {
    let estate = Estate::new();
    for (table, sql, made) in [
        ("aws_vpc", "SELECT id FROM aws_vpc", STATES),
        (
            "aws_vpc",
            "SELECT id, tags FROM aws_vpc WHERE id LIKE 'vpc%'",
            STATES,
        ),
        (
            "aws_instance",
            "SELECT * FROM aws_instance",
            STATES * SERVERS,
        ),
        (
            "aws_instance",
            "SELECT id FROM aws_instance WHERE _address LIKE '%[0]'",
            STATES,
        ),
        (
            "aws_instance",
            "SELECT id FROM aws_instance WHERE _index_key = '1' AND _status = 'ok'",
            STATES,
        ),
        (
            "aws_instance",
            "SELECT id FROM aws_instance WHERE _state = 'qa/stack-1'",
            SERVERS,
        ),
        (
            "aws_instance",
            "SELECT id FROM aws_instance WHERE _deposed IS NOT NULL",
            0,
        ),
        ("aws_instance", "SELECT count(*) FROM aws_instance", 0),
        (
            "aws_instance",
            "SELECT _state, _address FROM aws_instance WHERE _mode = 'managed'",
            0,
        ),
        (
            "aws_instance",
            "SELECT _state, count(*) FROM aws_instance GROUP BY 1",
            0,
        ),
    ] {
        let cost = estate.cost_of(table, sql).await;
        assert_eq!(cost.count("attributes_made"), made, "{sql}\n{}", cost.plan);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_named_columns_are_made() {
    let estate = Estate::new();
    for (sql, columns) in [
        ("SELECT id FROM aws_vpc", "columns=[id]"),
        (
            "SELECT count(*) FROM aws_vpc WHERE _status = 'ok'",
            "columns=[]",
        ),
        (
            "SELECT tags->>'env' FROM aws_vpc WHERE _state LIKE 'qa/%'",
            "columns=[tags]",
        ),
    ] {
        let cost = estate.cost_of("aws_vpc", sql).await;
        assert!(cost.plan.contains(columns), "{sql}\n{}", cost.plan);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_on_the_state_leaves_other_documents_closed() {
    let estate = Estate::new();
    for (filter, documents) in [
        ("_state = 'prod/stack-3'", 1),
        ("_state LIKE 'prod/%' AND id IS NOT NULL", STACKS),
        (
            "_state IN ('prod/stack-3', 'qa/stack-3') AND _status = 'ok'",
            2,
        ),
        ("_state_id = 'none'", 0),
        (
            "_state_id IN (SELECT id FROM states WHERE labels->>'env' = 'prod')",
            STACKS,
        ),
    ] {
        let sql = format!("SELECT id FROM aws_vpc WHERE {filter}");
        let cost = estate.cost_of("aws_vpc", &sql).await;
        assert_eq!(
            cost.count("files_opened"),
            documents,
            "{sql}\n{}",
            cost.plan
        );
    }
    let sql = "SELECT a.id FROM states s JOIN aws_instance a ON a._state_id = s.id WHERE s.labels->>'env' = 'prod'";
    let cost = estate.cost_of("aws_instance", sql).await;
    assert_eq!(cost.count("files_opened"), STACKS, "{}", cost.plan);
    let limited = estate.opened("SELECT id FROM aws_vpc LIMIT 1").await;
    assert!(limited <= THREADS + 1, "{limited}");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_keep_the_rows_that_they_keep_of_a_copy() {
    let session = Session::over_samples();
    session
        .rows("CREATE TABLE copy AS SELECT * FROM aws_db_instance")
        .await;
    for filter in [
        "_state LIKE '%prod%'",
        "_deposed IS NOT NULL",
        "_index_key = '0' OR deletion_protection",
        "_status = 'ok' AND iops > 0",
        "iops IS NULL",
        "NOT (iops > 3000)",
        "max_allocated_storage BETWEEN 100 AND 2000",
        "tags ? 'Name'",
        "tags->>'Environment' = 'prod' AND _mode = 'managed'",
        "password = '(sensitive)'",
        "deletion_protection IS NOT TRUE",
        "_module IS NULL AND allocated_storage >= 50 OR NOT storage_encrypted",
    ] {
        let rows = |table: &str| {
            format!(
                "SELECT _state, _address, _deposed, iops, engine FROM {table} WHERE {filter} ORDER BY 1, 2, 3"
            )
        };
        let expected = session.rows(&rows("copy")).await;
        assert_eq!(
            session.rows(&rows("aws_db_instance")).await,
            expected,
            "{filter}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn types_are_learnt_again_when_a_state_was_written() {
    let folder = tempfile::TempDir::new().expect("a folder");
    write(folder.path(), r#"{"size": 1}"#);
    let session = Session::over("here", folder.path(), "{stack}/*", THREADS);
    session
        .rows("CREATE VIEW sizes AS SELECT size FROM odd_disk")
        .await;
    assert_eq!(session.rows("SELECT size + 1 FROM odd_disk").await, [["2"]]);
    write(folder.path(), r#"{"size": "large", "zone": "b"}"#);
    assert_eq!(
        session.rows("SELECT size, zone FROM odd_disk").await,
        [["large", "b"]]
    );
    // A view has the columns that it was made with; what does not fit them is no value of theirs.
    let stale = session.answer("SELECT * FROM sizes").await;
    let message = stale
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert_eq!(
        message,
        "size of odd_disk.a in a is not bigint any more: the states were written since odd_disk was \
         looked at; run the statement again, and create views over the table anew"
    );
    write(folder.path(), r#"{"size": 30}"#);
    assert_eq!(session.rows("SELECT * FROM sizes").await, [["30"]]);
    let columns = "SELECT column_name, data_type FROM information_schema.columns \
                   WHERE table_name = 'odd_disk' AND column_name NOT LIKE '\\_%'";
    assert_eq!(session.rows(columns).await, [["size", "Int64"]]);
    std::fs::remove_file(folder.path().join("a/terraform.tfstate")).expect("a state");
    let gone = session.answer("SELECT * FROM odd_disk").await;
    assert!(gone.is_err_and(|error| error.to_string().starts_with("there is no table odd_disk")));
}

/// Writes a state with one instance of `odd_disk` that has these attributes.
fn write(folder: &Path, attributes: &str) {
    let state = format!(
        r#"{{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "l", "outputs": {{}},
            "resources": [{{"mode": "managed", "type": "odd_disk", "name": "a",
                "provider": "provider[\"registry.terraform.io/odd/odd\"]",
                "instances": [{{"schema_version": 0, "attributes": {attributes}}}]}}]}}"#
    );
    let place = folder.join("a");
    std::fs::create_dir_all(&place).expect("a folder");
    std::fs::write(place.join("terraform.tfstate"), state).expect("a state");
}
