//! Times the graph over states: `cargo run --release --example bench-graph -- [STATES] [INSTANCES]`,
//! by default 200 states of 1,000 instances, and one of 200,000.
//!
//! Each state is a chain of resources with `count`, every third in an instance of a module, and records
//! its dependencies as Terraform does, at any distance.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use sgq::format::{Redaction, SecretNames};
use sgq::graph::{Direction, Graph, Level, Scope, Selection};
use sgq::inventory::{Extent, Inventory, ReadOptions, SourceSpec};
use sgq::source::Location;

/// How many instances a resource has.
const COUNT: usize = 100;

/// How many resources each one depends on, at any distance.
const CHAIN: usize = 10;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count = |position: usize, default: usize| match arguments.get(position) {
        None => Some(default),
        Some(text) => text.parse().ok(),
    };
    let (Some(states), Some(instances)) = (count(0, 200), count(1, 1000)) else {
        eprintln!("usage: bench-graph [STATES] [INSTANCES]");
        return ExitCode::from(2);
    };
    for (states, instances) in [(states, instances), (1, states * instances)] {
        if let Err(error) = measure(states, instances) {
            eprintln!("bench-graph: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn measure(states: usize, instances: usize) -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("sgq-bench-graph-{}", std::process::id()));
    write(&folder, states, instances)?;
    let timed = time(&folder, states, instances);
    std::fs::remove_dir_all(&folder)?;
    timed
}

fn write(folder: &Path, states: usize, instances: usize) -> std::io::Result<()> {
    for state in 0..states {
        let place = folder.join(format!("state-{state:04}"));
        std::fs::create_dir_all(&place)?;
        std::fs::write(place.join("terraform.tfstate"), document(instances))?;
    }
    Ok(())
}

fn time(folder: &Path, states: usize, instances: usize) -> Result<(), Box<dyn std::error::Error>> {
    let source = SourceSpec {
        name: None,
        location: Location::Path(folder.to_owned()),
        base: PathBuf::new(),
        labels: None,
    };
    let reading = ReadOptions {
        redaction: Redaction::hiding(SecretNames::new(&[], &[])),
        max_size: u64::MAX,
        ..ReadOptions::default()
    };
    let inventory = Inventory::find(&[source], reading);
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    println!("{states} states of {instances} instances");
    let clock = Instant::now();
    inventory.survey(threads, Extent::Values, |_, _, _| ());
    println!("  {:>9.1?}  documents read", clock.elapsed());
    let clock = Instant::now();
    let graph = Graph::survey(&inventory, threads, [], []);
    println!(
        "  {:>9.1?}  documents read, and the graph made",
        clock.elapsed()
    );
    let clock = Instant::now();
    let starts = graph.find("t.r0", Scope::AllStates)?;
    println!(
        "  {:>9.1?}  {} instances found",
        clock.elapsed(),
        starts.len()
    );
    let clock = Instant::now();
    let reached = graph.reach(&starts, Direction::Dependents, None);
    println!(
        "  {:>9.1?}  {} dependents reached",
        clock.elapsed(),
        reached.len()
    );
    let clock = Instant::now();
    let wrong = graph.find("t.q0", Scope::AllStates).is_err();
    println!("  {:>9.1?}  an address not found: {wrong}", clock.elapsed());
    let clock = Instant::now();
    let outline = graph.outline(&Selection::default(), Level::Resource)?;
    println!(
        "  {:>9.1?}  {} boxes outlined",
        clock.elapsed(),
        outline.boxes.len()
    );
    Ok(())
}

/// A state: `t.r0`, which all depend on, and chains of resources.
fn document(instances: usize) -> String {
    let mut document = String::from(
        r#"{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "bench", "outputs": {}, "resources": ["#,
    );
    let name = |resource: usize| match resource % 3 {
        1 => format!("module.m.t.r{resource}"),
        _ => format!("t.r{resource}"),
    };
    for resource in 0..instances.div_ceil(COUNT) {
        let first = resource - resource % CHAIN;
        let mut on: Vec<String> = (first..resource).map(name).collect();
        if first > 0 {
            on.push(name(0));
        }
        let on: Vec<String> = on.iter().map(|on| format!("\"{on}\"")).collect();
        let on = on.join(", ");
        let module = match resource % 3 {
            1 => r#""module": "module.m[\"x\"]", "#,
            _ => "",
        };
        let comma = if resource == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(
            document,
            r#"{comma}{{{module}"mode": "managed", "type": "t", "name": "r{resource}", "provider": "provider[\"registry.terraform.io/hashicorp/null\"]", "instances": ["#
        );
        for index in 0..COUNT {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(
                document,
                r#"{comma}{{"index_key": {index}, "schema_version": 0, "attributes": {{"id": "r-{resource}-{index}", "name": "resource {resource} number {index}"}}, "dependencies": [{on}]}}"#
            );
        }
        document.push_str("]}");
    }
    document.push_str("]}");
    document
}
