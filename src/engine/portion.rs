//! What of a state a scan wants, for sources that fetch no more than that.

use std::sync::Arc;

use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::utils::{Guarantee, LiteralGuarantee};

use super::tables::{Request, RowFilter, StateTable};
use crate::inventory::Extent;
use crate::store::{OneOf, Wanted};

/// What of each state the scan of a table wants.
pub(super) fn wanted(table: &dyn StateTable, request: &Request) -> Wanted {
    let without_attributes = table.extent(request) == Extent::Outline;
    let Some(mut instances) = table.instances() else {
        return Wanted {
            without_attributes,
            ..Wanted::default()
        };
    };
    let filters = request.filters.iter().chain(&request.of_instances);
    let filters = filters.flat_map(|filter| of_filter(table, filter));
    instances.extend(filters);
    instances.dedup();
    // Rows that others than the store leave out are not among those it counts.
    let is_all =
        request.filters.is_empty() && instances.is_empty() && has_one_row_an_instance(table);
    Wanted {
        without_attributes,
        only_instances: true,
        instances,
        limit: request
            .limit
            .filter(|_| is_all)
            .and_then(|limit| i64::try_from(limit).ok()),
        ..Wanted::default()
    }
}

fn has_one_row_an_instance(table: &dyn StateTable) -> bool {
    table.name() == "instances"
}

/// What a filter says of the columns that a store has, too.
fn of_filter(table: &dyn StateTable, filter: &RowFilter) -> Vec<OneOf> {
    let predicate: &Arc<dyn PhysicalExpr> = &filter.predicate;
    let guarantees = LiteralGuarantee::analyze(predicate).into_iter();
    let guarantees = guarantees.filter(|guarantee| guarantee.guarantee == Guarantee::In);
    guarantees
        .filter_map(|guarantee| {
            let column = table.instance_column(guarantee.column.name())?;
            let values = guarantee.literals.iter();
            let values = values.map(|literal| literal.try_as_str().flatten().map(str::to_owned));
            let mut values = values.collect::<Option<Vec<String>>>()?;
            values.sort_unstable();
            Some(OneOf { column, values })
        })
        .collect()
}
