//! No secret of the sample states gets out, however it is asked for.

use std::path::Path;
use std::sync::LazyLock;

use crate::place::Place;

#[allow(dead_code, reason = "only the secrets are read")]
#[path = "../../sample-states/generate.rs"]
mod generate;

static SAMPLES: LazyLock<String> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-states");
    folder.to_string_lossy().into_owned()
});

/// The secrets that a text holds, and the words that only secrets hold.
fn secrets_in(text: &str) -> Vec<&'static str> {
    let words = ["hunter2", "s3cr3t"];
    let secrets = generate::SECRETS
        .iter()
        .chain(generate::UNMARKED_SECRETS)
        .copied();
    secrets
        .chain(words)
        .filter(|secret| text.contains(secret))
        .collect()
}

/// Runs the binary over the samples and checks what it prints.
fn safe(place: &Place, arguments: &[&str]) -> String {
    let shown = place.sgq(&[&["-s", &*SAMPLES], arguments].concat());
    assert_eq!(secrets_in(&shown), [""; 0], "{arguments:?}");
    shown
}

#[test]
fn no_table_holds_a_secret_in_any_format() {
    let place = Place::new();
    for table in [
        "states",
        "outputs",
        "instances",
        "attributes",
        "tags",
        "resources",
        "dependencies",
        "modules",
        "providers",
        "check_results",
        "check_entries",
        "load_errors",
        "remote_states",
    ] {
        let sql = format!("SELECT * FROM {table}");
        let shown = safe(&place, &["-o", "csv", &sql]);
        assert!(shown.ends_with("[exit 0]"), "{table}");
    }
    for format in ["table", "line", "tsv", "json", "ndjson", "markdown", "html"] {
        let shown = safe(
            &place,
            &[
                "-o",
                format,
                "SELECT attributes, identity, sensitive_attributes FROM instances",
            ],
        );
        assert!(shown.contains("(sensitive)"), "{format}");
        safe(&place, &["-o", format, "SELECT * FROM outputs"]);
    }
    for format in ["parquet", "arrow"] {
        let file = format!("x.{format}");
        safe(
            &place,
            &["-o", format, "--out", &file, "SELECT * FROM instances"],
        );
        let bytes = std::fs::read(place.path(&file)).unwrap();
        assert_eq!(
            secrets_in(&String::from_utf8_lossy(&bytes)),
            [""; 0],
            "{format}"
        );
    }
    safe(&place, &["sources", "-o", "json"]);
}

#[test]
fn no_table_of_a_type_holds_a_secret() {
    let place = Place::new();
    let names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'";
    let names = safe(&place, &["-o", "csv", names]);
    let mut types = 0;
    for name in names.lines().skip(1).filter(|name| name.contains('_')) {
        let sql = format!("SELECT * FROM {name}");
        let shown = safe(&place, &["-o", "csv", &sql]);
        assert!(shown.ends_with("[exit 0]"), "{name}: {shown}");
        types += usize::from(shown.starts_with("_state_id,"));
    }
    assert!(types > 50, "{types}");
    safe(&place, &["schema"]);
}

/// A number and a nested path that a state marks as sensitive, beside others of the same attributes
/// that are not.
const MARKED: &str = r#"{
  "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "outputs": {},
  "resources": [{"mode": "managed", "type": "odd_vault", "name": "a",
    "provider": "provider[\"registry.terraform.io/odd/odd\"]",
    "instances": [
      {"index_key": 0, "schema_version": 0,
       "attributes": {"pin": 73914826, "open": true, "box": {"code": 5550199, "label": "left"}, "locks": [{"key": "Zw9-qqLm-4471"}], "plain": 1},
       "sensitive_attributes": [
         [{"type": "get_attr", "value": "pin"}], [{"type": "get_attr", "value": "open"}],
         [{"type": "get_attr", "value": "box"}, {"type": "get_attr", "value": "code"}],
         [{"type": "get_attr", "value": "locks"}]]},
      {"index_key": 1, "schema_version": 0,
       "attributes": {"pin": 12, "open": false, "box": {"code": 1, "label": "right"}, "locks": [], "plain": 2}}]}]
}"#;

