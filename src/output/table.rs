//! Aligned columns for people.

use std::io::Write;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use comfy_table::{Attribute, Cell, CellAlignment, ColumnConstraint, Row, Width};

use super::terminal::visible;
use super::values;
use super::widths::{self, Wish};
use super::{Format, Output, OutputError, ResultWriter, Style, Summary, row_count};

/// Rows held back before widths are settled and drawing starts.
const BLOCK_ROWS: usize = 10_000;
/// Text held back at most, for rows with large values.
const BLOCK_BYTES: usize = 8 * 1024 * 1024;
/// Padded text drawn at a time: one wide value makes every line of its table wide.
const DRAW_BYTES: usize = 512 * 1024;

/// Text and documents are not cut below this many terminal columns,
const LEAST_TEXT: usize = 8;
/// and numbers and times not below this many: part of a number is a wrong number.
const LEAST_SCALAR: usize = 30;
/// One space each side of a column, and the line between two.
const PADDING: usize = 2;
const SEPARATOR: usize = 1;
/// The library's widths are `u16`; a longer value continues on the next line.
const WIDEST: usize = u16::MAX as usize - PADDING;

/// A line below the header and between columns, nothing around (in the order of comfy-table's
/// `TableComponent`).
const LINES: &str = "     ─┼ │          ";
/// Never in a cell, as control characters are spelled out. Given as the place to break at, it
/// makes comfy-table cut a cell where its column ends and not after a word.
const NO_BREAK: char = '\0';

/// A table whose widths follow from its first rows.
///
/// Up to 10,000 rows (or 8 MiB of text) are held back to find the widths. On a terminal these are then
/// kept for all rows, values that are too long end in `…`, and the last columns are left out where
/// so many do not fit, which the footer says; otherwise a later, longer value widens its column from
/// there on. A result without columns is a footer at most.
pub(super) struct Table<'a> {
    schema: SchemaRef,
    out: Output<'a>,
    style: Style,
    names: Vec<String>,
    numbers: Vec<bool>,
    /// Rows not yet drawn; a cell is `None` for NULL.
    block: Vec<Vec<Option<String>>>,
    block_bytes: usize,
    /// Known once the header is drawn.
    widths: Option<Vec<usize>>,
    rows: u64,
}

impl<'a> Table<'a> {
    pub(super) fn new(schema: SchemaRef, out: Output<'a>, style: &Style) -> Self {
        let fields = schema.fields();
        Self {
            names: fields
                .iter()
                .map(|field| shown(field.name(), style))
                .collect(),
            numbers: values::are_numbers(&schema),
            block: Vec::new(),
            block_bytes: 0,
            widths: None,
            rows: 0,
            style: style.clone(),
            schema,
            out,
        }
    }

    /// Draws the rows held back, the first time with the header above.
    fn draw_block(&mut self) -> Result<(), OutputError> {
        let block = std::mem::take(&mut self.block);
        self.block_bytes = 0;
        if self.names.is_empty() {
            return Ok(());
        }
        let first = self.widths.is_none();
        let widths = self.settle_widths(&block);
        self.widths = Some(widths.clone());
        let line: usize = widths.iter().map(|width| width + PADDING + SEPARATOR).sum();
        if first {
            let mut header = self.new_table();
            header.set_header(self.header());
            self.print(header, &widths)?;
        }
        for rows in block.chunks((DRAW_BYTES / line).clamp(1, 1000)) {
            let mut table = self.new_table();
            self.add_rows(&mut table, rows);
            self.print(table, &widths)?;
        }
        Ok(())
    }

