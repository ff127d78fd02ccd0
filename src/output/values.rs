//! The values of one column, as text or as JSON.

use std::ops::Range;

use arrow::array::{Array, AsArray, FixedSizeListArray, UnionArray, downcast_run_array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{json_text, names};

/// How scalars read: RFC 3339 timestamps, ISO 8601 dates, times and durations.
///
/// `datetime_format` concerns `Date64` alone, which counts milliseconds but means a day.
const SCALARS: FormatOptions<'static> = FormatOptions::new().with_datetime_format(Some("%Y-%m-%d"));

/// Whether the field's text is JSON: it carries Arrow's canonical extension type `arrow.json`.
/// (Arrow columnar format, canonical extension types, JSON.)
pub(super) fn is_json(field: &Field) -> bool {
    field.extension_type_name() == Some("arrow.json")
}

/// Whether values of the type are numbers, which are aligned to the right.
pub(super) fn is_number(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_number(values),
        DataType::RunEndEncoded(_, values) => is_number(values.data_type()),
        other => other.is_numeric(),
    }
}

/// The names of the columns.
pub(super) fn names_of(schema: &Schema) -> Vec<String> {
    let fields = schema.fields().iter();
    fields.map(|field| field.name().clone()).collect()
}

/// Which columns hold numbers.
pub(super) fn are_numbers(schema: &Schema) -> Vec<bool> {
    let fields = schema.fields().iter();
    fields.map(|field| is_number(field.data_type())).collect()
}

/// Readers of the columns of `batch`, which must have the columns of `schema`.
///
/// What is JSON is taken from `schema`: a batch may have lost its metadata on the way.
pub(super) fn columns<'a>(
    schema: &Schema,
    batch: &'a RecordBatch,
) -> Result<Vec<Values<'a>>, ArrowError> {
    let (expected, given) = (schema.fields().len(), batch.num_columns());
    if expected != given {
        return Err(ArrowError::SchemaError(format!(
            "a batch has {given} columns instead of {expected}"
        )));
    }
    schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, array)| Values::new(array.as_ref(), is_json(field)))
        .collect()
}

/// Reads single values of one array.
pub(super) struct Values<'a> {
    nulls: Option<NullBuffer>,
    kind: Kind<'a>,
}

type Lookup<'a, T> = Box<dyn Fn(usize) -> T + 'a>;

