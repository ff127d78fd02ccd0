use super::*;
use crate::format::{Document, Redaction, SecretNames, read};

/// The identities of the only instance of a type, as they may be shown.
fn of(type_name: &str, attributes: &str) -> Vec<(&'static str, String, Reach)> {
    in_state(type_name, attributes, "[]", "{}")
}

fn in_state(
    type_name: &str,
    attributes: &str,
    marks: &str,
    outputs: &str,
) -> Vec<(&'static str, String, Reach)> {
    let document = format!(
        r#"{{"version": 4, "serial": 1, "lineage": "l", "outputs": {outputs}, "resources": [
            {{"mode": "managed", "type": "{type_name}", "name": "n", "instances": [
                {{"attributes": {attributes}, "sensitive_attributes": {marks}}}]}}]}}"#
    );
    let Ok(Document::State(state)) = read(document.as_bytes()) else {
        panic!("not a state: {document}");
    };
    let redaction = Redaction::hiding(SecretNames::default());
    let redacted = redaction.of(&state);
    let resource = &state.resources[0];
    redacted
        .identities(resource, &resource.instances[0])
        .into_iter()
        .map(|identity| (identity.attribute, identity.value, identity.reach))
        .collect()
}

fn reach_of_id(type_name: &str, attributes: &str) -> Option<Reach> {
    let found = of(type_name, attributes);
    found
        .into_iter()
        .find(|found| found.0 == "id")
        .map(|found| found.2)
}

#[test]
fn an_arn_and_a_random_id_are_the_object_s_own() {
    let found = of(
        "aws_vpc",
        r#"{"arn": "arn:aws:ec2:eu-west-1:1:vpc/vpc-0a1b2c3d", "id": "vpc-0a1b2c3d", "owner_id": "123456789012"}"#,
    );
    assert_eq!(
        found,
        [
            (
                "arn",
                "arn:aws:ec2:eu-west-1:1:vpc/vpc-0a1b2c3d".to_owned(),
                Reach::World
            ),
            ("id", "vpc-0a1b2c3d".to_owned(), Reach::World),
        ]
    );
}

#[test]
fn an_id_that_is_a_chosen_name_is_known_in_its_place_only() {
    let place = Some(Reach::Place);
    assert_eq!(
        reach_of_id("aws_s3_bucket", r#"{"bucket": "logs", "id": "logs"}"#),
        place
    );
    assert_eq!(
        reach_of_id(
            "aws_iam_role",
            r#"{"id": "app-0a1b2c3d", "name": "app-0a1b2c3d"}"#
        ),
        place
    );
    assert_eq!(reach_of_id("random_password", r#"{"id": "none"}"#), None);
    assert_eq!(
        reach_of_id(
            "aws_ecr_repository",
            r#"{"id": "shop/web", "name": "shop/web"}"#
        ),
        place
    );
}

#[test]
fn an_id_that_repeats_a_reference_is_another_object_s() {
    let borrowed = Some(Reach::Borrowed);
    assert_eq!(
        reach_of_id(
            "aws_s3_bucket_policy",
            r#"{"bucket": "logs", "id": "logs"}"#
        ),
        borrowed
    );
    assert_eq!(
        reach_of_id(
            "aws_efs_backup_policy",
            r#"{"file_system_id": "fs-0a1b2c3d", "id": "fs-0a1b2c3d"}"#
        ),
        borrowed
    );
    let version = of(
        "aws_secretsmanager_secret_version",
        r#"{"arn": "arn:aws:secretsmanager:r:1:secret:a-b", "secret_id": "arn:aws:secretsmanager:r:1:secret:a-b"}"#,
    );
    assert_eq!(version[0].2, Reach::Borrowed);
    let own = Some(Reach::World);
    assert_eq!(
        reach_of_id(
            "aws_route53_zone",
            r#"{"id": "Z0123456789ABC", "zone_id": "Z0123456789ABC"}"#
        ),
        own
    );
    assert_eq!(
        reach_of_id(
            "aws_eip",
            r#"{"allocation_id": "eipalloc-0a1b2c3d", "id": "eipalloc-0a1b2c3d"}"#
        ),
        own
    );
}

#[test]
fn the_arn_of_a_target_is_not_the_target_s_own() {
    let target = r#"{"arn": "arn:aws:lambda:r:1:function:f", "id": "nightly-f"}"#;
    assert!(
        of("aws_cloudwatch_event_target", target)
            .iter()
            .all(|found| found.0 != "arn")
    );
}

#[test]
fn a_hidden_identity_is_none() {
    let attributes = r#"{"arn": "arn:aws:sqs:eu-west-1:1:jobs", "id": "i-0a1b2c3d4e5f"}"#;
    let marked = r#"[[{"type": "get_attr", "value": "arn"}]]"#;
    let hidden = |found: Vec<(&'static str, String, Reach)>| {
        found.iter().all(|(_, value, _)| !value.contains("jobs"))
    };
    assert!(hidden(in_state("aws_x", attributes, marked, "{}")));
    let output =
        r#"{"o": {"value": "arn:aws:sqs:eu-west-1:1:jobs", "type": "string", "sensitive": true}}"#;
    assert!(hidden(in_state("aws_x", attributes, "[]", output)));
    let whole =
        format!(r#"{{"o": {{"value": {attributes}, "type": "dynamic", "sensitive": true}}}}"#);
    assert_eq!(in_state("aws_x", attributes, "[]", &whole), []);
    assert!(!hidden(in_state("aws_x", attributes, "[]", "{}")));
}

#[test]
fn kubernetes_objects_are_known_by_their_uid() {
    let found = of(
        "kubernetes_namespace",
        r#"{"id": "shop", "metadata": [{"name": "shop", "uid": "7d444840-9dc0-11d1-b245-5ffdce74fad2"}]}"#,
    );
    assert_eq!(found.last().map(|found| found.0), Some("metadata[0].uid"));
}
