//! The instance that a row about its attributes belongs to: what `attributes` and `tags` share.

use std::ops::ControlFlow;
use std::rc::Rc;

use arrow::array::ArrayRef;
use serde_json::Value;

use super::column::{Column, Kind, all_texts, nulls, texts};
use super::{OpenedFile, instances};
use crate::format::{Instance, Redacted, Resource};

/// The column of the instance's address.
pub(super) const ADDRESS: Column =
    Column::of_instance("address", Kind::Text, "The instance's address.");

/// The column that tells deposed objects from current ones.
pub(super) const DEPOSED: Column = Column::of_instance(
    "deposed",
    Kind::Text,
    "The key of a deposed object; NULL for a current one.",
);

/// The column of the instance's type.
pub(super) const TYPE: Column = Column::of_instance("type", Kind::Text, "The resource type.");

/// An instance, as its rows name it.
#[derive(Clone)]
pub(super) struct Owner<'s> {
    address: Rc<str>,
    deposed: Option<&'s str>,
    type_name: &'s str,
}

/// One of the columns above, of the owners of some rows.
pub(super) fn array<'a, 's: 'a>(
    column: &str,
    owners: impl ExactSizeIterator<Item = &'a Owner<'s>>,
) -> ArrayRef {
    match column {
        "address" => all_texts(owners.map(|owner| &owner.address)),
        "deposed" => texts(owners.map(|owner| owner.deposed)),
        "type" => all_texts(owners.map(|owner| owner.type_name)),
        _ => nulls(owners.len()),
    }
}

/// Takes an instance, with what may be shown of its state.
type Visit<'v, 's> = dyn FnMut(Owner<'s>, &'s Redacted<'s>, &'s Resource<'s>, &'s Instance<'s>) -> ControlFlow<()>
    + 'v;

/// Gives every instance that wanted rows can be made of to `visit`.
pub(super) fn each<'s>(file: &'s OpenedFile<'s>, visit: &mut Visit<'_, 's>) -> ControlFlow<()> {
    let Some((_, redacted)) = file.state() else {
        return ControlFlow::Continue(());
    };
    instances::each_wanted(file, &mut |(resource, instance)| {
        let owner = Owner {
            address: resource.instance_address(instance).to_string().into(),
            deposed: instance.deposed.as_deref(),
            type_name: &resource.address.type_name,
        };
        visit(owner, redacted, resource, instance)
    })
}

/// Gives every instance that wanted rows can be made of to `visit`, with its attributes as they may
/// be shown.
pub(super) fn each_with_attributes<'s>(
    file: &'s OpenedFile<'s>,
    visit: &mut dyn FnMut(Owner<'s>, &Value) -> ControlFlow<()>,
) -> ControlFlow<()> {
    each(file, &mut |owner, redacted, resource, instance| {
        file.made.add("attributes", 1);
        visit(owner, &redacted.attributes(resource, instance))
    })
}
