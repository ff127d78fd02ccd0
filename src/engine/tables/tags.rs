//! `tags`: one row per tag or label of an instance.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::rc::Rc;

use arrow::array::ArrayRef;
use serde_json::Value;

use super::column::{Column, Kind, all_texts, nulls, texts};
use super::{OpenedFile, TableRows, instances};

/// The attributes that hold tags, in the providers' words; what a later one says of a key counts.
/// `tags_all` and `effective_labels` include the provider's defaults.
const HOLDERS: [&str; 6] = [
    "tags",
    "labels",
    "tag",
    "tags_all",
    "terraform_labels",
    "effective_labels",
];

#[derive(Debug)]
pub(super) struct Tags;

/// One tag of one instance.
pub(super) struct Tag<'s> {
    address: Rc<str>,
    deposed: Option<&'s str>,
    type_name: &'s str,
    key: String,
    value: Option<String>,
}

impl TableRows for Tags {
    type Row<'s> = Tag<'s>;
    const NAME: &'static str = "tags";
    const ABOUT: &'static str =
        "One row per tag or label of an instance, the provider's default ones too.";
    const COLUMNS: &'static [Column] = &[
        Column::of_instance("address", Kind::Text, "The instance's address."),
        Column::of_instance(
            "deposed",
            Kind::Text,
            "The key of a deposed object; NULL for a current one.",
        ),
        Column::of_instance("type", Kind::Text, "The resource type."),
        Column::of_rows("key", Kind::Text, "The tag's key."),
        Column::of_rows("value", Kind::Text, "The tag's value."),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let Some((_, redacted)) = file.state() else {
            return ControlFlow::Continue(());
        };
        instances::each_wanted(file, &mut |(resource, instance)| {
            file.made.add("attributes", 1);
            let tags = tags(&redacted.attributes(resource, instance));
            let address: Rc<str> = resource.instance_address(instance).to_string().into();
            tags.into_iter().try_for_each(|(key, value)| {
                emit(Tag {
                    address: Rc::clone(&address),
                    deposed: instance.deposed.as_deref(),
                    type_name: &resource.address.type_name,
                    key,
                    value,
                })
            })
        })
    }

    fn array(column: &str, rows: &[Tag<'_>], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "address" => all_texts(rows.map(|tag| &tag.address)),
            "deposed" => texts(rows.map(|tag| tag.deposed)),
            "type" => all_texts(rows.map(|tag| tag.type_name)),
            "key" => all_texts(rows.map(|tag| &tag.key)),
            "value" => texts(rows.map(|tag| tag.value.as_ref())),
            _ => nulls(rows.len()),
        }
    }
}

/// Every tag of an instance, by key: a map of texts, or a list of `{"key", "value"}` blocks.
fn tags(attributes: &Value) -> BTreeMap<String, Option<String>> {
    let mut tags = BTreeMap::new();
    for holder in HOLDERS.iter().filter_map(|name| attributes.get(name)) {
        match holder {
            Value::Object(map) => tags.extend(
                map.iter()
                    .filter(|(_, value)| !value.is_object())
                    .map(|(key, value)| (key.clone(), text(value))),
            ),
            Value::Array(blocks) => tags.extend(blocks.iter().filter_map(|block| {
                let key = block.get("key")?.as_str()?.to_owned();
                Some((key, block.get("value").and_then(text)))
            })),
            _ => {}
        }
    }
    tags
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_are_found_in_every_providers_shape() {
        let attributes = json!({
            "tags": {"Name": "a", "Team": "x"},
            "tags_all": {"Name": "a", "Team": "y", "Owner": null},
            "tag": [{"key": "asg", "value": "1", "propagate_at_launch": true}],
            "labels": {"app": "web"},
        });
        let found: Vec<_> = tags(&attributes).into_iter().collect();
        let expected = [
            ("Name", Some("a")),
            ("Owner", None),
            ("Team", Some("y")),
            ("app", Some("web")),
            ("asg", Some("1")),
        ];
        assert_eq!(
            found,
            expected.map(|(key, value)| (key.to_owned(), value.map(str::to_owned)))
        );
    }
}
