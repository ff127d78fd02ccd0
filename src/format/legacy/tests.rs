use serde_json::json;

use super::*;

/// A version 3 state with these resources in its root module.
fn v3(resources: Value) -> String {
    json!({"version": 3, "modules": [{"path": ["root"], "resources": resources}]}).to_string()
}

fn addresses(state: &State<'_>) -> Vec<String> {
    let mut addresses = Vec::new();
    for resource in &state.resources {
        for instance in &resource.instances {
            let deposed = instance.deposed.as_deref().map(|key| format!(" {key}"));
            let address = resource.instance_address(instance);
            addresses.push(format!("{address}{}", deposed.unwrap_or_default()));
        }
    }
    addresses
}

fn only<'s, 'a>(state: &'s State<'a>) -> &'s Instance<'a> {
    &state.resources[0].instances[0]
}

#[test]
fn the_top_is_read_and_may_be_missing() {
    let text =
        r#"{"version":3,"terraform_version":"0.11.14","serial":7,"lineage":"l","modules":[]}"#;
    let state = read(3, text).unwrap();
    assert_eq!(state.format, StateFormat::State(3));
    assert_eq!(state.format_version, "3");
    assert_eq!(state.terraform_version.as_deref(), Some("0.11.14"));
    assert_eq!(
        (state.serial, state.lineage.as_deref()),
        (Some(7), Some("l"))
    );

    for text in [
        r#"{"version":1,"modules":null}"#,
        r#"{"version":1,"serial":-1,"lineage":""}"#,
    ] {
        let state = read(1, text).unwrap();
        assert_eq!(
            (state.terraform_version, state.serial, state.lineage),
            (None, None, None)
        );
        assert!(state.resources.is_empty());
    }
}

