//! `module_sources`: one row per module call that a plan's file or a working directory's manifest names.

use arrow::array::RecordBatch;
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, texts};
use super::told::{ORIGIN_URI, PLAN_URI, STATE, STATE_ID, Told};
use crate::engine::known::Known;

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
        let beside = known.inventory().beside();
        let told = Told::of(known, &beside.modules, &plans, |plan| &plan.modules);
        let modules = || told.iter();
        let mut columns = told.leading();
        columns.extend([
            texts(modules().map(|module| module.path().map(|path| path.to_string()))),
            all_texts(modules().map(|module| &module.key)),
            texts(modules().map(|module| module.source.as_ref())),
            texts(modules().map(|module| module.version.as_ref())),
            texts(modules().map(|module| module.dir.as_ref())),
            told.origins(),
        ]);
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}
