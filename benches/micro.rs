//! Times the parts that most of a question's time goes to, one by one: `cargo bench`.
//!
//! Each is given states as Terraform writes them, of 300 instances and 0.8 MB, or the graph of 20 such.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use sgq::format::{
    self, Document, Instance, InstanceAddress, Needle, Redaction, Resource, SecretNames, Skim,
    State, outline, read_lazily,
};
use sgq::graph::{Direction, Graph, Scope};
use sgq::inventory::{Extent, Inventory, ReadOptions, SourceSpec};
use sgq::source::Location;

#[allow(dead_code, reason = "only the states are wanted of it")]
#[path = "generate.rs"]
mod generate;

const INSTANCES: usize = 300;

fn main() {
    divan::main();
}

fn document(number: usize) -> String {
    let state = generate::state(number, INSTANCES, None);
    format!("{state:#}")
}

fn with_state<T>(document: &str, take: impl FnOnce(&State<'_>) -> T) -> T {
    let mut skim = Skim::default();
    match read_lazily(document.as_bytes(), &mut skim) {
        Ok(Document::State(state)) => take(&state),
        other => panic!("no state: {other:?}"),
    }
}

/// What `made` gives of each instance, together.
fn sum(state: &State<'_>, made: impl Fn(&Resource<'_>, &Instance<'_>) -> usize) -> usize {
    let of_resource = |resource: &Resource<'_>| -> usize {
        let instances = resource.instances.iter();
        instances.map(|instance| made(resource, instance)).sum()
    };
    state.resources.iter().map(of_resource).sum()
}

fn hiding() -> Redaction {
    Redaction::hiding(SecretNames::new(&[], &[]))
}

/// From bytes to resources and instances.
mod parser {
    use super::*;

    #[divan::bench]
    fn all_checked(bencher: Bencher<'_, '_>) {
        let document = document(1);
        bencher
            .counter(BytesCount::of_str(&document))
            .bench(|| format::read(black_box(document.as_bytes())).is_ok());
    }

    #[divan::bench]
    fn values_for_later(bencher: Bencher<'_, '_>) {
        let document = document(1);
        let mut skim = Skim::default();
        bencher
            .counter(BytesCount::of_str(&document))
            .bench_local(|| read_lazily(black_box(document.as_bytes()), &mut skim).is_ok());
    }

    #[divan::bench]
    fn outline_alone(bencher: Bencher<'_, '_>) {
        let document = document(1);
        let mut skim = Skim::default();
        bencher
            .counter(BytesCount::of_str(&document))
            .bench_local(|| {
                skim.clear_for_outline();
                skim.part(black_box(document.as_bytes()));
                outline(&mut skim).is_some()
            });
    }
}

/// From a state to what may be shown of it.
mod redactor {
    use super::*;

    #[divan::bench]
    fn known_secrets(bencher: Bencher<'_, '_>) {
        let document = document(1);
        let redaction = hiding();
        with_state(&document, |state| {
            bencher
                .counter(BytesCount::of_str(&document))
                .bench_local(|| redaction.of(black_box(state)).outputs().count());
        });
    }

    #[divan::bench]
    fn all_attributes(bencher: Bencher<'_, '_>) {
        let document = document(1);
        let redaction = hiding();
        with_state(&document, |state| {
            bencher
                .counter(BytesCount::of_str(&document))
                .bench_local(|| {
                    let redacted = redaction.of(black_box(state));
                    sum(state, |resource, one| {
                        redacted.attributes(resource, one).to_string().len()
                    })
                });
        });
    }

    #[divan::bench]
    fn one_attribute(bencher: Bencher<'_, '_>) {
        let document = document(1);
        let (redaction, names) = (hiding(), BTreeSet::from(["name".to_owned()]));
        with_state(&document, |state| {
            bencher
                .counter(BytesCount::of_str(&document))
                .bench_local(|| {
                    let redacted = redaction.of(black_box(state));
                    sum(state, |resource, one| {
                        redacted.some_of(resource, one, &names).to_string().len()
                    })
                });
        });
    }

    #[divan::bench]
    fn text_that_is_rare(bencher: Bencher<'_, '_>) {
        let document = document(1);
        let needles = Vec::from_iter(Needle::of("0.0.0.0/0"));
        with_state(&document, |state| {
            bencher
                .counter(BytesCount::of_str(&document))
                .bench_local(|| {
                    let instances = black_box(state).resources.iter();
                    let instances = instances.flat_map(|resource| &resource.instances);
                    instances.filter(|one| one.may_show_all(&needles)).count()
                });
        });
    }
}

/// Addresses as text and back.
mod addresses {
    use super::*;

    #[divan::bench]
    fn written(bencher: Bencher<'_, '_>) {
        let document = document(1);
        with_state(&document, |state| {
            bencher.counter(ItemsCount::new(INSTANCES)).bench_local(|| {
                sum(black_box(state), |resource, one| {
                    resource.instance_address(one).to_string().len()
                })
            });
        });
    }

    #[divan::bench(args = [
        "aws_instance.web",
        "module.network[\"eu-central-1\"].module.base[0].aws_subnet.private[\"a\"]",
    ])]
    fn parsed(text: &str) -> bool {
        black_box(text).parse::<InstanceAddress>().is_ok()
    }
}

/// Twenty states' dependencies.
mod graph {
    use super::*;

    fn threads() -> NonZeroUsize {
        std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
    }

    fn with_states(take: impl FnOnce(&Inventory)) {
        let folder = tempfile::tempdir().expect("a folder");
        for number in 0..20 {
            let path = folder.path().join(format!("{number}.tfstate"));
            std::fs::write(path, document(number)).expect("a state");
        }
        let source = SourceSpec {
            name: None,
            location: Location::Path(folder.path().to_owned()),
            base: PathBuf::new(),
            labels: None,
        };
        let reading = ReadOptions {
            redaction: hiding(),
            max_size: u64::MAX,
            ..ReadOptions::default()
        };
        take(&Inventory::find(&[source], reading));
    }

    #[divan::bench]
    fn read(bencher: Bencher<'_, '_>) {
        with_states(|inventory| {
            bencher.bench_local(|| {
                inventory
                    .survey(threads(), Extent::Values, |_, _, _| ())
                    .len()
            });
        });
    }

    #[divan::bench]
    fn made(bencher: Bencher<'_, '_>) {
        with_states(|inventory| {
            bencher.bench_local(|| Graph::survey(inventory, threads(), [], []));
        });
    }

    #[divan::bench]
    fn searched(bencher: Bencher<'_, '_>) {
        with_states(|inventory| {
            let graph = Graph::survey(inventory, threads(), [], []);
            let of_all = graph.find("module.base.aws_instance.this", Scope::AllStates);
            let starts = of_all.expect("instances in every state");
            bencher.bench_local(|| graph.reach(&starts, Direction::DependsOn, None).len());
        });
    }
}
