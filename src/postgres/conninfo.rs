//! Connection strings of keywords and values: `host=db port=5432 password='a b'`.

use super::TargetError;

/// The keywords and values of a text, in its order.
///
/// Source: PostgreSQL `src/interfaces/libpq/fe-connect.c`, `conninfo_parse`: blanks around `=` are allowed,
/// a backslash takes the next character as it is, `'` quotes.
///
/// # Errors
///
/// When a word has no `=`, or a quote no end. Neither is told by its text, which can be part of a
/// password.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, TargetError> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| c == '=' || c.is_ascii_whitespace())
            .ok_or(TargetError::NotKeywordAndValue)?;
        let (name, after) = rest.split_at(end);
        let value = after
            .trim_start()
            .strip_prefix('=')
            .ok_or(TargetError::NotKeywordAndValue)?;
        let (value, after) = value_of(value.trim_start())?;
        pairs.push((name.to_owned(), value));
        rest = after.trim_start();
    }
    Ok(pairs)
}

/// The value at the beginning of a text, and what follows it.
fn value_of(text: &str) -> Result<(String, &str), TargetError> {
    let quoted = text.strip_prefix('\'');
    let text = quoted.unwrap_or(text);
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => value.extend(characters.next().map(|(_, c)| c)),
            '\'' if quoted.is_some() => return Ok((value, &text[at + 1..])),
            c if quoted.is_none() && c.is_ascii_whitespace() => return Ok((value, &text[at..])),
            c => value.push(c),
        }
    }
    match quoted {
        Some(_) => Err(TargetError::NoEndOfQuote),
        None => Ok((value, "")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;
    use crate::postgres::TargetError;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap()
    }

    #[test]
    fn words_are_keywords_and_values() {
        let expected = [("host", "db"), ("port", "5432"), ("password", r"a b'c\")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            pairs(r" host=db port = 5432  password='a b\'c\\'"),
            expected
        );
    }

    #[test]
    fn an_unquoted_value_ends_at_a_blank() {
        assert_eq!(pairs(r"user=a\ b dbname=")[0].1, "a b");
        assert_eq!(pairs("user=a dbname=")[1].1, "");
    }

    #[test]
    fn what_is_wrong_is_told_without_the_text() {
        assert_eq!(
            parse("host=a hunter2"),
            Err(TargetError::NotKeywordAndValue)
        );
        assert_eq!(parse("password='hunter2"), Err(TargetError::NoEndOfQuote));
    }

    proptest! {
        #[test]
        fn whatever_is_quoted_is_read_as_it_was(values in prop::collection::vec(any::<String>(), 0..4)) {
            let quoted = values.iter().map(|value| {
                format!("user='{}' ", value.replace('\\', r"\\").replace('\'', r"\'"))
            });
            let read: Vec<_> = pairs(&quoted.collect::<String>()).into_iter().map(|pair| pair.1).collect();
            prop_assert_eq!(read, values);
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
