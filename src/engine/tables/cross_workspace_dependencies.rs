//! `cross_workspace_dependencies`: one row per dependency that crosses from one state into another.

use std::num::NonZeroUsize;

use arrow::array::RecordBatch;
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, by_threads, texts};
use crate::engine::known::Known;
use crate::graph::{InstanceRef, Link};
use crate::inventory::StateFile;

const COLUMNS: &[Column] = &[
    Column::of_rows(
        "state_id",
        Kind::Text,
        "The consumer's state, as in states.id.",
    ),
    Column::of_rows(
        "state",
        Kind::Text,
        "The consumer's state, as in states.name.",
    ),
    Column::of_rows(
        "address",
        Kind::Text,
        "The consumer: the instance that depends; the data source itself where no instance is seen to read it.",
    ),
    Column::of_rows("type", Kind::Text, "The consumer's resource type."),
    Column::of_rows(
        "producer_state_id",
        Kind::Text,
        "The state it depends on; NULL where that is not loaded.",
    ),
    Column::of_rows("producer_state", Kind::Text, "Its name."),
    Column::of_rows(
        "producer_address",
        Kind::Text,
        "The instance it depends on; NULL where the states do not tell.",
    ),
    Column::of_rows("producer_type", Kind::Text, "That one's resource type."),
    Column::of_rows(
        "producer_output",
        Kind::Text,
        "The output it reads, where the states tell.",
    ),
    Column::of_rows(
        "kind",
        Kind::Text,
        "remote_state: through a data source that copies outputs; shared_id: it holds what names the producer's real object.",
    ),
    Column::of_rows(
        "via",
        Kind::Text,
        "The consumer's attribute that holds the producer's value.",
    ),
    Column::of_rows(
        "data_source",
        Kind::Text,
        "The data source that copies the outputs, in the consumer's state.",
    ),
    Column::of_rows(
        "producer_attribute",
        Kind::Text,
        "The producer's attribute that names its real object: id, arn and the like.",
    ),
];

#[derive(Debug)]
pub(super) struct CrossWorkspaceDependencies;

impl WholeTable for CrossWorkspaceDependencies {
    fn name(&self) -> &'static str {
        "cross_workspace_dependencies"
    }

    fn about(&self) -> &'static str {
        "One row per instance, instance of another state it depends on, and how that is known."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let (remote, shared) = known.between();
        let files = known.inventory().files();
        let mut links: Vec<&Link> = remote.links.iter().chain(&shared.links).collect();
        sort(&mut links, known.threads());
        let links = || links.iter().copied();
        let consumers = || links().map(|link| files.get(link.consumer.state));
        let producers =
            || links().map(|link| link.producer_state.and_then(|state| files.get(state)));
        let producer = || links().map(|link| link.producer.as_ref());
        let columns = by_threads(
            known.threads(),
            &[
                &|| texts(consumers().map(id)),
                &|| texts(consumers().map(name)),
                &|| all_texts(links().map(|link| &link.consumer.address)),
                &|| all_texts(links().map(|link| &link.consumer.type_name)),
                &|| texts(producers().map(id)),
                &|| texts(producers().map(name)),
                &|| texts(producer().map(|producer| producer.map(address))),
                &|| texts(producer().map(|producer| producer.map(type_name))),
                &|| texts(links().map(|link| link.output.as_ref())),
                &|| all_texts(links().map(|link| link.kind.as_str())),
                &|| texts(links().map(|link| link.via.as_ref())),
                &|| texts(links().map(|link| link.data_source.as_ref())),
                &|| texts(links().map(|link| link.producer_attribute.as_ref())),
            ],
        );
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}

/// Orders links by their consumer, those of one by how they are known and else as they were.
fn sort(links: &mut [&Link], threads: NonZeroUsize) {
    links.sort_by_key(|link| link.consumer.state);
    let mut of_states: Vec<&mut [&Link]> = links
        .chunk_by_mut(|one, next| one.consumer.state == next.consumer.state)
        .collect();
    let share = of_states.len().div_ceil(threads.get()).max(1);
    std::thread::scope(|scope| {
        for of_states in of_states.chunks_mut(share) {
            scope.spawn(move || {
                for links in of_states {
                    links.sort_by_key(|link| (&link.consumer.address, link.kind));
                }
            });
        }
    });
}

fn id(file: Option<&StateFile>) -> Option<&String> {
    file.map(|file| &file.id)
}

fn name(file: Option<&StateFile>) -> Option<&String> {
    file.map(|file| &file.name)
}

fn address(instance: &InstanceRef) -> &str {
    &instance.address
}

fn type_name(instance: &InstanceRef) -> &str {
    &instance.type_name
}
