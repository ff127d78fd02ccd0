//! A shell over a database that changes: what is asked is answered as it is now.

use crate::backend::{make_schema, put, state};
use crate::server::Postgres;
use crate::terminal::Terminal;

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
fn the_next_statement_sees_what_was_written_since() {
    let server = Postgres::start_with(&[("log_statement", "all")], &[]).unwrap();
    let mut client = server.make_database("tf");
    make_schema(&mut client, "shop", "states");
    for workspace in ["blue", "green", "red"] {
        put(&mut client, "shop.states", workspace, Some(&state(1, 1)));
    }
    let home = tempfile::tempdir().unwrap();
    let url = server.url("tf");
    let mut terminal = Terminal::open(&["-s", &url, "-o", "csv"], home.path());
    terminal.wait_for_prompt();
    let asleep = |client: &mut postgres::Client| -> String {
        let row = client.query_one(
            "SELECT string_agg(state, ',') FROM pg_stat_activity WHERE application_name = 'sgq'",
            &[],
        );
        row.unwrap().get(0)
    };
    assert_eq!(asleep(&mut client), "idle");
    let sql = "SELECT state, count(*) AS n FROM instances GROUP BY 1 ORDER BY 1;";
    let fetched = |server: &Postgres| server.log().matches("SELECT data").count();
    assert_eq!(
        answer(&mut terminal, sql),
        "state,n\nshop/blue,1\nshop/green,1\nshop/red,1"
    );
    assert_eq!(fetched(&server), 3);
    assert_eq!(asleep(&mut client), "idle");

    // What did not change is not fetched again.
    answer(&mut terminal, sql);
    assert_eq!(fetched(&server), 3);
    put(&mut client, "shop.states", "green", Some(&state(2, 4)));
    assert_eq!(
        answer(&mut terminal, sql),
        "state,n\nshop/blue,1\nshop/green,4\nshop/red,1"
    );
    assert_eq!(fetched(&server), 4);
    let size = "SELECT size_bytes FROM states WHERE name = 'shop/green';";
    let expected = format!("size_bytes\n{}", state(2, 4).len());
    assert_eq!(answer(&mut terminal, size), expected);

    // Rows come, go and are renamed; what was made in the session stays.
    answer(
        &mut terminal,
        "CREATE VIEW per_state AS SELECT state, count(*) AS n FROM instances GROUP BY 1;",
    );
    answer(
        &mut terminal,
        "CREATE TABLE before AS SELECT * FROM per_state;",
    );
    answer(
        &mut terminal,
        "CREATE VIEW sums AS SELECT sum(n) AS n FROM per_state;",
    );
    client
        .batch_execute(
            "DELETE FROM shop.states WHERE name = 'red'; UPDATE shop.states SET name = 'teal' WHERE name = 'blue'",
        )
        .unwrap();
    make_schema(&mut client, "network", "states");
    put(&mut client, "network.states", "default", Some(&state(1, 2)));
    assert_eq!(
        answer(&mut terminal, "SELECT * FROM per_state ORDER BY 1;"),
        "state,n\nnetwork/default,2\nshop/green,4\nshop/teal,1"
    );
    assert_eq!(answer(&mut terminal, "SELECT n FROM sums;"), "n\n7");
    assert_eq!(
        answer(&mut terminal, "SELECT count(*) AS n FROM before;"),
        "n\n3"
    );
    assert_eq!(
        answer(&mut terminal, "\\refresh"),
        "3 documents at the sources"
    );

    // A state that could not be read can be read once it is mended.
    put(
        &mut client,
        "shop.states",
        "green",
        Some("{\"version\": 4,"),
    );
    assert!(answer(&mut terminal, "SELECT kind FROM load_errors;").contains("\ninvalid_json"));
    put(&mut client, "shop.states", "green", Some(&state(3, 4)));
    assert_eq!(
        answer(&mut terminal, "SELECT kind FROM load_errors;"),
        "kind"
    );
    assert!(terminal.leave().success());
}

#[test]
fn a_server_that_goes_away_is_told_once_and_found_again() {
    let server = Postgres::start().unwrap();
    let mut client = server.make_database("tf");
    make_schema(&mut client, "shop", "states");
    put(&mut client, "shop.states", "default", Some(&state(1, 1)));
    drop(client);
    let home = tempfile::tempdir().unwrap();
    let url = server.url("tf");
    let mut terminal = Terminal::open(&["-s", &url, "-o", "csv"], home.path());
    terminal.wait_for_prompt();
    let sql = "SELECT count(*) AS n FROM instances;";
    assert_eq!(answer(&mut terminal, sql), "n\n1");
    server.stop().unwrap();
    let told = answer(&mut terminal, sql).replace(&server.port().to_string(), "PORT");
    insta::assert_snapshot!(told.replace('\n', " "), @"sgq: PostgreSQL at 127.0.0.1:PORT cannot be reached (database tf, role postgres): nothing listens there (connection refused)");
    server.start_again().unwrap();
    assert_eq!(answer(&mut terminal, sql), "n\n1");
    // Whoever ends the session alone is not even noticed.
    server
        .connect("tf")
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sgq'",
        )
        .unwrap();
    assert_eq!(answer(&mut terminal, sql), "n\n1");
}
