//! Holds sgq against Terraform itself: over states that Terraform wrote, sgq must say what `terraform state list` and
//! `terraform show -json` say. The states are made by `terraform/make-fixtures.sh`.

#[path = "terraform/binary.rs"]
mod binary;
#[path = "terraform/case.rs"]
mod case;
#[path = "terraform/comparison.rs"]
mod comparison;
#[path = "terraform/decimal.rs"]
mod decimal;
#[path = "terraform/drift.rs"]
mod drift;
#[path = "terraform/history.rs"]
mod history;
#[path = "terraform/outside.rs"]
mod outside;
#[path = "terraform/plans.rs"]
mod plans;
#[path = "support/postgres.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod postgres;
#[path = "support/provider.rs"]
mod provider;
#[path = "terraform/remote_states.rs"]
mod remote_states;
#[path = "support/repository.rs"]
mod repository;
#[path = "terraform/secrets.rs"]
mod secrets;
#[path = "terraform/stacks.rs"]
mod stacks;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use walkdir::WalkDir;

use crate::binary::revealed_rows;
use crate::case::{Case, ObjectKey, cases};
use crate::comparison::{difference_of_maps, difference_of_sets, unwrapped};

/// What must hold of a case, or how it does not.
type Fact = fn(&Case) -> Result<(), String>;

const FACTS: &[(&str, Fact)] = &[
    ("addresses of the state", addresses_of_the_state),
    ("attributes of the state", attributes_of_the_state),
    ("outputs of the state", outputs_of_the_state),
    ("addresses of show.json", addresses_of_show_json),
    ("attributes of show.json", attributes_of_show_json),
];

#[test]
fn addresses_are_those_of_state_list() {
    assert_of_every_case(
        &fixtures(),
        "addresses of the state",
        addresses_of_the_state,
    );
}

#[test]
fn attributes_are_the_values_of_show_json() {
    assert_of_every_case(
        &fixtures(),
        "attributes of the state",
        attributes_of_the_state,
    );
}

#[test]
fn outputs_are_those_of_show_json() {
    assert_of_every_case(&fixtures(), "outputs of the state", outputs_of_the_state);
}

#[test]
fn show_json_as_a_source_has_the_same_addresses() {
    assert_of_every_case(
        &fixtures(),
        "addresses of show.json",
        addresses_of_show_json,
    );
}

#[test]
fn show_json_as_a_source_has_its_values_as_attributes() {
    assert_of_every_case(
        &fixtures(),
        "attributes of show.json",
        attributes_of_show_json,
    );
}

#[test]
fn a_backend_pointer_is_no_state() {
    let uris = state_uris(&fixtures().join("backend_pointer"));
    assert!(
        !uris.iter().any(|uri| uri.contains("/.terraform/")),
        "{uris:?}"
    );
}

#[test]
fn a_backup_is_no_state() {
    let uris = state_uris(&fixtures().join("backend_pointer"));
    assert!(!uris.iter().any(|uri| uri.contains(".backup")), "{uris:?}");
}

#[test]
fn a_state_at_a_path_of_its_own_is_found() {
    let uris = state_uris(&fixtures().join("backend_pointer"));
    assert!(
        uris.iter()
            .any(|uri| uri.ends_with("/state/network.tfstate")),
        "{uris:?}"
    );
}

#[test]
fn fixtures_can_be_made_again() {
    if !terraform_is_on_path() {
        println!("skipped: terraform not found");
        return;
    }
    let fresh = tempfile::tempdir().unwrap();
    make_fixtures(fresh.path());
    assert_eq!(files_below(fresh.path()), files_below(&fixtures()));
    for (name, fact) in FACTS {
        assert_of_every_case(fresh.path(), name, *fact);
    }
    plans::both_say_the_same(fresh.path()).unwrap();
}

/// sgq's instances of the state have the addresses of `state-list.txt`, no more and no fewer.
fn addresses_of_the_state(case: &Case) -> Result<(), String> {
    difference_of_sets(
        &addresses(instances(&case.state)?),
        &case.listed_addresses(),
    )
}

