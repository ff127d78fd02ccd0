//! What is no state, and what is a broken one: neither stops the rest.

use crate::place::{APP, Place};

/// A word of the broken documents that no message may hold.
const WORD: &str = "s3cr3t";

const ERRORS: &str = "SELECT kind, message FROM load_errors";

/// A state beside one of the given content, asked for what is there and what went wrong.
fn beside_a_state(name: &str, content: impl AsRef<[u8]>) -> String {
    let place = Place::new()
        .file("good/terraform.tfstate", APP)
        .file(name, content);
    let sql = "SELECT name, status FROM states ORDER BY name";
    let shown = place.sgq(&["-o", "csv", "-c", sql, "-c", ERRORS]);
    assert!(
        !shown.contains(WORD) && !shown.contains("panicked"),
        "{shown}"
    );
    let listed = place.sgq(&["sources", "-o", "csv"]);
    assert!(!listed.contains(WORD), "{listed}");
    shown
}

/// The kind of error that a document gives, after it was checked that the state beside it is there,
/// that one line tells of it, and that the exit code is 0, or 3 with `--strict`.
fn kind(content: impl AsRef<[u8]>) -> String {
    let place = Place::new()
        .file("good/terraform.tfstate", APP)
        .file("bad.tfstate", content);
    let sql = "SELECT (SELECT count(*) FROM instances) || ' ' || kind AS answer FROM load_errors";
    let output = place.output(&mut place.command(&["-o", "csv", sql]));
    let shown = place.show(&output);
    assert!(
        !shown.contains(WORD) && !shown.contains("panicked"),
        "{shown}"
    );
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(
        stderr.contains("bad.tfstate was not loaded: it"),
        "{stderr}"
    );
    assert!(output.status.success(), "{shown}");
    assert!(
        place
            .sgq(&["--strict", "-o", "csv", sql])
            .ends_with("[exit 3]")
    );
    let stdout = String::from_utf8(output.stdout).unwrap();
    let answer = stdout.lines().nth(1).expect("a row").to_owned();
    answer
        .strip_prefix("3 ")
        .expect("three instances")
        .to_owned()
}

