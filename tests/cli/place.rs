//! A folder to run the binary in, and what a run looks like.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder with files of a test's own.
pub struct Place {
    folder: TempDir,
}

impl Place {
    /// An empty folder.
    pub fn new() -> Place {
        let folder = tempfile::tempdir().expect("a folder can be made");
        Place { folder }
    }

    /// A folder with two states: `app/terraform.tfstate` and `net/terraform.tfstate`.
    pub fn with_two_states() -> Place {
        Place::new()
            .file("app/terraform.tfstate", APP)
            .file("net/terraform.tfstate", NET)
    }

    /// Adds a file, and the folders it needs.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Place {
        self.write(path, content);
        self
    }

    /// Writes a file, and the folders it needs.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("it can be made");
        fs::write(path, content).expect("a file can be written");
    }

    /// What a file of the folder holds.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("the file is there")
    }

    /// The names in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("the folder is there");
        let mut names: Vec<String> = entries
            .map(|entry| {
                let name = entry.expect("it can be read").file_name();
                name.to_string_lossy().into_owned()
            })
            .collect();
        names.sort();
        names
    }

    /// A path in the folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// The binary, to be run in the folder without anything of the user's own.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_in(self.folder.path(), arguments)
    }

    /// The same, in a folder below.
    pub fn command_in(&self, folder: impl AsRef<Path>, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sgq"));
        command
            .args(arguments)
            .current_dir(self.path("").join(folder))
            .env_clear()
            .env("HOME", self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs the binary and shows the run.
    pub fn sgq(&self, arguments: &[&str]) -> String {
        self.show(&self.output(&mut self.command(arguments)))
    }

    /// Runs the binary with something on standard input and shows the run.
    pub fn sgq_reading(&self, input: &str, arguments: &[&str]) -> String {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("sgq can be run");
        let mut stdin = child.stdin.take().expect("it has an input");
        // What it refuses to do, it refuses without reading on.
        if let Err(error) = stdin.write_all(input.as_bytes()) {
            assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{error}");
        }
        drop(stdin);
        self.show(&child.wait_with_output().expect("sgq ends"))
    }

    /// What a command gives.
    pub fn output(&self, command: &mut Command) -> Output {
        command.output().expect("sgq can be run")
    }

    /// A run as a transcript: standard output, `[stderr]` and that where there is any, and the
    /// exit code. The folder reads `DIR`, and its name alone `HERE`.
    pub fn show(&self, output: &Output) -> String {
        let folder = self.folder.path().to_string_lossy();
        let name = folder.rsplit('/').next().unwrap_or(&folder);
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.replace(&*folder, "DIR").replace(name, "HERE")
        };
        let mut shown = text(&output.stdout);
        if !output.stderr.is_empty() {
            shown.push_str("[stderr]\n");
            shown.push_str(&text(&output.stderr));
        }
        let code = output.status.code();
        shown + &code.map_or("[killed]".to_owned(), |code| format!("[exit {code}]"))
    }
}

/// Three instances; a number that a double cannot hold, one of thirty digits, a decimal, an empty
/// text and a null.
pub const APP: &str = r#"{
  "version": 4, "terraform_version": "1.11.4", "serial": 7, "lineage": "app-lineage",
  "outputs": {"url": {"value": "https://shop.example", "type": "string"}},
  "resources": [
    {"mode": "managed", "type": "aws_instance", "name": "web",
     "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
     "instances": [
       {"index_key": 0, "schema_version": 1, "attributes": {"id": "i-0", "tags": {"Name": "wéb"}}},
       {"index_key": 1, "schema_version": 1, "attributes": {"id": "i-1", "tags": null}}]},
    {"mode": "managed", "type": "null_resource", "name": "numbers",
     "provider": "provider[\"registry.terraform.io/hashicorp/null\"]",
     "instances": [
       {"schema_version": 0, "attributes": {"id": "1", "beyond_double": 9007199254740993,
        "thirty_digits": 123456789012345678901234567890, "decimal": 0.1000, "empty": "", "nothing": null}}]}
  ]
}"#;

/// One instance, and the largest serial there can be.
pub const NET: &str = r#"{
  "version": 4, "terraform_version": "1.11.4", "serial": 9223372036854775807, "lineage": "net-lineage",
  "outputs": {},
  "resources": [
    {"mode": "managed", "type": "aws_vpc", "name": "main",
     "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
     "instances": [{"schema_version": 1, "attributes": {"id": "vpc-1", "cidr_block": "10.0.0.0/16"}}]}
  ]
}"#;
