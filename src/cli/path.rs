//! `sgq path A B`: a shortest chain of dependencies from one address to another.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};

use super::across::Across;
use super::exit::{Exit, Failure};
use super::settings::Settings;
use crate::graph::{Chain, Direction, Graph, Scope};

pub(super) fn run(settings: &Settings, from: &str, to: &str) -> Result<Exit, Failure> {
    let across = Across::read(settings)?;
    let advice = "name one as STATE:ADDRESS";
    let starts = across.find(from, Scope::TheOnlyOne, advice)?;
    let ends = across.find(to, Scope::TheOnlyOne, advice)?;
    let chain = |direction| across.graph.chain(&starts, &ends, direction);
    if let Some(chain) = chain(Direction::DependsOn) {
        let rows = rows(&across.graph, &chain)?;
        return across.answer(&rows, None);
    }
    match chain(Direction::Dependents) {
        Some(chain) => {
            let rows = rows(&across.graph, &chain)?;
            let note = format!(
                "{from} does not depend on {to}, but {to} on {from}: each row is depended on by the next"
            );
            across.answer(&rows, Some(&note))
        }
        None => Err(across.failure(&format!("neither {from} nor {to} depends on the other"))),
    }
}

/// The chain, a row an instance.
fn rows(graph: &Graph, chain: &Chain<'_>) -> Result<RecordBatch, Failure> {
    let nodes = || chain.iter().map(|(node, _)| *node);
    let steps = || chain.iter().map(|(_, step)| *step);
    let kinds = steps().map(|step| step.map(|step| step.kind.as_str()));
    let attributes = steps().map(|step| step.and_then(|step| step.attribute));
    let columns: [(&str, ArrayRef); 6] = [
        (
            "step",
            Arc::new((0..).take(chain.len()).collect::<Int64Array>()),
        ),
        (
            "state",
            Arc::new(StringArray::from_iter_values(
                nodes().map(|node| graph.state_name(node)),
            )),
        ),
        (
            "address",
            Arc::new(StringArray::from_iter_values(
                nodes().map(|node| graph.address(node)),
            )),
        ),
        (
            "type",
            Arc::new(StringArray::from_iter_values(
                nodes().map(|node| graph.type_name(node)),
            )),
        ),
        ("kind", Arc::new(kinds.collect::<StringArray>())),
        ("attribute", Arc::new(attributes.collect::<StringArray>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, values)| (name, values, true)))
        .map_err(Failure::query)
}
