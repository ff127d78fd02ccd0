//! What the commands of a store say and do.

use crate::desk::{Desk, state};
use crate::server::Postgres;

#[test]
fn a_store_is_made_once_and_one_of_another_version_is_refused() {
    let server = Postgres::start().unwrap();
    let desk = Desk::without_store(&server, "shop");
    insta::assert_snapshot!(desk.sgq(&["store", "states"]), @"
    [stderr]
    sgq: postgres://127.0.0.1:PORT/shop has no store in the schema sgq: make one with `sgq store init`
    [exit 1]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "init"]), @"
    [stderr]
    sgq: the store is made: postgres://127.0.0.1:PORT/shop
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "init"]), @"
    [stderr]
    sgq: the store is as it should be: postgres://127.0.0.1:PORT/shop
    [exit 0]
    ");
    let elsewhere = format!(
        "host=127.0.0.1 port={} user=postgres dbname=shop sslmode=disable sgq_schema='Other One'",
        server.port()
    );
    insta::assert_snapshot!(desk.sgq(&["store", "init", "--store", &elsewhere]), @"
    [stderr]
    sgq: the store is made: postgres://127.0.0.1:PORT/shop
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "states", "--store", &elsewhere, "-o", "csv"]), @"
    state,workspace,version,status,serial,instance_count,recorded_at,author
    [exit 0]
    ");
    let mut client = desk.client();
    client
        .batch_execute(
            "INSERT INTO schema_history (version, name, applied_on, checksum) VALUES (99, 'later', '', '')",
        )
        .unwrap();
    insta::assert_snapshot!(desk.sgq(&["store", "states"]), @"
    [stderr]
    sgq: the store in the schema sgq is of version 99, made by a newer sgq than this, which knows version 3: use that one
    [exit 1]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "init"]), @"
    [stderr]
    sgq: the store in the schema sgq is of version 99, made by a newer sgq than this, which knows version 3: use that one
    [exit 1]
    ");
    client
        .batch_execute("DELETE FROM schema_history WHERE version > 1")
        .unwrap();
    insta::assert_snapshot!(desk.sgq(&["store", "states"]), @"
    [stderr]
    sgq: the store in the schema sgq is of version 1, and this sgq needs version 3: bring it up with `sgq store init`
    [exit 1]
    ");
    let mut nowhere = desk.command(&["store", "states"]);
    nowhere.env_remove("SGQ_STORE");
    insta::assert_snapshot!(desk.place.show(&desk.place.output(&mut nowhere)), @"
    [stderr]
    sgq: it is not said where the store is: give --store postgres://..., or set SGQ_STORE, or store in sgq.toml
    [exit 2]
    ");
}

#[test]
fn a_state_is_pushed_pulled_renamed_removed_and_brought_back() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let first = state(1, &[("a", "1", &[]), ("b", "1", &["thing.a"])]);
    let second = state(2, &[("a", "2", &[]), ("c", "1", &[])]);
    insta::assert_snapshot!(desk.push("shop", &first, &["-m", "begin", "--tag", "x", "--tag", "y"]), @"
    [stderr]
    sgq: shop is at version 1 (4 rows written)
    [exit 0]
    ");
    insta::assert_snapshot!(desk.push("shop", &first, &["--base", "1"]), @"
    [stderr]
    sgq: shop says the same already: it stays at version 1
    [exit 0]
    ");
    insta::assert_snapshot!(desk.push("shop", &second, &["--base", "1", "--author", "Bob"]), @"
    [stderr]
    sgq: shop is at version 2 (3 rows written)
    [exit 0]
    ");
    assert_eq!(desk.pull(&["shop"]), second.as_bytes());
    assert_eq!(desk.pull(&["shop", "--version", "1"]), first.as_bytes());
    insta::assert_snapshot!(desk.sgq(&["store", "pull", "shop", "--out", "x.tfstate"]), @"
    [stderr]
    sgq: shop is at version 2; push what you make of it with --base 2
    [exit 0]
    ");
    assert_eq!(desk.place.read("x.tfstate"), second);
    insta::assert_snapshot!(desk.sgq(&["store", "log", "shop", "-o", "csv"]), @r#"
    version,recorded_at,operation,author,message,commit,branch,repository,ci_run,tags,base,serial,added,changed,removed
    2,TIME,push,Bob,,,,,,[],1,2,1,1,1
    1,TIME,push,Ada,begin,,,,,"[""x"",""y""]",,1,2,0,0
    [exit 0]
    "#);
    insta::assert_snapshot!(desk.sgq(&["store", "show", "shop@1", "-o", "csv"]), @r#"
    action,address,type,changed_paths
    create,thing.a,thing,
    create,thing.b,thing,
    [stderr]
    sgq: shop@1: push by Ada at TIME, tagged x, y: begin
    [exit 0]
    "#);
    insta::assert_snapshot!(desk.sgq(&["store", "show", "shop@x"]), @"
    [stderr]
    sgq: shop@x names no version: write it as in shop@7
    [exit 2]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "states", "--as-of", "yesterday"]), @"
    [stderr]
    sgq: --as-of has no meaning for this command of the store
    [exit 2]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "show", "shop@3"]), @"
    [stderr]
    sgq: shop has no version 3; its newest is 2
    [exit 1]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "states", "-o", "csv"]), @"
    state,workspace,version,status,serial,instance_count,recorded_at,author
    shop,default,2,ok,2,2,TIME,Bob
    [exit 0]
    ");

    insta::assert_snapshot!(desk.sgq(&["store", "rename", "shop", "store/front", "--author", "Ada"]), @"
    [stderr]
    sgq: shop is now store/front, at version 3
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "pull", "shop"]), @"
    [stderr]
    sgq: the store has no state shop; `sgq store states` lists them
    [exit 1]
    ");
    insta::assert_snapshot!(desk.push("shop", &first, &[]), @"
    [stderr]
    sgq: shop is at version 1 (4 rows written)
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "rename", "shop", "store/front"]), @"
    [stderr]
    sgq: the store has another state store/front: choose another name
    [exit 1]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "rm", "store/front", "-m", "over"]), @"
    [stderr]
    sgq: store/front is removed with version 4; its versions stay: bring it back with sgq store revert store/front --to 3
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "rm", "store/front"]), @"
    [stderr]
    sgq: the store has no state store/front; `sgq store states` lists them
    [exit 1]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "pull", "store/front"]), @"
    [stderr]
    sgq: store/front was removed with version 4
    [exit 1]
    ");
    assert_eq!(
        desk.pull(&["store/front", "--version", "3"]),
        second.as_bytes()
    );
    insta::assert_snapshot!(desk.sgq(&["store", "states", "--all", "-o", "csv"]), @"
    state,workspace,version,status,serial,instance_count,recorded_at,author
    shop,default,1,ok,1,2,TIME,Ada
    store/front,default,4,removed,2,,TIME,
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "revert", "store/front", "--to", "4"]), @"
    [stderr]
    sgq: store/front was removed with version 4
    [exit 1]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "revert", "store/front", "--to", "1", "--author", "Ada"]), @"
    [stderr]
    sgq: store/front is at version 5 (4 rows written)
    [exit 0]
    ");
    let back = String::from_utf8(desk.pull(&["store/front"])).unwrap();
    assert_eq!(back, first.replace("\"serial\": 1", "\"serial\": 3"));
    insta::assert_snapshot!(desk.sgq(&["store", "log", "store/front", "-o", "csv"]), @r#"
    version,recorded_at,operation,author,message,commit,branch,repository,ci_run,tags,base,serial,added,changed,removed
    5,TIME,revert,Ada,,,,,,[],4,3,2,0,0
    4,TIME,rm,,over,,,,,[],3,2,0,0,2
    3,TIME,rename,Ada,,,,,,[],2,2,0,0,0
    2,TIME,push,Bob,,,,,,[],1,2,1,1,1
    1,TIME,push,Ada,begin,,,,,"[""x"",""y""]",,1,2,0,0
    [exit 0]
    "#);
}

