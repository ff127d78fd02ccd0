//! Streaming, for the formats that are text row by row.

use std::io::Write;

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::values::{self, Values};
use super::{Format, Output, OutputError, ResultWriter, Summary};

/// A format of text that can be written row by row. All of it appends to `out`.
pub(super) trait RowFormat: Send {
    /// What comes before the first row.
    fn start(&mut self, out: &mut String);

    /// One row. `number` counts rows from 0 over all batches; the values are at `row` in `columns`.
    fn row(
        &mut self,
        number: u64,
        columns: &[Values<'_>],
        row: usize,
        out: &mut String,
    ) -> Result<(), ArrowError>;

    /// What comes after the last of `rows` rows.
    fn end(&mut self, rows: u64, out: &mut String);
}

/// Writes batches in a [`RowFormat`], holding no more than one row of text.
pub(super) struct RowWriter<'a, F> {
    name: Format,
    format: F,
    schema: SchemaRef,
    out: Output<'a>,
    text: String,
    started: bool,
    rows: u64,
}

impl<'a, F: RowFormat> RowWriter<'a, F> {
    pub(super) fn new(name: Format, format: F, schema: SchemaRef, out: Output<'a>) -> Self {
        Self {
            name,
            format,
            schema,
            out,
            text: String::new(),
            started: false,
            rows: 0,
        }
    }

    fn start(&mut self) {
        if !self.started {
            self.started = true;
            self.format.start(&mut self.text);
        }
    }

    fn emit(&mut self) -> Result<(), OutputError> {
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }
}

impl<F: RowFormat> ResultWriter for RowWriter<'_, F> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let columns = values::columns(&self.schema, batch)
            .map_err(|error| OutputError::from_arrow(self.name, error))?;
        self.start();
        for row in 0..batch.num_rows() {
            self.format
                .row(self.rows, &columns, row, &mut self.text)
                .map_err(|error| OutputError::from_arrow(self.name, error))?;
            self.rows += 1;
            self.emit()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Summary, OutputError> {
        self.start();
        self.format.end(self.rows, &mut self.text);
        self.emit()?;
        self.out.flush()?;
        Ok(Summary { rows: self.rows })
    }
}
