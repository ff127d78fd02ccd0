//! Which tables a statement names, and which a plan lists.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{self, ObjectName, ObjectType, TableFactor, Visit, Visitor};

use super::session::{CATALOG, SCHEMA};
use super::types::Wanted;

/// The names in sgq's schema that a statement reads, makes or drops as tables; names that it gives
/// to its own queries are not among them.
pub(super) fn tables(statement: &Statement, state: &SessionState) -> BTreeSet<String> {
    let mut spoken = Spoken::default();
    spoken.visit(statement);
    // What cannot be resolved is told when the statement is planned.
    let read = state
        .resolve_table_references(statement)
        .unwrap_or_default();
    let (tables, called) = (references(spoken.tables), references(spoken.called));
    let read = read
        .into_iter()
        .filter(|name| tables.contains(name) || !called.contains(name));
    let defined = references(spoken.defined).into_iter();
    read.chain(defined).filter_map(here).collect()
}

/// What has to be known of the types for a plan that reads the information schema.
pub(super) fn listed(plan: &LogicalPlan) -> Option<Wanted> {
    let mut names = false;
    let mut columns = false;
    let visited = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && scan.table_name.schema() == Some("information_schema")
        {
            names |= scan.table_name.table() == "tables";
            columns |= scan.table_name.table() == "columns";
        }
        Ok(TreeNodeRecursion::Continue)
    });
    match (columns, names) {
        (true, _) => Some(Wanted::All),
        (false, true) => Some(Wanted::Names),
        (false, false) => visited.err().map(|_| Wanted::All),
    }
}

/// The name of a table in sgq's schema.
fn here(name: TableReference) -> Option<String> {
    let name = name.resolve(CATALOG, SCHEMA);
    let is_here = &*name.catalog == CATALOG && &*name.schema == SCHEMA;
    is_here.then(|| name.table.to_string())
}

fn references(names: Vec<ObjectName>) -> BTreeSet<TableReference> {
    names
        .into_iter()
        .filter_map(|name| object_name_to_table_reference(name, true).ok())
        .collect()
}

/// What DataFusion's own search for names takes for tables, or passes over.
#[derive(Default)]
struct Spoken {
    /// Functions in FROM.
    called: Vec<ObjectName>,
    /// Names in FROM that are no functions'; those of queries are among them.
    tables: Vec<ObjectName>,
    /// Views that are made, and what is dropped.
    defined: Vec<ObjectName>,
}

impl Spoken {
    fn visit(&mut self, statement: &Statement) {
        let _: ControlFlow<()> = match statement {
            Statement::Statement(statement) => statement.visit(self),
            Statement::CopyTo(copy) => match &copy.source {
                CopyToSource::Query(query) => query.visit(self),
                CopyToSource::Relation(_) => ControlFlow::Continue(()),
            },
            Statement::Explain(explain) => {
                self.visit(&explain.statement);
                ControlFlow::Continue(())
            }
            Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
        };
    }
}

impl Visitor for Spoken {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, args, .. } = factor {
            match args {
                Some(_) => self.called.push(name.clone()),
                None => self.tables.push(name.clone()),
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &ast::Statement) -> ControlFlow<()> {
        match statement {
            ast::Statement::CreateView(view) => self.defined.push(view.name.clone()),
            ast::Statement::Drop {
                object_type: ObjectType::Table | ObjectType::View,
                names,
                ..
            } => self.defined.extend(names.iter().cloned()),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}