#[test]
fn a_moment_names_the_version_that_held_then() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let versions: Vec<String> = ["1", "2", "3"]
        .iter()
        .zip(1..)
        .map(|(value, serial)| state(serial, &[("a", value, &[])]))
        .collect();
    for (number, document) in (0..).zip(&versions) {
        let base = number.to_string();
        let base: &[&str] = if number > 0 { &["--base", &base] } else { &[] };
        let pushed = desk.push("shop", document, base);
        assert!(pushed.ends_with("[exit 0]"), "{pushed}");
    }
    let mut client = desk.client();
    client
        .batch_execute(
            "UPDATE recorded_versions SET recorded_at = '2026-01-01T00:00:00Z'::timestamptz + version * interval '1 day'",
        )
        .unwrap();
    let at = |moment: &str| String::from_utf8(desk.pull(&["shop", "--as-of", moment])).unwrap();
    assert_eq!(at("2026-01-02"), versions[0]);
    assert_eq!(at("2026-01-02T23:59:59Z"), versions[0]);
    assert_eq!(at("2026-01-03"), versions[1]);
    assert_eq!(at("2027-01-01"), versions[2]);
    assert_eq!(at("v2"), versions[1]);
    insta::assert_snapshot!(desk.sgq(&["store", "pull", "shop", "--as-of", "2026-01-01"]), @"
    [stderr]
    sgq: nothing is recorded of shop at that time: its first version is of TIME
    [exit 1]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "pull", "shop", "--as-of", "v1", "--version", "1"]), @"
    [stderr]
    sgq: give --version or --as-of, not both
    [exit 2]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "pull", "shop", "--as-of", "0123abc"]), @"
    [stderr]
    sgq: a version of the store is named by its number or a time, not by a commit; `sgq store log` tells which version was made from it
    [exit 2]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "pull", "shop", "--version", "0"]), @"
    [stderr]
    sgq: shop has no version 0; its newest is 3
    [exit 1]
    ");
}

