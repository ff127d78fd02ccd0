//! What goes in comes out, whatever it is.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Number, Value, json};
use sgq::format::{Redaction, compact};
use sgq::postgres::{Environment, Target};
use sgq::store::{Authorship, Base, Committed, Operation, Store, Which, Write};

use crate::desk::Desk;
use crate::server::Postgres;

/// Texts with what PostgreSQL refuses, or JSON may write in several ways.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,6}",
        Just("\u{0}".to_owned()),
        Just("a\u{0}b\\u0000".to_owned()),
        Just("<&>\u{2028}\u{7f}\u{fffd}\u{1f600}".to_owned()),
        any::<String>(),
    ]
}

/// JSON values; numbers among them that no float holds.
fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        Just("123456789012345678901234567890"),
        Just("0.1000"),
        Just("-0"),
        Just("1e400"),
        Just("1E+2"),
        Just("9007199254740993"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        number.prop_map(|text| Value::Number(text.parse::<Number>().expect("it is a number"))),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (0..3u8).prop_map(Value::from),
        prop_oneof![Just("blue".to_owned()), Just("a/b".to_owned()), text()].prop_map(Value::from),
    ]
}

/// An object of `instances`, with members that nobody knows now and then.
fn instance() -> impl Strategy<Value = Value> {
    let attributes = prop_oneof![
        4 => prop::collection::btree_map("[a-d]|token|password", value(), 0..4)
            .prop_map(|members| Value::Object(members.into_iter().collect())),
        1 => Just(Value::Null),
    ];
    let odd = prop::option::of((text(), value()));
    (key(), attributes, any::<[bool; 6]>(), value(), odd).prop_map(
        |(key, attributes, has, held, odd)| {
            let mut instance = json!({});
            if !key.is_null() {
                instance["index_key"] = key;
            }
            if has[0] {
                instance["status"] = json!("tainted");
            }
            if has[1] {
                instance["schema_version"] = json!(1);
            }
            instance["attributes"] = attributes;
            if has[2] {
                instance["sensitive_attributes"] = json!([[{"type": "get_attr", "value": "a"}]]);
            }
            if has[3] {
                instance["identity"] = json!({"id": held});
                instance["identity_schema_version"] = json!(0);
            }
            if has[4] {
                instance["private"] = json!("bnVsbA==");
                instance["dependencies"] = json!(["thing.a", "module.m.thing.b"]);
            }
            if has[5] {
                instance["create_before_destroy"] = json!(true);
            }
            if let Some((name, odd)) = odd {
                instance[name] = odd;
            }
            instance
        },
    )
}

fn resource() -> impl Strategy<Value = Value> {
    let instances = prop::collection::vec(instance(), 0..3);
    (
        0..4usize,
        "[a-c]",
        any::<bool>(),
        instances,
        prop::option::of(value()),
    )
        .prop_map(|(module, name, is_data, instances, odd)| {
            let mut resource = json!({});
            if let Some(module) = [
                None,
                Some("module.m"),
                Some("module.m[\"k\"].module.n[0]"),
                None,
            ][module]
            {
                resource["module"] = json!(module);
            }
            resource["mode"] = json!(if is_data { "data" } else { "managed" });
            resource["type"] = json!("thing");
            resource["name"] = json!(name);
            resource["provider"] = json!("provider[\"registry.opentofu.org/example/things\"].eu");
            resource["instances"] = json!(instances);
            if let Some(odd) = odd {
                resource["each"] = odd;
            }
            resource
        })
}

fn document() -> impl Strategy<Value = Value> {
    let outputs = prop::collection::btree_map(
        "[a-e]",
        (value(), any::<bool>(), any::<bool>()).prop_map(|(value, is_sensitive, is_deprecated)| {
            let mut output = json!({"value": value, "type": "dynamic"});
            if is_sensitive {
                output["sensitive"] = json!(true);
            }
            if is_deprecated {
                output["deprecated"] = json!("use another");
            }
            output
        }),
        0..3,
    );
    let resources = prop::collection::vec(resource(), 0..4);
    let check = json!([{"object_kind": "resource", "config_addr": "thing.a", "status": "fail",
        "objects": [{"object_addr": "thing.a", "status": "fail", "failure_messages": ["no \u{0}"]}]}]);
    let checks = prop_oneof![Just(Value::Null), Just(check)];
    (
        any::<u64>(),
        outputs,
        resources,
        checks,
        prop::option::of((text(), value())),
    )
        .prop_map(|(serial, outputs, resources, checks, odd)| {
            let mut document = json!({
                "version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": "l",
                "outputs": outputs, "resources": resources, "check_results": checks,
            });
            if let Some((name, odd)) = odd {
                document[name] = odd;
            }
            document
        })
}

/// The same JSON with what a serialiser would not write: blanks, and escapes where none are needed.
fn spelled(document: &Value, way: u8) -> String {
    match way % 3 {
        0 => document.to_string(),
        1 => serde_json::to_string_pretty(document).expect("it is JSON"),
        // Half a character, which no text can hold.
        _ => document.to_string().replace(
            "\"name\":\"a\"",
            "\"name\":\"a\",\"half\":\"\\ud800 \\u0061\"",
        ),
    }
}

#[test]
fn what_is_pushed_comes_out_token_by_token() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let target = Target::parse(&server.url("shop"), &Environment::default()).unwrap();
    let store = std::cell::RefCell::new(Store::open(&target).unwrap());
    let redaction = Redaction::default();
    let authorship = Authorship::default();
    let number = std::cell::Cell::new(0);
    let states = prop::collection::vec((document(), any::<u8>()), 1..4);
    let mut runner = TestRunner::new(Config {
        cases: 150,
        failure_persistence: None,
        ..Config::default()
    });
    let done = runner.run(&states, |versions| {
        number.set(number.get() + 1);
        let name = format!("s{}", number.get());
        let mut store = store.borrow_mut();
        let mut written: Vec<(i64, String)> = Vec::new();
        for (document, way) in &versions {
            let text = spelled(document, *way);
            let write = Write {
                state: &name,
                workspace: "default",
                base: written
                    .last()
                    .map_or(Base::Nothing, |(version, _)| Base::Version(*version)),
                operation: Operation::Push,
                authorship: &authorship,
                recorded_at: None,
                may_be_made_anew: false,
                captured: None,
            };
            let pushed = store.push(&write, text.as_bytes(), &redaction);
            match pushed.map_err(|error| TestCaseError::fail(error.to_string()))? {
                Committed::Version { version, .. } => written.push((version, text)),
                Committed::Unchanged { .. } => {}
            }
        }
        for (version, text) in &written {
            let pulled = store.pull(&name, Which::Version(*version));
            let pulled = pulled.map_err(|error| TestCaseError::fail(error.to_string()))?;
            let same =
                |text: &str| compact(text.as_bytes()).map_err(|_| TestCaseError::fail("no JSON"));
            prop_assert_eq!(same(&pulled.document)?, same(text)?);
        }
        Ok(())
    });
    done.unwrap();
    assert!(
        desk.rows()
            .iter()
            .any(|(table, rows)| table == "recorded_instances" && *rows > 100)
    );
}
