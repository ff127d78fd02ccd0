//! `sgq run`: reports by name and by file, their parameters, and `--fail-on-rows`.

use crate::place::Place;

const PORTS: &str = "-- title: Ports\n-- param: port integer = 22 : the port\n-- param: host text : the host\n\
                     SELECT $port AS port, $host AS host, $host = 'it''s' AS same";

fn place() -> Place {
    Place::with_two_states()
        .file("sgq.toml", "queries = \"q\"\n")
        .file("q/ports.sql", PORTS)
        .file(
            "q/none.sql",
            "SELECT address FROM instances WHERE type = 'nope'",
        )
        .file("q/load-errors.sql", "SELECT 'mine' AS whose")
}

#[test]
fn a_report_runs_by_its_name_in_every_format() {
    let place = Place::with_two_states();
    insta::assert_snapshot!(place.sgq(&["run", "resources-by-type"]), @"
     type          │ states │ resources │ instances
    ───────────────┼────────┼───────────┼───────────
     aws_instance  │      1 │         1 │         2
     aws_vpc       │      1 │         1 │         1
     null_resource │      1 │         1 │         1
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "resources-by-type", "-o", "ndjson", "-p", "mode=data"]), @"[exit 0]");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "run", "resources-by-type", "--out", "types.csv"]), @"[exit 0]");
    insta::assert_snapshot!(place.read("types.csv"), @"
    type,states,resources,instances
    aws_instance,1,1,2
    aws_vpc,1,1,1
    null_resource,1,1,1
    ");
}

