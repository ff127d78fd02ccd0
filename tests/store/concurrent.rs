//! Writers at the same time, threads and processes, held against the same changes one after another.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Stdio};
use std::sync::Mutex;

use serde_json::{Value, json};
use sgq::format::Redaction;
use sgq::postgres::{Environment, Target};
use sgq::store::{Authorship, Base, Committed, Operation, Store, StoreError, Which, Write};

use crate::desk::{Desk, state, written};
use crate::server::Postgres;

/// Numbers that follow from a seed.
struct Numbers(u64);

impl Numbers {
    /// One below a bound.
    fn below(&mut self, bound: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }
}

/// An object: the name of its resource, and its index.
type Object = (String, usize);

/// A state as plainly as can be: of each object a value and the resources it depends on, of each output a
/// value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Plain {
    objects: BTreeMap<Object, (u64, BTreeSet<String>)>,
    outputs: BTreeMap<String, u64>,
}

/// What a writer does.
#[derive(Debug, Clone)]
enum Step {
    Put(Object, u64, BTreeSet<String>),
    Remove(Object),
    Output(String, u64),
    NoOutput(String),
}

impl Plain {
    fn of(document: &str) -> Plain {
        let document: Value = serde_json::from_str(document).unwrap();
        let mut plain = Plain::default();
        for resource in document["resources"].as_array().unwrap() {
            let name = resource["name"].as_str().unwrap();
            for instance in resource["instances"].as_array().unwrap() {
                let index = usize::try_from(instance["index_key"].as_u64().unwrap()).unwrap();
                let value = instance["attributes"]["value"].as_u64().unwrap();
                let depends_on = instance["dependencies"].as_array().into_iter().flatten();
                let names = depends_on.map(|address| {
                    address
                        .as_str()
                        .unwrap()
                        .strip_prefix("thing.")
                        .unwrap()
                        .to_owned()
                });
                let held = (value, names.collect());
                let before = plain.objects.insert((name.to_owned(), index), held);
                assert_eq!(before, None, "{name}[{index}] is there twice");
            }
        }
        for (name, output) in document["outputs"].as_object().unwrap() {
            plain
                .outputs
                .insert(name.clone(), output["value"].as_u64().unwrap());
        }
        plain
    }

