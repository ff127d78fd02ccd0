//! One `column = value` per line, for rows too wide for a table.

use arrow::datatypes::Schema;
use arrow::error::ArrowError;

use super::rows::RowFormat;
use super::terminal::{push_visible, visible};
use super::values::Values;
use super::{Style, row_count, widths};

/// Names aligned to the right, records separated by an empty line, nothing ever cut.
pub(super) struct Line {
    /// Each name padded, with ` = `.
    labels: Vec<String>,
    null: &'static str,
    footer: bool,
    scratch: String,
}

impl Line {
    pub(super) fn new(schema: &Schema, style: &Style) -> Self {
        let names: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| visible(field.name()).into_owned())
            .collect();
        let widths = widths::of_each(&names);
        let widest = widths.iter().copied().max().unwrap_or_default();
        let labels = names
            .iter()
            .zip(widths)
            .map(|(name, width)| {
                let padding = " ".repeat(widest - width);
                if style.color {
                    format!("{padding}\x1b[1m{name}\x1b[0m = ")
                } else {
                    format!("{padding}{name} = ")
                }
            })
            .collect();
        let null = if style.color {
            "\x1b[2mNULL\x1b[0m"
        } else {
            "NULL"
        };
        Self {
            labels,
            null,
            footer: style.footer,
            scratch: String::new(),
        }
    }
}

impl RowFormat for Line {
    fn start(&mut self, _out: &mut String) {}

    fn row(
        &mut self,
        number: u64,
        columns: &[Values<'_>],
        row: usize,
        out: &mut String,
    ) -> Result<(), ArrowError> {
        if number > 0 && !columns.is_empty() {
            out.push('\n');
        }
        for (label, values) in self.labels.iter().zip(columns) {
            out.push_str(label);
            match values.text(row, &mut self.scratch)? {
                Some(text) => text.chars().for_each(|c| push_visible(c, out)),
                None => out.push_str(self.null),
            }
            out.push('\n');
        }
        Ok(())
    }

    fn end(&mut self, rows: u64, out: &mut String) {
        if self.footer {
            if rows > 0 && !self.labels.is_empty() {
                out.push('\n');
            }
            out.push_str(&format!("({})", row_count(rows)));
            out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Format, sample};

    #[test]
    fn every_type_has_a_line() {
        let expected = r#"
   int = 9223372036854775807
   big = 18446744073709551615
 price = 123456789012345678.9012
 ratio = 0.1
    ok = true
  text = a, "b"\nc | d\e <f>&
  city = Zürich 東京 👩‍👧
  tags = ["a",null,"b,\"c\""]
 point = {"x":1,"y":"é"}
labels = {"env":"prod"}
  kind = managed
   doc = {"b":[1,2.50],"a":18446744073709551616}
    at = 2023-11-14T22:13:20.123456Z
   day = 2023-11-14
   raw = \x00ff
"#;
        let text = sample::text(Format::Line, &[sample::every_type().slice(0, 1)]);
        assert_eq!(text, expected[1..]);
    }

    #[test]
    fn controls_are_spelled_out_and_null_is_named() {
        let text = sample::text(Format::Line, &[sample::every_type()]);
        assert!(text.contains("\n  city = \\x1b[31mred\\t\\u{202e}x\n"));
        assert!(text.ends_with("\n   raw = NULL\n"));
    }

    #[test]
    fn records_are_separated_over_batches() {
        let batches = [
            sample::texts("a", &[Some("1"), Some("")]),
            sample::texts("a", &[]),
            sample::texts("a", &[None]),
        ];
        assert_eq!(
            sample::text(Format::Line, &batches),
            "a = 1\n\na = \n\na = NULL\n"
        );
    }

    #[test]
    fn the_footer_counts_rows() {
        let style = Style {
            footer: true,
            ..Style::default()
        };
        let text = |texts| sample::styled(Format::Line, &[sample::texts("a", texts)], &style);
        assert_eq!(text(&[]), "(0 rows)\n");
        assert_eq!(text(&[Some("1")]), "a = 1\n\n(1 row)\n");
    }

    #[test]
    fn color_makes_names_bold_and_null_dim() {
        let style = Style {
            color: true,
            ..Style::default()
        };
        let text = sample::styled(Format::Line, &[sample::texts("a", &[None])], &style);
        assert_eq!(text, "\x1b[1ma\x1b[0m = \x1b[2mNULL\x1b[0m\n");
    }
}
