//! What a table's column is, and how rows become Arrow arrays.

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, ListBuilder, StringBuilder, StringViewArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::scalar::ScalarValue;

use crate::engine::json::{is_json, json_field};
use crate::inventory::StateFile;
use crate::parallel;

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its type.
    pub kind: Kind,
    /// What it holds, in a sentence.
    pub about: &'static str,
    /// What it is made from.
    pub origin: Origin,
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// JSON, as compact text.
    Json,
    /// A signed 64-bit number.
    BigInt,
    /// A 64-bit floating-point number.
    Double,
    /// True or false.
    Boolean,
    /// A moment, in UTC.
    Timestamp,
    /// A list of texts.
    TextList,
}

/// What a column is made from, which decides what it costs.
#[derive(Debug, Clone, Copy)]
pub enum Origin {
    /// The document's place: a filter on it rules documents out before they are opened.
    File(fn(&StateFile) -> ScalarValue),
    /// The instance that a row is made of, one of many rows: a filter on it passes over instances
    /// before their attributes are parsed.
    Instance,
    /// The rows of an opened document.
    Rows,
    /// The same, at a price: values that must be parsed and redacted. Made for wanted rows only.
    CostlyRows,
}

impl Kind {
    /// The type as PostgreSQL would call it.
    pub fn sql_name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Json => "json",
            Kind::BigInt => "bigint",
            Kind::Double => "double precision",
            Kind::Boolean => "boolean",
            Kind::Timestamp => "timestamptz",
            Kind::TextList => "text[]",
        }
    }

    /// The type as Arrow calls it.
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Text | Kind::Json => DataType::Utf8View,
            Kind::BigInt => DataType::Int64,
            Kind::Double => DataType::Float64,
            Kind::Boolean => DataType::Boolean,
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::TextList => DataType::new_list(DataType::Utf8, true),
        }
    }
}

impl Column {
    /// A column that the rows of an opened document hold at hand.
    pub(super) const fn of_rows(name: &'static str, kind: Kind, about: &'static str) -> Column {
        Column {
            name: Cow::Borrowed(name),
            kind,
            about,
            origin: Origin::Rows,
        }
    }

    /// A column that each row of an instance has from the `instances` column of that name.
    pub(super) const fn of_instance(name: &'static str, kind: Kind, about: &'static str) -> Column {
        Column {
            name: Cow::Borrowed(name),
            kind,
            about,
            origin: Origin::Instance,
        }
    }

    /// A column whose values must be parsed and redacted.
    pub(super) const fn costly(name: &'static str, kind: Kind, about: &'static str) -> Column {
        Column {
            name: Cow::Borrowed(name),
            kind,
            about,
            origin: Origin::CostlyRows,
        }
    }

    /// A column known from the document's place.
    pub(super) const fn of_file(
        name: &'static str,
        kind: Kind,
        about: &'static str,
        value: fn(&StateFile) -> ScalarValue,
    ) -> Column {
        Column {
            name: Cow::Borrowed(name),
            kind,
            about,
            origin: Origin::File(value),
        }
    }

    /// The column as Arrow sees it.
    pub fn field(&self) -> Field {
        match self.kind {
            Kind::Json => json_field(&self.name, true),
            kind => Field::new(self.name.as_ref(), kind.data_type(), true),
        }
    }
}

/// The type of any column, also of a view's, as PostgreSQL would call it; as Arrow does where
/// PostgreSQL has no such type.
pub fn sql_type(field: &Field) -> String {
    use DataType::{
        Boolean, Date32, Date64, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64,
        LargeList, LargeUtf8, List, Null, Timestamp, UInt8, UInt16, UInt32, UInt64, Utf8, Utf8View,
    };
    let name = match field.data_type() {
        Null | Utf8 | LargeUtf8 | Utf8View if is_json(field) => "json",
        Null | Utf8 | LargeUtf8 | Utf8View => "text",
        Int8 | Int16 => "smallint",
        Int32 => "integer",
        Int64 => "bigint",
        UInt8 | UInt16 => "smallint unsigned",
        UInt32 => "integer unsigned",
        UInt64 => "bigint unsigned",
        Float32 => "real",
        Float64 => "double precision",
        Decimal128(precision, scale) => return format!("numeric({precision},{scale})"),
        Boolean => "boolean",
        Date32 | Date64 => "date",
        Timestamp(_, Some(_)) => "timestamptz",
        Timestamp(_, None) => "timestamp",
        List(item) | LargeList(item) => return format!("{}[]", sql_type(item)),
        other => return other.to_string().to_lowercase(),
    };
    name.to_owned()
}

