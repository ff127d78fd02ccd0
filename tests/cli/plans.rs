//! Plans: `--plan`, plans among the states, and the report that is read before a plan is approved.

use crate::place::{APP, Place};

const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/terraform/fixtures/plans/"
);

/// The states `network` and `app`, of which the one reads the other.
fn place() -> Place {
    let fixture = |path: &str| std::fs::read(format!("{FIXTURES}{path}")).unwrap();
    Place::new()
        .file(
            "network/terraform.tfstate",
            fixture("network/terraform.tfstate"),
        )
        .file("app/terraform.tfstate", fixture("app/terraform.tfstate"))
        .file("tfplan", fixture("network/tfplan"))
}

const RISK: [&str; 4] = ["-o", "csv", "run", "change-risk"];

fn risk(place: &Place, arguments: &[&str]) -> String {
    place.sgq(&[&RISK, arguments].concat())
}

/// A plan of the state `app`, in which an attribute drifted.
const DRIFTED: &str = r#"{"format_version": "1.2", "terraform_version": "1.11.4", "timestamp": "2026-03-01T10:00:00Z",
  "resource_changes": [{"address": "aws_instance.web[0]", "mode": "managed", "type": "aws_instance", "name": "web", "index": 0,
    "change": {"actions": ["update"], "before": {"id": "i-0", "tags": {"Name": "x"}, "user_data": "hunter2-Data-1"},
      "after": {"id": "i-0", "tags": {"Name": "w"}, "user_data": "hunter2-Data-2"}, "after_unknown": {},
      "before_sensitive": {"user_data": true}, "after_sensitive": {"user_data": true}}}],
  "resource_drift": [{"address": "aws_instance.web[0]", "mode": "managed", "type": "aws_instance", "name": "web", "index": 0,
    "change": {"actions": ["update"], "before": {"id": "i-0", "tags": {"Name": "w"}, "user_data": "hunter2-Data-2", "size": null},
      "after": {"id": "i-0", "tags": {"Name": "x"}, "user_data": "hunter2-Data-1", "size": ""}, "after_unknown": {},
      "before_sensitive": {"user_data": true}, "after_sensitive": {"user_data": true}}}]}"#;

#[test]
fn a_plan_is_judged_by_what_depends_on_what_it_changes() {
    let place = place();
    insta::assert_snapshot!(place.sgq(&["run", "change-risk", "--plan", "tfplan"]), @"
     risk   │ action  │ address                │ state   │ destroys │ dependents │ states │ read_by │ reason                                           │ plan
    ────────┼─────────┼────────────────────────┼─────────┼──────────┼────────────┼────────┼─────────┼──────────────────────────────────────────────────┼────────
     high   │ replace │ terraform_data.subnet  │ network │ true     │          3 │      1 │ app     │ it is destroyed, and 1 other state depends on it │ tfplan
     medium │ update  │ output.subnet_id       │ network │ false    │          1 │      1 │ app     │ 1 other state reads it                           │ tfplan
     medium │ delete  │ terraform_data.node[1] │ network │ true     │          0 │      0 │         │ it is destroyed                                  │ tfplan
     low    │ update  │ terraform_data.gateway │ network │ false    │          0 │      0 │         │ it is changed in place                           │ tfplan
     low    │ update  │ terraform_data.key     │ network │ false    │          0 │      0 │         │ it is changed in place                           │ tfplan
    [exit 0]
    ");
    insta::assert_snapshot!(risk(&place, &["--plan", "tfplan", "-p", "risk=high", "--fail-on-rows"]), @"
    risk,action,address,state,destroys,dependents,states,read_by,reason,plan
    high,replace,terraform_data.subnet,network,true,3,1,app,\"it is destroyed, and 1 other state depends on it\",tfplan
    [exit 4]
    ");
}

#[test]
fn the_state_of_a_plan_may_be_said() {
    let place = place();
    let sql = "SELECT state, kind FROM plans";
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "--plan", "network=tfplan", sql]), @"
    state,kind
    network,binary
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "--plan", "networc=tfplan", sql]), @"
    [stderr]
    sgq: --plan names the state networc, which is not there; did you mean network?
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "--plan", "zzzzzz=tfplan", sql]), @"
    [stderr]
    sgq: --plan names the state zzzzzz, which is not there; sgq sources lists the states
    [exit 2]
    ");
}

