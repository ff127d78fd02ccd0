//! Entries of a state that speak of the same thing.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::address::ResourceAddress;
use super::model::{Instance, Resource};

/// Joins entries of one resource into the first of them, and keeps of objects with the same key
/// the last one, as Terraform does when it reads them.
///
/// Source: Terraform `internal/states/statefile/version4.go`, `prepareStateV4`.
pub(super) fn merged(resources: Vec<Resource<'_>>) -> Vec<Resource<'_>> {
    let mut resources = if has_duplicates(&resources) {
        joined(resources)
    } else {
        resources
    };
    for resource in resources
        .iter_mut()
        .filter(|resource| resource.instances.len() > 1)
    {
        keep_last_of_each(&mut resource.instances);
    }
    resources
}

fn has_duplicates(resources: &[Resource<'_>]) -> bool {
    let mut seen = HashSet::with_capacity_and_hasher(resources.len(), RandomState::default());
    !resources
        .iter()
        .all(|resource| seen.insert(&resource.address))
}

fn joined(resources: Vec<Resource<'_>>) -> Vec<Resource<'_>> {
    let mut positions: HashMap<ResourceAddress, usize> = HashMap::new();
    let mut joined: Vec<Resource<'_>> = Vec::with_capacity(resources.len());
    for resource in resources {
        match positions.get(&resource.address) {
            Some(position) => joined[*position].instances.extend(resource.instances),
            None => {
                positions.insert(resource.address.clone(), joined.len());
                joined.push(resource);
            }
        }
    }
    joined
}

fn keep_last_of_each(instances: &mut Vec<Instance<'_>>) {
    // Terraform writes them in order, and then there are no two of one key.
    let is_before = |one: &Instance<'_>, next: &Instance<'_>| {
        (&one.key, &one.deposed) < (&next.key, &next.deposed)
    };
    if instances.is_sorted_by(is_before) {
        return;
    }
    let mut seen = HashSet::with_capacity_and_hasher(instances.len(), RandomState::default());
    let is_last: Vec<bool> = instances
        .iter()
        .rev()
        .map(|instance| seen.insert((&instance.key, &instance.deposed)))
        .collect();
    if is_last.iter().all(|is_last| *is_last) {
        return;
    }
    let mut is_last = is_last.into_iter().rev();
    instances.retain(|_| is_last.next().unwrap_or(true));
}

#[cfg(test)]
mod tests {
    use crate::format::{Document, read};

    #[test]
    fn entries_of_one_resource_become_one_and_the_last_object_of_a_key_counts() {
        let entry = |instances: &str| {
            format!(
                r#"{{"mode": "managed", "type": "t", "name": "n", "instances": [{instances}]}}"#
            )
        };
        let json = format!(
            r#"{{"version": 4, "serial": 1, "resources": [{}, {}]}}"#,
            entry(
                r#"{"index_key": 0, "schema_version": 1}, {"index_key": 1, "schema_version": 1}"#
            ),
            entry(
                r#"{"index_key": 0, "schema_version": 2}, {"index_key": "a", "schema_version": 3}"#
            ),
        );
        let Ok(Document::State(state)) = read(json.as_bytes()) else {
            panic!("not a state");
        };
        assert_eq!(state.resources.len(), 1);
        let found: Vec<_> = state.resources[0]
            .instances
            .iter()
            .map(|instance| {
                (
                    state.resources[0].instance_address(instance).to_string(),
                    instance.schema_version,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("t.n[1]".to_owned(), Some(1)),
                ("t.n[0]".to_owned(), Some(2)),
                (r#"t.n["a"]"#.to_owned(), Some(3))
            ]
        );
    }

    #[test]
    fn dependencies_of_the_first_0_12_releases_are_read_too() {
        let json = r#"{"version": 4, "serial": 1, "resources": [{"module": "module.m[0]", "mode": "managed",
            "type": "t", "name": "n", "instances": [{"depends_on": ["aws_vpc.main", "data.aws_ami.a"]}]}]}"#;
        let Ok(Document::State(state)) = read(json.as_bytes()) else {
            panic!("not a state");
        };
        assert_eq!(
            state.resources[0].instances[0].dependencies(),
            ["module.m.aws_vpc.main", "module.m.data.aws_ami.a"]
        );
    }
}
