//! `sgq store verify`: what of a store does not fit together, as rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::failure;
use crate::cli::exit::{Exit, Failure};
use crate::cli::sources::print;
use crate::cli::{Settings, tell};
use crate::store::{Problem, Store};

/// Looks at a state, or at all.
///
/// # Errors
///
/// When no state has the name, or the store cannot be read.
pub(super) fn run(
    settings: &Settings,
    store: &mut Store,
    state: Option<&str>,
) -> Result<Exit, Failure> {
    let mut problems: Vec<Problem> = Vec::new();
    let verified = store
        .verify(state, &mut |problem| problems.push(problem))
        .map_err(failure)?;
    let text = |value: fn(&Problem) -> Option<&str>| -> ArrayRef {
        Arc::new(problems.iter().map(value).collect::<StringArray>())
    };
    let versions = problems.iter().map(|problem| problem.version);
    let batch = RecordBatch::try_from_iter([
        ("state", text(|problem| problem.state.as_deref())),
        (
            "version",
            Arc::new(versions.collect::<Int64Array>()) as ArrayRef,
        ),
        ("table", text(|problem| Some(problem.table))),
        ("what", text(|problem| Some(&problem.what))),
    ]);
    print(settings, &batch.map_err(Failure::query)?)?;
    let counted = |count: u64, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let found = match problems.len() {
        0 => String::new(),
        count => format!("; {} found", counted(count as u64, "problem")),
    };
    tell!(
        "sgq: {} with {} verified{found}",
        counted(verified.states, "state"),
        counted(verified.versions, "version")
    );
    Ok(match problems.is_empty() {
        true => Exit::Success,
        false => Exit::Query,
    })
}
