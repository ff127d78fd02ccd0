use std::num::NonZeroUsize;
use std::path::Path;

use super::*;
use crate::format::Redaction;
use crate::inventory::{ReadOptions, SourceSpec};
use crate::postgres::Environment;
use crate::source::Location;

/// What the states share, each given by the text of its resources, as `CONSUMER.VIA -> PRODUCER`
/// with the number of the state before each address, and as `ONE = OTHER` for what is owned twice.
fn shared(states: &[&[String]]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (number, resources) in states.iter().enumerate() {
        let state = format!(
            r#"{{"version": 4, "serial": 1, "lineage": "l{number}", "resources": [{}]}}"#,
            resources.join(",")
        );
        let path = folder.path().join(number.to_string());
        std::fs::create_dir(&path).expect("a new folder");
        std::fs::write(path.join("terraform.tfstate"), state).expect("a new file");
    }
    survey(folder.path())
}

fn survey(folder: &Path) -> Vec<String> {
    let source = SourceSpec {
        name: None,
        location: Location::parse(&folder.to_string_lossy(), folder, &Environment::default())
            .expect("a folder"),
        base: folder.to_owned(),
        labels: None,
    };
    let options = ReadOptions {
        redaction: Redaction::default(),
        max_size: 1 << 20,
        ..ReadOptions::default()
    };
    let inventory = Inventory::find(&[source], options);
    let shared = SharedIds::survey(&inventory, NonZeroUsize::MIN);
    let links = shared.links.iter().map(|link| {
        let producer = link.producer.as_ref().expect("a link knows its producer");
        format!(
            "{}:{}.{} -> {}:{}",
            link.consumer.state,
            link.consumer.address,
            link.via.as_deref().unwrap_or_default(),
            producer.state,
            producer.address
        )
    });
    let twice = shared.owned_twice.iter().map(|twice| {
        let (one, other) = (&twice.instance, &twice.other);
        format!(
            "{}:{} = {}:{} {}",
            one.state, one.address, other.state, other.address, twice.identity
        )
    });
    links.chain(twice).collect()
}

fn managed(type_name: &str, attributes: &str) -> String {
    marked(type_name, attributes, "[]")
}

fn marked(type_name: &str, attributes: &str, marks: &str) -> String {
    of_mode("managed", type_name, attributes, marks)
}

fn of_mode(mode: &str, type_name: &str, attributes: &str, marks: &str) -> String {
    format!(
        r#"{{"mode": "{mode}", "type": "{type_name}", "name": "x", "instances": [
            {{"attributes": {attributes}, "sensitive_attributes": {marks}}}]}}"#
    )
}

fn vpc() -> String {
    managed(
        "aws_vpc",
        r#"{"arn": "arn:aws:ec2:eu-west-1:1:vpc/vpc-0a1b2c3d4e", "id": "vpc-0a1b2c3d4e"}"#,
    )
}

#[test]
fn an_id_links_wherever_it_stands_in_a_value() {
    let consumer = managed(
        "aws_x",
        r#"{"vpc_id": "vpc-0a1b2c3d4e", "list": [{"of": ["a", "vpc-0a1b2c3d4e"]}],
            "policy": "{\"Resource\":[\"arn:aws:ec2:eu-west-1:1:vpc/vpc-0a1b2c3d4e\"]}",
            "text": "eu-west-1,vpc-0a1b2c3d4e"}"#,
    );
    assert_eq!(
        shared(&[&[vpc()], &[consumer]]),
        [
            "1:aws_x.x.vpc_id -> 0:aws_vpc.x",
            "1:aws_x.x.list[0].of[1] -> 0:aws_vpc.x",
            "1:aws_x.x.policy -> 0:aws_vpc.x",
            "1:aws_x.x.text -> 0:aws_vpc.x",
        ]
    );
}

#[test]
fn what_people_are_told_and_what_comes_with_an_object_makes_no_link() {
    let consumer = managed(
        "aws_x",
        r#"{"tags": {"Vpc": "vpc-0a1b2c3d4e"}, "description": "for vpc-0a1b2c3d4e",
            "name": "vpc-0a1b2c3d4e", "default_vpc_id": "vpc-0a1b2c3d4e"}"#,
    );
    assert_eq!(shared(&[&[vpc()], &[consumer]]), [] as [&str; 0]);
}

