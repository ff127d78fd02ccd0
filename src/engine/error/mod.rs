//! What a user is told when a statement fails: one sentence, the line of SQL with a caret, and the
//! closest real name.

mod phrases;
mod place;

use std::fmt;

use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::prelude::SessionContext;

use self::phrases::sentence;
use self::place::Place;
use super::names::{closest, identifier, of_tables};
use super::session::GivenLimit;
use crate::graph::FindError;

/// Why a statement failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    message: String,
    suggestion: Option<String>,
    place: Option<Place>,
}

impl std::error::Error for QueryError {}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; did you mean {suggestion}?")?;
        }
        if let Some(place) = &self.place {
            write!(f, "\n{place}")?;
        }
        Ok(())
    }
}

/// A message before it is known where in the text the error is.
struct Told {
    message: String,
    /// The closest real name, as a statement spells it.
    suggestion: Option<String>,
    /// What the error is about, as the text may spell it.
    word: Option<String>,
}

impl Told {
    fn sentence(message: String) -> Told {
        Told {
            message,
            suggestion: None,
            word: None,
        }
    }

    /// `there is no {kind} {name}`, and the name that was meant.
    fn unknown<'n>(kind: &str, name: &str, names: impl IntoIterator<Item = &'n str>) -> Told {
        Told {
            message: format!("there is no {kind} {name}"),
            suggestion: closest(name, names).map(identifier),
            word: Some(name.to_owned()),
        }
    }
}

impl QueryError {
    /// Tells an error of a statement in `text`.
    pub(super) fn new(error: &DataFusionError, text: &str, context: &SessionContext) -> QueryError {
        let root = error.find_root();
        let start = error
            .diagnostic()
            .and_then(|diagnostic| diagnostic.span)
            .map(|span| span.start);
        let told = tell(root, text, context);
        let of_word = || {
            told.word
                .as_deref()
                .and_then(|word| Place::of_word(text, word))
        };
        let place = match (start, root) {
            (Some(start), _) => Place::at(text, start.line, start.column),
            (None, DataFusionError::SQL(..)) => Place::in_words(&told.message, text),
            (None, _) => of_word(),
        };
        let message = match (root, told.message.split_once(" at Line: ")) {
            (DataFusionError::SQL(..), Some((before, _))) => before.to_owned(),
            _ => told.message,
        };
        QueryError {
            message,
            suggestion: told.suggestion,
            place,
        }
    }

    /// Tells an error that belongs to no statement.
    pub(super) fn without_place(error: &DataFusionError) -> QueryError {
        QueryError {
            message: sentence(&error.find_root().strip_backtrace()),
            suggestion: None,
            place: None,
        }
    }
}

/// The message, and the closest name where one is wrong.
fn tell(root: &DataFusionError, text: &str, context: &SessionContext) -> Told {
    if let DataFusionError::External(error) = root
        && let Some(error) = error.downcast_ref::<FindError>()
    {
        return tell_not_found(error);
    }
    match root {
        DataFusionError::SchemaError(error, _) => tell_schema(error, text),
        DataFusionError::SQL(error, _) => {
            let message = error.to_string();
            let message = message.trim_start_matches("sql parser error: ");
            Told::sentence(format!("syntax error: {message}"))
        }
        DataFusionError::ResourcesExhausted(_) => {
            let limit = context.state().config().get_extension::<GivenLimit>();
            Told::sentence(out_of_memory(limit.map(|limit| limit.0)))
        }
        other => {
            let message = other.strip_backtrace();
            tell_name(&message, context).unwrap_or_else(|| Told::sentence(sentence(&message)))
        }
    }
}

/// That a statement cannot go on within the memory it may use, also with temporary files.
fn out_of_memory(limit: Option<usize>) -> String {
    let limit = match limit {
        Some(bytes) => format!("the limit of {}", size(bytes)),
        None => "there is".to_owned(),
    };
    format!(
        "the question needs more memory than {limit}; raise it with --memory-limit, or ask for less"
    )
}

/// A number of bytes as `--memory-limit` takes it.
fn size(bytes: usize) -> String {
    let units = [("GB", 30), ("MB", 20), ("KB", 10)];
    let unit = units.into_iter().find(|(_, bits)| bytes >> bits > 0);
    let Some((unit, bits)) = unit else {
        return bytes.to_string();
    };
    let tenths = (bytes >> (bits - 4)) * 10 / 16;
    match tenths % 10 {
        0 => format!("{}{unit}", tenths / 10),
        tenth => format!("{}.{tenth}{unit}", tenths / 10),
    }
}

