//! `outputs`: one row per root output.

use std::ops::ControlFlow;

use arrow::array::ArrayRef;

use super::column::{Column, Kind, all_texts, booleans, nulls, texts};
use super::{OpenedFile, TableRows};
use crate::format::ShownOutput;

#[derive(Debug)]
pub(super) struct Outputs;

impl TableRows for Outputs {
    type Row<'s> = ShownOutput<'s>;
    const NAME: &'static str = "outputs";
    const ABOUT: &'static str = "One row per root output.";
    const COLUMNS: &'static [Column] = &[
        Column::of_rows("name", Kind::Text, "Its name."),
        Column::of_rows(
            "value",
            Kind::Json,
            "Its value, hidden where it is sensitive.",
        ),
        Column::of_rows(
            "type",
            Kind::Json,
            "Its type, as Terraform writes types in JSON.",
        ),
        Column::of_rows(
            "sensitive",
            Kind::Boolean,
            "Whether it is marked as sensitive.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        file.state()
            .map_or(ControlFlow::Continue(()), |(_, redacted)| {
                redacted.outputs().try_for_each(emit)
            })
    }

    fn array(column: &str, rows: &[ShownOutput<'_>], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "name" => all_texts(rows.map(|output| output.name)),
            "value" => all_texts(rows.map(|output| output.value.to_string())),
            "type" => texts(rows.map(|output| output.value_type.as_ref().map(ToString::to_string))),
            "sensitive" => booleans(rows.map(|output| output.sensitive)),
            _ => nulls(rows.len()),
        }
    }
}
