//! Where in the text of a statement an error is.

use std::fmt;

/// A place in the text of a statement, shown as its line with a caret below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 1.
    line: usize,
    /// Counted from 1, in characters.
    column: usize,
    /// The line itself.
    text: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = format!("LINE {}: ", self.line);
        // A tab stays a tab, so that the caret stands below its character however wide tabs are.
        let before: String = self
            .text
            .chars()
            .take(self.column - 1)
            .map(|character| if character == '\t' { '\t' } else { ' ' })
            .collect();
        write!(
            f,
            "{prefix}{}\n{}{before}^",
            self.text,
            " ".repeat(prefix.len())
        )
    }
}

impl Place {
    /// A line and column of `text`, both counted from 1; `None` where the text has no such line.
    pub(super) fn at(text: &str, line: u64, column: u64) -> Option<Place> {
        let line = usize::try_from(line).ok().filter(|line| *line > 0)?;
        let column = usize::try_from(column).ok().filter(|column| *column > 0)?;
        let text = text.lines().nth(line - 1)?.to_owned();
        Some(Place {
            line,
            column: column.min(text.chars().count() + 1),
            text,
        })
    }

    /// The place that the SQL parser writes into its message, `at Line: 1, Column: 32`; the end of
    /// the text where it says that the text ended too early.
    pub(super) fn in_words(message: &str, text: &str) -> Option<Place> {
        if let Some((_, place)) = message.split_once(" at Line: ") {
            let (line, column) = place.split_once(", Column: ")?;
            let column: String = column.chars().take_while(char::is_ascii_digit).collect();
            return Place::at(text, line.parse().ok()?, column.parse().ok()?);
        }
        if message.contains("found: EOF") {
            let text = text.trim_end();
            let column = text.lines().last()?.chars().count() + 1;
            return Place::at(text, text.lines().count() as u64, column as u64);
        }
        None
    }

    /// Where `text` has `word`, if in one place only.
    pub(super) fn of_word(text: &str, word: &str) -> Option<Place> {
        let (lower, word) = (text.to_ascii_lowercase(), word.to_ascii_lowercase());
        let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
        let mut starts = lower.match_indices(&word).map(|(start, _)| start);
        let mut whole = starts.by_ref().filter(|start| {
            let before = lower[..*start].chars().next_back();
            let after = lower[start + word.len()..].chars().next();
            !before.is_some_and(part_of_word) && !after.is_some_and(part_of_word)
        });
        let start = whole
            .next()
            .filter(|_| !word.is_empty() && whole.next().is_none())?;
        let before = &text[..start];
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Place::at(text, line as u64, column as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_there_once_has_a_place() {
        let place = |text, word| Place::of_word(text, word).map(|p| (p.line, p.column));
        assert_eq!(place("a\n  é, Adress", "adress"), Some((2, 6)));
        assert_eq!(place("adress, adress", "adress"), None);
        assert_eq!(place("adress_2, adress", "adress"), Some((1, 11)));
        assert_eq!(place("x", ""), None);
    }
}
