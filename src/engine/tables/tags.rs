//! `tags`: one row per tag or label of an instance.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use arrow::array::ArrayRef;
use serde_json::Value;

use super::column::{Column, Kind, all_texts, texts};
use super::owner::{self, Owner};
use super::{OpenedFile, TableRows};

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
    owner: Owner<'s>,
    key: String,
    value: Option<String>,
}

impl TableRows for Tags {
    type Row<'s> = Tag<'s>;
    const NAME: &'static str = "tags";
    const OF_ONE_INSTANCE: bool = true;
    const ABOUT: &'static str =
        "One row per tag or label of an instance, the provider's default ones too.";
    const COLUMNS: &'static [Column] = &[
        owner::ADDRESS,
        owner::DEPOSED,
        owner::TYPE,
        Column::of_rows("key", Kind::Text, "The tag's key."),
        Column::of_rows("value", Kind::Text, "The tag's value."),
    ];

    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        owner::each_with_attributes(file, &mut |owner, attributes| {
            tags(attributes).into_iter().try_for_each(|(key, value)| {
                emit(Tag {
                    owner: owner.clone(),
                    key,
                    value,
                })
            })
        })
    }

    fn array(column: &str, rows: &[Tag<'_>], _: &OpenedFile<'_>) -> ArrayRef {
        let rows = rows.iter();
        match column {
            "key" => all_texts(rows.map(|tag| &tag.key)),
            "value" => texts(rows.map(|tag| tag.value.as_ref())),
            _ => owner::array(column, rows.map(|tag| &tag.owner)),
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