    fn document(&self, serial: u64) -> String {
        let names: BTreeSet<&String> = self.objects.keys().map(|(name, _)| name).collect();
        let resource = |name: &&String| {
            let own = self.objects.iter().filter(|((of, _), _)| of == *name);
            let instance = |((_, index), (value, depends_on)): (
                &Object,
                &(u64, BTreeSet<String>),
            )| {
                let depends_on: Vec<String> = depends_on
                    .iter()
                    .map(|name| format!("thing.{name}"))
                    .collect();
                json!({"index_key": index, "schema_version": 0, "attributes": {"id": name, "value": value},
                    "dependencies": depends_on})
            };
            json!({"mode": "managed", "type": "thing", "name": name,
                "provider": "provider[\"registry.terraform.io/example/things\"]",
                "instances": own.map(instance).collect::<Vec<_>>()})
        };
        let outputs = self.outputs.iter();
        let outputs =
            outputs.map(|(name, value)| (name.clone(), json!({"value": value, "type": "number"})));
        written(&json!({
            "version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": "l",
            "outputs": outputs.collect::<serde_json::Map<_, _>>(),
            "resources": names.iter().map(resource).collect::<Vec<_>>(), "check_results": null,
        }))
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Put(object, value, depends_on) => {
                let held = (*value, depends_on.clone());
                self.objects.insert(object.clone(), held);
            }
            Step::Remove(object) => drop(self.objects.remove(object)),
            Step::Output(name, value) => drop(self.outputs.insert(name.clone(), *value)),
            Step::NoOutput(name) => drop(self.outputs.remove(name)),
        }
    }

    /// Whether all is there that something depends on.
    fn is_whole(&self) -> bool {
        let names: BTreeSet<&String> = self.objects.keys().map(|(name, _)| name).collect();
        let mut needed = self.objects.values().flat_map(|(_, depends_on)| depends_on);
        needed.all(|name| names.contains(name))
    }

    /// What it is after some changes that leave it whole.
    fn changed(&self, numbers: &mut Numbers) -> Plain {
        let mut after = self.clone();
        for _ in 0..=numbers.below(3) {
            let mut next = after.clone();
            next.take(&after.step(numbers));
            if next.is_whole() {
                after = next;
            }
        }
        after
    }

    /// What makes another of it.
    fn steps_to(&self, after: &Plain) -> Vec<Step> {
        let mut steps = Vec::new();
        for (object, held) in &after.objects {
            if self.objects.get(object) != Some(held) {
                steps.push(Step::Put(object.clone(), held.0, held.1.clone()));
            }
        }
        let gone = self.objects.keys();
        let gone = gone.filter(|object| !after.objects.contains_key(object));
        steps.extend(gone.cloned().map(Step::Remove));
        for (name, value) in &after.outputs {
            if self.outputs.get(name) != Some(value) {
                steps.push(Step::Output(name.clone(), *value));
            }
        }
        let gone = self.outputs.keys();
        let gone = gone.filter(|name| !after.outputs.contains_key(*name));
        steps.extend(gone.cloned().map(Step::NoOutput));
        steps
    }

    fn step(&self, numbers: &mut Numbers) -> Step {
        let name = |numbers: &mut Numbers| {
            ["a", "b", "c", "d", "e", "f", "g", "h"][numbers.below(8)].to_owned()
        };
        let there: Vec<&Object> = self.objects.keys().collect();
        match numbers.below(8) {
            0 | 1 if !there.is_empty() => Step::Remove(there[numbers.below(there.len())].clone()),
            2 => Step::Output(name(numbers), numbers.below(4) as u64),
            3 => Step::NoOutput(name(numbers)),
            _ => {
                let object = (name(numbers), numbers.below(3));
                let known: Vec<&String> = there
                    .iter()
                    .map(|(name, _)| name)
                    .filter(|name| **name != object.0)
                    .collect();
                let count = numbers.below(3).min(known.len());
                let depends_on = (0..count).map(|_| known[numbers.below(known.len())].clone());
                let depends_on = depends_on.collect();
                Step::Put(object, numbers.below(5) as u64, depends_on)
            }
        }
    }
}

/// A push that the store took: its version, and what its writer did.
type Accepted = Mutex<BTreeMap<i64, Vec<Step>>>;

