//! Secrets and histories of a store that is read as a source.

use serde_json::{Value, json};

use crate::desk::{Desk, state, written};
use crate::server::{PASSWORD, Postgres};

fn store_as(desk: &Desk<'_>, role: &str) -> String {
    format!(
        "postgres://{role}@127.0.0.1:{}/{}?sslmode=disable",
        desk.server.port(),
        desk.database
    )
}

fn asked(desk: &Desk<'_>, source: &str, more: &[&str]) -> String {
    desk.sgq(&[&["-s", source, "-o", "csv"], more].concat())
}

const SECRETS: [&str; 3] = [
    "wq8-blue-lagoon-77",
    "mK4-red-canyon-31",
    "zT9-grey-harbour-58",
];

/// A state in which attributes repeat what an output, and an instance of another type, hold as secrets; and
/// one that is a secret by a name of the user's own.
fn repeating() -> String {
    let resource = |of_type: &str, attributes: Value, marked: Value| {
        json!({
            "mode": "managed", "type": of_type, "name": "a",
            "provider": "provider[\"registry.terraform.io/example/things\"]",
            "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": marked}],
        })
    };
    written(&json!({
        "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "r",
        "outputs": {"told": {"value": SECRETS[0], "type": "string", "sensitive": true},
            "copied": {"value": format!("at {}", SECRETS[1]), "type": "string"}},
        "resources": [
            resource("holder", json!({"id": "h", "held": SECRETS[1]}), json!([[{"type": "get_attr", "value": "held"}]])),
            resource("thing", json!({"id": "t", "of_output": SECRETS[0], "of_other": format!("x {}", SECRETS[1]),
                "plate": SECRETS[2], "tags": {"of_output": SECRETS[0]}}), json!([])),
        ],
        "check_results": null,
    }))
}

#[test]
fn a_part_of_a_state_shows_no_secret_of_the_rest() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "hidden");
    let pushed = desk.push("r", repeating(), &[]);
    assert!(pushed.ends_with("[exit 0]"), "{pushed}");
    let granted = desk.sgq(&[
        "store",
        "grant",
        "team",
        "--states",
        "r",
        "--without-secrets",
    ]);
    assert!(granted.ends_with("[exit 0]"), "{granted}");
    desk.client()
        .batch_execute(&format!("ALTER ROLE team PASSWORD '{PASSWORD}'"))
        .unwrap();
    for (settings, hidden) in [
        ("", &SECRETS[..2]),
        ("[redaction]\nsecret = [\"plate\"]\n", &SECRETS[..]),
    ] {
        desk.place.write("sgq.toml", settings);
        for role in ["postgres", "team"] {
            for question in [
                "SELECT attributes FROM instances",
                "SELECT attributes FROM instances WHERE type = 'thing'",
                "SELECT attributes FROM instances WHERE address = 'thing.a'",
                "SELECT attributes FROM instances LIMIT 2",
                "SELECT * FROM thing",
                "SELECT * FROM tags",
                "SELECT * FROM attributes",
                "SELECT * FROM attributes WHERE type = 'thing'",
                "SELECT * FROM outputs",
                "SELECT * FROM history",
                "SELECT * FROM instances_history WHERE type = 'thing'",
            ] {
                let told = asked(&desk, &store_as(&desk, role), &[question]);
                assert!(told.ends_with("[exit 0]"), "{question}: {told}");
                assert!(
                    told.lines().count() > 2 || question.contains("history"),
                    "{question}: {told}"
                );
                for secret in hidden {
                    assert!(
                        !told.contains(secret),
                        "{role}, {settings}: {question}: {told}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_repository_that_was_imported_tells_the_same_history() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "history");
    let git = format!("git:{}/docs/harbor.git", env!("CARGO_MANIFEST_DIR"));
    let imported = desk.sgq(&["store", "import", "--history", &git]);
    assert!(imported.ends_with("[exit 0]"), "{imported}");
    let store = store_as(&desk, "postgres");
    let address = asked(
        &desk,
        &git,
        &["SELECT address FROM history GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"],
    );
    let address = address
        .lines()
        .nth(1)
        .unwrap()
        .trim_matches('"')
        .replace("\"\"", "\"");
    let questions = [
        "SELECT state, version, recorded_at, serial, lineage, message, added, changed, removed FROM state_versions",
        "SELECT state, version, address, type, action, changed_paths, before, after FROM history",
        "SELECT state, address, valid_from, valid_to, attributes FROM instances_history",
    ];
    let same = |more: &[&str]| {
        let rows = |source: &str| {
            let told = asked(&desk, source, more);
            assert!(told.ends_with("[exit 0]"), "{more:?}: {told}");
            let mut rows: Vec<String> = told.lines().map(str::to_owned).collect();
            rows.sort_unstable();
            rows
        };
        assert_eq!(rows(&store), rows(&git), "{more:?}");
    };
    for question in questions {
        same(&[question]);
        // A store's versions keep their numbers, however many are asked for.
        let without_number = question.replace(" version,", "");
        same(&["--max-versions", "2", &without_number]);
    }
    same(&["history", &address]);
    for question in [
        "SELECT state, address, attributes FROM instances",
        "SELECT state, name, value FROM outputs",
    ] {
        let times = asked(
            &desk,
            &git,
            &["SELECT DISTINCT recorded_at::text FROM state_versions ORDER BY 1"],
        );
        assert!(times.lines().count() > 3, "{times}");
        same(&["--as-of", "v1", question]);
        same(&["--as-of", "v2", question]);
    }
}

#[test]
fn patterns_and_names_of_roles_are_taken_as_they_are() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "odd");
    for name in ["a_b/x", "aXb/x", "100%/x", "100s/x", "c/x", "d/x"] {
        let pushed = desk.push(name, state(1, &[("a", "1", &[])]), &[]);
        assert!(pushed.ends_with("[exit 0]"), "{pushed}");
    }
    let role = "Team \"x\" o'y";
    let granted = desk.sgq(&[
        "store", "grant", role, "--states", "a_b/*", "--states", "100%/?",
    ]);
    assert!(granted.ends_with("[exit 0]"), "{granted}");
    let granted = desk.sgq(&["store", "grant", role, "--states", "c/*"]);
    assert!(granted.ends_with("[exit 0]"), "{granted}");
    let mut client = desk.client();
    // What was captured of a table of another name is of a state of another name.
    client
        .batch_execute(
            "INSERT INTO captured_writes (schema_name, table_name, workspace) VALUES \
             ('c', 'states', 'x'), ('c', 'others', 'x'), ('d', 'states', 'x'); SET ROLE \"Team \"\"x\"\" o'y\"",
        )
        .unwrap();
    let mut texts = |sql: &str| -> Vec<String> {
        let rows = client.query(sql, &[]).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(
        texts("SELECT name FROM states ORDER BY 1"),
        ["100%/x", "a_b/x", "c/x"]
    );
    assert_eq!(
        texts("SELECT schema_name || '.' || table_name FROM captured_writes"),
        ["c.states"]
    );
    assert_eq!(texts("SELECT DISTINCT role_name FROM grants"), [role]);
}
