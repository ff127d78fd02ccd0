//! `sgq.toml`.

use crate::place::{APP, NET, Place};

const STATES: &str = "SELECT name, source, labels FROM states ORDER BY name";

const TOML: &str = r#"
[[source]]
name = "shop"
location = "live"
labels = "{env}/{stack}/terraform.tfstate"

[[source]]
name = "other"
location = "elsewhere/*.tfstate"
"#;

fn place() -> Place {
    Place::new()
        .file("live/prod/app/terraform.tfstate", APP)
        .file("live/prod/terraform.tfstate", NET)
        .file("elsewhere/net.tfstate", NET)
        .file("elsewhere/deep/net.tfstate", NET)
        .file("sgq.toml", TOML)
}

#[test]
fn every_named_source_is_read_with_its_labels() {
    insta::assert_snapshot!(place().sgq(&["-o", "csv", STATES]), @r#"
    name,source,labels
    net,other,{}
    prod,shop,{}
    prod/app,shop,"{""env"":""prod"",""stack"":""app""}"
    [exit 0]
    "#);
}

#[test]
fn a_name_or_the_place_it_stands_for_chooses_a_source() {
    let place = place();
    insta::assert_snapshot!(place.sgq(&["-s", "other", "-o", "csv", STATES]), @"
    name,source,labels
    net,other,{}
    [exit 0]
    ");
    insta::assert_snapshot!(
        place.sgq(&["-s", "live", "-o", "csv", "SELECT name, source, labels->>'env' AS env FROM states ORDER BY 1"]), @"
    name,source,env
    prod,shop,
    prod/app,shop,prod
    [exit 0]
    ");
}

#[test]
fn the_nearest_file_upwards_counts_and_is_where_its_locations_start() {
    let place = place().file(
        "live/prod/sgq.toml",
        "[[source]]\nname = 'near'\nlocation = 'app'\n",
    );
    let show = |folder: &str| {
        let mut command =
            place.command_in(folder, &["-o", "csv", "SELECT name, source FROM states"]);
        place.show(&place.output(&mut command))
    };
    insta::assert_snapshot!(show("elsewhere/deep"), @"
    name,source
    prod/app,shop
    prod,shop
    net,other
    [exit 0]
    ");
    insta::assert_snapshot!(show("live/prod/app"), @"
    name,source
    near,near
    [exit 0]
    ");
}

#[test]
fn a_settings_file_can_be_named() {
    let place = place().file(
        "other.toml",
        "[[source]]\nname = 'named'\nlocation = 'elsewhere'\n",
    );
    insta::assert_snapshot!(
        place.sgq(&["--config", "other.toml", "-o", "csv", "SELECT DISTINCT source FROM states"]), @"
    source
    named
    [exit 0]
    ");
    insta::assert_snapshot!(place.sgq(&["--config", "nope.toml", "SELECT 1"]), @"
    [stderr]
    sgq: nope.toml cannot be read: no such file or directory
    [exit 2]
    ");
}

#[test]
fn what_is_wrong_with_the_settings_is_told_with_its_line() {
    let shown = |toml: &str| Place::new().file("sgq.toml", toml).sgq(&["SELECT 1"]);
    insta::assert_snapshot!(shown("[[source]]\nname = 'x'\nlocaton = 'y'\n"), @"
    [stderr]
    sgq: DIR/sgq.toml, line 3: unknown field `locaton`, expected one of `name`, `location`, `labels`
    [exit 2]
    ");
    insta::assert_snapshot!(shown("[[source]]\nname = 'x'\n"), @"
    [stderr]
    sgq: DIR/sgq.toml, line 1: missing field `location`
    [exit 2]
    ");
    insta::assert_snapshot!(shown("sources = 3\n"), @"
    [stderr]
    sgq: DIR/sgq.toml, line 1: unknown field `sources`, expected one of `source`, `queries`, `store`, `memory_limit`, `threads`, `redaction`
    [exit 2]
    ");
    insta::assert_snapshot!(shown("[[source]]\nname = 'x'\nlocation = '.'\nqueries = 'q'\n"), @"
    [stderr]
    sgq: DIR/sgq.toml, line 4: unknown field `queries`, expected one of `name`, `location`, `labels`; queries stands above the first [[source]] or [redaction]
    [exit 2]
    ");
    insta::assert_snapshot!(shown("[redaction]\nthreads = 2\n"), @"
    [stderr]
    sgq: DIR/sgq.toml, line 2: unknown field `threads`, expected `secret` or `visible`; threads stands above the first [[source]] or [redaction]
    [exit 2]
    ");
    insta::assert_snapshot!(shown("[redaction]\n\nsecret = 'pin'\n"), @r#"
    [stderr]
    sgq: DIR/sgq.toml, line 3: invalid type: string "pin", expected a sequence
    [exit 2]
    "#);
    insta::assert_snapshot!(shown("[[source]\n"), @"
    [stderr]
    sgq: DIR/sgq.toml, line 1: unclosed array table, expected `]`
    [exit 2]
    ");
    insta::assert_snapshot!(shown("[[source]]\nname = 'x'\nlocation = 'y'\nlabels = '{a'\n"), @"
    [stderr]
    sgq: source x: the label pattern `{a` has a `{` without its `}`
    [exit 2]
    ");
}

#[test]
fn names_are_made_secret_and_visible() {
    let state = r#"{"version": 4, "serial": 1, "lineage": "l", "resources": [{"mode": "managed",
        "type": "a_b", "name": "c", "provider": "provider[\"x.io/a/a\"]", "instances": [{"attributes":
        {"pin": "1234", "token": "public", "password": "p"}}]}]}"#;
    let place = Place::new().file("x.tfstate", state);
    let args = ["-o", "csv", "SELECT attributes FROM instances"];
    insta::assert_snapshot!(place.sgq(&args), @r#"
    attributes
    "{""pin"":""1234"",""token"":""(sensitive)"",""password"":""(sensitive)""}"
    [exit 0]
    "#);
    place.write(
        "sgq.toml",
        "[redaction]\nsecret = ['PIN']\nvisible = ['token']\n",
    );
    insta::assert_snapshot!(place.sgq(&args), @r#"
    attributes
    "{""pin"":""(sensitive)"",""token"":""public"",""password"":""(sensitive)""}"
    [exit 0]
    "#);
    insta::assert_snapshot!(place.sgq(&["--show-sensitive", "-o", "csv", args[2]]), @r#"
    attributes
    "{""pin"":""1234"",""token"":""public"",""password"":""p""}"
    [exit 0]
    "#);
}
