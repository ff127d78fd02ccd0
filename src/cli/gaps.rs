//! `sgq gaps --inventory FILE`: what exists and is in no state, and what is in a state and exists no more.

mod listing;

use std::collections::VecDeque;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use datafusion::sql::parser::Statement;

use self::listing::{Listing, column};
use super::args::Gaps;
use super::exit::{Exit, Failure};
use super::query::{Session, in_session};
use super::reports::{Reports, arguments};
use super::results::Ended;
use super::run::named;
use super::settings::Settings;
use super::tell::tell;
use crate::engine::library::Report;
use crate::engine::{Engine, identifier};
use crate::inventory::protected_file;
use crate::output::terminal::visible;

/// The report whose rows it gives.
const REPORT: &str = "gaps";

/// Names of columns that hold what names an object, the best first; as they are without capitals and
/// without what is no letter or digit.
const IDS: [&str; 9] = [
    "arn",
    "resourcearn",
    "selflink",
    "id",
    "resourceid",
    "physicalresourceid",
    "identifier",
    "name",
    "resourcename",
];

/// The same of columns that hold an object's type.
const TYPES: [&str; 4] = ["resourcetype", "assettype", "type", "kind"];

/// What the rows say of each type.
const BY_TYPE: &str = "
    SELECT type,
           count(*) FILTER (WHERE status = 'managed') AS managed,
           count(*) FILTER (WHERE status = 'unmanaged') AS unmanaged,
           count(*) FILTER (WHERE status = 'missing') AS missing,
           round(100.0 * count(*) FILTER (WHERE status = 'managed')
                 / nullif(count(*) FILTER (WHERE status <> 'missing'), 0), 1) AS coverage
    FROM (SELECT DISTINCT status, type, id FROM gaps) AS objects
    GROUP BY type
    ORDER BY type NULLS LAST";

const ROWS: &str = "SELECT status, type, id, state, address FROM gaps";

pub(super) fn run(settings: &Settings, asked: &Gaps) -> Result<Exit, Failure> {
    let report = Reports::find(settings)?.get(REPORT)?;
    if protected_file(&asked.inventory, |_| true, settings.reading.max_size).is_some() {
        return Err(Failure::usage(format!(
            "{} holds state; --inventory takes a list of what exists, as the cloud tells it",
            asked.inventory.display()
        )));
    }
    let mut total = Totals::default();
    let exit = in_session(settings, |session| {
        total = gaps(session, &report, asked)?;
        Ok(())
    })?;
    Ok(match exit {
        Exit::Success if asked.fail_on_rows && total.unmanaged + total.missing > 0 => Exit::Rows,
        exit => exit,
    })
}

fn gaps(session: &mut Session, report: &Report, asked: &Gaps) -> Result<Totals, Ended> {
    lay_inventory(session, asked)?;
    let statements = made_table(&session.engine, report, asked)?;
    session
        .collect(statements, &report.text)
        .map_err(|ended| named(ended, REPORT))?;
    let by_type = session.collect(parsed(&session.engine, BY_TYPE)?, BY_TYPE)?;
    let shown = if asked.summary { BY_TYPE } else { ROWS };
    session.run(parsed(&session.engine, shown)?, shown)?;
    let mut total = Totals::default();
    for batch in &by_type {
        total.add(batch, !asked.summary);
    }
    let Totals {
        managed,
        unmanaged,
        missing,
    } = total;
    tell!("sgq: {managed} managed, {unmanaged} unmanaged, {missing} missing");
    Ok(total)
}

/// Makes `inventory` of the file, with the columns `id` and `type`.
fn lay_inventory(session: &mut Session, asked: &Gaps) -> Result<(), Ended> {
    let file = &asked.inventory;
    let listing = Listing::open(file)?;
    let laid = match listing {
        Listing::Rows(rows) => {
            let columns = rows.columns();
            let (ids, kind) = chosen(&columns, asked)?;
            let batch = rows.batch(&ids, kind).map_err(Failure::query)?;
            let added = session.engine.add_table("inventory", batch);
            return Ok(added.map_err(Failure::query)?);
        }
        Listing::Delimited(delimiter) => format!(
            "CREATE EXTERNAL TABLE inventory_file STORED AS CSV LOCATION {} OPTIONS (\
             'format.has_header' 'true', 'format.schema_infer_max_rec' '0', \
             'format.newlines_in_values' 'true', 'format.delimiter' {})",
            quoted(&place(file)),
            quoted(&delimiter.to_string())
        ),
        Listing::Parquet => format!(
            "CREATE EXTERNAL TABLE inventory_file STORED AS PARQUET LOCATION {}",
            quoted(&place(file))
        ),
    };
    session.collect(parsed(&session.engine, &laid)?, &laid)?;
    let columns = session.columns_of("inventory_file");
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let (ids, kind) = chosen(&names, asked)?;
    let text = |column: &str| format!("CAST({} AS TEXT)", identifier(column));
    // A row that lacks the best has another.
    let ids = ids
        .iter()
        .map(|id| format!("nullif(trim({}), '')", text(id)));
    let ids = ids.collect::<Vec<_>>().join(", ");
    let kind = kind.map_or("CAST(NULL AS TEXT)".to_owned(), text);
    let view = format!(
        "CREATE VIEW inventory AS SELECT coalesce({ids}) AS id, {kind} AS type FROM inventory_file"
    );
    session.collect(parsed(&session.engine, &view)?, &view)?;
    Ok(())
}

