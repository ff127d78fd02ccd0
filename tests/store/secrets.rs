//! No secret gets out of the store but with the states themselves.

use postgres::Client;
use serde_json::{Value, json};

use crate::desk::{Desk, written};
use crate::server::Postgres;

#[allow(dead_code, reason = "only the secrets are read")]
#[path = "../../sample-states/generate.rs"]
mod generate;

/// The columns that hold states as they were written, or could tell of them.
const WITHHELD: [&str; 7] = [
    "attributes_exact",
    "content_hash",
    "document",
    "fingerprint",
    "private",
    "rest",
    "top",
];

/// The secrets of the samples that a text holds, and the words that only secrets hold.
fn secrets_in(text: &str) -> Vec<&'static str> {
    let secrets = generate::SECRETS.iter().chain(generate::UNMARKED_SECRETS);
    let words = ["hunter2", "s3cr3t"];
    let all = secrets.copied().chain(words);
    all.filter(|secret| text.contains(secret)).collect()
}

/// What every column shows that everybody may read, of tables and views.
fn columns(client: &mut Client) -> Vec<(String, String)> {
    let columns = client
        .query(
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = 'sgq' AND NOT column_name = ANY($1) AND column_name <> 'secrets_hash' \
             ORDER BY 1, 2",
            &[&WITHHELD.map(str::to_owned).to_vec()],
        )
        .unwrap();
    let text = |row: &postgres::Row| {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        let sql = format!("SELECT coalesce(string_agg({column}::text, E'\\n'), '') FROM {table}");
        let all: String = client.query_one(&sql, &[]).unwrap().get(0);
        (format!("{table}.{column}"), all)
    };
    columns.iter().map(text).collect()
}

#[test]
fn the_samples_come_out_as_they_went_in_and_nothing_else_tells_their_secrets() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "samples");
    let mut names = Vec::new();
    for (path, bytes) in generate::files() {
        let Some(name) = path.strip_suffix("/terraform.tfstate") else {
            continue;
        };
        let pushed = desk.push(name, &bytes, &["-m", "as it is"]);
        assert!(pushed.ends_with("[exit 0]"), "{pushed}");
        assert_eq!(secrets_in(&pushed), [""; 0]);
        assert!(desk.pull(&[name]) == bytes, "{name}");
        names.push(name.to_owned());
    }
    assert_eq!(names.len(), 20);
    let mut told = Vec::new();
    for format in ["csv", "json", "table"] {
        told.push(desk.sgq(&["store", "states", "--all", "-o", format]));
        for name in &names {
            told.push(desk.sgq(&["store", "log", name, "-o", format]));
            told.push(desk.sgq(&["store", "show", name, "-o", format]));
        }
    }
    // Files that meet with what is there, and that are broken in the midst of a secret.
    for (path, bytes) in generate::files() {
        if let Some(name) = path.strip_suffix("/terraform.tfstate") {
            told.push(desk.push(name, &bytes, &[]));
            told.push(desk.push("other", &bytes, &["--base", "1"]));
            told.push(desk.push("broken", &bytes[..bytes.len() / 2], &[]));
        }
    }
    for text in told {
        assert_eq!(secrets_in(&text), [""; 0], "{text}");
    }
    let mut client = desk.client();
    let columns = columns(&mut client);
    assert!(columns.len() > 100);
    for (column, text) in columns {
        assert_eq!(secrets_in(&text), [""; 0], "{column}");
    }
    let hidden: i64 = client
        .query_one(
            "SELECT count(*) FROM instances WHERE attributes::text LIKE '%(sensitive)%'",
            &[],
        )
        .unwrap()
        .get(0);
    assert!(hidden > 10, "{hidden}");
    assert_eq!(secrets_in(&server.log()), [""; 0]);
}

#[test]
fn every_table_and_column_says_what_it_is() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let silent = desk
        .client()
        .query(
            "SELECT c.relname::text, coalesce(a.attname::text, '') FROM pg_class c \
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r' \
             WHERE c.relnamespace = 'sgq'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname <> 'schema_history' \
               AND (obj_description(c.oid, 'pg_class') IS NULL \
                 OR a.attnum IS NOT NULL AND col_description(c.oid, a.attnum) IS NULL)",
            &[],
        )
        .unwrap();
    let silent: Vec<(String, String)> = silent.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(silent, []);
}

