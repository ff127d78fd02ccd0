//! `sgq drift`: by plans among the states, by snapshots, and by plans that it has made.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::place::Place;

/// A state with one server of a size.
fn state(size: &str) -> String {
    format!(
        r#"{{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "app", "outputs": {{}},
        "resources": [{{"mode": "managed", "type": "aws_instance", "name": "web",
          "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
          "instances": [{{"schema_version": 1, "attributes":
            {{"id": "i-0123456789abcdef0", "size": "{size}", "password": "{size} hunter2", "tags": null}}}}]}}]}}"#
    )
}

/// A plan that saw the server become another, with tags that are empty in place of none.
fn plan(size: &str) -> String {
    let values = |size: &str, tags: &str| {
        format!(
            r#"{{"id": "i-0123456789abcdef0", "size": "{size}", "password": "{size} hunter2", "tags": {tags}}}"#
        )
    };
    let drift = match size {
        "small" => String::new(),
        _ => format!(
            r#"{{"address": "aws_instance.web", "mode": "managed", "type": "aws_instance", "name": "web",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {{"actions": ["update"], "before": {}, "after": {}, "after_unknown": {{}},
              "before_sensitive": {{"password": true}}, "after_sensitive": {{"password": true}}}}}}"#,
            values("small", "null"),
            values(size, "{}")
        ),
    };
    format!(
        r#"{{"format_version": "1.2", "terraform_version": "1.11.4", "timestamp": "2026-03-01T10:00:00Z",
        "planned_values": {{"root_module": {{}}}}, "resource_drift": [{drift}], "resource_changes": [],
        "configuration": {{"root_module": {{}}}}}}"#
    )
}

fn place() -> Place {
    Place::new()
        .file("states/app/terraform.tfstate", state("small"))
        .file("states/app/plan.json", plan("large"))
        .file("states/net/terraform.tfstate", state("small"))
        .file("states/old/terraform.tfstate", state("small"))
        .file("states/old/plan.json", plan("small"))
}

