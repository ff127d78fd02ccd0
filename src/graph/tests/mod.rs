//! The graph as a whole, over states made up here.

mod find;
mod outline;
mod reduction;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::format::{Redaction, SecretNames};
use crate::inventory::{Inventory, ReadOptions, SourceSpec};
use crate::source::Location;

/// A resource in a module with its instances: their keys, and what each depends on.
fn resource(module: &str, name: &str, instances: &[(Value, &[&str])]) -> Value {
    let instances: Vec<Value> = instances
        .iter()
        .map(|(key, dependencies)| {
            json!({"index_key": key, "attributes": {}, "dependencies": dependencies})
        })
        .collect();
    let mut resource = json!({
        "mode": "managed", "type": "t", "name": name, "instances": instances,
        "provider": "provider[\"registry.terraform.io/hashicorp/null\"]"});
    if !module.is_empty() {
        resource["module"] = json!(module);
    }
    resource
}

/// A resource of one instance.
fn one(name: &str, dependencies: &[&str]) -> Value {
    resource("", name, &[(Value::Null, dependencies)])
}

fn state(resources: &[Value]) -> String {
    json!({"version": 4, "serial": 1, "lineage": "l", "outputs": {}, "resources": resources})
        .to_string()
}

/// A graph over states of the given names.
fn graph_of(states: &[(&str, &[Value])], links: &[Link], copies: &[Link]) -> Graph {
    let folder = tempfile::tempdir().unwrap();
    for (name, resources) in states {
        let path = folder.path().join(name).join("terraform.tfstate");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, state(resources)).unwrap();
    }
    let source = SourceSpec {
        name: None,
        location: Location::Path(folder.path().to_owned()),
        base: PathBuf::new(),
        labels: None,
    };
    let options = ReadOptions {
        redaction: Redaction::hiding(SecretNames::new(&[], &[])),
        max_size: u64::MAX,
        ..ReadOptions::default()
    };
    let inventory = Inventory::find(&[source], options);
    Graph::survey(&inventory, NonZeroUsize::MIN, links, copies)
}

/// What is reached from an address: distance, state and address, the step before, and its kind.
fn reached(graph: &Graph, from: &str, direction: Direction) -> Vec<String> {
    let starts = graph.find(from, Scope::TheOnlyOne).unwrap();
    let reached = graph.reach(&starts, direction, None);
    reached
        .into_iter()
        .map(|reached| {
            format!(
                "{} {}:{} from {} by {}{}",
                reached.distance,
                graph.state_name(reached.node),
                graph.address(reached.node),
                graph.address(reached.step.via),
                reached.step.kind.as_str(),
                reached
                    .step
                    .attribute
                    .map_or(String::new(), |attribute| format!(" {attribute}")),
            )
        })
        .collect()
}

fn instance(state: usize, address: &str) -> InstanceRef {
    InstanceRef {
        state,
        address: address.into(),
        type_name: "t".into(),
    }
}

fn link(kind: LinkKind, consumer: InstanceRef, producer: InstanceRef) -> Link {
    Link {
        kind,
        consumer,
        via: None,
        producer_state: Some(producer.state),
        producer: Some(producer),
        producer_attribute: None,
        output: None,
        data_source: None,
    }
}

#[test]
fn what_others_imply_is_no_step_of_its_own() {
    let graph = graph_of(
        &[(
            "s",
            &[one("c", &["t.a", "t.b"]), one("b", &["t.a"]), one("a", &[])],
        )],
        &[],
        &[],
    );
    assert_eq!(
        reached(&graph, "t.a", Direction::Dependents),
        [
            "1 s:t.b from t.a by dependency",
            "2 s:t.c from t.b by dependency"
        ]
    );
    assert_eq!(
        reached(&graph, "t.c", Direction::DependsOn),
        [
            "1 s:t.b from t.c by dependency",
            "2 s:t.a from t.b by dependency"
        ]
    );
    let starts = graph.find("t.a", Scope::TheOnlyOne).unwrap();
    assert_eq!(
        graph.reach(&starts, Direction::Dependents, Some(1)).len(),
        1
    );
    assert_eq!(graph.reach(&starts, Direction::Dependents, Some(0)), []);
}

