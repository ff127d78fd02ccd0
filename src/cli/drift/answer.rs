//! How drift is written: a table of states, and the differences below it.

use std::io::Write;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;

use crate::cli::Failure;
use crate::cli::query::Session;
use crate::cli::results::{Ended, Look, write_batch};
use crate::output::{Format, OutputError};

/// What is told.
pub(super) struct Answer {
    /// A row for each state.
    pub(super) states: RecordBatch,
    /// A row for each difference, unless only the states are asked for.
    pub(super) differences: Option<RecordBatch>,
}

/// Writes the answer: as one document in the formats that can hold both, else the differences alone.
pub(super) fn write(session: &mut Session, answer: &Answer) -> Result<(), Ended> {
    let target = session.target();
    let look = target.look();
    let out = &mut target.writer();
    let Some(differences) = &answer.differences else {
        return write_batch(&answer.states, look, Box::new(out));
    };
    match look.format {
        Format::Markdown => markdown(&answer.states, differences, look, out),
        Format::Json => {
            let states = text(&answer.states, look)?;
            let differences = text(differences, look)?;
            let document = format!(
                "{{\"states\": {},\n\"drift\": {}}}\n",
                states.trim_end(),
                differences.trim_end()
            );
            put(out, &document)
        }
        Format::Table | Format::Line => {
            put(out, &text(&answer.states, look)?)?;
            if differences.num_rows() > 0 {
                put(out, "\n")?;
                put(out, &text(differences, look)?)?;
            }
            Ok(())
        }
        Format::Html => {
            put(out, &text(&answer.states, look)?)?;
            put(out, &text(differences, look)?)
        }
        _ => write_batch(differences, look, Box::new(out)),
    }
}

/// A heading, the states, and the differences of each folded below, as fits a comment.
fn markdown(
    states: &RecordBatch,
    differences: &RecordBatch,
    look: &Look,
    out: &mut (impl Write + Send),
) -> Result<(), Ended> {
    let status = texts(states, "status");
    let drifted = status.iter().filter(|status| *status == "drifted").count();
    let heading = match drifted {
        0 => "No drift".to_owned(),
        _ => format!("Drift in {drifted} of {} states", status.len()),
    };
    put(out, &format!("### {heading}\n\n{}", text(states, look)?))?;
    let names = texts(differences, "state");
    let mut start = 0;
    while start < names.len() {
        let same = names[start..]
            .iter()
            .take_while(|name| **name == names[start]);
        let length = same.count();
        let rows = differences.slice(start, length);
        let plural = if length == 1 { "" } else { "s" };
        put(
            out,
            &format!(
                "\n<details><summary>{}: {length} difference{plural}</summary>\n\n{}\n</details>\n",
                escaped(&names[start]),
                text(&rows, look)?
            ),
        )?;
        start += length;
    }
    Ok(())
}

/// A name within HTML.
fn escaped(name: &str) -> String {
    let name = crate::output::terminal::visible(name);
    name.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let column = batch.column_by_name(column);
    let column = column.and_then(|column| arrow::compute::cast(column, &DataType::Utf8).ok());
    let texts = column
        .as_ref()
        .and_then(|column| column.as_string_opt::<i32>());
    let value = |texts: &arrow::array::StringArray, row| match texts.is_null(row) {
        true => String::new(),
        false => texts.value(row).to_owned(),
    };
    texts.map_or(Vec::new(), |texts| {
        (0..texts.len()).map(|row| value(texts, row)).collect()
    })
}

/// A batch as a text of the format.
fn text(batch: &RecordBatch, look: &Look) -> Result<String, Ended> {
    let mut bytes = Vec::new();
    write_batch(batch, look, Box::new(&mut bytes))?;
    String::from_utf8(bytes).map_err(|_| Failure::query("the result is no text").into())
}

fn put(out: &mut (impl Write + Send), text: &str) -> Result<(), Ended> {
    let written = out.write_all(text.as_bytes());
    written.map_err(OutputError::from).map_err(Ended::from)
}
