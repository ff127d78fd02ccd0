use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Action, ShownPlan};
use crate::format::redact::Redaction;
use crate::format::{Document, FormatError, read};

/// What the plan below marks, in one way or another.
const SECRETS: [&str; 5] = [
    "marked-Before-71",
    "marked-After-72",
    "marked-Output-73",
    "marked-Variable-74",
    "marked-Prior-75",
];

/// A plan with an object of each kind of change, and copies of all its secrets where nothing marks them.
fn plan() -> Value {
    let copies = SECRETS.map(|secret| format!("x={secret}"));
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "timestamp": "2026-03-01T10:00:00Z",
        "applyable": true, "complete": true, "errored": false,
        "variables": {"v": {"value": SECRETS[3]}, "plain": {"value": "p"}},
        "resource_changes": [
            {"address": "module.m[\"k\"].t.a[0]", "module_address": "module.m[\"k\"]", "mode": "managed", "type": "t",
             "name": "a", "index": 0, "provider_name": "registry.terraform.io/x/t",
             "change": {"actions": ["delete", "create"],
                "before": {"id": "1", "pin": SECRETS[0], "size": 1, "copies": copies},
                "after": {"pin": SECRETS[1], "size": 2, "list": [null]},
                "after_unknown": {"id": true, "list": [true], "pins": {"marked": true}},
                "before_sensitive": {"pin": true}, "after_sensitive": {"pin": true, "pins": true},
                "replace_paths": [["size"], ["pin", "deeper"]]},
             "action_reason": "replace_because_cannot_update"},
            {"address": "t.b", "previous_address": "t.old", "mode": "managed", "type": "t", "name": "b",
             "change": {"actions": ["no-op"], "before": {"id": "2"}, "after": {"id": "2"},
                "after_unknown": {}, "before_sensitive": false, "after_sensitive": false,
                "importing": {"id": SECRETS[0]}, "generated_config": "pw_token = \"marked-Config-76\"\nname = \"n\""}},
            {"address": "t.c", "mode": "managed", "type": "t", "name": "c", "deposed": "00c0ffee",
             "change": {"actions": ["delete"], "before": {"id": "3", "whole": SECRETS[0]}, "after": null,
                "after_unknown": {}, "before_sensitive": true, "after_sensitive": false}}
        ],
        "resource_drift": [
            {"address": "t.b", "mode": "managed", "type": "t", "name": "b",
             "change": {"actions": ["update"],
                "before": {"pin": SECRETS[0], "tags": null, "ids": ["a", "b"], "policy": "{\"a\": 1}", "updated_at": "2026-01-01T00:00:00Z", "size": 1},
                "after": {"pin": SECRETS[1], "tags": {}, "ids": ["b", "a"], "policy": "{\"a\":1}", "updated_at": "2026-02-01T00:00:00Z", "size": 2},
                "before_sensitive": {"pin": true}, "after_sensitive": {"pin": true}}},
            {"address": "t.c", "mode": "managed", "type": "t", "name": "c",
             "change": {"actions": ["update"], "before": {"ids": ["a", "b"]}, "after": {"ids": ["b", "a"]}}},
            {"address": "t.gone", "mode": "managed", "type": "t", "name": "gone",
             "change": {"actions": ["delete"], "before": {"id": "9"}, "after": null}},
            {"address": "t.new", "previous_address": "t.was", "mode": "managed", "type": "t", "name": "new",
             "change": {"actions": ["no-op"], "before": {"id": "8"}, "after": {"id": "8"}}}
        ],
        "output_changes": {"o": {"actions": ["update"], "before": SECRETS[2], "after": {"k": [SECRETS[2]]},
            "after_unknown": {"k": [false], "l": true}, "before_sensitive": true, "after_sensitive": {"k": [true]}},
            "open": {"actions": ["create"], "before": null, "after": copies, "after_unknown": false}},
        "prior_state": {"format_version": "1.0", "values": {"root_module": {"resources": [
            {"address": "t.p", "mode": "managed", "type": "t", "name": "p", "values": {"id": "7", "pin": SECRETS[4]},
             "sensitive_values": {"pin": true}}]}}},
        "configuration": {"root_module": {"variables": {"v": {"sensitive": true}, "plain": {}}}},
        "relevant_attributes": [{"resource": "t.b", "attribute": ["size"]}],
        "checks": [{"address": {"kind": "check", "to_display": "check.c"}, "status": "fail",
            "instances": [{"address": {"to_display": "check.c"}, "status": "fail",
                "problems": [{"message": format!("not {}", SECRETS[1])}]}]},
            {"address": {"kind": "output_value", "to_display": "output.o"}, "status": "unknown"}]
    })
}

