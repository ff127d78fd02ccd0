//! `modules`: one row per module instance below the root.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use arrow::array::ArrayRef;

use super::column::{Column, Kind, all_texts, counts, nulls, texts};
use super::instances::key_text;
use super::{OpenedFile, TableRows};
use crate::format::ModulePath;
use crate::inventory::Extent;

#[derive(Debug)]
pub(super) struct Modules;

/// A module instance and what stands directly in it.
pub(super) struct Module {
    path: ModulePath,
    resources: usize,
    instances: usize,
}

impl TableRows for Modules {
    type Row<'s> = Module;
    const NAME: &'static str = "modules";
    const ABOUT: &'static str =
        "One row per module instance below the root, also one that only holds modules.";
    const EXTENT: Extent = Extent::Outline;
    const COLUMNS: &'static [Column] = &[
        Column::of_rows("address", Kind::Text, "Its address."),
        Column::of_rows(
            "config_address",
            Kind::Text,
            "The address without any instance key.",
        ),
        Column::of_rows(
            "parent",
            Kind::Text,
            "The module instance that calls it; NULL at the root.",
        ),
        Column::of_rows("name", Kind::Text, "The name of the call."),
        Column::of_rows("index_key", Kind::Text, "Its key under count or for_each."),
        Column::of_rows("depth", Kind::BigInt, "How many calls below the root."),
        Column::of_rows(
            "resource_count",
            Kind::BigInt,
            "How many resources stand directly in it.",
        ),
        Column::of_rows(
            "instance_count",
            Kind::BigInt,
            "How many instances stand directly in it, deposed ones too.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some((state, _)) = file.state() else {
            return ControlFlow::Continue(());
        };
        let mut modules: BTreeMap<&[_], (usize, usize)> = BTreeMap::new();
        for resource in &state.resources {
            let path = resource.module().0.as_slice();
            (1..path.len()).for_each(|depth| {
                modules.entry(&path[..depth]).or_default();
            });
            let counts = modules.entry(path).or_default();
            counts.0 += 1;
            counts.1 += resource.instances.len();
        }
        modules
            .into_iter()
            .filter(|(path, _)| !path.is_empty())
            .try_for_each(|(path, (resources, instances))| {
                emit(Module {
                    path: ModulePath(path.to_vec()),
                    resources,
                    instances,
                })
            })
    }

    fn array(column: &str, rows: &[Module], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "address" => all_texts(rows.map(|module| module.path.to_string())),
            "config_address" => all_texts(rows.map(|module| module.path.config().to_string())),
            "parent" => {
                texts(rows.map(|module| module.path.parent().map(|parent| parent.to_string())))
            }
            "name" => texts(rows.map(|module| module.path.0.last().map(|step| &step.name))),
            "index_key" => {
                texts(rows.map(|module| module.path.0.last()?.key.as_ref().map(key_text)))
            }
            "depth" => counts(rows.map(|module| module.path.depth())),
            "resource_count" => counts(rows.map(|module| module.resources)),
            "instance_count" => counts(rows.map(|module| module.instances)),
            _ => nulls(rows.len()),
        }
    }
}
