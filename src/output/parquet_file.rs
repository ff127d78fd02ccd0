//! A Parquet file.

use std::io::Write;

use arrow::datatypes::{DataType, IntervalUnit, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;

use super::{Format, Output, OutputError, ResultWriter, Summary, names};

/// A row group is closed once this much is encoded, so that memory stays bounded.
const ROW_GROUP_BYTES: usize = 64 * 1024 * 1024;

/// Zstandard-compressed Parquet with the Arrow schema inside, so that a reader of Arrow gets back the
/// same types and the JSON mark (`ARROW:extension:name`) of columns.
///
/// Zstandard because state is mostly JSON text, which it makes far smaller than Snappy does.
/// Columns of the same name are told apart by a number, as most readers refuse duplicates.
pub(super) struct ParquetFile<'a> {
    writer: ArrowWriter<Output<'a>>,
    schema: SchemaRef,
    rows: u64,
}

impl<'a> ParquetFile<'a> {
    pub(super) fn new(schema: &SchemaRef, out: Output<'a>) -> Result<Self, OutputError> {
        let schema = names::unique_schema(schema);
        for field in schema.fields() {
            if let Some(data_type) = without_equivalent(field.data_type()) {
                let reason = format!(
                    "Parquet has no {data_type}, as in column '{}'",
                    field.name()
                );
                return Err(OutputError::encode(Format::Parquet, reason));
            }
        }
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
            .build();
        let writer = ArrowWriter::try_new(out, SchemaRef::clone(&schema), Some(properties))
            .map_err(|error| OutputError::from_parquet(Format::Parquet, error))?;
        Ok(Self {
            writer,
            schema,
            rows: 0,
        })
    }
}

impl ResultWriter for ParquetFile<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(
            SchemaRef::clone(&self.schema),
            batch.columns().to_vec(),
            &options,
        )
        .map_err(|error| OutputError::from_arrow(Format::Parquet, error))?;
        self.writer
            .write(&batch)
            .map_err(|error| OutputError::from_parquet(Format::Parquet, error))?;
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Summary, OutputError> {
        let mut out = self
            .writer
            .into_inner()
            .map_err(|error| OutputError::from_parquet(Format::Parquet, error))?;
        out.flush()?;
        Ok(Summary { rows: self.rows })
    }
}

/// The part of a type that Parquet cannot hold, if there is one.
fn without_equivalent(data_type: &DataType) -> Option<&DataType> {
    match data_type {
        DataType::Interval(IntervalUnit::MonthDayNano) | DataType::Union(_, _) => Some(data_type),
        DataType::Struct(fields) if fields.is_empty() => Some(data_type),
        DataType::Struct(fields) => fields
            .iter()
            .find_map(|field| without_equivalent(field.data_type())),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => without_equivalent(field.data_type()),
        DataType::Dictionary(_, values) => without_equivalent(values),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};
    use arrow::compute::concat_batches;
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use datafusion::parquet::file::metadata::ParquetMetaData;

    use super::*;
    use crate::output::{Style, sample, writer};

    fn read(bytes: &[u8]) -> (RecordBatch, Arc<ParquetMetaData>) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let (schema, metadata) = (builder.schema().clone(), builder.metadata().clone());
        let batches: Vec<RecordBatch> = builder.build().unwrap().collect::<Result<_, _>>().unwrap();
        (concat_batches(&schema, &batches).unwrap(), metadata)
    }

    #[test]
    fn every_type_reads_back_with_its_metadata() {
        let batch = sample::every_type();
        let (bytes, _) = sample::bytes(Format::Parquet, &[batch.clone(), batch.clone()]);
        let (read, metadata) = read(&bytes);
        assert_eq!(read.schema(), batch.schema());
        assert_eq!(
            read,
            concat_batches(&batch.schema(), [&batch, &batch]).unwrap()
        );
        let compression = metadata.row_group(0).column(0).compression();
        assert!(matches!(compression, Compression::ZSTD(_)));
    }

    #[test]
    fn no_rows_keep_the_schema() {
        let batch = sample::every_type().slice(0, 0);
        let (read, _) = read(&sample::bytes(Format::Parquet, std::slice::from_ref(&batch)).0);
        assert_eq!(read, batch);
    }

    #[test]
    fn columns_of_one_name_are_numbered() {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let batch = sample::batch(vec![("a", Arc::clone(&column)), ("a", column)]);
        let (read, _) = read(&sample::bytes(Format::Parquet, &[batch]).0);
        assert_eq!(read.schema().field(1).name(), "a_2");
    }

    #[test]
    fn an_interval_is_refused_by_name() {
        let batch = sample::interval();
        let refused = writer(
            Format::Parquet,
            batch.schema(),
            Box::new(Vec::new()),
            &Style::default(),
        );
        assert_eq!(
            refused.err().map(|error| error.to_string()).as_deref(),
            Some(
                "the result cannot be written as parquet: Parquet has no Interval(MonthDayNano), \
                 as in column 'age'; cast the column to text or choose another format"
            )
        );
    }
}
