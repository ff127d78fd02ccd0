//! States of other places, and their histories, brought into the store.

use crate::desk::{Desk, state};
use crate::repository::Repository;
use crate::server::Postgres;

#[test]
fn an_import_can_be_run_again_and_brings_what_is_new() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let place = &desk.place;
    place.write("app/terraform.tfstate", state(7, &[("a", "1", &[])]));
    place.write("net.tfstate", state(2, &[("n", "1", &[])]));
    place.write(
        "app/terraform.tfstate.d/blue/terraform.tfstate",
        state(1, &[]),
    );
    place.write("app/notes.json", "{\"a\": 1}");
    insta::assert_snapshot!(desk.sgq(&["store", "import", "--author", "Ada"]), @"
    [stderr]
    sgq: 3 states imported, 0 as they were, 0 failed
    [exit 0]
    ");
    let rows = desk.rows();
    insta::assert_snapshot!(desk.sgq(&["store", "import", "app", "net.tfstate"]), @"
    [stderr]
    sgq: 1 state imported, 2 as they were, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "import", "."]), @"
    [stderr]
    sgq: 0 states imported, 3 as they were, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["-s", ".", "store", "import"]), @"
    [stderr]
    sgq: 0 states imported, 3 as they were, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "states", "-o", "csv"]), @"
    state,workspace,version,status,serial,instance_count,recorded_at,author
    app,default,1,ok,7,1,TIME,Ada
    app/terraform.tfstate.d/blue,blue,1,ok,1,0,TIME,Ada
    net,default,1,ok,2,1,TIME,Ada
    terraform.tfstate.d/blue,blue,1,ok,1,0,TIME,
    [exit 0]
    ");
    assert_eq!(desk.pull(&["net"]), state(2, &[("n", "1", &[])]).as_bytes());
    assert_ne!(desk.rows(), rows);

    place.write("app/terraform.tfstate", state(8, &[("a", "2", &[])]));
    place.write("net.tfstate", state(1, &[]));
    insta::assert_snapshot!(desk.sgq(&["store", "import", "."]), @"
    [stderr]
    sgq: net was left as it is: the file has the serial 1, and the store 2; --history imports older versions
    sgq: 1 state imported, 2 as they were, 0 failed
    [exit 0]
    ");
    assert_eq!(desk.pull(&["net"]), state(2, &[("n", "1", &[])]).as_bytes());
    // What was there before is not brought back.
    place.write("app/terraform.tfstate", state(7, &[("a", "1", &[])]));
    place.write(
        "net.tfstate",
        state(2, &[("n", "1", &[])]).replace("\"l\"", "\"anew\""),
    );
    insta::assert_snapshot!(desk.sgq(&["store", "import", "."]), @"
    [stderr]
    sgq: 1 state imported, 2 as they were, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "log", "net", "-o", "csv"]), @"
    version,recorded_at,operation,author,message,commit,branch,repository,ci_run,tags,base,serial,added,changed,removed
    2,TIME,import,,,,,,,[],1,2,0,0,0
    1,TIME,import,Ada,,,,,,[],,2,1,0,0
    [exit 0]
    ");
    let mut client = desk.client();
    let then = client.query(
        "SELECT FROM recorded_versions WHERE recorded_at > now() OR recorded_at < now() - interval '1 hour'",
        &[],
    );
    assert_eq!(then.unwrap().len(), 0);

    let rows = desk.rows();
    place.write("broken.tfstate", "{\"version\": 4, \"serial\": ");
    insta::assert_snapshot!(desk.sgq(&["store", "import", "."]), @"
    [stderr]
    sgq: DIR/broken.tfstate was not loaded: its JSON breaks off or is wrong at line 1, column 25; restore it from a backup or an earlier version
    sgq: 0 states imported, 3 as they were, 1 failed
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "import", ".", "--strict"]), @"
    [stderr]
    sgq: DIR/broken.tfstate was not loaded: its JSON breaks off or is wrong at line 1, column 25; restore it from a backup or an earlier version
    sgq: 0 states imported, 3 as they were, 1 failed
    [exit 3]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "import", "broken.tfstate"]), @"
    [stderr]
    sgq: DIR/broken.tfstate was not loaded: its JSON breaks off or is wrong at line 1, column 25; restore it from a backup or an earlier version
    sgq: 0 states imported, 0 as they were, 1 failed
    [exit 3]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "import", "app", "--show-sensitive"]), @"
    [stderr]
    sgq: what is written to a store can be read by others, so that no secret is shown in it: leave --show-sensitive out
    [exit 2]
    ");
    std::fs::create_dir(place.path("empty")).unwrap();
    insta::assert_snapshot!(desk.sgq(&["store", "import", "empty"]), @"
    [stderr]
    sgq: no state was found; name a directory or file with -s
    sgq: 0 states imported, 0 as they were, 0 failed
    [exit 0]
    ");
    assert_eq!(desk.rows(), rows);
}