fn shown(plan: &Value) -> ShownPlan {
    shown_text(&plan.to_string()).expect("a plan")
}

fn shown_text(text: &str) -> Option<ShownPlan> {
    match read(text.as_bytes()) {
        Ok(Document::Plan(plan)) => Some(plan.shown(&Redaction::default())),
        _ => None,
    }
}

fn value(text: &Option<String>) -> Value {
    serde_json::from_str(text.as_deref().unwrap_or("null")).unwrap()
}

#[test]
fn a_plan_is_told_by_change() {
    let plan = shown(&plan());
    let first = &plan.changes[0];
    assert_eq!(first.action, Some(Action::Replace));
    assert_eq!(first.creates_before_destroy(), Some(false));
    assert_eq!(first.resource_address, "module.m[\"k\"].t.a");
    assert_eq!(first.module.as_deref(), Some("module.m[\"k\"]"));
    assert_eq!(first.provider.as_deref(), Some("registry.terraform.io/x/t"));
    assert_eq!(first.replace_paths, ["size", "pin"]);
    assert_eq!(
        first.changed_paths,
        ["id", "pin", "size", "copies", "list", "pins"]
    );
    assert_eq!(value(&first.after)["pin"], "(sensitive)");
    assert_eq!(
        value(&first.after_unknown),
        json!({"id": true, "list": [true], "pins": true})
    );
    let second = &plan.changes[1];
    assert_eq!(second.previous_address.as_deref(), Some("t.old"));
    assert_eq!(
        second.generated_config.as_deref(),
        Some("pw_token = \"(sensitive)\"\nname = \"n\"")
    );
    let third = &plan.changes[2];
    assert_eq!(third.deposed.as_deref(), Some("00c0ffee"));
    assert!(third.destroys());
    assert_eq!(
        value(&third.before),
        json!({"id": "(sensitive)", "whole": "(sensitive)"})
    );
    assert_eq!((&third.after, third.changed_paths.len()), (&None, 0));
}

#[test]
fn what_is_marked_only_now_is_hidden_before_too() {
    let text = r#"{"format_version": "1.2", "resource_changes": [{"address": "t.a", "type": "t", "name": "a",
        "change": {"actions": ["update"], "before": {"pin": "1234", "n": 1}, "after": {"pin": "1234", "n": 2},
        "before_sensitive": false, "after_sensitive": {"pin": true}}}]}"#;
    let change = &shown_text(text).unwrap().changes[0];
    assert_eq!(
        change.before.as_deref(),
        Some(r#"{"pin":"(sensitive)","n":1}"#)
    );
    assert_eq!(change.changed_paths, ["n"]);
}

#[test]
fn numbers_keep_their_text() {
    let text = r#"{"format_version": "1.2", "resource_changes": [{"address": "t.a", "type": "t", "name": "a",
        "change": {"actions": ["create"], "after": {"n": 123456789012345678901234567890, "d": 0.10, "h": "\u003c"}}}]}"#;
    let after = shown_text(text).unwrap().changes[0].after.clone();
    assert_eq!(
        after.as_deref(),
        Some(r#"{"n":123456789012345678901234567890,"d":0.10,"h":"<"}"#)
    );
}

