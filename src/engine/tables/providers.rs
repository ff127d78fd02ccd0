//! `providers`: one row per provider configuration that a state's resources use.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use arrow::array::ArrayRef;

use super::column::{Column, Kind, all_texts, counts, nulls, texts};
use super::{OpenedFile, TableRows};
use crate::inventory::Extent;

#[derive(Debug)]
pub(super) struct Providers;

/// A provider's configuration and what uses it.
pub(super) struct Provider<'s> {
    source: &'s str,
    alias: Option<&'s str>,
    resources: usize,
    instances: usize,
}

impl TableRows for Providers {
    type Row<'s> = Provider<'s>;
    const NAME: &'static str = "providers";
    const ABOUT: &'static str = "One row per provider configuration that a state's resources use.";
    const EXTENT: Extent = Extent::Outline;
    const COLUMNS: &'static [Column] = &[
        Column::of_rows("provider", Kind::Text, "The provider's source address."),
        Column::of_rows(
            "alias",
            Kind::Text,
            "The alias of the configuration; NULL for the default one.",
        ),
        Column::of_rows("resource_count", Kind::BigInt, "How many resources use it."),
        Column::of_rows(
            "instance_count",
            Kind::BigInt,
            "How many instances use it, deposed ones too.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some((state, _)) = file.state() else {
            return ControlFlow::Continue(());
        };
        let mut providers: BTreeMap<(&str, Option<&str>), (usize, usize)> = BTreeMap::new();
        for resource in &state.resources {
            if let Some(provider) = &resource.provider {
                providers
                    .entry((&provider.source, provider.alias.as_deref()))
                    .or_default()
                    .0 += 1;
            }
            for instance in &resource.instances {
                if let Some(provider) = instance.provider.as_ref().or(resource.provider.as_ref()) {
                    providers
                        .entry((&provider.source, provider.alias.as_deref()))
                        .or_default()
                        .1 += 1;
                }
            }
        }
        providers
            .into_iter()
            .try_for_each(|((source, alias), (resources, instances))| {
                emit(Provider {
                    source,
                    alias,
                    resources,
                    instances,
                })
            })
    }

    fn array(column: &str, rows: &[Provider<'_>], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "provider" => all_texts(rows.map(|provider| provider.source)),
            "alias" => texts(rows.map(|provider| provider.alias)),
            "resource_count" => counts(rows.map(|provider| provider.resources)),
            "instance_count" => counts(rows.map(|provider| provider.instances)),
            _ => nulls(rows.len()),
        }
    }
}
