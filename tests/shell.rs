//! The shell on a real terminal: a pseudo terminal of 80 columns.

#![cfg(unix)]

#[path = "support/terminal.rs"]
mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::terminal::Terminal;

/// Takes hours, and gives batch after batch.
const ENDLESS: &str = "SELECT count(*) FROM generate_series(1, 100000) a(x), \
                       generate_series(1, 100000) b(x), generate_series(1, 100000) c WHERE a.x <> b.x;";

/// A folder with one state of two outputs, and an empty one for history.
fn folders() -> (TempDir, TempDir) {
    let source = tempfile::tempdir().unwrap();
    let state = r#"{"version": 4, "terraform_version": "1.9.0", "serial": 7, "lineage": "a",
        "outputs": {"one": {"value": 1, "type": "number"}, "two": {"value": 2, "type": "number"}},
        "resources": []}"#;
    fs::write(source.path().join("terraform.tfstate"), state).unwrap();
    (source, tempfile::tempdir().unwrap())
}

#[test]
fn a_statement_over_several_lines_is_answered() {
    let (source, state) = folders();
    let mut terminal = Terminal::over(source.path(), &[], state.path());
    assert_eq!(
        terminal.ask("SELECT name, ';' AS x"),
        "SELECT name, ';' AS x\n  -> "
    );
    assert_eq!(
        terminal.ask("FROM outputs;"),
        "FROM outputs;\n name │ x\n──────┼───\n one  │ ;\n two  │ ;\n(2 rows)\nsgq> "
    );
    assert!(terminal.leave().success());
}

#[test]
fn a_failing_statement_is_shown_with_a_caret_and_the_shell_goes_on() {
    let (source, state) = folders();
    let mut terminal = Terminal::over(source.path(), &[], state.path());
    assert_eq!(
        terminal.ask("SELECT nam FROM outputs;"),
        "SELECT nam FROM outputs;\nsgq: there is no column nam; did you mean name?\n\
         LINE 1: SELECT nam FROM outputs;\n               ^\nsgq> "
    );
    assert!(terminal.ask("SELECT 1;").contains("(1 row)"));
}

#[test]
fn a_result_is_cut_to_the_terminals_width() {
    let (source, state) = folders();
    let mut terminal = Terminal::over(source.path(), &[], state.path());
    let answer = terminal.ask("SELECT * FROM states;");
    assert!(
        answer.lines().all(|line| line.chars().count() <= 80),
        "{answer}"
    );
    assert!(answer.contains("columns fit"), "{answer}");
}

#[test]
fn ctrl_c_at_the_prompt_drops_what_is_typed() {
    let (source, state) = folders();
    let mut terminal = Terminal::over(source.path(), &[], state.path());
    terminal.ask("SELECT nonsense");
    terminal.press("more\u{3}");
    terminal.wait_for_prompt();
    assert!(terminal.ask("SELECT 2 AS two;").contains(" two\n"));
}

#[test]
fn ctrl_c_stops_a_statement_and_the_shell_goes_on() {
    let (source, state) = folders();
    let mut terminal = Terminal::over(source.path(), &[], state.path());
    terminal.press(&format!("{ENDLESS}\r"));
    // It runs once the terminal is given back to it.
    terminal.wait_for("\u{1b}[?2004l");
    thread::sleep(Duration::from_millis(300));
    terminal.interrupt();
    assert!(terminal.wait_for_prompt().contains("cancelled\n"));
    assert!(terminal.ask("SELECT 1;").contains("(1 row)"));
}

#[test]
fn a_time_limit_stops_a_statement_and_the_shell_goes_on() {
    let (source, state) = folders();
    let mut terminal = Terminal::over(source.path(), &["--timeout", "300ms"], state.path());
    let told = "sgq: the time limit of 300ms has passed; ask for less or raise --timeout\n";
    assert!(terminal.ask(ENDLESS).contains(told));
    assert!(terminal.ask("\\o").contains("results as table\n"));
}