/// That an argument of a table function means no instance.
fn tell_not_found(error: &FindError) -> Told {
    let advice = match error {
        FindError::SeveralStates { .. } => "; add the name of one as an argument, or '*' for all",
        _ => "",
    };
    Told {
        word: Some(error.word().to_owned()),
        ..Told::sentence(format!("{error}{advice}"))
    }
}

fn tell_schema(error: &SchemaError, text: &str) -> Told {
    match error {
        SchemaError::FieldNotFound {
            field,
            valid_fields,
        } => tell_column(field, valid_fields, text),
        SchemaError::AmbiguousReference { field } => Told {
            message: format!(
                "column {} could be of more than one table; write the table's name before it",
                field.name
            ),
            suggestion: None,
            word: Some(field.name.clone()),
        },
        other => Told::sentence(sentence(&other.to_string())),
    }
}

fn tell_column(field: &Column, valid_fields: &[Column], text: &str) -> Told {
    let Some(relation) = &field.relation else {
        let names = valid_fields.iter().map(|valid| valid.name.as_str());
        let mut told = Told::unknown("column", &field.name, names.clone());
        name_of_state(&mut told, names);
        return told;
    };
    let mut of_relation = valid_fields
        .iter()
        .filter(|valid| {
            let table = valid.relation.as_ref();
            table.is_some_and(|table| table.resolved_eq(relation))
        })
        .map(|valid| valid.name.as_str())
        .peekable();
    let names = of_relation.clone();
    // Inside a subquery the tables around it are no valid ones, though they can be named.
    if of_relation.peek().is_none() && !is_named(text, relation.table()) {
        let tables = valid_fields
            .iter()
            .filter_map(|valid| Some(valid.relation.as_ref()?.table()));
        let mut told = Told::unknown("table or alias", relation.table(), tables);
        told.message.push_str(" in FROM");
        return told;
    }
    let mut told = Told::unknown("column", &field.name, of_relation);
    told.message = format!("{} in {}", told.message, relation.table());
    name_of_state(&mut told, names);
    told
}

/// Suggests `name` for the `state` that every table but `states` has.
fn name_of_state<'n>(told: &mut Told, names: impl Iterator<Item = &'n str> + Clone) {
    let has = |wanted: &str| names.clone().any(|name| name == wanted);
    if told.word.as_deref() == Some("state") && has("name") && has("lineage") {
        told.suggestion = Some("name".to_owned());
    }
}

/// Whether `text` has `table` other than before a column.
fn is_named(text: &str, table: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let after = |start: usize| text[start + table.len()..].chars().next();
    text.match_indices(table).any(|(start, _)| {
        !text[..start].ends_with(part_of_word)
            && !after(start).is_some_and(|c| c == '.' || part_of_word(c))
    })
}

/// An error about a name, told with the closest real one.
fn tell_name(message: &str, context: &SessionContext) -> Option<Told> {
    let message = message.trim_start_matches("Error during planning: ");
    let missing_table = quoted(message, "table '", "' not found")
        .or_else(|| quoted(message, "Table '", "' doesn't exist"));
    if let Some(name) = missing_table {
        let name = name.strip_prefix("sgq.").unwrap_or(name);
        let name = name.strip_prefix("public.").unwrap_or(name);
        let tables = of_tables(context);
        return Some(Told::unknown(
            "table",
            name,
            tables.iter().map(String::as_str),
        ));
    }
    if let Some(name) = quoted(message, "Invalid function '", "'") {
        let state = context.state();
        if state.window_functions().contains_key(name) {
            return Some(Told::sentence(format!(
                "{name} is a window function; write OVER (...) after it"
            )));
        }
        let names = state
            .scalar_functions()
            .keys()
            .chain(state.aggregate_functions().keys())
            .chain(state.window_functions().keys())
            .map(String::as_str);
        return Some(Told::unknown("function", name, names));
    }
    if let Some(name) = quoted(message, "table function '", "' not found") {
        let state = context.state();
        let names = state.table_functions().keys().map(String::as_str);
        return Some(Told::unknown("table function", name, names));
    }
    if let Some((_, name)) = message.split_once("Unsupported SQL type ") {
        return Some(Told {
            word: Some(name.to_owned()),
            ..Told::sentence(sentence(message))
        });
    }
    None
}

fn quoted<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_as_they_are_typed() {
        assert_eq!(size(64 << 20), "64MB");
        assert_eq!(size(3 << 29), "1.5GB");
        assert_eq!(size(600), "600");
        assert_eq!(size((2 << 10) + 1), "2KB");
    }
}
