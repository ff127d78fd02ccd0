//! What is typed, taken apart into statements and meta-commands.
//!
//! The engine's own tokenizer decides where a statement ends, so that a semicolon inside a string, a
//! quoted name, a dollar-quoted text or a comment does not end it.

use std::collections::VecDeque;

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{
    Location, Token, TokenWithSpan, Tokenizer, TokenizerError, Whitespace,
};

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// A line that begins with a backslash, or one word that means such a line.
    Command(String),
    /// A statement with its semicolon.
    Statement(String),
}

/// Lines so far that are no whole statement yet.
#[derive(Debug, Default)]
pub(super) struct Input {
    pending: String,
}

/// Words that stand for a command where a statement would begin.
const WORDS: [(&str, &str); 3] = [("exit", "\\q"), ("quit", "\\q"), ("help", "\\?")];

impl Input {
    /// Whether a statement has begun.
    pub(super) fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Forgets the statement that has begun.
    pub(super) fn clear(&mut self) {
        self.pending.clear();
    }

    /// Takes what was typed or pasted, one line or several; gives what is whole, in order.
    pub(super) fn feed(&mut self, typed: &str) -> VecDeque<Item> {
        let mut items = VecDeque::new();
        if !self.is_pending()
            && let Some(command) = command_word(typed)
        {
            items.push_back(Item::Command(command.to_owned()));
            return items;
        }
        let mut rest = std::mem::take(&mut self.pending);
        if !rest.is_empty() {
            rest.push('\n');
        }
        rest.push_str(typed);
        // What precedes `rest` in its statement; a meta-command may stand between its lines.
        let mut before = String::new();
        loop {
            match first(&rest) {
                First::Statement(end) => {
                    before.push_str(&rest[..end]);
                    items.push_back(Item::Statement(before.trim().to_owned()));
                    before.clear();
                    rest.drain(..end);
                }
                First::Command(start) => {
                    let end = rest[start..]
                        .find('\n')
                        .map_or(rest.len(), |length| start + length + 1);
                    items.push_back(Item::Command(rest[start..end].trim().to_owned()));
                    before.push_str(&rest[..start]);
                    rest.drain(..end);
                    if rest.is_empty() && before.ends_with('\n') {
                        before.pop();
                    }
                }
                First::Nothing => {
                    before.push_str(&rest);
                    if !is_blank(&before) {
                        // What follows may be inside a quote, where white space counts.
                        self.pending = before.trim_start().to_owned();
                    }
                    return items;
                }
            }
        }
    }
}

/// The command that a word alone stands for.
fn command_word(typed: &str) -> Option<&'static str> {
    let word = typed.trim().trim_end_matches(';').trim_end();
    WORDS
        .iter()
        .find(|(name, _)| word.eq_ignore_ascii_case(name))
        .map(|(_, command)| *command)
}

/// What comes first in a text.
enum First {
    /// A statement, up to this place.
    Statement(usize),
    /// A line that begins with a backslash, at this place.
    Command(usize),
    /// Neither.
    Nothing,
}

fn first(text: &str) -> First {
    if !text.contains([';', '\\']) {
        return First::Nothing;
    }
    let (tokens, error) = tokens(text);
    let mut begins_line = true;
    for TokenWithSpan { token, span } in tokens {
        match token {
            Token::SemiColon => return First::Statement(place(text, span.end)),
            Token::Backslash if begins_line => return First::Command(place(text, span.start)),
            Token::Whitespace(Whitespace::Newline) => begins_line = true,
            // It includes the end of its line.
            Token::Whitespace(Whitespace::SingleLineComment { .. }) => begins_line = true,
            Token::Whitespace(Whitespace::Space | Whitespace::Tab) => {}
            _ => begins_line = false,
        }
    }
    match error {
        // No further line can mend it: the parser says what is wrong.
        Some(error) if !is_open(&error) && text.trim_end().ends_with(';') => {
            First::Statement(text.len())
        }
        _ => First::Nothing,
    }
}

fn tokens(text: &str) -> (Vec<TokenWithSpan>, Option<TokenizerError>) {
    let mut tokens = Vec::new();
    let result =
        Tokenizer::new(&PostgreSqlDialect {}, text).tokenize_with_location_into_buf(&mut tokens);
    (tokens, result.err())
}

/// Whether the text ends within a quote or comment. sqlparser tells it in words alone.
fn is_open(error: &TokenizerError) -> bool {
    [
        "Unterminated",
        "Expected close delimiter",
        "Expected nested delimiter",
        "Unexpected EOF while in a multi-line comment",
    ]
    .iter()
    .any(|words| error.message.starts_with(words))
}

