//! Attributes as the values of a typed column.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, StringViewBuilder};
use serde_json::{Number, Value};

use crate::engine::tables::column::Kind;

/// The values of a column, one after another.
pub(super) enum Values {
    Text(StringViewBuilder),
    Json(StringViewBuilder),
    BigInt(Int64Builder),
    Double(Float64Builder),
    Boolean(BooleanBuilder),
}

impl Values {
    /// None yet, of a column of some kind that will have `rows` of them.
    pub(super) fn of(kind: Kind, rows: usize) -> Values {
        match kind {
            Kind::Json => Values::Json(StringViewBuilder::with_capacity(rows)),
            Kind::BigInt => Values::BigInt(Int64Builder::with_capacity(rows)),
            Kind::Double => Values::Double(Float64Builder::with_capacity(rows)),
            Kind::Boolean => Values::Boolean(BooleanBuilder::with_capacity(rows)),
            Kind::Text | Kind::Timestamp | Kind::TextList => {
                Values::Text(StringViewBuilder::with_capacity(rows))
            }
        }
    }

    /// Adds a value as it is; `false` says that the column's type cannot hold it.
    pub(super) fn append(&mut self, value: &Value) -> bool {
        match (self, value) {
            (values, Value::Null) => values.append_null(),
            (Values::Text(values), Value::String(text)) => values.append_value(text),
            (Values::Text(values) | Values::Json(values), value) => {
                values.append_value(value.to_string());
            }
            (Values::BigInt(values), Value::Number(number)) => match number.as_i64() {
                Some(number) => values.append_value(number),
                None => return false,
            },
            (Values::Double(values), Value::Number(number)) => match double(number) {
                Some(number) => values.append_value(number),
                None => return false,
            },
            (Values::Boolean(values), Value::Bool(truth)) => values.append_value(*truth),
            (Values::BigInt(_) | Values::Double(_) | Values::Boolean(_), _) => return false,
        }
        true
    }

    fn append_null(&mut self) {
        match self {
            Values::Text(values) | Values::Json(values) => values.append_null(),
            Values::BigInt(values) => values.append_null(),
            Values::Double(values) => values.append_null(),
            Values::Boolean(values) => values.append_null(),
        }
    }

    /// The column.
    pub(super) fn finish(self) -> ArrayRef {
        match self {
            Values::Text(mut values) | Values::Json(mut values) => Arc::new(values.finish()),
            Values::BigInt(mut values) => Arc::new(values.finish()),
            Values::Double(mut values) => Arc::new(values.finish()),
            Values::Boolean(mut values) => Arc::new(values.finish()),
        }
    }
}

/// A number as a double, where that is the number as it is written: the digits that tell the double
/// from its neighbours are the number's own.
pub(super) fn double(number: &Number) -> Option<f64> {
    let text = number.to_string();
    let value: f64 = text.parse().ok()?;
    (value.is_finite() && Decimal::of(&format!("{value:e}")) == Decimal::of(&text)).then_some(value)
}

/// A number's digits without zeros around them, and the power of ten of the last one.
#[derive(Debug, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    power: i64,
}

impl Decimal {
    /// Reads a number as JSON writes it; `None` where its power of ten is beyond all sense.
    fn of(text: &str) -> Option<Decimal> {
        let (mantissa, power) = match text.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let unsigned = mantissa.trim_start_matches('-');
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all = format!("{whole}{fraction}");
        let kept = all.trim_end_matches('0');
        let digits = kept.trim_start_matches('0');
        let dropped = i64::try_from(all.len() - kept.len()).ok()?;
        let scale = i64::try_from(fraction.len()).ok()?;
        Some(match digits {
            "" => Decimal {
                negative: false,
                digits: String::new(),
                power: 0,
            },
            digits => Decimal {
                negative: unsigned.len() < mantissa.len(),
                digits: digits.to_owned(),
                power: i64::from(power) + dropped - scale,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::Int64Type;

    fn number(text: &str) -> Number {
        serde_json::from_str(text).expect("a number")
    }

    #[test]
    fn a_double_is_the_number_as_it_is_written() {
        for text in [
            "0",
            "0.0",
            "-0.0",
            "0e5",
            "1",
            "-1",
            "0.1",
            "100",
            "1.50",
            "1e3",
            "1E+3",
            "123e-2",
            "1e21",
            "5e-324",
            "1.7976931348623157e308",
            "10000000000000000000",
        ] {
            assert!(double(&number(text)).is_some(), "{text}");
        }
        for text in [
            "9007199254740993",
            "18446744073709551615",
            "18446744073709551616",
            "0.1000000000000000055511151231257827",
            "1e400",
            "-1e400",
            "1e-400",
            "1e99999999999",
        ] {
            assert_eq!(double(&number(text)), None, "{text}");
        }
    }

    #[test]
    fn values_keep_their_type_and_null() {
        let mut values = Values::of(Kind::BigInt, 2);
        assert!(values.append(&Value::from(7)) && values.append(&Value::Null));
        let array = values.finish();
        assert_eq!(array.as_primitive::<Int64Type>().value(0), 7);
        assert!(array.is_null(1));
        assert_eq!(array.data_type(), &Kind::BigInt.data_type());
    }

    #[test]
    fn text_is_plain_and_everything_else_in_it_is_compact_json() {
        let mut text = Values::of(Kind::Text, 4);
        for value in ["\"a\"", "1.50", "true", "{\"a\": [1]}"] {
            assert!(text.append(&serde_json::from_str(value).expect("JSON")));
        }
        let text = text.finish();
        let text: Vec<_> = text.as_string_view().iter().flatten().collect();
        assert_eq!(text, ["a", "1.50", "true", r#"{"a":[1]}"#]);
        let mut json = Values::of(Kind::Json, 1);
        assert!(json.append(&Value::from("a")));
        assert_eq!(json.finish().as_string_view().value(0), "\"a\"");
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused() {
        for (kind, value) in [
            (Kind::BigInt, "1.5"),
            (Kind::BigInt, "9223372036854775808"),
            (Kind::BigInt, "\"1\""),
            (Kind::Double, "9007199254740993"),
            (Kind::Double, "true"),
            (Kind::Boolean, "\"true\""),
            (Kind::Boolean, "[]"),
        ] {
            let value = serde_json::from_str(value).expect("JSON");
            assert!(!Values::of(kind, 1).append(&value), "{kind:?} {value}");
        }
    }
}
