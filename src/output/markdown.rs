//! A table in GitHub Flavored Markdown.

use arrow::datatypes::Schema;
use arrow::error::ArrowError;

use super::rows::RowFormat;
use super::terminal::push_visible;
use super::values::{self, Values};

/// A header row, a delimiter row that aligns numbers to the right, then one row per row.
///
/// NULL and empty text are both empty cells. A result without columns is no table: nothing.
pub(super) struct Markdown {
    names: Vec<String>,
    numbers: Vec<bool>,
    scratch: String,
}

impl Markdown {
    pub(super) fn new(schema: &Schema) -> Self {
        Self {
            names: values::names_of(schema),
            numbers: values::are_numbers(schema),
            scratch: String::new(),
        }
    }
}

impl RowFormat for Markdown {
    fn start(&mut self, out: &mut String) {
        if self.names.is_empty() {
            return;
        }
        out.push('|');
        for name in &self.names {
            out.push(' ');
            write_cell(name, out);
            out.push_str(" |");
        }
        out.push_str("\n|");
        for number in &self.numbers {
            out.push_str(if *number { " ---: |" } else { " --- |" });
        }
        out.push('\n');
    }

    fn row(
        &mut self,
        _number: u64,
        columns: &[Values<'_>],
        row: usize,
        out: &mut String,
    ) -> Result<(), ArrowError> {
        if columns.is_empty() {
            return Ok(());
        }
        out.push('|');
        for values in columns {
            out.push(' ');
            if let Some(text) = values.text(row, &mut self.scratch)? {
                write_cell(text, out);
            }
            out.push_str(" |");
        }
        out.push('\n');
        Ok(())
    }

    fn end(&mut self, _rows: u64, _out: &mut String) {}
}

/// Appends text so that it renders as itself: what Markdown or HTML would act on is escaped, a line
/// end is a break, other control characters are spelled out.
///
/// Underscores inside words stay as they are: GitHub leaves them alone there, and Terraform's names
/// are full of them.
fn write_cell(text: &str, out: &mut String) {
    let mut spelled = String::new();
    let mut after_word = false;
    let mut previous = ' ';
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\n' => out.push_str("<br>"),
            '|' | '`' | '*' | '~' | '<' | '&' => out.extend(['\\', c]),
            // The second half of a link: `[text](target)`.
            '(' if previous == ']' => out.push_str("\\("),
            '_' if !after_word => out.push_str("\\_"),
            c => {
                spelled.clear();
                push_visible(c, &mut spelled);
                out.push_str(&spelled.replace('\\', "\\\\"));
            }
        }
        if c != '_' {
            after_word = c.is_alphanumeric();
        }
        previous = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Format, sample};

    fn cell(text: &str) -> String {
        let mut out = String::new();
        write_cell(text, &mut out);
        out
    }

    #[test]
    fn what_would_break_the_table_is_escaped() {
        assert_eq!(cell("a|b\nc\r\nd\\e\tf"), "a\\|b<br>c<br>d\\\\e\\\\tf");
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            cell("*a* `b` <i>&amp;~~c~~"),
            "\\*a\\* \\`b\\` \\<i>\\&amp;\\~\\~c\\~\\~"
        );
        assert_eq!(cell("[a](b)"), "[a]\\(b)");
    }

    #[test]
    fn addresses_stay_readable() {
        assert_eq!(
            cell("module.a[\"x\"].aws_instance.web__1[0]"),
            "module.a[\"x\"].aws_instance.web__1[0]"
        );
        assert_eq!(cell("__a__"), "\\_\\_a__");
    }

    #[test]
    fn every_type_is_written() {
        let expected = [
            "| int | big | price | ratio | ok | text | city | tags | point | labels | kind | doc \
             | at | day | raw |\n",
            "| ---: | ---: | ---: | ---: | --- | --- | --- | --- | --- | --- | --- | --- \
             | --- | --- | --- |\n",
            "| 9223372036854775807 | 18446744073709551615 | 123456789012345678.9012 | 0.1 | true ",
            "| a, \"b\"<br>c \\| d\\\\e \\<f>\\& | Zürich 東京 👩\u{200d}👧 ",
            "| [\"a\",null,\"b,\\\\\"c\\\\\"\"] | {\"x\":1,\"y\":\"é\"} | {\"env\":\"prod\"} ",
            "| managed | {\"b\":[1,2.50],\"a\":18446744073709551616} ",
            "| 2023-11-14T22:13:20.123456Z | 2023-11-14 | \\\\x00ff |\n",
            "| -1 | 0 | -0.0500 | NaN | false |  | \\\\x1b[31mred\\\\t\\\\u{202e}x | [] ",
            "| {\"x\":null,\"y\":\"\"} | {} | data | not json ",
            "| 2023-11-14T22:13:20Z | 1969-12-31 | \\\\x |\n",
            "|  |  |  |  |  |  |  |  |  |  |  |  |  |  |  |\n",
        ];
        assert_eq!(
            sample::text(Format::Markdown, &[sample::every_type()]),
            expected.concat()
        );
    }

    #[test]
    fn no_rows_are_a_header() {
        let text = sample::text(Format::Markdown, &[sample::texts("a|b", &[])]);
        assert_eq!(text, "| a\\|b |\n| --- |\n");
    }
}