#[test]
fn within_a_state_nothing_is_shared() {
    let consumer = managed("aws_x", r#"{"vpc_id": "vpc-0a1b2c3d4e"}"#);
    assert_eq!(shared(&[&[vpc(), consumer]]), [] as [&str; 0]);
}

#[test]
fn a_data_source_that_looks_an_object_up_depends_on_it_once() {
    let attributes =
        r#"{"arn": "arn:aws:ec2:eu-west-1:1:vpc/vpc-0a1b2c3d4e", "id": "vpc-0a1b2c3d4e"}"#;
    let data = of_mode("data", "aws_vpc", attributes, "[]");
    assert_eq!(
        shared(&[&[vpc()], &[data]]),
        ["1:data.aws_vpc.x.arn -> 0:aws_vpc.x"]
    );
}

#[test]
fn copied_outputs_make_no_link() {
    let outputs = r#"{"outputs": {"value": {"v": "vpc-0a1b2c3d4e"}, "type": ["object", {"v": "string"}]},
        "workspace": "vpc-0a1b2c3d4e"}"#;
    let copy = of_mode("data", "terraform_remote_state", outputs, "[]");
    assert_eq!(shared(&[&[vpc()], &[copy]]), [] as [&str; 0]);
}

#[test]
fn what_is_hidden_on_either_side_makes_no_link() {
    let mark = r#"[[{"type": "get_attr", "value": "ID"}]]"#;
    let consumer = r#"{"token_of": "sqs-0a1b2c3d4e"}"#;
    let producer = r#"{"id": "sqs-0a1b2c3d4e"}"#;
    let link = ["1:aws_y.x.token_of -> 0:aws_x.x"];
    let plain = managed("aws_y", consumer);
    assert_eq!(
        shared(&[&[managed("aws_x", producer)], std::slice::from_ref(&plain)]),
        link
    );
    let hidden = marked("aws_x", producer, &mark.replace("ID", "id"));
    assert_eq!(shared(&[&[hidden], &[plain]]), [] as [&str; 0]);
    let hidden = marked("aws_y", consumer, &mark.replace("ID", "token_of"));
    assert_eq!(
        shared(&[&[managed("aws_x", producer)], &[hidden]]),
        [] as [&str; 0]
    );
    // A hidden name is not the same name as another hidden one.
    let bucket = marked(
        "aws_s3_bucket",
        r#"{"bucket": "one", "id": "one"}"#,
        &mark.replace("ID", "id"),
    );
    assert_eq!(shared(&[std::slice::from_ref(&bucket); 2]), [] as [&str; 0]);
}

