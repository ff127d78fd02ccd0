//! What goes in comes out.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

use super::{ObjectKey, Parts, ResourceKey, compact, pretty};
use crate::format::{FormatError, MAX_DEPTH};

/// JSON as it is written, so that every token can be any.
#[derive(Debug, Clone)]
enum Written {
    Token(String),
    List(Vec<Written>),
    /// Names with their quotes.
    Object(Vec<(String, Written)>),
}

use Written::{List, Object, Token};

impl Written {
    fn token(token: &str) -> Written {
        Token(token.to_owned())
    }

    /// With what `blank` gives between tokens.
    fn with(&self, blank: &mut dyn FnMut() -> &'static str) -> String {
        let inside = match self {
            Token(token) => token.clone(),
            List(items) => {
                let items: Vec<String> = items.iter().map(|item| item.with(blank)).collect();
                format!("[{}{}]", blank(), items.join(","))
            }
            Object(members) => {
                let member = |(name, value): &(String, Written)| {
                    format!("{}{name}{}:{}", blank(), blank(), value.with(blank))
                };
                let members: Vec<String> = members.iter().map(member).collect();
                format!("{{{}{}}}", members.join(","), blank())
            }
        };
        format!("{}{inside}{}", blank(), blank())
    }

    fn compact(&self) -> String {
        self.with(&mut || "")
    }

    /// As Go's `json.Indent` does it with two blanks.
    fn indented(&self, depth: usize) -> String {
        let (inner, outer) = ("  ".repeat(depth + 1), "  ".repeat(depth));
        match self {
            Token(token) => token.clone(),
            List(items) if items.is_empty() => "[]".to_owned(),
            List(items) => {
                let item = |item: &Written| format!("{inner}{}", item.indented(depth + 1));
                let items: Vec<String> = items.iter().map(item).collect();
                format!("[\n{}\n{outer}]", items.join(",\n"))
            }
            Object(members) if members.is_empty() => "{}".to_owned(),
            Object(members) => {
                let member = |(name, value): &(String, Written)| {
                    format!("{inner}{name}: {}", value.indented(depth + 1))
                };
                let members: Vec<String> = members.iter().map(member).collect();
                format!("{{\n{}\n{outer}}}", members.join(",\n"))
            }
        }
    }
}

fn token() -> impl Strategy<Value = Written> {
    select(vec![
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1.0",
        "1E+2",
        "1e-400",
        "0.10",
        "123456789012345678901234567890",
        r#""""#,
        r#""a b""#,
        r#""\u003c\/\b""#,
        r#""\ud800""#,
        r#""\u0000""#,
        r#""{\"a\": [1, 2]}""#,
        r#""\\""#,
        "\"ünï 😀\"",
        "\"\u{2028}\"",
        r#"":,{}[]""#,
    ])
    .prop_map(Written::token)
}

fn name() -> impl Strategy<Value = String> {
    select(vec![
        "a",
        "",
        "b c",
        r"\u0061",
        r#"\""#,
        "é",
        r"x\\",
        r"\ud83d\ude00",
        r"\ud800",
        r"\u0000",
        "attributes",
        "instances",
        "outputs",
        "index_key",
    ])
    .prop_map(|name| format!("\"{name}\""))
}

fn any_json() -> impl Strategy<Value = Written> {
    token().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(List),
            prop::collection::vec((name(), inner), 0..5).prop_map(Object),
        ]
    })
}

fn blanks() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(select(vec!["", "", " ", "\n", "\r\n\t", "    "]), 1..9)
}

