//! `sgq diff`: two states, two files, two folders.

use crate::place::Place;

/// A state with a VPC, a server in it and an output.
fn state(env: &str, vpc: &str, size: &str, more: &str) -> String {
    let provider = r#""provider": "provider[\"registry.terraform.io/hashicorp/aws\"]""#;
    format!(
        r#"{{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "{env}",
        "outputs": {{"size": {{"value": "{size}", "type": "string"}}}},
        "resources": [
          {{"mode": "managed", "type": "aws_vpc", "name": "main", {provider}, "instances": [
            {{"schema_version": 1, "attributes": {{"id": "{vpc}", "tags": {{"env": "{env}"}}}}}}]}},
          {{"mode": "managed", "type": "aws_instance", "name": "web", {provider}, "instances": [
            {{"schema_version": 1, "index_key": 0, "attributes": {{"id": "i-{env}0123456789", "vpc_id": "{vpc}",
              "size": "{size}", "zones": {zones}, "password": "{env} hunter2"}}}}]}}{more}
        ]}}"#,
        zones = if env == "prod" {
            r#"["b", "a"]"#
        } else {
            r#"["a", "b"]"#
        },
    )
}

const QUEUE: &str = r#",
          {"mode": "managed", "type": "aws_sqs_queue", "name": "jobs",
           "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
           "instances": [{"schema_version": 0, "attributes": {"id": "q", "name": "jobs"}}]}"#;

fn place() -> Place {
    let staging = state("staging", "vpc-0123456789abcdef0", "small", "");
    let prod = state("prod", "vpc-fedcba98765432100", "large", QUEUE);
    Place::new()
        .file("envs/staging/app/terraform.tfstate", &staging)
        .file("envs/prod/app/terraform.tfstate", &prod)
        .file(
            "envs/prod/net/terraform.tfstate",
            state("prod", "vpc-00000000000000000", "s", ""),
        )
        .file("copies/before.tfstate", &staging)
        .file("copies/after.tfstate", &prod)
}

