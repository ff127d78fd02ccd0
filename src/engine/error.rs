//! What a user is told when a statement fails: one sentence, the line of SQL with a caret, and the
//! closest real name.

use std::fmt;

use datafusion::common::{DataFusionError, SchemaError};
use datafusion::prelude::SessionContext;

use super::names::closest;

/// Why a statement failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    message: String,
    suggestion: Option<String>,
    place: Option<Place>,
}

/// A place in the text of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// Counted from 1.
    line: usize,
    /// Counted from 1, in characters.
    column: usize,
    /// The line itself.
    text: String,
}

impl std::error::Error for QueryError {}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; did you mean {suggestion}?")?;
        }
        if let Some(place) = &self.place {
            let prefix = format!("LINE {}: ", place.line);
            let before: String = place
                .text
                .chars()
                .take(place.column - 1)
                .map(|character| if character == '\t' { '\t' } else { ' ' })
                .collect();
            write!(
                f,
                "\n{prefix}{}\n{}{before}^",
                place.text,
                " ".repeat(prefix.len())
            )?;
        }
        Ok(())
    }
}

impl QueryError {
    /// Tells an error of a statement in `text`.
    pub(super) fn new(error: &DataFusionError, text: &str, context: &SessionContext) -> QueryError {
        let root = error.find_root();
        let span = error
            .diagnostic()
            .and_then(|diagnostic| diagnostic.span)
            .map(|span| span.start);
        let (message, suggestion) = tell(root, context);
        let place = match span {
            Some(start) => Place::at(
                text,
                usize::try_from(start.line).ok(),
                usize::try_from(start.column).ok(),
            ),
            None => place_in_words(&message, text),
        };
        let message = match message.split_once(" at Line: ") {
            Some((before, _)) => before.to_owned(),
            None => message,
        };
        QueryError {
            message,
            suggestion,
            place,
        }
    }

    /// Tells an error that belongs to no statement.
    pub(super) fn without_place(error: &DataFusionError) -> QueryError {
        QueryError {
            message: first_sentence(&error.find_root().strip_backtrace()),
            suggestion: None,
            place: None,
        }
    }
}

impl Place {
    fn at(text: &str, line: Option<usize>, column: Option<usize>) -> Option<Place> {
        let (line, column) = (
            line.filter(|line| *line > 0)?,
            column.filter(|column| *column > 0)?,
        );
        let text = text.lines().nth(line - 1)?.to_owned();
        Some(Place {
            line,
            column: column.min(text.chars().count() + 1),
            text,
        })
    }
}

/// The place that the SQL parser writes into its message, `at Line: 1, Column: 32`; the end of the
/// text where it says that the text ended too early.
fn place_in_words(message: &str, text: &str) -> Option<Place> {
    if let Some((_, place)) = message.split_once(" at Line: ") {
        let (line, column) = place.split_once(", Column: ")?;
        let column: String = column.chars().take_while(char::is_ascii_digit).collect();
        return Place::at(text, line.parse().ok(), column.parse().ok());
    }
    if message.contains("found: EOF") {
        let text = text.trim_end();
        let line = text.lines().count();
        let column = text.lines().last()?.chars().count() + 1;
        return Place::at(text, Some(line), Some(column));
    }
    None
}

/// The message, and the closest name where one is wrong.
fn tell(root: &DataFusionError, context: &SessionContext) -> (String, Option<String>) {
    match root {
        DataFusionError::SchemaError(error, _) => tell_schema(error),
        DataFusionError::SQL(error, _) => {
            let text = error.to_string();
            (
                format!(
                    "syntax error: {}",
                    text.trim_start_matches("sql parser error: ")
                ),
                None,
            )
        }
        DataFusionError::Plan(text) => tell_plan(text, context),
        DataFusionError::ResourcesExhausted(_) => (
            "the question needs more memory than it may use; narrow it with WHERE or LIMIT"
                .to_owned(),
            None,
        ),
        DataFusionError::NotImplemented(text) if is_over_outer_query(text) => (
            "a subquery that uses a column of the outer query is not supported here; \
             join its table instead, and number its rows with row_number() to keep some of them"
                .to_owned(),
            None,
        ),
        other => (first_sentence(&other.strip_backtrace()), None),
    }
}

/// Whether the planner came upon a subquery that it could not make a join of.
fn is_over_outer_query(text: &str) -> bool {
    text.contains("does not support logical expression")
        && (text.contains("OuterReferenceColumn") || text.contains("Subquery"))
}

fn tell_schema(error: &SchemaError) -> (String, Option<String>) {
    match error {
        SchemaError::FieldNotFound {
            field,
            valid_fields,
        } => {
            let of_relation = valid_fields
                .iter()
                .filter(|valid| field.relation.is_none() || valid.relation == field.relation)
                .map(|valid| valid.name.as_str());
            let table = field
                .relation
                .as_ref()
                .map(|table| format!(" in {}", table.table()))
                .unwrap_or_default();
            let message = format!("there is no column {}{table}", field.name);
            (
                message,
                closest(&field.name, of_relation).map(str::to_owned),
            )
        }
        SchemaError::AmbiguousReference { field } => (
            format!(
                "column {} could be of more than one table; write the table's name before it",
                field.name
            ),
            None,
        ),
        other => (first_sentence(&other.to_string()), None),
    }
}

fn tell_plan(text: &str, context: &SessionContext) -> (String, Option<String>) {
    if let Some(name) = quoted(text, "table '", "' not found") {
        let name = name.strip_prefix("sgq.public.").unwrap_or(name);
        let tables = table_names(context);
        let near = closest(name, tables.iter().map(String::as_str)).map(str::to_owned);
        return (format!("there is no table {name}"), near);
    }
    if let Some(name) = quoted(text, "Invalid function '", "'") {
        let state = context.state();
        let names = state
            .scalar_functions()
            .keys()
            .chain(state.aggregate_functions().keys());
        let names = names
            .chain(state.window_functions().keys())
            .map(String::as_str);
        return (
            format!("there is no function {name}"),
            closest(name, names).map(str::to_owned),
        );
    }
    if let Some(name) = quoted(text, "column \"", "\" must appear in the GROUP BY clause") {
        return (
            format!("column {name} must be in GROUP BY or inside an aggregate function"),
            None,
        );
    }
    if let Some(name) = quoted(text, "table function '", "' not found") {
        return (format!("there is no table function {name}"), None);
    }
    (first_sentence(text), None)
}

fn quoted<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(name, _)| name)
}

/// The tables and views a statement can name.
fn table_names(context: &SessionContext) -> Vec<String> {
    let schema = context
        .catalog("sgq")
        .and_then(|catalog| catalog.schema("public"));
    schema
        .map(|schema| schema.table_names())
        .unwrap_or_default()
}

/// The first line of a message, without DataFusion's words on the kind of error and without a
/// full stop.
fn first_sentence(text: &str) -> String {
    const KINDS: [&str; 9] = [
        "Error during planning: ",
        "Execution error: ",
        "Arrow error: ",
        "Schema error: ",
        "This feature is not implemented: ",
        "Invalid or Unsupported Configuration: ",
        "Optimizer rule",
        "External error: ",
        "type_coercion",
    ];
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.ends_with("caused by"))
        .collect();
    let mut line = lines.first().copied().unwrap_or(text).trim();
    while let Some(rest) = KINDS.iter().find_map(|kind| line.strip_prefix(kind)) {
        line = rest;
    }
    line.trim_end_matches('.').to_owned()
}
