//! `load_errors`: one row per document or lock that could not be read, and per version that forked.

use arrow::array::{ArrayRef, RecordBatch};
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, texts};
use crate::engine::known::Known;
use crate::inventory::{Extent, Outcome};

#[derive(Debug)]
pub(super) struct LoadErrors;

/// One row.
struct Row<'a> {
    /// `None` of what lies beside no state.
    source: Option<&'a str>,
    uri: &'a str,
    kind: &'static str,
    message: String,
}

const COLUMNS: &[Column] = &[
    Column::of_rows(
        "source",
        Kind::Text,
        "The name of the source it was found at.",
    ),
    Column::of_rows("uri", Kind::Text, "Where it lies."),
    Column::of_rows(
        "kind",
        Kind::Text,
        "What kind of error, in one word; fork for a version that has the lineage and serial of another \
         one and another content.",
    ),
    Column::of_rows(
        "message",
        Kind::Text,
        "What is wrong; never anything of the content.",
    ),
];

impl WholeTable for LoadErrors {
    fn name(&self) -> &'static str {
        "load_errors"
    }

    fn about(&self) -> &'static str {
        "One row per document or lock that could not be read, and per version that was written beside another."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let inventory = known.inventory();
        let heads = inventory.survey(known.threads(), Extent::Everything, |_, state, _| {
            Some((state.lineage.as_deref()?.to_owned(), state.serial?))
        });
        let heads: Vec<_> = heads.into_iter().map(Option::flatten).collect();
        let forks = inventory.forks(&heads);
        let mut rows: Vec<Row<'_>> = Vec::new();
        for file in inventory.files() {
            if let Some(Outcome::Failed(error)) = file.outcome() {
                rows.push(Row {
                    source: Some(&file.source),
                    uri: &file.found.uri,
                    kind: error.kind,
                    message: error.message.clone(),
                });
            }
        }
        for life in inventory.lives() {
            let earlier = life
                .versions
                .split_last()
                .map_or(&[][..], |(_, earlier)| earlier);
            for version in earlier {
                if let Some(error) = version.error() {
                    rows.push(Row {
                        source: Some(&life.source),
                        uri: version.uri(),
                        kind: error.kind,
                        message: error.message.clone(),
                    });
                }
            }
        }
        rows.extend(forks.iter().map(|fork| Row {
            source: Some(&fork.life.source),
            uri: fork.version.uri(),
            kind: "fork",
            message: fork.message(),
        }));
        let unread = inventory.unread_locks();
        rows.extend(unread.iter().map(|lock| {
            Row {
                source: lock
                    .state
                    .map(|state| inventory.files()[state].source.as_str()),
                uri: &lock.uri,
                kind: lock.error.kind,
                message: lock.error.message.clone(),
            }
        }));
        let columns: Vec<ArrayRef> = vec![
            texts(rows.iter().map(|row| row.source)),
            all_texts(rows.iter().map(|row| row.uri)),
            all_texts(rows.iter().map(|row| row.kind)),
            all_texts(rows.iter().map(|row| &row.message)),
        ];
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