/// The columns of ids and of types, among those that there are.
///
/// Where none is named, every column that is known to hold ids is one, the best first.
fn chosen<'c>(
    columns: &[&'c str],
    asked: &Gaps,
) -> Result<(Vec<&'c str>, Option<&'c str>), Failure> {
    let file = asked.inventory.display();
    let ids = match &asked.id {
        Some(named) => vec![column(columns, named, "--id", &file)?],
        None => IDS
            .iter()
            .filter_map(|name| best(columns, &[*name]))
            .collect(),
    };
    let kind = match &asked.type_column {
        Some(named) => Some(column(columns, named, "--type", &file)?),
        None => best(columns, &TYPES),
    };
    if ids.is_empty() {
        return Err(Failure::usage(format!(
            "{file} has no column that is known to hold ids; name one with --id: {}",
            visible(&columns.join(", "))
        )));
    }
    let kind = kind.filter(|kind| !ids.contains(kind));
    Ok((ids, kind))
}

/// The column with the best of some names.
fn best<'c>(columns: &[&'c str], names: &[&str]) -> Option<&'c str> {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let mut of_name = names.iter().filter_map(|wanted| {
        let mut columns = columns.iter();
        columns.find(|column| plain(column) == *wanted).copied()
    });
    of_name.next()
}

/// The report as a statement that keeps its rows, so that states are read once.
fn made_table(
    engine: &Engine,
    report: &Report,
    asked: &Gaps,
) -> Result<VecDeque<Statement>, Failure> {
    for pair in &asked.matches {
        let sides = pair.split_once('=');
        if sides.is_none_or(|(one, other)| one.is_empty() || other.is_empty()) || pair.contains(',')
        {
            return Err(Failure::usage(format!(
                "--match takes TYPE=TYPE, as in AWS::EC2::VPC=aws_vpc, not {pair}"
            )));
        }
    }
    let matches = asked.matches.join(",");
    let given = [("matches", matches.as_str())];
    let arguments = arguments(std::slice::from_ref(report), &given)?;
    let text = report.text.trim_end().trim_end_matches(';');
    let mut statements = parsed(engine, &format!("CREATE TABLE gaps AS {text}"))?;
    let values = arguments.first().cloned().unwrap_or_default();
    report
        .bind(&mut statements, &values)
        .map_err(|error| Failure::query(format!("the report {REPORT}: {error}")))?;
    Ok(statements)
}

fn parsed(engine: &Engine, text: &str) -> Result<VecDeque<Statement>, Failure> {
    engine.parse(text).map_err(Failure::query)
}

fn place(file: &Path) -> String {
    let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    path.display().to_string()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// How many objects of all types there are.
#[derive(Debug, Default, Clone, Copy)]
struct Totals {
    managed: i64,
    unmanaged: i64,
    missing: i64,
}

impl Totals {
    /// Adds rows of [`BY_TYPE`], and says each on stderr if `is_told`.
    fn add(&mut self, by_type: &RecordBatch, is_told: bool) {
        let count = |column: &str, row: usize| {
            let column = by_type.column_by_name(column);
            let counts = column.and_then(|column| column.as_primitive_opt::<Int64Type>());
            counts.map_or(0, |counts| counts.value(row))
        };
        let kinds = by_type.column_by_name("type").and_then(|column| {
            arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8).ok()
        });
        let kinds = kinds
            .as_ref()
            .and_then(|kinds| kinds.as_string_opt::<i32>());
        let coverage = by_type.column_by_name("coverage");
        let coverage = coverage.and_then(|column| column.as_primitive_opt::<Float64Type>());
        for row in 0..by_type.num_rows() {
            let [managed, unmanaged, missing] =
                ["managed", "unmanaged", "missing"].map(|column| count(column, row));
            self.managed += managed;
            self.unmanaged += unmanaged;
            self.missing += missing;
            if !is_told {
                continue;
            }
            let kind = kinds.filter(|kinds| kinds.is_valid(row));
            let kind = kind.map_or("no type", |kinds| kinds.value(row));
            let percent = coverage.filter(|coverage| coverage.is_valid(row));
            let percent = percent.map_or(String::new(), |coverage| {
                format!("; {}% covered", coverage.value(row))
            });
            tell!(
                "sgq: {}: {managed} managed, {unmanaged} unmanaged, {missing} missing{percent}",
                visible(kind)
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_column_is_found_however_it_is_spelled() {
        assert_eq!(best(&["resourceId", "ARN", "Name"], &IDS), Some("ARN"));
        assert_eq!(best(&["name", "self_link"], &IDS), Some("self_link"));
        assert_eq!(best(&["Resource ID", "x"], &IDS), Some("Resource ID"));
        assert_eq!(best(&["a", "b"], &IDS), None);
    }
}