enum Kind<'a> {
    Null,
    /// Integers, decimals, booleans: the text is also the JSON.
    Literal(ArrayFormatter<'a>),
    Float(ArrayFormatter<'a>),
    /// Times and intervals: text, a string in JSON.
    Formatted(ArrayFormatter<'a>),
    Text(Lookup<'a, &'a str>),
    Json(Lookup<'a, &'a str>),
    Binary(Lookup<'a, &'a [u8]>),
    List(Lookup<'a, Range<usize>>, Box<Values<'a>>),
    /// Each child with its JSON key: `"name":`.
    Struct(Vec<(String, Values<'a>)>),
    Map(Lookup<'a, Range<usize>>, Box<Values<'a>>, Box<Values<'a>>),
    /// Dictionaries and runs: where the row's value is, in other values.
    Indirect(Lookup<'a, usize>, Box<Values<'a>>),
    Union(&'a UnionArray, Vec<(i8, Values<'a>)>),
}

impl<'a> Values<'a> {
    fn new(array: &'a dyn Array, is_json: bool) -> Result<Self, ArrowError> {
        let scalars = || ArrayFormatter::try_new(array, &SCALARS);
        let kind = match array.data_type() {
            DataType::Null => Kind::Null,
            DataType::Float16 | DataType::Float32 | DataType::Float64 => Kind::Float(scalars()?),
            DataType::Boolean => Kind::Literal(scalars()?),
            other if other.is_numeric() => Kind::Literal(scalars()?),
            DataType::Utf8 => {
                let array = array.as_string::<i32>();
                text(is_json, Box::new(|row| array.value(row)))
            }
            DataType::LargeUtf8 => {
                let array = array.as_string::<i64>();
                text(is_json, Box::new(|row| array.value(row)))
            }
            DataType::Utf8View => {
                let array = array.as_string_view();
                text(is_json, Box::new(|row| array.value(row)))
            }
            DataType::Binary => {
                let array = array.as_binary::<i32>();
                Kind::Binary(Box::new(|row| array.value(row)))
            }
            DataType::LargeBinary => {
                let array = array.as_binary::<i64>();
                Kind::Binary(Box::new(|row| array.value(row)))
            }
            DataType::BinaryView => {
                let array = array.as_binary_view();
                Kind::Binary(Box::new(|row| array.value(row)))
            }
            DataType::FixedSizeBinary(_) => {
                let array = array.as_fixed_size_binary();
                Kind::Binary(Box::new(|row| array.value(row)))
            }
            DataType::List(item) => {
                let array = array.as_list::<i32>();
                let range = |row| offsets(array.value_offsets(), row);
                Kind::List(Box::new(range), Self::child(array.values(), item)?)
            }
            DataType::LargeList(item) => {
                let array = array.as_list::<i64>();
                let range = |row| offsets(array.value_offsets(), row);
                Kind::List(Box::new(range), Self::child(array.values(), item)?)
            }
            DataType::ListView(item) => {
                let array = array.as_list_view::<i32>();
                let range = |row| sized(array.offsets()[row], array.sizes()[row]);
                Kind::List(Box::new(range), Self::child(array.values(), item)?)
            }
            DataType::LargeListView(item) => {
                let array = array.as_list_view::<i64>();
                let range = |row| sized(array.offsets()[row], array.sizes()[row]);
                Kind::List(Box::new(range), Self::child(array.values(), item)?)
            }
            DataType::FixedSizeList(item, _) => {
                let array: &FixedSizeListArray = array.as_fixed_size_list();
                let range = |row| sized(array.value_offset(row), array.value_length());
                Kind::List(Box::new(range), Self::child(array.values(), item)?)
            }
            DataType::Struct(fields) => {
                Kind::Struct(Self::children(fields, array.as_struct().columns())?)
            }
            DataType::Map(entry, _) => {
                let array = array.as_map();
                let DataType::Struct(fields) = entry.data_type() else {
                    return Err(unreadable(array.data_type()));
                };
                let [key, value] = fields.as_ref() else {
                    return Err(unreadable(array.data_type()));
                };
                Kind::Map(
                    Box::new(|row| offsets(array.value_offsets(), row)),
                    Self::child(array.keys(), key)?,
                    Self::child(array.values(), value)?,
                )
            }
            DataType::Dictionary(_, _) => {
                let array = array.as_any_dictionary();
                let keys = match array.values().len() {
                    0 => Vec::new(), // every row is NULL and no key is ever asked for
                    _ => array.normalized_keys(),
                };
                let values = Self::new(array.values().as_ref(), is_json)?;
                Kind::Indirect(Box::new(move |row| keys[row]), Box::new(values))
            }
            DataType::RunEndEncoded(_, _) => downcast_run_array! {
                array => {
                    let values = Self::new(array.values().as_ref(), is_json)?;
                    Kind::Indirect(
                        Box::new(|row| array.get_physical_index(row)),
                        Box::new(values),
                    )
                },
                other => return Err(unreadable(other)),
            },
            DataType::Union(fields, _) => {
                let array = array.as_union();
                let children: Result<Vec<_>, ArrowError> = fields
                    .iter()
                    .map(|(id, field)| {
                        let child = Self::new(array.child(id).as_ref(), self::is_json(field))?;
                        Ok((id, child))
                    })
                    .collect();
                Kind::Union(array, children?)
            }
            _ => Kind::Formatted(scalars()?),
        };
        Ok(Self {
            nulls: array.logical_nulls(),
            kind,
        })
    }

    fn child(array: &'a dyn Array, field: &Field) -> Result<Box<Self>, ArrowError> {
        Ok(Box::new(Self::new(array, is_json(field))?))
    }

    fn children(
        fields: &Fields,
        columns: &'a [arrow::array::ArrayRef],
    ) -> Result<Vec<(String, Self)>, ArrowError> {
        names::unique(fields.iter().map(|field| field.name().as_str()))
            .into_iter()
            .zip(fields)
            .zip(columns)
            .map(|((name, field), column)| {
                Ok((
                    json_text::key(&name),
                    Self::new(column.as_ref(), is_json(field))?,
                ))
            })
            .collect()
    }

    /// Whether the row's value is NULL, wherever the array keeps that.
    pub(super) fn is_null(&self, row: usize) -> bool {
        match &self.kind {
            Kind::Null => true,
            Kind::Union(array, children) => chosen(array, children, row)
                .is_none_or(|(values, position)| values.is_null(position)),
            _ => self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)),
        }
    }

    /// The row's value as text in `scratch`, `None` for NULL. Lists, structs and maps read as JSON.
    pub(super) fn text<'s>(
        &self,
        row: usize,
        scratch: &'s mut String,
    ) -> Result<Option<&'s str>, ArrowError> {
        if self.is_null(row) {
            return Ok(None);
        }
        scratch.clear();
        self.write_text(row, scratch)?;
        Ok(Some(scratch))
    }

    /// Appends the row's value as text; nothing for NULL.
    fn write_text(&self, row: usize, out: &mut String) -> Result<(), ArrowError> {
        if self.is_null(row) {
            return Ok(());
        }
        match &self.kind {
            Kind::Null => Ok(()),
            Kind::Literal(values) | Kind::Formatted(values) => values.value(row).write(out),
            Kind::Float(values) => write_float(values, row, out).map(|_| ()),
            Kind::Text(text) | Kind::Json(text) => {
                out.push_str(text(row));
                Ok(())
            }
            Kind::Binary(bytes) => {
                write_hex(bytes(row), out);
                Ok(())
            }
            Kind::List(..) | Kind::Struct(_) | Kind::Map(..) => self.write_json(row, out),
            Kind::Indirect(position, values) => values.write_text(position(row), out),
            Kind::Union(array, children) => match chosen(array, children, row) {
                Some((values, position)) => values.write_text(position, out),
                None => Ok(()),
            },
        }
    }

    /// Appends the row's value as JSON; `null` for NULL.
    ///
    /// Numbers keep every digit. `NaN` and the infinities, which JSON has no numbers for, are the
    /// strings PostgreSQL's `to_json` makes of them.
    pub(super) fn write_json(&self, row: usize, out: &mut String) -> Result<(), ArrowError> {
        if self.is_null(row) {
            out.push_str("null");
            return Ok(());
        }
        match &self.kind {
            Kind::Null => out.push_str("null"),
            Kind::Literal(values) => values.value(row).write(out)?,
            Kind::Float(values) => {
                let start = out.len();
                if !write_float(values, row, out)? {
                    out.insert(start, '"');
                    out.push('"');
                }
            }
            Kind::Formatted(_) | Kind::Binary(_) => {
                let mut text = String::new();
                self.write_text(row, &mut text)?;
                json_text::write_string(&text, out);
            }
            Kind::Text(text) => json_text::write_string(text(row), out),
            Kind::Json(text) => json_text::write_document(text(row), out),
            Kind::List(range, items) => {
                out.push('[');
                for (n, item) in range(row).enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    items.write_json(item, out)?;
                }
                out.push(']');
            }
            Kind::Struct(children) => {
                out.push('{');
                for (n, (key, values)) in children.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    out.push_str(key);
                    values.write_json(row, out)?;
                }
                out.push('}');
            }
            Kind::Map(range, keys, values) => {
                out.push('{');
                let mut name = String::new();
                for (n, entry) in range(row).enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    name.clear();
                    keys.write_text(entry, &mut name)?;
                    json_text::write_string(&name, out);
                    out.push(':');
                    values.write_json(entry, out)?;
                }
                out.push('}');
            }
            Kind::Indirect(position, values) => values.write_json(position(row), out)?,
            Kind::Union(array, children) => match chosen(array, children, row) {
                Some((values, position)) => values.write_json(position, out)?,
                None => out.push_str("null"),
            },
        }
        Ok(())
    }
}

