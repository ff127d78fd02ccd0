//! How SQL gets in, how the program ends, and its other commands.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::place::Place;

/// A state whose attributes joined with themselves take for ever.
fn endless() -> (Place, &'static str) {
    let attributes: Vec<String> = (0..3000).map(|i| format!(r#""a{i}":"v{i}""#)).collect();
    let state = format!(
        r#"{{"version": 4, "serial": 1, "lineage": "l", "resources": [{{"mode": "managed", "type": "a_b",
        "name": "c", "provider": "provider[\"x.io/a/a\"]", "instances": [{{"attributes": {{{}}}}}]}}]}}"#,
        attributes.join(",")
    );
    let sql = "SELECT count(*) FROM attributes a, attributes b, attributes c, attributes d \
               WHERE a.value < b.value AND b.value < c.value AND c.value < d.value";
    (Place::new().file("x.tfstate", state), sql)
}

#[test]
fn commands_and_files_run_in_the_order_they_were_given() {
    let place = Place::new().file(
        "two.sql",
        "SELECT 2 AS n;\nSELECT 3 AS n -- and no semicolon\n",
    );
    let args = [
        "-o",
        "csv",
        "-c",
        "SELECT 1 AS n",
        "-f",
        "two.sql",
        "-c",
        "SELECT 4 AS n",
        "SELECT 5 AS n",
    ];
    insta::assert_snapshot!(place.sgq(&args), @"
    n
    1
    n
    2
    n
    3
    n
    4
    n
    5
    [exit 0]
    ");
}

#[test]
fn sql_comes_from_standard_input_where_none_is_given() {
    let place = Place::new();
    insta::assert_snapshot!(place.sgq_reading("SELECT 1 AS one;\n\nSELECT 2 AS two;", &[]), @"
     one
    ─────
       1

     two
    ─────
       2
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq_reading("", &[]), @"
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    ");
}

#[test]
fn the_first_error_ends_the_run() {
    let place = Place::new();
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "-c", "SELECT 1 AS n", "-c", "SELECT nope", "-c", "SELECT 3"]), @"
    n
    1
    [stderr]
    sgq: there is no column nope
    LINE 1: SELECT nope
                   ^
    [exit 1]
    ");
}

#[test]
fn a_file_of_sql_that_is_not_there_is_a_usage_error() {
    insta::assert_snapshot!(Place::new().sgq(&["-f", "nope.sql"]), @"
    [stderr]
    sgq: nope.sql cannot be read: no such file or directory
    [exit 2]
    ");
}

#[test]
fn bad_arguments_are_usage_errors() {
    let place = Place::new();
    insta::assert_snapshot!(place.sgq(&["--nope"]), @"
    [stderr]
    error: unexpected argument '--nope' found

      tip: to pass '--nope' as a value, use '-- --nope'

    Usage: sgq [OPTIONS] [SQL] [COMMAND]

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["-o", "xml", "SELECT 1"]), @"
    [stderr]
    error: invalid value 'xml' for '--output <FORMAT>'
      [possible values: table, line, csv, tsv, json, ndjson, markdown, html, parquet, arrow]

      tip: a similar value exists: 'html'

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["--timeout", "soon", "SELECT 1"]), @"
    [stderr]
    error: invalid value 'soon' for '--timeout <TIME>': expected a time such as 90s, 5m or 1h

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["--max-state-size", "0", "SELECT 1"]), @"
    [stderr]
    error: invalid value '0' for '--max-state-size <SIZE>': expected a size above zero

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn help_and_version_are_answers() {
    let place = Place::new();
    assert_eq!(
        place.sgq(&["--version"]),
        format!("sgq {}\n[exit 0]", env!("CARGO_PKG_VERSION"))
    );
    let help = place.sgq(&["--help"]);
    assert!(
        help.starts_with("Ask SQL of Terraform and OpenTofu state.\n"),
        "{help}"
    );
    for flag in [
        "--source",
        "--config",
        "--output",
        "--out",
        "--strict",
        "--timeout",
        "--show-sensitive",
        "--max-state-size",
        "--memory-limit",
        "--threads",
        "--command",
        "--file",
    ] {
        assert!(help.contains(flag), "{flag} is not in the help");
    }
    assert!(help.ends_with("[exit 0]"), "{help}");
}

#[test]
fn completions_are_a_script_and_take_a_reader_that_leaves() {
    let place = Place::new();
    let script = place.sgq(&["completions", "bash"]);
    assert!(
        script.starts_with("_sgq() {") && script.ends_with("[exit 0]"),
        "{script}"
    );
    assert_eq!(without_reader(&place, &["completions", "bash"]), "[exit 0]");
}