#[test]
fn states_are_told_first_and_then_what_drifted() {
    insta::assert_snapshot!(place().sgq(&["drift", "states"]), @r#"
     state │ status  │ instances │ attributes │ insignificant │ evidence_at          │ reason
    ───────┼─────────┼───────────┼────────────┼───────────────┼──────────────────────┼───────────────
     app   │ drifted │         1 │          2 │             1 │ 2026-03-01T10:00:00Z │ NULL
     net   │ unknown │         0 │          0 │             0 │ NULL                 │ no plan of it
     old   │ in sync │         0 │          0 │             0 │ 2026-03-01T10:00:00Z │ NULL

     state │ address          │ type         │ deposed │ action │ path     │ before        │ after         │ evidence       │ detected_at
    ───────┼──────────────────┼──────────────┼─────────┼────────┼──────────┼───────────────┼───────────────┼────────────────┼──────────────────────
     app   │ aws_instance.web │ aws_instance │ NULL    │ update │ password │ "(sensitive)" │ "(sensitive)" │ resource_drift │ 2026-03-01T10:00:00Z
     app   │ aws_instance.web │ aws_instance │ NULL    │ update │ size     │ "small"       │ "large"       │ resource_drift │ 2026-03-01T10:00:00Z
    [stderr]
    sgq: 1 of 3 states drifted: 2 differences of 1 instance; 1 unknown; the oldest evidence is of 2026-03-01T10:00:00Z
    [exit 0]
    "#);
}

#[test]
fn all_differences_have_their_rule() {
    insta::assert_snapshot!(
        place().sgq(&["-s", "states", "drift", "--all", "-o", "csv", "--fail-on-rows"]),
        @r#"
    state,address,type,deposed,action,path,before,after,significant,rule,evidence,detected_at
    app,aws_instance.web,aws_instance,,update,password,"""(sensitive)""","""(sensitive)""",true,,resource_drift,2026-03-01T10:00:00Z
    app,aws_instance.web,aws_instance,,update,size,"""small""","""large""",true,,resource_drift,2026-03-01T10:00:00Z
    app,aws_instance.web,aws_instance,,update,tags,null,{},false,empty,resource_drift,2026-03-01T10:00:00Z
    [stderr]
    sgq: 1 of 3 states drifted: 2 differences of 1 instance; 1 unknown; the oldest evidence is of 2026-03-01T10:00:00Z
    [exit 4]
    "#
    );
}

#[test]
fn a_comment_folds_the_details() {
    insta::assert_snapshot!(place().sgq(&["-s", "states", "drift", "-o", "markdown"]), @r#"
    ### Drift in 1 of 3 states

    | state | status | instances | attributes | insignificant | evidence_at | reason |
    | --- | --- | ---: | ---: | ---: | --- | --- |
    | app | drifted | 1 | 2 | 1 | 2026-03-01T10:00:00Z |  |
    | net | unknown | 0 | 0 | 0 |  | no plan of it |
    | old | in sync | 0 | 0 | 0 | 2026-03-01T10:00:00Z |  |

    <details><summary>app: 2 differences</summary>

    | state | address | type | deposed | action | path | before | after | evidence | detected_at |
    | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
    | app | aws_instance.web | aws_instance |  | update | password | "(sensitive)" | "(sensitive)" | resource_drift | 2026-03-01T10:00:00Z |
    | app | aws_instance.web | aws_instance |  | update | size | "small" | "large" | resource_drift | 2026-03-01T10:00:00Z |

    </details>
    [stderr]
    sgq: 1 of 3 states drifted: 2 differences of 1 instance; 1 unknown; the oldest evidence is of 2026-03-01T10:00:00Z
    [exit 0]
    "#);
}

#[test]
fn json_is_one_document() {
    insta::assert_snapshot!(place().sgq(&["-s", "states", "drift", "-o", "json"]), @r#"
    {"states": [
      {"state":"app","status":"drifted","instances":1,"attributes":2,"insignificant":1,"evidence_at":"2026-03-01T10:00:00Z","reason":null},
      {"state":"net","status":"unknown","instances":0,"attributes":0,"insignificant":0,"evidence_at":null,"reason":"no plan of it"},
      {"state":"old","status":"in sync","instances":0,"attributes":0,"insignificant":0,"evidence_at":"2026-03-01T10:00:00Z","reason":null}
    ],
    "drift": [
      {"state":"app","address":"aws_instance.web","type":"aws_instance","deposed":null,"action":"update","path":"password","before":"(sensitive)","after":"(sensitive)","evidence":"resource_drift","detected_at":"2026-03-01T10:00:00Z"},
      {"state":"app","address":"aws_instance.web","type":"aws_instance","deposed":null,"action":"update","path":"size","before":"small","after":"large","evidence":"resource_drift","detected_at":"2026-03-01T10:00:00Z"}
    ]}
    [stderr]
    sgq: 1 of 3 states drifted: 2 differences of 1 instance; 1 unknown; the oldest evidence is of 2026-03-01T10:00:00Z
    [exit 0]
    "#);
    insta::assert_snapshot!(place().sgq(&["-s", "states", "drift", "-o", "json", "--summary"]), @r#"
    [
      {"state":"app","status":"drifted","instances":1,"attributes":2,"insignificant":1,"evidence_at":"2026-03-01T10:00:00Z","reason":null},
      {"state":"net","status":"unknown","instances":0,"attributes":0,"insignificant":0,"evidence_at":null,"reason":"no plan of it"},
      {"state":"old","status":"in sync","instances":0,"attributes":0,"insignificant":0,"evidence_at":"2026-03-01T10:00:00Z","reason":null}
    ]
    [stderr]
    sgq: 1 of 3 states drifted: 2 differences of 1 instance; 1 unknown; the oldest evidence is of 2026-03-01T10:00:00Z
    [exit 0]
    "#);
}

#[test]
fn plans_may_lie_elsewhere() {
    let place = Place::new()
        .file("states/app/terraform.tfstate", state("small"))
        .file("plans/app.json", plan("large"));
    insta::assert_snapshot!(
        place.sgq(&["-s", "states", "drift", "--plans", "plans/*.json", "--summary", "-o", "csv"]),
        @"
    state,status,instances,attributes,insignificant,evidence_at,reason
    DIR/plans/app.json,drifted,1,2,1,2026-03-01T10:00:00Z,
    app,unknown,0,0,0,,no plan of it
    [stderr]
    sgq: 1 of 2 states drifted: 2 differences of 1 instance; 1 unknown; the oldest evidence is of 2026-03-01T10:00:00Z
    sgq: DIR/plans/app.json does not tell which state it is a plan of; name the state with --plan STATE=FILE
    [exit 0]
    "
    );
    insta::assert_snapshot!(
        place.sgq(&["-s", "states", "drift", "--plan", "app=plans/app.json", "--summary", "-o", "csv"]),
        @"
    state,status,instances,attributes,insignificant,evidence_at,reason
    app,drifted,1,2,1,2026-03-01T10:00:00Z,
    [stderr]
    sgq: 1 of 1 state drifted: 2 differences of 1 instance; the oldest evidence is of 2026-03-01T10:00:00Z
    [exit 0]
    "
    );
}

#[test]
fn two_snapshots_tell_what_a_refresh_changed() {
    let place = Place::new()
        .file("before.tfstate", state("small"))
        .file("after.tfstate", state("large"))
        .file(
            "other.tfstate",
            state("large").replace("\"app\"", "\"other\""),
        );
    insta::assert_snapshot!(
        place.sgq(&["drift", "--before", "before.tfstate", "--after", "after.tfstate", "--fail-on-rows"]),
        @r#"
     state │ status  │ instances │ attributes │ insignificant │ evidence_at │ reason
    ───────┼─────────┼───────────┼────────────┼───────────────┼─────────────┼────────
     after │ drifted │         1 │          2 │             0 │ NULL        │ NULL

     state │ address          │ type         │ deposed │ action │ path     │ before        │ after         │ evidence  │ detected_at
    ───────┼──────────────────┼──────────────┼─────────┼────────┼──────────┼───────────────┼───────────────┼───────────┼─────────────
     after │ aws_instance.web │ aws_instance │ NULL    │ update │ size     │ "small"       │ "large"       │ snapshots │ NULL
     after │ aws_instance.web │ aws_instance │ NULL    │ update │ password │ "(sensitive)" │ "(sensitive)" │ snapshots │ NULL
    [stderr]
    sgq: 1 of 1 state drifted: 2 differences of 1 instance
    [exit 4]
    "#
    );
    insta::assert_snapshot!(
        place.sgq(&["drift", "--before", "before.tfstate", "--after", "before.tfstate", "-o", "csv"]),
        @"
    [stderr]
    sgq: --before and --after take two files, each with one snapshot of a state
    [exit 2]
    "
    );
    insta::assert_snapshot!(
        place.sgq(&["drift", "--before", "before.tfstate", "--after", "other.tfstate"]),
        @"
    [stderr]
    sgq: before.tfstate and other.tfstate are of different states, as their lineages say; name two snapshots of one
    [exit 2]
    "
    );
    insta::assert_snapshot!(
        place.sgq(&["drift", "--before", "before.tfstate", "--after", "none.tfstate"]),
        @"
    [stderr]
    sgq: DIR/none.tfstate: it cannot be read: no such file or directory
    [exit 2]
    "
    );
}

/// A `terraform` that does what a folder's file `do` says, with the plan's place as its first argument.
const FAKE: &str = "#!/bin/sh\nwhile [ $# -gt 0 ]; do [ \"$1\" = -out ] && plan=$2; shift; done\n\
                    export plan; exec sh ./do\n";

fn with_terraform(place: Place) -> Place {
    place.write("bin/terraform", FAKE);
    let file = place.path("bin/terraform");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).expect("a program");
    std::fs::create_dir(place.path("tmp")).expect("a folder");
    place
}

/// Runs `sgq drift` where `terraform` is the one above, with temporary files in the place.
fn sgq(place: &Place, arguments: &[&str]) -> String {
    let mut command = place.command(arguments);
    let path = format!("{}:/usr/bin:/bin", place.path("bin").display());
    command.env("PATH", path).env("TMPDIR", place.path("tmp"));
    let shown = place.show(&place.output(&mut command));
    let left = std::fs::read_dir(place.path("tmp"))
        .expect("a folder")
        .count();
    assert_eq!(left, 0, "temporary files are left");
    shown
}

#[test]
fn one_folder_that_fails_does_not_stop_the_others() {
    let place = with_terraform(
        Place::new()
            .file("a/terraform.tfstate", state("small"))
            .file("a/.terraform/x", "")
            .file("a/plan.txt", plan("large"))
            .file("a/do", "cp plan.txt \"$plan\"")
            .file("b/.terraform/x", "")
            .file(
                "b/do",
                "printf '│ Error: No such provider\\n│ secret hunter2\\n' >&2; exit 1",
            )
            .file("c/main.tf", "")
            .file("d/.terraform/x", "")
            .file("d/do", "exit 3"),
    );
    insta::assert_snapshot!(
        sgq(&place, &["drift", "--jobs", "1", "-o", "csv", "--summary", "--run", "a", "b", "c", "d", "e"]),
        @"
    state,status,instances,attributes,insignificant,evidence_at,reason
    a,drifted,1,2,1,2026-03-01T10:00:00Z,
    b,unknown,0,0,0,,Error: No such provider
    c,unknown,0,0,0,,it is not initialised; run terraform init in it
    d,unknown,0,0,0,,terraform plan ended with exit code 3
    e,unknown,0,0,0,,there is no such folder
    [stderr]
    sgq: 1 of 5: a planned
    sgq: 2 of 5: b: Error: No such provider
    sgq: 3 of 5: c: it is not initialised; run terraform init in it
    sgq: 4 of 5: d: terraform plan ended with exit code 3
    sgq: 5 of 5: e: there is no such folder
    sgq: 1 of 5 states drifted: 2 differences of 1 instance; 4 unknown; the oldest evidence is of 2026-03-01T10:00:00Z
    [exit 0]
    "
    );
    insta::assert_snapshot!(
        sgq(&place, &["drift", "--fail-on-rows", "-o", "csv", "--run", "a"]),
        @r#"
    state,address,type,deposed,action,path,before,after,evidence,detected_at
    a,aws_instance.web,aws_instance,,update,password,"""(sensitive)""","""(sensitive)""",resource_drift,2026-03-01T10:00:00Z
    a,aws_instance.web,aws_instance,,update,size,"""small""","""large""",resource_drift,2026-03-01T10:00:00Z
    [stderr]
    sgq: 1 of 1: a planned
    sgq: 1 of 1 state drifted: 2 differences of 1 instance; the oldest evidence is of 2026-03-01T10:00:00Z
    [exit 4]
    "#
    );
}

#[test]
fn a_folder_that_hangs_is_ended_with_all_it_started() {
    let place = with_terraform(
        Place::new()
            .file("a/terraform.tfstate", state("small"))
            .file("a/.terraform/x", "")
            .file("a/do", "sleep 600 & echo $! > pid; wait"),
    );
    insta::assert_snapshot!(
        sgq(&place, &["drift", "--timeout-per-dir", "500ms", "-o", "csv", "--summary", "--run", "a"]),
        @"
    state,status,instances,attributes,insignificant,evidence_at,reason
    a,unknown,0,0,0,,the time limit of 500ms has passed; raise it with --timeout-per-dir
    [stderr]
    sgq: 1 of 1: a: the time limit of 500ms has passed; raise it with --timeout-per-dir
    sgq: 0 of 1 state drifted; 1 unknown
    [exit 3]
    "
    );
    let started = place.read("a/pid");
    assert!(comes_true(|| !is_running(started.trim())));
}

#[test]
fn folders_are_planned_at_the_same_time() {
    // Each waits until the other has begun.
    let wait = |other: &str| {
        format!(
            "touch begun; i=0; until [ -e ../{other}/begun ]; do sleep 0.05; i=$((i + 1)); \
             [ $i -gt 600 ] && exit 9; done; cp plan.txt \"$plan\""
        )
    };
    let place = with_terraform(
        Place::new()
            .file("a/.terraform/x", "")
            .file("a/plan.txt", plan("large"))
            .file("a/do", wait("b"))
            .file("b/.terraform/x", "")
            .file("b/plan.txt", plan("small"))
            .file("b/do", wait("a")),
    );
    let shown = sgq(
        &place,
        &[
            "drift",
            "--jobs",
            "2",
            "-o",
            "csv",
            "--summary",
            "--run",
            "a",
            "b",
        ],
    );
    assert!(shown.contains("a,drifted,1,"), "{shown}");
    assert!(shown.contains("b,in sync,0,"), "{shown}");
}

#[test]
fn without_a_program_nothing_is_run() {
    let place = Place::new();
    insta::assert_snapshot!(place.sgq(&["drift", "--run", "."]), @"
    [stderr]
    sgq: neither terraform nor tofu is on PATH; name one with --tool
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["drift", "--tool", "tofoo", "--run", "."]), @"
    [stderr]
    sgq: there is no program tofoo on PATH; name another with --tool
    [exit 2]
    ");
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    let place = with_terraform(Place::new().file("a/.terraform/x", "").file(
        "a/do",
        "sleep 600 & echo $! > pid.new; mv pid.new pid; wait",
    ));
    let mut command = place.command(&["drift", "--run", "a"]);
    let path = format!("{}:/usr/bin:/bin", place.path("bin").display());
    command.env("PATH", path).env("TMPDIR", place.path("tmp"));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("sgq can be run");
    assert!(comes_true(|| place.path("a/pid").exists()));
    let kill = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("kill can be run").success());
    let ended = child.wait().expect("it ends");
    assert_eq!(ended.code(), Some(130));
    let left = std::fs::read_dir(place.path("tmp"))
        .expect("a folder")
        .count();
    assert_eq!(left, 0, "temporary files are left");
    let started = place.read("a/pid");
    assert!(comes_true(|| !is_running(started.trim())));
}

/// Whether something becomes true within a time that is ample.
fn comes_true(mut is_true: impl FnMut() -> bool) -> bool {
    (0..1000).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        is_true()
    })
}

/// Whether a process is there and has not ended.
fn is_running(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}
