//! Who holds which state: locks beside local states.

use crate::place::{APP, NET, Place};

/// A lock that was taken at a time.
fn lock(who: &str, created: &str) -> String {
    format!(
        r#"{{"ID":"id-of-{who}","Operation":"OperationTypeApply","Info":"","Who":"{who}@host",
            "Version":"1.11.4","Created":"{created}","Path":"terraform.tfstate"}}"#
    )
}

fn locked() -> Place {
    Place::new()
        .file("app/terraform.tfstate", APP)
        .file(
            "app/.terraform.tfstate.lock.info",
            lock("ann", "2020-03-01T09:30:00Z"),
        )
        .file("net/net.tfstate", NET)
        .file(
            "net/net.tfstate.tflock",
            lock("bob", "2199-01-01T00:00:00Z"),
        )
        .file("new/.terraform.tfstate.lock.info", "{\"ID\": \"hunter2")
}

#[test]
fn locks_that_are_held_for_long_are_reported() {
    let place = locked();
    insta::assert_snapshot!(place.sgq(&["-o", "line", "run", "stale-lock"]), @"
               state = app
                kind = lock_info
                  id = id-of-ann
           operation = OperationTypeApply
                 who = ann@host
               since = 2020-03-01T09:30:00Z
          idle_since = NULL
                 pid = NULL
         client_addr = NULL
    application_name = NULL
                path = DIR/app/.terraform.tfstate.lock.info
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "run", "stale-lock", "-p", "hours=10000000"]), @"
    state,kind,id,operation,who,since,idle_since,pid,client_addr,application_name,path
    [exit 0]
    ");
}

#[test]
fn a_lock_that_cannot_be_read_is_a_load_error() {
    let place = locked();
    let errors = "SELECT source, kind, uri, message FROM load_errors";
    insta::assert_snapshot!(place.sgq(&["-o", "csv", errors]), @"
    source,kind,uri,message
    ,invalid_lock,DIR/new/.terraform.tfstate.lock.info,it is no lock info of Terraform; remove it if no Terraform runs
    [exit 0]
    ");
}

#[test]
fn locks_are_those_of_now() {
    let place = locked();
    let held = "SELECT state, who FROM locks ORDER BY 1";
    insta::assert_snapshot!(place.sgq(&["-o", "csv", held]), @"
    state,who
    app,ann@host
    net/net,bob@host
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["--as-of", "2199-01-01", "-o", "csv", held]), @"
    state,who
    [stderr]
    sgq: locks are those of now: with --as-of there are none
    [exit 0]
    ");
}
