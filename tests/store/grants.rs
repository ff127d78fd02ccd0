//! Roles that may read some of the states.

use postgres::Client;

use crate::desk::Desk;
use crate::server::{PASSWORD, Postgres};

fn connected(desk: &Desk<'_>, role: &str) -> Client {
    let place = format!(
        "postgres://{role}:{PASSWORD}@127.0.0.1:{}/{}?sslmode=disable",
        desk.server.port(),
        desk.database
    );
    let mut client = Client::connect(&place, postgres::NoTls).unwrap();
    client.batch_execute("SET search_path = sgq").unwrap();
    client
}

fn asked(desk: &Desk<'_>, role: &str, arguments: &[&str]) -> String {
    let store = format!(
        "postgres://{role}@127.0.0.1:{}/{}?sslmode=disable",
        desk.server.port(),
        desk.database
    );
    desk.sgq(&[&["-s", &store, "-o", "csv"], arguments].concat())
}

#[test]
fn a_role_sees_the_states_it_was_granted_and_no_others() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "granted");
    let files = format!("{}/sample-states", env!("CARGO_MANIFEST_DIR"));
    desk.sgq(&["store", "import", &files]);
    desk.push("shopping", crate::desk::state(1, &[("a", "1", &[])]), &[]);
    insta::assert_snapshot!(desk.sgq(&["store", "grant", "team", "--states", "shop/*", "--without-secrets"]), @r"
    [stderr]
    sgq: the role team is made; give it a password with ALTER ROLE
    sgq: team may read the states shop/*, without secrets
    [exit 0]
    ");
    desk.sgq(&["store", "grant", "whole", "--states", "data/prod/*"]);
    let mut owner = desk.client();
    owner
        .batch_execute(&format!(
            "ALTER ROLE team PASSWORD '{PASSWORD}'; ALTER ROLE whole PASSWORD '{PASSWORD}'; \
             CREATE ROLE member LOGIN PASSWORD '{PASSWORD}' IN ROLE team"
        ))
        .unwrap();
    for role in ["team", "member"] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(asked(&desk, role, &["SELECT name FROM states ORDER BY name"]), @r"
            name
            shop/dev/app
            shop/dev/app/terraform.tfstate.d/feature-cart
            shop/dev/app/terraform.tfstate.d/pr-1412
            shop/dev/smoke
            shop/prod/app
            shop/prod/payments
            shop/staging/app
            [exit 0]
            ");
        }
        for table in [
            "instances",
            "outputs",
            "history",
            "state_versions",
            "dependencies",
            "check_results",
        ] {
            let sql = format!("SELECT count(*) FROM {table} WHERE state NOT LIKE 'shop/%'");
            let others = asked(&desk, role, &[&sql]);
            assert!(others.contains("\n0\n"), "{table}: {others}");
        }
        let mut client = connected(&desk, role);
        for view in [
            "states",
            "state_versions",
            "resources",
            "instances",
            "outputs",
            "check_results",
            "dependencies",
            "history",
        ] {
            let name = if view == "states" { "name" } else { "state" };
            let sql = format!(
                "SELECT count(*) FILTER (WHERE {name} NOT LIKE 'shop/%'), count(*) FROM {view}"
            );
            let row = client.query_one(&sql, &[]).unwrap();
            assert_eq!(row.get::<_, i64>(0), 0, "{view}");
            assert!(
                row.get::<_, i64>(1) > 0 || view == "check_results",
                "{view}"
            );
        }
        let mine = client
            .query("SELECT DISTINCT state_id FROM recorded_states", &[])
            .unwrap()
            .len();
        for table in [
            "recorded_versions",
            "recorded_instances",
            "recorded_resources",
            "recorded_outputs",
        ] {
            let sql = format!("SELECT count(DISTINCT state_id) FROM {table}");
            let states: i64 = client.query_one(&sql, &[]).unwrap().get(0);
            assert!(usize::try_from(states).unwrap() <= mine, "{table}");
        }
        let written: i64 = client
            .query_one("SELECT count(*) FROM transactions", &[])
            .unwrap()
            .get(0);
        assert_eq!(usize::try_from(written).unwrap(), mine);
        for (table, columns) in [
            (
                "recorded_versions",
                &["top", "document", "content_hash", "secrets_hash"][..],
            ),
            (
                "recorded_instances",
                &["attributes_exact", "private", "rest", "fingerprint"],
            ),
            ("recorded_resources", &["rest", "fingerprint"]),
            ("recorded_outputs", &["rest", "fingerprint"]),
            ("recorded_checks", &["rest", "fingerprint"]),
            ("captured_writes", &["document", "workspace"]),
        ] {
            for column in columns {
                let refused = client
                    .query(&format!("SELECT {column} FROM {table}"), &[])
                    .unwrap_err();
                assert_eq!(
                    refused.code().map(|code| code.code()),
                    Some("42501"),
                    "{table}.{column}"
                );
            }
        }
        for sql in [
            "DELETE FROM recorded_states",
            "UPDATE transactions SET author = ''",
            "INSERT INTO grants VALUES ('team', '%', false)",
        ] {
            let refused = client.batch_execute(sql).unwrap_err();
            assert_eq!(
                refused.code().map(|code| code.code()),
                Some("42501"),
                "{sql}"
            );
        }
    }
    // What is withheld cannot be revealed.
    let hidden = asked(
        &desk,
        "team",
        &["SELECT count(*) FROM instances WHERE attributes::text LIKE '%(sensitive)%'"],
    );
    assert!(!hidden.contains("\n0\n"), "{hidden}");
    let revealed = asked(
        &desk,
        "team",
        &[
            "--show-sensitive",
            "SELECT count(*) FROM instances WHERE attributes::text LIKE '%(sensitive)%'",
        ],
    );
    assert_eq!(revealed, hidden);
    let revealed = asked(
        &desk,
        "whole",
        &[
            "--show-sensitive",
            "SELECT count(*) FROM instances WHERE attributes::text LIKE '%(sensitive)%'",
        ],
    );
    assert!(revealed.contains("\n0\n"), "{revealed}");
    let place = format!(
        "postgres://team@127.0.0.1:{}/granted?sslmode=disable",
        server.port()
    );
    insta::assert_snapshot!(desk.sgq(&["store", "--store", &place, "pull", "shop/prod/app"]), @r"
    [stderr]
    sgq: the role team may not read states as they were written, secrets included: ask the store's owner for `sgq store grant team` without --without-secrets; what may be shown can be read with queries
    [exit 1]
    ");
    let verified = desk.sgq(&["store", "--store", &place, "verify"]);
    assert!(
        verified
            .starts_with("[stderr]\nsgq: the role team may not read states as they were written"),
        "{verified}"
    );
    insta::assert_snapshot!(desk.sgq(&["store", "grant", "team", "--states", "data/*"]), @r"
    [stderr]
    sgq: from the role team secrets are withheld: say --without-secrets again, or take all from it with --remove first
    [exit 1]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "grant", "team", "--remove"]), @r"
    [stderr]
    sgq: team may read nothing of the store any more
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "--store", &place, "states"]), @r"
    [stderr]
    sgq: the role team may not read the store in the schema sgq: ask its owner for `sgq store grant team`
    [exit 1]
    ");
}
