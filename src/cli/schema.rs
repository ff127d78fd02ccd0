//! `sgq schema [TABLE]`: the tables, or the columns of one, with a sentence each.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};

use super::exit::{Exit, Failure};
use super::settings::Settings;
use super::sources::print;
use crate::engine::tables::{self, StateTable};

pub(super) fn run(settings: &Settings, table: Option<&str>) -> Result<Exit, Failure> {
    let tables = tables::all();
    let Some(wanted) = table else {
        let rows = tables
            .iter()
            .map(|table| [table.name(), table.about()].map(str::to_owned));
        return print(settings, &tables_listing(rows)?);
    };
    match tables.iter().find(|table| table.name() == wanted) {
        Some(table) => print(settings, &columns_of(table.as_ref())?),
        None => {
            let names = tables.iter().map(|table| table.name());
            let message = unknown(wanted, names, "sgq schema lists them");
            Err(Failure::query(message))
        }
    }
}

/// Names of tables, and a sentence on each.
pub(crate) fn tables_listing(
    rows: impl IntoIterator<Item = [String; 2]>,
) -> Result<RecordBatch, Failure> {
    texts(["table", "description"], rows)
}

/// The columns of a table: name, type, and a sentence.
pub(crate) fn columns_of(table: &dyn StateTable) -> Result<RecordBatch, Failure> {
    let rows = table
        .columns()
        .iter()
        .map(|column| [&column.name, column.kind.sql_name(), column.about].map(str::to_owned));
    texts(["column", "type", "description"], rows)
}

/// Names of columns and their types, where nothing more is known.
pub(crate) fn types_listing(
    rows: impl IntoIterator<Item = [String; 2]>,
) -> Result<RecordBatch, Failure> {
    texts(["column", "type"], rows)
}

/// That there is no table of a name: with the closest one, else with `where_all_are`.
pub(crate) fn unknown<'n>(
    wanted: &str,
    names: impl IntoIterator<Item = &'n str>,
    where_all_are: &str,
) -> String {
    match crate::engine::closest(wanted, names) {
        Some(near) => format!("there is no table {wanted}; did you mean {near}?"),
        None => format!("there is no table {wanted}; {where_all_are}"),
    }
}

fn texts<const N: usize>(
    names: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<RecordBatch, Failure> {
    let rows: Vec<_> = rows.into_iter().collect();
    let columns = names.iter().enumerate().map(|(index, name)| {
        let texts = StringArray::from_iter_values(rows.iter().map(|row| &row[index]));
        (*name, Arc::new(texts) as ArrayRef)
    });
    RecordBatch::try_from_iter(columns).map_err(Failure::query)
}
