//! `-s`, `SGQ_SOURCES`, the current directory, and `sgq sources`.

use crate::place::{APP, NET, Place};

const NAMES: &str = "SELECT name, source FROM states ORDER BY name";

fn csv<'a>(sources: &[&'a str], sql: &'a str) -> Vec<&'a str> {
    let flags = sources.iter().flat_map(|source| ["-s", *source]);
    flags.chain(["-o", "csv", sql]).collect()
}

#[test]
fn the_current_directory_is_the_source_where_none_is_named() {
    let place = Place::with_two_states();
    insta::assert_snapshot!(place.sgq(&csv(&[], "SELECT name FROM states ORDER BY name")), @"
    name
    app
    net
    [exit 0]
    ");
}

#[test]
fn a_source_is_a_directory_a_file_or_a_pattern() {
    let place = Place::with_two_states().file("deep/er/x.tfstate", NET);
    insta::assert_snapshot!(place.sgq(&csv(&["app"], NAMES)), @"
    name,source
    app,app
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&csv(&["net/terraform.tfstate"], NAMES)), @"
    name,source
    net,terraform.tfstate
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&csv(&["**/x.tfstate"], "SELECT name FROM states")), @"
    name
    deep/er/x
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&csv(&["./*/er/*.tfstate"], "SELECT uri FROM states")), @"
    uri
    DIR/deep/er/x.tfstate
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&csv(&["app/../ne?/*"], "SELECT uri FROM states")), @"
    uri
    DIR/net/terraform.tfstate
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&csv(&["{app,net}/*.tfstate"], "SELECT name FROM states ORDER BY 1")), @"
    name
    app
    net
    [exit 0]
    ");
}

