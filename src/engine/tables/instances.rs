//! `instances`: one row per instance, deposed ones too.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use arrow::array::ArrayRef;

use super::column::{Column, Kind, Origin, all_texts, booleans, nulls, numbers, text_lists, texts};
use super::resources::module;
use super::{OpenedFile, TableRows};
use crate::format::{Instance, InstanceKey, Redacted, Resource};
use crate::inventory::Extent;

#[derive(Debug)]
pub(super) struct Instances;

/// An instance and the resource it is one of.
pub(super) type Row<'s> = (&'s Resource<'s>, &'s Instance<'s>);

impl TableRows for Instances {
    type Row<'s> = Row<'s>;
    const NAME: &'static str = "instances";
    const OF_ONE_INSTANCE: bool = true;
    const ABOUT: &'static str =
        "One row per resource instance, deposed ones too: state, address and deposed are its key.";
    const EXTENT: Extent = Extent::Outline;
    const ATTRIBUTES: Option<&'static str> = Some("attributes");
    const COLUMNS: &'static [Column] = &[
        Column::of_rows(
            "address",
            Kind::Text,
            "Its address, as terraform state list prints it.",
        ),
        Column::of_rows(
            "resource_address",
            Kind::Text,
            "The resource's address, as in resources.address.",
        ),
        Column::of_rows(
            "config_address",
            Kind::Text,
            "The address without any instance key.",
        ),
        Column::of_rows(
            "module",
            Kind::Text,
            "The module instance it stands in; NULL at the root.",
        ),
        Column::of_rows("mode", Kind::Text, "managed, or data for a data source."),
        Column::of_rows(
            "type",
            Kind::Text,
            "The resource type, such as aws_instance.",
        ),
        Column::of_rows("name", Kind::Text, "The name in the configuration."),
        Column::of_rows("provider", Kind::Text, "The provider's source address."),
        Column::of_rows("index_key", Kind::Text, "Its key under count or for_each."),
        Column::of_rows(
            "status",
            Kind::Text,
            "ok, or tainted where it is to be replaced.",
        ),
        Column::of_rows(
            "deposed",
            Kind::Text,
            "The key of a deposed object; NULL for a current one.",
        ),
        Column::of_rows(
            "schema_version",
            Kind::BigInt,
            "The version of the provider's schema.",
        ),
        Column::costly("attributes", Kind::Json, "Its attributes, secrets hidden."),
        Column::costly(
            "sensitive_attributes",
            Kind::Json,
            "The paths the state marks as sensitive, as a list.",
        ),
        Column::costly(
            "identity",
            Kind::Json,
            "Its identity, where the provider gives one.",
        ),
        Column::costly(
            "dependencies",
            Kind::TextList,
            "The config addresses it depends on, as recorded.",
        ),
        Column::of_rows(
            "create_before_destroy",
            Kind::Boolean,
            "Whether a replacement is created first.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let needles = &file.request.narrowed.needles;
        each(file, &mut |row| match row.1.may_show_all(needles) {
            true => emit(row),
            false => ControlFlow::Continue(()),
        })
    }

    fn array(column: &str, rows: &[Row<'_>], file: &OpenedFile<'_>) -> ArrayRef {
        match file.state() {
            Some((_, redacted)) => array(
                column,
                rows,
                redacted,
                file.request.narrowed.members.as_ref(),
            ),
            None => nulls(rows.len()),
        }
    }
}

/// One column of instances of a state; `members` are the names of those of their attributes that are
/// looked at, where not all are.
pub(super) fn array(
    column: &str,
    rows: &[Row<'_>],
    redacted: &Redacted<'_>,
    members: Option<&BTreeSet<String>>,
) -> ArrayRef {
    let rows = rows.iter();
    match column {
        "address" => all_texts(
            rows.map(|(resource, instance)| resource.instance_address(instance).to_string()),
        ),
        "resource_address" => all_texts(rows.map(|(resource, _)| resource.address.to_string())),
        "config_address" => {
            all_texts(rows.map(|(resource, _)| resource.address.config().to_string()))
        }
        "module" => texts(rows.map(|(resource, _)| module(resource))),
        "mode" => all_texts(rows.map(|(resource, _)| resource.mode().as_str())),
        "type" => all_texts(rows.map(|(resource, _)| &resource.address.type_name)),
        "name" => all_texts(rows.map(|(resource, _)| &resource.address.name)),
        "provider" => texts(rows.map(|(resource, instance)| {
            let provider = instance.provider.as_ref().or(resource.provider.as_ref());
            provider.map(|provider| &provider.source)
        })),
        "index_key" => texts(rows.map(|(_, instance)| instance.key.as_ref().map(key_text))),
        "status" => {
            all_texts(rows.map(|(_, instance)| if instance.tainted { "tainted" } else { "ok" }))
        }
        "deposed" => texts(rows.map(|(_, instance)| instance.deposed.as_ref())),
        "schema_version" => numbers(rows.map(|(_, instance)| instance.schema_version)),
        "attributes" => {
            match members {
                Some(names) => all_texts(rows.map(|(resource, instance)| {
                    redacted.some_of(resource, instance, names).to_string()
                })),
                None => all_texts(rows.map(|(resource, instance)| {
                    redacted.attributes(resource, instance).to_string()
                })),
            }
        }
        "sensitive_attributes" => all_texts(rows.map(|(_, instance)| {
            serde_json::json!(redacted.sensitive_paths(instance)).to_string()
        })),
        "identity" => texts(
            rows.map(|(_, instance)| redacted.identity(instance).map(|value| value.to_string())),
        ),
        "dependencies" => text_lists(rows.map(|(_, instance)| instance.dependencies())),
        "create_before_destroy" => {
            booleans(rows.map(|(_, instance)| instance.create_before_destroy))
        }
        _ => nulls(rows.len()),
    }
}

/// Gives every instance of a document's state to `emit`.
pub(super) fn each<'s>(
    file: &'s OpenedFile<'s>,
    emit: &mut dyn FnMut(Row<'s>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let Some((state, _)) = file.state() else {
        return ControlFlow::Continue(());
    };
    state
        .resources
        .iter()
        .flat_map(|resource| {
            resource
                .instances
                .iter()
                .map(move |instance| (resource, instance))
        })
        .try_for_each(emit)
}

/// Gives the instances of a document's state that wanted rows can be made of to `emit`.
pub(super) fn each_wanted<'s>(
    file: &'s OpenedFile<'s>,
    emit: &mut dyn FnMut(Row<'s>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut wanted = Vec::new();
    let _ = each(file, &mut |row| {
        wanted.push(row);
        ControlFlow::Continue(())
    });
    for filter in &file.request.of_instances {
        let array = |column: &Column| match column.origin {
            Origin::File(value) => value(file.file).to_array_of_size(wanted.len()),
            _ => Ok(Instances::array(&column.name, &wanted, file)),
        };
        // Where it cannot be evaluated every instance stays: the rows have the same filter, which
        // says why.
        if let Ok(kept) = filter.keep(wanted.len(), array) {
            wanted = kept.choose(wanted);
        }
    }
    wanted.into_iter().try_for_each(emit)
}

/// An instance key as a person names it: the number, or the text without quotes.
pub(super) fn key_text(key: &InstanceKey) -> String {
    match key {
        InstanceKey::Int(index) => index.to_string(),
        InstanceKey::String(key) => key.clone(),
    }
}
