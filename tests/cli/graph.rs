//! What looks across states: blast-radius, depends-on and path.

use crate::place::Place;

/// An app whose two web servers stand in a module and depend on a key, and a network with the same
/// key. Dependencies are recorded as Terraform does, at any distance.
fn place() -> Place {
    let resource = |module: &str, name: &str, instances: &str| {
        format!(
            r#"{{{module} "mode": "managed", "type": "t", "name": "{name}", "instances": [{instances}],
             "provider": "provider[\"registry.terraform.io/hashicorp/null\"]"}}"#
        )
    };
    let one = |name: &str, on: &str| {
        let instance = format!(r#"{{"attributes": {{}}, "dependencies": [{on}]}}"#);
        resource("", name, &instance)
    };
    let state = |resources: &[String]| {
        format!(
            r#"{{"version": 4, "serial": 1, "lineage": "l", "outputs": {{}}, "resources": [{}]}}"#,
            resources.join(",")
        )
    };
    let servers = r#"{"index_key": "a", "attributes": {}, "dependencies": ["t.key", "t.role"]},
                     {"index_key": "b", "attributes": {}, "dependencies": ["t.key", "t.role"]}"#;
    let app = [
        one("key", ""),
        one("role", r#""t.key""#),
        resource(r#""module": "module.web","#, "server", servers),
        one("dns", r#""module.web.t.server", "t.key", "t.role""#),
    ];
    Place::new()
        .file("app/terraform.tfstate", state(&app))
        .file(
            "net/terraform.tfstate",
            state(&[one("key", ""), one("vpc", "")]),
        )
}

#[test]
fn the_blast_radius_is_what_depends_on_an_address() {
    insta::assert_snapshot!(place().sgq(&["blast-radius", "t.key", "--state", "app"]), @r#"
     state │ address                  │ type │ distance │ via_state │ via                      │ kind       │ attribute
    ───────┼──────────────────────────┼──────┼──────────┼───────────┼──────────────────────────┼────────────┼───────────
     app   │ t.role                   │ t    │        1 │ app       │ t.key                    │ dependency │ NULL
     app   │ module.web.t.server["a"] │ t    │        2 │ app       │ t.role                   │ dependency │ NULL
     app   │ module.web.t.server["b"] │ t    │        2 │ app       │ t.role                   │ dependency │ NULL
     app   │ t.dns                    │ t    │        3 │ app       │ module.web.t.server["a"] │ dependency │ NULL
    [stderr]
    sgq: 4 instances in 1 state depend on t.key
    [exit 0]
    "#);
    insta::assert_snapshot!(place().sgq(&["blast-radius", "t.role", "--depth", "1", "-o", "csv"]), @r#"
    state,address,type,distance,via_state,via,kind,attribute
    app,"module.web.t.server[""a""]",t,1,app,t.role,dependency,
    app,"module.web.t.server[""b""]",t,1,app,t.role,dependency,
    [stderr]
    sgq: 2 instances in 1 state depend on t.role directly
    [exit 0]
    "#);
    insta::assert_snapshot!(place().sgq(&["blast-radius", "t.dns", "-o", "json"]), @"
    []
    [stderr]
    sgq: nothing depends on t.dns
    [exit 0]
    ");
}

#[test]
fn what_an_address_depends_on_is_listed() {
    insta::assert_snapshot!(place().sgq(&["depends-on", "module.web", "-o", "ndjson"]), @r#"
    {"state":"app","address":"t.role","type":"t","distance":1,"via_state":"app","via":"module.web.t.server[\"a\"]","kind":"dependency","attribute":null}
    {"state":"app","address":"t.key","type":"t","distance":2,"via_state":"app","via":"t.role","kind":"dependency","attribute":null}
    [stderr]
    sgq: module.web depends on 2 instances in 1 state
    [exit 0]
    "#);
    insta::assert_snapshot!(place().sgq(&["depends-on", "t.role", "--depth", "1", "-o", "csv"]), @"
    state,address,type,distance,via_state,via,kind,attribute
    app,t.key,t,1,app,t.role,dependency,
    [stderr]
    sgq: t.role depends on 1 instance in 1 state directly
    [exit 0]
    ");
    insta::assert_snapshot!(place().sgq(&["depends-on", "net:t.key", "-o", "csv"]), @"
    state,address,type,distance,via_state,via,kind,attribute
    [stderr]
    sgq: net:t.key depends on nothing
    [exit 0]
    ");
}

#[test]
fn an_address_of_several_states_asks_for_one() {
    insta::assert_snapshot!(place().sgq(&["blast-radius", "t.key"]), @"
    [stderr]
    sgq: t.key is in 2 states: app and net; name one with --state, or take all with --all-states
    [exit 1]
    ");
    insta::assert_snapshot!(
        place().sgq(&["blast-radius", "t.key", "--all-states", "--depth", "1", "-o", "csv"]), @"
    state,address,type,distance,via_state,via,kind,attribute
    app,t.role,t,1,app,t.key,dependency,
    [stderr]
    sgq: 1 instance in 1 state depends on t.key directly
    [exit 0]
    ");
    insta::assert_snapshot!(place().sgq(&["path", "t.dns", "t.key"]), @"
    [stderr]
    sgq: t.key is in 2 states: app and net; name one as STATE:ADDRESS
    [exit 1]
    ");
    let both = place().sgq(&["blast-radius", "t.key", "--all-states", "--state", "app"]);
    assert!(
        both.contains("cannot be used with") && both.ends_with("[exit 2]"),
        "{both}"
    );
}

#[test]
fn what_is_unknown_is_told_with_what_is_near() {
    insta::assert_snapshot!(place().sgq(&["blast-radius", "t.rol"]), @"
    [stderr]
    sgq: no state has an instance t.rol; did you mean t.role?
    [exit 1]
    ");
    insta::assert_snapshot!(place().sgq(&["depends-on", "t.role", "--state", "apps"]), @"
    [stderr]
    sgq: there is no state apps; did you mean app?
    [exit 1]
    ");
    insta::assert_snapshot!(place().sgq(&["blast-radius", "module.web.t.server[a]"]), @r#"
    [stderr]
    sgq: module.web.t.server[a] is no address: expected a whole number or a quoted key at character 21 of the address; the closest are module.web.t.server["a"] and module.web.t.server["b"]
    [exit 1]
    "#);
    insta::assert_snapshot!(place().sgq(&["blast-radius", "t.\u{1b}[31mkey"]), @r"
    [stderr]
    sgq: t.\x1b[31mkey is no address: expected a whole number or a quoted key at character 5 of the address
    [exit 1]
    ");
    insta::assert_snapshot!(place().sgq(&["-c", "SELECT * FROM blast_radius('t.rol')"]), @"
    [stderr]
    sgq: no state has an instance t.rol; did you mean t.role?
    LINE 1: SELECT * FROM blast_radius('t.rol')
                                        ^
    [exit 1]
    ");
    insta::assert_snapshot!(place().sgq(&["-c", "SELECT * FROM blast_radius('t.key')"]), @"
    [stderr]
    sgq: t.key is in 2 states: app and net; add the name of one as an argument, or '*' for all
    LINE 1: SELECT * FROM blast_radius('t.key')
                                        ^
    [exit 1]
    ");
}

#[test]
fn a_path_is_a_shortest_chain() {
    insta::assert_snapshot!(place().sgq(&["path", "t.dns", "app:t.key", "-o", "csv"]), @r#"
    step,state,address,type,kind,attribute
    0,app,t.dns,t,,
    1,app,"module.web.t.server[""a""]",t,dependency,
    2,app,t.role,t,dependency,
    3,app,t.key,t,dependency,
    [exit 0]
    "#);
    insta::assert_snapshot!(place().sgq(&["path", "t.role", "t.dns", "-o", "csv"]), @r#"
    step,state,address,type,kind,attribute
    0,app,t.role,t,,
    1,app,"module.web.t.server[""a""]",t,dependency,
    2,app,t.dns,t,dependency,
    [stderr]
    sgq: t.role does not depend on t.dns, but t.dns on t.role: each row is depended on by the next
    [exit 0]
    "#);
    insta::assert_snapshot!(place().sgq(&["path", "t.dns", "t.vpc"]), @"
    [stderr]
    sgq: neither t.dns nor t.vpc depends on the other
    [exit 1]
    ");
}

#[test]
fn a_file_takes_the_rows() {
    let place = place();
    insta::assert_snapshot!(
        place.sgq(&["depends-on", "t.role", "-o", "csv", "--out", "on.csv"]), @"
    [stderr]
    sgq: t.role depends on 1 instance in 1 state
    [exit 0]
    ");
    assert!(place.read("on.csv").lines().count() == 2);
}

#[test]
fn states_that_cannot_be_read_are_told_and_decide_the_exit_code() {
    let place = place();
    place.write("bad/terraform.tfstate", "{");
    let run = |strict: &[&str]| {
        let arguments = [&["depends-on", "t.role", "-o", "csv"], strict].concat();
        place.sgq(&arguments)
    };
    insta::assert_snapshot!(run(&[]), @"
    state,address,type,distance,via_state,via,kind,attribute
    app,t.key,t,1,app,t.role,dependency,
    [stderr]
    sgq: DIR/bad/terraform.tfstate was not loaded: its JSON breaks off or is wrong at line 1, column 1; restore it from a backup or an earlier version
    sgq: t.role depends on 1 instance in 1 state
    [exit 0]
    ");
    assert!(run(&["--strict"]).ends_with("[exit 3]"));
    let broken = Place::new().file("terraform.tfstate", "{");
    insta::assert_snapshot!(broken.sgq(&["depends-on", "t.role"]), @"
    [stderr]
    sgq: DIR/terraform.tfstate was not loaded: its JSON breaks off or is wrong at line 1, column 1; restore it from a backup or an earlier version
    sgq: no state has an instance t.role
    [exit 3]
    ");
    insta::assert_snapshot!(Place::new().sgq(&["depends-on", "t.role"]), @"
    [stderr]
    sgq: no state was found; name a directory or file with -s
    sgq: no state has an instance t.role
    [exit 1]
    ");
}

#[test]
fn the_graph_is_drawn() {
    insta::assert_snapshot!(place().sgq(&["graph", "--format", "mermaid"]), @r#"
    ---
    title: "Dependencies"
    ---
    flowchart RL
      subgraph g0["app"]
        n0["t.dns"]:::other
        n1["t.key"]:::other
        n2["t.role"]:::other
        n3["module.web.<br/>t.server"]:::other
      end
      subgraph g1["net"]
        n4["t.key"]:::other
        n5["t.vpc"]:::other
      end
      n0 --> n3
      n2 --> n1
      n3 --> n2
      classDef other fill:#f5f4f3,stroke:#78716c,color:#1f2933
      linkStyle 0,1,2 stroke:#7b8794
    [exit 0]
    "#);
    insta::assert_snapshot!(place().sgq(&["graph", "--by", "state", "--format", "json"]), @r#"
    {
      "title": "Dependencies",
      "nodes": [
        {
          "id": "app",
          "label": "app",
          "state": null,
          "kind": "state",
          "family": "state",
          "emphasis": false,
          "detail": {
            "instances": "5"
          }
        },
        {
          "id": "net",
          "label": "net",
          "state": null,
          "kind": "state",
          "family": "state",
          "emphasis": false,
          "detail": {
            "instances": "2"
          }
        }
      ],
      "edges": []
    }
    [exit 0]
    "#);
    insta::assert_snapshot!(
        place().sgq(&["graph", "--focus", "t.dns", "--depth", "1", "--by", "instance", "--format", "mermaid"]), @r#"
    ---
    title: "Dependencies within 1 step of t.dns"
    ---
    flowchart RL
      subgraph g0["app"]
        n0["t.dns"]:::other
        n1["module.web.<br/>t.server[#34;a#34;]"]:::other
        n2["module.web.<br/>t.server[#34;b#34;]"]:::other
      end
      n0 --> n1
      n0 --> n2
      classDef other fill:#f5f4f3,stroke:#78716c,color:#1f2933
      classDef emphasis stroke-width:4px,font-weight:bold
      class n0 emphasis
      linkStyle 0,1 stroke:#7b8794
    [exit 0]
    "#);
    insta::assert_snapshot!(
        place().sgq(&["graph", "--state", "net", "--by", "module", "--format", "mermaid"]), @r#"
    ---
    title: "Dependencies in net"
    ---
    flowchart RL
      subgraph g0["net"]
        n0["root module"]:::module
      end
      classDef module fill:#f3ecfe,stroke:#7c3aed,color:#1f2933
    [exit 0]
    "#);
    let dot = place().sgq(&["graph"]);
    assert!(
        dot.contains("digraph") && dot.ends_with("[exit 0]"),
        "{dot}"
    );
}

#[test]
fn the_format_of_a_picture_is_that_of_its_file() {
    let place = place();
    let begins = |file: &str, arguments: &[&str]| {
        let shown = place.sgq(&[&["graph", "--out", file], arguments].concat());
        assert_eq!(shown, "[exit 0]");
        place
            .read(file)
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(begins("g.mmd", &[]), "---");
    assert_eq!(begins("g.json", &[]), "{");
    assert_eq!(begins("g.svg", &[]), "<svg");
    assert_eq!(begins("g.html", &[]), "<!DOCTYPE");
    assert_eq!(begins("g.gv", &[]), "digraph");
    assert_eq!(begins("g.SVG", &[]), "<svg");
    assert_eq!(begins("g", &[]), "digraph");
    assert_eq!(begins("g.html", &["--format", "dot"]), "digraph");
    assert_eq!(begins("g.txt", &["--format", "dot"]), "digraph");
    insta::assert_snapshot!(place.sgq(&["graph", "--out", "g.png"]), @"
    [stderr]
    sgq: g.png: no picture format is named 'png': there are dot, mermaid, json, svg, html; name one with --format
    [exit 2]
    ");
}

#[test]
fn what_cannot_be_drawn_is_told() {
    insta::assert_snapshot!(place().sgq(&["graph", "-o", "json"]), @"
    [stderr]
    sgq: graph gives a picture and no rows; name its format with --format
    [exit 2]
    ");
    insta::assert_snapshot!(place().sgq(&["graph", "--state", "nets"]), @"
    [stderr]
    sgq: there is no state nets; did you mean net?
    [exit 1]
    ");
    insta::assert_snapshot!(place().sgq(&["graph", "--focus", "t.key"]), @"
    [stderr]
    sgq: t.key is in 2 states: app and net; name one as STATE:ADDRESS
    [exit 1]
    ");
    insta::assert_snapshot!(place().sgq(&["graph", "--focus", "t.rol"]), @"
    [stderr]
    sgq: no state has an instance t.rol; did you mean t.role?
    [exit 1]
    ");
    let depth = place().sgq(&["graph", "--depth", "1"]);
    assert!(
        depth.contains("--focus") && depth.ends_with("[exit 2]"),
        "{depth}"
    );
    let format = place().sgq(&["graph", "--format", "png"]);
    assert!(
        format.contains("mermaid") && format.ends_with("[exit 2]"),
        "{format}"
    );
}
