//! How a JSON column is recognised: text that carries Arrow's canonical JSON mark.
//!
//! Every JSON value in the engine is text in a `Utf8View` (or other text) column. What tells it from
//! plain text is its field's extension metadata, and nothing else.

use std::collections::HashMap;

use datafusion::arrow::datatypes::{DataType, Field};

/// The metadata key that names an Arrow extension type.
const EXTENSION_NAME: &str = "ARROW:extension:name";
/// The metadata key that carries an extension type's parameters.
const EXTENSION_METADATA: &str = "ARROW:extension:metadata";
/// Arrow's canonical name for text that holds JSON.
const JSON_EXTENSION: &str = "arrow.json";

/// A JSON column: `Utf8View` text with Arrow's JSON mark.
pub fn json_field(name: &str, nullable: bool) -> Field {
    Field::new(name, DataType::Utf8View, nullable).with_metadata(json_metadata())
}

/// Whether a field holds JSON, whichever text type it is stored in.
pub fn is_json(field: &Field) -> bool {
    field.metadata().get(EXTENSION_NAME).map(String::as_str) == Some(JSON_EXTENSION)
}

/// The metadata that marks a field as JSON.
pub fn json_metadata() -> HashMap<String, String> {
    HashMap::from([
        (EXTENSION_NAME.to_owned(), JSON_EXTENSION.to_owned()),
        (EXTENSION_METADATA.to_owned(), "{}".to_owned()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_field_is_recognised() {
        assert!(is_json(&json_field("attributes", true)));
    }

    #[test]
    fn plain_text_is_not_json() {
        assert!(!is_json(&Field::new("name", DataType::Utf8View, true)));
    }

    #[test]
    fn the_mark_counts_whatever_else_the_metadata_holds() {
        let mut metadata = json_metadata();
        metadata.insert("is_json".to_owned(), "true".to_owned());
        let field = Field::new("a", DataType::Utf8, true).with_metadata(metadata);
        assert!(is_json(&field));
    }
}
