//! `sgq schema [TABLE]`: the tables, or the columns of one, with a sentence each.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};

use super::exit::{Exit, Failure};
use super::settings::Settings;
use super::sources::print;
use crate::engine::tables;

pub(super) fn run(settings: &Settings, table: Option<&str>) -> Result<Exit, Failure> {
    let tables = tables::all();
    let rows: Vec<[&str; 3]> = match table {
        None => {
            let listed = tables
                .iter()
                .map(|table| (table.name(), table.about()))
                .collect::<Vec<_>>();
            return print(settings, two_columns(&listed)?);
        }
        Some(wanted) => {
            let Some(table) = tables.iter().find(|table| table.name() == wanted) else {
                let names: Vec<_> = tables.iter().map(|table| table.name()).collect();
                return Err(Failure::query(unknown(wanted, &names)));
            };
            table
                .columns()
                .iter()
                .map(|column| [column.name, column.kind.sql_name(), column.about])
                .collect()
        }
    };
    let column = |index: usize| {
        Arc::new(StringArray::from_iter_values(
            rows.iter().map(|row| row[index]),
        )) as _
    };
    let batch = RecordBatch::try_from_iter([
        ("column", column(0)),
        ("type", column(1)),
        ("description", column(2)),
    ]);
    print(settings, batch.map_err(Failure::query)?)
}

fn two_columns(rows: &[(&str, &str)]) -> Result<RecordBatch, Failure> {
    let names = Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.0))) as _;
    let abouts = Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.1))) as _;
    RecordBatch::try_from_iter([("table", names), ("description", abouts)]).map_err(Failure::query)
}

fn unknown(wanted: &str, names: &[&str]) -> String {
    match crate::engine::closest(wanted, names.iter().copied()) {
        Some(near) => format!("there is no table {wanted}; did you mean {near}?"),
        None => format!("there is no table {wanted}; sgq schema lists them"),
    }
}
