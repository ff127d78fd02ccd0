//! `states`: one row per state.

use std::ops::ControlFlow;

use arrow::array::ArrayRef;
use datafusion::scalar::ScalarValue;
use serde_json::Value;

use super::column::{
    Column, Kind, counts, no_counts, nulls, numbers, text_scalar, texts, timestamp_scalar,
};
use super::{OpenedFile, TableRows};
use crate::inventory::{Extent, Opened};

#[derive(Debug)]
pub(super) struct States;

impl TableRows for States {
    type Row<'s> = ();
    const NAME: &'static str = "states";
    const ABOUT: &'static str = "One row per state.";
    const BELONGS_TO_STATE: bool = false;
    const EXTENT: Extent = Extent::Outline;
    const COLUMNS: &'static [Column] = &[
        Column::of_file(
            "id",
            Kind::Text,
            "Stays the same as long as the state stays where it is.",
            |file| text_scalar(&file.id),
        ),
        Column::of_file(
            "name",
            Kind::Text,
            "Its path under the source; unique.",
            |file| text_scalar(&file.name),
        ),
        Column::of_file(
            "workspace",
            Kind::Text,
            "Its workspace, as its path tells.",
            |file| text_scalar(&file.workspace),
        ),
        Column::of_file(
            "source",
            Kind::Text,
            "The name of the source it was found at.",
            |file| text_scalar(&file.source),
        ),
        Column::of_file("uri", Kind::Text, "Where it lies.", |file| {
            text_scalar(&file.found.uri)
        }),
        Column::of_file(
            "backend",
            Kind::Text,
            "The kind of place it lies at.",
            |file| text_scalar(file.backend),
        ),
        Column::of_rows(
            "status",
            Kind::Text,
            "ok, or encrypted where OpenTofu encrypted it.",
        ),
        Column::of_rows(
            "format_version",
            Kind::Text,
            "The version of the format it is written in.",
        ),
        Column::of_rows(
            "terraform_version",
            Kind::Text,
            "The version of Terraform or OpenTofu that wrote it.",
        ),
        Column::of_rows("serial", Kind::BigInt, "Counts up with each write."),
        Column::of_rows("lineage", Kind::Text, "Names the state for its whole life."),
        Column::of_file(
            "labels",
            Kind::Json,
            "What the source's label pattern reads from its path.",
            |file| text_scalar(&Value::Object(file.labels.clone()).to_string()),
        ),
        Column::of_file("size_bytes", Kind::BigInt, "Its size in bytes.", |file| {
            ScalarValue::Int64(i64::try_from(file.found.size()).ok())
        }),
        Column::of_file(
            "updated_at",
            Kind::Timestamp,
            "When it was last written, as its source says.",
            |file| timestamp_scalar(file.modified()),
        ),
        Column::of_rows(
            "resource_count",
            Kind::BigInt,
            "How many rows it has in resources.",
        ),
        Column::of_rows(
            "instance_count",
            Kind::BigInt,
            "How many rows it has in instances, deposed ones too.",
        ),
        Column::of_rows(
            "output_count",
            Kind::BigInt,
            "How many rows it has in outputs.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match file.opened {
            Opened::State(..) | Opened::Encrypted(_) => emit(()),
            Opened::Nothing(_) => ControlFlow::Continue(()),
        }
    }

    fn array(column: &str, rows: &[()], file: &OpenedFile<'_>) -> ArrayRef {
        let one = |value: Option<&str>| texts(rows.iter().map(|()| value));
        let count = |value: usize| counts(rows.iter().map(|()| value));
        match (&file.opened, column) {
            (Opened::State(..), "status") => one(Some("ok")),
            (Opened::State(state, _), "format_version") => one(Some(&state.format_version)),
            (Opened::State(state, _), "terraform_version") => {
                one(state.terraform_version.as_deref())
            }
            (Opened::State(state, _), "serial") => numbers(rows.iter().map(|()| state.serial)),
            (Opened::State(state, _), "lineage") => one(state.lineage.as_deref()),
            (Opened::State(state, _), "resource_count") => count(state.resources.len()),
            (Opened::State(state, _), "instance_count") => count(
                state
                    .resources
                    .iter()
                    .map(|resource| resource.instances.len())
                    .sum(),
            ),
            (Opened::State(_, redacted), "output_count") => count(redacted.output_count()),
            (Opened::Encrypted(_), "status") => one(Some("encrypted")),
            (Opened::Encrypted(state), "format_version") => one(Some(&state.encryption_version)),
            (Opened::Encrypted(state), "serial") => numbers(rows.iter().map(|()| state.serial)),
            (Opened::Encrypted(state), "lineage") => one(state.lineage.as_deref()),
            (_, "resource_count" | "instance_count" | "output_count") => no_counts(rows.len()),
            _ => nulls(rows.len()),
        }
    }
}