#[test]
fn schema_lists_tables_and_columns() {
    let place = Place::new();
    let tables = place.sgq(&["schema", "-o", "csv"]);
    assert!(
        tables.starts_with("table,description\nstates,One row per state.\n"),
        "{tables}"
    );
    insta::assert_snapshot!(place.sgq(&["schema", "outputs", "-o", "csv"]), @r#"
    column,type,description
    state_id,text,"The state's id, as in states.id."
    state,text,"The state's name, as in states.name."
    name,text,Its name.
    value,json,"Its value, hidden where it is sensitive."
    type,json,"Its type, as Terraform writes types in JSON."
    sensitive,boolean,Whether it is marked as sensitive.
    [exit 0]
    "#);
    insta::assert_snapshot!(place.sgq(&["schema", "instancs"]), @"
    [stderr]
    sgq: there is no table instancs; did you mean instances?
    [exit 1]
    ");
    insta::assert_snapshot!(place.sgq(&["schema", "zebra"]), @"
    [stderr]
    sgq: there is no table zebra; sgq schema lists them
    [exit 1]
    ");
}

#[test]
fn a_state_beyond_the_size_limit_names_the_limit() {
    let place = Place::with_two_states();
    let sql = "SELECT count(*) AS n FROM states";
    insta::assert_snapshot!(place.sgq(&["--max-state-size", "600", "-o", "csv", sql]), @"
    n
    1
    [stderr]
    sgq: DIR/app/terraform.tfstate was not loaded: it has 888 bytes, more than the limit of 600; raise the limit with --max-state-size
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["--max-state-size", "600", "--strict", "-o", "csv", sql]), @"
    n
    1
    [stderr]
    sgq: DIR/app/terraform.tfstate was not loaded: it has 888 bytes, more than the limit of 600; raise the limit with --max-state-size
    [exit 3]
    ");
    insta::assert_snapshot!(place.sgq(&["--max-state-size", "10", "-o", "csv", sql]), @"
    n
    0
    [stderr]
    sgq: DIR/app/terraform.tfstate was not loaded: it has 888 bytes, more than the limit of 10; raise the limit with --max-state-size
    sgq: DIR/net/terraform.tfstate was not loaded: it has 377 bytes, more than the limit of 10; raise the limit with --max-state-size
    [exit 3]
    ");
}

#[test]
fn a_time_limit_ends_a_query_that_spins() {
    let (place, sql) = endless();
    let start = Instant::now();
    insta::assert_snapshot!(place.sgq(&["--timeout", "300ms", "--out", "x.csv", sql]), @"
    [stderr]
    sgq: the time limit of 300ms has passed; ask for less or raise --timeout
    [exit 1]
    ");
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(place.names(), ["x.tfstate"], "nothing unfinished is left");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_query_that_spins() {
    let (place, sql) = endless();
    let mut command = place.command(&["-o", "csv", "-c", "SELECT 'started' AS s", "-c", sql]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("sgq can be run");
    let mut lines = BufReader::new(child.stdout.take().expect("it has an output")).lines();
    assert_eq!(
        lines.nth(1).expect("a line").expect("it is text"),
        "started"
    );
    std::thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("kill can be run").success());
    let status = child.wait().expect("sgq ends");
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(status.code(), Some(130));
}

/// Runs the binary with nobody reading what it writes.
fn without_reader(place: &Place, arguments: &[&str]) -> String {
    let mut command = place.command(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("sgq can be run");
    drop(child.stdout.take());
    let mut shown = String::new();
    let mut stderr = child.stderr.take().expect("it has an error output");
    stderr.read_to_string(&mut shown).expect("it is text");
    let code = child.wait().expect("sgq ends").code();
    shown + &format!("[exit {}]", code.expect("no signal ended it"))
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let (place, _) = endless();
    let sql = "SELECT a.value, b.value FROM attributes a, attributes b";
    for format in [
        "table", "line", "csv", "tsv", "json", "ndjson", "markdown", "html", "parquet", "arrow",
    ] {
        assert_eq!(
            without_reader(&place, &["-o", format, sql]),
            "[exit 0]",
            "{format}"
        );
    }
    assert_eq!(without_reader(&place, &["sources"]), "[exit 0]");
    assert_eq!(without_reader(&place, &["schema"]), "[exit 0]");
}

/// Where a disk is full or a pager has left, nothing can be said, and the exit code still tells.
#[cfg(target_os = "linux")]
#[test]
fn an_error_output_that_takes_nothing_changes_no_exit_code() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-states");
    let place = Place::new();
    let code = |arguments: &[&str]| {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let mut command = place.command(&["-s", samples]);
        command.args(arguments);
        command.stdout(Stdio::null());
        command.stderr(full.expect("Linux has it"));
        command.status().expect("sgq can be run").code()
    };
    assert_eq!(code(&["SELECT nosuch FROM states"]), Some(1));
    assert_eq!(code(&["depends-on", "shop/prod/app:aws_lb.web"]), Some(0));
    assert_eq!(
        code(&["run", "tainted-and-deposed", "--fail-on-rows"]),
        Some(4)
    );
}
