//! Values for the parameters of a statement, put into its syntax tree.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::logical_expr::sqlparser::ast::{
    AccessExpr, Expr, Value as SqlValue, ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::parser::{CopyToSource, Statement};

use super::param::Value;
use super::report::Arguments;

/// Why the parameters that a report declares are not those that its SQL reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// The SQL reads one that is not declared.
    #[error(
        "it reads ${0} and does not declare it; add a line such as -- param: {0} text : what it is"
    )]
    Undeclared(String),
    /// The SQL has one where there can be no expression.
    #[error("${0} stands where SQL takes no parameter")]
    Misplaced(String),
    /// The SQL takes one for a table.
    #[error(
        "${0} is a value and has no columns, so that ${0}{1} means nothing; name the table itself"
    )]
    Table(String, String),
    /// The SQL looks for a value in a list of one list.
    #[error("${name} is a list: write {instead}(${name}) in place of {written} (${name})")]
    ListInList {
        /// The parameter.
        name: String,
        /// What it stands behind.
        written: &'static str,
        /// What it is to stand behind.
        instead: &'static str,
    },
    /// The SQL does not read one that is declared.
    #[error("it declares the parameter {0} and does not read ${0}")]
    Unread(String),
}

/// Puts `arguments` where the statements say `$name`; each must be read somewhere.
pub(super) fn bind<'s>(
    statements: impl IntoIterator<Item = &'s mut Statement>,
    arguments: &Arguments,
) -> Result<(), BindError> {
    let mut binder = Binder {
        arguments,
        read: BTreeSet::new(),
    };
    for statement in statements {
        if let ControlFlow::Break(error) = binder.visit(statement) {
            return Err(error);
        }
    }
    let unread = arguments.names().find(|name| !binder.read.contains(*name));
    unread.map_or(Ok(()), |name| Err(BindError::Unread(name.to_owned())))
}

struct Binder<'a> {
    arguments: &'a Arguments,
    read: BTreeSet<String>,
}

impl Binder<'_> {
    fn visit(&mut self, statement: &mut Statement) -> ControlFlow<BindError> {
        match statement {
            Statement::Statement(statement) => statement.visit(self),
            Statement::CopyTo(copy) => match &mut copy.source {
                CopyToSource::Query(query) => query.visit(self),
                CopyToSource::Relation(_) => ControlFlow::Continue(()),
            },
            Statement::Explain(explain) => self.visit(&mut explain.statement),
            Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
        }
    }

    /// Looks for what the planner has no good words for.
    fn misuse(&self, expr: &Expr) -> Option<BindError> {
        match expr {
            Expr::CompoundFieldAccess { root, access_chain } => {
                let field = access_chain.first()?;
                let name = parameter(root).filter(|_| matches!(field, AccessExpr::Dot(_)))?;
                Some(BindError::Table(name.to_owned(), field.to_string()))
            }
            Expr::InList { list, negated, .. } => {
                let is_list =
                    |name: &&str| matches!(self.arguments.get(name), Some(Value::TextList(_)));
                let name = list.iter().filter_map(parameter).find(is_list)?;
                let (written, instead) = match negated {
                    true => ("NOT IN", "<> ALL"),
                    false => ("IN", "= ANY"),
                };
                Some(BindError::ListInList {
                    name: name.to_owned(),
                    written,
                    instead,
                })
            }
            _ => None,
        }
    }
}

impl VisitorMut for Binder<'_> {
    type Break = BindError;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<BindError> {
        if let Some(error) = self.misuse(expr) {
            return ControlFlow::Break(error);
        }
        if let Some(name) = parameter(expr) {
            let Some(argument) = self.arguments.get(name) else {
                return ControlFlow::Break(BindError::Undeclared(name.to_owned()));
            };
            self.read.insert(name.to_owned());
            *expr = argument.literal();
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<BindError> {
        match placeholder(value) {
            Some(name) => ControlFlow::Break(BindError::Misplaced(name.to_owned())),
            None => ControlFlow::Continue(()),
        }
    }
}

fn parameter(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => placeholder(value),
        _ => None,
    }
}

fn placeholder(value: &ValueWithSpan) -> Option<&str> {
    match &value.value {
        SqlValue::Placeholder(name) => Some(name.trim_start_matches('$')),
        _ => None,
    }
}
