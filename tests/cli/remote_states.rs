//! `remote_states` from the command line: nothing of what was copied gets out, and what changes on
//! disk is seen.

use serde_json::json;

use crate::place::Place;

const FORMATS: [&str; 8] = [
    "table", "line", "csv", "tsv", "json", "ndjson", "markdown", "html",
];

/// A producer whose outputs are secrets, and a consumer that copied other values of them by way of
/// `backend` and `config`.
fn place(backend: &str, config: &serde_json::Value) -> Place {
    let producer = json!({"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "p",
        "outputs": {
            "password": {"value": "s3cr3t-now", "type": "string", "sensitive": true},
            "url": {"value": "https://db.example", "type": "string"}},
        "resources": []});
    let consumer = json!({"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "c", "outputs": {},
        "resources": [
            {"mode": "data", "type": "terraform_remote_state", "name": "db",
                "provider": "provider[\"terraform.io/builtin/terraform\"]", "instances": [{"attributes": {
                    "backend": backend, "workspace": null, "defaults": null,
                    "config": {"value": config, "type": ["object", {}]},
                    "outputs": {"type": ["object", {}],
                        "value": {"password": "s3cr3t-then", "url": "https://db.example"}}}}]},
            {"mode": "managed", "type": "terraform_data", "name": "reader",
                "provider": "provider[\"terraform.io/builtin/terraform\"]", "instances": [{
                    "attributes": {"input": {"value": {"s3cr3t-key": "s3cr3t-then"}, "type": ["object", {}]}},
                    "sensitive_attributes": [[{"type": "get_attr", "value": "input"}]],
                    "dependencies": ["data.terraform_remote_state.db"]}]}]});
    Place::new()
        .file("states/db.tfstate", producer.to_string())
        .file("states/app/terraform.tfstate", consumer.to_string())
}

#[test]
fn neither_copies_nor_credentials_are_shown_in_any_format() {
    for (backend, config, uri) in [
        (
            "pg",
            json!({"conn_str": "postgres://u:s3cr3t-pg@pg.example/tf?password=s3cr3t", "schema_name": "db"}),
            "pg://pg.example/tf/db#default",
        ),
        (
            "pg",
            json!({"conn_str": "host=pg.example user=u password='s3cr3t pg' dbname=tf", "schema_name": "db"}),
            "pg://pg.example/tf/db#default",
        ),
        // An unescaped password: nobody can tell where it ends.
        (
            "pg",
            json!({"conn_str": "postgres://u:pw/s3cr3t?x@pg.example/tf", "schema_name": "db"}),
            "pg:///db#default",
        ),
        (
            "http",
            json!({"address": "https://u:s3cr3t@tf.example/db.tfstate?token=s3cr3t", "password": "s3cr3t"}),
            "https://tf.example/db.tfstate",
        ),
        (
            "s3",
            json!({"bucket": "b", "key": "states/db.tfstate", "access_key": "s3cr3t", "secret_key": "s3cr3t"}),
            "s3://b/states/db.tfstate",
        ),
    ] {
        let place = place(backend, &config);
        for format in FORMATS {
            let arguments = ["-s", "states", "-o", format, "SELECT * FROM remote_states"];
            let shown = place.sgq(&arguments);
            assert!(shown.ends_with("[exit 0]"), "{backend} {format}: {shown}");
            assert!(!shown.contains("s3cr3t"), "{backend} {format}: {shown}");
        }
        let sql = "SELECT uri, producer_state, confidence, stale_outputs FROM remote_states";
        let expected = format!(
            "uri,producer_state,confidence,stale_outputs\n{uri},db,path_suffix,\"[\"\"password\"\"]\"\n[exit 0]"
        );
        assert_eq!(
            place.sgq(&["-s", "states", "-o", "csv", sql]),
            expected,
            "{backend}"
        );
    }
}

#[test]
fn what_is_marked_as_sensitive_is_no_place_to_tell() {
    let place = place(
        "s3",
        &json!({"bucket": "s3cr3t-bucket", "key": "states/db.tfstate"}),
    );
    let marks =
        json!([[{"type": "get_attr", "value": "config"}, {"type": "get_attr", "value": "bucket"}]]);
    let state = place.read("states/app/terraform.tfstate");
    let mut state: serde_json::Value = serde_json::from_str(&state).unwrap();
    state["resources"][0]["instances"][0]["sensitive_attributes"] = marks;
    place.write("states/app/terraform.tfstate", state.to_string());
    let sql = "SELECT uri, producer_state FROM remote_states";
    assert_eq!(
        place.sgq(&["-s", "states", "-o", "csv", sql]),
        "uri,producer_state\n,db\n[exit 0]"
    );
}

#[test]
fn a_backend_or_workspace_that_is_marked_is_shown_in_no_column() {
    let source = |kind: &str, name: &str, attributes: serde_json::Value, marked: &str| {
        json!({"mode": "data", "type": kind, "name": name, "provider": "provider[\"p\"]",
            "instances": [{"attributes": attributes, "sensitive_attributes": [[{"type": "get_attr", "value": marked}]]}]})
    };
    let state = json!({"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "c", "outputs": {},
        "resources": [
            source("terraform_remote_state", "backend",
                json!({"backend": "s3cr3t", "config": {"path": "x"}, "outputs": {"id": "x"}}), "backend"),
            source("terraform_remote_state", "workspace",
                json!({"backend": "s3", "workspace": "s3cr3t", "config": {"bucket": "b", "key": "net/x.tfstate"},
                    "outputs": {"id": "x"}}), "workspace"),
            source("tfe_outputs", "tfe",
                json!({"organization": "o", "workspace": "s3cr3t", "values": {"id": "x"}}), "workspace")]});
    let place = Place::new().file("states/app.tfstate", state.to_string());
    for format in FORMATS {
        let arguments = ["-s", "states", "-o", format, "SELECT * FROM remote_states"];
        let shown = place.sgq(&arguments);
        assert!(
            shown.ends_with("[exit 0]") && !shown.contains("s3cr3t"),
            "{format}: {shown}"
        );
    }
    let sql = "SELECT split_part(address, '.', 3) AS name, backend, uri, workspace, \
        split_part(unresolved_reason, ',', 1) AS reason FROM remote_states";
    assert_eq!(
        place.sgq(&["-s", "states", "-o", "csv", sql]),
        "name,backend,uri,workspace,reason\n\
            backend,,,default,its configuration hides where the state lies\n\
            workspace,s3,,,its configuration hides where the state lies\n\
            tfe,remote,,,its configuration hides where the state lies\n[exit 0]"
    );
}

#[test]
fn a_state_that_cannot_be_read_is_the_reason() {
    let place = place("local", &json!({"path": "../db.tfstate"}));
    place.write("states/db.tfstate", "{");
    let sql = "SELECT confidence, is_stale, split_part(unresolved_reason, '/', -1) AS reason FROM remote_states";
    let shown = place.sgq(&["-s", "states", "-o", "csv", sql]);
    assert!(
        shown.contains(",,db.tfstate cannot be read; load_errors says why\n"),
        "{shown}"
    );
}
