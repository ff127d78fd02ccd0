//! `sgq history` and `sgq blame`: the sample history, told by resource and by state.

use crate::place::Place;
use crate::repository::Repository;

/// What sgq says of the repository of the samples.
fn told(arguments: &[&str]) -> String {
    let source = format!("git:{}/docs/harbor.git", env!("CARGO_MANIFEST_DIR"));
    let mut all = vec!["-s", &source];
    all.extend(arguments);
    Place::new().sgq(&all)
}

#[test]
fn a_resource_has_a_life() {
    insta::assert_snapshot!(told(&["history", "aws_instance.web"]), @r#"
    2026-01-12 10:00  shop v1  Ada  Open the shop  329b496ac77b
      + aws_instance.web create
    2026-02-03 11:15  shop v2  Grace  Larger web servers for the sale  9856fa20cde6
      ~ aws_instance.web update
          instance_type: "t3.small" → "t3.large"
    2026-06-23 10:15  shop v6  Linus  Rebuild the web server from a new image  2f913f8faca6
      ± aws_instance.web replace
          ami: "ami-0a1b2c3d4e5f60718" → "ami-0f9e8d7c6b5a40312"
          arn: "arn:aws:ec2:eu-central-1:111122223333:instance/i-0a11111111111111a" → "arn:aws:ec2:eu-central-1:111122223333:instance/i-0b22222222222222b"
          id: "i-0a11111111111111a" → "i-0b22222222222222b"
    [stderr]
    sgq: 3 changes of aws_instance.web from 2026-01-12 to 2026-06-23 by Ada, Grace, Linus
    [exit 0]
    "#);
}

#[test]
fn a_life_goes_on_in_another_state_and_tells_no_secret() {
    insta::assert_snapshot!(told(&["-o", "csv", "history", "aws_db_instance.orders"]), @r#"
    recorded_at,state,version,author,commit,action,address,changes,message
    2026-01-12T10:00:00Z,shop,1,Ada,329b496ac77b,create,aws_db_instance.orders,[],Open the shop
    2026-04-02T14:00:00Z,shop,4,Ada,613c4e62e61d,update,aws_db_instance.orders,"[""password: changed""]",Rotate the database's password
    2026-05-11T10:15:00Z,shop,5,Grace,1b5bc3bff732,move,aws_db_instance.orders,"[""to aws_db_instance.orders in data""]",Give the database a state of its own
    2026-05-11T10:15:00Z,data,1,Grace,1b5bc3bff732,move,aws_db_instance.orders,"[""from aws_db_instance.orders in shop""]",Give the database a state of its own
    [stderr]
    sgq: 4 changes of aws_db_instance.orders from 2026-01-12 to 2026-05-11 by Ada, Grace
    [exit 0]
    "#);
    let all = told(&["-o", "csv", "SELECT * FROM history"]);
    assert!(
        !all.contains("wharf-lantern") && !all.contains("tide-anchor"),
        "{all}"
    );
}

#[test]
fn whoever_changed_an_instance_last_is_told() {
    insta::assert_snapshot!(told(&["blame", "shop"]), @r#"
     recorded_at          │ version │ author │ commit       │ action  │ state │ address                │ message
    ──────────────────────┼─────────┼────────┼──────────────┼─────────┼───────┼────────────────────────┼─────────────────────────────────────────
     2026-06-23T10:15:00Z │       6 │ Linus  │ 2f913f8faca6 │ replace │ shop  │ aws_instance.web       │ Rebuild the web server from a new image
     2026-03-19T09:30:00Z │       3 │ Linus  │ 57fd78531cb0 │ update  │ shop  │ aws_security_group.web │ Let partners in
    [exit 0]
    "#);
}

#[test]
fn an_address_that_never_was_is_an_error() {
    insta::assert_snapshot!(told(&["history", "aws_instance.wed"]), @r#"
    [stderr]
    sgq: no state ever had an instance aws_instance.wed as far as is known; did you mean aws_instance.web?
    [exit 1]
    "#);
    insta::assert_snapshot!(told(&["history", "aws_instance.web", "--state", "shpo"]), @r#"
    [stderr]
    sgq: there is no state shpo; did you mean shop?
    [exit 1]
    "#);
    insta::assert_snapshot!(told(&["history", "aws_instance"]), @r#"
    [stderr]
    sgq: aws_instance is no address: expected `.` and the resource's name at character 13 of the address; did you mean aws_instance.web?
    [exit 1]
    "#);
    insta::assert_snapshot!(told(&["blame", "shpo"]), @r#"
    [stderr]
    sgq: the parameter state of blame is to be the name of a state, and there is no state shpo; did you mean shop?
    [exit 2]
    "#);
}

#[test]
fn the_commit_of_the_configuration_is_one_join_away() {
    let sql = "SELECT h.recorded_at, h.changed_paths, c.author, c.subject, c.files \
               FROM history h JOIN code_changes c ON c.commit = h.code_commit \
               WHERE h.address = 'aws_security_group.web' AND h.action = 'update'";
    insta::assert_snapshot!(told(&["-o", "line", sql]), @r#"
      recorded_at = 2026-03-19T09:30:00Z
    changed_paths = ["ingress[0].cidr_blocks[1]"]
           author = Linus
          subject = Let partners in
            files = ["shop/main.tf"]
    [exit 0]
    "#);
}

#[test]
fn one_address_in_two_states_must_be_told_apart() {
    let state = |id: &str| {
        format!(
            r#"{{"version": 4, "serial": 1, "lineage": "{id}", "resources": [{{"mode": "managed", "type": "t",
            "name": "n", "provider": "p", "instances": [{{"attributes": {{"id": "{id}"}}}}]}}]}}"#
        )
    };
    let place = Place::new()
        .file("a.tfstate", state("one"))
        .file("b.tfstate", state("two"));
    insta::assert_snapshot!(place.sgq(&["history", "t.n"]), @r#"
    [stderr]
    sgq: t.n is in 2 states: a, b; name one with --state, or take all with --all-states
    [exit 1]
    "#);
    let told = place.sgq(&["-o", "csv", "history", "t.n", "--state", "b"]);
    assert!(told.contains(",b,1,,,create,t.n,[],"), "{told}");
    let told = place.sgq(&["-o", "csv", "history", "t.n", "--all-states"]);
    assert_eq!(told.matches("create,t.n").count(), 2, "{told}");
}

/// A state of things: address, id and name of each, and whether the name is marked.
fn things(lineage: &str, serial: u64, things: &[(&str, &str, &str, bool)]) -> String {
    let resources: Vec<String> = things
        .iter()
        .map(|(address, id, name, is_marked)| {
            let (address, key) = match address.split_once('[') {
                Some((address, key)) => (address, format!("\"index_key\": {},", key.trim_end_matches(']'))),
                None => (*address, String::new()),
            };
            let marks = match is_marked {
                true => r#"[[{"type": "get_attr", "value": "name"}]]"#,
                false => "[]",
            };
            format!(
                r#"{{"mode": "managed", "type": "thing", "name": "{address}", "provider": "p", "instances": [
                {{{key} "attributes": {{"id": "{id}", "name": "{name}"}}, "sensitive_attributes": {marks}}}]}}"#
            )
        })
        .collect();
    format!(
        r#"{{"version": 4, "serial": {serial}, "lineage": "{lineage}", "resources": [{}]}}"#,
        resources.join(",")
    )
}

#[test]
fn what_is_marked_later_is_not_shown_as_it_was_before() {
    let place = Place::new();
    let mut repository = Repository::init(&place.path("repo"));
    for (serial, is_marked) in [(1, false), (2, true)] {
        repository.write(
            "s.tfstate",
            things("l", serial, &[("a", "i-1", "TOP VALUE", is_marked)]),
        );
        repository.commit(&format!("2026-01-0{serial}T00:00:00Z"), "Apply");
    }
    for sql in [
        "SELECT * FROM instances_history WHERE valid_to IS NULL",
        "SELECT * FROM history WHERE version = 2",
        "SELECT * FROM compare_states('s@v1', 's@v2')",
    ] {
        let told = place.sgq(&["-s", "git:repo", "-o", "csv", sql]);
        assert!(!told.contains("TOP VALUE"), "{sql}: {told}");
        assert!(told.ends_with("[exit 0]"), "{sql}: {told}");
    }
    let told = place.sgq(&["-s", "git:repo", "diff", "s@v1", "s@v2"]);
    assert!(!told.contains("TOP VALUE"), "{told}");
}

#[test]
fn what_is_counted_anew_moves() {
    let place = Place::new();
    let mut repository = Repository::init(&place.path("repo"));
    let all = [
        ("a[0]", "i-0", "zero", false),
        ("a[1]", "i-1", "one", false),
        ("a[2]", "i-2", "two", false),
    ];
    repository.write("s.tfstate", things("l", 1, &all));
    repository.commit("2026-01-01T00:00:00Z", "Three");
    let two = [("a[0]", "i-1", "one", false), ("a[1]", "i-2", "two", false)];
    repository.write("s.tfstate", things("l", 2, &two));
    repository.commit("2026-01-02T00:00:00Z", "Without the first");
    let sql = "SELECT action, address, previous_address, before->>'name' AS before, after->>'name' AS after \
               FROM history WHERE version = 2";
    insta::assert_snapshot!(place.sgq(&["-s", "git:repo", "-o", "csv", sql]), @"
    action,address,previous_address,before,after
    delete,thing.a[0],,zero,
    move,thing.a[0],thing.a[1],one,one
    move,thing.a[1],thing.a[2],two,two
    [exit 0]
    ");
    let sql = "SELECT address, attributes->>'name' AS name, version_from, version_to FROM instances_history \
               ORDER BY version_from, address";
    insta::assert_snapshot!(place.sgq(&["-s", "git:repo", "-o", "csv", sql]), @"
    address,name,version_from,version_to
    thing.a[0],zero,1,2
    thing.a[1],one,1,2
    thing.a[2],two,1,2
    thing.a[0],one,2,
    thing.a[1],two,2,
    [exit 0]
    ");
}

#[test]
fn an_object_that_comes_back_was_not_away_before_it_left() {
    let place = Place::new();
    let mut repository = Repository::init(&place.path("repo"));
    let here = [("x", "i-0", "n", false)];
    for (day, in_a) in [(1, true), (2, false), (3, true)] {
        let (a, b): (&[_], &[_]) = if in_a { (&here, &[]) } else { (&[], &here) };
        repository.write("a.tfstate", things("a", day, a));
        repository.write("b.tfstate", things("b", day, b));
        repository.commit(&format!("2026-01-0{day}T00:00:00Z"), "Move");
    }
    let sql = "SELECT state, version, action, previous_state, new_state FROM history ORDER BY version, new_state";
    insta::assert_snapshot!(place.sgq(&["-s", "git:repo", "-o", "csv", sql]), @"
    state,version,action,previous_state,new_state
    a,1,create,,
    a,2,move,,b
    b,2,move,a,
    b,3,move,,a
    a,3,move,b,
    [exit 0]
    ");
}

#[test]
fn a_state_that_both_sides_of_a_merge_added_is_one() {
    let place = Place::new();
    let mut repository = Repository::init(&place.path("repo"));
    repository.write("README.md", "x");
    repository.commit("2026-01-01T00:00:00Z", "Begin");
    let base = repository.head();
    repository.write("s.tfstate", things("l", 1, &[("a", "i-0", "n", false)]));
    repository.commit("2026-01-02T00:00:00Z", "One side");
    let one = repository.head();
    repository.go_to(base);
    repository.commit("2026-01-03T00:00:00Z", "The other side");
    let other = repository.head();
    repository.commit_on(&[one[0], other[0]], "2026-01-04T00:00:00Z", "Merge");
    let sql = "SELECT state, address FROM instances";
    insta::assert_snapshot!(place.sgq(&["-s", "git:repo", "-o", "csv", sql]), @"
    state,address
    s,thing.a
    [exit 0]
    ");
}