/// The columns that every table of a state's contents begins with.
pub(super) static OF_STATE: [Column; 2] = [
    Column::of_file(
        "state_id",
        Kind::Text,
        "The state's id, as in states.id.",
        |file| text_scalar(&file.id),
    ),
    Column::of_file(
        "state",
        Kind::Text,
        "The state's name, as in states.name.",
        |file| text_scalar(&file.name),
    ),
];

/// A text as a scalar.
pub(super) fn text_scalar(text: &str) -> ScalarValue {
    ScalarValue::Utf8View(Some(text.to_owned()))
}

/// A moment as a scalar.
pub(super) fn timestamp_scalar(time: Option<SystemTime>) -> ScalarValue {
    ScalarValue::TimestampMicrosecond(time.and_then(micros), Some("UTC".into()))
}

/// A moment in microseconds since 1970; `None` before that.
pub fn micros(time: SystemTime) -> Option<i64> {
    let elapsed = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(elapsed.as_micros()).ok()
}

/// A column of moments.
pub(super) fn timestamps(values: impl Iterator<Item = Option<SystemTime>>) -> ArrayRef {
    let moments: TimestampMicrosecondArray = values.map(|time| time.and_then(micros)).collect();
    Arc::new(moments.with_timezone("UTC"))
}

/// A column of text or JSON.
pub(super) fn texts<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.collect::<StringViewArray>())
}

/// A column of text that no row lacks.
pub(super) fn all_texts<T: AsRef<str>>(values: impl Iterator<Item = T>) -> ArrayRef {
    texts(values.map(Some))
}

/// What `makers` make, in their order, by so many threads.
pub(super) fn by_threads(
    threads: NonZeroUsize,
    makers: &[&(dyn Fn() -> ArrayRef + Sync)],
) -> Vec<ArrayRef> {
    parallel::map(threads, makers, || (), |(), make| make())
}

/// A column of counts.
pub(super) fn counts(values: impl Iterator<Item = usize>) -> ArrayRef {
    let count = |value| i64::try_from(value).unwrap_or(i64::MAX);
    Arc::new(values.map(count).map(Some).collect::<Int64Array>())
}

/// Counts that are not known.
pub(super) fn no_counts(rows: usize) -> ArrayRef {
    new_null_array(&DataType::Int64, rows)
}

/// A column of numbers; those above 2^63 - 1, which no Terraform has counted up to, are NULL.
pub(super) fn numbers(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    let number = |value: Option<u64>| value.and_then(|value| i64::try_from(value).ok());
    Arc::new(values.map(number).collect::<Int64Array>())
}

/// A column of truth values.
pub(super) fn booleans(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

/// A column of moments, of texts in RFC 3339; NULL of others.
pub(super) fn written_timestamps<'t>(texts: impl Iterator<Item = Option<&'t str>>) -> ArrayRef {
    let moment = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let moments = texts.map(|text| Some(moment(text?)?.as_microsecond()));
    Arc::new(
        moments
            .collect::<TimestampMicrosecondArray>()
            .with_timezone("UTC"),
    )
}

/// A column of lists of texts.
pub(super) fn text_lists(values: impl Iterator<Item = Vec<String>>) -> ArrayRef {
    optional_text_lists(values.map(Some))
}

/// A column of lists of texts that some rows lack.
pub(super) fn optional_text_lists(values: impl Iterator<Item = Option<Vec<String>>>) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    values.for_each(|texts| builder.append_option(texts.map(|texts| texts.into_iter().map(Some))));
    Arc::new(builder.finish())
}

/// What a table answers for a name that is none of its columns: NULLs.
pub(super) fn nulls(rows: usize) -> ArrayRef {
    new_null_array(&DataType::Utf8View, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Array;

    #[test]
    fn arrays_have_the_type_their_kind_says() {
        assert_eq!(
            texts([Some("a"), None].into_iter()).data_type(),
            &Kind::Text.data_type()
        );
        assert_eq!(
            counts([1].into_iter()).data_type(),
            &Kind::BigInt.data_type()
        );
        assert_eq!(
            numbers([Some(u64::MAX)].into_iter()).data_type(),
            &Kind::BigInt.data_type()
        );
        assert_eq!(
            booleans([true].into_iter()).data_type(),
            &Kind::Boolean.data_type()
        );
        assert_eq!(
            text_lists([vec![]].into_iter()).data_type(),
            &Kind::TextList.data_type()
        );
        assert_eq!(
            timestamp_scalar(None).data_type(),
            Kind::Timestamp.data_type()
        );
    }

    #[test]
    fn a_column_is_called_the_same_by_its_kind_and_by_its_arrow_type() {
        for kind in [
            Kind::Text,
            Kind::Json,
            Kind::BigInt,
            Kind::Double,
            Kind::Boolean,
            Kind::Timestamp,
            Kind::TextList,
        ] {
            let column = Column::of_rows("a", kind, "");
            assert_eq!(sql_type(&column.field()), kind.sql_name());
        }
    }
}
