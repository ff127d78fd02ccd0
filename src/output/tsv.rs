//! Tab-separated values, as PostgreSQL's COPY writes and reads its text format.

use arrow::datatypes::Schema;

use super::delimited::Delimited;

/// A header, then one line per row. NULL is `\N`; tabs, line ends and backslashes are escaped.
pub(super) fn tsv(schema: &Schema) -> Delimited {
    Delimited::new(schema, '\t', "\\N", write_field)
}

// PostgreSQL: "File Formats, Text Format" of the COPY page.
fn write_field(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::output::{Format, sample};

    #[test]
    fn every_type_is_written() {
        let expected = [
            "int\tbig\tprice\tratio\tok\ttext\tcity\ttags\tpoint\tlabels\tkind\tdoc\tat\tday\traw\n",
            "9223372036854775807\t18446744073709551615\t123456789012345678.9012\t0.1\ttrue\t",
            "a, \"b\"\\nc | d\\\\e <f>&\tZürich 東京 👩\u{200d}👧\t[\"a\",null,\"b,\\\\\"c\\\\\"\"]\t",
            "{\"x\":1,\"y\":\"é\"}\t{\"env\":\"prod\"}\tmanaged\t",
            "{\"b\":[1,2.50],\"a\":18446744073709551616}\t",
            "2023-11-14T22:13:20.123456Z\t2023-11-14\t\\\\x00ff\n",
            "-1\t0\t-0.0500\tNaN\tfalse\t\t\u{1b}[31mred\\t\u{202e}x\t[]\t",
            "{\"x\":null,\"y\":\"\"}\t{}\tdata\tnot json\t",
            "2023-11-14T22:13:20Z\t1969-12-31\t\\\\x\n",
            "\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\n",
        ];
        assert_eq!(
            sample::text(Format::Tsv, &[sample::every_type()]),
            expected.concat()
        );
    }

    #[test]
    fn no_rows_are_a_header() {
        assert_eq!(
            sample::text(Format::Tsv, &[sample::texts("a\tb", &[])]),
            "a\\tb\n"
        );
    }

    #[test]
    fn batches_share_one_header() {
        let batches = [
            sample::texts("a", &[Some("1")]),
            sample::texts("a", &[Some("2")]),
        ];
        assert_eq!(sample::text(Format::Tsv, &batches), "a\n1\n2\n");
    }

    /// A field as PostgreSQL reads it.
    fn read(field: &str) -> Option<String> {
        if field == "\\N" {
            return None;
        }
        let mut text = String::new();
        let mut chars = field.chars();
        while let Some(c) = chars.next() {
            text.push(match c {
                '\\' => match chars.next() {
                    Some('b') => '\u{8}',
                    Some('f') => '\u{c}',
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some('v') => '\u{b}',
                    Some(c) => c,
                    None => panic!("a backslash at the end"),
                },
                c => c,
            });
        }
        Some(text)
    }

    proptest! {
        #[test]
        fn text_and_null_read_back(text in prop::option::of(any::<String>())) {
            let batch = sample::texts("a", &[text.as_deref()]);
            let written = sample::text(Format::Tsv, &[batch]);
            let lines: Vec<&str> = written.split('\n').collect();
            prop_assert_eq!(lines.len(), 3);
            prop_assert_eq!(read(lines[1]), text);
        }
    }
}
