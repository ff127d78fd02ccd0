//! `dependencies`: one row per edge of a state's own graph.

use std::ops::ControlFlow;

use arrow::array::ArrayRef;

use super::column::{Column, Kind, all_texts, booleans, nulls, texts};
use super::{OpenedFile, TableRows};
use crate::graph::{self, Edge};

#[derive(Debug)]
pub(super) struct Dependencies;

impl TableRows for Dependencies {
    type Row<'s> = Edge;
    const NAME: &'static str = "dependencies";
    const ABOUT: &'static str = "One row per instance and instance it depends on, within a state.";
    const COLUMNS: &'static [Column] = &[
        Column::of_rows("address", Kind::Text, "The instance that depends."),
        Column::of_rows(
            "depends_on_address",
            Kind::Text,
            "The instance it depends on; NULL where the state holds none.",
        ),
        Column::of_rows(
            "depends_on",
            Kind::Text,
            "The dependency as recorded: a config address without keys.",
        ),
        Column::of_rows(
            "is_implied",
            Kind::Boolean,
            "Whether something else it depends on depends on that instance already.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        file.state()
            .map_or(ControlFlow::Continue(()), |(state, _)| {
                graph::edges(state, emit)
            })
    }

    fn array(column: &str, rows: &[Edge], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "address" => all_texts(rows.map(|edge| &edge.address)),
            "depends_on_address" => texts(rows.map(|edge| edge.depends_on_address.as_ref())),
            "depends_on" => all_texts(rows.map(|edge| &edge.depends_on)),
            "is_implied" => booleans(rows.map(|edge| edge.is_implied)),
            _ => nulls(rows.len()),
        }
    }
}
