//! `sgq run NAME...`: reports are run one after another.

use std::collections::VecDeque;

use datafusion::sql::parser::Statement;

use super::exit::{Exit, Failure};
use super::query::in_session;
use super::reports::{Reports, arguments, key_and_value};
use super::results::Ended;
use super::settings::Settings;
use crate::engine::Engine;
use crate::engine::library::{Arguments, Report};

/// Runs the reports that are named with these parameters, `key=value` each.
pub(super) fn run(
    settings: &Settings,
    names: &[String],
    params: &[String],
    fail_on_rows: bool,
) -> Result<Exit, Failure> {
    let known = Reports::find(settings)?;
    let reports: Vec<Report> = names
        .iter()
        .map(|name| known.get(name))
        .collect::<Result<_, _>>()?;
    let given: Vec<_> = params
        .iter()
        .map(|param| key_and_value(param))
        .collect::<Result<_, _>>()?;
    let arguments = arguments(&reports, &given)?;
    let mut rows = 0;
    let exit = in_session(settings, |session| {
        // All are read before the first is run.
        let prepared: Vec<_> = reports
            .iter()
            .zip(&arguments)
            .map(|(report, arguments)| statements(&session.engine, report, arguments))
            .collect::<Result<_, _>>()?;
        let ran = reports
            .iter()
            .zip(prepared)
            .try_for_each(|(report, statements)| {
                let ran = session.run(statements, &report.text);
                ran.map_err(|ended| named(ended, &report.name))
            });
        rows = session.rows;
        ran
    })?;
    Ok(match exit {
        Exit::Success if fail_on_rows && rows > 0 => Exit::Rows,
        // A state that was needed and not read weighs more: the rows may not be all.
        exit => exit,
    })
}

/// Says which report failed, of a failure that only tells what its SQL did.
pub(crate) fn named(ended: Ended, name: &str) -> Ended {
    match ended {
        Ended::ByFailure(Failure {
            exit: Exit::Query,
            message: Some(message),
        }) => Failure::query(format!("the report {name}: {message}")).into(),
        ended => ended,
    }
}

/// The statements of a report with its parameters in place.
///
/// # Errors
///
/// When it is not SQL, reads other parameters than it declares, or is asked about a state that is not
/// there.
pub(crate) fn statements(
    engine: &Engine,
    report: &Report,
    arguments: &Arguments,
) -> Result<VecDeque<Statement>, Failure> {
    let name = &report.name;
    let in_report = |error: &dyn std::fmt::Display| format!("the report {name}: {error}");
    let files = engine.inventory().files().iter();
    let files = files.filter(|file| !file.is_plan());
    report
        .check_states(arguments, files.map(|file| file.name.as_str()))
        .map_err(Failure::usage)?;
    if let Err(error) = report.check_tables(&engine.table_names()) {
        let instead = match name.as_str() {
            "gaps" => "; sgq gaps --inventory FILE makes it of a file",
            _ => "; make it before",
        };
        return Err(Failure::usage(format!("{error}{instead}")));
    }
    let statements = engine.parse(&report.text);
    let mut statements = statements.map_err(|error| Failure::query(in_report(&error)))?;
    if statements.is_empty() {
        return Err(Failure::usage(format!(
            "the report {name} holds no statement; write its SQL below the comments"
        )));
    }
    report
        .bind(&mut statements, arguments)
        .map_err(|error| Failure::usage(in_report(&error)))?;
    Ok(statements)
}
