//! The graph as a whole, over states made up here.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::format::{Document, Redaction, SecretNames, read};
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
fn a_chain_is_a_shortest_one() {
    let graph = through_a_data_source();
    let find = |address| graph.find(address, Scope::TheOnlyOne).unwrap();
    let (dns, vpc) = (find("t.dns"), find("t.vpc"));
    let chain = graph.chain(&dns, &vpc, Direction::DependsOn).unwrap();
    let chain: Vec<&str> = chain.iter().map(|(node, _)| graph.address(*node)).collect();
    assert_eq!(chain, ["t.dns", "t.web", "t.vpc"]);
    assert_eq!(graph.chain(&vpc, &dns, Direction::DependsOn), None);
}

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
    let error = |address, scope| graph.find(address, scope).unwrap_err().to_string();
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
    assert_eq!(graph.find("t.main", Scope::AllStates).unwrap().len(), 2);
    assert_eq!(graph.find("net:t.main", Scope::AllStates).unwrap().len(), 1);
    assert_eq!(graph.find("t.main", Scope::State("net")).unwrap().len(), 1);
}

/// The boxes and arrows of an outline, a line each.
fn drawn(graph: &Graph, wanted: &Selection, level: Level) -> Vec<String> {
    let outline = graph.outline(wanted, level).unwrap();
    let name = |position: usize| {
        let of = &outline.boxes[position];
        format!("{}:{}", of.state, of.address)
    };
    let boxes = outline.boxes.iter().enumerate().map(|(position, of)| {
        let focus = if of.is_focus { "*" } else { "" };
        format!("{} {}{focus}", name(position), of.instances)
    });
    let arrows = outline.arrows.iter().map(|arrow| {
        let attributes: Vec<&str> = arrow.attributes.iter().map(String::as_str).collect();
        let [from, to] = [arrow.from, arrow.to].map(name);
        format!(
            "{from} -> {to} {} {}",
            arrow.kind.as_str(),
            attributes.join(",")
        )
    });
    boxes
        .chain(arrows.map(|arrow| arrow.trim_end().to_owned()))
        .collect()
}

#[test]
fn an_outline_has_what_is_wanted_at_its_level() {
    let inner = |key: &str| {
        resource(
            &format!("module.m[{key}]"),
            "b",
            &[(json!(0), &["t.a"]), (json!(1), &["t.a"])],
        )
    };
    let mut by_id = link(LinkKind::SharedId, instance(0, "t.a"), instance(1, "t.vpc"));
    by_id.via = Some("vpc_id".into());
    let mut again = by_id.clone();
    again.consumer = instance(0, "t.c");
    again.via = Some("network".into());
    let mut unknown = by_id.clone();
    unknown.kind = LinkKind::RemoteState;
    unknown.producer = None;
    let app = [
        one("a", &[]),
        inner("0"),
        inner("1"),
        one("c", &["module.m.t.b", "t.a"]),
    ];
    let graph = graph_of(
        &[("app", &app), ("net", &[one("vpc", &[])]), ("none", &[])],
        &[by_id, again, unknown],
        &[],
    );
    let all = Selection::default();
    assert_eq!(
        drawn(&graph, &all, Level::Resource),
        [
            "app:t.a 1",
            "app:t.c 1",
            "app:module.m[0].t.b 2",
            "app:module.m[1].t.b 2",
            "net:t.vpc 1",
            "app:t.c -> app:module.m[0].t.b dependency",
            "app:t.c -> app:module.m[1].t.b dependency",
            "app:module.m[0].t.b -> app:t.a dependency",
            "app:module.m[1].t.b -> app:t.a dependency",
            "app:t.a -> net:t.vpc shared_id vpc_id",
            "app:t.c -> net:t.vpc shared_id network",
        ]
    );
    assert_eq!(
        drawn(&graph, &all, Level::Module),
        [
            "app: 2",
            "app:module.m[0] 2",
            "app:module.m[1] 2",
            "net: 1",
            "app: -> app:module.m[0] dependency",
            "app: -> app:module.m[1] dependency",
            "app:module.m[0] -> app: dependency",
            "app:module.m[1] -> app: dependency",
            "app: -> net: shared_id network,vpc_id",
        ]
    );
    assert_eq!(
        drawn(&graph, &all, Level::State),
        [
            "app: 6",
            "net: 1",
            "none: 0",
            "app: -> net: shared_id network,vpc_id",
            "app: -> net: remote_state",
        ]
    );
    let about = |address: &str, depth| Selection {
        focus: Some(graph.find(address, Scope::TheOnlyOne).unwrap()),
        depth: Some(depth),
        ..Selection::default()
    };
    assert_eq!(
        drawn(&graph, &about("module.m[1].t.b[0]", 1), Level::Instance),
        [
            "app:t.a 1",
            "app:t.c 1",
            "app:module.m[1].t.b[0] 1*",
            "app:t.c -> app:module.m[1].t.b[0] dependency",
            "app:module.m[1].t.b[0] -> app:t.a dependency",
        ]
    );
    assert_eq!(drawn(&graph, &about("t.vpc", 0), Level::State), ["net: 1*"]);
    let of_net = Selection {
        states: [1].into(),
        ..about("t.vpc", 1)
    };
    assert_eq!(drawn(&graph, &of_net, Level::Instance), ["net:t.vpc 1*"]);
}

/// Where a resource stands, how many instances it has there, and what each of them depends on.
type Made = (usize, Vec<Vec<usize>>);

