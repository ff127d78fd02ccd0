//! `check_entries`: one row per object that a check was made on.

use std::ops::ControlFlow;

use arrow::array::ArrayRef;

use super::column::{Column, Kind, all_texts, nulls, text_lists};
use super::{OpenedFile, TableRows};
use crate::format::ShownCheckedObject;

#[derive(Debug)]
pub(super) struct CheckEntries;

/// A checked object and the check it belongs to.
pub(super) struct Entry<'s> {
    config_addr: &'s str,
    object_kind: &'s str,
    object: ShownCheckedObject<'s>,
}

impl TableRows for CheckEntries {
    type Row<'s> = Entry<'s>;
    const NAME: &'static str = "check_entries";
    const ABOUT: &'static str = "One row per object that a check was made on.";
    const COLUMNS: &'static [Column] = &[
        Column::of_rows(
            "config_addr",
            Kind::Text,
            "The check, as in check_results.config_addr.",
        ),
        Column::of_rows("object_kind", Kind::Text, "resource, output, check or var."),
        Column::of_rows("object_addr", Kind::Text, "The object's address."),
        Column::of_rows("status", Kind::Text, "pass, fail, error or unknown."),
        Column::of_rows(
            "failure_messages",
            Kind::TextList,
            "What the failed conditions say.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some((_, redacted)) = file.state() else {
            return ControlFlow::Continue(());
        };
        redacted.checks().try_for_each(|check| {
            let (config_addr, object_kind) = (check.config_addr, check.object_kind);
            check.objects.into_iter().try_for_each(|object| {
                emit(Entry {
                    config_addr,
                    object_kind,
                    object,
                })
            })
        })
    }

    fn array(column: &str, rows: &[Entry<'_>], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "config_addr" => all_texts(rows.map(|entry| entry.config_addr)),
            "object_kind" => all_texts(rows.map(|entry| entry.object_kind)),
            "object_addr" => all_texts(rows.map(|entry| entry.object.object_addr)),
            "status" => all_texts(rows.map(|entry| entry.object.status)),
            "failure_messages" => {
                text_lists(rows.map(|entry| entry.object.failure_messages.clone()))
            }
            _ => nulls(rows.len()),
        }
    }
}