fn text<'a>(is_json: bool, lookup: Lookup<'a, &'a str>) -> Kind<'a> {
    if is_json {
        Kind::Json(lookup)
    } else {
        Kind::Text(lookup)
    }
}

/// A row's items, from offsets that Arrow guarantees to be ascending and not negative.
fn offsets<T: Copy + TryInto<usize>>(offsets: &[T], row: usize) -> Range<usize> {
    position(offsets[row])..position(offsets[row + 1])
}

fn sized<T: Copy + TryInto<usize>>(offset: T, size: T) -> Range<usize> {
    let start = position(offset);
    start..start + position(size)
}

fn position<T: TryInto<usize>>(offset: T) -> usize {
    offset.try_into().unwrap_or_default()
}

/// The child of a union that holds the row, and where in it.
fn chosen<'v, 'a>(
    array: &UnionArray,
    children: &'v [(i8, Values<'a>)],
    row: usize,
) -> Option<(&'v Values<'a>, usize)> {
    let wanted = array.type_id(row);
    let (_, values) = children.iter().find(|(id, _)| *id == wanted)?;
    Some((values, array.value_offset(row)))
}

/// Appends a float, shortest text that reads back as the same; false if it is not a JSON number.
fn write_float(
    values: &ArrayFormatter<'_>,
    row: usize,
    out: &mut String,
) -> Result<bool, ArrowError> {
    let start = out.len();
    values.value(row).write(out)?;
    let name = match &out[start..] {
        "NaN" => "NaN",
        "inf" => "Infinity",
        "-inf" => "-Infinity",
        _ => return Ok(true),
    };
    out.truncate(start);
    out.push_str(name);
    Ok(false)
}