#[test]
fn a_broken_document_is_a_load_error_of_its_kind() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(APP.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let state =
        |member: &str| format!(r#"{{"version": 4, "serial": 1, "lineage": "{WORD}", {member}}}"#);
    assert_eq!(
        kind(format!(r#"{{"version": 4, "lineage": "{WORD}", "#)),
        "invalid_json"
    );
    assert_eq!(kind(format!("{WORD} is no JSON")), "invalid_json");
    assert_eq!(kind(format!("{APP} {WORD}")), "invalid_json");
    assert_eq!(kind(&APP[..APP.len() / 2]), "invalid_json");
    assert_eq!(kind(format!("{APP}\0")), "invalid_json");
    assert_eq!(kind(APP.replace("i-0", "i\0s3cr3t")), "invalid_json");
    assert_eq!(kind("\0".repeat(1000)), "invalid_json");
    assert_eq!(kind(format!("\u{feff}{APP}")), "encoding");
    assert_eq!(kind(utf16), "encoding");
    assert_eq!(
        kind(b"{\"version\": 4, \"lineage\": \"s3cr3t\xff\xfe\"}"),
        "encoding"
    );
    assert_eq!(kind("[".repeat(10_000) + &"]".repeat(10_000)), "too_deep");
    let deep = format!(
        "\"outputs\": {}{}",
        "{\"s3cr3t\":".repeat(10_000),
        "}".repeat(10_000)
    );
    assert_eq!(kind(state(&deep)), "too_deep");
    assert_eq!(kind(state("\"resources\": 7")), "invalid_state");
    assert_eq!(
        kind(state("\"resources\": [{\"type\": {\"s3cr3t\": 1}}]")),
        "invalid_state"
    );
    assert_eq!(kind(state("\"outputs\": [\"s3cr3t\"]")), "invalid_state");
    assert_eq!(kind("tfstate\0s3cr3t"), "unsupported_version");
    assert_eq!(
        kind(r#"{"version": 0, "serial": 1, "lineage": "s3cr3t"}"#),
        "unsupported_version"
    );
}

#[test]
fn the_messages_say_where_and_what_to_do() {
    insta::assert_snapshot!(beside_a_state("bad.tfstate", "{\n  \"version\": 4,\n  s3cr3t"), @r#"
    name,status
    good,ok
    kind,message
    invalid_json,"its JSON breaks off or is wrong at line 3, column 3; restore it from a backup or an earlier version"
    [stderr]
    sgq: DIR/bad.tfstate was not loaded: its JSON breaks off or is wrong at line 3, column 3; restore it from a backup or an earlier version
    [exit 0]
    "#);
    insta::assert_snapshot!(beside_a_state("bad.tfstate", "{\"version\": 4, \"serial\": 1,\n \"resources\": \"s3cr3t\"}"), @r#"
    name,status
    good,ok
    kind,message
    invalid_state,"it is not a valid version 4 state at line 2, column 22"
    [stderr]
    sgq: DIR/bad.tfstate was not loaded: it is not a valid version 4 state at line 2, column 22
    [exit 0]
    "#);
    insta::assert_snapshot!(beside_a_state("bad.tfstate", format!("\u{feff}{APP}")), @"
    name,status
    good,ok
    kind,message
    encoding,it is not plain UTF-8 (it begins with a byte order mark); save it as UTF-8 without a byte order mark
    [stderr]
    sgq: DIR/bad.tfstate was not loaded: it is not plain UTF-8 (it begins with a byte order mark); save it as UTF-8 without a byte order mark
    [exit 0]
    ");
}

#[test]
fn a_load_error_alone_is_no_answer() {
    let place = Place::new().file("bad.tfstate", "{s3cr3t");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "SELECT count(*) AS n FROM states"]), @"
    n
    0
    [stderr]
    sgq: DIR/bad.tfstate was not loaded: its JSON breaks off or is wrong at line 1, column 2; restore it from a backup or an earlier version
    [exit 3]
    ");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", ERRORS]), @r#"
    kind,message
    invalid_json,"its JSON breaks off or is wrong at line 1, column 2; restore it from a backup or an earlier version"
    [stderr]
    sgq: DIR/bad.tfstate was not loaded: its JSON breaks off or is wrong at line 1, column 2; restore it from a backup or an earlier version
    [exit 3]
    "#);
}

#[test]
fn an_encrypted_state_keeps_its_row() {
    let encrypted = r#"{"serial": 12, "lineage": "enc", "meta": {"key_provider.pbkdf2.k": "e30="},
        "encrypted_data": "czNjcjN0", "encryption_version": "v0"}"#;
    let place = Place::new().file("vault.tfstate", encrypted);
    let sql = "SELECT name, status, serial, lineage, resource_count FROM states";
    insta::assert_snapshot!(place.sgq(&["-o", "csv", sql]), @"
    name,status,serial,lineage,resource_count
    vault,encrypted,12,enc,
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "SELECT count(*) AS n FROM instances"]), @"
    n
    0
    [exit 0]
    ");
}

#[test]
fn what_terraform_puts_beside_states_is_passed_over() {
    let cases = [
        (
            "good/.terraform/terraform.tfstate",
            r#"{"version": 3, "serial": 1, "backend": {"type": "pg", "config": {"conn_str": "s3cr3t"}}}"#,
        ),
        (
            "pointer.tfstate",
            r#"{"version": 3, "serial": 1, "lineage": "x", "backend": {"type": "pg"}}"#,
        ),
        ("empty.tfstate", ""),
        ("blank.tfstate", " \n"),
        ("good/terraform.tfstate.backup", APP),
        ("good/terraform.tfstate.1700000000.backup", "{s3cr3t"),
        (
            "good/.terraform.tfstate.lock.info",
            r#"{"ID": "1", "Operation": "s3cr3t", "Who": "me"}"#,
        ),
        (
            "x.tflock",
            r#"{"ID": "1", "Operation": "s3cr3t", "Who": "me"}"#,
        ),
        (
            "lock.tfstate",
            r#"{"ID": "1", "Operation": "s3cr3t", "Who": "me"}"#,
        ),
        (
            "plan.json",
            r#"{"format_version": "1.2", "planned_values": {"s3cr3t": 1}, "resource_changes": []}"#,
        ),
        ("package.json", r#"{"name": "s3cr3t", "version": "1.0.0"}"#),
        ("list.json", r#"["version", "serial", "s3cr3t"]"#),
        ("broken.json", r#"{"version": 4, "serial": s3cr3t"#),
        ("notes.txt", "\"version\" s3cr3t"),
        ("image.png", "\u{0}\u{1}s3cr3t"),
    ];
    for (name, content) in cases {
        let shown = beside_a_state(name, content);
        assert_eq!(
            shown, "name,status\ngood,ok\nkind,message\n[exit 0]",
            "{name}"
        );
    }
}

#[test]
fn a_state_is_told_by_its_content_whatever_its_name() {
    let place = Place::new().file("pulled.json", APP);
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "SELECT name, instance_count FROM states"]), @"
    name,instance_count
    pulled.json,3
    [exit 0]
    ");
}

#[cfg(unix)]
#[test]
fn links_directories_and_pipes_do_not_stop_the_rest() {
    use std::os::unix::fs::symlink;
    use std::process::Command;
    let place = Place::new().file("good/terraform.tfstate", APP);
    symlink("nowhere", place.path("dangling.tfstate")).unwrap();
    symlink("..", place.path("good/loop")).unwrap();
    symlink("self.tfstate", place.path("self.tfstate")).unwrap();
    std::fs::create_dir(place.path("terraform.tfstate")).unwrap();
    symlink("good/terraform.tfstate", place.path("linked.tfstate")).unwrap();
    for pipe in ["pipe", "pipe.tfstate"] {
        let made = Command::new("mkfifo").arg(place.path(pipe)).status();
        assert!(made.unwrap().success());
    }
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "SELECT name FROM states ORDER BY name"]), @"
    name
    good
    linked
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["sources", "-o", "csv"]), @"
    source,state,status,reason,versions,size_bytes,uri
    ,,skipped,link that leads nowhere,,,DIR/dangling.tfstate
    ,,skipped,link to a directory above it,,,DIR/good/loop
    HERE,good,state,,1,888,DIR/good/terraform.tfstate
    HERE,linked,state,,1,888,DIR/linked.tfstate
    ,,skipped,no regular file,,,DIR/pipe.tfstate
    ,,skipped,link that leads nowhere,,,DIR/self.tfstate
    ,,skipped,directory with the name of a state,,,DIR/terraform.tfstate
    [exit 0]
    ");
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_a_load_error() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with_two_states();
    let file = place.path("net/terraform.tfstate");
    set_permissions(&file, Permissions::from_mode(0o000)).unwrap();
    // Root reads everything.
    if std::fs::File::open(&file).is_ok() {
        return;
    }
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "-c", "SELECT name FROM states", "-c", ERRORS]), @"
    name
    app
    kind,message
    unreadable,it cannot be read: permission denied
    [stderr]
    sgq: DIR/net/terraform.tfstate was not loaded: it cannot be read: permission denied
    [exit 0]
    ");
}