#[test]
fn one_thread_is_enough_for_all_of_it() {
    let (source, state) = folders();
    let mut terminal = Terminal::over(source.path(), &["--threads", "1"], state.path());
    let pairs = terminal.ask("SELECT count(*) AS pairs FROM outputs a, outputs b;");
    assert!(pairs.contains("     4\n(1 row)"), "{pairs}");
    assert!(terminal.ask("\\d").contains(" outputs "));
    assert!(terminal.ask("\\s").contains("│ state  │"));
    assert!(terminal.ask("\\run resources-by-type").contains(" type "));
    terminal.press(&format!("{ENDLESS}\r"));
    terminal.wait_for("\u{1b}[?2004l");
    thread::sleep(Duration::from_millis(300));
    terminal.interrupt();
    assert!(terminal.wait_for_prompt().contains("cancelled\n"));
    assert!(terminal.ask("SELECT 1;").contains("(1 row)"));
    assert!(terminal.leave().success());
}

#[test]
fn temporary_files_are_gone_when_the_shell_is_left() {
    let (source, state) = folders();
    let temporary = state.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let names = || fs::read_dir(&temporary).unwrap().count();
    let mut terminal = Terminal::open(
        &[
            "-s",
            source.path().to_str().unwrap(),
            "--memory-limit",
            "16MB",
        ],
        state.path(),
    );
    terminal.wait_for_prompt();
    assert_eq!(names(), 0, "nothing is spilled yet");
    let sorted = terminal.ask(
        "SELECT max(n) - min(n) AS span FROM (SELECT row_number() OVER (ORDER BY t) AS n FROM \
         (SELECT repeat(cast(x AS text), 5) AS t FROM generate_series(1, 400000) g(x)) r) s;",
    );
    assert!(sorted.contains(" 399999\n(1 row)"), "{sorted}");
    assert_eq!(names(), 1);
    assert!(terminal.leave().success());
    assert_eq!(names(), 0);
}

#[test]
fn what_could_not_be_read_is_told_once() {
    let (source, state) = folders();
    fs::write(source.path().join("bad.tfstate"), "{\"version\": 4,").unwrap();
    let mut terminal = Terminal::over(source.path(), &[], state.path());
    let first = terminal.ask("SELECT name FROM outputs;");
    assert!(
        first.contains("(2 rows)\nsgq: ") && first.contains("was not loaded"),
        "{first}"
    );
    assert!(
        !terminal
            .ask("SELECT name FROM outputs;")
            .contains("was not loaded")
    );
}

#[test]
fn commands_describe_tables_views_and_sources() {
    let (source, state) = folders();
    let mut terminal = Terminal::over(source.path(), &[], state.path());
    assert!(
        terminal
            .ask("\\d")
            .contains(" outputs                      │ One row per root output.")
    );
    assert!(
        terminal
            .ask("\\d outputs")
            .contains(" sensitive │ boolean │ Whether")
    );
    assert!(
        terminal
            .ask("CREATE VIEW mine AS SELECT name AS n FROM outputs;")
            .contains("done")
    );
    assert!(terminal.ask("\\d mine").contains(" n      │ text\n"));
    assert!(terminal.ask("\\d output").contains("did you mean outputs?"));
    assert!(terminal.ask("\\s").contains("│ state  │"));
    assert!(terminal.ask("\\timng").contains("did you mean \\timing?"));
}