/// Appends bytes as PostgreSQL's hex text: `\x00ff`.
fn write_hex(bytes: &[u8], out: &mut String) {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    out.push_str("\\x");
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

fn unreadable(data_type: &DataType) -> ArrowError {
    ArrowError::NotYetImplemented(format!("the type {data_type} has no text form"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, Date64Array, Decimal128Array, DictionaryArray, DurationMillisecondArray,
        FixedSizeBinaryArray, Float32Array, Float64Array, Int32Array, LargeStringArray, ListArray,
        NullArray, RunArray, StringArray, StructArray, Time64MicrosecondArray,
        TimestampMillisecondArray, UnionArray,
    };
    use arrow::datatypes::{Int32Type, UnionFields};

    use super::*;
    use crate::output::sample;

    fn read(array: &dyn Array, write: impl Fn(&Values<'_>, usize, &mut String)) -> Vec<String> {
        let values = Values::new(array, false).unwrap();
        (0..array.len())
            .map(|row| {
                let mut out = String::new();
                write(&values, row, &mut out);
                out
            })
            .collect()
    }

    fn jsons(array: &dyn Array) -> Vec<String> {
        read(array, |values, row, out| {
            values.write_json(row, out).unwrap()
        })
    }

    fn texts(array: &dyn Array) -> Vec<String> {
        read(array, |values, row, out| {
            let mut scratch = String::new();
            out.push_str(values.text(row, &mut scratch).unwrap().unwrap_or("(null)"));
        })
    }

    #[test]
    fn floats_are_the_shortest_that_read_back() {
        let array = Float64Array::from(vec![0.1, 1.0, -0.0, 1e300, 5e-324, 123456789.125]);
        let expected = ["0.1", "1.0", "-0.0", "1e300", "5e-324", "123456789.125"];
        assert_eq!(texts(&array), expected);
        assert_eq!(jsons(&array), expected);
        assert_eq!(texts(&Float32Array::from(vec![0.1])), ["0.1"]);
    }

    #[test]
    fn floats_that_are_no_numbers_are_named() {
        let array = Float64Array::from(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
        assert_eq!(texts(&array), ["NaN", "Infinity", "-Infinity"]);
        assert_eq!(jsons(&array), ["\"NaN\"", "\"Infinity\"", "\"-Infinity\""]);
    }

    #[test]
    fn decimals_keep_every_digit() {
        let array = Decimal128Array::from(vec![i128::from(u64::MAX) * 1_000_000 + 5, -5, 0])
            .with_precision_and_scale(38, 6)
            .unwrap();
        assert_eq!(
            jsons(&array),
            ["18446744073709551615.000005", "-0.000005", "0.000000"]
        );
        let array = Decimal128Array::from(vec![12])
            .with_precision_and_scale(5, -3)
            .unwrap();
        assert_eq!(jsons(&array), ["12000"]);
    }

    #[test]
    fn times_are_iso() {
        let utc = TimestampMillisecondArray::from(vec![1_700_000_000_000]);
        assert_eq!(texts(&utc), ["2023-11-14T22:13:20"]);
        assert_eq!(
            texts(&utc.clone().with_timezone("+00:00")),
            ["2023-11-14T22:13:20Z"]
        );
        let berlin = utc.with_timezone("Europe/Berlin");
        assert_eq!(jsons(&berlin), ["\"2023-11-14T23:13:20+01:00\""]);
        assert_eq!(texts(&Date64Array::from(vec![86_400_000])), ["1970-01-02"]);
        assert_eq!(
            texts(&Time64MicrosecondArray::from(vec![3_723_500_000])),
            ["01:02:03.500"]
        );
        assert_eq!(
            texts(&DurationMillisecondArray::from(vec![1500])),
            ["PT1.5S"]
        );
        let interval = sample::interval();
        let expected = ["14 mons 3 days 1.500000000 secs", "(null)"];
        assert_eq!(texts(interval.column(0)), expected);
    }

    #[test]
    fn a_time_out_of_range_is_an_error() {
        let array = TimestampMillisecondArray::from(vec![i64::MAX]);
        let values = Values::new(&array, false).unwrap();
        assert!(values.text(0, &mut String::new()).is_err());
    }

    #[test]
    fn nulls_are_found_wherever_they_are_kept() {
        let in_values = DictionaryArray::<Int32Type>::new(
            Int32Array::from(vec![Some(0), Some(1), None]),
            Arc::new(StringArray::from(vec![Some("a"), None])),
        );
        assert_eq!(texts(&in_values), ["a", "(null)", "(null)"]);
        let empty: DictionaryArray<Int32Type> = [None::<&str>].into_iter().collect();
        assert_eq!(jsons(&empty), ["null"]);
        assert_eq!(jsons(&NullArray::new(1)), ["null"]);
        let runs = RunArray::try_new(
            &Int32Array::from(vec![2, 3]),
            &StringArray::from(vec![Some("x"), None]),
        )
        .unwrap();
        assert_eq!(texts(&runs), ["x", "x", "(null)"]);
        assert_eq!(jsons(&runs.slice(1, 2)), ["\"x\"", "null"]);
    }

    #[test]
    fn a_union_is_its_value() {
        let fields = UnionFields::try_new(
            [3, 7],
            [
                Field::new("int", DataType::Int32, true),
                Field::new("text", DataType::Utf8, true),
            ],
        )
        .unwrap();
        let children: Vec<ArrayRef> = vec![
            Arc::new(Int32Array::from(vec![Some(1), None])),
            Arc::new(StringArray::from(vec!["a"])),
        ];
        let ids = vec![7i8, 3, 3].into();
        let offsets = Some(vec![0i32, 0, 1].into());
        let array = UnionArray::try_new(fields, ids, offsets, children).unwrap();
        assert_eq!(texts(&array), ["a", "1", "(null)"]);
        assert_eq!(jsons(&array), ["\"a\"", "1", "null"]);
    }

    #[test]
    fn slices_read_their_own_rows() {
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([
            Some(vec![Some(1)]),
            Some(vec![Some(2), None]),
            None,
        ]);
        assert_eq!(jsons(&lists.slice(1, 2)), ["[2,null]", "null"]);
        let batch = sample::every_type().slice(1, 2);
        let point = batch.column_by_name("point").unwrap();
        assert_eq!(jsons(point), [r#"{"x":null,"y":""}"#, "null"]);
        let kind = batch.column_by_name("kind").unwrap();
        assert_eq!(texts(kind), ["data", "(null)"]);
    }

    #[test]
    fn bytes_are_hex() {
        let array = FixedSizeBinaryArray::try_from_iter([[1u8, 0xab]].into_iter()).unwrap();
        assert_eq!(texts(&array), ["\\x01ab"]);
        assert_eq!(jsons(&array), ["\"\\\\x01ab\""]);
    }

    #[test]
    fn json_inside_a_struct_is_nested() {
        let field = Field::new("doc", DataType::LargeUtf8, true)
            .with_metadata(sample::json_field("doc").metadata().clone());
        let docs: ArrayRef = Arc::new(LargeStringArray::from(vec!["{\"a\":1}"]));
        let array = StructArray::try_new(vec![field].into(), vec![docs], None).unwrap();
        assert_eq!(jsons(&array), [r#"{"doc":{"a":1}}"#]);
    }
}
