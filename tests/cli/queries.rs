//! `sgq queries`: the reports there are, and one of them.

use crate::place::Place;

const MINE: &str = "-- title: Instances of the shop\n-- answers: Which?\n-- param: type text = aws_instance : their type\n\
                    -- action: Nothing.\nSELECT address FROM instances WHERE type = $type";

/// A folder with a report of the user's own, and one in place of a built-in one.
fn place() -> Place {
    Place::with_two_states()
        .file("sgq.toml", "queries = \"my queries\"\n")
        .file("my queries/instances.sql", MINE)
        .file("my queries/load-errors.sql", "SELECT 1 AS one")
        .file("my queries/notes.txt", "not a report")
}

#[test]
fn reports_are_listed_with_their_questions() {
    let listing = Place::new().sgq(&["queries", "-o", "csv"]);
    assert!(
        listing.starts_with("report,answers,from\nworkspace-overview,"),
        "{listing}"
    );
    assert!(
        listing.contains("\nopen-ingress,\"Which rules let the whole internet in, and to which ports?\",built in\n"),
        "{listing}"
    );
    assert!(listing.ends_with("[exit 0]"), "{listing}");
}

#[test]
fn reports_of_the_users_folder_are_listed_and_come_before_built_in_ones() {
    let place = place();
    let listing = place.sgq(&["queries", "-o", "csv"]);
    let own: Vec<&str> = listing
        .lines()
        .filter(|line| !line.ends_with(",built in"))
        .collect();
    insta::assert_snapshot!(own.join("\n"), @r#"
    report,answers,from
    instances,Which?,my queries/instances.sql
    load-errors,load-errors,"my queries/load-errors.sql, in place of the built-in one"
    [exit 0]
    "#);
    // From a folder below, too.
    let mut below = place.command_in("app", &["queries", "load-errors"]);
    assert_eq!(
        place.show(&place.output(&mut below)),
        "SELECT 1 AS one\n[exit 0]"
    );
}

#[test]
fn a_report_is_shown_as_its_file_is_written() {
    let place = place();
    assert_eq!(
        place.sgq(&["queries", "instances"]),
        format!("{MINE}\n[exit 0]")
    );
    let shown = place.sgq(&["queries", "open-ingress"]);
    assert!(
        shown.starts_with(
            "-- title: Open ingress\n-- answers: Which rules let the whole internet in"
        ),
        "{shown}"
    );
    insta::assert_snapshot!(place.sgq(&["queries", "instances", "-o", "line"]), @r#"
        report = instances
         title = Instances of the shop
       answers = Which?
    parameters = type text = aws_instance : their type
        action = Nothing.
           sql = -- title: Instances of the shop\n-- answers: Which?\n-- param: type text = aws_instance : their type\n-- action: Nothing.\nSELECT address FROM instances WHERE type = $type
    [exit 0]
    "#);
    insta::assert_snapshot!(place.sgq(&["queries", "instances", "--out", "copy.sql"]), @"[exit 0]");
    assert_eq!(place.read("copy.sql"), format!("{MINE}\n"));
}

#[test]
fn what_cannot_be_used_is_told_and_keeps_no_other_report() {
    let place = place()
        .file(
            "my queries/broken.sql",
            "-- title: Broken\n-- parma: a text : b\nSELECT 1",
        )
        .file("my queries/unreadable.sql", [0xff, 0xfe, 0x00]);
    let listing = place.sgq(&["queries", "-o", "csv"]);
    let (_, told) = listing.split_once("[stderr]\n").expect("something is told");
    insta::assert_snapshot!(told, @"
    sgq: my queries/broken.sql, line 2: a line of the header begins with title:, answers:, table:, param: or action:, or with two blanks to go on with the one above
    sgq: my queries/unreadable.sql cannot be read: invalid data
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "broken"]), @"
    [stderr]
    sgq: my queries/broken.sql, line 2: a line of the header begins with title:, answers:, table:, param: or action:, or with two blanks to go on with the one above
    [exit 2]
    ");
    assert!(place.sgq(&["run", "instances"]).ends_with("[exit 0]"));
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_told_and_the_ending_is_of_any_case() {
    let place = Place::new()
        .file("sgq.toml", "queries = \"q\"\n")
        .file("q/loud.SQL", "SELECT 1 AS one");
    std::os::unix::fs::symlink("gone.sql", place.path("q/lost.sql")).unwrap();
    let listing = place.sgq(&["queries", "-o", "csv"]);
    assert!(listing.contains("\nloud,loud,q/loud.SQL\n"), "{listing}");
    assert!(
        listing.contains("sgq: q/lost.sql cannot be read: no such file or directory\n"),
        "{listing}"
    );
    insta::assert_snapshot!(place.sgq(&["run", "loud", "q/loud.SQL", "-o", "csv"]), @"
    one
    1
    one
    1
    [exit 0]
    ");
}

#[test]
fn a_state_is_not_shown() {
    let place = Place::with_two_states();
    insta::assert_snapshot!(place.sgq(&["queries", "./app/terraform.tfstate"]), @"
    [stderr]
    sgq: ./app/terraform.tfstate holds state and not SQL; name a file of SQL
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["run", "./app"]), @"
    [stderr]
    sgq: ./app is a directory; name a file of SQL in it
    [exit 2]
    ");
}

#[test]
fn a_folder_that_is_not_there_is_a_usage_error() {
    let place = Place::new().file("sgq.toml", "queries = \"nope\"\n");
    insta::assert_snapshot!(place.sgq(&["queries"]), @"
    [stderr]
    sgq: the folder of queries nope cannot be read: no such file or directory; sgq.toml names it
    [exit 2]
    ");
    // What needs no report does not mind.
    assert!(place.sgq(&["SELECT 1"]).contains("[exit 0]"));
}

#[test]
fn the_help_tells_how_a_report_is_written() {
    let help = Place::new().sgq(&["queries", "--help"]);
    for line in [
        "-- title: Open ports",
        "-- param: port integer = 22 : the port",
        "queries = \"my/queries\"",
        "as in managed|data|all",
    ] {
        assert!(help.contains(line), "{help}");
    }
}

#[test]
fn views_are_listed_and_described() {
    let place = Place::with_two_states();
    let tables = place.sgq(&["schema", "-o", "csv"]);
    assert!(
        tables.contains(
            "\ntf_versions,One row per version of Terraform or OpenTofu that wrote states.\n"
        ),
        "{tables}"
    );
    insta::assert_snapshot!(place.sgq(&["schema", "tf_versions", "-o", "csv"]), @"
    column,type,description
    terraform_version,text,The version; NULL for states that do not tell.
    state_count,bigint,How many states it wrote last.
    states,text[],Their names.
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "SELECT * FROM tf_versions"]), @r#"
    terraform_version,state_count,states
    1.11.4,2,"[""app"",""net""]"
    [exit 0]
    "#);
    insta::assert_snapshot!(place.sgq(&["DROP VIEW tf_versions"]), @"
    [stderr]
    sgq: tf_versions is a view of sgq's own: it cannot be changed, replaced or dropped
    [exit 1]
    ");
    insta::assert_snapshot!(place.sgq(&["SELECT * FROM workspace"]), @"
    [stderr]
    sgq: there is no table workspace; did you mean workspaces?
    LINE 1: SELECT * FROM workspace
                          ^
    [exit 1]
    ");
}
