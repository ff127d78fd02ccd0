//! Parts of the graph, seen from further away.

use serde_json::json;

use super::{graph_of, instance, link, one, resource};
use crate::graph::{Graph, Level, LinkKind, Scope, Selection};

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