#[test]
fn differences_are_grouped_for_people() {
    insta::assert_snapshot!(place().sgq(&["diff", "envs/staging/app", "envs/prod/app"]), @r#"
    envs/staging/app → envs/prod/app
      ~ aws_instance.web[0]
          size: "small" → "large"
          zones: ["a","b"] → ["b","a"] (order)
      + aws_sqs_queue.jobs
      ~ output.size
          value: "small" → "large"
    [stderr]
    sgq: 3 differences in 1 instance and 1 output; 0 only in envs/staging/app, 1 only in envs/prod/app
    [exit 0]
    "#);
}

#[test]
fn every_other_format_has_rows() {
    insta::assert_snapshot!(
        place().sgq(&["diff", "envs/staging/app", "envs/prod/app", "-o", "csv", "--fail-on-rows"]),
        @r#"
    state_a,state_b,address,type,deposed,difference,path,a,b,kind
    envs/staging/app,envs/prod/app,aws_instance.web[0],aws_instance,,changed,size,"""small""","""large""",value
    envs/staging/app,envs/prod/app,aws_instance.web[0],aws_instance,,changed,zones,"[""a"",""b""]","[""b"",""a""]",order
    envs/staging/app,envs/prod/app,aws_sqs_queue.jobs,aws_sqs_queue,,only_in_b,,,,
    envs/staging/app,envs/prod/app,output.size,,,changed,value,"""small""","""large""",value
    [stderr]
    sgq: 3 differences in 1 instance and 1 output; 0 only in envs/staging/app, 1 only in envs/prod/app
    [exit 4]
    "#
    );
}

#[test]
fn folders_are_compared_state_by_state() {
    insta::assert_snapshot!(
        place().sgq(&["diff", "envs/staging", "envs/prod/", "-o", "csv", "--ignore", "size", "--ignore", "**.password"]),
        @r#"
    state_a,state_b,address,type,deposed,difference,path,a,b,kind
    envs/staging/app,envs/prod/app,aws_instance.web[0],aws_instance,,changed,zones,"[""a"",""b""]","[""b"",""a""]",order
    envs/staging/app,envs/prod/app,aws_sqs_queue.jobs,aws_sqs_queue,,only_in_b,,,,
    envs/staging/app,envs/prod/app,output.size,,,changed,value,"""small""","""large""",value
    ,envs/prod/net,aws_vpc.main,aws_vpc,,only_in_b,,,,
    ,envs/prod/net,aws_instance.web[0],aws_instance,,only_in_b,,,,
    ,envs/prod/net,output.size,,,only_in_b,,,"""s""",
    [stderr]
    sgq: 2 differences in 1 instance and 1 output; 0 only in envs/staging, 4 only in envs/prod/
    [exit 0]
    "#
    );
}

#[test]
fn all_is_compared_when_asked_for() {
    insta::assert_snapshot!(
        place().sgq(&["diff", "envs/staging/app", "envs/prod/app", "--all", "--ignore", "a"]),
        @"
    [stderr]
    error: the argument '--all' cannot be used with '--ignore <PATTERN>'

    Usage: sgq diff --all <A> <B>

    For more information, try '--help'.
    [exit 2]
    "
    );
    insta::assert_snapshot!(place().sgq(&["diff", "envs/staging/app", "envs/prod/app", "--all"]), @r#"
    envs/staging/app → envs/prod/app
      ~ aws_vpc.main
          id: "vpc-0123456789abcdef0" → "vpc-fedcba98765432100"
          tags.env: "staging" → "prod"
      ~ aws_instance.web[0]
          id: "i-staging0123456789" → "i-prod0123456789"
          vpc_id: "vpc-0123456789abcdef0" → "vpc-fedcba98765432100"
          size: "small" → "large"
          zones: ["a","b"] → ["b","a"] (order)
          password: "(sensitive)" → "(sensitive)"
      + aws_sqs_queue.jobs
      ~ output.size
          value: "small" → "large"
    [stderr]
    sgq: 8 differences in 2 instances and 1 output; 0 only in envs/staging/app, 1 only in envs/prod/app
    [exit 0]
    "#);
}

#[test]
fn paths_of_files_and_folders_name_states_too() {
    let place = place();
    insta::assert_snapshot!(
        place.sgq(&["diff", "copies/before.tfstate", "./envs/staging/app/terraform.tfstate"]),
        @"
    [stderr]
    sgq: no differences between copies/before.tfstate and ./envs/staging/app/terraform.tfstate but for what names their objects; --all compares that, too
    [exit 0]
    "
    );
    insta::assert_snapshot!(
        place.sgq(&["-s", "copies", "diff", "before", "envs/staging", "--fail-on-rows"]),
        @"
    [stderr]
    sgq: no differences between before and envs/staging but for what names their objects; --all compares that, too
    [exit 0]
    "
    );
    insta::assert_snapshot!(place.sgq(&["-s", "copies", "diff", "before", "envs/prod"]), @"
    [stderr]
    sgq: envs/prod is a folder of 2 states and the other a state; name two states or two folders
    [exit 2]
    ");
}

#[test]
fn what_is_not_there_is_an_error() {
    let place = place().file("broken/a.tfstate", "{\"version\": 4, ");
    insta::assert_snapshot!(place.sgq(&["diff", "envs/stagin", "envs/prod"]), @"
    [stderr]
    sgq: there is no state envs/stagin; did you mean envs/staging?
    [exit 1]
    ");
    insta::assert_snapshot!(place.sgq(&["diff", "envs/prod", "zzz"]), @"
    [stderr]
    sgq: there is no state zzz
    [exit 1]
    ");
    insta::assert_snapshot!(place.sgq(&["diff", "broken/a", "envs/prod/app"]), @"
    [stderr]
    sgq: DIR/broken/a.tfstate was not loaded: its JSON breaks off or is wrong at line 1, column 15; restore it from a backup or an earlier version
    sgq: state broken/a cannot be read; its row in states or load_errors says why
    [exit 3]
    ");
    insta::assert_snapshot!(
        place.sgq(&["diff", "envs/staging/app", "envs/prod/app", "--ignore", "a..b"]),
        @r#"
    [stderr]
    sgq: "a..b" is no pattern of paths: a part of it is empty; write one such as tags.* or **.arn
    [exit 2]
    "#
    );
    insta::assert_snapshot!(
        place.sgq(&["SELECT * FROM compare_states('envs/stagin', 'envs/prod')"]),
        @"
    [stderr]
    sgq: there is no state envs/stagin; did you mean envs/staging?
    LINE 1: SELECT * FROM compare_states('envs/stagin', 'envs/prod')
                                          ^
    [exit 1]
    "
    );
}
