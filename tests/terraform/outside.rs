//! Objects that were changed behind Terraform's back: what its plans say of them, as JSON and as the file
//! that `terraform plan` writes, is what was done.

use std::fs;
use std::path::Path;
use std::process::Command;

use rmpv::Value as World;
use serde_json::{Value, json};

use crate::binary::sgq;
use crate::provider::{Provider, required};
use crate::terraform_is_on_path;

const THINGS: &str = r#"
resource "world_thing" "grown" {
  name = "grown"
  size = 1
}
resource "world_thing" "gone" { name = "gone" }
resource "world_thing" "tagged" {
  name = "tagged"
  tags = { team = "shop" }
}
resource "world_thing" "shuffled" {
  name  = "shuffled"
  ports = [80, 443]
}
resource "world_thing" "touched" { name = "touched" }
resource "world_thing" "secret" {
  name   = "secret"
  secret = "correct-horse-battery"
}
resource "world_thing" "same" {
  name = "same"
  size = 3
}
output "size" { value = world_thing.grown.size }
"#;

/// Runs Terraform with the tests' provider; `plan` may say by 2 that there are changes.
fn terraform(folder: &Path, provider: &Provider, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("terraform")
        .args(arguments)
        .current_dir(folder)
        .env("TF_REATTACH_PROVIDERS", provider.reattach())
        .env("TF_IN_AUTOMATION", "1")
        .output()
        .expect("terraform starts");
    assert!(
        output.status.success(),
        "terraform {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// The rows of `drift` in the plans at a source, without the place that they were found at.
fn drift(source: &Path) -> Value {
    let sql = "SELECT address, action, path, before, after, significant, rule \
               FROM drift ORDER BY address, path";
    let answer = sgq([
        "-s",
        source.to_str().expect("a temporary path is text"),
        "-o",
        "json",
        sql,
    ]);
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    assert!(!answer.stdout.contains("correct-horse"), "a secret is told");
    assert!(!answer.stdout.contains("staple"), "a secret is told");
    serde_json::from_str(&answer.stdout).expect("stdout is JSON")
}

#[test]
fn plans_tell_what_was_changed_outside() {
    if !terraform_is_on_path() {
        println!("skipped: terraform not found");
        return;
    }
    let provider = Provider::start();
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    fs::write(root.join("main.tf"), format!("{}{THINGS}", required())).expect("it can be written");
    let run = |arguments: &[&str]| terraform(root, &provider, arguments);
    run(&["init", "-input=false"]);
    run(&["apply", "-auto-approve", "-input=false"]);

    let world = &provider.world;
    let set = |name: &str, attribute: &str, value: World| {
        world.change(name, |object| {
            object.insert(attribute.to_owned(), value);
        });
    };
    set("grown", "size", World::from(5));
    set("grown", "note", World::from(""));
    world.delete("gone");
    let tags = [("team", "search"), ("owner", "nobody")];
    let tags = tags.map(|(key, value)| (World::from(key), World::from(value)));
    set("tagged", "tags", World::Map(tags.to_vec()));
    set(
        "shuffled",
        "ports",
        World::Array(vec![World::from(443), World::from(80)]),
    );
    set("touched", "updated_at", World::from("2026-05-05T10:00:00Z"));
    set("secret", "secret", World::from("correct-horse-staple"));

    run(&["plan", "-input=false", "-out=tfplan"]);
    let plans = tempfile::tempdir().expect("a folder can be made");
    let (binary, json_plan) = (
        plans.path().join("a/tfplan"),
        plans.path().join("b/plan.json"),
    );
    for file in [&binary, &json_plan] {
        fs::create_dir_all(file.parent().expect("it has one")).expect("a folder can be made");
    }
    fs::copy(root.join("tfplan"), &binary).expect("it can be copied");
    fs::write(&json_plan, run(&["show", "-json", "tfplan"])).expect("it can be written");

    let row = |address: &str, path: &str, before: Value, after: Value| {
        json!({
            "address": format!("world_thing.{address}"), "action": "update", "path": path,
            "before": before, "after": after, "significant": true, "rule": null,
        })
    };
    let insignificant = |mut row: Value, rule: &str| {
        row["significant"] = json!(false);
        row["rule"] = json!(rule);
        row
    };
    let gone = json!({
        "address": "world_thing.gone", "action": "delete", "path": null,
        "before": null, "after": null, "significant": true, "rule": null,
    });
    let expected = vec![
        gone,
        insignificant(row("grown", "note", Value::Null, json!("")), "empty"),
        row("grown", "size", json!(1), json!(5)),
        row(
            "secret",
            "secret",
            json!("(sensitive)"),
            json!("(sensitive)"),
        ),
        row("shuffled", "ports", json!([80, 443]), json!([443, 80])),
        row("tagged", "tags.owner", Value::Null, json!("nobody")),
        row("tagged", "tags.team", json!("shop"), json!("search")),
        insignificant(
            row(
                "touched",
                "updated_at",
                json!("2026-01-01T00:00:00Z"),
                json!("2026-05-05T10:00:00Z"),
            ),
            "timestamp",
        ),
    ];
    for source in [&binary, &json_plan] {
        let told = drift(source);
        assert_eq!(told, Value::Array(expected.clone()), "{}", source.display());
    }

    // Both tell the same plan.
    let changes = |source: &Path| {
        let sql = "SELECT address, action, action_reason, changed_paths FROM resource_changes ORDER BY address";
        let answer = sgq(["-s", source.to_str().unwrap(), "-o", "json", sql]);
        assert_eq!(answer.code, Some(0), "{}", answer.stderr);
        answer.stdout
    };
    assert_eq!(changes(&binary), changes(&json_plan));
    let gone = changes(&binary);
    assert!(
        gone.contains(r#""address":"world_thing.gone","action":"create""#),
        "{gone}"
    );
}

#[test]
fn a_state_that_was_edited_is_planned_back_without_drift() {
    if !terraform_is_on_path() {
        println!("skipped: terraform not found");
        return;
    }
    let provider = Provider::start();
    let folder = tempfile::tempdir().expect("a folder can be made");
    let root = folder.path();
    let configuration = r#"resource "terraform_data" "a" { input = "as configured" }"#;
    fs::write(root.join("main.tf"), configuration).expect("it can be written");
    let run = |arguments: &[&str]| terraform(root, &provider, arguments);
    run(&["init", "-input=false"]);
    run(&["apply", "-auto-approve", "-input=false"]);
    let state = String::from_utf8(run(&["state", "pull"])).expect("a state is text");
    let mut state: Value = serde_json::from_str(&state).expect("a state is JSON");
    let attributes = &mut state["resources"][0]["instances"][0]["attributes"];
    attributes["input"]["value"] = json!("edited");
    attributes["output"]["value"] = json!("edited");
    state["serial"] = json!(state["serial"].as_u64().expect("a number") + 1);
    fs::write(root.join("edited.tfstate"), state.to_string()).expect("it can be written");
    run(&["state", "push", "edited.tfstate"]);
    run(&["plan", "-input=false", "-out=tfplan"]);
    let plan = root.join("tfplan");
    // Terraform cannot know: its own resource has no object that it could read again.
    assert_eq!(drift(&plan), json!([]));
    let sql = "SELECT address, action, changed_paths FROM resource_changes";
    let answer = sgq(["-s", plan.to_str().unwrap(), "-o", "json", sql]);
    let changes: Value = serde_json::from_str(&answer.stdout).expect("stdout is JSON");
    assert_eq!(
        changes,
        json!([{"address": "terraform_data.a", "action": "update", "changed_paths": ["input", "output"]}])
    );
}
