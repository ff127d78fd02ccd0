//! Any Arrow value written as JSON.
//!
//! Text is quoted unless its field is marked as JSON; numbers, booleans, lists, structs and maps become
//! their JSON counterparts; everything else (times, intervals, bytes) becomes a JSON string.

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, StringViewArray,
};
use datafusion::arrow::compute::{can_cast_types, cast};
use datafusion::arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::common::{Result, exec_err};

use super::scalar::{is_list, is_text, text_array, type_name};
use super::text::write_quoted;
use crate::engine::json::is_json;

/// Writes the values of one array as JSON, row by row.
pub struct Encoder {
    array: ArrayRef,
    values: Values,
}

enum Values {
    Null,
    Boolean(BooleanArray),
    Float(Float64Array),
    /// Text that is JSON already: marked columns, integers, decimals.
    Raw(StringViewArray),
    Quoted(StringViewArray),
    List(Box<Encoder>),
    Struct(Vec<(String, Encoder)>),
    Map(StringViewArray, Box<Encoder>),
}

impl Encoder {
    /// An encoder for an array; its field tells JSON from text.
    pub fn new(array: &ArrayRef, field: &Field) -> Result<Self> {
        let mut array = std::sync::Arc::clone(array);
        if let DataType::Dictionary(_, value) = array.data_type() {
            array = cast(&array, &value.clone())?;
        }
        let values = match array.data_type().clone() {
            DataType::Null => Values::Null,
            DataType::Boolean => Values::Boolean(array.as_boolean().clone()),
            DataType::Float16 | DataType::Float32 | DataType::Float64 => {
                let floats = cast(&array, &DataType::Float64)?;
                Values::Float(floats.as_primitive::<Float64Type>().clone())
            }
            text if is_text(&text) => {
                let text = text_array(&array)?;
                if is_json(field) {
                    Values::Raw(text)
                } else {
                    Values::Quoted(text)
                }
            }
            number if number.is_numeric() => Values::Raw(text_array(&array)?),
            DataType::Struct(fields) => Values::Struct(
                fields
                    .iter()
                    .zip(array.as_struct().columns())
                    .map(|(field, column)| Ok((field.name().clone(), Self::new(column, field)?)))
                    .collect::<Result<_>>()?,
            ),
            DataType::Map(_, _) => {
                let map = array.as_map();
                let entries = map.entries();
                let values = Self::new(map.values(), entries.fields()[1].as_ref())?;
                Values::Map(text_array(map.keys())?, Box::new(values))
            }
            DataType::List(element) => {
                let elements = Self::new(array.as_list::<i32>().values(), &element)?;
                Values::List(Box::new(elements))
            }
            list if is_list(&list) => {
                let element = match &list {
                    DataType::LargeList(element)
                    | DataType::FixedSizeList(element, _)
                    | DataType::ListView(element)
                    | DataType::LargeListView(element) => element.clone(),
                    _ => return exec_err!("{} cannot be written as JSON", type_name(&list)),
                };
                array = cast(&array, &DataType::List(element.clone()))?;
                let elements = Self::new(array.as_list::<i32>().values(), &element)?;
                Values::List(Box::new(elements))
            }
            other if can_cast_types(&other, &DataType::Utf8View) => {
                Values::Quoted(text_array(&array)?)
            }
            other => return exec_err!("{} cannot be written as JSON", type_name(&other)),
        };
        Ok(Self { array, values })
    }

    /// Whether a row is NULL.
    pub fn is_null(&self, row: usize) -> bool {
        matches!(self.values, Values::Null) || self.array.is_null(row)
    }

    /// Writes a row; NULL is written as `null`.
    pub fn write(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            out.push_str("null");
            return;
        }
        match &self.values {
            Values::Null => out.push_str("null"),
            Values::Boolean(values) => {
                out.push_str(if values.value(row) { "true" } else { "false" })
            }
            Values::Float(values) => write_float(values.value(row), out),
            Values::Raw(values) => out.push_str(values.value(row)),
            Values::Quoted(values) => write_quoted(out, values.value(row)),
            Values::List(elements) => {
                out.push('[');
                for (index, element) in self.range(row).enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    elements.write(element, out);
                }
                out.push(']');
            }
            Values::Struct(members) => {
                out.push('{');
                for (index, (name, member)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_quoted(out, name);
                    out.push(':');
                    member.write(row, out);
                }
                out.push('}');
            }
            Values::Map(keys, values) => {
                out.push('{');
                for (index, entry) in self.range(row).enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_quoted(out, keys.value(entry));
                    out.push(':');
                    values.write(entry, out);
                }
                out.push('}');
            }
        }
    }

    /// Where a list's or map's elements lie in its child array.
    fn range(&self, row: usize) -> std::ops::Range<usize> {
        let offsets = match self.array.data_type() {
            DataType::Map(_, _) => self.array.as_map().value_offsets(),
            _ => self.array.as_list::<i32>().value_offsets(),
        };
        let at = |index: usize| usize::try_from(offsets[index]).unwrap_or(0);
        at(row)..at(row + 1)
    }
}

/// JSON has no NaN and no infinity; PostgreSQL writes them as strings.
fn write_float(value: f64, out: &mut String) {
    use std::fmt::Write as _;

    let magnitude = value.abs();
    let written = if !value.is_finite() {
        write!(
            out,
            "\"{}\"",
            if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            }
        )
    } else if magnitude != 0.0 && !(1e-5..1e15).contains(&magnitude) {
        write!(out, "{value:e}")
    } else {
        write!(out, "{value}")
    };
    // Writing to a String cannot fail.
    debug_assert!(written.is_ok());
}
