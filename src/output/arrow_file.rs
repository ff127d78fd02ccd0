//! An Arrow IPC file, also known as Feather version 2.

use std::io::Write;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use super::{Format, Output, OutputError, ResultWriter, Summary, names};

/// Uncompressed Arrow IPC, which every implementation reads and can map into memory.
///
/// Columns of the same name are told apart by a number. Dictionaries are decoded: the file format
/// holds a single dictionary for a column, while batches bring one each.
pub(super) struct ArrowFile<'a> {
    writer: FileWriter<Output<'a>>,
    schema: SchemaRef,
    rows: u64,
}

impl<'a> ArrowFile<'a> {
    pub(super) fn new(schema: &SchemaRef, out: Output<'a>) -> Result<Self, OutputError> {
        let schema = names::unique_schema(schema);
        let fields: Vec<FieldRef> = schema.fields().iter().map(decoded_field).collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
        let writer = FileWriter::try_new(out, &schema).map_err(failed)?;
        Ok(Self {
            writer,
            schema,
            rows: 0,
        })
    }

    fn decoded(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        for (column, field) in columns.iter_mut().zip(self.schema.fields()) {
            if column.data_type() != field.data_type() {
                *column = cast(column, field.data_type())?;
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(SchemaRef::clone(&self.schema), columns, &options)
    }
}

impl ResultWriter for ArrowFile<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let batch = self.decoded(batch).map_err(failed)?;
        self.writer.write(&batch).map_err(failed)?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Summary, OutputError> {
        self.writer.finish().map_err(failed)?;
        self.writer.get_mut().flush()?;
        Ok(Summary { rows: self.rows })
    }
}

fn failed(error: ArrowError) -> OutputError {
    OutputError::from_arrow(Format::Arrow, error)
}

fn decoded_field(field: &FieldRef) -> FieldRef {
    let decoded = decoded_type(field.data_type());
    if decoded == *field.data_type() {
        return Arc::clone(field);
    }
    let field: Field = field.as_ref().clone();
    Arc::new(field.with_data_type(decoded))
}

fn decoded_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, values) => decoded_type(values),
        DataType::List(item) => DataType::List(decoded_field(item)),
        DataType::LargeList(item) => DataType::LargeList(decoded_field(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(decoded_field(item), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(decoded_field).collect()),
        DataType::Map(entry, sorted) => DataType::Map(decoded_field(entry), *sorted),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use arrow::array::{DictionaryArray, StringArray};
    use arrow::compute::concat_batches;
    use arrow::datatypes::Int32Type;
    use arrow::ipc::reader::FileReader;

    use super::*;
    use crate::output::sample;

    fn read(bytes: Vec<u8>) -> RecordBatch {
        let reader = FileReader::try_new(Cursor::new(bytes), None).unwrap();
        let schema = reader.schema();
        let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().unwrap();
        concat_batches(&schema, &batches).unwrap()
    }

    #[test]
    fn every_type_reads_back_with_its_metadata() {
        let batch = sample::every_type();
        let read = read(sample::bytes(Format::Arrow, std::slice::from_ref(&batch)).0);
        for (read, given) in read.schema().fields().iter().zip(batch.schema().fields()) {
            assert_eq!(read, &decoded_field(given));
        }
        assert_eq!(read.num_rows(), 3);
        assert_eq!(read.column(0), batch.column(0));
        assert!(crate::output::values::is_json(read.schema().field(11)));
    }

    #[test]
    fn no_rows_keep_the_schema() {
        let batch = sample::texts("a", &[]);
        let read = read(sample::bytes(Format::Arrow, std::slice::from_ref(&batch)).0);
        assert_eq!(read, batch);
    }

    #[test]
    fn an_interval_reads_back() {
        let batch = sample::interval();
        let read = read(sample::bytes(Format::Arrow, std::slice::from_ref(&batch)).0);
        assert_eq!(read, batch);
    }

    #[test]
    fn batches_may_bring_different_dictionaries() {
        let batch = |text: &str| {
            let column: DictionaryArray<Int32Type> = [Some(text), None].into_iter().collect();
            sample::batch(vec![("a", Arc::new(column))])
        };
        let read = read(sample::bytes(Format::Arrow, &[batch("x"), batch("y")]).0);
        let expected = StringArray::from(vec![Some("x"), None, Some("y"), None]);
        assert_eq!(
            read.column(0).as_ref(),
            &expected as &dyn arrow::array::Array
        );
    }
}