#[test]
fn what_has_no_modules_to_read_is_an_error() {
    assert!(read(3, r#"{"version":3,"modules":{}}"#).is_err());
    assert!(read(3, "[]").is_err());
    assert!(read(3, r#"{"version":3"#).is_err());
}

#[test]
fn resources_are_sorted_as_terraform_sorts_them() {
    let object = json!({"primary": {"id": "x"}});
    let text = json!({"modules": [
        {"path": ["root"], "resources": {
            "aws_b.z": object, "aws_b.a.10": object, "aws_b.a.2": object, "aws_b.a": object,
            "data.aws_z.a.0": object, "aws_a.a": object,
        }},
        {"path": ["root", "b", "c"], "resources": {"aws_a.a": object}},
        {"path": ["root", "a"], "resources": {"data.aws_a.a": object}},
    ]})
    .to_string();
    let state = read(3, &text).unwrap();
    let expected = [
        "data.aws_z.a[0]",
        "aws_a.a",
        "aws_b.a",
        "aws_b.a[2]",
        "aws_b.a[10]",
        "aws_b.z",
        "module.a.data.aws_a.a",
        "module.b.module.c.aws_a.a",
    ];
    assert_eq!(addresses(&state), expected);
    assert_eq!(state.resources[2].instances.len(), 3);
}

#[test]
fn odd_keys_keep_their_resource() {
    let object = json!({"type": "aws_t", "primary": {"id": "x"}});
    let cases = [
        ("name", "aws_t.name"),
        ("data.a", "data.a"),
        ("data.a.b.3", "data.a.b[3]"),
        ("a.b.c.3", "a.b.c[3]"),
        ("a.b.-1", "a.b[-1]"),
        ("a.5", "a.5"),
        ("", "aws_t."),
        ("a.", "a."),
    ];
    for (key, address) in cases {
        let state = v3(json!({ key: object }));
        assert_eq!(addresses(&read(3, &state).unwrap()), [address], "{key}");
    }
}

#[test]
fn a_malformed_entry_does_not_lose_the_rest() {
    let text = json!({"modules": [
        null,
        7,
        {"path": null, "resources": []},
        {"path": [1, "x"], "resources": {"a.b": null, "a.c": [], "a.d": {"primary": "x",
            "deposed": [null, {"id": "d"}, 1], "tainted": null, "depends_on": {}, "provider": 4}}},
        {"resources": {"a.a": {"primary": {"id": 5, "attributes": {"n": 1}, "meta": []}}}},
    ]})
    .to_string();
    let state = read(3, &text).unwrap();
    assert_eq!(addresses(&state), ["a.a", "module.1.module.x.a.d 00000002"]);
    let names: Vec<_> = state
        .resources
        .iter()
        .map(|r| r.address.to_string())
        .collect();
    let odd = ["b", "c", "d"].map(|name| format!("module.1.module.x.a.{name}"));
    assert_eq!(names[0], "a.a");
    assert_eq!(names[1..], odd);
    assert_eq!(only(&state).attributes.value(), json!({"n": 1}));
}

#[test]
fn deposed_objects_are_keyed_by_their_place() {
    let state = v3(json!({"aws_a.b.0": {
        "primary": {"id": "p", "tainted": true},
        "deposed": [{"id": "d1"}, {"id": "d2", "tainted": true}],
    }}));
    let state = read(3, &state).unwrap();
    assert_eq!(
        addresses(&state),
        ["aws_a.b[0]", "aws_a.b[0] 00000001", "aws_a.b[0] 00000002"]
    );
    let tainted: Vec<_> = state.resources[0]
        .instances
        .iter()
        .map(|i| i.tainted)
        .collect();
    assert_eq!(tainted, [true, false, true]);
}

#[test]
fn version_1_lists_its_tainted_objects_apart() {
    let text = json!({"modules": [{"path": ["root"], "resources": {
        "a.alone": {"primary": null, "tainted": [{"id": "t1"}, {"id": "t2"}]},
        "a.beside": {"primary": {"id": "p"}, "tainted": [{"id": "t"}], "deposed": [{"id": "d"}]},
    }}]})
    .to_string();
    let state = read(1, &text).unwrap();
    let expected = [
        "a.alone",
        "a.alone 00000001",
        "a.beside",
        "a.beside 00000001",
        "a.beside 00000002",
    ];
    assert_eq!(addresses(&state), expected);
    let instances = state.resources.iter().flat_map(|r| &r.instances);
    let tainted: Vec<_> = instances.map(|i| i.tainted).collect();
    assert_eq!(tainted, [true, true, false, false, true]);
}

#[test]
fn a_resource_without_objects_stays() {
    let state = v3(json!({"a.b": {"primary": null, "deposed": []}}));
    let state = read(3, &state).unwrap();
    assert_eq!(state.resources.len(), 1);
    assert!(state.resources[0].instances.is_empty());
}

#[test]
fn attributes_are_nested_and_hold_the_id() {
    let cases = [
        (
            json!({"id": "i", "attributes": {"tags.%": "1", "tags.a": "b"}}),
            json!({"tags": {"a": "b"}, "id": "i"}),
        ),
        (
            json!({"id": "i", "attributes": {"id": "own"}}),
            json!({"id": "own"}),
        ),
        (
            json!({"id": "i", "attributes": {"id": ""}}),
            json!({"id": "i"}),
        ),
        (json!({"id": "i"}), json!({"id": "i"})),
        (json!({"id": ""}), json!({})),
    ];
    for (object, attributes) in cases {
        let state = v3(json!({"a.b": {"primary": object}}));
        let state = read(3, &state).unwrap();
        assert_eq!(only(&state).attributes.value(), attributes, "{object}");
    }
}

#[test]
fn the_schema_version_is_text_or_a_number() {
    let cases = [
        (json!({"schema_version": "2"}), 2),
        (json!({"schema_version": 3}), 3),
        (json!({"schema_version": "x"}), 0),
        (json!({}), 0),
        (Value::Null, 0),
    ];
    for (meta, version) in cases {
        let state = v3(json!({"a.b": {"primary": {"meta": meta}}}));
        let state = read(3, &state).unwrap();
        assert_eq!(only(&state).schema_version, Some(version), "{meta}");
    }
}

#[test]
fn providers_are_recorded_or_follow_from_the_type() {
    let cases = [
        (json!("provider.aws"), "registry.terraform.io/-/aws", None),
        (
            json!("provider.aws.west"),
            "registry.terraform.io/-/aws",
            Some("west"),
        ),
        (
            json!("module.a.provider.aws.west"),
            "registry.terraform.io/-/aws",
            Some("west"),
        ),
        (json!("aws"), "registry.terraform.io/-/aws", None),
        (
            json!("aws.west"),
            "registry.terraform.io/-/aws",
            Some("west"),
        ),
        (json!(""), "registry.terraform.io/-/google", None),
        (Value::Null, "registry.terraform.io/-/google", None),
        (
            json!("provider.terraform"),
            "terraform.io/builtin/terraform",
            None,
        ),
    ];
    for (provider, source, alias) in cases {
        let state = v3(json!({"google_x_y.b": {"provider": provider}}));
        let state = read(3, &state).unwrap();
        let read = state.resources[0].provider.as_ref().unwrap();
        assert_eq!(
            (read.source.as_str(), read.alias.as_deref()),
            (source, alias),
            "{provider}"
        );
    }
    let builtin = v3(json!({"data.terraform_remote_state.x": {}}));
    let state = read(3, &builtin).unwrap();
    let provider = state.resources[0].provider.as_ref().unwrap();
    assert_eq!(provider.source, "terraform.io/builtin/terraform");
}

#[test]
fn instances_of_another_provider_than_the_first_name_theirs() {
    let state = v3(json!({
        "aws_a.b.1": {"provider": "aws.west", "primary": {}},
        "aws_a.b.0": {"provider": "aws", "primary": {}},
    }));
    let state = read(3, &state).unwrap();
    let resource = &state.resources[0];
    assert_eq!(resource.provider.as_ref().unwrap().alias, None);
    assert_eq!(resource.instances[0].provider, None);
    let own = resource.instances[1].provider.as_ref().unwrap();
    assert_eq!(own.alias.as_deref(), Some("west"));
}

#[test]
fn depends_on_becomes_config_addresses_from_the_root() {
    let depends_on = json!([
        "aws_b.x.*",
        "aws_b.x.0",
        "data.aws_c.y",
        "aws_b.a",
        "module.vpc",
        "id-of-something",
        "not an.address",
        5
    ]);
    let text = json!({"modules": [{"path": ["root", "m"], "resources": {
        "aws_a.b": {"depends_on": depends_on, "primary": {}},
        "aws_a.c": {"depends_on": [], "primary": {}},
    }}]})
    .to_string();
    let state = read(3, &text).unwrap();
    let expected = [
        "module.m.aws_b.a",
        "module.m.aws_b.x",
        "module.m.data.aws_c.y",
        "module.m.module.vpc",
    ];
    assert_eq!(only(&state).dependencies(), expected);
    assert!(state.resources[1].instances[0].dependencies.is_none());
}

#[test]
fn only_root_outputs_are_kept_in_either_form() {
    let text = r#"{"modules":[
        {"outputs": {"bare": "x"}},
        {"path": ["root"], "outputs": {
            "big": {"sensitive": true, "type": "string", "value": 123456789012345678901234567890},
            "odd": {"sensitive": "yes", "type": "string"}}},
        {"path": ["root", "a"], "outputs": {"inner": {"value": "x"}}}]}"#;
    let state = read(3, text).unwrap();
    let read: Vec<_> = (state.outputs.iter())
        .map(|o| {
            (
                &*o.name,
                o.value.text(),
                o.value_type.as_ref().unwrap().text(),
                o.sensitive,
            )
        })
        .collect();
    let expected = [
        ("bare", r#""x""#, r#""string""#, false),
        ("big", "123456789012345678901234567890", r#""number""#, true),
        ("odd", "null", r#""dynamic""#, true),
    ];
    assert_eq!(read, expected);
}

#[test]
fn output_types_follow_from_the_value_as_in_terraform() {
    let cases = [
        (json!(["a", "b"]), json!(["list", "string"])),
        (json!([["a"], ["b"]]), json!(["list", ["list", "string"]])),
        (
            json!([["a"], ["b", "c"]]),
            json!([
                "tuple",
                [["tuple", ["string"]], ["tuple", ["string", "string"]]]
            ]),
        ),
        (json!({"a": 1, "b": 2}), json!(["map", "number"])),
        (
            json!({"a": 1, "b": true}),
            json!(["object", {"a": "number", "b": "bool"}]),
        ),
        (json!([]), json!(["tuple", []])),
        (json!({}), json!(["object", {}])),
        (json!(["a", null]), json!(["tuple", ["string", "dynamic"]])),
    ];
    for (value, expected) in cases {
        assert_eq!(output_type::implied(&value), expected, "{value}");
    }
}
