//! `sgq blast-radius ADDRESS` and `sgq depends-on ADDRESS`: the rows of the table functions of these
//! names.

use std::collections::BTreeSet;

use arrow::array::{AsArray, RecordBatch};

use super::across::Across;
use super::args::Reach;
use super::exit::{Exit, Failure};
use super::settings::Settings;
use crate::engine::tables::reach::{ReachFunction, rows};
use crate::graph::Scope;

pub(super) fn run(
    settings: &Settings,
    from: &Reach,
    function: ReachFunction,
) -> Result<Exit, Failure> {
    let across = Across::read(settings)?;
    let scope = match &from.state {
        Some(state) => Scope::State(state),
        None if from.all_states => Scope::AllStates,
        None => Scope::TheOnlyOne,
    };
    let advice = "name one with --state, or take all with --all-states";
    let starts = across.find(&from.address, scope, advice)?;
    let rows = rows(&across.graph, &starts, function, from.depth).map_err(Failure::query)?;
    let summary = summary(&rows, from, function);
    across.answer(&without_ids(&rows)?, Some(&summary))
}

/// The rows for people, who know a state by its name.
fn without_ids(rows: &RecordBatch) -> Result<RecordBatch, Failure> {
    let fields = rows.schema();
    let fields = fields.fields().iter().enumerate();
    let kept: Vec<usize> = fields
        .filter(|(_, field)| field.name() != "state_id")
        .map(|(position, _)| position)
        .collect();
    rows.project(&kept).map_err(Failure::query)
}

/// How many there are, in a sentence.
fn summary(rows: &RecordBatch, from: &Reach, function: ReachFunction) -> String {
    let address = &from.address;
    let within = match from.depth {
        Some(1) => " directly".to_owned(),
        Some(depth) => format!(" within {depth} steps"),
        None => String::new(),
    };
    let (instances, states) = (rows.num_rows(), states(rows));
    let plural = if instances == 1 { "" } else { "s" };
    let places = match states {
        1 => "1 state".to_owned(),
        states => format!("{states} states"),
    };
    match (function, instances) {
        (ReachFunction::BlastRadius, 0) => format!("nothing depends on {address}{within}"),
        (ReachFunction::DependsOn, 0) => format!("{address} depends on nothing{within}"),
        (ReachFunction::BlastRadius, _) => {
            let verb = if instances == 1 { "depends" } else { "depend" };
            format!("{instances} instance{plural} in {places} {verb} on {address}{within}")
        }
        (ReachFunction::DependsOn, _) => {
            format!("{address} depends on {instances} instance{plural} in {places}{within}")
        }
    }
}

fn states(rows: &RecordBatch) -> usize {
    let ids = rows.column_by_name("state_id");
    let ids = ids.and_then(|ids| ids.as_string_view_opt());
    let distinct: Option<BTreeSet<&str>> = ids.map(|ids| ids.iter().flatten().collect());
    distinct.map_or(0, |distinct| distinct.len())
}
