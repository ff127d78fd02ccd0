//! `--out`: a file that is replaced only when all went well.

use crate::place::{APP, Place};

#[test]
fn a_file_takes_the_result_in_place_of_standard_output() {
    let place = Place::with_two_states().file("x.csv", "before");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "--out", "x.csv", "SELECT 1 AS n"]), @"[exit 0]");
    assert_eq!(place.read("x.csv"), "n\n1\n");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "--out", "x.csv", "SELECT 2 AS n"]), @"[exit 0]");
    assert_eq!(place.read("x.csv"), "n\n2\n");
    assert_eq!(place.names(), ["app", "net", "x.csv"]);
}

#[test]
fn a_failure_leaves_the_file_as_it_was_and_nothing_beside_it() {
    let place = Place::with_two_states().file("x.csv", "before");
    let args = [
        "-o",
        "csv",
        "--out",
        "x.csv",
        "-c",
        "SELECT 1 AS n",
        "-c",
        "SELECT nope",
    ];
    insta::assert_snapshot!(place.sgq(&args), @"
    [stderr]
    sgq: there is no column nope
    LINE 1: SELECT nope
                   ^
    [exit 1]
    ");
    let args = [
        "-o",
        "csv",
        "--out",
        "x.csv",
        "SELECT name::bigint FROM instances",
    ];
    insta::assert_snapshot!(place.sgq(&args), @"
    [stderr]
    sgq: 'web' cannot be cast to bigint; use TRY_CAST for NULL instead
    [exit 1]
    ");
    assert_eq!(place.read("x.csv"), "before");
    assert_eq!(place.names(), ["app", "net", "x.csv"]);
}

#[test]
fn a_state_is_never_overwritten() {
    let place = Place::with_two_states()
        .file("other/copy.json", APP)
        .file("app/terraform.tfstate.backup", APP);
    for file in [
        "app/terraform.tfstate",
        "./net/../app/terraform.tfstate",
        "other/copy.json",
        "app/terraform.tfstate.backup",
    ] {
        for source in ["app", "net"] {
            let shown = place.sgq(&["-s", source, "--out", file, "SELECT 1"]);
            let refused = format!(
                "[stderr]\nsgq: --out would overwrite the state {file}; name another file\n[exit 2]"
            );
            assert_eq!(shown, refused);
            assert_eq!(
                place.sgq(&["sources", "-s", source, "--out", file]),
                refused
            );
            assert_eq!(place.sgq(&["schema", "-s", source, "--out", file]), refused);
        }
        assert_eq!(place.read(file), APP);
    }
}

#[test]
fn a_file_that_cannot_be_written_is_a_usage_error() {
    let place = Place::with_two_states();
    insta::assert_snapshot!(place.sgq(&["--out", "nope/x.csv", "SELECT 1"]), @"
    [stderr]
    sgq: nope/x.csv cannot be written: no such file or directory
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["--out", "app", "SELECT 1"]), @"
    [stderr]
    sgq: app is a directory; name a file
    [exit 2]
    ");
}

#[test]
fn lists_of_sources_and_columns_go_to_a_file_too() {
    let place = Place::with_two_states();
    assert_eq!(
        place.sgq(&["sources", "-o", "ndjson", "--out", "sources.json"]),
        "[exit 0]"
    );
    assert_eq!(place.read("sources.json").lines().count(), 2);
    assert_eq!(
        place.sgq(&["schema", "states", "-o", "csv", "--out", "schema.csv"]),
        "[exit 0]"
    );
    assert!(
        place
            .read("schema.csv")
            .starts_with("column,type,description\nid,text,")
    );
    assert_eq!(place.names(), ["app", "net", "schema.csv", "sources.json"]);
}
