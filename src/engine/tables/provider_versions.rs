//! `provider_versions`: one row per provider that a plan's file or a lock file names.

use arrow::array::RecordBatch;
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, counts, texts};
use super::plan_rows::uri;
use crate::engine::known::Known;
use crate::format::LockedProvider;
use crate::inventory::StateFile;

/// The columns that say where it is known from, which `module_sources` has too: the state,
pub(super) const STATE_ID: Column = Column::of_rows(
    "state_id",
    Kind::Text,
    "The id of the state it lies beside or whose plan tells it, as in states.id; NULL where that cannot be told.",
);

/// its name,
pub(super) const STATE: Column = Column::of_rows("state", Kind::Text, "That state's name.");

/// the plan,
pub(super) const PLAN_URI: Column = Column::of_rows(
    "plan_uri",
    Kind::Text,
    "The plan that tells it, as in plans.uri; NULL for a file beside a state.",
);

/// and the file.
pub(super) const ORIGIN_URI: Column =
    Column::of_rows("origin_uri", Kind::Text, "The file that tells it.");

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

/// Something a file tells, and of which state.
struct Row<'k> {
    state: Option<&'k StateFile>,
    plan: Option<&'k str>,
    origin: &'k str,
    provider: &'k LockedProvider,
}

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
        let inventory = known.inventory();
        let files = inventory.files();
        let beside = inventory.beside();
        let mut rows: Vec<Row<'_>> = Vec::new();
        for (origin, providers) in &beside.providers {
            rows.extend(providers.iter().map(|provider| Row {
                state: files.get(origin.state),
                plan: None,
                origin: &origin.uri,
                provider,
            }));
        }
        for plan in plans.iter() {
            let uri = uri(plan, files);
            rows.extend(plan.providers.iter().map(|provider| Row {
                state: plan.state.and_then(|state| files.get(state)),
                plan: Some(uri),
                origin: uri,
                provider,
            }));
        }
        let rows = || rows.iter();
        let columns = vec![
            texts(rows().map(|row| row.state.map(|state| &state.id))),
            texts(rows().map(|row| row.state.map(|state| &state.name))),
            texts(rows().map(|row| row.plan)),
            all_texts(rows().map(|row| &row.provider.source)),
            texts(rows().map(|row| row.provider.version.as_ref())),
            texts(rows().map(|row| row.provider.constraints.as_ref())),
            counts(rows().map(|row| row.provider.hash_count)),
            all_texts(rows().map(|row| row.origin)),
        ];
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