#[test]
fn a_marked_number_makes_its_column_text_and_shows_nothing() {
    let place = Place::new().file("vault/terraform.tfstate", MARKED);
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "SELECT pin, open, box, locks, plain FROM odd_vault"]), @r#"
    pin,open,box,locks,plain
    (sensitive),(sensitive),"{""code"":""(sensitive)"",""label"":""left""}","""(sensitive)""",1
    12,false,"{""code"":1,""label"":""right""}",[],2
    [exit 0]
    "#);
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "schema", "odd_vault"]), @r#"
    column,type,description
    _state_id,text,"The state's id, as in states.id."
    _state,text,"The state's name, as in states.name."
    _address,text,"Its address, as terraform state list prints it."
    _module,text,The module instance it stands in; NULL at the root.
    _index_key,text,Its key under count or for_each.
    _status,text,"ok, or tainted where it is to be replaced."
    _deposed,text,The key of a deposed object; NULL for a current one.
    _mode,text,"managed, or data for a data source."
    box,json,An attribute.
    locks,json,"An attribute, hidden where it is sensitive."
    open,text,"An attribute, hidden where it is sensitive."
    pin,text,"An attribute, hidden where it is sensitive."
    plain,bigint,An attribute.
    [exit 0]
    "#);
    for sql in [
        "SELECT * FROM odd_vault WHERE pin::int > 0",
        "SELECT pin::bigint FROM odd_vault",
        "SELECT sum(pin) FROM odd_vault",
        "SELECT (box->>'code')::int FROM odd_vault",
        "EXPLAIN ANALYZE VERBOSE SELECT * FROM odd_vault WHERE pin > '5'",
        "SELECT min(pin), max(pin), min(box::text), max(locks::text) FROM odd_vault",
        "CREATE TABLE copy AS SELECT * FROM odd_vault; SELECT * FROM copy",
    ] {
        let shown = place.sgq(&["-o", "csv", sql]);
        for secret in ["73914826", "5550199", "Zw9-qqLm"] {
            assert!(!shown.contains(secret), "{sql}: {shown}");
        }
    }
}

#[test]
fn a_marked_number_is_a_number_where_secrets_are_asked_for() {
    let place = Place::new().file("vault/terraform.tfstate", MARKED);
    let sql = "SELECT sum(pin) AS pins, bool_and(open) AS open, sum((box->>'code')::int) AS codes FROM odd_vault";
    insta::assert_snapshot!(place.sgq(&["--show-sensitive", "-o", "csv", sql]), @"
    pins,open,codes
    73914838,false,5550200
    [exit 0]
    ");
}

/// A state that copied another's outputs, and repeats a secret one and others; it repeats what stands
/// under a secret's name, and a backend's credential, too.
const COPYING: &str = r#"{
  "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "outputs": {},
  "resources": [
    {"mode": "data", "type": "terraform_remote_state", "name": "p",
     "provider": "provider[\"terraform.io/builtin/terraform\"]",
     "instances": [{"schema_version": 0, "attributes": {
       "backend": "s3", "workspace": null, "defaults": null,
       "config": {"value": {"bucket": "tf", "key": "p", "secret_key": "wJalrXUtnFEMIK7MDENG"},
                  "type": ["object", {"bucket": "string", "key": "string", "secret_key": "string"}]},
       "outputs": {"value": {"user_dbp": "kD93hfA0zPq", "vpc": "vpc-0a1b2c3d4e5f60718",
                             "creds": {"mN7xR2vLq8": 1}, "bucket": "logs-7f3a9c2b"},
                   "type": ["object", {"user_dbp": "string", "vpc": "string",
                            "creds": ["object", {"mN7xR2vLq8": "number"}], "bucket": "string"}]}}}]},
    {"mode": "managed", "type": "terraform_data", "name": "x",
     "provider": "provider[\"terraform.io/builtin/terraform\"]",
     "instances": [{"schema_version": 0, "attributes": {
       "id": "0b5f7c1e-3a54-4f0e-9d61-1a2b3c4d5e6f", "triggers_replace": null, "output": null,
       "input": {"value": ["kD93hfA0zPq", "vpc-0a1b2c3d4e5f60718", "logs-7f3a9c2b", "summer-is-over", "wJalrXUtnFEMIK7MDENG"],
                 "type": ["tuple", ["string", "string", "string", "string", "string"]]}}}]},
    {"mode": "managed", "type": "terraform_data", "name": "y",
     "provider": "provider[\"terraform.io/builtin/terraform\"]",
     "instances": [{"schema_version": 0,
       "sensitive_attributes": [[{"type": "get_attr", "value": "input"}, {"type": "get_attr", "value": "hidden"}]],
       "attributes": {
       "id": "1b5f7c1e-3a54-4f0e-9d61-1a2b3c4d5e6f", "triggers_replace": null,
       "input": {"value": {"hidden": {"sT4kW9nBz1": 1}, "shown": 2},
                 "type": ["object", {"hidden": ["object", {"sT4kW9nBz1": "number"}], "shown": "number"}]},
       "output": {"value": {"hidden": {"sT4kW9nBz1": 1}, "shown": 2},
                  "type": ["object", {"hidden": ["object", {"sT4kW9nBz1": "number"}], "shown": "number"}]}}}]},
    {"mode": "managed", "type": "odd_user", "name": "u",
     "provider": "provider[\"registry.terraform.io/odd/odd\"]",
     "instances": [{"schema_version": 0, "attributes": {"id": "u", "password": "summer-is-over"}}]}]
}"#;

