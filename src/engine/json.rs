//! JSON columns: text with a mark that says it is JSON.
use std::collections::HashMap;

use arrow::datatypes::{DataType, Field};
/// A JSON column
pub fn json_field(name: &str, nullable: bool) -> Field {
    Field::new(name, DataType::Utf8View, nullable).with_metadata(HashMap::from([
        ("ARROW:extension:name".to_string(), "arrow.json".to_string()),
        ("ARROW:extension:metadata".to_string(), "{}".to_string()),
    ]))
}
