//! `attributes`: one row per leaf of an instance's attributes.

use std::ops::ControlFlow;

use arrow::array::ArrayRef;
use serde_json::Value;

use super::column::{Column, Kind, all_texts, texts};
use super::owner::{self, Owner};
use super::{OpenedFile, TableRows};
use crate::format::{AttributePath, PathStep};

#[derive(Debug)]
pub(super) struct Attributes;

/// A leaf: a value with nothing below it.
pub(super) struct Leaf<'s> {
    owner: Owner<'s>,
    path: String,
    value: Option<String>,
    value_type: &'static str,
}

impl TableRows for Attributes {
    type Row<'s> = Leaf<'s>;
    const NAME: &'static str = "attributes";
    const OF_ONE_INSTANCE: bool = true;
    const ABOUT: &'static str =
        "One row per leaf of an instance's attributes, made when asked for.";
    const COLUMNS: &'static [Column] = &[
        owner::ADDRESS,
        owner::DEPOSED,
        owner::TYPE,
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
        owner::each_with_attributes(file, &mut |owner, attributes| {
            let path = &mut AttributePath::default();
            leaves(attributes, path, &mut |path, value, value_type| {
                emit(Leaf {
                    owner: owner.clone(),
                    path: path.to_string(),
                    value,
                    value_type,
                })
            })
        })
    }

    fn array(column: &str, rows: &[Leaf<'_>], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "path" => all_texts(rows.map(|leaf| &leaf.path)),
            "value" => texts(rows.map(|leaf| leaf.value.as_ref())),
            "value_type" => all_texts(rows.map(|leaf| leaf.value_type)),
            _ => owner::array(column, rows.map(|leaf| &leaf.owner)),
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
