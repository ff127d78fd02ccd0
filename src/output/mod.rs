//! Query results, written in the formats people and programs read.
//!
//! Every format is one module. The formats made of lines implement `rows::RowFormat` and stream;
//! `table` holds back a bounded number of rows to find its widths; `parquet` and `arrow` hand batches
//! to their libraries. No format seeks, so each can go to a pipe.
//!
//! Adding a format: its module, a variant of [`Format`], and a line in [`writer`].

use std::fmt;
use std::io::{BufWriter, Write};
use std::str::FromStr;

use ::arrow::datatypes::SchemaRef;
use ::arrow::record_batch::RecordBatch;
use clap::ValueEnum;

mod arrow_file;
mod csv;
mod delimited;
mod error;
mod html;
mod json;
pub(crate) mod json_text;
mod line;
mod markdown;
mod names;
mod ndjson;
mod parquet_file;
mod rows;
#[cfg(test)]
mod sample;
mod table;
pub mod terminal;
mod tsv;
mod values;
mod widths;

pub use error::OutputError;
use rows::RowWriter;

/// A format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Format {
    /// Aligned columns for people, cut to the terminal's width
    Table,
    /// One `column = value` per line, records separated by an empty line
    Line,
    /// Comma-separated values with a header (NULL is empty, empty text is "")
    Csv,
    /// Tab-separated values with a header, escaped like PostgreSQL's COPY (NULL is \N)
    Tsv,
    /// One JSON array of objects
    Json,
    /// One JSON object per line
    Ndjson,
    /// A GitHub Markdown table
    Markdown,
    /// An HTML `<table>` element
    Html,
    /// A Parquet file
    Parquet,
    /// An Arrow IPC file (Feather)
    Arrow,
}

impl Format {
    /// The name, as typed on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Line => "line",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// Whether the format is no text and must not be shown on a terminal.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A format name that is none of [`Format`]'s.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no output format '{}'; use one of {}", terminal::visible(.0), all_names())]
pub struct UnknownFormat(pub String);

fn all_names() -> String {
    let names: Vec<&str> = Format::value_variants()
        .iter()
        .map(|format| format.name())
        .collect();
    names.join(", ")
}

impl FromStr for Format {
    type Err = UnknownFormat;

    /// Upper and lower case are the same.
    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::value_variants()
            .iter()
            .copied()
            .find(|format| format.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// How results for people look. The other formats pay no attention to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Style {
    /// The terminal's width in columns, which tables are cut to. `None` if the output is no
    /// terminal: nothing is cut.
    pub width: Option<usize>,
    /// Whether names are bold and NULL is dim.
    pub color: bool,
    /// Whether `table` and `line` end with the number of rows: `(3 rows)`.
    pub footer: bool,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Rows written, the header not counted.
    pub rows: u64,
}

/// Writes the batches of one result.
///
/// A writer that is dropped without [`finish`](Self::finish) leaves an incomplete output behind, as
/// is right when the query failed halfway.
pub trait ResultWriter: Send {
    /// Writes the rows of a batch, whose columns are those of the schema the writer was made with.
    ///
    /// # Errors
    /// If the output refuses them or the format cannot hold them.
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError>;

