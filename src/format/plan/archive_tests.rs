use std::io::{Cursor, Write};

use proptest::prelude::*;
use prost::Message;
use rmpv::Value as Packed;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::message::{
    Backend, Change, DynamicValue, OutputChange, Path, PlanMessage, ResourceInstanceChange,
    Selector, Step,
};
use super::{Evidence, PlanArchive, ShownPlan};
use crate::format::FormatError;
use crate::format::redact::Redaction;

const LIMIT: u64 = 1 << 20;

const BEFORE: &str = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 0, "lineage": "", "outputs": {}, "resources": [
    {"mode": "managed", "type": "t", "name": "a", "provider": "provider[\"registry.terraform.io/x/t\"]", "instances": [
        {"schema_version": 0, "attributes": {"id": "1", "pin": "marked-State-81", "any": {"value": {"k": 1}, "type": ["object", {"k": "number"}]}},
         "sensitive_attributes": [[{"type": "get_attr", "value": "pin"}]]},
        {"deposed": "00c0ffee", "schema_version": 0, "attributes": {"id": "0"}}]},
    {"mode": "managed", "type": "t", "name": "was", "provider": "provider[\"registry.terraform.io/x/t\"]",
     "instances": [{"schema_version": 0, "attributes": {"id": "2", "size": 1}}]},
    {"mode": "data", "type": "t", "name": "d", "provider": "p", "instances": [{"schema_version": 0, "attributes": {"id": "3"}}]}]}"#;

fn after() -> String {
    BEFORE
        .replace("{\"k\": 1}", "{\"k\": 2}")
        .replace("\"name\": \"was\"", "\"name\": \"now\"")
        .replace(
            r#",
        {"deposed": "00c0ffee", "schema_version": 0, "attributes": {"id": "0"}}"#,
            "",
        )
}

fn packed(members: &[(&str, Packed)]) -> DynamicValue {
    let members = members.iter().cloned();
    let map = members
        .map(|(name, value)| (Packed::from(name), value))
        .collect();
    let mut msgpack = Vec::new();
    rmpv::encode::write_value(&mut msgpack, &Packed::Map(map)).unwrap();
    DynamicValue { msgpack }
}

fn attribute(name: &str) -> Path {
    let selector = Some(Selector::AttributeName(name.to_owned()));
    Path {
        steps: vec![Step { selector }],
    }
}

