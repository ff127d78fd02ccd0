//! What real Terraform writes to its own backend, captured.

use std::path::Path;
use std::process::Command;

use crate::desk::Desk;
use crate::server::{PASSWORD, Postgres};

/// Runs Terraform; `None` where it is not on PATH.
fn terraform(folder: &Path, arguments: &[&str]) -> Option<bool> {
    let ran = Command::new("terraform")
        .args(arguments)
        .current_dir(folder)
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_IN_AUTOMATION", "1")
        .stdin(std::process::Stdio::null())
        .output();
    ran.ok().map(|ran| ran.status.success())
}

fn asked(desk: &Desk<'_>, sql: &str) -> String {
    let store = format!(
        "postgres://postgres@127.0.0.1:{}/{}?sslmode=disable",
        desk.server.port(),
        desk.database
    );
    desk.sgq(&["-s", &store, "-o", "csv", sql])
}

const HISTORY: &str = "SELECT state, version, action, address, changed_paths FROM history ORDER BY state, version, address";

#[test]
fn each_apply_is_a_version() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "captured");
    // Terraform's role has no right on the store.
    server
        .connect("captured")
        .batch_execute(&format!(
            "CREATE ROLE terraform LOGIN PASSWORD '{PASSWORD}'; GRANT CREATE ON DATABASE captured TO terraform; \
             GRANT CREATE ON SCHEMA public TO terraform"
        ))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let stack = format!(
        r#"terraform {{
          backend "pg" {{
            conn_str    = "postgres://terraform:{PASSWORD}@127.0.0.1:{}/captured?sslmode=disable"
            schema_name = "shop"
          }}
        }}
        variable "n" {{ default = 1 }}
        resource "terraform_data" "a" {{
          count = var.n
          input = "v${{var.n}}"
        }}"#,
        server.port()
    );
    std::fs::write(folder.path().join("main.tf"), stack).unwrap();
    let run = |arguments: &[&str]| terraform(folder.path(), arguments);
    let Some(ready) = run(&["init", "-input=false"]) else {
        eprintln!("skipped: terraform not found");
        return;
    };
    assert!(ready);
    let apply = |n: &str| {
        let n = format!("n={n}");
        assert_eq!(
            run(&["apply", "-auto-approve", "-input=false", "-var", &n]),
            Some(true)
        );
    };
    apply("1");
    insta::assert_snapshot!(desk.sgq(&["store", "capture", "--schema", "shop"]), @r"
    [stderr]
    sgq: each write of Terraform to shop.states becomes a version
    [exit 0]
    ");
    apply("3");
    assert_eq!(run(&["workspace", "new", "dev"]), Some(true));
    apply("2");
    let told = asked(&desk, HISTORY);
    insta::assert_snapshot!(told, @r#"
    state,version,action,address,changed_paths
    shop/default,1,create,terraform_data.a[0],
    shop/default,2,update,terraform_data.a[0],"[""input.value"",""output.value""]"
    shop/default,2,create,terraform_data.a[1],
    shop/default,2,create,terraform_data.a[2],
    shop/dev,2,create,terraform_data.a[0],
    shop/dev,2,create,terraform_data.a[1],
    [exit 0]
    "#);
    let waiting = |desk: &Desk<'_>| -> i64 {
        let row = desk
            .client()
            .query_one("SELECT count(*) FROM captured_writes", &[]);
        row.unwrap().get(0)
    };
    assert!(waiting(&desk) > 0);
    insta::assert_snapshot!(desk.sgq(&["store", "log", "shop/default", "-o", "csv"]), @r"
    version,recorded_at,operation,author,message,commit,branch,repository,ci_run,tags,base,serial,added,changed,removed
    2,TIME,capture,terraform,,,,,,[],1,2,2,1,0
    1,TIME,capture,postgres,,,,,,[],,1,1,0,0
    [exit 0]
    ");
    assert_eq!(waiting(&desk), 0);
    assert_eq!(asked(&desk, HISTORY), told);
    let rows = desk
        .client()
        .query("SELECT FROM sgq.history", &[])
        .unwrap()
        .len();
    assert_eq!(rows, told.lines().count() - 2);
    // Nobody else writes what Terraform would write over.
    let refused = desk.push("shop/default", crate::desk::state(9, &[]), &["--base", "2"]);
    assert!(
        refused.contains("is captured from Terraform's backend"),
        "{refused}"
    );

    assert_eq!(
        run(&["destroy", "-auto-approve", "-input=false"]),
        Some(true)
    );
    assert_eq!(run(&["workspace", "select", "default"]), Some(true));
    assert_eq!(run(&["workspace", "delete", "dev"]), Some(true));
    let states = asked(&desk, "SELECT name FROM states");
    assert!(
        states.contains("shop/default") && !states.contains("shop/dev"),
        "{states}"
    );

    // Whatever happens to the store, Terraform's writes go on.
    let break_it = |sql: &str| server.connect("captured").batch_execute(sql).unwrap();
    break_it("ALTER TABLE sgq.captured_writes RENAME TO elsewhere");
    apply("4");
    break_it("ALTER TABLE sgq.elsewhere RENAME TO captured_writes");
    let mut holding = server.connect("captured");
    let mut held = holding.transaction().unwrap();
    held.batch_execute("LOCK TABLE sgq.captured_writes IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    apply("5");
    held.rollback().unwrap();
    break_it(
        "CREATE TABLE kept AS SELECT data FROM shop.states WHERE name = 'default'; \
         UPDATE shop.states SET data = 'no state' WHERE name = 'default'",
    );
    let refused = desk.sgq(&["store", "states"]);
    assert!(refused.contains("is no state"), "{refused}");
    let again = desk.sgq(&["store", "states"]);
    assert!(!again.contains("is no state"), "{again}");
    break_it("UPDATE shop.states SET data = (SELECT data FROM kept) WHERE name = 'default'");
    apply("1");
    let told = asked(
        &desk,
        "SELECT count(*) FROM instances WHERE state = 'shop/default'",
    );
    assert!(told.contains("\n1\n"), "{told}");
    insta::assert_snapshot!(desk.sgq(&["store", "capture", "--schema", "shop", "--remove"]), @r"
    [stderr]
    sgq: writes of Terraform to shop.states are not captured any more
    [exit 0]
    ");
    apply("2");
    assert_eq!(waiting(&desk), 1, "what was refused stays");
    break_it("DROP SCHEMA sgq CASCADE");
    apply("3");
}
