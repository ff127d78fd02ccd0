//! Terraform's backend `pg` as a source: what is found in a database, and what is asked of it.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use postgres::Client;

use crate::place::Place;
use crate::server::{PASSWORD, Postgres};

/// A state with so many instances.
pub fn state(serial: u32, instances: usize) -> String {
    let mut resources = String::new();
    for number in 0..instances {
        let comma = if number > 0 { "," } else { "" };
        write!(
            resources,
            r#"{comma}{{"mode": "managed", "type": "terraform_data", "name": "r{number}",
                "provider": "provider[\"terraform.io/builtin/terraform\"]",
                "instances": [{{"attributes": {{"id": "{serial}-{number}"}}}}]}}"#
        )
        .unwrap();
    }
    format!(
        r#"{{"version": 4, "terraform_version": "1.11.4", "serial": {serial}, "lineage": "l{instances}",
            "outputs": {{}}, "resources": [{resources}]}}"#
    )
}

/// Makes a schema as Terraform does.
pub fn make_schema(client: &mut Client, schema: &str, table: &str) {
    client
        .batch_execute(&format!(
            "CREATE SEQUENCE IF NOT EXISTS public.global_states_id_seq AS bigint;
             CREATE SCHEMA IF NOT EXISTS {schema};
             CREATE TABLE {schema}.{table} (
                id bigint NOT NULL DEFAULT nextval('public.global_states_id_seq') PRIMARY KEY,
                name text UNIQUE, data text)"
        ))
        .unwrap();
}

/// Writes a workspace's state.
pub fn put(client: &mut Client, table: &str, workspace: &str, state: Option<&str>) {
    let statement = format!(
        "INSERT INTO {table} (name, data) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET data = EXCLUDED.data"
    );
    client.execute(&statement, &[&workspace, &state]).unwrap();
}

/// A run of sgq with the server's port as PORT.
fn run(server: &Postgres, arguments: &[&str]) -> String {
    let place = Place::new();
    let mut command = place.command(arguments);
    command.env("PGPASSWORD", PASSWORD);
    let shown = place.show(&place.output(&mut command));
    assert!(!shown.contains(PASSWORD), "{shown}");
    shown.replace(&server.port().to_string(), "PORT")
}

