use serde_json::json;

use super::*;
use crate::format::{Document, Redaction, read};

/// A state with these resources, as JSON, and one output.
fn state(resources: &str, output: &str) -> String {
    format!(
        r#"{{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "l",
            "outputs": {{"host": {{"value": {output}, "type": "string"}}}}, "resources": [{resources}]}}"#
    )
}

/// A resource with one instance of these attributes, of which `pin` is marked.
fn resource(type_name: &str, name: &str, attributes: &str) -> String {
    format!(
        r#"{{"mode": "managed", "type": "{type_name}", "name": "{name}", "provider": "p",
            "instances": [{{"schema_version": 0, "attributes": {attributes},
            "sensitive_attributes": [[{{"type": "get_attr", "value": "pin"}}]]}}]}}"#
    )
}

fn parsed(text: &str) -> State<'_> {
    match read(text.as_bytes()) {
        Ok(Document::State(state)) => state,
        other => panic!("not a state: {other:?}"),
    }
}

/// What differs, a line each.
fn told(a: &str, b: &str, left_out: &LeftOut) -> Vec<String> {
    let (a, b) = (parsed(a), parsed(b));
    let redaction = Redaction::default();
    let (of_a, of_b) = (redaction.of(&a), redaction.of(&b));
    let mut lines = Vec::new();
    let _ = compare_states(
        Compared {
            state: &a,
            redacted: &of_a,
        },
        Compared {
            state: &b,
            redacted: &of_b,
        },
        left_out,
        &mut |found| {
            let json = |value: Option<Value>| value.map_or("-".to_owned(), |it| it.to_string());
            let address = &found.address;
            lines.push(match found.what {
                WhatDiffers::OnlyInA(value) => format!("< {address} {}", json(value)),
                WhatDiffers::OnlyInB(value) => format!("> {address} {}", json(value)),
                WhatDiffers::Changed(change) => format!(
                    "{address} {} {} {}",
                    change.path,
                    json(change.before),
                    json(change.after)
                ),
            });
            ControlFlow::Continue(())
        },
    );
    lines
}

fn with(a: &[String], b: &[String], left_out: &LeftOut) -> Vec<String> {
    let output = "\"x\"";
    told(
        &state(&a.join(","), output),
        &state(&b.join(","), output),
        left_out,
    )
}

fn by_default() -> LeftOut {
    LeftOut::naming_and(Vec::new())
}

#[test]
fn objects_are_matched_by_address() {
    let a = [
        resource("t", "one", r#"{"size": 1}"#),
        resource("t", "gone", "{}"),
    ];
    let b = [
        resource("t", "new", "{}"),
        resource("t", "one", r#"{"size": 2}"#),
    ];
    assert_eq!(
        with(&a, &b, &by_default()),
        ["t.one size 1 2", "< t.gone -", "> t.new -"]
    );
}

#[test]
fn outputs_are_compared_by_their_values() {
    let of = |output: &str| state("", output);
    assert_eq!(
        told(&of("\"a\""), &of("\"b\""), &by_default()),
        [r#"output.host value "a" "b""#]
    );
    assert_eq!(
        told(&of(r#"{"k": 1}"#), &of(r#"{"k": 2}"#), &by_default()),
        ["output.host value.k 1 2"]
    );
    let left_out = LeftOut::parse("value.k").unwrap();
    assert!(told(&of(r#"{"k": 1}"#), &of(r#"{"k": 2}"#), &left_out).is_empty());
}

#[test]
fn what_names_the_objects_is_no_difference() {
    let vpc = |id: &str| {
        resource(
            "aws_vpc",
            "main",
            &json!({"id": id, "arn": format!("arn:aws:ec2:eu-west-1:111122223333:vpc/{id}")})
                .to_string(),
        )
    };
    let subnet = |vpc: &str, size: u64| {
        let attributes = json!({"id": format!("subnet-{vpc}"), "vpc_id": vpc, "size": size,
            "policy": format!("{{\"vpc\": \"arn:aws:ec2:eu-west-1:111122223333:vpc/{vpc}\"}}")});
        resource("aws_subnet", "a", &attributes.to_string())
    };
    let one = [
        vpc("vpc-0a1b2c3d4e5f60718"),
        subnet("vpc-0a1b2c3d4e5f60718", 1),
    ];
    let other = [
        vpc("vpc-1234567890abcdef0"),
        subnet("vpc-1234567890abcdef0", 2),
    ];
    assert_eq!(with(&one, &other, &by_default()), ["aws_subnet.a size 1 2"]);
    let all = with(&one, &other, &LeftOut::nothing());
    assert_eq!(all.len(), 6, "{all:?}");

    // The id of an object that the other state does not have is a difference.
    let stray = [
        vpc("vpc-1234567890abcdef0"),
        subnet("vpc-99999999999999999", 1),
    ];
    let told = with(&one, &stray, &by_default());
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("aws_subnet.a vpc_id "), "{told:?}");
}

#[test]
fn names_of_environments_are_no_difference() {
    let bucket = |env: &str, class: &str| {
        let attributes = json!({"id": format!("logs-{env}"), "bucket": format!("logs-{env}"),
            "tags": {"env": env, "tier": class}, "tags_all": {"env": env, "tier": class},
            "note": format!("of {env}")});
        resource("aws_s3_bucket", "logs", &attributes.to_string())
    };
    let (a, b) = ([bucket("staging", "low")], [bucket("prod", "high")]);
    let left_out = by_default().between("envs/staging/logs", "envs/prod/logs");
    assert_eq!(
        with(&a, &b, &left_out),
        [r#"aws_s3_bucket.logs tags.tier "low" "high""#]
    );
    assert_eq!(with(&a, &b, &by_default()).len(), 3);
}

#[test]
fn secrets_are_told_by_their_path_alone() {
    let of = |pin: &str| [resource("t", "a", &json!({"pin": {"x": pin}}).to_string())];
    assert_eq!(
        with(&of("first"), &of("second"), &LeftOut::nothing()),
        [r#"t.a pin "(sensitive)" "(sensitive)""#]
    );
}

#[test]
fn all_of_a_state_can_be_told() {
    let text = state(&resource("t", "a", "{}"), "\"x\"");
    let state = parsed(&text);
    let redaction = Redaction::default();
    let redacted = redaction.of(&state);
    let mut told = Vec::new();
    let of = Compared {
        state: &state,
        redacted: &redacted,
    };
    let _ = each_object(of, WhatDiffers::OnlyInB, &mut |found| {
        told.push((found.address, found.what));
        ControlFlow::Continue(())
    });
    assert_eq!(
        told,
        [
            ("t.a".to_owned(), WhatDiffers::OnlyInB(None)),
            (
                "output.host".to_owned(),
                WhatDiffers::OnlyInB(Some(json!("x")))
            ),
        ]
    );
}
