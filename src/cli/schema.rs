//! `sgq schema [TABLE]`: the tables, or the columns of one, with a sentence each.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};

use super::cancel::{self, Unfinished};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::results::{exit_code, report_failures, runtime};
use super::settings::Settings;
use super::sources::print;
use crate::engine::Engine;
use crate::engine::library::{self, View};
use crate::engine::tables::{self, Column};

pub(super) fn run(settings: &Settings, table: Option<&str>) -> Result<Exit, Failure> {
    if let Some(described) = table.and_then(tables::described) {
        return print(settings, &columns_of(&described.columns)?);
    }
    if let Some(view) = table.and_then(view) {
        return print(settings, &columns_of_view(&view)?);
    }
    cancel::watch(settings.timeout.as_ref(), &Unfinished::default());
    let engine = settings.open()?;
    let runtime = runtime(settings.engine.threads)?;
    let progress = Progress::of(engine.inventory());
    let listing = runtime.block_on(async {
        match table {
            None => every_table(&engine).await,
            Some(name) => columns_of_type(&engine, name).await,
        }
    });
    progress.end();
    report_failures(engine.inventory());
    print(settings, &listing?)?;
    Ok(exit_code(engine.inventory(), settings))
}

/// The built-in tables and views, then the tables of the types that were found.
async fn every_table(engine: &Engine) -> Result<RecordBatch, Failure> {
    tables_listing(own_tables(engine).await?)
}

/// The names of sgq's own tables and views, resource types last, and what one row of each is.
pub(crate) async fn own_tables(engine: &Engine) -> Result<Vec<[String; 2]>, Failure> {
    let built_in = tables::built_in().into_iter();
    let built_in = built_in.map(|described| [described.name, described.about]);
    let views = library::views().into_iter();
    let views = views.map(|view| [view.name.to_owned(), view.about]);
    let types = engine.types().await.map_err(Failure::query)?;
    Ok(built_in.chain(views).chain(types).collect())
}

/// The built-in view of a name.
pub(crate) fn view(name: &str) -> Option<View> {
    library::views().into_iter().find(|view| view.name == name)
}

async fn columns_of_type(engine: &Engine, name: &str) -> Result<RecordBatch, Failure> {
    let described = engine.describe_type(name).await.map_err(Failure::query)?;
    match described {
        Some(described) => columns_of(&described.columns),
        None => {
            let names = engine.table_names();
            let names = names.iter().map(String::as_str);
            let message = unknown(name, names, str::to_owned, "sgq schema lists them");
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
pub(crate) fn columns_of(columns: &[Column]) -> Result<RecordBatch, Failure> {
    let rows = columns
        .iter()
        .map(|column| [&column.name, column.kind.sql_name(), column.about].map(str::to_owned));
    texts(["column", "type", "description"], rows)
}

/// The columns of a built-in view: name, type, and a sentence.
pub(crate) fn columns_of_view(view: &View) -> Result<RecordBatch, Failure> {
    let rows = view.columns.iter();
    let rows =
        rows.map(|column| [&column.name, &column.sql_type, &column.about].map(String::to_owned));
    texts(["column", "type", "description"], rows)
}

/// Names of columns and their types, where nothing more is known.
pub(crate) fn types_listing(
    rows: impl IntoIterator<Item = [String; 2]>,
) -> Result<RecordBatch, Failure> {
    texts(["column", "type"], rows)
}

/// That there is no table of a name: with the closest one as `spelled`, else with `where_all_are`.
pub(crate) fn unknown<'n>(
    wanted: &str,
    names: impl IntoIterator<Item = &'n str>,
    spelled: impl Fn(&str) -> String,
    where_all_are: &str,
) -> String {
    match crate::engine::closest(wanted, names) {
        Some(near) => {
            let near = spelled(near);
            format!("there is no table {wanted}; did you mean {near}?")
        }
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
