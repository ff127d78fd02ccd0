//! Comma-separated values: RFC 4180 with line feeds, and PostgreSQL's way to tell NULL from "".

use arrow::datatypes::Schema;

use super::delimited::Delimited;

/// A header, then one record per row. NULL is an empty field, empty text is `""`.
///
/// As in PostgreSQL's `COPY ... CSV`, a NULL that is alone in its row is an empty line.
pub(super) fn csv(schema: &Schema) -> Delimited {
    Delimited::new(schema, ',', "", write_field)
}

fn write_field(text: &str, out: &mut String) {
    // PostgreSQL before 17 takes `\.` for the end of the data unless it is quoted.
    let quoted = text.is_empty()
        || text == "\\."
        || text.contains([',', '"', '\n', '\r'])
        || text.starts_with([' ', '\t'])
        || text.ends_with([' ', '\t']);
    if !quoted {
        return out.push_str(text);
    }
    out.push('"');
    for (n, part) in text.split('"').enumerate() {
        if n > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::output::{Format, sample};

    #[test]
    fn every_type_is_written() {
        let expected = concat!(
            "int,big,price,ratio,ok,text,city,tags,point,labels,kind,doc,at,day,raw\n",
            "9223372036854775807,18446744073709551615,123456789012345678.9012,0.1,true,",
            "\"a, \"\"b\"\"\nc | d\\e <f>&\",Zürich 東京 👩\u{200d}👧,",
            r#""[""a"",null,""b,\""c\""""]","{""x"":1,""y"":""é""}","{""env"":""prod""}",managed,"#,
            r#""{""b"":[1,2.50],""a"":18446744073709551616}","#,
            "2023-11-14T22:13:20.123456Z,2023-11-14,\\x00ff\n",
            "-1,0,-0.0500,NaN,false,\"\",\u{1b}[31mred\t\u{202e}x,[],",
            r#""{""x"":null,""y"":""""}",{},data,not json,"#,
            "2023-11-14T22:13:20Z,1969-12-31,\\x\n",
            ",,,,,,,,,,,,,,\n",
        );
        assert_eq!(sample::text(Format::Csv, &[sample::every_type()]), expected);
    }

    #[test]
    fn no_rows_are_a_header() {
        assert_eq!(
            sample::text(Format::Csv, &[sample::texts("a,b", &[])]),
            "\"a,b\"\n"
        );
    }

    #[test]
    fn batches_share_one_header() {
        let batches = [
            sample::texts("a", &[Some("1")]),
            sample::texts("a", &[Some("2")]),
        ];
        assert_eq!(sample::text(Format::Csv, &batches), "a\n1\n2\n");
    }

    #[test]
    fn null_and_empty_text_differ() {
        let batch = sample::texts("a", &[None, Some(""), Some(" x"), Some("x "), Some("\\.")]);
        let text = sample::text(Format::Csv, &[batch]);
        assert_eq!(text, "a\n\n\"\"\n\" x\"\n\"x \"\n\"\\.\"\n");
    }

    #[test]
    fn arrows_own_reader_reads_it() {
        let given = [
            Some("a\"b,c"),
            Some("two\nlines"),
            Some(" x "),
            Some("東京"),
        ];
        let batch = sample::texts("a", &given);
        let text = sample::text(Format::Csv, std::slice::from_ref(&batch));
        let read: Vec<_> = arrow::csv::ReaderBuilder::new(batch.schema())
            .with_header(true)
            .build(text.as_bytes())
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(read, [batch]);
    }

    /// RFC 4180, telling an unquoted empty field (`None`) from a quoted one.
    fn parse(text: &str) -> Vec<Vec<Option<String>>> {
        let mut records = Vec::new();
        let mut record = Vec::new();
        let mut chars = text.chars().peekable();
        while chars.peek().is_some() {
            let mut field = String::new();
            let quoted = chars.next_if_eq(&'"').is_some();
            if quoted {
                loop {
                    match chars.next() {
                        Some('"') if chars.next_if_eq(&'"').is_some() => field.push('"'),
                        Some('"') => break,
                        Some(c) => field.push(c),
                        None => panic!("a quote is not closed"),
                    }
                }
            } else {
                while let Some(c) = chars.next_if(|c| !matches!(c, ',' | '\n')) {
                    assert!(!matches!(c, '"' | '\r'), "{c:?} needs quotes");
                    field.push(c);
                }
            }
            record.push((quoted || !field.is_empty()).then_some(field));
            match chars.next() {
                Some(',') if chars.peek().is_none() => panic!("the last line has no end"),
                Some(',') => {}
                Some('\n') => records.push(std::mem::take(&mut record)),
                other => panic!("{other:?} after a field"),
            }
        }
        assert!(record.is_empty(), "the last line has no end");
        records
    }

    fn any_text() -> impl Strategy<Value = Option<String>> {
        prop_oneof![
            Just(None),
            Just(Some(String::new())),
            "[,\"\n\r\t \\\\a.]{0,6}".prop_map(Some),
            any::<String>().prop_map(Some),
        ]
    }

    proptest! {
        #[test]
        fn text_and_null_read_back(rows in prop::collection::vec([any_text(), any_text()], 0..20)) {
            let column = |n: usize| -> arrow::array::ArrayRef {
                let texts = rows.iter().map(|row| row[n].as_deref());
                std::sync::Arc::new(texts.collect::<arrow::array::StringArray>())
            };
            let batch = sample::batch(vec![("a", column(0)), ("b", column(1))]);
            let read = parse(&sample::text(Format::Csv, &[batch]));
            prop_assert_eq!(&read[0], &[Some("a".to_owned()), Some("b".to_owned())]);
            let rows: Vec<Vec<_>> = rows.into_iter().map(Vec::from).collect();
            prop_assert_eq!(&read[1..], &rows[..]);
        }
    }
}