#[test]
fn every_table_of_states_is_found() {
    let server = Postgres::start_with(&[("track_commit_timestamp", "on")], &[]).unwrap();
    let mut client = server.make_database("tf");
    for schema in ["network", "shop", "closed", "\"od d\""] {
        make_schema(&mut client, schema, "states");
    }
    make_schema(&mut client, "tofu", "tofu_states");
    put(&mut client, "network.states", "default", Some(&state(1, 2)));
    put(&mut client, "shop.states", "default", Some(&state(2, 1)));
    put(&mut client, "shop.states", "blue", Some(&state(3, 3)));
    put(&mut client, "shop.states", "new", None);
    put(&mut client, "shop.states", "empty", Some(""));
    put(
        &mut client,
        "shop.states",
        "broken",
        Some("{\"version\": 4, "),
    );
    put(&mut client, "closed.states", "default", Some(&state(4, 1)));
    put(&mut client, "\"od d\".states", "a/b", Some(&state(5, 1)));
    put(
        &mut client,
        "tofu.tofu_states",
        "default",
        Some(&state(6, 1)),
    );
    client
        .batch_execute(&format!(
            "CREATE SCHEMA no_terraform; CREATE TABLE no_terraform.states (id int, name text);
             CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}';
             ALTER ROLE reader SET default_transaction_read_only = on;
             GRANT USAGE ON SCHEMA network, shop, \"od d\", tofu TO reader;
             GRANT SELECT ON network.states, shop.states, \"od d\".states, tofu.tofu_states TO reader"
        ))
        .unwrap();
    let url = format!(
        "postgres://reader@127.0.0.1:{}/tf?sslmode=disable",
        server.port()
    );
    let sources = run(&server, &["-s", &url, "-o", "csv", "sources"]);
    insta::assert_snapshot!(sources, @r#"
    source,state,status,reason,versions,size_bytes,uri
    tf,,failed,it cannot be read: reader may not read the table closed.states; GRANT USAGE ON SCHEMA closed and SELECT ON closed.states to reader,,0,pg://127.0.0.1:PORT/tf/closed
    tf,network/default,state,,1,514,pg://127.0.0.1:PORT/tf/network#default
    tf,od d/a/b,state,,1,316,pg://127.0.0.1:PORT/tf/od d#a/b
    tf,shop/blue,state,,1,712,pg://127.0.0.1:PORT/tf/shop#blue
    tf,,failed,"its JSON breaks off or is wrong at line 1, column 15; restore it from a backup or an earlier version",,15,pg://127.0.0.1:PORT/tf/shop#broken
    tf,shop/default,state,,1,316,pg://127.0.0.1:PORT/tf/shop#default
    ,,skipped,row without a state,,,pg://127.0.0.1:PORT/tf/shop#empty
    ,,skipped,row without a state,,,pg://127.0.0.1:PORT/tf/shop#new
    [exit 0]
    "#);
    let columns = "SELECT name, workspace, source, backend, serial, size_bytes, instance_count, \
                   updated_at > now() - INTERVAL '1 day' AS is_new FROM states ORDER BY name";
    let states = run(&server, &["-s", &url, "-o", "csv", columns]);
    insta::assert_snapshot!(states, @"
    name,workspace,source,backend,serial,size_bytes,instance_count,is_new
    network/default,default,tf,pg,1,514,2,true
    od d/a/b,a/b,tf,pg,5,316,1,true
    shop/blue,blue,tf,pg,3,712,3,true
    shop/default,default,tf,pg,2,316,1,true
    [stderr]
    sgq: pg://127.0.0.1:PORT/tf/closed was not loaded: it cannot be read: reader may not read the table closed.states; GRANT USAGE ON SCHEMA closed and SELECT ON closed.states to reader
    sgq: pg://127.0.0.1:PORT/tf/shop#broken was not loaded: its JSON breaks off or is wrong at line 1, column 15; restore it from a backup or an earlier version
    [exit 0]
    ");
    let errors = "SELECT kind, uri, message FROM load_errors ORDER BY uri";
    let errors = run(&server, &["-s", &url, "-o", "csv", errors]);
    insta::assert_snapshot!(errors, @r#"
    kind,uri,message
    unreadable,pg://127.0.0.1:PORT/tf/closed,it cannot be read: reader may not read the table closed.states; GRANT USAGE ON SCHEMA closed and SELECT ON closed.states to reader
    invalid_json,pg://127.0.0.1:PORT/tf/shop#broken,"its JSON breaks off or is wrong at line 1, column 15; restore it from a backup or an earlier version"
    [stderr]
    sgq: pg://127.0.0.1:PORT/tf/closed was not loaded: it cannot be read: reader may not read the table closed.states; GRANT USAGE ON SCHEMA closed and SELECT ON closed.states to reader
    sgq: pg://127.0.0.1:PORT/tf/shop#broken was not loaded: its JSON breaks off or is wrong at line 1, column 15; restore it from a backup or an earlier version
    [exit 0]
    "#);
    let names = "SELECT name FROM states ORDER BY name";
    let only = format!("{url}&schema_name=shop");
    insta::assert_snapshot!(run(&server, &["-s", &only, "-o", "csv", names]), @"
    name
    shop/blue
    shop/default
    [stderr]
    sgq: pg://127.0.0.1:PORT/tf/shop#broken was not loaded: its JSON breaks off or is wrong at line 1, column 15; restore it from a backup or an earlier version
    [exit 0]
    ");
    let tofu = format!("{url}&table_name=tofu_states");
    insta::assert_snapshot!(run(&server, &["-s", &tofu, "-o", "csv", "SELECT name, uri FROM states"]), @"
    name,uri
    tofu.tofu_states/default,pg://127.0.0.1:PORT/tf/tofu.tofu_states#default
    [exit 0]
    ");
    let none = format!("{url}&schema_name=nowhere");
    insta::assert_snapshot!(run(&server, &["-s", &none, "-o", "csv", names]), @"
    name
    [stderr]
    sgq: postgres://127.0.0.1:PORT/tf: the schema nowhere has no table states(id, name, data) of Terraform's backend
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    ");
    let words = format!(
        "host=127.0.0.1 port={} dbname=tf user=reader",
        server.port()
    );
    let both = run(
        &server,
        &[
            "-s",
            &words,
            "-s",
            &tofu,
            "-o",
            "csv",
            "SELECT count(*) AS states FROM states",
        ],
    );
    insta::assert_snapshot!(both, @"
    states
    5
    [stderr]
    sgq: pg://127.0.0.1:PORT/tf/closed was not loaded: it cannot be read: reader may not read the table closed.states; GRANT USAGE ON SCHEMA closed and SELECT ON closed.states to reader
    sgq: pg://127.0.0.1:PORT/tf/shop#broken was not loaded: its JSON breaks off or is wrong at line 1, column 15; restore it from a backup or an earlier version
    [exit 0]
    ");
}

#[test]
fn a_standby_is_read_as_its_primary_is() {
    let server = Postgres::start_with(&[("track_commit_timestamp", "on")], &[]).unwrap();
    let mut client = server.make_database("tf");
    make_schema(&mut client, "shop", "states");
    put(&mut client, "shop.states", "default", Some(&state(1, 2)));
    let standby = server.standby().unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    // What was written before the copy began is replayed before the first question is answered.
    let sql = "SELECT name, instance_count, updated_at IS NOT NULL AS is_dated, (SELECT count(*) FROM locks) AS locks FROM states";
    let asked = |server: &Postgres, more: &str| {
        let url = format!("postgres://postgres@127.0.0.1:{}/tf?{more}", server.port());
        run(server, &["-s", &url, "-o", "csv", sql])
    };
    while asked(&standby, "").contains("no state was found") {
        assert!(Instant::now() < until, "the standby does not follow");
    }
    let expected = asked(&server, "target_session_attrs=primary");
    insta::assert_snapshot!(expected, @"
    name,instance_count,is_dated,locks
    shop/default,2,true,0
    [exit 0]
    ");
    assert_eq!(asked(&standby, "target_session_attrs=standby"), expected);
    assert_eq!(asked(&standby, "target_session_attrs=read-only"), expected);
}

#[test]
fn what_cannot_be_reached_is_told_in_a_sentence() {
    let server = Postgres::start().unwrap();
    let port = server.port();
    let sql = "SELECT count(*) FROM states";
    let url = |text: &str| format!("postgres://{text}?sslmode=disable");
    let asked = |source: &str| run(&server, &["-s", source, sql]);
    insta::assert_snapshot!(asked(&url("me:hunter3@127.0.0.1:1/tf")), @"
     count(*)
    ──────────
            0
    [stderr]
    sgq: postgres://127.0.0.1:1/tf was not loaded: it cannot be read: PostgreSQL at 127.0.0.1:1 cannot be reached (database tf, role me): nothing listens there (connection refused)
    [exit 3]
    ");
    insta::assert_snapshot!(asked(&url(&format!("postgres:hunter3@127.0.0.1:{port}/postgres"))), @r#"
     count(*)
    ──────────
            0
    [stderr]
    sgq: postgres://127.0.0.1:PORT/postgres was not loaded: it cannot be read: PostgreSQL at 127.0.0.1:PORT cannot be reached (database postgres, role postgres): password authentication failed for user "postgres" (SQLSTATE 28P01)
    [exit 3]
    "#);
    insta::assert_snapshot!(asked(&url("postgres:hun/ter3@127.0.0.1:1/tf")), @"
    [stderr]
    sgq: the URL of PostgreSQL has a / or @ in the user's name or password; write them %2F and %40 there
    [exit 2]
    ");
    insta::assert_snapshot!(asked(&format!("postgres://postgres@127.0.0.1:{port}/postgres")), @"
     count(*)
    ──────────
            0
    [stderr]
    sgq: postgres://127.0.0.1:PORT/postgres: no schema has a table states(id, name, data) of Terraform's backend
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    ");
}

#[test]
fn only_the_rows_that_a_question_needs_are_fetched() {
    let server =
        Postgres::start_with(&[("log_statement", "all"), ("log_connections", "on")], &[]).unwrap();
    let mut client = server.make_database("tf");
    for schema in ["network", "shop"] {
        make_schema(&mut client, schema, "states");
        for workspace in ["default", "blue", "green"] {
            put(
                &mut client,
                &format!("{schema}.states"),
                workspace,
                Some(&state(1, 1)),
            );
        }
    }
    let url = format!(
        "postgres://postgres@127.0.0.1:{}/tf?application_name=asked",
        server.port()
    );
    let fetched = |sql: &str| {
        let before = server.log().len();
        let answer = run(&server, &["-s", &url, "-o", "csv", sql]);
        assert!(answer.ends_with("[exit 0]"), "{answer}");
        let log = server.log()[before..].to_owned();
        assert_eq!(log.matches("connection authorized").count(), 1, "{log}");
        assert_eq!(
            log.matches("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                .count(),
            // One to see whether there is a store of sgq's own.
            2
        );
        // The listing looks at the lengths of the states, and at nothing else of them.
        let listings = log
            .lines()
            .filter(|line| line.contains("octet_length(data)"));
        assert_eq!(listings.clone().count(), 1, "{log}");
        assert!(
            listings
                .clone()
                .all(|line| line.matches("data").count() == 2),
            "{log}"
        );
        log.matches("SELECT data").count()
    };
    assert_eq!(fetched("SELECT count(*) FROM locks"), 0);
    assert_eq!(
        fetched("SELECT * FROM instances WHERE state = 'shop/blue'"),
        1
    );
    assert_eq!(
        fetched("SELECT * FROM instances WHERE state LIKE 'network/%'"),
        3
    );
    assert_eq!(
        fetched("SELECT * FROM states WHERE workspace = 'green' AND source = 'tf'"),
        2
    );
    assert_eq!(fetched("SELECT * FROM instances WHERE state = 'none'"), 0);
    assert_eq!(fetched("SELECT count(*) FROM instances"), 6);
}

/// Says that a test is over, also when it fails.
struct Over<'o>(&'o AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn all_states_are_of_one_moment_by_any_number_of_threads() {
    let server = Postgres::start().unwrap();
    let mut client = server.make_database("tf");
    make_schema(&mut client, "shop", "states");
    for number in 0..40 {
        let text = state(0, 300);
        put(
            &mut client,
            "shop.states",
            &format!("w{number}"),
            Some(&text),
        );
    }
    let is_over = AtomicBool::new(false);
    let url = server.url("tf");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut serial = 0;
            while !is_over.load(Ordering::Relaxed) {
                let new = format!("\"serial\": {}", serial + 1);
                let old = format!("\"serial\": {serial}");
                let statement = "UPDATE shop.states SET data = replace(data, $1, $2)";
                client.execute(statement, &[&old, &new]).unwrap();
                serial += 1;
            }
        });
        let over = Over(&is_over);
        let sql = "SELECT count(*) AS states, count(DISTINCT serial) AS serials FROM states";
        for threads in ["1", "2", "4", "8", "4", "2"] {
            let answer = run(
                &server,
                &["-s", &url, "--threads", threads, "-o", "csv", sql],
            );
            assert_eq!(
                answer, "states,serials\n40,1\n[exit 0]",
                "{threads} threads"
            );
        }
        drop(over);
    });
}

#[test]
fn a_time_in_the_past_is_answered_where_the_server_keeps_times() {
    let as_of = "2001-01-01T00:00:00Z";
    let mut told = Vec::new();
    for keeps in ["off", "on"] {
        let server = Postgres::start_with(&[("track_commit_timestamp", keeps)], &[]).unwrap();
        let mut client = server.make_database("tf");
        make_schema(&mut client, "shop", "states");
        put(&mut client, "shop.states", "default", Some(&state(1, 1)));
        let url = format!("postgres://postgres@127.0.0.1:{}/tf", server.port());
        let sql =
            "SELECT (SELECT count(*) FROM states) AS states, (SELECT count(*) FROM locks) AS locks";
        told.push(run(
            &server,
            &["-s", &url, "--as-of", as_of, "-o", "csv", sql],
        ));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    states,locks
    0,0
    [stderr]
    sgq: 1 state left out: in a database that does not tell when they were written (track_commit_timestamp is off)
    sgq: locks are those of now: with --as-of there are none
    sgq: no state is known as of the moment that --as-of tells
    [exit 0]
    states,locks
    0,0
    [stderr]
    sgq: 1 state left out: written later than --as-of, and nothing is known of what was there before
    sgq: locks are those of now: with --as-of there are none
    sgq: no state is known as of the moment that --as-of tells
    [exit 0]
    ");
}