    /// Completes the output and flushes it.
    ///
    /// # Errors
    /// If the output refuses what is still to be written.
    fn finish(self: Box<Self>) -> Result<Summary, OutputError>;
}

/// Where formats write: buffered, so that `out` sees few and large writes.
type Output<'a> = BufWriter<Box<dyn Write + Send + 'a>>;

const BUFFER_BYTES: usize = 64 * 1024;

/// A writer of results with the given schema.
///
/// The formats of text write nothing before the first batch or [`ResultWriter::finish`], so a query
/// that fails at once leaves no header behind.
///
/// # Errors
/// If the format cannot hold the schema (`parquet` has no intervals, for one), or `out` refuses a
/// write.
pub fn writer<'a>(
    format: Format,
    schema: SchemaRef,
    out: Box<dyn Write + Send + 'a>,
    style: &Style,
) -> Result<Box<dyn ResultWriter + 'a>, OutputError> {
    let out = BufWriter::with_capacity(BUFFER_BYTES, out);
    Ok(match format {
        Format::Table => Box::new(table::Table::new(schema, out, style)),
        Format::Line => {
            let line = line::Line::new(&schema, style);
            Box::new(RowWriter::new(format, line, schema, out))
        }
        Format::Csv => Box::new(RowWriter::new(format, csv::csv(&schema), schema, out)),
        Format::Tsv => Box::new(RowWriter::new(format, tsv::tsv(&schema), schema, out)),
        Format::Json => Box::new(RowWriter::new(
            format,
            json::Json::new(&schema),
            schema,
            out,
        )),
        Format::Ndjson => {
            let ndjson = ndjson::Ndjson::new(&schema);
            Box::new(RowWriter::new(format, ndjson, schema, out))
        }
        Format::Markdown => {
            let markdown = markdown::Markdown::new(&schema);
            Box::new(RowWriter::new(format, markdown, schema, out))
        }
        Format::Html => Box::new(RowWriter::new(
            format,
            html::Html::new(&schema),
            schema,
            out,
        )),
        Format::Parquet => Box::new(parquet_file::ParquetFile::new(&schema, out)?),
        Format::Arrow => Box::new(arrow_file::ArrowFile::new(&schema, out)?),
    })
}

/// `1 row`, `3 rows`, as below a table.
fn row_count(rows: u64) -> String {
    match rows {
        1 => "1 row".to_owned(),
        _ => format!("{rows} rows"),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn formats_read_and_print_by_the_same_names() {
        for format in Format::value_variants() {
            let value = format.to_possible_value().unwrap();
            assert_eq!(value.get_name(), format.to_string());
            assert_eq!(format.to_string().parse(), Ok(*format));
        }
        assert_eq!("CSV".parse(), Ok(Format::Csv));
    }

    #[test]
    fn an_unknown_format_names_the_known_ones() {
        let error = "xml".parse::<Format>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no output format 'xml'; use one of table, line, csv, tsv, json, ndjson, \
             markdown, html, parquet, arrow"
        );
    }

    /// Takes `left` more bytes, then behaves like a pipe whose reader left.
    struct Pipe {
        left: usize,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.left == 0 {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let taken = bytes.len().min(self.left);
            self.left -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_leaves_is_told_apart_in_every_format() {
        let batch = sample::every_type();
        for format in Format::value_variants() {
            for left in [0, 1, 70_000] {
                let written = || -> Result<Summary, OutputError> {
                    let out = Box::new(Pipe { left });
                    let mut writer = writer(*format, batch.schema(), out, &Style::default())?;
                    for _ in 0..1000 {
                        writer.write(&batch)?;
                    }
                    writer.finish()
                };
                // Parquet keeps repeated values once, and so ends within the longest allowance.
                match written() {
                    Err(error) => assert!(error.is_broken_pipe(), "{format}: {error}"),
                    Ok(_) => assert_eq!((*format, left), (Format::Parquet, 70_000)),
                }
            }
        }
    }

    #[test]
    fn every_format_counts_rows_and_flushes() {
        let batch = sample::every_type();
        for format in Format::value_variants() {
            let (bytes, summary) = sample::bytes(*format, &[batch.clone(), batch.clone()]);
            assert_eq!(summary, Summary { rows: 6 }, "{format}");
            assert!(!bytes.is_empty(), "{format}");
        }
    }

    #[test]
    fn every_format_takes_rows_without_columns() {
        let batch = sample::no_columns(3);
        for format in Format::value_variants() {
            let (_, summary) = sample::bytes(*format, std::slice::from_ref(&batch));
            assert_eq!(summary, Summary { rows: 3 }, "{format}");
        }
    }

    #[test]
    fn a_batch_of_other_columns_is_an_error() {
        let other = sample::no_columns(1);
        for format in Format::value_variants() {
            let mut out = Vec::new();
            let schema = sample::every_type().schema();
            let mut writer =
                writer(*format, schema, Box::new(&mut out), &Style::default()).unwrap();
            let error = writer.write(&other).unwrap_err();
            assert!(
                matches!(error, OutputError::Encode { .. }),
                "{format}: {error}"
            );
        }
    }
}