    fn settle_widths(&mut self, block: &[Vec<Option<String>>]) -> Vec<usize> {
        let known = self.widths.take();
        if let (Some(widths), Some(_)) = (&known, self.style.width) {
            return widths.clone();
        }
        let mut natural = known.unwrap_or_else(|| widths::of_each(&self.names));
        for rows in block.chunks(1000) {
            let mut table = comfy_table::Table::new();
            self.add_rows(&mut table, rows);
            for (width, widest) in natural.iter_mut().zip(table.column_max_content_widths()) {
                *width = (*width).max(usize::from(widest)).min(WIDEST);
            }
        }
        let Some(terminal) = self.style.width else {
            return natural;
        };
        let wishes: Vec<Wish> = natural
            .iter()
            .zip(self.schema.fields())
            .map(|(&natural, field)| {
                let data_type = field.data_type();
                let scalar = values::is_number(data_type) || data_type.is_temporal();
                let least = natural.min(if scalar { LEAST_SCALAR } else { LEAST_TEXT });
                Wish { natural, least }
            })
            .collect();
        let room = |columns: usize| {
            let lines = columns * (PADDING + SEPARATOR) - SEPARATOR;
            terminal.saturating_sub(lines)
        };
        let fits = |columns: &usize| {
            let least: usize = wishes[..*columns].iter().map(|wish| wish.least).sum();
            least <= room(*columns)
        };
        // Lines longer than the terminal would break, and then no column can be followed.
        let columns = (1..=wishes.len()).rev().find(fits).unwrap_or(1);
        widths::share(&wishes[..columns], room(columns))
    }

    /// How many columns there is room for; all until the widths are known.
    fn columns_drawn(&self) -> usize {
        self.widths.as_ref().map_or(self.names.len(), Vec::len)
    }

    fn footer(&self) -> String {
        let rows = row_count(self.rows);
        let (drawn, all) = (self.columns_drawn(), self.names.len());
        if drawn == all {
            return format!("({rows})");
        }
        format!("({rows}; {drawn} of {all} columns fit, the line format shows all)")
    }

    fn new_table(&self) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        table
            .load_preset(LINES)
            .set_truncation_indicator("…")
            .style_text_only();
        if self.style.color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        table
    }

    fn header(&self) -> Row {
        let cells = self
            .names
            .iter()
            .zip(&self.numbers)
            .take(self.columns_drawn())
            .map(|(name, number)| cell(name, *number).add_attribute(Attribute::Bold));
        self.row(cells)
    }

    fn add_rows(&self, table: &mut comfy_table::Table, rows: &[Vec<Option<String>>]) {
        for row in rows {
            let cells = row
                .iter()
                .zip(&self.numbers)
                .take(self.columns_drawn())
                .map(|(text, number)| match text {
                    Some(text) => cell(text, *number),
                    None => cell("NULL", *number).add_attribute(Attribute::Dim),
                });
            table.add_row(self.row(cells));
        }
    }

    fn row(&self, cells: impl Iterator<Item = Cell>) -> Row {
        let mut row = Row::from(cells);
        if self.style.width.is_some() {
            row.max_height(1);
        }
        row
    }

    fn print(
        &mut self,
        mut table: comfy_table::Table,
        widths: &[usize],
    ) -> Result<(), OutputError> {
        table.set_constraints(widths.iter().map(|width| {
            let width = u16::try_from(width + PADDING).unwrap_or(u16::MAX);
            ColumnConstraint::Absolute(Width::Fixed(width))
        }));
        for line in table.lines() {
            writeln!(self.out, "{}", line.trim_end_matches(' '))?;
        }
        Ok(())
    }
}

