//! `blast_radius` and `depends_on`: what depends on an instance and what it depends on, across
//! states, as table functions.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use datafusion::common::{DataFusionError, Result};

use super::WholeTable;
use super::column::{Column, Kind, all_texts, counts, texts};
use crate::engine::known::Known;
use crate::graph::{Direction, FindError, Graph, Node, Scope};

/// Every such function, in the order in which they are listed.
pub const FUNCTIONS: [ReachFunction; 2] = [ReachFunction::BlastRadius, ReachFunction::DependsOn];

/// A table function that follows dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReachFunction {
    /// What depends on an address.
    BlastRadius,
    /// What an address depends on.
    DependsOn,
}

impl ReachFunction {
    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            ReachFunction::BlastRadius => "blast_radius",
            ReachFunction::DependsOn => "depends_on",
        }
    }

    /// What one row is, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            ReachFunction::BlastRadius => {
                "One row per instance that depends on an address, in any state and at any distance."
            }
            ReachFunction::DependsOn => {
                "One row per instance that an address depends on, in any state and at any distance."
            }
        }
    }

    /// Which way it follows dependencies.
    pub fn direction(self) -> Direction {
        match self {
            ReachFunction::BlastRadius => Direction::Dependents,
            ReachFunction::DependsOn => Direction::DependsOn,
        }
    }
}

/// The columns of what such functions give.
pub static COLUMNS: [Column; 9] = [
    Column::of_rows("state_id", Kind::Text, "The state's id, as in states.id."),
    Column::of_rows("state", Kind::Text, "The state's name, as in states.name."),
    Column::of_rows("address", Kind::Text, "The instance that was reached."),
    Column::of_rows("type", Kind::Text, "Its resource type."),
    Column::of_rows(
        "distance",
        Kind::BigInt,
        "How many steps it is from the nearest start, 1 for a direct dependency.",
    ),
    Column::of_rows(
        "via_state",
        Kind::Text,
        "The state of the step before on a shortest chain.",
    ),
    Column::of_rows(
        "via",
        Kind::Text,
        "The address of the step before on a shortest chain; the start at distance 1.",
    ),
    Column::of_rows(
        "kind",
        Kind::Text,
        "How the last step is known: dependency within a state; remote_state or shared_id between.",
    ),
    Column::of_rows(
        "attribute",
        Kind::Text,
        "The attribute or output that carries a step between states; else NULL.",
    ),
];

/// Everything in reach of `starts`, as rows of [`COLUMNS`], ordered by distance, state and address.
///
/// # Errors
///
/// When the columns do not fit together.
pub fn rows(
    graph: &Graph,
    starts: &[Node],
    function: ReachFunction,
    depth: Option<u32>,
) -> Result<RecordBatch> {
    let reached = graph.reach(starts, function.direction(), depth);
    let nodes = || reached.iter().map(|reached| reached.node);
    let steps = || reached.iter().map(|reached| reached.step);
    let columns = COLUMNS.iter().map(|column| -> ArrayRef {
        match &*column.name {
            "state_id" => all_texts(nodes().map(|node| graph.state_id(node))),
            "state" => all_texts(nodes().map(|node| graph.state_name(node))),
            "address" => all_texts(nodes().map(|node| graph.address(node))),
            "type" => all_texts(nodes().map(|node| graph.type_name(node))),
            "distance" => counts(reached.iter().map(|reached| reached.distance as usize)),
            "via_state" => all_texts(steps().map(|step| graph.state_name(step.via))),
            "via" => all_texts(steps().map(|step| graph.address(step.via))),
            "kind" => all_texts(steps().map(|step| step.kind.as_str())),
            _ => texts(steps().map(|step| step.attribute)),
        }
    });
    let fields: Vec<_> = COLUMNS.iter().map(Column::field).collect();
    let schema = Arc::new(Schema::new(fields));
    Ok(RecordBatch::try_new(schema, columns.collect())?)
}

/// One call of such a function.
#[derive(Debug)]
pub(in crate::engine) struct Reach {
    /// Which one.
    pub(in crate::engine) function: ReachFunction,
    /// Where it starts.
    pub(in crate::engine) address: String,
    /// The name of the state that has the address, `*` for all that have it; `None` for the only one.
    pub(in crate::engine) state: Option<String>,
}

impl WholeTable for Reach {
    fn name(&self) -> &'static str {
        self.function.name()
    }

    fn about(&self) -> &'static str {
        self.function.about()
    }

    fn columns(&self) -> &[Column] {
        &COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let graph = known.graph();
        let scope = match self.state.as_deref() {
            None => Scope::TheOnlyOne,
            Some("*") => Scope::AllStates,
            Some(state) => Scope::State(state),
        };
        let starts = graph.find(&self.address, scope).map_err(not_found)?;
        rows(&graph, &starts, self.function, None)
    }
}

fn not_found(error: FindError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
