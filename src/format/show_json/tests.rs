use serde_json::json;

use super::*;

/// A document with these resources in its root module.
fn root(resources: Value) -> String {
    let values = json!({"root_module": {"resources": resources}});
    json!({"format_version": "1.0", "terraform_version": "1.11.4", "values": values}).to_string()
}

fn addresses(state: &State<'_>) -> Vec<String> {
    let mut addresses = Vec::new();
    for resource in &state.resources {
        for instance in &resource.instances {
            addresses.push(resource.instance_address(instance).to_string());
        }
    }
    addresses
}

#[test]
fn the_empty_state_is_only_a_version() {
    let state = read(r#"{"format_version":"1.0"}"#).unwrap();
    assert_eq!(state.format, StateFormat::ShowJson);
    assert_eq!(state.format_version, "1.0");
    assert_eq!(
        (state.serial, state.lineage, state.terraform_version),
        (None, None, None)
    );
    assert!(state.resources.is_empty() && state.outputs.is_empty() && state.checks.is_empty());
}

#[test]
fn nulls_are_as_good_as_nothing() {
    for text in [
        r#"{"format_version":null,"terraform_version":null,"values":null,"checks":null}"#,
        r#"{"values":{"outputs":null,"root_module":null}}"#,
        r#"{"values":{"root_module":{"resources":null,"child_modules":null}}}"#,
    ] {
        assert!(read(text).unwrap().resources.is_empty(), "{text}");
    }
    let state = root(
        json!([{"address": "a.b", "mode": "managed", "type": "a", "name": "b",
        "index": null, "values": null, "sensitive_values": null, "identity": null,
        "depends_on": null, "tainted": null, "provider_name": "", "deposed_key": ""}]),
    );
    let state = read(&state).unwrap();
    let resource = &state.resources[0];
    let instance = &resource.instances[0];
    assert_eq!(instance.attributes.value(), json!({}));
    assert!(resource.provider.is_none() && instance.key.is_none() && instance.deposed.is_none());
    assert!(instance.identity.is_none() && instance.dependencies.is_none());
}

#[test]
fn all_modules_are_read_each_with_its_keys() {
    let entry =
        |address: &str| json!([{"address": address, "mode": "managed", "type": "t", "name": "n"}]);
    let text = json!({"format_version": "1.0", "values": {"root_module": {
        "resources": entry("t.n"),
        "child_modules": [
            {"address": "module.a[\"x.y\"]", "resources": entry("module.a[\"x.y\"].t.n"),
             "child_modules": [{"address": "module.a[\"x.y\"].module.b[0]",
                "resources": entry("module.a[\"x.y\"].module.b[0].t.n")}]},
            {"address": "module.empty"},
            {"address": "not a module", "resources": entry("t.n")},
        ],
    }}})
    .to_string();
    let state = read(&text).unwrap();
    let expected = [
        "t.n",
        r#"module.a["x.y"].t.n"#,
        r#"module.a["x.y"].module.b[0].t.n"#,
        "module.not a module.t.n",
    ];
    assert_eq!(addresses(&state), expected);
}

#[test]
fn missing_parts_are_taken_from_the_address() {
    let text = json!({"values": {"root_module": {
        "resources": [
            {"address": "data.t.n[\"k\"]"},
            {"address": "t.n[0]", "mode": "managed", "type": "t", "name": "n"},
            {"address": "no address"},
            {},
        ],
        "child_modules": [{"resources": [
            {"address": "module.m.t.n", "mode": "managed", "type": "t", "name": "n"},
        ]}],
    }}})
    .to_string();
    let state = read(&text).unwrap();
    let expected = [
        r#"data.t.n["k"]"#,
        "t.n[0]",
        ".no address",
        ".",
        "module.m.t.n",
    ];
    assert_eq!(addresses(&state), expected);
    assert_eq!(state.resources[4].module().depth(), 1);
}

#[test]
fn entries_of_one_resource_are_its_instances_in_their_order() {
    let entry = |name: &str, index: Value, more: Value| {
        let mut entry = json!({"mode": "managed", "type": "t", "name": name, "index": index});
        for (key, value) in more.as_object().into_iter().flatten() {
            entry[key] = value.clone();
        }
        entry
    };
    let text = root(json!([
        entry("n", json!("b"), json!({})),
        entry("other", Value::Null, json!({})),
        entry("n", json!("a"), json!({"tainted": true})),
        entry("n", json!(3), json!({"deposed_key": "0123abcd"})),
        entry("n", json!(3), json!({})),
    ]));
    let state = read(&text).unwrap();
    let expected = [r#"t.n["b"]"#, r#"t.n["a"]"#, "t.n[3]", "t.n[3]", "t.other"];
    assert_eq!(addresses(&state), expected);
    let deposed: Vec<_> = (state.resources[0].instances.iter())
        .map(|i| (i.tainted, i.deposed.as_deref()))
        .collect();
    let expected = [
        (false, None),
        (true, None),
        (false, Some("0123abcd")),
        (false, None),
    ];
    assert_eq!(deposed, expected);
}

#[test]
fn an_object_keeps_all_that_is_recorded() {
    let text = root(json!([{
        "address": "data.t.n", "mode": "data", "type": "t", "name": "n", "schema_version": 2,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "values": {"a": 1}, "sensitive_values": {"a": true}, "identity": {"id": "x"},
        "depends_on": ["module.m.t.b", "t.a"],
    }]));
    let state = read(&text).unwrap();
    let resource = &state.resources[0];
    let instance = &resource.instances[0];
    assert_eq!(resource.mode(), Mode::Data);
    let provider = resource.provider.as_ref().unwrap();
    assert_eq!(provider.source, "registry.terraform.io/hashicorp/aws");
    assert_eq!(instance.provider, None);
    assert_eq!(instance.schema_version, Some(2));
    assert_eq!(instance.attributes.text(), r#"{"a":1}"#);
    assert_eq!(instance.identity.as_ref().unwrap().text(), r#"{"id":"x"}"#);
    assert_eq!(instance.dependencies(), ["module.m.t.b", "t.a"]);
    let Sensitivity::Mask(Some(mask)) = &instance.sensitivity else {
        panic!("no mask");
    };
    assert_eq!(mask.text(), r#"{"a":true}"#);
}

#[test]
fn short_provider_names_stay_as_recorded() {
    let entry = |index: u8, provider: &str| {
        json!({"mode": "managed", "type": "t", "name": "n", "index": index,
            "provider_name": provider})
    };
    let text = root(json!([entry(0, "aws"), entry(1, "aws"), entry(2, "other")]));
    let state = read(&text).unwrap();
    let resource = &state.resources[0];
    assert_eq!(resource.provider.as_ref().unwrap().source, "aws");
    let own = resource
        .instances
        .iter()
        .map(|i| i.provider.as_ref().map(|p| p.source.as_str()));
    assert_eq!(own.collect::<Vec<_>>(), [None, None, Some("other")]);
}

#[test]
fn dependencies_of_early_0_12_are_relative_to_their_module() {
    let text = |version: &str| {
        let entry = json!({"mode": "managed", "type": "t", "name": "n",
            "depends_on": ["t.b[0]", "data.t.a"]});
        json!({"format_version": "0.1", "terraform_version": version, "values": {"root_module": {
            "child_modules": [{"address": "module.m", "resources": [entry]}]}}})
        .to_string()
    };
    let dependencies = |version: &str| {
        let text = text(version);
        read(&text).unwrap().resources[0].instances[0].dependencies()
    };
    assert_eq!(
        dependencies("0.12.14"),
        ["module.m.data.t.a", "module.m.t.b"]
    );
    assert_eq!(
        dependencies("0.12.0-rc1"),
        ["module.m.data.t.a", "module.m.t.b"]
    );
    for version in ["0.12.15", "0.12.31", "1.0.0", ""] {
        assert_eq!(dependencies(version), ["t.b[0]", "data.t.a"], "{version}");
    }
}

#[test]
fn outputs_keep_value_type_and_sensitivity() {
    let text = r#"{"format_version":"1.0","values":{"outputs":{
        "b":{"sensitive":true,"value":[12345678901234567890123],"type":["list","number"]},
        "a":{"value":null,"type":"string"},"c":{}}}}"#;
    let state = read(text).unwrap();
    let read: Vec<_> = (state.outputs.iter())
        .map(|o| {
            (
                &*o.name,
                o.value.text(),
                o.value_type.as_ref().map(Json::text),
                o.sensitive,
            )
        })
        .collect();
    let expected = [
        (
            "b",
            "[12345678901234567890123]",
            Some(r#"["list","number"]"#),
            true,
        ),
        ("a", "null", Some(r#""string""#), false),
        ("c", "null", None, false),
    ];
    assert_eq!(read, expected);
}

#[test]
fn checks_are_read_in_the_words_of_a_state_file() {
    let text = json!({"format_version": "1.0", "checks": [
        {"address": {"kind": "output_value", "to_display": "output.o"}, "status": "fail",
         "instances": [{"address": {"to_display": "output.o"}, "status": "fail",
            "problems": [{"message": "too low"}, {"message": "too high"}, {}]}]},
        {"address": {"kind": "check", "to_display": "check.c"}, "status": "unknown"},
        {},
    ]})
    .to_string();
    let state = read(&text).unwrap();
    let kinds: Vec<_> = state
        .checks
        .iter()
        .map(|c| (&*c.object_kind, &*c.config_addr))
        .collect();
    assert_eq!(
        kinds,
        [("output", "output.o"), ("check", "check.c"), ("", "")]
    );
    let object = &state.checks[0].objects[0];
    assert_eq!(
        (&*object.object_addr, &*object.status),
        ("output.o", "fail")
    );
    assert_eq!(object.failure_messages, ["too low", "too high"]);
    assert_eq!(&*state.checks[1].status, "unknown");
}

#[test]
fn what_is_no_such_document_is_an_error() {
    for text in [
        "",
        "[]",
        "{",
        r#"{"values":[]}"#,
        r#"{"values":{"root_module":{"resources":{}}}}"#,
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn many_instances_of_many_resources_take_linear_time() {
    let entries: Vec<_> = (0..20_000)
        .map(|n| json!({"mode": "managed", "type": "t", "name": format!("n{}", n % 5_000), "index": n}))
        .collect();
    let text = root(Value::Array(entries));
    let state = read(&text).unwrap();
    assert_eq!(state.resources.len(), 5_000);
    assert_eq!(
        state
            .resources
            .iter()
            .map(|r| r.instances.len())
            .sum::<usize>(),
        20_000
    );
}