#[test]
fn nothing_is_implied_by_what_stands_in_another_instance_of_a_module() {
    let graph = graph_of(
        &[(
            "s",
            &[
                resource(
                    "module.m[\"x\"]",
                    "c",
                    &[(Value::Null, &["module.m.t.b", "t.a"])],
                ),
                resource("module.m[\"y\"]", "b", &[(Value::Null, &["t.a"])]),
                one("a", &[]),
            ],
        )],
        &[],
        &[],
    );
    assert_eq!(
        reached(&graph, "t.a", Direction::Dependents),
        [
            r#"1 s:module.m["x"].t.c from t.a by dependency"#,
            r#"1 s:module.m["y"].t.b from t.a by dependency"#
        ]
    );
}

#[test]
fn instances_of_all_modules_together_imply_a_dependency_on_all() {
    let inner = |key: &str| {
        let module = format!("module.m[\"{key}\"]");
        [
            resource(&module, "a", &[(Value::Null, &[])]),
            resource(&module, "b", &[(Value::Null, &["module.m.t.a"])]),
        ]
    };
    let mut resources = vec![one("c", &["module.m.t.a", "module.m.t.b"])];
    resources.extend(inner("x"));
    resources.extend(inner("y"));
    let graph = graph_of(&[("s", &resources)], &[], &[]);
    assert_eq!(
        reached(&graph, "module.m.t.a", Direction::Dependents),
        [
            r#"1 s:module.m["x"].t.b from module.m["x"].t.a by dependency"#,
            r#"1 s:module.m["y"].t.b from module.m["y"].t.a by dependency"#,
            r#"2 s:t.c from module.m["x"].t.b by dependency"#
        ]
    );
}

#[test]
fn instances_of_one_resource_that_depend_on_different_things_are_told_apart() {
    let graph = graph_of(
        &[(
            "s",
            &[
                resource("", "c", &[(json!(0), &["t.a"]), (json!(1), &["t.b"])]),
                one("a", &[]),
                one("b", &[]),
            ],
        )],
        &[],
        &[],
    );
    assert_eq!(
        reached(&graph, "t.b", Direction::Dependents),
        ["1 s:t.c[1] from t.b by dependency"]
    );
}

#[test]
fn a_cycle_ends() {
    let graph = graph_of(
        &[("s", &[one("a", &["t.b"]), one("b", &["t.a", "t.b"])])],
        &[],
        &[],
    );
    assert_eq!(
        reached(&graph, "t.a", Direction::Dependents),
        ["1 s:t.b from t.a by dependency"]
    );
    let a = graph.find("t.a", Scope::TheOnlyOne).unwrap();
    assert_eq!(graph.chain(&a, &a, Direction::DependsOn).unwrap().len(), 1);
}

#[test]
fn links_lead_from_state_to_state() {
    let mut by_id = link(
        LinkKind::SharedId,
        instance(0, "t.web"),
        instance(1, "t.vpc"),
    );
    by_id.via = Some("vpc_id".into());
    let unknown = link(
        LinkKind::SharedId,
        instance(0, "t.gone"),
        instance(1, "t.vpc"),
    );
    let graph = graph_of(
        &[
            ("app", &[one("web", &[]), one("dns", &["t.web"])]),
            ("net", &[one("vpc", &[])]),
        ],
        &[by_id, unknown],
        &[],
    );
    assert_eq!(
        reached(&graph, "t.vpc", Direction::Dependents),
        [
            "1 app:t.web from t.vpc by shared_id vpc_id",
            "2 app:t.dns from t.web by dependency"
        ]
    );
    assert_eq!(
        reached(&graph, "t.dns", Direction::DependsOn),
        [
            "1 app:t.web from t.dns by dependency",
            "2 net:t.vpc from t.web by shared_id vpc_id"
        ]
    );
}

