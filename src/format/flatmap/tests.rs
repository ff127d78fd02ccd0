use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn maps_lists_and_sets_expand_by_their_counts() {
    let flat = json!({
        "id": "i-1",
        "tags.%": "2", "tags.Name": "web", "tags.env": "dev",
        "zones.#": "2", "zones.0": "a", "zones.1": "b",
        "ingress.#": "2",
        "ingress.2541437006.from_port": "22", "ingress.2541437006.cidrs.#": "1",
        "ingress.2541437006.cidrs.0": "10.0.0.0/8",
        "ingress.99.from_port": "80", "ingress.99.cidrs.#": "0",
    });
    let expected = json!({
        "id": "i-1",
        "tags": {"Name": "web", "env": "dev"},
        "zones": ["a", "b"],
        "ingress": [
            {"from_port": "80", "cidrs": []},
            {"from_port": "22", "cidrs": ["10.0.0.0/8"]},
        ],
    });
    assert_eq!(expand_json(&flat), expected);
}

#[test]
fn numbers_and_booleans_stay_strings() {
    let flat = json!({"count": "010", "enabled": "true"});
    assert_eq!(expand_json(&flat), flat);
}

#[test]
fn list_elements_stand_in_the_order_of_their_numbers() {
    let flat = json!({"a.#": "11", "a.0": "0", "a.1": "1", "a.10": "10", "a.2": "2", "a.3": "3",
        "a.4": "4", "a.5": "5", "a.6": "6", "a.7": "7", "a.8": "8", "a.9": "9"});
    let expected = json!({"a": ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]});
    assert_eq!(expand_json(&flat), expected);
}

#[test]
fn map_keys_keep_their_dots() {
    let flat = json!({"m.%": "3", "m.a": "1", "m.a.b": "2", "m.kubernetes.io/x": "3"});
    let expected = json!({"m": {"a": "1", "a.b": "2", "kubernetes.io/x": "3"}});
    assert_eq!(expand_json(&flat), expected);
}

#[test]
fn map_keys_may_look_like_numbers() {
    let flat = json!({"m.%": "2", "m.0": "a", "m.1": "b"});
    assert_eq!(expand_json(&flat), json!({"m": {"0": "a", "1": "b"}}));
}

#[test]
fn a_map_counted_with_a_hash_sign_is_still_a_map() {
    let flat = json!({"tags.#": "2", "tags.Name": "web", "tags.1": "one"});
    let expected = json!({"tags": {"1": "one", "Name": "web"}});
    assert_eq!(expand_json(&flat), expected);
}

#[test]
fn maps_hold_lists_where_the_lists_are_counted() {
    let flat = json!({"m.%": "2", "m.a.b.#": "1", "m.a.b.0": "x", "m.c.d": "y"});
    assert_eq!(expand_json(&flat), json!({"m": {"a.b": ["x"], "c.d": "y"}}));
}

#[test]
fn maps_hold_objects_where_only_that_agrees_with_the_count() {
    let flat = json!({"m.%": "1", "m.a.x": "1", "m.a.y": "2"});
    assert_eq!(
        expand_json(&flat),
        json!({"m": {"a": {"x": "1", "y": "2"}}})
    );
}

#[test]
fn without_a_count_dots_make_objects() {
    let flat = json!({"timeouts.create": "10m", "list.0": "a", "list.1": "b"});
    let expected = json!({"timeouts": {"create": "10m"}, "list": {"0": "a", "1": "b"}});
    assert_eq!(expand_json(&flat), expected);
}

#[test]
fn unknown_values_are_null() {
    let flat = json!({"a": UNKNOWN, "b.#": UNKNOWN, "c.%": UNKNOWN, "d.#": "1", "d.0": UNKNOWN});
    let expected = json!({"a": null, "b": null, "c": null, "d": [null]});
    assert_eq!(expand_json(&flat), expected);
}

#[test]
fn missing_list_elements_are_null() {
    let flat = json!({"a.#": "3", "a.1": "b", "empty.#": "1"});
    assert_eq!(
        expand_json(&flat),
        json!({"a": [null, "b", null], "empty": [null]})
    );
}

#[test]
fn a_count_that_is_wrong_stays_a_flat_key() {
    let flat = json!({"a.#": "1000000000", "a.0": "x", "b.#": "1", "b.0": "x", "b.1": "y",
        "c.%": "5", "c.k": "v", "d.0.e.#": "9999"});
    let expected = json!({"a": ["x"], "a.#": "1000000000", "b": ["x", "y"], "b.#": "1",
        "c": {"k": "v"}, "c.%": "5", "d": {"0": {"e": [], "e.#": "9999"}}});
    assert_eq!(expand_json(&flat), expected);
}

#[test]
fn what_lies_below_a_plain_value_stays_flat() {
    let flat = json!({"x": "1", "x.y": "2", "x.#": "0", "l.#": "1", "l.0": "a", "l.0.b": "c"});
    let expected = json!({"x": "1", "x.#": "0", "x.y": "2", "l": ["a"], "l.0.b": "c"});
    assert_eq!(expand_json(&flat), expected);
}

