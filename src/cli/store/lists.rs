//! What the store has, as rows.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use jiff::Timestamp;

use super::failure;
use crate::cli::args::Text;
use crate::cli::exit::{Exit, Failure};
use crate::cli::sources::print;
use crate::cli::{Settings, query, tell};
use crate::output::terminal::visible;
use crate::store::{ListedState, ListedVersion, Store, Which};

/// The states, a row each.
pub(super) fn states(settings: &Settings, store: &mut Store, all: bool) -> Result<Exit, Failure> {
    let states = store.states(all).map_err(failure)?;
    let text = |value: fn(&ListedState) -> Option<&str>| texts(states.iter().map(value));
    let batch = RecordBatch::try_from_iter([
        ("state", text(|state| Some(&state.name))),
        ("workspace", text(|state| Some(&state.workspace))),
        (
            "version",
            numbers(states.iter().map(|state| Some(state.version))),
        ),
        ("status", text(|state| Some(&state.status))),
        ("serial", numbers(states.iter().map(|state| state.serial))),
        (
            "instance_count",
            numbers(states.iter().map(|state| state.instance_count)),
        ),
        (
            "recorded_at",
            times(states.iter().map(|state| state.recorded_at)),
        ),
        ("author", text(|state| state.author.as_deref())),
    ]);
    print(settings, &batch.map_err(Failure::query)?)
}

/// The versions of a state, a row each.
pub(super) fn log(settings: &Settings, store: &mut Store, state: &str) -> Result<Exit, Failure> {
    let versions = store.log(state).map_err(failure)?;
    print(settings, &listing(&versions)?)
}

fn listing(versions: &[ListedVersion]) -> Result<RecordBatch, Failure> {
    let text = |value: fn(&ListedVersion) -> Option<&str>| texts(versions.iter().map(value));
    let number = |value: fn(&ListedVersion) -> Option<i64>| numbers(versions.iter().map(value));
    let batch = RecordBatch::try_from_iter([
        ("version", number(|version| Some(version.version))),
        (
            "recorded_at",
            times(versions.iter().map(|version| version.recorded_at)),
        ),
        ("operation", text(|version| Some(&version.operation))),
        ("author", text(|version| version.author.as_deref())),
        ("message", text(|version| version.message.as_deref())),
        ("commit", text(|version| version.git_commit.as_deref())),
        ("branch", text(|version| version.git_branch.as_deref())),
        (
            "repository",
            text(|version| version.git_repository.as_deref()),
        ),
        ("ci_run", text(|version| version.ci_run.as_deref())),
        ("tags", lists(versions.iter().map(|version| &version.tags))),
        ("base", number(|version| version.base)),
        ("serial", number(|version| version.serial)),
        ("added", number(|version| Some(version.changes[0]))),
        ("changed", number(|version| Some(version.changes[1]))),
        ("removed", number(|version| Some(version.changes[2]))),
    ]);
    batch.map_err(Failure::query)
}

fn texts<'t>(values: impl Iterator<Item = Option<&'t str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn numbers(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

fn times(values: impl Iterator<Item = Timestamp>) -> ArrayRef {
    let micros = values.map(|time| time.as_microsecond());
    Arc::new(TimestampMicrosecondArray::from_iter_values(micros).with_timezone("UTC"))
}

fn lists<'t>(values: impl Iterator<Item = &'t Vec<String>>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for texts in values {
        builder.append_value(texts.iter().map(Some));
    }
    Arc::new(builder.finish())
}

/// One version: who wrote it and why on standard error, and what it changed as rows; the store is the source
/// of `settings`.
pub(super) fn show(settings: &Settings, store: &mut Store, version: &str) -> Result<Exit, Failure> {
    let (state, which) = match version.rsplit_once('@') {
        Some((state, number)) => {
            let number = number.strip_prefix('v').unwrap_or(number).parse();
            let number = number.map_err(|_| {
                Failure::usage(format!(
                    "{version} names no version: write it as in {state}@7"
                ))
            })?;
            (state, Which::Version(number))
        }
        None => (version, Which::Newest),
    };
    let found = store.state(state).map_err(failure)?;
    let number = store.version(&found, which).map_err(failure)?;
    let versions = store.log(state).map_err(failure)?;
    if let Some(told) = versions.iter().find(|version| version.version == number) {
        tell!("sgq: {}", visible(&sentence(state, told)));
    }
    let literal = state.replace('\'', "''");
    let sql = format!(
        "SELECT action, address, type, changed_paths FROM history \
         WHERE state = '{literal}' AND version = {number} ORDER BY address"
    );
    query::run(settings, &[Text::Sql(sql)])
}

/// Who wrote a version, when and why.
fn sentence(state: &str, told: &ListedVersion) -> String {
    let mut text = format!("{state}@{}: {}", told.version, told.operation);
    let mut add = |before: &str, value: Option<&str>| {
        if let Some(value) = value {
            text.push_str(before);
            text.push_str(value);
        }
    };
    add(" by ", told.author.as_deref());
    add(" at ", Some(&told.recorded_at.to_string()));
    let base = told.base.filter(|base| *base != told.version - 1);
    let base = base.map(|base| base.to_string());
    add(", made from version ", base.as_deref());
    add(", of commit ", told.git_commit.as_deref());
    add(" on ", told.git_branch.as_deref());
    add(" of ", told.git_repository.as_deref());
    add(", run ", told.ci_run.as_deref());
    let tags = (!told.tags.is_empty()).then(|| told.tags.join(", "));
    add(", tagged ", tags.as_deref());
    add(": ", told.message.as_deref());
    text
}
