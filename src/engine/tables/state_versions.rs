//! `state_versions`: one row per recorded version of a state.

use std::ops::ControlFlow;

use arrow::array::ArrayRef;
use datafusion::error::Result;

use super::batches::MakeColumns;
use super::column::{Column, Kind, all_texts, numbers, texts};
use super::versions::{self, Make, VersionRows};
use crate::history::{Counts, Facts, History};
use crate::inventory::Version;

const OWN_COLUMNS: &[Column] = &[
    Column::of_rows(
        "email",
        Kind::Text,
        "The author's address, as the commit says.",
    ),
    Column::of_rows(
        "operation",
        Kind::Text,
        "The kind of write, as a store tells it: push, import, capture, revert, rename, rm. Elsewhere remove where \
         the state itself was removed then, else NULL, since a state does not record it.",
    ),
    Column::of_rows("lineage", Kind::Text, "Names the state for its whole life."),
    Column::of_rows(
        "terraform_version",
        Kind::Text,
        "The version of Terraform or OpenTofu that wrote it.",
    ),
    Column::of_rows("uri", Kind::Text, "Where it is."),
    Column::of_rows("size_bytes", Kind::BigInt, "Its size in bytes."),
    Column::of_rows(
        "instance_count",
        Kind::BigInt,
        "How many instances it has, deposed ones too; NULL where it cannot be read.",
    ),
    Column::of_rows(
        "added",
        Kind::BigInt,
        "How many objects appeared; NULL where there is nothing to tell it from.",
    ),
    Column::of_rows(
        "changed",
        Kind::BigInt,
        "How many were changed or moved within the state.",
    ),
    Column::of_rows("removed", Kind::BigInt, "How many left."),
];

#[derive(Debug)]
pub(super) struct StateVersions;

/// The position of a state among those with versions, and of one of its versions.
type Row = (usize, usize);

impl VersionRows for StateVersions {
    type Row<'h> = Row;
    const NAME: &'static str = "state_versions";
    const ABOUT: &'static str =
        "One row per recorded version of a state, those of states that were removed too.";

    fn columns() -> Vec<Column> {
        versions::columns(OWN_COLUMNS)
    }

    fn rows<'h>(
        history: &'h History,
        emit: &mut dyn FnMut(Self::Row<'h>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let chronicles = history.chronicles.iter().enumerate();
        chronicles
            .flat_map(|(life, chronicle)| {
                let facts = chronicle.facts.iter().enumerate();
                let states = facts.filter(|(_, facts)| facts.is_state);
                states.map(move |(version, _)| (life, version))
            })
            .try_for_each(emit)
    }
}

impl Make<'_> {
    fn version(&self, (life, version): Row) -> &Version {
        &self.known.inventory().lives()[life].versions[version]
    }

    fn facts(&self, (life, version): Row) -> &Facts {
        &self.history.chronicles[life].facts[version]
    }
}

impl MakeColumns<Row> for Make<'_> {
    fn column(&self, column: &Column, rows: &[Row]) -> Result<ArrayRef> {
        let versions = || rows.iter().map(|row| self.version(*row));
        let facts = || rows.iter().map(|row| self.facts(*row));
        let number = |value: Option<usize>| value.map(|value| value as u64);
        let count = |of: fn(&Counts) -> usize| {
            numbers(facts().map(|facts| number(facts.counts.as_ref().map(of))))
        };
        Ok(match column.name.as_ref() {
            "email" => texts(versions().map(|version| version.recorded.email.as_ref())),
            "operation" => texts(versions().map(|version| {
                let told = version.recorded.operation.as_deref();
                told.or(version.is_gone().then_some("remove"))
            })),
            "lineage" => texts(facts().map(|facts| facts.lineage.as_ref())),
            "terraform_version" => texts(facts().map(|facts| facts.terraform_version.as_ref())),
            "uri" => all_texts(versions().map(|version| version.uri())),
            "size_bytes" => {
                numbers(versions().map(|version| (!version.is_gone()).then_some(version.size())))
            }
            "instance_count" => numbers(facts().map(|facts| number(facts.instance_count))),
            "added" => count(|counts| counts.added),
            "changed" => count(|counts| counts.changed),
            "removed" => count(|counts| counts.removed),
            of_version => {
                versions::array(of_version, self.known, self.history, rows.iter().copied())
            }
        })
    }

    fn projected(&self, rows: &[Row]) -> Result<Vec<ArrayRef>> {
        self.wanted()
            .map(|column| self.column(column, rows))
            .collect()
    }
}
