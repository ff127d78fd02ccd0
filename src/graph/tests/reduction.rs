//! That leaving out what is implied loses nothing, over states of any shape.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{graph_of, resource, state};
use crate::format::{Document, read};
use crate::graph::{Direction, edges};

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
