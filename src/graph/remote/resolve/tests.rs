use super::*;
use crate::format::{Copies, Digester, Document, Location, Redaction, read};
use crate::graph::remote::target::{of, target};

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
    let consumer = all.iter().position(|(uri, _)| *uri == own.0).unwrap();
    let others = others.iter().map(|other| (usize::MAX, other));
    let targets = others.chain([(consumer, target)]);
    let candidates = Candidates::new(loaded.collect(), targets);
    let copied = copied(outputs, defaults, &digester);
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

const ID: &str = r#"{"id": "vpc-0a1b2c3d4e"}"#;
const OTHER_ID: &str = r#"{"id": "vpc-0b1b2c3d4e"}"#;
const NOTHING_AT: &str = "no loaded state is at";

#[test]
fn the_state_at_the_very_place_is_it_whatever_its_outputs() {
    let places = [("/infra/net/terraform.tfstate", r#"{"other": 1}"#)];
    assert_eq!(
        resolved(&places, &local("/infra/net/terraform.tfstate"), ID, "null"),
        "uri /infra/net/terraform.tfstate"
    );
}

#[test]
fn a_guessed_place_is_taken_unless_it_has_none_of_the_outputs() {
    let target = local("../net/terraform.tfstate");
    assert_eq!(
        resolved(
            &[("/infra/net/terraform.tfstate", OTHER_ID)],
            &target,
            ID,
            "null"
        ),
        "uri /infra/net/terraform.tfstate"
    );
    assert_eq!(
        resolved(
            &[("/infra/net/terraform.tfstate", r#"{"other": 1}"#)],
            &target,
            ID,
            "null"
        ),
        "/infra/net/terraform.tfstate lies where a copy of /infra/net/terraform.tfstate would, but has none \
            of the outputs that were copied; add the right copy as a source"
    );
}

#[test]
fn the_one_other_state_that_lies_so_and_agrees_comes_before_a_guessed_place_that_does_not() {
    let target = local("../net/terraform.tfstate");
    let guessed = ("/infra/net/terraform.tfstate", OTHER_ID);
    let real = ("/net/terraform.tfstate", ID);
    assert_eq!(
        resolved(&[guessed, real], &target, ID, "null"),
        "path_suffix /net/terraform.tfstate"
    );
    let two = [guessed, real, ("/copies/net/terraform.tfstate", ID)];
    assert_eq!(
        resolved(&two, &target, ID, "null"),
        "uri /infra/net/terraform.tfstate"
    );
}

#[test]
fn a_sibling_of_a_guessed_place_is_taken_only_if_its_outputs_agree() {
    let target = local("../shop/net/db.tfstate");
    let sibling = "/staging/shop/net/db.tfstate";
    assert_eq!(
        resolved(&[(sibling, ID)], &target, ID, "null"),
        format!("path_suffix {sibling}")
    );
    for (theirs, copied) in [
        (OTHER_ID, ID),
        // A network that many environments have says nothing for it.
        (r#"{"cidr": "10.0.0.0/16"}"#, r#"{"cidr": "10.0.0.0/16"}"#),
    ] {
        assert_eq!(
            resolved(&[(sibling, theirs)], &target, copied, "null"),
            "/staging/shop/net/db.tfstate ends with shop/net/db.tfstate as many states do, and its outputs \
                do not agree; add the copy of /infra/shop/net/db.tfstate as a source"
        );
    }
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
        ("/copies/shop/prod/net/terraform.tfstate", OTHER_ID),
        ("/copies/net/terraform.tfstate", "{}"),
    ];
    assert_eq!(
        resolved(
            &places,
            &s3("b", "shop/prod/net/terraform.tfstate", None),
            ID,
            "null"
        ),
        "path_suffix /copies/shop/prod/net/terraform.tfstate"
    );
}

#[test]
fn the_only_state_at_a_relative_path_is_taken_where_the_consumer_is_a_copy() {
    let location = Location::from([("backend", "local"), ("path", "../net/terraform.tfstate")]);
    let target = of(&location, "/copies/app/prod.tfstate");
    let one = ("/stacks/net/terraform.tfstate", OTHER_ID);
    assert_eq!(
        resolved(&[one], &target, ID, "null"),
        "path_suffix /stacks/net/terraform.tfstate"
    );
    for (places, copied) in [
        (&[one, ("/other/net/terraform.tfstate", OTHER_ID)][..], ID),
        (&[one], r#"{"id": "vpc-0a1b2c3d4e", "zone": "Z0001X"}"#),
    ] {
        let found = resolved(places, &target, copied, "null");
        assert!(found.contains("do not agree"), "{found}");
    }
}

#[test]
fn one_name_in_a_path_is_not_enough_where_the_outputs_differ() {
    let at = |backend, location| target(backend, &location, None, None);
    let http = |address| at("http", Location::from([("address", address)]));
    let remote = Location::from([("organization", "acme-prod"), ("workspace_name", "net")]);
    let kubernetes = Location::from([("namespace", "prod"), ("secret_suffix", "net")]);
    let consul = Location::from([("address", "consul-prod:8500"), ("path", "tf/net")]);
    let gcs = Location::from([("bucket", "acme-prod"), ("prefix", "tf/net")]);
    let azure = Location::from([
        ("storage_account_name", "prod1"),
        ("container_name", "tfstate"),
        ("key", "net.tfstate"),
    ]);
    let cases = [
        (
            s3("acme-prod", "prod/net/terraform.tfstate", None),
            "/acme-staging/prod/net/terraform.tfstate",
        ),
        (
            http("https://h.example/projects/1/state/net"),
            "/projects/2/state/net.tfstate",
        ),
        (at("remote", remote), "/acme-staging/net/terraform.tfstate"),
        (
            at("kubernetes", kubernetes),
            "/staging/tfstate-default-net.tfstate",
        ),
        (
            at("consul", consul),
            "/consul-staging/tf/net/terraform.tfstate",
        ),
        (at("gcs", gcs), "/acme-staging/tf/net/default.tfstate"),
        (at("azurerm", azure), "/staging1/tfstate/net.tfstate"),
        (pg("net", None), "/db-staging/net.tfstate"),
    ];
    for (target, place) in cases {
        let found = resolved(&[(place, OTHER_ID)], &target, ID, "null");
        assert!(
            found.contains("as many states do, and its outputs do not agree"),
            "{place}: {found}"
        );
        let stale = r#"{"id": "vpc-0a1b2c3d4e", "zone": "zone-of-old"}"#;
        let fresh = r#"{"id": "vpc-0a1b2c3d4e", "zone": "zone-of-new"}"#;
        assert_eq!(
            resolved(&[(place, fresh)], &target, stale, "null"),
            format!("path_suffix {place}")
        );
    }
}

#[test]
fn the_folder_with_the_outer_name_is_enough() {
    let at = |backend, location| target(backend, &location, None, None);
    let consul = Location::from([("address", "http://consul-prod:8500"), ("path", "tf/net")]);
    let remote = Location::from([("organization", "acme"), ("workspace_name", "net")]);
    let azure = Location::from([
        ("storage_account_name", "prod1"),
        ("container_name", "tfstate"),
        ("key", "net.tfstate"),
    ]);
    for (target, place) in [
        (at("remote", remote), "/acme/net.tfstate"),
        (at("consul", consul), "/consul-prod/tf/net.tfstate"),
        (at("azurerm", azure.clone()), "/prod1/tfstate/net.tfstate"),
        (at("azurerm", azure), "/prod1/net.tfstate"),
        (pg("net", None), "/db/net/default.tfstate"),
    ] {
        assert_eq!(
            resolved(&[(place, OTHER_ID)], &target, ID, "null"),
            format!("path_suffix {place}")
        );
    }
}

#[test]
fn a_folder_between_the_bucket_s_and_the_layout_makes_another_key() {
    let target = s3("b1", "shop/net/x.tfstate", None);
    let other_key = ("/b1/staging/shop/net/x.tfstate", OTHER_ID);
    assert_eq!(
        resolved(&[other_key], &target, ID, "null"),
        "/b1/staging/shop/net/x.tfstate ends with shop/net/x.tfstate as many states do, and its outputs do \
            not agree; add the copy of s3://b1/shop/net/x.tfstate as a source"
    );
    assert_eq!(
        resolved(&[(other_key.0, ID)], &target, ID, "null"),
        "path_suffix /b1/staging/shop/net/x.tfstate"
    );
    let own = ("/b1/shop/net/x.tfstate", OTHER_ID);
    assert_eq!(
        resolved(&[other_key, own], &target, ID, "null"),
        "path_suffix /b1/shop/net/x.tfstate"
    );
}

#[test]
fn a_hidden_part_of_the_path_is_not_the_backend_s_default() {
    let gcs = Location::from([("bucket", "b1"), ("prefix", "x")]).hiding("prefix");
    let local = Location::from([]).hiding("path");
    let workspace =
        Location::from([("bucket", "b1"), ("key", "net/x.tfstate")]).hiding("workspace_key_prefix");
    for target in [
        target("gcs", &gcs, None, None),
        target("local", &local, None, Some("/infra")),
        target("s3", &workspace, Some("eu"), None),
    ] {
        let places = [
            ("/b1/default.tfstate", OTHER_ID),
            ("/infra/terraform.tfstate", OTHER_ID),
            ("/b1/env:/eu/net/x.tfstate", OTHER_ID),
        ];
        assert_eq!(
            resolved(&places, &target, ID, "null"),
            "its configuration hides where the state lies, and no loaded state alone has the outputs it \
                copied; add that state as a source"
        );
        assert_eq!(
            resolved(&[("/x.tfstate", ID)], &target, ID, "null"),
            "outputs /x.tfstate"
        );
    }
}

#[test]
fn a_copy_of_a_hidden_bucket_is_taken_unless_its_outputs_differ() {
    let location = Location::from([("key", "shop/net/x.tfstate")]).hiding("bucket");
    let hidden = target("s3", &location, None, None);
    assert_eq!(hidden.uri, None);
    let place = "/copies/shop/net/x.tfstate";
    assert_eq!(
        resolved(&[(place, ID)], &hidden, ID, "null"),
        format!("path_suffix {place}")
    );
    let found = resolved(&[(place, OTHER_ID)], &hidden, ID, "null");
    assert!(found.contains("do not agree"), "{found}");
}

#[test]
fn an_address_that_lost_its_query_says_nothing_of_a_copy_s_path() {
    let location = Location::from([]).cutting("address", "https://h.example/shop/store/net");
    let cut = target("http", &location, None, None);
    let places = [("/h.example/shop/store/net", ID)];
    assert_eq!(
        resolved(&places, &cut, r#"{"id": "vpc-0b1b2c3d4e"}"#, "null"),
        "no loaded state is at https://h.example/shop/store/net; add its copy as a source"
    );
    assert_eq!(
        resolved(&places, &cut, ID, "null"),
        "outputs /h.example/shop/store/net"
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
    let places = [("/copies/net/x.tfstate", r#"{"other": "vpc-0a1b2c3d4e"}"#)];
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
        "no loaded state is at s3://b/terraform.tfstate; add its copy as a source"
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
    let eu = ("/copies/net/eu.tfstate", ID);
    let default = ("/copies/net/default.tfstate", ID);
    assert_eq!(
        resolved(&[eu, default], &pg("net", Some("eu")), ID, "null"),
        format!("path_suffix {}", eu.0)
    );
    assert_eq!(
        resolved(&[eu, default], &pg("net", None), ID, "null"),
        format!("path_suffix {}", default.0)
    );
    let found = resolved(&[(eu.0, OTHER_ID)], &pg("net", None), ID, "null");
    assert!(found.starts_with(NOTHING_AT), "{found}");
    assert_eq!(
        resolved(&[("/copies/net.tfstate", ID)], &pg("net", None), ID, "null"),
        "path_suffix /copies/net.tfstate"
    );
    // A schema called as a workspace is: `prod.tfstate` may be either.
    let found = resolved(
        &[("/copies/net/prod.tfstate", OTHER_ID)],
        &pg("prod", None),
        ID,
        "null",
    );
    assert!(found.starts_with(NOTHING_AT), "{found}");
}

#[test]
fn outputs_identify_a_state_that_lies_anywhere() {
    let target = s3("b", "unknown", None);
    let places = [
        ("/x.tfstate", r#"{"id": "vpc-0a1b2c3d4e", "port": 1}"#),
        ("/y.tfstate", r#"{"id": "vpc-0b1b2c3d4e", "port": 1}"#),
    ];
    assert_eq!(
        resolved(
            &places,
            &target,
            r#"{"id": "vpc-0a1b2c3d4e", "port": 2}"#,
            "null"
        ),
        "outputs /x.tfstate"
    );
}

#[test]
fn outputs_identify_none_where_two_have_them_or_nothing_is_distinctive() {
    let target = s3("b", "unknown", None);
    let outputs = r#"{"id": "vpc-0a1b2c3d4e", "zone": "Z0001X"}"#;
    for (places, outputs) in [
        ([("/x.tfstate", ID), ("/y.tfstate", ID)], ID),
        (
            [("/x.tfstate", r#"{"port": 5432}"#), ("/y.tfstate", "{}")],
            r#"{"port": 5432}"#,
        ),
        (
            [
                ("/x.tfstate", ID),
                (
                    "/y.tfstate",
                    r#"{"id": "vpc-0a1b2c3d4e", "zone": "Z0002X"}"#,
                ),
            ],
            outputs,
        ),
    ] {
        let found = resolved(&places, &target, outputs, "null");
        assert!(found.starts_with(NOTHING_AT), "{found}");
    }
}

#[test]
fn outputs_without_an_object_s_id_identify_a_state_if_two_names_and_all_else_are_equal() {
    let target = s3("b", "unknown", None);
    let copied = r#"{"name": "shop-eu-1", "host": "db.shop.example", "env": "prod"}"#;
    let place = |outputs| [("/x.tfstate", outputs)];
    assert_eq!(
        resolved(&place(copied), &target, copied, "null"),
        "outputs /x.tfstate"
    );
    for (theirs, copied) in [
        (
            r#"{"name": "shop-eu-1", "host": "db.shop.example", "env": "staging"}"#,
            copied,
        ),
        (r#"{"name": "shop-eu-1"}"#, r#"{"name": "shop-eu-1"}"#),
        (
            r#"{"cidr": "10.0.0.0/16", "gateway": "192.168.0.1", "env": "prod"}"#,
            r#"{"cidr": "10.0.0.0/16", "gateway": "192.168.0.1", "env": "prod"}"#,
        ),
    ] {
        let found = resolved(&place(theirs), &target, copied, "null");
        assert!(found.starts_with(NOTHING_AT), "{copied}: {found}");
    }
}

#[test]
fn a_state_that_reads_the_same_place_only_passes_its_outputs_on() {
    let digester = Digester::new();
    let (target, copied) = (s3("b", "unknown", None), copied(ID, "null", &digester));
    let outputs = produced(ID, &digester);
    let loaded = || Loaded {
        position: 0,
        name: "x",
        uri: "/x.tfstate",
        workspace: "default",
        content: Content::Outputs(&outputs),
    };
    let wanted = Wanted {
        consumer: 1,
        target: &target,
        copied: &copied,
    };
    let found_beside = |readers: &[usize]| {
        let targets = readers.iter().map(|reader| (*reader, &target));
        Candidates::new(vec![loaded()], targets).resolve(wanted)
    };
    assert_eq!(found_beside(&[1]), Ok((0, Confidence::Outputs)));
    assert!(found_beside(&[1, 0]).is_err());
}

#[test]
fn of_states_that_pass_outputs_on_the_one_with_no_others_is_the_origin() {
    let places = [
        ("/x.tfstate", r#"{"id": "vpc-0a1b2c3d4e", "more": 1}"#),
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
        ("/copies/shop/lake/terraform.tfstate", OTHER_ID),
        ("/copies/shop/lake/default.tfstate", OTHER_ID),
    ];
    let location = Location::from([("bucket", "b"), ("prefix", "shop/lake")]);
    let gcs = target("gcs", &location, None, None);
    assert_eq!(
        resolved(&places, &gcs, ID, "null"),
        "path_suffix /copies/shop/lake/default.tfstate"
    );
    let agreeing = [("/copies/shop/lake/terraform.tfstate", ID), places[1]];
    assert_eq!(
        resolved(&agreeing, &gcs, ID, "null"),
        "path_suffix /copies/shop/lake/terraform.tfstate"
    );
}