/// Pulls some version, changes it and pushes it, again and again; gives how many pushes were refused.
fn write(target: &Target, seed: u64, rounds: usize, accepted: &Accepted) -> usize {
    let mut store = Store::open(target).unwrap();
    let mut numbers = Numbers(seed);
    let authorship = Authorship {
        author: Some(format!("writer {seed}")),
        ..Authorship::default()
    };
    let mut refused = 0;
    for round in 0..rounds {
        let newest = store.pull("s", Which::Newest).unwrap();
        let back = if numbers.below(3) == 0 {
            numbers.below(6) as i64
        } else {
            0
        };
        let base = (newest.version - back).max(1);
        let pulled = store.pull("s", Which::Version(base)).unwrap();
        let plain = Plain::of(&pulled.document);
        let after = plain.changed(&mut numbers);
        let steps = plain.steps_to(&after);
        let write = Write {
            state: "s",
            workspace: "default",
            base: Base::Version(base),
            operation: Operation::Push,
            authorship: &authorship,
            recorded_at: None,
            may_be_made_anew: false,
            captured: None,
        };
        let document = after.document(round as u64);
        match store.push(&write, document.as_bytes(), &Redaction::default()) {
            Ok(Committed::Version { version, .. }) => {
                let before = accepted.lock().unwrap().insert(version, steps);
                assert!(before.is_none(), "version {version} was given twice");
            }
            Ok(Committed::Unchanged { .. }) => {}
            Err(StoreError::Overlap { overlaps, .. }) => {
                assert!(!overlaps.is_empty());
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    refused
}

#[test]
fn what_several_writers_did_is_what_they_would_have_done_one_after_another() {
    let server = Postgres::start().unwrap();
    for seed in 0..3u64 {
        let desk = Desk::new(&server, &format!("seed{seed}"));
        desk.push("s", Plain::default().document(1), &[]);
        let target = Target::parse(&server.url(&desk.database), &Environment::default()).unwrap();
        let accepted = Accepted::default();
        let refused: usize = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..5)
                .map(|writer| {
                    scope.spawn({
                        let (target, accepted) = (&target, &accepted);
                        move || write(target, seed * 100 + writer, 60, accepted)
                    })
                })
                .collect();
            writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .sum()
        });
        let accepted = accepted.into_inner().unwrap();
        assert!(
            accepted.len() > 100 && refused > 10,
            "{} {refused}",
            accepted.len()
        );
        // One after another, in the order of the versions.
        let mut store = Store::open(&target).unwrap();
        let mut plain = Plain::default();
        for (number, (version, steps)) in (2..).zip(&accepted) {
            assert_eq!(*version, number, "versions have no gaps");
            steps.iter().for_each(|step| plain.take(step));
            assert!(plain.is_whole(), "version {version}: {steps:?}");
            let pulled = store.pull("s", Which::Version(*version)).unwrap().document;
            assert_eq!(Plain::of(&pulled), plain, "version {version}: {steps:?}");
        }
        let rows: BTreeMap<String, i64> = desk.rows().into_iter().collect();
        let versions = accepted.len() as i64 + 1;
        assert_eq!(
            (rows["recorded_versions"], rows["transactions"]),
            (versions, versions)
        );
        let verified = desk.sgq(&["store", "verify", "-o", "csv"]);
        assert_eq!(
            verified,
            format!(
                "state,version,table,what\n[stderr]\nsgq: 1 state with {versions} versions verified\n[exit 0]"
            )
        );
    }
}

