//! `duplicate_ownership`: one row per instance whose object another state manages too.

use arrow::array::RecordBatch;
use datafusion::error::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts};
use crate::engine::known::Known;
use crate::graph::OwnedTwice;
use crate::inventory::StateFile;

const COLUMNS: &[Column] = &[
    Column::of_rows("state_id", Kind::Text, "The state's id, as in states.id."),
    Column::of_rows("state", Kind::Text, "The state's name, as in states.name."),
    Column::of_rows("address", Kind::Text, "The instance's address."),
    Column::of_rows("type", Kind::Text, "Its resource type."),
    Column::of_rows(
        "identity_attribute",
        Kind::Text,
        "The attribute that says that both are one object, such as arn.",
    ),
    Column::of_rows(
        "identity",
        Kind::Text,
        "Its value, the same in both states.",
    ),
    Column::of_rows("other_state_id", Kind::Text, "The other state's id."),
    Column::of_rows("other_state", Kind::Text, "The other state's name."),
    Column::of_rows(
        "other_address",
        Kind::Text,
        "The address of the instance in the other state.",
    ),
];

#[derive(Debug)]
pub(super) struct DuplicateOwnership;

impl WholeTable for DuplicateOwnership {
    fn name(&self) -> &'static str {
        "duplicate_ownership"
    }

    fn about(&self) -> &'static str {
        "One row per instance whose real object another state manages too; each pair stands here \
         from both sides."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let shared = known.shared_ids();
        let files = known.inventory().files();
        let rows: Vec<(&StateFile, &StateFile, &OwnedTwice)> = shared
            .owned_twice
            .iter()
            .filter_map(|twice| {
                let state = files.get(twice.instance.state)?;
                Some((state, files.get(twice.other.state)?, twice))
            })
            .collect();
        let column = |text: fn(&(&StateFile, &StateFile, &OwnedTwice)) -> String| {
            all_texts(rows.iter().map(text))
        };
        let columns = vec![
            column(|(state, _, _)| state.id.clone()),
            column(|(state, _, _)| state.name.clone()),
            column(|(_, _, twice)| twice.instance.address.to_string()),
            column(|(_, _, twice)| twice.instance.type_name.to_string()),
            column(|(_, _, twice)| twice.attribute.to_owned()),
            column(|(_, _, twice)| twice.identity.clone()),
            column(|(_, other, _)| other.id.clone()),
            column(|(_, other, _)| other.name.clone()),
            column(|(_, _, twice)| twice.other.address.to_string()),
        ];
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
