//! `identities`: one row per value that names the real object behind an instance.

use std::ops::ControlFlow;

use arrow::array::ArrayRef;

use super::column::{Column, Kind, all_texts};
use super::owner::{self, Owner};
use super::{OpenedFile, TableRows};
use crate::format::{Identity, Reach};

#[derive(Debug)]
pub(super) struct Identities;

/// One identity of one instance.
pub(super) struct Named<'s> {
    owner: Owner<'s>,
    identity: Identity,
}

impl TableRows for Identities {
    type Row<'s> = Named<'s>;
    const NAME: &'static str = "identities";
    const OF_ONE_INSTANCE: bool = true;
    const ABOUT: &'static str =
        "One row per value that names the real object of a managed instance: its arn, its id.";
    const COLUMNS: &'static [Column] = &[
        owner::ADDRESS,
        owner::DEPOSED,
        owner::TYPE,
        Column::of_rows(
            "attribute",
            Kind::Text,
            "The attribute that holds it, such as arn.",
        ),
        Column::of_rows("identity", Kind::Text, "The value."),
        Column::of_rows(
            "reach",
            Kind::Text,
            "world: no other object has it; place: a name that someone chose; borrowed: that of the \
             object it belongs to.",
        ),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        owner::each(file, &mut |owner, redacted, resource, instance| {
            let identities = redacted.identities(resource, instance).into_iter();
            identities
                .map(|identity| Named {
                    owner: owner.clone(),
                    identity,
                })
                .try_for_each(&mut *emit)
        })
    }

    fn array(column: &str, rows: &[Named<'_>], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "attribute" => all_texts(rows.map(|named| named.identity.attribute)),
            "identity" => all_texts(rows.map(|named| &named.identity.value)),
            "reach" => all_texts(rows.map(|named| match named.identity.reach {
                Reach::World => "world",
                Reach::Place => "place",
                Reach::Borrowed => "borrowed",
            })),
            _ => owner::array(column, rows.map(|named| &named.owner)),
        }
    }
}
