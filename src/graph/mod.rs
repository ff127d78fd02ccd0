//! Dependencies: within a state, what each instance depends on, and from one state to another.

mod link;
mod remote;
mod shared;

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

pub use self::link::{InstanceRef, Link, LinkKind};
pub use self::remote::{Confidence, Producer, RemoteState, RemoteStates};
pub use self::shared::{OwnedTwice, SharedIds};
use crate::format::{InstanceKey, ModulePath, Resource, ResourceAddress, State};

/// An instance that depends on another of the same state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The instance that depends.
    pub address: String,
    /// The instance it depends on; `None` where the state holds none under the recorded address.
    pub depends_on_address: Option<String>,
    /// The dependency as recorded.
    pub depends_on: String,
}

/// Gives every edge of a state to `emit`, in the order of its instances, until that breaks.
///
/// A state records config addresses, without instance keys: one dependency fans out to every
/// instance under it. Where both ends stand below the same module call, they stand in the same
/// instance of it: `module.a["x"].t.n` never depends on `module.a["y"].t.m` through the recorded
/// `module.a.t.m`. Which instances of a resource with `count` or `for_each` are really meant, a
/// state does not tell: the edge goes to all.
pub fn edges(state: &State<'_>, emit: &mut dyn FnMut(Edge) -> ControlFlow<()>) -> ControlFlow<()> {
    let targets = targets(state);
    for resource in &state.resources {
        for (address, dependencies) in dependencies_by_address(resource) {
            for depends_on in dependencies {
                let mut found = false;
                for (module, target) in targets.get(&depends_on).into_iter().flatten() {
                    if is_same_instance_of_shared_modules(resource.module(), module) {
                        found = true;
                        emit(Edge {
                            address: address.clone(),
                            depends_on_address: Some(target.clone()),
                            depends_on: depends_on.clone(),
                        })?;
                    }
                }
                if !found {
                    emit(Edge {
                        address: address.clone(),
                        depends_on_address: None,
                        depends_on,
                    })?;
                }
            }
        }
    }
    ControlFlow::Continue(())
}

/// What each address of a resource depends on. A deposed object has the address of the current one
/// beside it, and its dependencies count with that one's.
fn dependencies_by_address(resource: &Resource<'_>) -> Vec<(String, Vec<String>)> {
    let mut by_address: Vec<(String, Vec<String>)> = Vec::new();
    let mut positions: HashMap<Option<&InstanceKey>, usize> = HashMap::new();
    for instance in &resource.instances {
        let position = *positions.entry(instance.key.as_ref()).or_insert_with(|| {
            by_address.push((resource.instance_address(instance).to_string(), Vec::new()));
            by_address.len() - 1
        });
        let known = &mut by_address[position].1;
        for depends_on in instance.dependencies() {
            if !known.contains(&depends_on) {
                known.push(depends_on);
            }
        }
    }
    by_address
}

/// The instances under each config address, and under each module's, with the module each stands in.
fn targets<'s>(state: &'s State<'_>) -> HashMap<String, Vec<(&'s ModulePath, String)>> {
    let mut by_resource: BTreeMap<&ResourceAddress, Vec<String>> = BTreeMap::new();
    for resource in &state.resources {
        let instances = by_resource.entry(&resource.address).or_default();
        for instance in &resource.instances {
            let address = resource.instance_address(instance).to_string();
            // A deposed object has the address of the current one beside it.
            if instances.last() != Some(&address) {
                instances.push(address);
            }
        }
    }
    let mut targets: HashMap<String, Vec<_>> = HashMap::new();
    for (resource, instances) in by_resource {
        let module = &resource.module;
        let of_module = |depth: usize| ModulePath(module.0[..depth].to_vec()).config().to_string();
        let names = (1..=module.depth())
            .map(of_module)
            .chain([resource.config().to_string()]);
        for name in names {
            targets
                .entry(name)
                .or_default()
                .extend(instances.iter().map(|instance| (module, instance.clone())));
        }
    }
    targets
}

/// Whether two paths agree on the keys of the module calls they share from the root.
fn is_same_instance_of_shared_modules(one: &ModulePath, other: &ModulePath) -> bool {
    let shared = one
        .0
        .iter()
        .zip(&other.0)
        .take_while(|(one, other)| one.name == other.name);
    shared.into_iter().all(|(one, other)| one.key == other.key)
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
