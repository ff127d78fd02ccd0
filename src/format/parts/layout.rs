//! The same JSON without whitespace, and as Terraform lays it out.

use serde_json::value::RawValue;

use super::tokens::end_of_string;
use crate::format::error::FormatError;
use crate::format::read::{self, MAX_DEPTH};

/// JSON without whitespace between its tokens; the tokens are as they are written, numbers and escapes
/// too.
///
/// # Errors
///
/// For bytes that are not UTF-8 (or begin with a byte order mark), not JSON, or nested deeper than
/// [`MAX_DEPTH`](crate::format::MAX_DEPTH).
pub fn compact(json: &[u8]) -> Result<String, FormatError> {
    let text = read::text(json)?;
    if read::is_deeper_than(json, MAX_DEPTH) {
        return Err(FormatError::TooDeep(MAX_DEPTH));
    }
    // Looks at every token and keeps none, and unlike a value takes halves of surrogate pairs.
    serde_json::from_str::<&RawValue>(text).map_err(|error| FormatError::InvalidJson {
        line: error.line(),
        column: error.column(),
    })?;
    let bytes = text.as_bytes();
    let mut compact = String::with_capacity(text.len());
    let (mut run, mut at) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at + 1).unwrap_or(bytes.len()),
            b' ' | b'\t' | b'\n' | b'\r' => {
                compact.push_str(&text[run..at]);
                at += blanks(&bytes[at..]);
                run = at;
            }
            _ => at += 1,
        }
    }
    compact.push_str(&text[run..]);
    Ok(compact)
}

/// The same tokens as Terraform lays them out in a state, with the line's end that it writes after them.
///
/// Source: `internal/states/statefile/version4.go`, Go's `json.MarshalIndent` with two blanks. What nests
/// deeper than [`MAX_DEPTH`](crate::format::MAX_DEPTH) is indented no further.
pub fn pretty(json: &str) -> String {
    let bytes = json.as_bytes();
    let mut pretty = String::with_capacity(json.len() * 3 / 2);
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {}
            b'{' | b'[' => {
                pretty.push(char::from(*byte));
                at += blanks(&bytes[at..]);
                match bytes.get(at) {
                    Some(close @ (b'}' | b']')) => {
                        pretty.push(char::from(*close));
                        at += 1;
                    }
                    _ => {
                        depth += 1;
                        begin_line(&mut pretty, depth);
                    }
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                begin_line(&mut pretty, depth);
                pretty.push(char::from(*byte));
            }
            b',' => {
                pretty.push(',');
                begin_line(&mut pretty, depth);
            }
            b':' => pretty.push_str(": "),
            b'"' => {
                at = end_of_string(bytes, at)
                    .unwrap_or(bytes.len())
                    .min(bytes.len());
                pretty.push_str(&json[start..at]);
            }
            _ => {
                let is_of_word = |byte: &u8| !b" \t\n\r{}[],:\"".contains(byte);
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| is_of_word(byte))
                    .count();
                pretty.push_str(&json[start..at]);
            }
        }
    }
    pretty.push('\n');
    pretty
}

/// With how many bytes of whitespace some begin.
fn blanks(bytes: &[u8]) -> usize {
    let is_blank = |byte: &&u8| b" \t\n\r".contains(*byte);
    bytes.iter().take_while(is_blank).count()
}

fn begin_line(text: &mut String, depth: usize) {
    const INDENT: &str = "                ";
    text.push('\n');
    let mut width = depth.min(MAX_DEPTH) * 2;
    while width > 0 {
        let part = width.min(INDENT.len());
        text.push_str(&INDENT[..part]);
        width -= part;
    }
}
