//! The sample states are what their generator writes, and hold what their README says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

#[path = "../sample-states/generate.rs"]
mod generate;
#[allow(dead_code, reason = "its main function is the example's")]
#[path = "../sample-states/history.rs"]
mod history;

const LEGACY: &str = "platform/legacy/vpn/terraform.tfstate";
const ENCRYPTED: &str = "data/prod/vault/terraform.tfstate";
/// Terraform knows nothing of a provider on an instance, and leaves out the resources that have one.
const OPENTOFU: &str = "data/prod/ingest/terraform.tfstate";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-states")
}

/// The states of format version 4 by their paths.
fn states() -> BTreeMap<String, Value> {
    generate::files()
        .into_iter()
        .filter(|(path, _)| path.ends_with(".tfstate") && path != LEGACY && path != ENCRYPTED)
        .map(|(path, bytes)| {
            (
                path,
                serde_json::from_slice(&bytes).expect("a sample is JSON"),
            )
        })
        .collect()
}

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value[field].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// The address of a resource without any keys; no key in a module path of the samples has a quote.
fn config_address(resource: &Value) -> String {
    let mut address = String::new();
    for (i, part) in text(resource, "module").split('"').enumerate() {
        if i % 2 == 0 {
            address.extend(part.chars().filter(|c| !"[]".contains(*c)));
        }
    }
    if !address.is_empty() {
        address.push('.');
    }
    if text(resource, "mode") == "data" {
        address.push_str("data.");
    }
    address + text(resource, "type") + "." + text(resource, "name")
}

#[test]
fn committed_files_are_what_the_generator_writes() {
    let hint = "run `cargo run --example generate-sample-states`";
    let files = generate::files();
    for (path, bytes) in &files {
        let committed = fs::read(folder().join(path)).unwrap_or_default();
        assert!(
            committed == *bytes,
            "{path} differs from what the generator gives: {hint}"
        );
    }
    let written: BTreeSet<PathBuf> = files.iter().map(|(path, _)| folder().join(path)).collect();
    for entry in walk(&folder()) {
        if entry
            .extension()
            .is_some_and(|extension| extension == "tfstate")
        {
            assert!(
                written.contains(&entry),
                "{} is not of the generator",
                entry.display()
            );
        }
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)
        .expect("the folder of the samples is there")
        .flatten()
    {
        if entry.path().is_dir() {
            files.extend(walk(&entry.path()));
        } else {
            files.push(entry.path());
        }
    }
    files
}

#[test]
fn samples_stay_below_a_megabyte() {
    let size: usize = generate::files().iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(size < 1_000_000, "{size} bytes");
}

#[test]
fn readme_names_every_state() {
    let readme = fs::read_to_string(folder().join("README.md")).expect("the samples have a README");
    for (path, _) in generate::files() {
        let name = path.trim_end_matches("/terraform.tfstate");
        assert!(readme.contains(&format!("`{name}`")), "{name} is missing");
    }
}

#[test]
fn every_secret_is_listed_and_present() {
    let mut all = String::new();
    for (path, bytes) in generate::files() {
        let text = String::from_utf8(bytes).expect("a sample is UTF-8");
        let rest = generate::SECRETS
            .iter()
            .fold(text.clone(), |text, secret| text.replace(secret, ""));
        for word in ["hunter2", "s3cr3t"] {
            assert!(
                !rest.contains(word),
                "{path} has a secret that is not listed"
            );
        }
        all.push_str(&text);
    }
    for secret in generate::SECRETS {
        assert!(all.contains(secret), "{secret} is in no state");
    }
    assert!(
        generate::UNMARKED_SECRETS
            .iter()
            .all(|secret| generate::SECRETS.contains(secret))
    );
}

#[test]
fn dependencies_are_sorted_addresses_that_exist() {
    for (path, state) in states() {
        let known: BTreeSet<String> = list(&state, "resources").map(config_address).collect();
        for instance in list(&state, "resources").flat_map(|resource| list(resource, "instances")) {
            let dependencies: Vec<&str> = list(instance, "dependencies")
                .filter_map(Value::as_str)
                .collect();
            assert!(dependencies.is_sorted(), "{path}: {dependencies:?}");
            for dependency in dependencies {
                assert!(known.contains(dependency), "{path}: {dependency}");
            }
        }
    }
}

