use super::*;
use crate::format::{Copies, Digester, Document, Location, Redaction, read};
use crate::graph::remote::target::target;

/// One document of an inventory: where it lies, and its outputs.
type Place = (&'static str, &'static str);

fn produced(outputs: &str, digester: &Digester) -> Produced {
    let outputs: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(outputs).unwrap();
    let outputs: serde_json::Map<_, _> = outputs
        .into_iter()
        .map(|(name, value)| (name, serde_json::json!({ "value": value })))
        .collect();
    let json = serde_json::json!({"version": 4, "outputs": outputs, "resources": []}).to_string();
    let Ok(Document::State(state)) = read(json.as_bytes()) else {
        panic!("not a state: {json}");
    };
    Produced::of(&state, digester)
}

fn copied(outputs: &str, defaults: &str, digester: &Digester) -> Vec<CopiedOutput> {
    let json = format!(
        r#"{{"version": 4, "resources": [{{"mode": "data", "type": "terraform_remote_state", "name": "n",
            "instances": [{{"attributes": {{"backend": "s3", "outputs": {outputs}, "defaults": {defaults}}}}}]}}]}}"#
    );
    let Ok(Document::State(state)) = read(json.as_bytes()) else {
        panic!("not a state: {json}");
    };
    let redaction = Redaction::default();
    let mut copies = Copies::of(&state, &redaction.of(&state), digester);
    copies.sources.remove(0).outputs
}

fn workspace(uri: &str) -> &str {
    let mut parts = uri.split('/');
    let found = parts.find(|part| ["env:", "terraform.tfstate.d"].contains(part));
    found.and(parts.next()).unwrap_or("default")
}

/// What `/infra/app/terraform.tfstate`, which lies behind all places, is told of a target.
fn resolved(places: &[Place], target: &Target, outputs: &str, defaults: &str) -> String {
    resolved_beside(places, target, &[], outputs, defaults)
}

fn resolved_beside(
    places: &[Place],
    target: &Target,
    others: &[Target],
    outputs: &str,
    defaults: &str,
) -> String {
    let digester = Digester::new();
    let own = ("/infra/app/terraform.tfstate", "{}");
    let own_is_listed = places.iter().any(|place| place.0 == own.0);
    let all: Vec<Place> = places
        .iter()
        .copied()
        .chain((!own_is_listed).then_some(own))
        .collect();
    let contents: Vec<Option<Produced>> = all
        .iter()
        .map(|(_, outputs)| {
            outputs
                .starts_with('{')
                .then(|| produced(outputs, &digester))
        })
        .collect();
    let loaded = all
        .iter()
        .zip(&contents)
        .enumerate()
        .map(|(position, ((uri, kind), content))| Loaded {
            position,
            name: uri,
            uri,
            workspace: workspace(uri),
            content: match (content, *kind) {
                (Some(produced), _) => Content::Outputs(produced),
                (None, "encrypted") => Content::Hidden,
                (None, _) => Content::Unreadable,
            },
        });
    let targets = others.iter().chain([target]);
    let candidates = Candidates::new(loaded.collect(), targets);
    let copied = copied(outputs, defaults, &digester);
    let consumer = all.iter().position(|(uri, _)| *uri == own.0).unwrap();
    let wanted = Wanted {
        consumer,
        target,
        copied: &copied,
    };
    match candidates.resolve(wanted) {
        Ok((position, confidence)) => format!("{} {}", confidence.as_str(), all[position].0),
        Err(reason) => reason,
    }
}

fn s3(bucket: &str, key: &str, workspace: Option<&str>) -> Target {
    let location = Location::from([("bucket", bucket), ("key", key)]);
    target("s3", &location, workspace, None)
}

fn local(path: &str) -> Target {
    target(
        "local",
        &Location::from([("path", path)]),
        None,
        Some("/infra/app"),
    )
}

