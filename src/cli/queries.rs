//! `sgq queries [NAME]`: the reports, or one of them.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};

use super::cancel::Unfinished;
use super::exit::{Exit, Failure};
use super::reports::{Listed, Reports};
use super::results::Ended;
use super::settings::Settings;
use super::sources::print;
use super::target::Target;
use super::tell::tell;
use crate::engine::library::Report;
use crate::output::{Format, OutputError, terminal};

pub(super) fn run(settings: &Settings, name: Option<&str>) -> Result<Exit, Failure> {
    let reports = Reports::find(settings)?;
    match name {
        None => print(settings, &listing(&reports)?),
        Some(name) => show(settings, &reports.get(name)?),
    }
}

/// A row for each report; says on stderr which files cannot be used and why.
pub(crate) fn listing(reports: &Reports) -> Result<RecordBatch, Failure> {
    let (listed, failures) = reports.list();
    for message in failures.into_iter().filter_map(|failure| failure.message) {
        tell!("sgq: {message}");
    }
    let texts = |of: fn(&Listed) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(listed.iter().map(of)))
    };
    let columns = [
        ("report", texts(|report| &report.name)),
        ("answers", texts(|report| &report.answers)),
        ("from", texts(|report| &report.from)),
    ];
    RecordBatch::try_from_iter(columns).map_err(Failure::query)
}

/// The file of a report, as it can be kept and changed; as a row in every format but the table.
fn show(settings: &Settings, report: &Report) -> Result<Exit, Failure> {
    if settings.format != Format::Table {
        return print(settings, &row(report)?);
    }
    let target = Target::open(settings, &Unfinished::default())?;
    let written = target.writer().write_all(file(report).as_bytes());
    match written.map_err(OutputError::from).map_err(Ended::from) {
        Ok(()) => target.keep().map(|()| Exit::Success),
        Err(Ended::ByReader) => Ok(Exit::Success),
        Err(Ended::ByFailure(failure)) => Err(failure),
    }
}

/// A report's file, with an end to its last line and nothing in it that a terminal acts upon.
pub(crate) fn file(report: &Report) -> String {
    let lines = report.text.trim_end().lines().map(terminal::visible);
    lines
        .flat_map(|line| [line.into_owned(), "\n".to_owned()])
        .collect()
}

fn row(report: &Report) -> Result<RecordBatch, Failure> {
    let text = |text: Option<&str>| -> ArrayRef { Arc::new(StringArray::from(vec![text])) };
    let params: Vec<String> = report
        .params
        .iter()
        .map(|param| format!("{param} : {}", param.about))
        .collect();
    let columns = [
        ("report", text(Some(&report.name))),
        ("title", text(Some(&report.title))),
        ("answers", text(report.answers.as_deref())),
        ("parameters", text(Some(&params.join("\n")))),
        ("action", text(report.action.as_deref())),
        ("sql", text(Some(&report.text))),
    ];
    RecordBatch::try_from_iter(columns).map_err(Failure::query)
}