/// Whether a text is nothing but white space and whole comments.
fn is_blank(text: &str) -> bool {
    let (tokens, error) = tokens(text);
    error.is_none()
        && tokens
            .iter()
            .all(|token| matches!(token.token, Token::Whitespace(_)))
}

/// The place in bytes of a place in lines and characters.
fn place(text: &str, location: Location) -> usize {
    let (mut line, mut column) = (1, 1);
    for (index, character) in text.char_indices() {
        if (line, column) == (location.line, location.column) {
            return index;
        }
        if character == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is done and what is left over after these inputs.
    fn fed(typed: &[&str]) -> (Vec<Item>, String) {
        let mut input = Input::default();
        let items = typed.iter().flat_map(|text| input.feed(text)).collect();
        (items, input.pending)
    }

    fn statement(text: &str) -> Item {
        Item::Statement(text.to_owned())
    }

    fn command(text: &str) -> Item {
        Item::Command(text.to_owned())
    }

    #[test]
    fn a_statement_ends_at_its_semicolon() {
        assert_eq!(
            fed(&["SELECT 1;"]),
            (vec![statement("SELECT 1;")], "".into())
        );
        assert_eq!(fed(&["SELECT 1"]), (vec![], "SELECT 1".into()));
        assert_eq!(
            fed(&["SELECT", "1", ";"]),
            (vec![statement("SELECT\n1\n;")], "".into())
        );
    }

    #[test]
    fn a_semicolon_inside_quotes_or_comments_does_not_end_it() {
        for text in [
            "SELECT 'a;",
            "SELECT 'it''s;",
            "SELECT E'a\\';",
            "SELECT \"a;",
            "SELECT $$a;",
            "SELECT $x$a; $$;",
            "SELECT 1 /* a;",
            "SELECT 1 /* a /* b */;",
            "SELECT 1 -- a;",
            "SELECT U&'a;",
            "SELECT x'a;",
        ] {
            assert_eq!(fed(&[text]), (vec![], text.into()));
        }
    }

    #[test]
    fn a_statement_goes_on_after_a_quote_that_spans_lines() {
        let whole = "SELECT 'a; \n\nb', $$;\n$$, \"c;\nd\" /* ;\n*/;";
        let lines: Vec<&str> = whole.split('\n').collect();
        assert_eq!(fed(&lines), (vec![statement(whole)], "".into()));
    }

    #[test]
    fn pasted_statements_come_in_order_and_the_last_may_be_unfinished() {
        assert_eq!(
            fed(&["SELECT 1; SELECT 'é;';\n\n SELECT\n 3"]),
            (
                vec![statement("SELECT 1;"), statement("SELECT 'é;';")],
                "SELECT\n 3".into()
            )
        );
    }

    #[test]
    fn comments_and_blank_lines_alone_begin_no_statement() {
        assert_eq!(
            fed(&["", "  ", "-- a note;", "/* ; */"]),
            (vec![], "".into())
        );
    }

    #[test]
    fn a_comment_before_a_statement_stays_with_it() {
        let text = "-- a\nSELECT 1;";
        assert_eq!(fed(&[text]), (vec![statement(text)], "".into()));
    }

    #[test]
    fn a_line_with_a_backslash_is_a_command() {
        assert_eq!(
            fed(&["\\d instances;", " \\x"]),
            (vec![command("\\d instances;"), command("\\x")], "".into())
        );
        assert_eq!(
            fed(&["\\o it's\nSELECT 1;\n-- a\n\\q"]),
            (
                vec![command("\\o it's"), statement("SELECT 1;"), command("\\q")],
                "".into()
            )
        );
    }

    #[test]
    fn a_command_may_stand_between_the_lines_of_a_statement() {
        assert_eq!(
            fed(&["SELECT", "\\d states", "1;"]),
            (
                vec![command("\\d states"), statement("SELECT\n1;")],
                "".into()
            )
        );
    }

    #[test]
    fn a_backslash_inside_quotes_is_no_command() {
        assert_eq!(
            fed(&["SELECT 'a", "\\q", "';"]),
            (vec![statement("SELECT 'a\n\\q\n';")], "".into())
        );
    }

    #[test]
    fn exit_quit_and_help_are_commands_where_a_statement_would_begin() {
        assert_eq!(
            fed(&["exit", " QUIT; ", "help"]),
            (
                vec![command("\\q"), command("\\q"), command("\\?")],
                "".into()
            )
        );
        assert_eq!(fed(&["SELECT", "exit"]), (vec![], "SELECT\nexit".into()));
    }

    #[test]
    fn what_no_further_line_can_mend_is_left_to_the_parser() {
        // An escape that is none.
        let text = "SELECT U&'\\zzzz';";
        assert_eq!(fed(&[text]), (vec![statement(text)], "".into()));
    }
}