/// Where the producer of a remote state lies in the samples, were it there.
fn producer_path(consumer: &str, attributes: &Value) -> String {
    let config = &attributes["config"]["value"];
    match text(attributes, "backend") {
        "s3" => text(config, "key").to_owned(),
        "gcs" => format!("{}/terraform.tfstate", text(config, "prefix")),
        "http" => text(config, "address")
            .trim_start_matches("https://tfstate.harbor.example/")
            .to_owned(),
        "local" => {
            let root = consumer
                .split("/terraform.tfstate")
                .next()
                .unwrap_or_default();
            let relative = match attributes["workspace"].as_str() {
                Some(workspace) => format!(
                    "{}/{workspace}/terraform.tfstate",
                    text(config, "workspace_dir")
                ),
                None => text(config, "path").to_owned(),
            };
            let mut parts: Vec<&str> = root.split('/').collect();
            for part in relative.split('/') {
                if part == ".." {
                    parts.pop();
                } else {
                    parts.push(part);
                }
            }
            parts.join("/")
        }
        _ => String::new(),
    }
}

#[test]
fn one_consumer_is_stale_and_one_is_unresolved() {
    let states = states();
    let (mut stale, mut unresolved, mut all) = (Vec::new(), Vec::new(), 0);
    for (path, state) in &states {
        for resource in list(state, "resources").filter(|r| r["type"] == "terraform_remote_state") {
            let attributes = &resource["instances"][0]["attributes"];
            let consumer = format!("{path} {}", config_address(resource));
            all += 1;
            let Some(producer) = states.get(&producer_path(path, attributes)) else {
                unresolved.push(consumer);
                continue;
            };
            let copies = attributes["outputs"]["value"]
                .as_object()
                .into_iter()
                .flatten();
            for (name, copy) in copies {
                let output = &producer["outputs"][name];
                if !output.is_null() && output["value"] != *copy {
                    stale.push(format!("{consumer} {name}"));
                }
            }
        }
    }
    assert_eq!(all, 14);
    assert_eq!(
        stale,
        ["shop/prod/app/terraform.tfstate data.terraform_remote_state.network private_subnet_ids"]
    );
    assert_eq!(
        unresolved,
        ["shop/prod/payments/terraform.tfstate data.terraform_remote_state.scoring"]
    );
}

#[test]
fn one_object_is_managed_by_two_states() {
    let mut owners: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for (path, state) in states() {
        for resource in list(&state, "resources").filter(|resource| resource["mode"] == "managed") {
            for instance in list(resource, "instances") {
                // Where there is an ARN, it tells the same name in two accounts apart.
                let attributes = &instance["attributes"];
                let id = attributes["arn"]
                    .as_str()
                    .unwrap_or(text(attributes, "id"))
                    .to_owned();
                // A `random_password` has no identity; its id is the same everywhere.
                if id != "none" {
                    let object = (text(resource, "type").to_owned(), id);
                    owners.entry(object).or_default().insert(path.clone());
                }
            }
        }
    }
    let shared: Vec<_> = owners
        .iter()
        .filter(|(_, states)| states.len() > 1)
        .collect();
    assert_eq!(shared.len(), 1, "{shared:?}");
    assert_eq!(
        shared[0].0,
        &(
            "aws_s3_bucket".to_owned(),
            "arn:aws:s3:::harbor-prod-shop-events".to_owned()
        )
    );
}

/// Asks the real Terraform, where it is installed, for the addresses of every state.
#[test]
fn terraform_lists_every_instance() {
    if Command::new("terraform").arg("version").output().is_err() {
        eprintln!("terraform is not installed: nothing was checked");
        return;
    }
    for (path, state) in states() {
        let output = Command::new("terraform")
            .args(["state", "list", "-state"])
            .arg(folder().join(&path))
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .expect("terraform was there a moment ago");
        assert!(
            output.status.success(),
            "{path}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let listed = String::from_utf8_lossy(&output.stdout).lines().count();
        let current = list(&state, "resources")
            .filter(|resource| path != OPENTOFU || resource["provider"].is_string())
            .flat_map(|resource| list(resource, "instances"))
            .filter(|instance| instance["deposed"].is_null())
            .count();
        assert_eq!(listed, current, "{path}");
    }
}

/// The files below a folder by their paths.
fn files_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = walkdir::WalkDir::new(folder).into_iter();
    let files = files.map(|entry| entry.expect("the folder can be read").into_path());
    files
        .filter(|path| path.is_file())
        .map(|path| {
            let below = path.strip_prefix(folder).expect("it lies below").to_owned();
            (below, fs::read(path).expect("it can be read"))
        })
        .collect()
}

#[test]
fn the_sample_history_is_what_its_generator_writes() {
    let fresh = tempfile::tempdir().expect("a folder can be made");
    history::write(fresh.path()).expect("a repository can be written");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/harbor.git");
    let (fresh, kept) = (files_below(fresh.path()), files_below(&kept));
    let paths = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(&fresh), paths(&kept));
    let heads = "refs/heads/main";
    assert_eq!(fresh.get(Path::new(heads)), kept.get(Path::new(heads)));
}
