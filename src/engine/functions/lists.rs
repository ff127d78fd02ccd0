//! Functions that give a list for each row; set-returning SQL is planned as the unnesting of these.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int32Array, Int64Array, ListArray, StringViewArray, StructArray,
    new_null_array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use super::scalar::{
    TextArgument, argument_array, first_is_text, fixed, is_list, type_name, variadic,
};
use super::text;
use crate::engine::json::json_field;

/// `json_elements(json)`: a list of an array's elements, each JSON text; NULL for anything else.
///
/// The items carry no JSON mark: constants and unnesting lose it, so whoever unnests puts it back with
/// `json_value`.
pub fn elements() -> Arc<ScalarUDF> {
    fixed("json_elements", &[], 1, list_of_text, |args| {
        text_lists(args, text_item(), |json, out| {
            let elements = text::elements(json)?;
            out.extend(elements.iter().map(|e| Some((*e).to_owned())));
            Some(elements.len())
        })
    })
}

/// `json_elements_text(json)`: a list of an array's elements as `->>` shows them.
pub fn elements_text() -> Arc<ScalarUDF> {
    fixed("json_elements_text", &[], 1, list_of_text, |args| {
        text_lists(args, text_item(), |json, out| {
            let elements = text::elements(json)?;
            out.extend(
                elements
                    .iter()
                    .map(|e| text::plain(e).map(|t| t.into_owned())),
            );
            Some(elements.len())
        })
    })
}

/// `json_keys(json)`: a list of an object's keys; NULL for anything else.
pub fn keys() -> Arc<ScalarUDF> {
    fixed("json_keys", &[], 1, list_of_text, |args| {
        text_lists(args, text_item(), |json, out| {
            let entries = text::entries(json)?;
            let count = entries.len();
            out.extend(entries.into_iter().map(|(key, _)| Some(key.into_owned())));
            Some(count)
        })
    })
}

/// `json_entries(json)`: a list of an object's members as structs of `key` and `value`, each value JSON.
pub fn entries() -> Arc<ScalarUDF> {
    fixed("json_entries", &[], 1, list_of_entries, |args| {
        entry_lists(args, json_field("value", true), |value| {
            Some(value.to_owned())
        })
    })
}

/// `json_entries_text(json)`: the same, each value as `->>` shows it.
pub fn entries_text() -> Arc<ScalarUDF> {
    fixed("json_entries_text", &[], 1, list_of_text_entries, |args| {
        entry_lists(
            args,
            Field::new("value", DataType::Utf8View, true),
            |value| text::plain(value).map(|text| text.into_owned()),
        )
    })
}

/// `zip_lists(a, b, ...)`: one list of structs `c0`, `c1`, ... and `ordinality`, counted from 1; as long
/// as the longest of the lists, shorter ones filled with NULL.
pub fn zip() -> Arc<ScalarUDF> {
    variadic("zip_lists", &[], false, zipped_field, zip_rows)
}

/// `only_element(list)`: the element of a list of one, NULL for an empty list, else an error.
pub fn only() -> Arc<ScalarUDF> {
    fixed(
        "only_element",
        &[],
        1,
        |name, args| match args.arg_fields.first().map(|field| field.data_type()) {
            Some(DataType::List(item)) => {
                Ok(item.as_ref().clone().with_name(name).with_nullable(true))
            }
            _ => plan_err!("{name} takes a list"),
        },
        |args| {
            let lists = argument_array(args, 0)?;
            let lists = lists.as_list::<i32>();
            let mut picks = Vec::with_capacity(lists.len());
            for row in 0..lists.len() {
                picks.push(match lists.value_length(row) {
                    _ if lists.is_null(row) => None,
                    0 => None,
                    1 => Some(lists.value_offsets()[row]),
                    _ => return exec_err!("a subquery used as a value gave more than one row; add LIMIT 1 or an aggregate"),
                });
            }
            if lists.values().is_empty() {
                return Ok(new_null_array(lists.values().data_type(), lists.len()));
            }
            Ok(take(lists.values(), &Int32Array::from(picks), None)?)
        },
    )
}

fn text_item() -> FieldRef {
    Arc::new(Field::new("item", DataType::Utf8View, true))
}

fn entry_fields(value: Field) -> Fields {
    Fields::from(vec![Field::new("key", DataType::Utf8View, true), value])
}

fn entry_item(value: Field) -> FieldRef {
    Arc::new(Field::new(
        "item",
        DataType::Struct(entry_fields(value)),
        true,
    ))
}

fn list_of_text(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    first_is_text(name, args)?;
    Ok(Field::new(name, DataType::List(text_item()), true))
}

fn list_of_entries(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    first_is_text(name, args)?;
    let item = entry_item(json_field("value", true));
    Ok(Field::new(name, DataType::List(item), true))
}

fn list_of_text_entries(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    first_is_text(name, args)?;
    let item = entry_item(Field::new("value", DataType::Utf8View, true));
    Ok(Field::new(name, DataType::List(item), true))
}

