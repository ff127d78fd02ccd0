//! `provider_versions`: one row per provider that a plan's file or a lock file names.

use arrow::array::RecordBatch;
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, counts, texts};
use super::told::{ORIGIN_URI, PLAN_URI, STATE, STATE_ID, Told};
use crate::engine::known::Known;

const COLUMNS: &[Column] = &[
    STATE_ID,
    STATE,
    PLAN_URI,
    Column::of_rows("provider", Kind::Text, "The provider's source address."),
    Column::of_rows("version", Kind::Text, "The version that was chosen."),
    Column::of_rows(
        "constraints",
        Kind::Text,
        "The versions that the configuration allows.",
    ),
    Column::of_rows(
        "hash_count",
        Kind::BigInt,
        "How many checksums of its packages are recorded.",
    ),
    ORIGIN_URI,
];

#[derive(Debug)]
pub(super) struct ProviderVersions;

impl WholeTable for ProviderVersions {
    fn name(&self) -> &'static str {
        "provider_versions"
    }

    fn about(&self) -> &'static str {
        "One row per provider in the lock file beside a local state or in a plan's file."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let plans = known.plans();
        let beside = known.inventory().beside();
        let told = Told::of(known, &beside.providers, &plans, |plan| &plan.providers);
        let providers = || told.iter();
        let mut columns = told.leading();
        columns.extend([
            all_texts(providers().map(|provider| &provider.source)),
            texts(providers().map(|provider| provider.version.as_ref())),
            texts(providers().map(|provider| provider.constraints.as_ref())),
            counts(providers().map(|provider| provider.hash_count)),
            told.origins(),
        ]);
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
