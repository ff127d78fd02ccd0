//! The dependencies within one state, as it records them.

use std::ops::ControlFlow;

use super::recorded::{Evidence, Recorded};
use crate::format::State;

/// An instance that depends on another of the same state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The instance that depends.
    pub address: String,
    /// The instance it depends on; `None` where the state holds none under the recorded address.
    pub depends_on_address: Option<String>,
    /// The dependency as recorded.
    pub depends_on: String,
    /// Whether something else it depends on depends on that instance already. Terraform records all
    /// that is depended on at any distance.
    pub is_implied: bool,
}

/// Gives every edge of a state to `emit`, in the order of its instances, until that breaks.
///
/// A state records config addresses, without instance keys: one dependency fans out to every
/// instance under it. Where both ends stand below the same module call, they stand in the same
/// instance of it: `module.a["x"].t.n` never depends on `module.a["y"].t.m` through the recorded
/// `module.a.t.m`. Which instances of a resource with `count` or `for_each` are really meant, a
/// state does not tell: the edge goes to all.
pub fn edges(state: &State<'_>, emit: &mut dyn FnMut(Edge) -> ControlFlow<()>) -> ControlFlow<()> {
    let recorded = Recorded::of(state, &Evidence::new());
    for (position, instance) in (0..).zip(&recorded.instances) {
        let address = recorded.address(position);
        let part = &recorded.parts[instance.part as usize];
        let list = &recorded.lists[part.list as usize];
        for text in &instance.texts {
            let (depends_on, configs) = &recorded.texts[*text as usize];
            let mut found = false;
            for config in configs {
                let target = list.binary_search(config).ok();
                let Some(target) = target.and_then(|target| part.targets.get(target)) else {
                    continue;
                };
                for other in recorded.instances_of(&target.parts) {
                    found = true;
                    emit(Edge {
                        address: address.clone(),
                        depends_on_address: Some(recorded.address(*other)),
                        depends_on: depends_on.clone(),
                        is_implied: target.is_implied,
                    })?;
                }
            }
            if !found {
                emit(Edge {
                    address: address.clone(),
                    depends_on_address: None,
                    depends_on: depends_on.clone(),
                    is_implied: false,
                })?;
            }
        }
    }
    ControlFlow::Continue(())
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Document, read};

    fn edges_of(resources: &str) -> Vec<(String, Option<String>)> {
        let json = format!(r#"{{"version": 4, "resources": [{resources}]}}"#);
        let Ok(Document::State(state)) = read(json.as_bytes()) else {
            panic!("not a state: {json}");
        };
        let mut found = Vec::new();
        let _ = edges(&state, &mut |edge| {
            found.push((edge.address, edge.depends_on_address));
            ControlFlow::Continue(())
        });
        found
    }

    fn resource(module: &str, name: &str, key: &str, depends_on: &str) -> String {
        format!(
            r#"{{"module": {module}, "mode": "managed", "type": "t", "name": "{name}", "instances": [
                {{"index_key": {key}, "attributes": {{}}, "dependencies": {depends_on}}}]}}"#
        )
    }

    #[test]
    fn a_dependency_fans_out_to_every_instance() {
        let resources = [
            resource("null", "a", "null", r#"["t.b"]"#),
            resource("null", "b", "0", "[]"),
            resource("null", "b", "1", "[]"),
        ];
        assert_eq!(
            edges_of(&resources.join(",")),
            [
                ("t.a".into(), Some("t.b[0]".into())),
                ("t.a".into(), Some("t.b[1]".into()))
            ]
        );
    }

    #[test]
    fn an_edge_stays_within_the_module_instance_both_ends_share() {
        let resources = [
            resource(r#""module.m[\"x\"]""#, "a", "null", r#"["module.m.t.b"]"#),
            resource(r#""module.m[\"x\"]""#, "b", "null", "null"),
            resource(r#""module.m[\"y\"]""#, "b", "null", "null"),
            resource("null", "c", "null", r#"["module.m.t.b", "t.gone"]"#),
        ];
        let both = |address: &str, target: &str| (address.to_owned(), Some(target.to_owned()));
        assert_eq!(
            edges_of(&resources.join(",")),
            [
                both(r#"module.m["x"].t.a"#, r#"module.m["x"].t.b"#),
                both("t.c", r#"module.m["x"].t.b"#),
                both("t.c", r#"module.m["y"].t.b"#),
                ("t.c".into(), None),
            ]
        );
    }

    #[test]
    fn a_deposed_object_adds_no_second_edge() {
        let twice = r#"{"mode": "managed", "type": "t", "name": "a", "instances": [
            {"attributes": {}, "dependencies": ["t.b"]},
            {"deposed": "00000001", "attributes": {}, "dependencies": ["t.b", "t.c"]}]}"#;
        let resources = [twice.to_owned(), resource("null", "b", "null", "null")];
        assert_eq!(
            edges_of(&resources.join(",")),
            [("t.a".into(), Some("t.b".into())), ("t.a".into(), None)]
        );
    }

    #[test]
    fn a_dependency_on_a_module_is_one_on_all_it_holds() {
        let resources = [
            resource("null", "a", "null", r#"["module.m"]"#),
            resource(r#""module.m.module.n[0]""#, "b", "null", "null"),
        ];
        assert_eq!(
            edges_of(&resources.join(",")),
            [("t.a".into(), Some("module.m.module.n[0].t.b".into()))]
        );
    }
}
