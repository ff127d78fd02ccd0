//! Batches that the tests of all formats write.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    Float64Array, Int32Array, Int64Array, IntervalMonthDayNanoArray, ListBuilder, MapBuilder,
    StringArray, StringBuilder, StringViewArray, StructArray, TimestampMicrosecondArray,
    UInt64Array,
};
use arrow::datatypes::{DataType, Field, Int32Type, IntervalMonthDayNano, Schema};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};

use super::{Format, Style, Summary, writer};

/// A column of JSON text.
pub(super) fn json_field(name: &str) -> Field {
    let metadata = [
        ("ARROW:extension:name", "arrow.json"),
        ("ARROW:extension:metadata", ""),
    ];
    let metadata: HashMap<String, String> = metadata
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    Field::new(name, DataType::Utf8View, true).with_metadata(metadata)
}

/// A batch of columns that may be NULL, their types taken from the arrays.
pub(super) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns
        .into_iter()
        .map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array))
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// One column of text.
pub(super) fn texts(name: &str, texts: &[Option<&str>]) -> RecordBatch {
    batch(vec![(name, Arc::new(StringArray::from(texts.to_vec())))])
}

/// Rows without any column.
pub(super) fn no_columns(rows: usize) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap()
}

/// Three rows, the last all NULL, of the types results have.
pub(super) fn every_type() -> RecordBatch {
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("a"), None, Some("b,\"c\"")]);
    tags.append_value([] as [Option<&str>; 0]);
    tags.append_null();

    let mut labels = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    labels.keys().append_value("env");
    labels.values().append_value("prod");
    labels.append(true).unwrap();
    labels.append(true).unwrap();
    labels.append(false).unwrap();

    let point = StructArray::try_new(
        vec![
            Field::new("x", DataType::Int32, true),
            Field::new("y", DataType::Utf8, true),
        ]
        .into(),
        vec![
            Arc::new(Int32Array::from(vec![Some(1), None, None])),
            Arc::new(StringArray::from(vec![Some("é"), Some(""), None])),
        ],
        Some(vec![true, true, false].into()),
    )
    .unwrap();

    let kind: DictionaryArray<Int32Type> = vec![Some("managed"), Some("data"), None]
        .into_iter()
        .collect();
    let doc = StringViewArray::from(vec![
        Some(r#"{"b":[1,2.50],"a":18446744073709551616}"#),
        Some("not json"),
        None,
    ]);
    let columns: Vec<(Field, ArrayRef)> = vec![
        plain(
            "int",
            Arc::new(Int64Array::from(vec![Some(i64::MAX), Some(-1), None])),
        ),
        plain(
            "big",
            Arc::new(UInt64Array::from(vec![Some(u64::MAX), Some(0), None])),
        ),
        plain(
            "price",
            Arc::new(
                Decimal128Array::from(vec![Some(1234567890123456789012), Some(-500), None])
                    .with_precision_and_scale(30, 4)
                    .unwrap(),
            ),
        ),
        plain(
            "ratio",
            Arc::new(Float64Array::from(vec![Some(0.1), Some(f64::NAN), None])),
        ),
        plain(
            "ok",
            Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        ),
        plain(
            "text",
            Arc::new(StringArray::from(vec![
                Some("a, \"b\"\nc | d\\e <f>&"),
                Some(""),
                None,
            ])),
        ),
        plain(
            "city",
            Arc::new(StringArray::from(vec![
                Some("Zürich 東京 👩\u{200d}👧"),
                Some("\u{1b}[31mred\t\u{202e}x"),
                None,
            ])),
        ),
        plain("tags", Arc::new(tags.finish())),
        plain("point", Arc::new(point)),
        plain("labels", Arc::new(labels.finish())),
        plain("kind", Arc::new(kind)),
        (json_field("doc"), Arc::new(doc)),
        plain(
            "at",
            Arc::new(
                TimestampMicrosecondArray::from(vec![
                    Some(1_700_000_000_123_456),
                    Some(1_700_000_000_000_000),
                    None,
                ])
                .with_timezone("UTC"),
            ),
        ),
        plain(
            "day",
            Arc::new(Date32Array::from(vec![Some(19_675), Some(-1), None])),
        ),
        plain(
            "raw",
            Arc::new(BinaryArray::from_opt_vec(vec![
                Some(&[0, 255]),
                Some(&[]),
                None,
            ])),
        ),
    ];
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// A batch with an interval, which Parquet cannot hold.
pub(super) fn interval() -> RecordBatch {
    let age = IntervalMonthDayNano::new(14, 3, 1_500_000_000);
    batch(vec![(
        "age",
        Arc::new(IntervalMonthDayNanoArray::from(vec![Some(age), None])),
    )])
}

fn plain(name: &str, array: ArrayRef) -> (Field, ArrayRef) {
    (Field::new(name, array.data_type().clone(), true), array)
}

/// The batches in the format, in the style of a file.
pub(super) fn bytes(format: Format, batches: &[RecordBatch]) -> (Vec<u8>, Summary) {
    styled_bytes(format, batches, &Style::default())
}

/// The batches in a format of text, in the style of a file.
pub(super) fn text(format: Format, batches: &[RecordBatch]) -> String {
    styled(format, batches, &Style::default())
}

/// The batches in a format of text.
pub(super) fn styled(format: Format, batches: &[RecordBatch], style: &Style) -> String {
    String::from_utf8(styled_bytes(format, batches, style).0).unwrap()
}

fn styled_bytes(format: Format, batches: &[RecordBatch], style: &Style) -> (Vec<u8>, Summary) {
    let mut out = Vec::new();
    let mut writer = writer(format, batches[0].schema(), Box::new(&mut out), style).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    let summary = writer.finish().unwrap();
    (out, summary)
}