/// sgq's instances of the state, deposed ones too, hold the values of show.json.
fn attributes_of_the_state(case: &Case) -> Result<(), String> {
    let instances = instances(&case.state)?;
    let plain = instances
        .into_iter()
        .map(|(key, attributes)| (key, unwrapped(attributes)));
    difference_of_maps(&plain.collect(), &case.shown_instances())
}

/// sgq's outputs of the state have the names, values and sensitivity of show.json.
fn outputs_of_the_state(case: &Case) -> Result<(), String> {
    difference_of_maps(&outputs(&case.state)?, &case.shown_outputs())
}

/// sgq's instances of show.json have the addresses of `state-list.txt`, no more and no fewer.
fn addresses_of_show_json(case: &Case) -> Result<(), String> {
    difference_of_sets(
        &addresses(instances(&case.show_json)?),
        &case.listed_addresses(),
    )
}

/// sgq's instances of show.json, deposed ones too, hold the values written there.
fn attributes_of_show_json(case: &Case) -> Result<(), String> {
    difference_of_maps(&instances(&case.show_json)?, &case.shown_instances())
}

/// The attributes of every object that sgq finds in `source`.
fn instances(source: &Path) -> Result<BTreeMap<ObjectKey, Value>, String> {
    let mut instances = BTreeMap::new();
    for mut row in revealed_rows(source, "SELECT address, deposed, attributes FROM instances")? {
        let key = ObjectKey::of(&row, "deposed");
        let attributes = row["attributes"].take();
        if instances.insert(key.clone(), attributes).is_some() {
            return Err(format!("two rows for {key}"));
        }
    }
    Ok(instances)
}

/// `{"value", "sensitive"}` of every output that sgq finds in `source`.
fn outputs(source: &Path) -> Result<BTreeMap<String, Value>, String> {
    let mut outputs = BTreeMap::new();
    for mut row in revealed_rows(source, "SELECT name, value, sensitive FROM outputs")? {
        let name = row["name"]
            .as_str()
            .ok_or("an output without a name")?
            .to_owned();
        let output = serde_json::json!({ "value": row["value"].take(), "sensitive": row["sensitive"].take() });
        if outputs.insert(name.clone(), output).is_some() {
            return Err(format!("two rows for output {name}"));
        }
    }
    Ok(outputs)
}

/// Where the states lie that sgq finds in `source`.
fn state_uris(source: &Path) -> Vec<String> {
    let rows = revealed_rows(source, "SELECT uri FROM states").unwrap();
    rows.iter()
        .map(|row| row["uri"].as_str().expect("a uri is text").to_owned())
        .collect()
}

/// The addresses alone: a current object and deposed ones share one.
fn addresses(instances: BTreeMap<ObjectKey, Value>) -> BTreeSet<String> {
    instances.into_keys().map(|key| key.address).collect()
}

/// Panics with every case below `root` of which the fact does not hold.
fn assert_of_every_case(root: &Path, name: &str, fact: Fact) {
    let cases = cases(root);
    assert!(!cases.is_empty(), "no case below {}", root.display());
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| fact(case).err().map(|why| format!("{}: {why}", case.name)))
        .collect();
    assert!(
        failures.is_empty(),
        "{name} differ from Terraform's\n{}",
        failures.join("\n")
    );
}

/// The folder of the fixtures that are kept with the sources.
fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/terraform/fixtures")
}

fn terraform_is_on_path() -> bool {
    Command::new("terraform")
        .arg("version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}

/// Runs the script that makes the fixtures, into `out`.
fn make_fixtures(out: &Path) {
    let script = fixtures().with_file_name("make-fixtures.sh");
    let made = Command::new("bash")
        .arg(script)
        .arg(out)
        .output()
        .expect("bash starts");
    assert!(
        made.status.success(),
        "make-fixtures.sh failed\n{}",
        String::from_utf8_lossy(&made.stderr)
    );
}

/// The files below `root`, by their path from there.
fn files_below(root: &Path) -> BTreeSet<PathBuf> {
    WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("the folder can be read"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            entry
                .path()
                .strip_prefix(root)
                .expect("it lies below the root")
                .to_owned()
        })
        .collect()
}
