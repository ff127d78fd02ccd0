//! `check_results`: one row per check, condition or validation.

use std::ops::ControlFlow;

use arrow::array::ArrayRef;

use super::column::{Column, Kind, all_texts, counts, nulls};
use super::{OpenedFile, TableRows};
use crate::format::ShownCheck;

#[derive(Debug)]
pub(super) struct CheckResults;

impl TableRows for CheckResults {
    type Row<'s> = ShownCheck<'s>;
    const NAME: &'static str = "check_results";
    const ABOUT: &'static str =
        "One row per check block, condition or validation, as of the last apply.";
    const COLUMNS: &'static [Column] = &[
        Column::of_rows(
            "config_addr",
            Kind::Text,
            "What was checked, as an address in the configuration.",
        ),
        Column::of_rows("object_kind", Kind::Text, "resource, output, check or var."),
        Column::of_rows("status", Kind::Text, "pass, fail, error or unknown."),
        Column::of_rows(
            "object_count",
            Kind::BigInt,
            "How many rows it has in check_entries.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        file.state()
            .map_or(ControlFlow::Continue(()), |(_, redacted)| {
                redacted.checks().try_for_each(emit)
            })
    }

    fn array(column: &str, rows: &[ShownCheck<'_>], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "config_addr" => all_texts(rows.map(|check| check.config_addr)),
            "object_kind" => all_texts(rows.map(|check| check.object_kind)),
            "status" => all_texts(rows.map(|check| check.status)),
            "object_count" => counts(rows.map(|check| check.objects.len())),
            _ => nulls(rows.len()),
        }
    }
}
