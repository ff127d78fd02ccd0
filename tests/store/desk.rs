//! A store, and a folder to use it from.

use std::process::Command;
use std::sync::LazyLock;

use postgres::Client;
use regex::Regex;
use serde_json::{Value, json};

use crate::place::Place;
use crate::server::{PASSWORD, Postgres};

static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?").expect("it is one")
});

/// A folder, and a database of a server with a store in it.
pub struct Desk<'s> {
    pub place: Place,
    pub server: &'s Postgres,
    pub database: String,
}

impl<'s> Desk<'s> {
    /// A database without a store.
    pub fn without_store(server: &'s Postgres, database: &str) -> Desk<'s> {
        server.make_database(database);
        Desk {
            place: Place::new(),
            server,
            database: database.to_owned(),
        }
    }

    /// One with a store.
    pub fn new(server: &'s Postgres, database: &str) -> Desk<'s> {
        let desk = Desk::without_store(server, database);
        let made = desk.sgq(&["store", "init"]);
        assert!(made.ends_with("[exit 0]"), "{made}");
        desk
    }

    /// The binary with this store, whose password is in the environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(arguments);
        let store = format!(
            "postgres://postgres@127.0.0.1:{}/{}?sslmode=disable",
            self.server.port(),
            self.database
        );
        command.env("SGQ_STORE", store).env("PGPASSWORD", PASSWORD);
        command
    }

    /// A run as a transcript: the port reads PORT, and moments read TIME.
    pub fn sgq(&self, arguments: &[&str]) -> String {
        let shown = self
            .place
            .show(&self.place.output(&mut self.command(arguments)));
        assert!(!shown.contains(PASSWORD), "{shown}");
        let shown = shown.replace(&format!(":{}", self.server.port()), ":PORT");
        TIME.replace_all(&shown, "TIME").into_owned()
    }

    /// Writes a file and pushes it as Ada.
    pub fn push(&self, state: &str, document: impl AsRef<[u8]>, more: &[&str]) -> String {
        self.place.write("pushed.tfstate", document);
        let push = ["store", "push", "pushed.tfstate", "--state", state];
        let author: &[&str] = match more.contains(&"--author") {
            true => &[],
            false => &["--author", "Ada"],
        };
        self.sgq(&[&push, author, more].concat())
    }

    /// What a pull writes to standard output.
    pub fn pull(&self, arguments: &[&str]) -> Vec<u8> {
        let mut command = self.command(&[&["store", "pull"], arguments].concat());
        let output = self.place.output(&mut command);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        output.stdout
    }

    /// A connection that means the store's tables.
    pub fn client(&self) -> Client {
        let mut client = self.server.connect(&self.database);
        client
            .batch_execute("SET search_path = sgq")
            .expect("it can be set");
        client
    }

    /// How many rows each table has.
    pub fn rows(&self) -> Vec<(String, i64)> {
        let mut client = self.client();
        let tables = client
            .query(
                "SELECT relname::text FROM pg_class WHERE relnamespace = 'sgq'::regnamespace AND relkind = 'r' \
                 ORDER BY relname",
                &[],
            )
            .expect("tables are known");
        let count = |row: &postgres::Row| {
            let table: String = row.get(0);
            let counted = client.query_one(&format!("SELECT count(*) FROM {table}"), &[]);
            (table, counted.expect("rows can be counted").get(0))
        };
        tables.iter().map(count).collect()
    }
}

/// A state of the lineage `l` with these things: the name in the configuration, a value, and what it
/// depends on.
pub fn state(serial: u64, things: &[(&str, &str, &[&str])]) -> String {
    let resource = |(name, value, depends_on): &(&str, &str, &[&str])| {
        let mut instance = json!({"schema_version": 0, "attributes": {"id": name, "value": value}});
        if !depends_on.is_empty() {
            instance["dependencies"] = json!(depends_on);
        }
        json!({
            "mode": "managed",
            "type": "thing",
            "name": name,
            "provider": "provider[\"registry.terraform.io/example/things\"]",
            "instances": [instance],
        })
    };
    let resources: Vec<Value> = things.iter().map(resource).collect();
    written(&json!({
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": serial,
        "lineage": "l",
        "outputs": {},
        "resources": resources,
        "check_results": null,
    }))
}

/// JSON laid out as Terraform does it.
pub fn written(document: &Value) -> String {
    let pretty = serde_json::to_string_pretty(document);
    pretty.expect("it is JSON") + "\n"
}
