//! `remote_states`: one row per data source that copies another state's outputs.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use datafusion::error::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, optional_text_lists, text_lists, texts};
use crate::engine::known::Known;
use crate::graph::RemoteState;
use crate::inventory::StateFile;

const COLUMNS: &[Column] = &[
    Column::of_rows(
        "state_id",
        Kind::Text,
        "The consumer's id, as in states.id.",
    ),
    Column::of_rows(
        "state",
        Kind::Text,
        "The consumer: the state that copied outputs, as in states.name.",
    ),
    Column::of_rows("address", Kind::Text, "The data source that copied them."),
    Column::of_rows(
        "backend",
        Kind::Text,
        "The backend it reads from, in Terraform's words; NULL where it is hidden.",
    ),
    Column::of_rows(
        "uri",
        Kind::Text,
        "Where the other state lies, without credentials; NULL where the state does not tell or hides it.",
    ),
    Column::of_rows(
        "workspace",
        Kind::Text,
        "The workspace it reads; NULL where it is hidden.",
    ),
    Column::of_rows(
        "output_names",
        Kind::TextList,
        "The outputs it copied, those from defaults too.",
    ),
    Column::of_rows(
        "producer_state_id",
        Kind::Text,
        "The id of the state they come from; NULL where it is not among the loaded ones.",
    ),
    Column::of_rows(
        "producer_state",
        Kind::Text,
        "The state they come from, as in states.name.",
    ),
    Column::of_rows(
        "confidence",
        Kind::Text,
        "How that state was found: uri, it lies at that place; path_suffix, it lies as a copy would; outputs, it alone has them.",
    ),
    Column::of_rows(
        "unresolved_reason",
        Kind::Text,
        "Why that state is not known; NULL where it is.",
    ),
    Column::of_rows(
        "is_stale",
        Kind::Boolean,
        "Whether any copied output is no longer the producer's; NULL where that is not known.",
    ),
    Column::of_rows(
        "stale_outputs",
        Kind::TextList,
        "The names of those outputs.",
    ),
];

#[derive(Debug)]
pub(super) struct RemoteStatesTable;

impl WholeTable for RemoteStatesTable {
    fn name(&self) -> &'static str {
        "remote_states"
    }

    fn about(&self) -> &'static str {
        "One row per terraform_remote_state or tfe_outputs, with the state it copied outputs from."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let files = known.inventory().files();
        let all = known.remote_states();
        let rows = || all.rows.iter();
        let consumers = || rows().map(|row| files.get(row.state));
        let producers = || rows().map(|row| producer(row, files));
        let columns: Vec<ArrayRef> = vec![
            texts(consumers().map(|file| file.map(|file| &file.id))),
            texts(consumers().map(|file| file.map(|file| &file.name))),
            all_texts(rows().map(|row| &row.address)),
            texts(rows().map(|row| row.backend.as_ref())),
            texts(rows().map(|row| row.uri.as_ref())),
            texts(rows().map(|row| row.workspace.as_ref())),
            text_lists(rows().map(|row| owned(&row.output_names))),
            texts(producers().map(|file| file.map(|file| &file.id))),
            texts(producers().map(|file| file.map(|file| &file.name))),
            texts(rows().map(|row| Some(row.producer.as_ref().ok()?.confidence.as_str()))),
            texts(rows().map(|row| row.producer.as_ref().err())),
            Arc::new(rows().map(is_stale).collect::<BooleanArray>()),
            optional_text_lists(rows().map(|row| row.stale_outputs.as_deref().map(owned))),
        ];
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}

fn producer<'f>(row: &RemoteState, files: &'f [StateFile]) -> Option<&'f StateFile> {
    files.get(row.producer.as_ref().ok()?.state)
}

fn is_stale(row: &RemoteState) -> Option<bool> {
    row.stale_outputs.as_ref().map(|stale| !stale.is_empty())
}

fn owned(texts: &[Arc<str>]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}