fn pg(schema: &str, workspace: Option<&str>) -> Target {
    let location = Location::from([("host", "db"), ("database", "d"), ("schema_name", schema)]);
    target("pg", &location, workspace, None)
}

const ID: &str = r#"{"id": "vpc-0001"}"#;
const OTHER_ID: &str = r#"{"id": "vpc-0002"}"#;
const NOTHING_AT: &str = "no loaded state is at";

#[test]
fn the_state_at_the_very_place_is_it_whatever_its_outputs() {
    let places = [("/infra/net/terraform.tfstate", r#"{"other": 1}"#)];
    assert_eq!(
        resolved(&places, &local("../net/terraform.tfstate"), ID, "null"),
        "uri /infra/net/terraform.tfstate"
    );
}

#[test]
fn a_place_that_cannot_be_read_is_said() {
    let places = [("/infra/net/terraform.tfstate", "unreadable")];
    assert_eq!(
        resolved(&places, &local("../net/terraform.tfstate"), ID, "null"),
        "/infra/net/terraform.tfstate cannot be read; load_errors says why"
    );
}

#[test]
fn an_encrypted_state_is_found_by_its_place() {
    let places = [("/copies/net/x.tfstate", "encrypted")];
    assert_eq!(
        resolved(&places, &s3("b", "net/x.tfstate", None), ID, "null"),
        "path_suffix /copies/net/x.tfstate"
    );
}

#[test]
fn a_copy_of_a_bucket_is_found_by_the_key() {
    let places = [
        ("/copies/prod/net/terraform.tfstate", OTHER_ID),
        ("/copies/net/terraform.tfstate", "{}"),
    ];
    assert_eq!(
        resolved(
            &places,
            &s3("b", "prod/net/terraform.tfstate", None),
            ID,
            "null"
        ),
        "path_suffix /copies/prod/net/terraform.tfstate"
    );
}

#[test]
fn nothing_is_taken_for_a_key_that_only_ends_alike() {
    let places = [
        ("/copies/staging/net/terraform.tfstate", OTHER_ID),
        ("/copies/xprod/net/terraform.tfstate", OTHER_ID),
    ];
    assert_eq!(
        resolved(
            &places,
            &s3("b", "prod/net/terraform.tfstate", None),
            ID,
            "null"
        ),
        "no loaded state is at s3://b/prod/net/terraform.tfstate; add its copy as a source"
    );
}

#[test]
fn the_folder_with_the_bucket_s_name_comes_first() {
    let places = [
        ("/copies/a/net/x.tfstate", OTHER_ID),
        ("/copies/b/net/x.tfstate", OTHER_ID),
    ];
    assert_eq!(
        resolved(&places, &s3("b", "net/x.tfstate", None), ID, "null"),
        "path_suffix /copies/b/net/x.tfstate"
    );
}

#[test]
fn a_folder_with_another_bucket_s_name_is_no_place_for_it() {
    let places = [("/copies/a/net/x.tfstate", OTHER_ID)];
    let others = [s3("a", "net/x.tfstate", None)];
    let found = resolved_beside(
        &places,
        &s3("b", "net/x.tfstate", None),
        &others,
        ID,
        "null",
    );
    assert!(found.starts_with(NOTHING_AT), "{found}");
}

#[test]
fn of_several_copies_the_outputs_decide_and_a_tie_is_told() {
    let target = s3("b", "net/x.tfstate", None);
    let places = [("/one/net/x.tfstate", OTHER_ID), ("/two/net/x.tfstate", ID)];
    assert_eq!(
        resolved(&places, &target, ID, "null"),
        "path_suffix /two/net/x.tfstate"
    );
    let tied = [("/one/net/x.tfstate", ID), ("/two/net/x.tfstate", ID)];
    assert_eq!(
        resolved(&tied, &target, ID, "null"),
        "several loaded states end with net/x.tfstate: /one/net/x.tfstate, /two/net/x.tfstate; \
            keep the copy of one as a source"
    );
}

#[test]
fn a_state_with_none_of_the_copied_outputs_is_not_it() {
    let places = [("/copies/net/x.tfstate", r#"{"other": "vpc-0001"}"#)];
    let found = resolved(&places, &s3("b", "net/x.tfstate", None), ID, "null");
    assert_eq!(
        found,
        "/copies/net/x.tfstate lies where a copy of s3://b/net/x.tfstate would, but has none of the \
            outputs that were copied; add the right copy as a source"
    );
}

#[test]
fn names_that_defaults_gave_say_nothing_of_the_producer() {
    let places = [("/copies/net/x.tfstate", r#"{"other": 1}"#)];
    assert_eq!(
        resolved(&places, &s3("b", "net/x.tfstate", None), ID, ID),
        "path_suffix /copies/net/x.tfstate"
    );
}

#[test]
fn a_common_file_name_needs_outputs_that_agree() {
    let target = s3("b", "terraform.tfstate", None);
    let agreeing = [("/copies/terraform.tfstate", ID)];
    assert_eq!(
        resolved(&agreeing, &target, ID, "null"),
        "path_suffix /copies/terraform.tfstate"
    );
    let differing = [("/copies/terraform.tfstate", OTHER_ID)];
    assert_eq!(
        resolved(&differing, &target, ID, "null"),
        "/copies/terraform.tfstate ends with terraform.tfstate as many states do, and its outputs do \
            not agree; add the copy of s3://b/terraform.tfstate as a source"
    );
    let in_bucket = [("/copies/b/terraform.tfstate", OTHER_ID)];
    assert_eq!(
        resolved(&in_bucket, &target, ID, "null"),
        "path_suffix /copies/b/terraform.tfstate"
    );
}

#[test]
fn a_state_is_not_its_own_producer_unless_its_outputs_agree() {
    let target = s3("b", "app/terraform.tfstate", None);
    let differing = [("/infra/app/terraform.tfstate", OTHER_ID)];
    let found = resolved(&differing, &target, ID, "null");
    assert!(found.starts_with(NOTHING_AT), "{found}");
    let own = [("/infra/app/terraform.tfstate", ID)];
    assert_eq!(
        resolved(&own, &target, ID, "null"),
        "path_suffix /infra/app/terraform.tfstate"
    );
    assert_eq!(
        resolved(&own, &local("terraform.tfstate"), ID, "null"),
        "uri /infra/app/terraform.tfstate"
    );
}

#[test]
fn workspaces_of_s3_are_not_mistaken_for_each_other() {
    let prod = ("/copies/env:/prod/net/x.tfstate", OTHER_ID);
    let staging = ("/copies/env:/staging/net/x.tfstate", OTHER_ID);
    let default = ("/copies/net/x.tfstate", OTHER_ID);
    let all = [prod, staging, default];
    let target = |workspace| s3("b", "net/x.tfstate", workspace);
    assert_eq!(
        resolved(&all, &target(Some("prod")), ID, "null"),
        format!("path_suffix {}", prod.0)
    );
    assert_eq!(
        resolved(&all, &target(None), ID, "null"),
        format!("path_suffix {}", default.0)
    );
    for (places, wanted) in [([staging, default], Some("prod")), ([prod, staging], None)] {
        let found = resolved(&places, &target(wanted), ID, "null");
        assert!(found.starts_with(NOTHING_AT), "{found}");
    }
}

#[test]
fn workspaces_below_a_prefix_of_their_own_are_not_the_default_one() {
    let location = Location::from([
        ("bucket", "b"),
        ("key", "net/x.tfstate"),
        ("workspace_key_prefix", "ws"),
    ]);
    let default = target("s3", &location, None, None);
    let found = resolved(
        &[("/copies/ws/prod/net/x.tfstate", OTHER_ID)],
        &default,
        ID,
        "null",
    );
    assert!(found.starts_with(NOTHING_AT), "{found}");
}

#[test]
fn copies_of_pg_are_found_by_schema_and_workspace() {
    let eu = ("/copies/net/eu.tfstate", OTHER_ID);
    let default = ("/copies/net/default.tfstate", OTHER_ID);
    assert_eq!(
        resolved(&[eu, default], &pg("net", Some("eu")), ID, "null"),
        format!("path_suffix {}", eu.0)
    );
    assert_eq!(
        resolved(&[eu, default], &pg("net", None), ID, "null"),
        format!("path_suffix {}", default.0)
    );
    let found = resolved(&[eu], &pg("net", None), ID, "null");
    assert!(found.starts_with(NOTHING_AT), "{found}");
    assert_eq!(
        resolved(
            &[("/copies/net.tfstate", OTHER_ID)],
            &pg("net", None),
            ID,
            "null"
        ),
        "path_suffix /copies/net.tfstate"
    );
    // A schema called as a workspace is: `prod.tfstate` may be either.
    let found = resolved(
        &[("/copies/net/prod.tfstate", OTHER_ID)],
        &pg("prod", None),
        ID,
        "null",
    );
    assert!(found.contains("as many states do"), "{found}");
}

#[test]
fn outputs_identify_a_state_that_lies_anywhere() {
    let target = s3("b", "unknown", None);
    let places = [
        ("/x.tfstate", r#"{"id": "vpc-0001", "port": 1}"#),
        ("/y.tfstate", r#"{"id": "vpc-0002", "port": 1}"#),
    ];
    assert_eq!(
        resolved(&places, &target, r#"{"id": "vpc-0001", "port": 2}"#, "null"),
        "outputs /x.tfstate"
    );
}

#[test]
fn outputs_identify_none_where_two_have_them_or_nothing_is_distinctive() {
    let target = s3("b", "unknown", None);
    let outputs = r#"{"id": "vpc-0001", "zone": "Z0001X"}"#;
    for (places, outputs) in [
        ([("/x.tfstate", ID), ("/y.tfstate", ID)], ID),
        (
            [("/x.tfstate", r#"{"port": 5432}"#), ("/y.tfstate", "{}")],
            r#"{"port": 5432}"#,
        ),
        (
            [
                ("/x.tfstate", ID),
                ("/y.tfstate", r#"{"id": "vpc-0001", "zone": "Z0002X"}"#),
            ],
            outputs,
        ),
    ] {
        let found = resolved(&places, &target, outputs, "null");
        assert!(found.starts_with(NOTHING_AT), "{found}");
    }
}

#[test]
fn of_states_that_pass_outputs_on_the_one_with_no_others_is_the_origin() {
    let places = [
        ("/x.tfstate", r#"{"id": "vpc-0001", "more": 1}"#),
        ("/y.tfstate", ID),
    ];
    assert_eq!(
        resolved(&places, &s3("b", "unknown", None), ID, "null"),
        "outputs /y.tfstate"
    );
}

#[test]
fn a_place_that_is_not_told_is_said() {
    let unknown = target("s3", &Location::from([]), None, None);
    assert_eq!(
        resolved(&[], &unknown, ID, "null"),
        "its configuration does not say where the state lies, and no loaded state alone has the \
            outputs it copied; add that state as a source"
    );
}

#[test]
fn of_two_layouts_as_long_the_backend_s_own_counts() {
    let places = [
        ("/copies/lake/terraform.tfstate", OTHER_ID),
        ("/copies/lake/default.tfstate", OTHER_ID),
    ];
    let location = Location::from([("bucket", "b"), ("prefix", "lake")]);
    let gcs = target("gcs", &location, None, None);
    assert_eq!(
        resolved(&places, &gcs, ID, "null"),
        "path_suffix /copies/lake/default.tfstate"
    );
    let agreeing = [("/copies/lake/terraform.tfstate", ID), places[1]];
    assert_eq!(
        resolved(&agreeing, &gcs, ID, "null"),
        "path_suffix /copies/lake/terraform.tfstate"
    );
}