#[test]
fn a_count_that_is_no_number_is_a_plain_key() {
    let flat = json!({"a.#": "x", "b.%": "-1", "#": "1", "%": "1", "c.#.d": "e"});
    let expected = json!({"a": {"#": "x"}, "b": {"%": "-1"}, "#": "1", "%": "1",
        "c": {"#": {"d": "e"}}});
    assert_eq!(expand_json(&flat), expected);
}

#[test]
fn keys_with_very_many_dots_stay_flat() {
    let key = "a.".repeat(100_000) + "b";
    let expanded = expand_json(&json!({ key.as_str(): "v" })).to_string();
    assert!(expanded.len() < 2 * key.len());
    assert_eq!(
        serde_json::from_str::<Value>(&expanded)
            .unwrap()
            .to_string(),
        expanded
    );
}

#[test]
fn what_is_no_object_of_strings_is_kept() {
    assert_eq!(expand_json(&Value::Null), json!({}));
    assert_eq!(expand_json(&json!(["a"])), json!(["a"]));
    let flat = json!({"n": 1, "l.#": 1, "l.0": {"a": true}});
    assert_eq!(expand_json(&flat), json!({"n": 1, "l": [{"a": true}]}));
}

/// A value as a provider has it, from which both forms are made.
#[derive(Debug, Clone)]
enum Nested {
    Leaf(String),
    Map(BTreeMap<String, String>),
    List(Vec<Nested>),
    Set(BTreeMap<u32, Nested>),
    Object(BTreeMap<String, Nested>),
}

impl Nested {
    fn nested(&self) -> Value {
        match self {
            Nested::Leaf(text) => Value::from(text.as_str()),
            Nested::Map(members) => json!(members),
            Nested::List(elements) => elements.iter().map(Nested::nested).collect(),
            Nested::Set(elements) => elements.values().map(Nested::nested).collect(),
            Nested::Object(members) => {
                let members = members.iter().map(|(k, v)| (k.clone(), v.nested()));
                Value::Object(members.collect())
            }
        }
    }

    fn flatten(&self, key: &str, flat: &mut Map<String, Value>) {
        let mut put = |suffix: &str, text: &str| {
            flat.insert(format!("{key}{suffix}"), Value::from(text));
        };
        match self {
            Nested::Leaf(text) => put("", text),
            Nested::Map(members) => {
                put(".%", &members.len().to_string());
                members.iter().for_each(|(k, v)| put(&format!(".{k}"), v));
            }
            Nested::List(elements) => {
                put(".#", &elements.len().to_string());
                for (index, element) in elements.iter().enumerate() {
                    element.flatten(&format!("{key}.{index}"), flat);
                }
            }
            Nested::Set(elements) => {
                put(".#", &elements.len().to_string());
                for (hash, element) in elements {
                    element.flatten(&format!("{key}.{hash}"), flat);
                }
            }
            Nested::Object(members) => {
                for (name, member) in members {
                    member.flatten(&format!("{key}.{name}"), flat);
                }
            }
        }
    }
}

fn nested() -> impl Strategy<Value = Nested> {
    let leaf = any::<String>().prop_map(Nested::Leaf);
    let map = proptest::collection::btree_map("[a-z0-9./_-]{0,6}", any::<String>(), 0..5)
        .prop_map(Nested::Map);
    prop_oneof![leaf, map].prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Nested::List),
            proptest::collection::btree_map(any::<u32>(), inner.clone(), 0..4)
                .prop_map(Nested::Set),
            // An object without members leaves no trace in a flatmap.
            proptest::collection::btree_map("[a-z0-9_]{1,3}", inner, 1..4).prop_map(Nested::Object),
        ]
    })
}

fn leaves<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) => drop(found.insert(text)),
        Value::Array(elements) => elements.iter().for_each(|e| leaves(e, found)),
        Value::Object(members) => members.values().for_each(|m| leaves(m, found)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn expanding_undoes_flattening(
        attributes in proptest::collection::btree_map("[a-z_]{1,4}", nested(), 0..5),
    ) {
        let mut flat = Map::new();
        for (name, value) in &attributes {
            value.flatten(name, &mut flat);
        }
        let expected = attributes.iter().map(|(k, v)| (k.clone(), v.nested())).collect();
        prop_assert_eq!(expand_json(&Value::Object(flat)), Value::Object(expected));
    }

    #[test]
    fn every_value_of_any_flatmap_is_kept(
        keys in proptest::collection::btree_map("([ab01#%]{0,2}\\.?){0,5}", "[0-4]|v[0-9]{5}", 0..20),
    ) {
        let flat: Value = json!(keys);
        let expanded = expand_json(&flat);
        let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
        leaves(&flat, &mut before);
        leaves(&expanded, &mut after);
        for value in before.iter().filter(|text| text.starts_with('v')) {
            prop_assert!(after.contains(value), "{value} of {flat} is not in {expanded}");
        }
        // Deep enough to be read again.
        prop_assert!(serde_json::from_str::<Value>(&expanded.to_string()).is_ok());
    }

    #[test]
    fn any_text_is_a_key(
        keys in proptest::collection::btree_map(any::<String>(), any::<String>(), 0..20),
    ) {
        expand_json(&json!(keys));
    }
}