fn message() -> PlanMessage {
    PlanMessage {
        version: 3,
        terraform_version: "1.11.4".to_owned(),
        timestamp: "2026-03-01T10:00:00Z".to_owned(),
        applyable: true,
        backend: Some(Backend {
            workspace: "prod".to_owned(),
        }),
        resource_changes: vec![
            ResourceInstanceChange {
                address: "t.now".to_owned(),
                previous_address: "t.was".to_owned(),
                change: Some(Change {
                    values: vec![packed(&[("id", Packed::from("2"))])],
                    ..Change::default()
                }),
                ..ResourceInstanceChange::default()
            },
            ResourceInstanceChange {
                address: "t.a".to_owned(),
                provider: "provider[\"registry.terraform.io/x/t\"].west".to_owned(),
                action_reason: 3,
                required_replace: vec![attribute("size")],
                change: Some(Change {
                    action: 7,
                    values: vec![
                        packed(&[("pin", Packed::from("marked-Value-82")), ("size", 1.into())]),
                        packed(&[("pin", Packed::Ext(0, vec![0])), ("size", 2.into())]),
                    ],
                    before_sensitive_paths: vec![attribute("pin")],
                    after_sensitive_paths: vec![attribute("pin")],
                    ..Change::default()
                }),
                ..ResourceInstanceChange::default()
            },
        ],
        output_changes: vec![OutputChange {
            name: "o".to_owned(),
            sensitive: true,
            change: Some(Change {
                action: 1,
                values: vec![packed(&[("k", Packed::from("marked-Output-83"))])],
                ..Change::default()
            }),
        }],
        variables: [(
            "v".to_owned(),
            packed(&[("k", Packed::from("marked-Variable-84"))]),
        )]
        .into(),
        ..PlanMessage::default()
    }
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn whole() -> Vec<u8> {
    archive(&[
        ("tfplan", &message().encode_to_vec()),
        ("tfstate", after().as_bytes()),
        ("tfstate-prev", BEFORE.as_bytes()),
        ("tfconfig/modules.json", br#"[{"Key": "", "Dir": "."}]"#),
        (
            "tfconfig/m-/main.tf",
            b"variable \"v\" {\n  sensitive = true\n}\n",
        ),
        (
            ".terraform.lock.hcl",
            b"provider \"registry.terraform.io/x/t\" {\n  version = \"1.0.0\"\n}\n",
        ),
    ])
}

fn shown(bytes: &[u8]) -> Result<ShownPlan, FormatError> {
    let archive = PlanArchive::open(bytes, LIMIT)?;
    let plan = archive.plan()?;
    Ok(plan.shown(&Redaction::default()))
}

#[test]
fn a_plan_s_file_is_told_as_its_json_is() {
    let plan = shown(&whole()).unwrap();
    assert_eq!((plan.applyable, plan.errored), (Some(true), Some(false)));
    let addresses: Vec<_> = plan.changes.iter().map(|change| &change.address).collect();
    assert_eq!(addresses, ["t.a", "t.now"]);
    let first = &plan.changes[0];
    assert_eq!(first.actions, ["create", "delete"]);
    assert_eq!(first.creates_before_destroy(), Some(true));
    assert_eq!(
        first.action_reason.as_deref(),
        Some("replace_because_cannot_update")
    );
    assert_eq!(first.provider.as_deref(), Some("registry.terraform.io/x/t"));
    assert_eq!(first.replace_paths, ["size"]);
    assert_eq!(first.changed_paths, ["pin", "size"]);
    assert_eq!(
        first.before.as_deref(),
        Some(r#"{"pin":"(sensitive)","size":1}"#)
    );
    assert_eq!(first.after.as_deref(), Some(r#"{"size":2}"#));
    assert_eq!(first.after_unknown.as_deref(), Some(r#"{"pin":true}"#));
    assert_eq!(plan.outputs[0].after.as_deref(), Some("\"(sensitive)\""));
    let archive = PlanArchive::open(&whole(), LIMIT).unwrap();
    assert_eq!(archive.plan().unwrap().workspace.as_deref(), Some("prod"));
    assert_eq!(archive.providers()[0].version.as_deref(), Some("1.0.0"));
    assert_eq!(archive.modules().len(), 1);
}

#[test]
fn drift_is_what_differs_between_the_states_of_a_plan_s_file() {
    let plan = shown(&whole()).unwrap();
    let rows: Vec<_> = plan
        .drift
        .iter()
        .map(|row| {
            assert_eq!(row.evidence, Evidence::RefreshedState);
            let path = row.path.as_deref().unwrap_or("-");
            format!("{} {:?} {} {path}", row.address, row.deposed, row.action)
        })
        .collect();
    assert_eq!(
        rows,
        ["t.a None update any.k", "t.a Some(\"00c0ffee\") delete -"]
    );
}

#[test]
fn no_secret_of_a_plan_s_file_is_shown_anywhere() {
    let told = format!("{:?}", shown(&whole()).unwrap());
    assert!(!told.contains("marked-"), "{told}");
}

#[test]
fn damaged_files_and_those_that_inflate_without_end_are_refused() {
    let kind = |bytes: &[u8]| shown(bytes).map(|_| ()).map_err(|error| error.kind());
    assert_eq!(kind(&archive(&[("other", b"tfplan")])), Err("invalid_plan"));
    assert_eq!(
        kind(&archive(&[("tfplan", b"\xff\xff")])),
        Err("invalid_plan")
    );
    assert_eq!(kind(b"PK\x03\x04tfplan"), Err("invalid_plan"));
    let version = PlanMessage {
        version: 4,
        ..message()
    };
    assert_eq!(
        kind(&archive(&[("tfplan", &version.encode_to_vec())])),
        Err("invalid_plan")
    );
    let bomb = vec![b' '; 2 * LIMIT as usize];
    let bomb = archive(&[("tfplan", &message().encode_to_vec()), ("tfstate", &bomb)]);
    assert_eq!(kind(&bomb), Err("too_large"));
    let encrypted = br#"{"meta": {}, "encrypted_data": "x", "encryption_version": "v0"}"#;
    let encrypted = archive(&[
        ("tfplan", &message().encode_to_vec()),
        ("tfstate", encrypted),
    ]);
    assert_eq!(kind(&encrypted), Err("encrypted"));
}

proptest! {
    #[test]
    fn a_file_that_is_cut_or_changed_anywhere_never_panics(at in 0_usize..4000, byte: u8) {
        let mut bytes = whole();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = shown(&bytes);
        bytes.truncate(at);
        prop_assert!(shown(&bytes).is_err());
    }

    #[test]
    fn a_message_that_is_changed_anywhere_never_panics_and_shows_no_state_s_secret(at in 0_usize..4000, byte: u8) {
        let mut message = message().encode_to_vec();
        let at = at % message.len();
        message[at] = byte;
        let bytes = archive(&[("tfplan", &message), ("tfstate", after().as_bytes()), ("tfstate-prev", BEFORE.as_bytes())]);
        if let Ok(shown) = shown(&bytes) {
            let told = format!("{shown:?}");
            prop_assert!(!told.contains("marked-State-81"));
        }
    }
}
