//! What addresses mean.

use serde_json::{Value, json};

use super::{graph_of, one, resource};
use crate::graph::Scope;

#[test]
fn an_address_without_keys_means_all_instances() {
    let graph = graph_of(
        &[(
            "s",
            &[
                resource("module.m[0]", "a", &[(json!("x"), &[]), (json!("y"), &[])]),
                resource("module.m[1].module.n", "a", &[(json!("x"), &[])]),
                one("b", &[]),
            ],
        )],
        &[],
        &[],
    );
    let found = |address: &str| -> Vec<String> {
        let found = graph.find(address, Scope::TheOnlyOne).unwrap();
        found
            .iter()
            .map(|node| graph.address(*node).to_owned())
            .collect()
    };
    let [x, y] = [r#"module.m[0].t.a["x"]"#, r#"module.m[0].t.a["y"]"#];
    assert_eq!(found("module.m[0].t.a"), [x, y]);
    assert_eq!(found("module.m.t.a"), [x, y]);
    assert_eq!(found(r#"module.m.t.a["y"]"#), [y]);
    assert_eq!(found("module.m").len(), 3);
    assert_eq!(found("module.m[1]"), [r#"module.m[1].module.n.t.a["x"]"#]);
    assert_eq!(found("s:t.b"), ["t.b"]);
}

#[test]
fn what_a_damaged_state_holds_as_an_address_is_found() {
    let graph = graph_of(&[("s", &[one("n]n", &[])])], &[], &[]);
    assert_eq!(graph.find("t.n]n", Scope::TheOnlyOne).unwrap().len(), 1);
}

#[test]
fn what_means_no_instance_is_told_with_what_is_near() {
    let key = resource("", "key", &[(json!("x:y"), &[])]);
    let graph = graph_of(
        &[
            ("app", &[one("main", &[]), key]),
            (
                "net",
                &[
                    one("main", &[]),
                    resource("module.net", "gateway", &[(Value::Null, &[])]),
                ],
            ),
        ],
        &[],
        &[],
    );
    let error =
        |address: &str, scope: Scope<'_>| graph.find(address, scope).unwrap_err().to_string();
    let only = |address| error(address, Scope::TheOnlyOne);
    assert_eq!(
        only("t.mian"),
        "no state has an instance t.mian; did you mean t.main?"
    );
    assert_eq!(only("t.main"), "t.main is in 2 states: app and net");
    assert_eq!(
        only("t.gateway"),
        "no state has an instance t.gateway; did you mean module.net.t.gateway?"
    );
    assert_eq!(
        only(r#"t.key["z"]"#),
        r#"no state has an instance t.key["z"]; did you mean t.key["x:y"]?"#
    );
    assert_eq!(
        only("t.key[x:y]"),
        "t.key[x:y] is no address: expected a whole number or a quoted key at character 7 of the \
         address; did you mean t.key[\"x:y\"]?"
    );
    assert_eq!(only("ap:t.main"), "there is no state ap; did you mean app?");
    assert_eq!(
        error("t.main", Scope::State("nets")),
        "there is no state nets; did you mean net?"
    );
    assert_eq!(
        error("t.key", Scope::State("net")),
        "state net has no instance t.key; app has"
    );
    assert_eq!(
        error("app:t.main", Scope::State("net")),
        "app:t.main names a state, and another is given beside it"
    );
    let [app, net] = ["app", "net"].map(str::to_owned);
    let (both, app) = ([app.clone(), net], [app]);
    assert_eq!(
        error("t.main", Scope::States(&both)),
        "t.main is in 2 states: app and net"
    );
    assert_eq!(
        error("t.gateway", Scope::States(&app)),
        "state app has no instance t.gateway"
    );
    assert_eq!(only(":t.main"), "there is no state \"\"");
    assert_eq!(graph.find("t.main", Scope::States(&app)).unwrap().len(), 1);
    assert_eq!(
        graph.find("net:t.main", Scope::States(&app)).unwrap().len(),
        1
    );
    assert_eq!(graph.find("t.main", Scope::AllStates).unwrap().len(), 2);
    assert_eq!(graph.find("net:t.main", Scope::AllStates).unwrap().len(), 1);
    assert_eq!(graph.find("t.main", Scope::State("net")).unwrap().len(), 1);
}
