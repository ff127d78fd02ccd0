//! One JSON object per line.

use arrow::datatypes::Schema;
use arrow::error::ArrowError;

use super::rows::RowFormat;
use super::values::Values;
use super::{json_text, names};

/// One object per line, every column present, NULL as `null`.
pub(super) struct Ndjson {
    keys: Vec<String>,
}

impl Ndjson {
    /// Columns of the same name are told apart by a number: `id`, `id_2`.
    pub(super) fn new(schema: &Schema) -> Self {
        let names = names::unique(schema.fields().iter().map(|field| field.name().as_str()));
        Self {
            keys: names.iter().map(|name| json_text::key(name)).collect(),
        }
    }

    /// Appends a row's object, no line end.
    pub(super) fn object(
        &self,
        columns: &[Values<'_>],
        row: usize,
        out: &mut String,
    ) -> Result<(), ArrowError> {
        out.push('{');
        for (n, (key, values)) in self.keys.iter().zip(columns).enumerate() {
            if n > 0 {
                out.push(',');
            }
            out.push_str(key);
            values.write_json(row, out)?;
        }
        out.push('}');
        Ok(())
    }
}

impl RowFormat for Ndjson {
    fn start(&mut self, _out: &mut String) {}

    fn row(
        &mut self,
        _number: u64,
        columns: &[Values<'_>],
        row: usize,
        out: &mut String,
    ) -> Result<(), ArrowError> {
        self.object(columns, row, out)?;
        out.push('\n');
        Ok(())
    }

    fn end(&mut self, _rows: u64, _out: &mut String) {}
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, UInt64Array};
    use proptest::prelude::*;
    use serde_json::Value;

    use crate::output::{Format, sample};

    #[test]
    fn every_type_is_written() {
        let expected = [
            r#"{"int":9223372036854775807,"big":18446744073709551615,"#,
            r#""price":123456789012345678.9012,"ratio":0.1,"ok":true,"#,
            r#""text":"a, \"b\"\nc | d\\e <f>&","city":"Zürich 東京 👩‍👧","#,
            r#""tags":["a",null,"b,\"c\""],"point":{"x":1,"y":"é"},"labels":{"env":"prod"},"#,
            r#""kind":"managed","doc":{"b":[1,2.50],"a":18446744073709551616},"#,
            r#""at":"2023-11-14T22:13:20.123456Z","day":"2023-11-14","raw":"\\x00ff"}"#,
            "\n",
            r#"{"int":-1,"big":0,"price":-0.0500,"ratio":"NaN","ok":false,"text":"","#,
            r#""city":"\u001b[31mred\t\u202ex","tags":[],"point":{"x":null,"y":""},"labels":{},"#,
            r#""kind":"data","doc":"not json","#,
            r#""at":"2023-11-14T22:13:20Z","day":"1969-12-31","raw":"\\x"}"#,
            "\n",
            r#"{"int":null,"big":null,"price":null,"ratio":null,"ok":null,"text":null,"#,
            r#""city":null,"tags":null,"point":null,"labels":null,"kind":null,"doc":null,"#,
            r#""at":null,"day":null,"raw":null}"#,
            "\n",
        ];
        assert_eq!(
            sample::text(Format::Ndjson, &[sample::every_type()]),
            expected.concat()
        );
    }

    #[test]
    fn no_rows_are_nothing() {
        assert_eq!(sample::text(Format::Ndjson, &[sample::texts("a", &[])]), "");
    }

    #[test]
    fn columns_of_one_name_are_numbered() {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let batch = sample::batch(vec![("a", Arc::clone(&column)), ("a", column)]);
        assert_eq!(
            sample::text(Format::Ndjson, &[batch]),
            "{\"a\":1,\"a_2\":1}\n"
        );
    }

    proptest! {
        #[test]
        fn values_read_back_equal(
            text in prop::option::of(any::<String>()),
            int in any::<i64>(),
            big in any::<u64>(),
            float in any::<f64>(),
            name in any::<String>(),
        ) {
            let batch = sample::batch(vec![
                ("text", Arc::new(StringArray::from(vec![text.clone()]))),
                ("int", Arc::new(Int64Array::from(vec![int]))),
                ("big", Arc::new(UInt64Array::from(vec![big]))),
                ("float", Arc::new(Float64Array::from(vec![float]))),
                (&format!("_{name}"), Arc::new(Int64Array::from(vec![1]))),
            ]);
            let written = sample::text(Format::Ndjson, &[batch]);
            prop_assert_eq!(written.lines().count(), 1);
            let read: Value = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(&read["text"], &text.map_or(Value::Null, Value::String));
            prop_assert_eq!(read["int"].as_i64(), Some(int));
            prop_assert_eq!(read["big"].as_u64(), Some(big));
            if float.is_finite() {
                prop_assert_eq!(read["float"].as_f64(), Some(float));
            } else {
                prop_assert!(read["float"].is_string());
            }
            prop_assert_eq!(read[format!("_{name}")].as_i64(), Some(1));
        }
    }
}