/// Begins to push a document.
fn begin(desk: &Desk<'_>, file: &str, document: &str, base: &str) -> Child {
    desk.place.write(file, document);
    let mut command = desk.command(&[
        "store", "push", file, "--state", "s", "--base", base, "--author", file,
    ]);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What it ends with; `None` where it was killed.
fn end(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Things of the names `t0`, `t1`, … with a value each.
fn things(values: &[String]) -> String {
    let names: Vec<String> = (0..values.len()).map(|at| format!("t{at}")).collect();
    let things: Vec<(&str, &str, &[&str])> = names
        .iter()
        .zip(values)
        .map(|(name, value)| (name.as_str(), value.as_str(), &[][..]))
        .collect();
    state(1, &things)
}

fn values(document: &[u8]) -> Vec<String> {
    let document: Value = serde_json::from_slice(document).unwrap();
    let resources = document["resources"].as_array().unwrap().iter();
    let value = |resource: &Value| {
        let value = &resource["instances"][0]["attributes"]["value"];
        value.as_str().unwrap().to_owned()
    };
    resources.map(value).collect()
}

#[test]
fn sixteen_processes_lose_nothing_and_of_those_that_meet_one_wins() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let first = vec!["first".to_owned(); 16];
    desk.push("s", things(&first), &[]);
    let pushes: Vec<Child> = (0..16)
        .map(|at| {
            let mut values = first.clone();
            values[at] = format!("of {at}");
            begin(&desk, &format!("{at}.tfstate"), &things(&values), "1")
        })
        .collect();
    for push in pushes {
        let (code, told) = end(push);
        assert_eq!(code, Some(0), "{told}");
    }
    let all: Vec<String> = (0..16).map(|at| format!("of {at}")).collect();
    assert_eq!(values(&desk.pull(&["s"])), all);
    assert_eq!(values(&desk.pull(&["s", "--version", "17"])), all);

    let pushes: Vec<Child> = (0..16)
        .map(|at| {
            let mut values = all.clone();
            values[3] = format!("won by {at}");
            begin(&desk, &format!("{at}.tfstate"), &things(&values), "17")
        })
        .collect();
    let ends: Vec<(Option<i32>, String)> = pushes.into_iter().map(end).collect();
    let won: Vec<usize> = (0..16).filter(|at| ends[*at].0 == Some(0)).collect();
    assert_eq!(won.len(), 1, "{ends:?}");
    for (code, told) in ends.iter().filter(|(code, _)| *code != Some(0)) {
        assert_eq!(*code, Some(4), "{told}");
        assert!(
            told.contains("thing.t3: changed here; changed in version 18"),
            "{told}"
        );
    }
    assert_eq!(values(&desk.pull(&["s"]))[3], format!("won by {}", won[0]));
    let verified = desk.sgq(&["store", "verify"]);
    assert!(
        verified.ends_with("sgq: 1 state with 18 versions verified\n[exit 0]"),
        "{verified}"
    );
}

/// How many things a pusher changes, all to the same value.
const GROUP: usize = 12;

#[test]
fn a_push_that_is_killed_is_wholly_there_or_not_at_all() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    desk.push("s", things(&vec!["first".to_owned(); 3 * GROUP]), &[]);
    let mut numbers = Numbers(7);
    let mut tried: BTreeSet<String> = BTreeSet::from(["first".to_owned()]);
    let mut succeeded = BTreeSet::new();
    for round in 0..25 {
        let listed = desk.sgq(&["store", "states", "-o", "csv"]);
        let newest = listed
            .lines()
            .nth(1)
            .unwrap()
            .split(',')
            .nth(2)
            .unwrap()
            .to_owned();
        let before = values(&desk.pull(&["s", "--version", &newest]));
        let pushes: Vec<(String, Child)> = (0..3)
            .map(|group| {
                let value = format!("{round} of {group}");
                let mut values = before.clone();
                values[group * GROUP..(group + 1) * GROUP].fill(value.clone());
                let push = begin(
                    &desk,
                    &format!("{group}.tfstate"),
                    &things(&values),
                    &newest,
                );
                (value, push)
            })
            .collect();
        for (value, mut push) in pushes {
            tried.insert(value.clone());
            if numbers.below(4) > 0 {
                std::thread::sleep(std::time::Duration::from_millis(numbers.below(40) as u64));
                // It may have ended already.
                let _ = push.kill();
            }
            match end(push) {
                (Some(0), _) => drop(succeeded.insert(value)),
                (None, _) => {}
                (code, told) => panic!("{code:?}: {told}"),
            }
        }
    }
    // What was sent before a process ended is still done.
    let mut client = desk.client();
    let others = "SELECT FROM pg_stat_activity WHERE datname = 'shop' AND pid <> pg_backend_pid()";
    while !client.query(others, &[]).unwrap().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let newest: i64 = client
        .query_one("SELECT newest_version FROM recorded_states", &[])
        .unwrap()
        .get(0);
    let mut seen = BTreeSet::new();
    for version in 1..=newest {
        let values = values(&desk.pull(&["s", "--version", &version.to_string()]));
        for group in values.chunks(GROUP) {
            assert!(
                group.iter().all(|value| *value == group[0]),
                "version {version}: {group:?}"
            );
            assert!(tried.contains(&group[0]));
            seen.insert(group[0].clone());
        }
    }
    assert!(succeeded.is_subset(&seen));
    assert!(
        succeeded.len() > 5 && succeeded.len() < 75,
        "{}",
        succeeded.len()
    );
    let rows: BTreeMap<String, i64> = desk.rows().into_iter().collect();
    assert_eq!(
        (rows["recorded_versions"], rows["transactions"]),
        (newest, newest)
    );
    let verified = desk.sgq(&["store", "verify"]);
    let expected = format!("sgq: 1 state with {newest} versions verified\n[exit 0]");
    assert!(verified.ends_with(&expected), "{verified}");
}