fn with_blanks(json: &Written, blanks: &[&'static str]) -> String {
    let mut blanks = blanks.iter().cycle();
    json.with(&mut || blanks.next().copied().unwrap_or_default())
}

type Members = Vec<(String, Written)>;

/// Members of which each may be missing, in any order.
fn object(
    needed: Vec<(&'static str, BoxedStrategy<Written>)>,
    optional: Vec<(&'static str, BoxedStrategy<Written>)>,
) -> impl Strategy<Value = Members> {
    let needed = needed
        .into_iter()
        .map(|(name, value)| value.prop_map(move |value| Some((name, value))).boxed());
    let optional = optional.into_iter().map(|(name, value)| {
        prop::option::of(value)
            .prop_map(move |value| Some((name, value?)))
            .boxed()
    });
    let members: Vec<_> = needed.chain(optional).collect();
    members
        .prop_map(|members| {
            let named = |(name, value)| (format!("\"{name}\""), value);
            members
                .into_iter()
                .flatten()
                .map(named)
                .collect::<Members>()
        })
        .prop_shuffle()
}

fn tokens(tokens: &[&'static str]) -> BoxedStrategy<Written> {
    select(tokens.to_vec()).prop_map(Written::token).boxed()
}

fn attributes() -> BoxedStrategy<Written> {
    prop::collection::vec((name(), any_json()), 0..5)
        .prop_map(Object)
        .boxed()
}

fn instance(deposed: bool) -> BoxedStrategy<Members> {
    let mut optional = vec![
        ("status", tokens(&["\"tainted\"", "null"])),
        ("schema_version", tokens(&["0", "1"])),
        (
            "attributes",
            prop_oneof![4 => attributes(), 1 => tokens(&["null"])].boxed(),
        ),
        ("attributes_flat", attributes()),
        ("sensitive_attributes", any_json().boxed()),
        ("private", tokens(&["\"bnVsbA==\""])),
        (
            "dependencies",
            tokens(&["null", "[]", "[\"data.aws_ami.this\"]"]),
        ),
        ("create_before_destroy", tokens(&["true"])),
        (
            "provider",
            tokens(&[r#""provider[\"registry.opentofu.org/a/b\"].c[\"d\"]""#]),
        ),
        ("of_another_version", any_json().boxed()),
    ];
    if !deposed {
        optional.push(("deposed", tokens(&["null", "\"\""])));
    }
    object(Vec::new(), optional).boxed()
}

/// The instances of one resource: each key with a current object, a deposed one or both.
fn instances() -> BoxedStrategy<Written> {
    let keyed = (instance(false), prop::option::of(instance(true)), 0..3_u8);
    prop::collection::vec(keyed, 0..4)
        .prop_map(|instances| {
            let mut all = Vec::new();
            for (number, (mut current, deposed, kind)) in instances.into_iter().enumerate() {
                let key = match kind {
                    0 => number.to_string(),
                    1 => format!(r#""k\u003c{number}""#),
                    _ => format!(r#""q\"\u0000{number}""#),
                };
                let index = ("\"index_key\"".to_owned(), Token(key));
                current.insert(current.len() / 2, index.clone());
                all.push(Object(current));
                if let Some(mut deposed) = deposed {
                    deposed.push(index);
                    deposed.insert(
                        0,
                        ("\"deposed\"".to_owned(), Written::token("\"1a2b3c4d\"")),
                    );
                    all.push(Object(deposed));
                }
            }
            List(all)
        })
        .boxed()
}

fn resources() -> BoxedStrategy<Written> {
    let resource = object(
        vec![
            ("mode", tokens(&["\"managed\"", "\"data\""])),
            (
                "type",
                tokens(&["\"aws_instance\"", r#""terraform\u005fdata""#]),
            ),
        ],
        vec![
            (
                "module",
                tokens(&[r#""module.a[\"y.z\"].module.b[0]""#, "null", "\"\""]),
            ),
            (
                "provider",
                tokens(&[r#""provider[\"registry.terraform.io/hashicorp/aws\"]""#]),
            ),
            ("each", tokens(&["\"list\""])),
            (
                "instances",
                prop_oneof![6 => instances(), 1 => tokens(&["null"])].boxed(),
            ),
            ("of_another_version", any_json().boxed()),
        ],
    );
    let resources = prop::collection::vec(resource, 0..4);
    let named = |resources: Vec<Members>| {
        let resource = |(number, mut members): (usize, Members)| {
            members.push(("\"name\"".to_owned(), Token(format!("\"n{number}\""))));
            Object(members)
        };
        List(resources.into_iter().enumerate().map(resource).collect())
    };
    prop_oneof![8 => resources.prop_map(named), 1 => tokens(&["null"])].boxed()
}

fn outputs() -> BoxedStrategy<Written> {
    let output = object(
        vec![("value", any_json().boxed())],
        vec![
            ("type", any_json().boxed()),
            ("sensitive", tokens(&["true"])),
        ],
    );
    let named = |outputs: Vec<Members>| {
        let output = |(number, output)| (format!("\"o{number}\""), Object(output));
        Object(outputs.into_iter().enumerate().map(output).collect())
    };
    let outputs = prop::collection::vec(output, 0..4).prop_map(named);
    prop_oneof![8 => outputs, 1 => tokens(&["null"])].boxed()
}

fn checks() -> BoxedStrategy<Written> {
    let check = object(
        vec![("object_kind", tokens(&["\"check\"", "\"var\""]))],
        vec![
            ("status", tokens(&["\"pass\""])),
            ("objects", any_json().boxed()),
        ],
    );
    let named = |checks: Vec<Members>| {
        let check = |(number, mut members): (usize, Members)| {
            members.push((
                "\"config_addr\"".to_owned(),
                Token(format!("\"check.c{number}\"")),
            ));
            Object(members)
        };
        List(checks.into_iter().enumerate().map(check).collect())
    };
    let checks = prop::collection::vec(check, 0..4).prop_map(named);
    prop_oneof![4 => checks, 1 => tokens(&["null"])].boxed()
}

/// A state of version 4 as someone's Terraform, or something like it, writes it.
fn state() -> impl Strategy<Value = Written> {
    object(
        vec![("version", tokens(&["4"]))],
        vec![
            ("terraform_version", tokens(&["\"1.11.4\""])),
            ("serial", tokens(&["0", "18446744073709551615"])),
            ("lineage", tokens(&["\"1f2e\"", "\"\""])),
            ("outputs", outputs()),
            ("resources", resources()),
            ("check_results", checks()),
            ("of_another_version", any_json().boxed()),
        ],
    )
    .prop_map(Object)
}

/// The same with something in it that may be of another kind, or a second time there.
fn damaged() -> impl Strategy<Value = Written> {
    let place = prop::collection::vec(any::<prop::sample::Index>(), 1..6);
    (state(), place, any_json(), 0..3_u8).prop_map(|(mut state, places, json, what)| {
        damage(&mut state, &places, json, what);
        state
    })
}

fn damage(at: &mut Written, places: &[prop::sample::Index], json: Written, what: u8) {
    let (place, deeper) = match places {
        [place, deeper @ ..] => (place, deeper),
        [] => return *at = json,
    };
    let twice = deeper.is_empty() && what > 0;
    match at {
        List(items) if !items.is_empty() => {
            let index = place.index(items.len());
            match twice {
                true => items.push(items[index].clone()),
                false => damage(&mut items[index], deeper, json, what),
            }
        }
        Object(members) if !members.is_empty() => {
            let index = place.index(members.len());
            match twice {
                true => members.push((members[index].0.clone(), json)),
                false => damage(&mut members[index].1, deeper, json, what),
            }
        }
        _ => *at = json,
    }
}

proptest! {
    #[test]
    fn json_is_the_same_without_whitespace_and_laid_out(json in any_json(), blanks in blanks()) {
        let tokens = json.compact();
        prop_assert_eq!(&compact(with_blanks(&json, &blanks).as_bytes()).unwrap(), &tokens);
        let laid_out = pretty(&tokens);
        prop_assert_eq!(&laid_out, &format!("{}\n", json.indented(0)));
        prop_assert_eq!(&pretty(&with_blanks(&json, &blanks)), &laid_out);
        prop_assert_eq!(compact(laid_out.as_bytes()).unwrap(), tokens);
    }

    #[test]
    fn a_state_comes_out_of_its_parts_as_it_went_in(state in state(), blanks in blanks()) {
        let parts = Parts::of(with_blanks(&state, &blanks).as_bytes());
        let composed = parts.as_ref().map(Parts::compose);
        prop_assert_eq!(composed, Some(state.compact()));
        let again = Parts::of(pretty(&state.compact()).as_bytes());
        prop_assert!(again == parts);
    }

    #[test]
    fn what_is_damaged_comes_out_as_it_went_in_or_is_not_taken_apart(state in damaged()) {
        let text = state.compact();
        if let Some(parts) = Parts::of(text.as_bytes()) {
            prop_assert_eq!(parts.compose(), text);
        }
    }

    #[test]
    fn any_text_is_taken(text in r#"[{}\[\]":,\\a1 é\n]{0,60}"#, cut in any::<prop::sample::Index>()) {
        pretty(&text);
        let _ = compact(text.as_bytes());
        let texts = Parts::of(STATE.as_bytes()).unwrap();
        let (mut broken, at) = (texts.clone(), cut.index(texts.resources.len()));
        broken.resources[at].text = text.clone();
        broken.resources[at].instances[0].text = text.clone();
        broken.resources[at].instances[0].dependencies();
        broken.compose();
        broken.resources[at].text = texts.resources[at].text.clone();
        broken.compose();
    }
}

const STATE: &str = r#"{
  "version": 4,
  "outputs": {"password": {"value": "hunter2", "type": "string", "sensitive": true}},
  "resources": [
    {"module": "module.a[\"x\"]", "mode": "managed", "type": "aws_db_instance", "name": "main",
     "instances": [
       {"index_key": "\u003c", "schema_version": 0, "attributes": {"password": "hunter2"}, "private": "aA==",
        "dependencies": ["module.a.aws_vpc.main", "data.aws_ami.this"]},
       {"index_key": "\u003c", "deposed": "1a2b3c4d", "attributes": null}]},
    {"mode": "data", "type": "aws_ami", "name": "this", "instances": [{"attributes": {}}]}],
  "check_results": [{"object_kind": "check", "config_addr": "check.up", "status": "pass", "objects": null}]
}"#;

fn parts() -> Parts {
    Parts::of(STATE.as_bytes()).expect("it is a state")
}

fn database() -> ResourceKey {
    ResourceKey {
        module: Some("module.a[\"x\"]".to_owned()),
        mode: "managed".to_owned(),
        type_name: "aws_db_instance".to_owned(),
        name: "main".to_owned(),
    }
}

#[test]
fn each_part_has_its_own_text() {
    let parts = parts();
    let top: Vec<_> = parts
        .top
        .iter()
        .map(|member| (member.name.as_str(), member.text.as_str()))
        .collect();
    assert_eq!(
        top,
        [
            ("version", "4"),
            ("outputs", "{}"),
            ("resources", "[]"),
            ("check_results", "[]")
        ]
    );
    let resource = &parts.resources[0];
    assert_eq!(resource.key, database());
    assert_eq!(
        resource.text,
        r#"{"module":"module.a[\"x\"]","mode":"managed","type":"aws_db_instance","name":"main","instances":[]}"#
    );
    let [current, deposed] = resource.instances.as_slice() else {
        panic!("two objects");
    };
    assert_eq!(
        current.key,
        ObjectKey {
            resource: database(),
            index: Some("\"<\"".to_owned()),
            deposed: None
        }
    );
    assert_eq!(
        current.text,
        r#"{"index_key":"\u003c","schema_version":0,"attributes":{},"private":"aA==","dependencies":["module.a.aws_vpc.main","data.aws_ami.this"]}"#
    );
    assert_eq!(
        current.attributes.as_deref(),
        Some(r#"{"password":"hunter2"}"#)
    );
    assert_eq!(
        current.dependencies(),
        ["module.a.aws_vpc.main", "data.aws_ami.this"]
    );
    assert_eq!(
        deposed.text,
        r#"{"index_key":"\u003c","deposed":"1a2b3c4d","attributes":null}"#
    );
    assert_eq!(deposed.attributes, None);
    assert_eq!(
        parts.outputs[0].text,
        r#"{"value":"hunter2","type":"string","sensitive":true}"#
    );
    assert_eq!(parts.checks[0].config_addr, "check.up");
}

#[test]
fn keys_print_as_terraform_prints_addresses() {
    let parts = parts();
    let objects = parts
        .resources
        .iter()
        .flat_map(|resource| &resource.instances);
    let printed: Vec<String> = objects.map(|object| object.key.to_string()).collect();
    assert_eq!(
        printed,
        [
            r#"module.a["x"].aws_db_instance.main["<"]"#,
            r#"module.a["x"].aws_db_instance.main["<"] (deposed 1a2b3c4d)"#,
            "data.aws_ami.this",
        ]
    );
    assert_eq!(database().config_address(), "module.a.aws_db_instance.main");
}

#[test]
fn debugging_shows_no_value() {
    let shown = format!("{:?}", parts());
    assert!(
        !shown.contains("hunter2") && shown.contains("22 bytes"),
        "{shown}"
    );
}

#[test]
fn parts_without_a_place_stand_behind_the_rest() {
    let mut parts = parts();
    parts.top.retain(|member| member.name == "version");
    parts.resources.truncate(1);
    parts.resources[0].text = r#"{"name":"main"}"#.to_owned();
    parts.resources[0].instances.truncate(1);
    parts.resources[0].instances[0].text = "{}".to_owned();
    parts.outputs.clear();
    parts.checks.clear();
    assert_eq!(
        parts.compose(),
        r#"{"version":4,"resources":[{"name":"main","instances":[{"attributes":{"password":"hunter2"}}]}]}"#
    );
}

#[test]
fn the_first_terraform_with_version_4_recorded_depends_on() {
    let state = r#"{"version":4,"resources":[{"module":"module.a[0]","mode":"managed","type":"t","name":"n",
        "instances":[{"depends_on":["aws_vpc.main","data.aws_ami.this"]}]}]}"#;
    let parts = Parts::of(state.as_bytes()).expect("it is a state");
    assert_eq!(
        parts.resources[0].instances[0].dependencies(),
        ["module.a.aws_vpc.main", "module.a.data.aws_ami.this"]
    );
}

#[test]
fn what_would_not_come_out_is_not_taken_apart() {
    let resource = r#"{"mode":"managed","type":"t","name":"n","instances":[]}"#;
    let with = |instances: &str| {
        let resource = resource.replace("[]", instances);
        format!(r#"{{"version":4,"resources":[{resource}]}}"#)
    };
    for document in [
        "\u{feff}{\"version\":4}".to_owned(),
        "[]".to_owned(),
        "{\"version\":4".to_owned(),
        "{\"version\":3}".to_owned(),
        "{\"version\":4.0}".to_owned(),
        "{\"version\":\"4\"}".to_owned(),
        r#"{"version":4,"version":4}"#.to_owned(),
        r#"{"version":4,"encryption_version":"v0"}"#.to_owned(),
        r#"{"version":4,"\u0061":1}"#.to_owned(),
        r#"{"version":4,"resources":{}}"#.to_owned(),
        r#"{"version":4,"outputs":[]}"#.to_owned(),
        r#"{"version":4,"outputs":{"a":1}}"#.to_owned(),
        r#"{"version":4,"outputs":{"a":{},"a":{}}}"#.to_owned(),
        r#"{"version":4,"outputs":{"a\u0000":{}}}"#.to_owned(),
        r#"{"version":4,"check_results":[{}]}"#.to_owned(),
        r#"{"version":4,"resources":[null]}"#.to_owned(),
        format!(r#"{{"version":4,"resources":[{resource},{resource}]}}"#),
        with(r#"[{"index_key":true}]"#),
        with(r#"[{"index_key":"\ud800"}]"#),
        with(r#"[{"index_key":"a"},{"index_key":"\u0061"}]"#),
        with(r#"[{"deposed":""},{}]"#),
        with(r#"[{"attributes":{},"attributes":{}}]"#),
        with(r#"[{"attributes":[]}]"#),
        with(r#"[{"\u0061ttributes":{}}]"#),
        with("{}"),
        with("[]").replace("\"type\"", "\"typ\""),
        with("[]").replace("\"t\"", "\"\\u0000\""),
    ] {
        assert!(Parts::of(document.as_bytes()).is_none(), "{document}");
    }
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(compact(nested(MAX_DEPTH).as_bytes()), Ok(nested(MAX_DEPTH)));
    assert_eq!(
        compact(nested(MAX_DEPTH + 1).as_bytes()),
        Err(FormatError::TooDeep(MAX_DEPTH))
    );
    assert!(pretty(&nested(50_000)).len() < 50_000_000);
}

#[test]
fn what_is_no_json_is_refused_by_its_place() {
    let error = |text: &[u8]| compact(text).unwrap_err().to_string();
    assert_eq!(
        error(b"{\n  \"password\": hunter2}"),
        "its JSON breaks off or is wrong at line 2, column 15; restore it from a backup or an earlier version"
    );
    assert_eq!(
        error(b"\xff"),
        FormatError::Encoding("some bytes of it are not UTF-8").to_string()
    );
}

/// Every state of the samples was written by Terraform.
#[test]
fn terraform_s_own_files_come_out_byte_for_byte() {
    let mut seen = 0;
    each_state(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-states"),
        &mut |path, text| {
            if !text.contains("\"version\": 4") {
                return;
            }
            seen += 1;
            let parts = Parts::of(text.as_bytes())
                .unwrap_or_else(|| panic!("{} comes apart", path.display()));
            assert!(pretty(&parts.compose()) == text, "{}", path.display());
        },
    );
    assert!(seen > 15, "{seen}");
}

fn each_state(folder: &Path, each: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).expect("the samples are there") {
        let path = entry.expect("it is there").path();
        if path.is_dir() {
            each_state(&path, each);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "tfstate")
        {
            each(&path, &fs::read_to_string(&path).expect("it is text"));
        }
    }
}
