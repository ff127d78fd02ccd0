//! A built-in view: a query with a name, told in the header of its file.

use super::header::{self, HeaderError};

const KEYS: [&str; 2] = ["about", "column"];

/// A query that reads like a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its name.
    pub name: &'static str,
    /// What one row is, in a sentence.
    pub about: String,
    /// Its columns.
    pub columns: Vec<ViewColumn>,
}

/// A column of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewColumn {
    /// Its name.
    pub name: String,
    /// Its type as SQL calls it.
    pub sql_type: String,
    /// What it holds, in a sentence.
    pub about: String,
}

impl View {
    /// Reads the header of a view's file.
    pub(super) fn parse(name: &'static str, text: &str) -> Result<View, HeaderError> {
        let mut about = None;
        let mut columns = Vec::new();
        for entry in header::entries(text, &KEYS)? {
            if entry.key == "about" {
                about = entry.only(about.as_ref())?;
                continue;
            }
            let column = ViewColumn::parse(&entry.text);
            columns.push(column.ok_or_else(|| {
                entry.error("a column is written NAME TYPE : WHAT IT HOLDS".to_owned())
            })?);
        }
        Ok(View {
            name,
            about: about.unwrap_or_default(),
            columns,
        })
    }
}

impl ViewColumn {
    fn parse(text: &str) -> Option<ViewColumn> {
        let (declared, about) = text.split_once(" : ")?;
        let (name, sql_type) = declared.trim().split_once(' ')?;
        Some(ViewColumn {
            name: name.to_owned(),
            sql_type: sql_type.trim().to_owned(),
            about: about.trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_tells_of_a_view() {
        let text =
            "-- about: One row per state.\n-- column: state text : Its\n--     name.\nSELECT 1";
        let view = View::parse("v", text).unwrap();
        assert_eq!(view.about, "One row per state.");
        let [column] = &view.columns[..] else {
            panic!("{view:?}")
        };
        assert_eq!(
            (
                column.name.as_str(),
                column.sql_type.as_str(),
                column.about.as_str()
            ),
            ("state", "text", "Its name.")
        );
    }

    #[test]
    fn a_column_has_a_type_and_a_sentence() {
        let error = View::parse("v", "-- column: state\nSELECT 1").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 1: a column is written NAME TYPE : WHAT IT HOLDS"
        );
    }
}