#[test]
fn the_longest_match_tells() {
    let network = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";
    let id = |id: &str| format!(r#"{{"id": "{id}"}}"#);
    let states = [
        managed("azurerm_virtual_network", &id(network)),
        managed("azurerm_subnet", &id(&format!("{network}/subnets/s"))),
        managed(
            "azurerm_x",
            &format!(r#"{{"subnet_id": "{network}/subnets/s"}}"#),
        ),
        managed(
            "azurerm_y",
            &format!(r#"{{"subnet_id": "{network}/subnets/t"}}"#),
        ),
    ];
    assert_eq!(
        shared(&[&states[..1], &states[1..2], &states[2..]]),
        [
            "2:azurerm_x.x.subnet_id -> 1:azurerm_subnet.x",
            "2:azurerm_y.x.subnet_id -> 0:azurerm_virtual_network.x",
        ]
    );
}

#[test]
fn a_bucket_s_policy_depends_on_the_bucket_and_is_not_taken_for_it() {
    let bucket = managed(
        "aws_s3_bucket",
        r#"{"bucket": "harbor-logs", "id": "harbor-logs"}"#,
    );
    let policy = managed(
        "aws_s3_bucket_policy",
        r#"{"bucket": "harbor-logs", "id": "harbor-logs"}"#,
    );
    let reader = managed(
        "aws_lb",
        r#"{"access_logs": [{"bucket": "harbor-logs"}], "comment_of": "harbor-logs"}"#,
    );
    assert_eq!(
        shared(&[
            &[bucket],
            std::slice::from_ref(&policy),
            std::slice::from_ref(&reader)
        ]),
        [
            "1:aws_s3_bucket_policy.x.bucket -> 0:aws_s3_bucket.x",
            "2:aws_lb.x.access_logs[0].bucket -> 0:aws_s3_bucket.x",
        ]
    );
    assert_eq!(shared(&[&[policy], &[reader]]), [] as [&str; 0]);
}

#[test]
fn a_name_is_meant_within_its_account() {
    let role = |account: &str| {
        managed(
            "aws_iam_role",
            &format!(
                r#"{{"arn": "arn:aws:iam::{account}:role/app-web", "id": "app-web", "name": "app-web"}}"#
            ),
        )
    };
    let user = |account: &str| {
        [
            managed(
                "aws_iam_role_policy",
                r#"{"id": "app-web:p", "role": "app-web"}"#,
            ),
            managed(
                "aws_sqs_queue",
                &format!(r#"{{"arn": "arn:aws:sqs:eu-west-1:{account}:q"}}"#),
            ),
        ]
    };
    assert_eq!(
        shared(&[&[role("1")], &[role("2")], &user("2")]),
        ["2:aws_iam_role_policy.x.role -> 1:aws_iam_role.x"]
    );
    assert_eq!(shared(&[&[role("1")], &user("2")]), [] as [&str; 0]);
}

#[test]
fn an_object_in_two_states_is_told_from_both_sides_and_owns_nothing() {
    let user = managed("aws_x", r#"{"vpc_id": "vpc-0a1b2c3d4e"}"#);
    let arn = "arn:aws:ec2:eu-west-1:1:vpc/vpc-0a1b2c3d4e";
    assert_eq!(
        shared(&[&[vpc()], &[vpc()], &[user]]),
        [
            format!("0:aws_vpc.x = 1:aws_vpc.x {arn}"),
            format!("1:aws_vpc.x = 0:aws_vpc.x {arn}"),
        ]
    );
}

#[test]
fn the_same_id_under_two_arns_is_two_objects() {
    let repository = |account: &str| {
        managed(
            "aws_ecr_repository",
            &format!(
                r#"{{"arn": "arn:aws:ecr:r:{account}:repository/shop/web", "id": "shop/web"}}"#
            ),
        )
    };
    let password = || managed("random_password", r#"{"id": "none"}"#);
    assert_eq!(
        shared(&[
            &[repository("1"), password()],
            &[repository("2"), password()]
        ]),
        [] as [&str; 0]
    );
}

#[test]
fn of_an_object_in_very_many_states_each_is_paired_with_the_first() {
    let states: Vec<[String; 1]> = (0..40).map(|_| [vpc()]).collect();
    let states: Vec<&[String]> = states.iter().map(<[String; 1]>::as_slice).collect();
    assert_eq!(shared(&states).len(), 2 * 39);
}

fn vpc_consumer(type_name: &str, attributes: &str) -> Vec<String> {
    shared(&[&[vpc()], &[managed(type_name, attributes)]])
}

#[test]
fn an_argument_that_refers_is_a_mention_and_takes_nothing_from_the_owner() {
    let bucket = managed(
        "aws_s3_bucket",
        r#"{"arn": "arn:aws:s3:::data-lake-1", "bucket": "data-lake-1", "id": "data-lake-1"}"#,
    );
    let registration = managed(
        "aws_lakeformation_resource",
        r#"{"arn": "arn:aws:s3:::data-lake-1", "id": "arn:aws:s3:::data-lake-1"}"#,
    );
    let policy = managed(
        "aws_iam_policy",
        r#"{"policy": "{\"Resource\":[\"arn:aws:s3:::data-lake-1/*\"]}"}"#,
    );
    assert_eq!(
        shared(&[&[bucket], &[registration, policy]]),
        [
            "1:aws_lakeformation_resource.x.arn -> 0:aws_s3_bucket.x",
            "1:aws_iam_policy.x.policy -> 0:aws_s3_bucket.x",
        ]
    );
    let key = managed(
        "aws_kms_key",
        r#"{"arn": "arn:aws:kms:eu-west-1:1:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "id": "1234abcd-12ab-34cd-56ef-1234567890ab", "key_id": "1234abcd-12ab-34cd-56ef-1234567890ab"}"#,
    );
    let grant = managed(
        "aws_kms_grant",
        r#"{"id": "1234abcd-12ab-34cd-56ef-1234567890ab:g", "key_id": "1234abcd-12ab-34cd-56ef-1234567890ab"}"#,
    );
    assert_eq!(
        shared(&[&[key], &[grant]]),
        ["1:aws_kms_grant.x.key_id -> 0:aws_kms_key.x"]
    );
    let account = managed(
        "google_service_account",
        r#"{"email": "x1@acme-p.iam.gserviceaccount.com",
            "id": "projects/acme-p/serviceAccounts/x1@acme-p.iam.gserviceaccount.com"}"#,
    );
    let member = managed(
        "googleworkspace_group_member",
        r#"{"email": "x1@acme-p.iam.gserviceaccount.com", "id": "groups/1/members/2"}"#,
    );
    assert_eq!(
        shared(&[&[account], &[member]]),
        ["1:googleworkspace_group_member.x.email -> 0:google_service_account.x"]
    );
}

#[test]
fn who_refers_by_a_url_does_not_own_it() {
    let issuer = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
    let cluster = managed(
        "aws_eks_cluster",
        &format!(
            r#"{{"id": "main", "identity": [{{"oidc": [{{"issuer": "https://{issuer}"}}]}}]}}"#
        ),
    );
    let provider = managed(
        "aws_iam_openid_connect_provider",
        &format!(r#"{{"arn": "arn:aws:iam::1:oidc-provider/{issuer}", "url": "{issuer}"}}"#),
    );
    assert_eq!(shared(&[&[cluster], &[provider]]), [] as [&str; 0]);
    let workspace = managed(
        "aws_prometheus_workspace",
        r#"{"id": "ws-11111111-2222-3333-4444-555555555555",
            "prometheus_endpoint": "https://aps.eu-west-1.amazonaws.com/workspaces/ws-1/"}"#,
    );
    let dashboards = managed(
        "grafana_data_source",
        r#"{"id": "7", "url": "https://aps.eu-west-1.amazonaws.com/workspaces/ws-1/"}"#,
    );
    assert_eq!(shared(&[&[workspace], &[dashboards]]), [] as [&str; 0]);
}

#[test]
fn what_refers_to_an_object_is_not_what_it_depends_on() {
    let policy = r#"{"arn": "arn:aws:iam::1:policy/app", "id": "arn:aws:iam::1:policy/app"}"#;
    let role = managed(
        "aws_iam_role",
        r#"{"id": "shared-role", "managed_policy_arns": ["arn:aws:iam::1:policy/app"]}"#,
    );
    assert_eq!(
        shared(&[&[role], &[managed("aws_iam_policy", policy)]]),
        [] as [&str; 0]
    );
    let balancer = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/l/0123456789abcdef";
    let group = managed(
        "aws_lb_target_group",
        &format!(r#"{{"id": "t", "load_balancer_arns": ["{balancer}"]}}"#),
    );
    let balancer = managed("aws_lb", &format!(r#"{{"arn": "{balancer}"}}"#));
    assert_eq!(shared(&[&[group], &[balancer]]), [] as [&str; 0]);
}

#[test]
fn tags_of_any_name_make_no_link() {
    for (type_name, attributes) in [
        (
            "aws_instance",
            r#"{"volume_tags": {"V": "vpc-0a1b2c3d4e"}}"#,
        ),
        (
            "aws_autoscaling_group",
            r#"{"tag": [{"key": "V", "value": "vpc-0a1b2c3d4e"}]}"#,
        ),
        ("aws_ec2_tag", r#"{"key": "V", "value": "vpc-0a1b2c3d4e"}"#),
        (
            "google_sql_database_instance",
            r#"{"settings": [{"user_labels": {"v": "vpc-0a1b2c3d4e"}}]}"#,
        ),
        (
            "google_container_cluster",
            r#"{"resource_labels": {"v": "vpc-0a1b2c3d4e"}}"#,
        ),
        ("datadog_monitor", r#"{"message": "see vpc-0a1b2c3d4e"}"#),
    ] {
        assert_eq!(
            vpc_consumer(type_name, attributes),
            [] as [&str; 0],
            "{type_name}"
        );
    }
    assert_eq!(
        vpc_consumer("aws_ec2_tag", r#"{"resource_id": "vpc-0a1b2c3d4e"}"#),
        ["1:aws_ec2_tag.x.resource_id -> 0:aws_vpc.x"]
    );
}

#[test]
fn a_key_of_another_kind_is_no_key_pair() {
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:eu-west-1:1:{rest}");
    let pair = managed(
        "aws_key_pair",
        &format!(
            r#"{{"arn": "{}", "id": "order-key", "key_name": "order-key"}}"#,
            arn("ec2", "key-pair/order-key")
        ),
    );
    let table = managed(
        "aws_dynamodb_table",
        &format!(
            r#"{{"arn": "{}", "hash_key": "order-key", "id": "orders"}}"#,
            arn("dynamodb", "table/orders")
        ),
    );
    let instance = managed(
        "aws_instance",
        &format!(
            r#"{{"arn": "{}", "key_name": "order-key"}}"#,
            arn("ec2", "instance/i-0123456789abcdef0")
        ),
    );
    assert_eq!(
        shared(&[&[pair], &[table, instance]]),
        ["1:aws_instance.x.key_name -> 0:aws_key_pair.x"]
    );
}

#[test]
fn who_asks_is_not_looked_up() {
    let role = managed(
        "aws_iam_role",
        r#"{"arn": "arn:aws:iam::1:role/ci-deployer", "id": "ci-deployer", "name": "ci-deployer"}"#,
    );
    let session = of_mode(
        "data",
        "aws_iam_session_context",
        r#"{"issuer_arn": "arn:aws:iam::1:role/ci-deployer"}"#,
        "[]",
    );
    assert_eq!(shared(&[&[role], &[session]]), [] as [&str; 0]);
}

#[test]
fn what_aws_manages_for_all_belongs_to_no_state() {
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let policy = managed(
        "aws_iam_policy",
        &format!(r#"{{"arn": "{arn}", "id": "{arn}"}}"#),
    );
    let attachment = managed(
        "aws_iam_role_policy_attachment",
        &format!(r#"{{"policy_arn": "{arn}"}}"#),
    );
    assert_eq!(
        shared(&[
            std::slice::from_ref(&policy),
            &[attachment],
            std::slice::from_ref(&policy)
        ]),
        [] as [&str; 0]
    );
}

#[test]
fn a_name_in_a_state_of_two_accounts_may_be_of_either() {
    let role = managed(
        "aws_iam_role",
        r#"{"arn": "arn:aws:iam::1:role/app-role-1", "id": "app-role-1", "name": "app-role-1"}"#,
    );
    let policy = managed("aws_iam_role_policy", r#"{"role": "app-role-1"}"#);
    let queue = |account: &str| {
        let arn = format!("arn:aws:sqs:eu-west-1:{account}:q");
        managed("aws_sqs_queue", &format!(r#"{{"arn": "{arn}"}}"#))
    };
    assert_eq!(
        shared(&[std::slice::from_ref(&role), &[policy.clone(), queue("1")]]),
        ["1:aws_iam_role_policy.x.role -> 0:aws_iam_role.x"]
    );
    assert_eq!(
        shared(&[&[role], &[policy, queue("1"), queue("2")]]),
        [] as [&str; 0]
    );
}

#[test]
fn objects_of_one_key_in_two_buckets_are_two() {
    for type_name in ["aws_s3_object", "aws_s3_bucket_object"] {
        let object = |bucket: &str| {
            let key = "lambda/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b";
            let attributes = format!(r#"{{"bucket": "{bucket}", "id": "{key}", "key": "{key}"}}"#);
            managed(type_name, &attributes)
        };
        assert_eq!(
            shared(&[&[object("one")], &[object("two")]]),
            [] as [&str; 0]
        );
    }
}

#[test]
fn only_of_what_there_is_one_the_parent_s_id_tells() {
    let topic = "arn:aws:sns:eu-west-1:1:events";
    let of = |type_name: &str| {
        let attributes = format!(r#"{{"id": "{topic}", "topic_arn": "{topic}"}}"#);
        managed(type_name, &attributes)
    };
    let both = |type_name: &str| shared(&[&[of(type_name)], &[of(type_name)]]);
    assert_eq!(both("aws_autoscaling_notification"), [] as [&str; 0]);
    assert_eq!(both("aws_sns_topic_policy").len(), 2);
}

#[test]
fn objects_of_two_uids_are_two() {
    let map = |uid: &str| {
        let attributes = format!(
            r#"{{"id": "default/app-0a1b2c3d4e", "metadata": [{{"name": "app-0a1b2c3d4e", "uid": "{uid}"}}]}}"#
        );
        managed("kubernetes_config_map", &attributes)
    };
    let one = "7d444840-9dc0-11d1-b245-5ffdce74fad2";
    let other = "7d444840-9dc0-11d1-b245-5ffdce74fad3";
    assert_eq!(shared(&[&[map(one)], &[map(other)]]), [] as [&str; 0]);
    assert_eq!(shared(&[&[map(one)], &[map(one)]]).len(), 2);
}

#[test]
fn an_object_is_one_under_another_name_of_its_type() {
    let attributes = r#"{"arn": "arn:aws:ec2:eu-west-1:1:vpc/vpc-0a1b2c3d4e"}"#;
    let default = managed("aws_default_vpc", attributes);
    assert_eq!(
        shared(&[&[vpc()], &[default]]),
        [
            "0:aws_vpc.x = 1:aws_default_vpc.x arn:aws:ec2:eu-west-1:1:vpc/vpc-0a1b2c3d4e",
            "1:aws_default_vpc.x = 0:aws_vpc.x arn:aws:ec2:eu-west-1:1:vpc/vpc-0a1b2c3d4e",
        ]
    );
}

#[test]
fn azure_s_paths_are_one_in_any_case() {
    let group = "/subscriptions/s/resourceGroups/Shop";
    let producer = managed("azurerm_resource_group", &format!(r#"{{"id": "{group}"}}"#));
    let consumer = managed(
        "azurerm_x",
        r#"{"scope_id": "/subscriptions/s/resourcegroups/shop"}"#,
    );
    assert_eq!(
        shared(&[&[producer], &[consumer]]),
        ["1:azurerm_x.x.scope_id -> 0:azurerm_resource_group.x"]
    );
}

#[test]
fn a_log_group_is_one_with_and_without_its_streams() {
    let arn = "arn:aws:logs:eu-west-1:1:log-group:/app/x-1";
    let policy = managed("aws_x", &format!(r#"{{"policy": "{arn}:*"}}"#));
    for end in ["", ":*"] {
        let group = managed(
            "aws_cloudwatch_log_group",
            &format!(r#"{{"arn": "{arn}{end}", "id": "/app/x-1", "name": "/app/x-1"}}"#),
        );
        assert_eq!(
            shared(&[&[group], std::slice::from_ref(&policy)]),
            ["1:aws_x.x.policy -> 0:aws_cloudwatch_log_group.x"],
            "{end}"
        );
    }
}

#[test]
fn a_value_that_is_hidden_for_the_name_beside_it_makes_no_link() {
    let variable = |name: &str| {
        let attributes = format!(r#"{{"name": "{name}", "value": "vpc-0a1b2c3d4e"}}"#);
        vpc_consumer("x_variable", &attributes)
    };
    assert_eq!(variable("NETWORK"), ["1:x_variable.x.value -> 0:aws_vpc.x"]);
    assert_eq!(variable("DB_PASSWORD"), [] as [&str; 0]);
}

#[test]
fn an_address_with_a_signature_in_it_is_hidden_and_tells_no_duplicate() {
    let blob = || {
        managed(
            "azurerm_storage_blob",
            r#"{"id": "https://acct.blob.core.windows.net/c/b?sv=2020&sig=S3CRETPW%3D"}"#,
        )
    };
    assert_eq!(shared(&[&[blob()], &[blob()]]), [] as [&str; 0]);
}
