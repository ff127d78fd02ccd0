//! A store as a source while others write to it, on a standby, and in reports.

use crate::desk::{Desk, state};
use crate::server::{PASSWORD, Postgres};
use crate::terminal::Terminal;

fn store_of(server: &Postgres, desk: &Desk<'_>) -> String {
    format!(
        "postgres://postgres:{PASSWORD}@127.0.0.1:{}/{}?sslmode=disable",
        server.port(),
        desk.database
    )
}

/// What the shell shows between a statement and the next prompt.
fn answer(terminal: &mut Terminal, statement: &str) -> String {
    let shown = terminal.ask(statement);
    let lines = shown
        .lines()
        .skip(1)
        .filter(|line| !line.starts_with("sgq> "));
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_next_statement_of_a_shell_sees_what_others_pushed() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "live");
    let push = |name: &str, document: String, base: &[&str]| {
        let pushed = desk.push(name, document, base);
        assert!(pushed.ends_with("[exit 0]"), "{pushed}");
    };
    push("shop", state(1, &[("a", "1", &[])]), &[]);
    let home = tempfile::tempdir().unwrap();
    let store = store_of(&server, &desk);
    let mut terminal = Terminal::open(&["-s", &store, "-o", "csv"], home.path());
    terminal.wait_for_prompt();
    let counted = "SELECT state, count(*) AS n FROM instances GROUP BY 1 ORDER BY 1;";
    let changed = "SELECT state, version, action FROM history ORDER BY 1, 2, address;";
    assert_eq!(answer(&mut terminal, counted), "state,n\nshop,1");
    assert_eq!(
        answer(&mut terminal, changed),
        "state,version,action\nshop,1,create"
    );
    push(
        "shop",
        state(2, &[("a", "2", &[]), ("b", "1", &[])]),
        &["--base", "1"],
    );
    push(
        "net",
        state(1, &[("n", "1", &[])]).replace("\"l\"", "\"n\""),
        &[],
    );
    assert_eq!(answer(&mut terminal, counted), "state,n\nnet,1\nshop,2");
    assert_eq!(
        answer(&mut terminal, changed),
        "state,version,action\nnet,1,create\nshop,1,create\nshop,2,update\nshop,2,create"
    );
    for arguments in [
        &["store", "rename", "shop", "front"][..],
        &["store", "rm", "net"],
    ] {
        let done = desk.sgq(arguments);
        assert!(done.ends_with("[exit 0]"), "{done}");
    }
    assert_eq!(answer(&mut terminal, counted), "state,n\nfront,2");
    assert_eq!(
        answer(&mut terminal, changed),
        "state,version,action\nfront,1,create\nfront,2,update\nfront,2,create\nnet,1,create\nnet,2,forget"
    );
    assert!(terminal.leave().success());
    let then = desk.sgq(&[
        "-s",
        &store,
        "-o",
        "csv",
        "--as-of",
        "v1",
        "SELECT state, address FROM instances ORDER BY 1",
    ]);
    assert_eq!(then, "state,address\nfront,thing.a\nnet,thing.n\n[exit 0]");
}

#[test]
fn a_standby_answers_as_its_primary_does() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "copied");
    desk.push("shop", state(1, &[("a", "1", &[])]), &[]);
    desk.push("shop", state(2, &[("a", "2", &[])]), &["--base", "1"]);
    let standby = server.standby().unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    let asked = |server: &Postgres, sql: &str| {
        desk.sgq(&["-s", &store_of(server, &desk), "-o", "csv", sql])
    };
    let newest = "SELECT version FROM state_versions WHERE version = 2";
    while !asked(&standby, newest).contains("\n2\n") {
        assert!(
            std::time::Instant::now() < until,
            "the standby does not follow"
        );
    }
    for sql in [
        "SELECT name, serial FROM states",
        "SELECT address, attributes FROM instances",
        "SELECT version, action, address, changed_paths FROM history",
        "SELECT count(*) FROM locks",
    ] {
        let told = asked(&standby, sql);
        assert!(told.ends_with("[exit 0]"), "{sql}: {told}");
        assert_eq!(told, asked(&server, sql), "{sql}");
    }
    let states = desk.sgq(&[
        "store",
        "--store",
        &store_of(&standby, &desk),
        "states",
        "-o",
        "csv",
    ]);
    assert!(states.contains("\nshop,default,2,ok,"), "{states}");
}

#[test]
fn reports_tell_the_same_as_over_the_files() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "reports");
    let files = format!("{}/sample-states", env!("CARGO_MANIFEST_DIR"));
    let imported = desk.sgq(&["store", "import", &files]);
    assert!(imported.ends_with("[exit 0]"), "{imported}");
    let store = store_of(&server, &desk);
    let rows = |source: &str, report: &str| desk.sgq(&["-s", source, "-o", "json", "run", report]);
    let listed = desk.sgq(&["-o", "csv", "queries"]);
    let reports: Vec<&str> = listed
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(','))
        .map(|(name, _)| name)
        .collect();
    assert!(reports.len() > 25, "{listed}");
    let mut different = Vec::new();
    let mut with_rows = 0;
    for report in reports {
        let (ours, theirs) = (rows(&store, report), rows(&files, report));
        with_rows += usize::from(ours.contains("\n  {"));
        // This one needs a table of its own.
        assert!(
            ours.ends_with("[exit 0]") || report == "gaps",
            "{report}: {ours}"
        );
        if ours != theirs {
            different.push(format!("{report}\n{ours}\n{theirs}"));
        }
    }
    assert!(with_rows > 20, "{with_rows}");
    assert!(different.is_empty(), "{}", different.join("\n\n"));
}
