//! Thirty applies of the real Terraform by three authors over four workspaces, committed one after
//! another: every row of history, blame and `--as-of` is checked against what was done.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::binary::sgq;
use crate::repository::Repository;
use crate::terraform_is_on_path;

const AUTHORS: [&str; 3] = ["Ada", "Grace", "Linus"];
const WORKSPACES: [&str; 4] = ["default", "dev", "staging", "prod"];

/// 2026-01-01; a step follows the one before it by a day.
const FIRST: u64 = 1_767_225_600;
const DAY: u64 = 86_400;

const CONFIGURATION: &str = r#"
variable "things" { type = map(object({ size = number, kind = string })) }
resource "terraform_data" "thing" {
  for_each         = var.things
  input            = { size = each.value.size }
  triggers_replace = each.value.kind
}
variable "note" { default = "" }
output "note" { value = var.note }
"#;

/// What one author does to one workspace.
#[derive(Clone, Copy)]
enum Step {
    /// Applies a thing of a size, new or not.
    Size(&'static str, u32),
    /// Applies another kind of a thing, which replaces it.
    Kind(&'static str, &'static str),
    /// Applies without a thing.
    Remove(&'static str),
    /// `terraform taint`, and no apply.
    Taint(&'static str),
    /// `terraform untaint`.
    Untaint(&'static str),
    /// `terraform state mv` within the workspace.
    Rename(&'static str, &'static str),
    /// `terraform state mv` to another workspace.
    MoveTo(&'static str, usize),
    /// Another output: the state is written, and no instance changes.
    Note(&'static str),
    /// The state's file is deleted by hand.
    DeleteFile,
}

use Step::{DeleteFile, Kind, MoveTo, Note, Remove, Rename, Size, Taint, Untaint};

/// Each with its author and workspace.
const STEPS: [(usize, usize, Step); 36] = [
    (0, 0, Size("a", 1)),
    (1, 1, Size("a", 1)),
    (2, 2, Size("a", 1)),
    (0, 3, Size("a", 1)),
    (1, 0, Size("b", 1)),
    (2, 1, Size("b", 2)),
    (0, 1, Size("c", 3)),
    (1, 3, Size("b", 5)),
    (2, 0, Size("a", 2)),
    (0, 0, Kind("a", "new")),
    (1, 1, Taint("b")),
    (2, 1, Size("b", 2)),
    (0, 2, Taint("a")),
    (1, 2, Untaint("a")),
    (2, 2, Note("first")),
    (0, 2, Size("d", 4)),
    (1, 0, Rename("b", "renamed")),
    (2, 0, Size("renamed", 7)),
    (0, 3, Remove("b")),
    (1, 3, Size("e", 1)),
    (2, 1, MoveTo("c", 3)),
    (0, 3, Size("c", 9)),
    (1, 2, Note("second")),
    (2, 2, Kind("d", "other")),
    (0, 1, Size("f", 6)),
    (1, 1, Remove("a")),
    (2, 0, Size("g", 1)),
    (0, 0, Remove("g")),
    (1, 0, Size("g", 2)),
    (2, 3, Kind("e", "third")),
    (0, 2, DeleteFile),
    (1, 1, Size("f", 7)),
    (2, 3, Size("a", 8)),
    (0, 3, Note("third")),
    (1, 0, Size("h", 3)),
    (2, 3, Kind("a", "last")),
];

/// What a workspace holds: name, size and kind of each thing, and whether it is tainted.
type Things = BTreeMap<String, (u32, String, bool)>;

/// A row that history is to have: state, action, address, author, changed paths.
type Row = (String, String, String, String, Option<Vec<String>>);

struct Organisation {
    root: tempfile::TempDir,
    things: [Things; 4],
    notes: [String; 4],
}

impl Organisation {
    fn folder(&self) -> &Path {
        self.root.path()
    }

    fn terraform(&self, arguments: &[&str]) {
        let output = Command::new("terraform")
            .args(arguments)
            .current_dir(self.folder())
            .env("TF_IN_AUTOMATION", "1")
            .output()
            .expect("terraform starts");
        assert!(
            output.status.success(),
            "terraform {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn state_file(&self, workspace: usize) -> String {
        match WORKSPACES[workspace] {
            "default" => "terraform.tfstate".to_owned(),
            name => format!("terraform.tfstate.d/{name}/terraform.tfstate"),
        }
    }

    fn apply(&self, workspace: usize) {
        let things: BTreeMap<&String, Value> = self.things[workspace]
            .iter()
            .map(|(name, (size, kind, _))| (name, json!({ "size": size, "kind": kind })))
            .collect();
        let variables = json!({ "things": things, "note": self.notes[workspace] });
        let file = format!("{}.tfvars.json", WORKSPACES[workspace]);
        fs::write(self.folder().join(&file), variables.to_string()).expect("it can be written");
        self.terraform(&[
            "apply",
            "-auto-approve",
            "-input=false",
            "-no-color",
            &format!("-var-file={file}"),
        ]);
    }

    /// Does a step, and gives the rows that it makes.
    fn take(&mut self, author: usize, workspace: usize, step: Step) -> Vec<Row> {
        self.terraform(&["workspace", "select", "-or-create", WORKSPACES[workspace]]);
        let row = |workspace: usize, action: &str, name: &str, paths: Option<&[&str]>| {
            let paths = paths.map(|paths| paths.iter().map(|path| (*path).to_owned()).collect());
            (
                state_name(workspace),
                action.to_owned(),
                address(name),
                AUTHORS[author].to_owned(),
                paths,
            )
        };
        // What an apply does to things that were tainted before it.
        let replaced: Vec<Row> = match step {
            Size(..) | Kind(..) | Remove(_) | Note(_) => {
                let tainted = self.things[workspace]
                    .iter_mut()
                    .filter(|(_, thing)| thing.2);
                tainted
                    .map(|(name, thing)| {
                        thing.2 = false;
                        row(workspace, "replace", name, Some(&["id"]))
                    })
                    .collect()
            }
            _ => Vec::new(),
        };
        let things = &mut self.things[workspace];
        let mut rows = match step {
            Size(name, size) => match things.get_mut(name) {
                Some(thing) if thing.0 == size => Vec::new(),
                Some(thing) => {
                    thing.0 = size;
                    let paths = ["input.value.size", "output.value.size"];
                    vec![row(workspace, "update", name, Some(&paths))]
                }
                None => {
                    things.insert(name.to_owned(), (size, "plain".to_owned(), false));
                    vec![row(workspace, "create", name, None)]
                }
            },
            Kind(name, kind) => {
                let thing = things.get_mut(name).expect("it is there");
                thing.1 = kind.to_owned();
                let paths = ["id", "triggers_replace.value"];
                vec![row(workspace, "replace", name, Some(&paths))]
            }
            Remove(name) => {
                things.remove(name).expect("it is there");
                vec![row(workspace, "delete", name, None)]
            }
            Taint(name) => {
                things.get_mut(name).expect("it is there").2 = true;
                vec![row(workspace, "taint", name, Some(&[]))]
            }
            Untaint(name) => {
                things.get_mut(name).expect("it is there").2 = false;
                vec![row(workspace, "untaint", name, Some(&[]))]
            }
            Rename(from, to) => {
                let thing = things.remove(from).expect("it is there");
                things.insert(to.to_owned(), thing);
                vec![row(workspace, "move", to, Some(&[]))]
            }
            MoveTo(name, other) => {
                let thing = things.remove(name).expect("it is there");
                self.things[other].insert(name.to_owned(), thing);
                vec![
                    row(workspace, "move", name, None),
                    row(other, "move", name, Some(&[])),
                ]
            }
            Note(note) => {
                self.notes[workspace] = note.to_owned();
                Vec::new()
            }
            DeleteFile => {
                let names: Vec<String> = std::mem::take(things).into_keys().collect();
                let names = names.iter();
                names
                    .map(|name| row(workspace, "forget", name, None))
                    .collect()
            }
        };
        rows.extend(replaced);
        match step {
            Size(..) | Kind(..) | Remove(_) | Note(_) => self.apply(workspace),
            Taint(name) => self.terraform(&["taint", &address(name)]),
            Untaint(name) => self.terraform(&["untaint", &address(name)]),
            Rename(from, to) => self.terraform(&["state", "mv", &address(from), &address(to)]),
            MoveTo(name, other) => {
                let (from, to) = (self.state_file(workspace), self.state_file(other));
                self.terraform(&[
                    "state",
                    "mv",
                    &format!("-state={from}"),
                    &format!("-state-out={to}"),
                    &address(name),
                    &address(name),
                ]);
            }
            DeleteFile => {
                let file = self.folder().join(self.state_file(workspace));
                fs::remove_file(file).expect("it can be removed");
            }
        }
        rows
    }

    /// What `SELECT state, address, size, status` is to give.
    fn instances(&self) -> BTreeSet<(String, String, String, String)> {
        let mut all = BTreeSet::new();
        for (workspace, things) in self.things.iter().enumerate() {
            for (name, (size, _, is_tainted)) in things {
                let status = if *is_tainted { "tainted" } else { "ok" };
                all.insert((
                    state_name(workspace),
                    address(name),
                    size.to_string(),
                    status.to_owned(),
                ));
            }
        }
        all
    }
}

/// A time since 1970 in seconds, as RFC 3339 has it.
fn moment(seconds: u64) -> String {
    let time = jiff::Timestamp::from_second(i64::try_from(seconds).expect("a time"));
    time.expect("a time").to_string()
}

fn address(name: &str) -> String {
    format!("terraform_data.thing[\"{name}\"]")
}

/// The name that a state has at its source.
fn state_name(workspace: usize) -> String {
    match WORKSPACES[workspace] {
        "default" => "infra".to_owned(),
        name => format!("terraform.tfstate.d/{name}"),
    }
}

fn rows(source: &str, arguments: &[&str], sql: &str) -> Vec<Value> {
    let mut all = vec!["-s", source, "-o", "json"];
    all.extend(arguments);
    all.push(sql);
    let answer = sgq(all);
    assert_eq!(answer.code, Some(0), "{sql}: {}", answer.stderr);
    serde_json::from_str(&answer.stdout).expect("stdout is JSON")
}

fn text(row: &Value, column: &str) -> String {
    match &row[column] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn a_history_says_what_was_done() {
    if !terraform_is_on_path() {
        println!("skipped: terraform not found");
        return;
    }
    let holder = tempfile::tempdir().expect("a folder can be made");
    let root = tempfile::Builder::new()
        .prefix("infra")
        .rand_bytes(0)
        .tempdir_in(holder.path())
        .expect("a folder can be made");
    let mut organisation = Organisation {
        root,
        things: Default::default(),
        notes: Default::default(),
    };
    fs::write(organisation.folder().join("main.tf"), CONFIGURATION).expect("it can be written");
    organisation.terraform(&["init", "-input=false"]);
    let mut repository = Repository::init(organisation.folder());
    repository.take(organisation.folder());
    repository.by("Ada");
    let code = repository.commit(&moment(FIRST - DAY), "Describe things");
    let mut expected: Vec<Row> = Vec::new();
    let mut moments = Vec::new();
    let mut last_change: BTreeMap<(String, String), (String, String)> = BTreeMap::new();
    for (number, (author, workspace, step)) in (0_u64..).zip(STEPS) {
        let done = organisation.take(author, workspace, step);
        let time = FIRST + number * DAY;
        let message = format!("Step {number}");
        repository.take(organisation.folder());
        repository.by(AUTHORS[author]);
        let commit = repository.commit(&moment(time), &message);
        for (state, action, address, ..) in &done {
            let key = (state.clone(), address.clone());
            last_change.insert(key, (commit.clone(), action.clone()));
        }
        expected.extend(done);
        moments.push((commit, time, organisation.instances()));
    }
    let source = format!("git:{}", organisation.folder().display());

    let told = rows(
        &source,
        &[],
        "SELECT state, action, address, author, changed_paths FROM history",
    );
    let mut told: Vec<Row> = told
        .iter()
        .map(|row| {
            let paths = row["changed_paths"].as_array();
            let paths = paths.map(|paths| {
                let paths = paths.iter().filter_map(Value::as_str);
                paths.map(str::to_owned).collect()
            });
            (
                text(row, "state"),
                text(row, "action"),
                text(row, "address"),
                text(row, "author"),
                paths,
            )
        })
        .collect();
    told.sort();
    expected.sort();
    assert_eq!(told, expected);

    let blame = rows(
        &source,
        &[],
        "SELECT state, address, commit, action FROM blame",
    );
    let blame: BTreeMap<(String, String), (String, String)> = blame
        .iter()
        .map(|row| {
            let key = (text(row, "state"), text(row, "address"));
            (key, (text(row, "commit"), text(row, "action")))
        })
        .collect();
    let present: BTreeSet<(String, String)> = organisation
        .instances()
        .into_iter()
        .map(|(state, address, ..)| (state, address))
        .collect();
    last_change.retain(|key, _| present.contains(key));
    assert_eq!(blame, last_change);

    let instances = "SELECT state, address, attributes->'input'->'value'->>'size' AS size, status \
                     FROM instances";
    let held = |arguments: &[&str]| -> BTreeSet<(String, String, String, String)> {
        let rows = rows(&source, arguments, instances);
        let row = |row: &Value| {
            (
                text(row, "state"),
                text(row, "address"),
                text(row, "size"),
                text(row, "status"),
            )
        };
        rows.iter().map(row).collect()
    };
    for (commit, time, instances) in &moments {
        assert_eq!(held(&["--as-of", commit]), *instances, "as of {commit}");
        let moment = moment(*time);
        assert_eq!(held(&["--as-of", &moment]), *instances, "as of {moment}");
    }
    assert_eq!(held(&[]), organisation.instances());

    // The same, told by the intervals in which instances were as they are.
    for (_, time, instances) in &moments {
        let moment = moment(*time);
        let sql = format!(
            "SELECT state, address, attributes->'input'->'value'->>'size' AS size, status \
             FROM instances_history WHERE valid_from <= '{moment}' \
             AND (valid_to IS NULL OR valid_to > '{moment}')"
        );
        let then = rows(&source, &[], &sql);
        let then: BTreeSet<(String, String, String, String)> = then
            .iter()
            .map(|row| {
                (
                    text(row, "state"),
                    text(row, "address"),
                    text(row, "size"),
                    text(row, "status"),
                )
            })
            .collect();
        assert_eq!(then, *instances, "at {moment}");
    }

    // Each version is tied to the commit of the configuration: variables were committed with most.
    let versions = rows(
        &source,
        &[],
        "SELECT version, commit, code_commit, commit_confidence FROM state_versions",
    );
    assert_eq!(versions.len(), written_versions());
    let mut same = 0;
    for version in &versions {
        let (commit, code_commit) = (text(version, "commit"), text(version, "code_commit"));
        match text(version, "commit_confidence").as_str() {
            "same_commit" => {
                assert_eq!(commit, code_commit);
                same += 1;
            }
            "newest_before" => assert_ne!(commit, code_commit),
            other => panic!("an unknown confidence {other}"),
        }
    }
    assert!(same > 20, "{same}");
    let described = rows(
        &source,
        &[],
        "SELECT author, subject, array_to_string(files, ' ') AS files FROM code_changes ORDER BY recorded_at LIMIT 1",
    );
    assert_eq!(text(&described[0], "author"), "Ada");
    assert_eq!(text(&described[0], "subject"), "Describe things");
    assert_eq!(text(&described[0], "files"), "main.tf");
    let first = rows(
        &source,
        &[],
        "SELECT count(*) AS n FROM code_changes WHERE commit = (SELECT min(commit) FROM code_changes \
         WHERE subject = 'Describe things')",
    );
    assert_eq!(first[0]["n"], 1, "{code}");
}

/// How many versions the steps make: a move between workspaces writes two states.
fn written_versions() -> usize {
    STEPS
        .iter()
        .map(|(.., step)| if matches!(step, MoveTo(..)) { 2 } else { 1 })
        .sum()
}
