//! Functions that ask about a JSON value or rewrite it: its type, its length, without nulls, indented.

use std::sync::Arc;

use datafusion::arrow::array::{Int32Builder, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::{ScalarFunctionArgs, ScalarUDF};

use super::scalar::{TextArgument, first_is_text, fixed, json_of_text, text_of_text};
use super::text::{self, Kind};

/// `jsonb_typeof(json)`: `object`, `array`, `string`, `number`, `boolean` or `null`.
pub fn type_of() -> Arc<ScalarUDF> {
    fixed("json_typeof", &["jsonb_typeof"], 1, text_of_text, |args| {
        rows(args, |json| {
            Kind::of(json).map(|kind| kind.name().to_owned())
        })
    })
}

/// `jsonb_array_length(json)`: how many elements an array has; NULL for anything else.
pub fn array_length() -> Arc<ScalarUDF> {
    fixed(
        "json_array_length",
        &["jsonb_array_length"],
        1,
        |name, args| {
            first_is_text(name, args)?;
            Ok(Field::new(name, DataType::Int32, true))
        },
        |args| {
            let json = TextArgument::new(args, 0)?;
            let mut out = Int32Builder::with_capacity(args.number_rows);
            for row in 0..args.number_rows {
                let length = json
                    .get(row)
                    .and_then(text::elements)
                    .map(|elements| elements.len());
                out.append_option(length.and_then(|length| i32::try_from(length).ok()));
            }
            Ok(Arc::new(out.finish()))
        },
    )
}

/// `jsonb_strip_nulls(json)`: without the members that are null, at every depth.
pub fn strip_nulls() -> Arc<ScalarUDF> {
    fixed(
        "json_strip_nulls",
        &["jsonb_strip_nulls"],
        1,
        json_of_text,
        |args| rows(args, text::strip_nulls),
    )
}

/// `jsonb_pretty(json)`: indented, as text.
pub fn pretty() -> Arc<ScalarUDF> {
    fixed("jsonb_pretty", &["json_pretty"], 1, text_of_text, |args| {
        rows(args, text::pretty)
    })
}

fn rows(
    args: &ScalarFunctionArgs,
    read: fn(&str) -> Option<String>,
) -> Result<datafusion::arrow::array::ArrayRef> {
    let json = TextArgument::new(args, 0)?;
    let mut out = StringViewBuilder::with_capacity(args.number_rows);
    for row in 0..args.number_rows {
        out.append_option(json.get(row).and_then(read));
    }
    Ok(Arc::new(out.finish()))
}
