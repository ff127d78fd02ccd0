//! Two snapshots of one state, around a refresh: what differs is drift.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};

use crate::cli::{Failure, Settings};
use crate::engine::json::json_field;
use crate::engine::pairs::{Operand, Which};
use crate::engine::tables::comparison::{Comparison, Row};
use crate::format::{ChangeKind, LeftOut, WhatDiffers};
use crate::inventory::{Extent, Inventory, SourceSpec};
use crate::output::terminal::visible;
use crate::postgres::Environment;
use crate::source::Location;

/// One difference.
struct Found {
    row: Row,
    action: &'static str,
    /// Why it says nothing.
    rule: Option<&'static str>,
}

/// Two files as sources.
///
/// # Errors
///
/// When one cannot be one.
pub(super) fn sources(before: &Path, after: &Path) -> Result<Vec<SourceSpec>, Failure> {
    let source = |path: &Path| {
        let location = Location::parse(
            &path.to_string_lossy(),
            Path::new(""),
            &Environment::default(),
        );
        location.map_err(Failure::usage).map(|location| SourceSpec {
            name: None,
            location,
            base: PathBuf::new(),
            labels: None,
        })
    };
    [before, after].map(source).into_iter().collect()
}

/// What differs between two files of one state, which are the sources: the row of the state, and those of the differences.
///
/// # Errors
///
/// When one is no state that can be read, or they are of two states.
pub(super) fn differences(
    settings: &Settings,
    before: &Path,
    after: &Path,
) -> Result<(RecordBatch, RecordBatch), Failure> {
    let inventory = Inventory::find(&settings.sources, settings.reading.clone());
    let [of_before, of_after] = inventory.files() else {
        return Err(Failure::usage(
            "--before and --after take two files, each with one snapshot of a state",
        ));
    };
    let lineages = inventory.survey(settings.engine.threads, Extent::Outline, |_, state, _| {
        state.lineage.as_deref().map(str::to_owned)
    });
    if let [Some(Some(one)), Some(Some(other))] = lineages.as_slice()
        && one != other
    {
        return Err(Failure::usage(format!(
            "{} and {} are of different states, as their lineages say; name two snapshots of one",
            before.display(),
            after.display()
        )));
    }
    let comparison = Comparison::of(
        (&of_before.name, &Operand::State(Which::Now(0))),
        (&of_after.name, &Operand::State(Which::Now(1))),
        LeftOut::nothing(),
    );
    let mut found = Vec::new();
    let compared = comparison.and_then(|comparison| {
        comparison.each(&inventory, &mut |row| {
            found.extend(told(row));
            ControlFlow::Continue(())
        })
    });
    if let Err(error) = compared {
        let outcomes = inventory.take_unreported_failures();
        let reason = outcomes.first();
        let reason = reason.map(|failure| format!("{}: {}", failure.uri, failure.error.message));
        let message = reason.unwrap_or_else(|| error.to_string());
        return Err(Failure::usage(visible(&message).into_owned()));
    }
    let name = &of_after.name;
    let batches = states(name, &found).and_then(|states| Ok((states, rows(name, &found)?)));
    batches.map_err(Failure::query)
}

/// A difference as drift: a refresh makes no object and compares no outputs.
fn told(row: Row) -> Option<Found> {
    row.difference.type_name.as_ref()?;
    let (action, rule) = match &row.difference.what {
        WhatDiffers::OnlyInA(_) => ("delete", None),
        WhatDiffers::OnlyInB(_) => return None,
        WhatDiffers::Changed(change) => {
            let rule = match change.kind {
                ChangeKind::Emptiness => Some("empty"),
                ChangeKind::Spelling => Some("spelling"),
                // Without a plan nothing says that the order does not matter.
                ChangeKind::Value | ChangeKind::Order => None,
            };
            ("update", rule)
        }
    };
    Some(Found { row, action, rule })
}

fn states(name: &str, found: &[Found]) -> arrow::error::Result<RecordBatch> {
    let significant = || found.iter().filter(|found| found.rule.is_none());
    let instances: std::collections::BTreeSet<&str> = significant()
        .map(|found| found.row.difference.address.as_str())
        .collect();
    let attributes = significant().count();
    let status = if attributes > 0 { "drifted" } else { "in sync" };
    let text = |text: Option<&str>| -> ArrayRef { Arc::new(StringArray::from(vec![text])) };
    let count = |count: usize| -> ArrayRef {
        Arc::new(Int64Array::from(vec![
            i64::try_from(count).unwrap_or(i64::MAX),
        ]))
    };
    let moment = TimestampMicrosecondArray::from(vec![None]).with_timezone("UTC");
    let column = |name: &str, values| (name.to_owned(), values, true);
    RecordBatch::try_from_iter_with_nullable([
        column("state", text(Some(name))),
        column("status", text(Some(status))),
        column("instances", count(instances.len())),
        column("attributes", count(attributes)),
        column("insignificant", count(found.len() - attributes)),
        column("evidence_at", Arc::new(moment) as ArrayRef),
        column("reason", text(None)),
    ])
}

fn rows(name: &str, found: &[Found]) -> arrow::error::Result<RecordBatch> {
    let of = || found.iter().map(|found| &found.row.difference);
    let texts = |values: Vec<Option<String>>| -> ArrayRef { Arc::new(StringArray::from(values)) };
    let change = |found: &Found| match &found.row.difference.what {
        WhatDiffers::Changed(change) => Some(change.clone()),
        _ => None,
    };
    let changes: Vec<_> = found.iter().map(change).collect();
    let value = |side: fn(&crate::format::PathChange) -> Option<String>| {
        let values = changes.iter();
        texts(
            values
                .map(|change| change.as_ref().and_then(side))
                .collect(),
        )
    };
    let moments = TimestampMicrosecondArray::from(vec![None; found.len()]).with_timezone("UTC");
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let moment = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let json = |name: &str| {
        let field = json_field(name, true);
        field.with_data_type(DataType::Utf8)
    };
    let schema = Schema::new(vec![
        text("state"),
        text("address"),
        text("type"),
        text("deposed"),
        text("action"),
        text("path"),
        json("before"),
        json("after"),
        Field::new("significant", DataType::Boolean, true),
        text("rule"),
        text("evidence"),
        Field::new("detected_at", moment, true),
    ]);
    let columns: Vec<ArrayRef> = vec![
        texts(found.iter().map(|_| Some(name.to_owned())).collect()),
        texts(of().map(|found| Some(found.address.clone())).collect()),
        texts(of().map(|found| found.type_name.clone()).collect()),
        texts(of().map(|found| found.deposed.clone()).collect()),
        texts(
            found
                .iter()
                .map(|found| Some(found.action.to_owned()))
                .collect(),
        ),
        value(|change| Some(change.path.to_string())),
        value(|change| change.before.as_ref().map(ToString::to_string)),
        value(|change| change.after.as_ref().map(ToString::to_string)),
        Arc::new(BooleanArray::from_iter(
            found.iter().map(|found| Some(found.rule.is_none())),
        )),
        texts(
            found
                .iter()
                .map(|found| found.rule.map(str::to_owned))
                .collect(),
        ),
        texts(found.iter().map(|_| Some("snapshots".to_owned())).collect()),
        Arc::new(moments),
    ];
    RecordBatch::try_new(Arc::new(schema), columns)
}
