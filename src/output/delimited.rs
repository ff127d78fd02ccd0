//! What comma- and tab-separated values have in common: a header, then a line for each row.

use arrow::datatypes::Schema;
use arrow::error::ArrowError;

use super::rows::RowFormat;
use super::values::{self, Values};

/// Lines of fields with a character between them.
pub(super) struct Delimited {
    names: Vec<String>,
    separator: char,
    null: &'static str,
    write_field: fn(&str, &mut String),
    scratch: String,
}

impl Delimited {
    /// Fields are written by `write_field`, which quotes or escapes them; NULL is `null`.
    pub(super) fn new(
        schema: &Schema,
        separator: char,
        null: &'static str,
        write_field: fn(&str, &mut String),
    ) -> Self {
        Delimited {
            names: values::names_of(schema),
            separator,
            null,
            write_field,
            scratch: String::new(),
        }
    }
}

impl RowFormat for Delimited {
    fn start(&mut self, out: &mut String) {
        for (position, name) in self.names.iter().enumerate() {
            if position > 0 {
                out.push(self.separator);
            }
            (self.write_field)(name, out);
        }
        out.push('\n');
    }

    fn row(
        &mut self,
        _number: u64,
        columns: &[Values<'_>],
        row: usize,
        out: &mut String,
    ) -> Result<(), ArrowError> {
        for (position, values) in columns.iter().enumerate() {
            if position > 0 {
                out.push(self.separator);
            }
            match values.text(row, &mut self.scratch)? {
                Some(text) => (self.write_field)(text, out),
                None => out.push_str(self.null),
            }
        }
        out.push('\n');
        Ok(())
    }

    fn end(&mut self, _rows: u64, _out: &mut String) {}
}
