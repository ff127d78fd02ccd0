//! Which instances of a state depend on a data source, and which do so themselves.

use std::collections::{HashMap, HashSet};

use crate::format::{Instance, ModulePath, Resource, State};

/// The recorded dependencies of a state, for asking who depends on what.
pub(super) struct Recorded<'s> {
    state: &'s State<'s>,
    instances: Vec<Recording<'s>>,
    /// The config addresses that name a resource: its own, and those of the modules around it.
    names: Vec<Vec<String>>,
    /// The resources that record a dependency under a config address.
    dependents: HashMap<String, Vec<usize>>,
}

struct Recording<'s> {
    resource: usize,
    instance: &'s Instance<'s>,
    dependencies: Vec<String>,
}

/// An instance that depends on a data source.
pub(super) struct Reader<'s> {
    /// The position of the instance among those of the state.
    pub(super) position: usize,
    pub(super) resource: &'s Resource<'s>,
    pub(super) instance: &'s Instance<'s>,
    /// Whether it does so itself and not only through another of its dependencies.
    pub(super) is_direct: bool,
}

impl<'s> Recorded<'s> {
    /// The dependencies that a state records.
    pub(super) fn of(state: &'s State<'s>) -> Self {
        let mut instances = Vec::new();
        let mut dependents: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, resource) in state.resources.iter().enumerate() {
            for instance in resource
                .instances
                .iter()
                .filter(|one| one.deposed.is_none())
            {
                let dependencies = instance.dependencies();
                for dependency in &dependencies {
                    let known = dependents.entry(dependency.clone()).or_default();
                    if known.last() != Some(&position) {
                        known.push(position);
                    }
                }
                instances.push(Recording {
                    resource: position,
                    instance,
                    dependencies,
                });
            }
        }
        Recorded {
            state,
            instances,
            names: state.resources.iter().map(names).collect(),
            dependents,
        }
    }

    /// The instances that depend on the resource at a position, also through others, in the order
    /// of the document.
    ///
    /// Terraform records all that an instance depends on, however far; before 0.13 only what it
    /// names itself. Of the recorded list a dependency is direct that none of the others implies.
    pub(super) fn readers_of(&self, source: usize) -> Vec<Reader<'s>> {
        let through = self.dependents_of(source);
        let Some((source_names, source_module)) = self.named(source) else {
            return Vec::new();
        };
        let through_names: HashSet<&str> = through
            .iter()
            .filter_map(|resource| Some(self.named(*resource)?.0.first()?.as_str()))
            .collect();
        let mut readers = Vec::new();
        for (position, recording) in self.instances.iter().enumerate() {
            let Some(resource) = self.state.resources.get(recording.resource) else {
                continue;
            };
            if !is_same_instance_of_shared_modules(resource.module(), source_module) {
                continue;
            }
            let names = |dependency: &String| source_names.contains(dependency);
            let implies = |dependency: &String| through_names.contains(dependency.as_str());
            let is_named = recording.dependencies.iter().any(names);
            let is_implied = recording.dependencies.iter().any(implies);
            if is_named || is_implied {
                readers.push(Reader {
                    position,
                    resource,
                    instance: recording.instance,
                    is_direct: is_named && !is_implied,
                });
            }
        }
        readers
    }

    fn named(&self, resource: usize) -> Option<(&[String], &'s ModulePath)> {
        let names = self.names.get(resource)?;
        Some((names, self.state.resources.get(resource)?.module()))
    }

    /// The resources that depend on one, however far.
    fn dependents_of(&self, source: usize) -> HashSet<usize> {
        let mut found = HashSet::new();
        let mut pending = vec![source];
        while let Some(resource) = pending.pop() {
            for name in self.names.get(resource).into_iter().flatten() {
                for dependent in self.dependents.get(name).into_iter().flatten() {
                    if *dependent != source && found.insert(*dependent) {
                        pending.push(*dependent);
                    }
                }
            }
        }
        found
    }
}

/// A resource's config address, then those of the modules around it.
fn names(resource: &Resource<'_>) -> Vec<String> {
    let module = &resource.module().0;
    let of_module = |depth: usize| ModulePath(module[..depth].to_vec()).config().to_string();
    std::iter::once(resource.address.config().to_string())
        .chain((1..=module.len()).map(of_module))
        .collect()
}

/// Whether two paths agree on the keys of the module calls they share from the root.
fn is_same_instance_of_shared_modules(one: &ModulePath, other: &ModulePath) -> bool {
    let mut shared = (one.0.iter().zip(&other.0)).take_while(|(one, other)| one.name == other.name);
    shared.all(|(one, other)| one.key == other.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Document, read};

    fn resource(module: &str, mode: &str, name: &str, dependencies: &str) -> String {
        format!(
            r#"{{"module": "{module}", "mode": "{mode}", "type": "t", "name": "{name}", "instances": [
                {{"attributes": {{}}, "dependencies": {dependencies}}}]}}"#
        )
    }

    /// Who depends on the first resource, with a `!` where directly.
    fn readers(resources: &[String]) -> Vec<String> {
        let json = format!(
            r#"{{"version": 4, "resources": [{}]}}"#,
            resources.join(",")
        );
        let Ok(Document::State(state)) = read(json.as_bytes()) else {
            panic!("not a state: {json}");
        };
        let readers = Recorded::of(&state).readers_of(0);
        let text = |reader: &Reader<'_>| {
            let address = reader.resource.instance_address(reader.instance);
            format!("{address}{}", if reader.is_direct { "!" } else { "" })
        };
        readers.iter().map(text).collect()
    }

    #[test]
    fn a_dependency_that_another_one_implies_is_not_direct() {
        let found = readers(&[
            resource("", "data", "x", "[]"),
            resource("", "managed", "a", r#"["data.t.x"]"#),
            resource("", "managed", "b", r#"["data.t.x", "t.a"]"#),
            resource("", "managed", "c", r#"["t.other"]"#),
        ]);
        assert_eq!(found, ["t.a!", "t.b"]);
    }

    #[test]
    fn what_depends_on_a_reader_is_a_reader_where_only_direct_ones_are_recorded() {
        let found = readers(&[
            resource("", "data", "x", "[]"),
            resource("", "managed", "a", r#"["data.t.x"]"#),
            resource("", "managed", "b", r#"["t.a"]"#),
        ]);
        assert_eq!(found, ["t.a!", "t.b"]);
    }

    #[test]
    fn a_reader_stands_in_the_same_module_instance() {
        let found = readers(&[
            resource(r#"module.m[\"a\"]"#, "data", "x", "[]"),
            resource(r#"module.m[\"b\"]"#, "data", "x", "[]"),
            resource(
                r#"module.m[\"a\"]"#,
                "managed",
                "r",
                r#"["module.m.data.t.x"]"#,
            ),
            resource(
                r#"module.m[\"b\"]"#,
                "managed",
                "r",
                r#"["module.m.data.t.x"]"#,
            ),
            resource("", "managed", "whole", r#"["module.m"]"#),
        ]);
        assert_eq!(found, [r#"module.m["a"].t.r!"#, "t.whole!"]);
    }
}
