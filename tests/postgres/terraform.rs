//! Terraform itself with its backend `pg`: what it writes is seen, and what it holds.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::place::Place;
use crate::server::{PASSWORD, Postgres};
use crate::terminal::Terminal;

/// How long something may take that happens sooner or later.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stack that waits for a file while it makes its second resource, if it is told to.
fn stack(url: &str) -> String {
    format!(
        r#"
        terraform {{
          backend "pg" {{
            conn_str    = "{url}"
            schema_name = "shop"
          }}
        }}
        variable "revision" {{ default = "1" }}
        variable "gate" {{ default = "" }}
        resource "terraform_data" "one" {{ input = "${{terraform.workspace}}-${{var.revision}}" }}
        resource "terraform_data" "two" {{
          count = var.gate == "" ? 0 : 1
          provisioner "local-exec" {{
            command = "touch ${{var.gate}}.waiting; until [ -e ${{var.gate}} ]; do sleep 0.1; done"
          }}
        }}
        output "id" {{ value = terraform_data.one.output }}
        "#
    )
}

/// One that reads the other's output.
fn reader(url: &str) -> String {
    format!(
        r#"
        terraform {{
          backend "pg" {{
            conn_str    = "{url}"
            schema_name = "reader"
          }}
        }}
        data "terraform_remote_state" "shop" {{
          backend   = "pg"
          workspace = "blue"
          config = {{
            conn_str    = "{url}"
            schema_name = "shop"
          }}
        }}
        resource "terraform_data" "copy" {{ input = data.terraform_remote_state.shop.outputs.id }}
        "#
    )
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("terraform");
    command
        .args(arguments)
        .current_dir(folder)
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_IN_AUTOMATION", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn terraform(folder: &Path, arguments: &[&str]) {
    let ended = command(folder, arguments).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "terraform {arguments:?}: {said}");
}

/// Ends Terraform when a test fails while it waits.
struct Waiting(Child);

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn rows(server: &Postgres, arguments: &[&str]) -> String {
    let place = Place::new();
    let mut command = place.command(&[&["-s", &server.url("tf"), "-o", "csv"], arguments].concat());
    command.env("PGPASSWORD", PASSWORD);
    let shown = place.show(&place.output(&mut command));
    assert!(!shown.contains(PASSWORD), "{shown}");
    shown.replace(&server.port().to_string(), "PORT")
}

#[test]
fn applies_and_locks_are_seen_while_a_shell_is_open() {
    let is_there = Command::new("terraform").arg("version").output();
    if !is_there.is_ok_and(|version| version.status.success()) {
        println!("skipped: terraform not found");
        return;
    }
    let server = Postgres::start().unwrap();
    server.make_database("tf");
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("shop");
    let read = folder.path().join("read");
    for (folder, text) in [
        (&shop, stack(&server.url("tf"))),
        (&read, reader(&server.url("tf"))),
    ] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("main.tf"), text).unwrap();
        terraform(folder, &["init", "-input=false"]);
    }
    let apply = ["apply", "-input=false", "-auto-approve"];
    terraform(&shop, &apply);
    terraform(&shop, &["workspace", "new", "blue"]);
    terraform(&shop, &apply);
    terraform(&read, &apply);

    let home = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::open(&["-s", &server.url("tf"), "-o", "csv"], home.path());
    terminal.wait_for_prompt();
    let outputs = "SELECT state, value FROM outputs WHERE name = 'id' ORDER BY 1;";
    let shown = terminal.ask(outputs);
    assert!(
        shown.contains("shop/blue,\"\"\"blue-1\"\"\"\nshop/default,\"\"\"default-1\"\"\"\n"),
        "{shown}"
    );
    terraform(&shop, &[&apply[..], &["-var", "revision=2"]].concat());
    let shown = terminal.ask(outputs);
    assert!(
        shown.contains("shop/blue,\"\"\"blue-2\"\"\"\nshop/default,\"\"\"default-1\"\"\"\n"),
        "{shown}"
    );
    terraform(&shop, &["workspace", "new", "green"]);
    let shown = terminal.ask("SELECT name FROM states WHERE workspace = 'green';");
    assert!(shown.contains("\nshop/green\n"), "{shown}");
    terraform(&shop, &["workspace", "select", "blue"]);

    // The reader's copy is told from where it came, and that it is stale.
    let remote =
        "SELECT state, backend, uri, producer_state, confidence, is_stale FROM remote_states";
    insta::assert_snapshot!(rows(&server, &[remote]), @"
    state,backend,uri,producer_state,confidence,is_stale
    reader/default,pg,pg://127.0.0.1:PORT/tf/shop#blue,shop/blue,uri,true
    [exit 0]
    ");

    // While an apply waits, its lock is seen.
    let locks = "SELECT state, kind, who, application_name, pid > 0 AS has_pid, since < now() AS has_begun, \
                 id = path AS x, info FROM locks";
    insta::assert_snapshot!(rows(&server, &[locks]), @"
    state,kind,who,application_name,has_pid,has_begun,x,info
    [exit 0]
    ");
    let gate = folder.path().join("gate");
    let gate_text = gate.display().to_string();
    let variable = format!("gate={gate_text}");
    let waiting = command(
        &shop,
        &[&apply[..], &["-var", "revision=2", "-var", &variable]].concat(),
    );
    let mut waiting = Waiting({ waiting }.spawn().unwrap());
    let until = Instant::now() + PATIENCE;
    while !Path::new(&format!("{gate_text}.waiting")).exists() {
        assert!(Instant::now() < until, "the apply does not begin to wait");
        thread::sleep(Duration::from_millis(50));
    }
    let shown = terminal.ask("SELECT state, kind FROM locks;");
    assert!(shown.contains("\nshop/blue,advisory\n"), "{shown}");
    insta::assert_snapshot!(rows(&server, &[locks]), @"
    state,kind,who,application_name,has_pid,has_begun,x,info
    shop/blue,advisory,postgres,,true,true,false,
    [exit 0]
    ");
    insta::assert_snapshot!(rows(&server, &["run", "stale-lock"]), @"
    state,kind,id,operation,who,since,idle_since,pid,client_addr,application_name,path
    [exit 0]
    ");
    let long = rows(&server, &["run", "stale-lock", "-p", "hours=0"]);
    assert!(long.contains("\nshop/blue,advisory,"), "{long}");
    fs::write(&gate, "").unwrap();
    assert!(waiting.0.wait().unwrap().success());
    let shown = terminal.ask("SELECT state, kind FROM locks;");
    assert!(!shown.contains("advisory"), "{shown}");
    let shown = terminal.ask("SELECT count(*) AS n FROM instances WHERE state = 'shop/blue';");
    assert!(shown.contains("n\n2\n"), "{shown}");
}
