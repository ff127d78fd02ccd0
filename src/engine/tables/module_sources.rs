//! `module_sources`: one row per module call that a plan's file or a working directory's manifest names.

use arrow::array::RecordBatch;
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, texts};
use super::plan_rows::uri;
use super::provider_versions::{ORIGIN_URI, PLAN_URI, STATE, STATE_ID};
use crate::engine::known::Known;
use crate::format::ModuleSource;
use crate::inventory::StateFile;

const COLUMNS: &[Column] = &[
    STATE_ID,
    STATE,
    PLAN_URI,
    Column::of_rows(
        "module",
        Kind::Text,
        "The module's path without instance keys; NULL for the root module.",
    ),
    Column::of_rows(
        "key",
        Kind::Text,
        "The names of the calls that lead to it, with dots between them.",
    ),
    Column::of_rows(
        "source",
        Kind::Text,
        "Where it came from, without credentials; NULL for the root module.",
    ),
    Column::of_rows(
        "version",
        Kind::Text,
        "The version that was chosen, of a registry's module.",
    ),
    Column::of_rows("dir", Kind::Text, "The folder it was put into."),
    ORIGIN_URI,
];

#[derive(Debug)]
pub(super) struct ModuleSources;

/// Something a file tells, and of which state.
struct Row<'k> {
    state: Option<&'k StateFile>,
    plan: Option<&'k str>,
    origin: &'k str,
    module: &'k ModuleSource,
}

impl WholeTable for ModuleSources {
    fn name(&self) -> &'static str {
        "module_sources"
    }

    fn about(&self) -> &'static str {
        "One row per module in the working directory of a local state or in a plan's file."
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
        for (origin, modules) in &beside.modules {
            rows.extend(modules.iter().map(|module| Row {
                state: files.get(origin.state),
                plan: None,
                origin: &origin.uri,
                module,
            }));
        }
        for plan in plans.iter() {
            let uri = uri(plan, files);
            rows.extend(plan.modules.iter().map(|module| Row {
                state: plan.state.and_then(|state| files.get(state)),
                plan: Some(uri),
                origin: uri,
                module,
            }));
        }
        let rows = || rows.iter();
        let columns = vec![
            texts(rows().map(|row| row.state.map(|state| &state.id))),
            texts(rows().map(|row| row.state.map(|state| &state.name))),
            texts(rows().map(|row| row.plan)),
            texts(rows().map(|row| row.module.path().map(|path| path.to_string()))),
            all_texts(rows().map(|row| &row.module.key)),
            texts(rows().map(|row| row.module.source.as_ref())),
            texts(rows().map(|row| row.module.version.as_ref())),
            texts(rows().map(|row| row.module.dir.as_ref())),
            all_texts(rows().map(|row| row.origin)),
        ];
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