#[test]
fn a_file_is_recorded_at_the_time_it_was_written() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    desk.place.write("app.tfstate", state(1, &[]));
    let file = std::fs::File::options()
        .write(true)
        .open(desk.place.path("app.tfstate"))
        .unwrap();
    let then = std::time::UNIX_EPOCH + std::time::Duration::from_nanos(1_700_000_000_123_456_789);
    file.set_modified(then).unwrap();
    insta::assert_snapshot!(desk.sgq(&["store", "import", "."]), @"
    [stderr]
    sgq: 1 state imported, 0 as they were, 0 failed
    [exit 0]
    ");
    let sql =
        "SELECT (recorded_at AT TIME ZONE 'UTC')::text FROM recorded_versions ORDER BY version";
    let times = || -> Vec<String> {
        desk.client()
            .query(sql, &[])
            .unwrap()
            .iter()
            .map(|row| row.get(0))
            .collect()
    };
    assert_eq!(times(), ["2023-11-14 22:13:20.123456"]);
    // One that was written earlier comes later all the same, and none is of the future.
    desk.place.write("app.tfstate", state(2, &[]));
    let file = std::fs::File::options()
        .write(true)
        .open(desk.place.path("app.tfstate"))
        .unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    desk.sgq(&["store", "import", "."]);
    assert_eq!(times()[1], "2023-11-14 22:13:20.123457");
    desk.place.write("app.tfstate", state(3, &[]));
    let file = std::fs::File::options()
        .write(true)
        .open(desk.place.path("app.tfstate"))
        .unwrap();
    file.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(86_400))
        .unwrap();
    desk.sgq(&["store", "import", "."]);
    let sql = "SELECT count(*) FROM recorded_versions WHERE recorded_at > now()";
    assert_eq!(
        desk.client().query_one(sql, &[]).unwrap().get::<_, i64>(0),
        0
    );
    assert_eq!(times().len(), 3);
}

