//! How right the links between states are: against the truth of those who made the states.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;

use sgq::format::Redaction;
use sgq::graph::{InstanceRef, SharedIds};
use sgq::inventory::{Inventory, ReadOptions, SourceSpec};
use sgq::postgres::Environment;
use sgq::source::Location;

#[path = "../benches/linked.rs"]
mod linked;

use linked::{Place, Size, Truth};

fn inventory(folder: &Path) -> Inventory {
    let location = folder.to_str().expect("a folder whose name is text");
    let source = SourceSpec {
        name: None,
        location: Location::parse(location, folder, &Environment::default())
            .expect("a folder is a location"),
        base: folder.to_owned(),
        labels: None,
    };
    let options = ReadOptions {
        redaction: Redaction::default(),
        max_size: 1 << 30,
        ..ReadOptions::default()
    };
    Inventory::find(&[source], options)
}

fn survey(inventory: &Inventory) -> SharedIds {
    SharedIds::survey(inventory, NonZeroUsize::new(2).expect("two is not zero"))
}

/// The links and the objects owned twice, by the numbers in the states' names.
fn found(inventory: &Inventory, shared: &SharedIds) -> Truth {
    let place = |instance: &InstanceRef| -> Place {
        let name = &inventory.files()[instance.state].name;
        let number = name.parse().expect("a state is named by its number");
        (number, instance.address.to_string())
    };
    let links = shared
        .links
        .iter()
        .filter_map(|link| Some((place(&link.consumer), place(link.producer.as_ref()?))));
    let twice = &shared.owned_twice;
    Truth {
        links: links.collect(),
        owned_twice: twice
            .iter()
            .map(|twice| (place(&twice.instance), place(&twice.other)))
            .collect(),
    }
}

#[test]
fn links_of_generated_states_are_all_true_and_few_are_missing() {
    let size = Size {
        states: 60,
        instances: 90,
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut truth = Truth::default();
    for number in 0..size.states {
        let state = linked::state(number, size, &mut truth);
        let path = folder.path().join(number.to_string());
        std::fs::create_dir(&path).expect("a new folder");
        std::fs::write(path.join("terraform.tfstate"), state.to_string()).expect("a new file");
    }
    let inventory = inventory(folder.path());
    let found = found(&inventory, &survey(&inventory));

    let wrong: Vec<_> = found.links.difference(&truth.links).take(5).collect();
    assert!(wrong.is_empty(), "links that are none: {wrong:#?}");
    let wrong = found.owned_twice.symmetric_difference(&truth.owned_twice);
    assert_eq!(
        wrong.take(5).collect::<Vec<_>>(),
        [] as [&(Place, Place); 0]
    );
    assert!(!truth.owned_twice.is_empty());
    let mut missing: BTreeMap<(String, String), usize> = BTreeMap::new();
    for ((_, consumer), (_, producer)) in truth.links.difference(&found.links) {
        let type_of =
            |address: &String| address.split(".this").next().unwrap_or_default().to_owned();
        *missing
            .entry((type_of(consumer), type_of(producer)))
            .or_default() += 1;
    }
    let recall = found.links.len() as f64 / truth.links.len() as f64;
    println!(
        "{} of {} links, recall {recall:.3}; missing {missing:?}",
        found.links.len(),
        truth.links.len()
    );
    assert!(recall > 0.9, "recall {recall:.3}; missing {missing:#?}");
}

/// Each dependency between instances of the sample states that stands in an id, an ARN, an address or
/// a name: what the functions that make the samples' values take from each other.
const SAMPLES: &str = include_str!("shared_ids/sample-states.tsv");

#[test]
fn links_of_the_samples_are_all_true_and_one_is_missing() {
    let inventory = inventory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-states"));
    let shared = survey(&inventory);
    let row = |consumer: &InstanceRef, producer: &InstanceRef| {
        let name = |instance: &InstanceRef| inventory.files()[instance.state].name.clone();
        format!(
            "{}\t{}\t{}\t{}",
            name(consumer),
            consumer.address,
            name(producer),
            producer.address
        )
    };
    let found: BTreeSet<String> = shared
        .links
        .iter()
        .filter_map(|link| Some(row(&link.consumer, link.producer.as_ref()?)))
        .collect();
    let truth: BTreeSet<String> = SAMPLES.lines().skip(1).map(str::to_owned).collect();

    let wrong: Vec<_> = found.difference(&truth).collect();
    assert!(wrong.is_empty(), "links that are none: {wrong:#?}");
    // A variable of a function holds the name of a bucket, and nothing says that it is one.
    let missing: Vec<_> = truth.difference(&found).collect();
    assert_eq!(
        missing,
        [
            "data/prod/ingest\taws_lambda_function.ingest\tdata/prod/lake\tgoogle_storage_bucket.zone[\"raw\"]"
        ]
    );
    println!("{} of {} links", found.len(), truth.len());
}
