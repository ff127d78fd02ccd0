//! Statements besides SELECT: files in and out, views, and what is refused.

use crate::place::{APP, Place};

fn csv(place: &Place, sql: &str) -> String {
    place.sgq(&["-o", "csv", sql])
}

#[test]
fn a_query_is_copied_to_a_file() {
    let place = Place::with_two_states();
    let copy = |file: &str| {
        csv(
            &place,
            &format!("COPY (SELECT name, type FROM resources ORDER BY name) TO '{file}'"),
        )
    };
    insta::assert_snapshot!(copy("x.csv"), @"
    count
    3
    [exit 0]
    ");
    assert_eq!(
        place.read("x.csv"),
        "name,type\nmain,aws_vpc\nnumbers,null_resource\nweb,aws_instance\n"
    );
    assert!(
        copy("x.csv").ends_with("[exit 0]"),
        "a file of one's own is replaced"
    );
    assert!(copy("x.json").ends_with("[exit 0]"));
    assert_eq!(
        place.read("x.json").lines().next(),
        Some(r#"{"name":"main","type":"aws_vpc"}"#)
    );
    assert!(copy("x.parquet").ends_with("[exit 0]"));
    insta::assert_snapshot!(copy("x.foo"), @"
    [stderr]
    sgq: files ending in .foo cannot be written; add STORED AS CSV, JSON, PARQUET or ARROW
    [exit 1]
    ");
    insta::assert_snapshot!(copy("x"), @"
    [stderr]
    sgq: the file's name does not tell its format; add STORED AS CSV, JSON, PARQUET or ARROW
    [exit 1]
    ");
    insta::assert_snapshot!(copy("s3://bucket/x.csv"), @"
    [stderr]
    sgq: files are read and written on this machine only, not at s3://
    [exit 1]
    ");
}

#[test]
fn a_copy_to_where_nothing_can_be_written_is_an_error() {
    let place = Place::with_two_states().file("file", "");
    insta::assert_snapshot!(csv(&place, "COPY (SELECT 1 AS n) TO 'file/x.csv'"), @"
    [stderr]
    sgq: the file cannot be written; check its folder, permissions and the free space
    [exit 1]
    ");
}

#[cfg(unix)]
#[test]
fn a_state_is_never_copied_over() {
    let place = Place::with_two_states().file("copies/state.json", APP);
    std::os::unix::fs::symlink("app/terraform.tfstate", place.path("link.csv")).unwrap();
    let folder = place.path("").to_string_lossy().into_owned();
    for file in [
        "app/terraform.tfstate".to_owned(),
        "./net/../app/terraform.tfstate".to_owned(),
        "link.csv".to_owned(),
        "copies/state.json".to_owned(),
        "app/".to_owned(),
        format!("{folder}app/terraform.tfstate"),
        format!("file://{folder}app/terraform.tfstate"),
        format!("file://localhost{folder}app/terraform%2Etfstate"),
    ] {
        let shown = csv(
            &place,
            &format!("COPY (SELECT 1 AS n) TO '{file}' STORED AS CSV"),
        );
        assert!(
            shown.contains("sgq: COPY would overwrite the state "),
            "{file}: {shown}"
        );
        assert!(shown.ends_with("[exit 1]"), "{file}: {shown}");
        let explained = csv(
            &place,
            &format!("EXPLAIN ANALYZE COPY (SELECT 1 AS n) TO '{file}' STORED AS CSV"),
        );
        assert!(explained.ends_with("[exit 1]"), "{file}: {explained}");
    }
    assert_eq!(place.read("app/terraform.tfstate"), APP);
    assert_eq!(place.read("copies/state.json"), APP);
}

#[cfg(unix)]
#[test]
fn a_state_is_never_read_around_the_redaction() {
    let place = Place::with_two_states()
        .file("app/terraform.tfstate.backup", APP)
        .file(
            "app/.terraform/terraform.tfstate",
            r#"{"version": 3, "backend": {"type": "pg"}}"#,
        )
        .file("elsewhere/state.json", APP)
        .file(
            "elsewhere/plan.json",
            r#"{"format_version": "1.2", "planned_values": {}}"#,
        );
    std::os::unix::fs::symlink("../app", place.path("elsewhere/link")).unwrap();
    std::os::unix::fs::symlink("app/terraform.tfstate", place.path("link.json")).unwrap();
    let folder = place.path("").to_string_lossy().into_owned();
    for location in [
        "app/terraform.tfstate".to_owned(),
        "app/terraform.tfstate.backup".to_owned(),
        "app/.terraform/terraform.tfstate".to_owned(),
        "app".to_owned(),
        "app/".to_owned(),
        ".".to_owned(),
        "app/*".to_owned(),
        "a?p/terraform.tfstate".to_owned(),
        "**/*.tfstate".to_owned(),
        "link.json".to_owned(),
        "elsewhere/link/".to_owned(),
        "elsewhere/state.json".to_owned(),
        "elsewhere/plan.json".to_owned(),
        format!("{folder}app/terraform.tfstate"),
        format!("file:{folder}app/terraform.tfstate"),
        format!("FILE://{folder}app/terraform.tfstate"),
        format!("file://localhost{folder}app/terraform.tfstate"),
        format!("file://{folder}app/terraform%2Etfstate"),
        format!("file://{folder}net/%2E%2E/app/terraform.tfstate"),
    ] {
        for format in ["JSON", "CSV"] {
            let sql = format!(
                "CREATE EXTERNAL TABLE t STORED AS {format} LOCATION '{location}'; SELECT * FROM t"
            );
            let shown = place.sgq(&["-s", "net", "-o", "csv", &sql]);
            assert!(
                shown.contains("sgq: an external table cannot be laid over the state "),
                "{location}: {shown}"
            );
            assert!(
                shown.ends_with("[exit 1]") && !shown.contains("lineage"),
                "{location}: {shown}"
            );
        }
    }
    insta::assert_snapshot!(csv(&place, "SELECT * FROM 'app/terraform.tfstate'"), @"
    [stderr]
    sgq: there is no table app/terraform.tfstate
    LINE 1: SELECT * FROM 'app/terraform.tfstate'
                           ^
    [exit 1]
    ");
}

#[test]
fn nothing_new_is_copied_to_the_name_of_a_state() {
    let place = Place::with_two_states();
    insta::assert_snapshot!(csv(&place, "COPY (SELECT 1 AS n) TO 'new.tfstate' STORED AS CSV"), @"
    [stderr]
    sgq: COPY does not write states, and new.tfstate is named like one; name another file
    [exit 1]
    ");
    let encoded = format!("file://{}new%2Etfstate", place.path("").to_string_lossy());
    let sql = format!("COPY (SELECT 1 AS n) TO '{encoded}' STORED AS CSV");
    assert!(csv(&place, &sql).ends_with("[exit 1]"));
    assert_eq!(place.names(), ["app", "net"]);
}

#[test]
fn damaged_and_wrapped_states_are_not_read_around_the_redaction() {
    let place = Place::with_two_states()
        .file("truncated.json", &APP[..APP.len() - 5])
        .file("bom.json", format!("\u{feff}{APP}"))
        .file("array.json", format!("[{APP}]"))
        .file(
            "outputs.json",
            r#"{"pw": {"sensitive": true, "type": "string", "value": "x"}}"#,
        );
    for file in ["truncated.json", "bom.json", "array.json", "outputs.json"] {
        let sql = format!("CREATE EXTERNAL TABLE t STORED AS JSON LOCATION '{file}'");
        let shown = csv(&place, &sql);
        assert!(
            shown.contains("sgq: an external table cannot be laid over the state "),
            "{file}: {shown}"
        );
    }
}

#[test]
fn what_sgq_wrote_itself_can_be_read_and_replaced() {
    let place = Place::with_two_states();
    for table in ["states", "outputs", "instances", "resources", "attributes"] {
        // CSV has no lists, which instances have.
        let lists = table == "instances" || table == "resources";
        for format in ["csv", "json", "parquet"] {
            if format == "csv" && lists {
                continue;
            }
            let file = format!("{table}.{format}");
            let copy = format!("COPY (SELECT * FROM {table}) TO '{file}'");
            let read = format!("CREATE EXTERNAL TABLE t STORED AS {format} LOCATION '{file}'");
            let shown = csv(&place, &format!("{copy}; {read}; {copy}"));
            assert!(shown.ends_with("[exit 0]"), "{file}: {shown}");
        }
        let sql = format!("SELECT * FROM {table}");
        for format in ["json", "ndjson"] {
            for _ in 0..2 {
                let shown = place.sgq(&["-o", format, "--out", "out.json", &sql]);
                assert!(shown.ends_with("[exit 0]"), "{table}: {shown}");
            }
        }
    }
}

#[test]
fn a_view_is_there_for_the_rest_of_the_run() {
    let place = Place::with_two_states();
    let view = "CREATE VIEW servers AS SELECT address FROM instances WHERE type = 'aws_instance'";
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "-c", view, "-c", "SELECT * FROM servers ORDER BY address"]), @"
    address
    aws_instance.web[0]
    aws_instance.web[1]
    [exit 0]
    ");
    insta::assert_snapshot!(csv(&place, "SELECT * FROM servers"), @"
    [stderr]
    sgq: there is no table servers
    LINE 1: SELECT * FROM servers
                          ^
    [exit 1]
    ");
}

#[test]
fn files_of_one_s_own_are_joined_with_states() {
    let place = Place::with_two_states()
        .file("prices.csv", "id,price\ni-0,10\ni-1,20\n")
        .file(
            "owners.ndjson",
            "{\"id\":\"i-0\",\"owner\":\"ann\"}\n{\"id\":\"i-1\",\"owner\":\"bob\"}\n",
        );
    let prices = "CREATE EXTERNAL TABLE prices STORED AS CSV LOCATION 'prices.csv' OPTIONS ('format.has_header' 'true')";
    let owners = "CREATE EXTERNAL TABLE owners STORED AS JSON LOCATION 'owners.ndjson'";
    let join = "SELECT i.address, p.price, o.owner FROM instances i JOIN prices p ON p.id = i.attributes->>'id' \
                JOIN owners o ON o.id = p.id ORDER BY i.address";
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "-c", prices, "-c", owners, "-c", join]), @"
    address,price,owner
    aws_instance.web[0],10,ann
    aws_instance.web[1],20,bob
    [exit 0]
    ");
    let insert = format!("{prices}; INSERT INTO prices VALUES ('i-2', 30)");
    insta::assert_snapshot!(csv(&place, &insert), @"
    [stderr]
    sgq: rows are inserted into external tables over a folder only; end the location with /
    [exit 1]
    ");
    insta::assert_snapshot!(csv(&place, "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION 'nope.csv'"), @"
    [stderr]
    sgq: there is no file at DIR/nope.csv
    [exit 1]
    ");
    insta::assert_snapshot!(csv(&place, "CREATE EXTERNAL TABLE x STORED AS XLS LOCATION 'prices.csv'"), @"
    [stderr]
    sgq: there is no format XLS; use CSV, JSON, PARQUET or ARROW
    [exit 1]
    ");
}

#[test]
fn a_table_of_one_s_own_takes_rows_and_can_be_dropped() {
    let sql = "CREATE TABLE t AS SELECT 1 AS n; INSERT INTO t VALUES (2); SELECT * FROM t ORDER BY n; DROP TABLE t; SELECT * FROM t";
    insta::assert_snapshot!(csv(&Place::with_two_states(), sql), @"
    count
    1
    n
    1
    2
    [stderr]
    sgq: there is no table t
    LINE 1: CREATE TABLE t AS SELECT 1 AS n; INSERT INTO t VALUES (2); SELECT * FROM t ORDER BY n; DROP TABLE t; SELECT * FROM t
                                                                                                                               ^
    [exit 1]
    ");
}

#[test]
fn built_in_tables_cannot_be_changed_replaced_or_dropped() {
    let place = Place::with_two_states();
    for sql in [
        "DROP TABLE instances",
        "DROP TABLE IF EXISTS public.instances",
        "DROP VIEW sgq.public.instances",
        "CREATE TABLE instances AS SELECT 1 AS n",
        "CREATE TABLE IF NOT EXISTS instances AS SELECT 1 AS n",
        "CREATE OR REPLACE TABLE instances AS SELECT 1 AS n",
        "CREATE VIEW Instances AS SELECT 1 AS n",
        "CREATE OR REPLACE VIEW instances AS SELECT 1 AS n",
        "CREATE EXTERNAL TABLE instances STORED AS CSV LOCATION 'x.csv'",
        "INSERT INTO instances SELECT * FROM instances",
        "DELETE FROM instances",
        "UPDATE instances SET name = 'x'",
        "TRUNCATE TABLE instances",
        "PREPARE p AS DROP TABLE instances",
        "EXPLAIN ANALYZE DROP TABLE instances",
    ] {
        let shown = csv(&place, &format!("{sql}; SELECT 1"));
        assert!(
            shown.contains("sgq: instances is a table of sgq's own"),
            "{sql}: {shown}"
        );
        assert!(shown.ends_with("[exit 1]"), "{sql}: {shown}");
    }
    insta::assert_snapshot!(csv(&place, "DROP TABLE instances"), @"
    [stderr]
    sgq: instances is a table of sgq's own, read from states: it cannot be changed, replaced or dropped
    [exit 1]
    ");
    insta::assert_snapshot!(csv(&place, "DROP SCHEMA public CASCADE"), @"
    [stderr]
    sgq: public is the schema of sgq's own tables and cannot be dropped
    [exit 1]
    ");
    insta::assert_snapshot!(csv(&place, "DROP TABLE instancs"), @"
    [stderr]
    sgq: there is no table instancs; did you mean instances?
    LINE 1: DROP TABLE instancs
                       ^
    [exit 1]
    ");
}

#[test]
fn a_prepared_statement_gives_rows() {
    insta::assert_snapshot!(csv(&Place::new(), "PREPARE p AS SELECT 1 AS n; EXECUTE p"), @"
    n
    1
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    ");
}

#[test]
fn settings_are_set_and_shown() {
    let sql = "SET datafusion.execution.batch_size = 10; SHOW datafusion.execution.batch_size";
    insta::assert_snapshot!(csv(&Place::new(), sql), @"
    name,value
    datafusion.execution.batch_size,10
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    ");
}

#[test]
fn the_information_schema_has_every_table_and_column() {
    let place = Place::with_two_states();
    let tables =
        "SELECT count(*) AS n FROM information_schema.tables WHERE table_schema = 'public'";
    let listed = place.sgq(&["schema", "-o", "csv"]).lines().count() - 2;
    assert_eq!(csv(&place, tables), format!("n\n{listed}\n[exit 0]"));
    insta::assert_snapshot!(csv(&place, "SELECT column_name FROM information_schema.columns WHERE table_name = 'outputs' ORDER BY ordinal_position"), @"
    column_name
    state_id
    state
    name
    value
    type
    sensitive
    [exit 0]
    ");
}
