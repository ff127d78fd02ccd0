//! Names that are used again, objects that two writers move, and imports at the same time.

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::server::Postgres;

/// A state with managed objects: the names in the configuration, and the ids.
fn objects(serial: u64, lineage: &str, objects: &[(&str, &str)]) -> String {
    let resources: Vec<Value> = objects
        .iter()
        .map(|(name, id)| {
            json!({"mode": "managed", "type": "thing", "name": name, "provider": "provider[\"a/b/c\"]",
                "instances": [{"schema_version": 0, "attributes": {"id": id}}]})
        })
        .collect();
    json!({"version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": lineage, "outputs": {},
        "resources": resources})
    .to_string()
}

fn asked(desk: &Desk<'_>, sql: &str) -> String {
    let store = format!(
        "postgres://postgres@127.0.0.1:{}/{}?sslmode=disable",
        desk.server.port(),
        desk.database
    );
    desk.sgq(&["-s", &store, "-o", "csv", sql])
}

#[test]
fn what_writers_do_to_one_name_and_to_one_object() {
    let server = Postgres::start().unwrap();

    let desk = Desk::new(&server, "reused");
    desk.push("x", objects(1, "first", &[("a", "thing-1")]), &[]);
    desk.sgq(&["store", "rm", "x", "--author", "Ada"]);
    desk.push("x", objects(1, "second", &[("b", "thing-2")]), &[]);
    insta::assert_snapshot!(asked(&desk, "SELECT name, lineage FROM states"), @r"
    name,lineage
    x,second
    [exit 0]
    ");
    insta::assert_snapshot!(asked(&desk, "SELECT address, action FROM history ORDER BY recorded_at"), @r"
    address,action
    thing.a,create
    thing.a,forget
    thing.b,create
    [exit 0]
    ");

    let desk = Desk::new(&server, "moved");
    desk.push(
        "x",
        objects(1, "l", &[("a", "thing-1"), ("b", "thing-2")]),
        &[],
    );
    desk.push(
        "x",
        objects(2, "l", &[("c", "thing-1"), ("b", "thing-2")]),
        &["--base", "1"],
    );
    insta::assert_snapshot!(desk.push("x", objects(2, "l", &[("d", "thing-1"), ("b", "thing-2")]), &["--base", "1"]), @r"
    [stderr]
    sgq: pushed.tfstate: nothing was written: 2 parts of x changed in the store since the version that the file was made from
      thing.d: added here; thing.a, the same object, was removed in version 2 by Ada at TIME
      thing.d: added here; thing.c, the same object, was added in version 2 by Ada at TIME
    pull the newest version, make the change again and push with --base of that version
    [exit 4]
    ");
    desk.push("x", objects(3, "l", &[("c", "thing-1")]), &["--base", "2"]);
    insta::assert_snapshot!(desk.push("x", objects(3, "l", &[("c", "thing-1"), ("e", "thing-2")]), &["--base", "2"]), @r"
    [stderr]
    sgq: pushed.tfstate: nothing was written: one part of x changed in the store since the version that the file was made from
      thing.e: added here; thing.b, the same object, was removed in version 3 by Ada at TIME
    pull the newest version, make the change again and push with --base of that version
    [exit 4]
    ");
    let pulled = String::from_utf8(desk.pull(&["x"])).unwrap();
    assert!(!pulled.contains("thing-2"), "{pulled}");

    let desk = Desk::new(&server, "blank");
    desk.push("x", objects(1, "", &[("a", "thing-1")]), &[]);
    insta::assert_snapshot!(desk.sgq(&["store", "verify", "-o", "csv"]), @r"
    state,version,table,what
    [stderr]
    sgq: 1 state with 1 version verified
    [exit 0]
    ");
}

#[test]
fn imports_at_the_same_time_are_one_import() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "twice");
    let root = env!("CARGO_MANIFEST_DIR");
    let history = format!("git:{root}/docs/harbor.git");
    let import = ["store", "import", "--history", &history];
    let mut running: Vec<_> = (0..3)
        .map(|_| {
            desk.command(&import)
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for process in &mut running {
        assert!(process.wait().unwrap().success());
    }
    let of_git = desk.sgq(&["-s", &history, "-o", "csv",
        "SELECT state, author, email, commit, message, added, changed, removed FROM state_versions ORDER BY state, version"]);
    let of_store = asked(
        &desk,
        "SELECT state, author, email, commit, message, added, changed, removed FROM state_versions ORDER BY state, version",
    );
    assert_eq!(of_store, of_git);
}
