//! `resources`: one row per resource block of a module instance.

use std::ops::ControlFlow;

use arrow::array::ArrayRef;

use super::column::{Column, Kind, all_texts, counts, nulls, texts};
use super::{OpenedFile, TableRows};
use crate::format::Resource;
use crate::inventory::Extent;

#[derive(Debug)]
pub(super) struct Resources;

impl TableRows for Resources {
    type Row<'s> = &'s Resource<'s>;
    const NAME: &'static str = "resources";
    const ABOUT: &'static str = "One row per resource block of each module instance.";
    const EXTENT: Extent = Extent::Outline;
    const COLUMNS: &'static [Column] = &[
        Column::of_rows(
            "address",
            Kind::Text,
            "Its address, without an instance key.",
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
        Column::of_rows(
            "provider_alias",
            Kind::Text,
            "The alias of the provider's configuration.",
        ),
        Column::of_rows(
            "instance_count",
            Kind::BigInt,
            "How many rows it has in instances, deposed ones too.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        file.state()
            .map_or(ControlFlow::Continue(()), |(state, _)| {
                state.resources.iter().try_for_each(emit)
            })
    }

    fn array(column: &str, rows: &[&Resource<'_>], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "address" => all_texts(rows.map(|resource| resource.address.to_string())),
            "module" => texts(rows.map(|resource| module(resource))),
            "mode" => all_texts(rows.map(|resource| resource.mode().as_str())),
            "type" => all_texts(rows.map(|resource| &resource.address.type_name)),
            "name" => all_texts(rows.map(|resource| &resource.address.name)),
            "provider" => texts(
                rows.map(|resource| resource.provider.as_ref().map(|provider| &provider.source)),
            ),
            "provider_alias" => texts(rows.map(|resource| {
                resource
                    .provider
                    .as_ref()
                    .and_then(|provider| provider.alias.as_ref())
            })),
            "instance_count" => counts(rows.map(|resource| resource.instances.len())),
            _ => nulls(rows.len()),
        }
    }
}

/// The module instance a resource stands in, `None` at the root.
pub(super) fn module(resource: &Resource<'_>) -> Option<String> {
    Some(resource.module())
        .filter(|module| !module.is_root())
        .map(ToString::to_string)
}