#[test]
fn sources_are_added_up_and_a_state_found_twice_is_read_once() {
    let place = Place::with_two_states();
    insta::assert_snapshot!(place.sgq(&csv(&["app", "net", "./app/terraform.tfstate"], NAMES)), @"
    name,source
    app,app
    net,net
    [exit 0]
    ");
}

#[test]
fn a_dash_reads_one_state_from_standard_input() {
    let place = Place::new();
    let sql = "SELECT name, workspace, source, uri, serial FROM states";
    insta::assert_snapshot!(place.sgq_reading(APP, &csv(&["-"], sql)), @"
    name,workspace,source,uri,serial
    stdin,default,stdin,-,7
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq_reading(APP, &["-s", "-"]), @"
    [stderr]
    sgq: standard input is the state; give the SQL as an argument or with -f
    [exit 2]
    ");
}

#[cfg(unix)]
#[test]
fn a_pipe_that_is_named_is_read_once_for_every_table() {
    let place = Place::new();
    let made = std::process::Command::new("mkfifo")
        .arg(place.path("pipe"))
        .status();
    assert!(made.unwrap().success());
    let pipe = place.path("pipe");
    let writer = std::thread::spawn(move || std::fs::write(pipe, APP));
    let sql =
        "SELECT s.name, i.address FROM states s JOIN instances i ON i.state_id = s.id ORDER BY 2";
    insta::assert_snapshot!(place.sgq(&csv(&["pipe"], sql)), @"
    name,address
    pipe,aws_instance.web[0]
    pipe,aws_instance.web[1]
    pipe,null_resource.numbers
    [exit 0]
    ");
    writer.join().unwrap().unwrap();
}

#[test]
fn the_environment_names_sources_between_commas() {
    let place = Place::with_two_states();
    let mut command = place.command(&csv(&[], NAMES));
    let output = place.output(command.env("SGQ_SOURCES", "app, net"));
    insta::assert_snapshot!(place.show(&output), @"
    name,source
    app,app
    net,net
    [exit 0]
    ");
    let mut command = place.command(&csv(&["net"], NAMES));
    let output = place.output(command.env("SGQ_SOURCES", "app"));
    insta::assert_snapshot!(place.show(&output), @"
    name,source
    net,net
    [exit 0]
    ");
}

#[test]
fn a_missing_source_is_named_and_exits_with_3() {
    let place = Place::with_two_states();
    insta::assert_snapshot!(place.sgq(&csv(&["nope"], "SELECT count(*) AS n FROM states")), @"
    n
    0
    [stderr]
    sgq: DIR/nope was not loaded: it cannot be read: no such file or directory
    [exit 3]
    ");
    insta::assert_snapshot!(place.sgq(&csv(&["nope", "app"], "SELECT count(*) AS n FROM states")), @"
    n
    1
    [stderr]
    sgq: DIR/nope was not loaded: it cannot be read: no such file or directory
    [exit 0]
    ");
    insta::assert_snapshot!(
        place.sgq(&["--strict", "-s", "nope", "-s", "app", "-o", "csv", "SELECT count(*) AS n FROM states"]), @"
    n
    1
    [stderr]
    sgq: DIR/nope was not loaded: it cannot be read: no such file or directory
    [exit 3]
    ");
}

#[test]
fn a_pattern_that_matches_nothing_is_said() {
    let place = Place::with_two_states();
    insta::assert_snapshot!(place.sgq(&csv(&["nope/*"], "SELECT count(*) AS n FROM states")), @"
    n
    0
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    ");
}

#[test]
fn a_source_that_cannot_be_is_a_usage_error_without_its_password() {
    let place = Place::new();
    insta::assert_snapshot!(place.sgq(&csv(&["s3://user:s3cr3t@bucket/x"], "SELECT 1")), @"
    [stderr]
    sgq: cannot read `s3:…`: sources are directories, files, patterns such as `envs/**/*.tfstate`, `git:PATH`, `postgres://…`, and `-`
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&csv(&["x/["], "SELECT 1")), @"
    [stderr]
    sgq: `x/[` is not a pattern: unclosed character class; missing ']'
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&csv(&[""], "SELECT 1")), @"
    [stderr]
    sgq: a source is empty: name a directory, a file, a pattern or `-`
    [exit 2]
    ");
}

#[test]
fn sources_lists_what_was_found_and_what_was_passed_over() {
    let place = Place::with_two_states()
        .file(
            "app/.terraform/terraform.tfstate",
            r#"{"version": 3, "backend": {"type": "s3"}}"#,
        )
        .file("app/terraform.tfstate.backup", APP)
        .file("app/.terraform.tfstate.lock.info", "{}")
        .file("app/broken.tfstate", "{")
        .file("app/empty.tfstate", "")
        .file("app/main.tf", "# no state");
    let args = ["sources", "-s", "app", "-o", "csv"];
    insta::assert_snapshot!(place.sgq(&args), @r#"
    source,state,status,reason,versions,size_bytes,uri
    ,,skipped,"lock info, not a state",,,DIR/app/.terraform.tfstate.lock.info
    ,,skipped,"backend pointer, not a state",,,DIR/app/.terraform/terraform.tfstate
    app,,failed,"its JSON breaks off or is wrong at line 1, column 1; restore it from a backup or an earlier version",,1,DIR/app/broken.tfstate
    app,,skipped,empty file,,0,DIR/app/empty.tfstate
    app,,skipped,not a state,,10,DIR/app/main.tf
    app,app,state,,2,888,DIR/app/terraform.tfstate
    ,,skipped,earlier version of the state beside it,,,DIR/app/terraform.tfstate.backup
    [exit 0]
    "#);
    insta::assert_snapshot!(place.sgq(&["sources", "-s", "app/broken.tfstate", "-o", "csv"]), @r#"
    source,state,status,reason,versions,size_bytes,uri
    broken.tfstate,,failed,"its JSON breaks off or is wrong at line 1, column 1; restore it from a backup or an earlier version",,1,DIR/app/broken.tfstate
    [exit 3]
    "#);
}
