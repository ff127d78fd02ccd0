//! What `\d` tells of tables and views.

use arrow::array::RecordBatch;

use crate::cli::{Failure, schema};
use crate::engine::tables::{self, sql_type};
use crate::engine::{Engine, identifier};

/// What is said of a table or view that is none of sgq's own.
const OF_SESSION: &str = "Made in this session.";

/// What is told of one table, or of all.
pub(super) struct Described {
    /// A line above the rows.
    pub(super) heading: Option<String>,
    /// The rows.
    pub(super) rows: RecordBatch,
}

/// sgq's own tables and views, then those of this session.
pub(super) async fn tables(engine: &Engine) -> Result<Described, Failure> {
    let own = schema::own_tables(engine).await?;
    let names = engine.table_names().into_iter();
    let others: Vec<_> = names
        .filter(|name| own.iter().all(|[own, _]| own != name))
        .map(|name| [name, OF_SESSION.to_owned()])
        .collect();
    Ok(Described {
        heading: None,
        rows: schema::tables_listing(own.into_iter().chain(others))?,
    })
}

/// The columns of a table or view.
///
/// # Errors
///
/// When there is none of that name.
pub(super) async fn columns(engine: &Engine, name: &str) -> Result<Described, Failure> {
    if let Some(view) = schema::view(name) {
        return Ok(Described {
            heading: Some(format!("{name}: {}", view.about)),
            rows: schema::columns_of_view(&view)?,
        });
    }
    let own = match tables::described(name) {
        Some(built_in) => Some(built_in),
        None => engine.describe_type(name).await.map_err(Failure::query)?,
    };
    if let Some(own) = own {
        return Ok(Described {
            heading: Some(format!("{name}: {}", own.about)),
            rows: schema::columns_of(&own.columns)?,
        });
    }
    let Some(columns) = engine.columns_of(name).await else {
        let names = engine.table_names();
        let names = names.iter().map(String::as_str);
        let message = schema::unknown(name, names, identifier, "\\d lists them");
        return Err(Failure::query(message));
    };
    let fields = columns.fields().iter();
    let fields = fields.map(|field| [field.name().clone(), sql_type(field)]);
    Ok(Described {
        heading: Some(format!("{name}: {OF_SESSION}")),
        rows: schema::types_listing(fields)?,
    })
}
