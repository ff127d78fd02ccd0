//! `a || b` where both are JSON: objects merged, arrays joined.

use std::sync::Arc;

use datafusion::arrow::array::StringViewBuilder;
use datafusion::logical_expr::ScalarUDF;

use super::scalar::{TextArgument, fixed, json_of_text};
use super::text::{self, Kind, write_quoted};

/// `json_concat(a, b)`: what `||` gives for two JSON values.
pub fn concat() -> Arc<ScalarUDF> {
    fixed("json_concat", &["jsonb_concat"], 2, json_of_text, |args| {
        let left = TextArgument::new(args, 0)?;
        let right = TextArgument::new(args, 1)?;
        let mut out = StringViewBuilder::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            let both = left.get(row).zip(right.get(row));
            out.append_option(both.and_then(|(left, right)| joined(left, right)));
        }
        Ok(Arc::new(out.finish()))
    })
}

fn joined(left: &str, right: &str) -> Option<String> {
    let mut out = String::with_capacity(left.len() + right.len());
    if let (Kind::Object, Kind::Object) = (Kind::of(left)?, Kind::of(right)?) {
        let right = text::entries(right)?;
        let mut members = text::entries(left)?;
        members.retain(|(key, _)| !right.iter().any(|(name, _)| name == key));
        members.extend(right);
        out.push('{');
        for (index, (key, value)) in members.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            write_quoted(&mut out, key);
            out.push(':');
            out.push_str(value);
        }
        out.push('}');
    } else {
        let mut elements = text::elements(left).unwrap_or_else(|| vec![left]);
        elements.extend(text::elements(right).unwrap_or_else(|| vec![right]));
        out.push('[');
        out.push_str(&elements.join(","));
        out.push(']');
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_object_wins() {
        assert_eq!(
            joined(r#"{"a":1,"b":2}"#, r#"{"a":3}"#).as_deref(),
            Some(r#"{"b":2,"a":3}"#)
        );
    }

    #[test]
    fn anything_else_becomes_an_array() {
        assert_eq!(joined("[1]", "2").as_deref(), Some("[1,2]"));
        assert_eq!(joined("1", r#"{"a":1}"#).as_deref(), Some(r#"[1,{"a":1}]"#));
    }
}