/// An app whose `web` is known to read the output `vpc` and whose `job` reads something of the same
/// data source, which copies the outputs `vpc` and `key`.
fn through_a_data_source() -> Graph {
    let remote = LinkKind::RemoteState;
    let data_source = "data.terraform_remote_state.net";
    let mut read = link(remote, instance(0, "t.web"), instance(1, "t.vpc"));
    read.output = Some("vpc".into());
    read.data_source = Some(data_source.into());
    let copy = |producer: &str, output: &str| {
        let mut copy = link(remote, instance(0, data_source), instance(1, producer));
        copy.output = Some(output.into());
        copy
    };
    let mut data = one("net", &[]);
    data["mode"] = json!("data");
    data["type"] = json!("terraform_remote_state");
    let app = [
        one("web", &[data_source]),
        one("dns", &[data_source, "t.web"]),
        one("job", &[data_source]),
        data,
    ];
    graph_of(
        &[("app", &app), ("net", &[one("vpc", &[]), one("key", &[])])],
        &[read],
        &[copy("t.vpc", "vpc"), copy("t.key", "key")],
    )
}

#[test]
fn what_reads_one_output_does_not_depend_on_the_others() {
    let graph = through_a_data_source();
    assert_eq!(
        reached(&graph, "t.key", Direction::Dependents),
        [
            "1 app:data.terraform_remote_state.net from t.key by remote_state key",
            "2 app:t.job from data.terraform_remote_state.net by dependency"
        ]
    );
    assert_eq!(
        reached(&graph, "t.vpc", Direction::Dependents),
        [
            "1 app:data.terraform_remote_state.net from t.vpc by remote_state vpc",
            "1 app:t.web from t.vpc by remote_state vpc",
            "2 app:t.dns from t.web by dependency",
            "2 app:t.job from data.terraform_remote_state.net by dependency"
        ]
    );
}

#[test]
fn what_reads_a_data_source_depends_on_it_and_not_on_all_that_it_copied() {
    let graph = through_a_data_source();
    let data_source = "data.terraform_remote_state.net";
    assert_eq!(
        reached(&graph, data_source, Direction::Dependents),
        [
            "1 app:t.job from data.terraform_remote_state.net by dependency",
            "1 app:t.web from data.terraform_remote_state.net by dependency",
            "2 app:t.dns from t.web by dependency"
        ]
    );
    assert_eq!(
        reached(&graph, "t.web", Direction::DependsOn),
        [
            "1 app:data.terraform_remote_state.net from t.web by dependency",
            "1 net:t.vpc from t.web by remote_state vpc"
        ]
    );
    let find = |address| graph.find(address, Scope::TheOnlyOne).unwrap();
    let (web, data_source, key) = (find("t.web"), find(data_source), find("t.key"));
    assert!(
        graph
            .chain(&web, &data_source, Direction::DependsOn)
            .is_some()
    );
    assert_eq!(graph.chain(&web, &key, Direction::DependsOn), None);
}

#[test]
fn what_a_data_source_depends_on_in_its_state_concerns_who_reads_it() {
    let remote = LinkKind::RemoteState;
    let name = "data.terraform_remote_state.net";
    let mut read = link(remote, instance(0, "t.web"), instance(1, "t.vpc"));
    read.output = Some("vpc".into());
    read.data_source = Some(name.into());
    let mut data = one("net", &["t.where"]);
    data["mode"] = json!("data");
    data["type"] = json!("terraform_remote_state");
    let app = [one("where", &[]), one("web", &[name, "t.where"]), data];
    let graph = graph_of(&[("app", &app), ("net", &[one("vpc", &[])])], &[read], &[]);
    assert_eq!(
        reached(&graph, "t.where", Direction::Dependents),
        [
            "1 app:data.terraform_remote_state.net from t.where by dependency",
            "2 app:t.web from data.terraform_remote_state.net by dependency"
        ]
    );
    assert_eq!(
        reached(&graph, "t.web", Direction::DependsOn),
        [
            "1 app:data.terraform_remote_state.net from t.web by dependency",
            "1 net:t.vpc from t.web by remote_state vpc",
            "2 app:t.where from data.terraform_remote_state.net by dependency"
        ]
    );
}

#[test]
fn a_chain_is_a_shortest_one() {
    let graph = through_a_data_source();
    let find = |address| graph.find(address, Scope::TheOnlyOne).unwrap();
    let (dns, vpc) = (find("t.dns"), find("t.vpc"));
    let chain = graph.chain(&dns, &vpc, Direction::DependsOn).unwrap();
    let chain: Vec<&str> = chain.iter().map(|(node, _)| graph.address(*node)).collect();
    assert_eq!(chain, ["t.dns", "t.web", "t.vpc"]);
    assert_eq!(graph.chain(&vpc, &dns, Direction::DependsOn), None);
}
