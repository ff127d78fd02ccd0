//! `attributes`: one row per leaf of an instance's attributes.

use std::ops::ControlFlow;
use std::rc::Rc;

use arrow::array::ArrayRef;
use serde_json::Value;

use super::column::{Column, Kind, all_texts, nulls, texts};
use super::{OpenedFile, TableRows, instances};
use crate::format::{AttributePath, PathStep};

#[derive(Debug)]
pub(super) struct Attributes;

/// A leaf: a value with nothing below it.
pub(super) struct Leaf<'s> {
    address: Rc<str>,
    deposed: Option<&'s str>,
    type_name: &'s str,
    path: String,
    value: Option<String>,
    value_type: &'static str,
}

impl TableRows for Attributes {
    type Row<'s> = Leaf<'s>;
    const NAME: &'static str = "attributes";
    const ABOUT: &'static str =
        "One row per leaf of an instance's attributes, made when asked for.";
    const COLUMNS: &'static [Column] = &[
        Column::of_instance("address", Kind::Text, "The instance's address."),
        Column::of_instance(
            "deposed",
            Kind::Text,
            "The key of a deposed object; NULL for a current one.",
        ),
        Column::of_instance("type", Kind::Text, "The resource type."),
        Column::of_rows(
            "path",
            Kind::Text,
            "The path to the value, such as ingress[0].from_port.",
        ),
        Column::of_rows(
            "value",
            Kind::Text,
            "The value as text, secrets hidden; NULL where it is null.",
        ),
        Column::of_rows(
            "value_type",
            Kind::Text,
            "string, number, bool or null; object or list where it is empty.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some((_, redacted)) = file.state() else {
            return ControlFlow::Continue(());
        };
        instances::each_wanted(file, &mut |(resource, instance)| {
            let address: Rc<str> = resource.instance_address(instance).to_string().into();
            file.made.add("attributes", 1);
            let attributes = redacted.attributes(resource, instance);
            leaves(
                &attributes,
                &mut AttributePath::default(),
                &mut |path, value, value_type| {
                    emit(Leaf {
                        address: Rc::clone(&address),
                        deposed: instance.deposed.as_deref(),
                        type_name: &resource.address.type_name,
                        path: path.to_string(),
                        value,
                        value_type,
                    })
                },
            )
        })
    }

    fn array(column: &str, rows: &[Leaf<'_>], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "address" => all_texts(rows.map(|leaf| &leaf.address)),
            "deposed" => texts(rows.map(|leaf| leaf.deposed)),
            "type" => all_texts(rows.map(|leaf| leaf.type_name)),
            "path" => all_texts(rows.map(|leaf| &leaf.path)),
            "value" => texts(rows.map(|leaf| leaf.value.as_ref())),
            "value_type" => all_texts(rows.map(|leaf| leaf.value_type)),
            _ => nulls(rows.len()),
        }
    }
}

/// Takes a leaf's path, its text and its type.
type Emit<'e> = dyn FnMut(&AttributePath, Option<String>, &'static str) -> ControlFlow<()> + 'e;

/// Gives every value with nothing below it to `emit`.
fn leaves(value: &Value, path: &mut AttributePath, emit: &mut Emit<'_>) -> ControlFlow<()> {
    match value {
        Value::Object(map) if !map.is_empty() => map.iter().try_for_each(|(key, member)| {
            path.0.push(PathStep::Key(key.clone()));
            let flow = leaves(member, path, emit);
            path.0.pop();
            flow
        }),
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().try_for_each(|(index, item)| {
                path.0.push(PathStep::Index(index));
                let flow = leaves(item, path, emit);
                path.0.pop();
                flow
            })
        }
        Value::Object(_) => emit(path, Some("{}".to_owned()), "object"),
        Value::Array(_) => emit(path, Some("[]".to_owned()), "list"),
        Value::String(text) => emit(path, Some(text.clone()), "string"),
        Value::Number(number) => emit(path, Some(number.to_string()), "number"),
        Value::Bool(truth) => emit(path, Some(truth.to_string()), "bool"),
        Value::Null => emit(path, None, "null"),
    }
}
