//! One JSON array, an object per line inside.

use arrow::datatypes::Schema;
use arrow::error::ArrowError;

use super::ndjson::Ndjson;
use super::rows::RowFormat;
use super::values::Values;

/// An array of [`Ndjson`]'s objects; `[]` for no rows.
pub(super) struct Json {
    objects: Ndjson,
}

impl Json {
    pub(super) fn new(schema: &Schema) -> Self {
        Self {
            objects: Ndjson::new(schema),
        }
    }
}

impl RowFormat for Json {
    fn start(&mut self, out: &mut String) {
        out.push('[');
    }

    fn row(
        &mut self,
        number: u64,
        columns: &[Values<'_>],
        row: usize,
        out: &mut String,
    ) -> Result<(), ArrowError> {
        out.push_str(if number == 0 { "\n  " } else { ",\n  " });
        self.objects.object(columns, row, out)
    }

    fn end(&mut self, rows: u64, out: &mut String) {
        out.push_str(if rows == 0 { "]\n" } else { "\n]\n" });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::output::{Format, sample};

    #[test]
    fn no_rows_are_an_empty_array() {
        assert_eq!(
            sample::text(Format::Json, &[sample::texts("a", &[])]),
            "[]\n"
        );
    }

    #[test]
    fn batches_are_one_array() {
        let batches = [
            sample::texts("a", &[]),
            sample::texts("a", &[Some("1"), None]),
            sample::texts("a", &[Some("2")]),
        ];
        let expected = "[\n  {\"a\":\"1\"},\n  {\"a\":null},\n  {\"a\":\"2\"}\n]\n";
        assert_eq!(sample::text(Format::Json, &batches), expected);
    }

    #[test]
    fn rows_without_columns_are_empty_objects() {
        let text = sample::text(Format::Json, &[sample::no_columns(2)]);
        assert_eq!(text, "[\n  {},\n  {}\n]\n");
    }

    #[test]
    fn the_objects_are_those_of_ndjson() {
        let batch = sample::every_type();
        let json = sample::text(Format::Json, std::slice::from_ref(&batch));
        let array: Vec<Value> = serde_json::from_str(&json).unwrap();
        let lines = sample::text(Format::Ndjson, &[batch]);
        let objects: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(array, objects);
    }
}
