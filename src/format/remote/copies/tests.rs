use super::*;
use crate::format::{Document, Redaction, read};

/// What `t.reader` holds of one `terraform_remote_state` with such outputs: output and path.
fn held(outputs: &str, attributes: &str, marks: &str) -> Vec<(String, String)> {
    let json = format!(
        r#"{{"version": 4, "resources": [
            {{"mode": "data", "type": "terraform_remote_state", "name": "net", "instances": [
                {{"attributes": {{"backend": "s3", "outputs": {outputs}}}}}]}},
            {{"mode": "managed", "type": "t", "name": "reader", "instances": [
                {{"attributes": {attributes}, "sensitive_attributes": {marks}}}]}}]}}"#
    );
    let Ok(Document::State(state)) = read(json.as_bytes()) else {
        panic!("not a state: {json}");
    };
    let (redaction, digester) = (Redaction::default(), Digester::new());
    let redacted = redaction.of(&state);
    let copies = Copies::of(&state, &redacted, &digester);
    let reader = &state.resources[1];
    let held = copies.held_by(reader, &reader.instances[0], &redacted, &digester, &[0]);
    let name = |held: &Held| copies.sources[0].outputs[held.output].name.to_string();
    held.iter()
        .map(|held| (name(held), held.via.clone()))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(output, via): &(&str, &str)| ((*output).to_owned(), (*via).to_owned());
    expected.iter().map(own).collect()
}

#[test]
fn a_text_is_found_as_attribute_element_and_within_json() {
    let outputs = r#"{"vpc": "vpc-0001", "role": "arn:aws:iam::1:role/x", "zone": "Z0001X"}"#;
    let attributes = r#"{"vpc_id": "vpc-0001", "rules": [{"zones": ["a", "Z0001X"]}],
        "policy": "{\"Statement\": [{\"Principal\": {\"AWS\": \"arn:aws:iam::1:role/x\"}}]}"}"#;
    assert_eq!(
        held(outputs, attributes, "[]"),
        pairs(&[
            ("vpc", "vpc_id"),
            ("zone", "rules[0].zones[1]"),
            ("role", "policy")
        ])
    );
}

#[test]
fn numbers_truth_values_and_words_are_no_evidence() {
    let outputs = r#"{"port": 543200, "on": true, "env": "production", "region": "eu-west-1"}"#;
    let attributes = r#"{"port": 543200, "on": true, "env": "production", "region": "eu-west-1"}"#;
    assert_eq!(held(outputs, attributes, "[]"), pairs(&[]));
}

#[test]
fn a_text_that_only_holds_the_copied_one_is_no_evidence() {
    assert_eq!(
        held(
            r#"{"vpc": "vpc-0001"}"#,
            r#"{"about": "in vpc-0001"}"#,
            "[]"
        ),
        pairs(&[])
    );
}

#[test]
fn a_name_within_a_longer_one_is_found() {
    let outputs = r#"{"bucket": "acme-logs-1", "arn": "arn:aws:s3:::acme-logs-1", "host": "q-1.example.com"}"#;
    let attributes = r#"{"policy": "{\"Statement\": [{\"Resource\": [\"arn:aws:s3:::acme-logs-1/*\"]}]}",
        "url": "https://q-1.example.com/x", "other": "acme-logs-100", "pattern": "arn:aws:s3:::acme-logs-1*"}"#;
    assert_eq!(
        held(outputs, attributes, "[]"),
        pairs(&[("arn", "policy"), ("host", "url")])
    );
}

#[test]
fn a_whole_text_counts_before_one_that_holds_it() {
    let outputs = r#"{"vpc": "vpc-0a1b2c3d4e"}"#;
    let attributes = r#"{"about": "in vpc-0a1b2c3d4e", "network": {"vpc": "vpc-0a1b2c3d4e"}}"#;
    assert_eq!(
        held(outputs, attributes, "[]"),
        pairs(&[("vpc", "network.vpc")])
    );
}

#[test]
fn the_output_that_is_the_whole_list_counts_before_one_that_holds_more() {
    let outputs =
        r#"{"all": ["sub-0001", "sub-0002", "sub-0003"], "private": ["sub-0001", "sub-0002"]}"#;
    assert_eq!(
        held(outputs, r#"{"subnets": ["sub-0002", "sub-0001"]}"#, "[]"),
        pairs(&[("private", "subnets[0]"), ("private", "subnets[1]")])
    );
    assert_eq!(
        held(outputs, r#"{"subnet": "sub-0003"}"#, "[]"),
        pairs(&[("all", "subnet")])
    );
    assert_eq!(
        held(outputs, r#"{"subnet": "sub-0001"}"#, "[]"),
        pairs(&[("all", "subnet"), ("private", "subnet")])
    );
}

#[test]
fn of_several_attributes_the_shortest_path_counts() {
    assert_eq!(
        held(
            r#"{"vpc": "vpc-0001"}"#,
            r#"{"a": [{"vpc": "vpc-0001"}], "tags": {"vpc": "vpc-0001"}, "vpc_id": "vpc-0001"}"#,
            "[]"
        ),
        pairs(&[("vpc", "vpc_id")])
    );
}

#[test]
fn nothing_within_a_hidden_value_is_named() {
    let marks = r#"[[{"type": "get_attr", "value": "environment"}]]"#;
    assert_eq!(
        held(
            r#"{"url": "https://a.example"}"#,
            r#"{"environment": {"HIDDEN": "https://a.example"}}"#,
            marks
        ),
        pairs(&[("url", "environment")])
    );
}

#[test]
fn a_copy_says_nothing_when_printed() {
    let json = r#"{"version": 4, "resources": [{"mode": "data", "type": "terraform_remote_state",
        "name": "n", "instances": [{"attributes": {"backend": "s3", "outputs": {"a": "hunter2-x"}}}]}]}"#;
    let Ok(Document::State(state)) = read(json.as_bytes()) else {
        panic!("not a state");
    };
    let redaction = Redaction::default();
    let copies = Copies::of(&state, &redaction.of(&state), &Digester::new());
    let printed = format!("{:?}", copies.sources);
    assert!(
        printed.contains("\"a\"") && !printed.contains("hunter2"),
        "{printed}"
    );
}