/// A state of Terraform 0.11.
const OF_FORMAT_3: &str = r#"{
    "version": 3, "terraform_version": "0.11.14", "serial": 3, "lineage": "old",
    "modules": [{"path": ["root"], "outputs": {}, "depends_on": [], "resources": {"aws_vpc.main": {
        "type": "aws_vpc", "depends_on": [], "deposed": [], "provider": "provider.aws",
        "primary": {"id": "vpc-1", "attributes": {"id": "vpc-1", "cidr_block": "10.0.0.0/16"}, "meta": {},
            "tainted": false}}}}]
}"#;

#[test]
fn what_does_not_come_apart_is_kept_whole_and_what_is_no_state_is_refused() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let encrypted = r#"{"serial":4,"lineage":"e","meta":{"key_provider.pbkdf2.k":"e30="},
        "encrypted_data":"c2VjcmV0","encryption_version":"v0"}"#;
    let twice = state(1, &[("a", "1", &[]), ("a", "2", &[])]);
    insta::assert_snapshot!(desk.push("old", OF_FORMAT_3, &[]), @"
    [stderr]
    sgq: old is at version 1 (2 rows written)
    [exit 0]
    ");
    insta::assert_snapshot!(desk.push("encrypted", encrypted, &[]), @"
    [stderr]
    sgq: encrypted is at version 1 (0 rows written)
    [exit 0]
    ");
    insta::assert_snapshot!(desk.push("twice", &twice, &[]), @"
    [stderr]
    sgq: twice is at version 1 (2 rows written)
    [exit 0]
    ");
    for (name, document) in [
        ("old", OF_FORMAT_3),
        ("encrypted", encrypted),
        ("twice", &twice),
    ] {
        assert_eq!(desk.pull(&[name]), document.as_bytes(), "{name}");
    }
    insta::assert_snapshot!(desk.sgq(&["store", "states", "-o", "csv"]), @"
    state,workspace,version,status,serial,instance_count,recorded_at,author
    encrypted,default,1,encrypted,4,,TIME,Ada
    old,default,1,ok,3,1,TIME,Ada
    twice,default,1,ok,1,1,TIME,Ada
    [exit 0]
    ");
    // A second version of a document that is kept whole, and the first in format 4.
    let changed = OF_FORMAT_3
        .replace("vpc-1", "vpc-2")
        .replace("\"serial\": 3", "\"serial\": 4");
    insta::assert_snapshot!(desk.push("old", &changed, &["--base", "1"]), @"
    [stderr]
    sgq: old is at version 2 (1 row written)
    [exit 0]
    ");
    insta::assert_snapshot!(desk.push("old", OF_FORMAT_3.replace("10.0", "10.1"), &["--base", "1"]), @"
    [stderr]
    sgq: pushed.tfstate: nothing was written: old changed in the store since version 1 (version 2 by Ada), and a document that is kept whole takes no two changes at a time; pull the newest version and make the change again
    [exit 4]
    ");
    let raised = state(5, &[("a", "1", &[])]).replace("\"l\"", "\"old\"");
    insta::assert_snapshot!(desk.push("old", &raised, &["--base", "2"]), @"
    [stderr]
    sgq: old is at version 3 (2 rows written)
    [exit 0]
    ");
    assert_eq!(desk.pull(&["old"]), raised.as_bytes());
    assert_eq!(desk.pull(&["old", "--version", "2"]), changed.as_bytes());
    let before = desk.rows();
    insta::assert_snapshot!(desk.push("no", "{\"a\": 1}", &[]), @"
    [stderr]
    sgq: pushed.tfstate: it is no state: not a state
    [exit 1]
    ");
    insta::assert_snapshot!(desk.push("no", "{\"version\": 4, ", &[]), @"
    [stderr]
    sgq: pushed.tfstate: it is no state: its JSON breaks off or is wrong at line 1, column 15; restore it from a backup or an earlier version
    [exit 1]
    ");
    insta::assert_snapshot!(desk.push("no", b"\xff\xfe", &[]), @"
    [stderr]
    sgq: pushed.tfstate: it is no state: it is not UTF-8
    [exit 1]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "push", "missing.tfstate", "--state", "no"]), @"
    [stderr]
    sgq: missing.tfstate cannot be read: no such file or directory
    [exit 3]
    ");
    assert_eq!(desk.rows(), before);
}
