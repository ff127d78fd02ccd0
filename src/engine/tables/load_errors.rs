//! `load_errors`: one row per document that could not be read.

use std::ops::ControlFlow;

use arrow::array::ArrayRef;

use super::column::{Column, Kind, all_texts, nulls, text_scalar};
use super::{OpenedFile, TableRows};
use crate::inventory::{Extent, LoadError, Opened, Outcome};

#[derive(Debug)]
pub(super) struct LoadErrors;

impl TableRows for LoadErrors {
    type Row<'s> = &'s LoadError;
    const NAME: &'static str = "load_errors";
    const ABOUT: &'static str = "One row per document that could not be read.";
    const BELONGS_TO_STATE: bool = false;
    const EXTENT: Extent = Extent::Everything;
    const COLUMNS: &'static [Column] = &[
        Column::of_file(
            "source",
            Kind::Text,
            "The name of the source it was found at.",
            |file| text_scalar(&file.source),
        ),
        Column::of_file("uri", Kind::Text, "Where it lies.", |file| {
            text_scalar(&file.found.uri)
        }),
        Column::of_rows("kind", Kind::Text, "What kind of error, in one word."),
        Column::of_rows(
            "message",
            Kind::Text,
            "What is wrong; never anything of the content.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match file.opened {
            Opened::Nothing(Outcome::Failed(error)) => emit(error),
            _ => ControlFlow::Continue(()),
        }
    }

    fn array(column: &str, rows: &[&LoadError], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "kind" => all_texts(rows.map(|error| error.kind)),
            "message" => all_texts(rows.map(|error| &error.message)),
            _ => nulls(rows.len()),
        }
    }
}