#[test]
fn secrets_that_nothing_marks_are_hidden_where_the_state_repeats_them() {
    let place = Place::new().file("c/terraform.tfstate", COPYING);
    let sql = "SELECT input->'value' AS input FROM terraform_data WHERE _address LIKE '%x'";
    insta::assert_snapshot!(place.sgq(&["-o", "ndjson", sql]), @r#"
    {"input":["(sensitive)","vpc-0a1b2c3d4e5f60718","logs-7f3a9c2b","(sensitive)","(sensitive)"]}
    [exit 0]
    "#);
}

#[test]
fn the_type_beside_a_hidden_object_does_not_tell_its_keys() {
    let place = Place::new().file("c/terraform.tfstate", COPYING);
    let sql = "SELECT outputs->'type' AS type FROM data_terraform_remote_state";
    insta::assert_snapshot!(place.sgq(&["-o", "ndjson", sql]), @r#"
    {"type":["object",{"user_dbp":"string","vpc":"string","creds":"(sensitive)","bucket":"string"}]}
    [exit 0]
    "#);
    let sql = "SELECT input, output FROM terraform_data WHERE _address LIKE '%y'";
    insta::assert_snapshot!(place.sgq(&["-o", "ndjson", sql]), @r#"
    {"input":{"value":{"hidden":"(sensitive)","shown":2},"type":["object",{"hidden":"(sensitive)","shown":"number"}]},"output":{"value":{"hidden":"(sensitive)","shown":2},"type":["object",{"hidden":"(sensitive)","shown":"number"}]}}
    [exit 0]
    "#);
}

#[test]
fn no_expression_gets_a_secret_out() {
    let place = Place::new();
    for sql in [
        "SELECT attributes::text, attributes::json, attributes::jsonb, CAST(attributes AS varchar) FROM instances",
        "SELECT jsonb_pretty(attributes), attributes->>'password', attributes#>>'{input,value}', attributes->'output' FROM instances",
        "SELECT e.key, e.value FROM instances, jsonb_each(attributes) e",
        "SELECT jsonb_path, v FROM (SELECT path AS jsonb_path, value AS v FROM attributes) x WHERE length(v) > 8",
        "SELECT json_agg(attributes), json_object_agg(address, attributes) FROM instances",
        "SELECT array_agg(value), string_agg(value, ' ') FROM outputs",
        "SELECT DISTINCT value FROM attributes ORDER BY value DESC",
        "SELECT min(value), max(value) FROM attributes GROUP BY path",
        "SELECT translate(value, '-', '-'), replace(value, 'x', 'x'), concat(value, '') FROM attributes",
        "CREATE VIEW v AS SELECT attributes, address FROM instances; SELECT * FROM v",
        "CREATE TABLE t AS SELECT * FROM attributes; SELECT * FROM t",
        "EXPLAIN SELECT attributes FROM instances WHERE attributes::text LIKE '%p%'",
        "EXPLAIN ANALYZE SELECT attributes FROM instances WHERE attributes->>'password' = 'p'",
        "EXPLAIN VERBOSE SELECT * FROM outputs WHERE sensitive",
        "PREPARE p AS SELECT * FROM outputs; EXECUTE p",
        "SELECT * FROM information_schema.columns",
        "SHOW ALL",
    ] {
        assert!(
            safe(&place, &["-o", "csv", sql]).ends_with("[exit 0]"),
            "{sql}"
        );
    }
}

#[test]
fn no_question_about_a_secret_is_answered() {
    let place = Place::new();
    for sql in [
        "SELECT address FROM instances WHERE attributes::text ~ 'hunter2|s3cr' || '3t'",
        "SELECT path FROM attributes WHERE value LIKE '%hunter' || '2%' OR value LIKE '%s3cr' || '3t%'",
        "SELECT name FROM outputs WHERE strpos(value, 'hunter' || '2') > 0",
        "SELECT a.path FROM attributes a JOIN (VALUES ('hunter' || '2-warehouse-prod-Vq8x')) v(x) ON a.value = v.x",
        "SELECT key FROM tags WHERE value LIKE '%hunter' || '2%'",
        "SELECT object_addr FROM check_entries WHERE failure_messages::text LIKE '%hunter' || '2%'",
    ] {
        let shown = safe(&place, &["-o", "csv", sql]);
        assert_eq!(shown.lines().count(), 2, "{sql}: {shown}");
    }
    let sizes = "SELECT DISTINCT length(value) AS n FROM outputs WHERE sensitive";
    assert_eq!(safe(&place, &["-o", "csv", sizes]), "n\n13\n[exit 0]");
}

#[test]
fn no_error_tells_a_secret() {
    let place = Place::new();
    for sql in [
        "SELECT value::int FROM outputs WHERE sensitive",
        "SELECT (value#>>'{}')::timestamp FROM outputs WHERE sensitive",
        "SELECT value::bigint FROM attributes WHERE path LIKE '%password%' OR path LIKE '%secret%'",
        "SELECT (attributes->>'password')::numeric FROM instances",
        "SELECT (attributes->>'result')::boolean FROM instances",
        "SELECT (attributes->>'private_key_pem')::date FROM instances",
        "SELECT attributes::int FROM instances",
        "SELECT 1 FROM attributes WHERE 'a' ~ ('(' || value)",
        "SELECT to_timestamp(value) FROM attributes WHERE path = 'password'",
    ] {
        let shown = safe(&place, &["-o", "csv", sql]);
        assert!(shown.ends_with("[exit 1]"), "{sql}: {shown}");
    }
}

#[test]
fn no_file_gets_a_secret() {
    let place = Place::new();
    let copy =
        "COPY (SELECT * FROM instances) TO 'x.json'; COPY (SELECT * FROM attributes) TO 'x.csv'";
    assert!(safe(&place, &["-o", "csv", copy]).ends_with("[exit 0]"));
    for file in ["x.json", "x.csv"] {
        assert_eq!(secrets_in(&place.read(file)), [""; 0], "{file}");
    }
    let back = "CREATE EXTERNAL TABLE x STORED AS JSON LOCATION 'x.json'; SELECT attributes FROM x";
    assert!(safe(&place, &["-o", "csv", back]).ends_with("[exit 0]"));
    let state = format!("{}/shop/prod/payments/terraform.tfstate", *SAMPLES);
    for sql in [
        format!("CREATE EXTERNAL TABLE x STORED AS JSON LOCATION '{state}'; SELECT * FROM x"),
        format!("SELECT * FROM '{state}'"),
        format!("SELECT * FROM read_json('{state}')"),
        format!("SELECT pg_read_file('{state}')"),
        format!("COPY x FROM '{state}'"),
    ] {
        assert!(
            safe(&place, &["-o", "csv", &sql]).ends_with("[exit 1]"),
            "{sql}"
        );
    }
}

#[test]
fn every_secret_is_there_when_it_is_asked_for() {
    let place = Place::new();
    let sql = "SELECT attributes AS shown FROM instances UNION ALL SELECT value FROM outputs";
    let shown = place.sgq(&["-s", &SAMPLES, "--show-sensitive", "-o", "json", sql]);
    let missing: Vec<_> = generate::SECRETS
        .iter()
        .filter(|secret| !shown.contains(**secret))
        .collect();
    // Nothing shows what providers keep for themselves.
    assert_eq!(
        missing,
        ["eyJzZXNzaW9uIjoiczNjcjN0LXByb3ZpZGVyLXNlc3Npb24ifQ=="]
            .iter()
            .collect::<Vec<_>>()
    );
}

/// A version 4 state of these resources.
fn state_of(resources: &str) -> String {
    format!(
        r#"{{"version": 4, "serial": 1, "lineage": "l", "outputs": {{}}, "resources": [{resources}]}}"#
    )
}

/// A resource of one instance.
fn resource(type_name: &str, instance: &str) -> String {
    format!(
        r#"{{"mode": "managed", "type": "{type_name}", "name": "a", "instances": [{{"schema_version": 0, {instance}}}]}}"#
    )
}

#[test]
fn what_is_asked_for_by_itself_is_hidden_as_within_the_whole() {
    let marks = |names: &[&str]| {
        let step = |name: &&str| format!(r#"{{"type": "get_attr", "value": "{name}"}}"#);
        names.iter().map(step).collect::<Vec<_>>().join(", ")
    };
    let record = resource(
        "cloudflare_record",
        &format!(
            r#""attributes": {{"value": "10.0.0.1", "type": "A", "insecure_value": "x1"}}, "sensitive_attributes": [[{}]]"#,
            marks(&["insecure_value"])
        ),
    );
    let wrapper = resource(
        "demo_setting",
        &format!(
            r#""attributes": {{"value": {{"k": "hunter2hunter2", "n": 5}}, "type": ["object", {{"k": "string", "n": "number"}}]}}, "sensitive_attributes": [[{}], [{}]]"#,
            marks(&["k"]),
            marks(&["n"])
        ),
    );
    let place = Place::new().file(
        "s/terraform.tfstate",
        state_of(&[record, wrapper].join(", ")),
    );
    let by_itself = place.sgq(&[
        "-o",
        "csv",
        "SELECT type, attributes->'value' AS v, attributes->'type' AS t FROM instances ORDER BY 1",
    ]);
    let within = place.sgq(&[
        "-o",
        "csv",
        "SELECT type, a->'value' AS v, a->'type' AS t FROM (SELECT type, attributes || '{}' AS a FROM instances) ORDER BY 1",
    ]);
    assert_eq!(by_itself, within);
    assert!(
        by_itself.contains("10.0.0.1") && !by_itself.contains("hunter2"),
        "{by_itself}"
    );
}

#[test]
fn no_copy_is_shown_where_a_damaged_instance_may_have_had_the_secret() {
    for damaged in [
        r#"{"password"  "s3cr3t-and-long"}"#,
        r#"{password: "s3cr3t-and-long"}"#,
        r#"{"password" = "s3cr3t-and-long"}"#,
        r#"{"id": "db-1" "password": "s3cr3t-and-long"}"#,
    ] {
        let resources = [
            resource("aws_db_instance", &format!(r#""attributes": {damaged}"#)),
            resource("aws_vpc", r#""attributes": {"note": "s3cr3t-and-long"}"#),
        ];
        let place = Place::new().file("s/copy.json", state_of(&resources.join(", ")));
        for sql in [
            "SELECT address, attributes FROM instances",
            "SELECT attributes->>'note' FROM instances WHERE type = 'aws_vpc'",
        ] {
            let shown = place.sgq(&["-o", "csv", sql]);
            assert!(!shown.contains("s3cr3t"), "{damaged}\n{shown}");
            assert!(
                shown.contains("has a value that cannot be read"),
                "{damaged}\n{shown}"
            );
        }
    }
}

#[test]
fn a_list_of_a_number_is_no_number_of_a_value() {
    let content = state_of(&resource(
        "demo",
        r#""attributes": {"plan": "x-plan-x"}, "sensitive_attributes": [0]"#,
    ));
    for content in [
        content.clone(),
        content.replace("resources", r"resour\u0063es"),
    ] {
        let place = Place::new().file("s/terraform.tfstate", content);
        let shown = place.sgq(&["-o", "csv", "SELECT attributes FROM instances"]);
        assert!(!shown.contains("x-plan-x"), "{shown}");
    }
}