/// A state in which the attributes of one of two instances are no JSON, and repeat in the other what is a
/// secret there.
const DAMAGED: &str = r#"{"version": 4, "serial": 1, "lineage": "l", "outputs": {}, "resources": [
  {"mode": "managed", "type": "aws_db_instance", "name": "db", "instances": [
    {"schema_version": 1, "attributes": {"id": "db-1", "password": "s3cr3t-and-long",}}]},
  {"mode": "managed", "type": "aws_vpc", "name": "main", "instances": [
    {"schema_version": 1, "attributes": {"id": "vpc-1", "note": "s3cr3t-and-long", "size": 3}}]}]}"#;

#[test]
fn of_a_damaged_value_the_rest_of_its_state_is_shown_and_no_secret_is() {
    let place = Place::new().file("net/terraform.tfstate", DAMAGED);
    let all = "SELECT address, attributes FROM instances ORDER BY address";
    let output = place.sgq(&["-o", "csv", all]);
    assert!(!output.contains("s3cr3t"), "{output}");
    insta::assert_snapshot!(output, @r#"
    address,attributes
    aws_db_instance.db,null
    aws_vpc.main,"{""id"":""vpc-1"",""note"":""(sensitive)"",""size"":3}"
    [stderr]
    sgq: DIR/net/terraform.tfstate has a value that cannot be read: its JSON breaks off or is wrong at line 3, column 86; restore it from a backup or an earlier version
    [exit 0]
    "#);
    // What needs no value does not look for damage in any; who asks for it is told.
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "SELECT type, count(*) AS n FROM instances GROUP BY 1 ORDER BY 1"]), @"
    type,n
    aws_db_instance,1
    aws_vpc,1
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "--strict", ERRORS]), @r#"
    kind,message
    invalid_json,"its JSON breaks off or is wrong at line 3, column 86; restore it from a backup or an earlier version"
    [stderr]
    sgq: DIR/net/terraform.tfstate was not loaded: its JSON breaks off or is wrong at line 3, column 86; restore it from a backup or an earlier version
    [exit 3]
    "#);
}

#[test]
fn a_quote_that_is_missing_makes_a_state_a_broken_one_for_every_question() {
    let content = DAMAGED.replace("\"vpc-1\"", "\"vpc-1");
    let place = Place::new().file("net/terraform.tfstate", content);
    let output = place.sgq(&["SELECT count(*) FROM instances"]);
    assert!(output.contains("was not loaded"), "{output}");
}
