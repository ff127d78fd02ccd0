//! A company of stacks that read each other's outputs, applied by the real Terraform.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where a stack keeps its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file in its folder.
    Local,
    /// A workspace of the local backend. Each of its configurations has others beside it.
    Workspace(&'static str),
    /// A schema of PostgreSQL, and the workspace in it; copied to a file after each apply.
    Postgres(&'static str),
}

/// A stack of the plan.
#[derive(Debug)]
pub struct Stack {
    /// The folder of its configuration: workspaces share one.
    pub folder: String,
    pub backend: Backend,
    /// The positions of the stacks whose outputs it reads.
    pub reads: Vec<usize>,
}

/// The outputs that every stack has and that can change, each on its own.
pub const OUTPUTS: [&str; 3] = ["id", "secret", "settings"];

/// How often each output of a stack has changed.
pub type Revisions = BTreeMap<(usize, &'static str), usize>;

/// All stacks, below one folder.
pub struct Company {
    pub root: PathBuf,
    pub stacks: Vec<Stack>,
    /// The connection string of the pg backend.
    pub database: String,
}

/// How many Terraforms run at a time.
const AT_A_TIME: usize = 4;

impl Company {
    /// Writes the configurations. Workspaces of one folder share a configuration, and so what it
    /// reads.
    pub fn write(&self) {
        for stack in &self.stacks {
            let folder = self.folder(stack);
            fs::create_dir_all(&folder).expect("the folder can be made");
            fs::write(folder.join("main.tf"), self.configuration(stack))
                .expect("it can be written");
        }
    }

    /// The state's file: the copy, where the backend keeps none.
    pub fn state_file(&self, position: usize) -> PathBuf {
        let stack = &self.stacks[position];
        let folder = self.folder(stack);
        match stack.backend {
            Backend::Local => folder.join("terraform.tfstate"),
            Backend::Workspace(workspace) => folder
                .join("terraform.tfstate.d")
                .join(workspace)
                .join("terraform.tfstate"),
            // Two habits of naming copies.
            Backend::Postgres("default") if position.is_multiple_of(2) => {
                self.root.join(format!("copies/{}.tfstate", stack.folder))
            }
            Backend::Postgres(workspace) => self
                .root
                .join(format!("copies/{}/{workspace}.tfstate", stack.folder)),
        }
    }

    /// `terraform init` and `workspace new` where a backend needs them; one after another, since
    /// they make the same sequence in the database, and lock it whole to make a workspace.
    pub fn init(&self) {
        let mut initialised = BTreeSet::new();
        for stack in &self.stacks {
            let Backend::Postgres(workspace) = stack.backend else {
                continue;
            };
            if initialised.insert(&stack.folder) {
                self.terraform(stack, &["init", "-input=false"], &[]);
            }
            if workspace != "default" {
                self.terraform(stack, &["workspace", "new", workspace], &[]);
            }
        }
    }

    /// Applies stacks that do not read each other, several at a time, and copies those of the database.
    pub fn apply(&self, positions: &[usize], revisions: &Revisions) {
        let next = AtomicUsize::new(0);
        let failure = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| {
                    while let Some(position) = positions.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let applied =
                            std::panic::catch_unwind(|| self.apply_one(*position, revisions));
                        if applied.is_err() {
                            *failure.lock().unwrap() = Some(*position);
                        }
                    }
                });
            }
        });
        let failure = failure.into_inner().unwrap();
        assert!(failure.is_none(), "not applied: {failure:?}");
    }

    fn apply_one(&self, position: usize, revisions: &Revisions) {
        let stack = &self.stacks[position];
        let variables: Vec<(String, String)> = OUTPUTS
            .iter()
            .map(|output| {
                let revision = revisions.get(&(position, *output)).copied().unwrap_or(0);
                (
                    format!("TF_VAR_{output}"),
                    format!("s{position:02}r{revision}"),
                )
            })
            .collect();
        // A first apply locks the whole database for a moment.
        let apply = [
            "apply",
            "-auto-approve",
            "-input=false",
            "-no-color",
            "-lock-timeout=60s",
        ];
        self.terraform(stack, &apply, &variables);
        if matches!(stack.backend, Backend::Postgres(_)) {
            let state = self.terraform(stack, &["state", "pull"], &[]);
            let copy = self.state_file(position);
            fs::create_dir_all(copy.parent().expect("a file lies in a folder"))
                .expect("it can be made");
            fs::write(copy, state).expect("the copy can be written");
        }
    }

    fn terraform(
        &self,
        stack: &Stack,
        arguments: &[&str],
        variables: &[(String, String)],
    ) -> Vec<u8> {
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .current_dir(self.folder(stack))
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env_remove("TF_CLI_CONFIG_FILE")
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        // Workspaces of one folder may be applied at the same time.
        if let Backend::Workspace(workspace) | Backend::Postgres(workspace) = stack.backend
            && !["init", "workspace"].contains(&arguments[0])
        {
            command.env("TF_WORKSPACE", workspace);
        }
        let output = command.output().expect("terraform starts");
        assert!(
            output.status.success(),
            "terraform {} in {} failed\n{}",
            arguments[0],
            stack.folder,
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }

    fn folder(&self, stack: &Stack) -> PathBuf {
        self.root.join("stacks").join(&stack.folder)
    }

    fn configuration(&self, stack: &Stack) -> String {
        let mut text = String::new();
        if matches!(stack.backend, Backend::Postgres(_)) {
            write!(
                text,
                "terraform {{\n  backend \"pg\" {{\n    conn_str    = \"{}\"\n    schema_name = \"{}\"\n  }}\n}}\n",
                self.database, stack.folder
            )
            .expect("text can be written");
        }
        text.push_str(OWN);
        for producer in &stack.reads {
            let name = data_source(*producer);
            let source = self.reading(&self.stacks[*producer]);
            write!(
                text,
                "data \"terraform_remote_state\" \"{name}\" {{\n{source}\n  defaults = {{ missing = \"from defaults\" }}\n}}\n\
                resource \"terraform_data\" \"reads_{name}\" {{\n  input = data.terraform_remote_state.{name}.outputs.id\n}}\n"
            )
            .expect("text can be written");
        }
        text
    }

    /// How a configuration names the state of a stack.
    fn reading(&self, producer: &Stack) -> String {
        let folder = Path::new("..").join(&producer.folder);
        let folder = folder.display();
        match producer.backend {
            Backend::Local => {
                format!(
                    "  backend = \"local\"\n  config = {{ path = \"{folder}/terraform.tfstate\" }}"
                )
            }
            Backend::Workspace(workspace) => format!(
                "  backend = \"local\"\n  workspace = \"{workspace}\"\n  config = {{ workspace_dir = \"{folder}/terraform.tfstate.d\" }}"
            ),
            Backend::Postgres(workspace) => format!(
                "  backend = \"pg\"\n  workspace = \"{workspace}\"\n  config = {{ conn_str = \"{}\", schema_name = \"{}\" }}",
                self.database, producer.folder
            ),
        }
    }
}

/// What a data source that reads a stack is called.
pub fn data_source(producer: usize) -> String {
    format!("s{producer:02}")
}

/// What every configuration has of its own: values that no other stack has, and some that all have.
const OWN: &str = r#"
variable "id" {}
variable "settings" {}
variable "secret" {}

resource "terraform_data" "own" {
  input = "vpc-${var.id}"
}

output "id" {
  value = terraform_data.own.output
}

output "settings" {
  value = { names = ["app-${var.settings}", "shared-name"], sizes = [1, 2.5, 3], on = true }
}

output "secret" {
  value     = "hunter2-${var.secret}"
  sensitive = true
}

output "region" {
  value = "eu-west-1"
}
"#;