#[test]
fn commands_describe_resource_types_as_the_states_are_now() {
    let (source, state) = folders();
    let write = |attributes: &str| {
        let state = format!(
            r#"{{"version": 4, "terraform_version": "1.9.0", "serial": 8, "lineage": "a", "outputs": {{}},
                "resources": [{{"mode": "managed", "type": "odd_disk", "name": "a", "provider": "p",
                    "instances": [{{"schema_version": 0, "attributes": {attributes}}}]}}]}}"#
        );
        fs::write(source.path().join("terraform.tfstate"), state).unwrap();
    };
    let mut terminal = Terminal::over(source.path(), &[], state.path());
    assert!(
        terminal
            .ask("\\d odd_disk")
            .contains("there is no table odd_disk; \\d lists them")
    );
    write(r#"{"size": 1}"#);
    let tables = terminal.ask("\\d");
    assert!(
        tables.contains(
            " odd_disk                     │ One row per instance of odd_disk, deposed ones"
        ),
        "{tables}"
    );
    let columns = terminal.ask("\\d odd_disk");
    assert!(
        columns.contains("odd_disk: One row per instance of odd_disk"),
        "{columns}"
    );
    assert!(columns.contains(" size       │ bigint │"), "{columns}");
    write(r#"{"size": "large"}"#);
    assert!(
        terminal
            .ask("\\d odd_disk")
            .contains(" size       │ text │")
    );
    assert!(
        terminal
            .ask("SELECT size FROM odd_disk;")
            .contains(" large\n")
    );
}

#[test]
fn commands_list_show_and_run_reports() {
    let (source, state) = folders();
    let mut shell = Terminal::over(source.path(), &[], state.path());
    let listed = shell.ask("\\queries");
    assert!(listed.contains("open-ingress"), "{listed}");
    let shown = shell.ask("\\queries resources-by-type");
    assert!(shown.contains("-- title: Resources by type\n"), "{shown}");
    let ran = shell.ask("\\run resources-by-type mode=managed");
    assert!(ran.contains(" type "), "{ran}");
    let wrong = shell.ask("\\run resources-by-type kind=managed");
    assert!(
        wrong.contains(
            "sgq: resources-by-type has no parameter kind; it takes mode managed|data|all"
        ),
        "{wrong}"
    );
    let unknown = shell.ask("\\run resources-by-typ");
    assert!(
        unknown.contains("did you mean resources-by-type?"),
        "{unknown}"
    );
    assert!(shell.leave().success());
}

#[test]
fn a_report_ends_where_a_statement_of_it_fails() {
    let (source, state) = folders();
    let file = state.path().join("two.sql");
    std::fs::write(&file, "SELECT nope; SELECT 'after' || 'wards' AS late").unwrap();
    let mut shell = Terminal::over(source.path(), &[], state.path());
    let ran = shell.ask(&format!("\\run {}", file.display()));
    assert!(
        ran.contains("sgq: the report two: there is no column nope"),
        "{ran}"
    );
    assert!(!ran.contains("afterwards"), "{ran}");
    let next = shell.ask("SELECT 'goes' || ' on' AS shell;");
    assert!(next.contains("goes on"), "{next}");
    assert!(shell.leave().success());
}

#[test]
fn history_is_kept_for_the_next_session_and_for_the_user_alone() {
    let (source, state) = folders();
    let mut first = Terminal::over(source.path(), &[], state.path());
    first.ask("SELECT 41");
    first.ask("+ 1;");
    assert!(first.leave().success());
    let file = state.path().join("sgq/history");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let mut second = Terminal::over(source.path(), &[], state.path());
    second.press("\u{1b}[A");
    second.wait_for("+ 1;");
    assert!(second.ask("").contains(" 42\n(1 row)"));
}

#[test]
fn without_a_place_for_history_the_shell_says_so_once_and_works() {
    let (source, state) = folders();
    let taken = state.path().join("taken");
    fs::write(&taken, "").unwrap();
    let mut terminal = Terminal::open(&["-s", source.path().to_str().unwrap()], &taken);
    let greeting = terminal.wait_for_prompt();
    assert_eq!(
        greeting.matches("history is not kept").count(),
        1,
        "{greeting}"
    );
    assert!(!terminal.ask("SELECT 1;").contains("history"));
}

#[test]
fn exit_leaves() {
    let (source, state) = folders();
    let mut terminal = Terminal::over(source.path(), &[], state.path());
    terminal.press("exit\r");
    assert!(terminal.wait().unwrap().success());
}
