//! An HTML `<table>` element, to put into a page.

use arrow::datatypes::Schema;
use arrow::error::ArrowError;

use super::rows::RowFormat;
use super::terminal::push_visible;
use super::values::{self, Values};

/// One `<table>`, a line per row. Cells of numbers have the class `num`, NULL has the class `null`.
pub(super) struct Html {
    names: Vec<String>,
    numbers: Vec<bool>,
    scratch: String,
}

impl Html {
    pub(super) fn new(schema: &Schema) -> Self {
        Self {
            names: values::names_of(schema),
            numbers: values::are_numbers(schema),
            scratch: String::new(),
        }
    }
}

impl RowFormat for Html {
    fn start(&mut self, out: &mut String) {
        out.push_str("<table>\n<thead>\n<tr>");
        for (name, number) in self.names.iter().zip(&self.numbers) {
            out.push_str(if *number {
                "<th class=\"num\">"
            } else {
                "<th>"
            });
            write_text(name, out);
            out.push_str("</th>");
        }
        out.push_str("</tr>\n</thead>\n<tbody>\n");
    }

    fn row(
        &mut self,
        _number: u64,
        columns: &[Values<'_>],
        row: usize,
        out: &mut String,
    ) -> Result<(), ArrowError> {
        out.push_str("<tr>");
        for (values, number) in columns.iter().zip(&self.numbers) {
            match values.text(row, &mut self.scratch)? {
                Some(text) => {
                    out.push_str(if *number {
                        "<td class=\"num\">"
                    } else {
                        "<td>"
                    });
                    write_text(text, out);
                }
                None => out.push_str("<td class=\"null\">"),
            }
            out.push_str("</td>");
        }
        out.push_str("</tr>\n");
        Ok(())
    }

    fn end(&mut self, _rows: u64, out: &mut String) {
        out.push_str("</tbody>\n</table>\n");
    }
}

/// Appends text with every character escaped that HTML knows. A line end is a break, other control
/// characters (which HTML forbids, even as references) and bidi controls are spelled out.
fn write_text(text: &str, out: &mut String) {
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>"),
            '\t' => out.push('\t'),
            c => push_visible(c, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};

    use crate::output::{Format, sample};

    #[test]
    fn numbers_and_null_have_classes_and_text_is_escaped() {
        let batch = sample::batch(vec![
            ("n", Arc::new(Int64Array::from(vec![Some(1), None]))),
            (
                "<b>",
                Arc::new(StringArray::from(vec![
                    "<script>'\"&\r\n\t\u{1b}\u{202e}",
                    "",
                ])),
            ),
        ]);
        let expected = "<table>\n<thead>\n\
            <tr><th class=\"num\">n</th><th>&lt;b&gt;</th></tr>\n\
            </thead>\n<tbody>\n\
            <tr><td class=\"num\">1</td>\
            <td>&lt;script&gt;&#39;&quot;&amp;<br>\t\\x1b\\u{202e}</td></tr>\n\
            <tr><td class=\"null\"></td><td></td></tr>\n\
            </tbody>\n</table>\n";
        assert_eq!(sample::text(Format::Html, &[batch]), expected);
    }

    #[test]
    fn every_type_is_written() {
        let text = sample::text(Format::Html, &[sample::every_type()]);
        let row = "<tr><td class=\"num\">9223372036854775807</td>\
            <td class=\"num\">18446744073709551615</td>\
            <td class=\"num\">123456789012345678.9012</td><td class=\"num\">0.1</td>\
            <td>true</td><td>a, &quot;b&quot;<br>c | d\\e &lt;f&gt;&amp;</td>\
            <td>Zürich 東京 👩\u{200d}👧</td>\
            <td>[&quot;a&quot;,null,&quot;b,\\&quot;c\\&quot;&quot;]</td>\
            <td>{&quot;x&quot;:1,&quot;y&quot;:&quot;é&quot;}</td>\
            <td>{&quot;env&quot;:&quot;prod&quot;}</td><td>managed</td>\
            <td>{&quot;b&quot;:[1,2.50],&quot;a&quot;:18446744073709551616}</td>\
            <td>2023-11-14T22:13:20.123456Z</td><td>2023-11-14</td><td>\\x00ff</td></tr>";
        assert_eq!(text.lines().nth(5), Some(row));
    }

    #[test]
    fn no_rows_are_a_table_with_a_header() {
        let text = sample::text(Format::Html, &[sample::texts("a", &[])]);
        let expected =
            "<table>\n<thead>\n<tr><th>a</th></tr>\n</thead>\n<tbody>\n</tbody>\n</table>\n";
        assert_eq!(text, expected);
    }
}