/// A state with a note of each text, and a token of each that is marked as sensitive.
fn keeper(serial: u64, notes: &[(&str, &str)], tokens: &[(&str, &str)]) -> String {
    let resource = |name: &str, attributes: Value, marked: Value| {
        json!({
            "mode": "managed", "type": "thing", "name": name,
            "provider": "provider[\"registry.terraform.io/example/things\"]",
            "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": marked}],
        })
    };
    let notes = notes
        .iter()
        .map(|(name, text)| resource(name, json!({"id": name, "note": text}), json!([])));
    let marked = json!([[{"type": "get_attr", "value": "held"}]]);
    let tokens = tokens
        .iter()
        .map(|(name, text)| resource(name, json!({"id": name, "held": text}), marked.clone()));
    let resources: Vec<Value> = notes.chain(tokens).collect();
    written(&json!({
        "version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": "k",
        "outputs": {"copy": {"value": "wq8-blue-lagoon-77", "type": "string"}},
        "resources": resources, "check_results": null,
    }))
}

const TOKEN: &str = "wq8-blue-lagoon-77";

/// Whether the token shows in what holds now.
fn shows(client: &mut Client) -> bool {
    let sql = "SELECT string_agg(row_to_json(i)::text, '') || (SELECT string_agg(row_to_json(o)::text, '') FROM outputs o) \
               FROM instances i";
    let shown: String = client.query_one(sql, &[]).unwrap().get(0);
    assert!(shown.contains("\"copy\""), "{shown}");
    shown.contains(TOKEN)
}

#[test]
fn what_turns_out_to_be_a_secret_is_hidden_where_it_was_written_before() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "one");
    let mut client = desk.client();
    let first = keeper(1, &[("a", TOKEN), ("b", "plain")], &[]);
    let second = keeper(2, &[("a", TOKEN), ("b", "plain")], &[("t", TOKEN)]);
    desk.push("k", &first, &[]);
    assert!(shows(&mut client));
    insta::assert_snapshot!(desk.push("k", &second, &["--base", "1"]), @"
    [stderr]
    sgq: k is at version 2 (2 rows written)
    [exit 0]
    ");
    assert!(!shows(&mut client));
    assert_eq!(desk.pull(&["k"]), second.as_bytes());
    assert_eq!(desk.pull(&["k", "--version", "1"]), first.as_bytes());
    // That it is hidden now is no change of what it is.
    let history = "SELECT count(*) FROM history WHERE version = 2";
    assert_eq!(client.query_one(history, &[]).unwrap().get::<_, i64>(0), 1);
    // It is none any more.
    let third = keeper(3, &[("a", TOKEN), ("b", "plain")], &[]);
    desk.push("k", &third, &["--base", "2"]);
    assert!(shows(&mut client));
    assert_eq!(desk.pull(&["k"]), third.as_bytes());
}

#[test]
fn a_secret_and_its_copy_may_come_from_two_writers() {
    let server = Postgres::start().unwrap();
    let base = keeper(1, &[("b", "plain")], &[]).replace(TOKEN, "-");
    let copy = keeper(2, &[("a", TOKEN), ("b", "plain")], &[]).replacen(TOKEN, "-", 1);
    let secret = keeper(2, &[("b", "plain")], &[("t", TOKEN)]).replacen(TOKEN, "-", 1);
    for (database, one, other) in [
        ("copy_first", &copy, &secret),
        ("secret_first", &secret, &copy),
    ] {
        let desk = Desk::new(&server, database);
        for (document, more) in [
            (&base, &[][..]),
            (one, &["--base", "1"]),
            (other, &["--base", "1"]),
        ] {
            let pushed = desk.push("k", document, more);
            assert!(pushed.ends_with("[exit 0]"), "{pushed}");
        }
        assert!(!shows(&mut desk.client()), "{database}");
        let pulled: Value = serde_json::from_slice(&desk.pull(&["k"])).unwrap();
        let resources = pulled["resources"].as_array().unwrap();
        assert_eq!(resources.len(), 3);
        assert_eq!(pulled.to_string().matches(TOKEN).count(), 2);
    }
}

#[test]
fn nothing_is_written_with_secrets_shown() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let before = desk.rows();
    let document = keeper(1, &[], &[("t", TOKEN)]);
    insta::assert_snapshot!(desk.push("k", document, &["--show-sensitive"]), @"
    [stderr]
    sgq: what is written to a store can be read by others, so that no secret is shown in it: leave --show-sensitive out
    [exit 2]
    ");
    assert_eq!(desk.rows(), before);
}