#[test]
fn a_plan_whose_state_cannot_be_told_is_said_to_be() {
    let place = Place::with_two_states()
        .file("plans/a.json", DRIFTED.replace("i-0", "i-unknown"))
        .file("plans/b.json", DRIFTED);
    insta::assert_snapshot!(
        place.sgq(&["-o", "csv", "SELECT state, uri FROM plans ORDER BY uri"]), @"
    state,uri
    ,DIR/plans/a.json
    app,DIR/plans/b.json
    [stderr]
    sgq: DIR/plans/a.json does not tell which state it is a plan of; name the state with --plan STATE=FILE
    [exit 0]
    "
    );
}

#[test]
fn a_plan_beside_several_workspaces_is_of_the_one_that_has_its_objects() {
    let of_dev = |text: &str| text.replace("i-0", "i-7");
    let place = Place::new()
        .file("app/terraform.tfstate", APP)
        .file("app/terraform.tfstate.d/dev/terraform.tfstate", of_dev(APP))
        .file("app/plan.json", DRIFTED)
        .file("app/dev-plan.json", of_dev(DRIFTED));
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "SELECT state, uri FROM plans ORDER BY uri"]), @"
    state,uri
    app/terraform.tfstate.d/dev,DIR/app/dev-plan.json
    app,DIR/app/plan.json
    [exit 0]
    ");
}

#[test]
fn drift_is_told_by_attribute_without_secrets() {
    let place = Place::with_two_states().file("app/plan.json", DRIFTED);
    insta::assert_snapshot!(
        place.sgq(&["-o", "csv", "SELECT state, address, action, path, before, after, significant, rule, evidence, detected_at FROM drift"]), @r#"
    state,address,action,path,before,after,significant,rule,evidence,detected_at
    app,aws_instance.web[0],update,tags.Name,"""w""","""x""",true,,resource_drift,2026-03-01T10:00:00Z
    app,aws_instance.web[0],update,user_data,"""(sensitive)""","""(sensitive)""",true,,resource_drift,2026-03-01T10:00:00Z
    app,aws_instance.web[0],update,size,null,"""""",false,empty,resource_drift,2026-03-01T10:00:00Z
    [exit 0]
    "#
    );
}

#[test]
fn a_plan_gives_no_rows_of_a_state_and_no_error() {
    let place = Place::new().file("plan.json", DRIFTED);
    insta::assert_snapshot!(
        place.sgq(&["-o", "csv", "-s", "plan.json", "SELECT (SELECT count(*) FROM states) AS states, (SELECT count(*) FROM instances) AS instances, (SELECT count(*) FROM load_errors) AS errors, (SELECT count(*) FROM resource_changes) AS changes"]), @"
    states,instances,errors,changes
    0,0,0,1
    [exit 0]
    "
    );
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "sources", "--plan", "plan.json"]), @"
    source,state,status,reason,versions,size_bytes,uri
    HERE,,skipped,\"plan, not a state\",,997,DIR/plan.json
    [exit 0]
    ");
}