#[test]
fn every_version_of_a_repository_is_imported_once() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let folder = desk.place.path("infra");
    let mut repository = Repository::init(&folder);
    let of = |lineage: &str, serial, things: &[(&str, &str, &[&str])]| {
        state(serial, things).replace("\"l\"", &format!("\"{lineage}\""))
    };
    repository.write("app/terraform.tfstate", of("app", 1, &[("a", "1", &[])]));
    repository.write("net/terraform.tfstate", of("net", 1, &[("n", "1", &[])]));
    repository.commit("2026-01-01T10:00:00Z", "Begin\n\nwith two");
    repository.by("Bob Example");
    repository.write("app/terraform.tfstate", of("app", 2, &[("a", "2", &[])]));
    repository.commit("2026-01-02T10:00:00Z", "Grow");
    // Only blanks differ, then it is as it was, and moves.
    repository.write(
        "app/terraform.tfstate",
        of("app", 2, &[("a", "2", &[])]) + "\n\n",
    );
    repository.commit("2026-01-03T10:00:00Z", "Blanks");
    repository.write("app/terraform.tfstate", of("app", 1, &[("a", "1", &[])]));
    repository.commit("2026-01-04T10:00:00Z", "Back");
    repository.rename("app/terraform.tfstate", "shop/terraform.tfstate");
    repository.remove("net/terraform.tfstate");
    repository.commit("2026-01-05T10:00:00Z", "Move, and take down");
    let import = [
        "store",
        "import",
        "--history",
        "git:infra",
        "--author",
        "Eve",
        "--tag",
        "t",
    ];
    insta::assert_snapshot!(desk.sgq(&import), @"
    [stderr]
    sgq: 5 versions of 2 states imported, 0 states as they were, 0 failed
    [exit 0]
    ");
    let history = || {
        let sql = "SELECT s.name, v.version, v.serial, v.status, (v.recorded_at AT TIME ZONE 'UTC')::text, t.author, \
                   t.message, length(t.git_commit), t.operation, v.added, v.changed, v.removed, t.tags::text \
                   FROM recorded_versions v JOIN recorded_states s USING (state_id) JOIN transactions t USING (transaction_id) \
                   ORDER BY s.name, v.version";
        let rows = desk.client().query(sql, &[]).unwrap();
        let line = |row: &postgres::Row| {
            format!(
                "{} {} serial {:?} {} {} {:?} {:?} {:?} {} +{} ~{} -{} {}",
                row.get::<_, &str>(0),
                row.get::<_, i64>(1),
                row.get::<_, Option<i64>>(2),
                row.get::<_, &str>(3),
                row.get::<_, &str>(4),
                row.get::<_, Option<&str>>(5),
                row.get::<_, Option<&str>>(6),
                row.get::<_, Option<i32>>(7),
                row.get::<_, &str>(8),
                row.get::<_, i64>(9),
                row.get::<_, i64>(10),
                row.get::<_, i64>(11),
                row.get::<_, &str>(12),
            )
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(history(), @r#"
    net 1 serial Some(1) ok 2026-01-01 10:00:00 Some("Ada Example <ada@example.com>") Some("Begin") Some(40) import +1 ~0 -0 {t}
    net 2 serial Some(1) removed 2026-01-05 10:00:00 Some("Bob Example <bob@example.com>") Some("Move, and take down") Some(40) import +0 ~0 -1 {t}
    shop 1 serial Some(1) ok 2026-01-01 10:00:00 Some("Ada Example <ada@example.com>") Some("Begin") Some(40) import +1 ~0 -0 {t}
    shop 2 serial Some(2) ok 2026-01-02 10:00:00 Some("Bob Example <bob@example.com>") Some("Grow") Some(40) import +0 ~1 -0 {t}
    shop 3 serial Some(1) ok 2026-01-04 10:00:00 Some("Bob Example <bob@example.com>") Some("Back") Some(40) import +0 ~1 -0 {t}
    "#);
    let rows = desk.rows();
    insta::assert_snapshot!(desk.sgq(&import), @"
    [stderr]
    sgq: 0 versions of 0 states imported, 2 states as they were, 0 failed
    [exit 0]
    ");
    assert_eq!(desk.rows(), rows);
    // What comes later is added, to a state that was removed, too.
    repository.write("shop/terraform.tfstate", of("app", 5, &[("a", "5", &[])]));
    repository.write("net/terraform.tfstate", of("net", 2, &[("n", "2", &[])]));
    repository.commit("2026-01-06T10:00:00Z", "On");
    insta::assert_snapshot!(desk.sgq(&import), @"
    [stderr]
    sgq: 2 versions of 2 states imported, 0 states as they were, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&import), @"
    [stderr]
    sgq: 0 versions of 0 states imported, 2 states as they were, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(history(), @r#"
    net 1 serial Some(1) ok 2026-01-01 10:00:00 Some("Ada Example <ada@example.com>") Some("Begin") Some(40) import +1 ~0 -0 {t}
    net 2 serial Some(1) removed 2026-01-05 10:00:00 Some("Bob Example <bob@example.com>") Some("Move, and take down") Some(40) import +0 ~0 -1 {t}
    net 3 serial Some(2) ok 2026-01-06 10:00:00 Some("Bob Example <bob@example.com>") Some("On") Some(40) import +1 ~0 -0 {t}
    shop 1 serial Some(1) ok 2026-01-01 10:00:00 Some("Ada Example <ada@example.com>") Some("Begin") Some(40) import +1 ~0 -0 {t}
    shop 2 serial Some(2) ok 2026-01-02 10:00:00 Some("Bob Example <bob@example.com>") Some("Grow") Some(40) import +0 ~1 -0 {t}
    shop 3 serial Some(1) ok 2026-01-04 10:00:00 Some("Bob Example <bob@example.com>") Some("Back") Some(40) import +0 ~1 -0 {t}
    shop 4 serial Some(5) ok 2026-01-06 10:00:00 Some("Bob Example <bob@example.com>") Some("On") Some(40) import +0 ~1 -0 {t}
    "#);
    assert_eq!(
        desk.pull(&["shop"]),
        of("app", 5, &[("a", "5", &[])]).as_bytes()
    );
    assert_eq!(
        desk.pull(&["shop", "--as-of", "2026-01-03"]),
        of("app", 2, &[("a", "2", &[])]).as_bytes()
    );
}

#[test]
fn what_is_kept_whole_is_imported_once() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let place = &desk.place;
    let encrypted = |serial| {
        format!(
            "{{\"serial\":{serial},\"lineage\":\"e\",\"meta\":{{\"key_provider.pbkdf2.k\":\"e30=\"}},\
             \"encrypted_data\":\"c2VjcmV0\",\"encryption_version\":\"v0\"}}"
        )
    };
    let twice = state(1, &[("a", "1", &[]), ("a", "2", &[])]);
    place.write("encrypted.tfstate", encrypted(4));
    place.write("twice.tfstate", &twice);
    insta::assert_snapshot!(desk.sgq(&["store", "import"]), @"
    [stderr]
    sgq: 2 states imported, 0 as they were, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "import"]), @"
    [stderr]
    sgq: 0 states imported, 2 as they were, 0 failed
    [exit 0]
    ");
    place.write("encrypted.tfstate", encrypted(5));
    insta::assert_snapshot!(desk.sgq(&["store", "import", "--history"]), @"
    [stderr]
    sgq: 1 version of 1 state imported, 1 state as it was, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "import", "--history"]), @"
    [stderr]
    sgq: 0 versions of 0 states imported, 2 states as they were, 0 failed
    [exit 0]
    ");
    assert_eq!(desk.pull(&["encrypted"]), encrypted(5).as_bytes());
    assert_eq!(
        desk.pull(&["encrypted", "--version", "1"]),
        encrypted(4).as_bytes()
    );
    assert_eq!(desk.pull(&["twice"]), twice.as_bytes());
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_stopped() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    for number in 0..60 {
        let document = state(1, &[("a", &number.to_string(), &[])]);
        desk.place
            .write(&format!("states/s{number}.tfstate"), document);
    }
    let mut client = desk.client();
    let mut count = || -> i64 {
        let count = client.query_one("SELECT count(*) FROM recorded_states", &[]);
        count.unwrap().get(0)
    };
    let mut import = desk.command(&["store", "import", "states"]);
    import.stderr(std::process::Stdio::null());
    let mut import = import.spawn().unwrap();
    while count() < 5 {}
    // It may have ended already.
    let _ = import.kill();
    import.wait().unwrap();
    let again = desk.sgq(&["store", "import", "states"]);
    assert!(again.ends_with("0 failed\n[exit 0]"), "{again}");
    assert_eq!(count(), 60);
    let verified = desk.sgq(&["store", "verify"]);
    assert!(
        verified.ends_with("sgq: 60 states with 60 versions verified\n[exit 0]"),
        "{verified}"
    );
}

#[test]
fn one_store_is_imported_into_another() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "one");
    let versions = [
        state(1, &[("a", "1", &[])]),
        state(2, &[("a", "2", &[])]).replace("\"value\": \"2\"", "\"password\": \"hunter2-of-a\""),
    ];
    desk.push("shop", &versions[0], &["-m", "begin"]);
    desk.push("shop", &versions[1], &["--base", "1", "--author", "Bob"]);
    // Several versions may be of one commit of the configuration.
    let commit = "UPDATE transactions SET git_commit = repeat('a', 40)";
    desk.client().batch_execute(commit).unwrap();
    let other = Desk::new(&server, "other");
    let source = server.url("one");
    let import = ["store", "import", &source, "--history"];
    insta::assert_snapshot!(other.sgq(&import), @"
    [stderr]
    sgq: 2 versions of 1 state imported, 0 states as they were, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(other.sgq(&import), @"
    [stderr]
    sgq: 0 versions of 0 states imported, 1 state as it was, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(other.sgq(&["store", "log", "shop", "-o", "csv"]), @"
    version,recorded_at,operation,author,message,commit,branch,repository,ci_run,tags,base,serial,added,changed,removed
    2,TIME,import,Bob,,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,,,,[],1,2,0,1,0
    1,TIME,import,Ada,begin,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,,,,[],,1,1,0,0
    [exit 0]
    ");
    assert_eq!(
        other.pull(&["shop", "--version", "1"]),
        versions[0].as_bytes()
    );
    assert_eq!(other.pull(&["shop"]), versions[1].as_bytes());
    desk.push("shop", state(3, &[("a", "1", &[])]), &["--base", "2"]);
    desk.client().batch_execute(commit).unwrap();
    insta::assert_snapshot!(other.sgq(&import), @"
    [stderr]
    sgq: 1 version of 1 state imported, 0 states as they were, 0 failed
    [exit 0]
    ");
    // A role that may not read secrets has nothing to copy.
    let reader = format!(
        "CREATE ROLE reader LOGIN PASSWORD '{}'",
        crate::server::PASSWORD
    );
    desk.client().batch_execute(&reader).unwrap();
    let granted = desk.sgq(&[
        "store",
        "grant",
        "reader",
        "--states",
        "*",
        "--without-secrets",
    ]);
    assert!(granted.ends_with("[exit 0]"), "{granted}");
    let third = Desk::new(&server, "third");
    let source = source.replace("postgres://postgres:", "postgres://reader:");
    insta::assert_snapshot!(third.sgq(&["store", "import", &source]), @"
    [stderr]
    sgq: pg://127.0.0.1:PORT/one/sgq/shop was not loaded: the role may not read its secrets, so that it cannot be copied from its store
    sgq: 0 states imported, 0 as they were, 1 failed
    [exit 3]
    ");
}
