//! `aws_instance`, `data_aws_ami`, …: a table for each resource type that was found, one row per
//! instance, its attributes as typed columns.

mod shape;
mod values;

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::{Result, exec_err};
use serde_json::Value;

pub use self::shape::{Shape, Writing};
use self::values::Values;
use super::batches::{MakeColumns, send_batches};
use super::column::{Column, Kind, Origin, text_scalar};
use super::instances::Instances;
use super::{OpenedFile, Request, StateTable, TableRows};
use crate::format::{Instance, Mode, Redacted, Resource};
use crate::inventory::Extent;
use crate::store::{InstanceColumn, OneOf};

/// What the table of a data source has before the type.
const OF_DATA: &str = "data_";

/// The columns that every such table begins with. An attribute of the same name has no column.
static META: [Column; 8] = [
    Column::of_file(
        "_state_id",
        Kind::Text,
        "The state's id, as in states.id.",
        |file| text_scalar(&file.id),
    ),
    Column::of_file(
        "_state",
        Kind::Text,
        "The state's name, as in states.name.",
        |file| text_scalar(&file.name),
    ),
    Column::of_rows(
        "_address",
        Kind::Text,
        "Its address, as terraform state list prints it.",
    ),
    Column::of_rows(
        "_module",
        Kind::Text,
        "The module instance it stands in; NULL at the root.",
    ),
    Column::of_rows("_index_key", Kind::Text, "Its key under count or for_each."),
    Column::of_rows(
        "_status",
        Kind::Text,
        "ok, or tainted where it is to be replaced.",
    ),
    Column::of_rows(
        "_deposed",
        Kind::Text,
        "The key of a deposed object; NULL for a current one.",
    ),
    Column::of_rows("_mode", Kind::Text, "managed, or data for a data source."),
];

/// The table of a resource type.
#[derive(Debug)]
pub struct ResourceType {
    name: String,
    about: String,
    columns: Vec<Column>,
    schema: SchemaRef,
}

/// An instance and the resource it is one of.
type Row<'s> = (&'s Resource<'s>, &'s Instance<'s>);

/// The name of the table that a resource's instances are in.
pub fn table_name<'r>(resource: &'r Resource<'_>) -> Cow<'r, str> {
    let type_name = &resource.address.type_name;
    match resource.mode() {
        Mode::Managed => Cow::Borrowed(type_name),
        Mode::Data => Cow::Owned(format!("{OF_DATA}{type_name}")),
    }
}

/// What the instances in a table are: a managed type's name may be that of a data source's table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Modes {
    managed: bool,
    data: bool,
}

impl Modes {
    /// Takes a resource of the table into account.
    pub fn see(&mut self, mode: Mode) {
        match mode {
            Mode::Managed => self.managed = true,
            Mode::Data => self.data = true,
        }
    }

    /// Takes into account what was seen elsewhere.
    pub fn merge(&mut self, other: Modes) {
        self.managed |= other.managed;
        self.data |= other.data;
    }
}

/// What one row of a type's table is, in a sentence.
pub fn about(name: &str, modes: Modes) -> String {
    match name.strip_prefix(OF_DATA).filter(|_| modes.data) {
        Some(source) if modes.managed => format!(
            "One row per instance of {name}, deposed ones too, or of the data source {source}."
        ),
        Some(source) => format!("One row per instance of the data source {source}."),
        None => format!("One row per instance of {name}, deposed ones too."),
    }
}

/// Adds text that was written where there is nothing else as what it reads as.
fn append_typed(values: &mut Values, value: &Value, writing: Writing) -> bool {
    match (writing, value) {
        (Writing::TextAlone, Value::String(text)) => {
            shape::typed(text).is_some_and(|value| values.append(&value))
        }
        _ => false,
    }
}

impl ResourceType {
    /// The table of a name, with a column for each attribute that its instances were seen to have.
    pub fn new(name: &str, modes: Modes, shape: &Shape) -> ResourceType {
        let is_meta = |name: &str| META.iter().any(|column| column.name == name);
        let attributes = shape.columns().filter(|column| !is_meta(&column.name));
        let columns: Vec<Column> = META.iter().cloned().chain(attributes).collect();
        let fields: Vec<_> = columns.iter().map(Column::field).collect();
        ResourceType {
            name: name.to_owned(),
            about: about(name, modes),
            columns,
            schema: Arc::new(Schema::new(fields)),
        }
    }