#[test]
fn a_plan_that_cannot_be_read_is_told_like_a_state() {
    let bytes = std::fs::read(format!("{FIXTURES}network/tfplan")).unwrap();
    let encrypted = r#"{"meta":{},"encrypted_data":"x","encryption_version":"v0"}"#;
    let place = Place::with_two_states()
        .file("cut", &bytes[..bytes.len() / 2])
        .file("encrypted", encrypted)
        .file("other", "hello")
        .file("powershell", b"\xff\xfe{\0}\0");
    let names = [
        "--plan",
        "cut",
        "--plan",
        "encrypted",
        "--plan",
        "other",
        "--plan",
        "powershell",
        "--plan",
        "gone",
    ];
    let sql = "SELECT kind, split_part(uri, '/', -1) AS file FROM load_errors ORDER BY uri";
    insta::assert_snapshot!(place.sgq(&[&["-o", "csv", sql], &names[..]].concat()), @"
    kind,file
    invalid_plan,cut
    encrypted,encrypted
    unreadable,gone
    not_a_plan,other
    encoding,powershell
    [stderr]
    sgq: DIR/cut was not loaded: it is a plan file that cannot be read: its archive cannot be opened; make it anew with terraform plan -out
    sgq: DIR/encrypted was not loaded: it is a plan that OpenTofu encrypted; print it with tofu show -json
    sgq: DIR/other was not loaded: it is no plan; name what terraform plan -out wrote or terraform show -json printed of that
    sgq: DIR/powershell was not loaded: it is not plain UTF-8 (it is UTF-16); save it as UTF-8 without a byte order mark
    sgq: DIR/gone was not loaded: it cannot be read: no such file or directory
    [exit 3]
    ");
    insta::assert_snapshot!(risk(&place, &["--plan", "cut"]), @"
    risk,action,address,state,destroys,dependents,states,read_by,reason,plan
    [stderr]
    sgq: DIR/cut was not loaded: it is a plan file that cannot be read: its archive cannot be opened; make it anew with terraform plan -out
    [exit 3]
    ");
}

#[test]
fn a_plan_s_file_is_not_overwritten_and_not_read_by_itself() {
    let place = place();
    insta::assert_snapshot!(place.sgq(&["--out", "tfplan", "SELECT 1"]), @"
    [stderr]
    sgq: --out would overwrite the state tfplan; name another file
    [exit 2]
    ");
}

#[test]
fn no_secret_of_a_plan_is_shown() {
    let place = place();
    let path = format!("{FIXTURES}network/plan.json");
    for table in [
        "plans",
        "resource_changes",
        "resource_drift",
        "drift",
        "output_changes",
        "plan_checks",
        "relevant_attributes",
        "provider_versions",
        "module_sources",
        "change_risk",
    ] {
        let sql = format!("SELECT * FROM {table}");
        for plan in ["tfplan", &path] {
            let shown = place.sgq(&["-o", "json", "--plan", plan, &sql]);
            assert!(shown.ends_with("[exit 0]"), "{table}: {shown}");
            assert!(!shown.contains("correct-Horse"), "{table} of {plan}");
        }
    }
    let revealed = place.sgq(&[
        "--show-sensitive",
        "--plan",
        "tfplan",
        "SELECT after FROM resource_changes",
    ]);
    assert!(revealed.contains("correct-Horse"));
}

#[test]
fn what_lies_beside_a_state_tells_of_providers_and_modules() {
    let lock = "provider \"registry.terraform.io/hashicorp/null\" {\n  version     = \"3.2.1\"\n  constraints = \"~> 3.0\"\n  hashes = [\n    \"h1:a\",\n  ]\n}\n";
    let manifest = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"a.b","Source":"git::https://me:s3cret@host/x.git","Dir":".terraform/modules/a.b"}]}"#;
    let place = Place::with_two_states()
        .file("app/.terraform.lock.hcl", lock)
        .file("app/.terraform/modules/modules.json", manifest);
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "SELECT state, plan_uri, provider, version, constraints, hash_count, origin_uri FROM provider_versions"]), @"
    state,plan_uri,provider,version,constraints,hash_count,origin_uri
    app,,registry.terraform.io/hashicorp/null,3.2.1,~> 3.0,1,DIR/app/.terraform.lock.hcl
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "SELECT state, module, key, source, dir FROM module_sources"]), @r#"
    state,module,key,source,dir
    app,,"",,.
    app,module.a.module.b,a.b,git::https://(sensitive)@host/x.git,.terraform/modules/a.b
    [exit 0]
    "#);
}