const MODULES: [&[&str]; 4] = [
    &[""],
    &["module.m[\"x\"]", "module.m[\"y\"]"],
    &[
        "module.m[\"x\"].module.n[0]",
        "module.m[\"y\"].module.n[0]",
        "module.m[\"y\"].module.n[1]",
    ],
    &["module.o[0]", "module.o[1]"],
];
const CONFIGS: [&str; 4] = ["", "module.m.", "module.m.module.n.", "module.o."];

/// A state whose resources depend on any, `made[n]` naming its n-th resource.
fn made_up(made: &[Made]) -> String {
    let name = |at: usize| format!("{}t.r{at}", CONFIGS[made[at].0]);
    let resources: Vec<Value> = made
        .iter()
        .enumerate()
        .flat_map(|(at, (module, instances))| {
            let dependencies: Vec<Vec<String>> = instances
                .iter()
                .map(|on| on.iter().filter(|on| **on < made.len()).map(|on| name(*on)).collect())
                .collect();
            MODULES[*module].iter().enumerate().map(move |(place, module)| {
                let instances: Vec<Value> = dependencies
                    .iter()
                    .enumerate()
                    // Not every module instance has every instance.
                    .filter(|(key, _)| place == 0 || (key + place) % 3 != 0)
                    .map(|(key, on)| json!({"index_key": key, "attributes": {}, "dependencies": on}))
                    .collect();
                let mut resource = resource(module, &format!("r{at}"), &[]);
                resource["instances"] = json!(instances);
                resource
            })
        })
        .collect();
    state(&resources)
}

type Relation = BTreeMap<String, BTreeSet<String>>;

/// All that a state records, and the same without what is implied.
fn recorded_and_kept(json: &str) -> (Relation, Relation) {
    let Ok(Document::State(state)) = read(json.as_bytes()) else {
        panic!("not a state: {json}");
    };
    let (mut recorded, mut kept) = (Relation::new(), Relation::new());
    let _ = edges(&state, &mut |edge| {
        if let Some(target) = edge.depends_on_address {
            let on = recorded.entry(edge.address.clone()).or_default();
            on.insert(target.clone());
            if !edge.is_implied {
                kept.entry(edge.address).or_default().insert(target);
            }
        }
        ControlFlow::Continue(())
    });
    (recorded, kept)
}

fn closure(relation: &Relation) -> Relation {
    let reach = |start: &String| {
        let mut seen = BTreeSet::new();
        let mut left = vec![start];
        while let Some(next) = left.pop() {
            for other in relation.get(next).into_iter().flatten() {
                if seen.insert(other.clone()) {
                    left.push(other);
                }
            }
        }
        seen
    };
    relation
        .keys()
        .map(|start| (start.clone(), reach(start)))
        .collect()
}

fn resources(depends_on: impl Strategy<Value = usize> + Clone) -> impl Strategy<Value = Vec<Made>> {
    let on = proptest::collection::vec(depends_on, 0..4);
    let instances = proptest::collection::vec(on, 1..3);
    proptest::collection::vec((0..MODULES.len(), instances), 1..7)
}

proptest! {
    #[test]
    fn all_that_could_be_reached_still_can(made in resources(0..7_usize)) {
        let (recorded, kept) = recorded_and_kept(&made_up(&made));
        prop_assert_eq!(closure(&recorded), {
            let mut kept = kept;
            for start in recorded.keys() {
                kept.entry(start.clone()).or_default();
            }
            closure(&kept)
        });
    }

    #[test]
    fn a_walk_reaches_what_is_recorded(made in resources(0..7_usize)) {
        let json = made_up(&made);
        let (recorded, _) = recorded_and_kept(&json);
        let state: Value = serde_json::from_str(&json).unwrap();
        let resources = state["resources"].as_array().unwrap();
        let graph = graph_of(&[("s", resources)], &[], &[]);
        let reached = closure(&recorded);
        for start in graph.nodes() {
            let address = graph.address(start);
            let walk = |direction| -> BTreeSet<String> {
                let reached = graph.reach(&[start], direction, None);
                reached.iter().map(|reached| graph.address(reached.node).to_owned()).collect()
            };
            let mut down = reached.get(address).cloned().unwrap_or_default();
            down.remove(address);
            prop_assert_eq!(walk(Direction::DependsOn), down);
            let up = reached.iter().filter(|(from, on)| on.contains(address) && *from != address);
            prop_assert_eq!(walk(Direction::Dependents), up.map(|(from, _)| from.clone()).collect());
        }
    }

    /// Where all is recorded at any distance, as Terraform does, and nothing has a key, what is kept
    /// is what nothing else can replace.
    #[test]
    fn of_a_closure_only_the_direct_ones_are_kept(
        made in proptest::collection::vec(proptest::collection::vec(0..7_usize, 0..4), 1..7)
    ) {
        let direct: Vec<BTreeSet<usize>> = made
            .iter()
            .enumerate()
            .map(|(at, on)| on.iter().copied().filter(|on| *on < at).collect())
            .collect();
        let mut all: Vec<BTreeSet<usize>> = Vec::new();
        for on in &direct {
            let more = on.iter().flat_map(|on| all[*on].iter().copied());
            all.push(on.iter().copied().chain(more).collect());
        }
        let made: Vec<Made> = all.iter().map(|on| (0, vec![on.iter().copied().collect()])).collect();
        let (_, kept) = recorded_and_kept(&made_up(&made));
        for (at, on) in all.iter().enumerate() {
            let needed = on.iter().filter(|on_it| !on.iter().any(|other| all[*other].contains(on_it)));
            let needed: BTreeSet<String> = needed.map(|on| format!("t.r{on}[0]")).collect();
            let kept = kept.get(&format!("t.r{at}[0]")).cloned().unwrap_or_default();
            prop_assert_eq!(kept, needed);
        }
    }
}