    fn holds(&self, resource: &Resource<'_>) -> bool {
        table_name(resource) == self.name
    }
}

impl StateTable for ResourceType {
    fn name(&self) -> &str {
        &self.name
    }

    fn about(&self) -> &str {
        &self.about
    }

    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn has_one_row_a_document(&self) -> bool {
        false
    }

    fn instances(&self) -> Option<Vec<OneOf>> {
        let managed = self.name.clone();
        let data = self.name.strip_prefix(OF_DATA).map(str::to_owned);
        Some(vec![OneOf {
            column: InstanceColumn::Type,
            values: std::iter::once(managed).chain(data).collect(),
        }])
    }

    fn instance_column(&self, name: &str) -> Option<InstanceColumn> {
        let is_meta = META.iter().any(|column| column.name == name);
        InstanceColumn::named(name.trim_start_matches('_')).filter(|_| is_meta)
    }

    fn extent(&self, _: &Request) -> Extent {
        Extent::Values
    }

    fn scan(
        &self,
        file: &OpenedFile<'_>,
        send: &mut dyn FnMut(RecordBatch) -> ControlFlow<()>,
    ) -> Result<()> {
        let Some((state, redacted)) = file.state() else {
            return Ok(());
        };
        let resources = state.resources.iter();
        let mut rows = resources
            .filter(|resource| self.holds(resource))
            .flat_map(|resource| resource.instances.iter().map(move |one| (resource, one)));
        let make = Make {
            table: self,
            file,
            redacted,
        };
        send_batches(file.request, &make, |emit| rows.try_for_each(emit), send)
    }
}

/// Makes columns of the instances of one document.
struct Make<'a> {
    table: &'a ResourceType,
    file: &'a OpenedFile<'a>,
    redacted: &'a Redacted<'a>,
}

impl<'s> MakeColumns<Row<'s>> for Make<'_> {
    fn column(&self, column: &Column, rows: &[Row<'s>]) -> Result<ArrayRef> {
        match column.origin {
            Origin::File(value) => value(self.file.file).to_array_of_size(rows.len()),
            _ => {
                let name = column.name.trim_start_matches('_');
                Ok(Instances::array(name, rows, self.file))
            }
        }
    }

    fn projected(&self, rows: &[Row<'s>]) -> Result<Vec<ArrayRef>> {
        let projection = self.file.request.projection.iter();
        let columns: Vec<&Column> = projection
            .map(|position| &self.table.columns[*position])
            .collect();
        let attributes = self.attributes(&columns, rows)?;
        columns
            .iter()
            .zip(attributes)
            .map(|(column, attribute)| match attribute {
                Some(values) => Ok(values.finish()),
                None => self.column(column, rows),
            })
            .collect()
    }
}

impl Make<'_> {
    /// The values of those columns that are attributes. Each instance is parsed once for all of them,
    /// and not at all where there are none.
    fn attributes(&self, columns: &[&Column], rows: &[Row<'_>]) -> Result<Vec<Option<Values>>> {
        let values = |column: &&Column| {
            let is_attribute = matches!(column.origin, Origin::CostlyRows);
            is_attribute.then(|| Values::of(column.kind, rows.len()))
        };
        let mut columns_values: Vec<_> = columns.iter().map(values).collect();
        if columns_values.iter().all(Option::is_none) {
            return Ok(columns_values);
        }
        self.file.made.add("attributes", rows.len());
        let names = columns.iter().zip(&columns_values);
        let names = names.filter(|(_, values)| values.is_some());
        let names = names.map(|(column, _)| column.name.to_string()).collect();
        for row in rows {
            let attributes = self.redacted.some_of(row.0, row.1, &names);
            let writing = Writing::of(row.1);
            for (column, values) in columns.iter().zip(&mut columns_values) {
                let Some(values) = values else { continue };
                let value = shape::attribute(&attributes, &column.name);
                if !values.append(value) && !append_typed(values, value, writing) {
                    return self.unfit(column, row);
                }
            }
        }
        Ok(columns_values)
    }

    /// Says that a value is not of the type that its column was found to have.
    fn unfit<T>(&self, column: &Column, (resource, instance): &Row<'_>) -> Result<T> {
        exec_err!(
            "{} of {} in {} is not {} any more: the states were written since {} was looked at; run the \
             statement again, and create views over the table anew",
            column.name,
            resource.instance_address(instance),
            self.file.file.name,
            column.kind.sql_name(),
            self.table.name
        )
    }
}