impl ResultWriter for Table<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let failed = |error| OutputError::from_arrow(Format::Table, error);
        let columns = values::columns(&self.schema, batch).map_err(failed)?;
        let mut scratch = String::new();
        for row in 0..batch.num_rows() {
            let mut cells = Vec::with_capacity(columns.len());
            for values in &columns {
                let text = values.text(row, &mut scratch).map_err(failed)?;
                let text = text.map(|text| shown(text, &self.style));
                self.block_bytes += text.as_ref().map_or(0, String::len);
                cells.push(text);
            }
            self.block.push(cells);
            self.rows += 1;
            if self.block.len() >= BLOCK_ROWS || self.block_bytes >= BLOCK_BYTES {
                self.draw_block()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Summary, OutputError> {
        if !self.block.is_empty() || self.widths.is_none() {
            self.draw_block()?;
        }
        if self.style.footer {
            writeln!(self.out, "{}", self.footer())?;
        }
        self.out.flush()?;
        Ok(Summary { rows: self.rows })
    }
}

fn cell(text: &str, number: bool) -> Cell {
    let alignment = if number {
        CellAlignment::Right
    } else {
        CellAlignment::Left
    };
    Cell::new(text)
        .set_alignment(alignment)
        .set_delimiter(NO_BREAK)
}

/// The text of a cell. Of a value much longer than the terminal is wide only the beginning is kept:
/// a block then needs little memory, whatever documents are in its columns.
fn shown(text: &str, style: &Style) -> String {
    let limit = style.width.map(|width| 4 * width.max(LEAST_SCALAR));
    match limit.and_then(|limit| text.char_indices().nth(limit)) {
        Some((end, _)) => format!("{}…", visible(&text[..end])),
        None => visible(text).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Int64Array, StringArray};

    use super::*;
    use crate::output::sample;

    fn people() -> RecordBatch {
        sample::batch(vec![
            (
                "count",
                Arc::new(Int64Array::from(vec![Some(12), None, Some(-3)])),
            ),
            (
                "address",
                Arc::new(StringArray::from(vec![
                    "aws_vpc.main",
                    "東京",
                    "a\u{1b}[0m\nb",
                ])),
            ),
            (
                "note",
                Arc::new(StringArray::from(vec![Some(""), Some("x  y"), None])),
            ),
        ])
    }

    fn table(batches: &[RecordBatch], style: Style) -> String {
        sample::styled(Format::Table, batches, &style)
    }

    fn terminal(width: usize) -> Style {
        Style {
            width: Some(width),
            color: false,
            footer: true,
        }
    }

    #[test]
    fn numbers_are_aligned_right_and_controls_are_spelled_out() {
        let expected = r"
 count │ address      │ note
───────┼──────────────┼──────
    12 │ aws_vpc.main │
  NULL │ 東京         │ x  y
    -3 │ a\x1b[0m\nb  │ NULL
(3 rows)
";
        assert_eq!(table(&[people()], terminal(80)), expected[1..]);
    }

    #[test]
    fn every_type_has_its_text() {
        let columns = |columns: &[usize]| sample::every_type().project(columns).unwrap();
        let expected = r#"
                 int │                  big │                   price │ ratio │ ok    │ raw
─────────────────────┼──────────────────────┼─────────────────────────┼───────┼───────┼────────
 9223372036854775807 │ 18446744073709551615 │ 123456789012345678.9012 │   0.1 │ true  │ \x00ff
                  -1 │                    0 │                 -0.0500 │   NaN │ false │ \x
                NULL │                 NULL │                    NULL │  NULL │ NULL  │ NULL
"#;
        assert_eq!(
            table(&[columns(&[0, 1, 2, 3, 4, 14])], Style::default()),
            expected[1..]
        );
        let expected = r#"
 tags                 │ point             │ labels         │ kind    │ day
──────────────────────┼───────────────────┼────────────────┼─────────┼────────────
 ["a",null,"b,\"c\""] │ {"x":1,"y":"é"}   │ {"env":"prod"} │ managed │ 2023-11-14
 []                   │ {"x":null,"y":""} │ {}             │ data    │ 1969-12-31
 NULL                 │ NULL              │ NULL           │ NULL    │ NULL
"#;
        assert_eq!(
            table(&[columns(&[7, 8, 9, 10, 13])], Style::default()),
            expected[1..]
        );
        let expected = r#"
 text                 │ doc                                     │ at
──────────────────────┼─────────────────────────────────────────┼─────────────────────────────
 a, "b"\nc | d\e <f>& │ {"b":[1,2.50],"a":18446744073709551616} │ 2023-11-14T22:13:20.123456Z
                      │ not json                                │ 2023-11-14T22:13:20Z
 NULL                 │ NULL                                    │ NULL
"#;
        assert_eq!(
            table(&[columns(&[5, 11, 12])], Style::default()),
            expected[1..]
        );
    }

    #[test]
    fn color_makes_the_header_bold_and_null_dim() {
        let style = Style {
            width: None,
            color: true,
            footer: false,
        };
        let expected = [
            " \u{1b}[1mname\u{1b}[0m",
            "──────",
            " a",
            " \u{1b}[2mNULL\u{1b}[0m",
            "",
        ];
        let batch = sample::texts("name", &[Some("a"), None]);
        assert_eq!(table(&[batch], style), expected.join("\n"));
    }

    #[test]
    fn the_widest_columns_are_cut_to_the_terminal() {
        let batch = sample::batch(vec![
            ("id", Arc::new(Int64Array::from(vec![i64::MAX, 1]))),
            (
                "long",
                Arc::new(StringArray::from(vec![
                    "one two three four five",
                    "東京東京東京",
                ])),
            ),
            (
                "doc",
                Arc::new(StringArray::from(vec!["{\"key\":\"value\"}", "{}"])),
            ),
        ]);
        let expected = "
                  id │ long     │ doc
─────────────────────┼──────────┼──────────
 9223372036854775807 │ one two… │ {\"key\":…
                   1 │ 東京東…  │ {}
(2 rows)
";
        assert_eq!(table(&[batch], terminal(43)), expected[1..]);
    }

    #[test]
    fn columns_that_do_not_fit_are_left_out_and_counted() {
        let texts = |text: &str| Arc::new(StringArray::from(vec![text.repeat(20)])) as _;
        let batch = sample::batch(vec![
            ("one", texts("a")),
            ("two", texts("b")),
            ("three", texts("c")),
        ]);
        let expected = "
 one       │ two
───────────┼──────────
 aaaaaaaa… │ bbbbbbb…
(1 row; 2 of 3 columns fit, the line format shows all)
";
        let cut = table(std::slice::from_ref(&batch), terminal(22));
        assert_eq!(cut, expected[1..]);
        assert!(table(&[batch], terminal(3)).starts_with(" one\n──────────\n aaaaaaa…\n"));
    }

    #[test]
    fn nothing_is_cut_without_a_terminal() {
        let long = "wide 東 ".repeat(500);
        let batch = sample::texts("long", &[Some(long.trim()), Some("short")]);
        let text = table(&[batch], Style::default());
        assert_eq!(text.lines().nth(2).map(str::trim), Some(long.trim()));
    }

    #[test]
    fn a_value_wider_than_the_library_counts_loses_nothing() {
        let long = "x".repeat(150_000);
        let text = table(&[sample::texts("long", &[Some(&long)])], Style::default());
        assert_eq!(text.matches('x').count(), 150_000);
    }

    #[test]
    fn a_huge_value_is_cut_quickly() {
        let long = "x".repeat(20_000_000);
        let text = table(&[sample::texts("long", &[Some(&long)])], terminal(12));
        assert_eq!(text, " long\n────────────\n xxxxxxxxx…\n(1 row)\n");
    }

    #[test]
    fn no_rows_are_a_header_and_a_count() {
        let batch = sample::texts("name", &[]);
        assert_eq!(table(&[batch], terminal(80)), " name\n──────\n(0 rows)\n");
    }

    #[test]
    fn no_columns_are_a_count() {
        assert_eq!(table(&[sample::no_columns(2)], terminal(80)), "(2 rows)\n");
        assert_eq!(table(&[sample::no_columns(2)], Style::default()), "");
    }

    #[test]
    fn widths_come_from_all_batches_of_the_first_block() {
        let batches = [
            sample::texts("name", &[Some("a")]),
            sample::texts("name", &[]),
            sample::texts("name", &[Some("longer than that")]),
        ];
        let expected = " name\n──────────────────\n a\n longer than that\n";
        assert_eq!(table(&batches, Style::default()), expected);
    }

    #[test]
    fn later_rows_are_cut_to_the_first_blocks_widths_on_a_terminal_only() {
        let first = sample::texts("name", &vec![Some("a"); BLOCK_ROWS]);
        let batches = [first, sample::texts("name", &[Some("much longer")])];
        let cut = table(&batches, terminal(80));
        assert!(cut.ends_with(" a\n muc…\n(10001 rows)\n"));
        assert_eq!(cut.matches("name").count(), 1);
        assert!(table(&batches, Style::default()).ends_with(" a\n much longer\n"));
    }
}