#[test]
fn several_reports_run_one_after_another() {
    let place = place();
    insta::assert_snapshot!(place.sgq(&["run", "load-errors", "ports", "-p", "host=a"]), @"
     whose
    ───────
     mine

     port │ host │ same
    ──────┼──────┼───────
       22 │ a    │ false
    [exit 0]
    ");
    insta::assert_snapshot!(
        place.sgq(&["run", "load-errors", "ports", "-p", "host=a", "-o", "parquet", "--out", "x"]),
        @"
    [stderr]
    sgq: parquet holds one result; run one statement at a time
    [exit 2]
    "
    );
}

#[test]
fn files_run_as_reports_do() {
    let place = Place::with_two_states()
        .file("my/one.sql", "SELECT 1 AS one; SELECT 2 AS two")
        .file("my/ports.sql", PORTS);
    insta::assert_snapshot!(
        place.sgq(&["run", "./my/one.sql", "my/ports.sql", "-p", "host=it's", "-o", "csv"]),
        @"
    one
    1
    two
    2
    port,host,same
    22,it's,true
    [exit 0]
    "
    );
    let mut inside = place.command_in("my", &["run", "one.sql", "-o", "csv"]);
    insta::assert_snapshot!(place.show(&place.output(&mut inside)), @"
    one
    1
    two
    2
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "./my/*.sql"]), @"
    [stderr]
    sgq: ./my/*.sql cannot be read: no such file or directory
    [exit 2]
    ");
}

#[test]
fn a_value_is_never_sql() {
    let place = place();
    insta::assert_snapshot!(
        place.sgq(&["run", "ports", "-o", "csv", "-p", "host='; DROP TABLE instances; --", "-p", "port=-1"]),
        @"
    port,host,same
    -1,'; DROP TABLE instances; --,false
    [exit 0]
    "
    );
}

#[test]
fn rows_fail_where_none_are_wanted_and_are_written_all_the_same() {
    let place = place();
    insta::assert_snapshot!(place.sgq(&["run", "none", "--fail-on-rows", "-o", "csv"]), @"
    address
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "none", "load-errors", "--fail-on-rows", "-o", "csv"]), @"
    address
    whose
    mine
    [exit 4]
    ");
    insta::assert_snapshot!(
        place.sgq(&["run", "load-errors", "--fail-on-rows", "-o", "csv", "--out", "kept.csv"]),
        @"[exit 4]"
    );
    assert_eq!(place.read("kept.csv"), "whose\nmine\n");
}

#[test]
fn a_state_that_is_not_read_weighs_more_than_rows() {
    let place = place().file("broken.tfstate", "{");
    let run = place.sgq(&[
        "run",
        "load-errors",
        "leaf-resources",
        "--fail-on-rows",
        "--strict",
        "-o",
        "csv",
    ]);
    assert!(run.ends_with("[exit 3]"), "{run}");
    let run = place.sgq(&[
        "run",
        "load-errors",
        "leaf-resources",
        "--fail-on-rows",
        "-o",
        "csv",
    ]);
    assert!(run.ends_with("[exit 4]"), "{run}");
}

#[test]
fn an_unknown_report_names_the_closest() {
    let place = place();
    insta::assert_snapshot!(place.sgq(&["run", "open-ingres"]), @"
    [stderr]
    sgq: there is no report open-ingres; did you mean open-ingress?
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "prots"]), @"
    [stderr]
    sgq: there is no report prots; did you mean ports?
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "zebra"]), @"
    [stderr]
    sgq: there is no report zebra; sgq queries lists them
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run"]), @"
    [stderr]
    error: the following required arguments were not provided:
      <NAME>...

    Usage: sgq run <NAME>...

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn parameters_are_checked_before_anything_runs() {
    let place = place();
    insta::assert_snapshot!(place.sgq(&["run", "load-errors", "ports"]), @"
    [stderr]
    sgq: ports needs the parameter host; it takes port integer = 22, host text
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "ports", "-p", "host=a", "-p", "prot=1"]), @"
    [stderr]
    sgq: ports has no parameter prot; did you mean port? it takes port integer = 22, host text
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "ports", "-p", "host=a", "-p", "port=ssh"]), @"
    [stderr]
    sgq: the parameter port of ports is to be an integer, and ssh is not; it takes port integer = 22, host text
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "ports", "-p", "host=a", "-p", "host=b"]), @"
    [stderr]
    sgq: the parameter host of ports is given twice
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "ports", "-p", "host"]), @"
    [stderr]
    sgq: a parameter is given as KEY=VALUE, and host has no =
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "ports", "-p", "host=a", "-p", "=22"]), @"
    [stderr]
    sgq: a parameter is given as KEY=VALUE, and =22 has no key
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "none", "-p", "a=b"]), @"
    [stderr]
    sgq: none has no parameter a; it takes none
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "none", "load-errors", "-p", "a=b"]), @"
    [stderr]
    sgq: none of these reports has a parameter a; sgq queries NAME shows what one takes
    [exit 2]
    ");
}

#[test]
fn a_parameter_that_names_a_state_names_one_that_there_is() {
    let place = Place::with_two_states();
    insta::assert_snapshot!(place.sgq(&["run", "state-dependencies", "-p", "producer=nett"]), @"
    [stderr]
    sgq: the parameter producer of state-dependencies is to be the name of a state, and there is no state nett; did you mean net?
    [exit 2]
    ");
    for producer in ["producer=net", "producer="] {
        let run = place.sgq(&["run", "state-dependencies", "-p", producer, "-o", "csv"]);
        assert!(run.ends_with("[exit 0]"), "{run}");
    }
}

#[test]
fn a_parameter_of_words_takes_no_other() {
    let place = Place::with_two_states();
    insta::assert_snapshot!(place.sgq(&["run", "resources-by-type", "-p", "mode=nonsense"]), @"
    [stderr]
    sgq: the parameter mode of resources-by-type is to be managed, data or all, and nonsense is not; it takes mode managed|data|all = managed
    [exit 2]
    ");
    let run = place.sgq(&["run", "resources-by-type", "-p", "mode=all", "-o", "csv"]);
    assert!(run.contains("aws_instance,1,1,2"), "{run}");
}

#[test]
fn a_report_holds_a_statement() {
    let place = Place::new().file("bare.sql", "-- title: Bare\n");
    insta::assert_snapshot!(place.sgq(&["run", "./bare.sql"]), @"
    [stderr]
    sgq: the report bare holds no statement; write its SQL below the comments
    [exit 2]
    ");
}

#[test]
fn a_report_declares_what_it_reads() {
    let place = Place::with_two_states()
        .file("a.sql", "SELECT 1 AS one, $env AS env")
        .file("b.sql", "-- param: env text = x : where\nSELECT 1")
        .file("c.sql", "-- param: env string : where\nSELECT $env")
        .file("d.sql", "-- title: D\n\nSELECT nope\nFROM instances")
        .file(
            "e.sql",
            "-- param: n integer = 1 : n\nSELECT 1 +\n  $n FROM nope",
        );
    insta::assert_snapshot!(place.sgq(&["run", "a.sql"]), @"
    [stderr]
    sgq: the report a: it reads $env and does not declare it; add a line such as -- param: env text : what it is
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "b.sql"]), @"
    [stderr]
    sgq: the report b: it declares the parameter env and does not read $env
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "c.sql"]), @"
    [stderr]
    sgq: c.sql, line 1: string is no type; use one of text, integer, number, boolean, text[], state, or the words that are allowed as in a|b
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "d.sql"]), @"
    [stderr]
    sgq: the report d: there is no column nope
    LINE 3: SELECT nope
                   ^
    [exit 1]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "e.sql"]), @"
    [stderr]
    sgq: the report e: there is no table nope
    LINE 3:   $n FROM nope
                      ^
    [exit 1]
    ");
}
