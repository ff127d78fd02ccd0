//! The README's commands over databases, as they stand there.

use std::path::Path;
use std::process::Command;

use crate::desk::state;
use crate::server::Postgres;

/// The shell's lines in the blocks below a heading of the README.
fn script(heading: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let below = readme.split_once(&format!("\n{heading}\n"));
    let below = below.unwrap_or_else(|| panic!("no {heading}")).1;
    let level = heading.split(' ').next().unwrap_or_default();
    let ends = below.find(&format!("\n{level} ")).unwrap_or(below.len());
    let mut blocks = below[..ends].split("```sh\n");
    blocks.next();
    let lines = blocks.map(|block| block.split("```").next().unwrap_or_default());
    lines.collect()
}

#[test]
fn every_command_over_a_database_works() {
    let server = Postgres::start().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let binary = Path::new(env!("CARGO_BIN_EXE_sgq"));
    for (database, schema) in [("terraform", "network"), ("infra", "shop")] {
        let mut client = server.make_database(database);
        let sql = format!(
            "CREATE SCHEMA {schema}; CREATE TABLE {schema}.states (id bigserial PRIMARY KEY, name text UNIQUE, data text)"
        );
        client.batch_execute(&sql).unwrap();
        let insert = format!("INSERT INTO {schema}.states (name, data) VALUES ('default', $1)");
        client
            .execute(&insert, &[&state(1, &[("a", "1", &[])])])
            .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(
        root.join("sample-states"),
        folder.path().join("sample-states"),
    )
    .unwrap();
    for heading in ["### A database", "### Locks", "## States in PostgreSQL"] {
        let script = script(heading)
            .replace(
                "postgres://reader@db.example/terraform",
                &server.url("terraform"),
            )
            .replace(
                "host=/run/postgresql dbname=terraform",
                &server.url("terraform"),
            )
            .replace("postgres://sgq@db.example/infra", &server.url("infra"));
        assert!(script.contains("sgq "), "{heading} has commands");
        let path = format!(
            "{}:{}",
            binary.parent().unwrap().display(),
            std::env::var("PATH").unwrap()
        );
        let ran = Command::new("bash")
            .args(["-euc", &script])
            .current_dir(folder.path())
            .env("PATH", path)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{heading}: {told}");
    }
    let exported = folder.path().join("backup/shop/prod/app.tfstate");
    let original = root.join("sample-states/shop/prod/app/terraform.tfstate");
    assert_eq!(
        std::fs::read(exported).unwrap(),
        std::fs::read(original).unwrap()
    );
}
