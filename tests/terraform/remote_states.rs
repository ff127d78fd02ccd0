//! Fifty stacks that Terraform applied: sgq finds every producer, and every stale copy, and nothing
//! else. What is true is known from the plan of the stacks, not from sgq.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::binary::sgq;
use crate::postgres::{PASSWORD, Postgres};
use crate::stacks::{Backend, Company, Revisions, Stack, data_source};
use crate::terraform_is_on_path;

/// How many stacks each layer has; a stack reads from the layers before its own.
const LAYERS: [usize; 4] = [14, 14, 12, 10];

#[test]
fn producers_and_stale_copies_of_fifty_stacks_are_found() {
    if !terraform_is_on_path() {
        println!("skipped: terraform not found");
        return;
    }
    let postgres = Postgres::start().unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().unwrap();
    let company = Company {
        root: folder.path().canonicalize().unwrap(),
        stacks: plan(),
        database: postgres.url("postgres"),
    };
    assert_eq!(company.stacks.len(), 50);
    company.write();
    company.init();
    let mut revisions = Revisions::new();
    for layer in layers() {
        company.apply(&layer, &revisions);
    }
    assert_told(&company, postgres.port(), &BTreeMap::new());

    // Some producers change, one or more outputs each, and nobody reads them again.
    let changes: [(usize, &[&'static str]); 7] = [
        (0, &["id"]),
        (3, &["settings"]),
        (4, &["secret"]),
        (7, &["id", "secret", "settings"]),
        (8, &["id", "settings"]),
        (15, &["secret", "settings"]),
        (29, &["id"]),
    ];
    for (position, outputs) in changes {
        for output in outputs {
            revisions.insert((position, *output), 1);
        }
    }
    let changed: Vec<usize> = changes.iter().map(|(position, _)| *position).collect();
    // A changed stack that reads another changed one is fresh of what was applied before it.
    for layer in layers() {
        let again: Vec<usize> = layer
            .into_iter()
            .filter(|one| changed.contains(one))
            .collect();
        company.apply(&again, &revisions);
    }
    let mut stale = BTreeMap::new();
    for (consumer, stack) in company.stacks.iter().enumerate() {
        for producer in &stack.reads {
            let change = changes.iter().find(|(position, _)| position == producer);
            if let Some((_, outputs)) = change.filter(|_| !changed.contains(&consumer)) {
                stale.insert((consumer, *producer), outputs.to_vec());
            }
        }
    }
    assert!(
        stale.len() >= 10,
        "the plan has enough stale copies: {stale:?}"
    );
    assert_told(&company, postgres.port(), &stale);

    for layer in layers() {
        let is_stale = |one: &usize| stale.keys().any(|(consumer, _)| consumer == one);
        let again: Vec<usize> = layer.into_iter().filter(is_stale).collect();
        company.apply(&again, &revisions);
    }
    assert_told(&company, postgres.port(), &BTreeMap::new());
}

/// The positions of the stacks of each layer.
fn layers() -> Vec<Vec<usize>> {
    let mut first = 0;
    let layer = |size: &usize| {
        first += size;
        (first - size..first).collect()
    };
    LAYERS.iter().map(layer).collect()
}

/// Fifty stacks: files, workspaces of files, schemas and workspaces of schemas in turn.
fn plan() -> Vec<Stack> {
    let mut stacks: Vec<Stack> = Vec::new();
    for (layer, positions) in layers().iter().enumerate() {
        for (number, position) in positions.iter().enumerate() {
            let (folder, backend) = match number % 7 {
                0 => (format!("net{layer}{number}"), Backend::Local),
                1 => (
                    format!("app{layer}{}", number / 7),
                    Backend::Workspace("blue"),
                ),
                2 => (
                    format!("app{layer}{}", number / 7),
                    Backend::Workspace("green"),
                ),
                3 => (format!("db{layer}{number}"), Backend::Postgres("default")),
                4 => (
                    format!("dns{layer}{}", number / 7),
                    Backend::Postgres("staging"),
                ),
                5 => (
                    format!("dns{layer}{}", number / 7),
                    Backend::Postgres("prod"),
                ),
                _ => (format!("log{layer}{number}"), Backend::Local),
            };
            // Workspaces of one folder share a configuration.
            let shared = stacks.iter().find(|other| other.folder == folder);
            let reads = match shared {
                Some(other) => other.reads.clone(),
                None => reads(*position, positions[0]),
            };
            stacks.push(Stack {
                folder,
                backend,
                reads,
            });
        }
    }
    stacks
}

/// Two stacks of earlier layers, whose first is the layer's own; none in the first layer.
fn reads(position: usize, earlier: usize) -> Vec<usize> {
    if earlier == 0 {
        return Vec::new();
    }
    let mut reads = vec![position * 3 % earlier, position * 5 % earlier, position % 9];
    reads.sort_unstable();
    reads.dedup();
    reads
}

/// Checks every row of `remote_states` against the plan; `stale` says which copies are, by consumer
/// and producer.
fn assert_told(company: &Company, port: u16, stale: &BTreeMap<(usize, usize), Vec<&'static str>>) {
    let names = state_names(company);
    let mut expected = BTreeMap::new();
    for (consumer, stack) in company.stacks.iter().enumerate() {
        for producer in &stack.reads {
            let outputs = stale
                .get(&(consumer, *producer))
                .cloned()
                .unwrap_or_default();
            let key = (names[consumer].clone(), data_source(*producer));
            expected.insert(key, (names[*producer].clone(), outputs.join(",")));
        }
    }
    let mut told = BTreeMap::new();
    for row in rows(company, "SELECT * FROM remote_states") {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let outputs: Vec<&str> = row["stale_outputs"]
            .as_array()
            .map(|outputs| outputs.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        assert_eq!(row["is_stale"], !outputs.is_empty(), "{row}");
        let uri = text("uri");
        assert_ne!(text("backend") == "pg", uri.starts_with('/'), "{row}");
        if text("backend") == "pg" {
            assert!(
                uri.starts_with(&format!("pg://127.0.0.1:{port}/postgres/")),
                "{row}"
            );
        }
        let name = text("address").replace("data.terraform_remote_state.", "");
        told.insert(
            (text("state"), name),
            (text("producer_state"), outputs.join(",")),
        );
    }
    assert_eq!(told, expected);
}

/// What sgq calls each stack's state.
fn state_names(company: &Company) -> Vec<String> {
    let by_uri: BTreeMap<String, String> = rows(company, "SELECT uri, name FROM states")
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            (text("uri"), text("name"))
        })
        .collect();
    assert_eq!(by_uri.len(), company.stacks.len());
    (0..company.stacks.len())
        .map(|position| by_uri[&company.state_file(position).display().to_string()].clone())
        .collect()
}

/// The rows of a query over all states; nothing that sgq prints may hold a secret.
fn rows(company: &Company, sql: &str) -> Vec<Value> {
    let root = company.root.display().to_string();
    let answer = sgq(["-s", &root, "-o", "ndjson", sql]);
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    for secret in [PASSWORD, "hunter2"] {
        let shown = answer.stdout.contains(secret) || answer.stderr.contains(secret);
        assert!(!shown, "{sql} shows {secret}");
    }
    let row = |line: &str| serde_json::from_str(line).expect("a line of ndjson is JSON");
    answer.stdout.lines().map(row).collect()
}
