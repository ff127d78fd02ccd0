//! `code_changes`: one row per commit of the configurations beside the states.

use arrow::array::{ArrayRef, RecordBatch};
use datafusion::error::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, text_lists, texts, timestamps};
use crate::engine::known::Known;

const COLUMNS: &[Column] = &[
    Column::of_rows(
        "repository",
        Kind::Text,
        "The working tree of the repository.",
    ),
    Column::of_rows(
        "commit",
        Kind::Text,
        "The commit's id, as in history.code_commit.",
    ),
    Column::of_rows("author", Kind::Text, "The author's name."),
    Column::of_rows("email", Kind::Text, "The author's address."),
    Column::of_rows("recorded_at", Kind::Timestamp, "When it was committed."),
    Column::of_rows("subject", Kind::Text, "The first line of its message."),
    Column::of_rows(
        "files",
        Kind::TextList,
        "The files it changed, by their paths in the repository, states left out.",
    ),
];

#[derive(Debug)]
pub(super) struct CodeChanges;

impl WholeTable for CodeChanges {
    fn name(&self) -> &'static str {
        "code_changes"
    }

    fn about(&self) -> &'static str {
        "One row per commit that changed files other than states in the repositories that states lie in."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let code = known.code();
        let rows = || {
            let repositories = code.repositories.iter();
            repositories.flat_map(|it| it.changes.iter().map(move |change| (&it.root, change)))
        };
        let recorded = || rows().map(|(_, change)| &change.recorded);
        let columns: Vec<ArrayRef> = vec![
            all_texts(rows().map(|(root, _)| root)),
            texts(recorded().map(|recorded| recorded.commit.as_ref())),
            texts(recorded().map(|recorded| recorded.author.as_ref())),
            texts(recorded().map(|recorded| recorded.email.as_ref())),
            timestamps(recorded().map(|recorded| recorded.at)),
            texts(recorded().map(|recorded| recorded.message.as_ref())),
            text_lists(rows().map(|(_, change)| change.files.clone())),
        ];
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
