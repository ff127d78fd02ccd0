//! `sgq drift --run` with the real Terraform: it plans, and leaves everything as it is.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use walkdir::WalkDir;

use crate::binary::sgq;

const CONFIG: &str = r#"
resource "terraform_data" "a" {
  input = "first"
}
output "a" {
  value = terraform_data.a.output
}
"#;

/// Runs Terraform in a folder; whether it is there.
fn terraform(folder: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("terraform");
    let command = command.args(arguments).current_dir(folder);
    let command = command.stdin(Stdio::null()).env("CHECKPOINT_DISABLE", "1");
    match command.output() {
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "terraform {arguments:?}: {errors}");
            true
        }
        Err(_) => false,
    }
}

/// What every file below a folder holds.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = WalkDir::new(folder).into_iter().flatten();
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let path = entry.path().to_string_lossy().into_owned();
            (path, fs::read(entry.path()).expect("it can be read"))
        })
        .collect()
}

#[test]
fn a_folder_that_was_just_applied_is_in_sync_and_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("main.tf"), CONFIG).expect("a file");
    if !terraform(folder.path(), &["init", "-input=false"]) {
        println!("skipped: terraform not found");
        return;
    }
    terraform(folder.path(), &["apply", "-auto-approve", "-input=false"]);
    // Without providers nothing is written there, and a folder without one counts as not initialised.
    fs::create_dir_all(folder.path().join(".terraform")).expect("a folder");
    let before = files(folder.path());
    let [source, drift, format, csv, summary, run] =
        ["-s", "drift", "-o", "csv", "--summary", "--run"].map(OsStr::new);
    let place = folder.path().as_os_str();
    let answer = sgq([source, place, drift, format, csv, summary, run, place]);
    assert_eq!(answer.code, Some(0), "{}", answer.stderr);
    let row = answer.stdout.lines().nth(1).unwrap_or_default();
    assert!(row.contains(",in sync,0,0,0,"), "{}", answer.stdout);
    assert_eq!(files(folder.path()), before);
}