#[test]
fn drift_without_meaning_is_told_with_its_rule() {
    let plan = shown(&plan());
    let rows: Vec<String> = plan
        .drift
        .iter()
        .map(|row| {
            let path = row.path.as_deref().unwrap_or("-");
            let rule = row.insignificance.map_or("!", |rule| rule.as_str());
            let relevant = row.is_relevant.map_or("?", |it| if it { "r" } else { "-" });
            format!("{} {} {path} {rule} {relevant}", row.address, row.action)
        })
        .collect();
    assert_eq!(
        rows,
        [
            "t.b update pin ! -",
            "t.b update tags empty -",
            "t.b update ids reordered -",
            "t.b update policy spelling -",
            "t.b update updated_at timestamp -",
            "t.b update size ! r",
            "t.c update ids ! -",
            "t.gone delete - ! -",
            "t.new move - moved -",
        ]
    );
    assert_eq!(plan.drift[0].before.as_deref(), Some("\"(sensitive)\""));
}

#[test]
fn outputs_and_checks_are_told() {
    let plan = shown(&plan());
    let output = &plan.outputs[0];
    assert!(output.sensitive);
    assert_eq!(output.before.as_deref(), Some("\"(sensitive)\""));
    assert_eq!(output.after.as_deref(), Some("\"(sensitive)\""));
    assert_eq!(output.after_unknown.as_deref(), Some("true"));
    assert_eq!(plan.checks.len(), 2);
    assert_eq!(plan.checks[0].failure_messages, ["(sensitive)"]);
    assert_eq!(
        (
            plan.checks[1].object_kind.as_str(),
            &plan.checks[1].object_addr
        ),
        ("output", &None)
    );
}

#[test]
fn no_secret_of_a_plan_is_shown_anywhere() {
    let told = format!("{:?}", shown(&plan()));
    for secret in SECRETS.iter().chain(&["marked-Config-76"]) {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
}

#[test]
fn what_is_no_plan_after_all_is_an_error_with_its_place() {
    let text = "{\"format_version\": \"1.2\",\n\"resource_changes\": 7}";
    let error = read(text.as_bytes()).unwrap_err();
    assert_eq!(
        error,
        FormatError::InvalidPlan {
            line: 2,
            column: 21
        }
    );
}

/// Puts another value where a path of numbers leads to, unless that is a mark, an object or a list.
fn put(value: &mut Value, path: &[usize], other: &Value) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    match value {
        Value::Object(members) if !members.is_empty() => {
            let at = first % members.len();
            if let Some((name, member)) = members.iter_mut().nth(at)
                && !name.contains("sensitive")
            {
                put(member, rest, other);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = first % items.len();
            put(&mut items[at], rest, other);
        }
        value => *value = other.clone(),
    }
}

proptest! {
    #[test]
    fn a_plan_with_any_value_in_any_place_shows_no_marked_text(
        path in prop::collection::vec(0_usize..8, 3..8),
        other in prop::sample::select(vec![
            json!(null), json!(true), json!("text"), json!(-1), json!(1.5), json!([]), json!({}), json!([["x"]]),
            json!({"pin": "x"}), json!({"value": "x", "type": "string"}),
        ]),
    ) {
        let mut plan = plan();
        put(&mut plan, &path, &other);
        if let Some(shown) = shown_text(&plan.to_string()) {
            let told = format!("{:?}", (shown.changes, shown.drift, shown.outputs));
            for secret in [SECRETS[0], SECRETS[1]] {
                let is_marked = plan["resource_changes"][0].to_string().contains(secret)
                    && plan["resource_changes"][0]["change"]["before"]["pin"] == SECRETS[0]
                    && plan["resource_changes"][0]["change"]["after"]["pin"] == SECRETS[1];
                prop_assert!(!is_marked || !told.contains(secret), "{} in {}", secret, told);
            }
        }
    }

    #[test]
    fn a_plan_that_is_cut_or_changed_anywhere_never_panics(at in 0_usize..6000, byte: u8) {
        let text = plan().to_string();
        let mut bytes = text.into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(Document::Plan(plan)) = read(&bytes) {
            plan.shown(&Redaction::default());
        }
        bytes.truncate(at);
        prop_assert!(!matches!(read(&bytes), Ok(Document::Plan(_))));
    }
}