/// Lists of text; `read` pushes a row's items and says how many, or `None` for a NULL list.
fn text_lists(
    args: &ScalarFunctionArgs,
    item: FieldRef,
    read: impl Fn(&str, &mut Vec<Option<String>>) -> Option<usize>,
) -> Result<ArrayRef> {
    let json = TextArgument::new(args, 0)?;
    let mut items = Vec::new();
    let mut shape = Shape::with_capacity(args.number_rows);
    for row in 0..args.number_rows {
        shape.push(json.get(row).and_then(|json| read(json, &mut items)));
    }
    let items: ArrayRef = Arc::new(StringViewArray::from_iter(items));
    shape.into_list(item, items)
}

fn entry_lists(
    args: &ScalarFunctionArgs,
    value: Field,
    shown: fn(&str) -> Option<String>,
) -> Result<ArrayRef> {
    let json = TextArgument::new(args, 0)?;
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    let mut shape = Shape::with_capacity(args.number_rows);
    for row in 0..args.number_rows {
        let entries = json.get(row).and_then(text::entries);
        shape.push(entries.as_ref().map(Vec::len));
        for (key, value) in entries.into_iter().flatten() {
            keys.push(key.into_owned());
            values.push(shown(value));
        }
    }
    let keys: ArrayRef = Arc::new(StringViewArray::from_iter_values(keys));
    let values: ArrayRef = Arc::new(StringViewArray::from_iter(values));
    let entries = StructArray::try_new(entry_fields(value.clone()), vec![keys, values], None)?;
    shape.into_list(entry_item(value), Arc::new(entries))
}

/// The lengths and NULLs of lists under construction.
struct Shape {
    lengths: Vec<usize>,
    valid: Vec<bool>,
}

impl Shape {
    fn with_capacity(rows: usize) -> Self {
        Self {
            lengths: Vec::with_capacity(rows),
            valid: Vec::with_capacity(rows),
        }
    }

    fn push(&mut self, length: Option<usize>) {
        self.lengths.push(length.unwrap_or(0));
        self.valid.push(length.is_some());
    }

    fn into_list(self, item: FieldRef, items: ArrayRef) -> Result<ArrayRef> {
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        let nulls = NullBuffer::from(self.valid);
        Ok(Arc::new(ListArray::try_new(
            item,
            offsets,
            items,
            Some(nulls),
        )?))
    }
}

fn zipped_fields(name: &str, lists: &[FieldRef]) -> Result<Fields> {
    let mut fields = Vec::with_capacity(lists.len() + 1);
    for (index, list) in lists.iter().enumerate() {
        let item = match list.data_type() {
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::FixedSizeList(item, _)
            | DataType::ListView(item)
            | DataType::LargeListView(item) => item,
            other => return plan_err!("{name} takes lists, not {}", type_name(other)),
        };
        let item = item.as_ref().clone().with_name(format!("c{index}"));
        fields.push(item.with_nullable(true));
    }
    fields.push(Field::new("ordinality", DataType::Int64, true));
    Ok(Fields::from(fields))
}

fn zipped_field(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    let item = DataType::Struct(zipped_fields(name, args.arg_fields)?);
    let item = Arc::new(Field::new("item", item, true));
    Ok(Field::new(name, DataType::List(item), true))
}

fn zip_rows(args: &ScalarFunctionArgs) -> Result<ArrayRef> {
    let fields = zipped_fields("zip_lists", &args.arg_fields)?;
    let lists = (0..args.args.len())
        .map(|index| {
            let array = argument_array(args, index)?;
            match array.data_type() {
                DataType::List(_) => Ok(array),
                other if is_list(other) => {
                    let item = Arc::new(fields[index].as_ref().clone().with_name("item"));
                    Ok(cast(&array, &DataType::List(item))?)
                }
                other => exec_err!("zip_lists takes lists, not {}", type_name(other)),
            }
        })
        .collect::<Result<Vec<_>>>()?;
    let mut shape = Shape::with_capacity(args.number_rows);
    let mut picks: Vec<Vec<Option<i64>>> = vec![Vec::new(); lists.len()];
    let mut ordinals = Vec::new();
    for row in 0..args.number_rows {
        let ranges: Vec<_> = lists
            .iter()
            .map(|list| {
                let list = list.as_list::<i32>();
                let start = i64::from(list.value_offsets()[row]);
                let end = i64::from(list.value_offsets()[row + 1]);
                list.is_valid(row).then_some(start..end)
            })
            .collect();
        let length = ranges
            .iter()
            .flatten()
            .map(|range| range.end - range.start)
            .max();
        shape.push(length.and_then(|length| usize::try_from(length).ok()));
        for position in 0..length.unwrap_or(0) {
            for (pick, range) in picks.iter_mut().zip(&ranges) {
                let at = range.as_ref().map(|range| range.start + position);
                pick.push(at.filter(|at| range.as_ref().is_some_and(|range| *at < range.end)));
            }
            ordinals.push(position + 1);
        }
    }
    let mut columns = Vec::with_capacity(fields.len());
    for (index, (list, pick)) in lists.iter().zip(picks).enumerate() {
        let pick = Int64Array::from(pick);
        let values = list.as_list::<i32>().values();
        let values = if values.is_empty() {
            new_null_array(fields[index].data_type(), pick.len())
        } else {
            take(values, &pick, None)?
        };
        columns.push(values);
    }
    columns.push(Arc::new(Int64Array::from(ordinals)));
    let items = StructArray::try_new(fields.clone(), columns, None)?;
    let item = Arc::new(Field::new("item", DataType::Struct(fields), true));
    shape.into_list(item, Arc::new(items))
}
