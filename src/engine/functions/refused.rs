//! What PostgreSQL has and the planner would pass over in silence, or refuse in words of its own.

use std::ops::ControlFlow;

use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::sqlparser::ast::{
    Expr, ObjectName, Set, Statement as SqlStatement, TableFactor, Visit, Visitor,
};
use datafusion::sql::parser::{CopyToSource, Statement};

/// Refuses a statement that samples a table, sorts by the rules of a language or sets the time zone.
///
/// # Errors
///
/// A sentence that says what to write instead.
pub fn refuse(statement: &Statement) -> Result<()> {
    let flow = match statement {
        Statement::Statement(statement) => {
            if sets_time_zone(statement) {
                return plan_err!(
                    "times are in UTC and the time zone is not set; use AT TIME ZONE in the query"
                );
            }
            statement.visit(&mut Refuser)
        }
        Statement::CopyTo(copy) => match &copy.source {
            CopyToSource::Query(query) => query.visit(&mut Refuser),
            CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        Statement::Explain(explain) => return refuse(&explain.statement),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
    };
    match flow {
        ControlFlow::Break(reason) => plan_err!("{reason}"),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Whether text is sorted by a collation as it is here anyway, by its bytes.
pub fn is_by_bytes(collation: &ObjectName) -> bool {
    let name = collation.to_string().replace('"', "").to_ascii_lowercase();
    let name = name.strip_prefix("pg_catalog.").unwrap_or(&name);
    ["c", "posix", "ucs_basic", "default"].contains(&name)
}

fn sets_time_zone(statement: &SqlStatement) -> bool {
    match statement {
        SqlStatement::Set(Set::SetTimeZone { .. }) => true,
        SqlStatement::Set(Set::SingleAssignment { variable, .. }) => {
            let name = variable.to_string().to_ascii_lowercase();
            ["timezone", "time_zone", "datafusion.execution.time_zone"].contains(&name.as_str())
        }
        _ => false,
    }
}

struct Refuser;

impl Visitor for Refuser {
    type Break = &'static str;

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<&'static str> {
        match factor {
            TableFactor::Table {
                sample: Some(_), ..
            }
            | TableFactor::Derived {
                sample: Some(_), ..
            } => ControlFlow::Break(
                "TABLESAMPLE is not done; use ORDER BY random() LIMIT n for some of the rows",
            ),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<&'static str> {
        match expr {
            Expr::Collate { collation, .. } if !is_by_bytes(collation) => ControlFlow::Break(
                "text is sorted by its bytes only, as COLLATE \"C\" does; leave COLLATE out",
            ),
            _ => ControlFlow::Continue(()),
        }
    }
}
