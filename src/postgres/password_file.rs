//! `.pgpass`: passwords by host, port, database and user.

use std::path::Path;

use super::private_file::told_if_open;

/// What a connection is looked up by: host, port, database, user.
pub(super) type Wanted<'a> = [&'a str; 4];

/// What a password file gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// A password.
    Password(String),
    /// None for the connection, or there is no file.
    None,
    /// The file may not be used: the reason, which names it.
    Refused(String),
}

/// The password that a file has for a connection.
pub(super) fn look_up(path: &Path, wanted: Wanted<'_>) -> Answer {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => {
            return Answer::Refused(format!(
                "{} is not used, since it is no file",
                path.display()
            ));
        }
        Err(_) => return Answer::None,
    }
    if let Some(reason) = told_if_open(path, false) {
        return Answer::Refused(reason);
    }
    match std::fs::read_to_string(path) {
        Ok(text) => find(&text, wanted).map_or(Answer::None, Answer::Password),
        Err(_) => Answer::Refused(format!("{} cannot be read", path.display())),
    }
}

/// The password of the first line that fits.
fn find(text: &str, wanted: Wanted<'_>) -> Option<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| password_of(line, wanted))
        .find(|found| !found.is_empty())
}

/// The password of a line, if it is for the connection. Fields end at colons; a backslash takes the next
/// character as it is; a field of `*` fits all.
fn password_of(line: &str, wanted: Wanted<'_>) -> Option<String> {
    let mut rest = line;
    for wanted in wanted {
        let (written, value, after) = field(rest);
        if written != "*" && value != wanted {
            return None;
        }
        rest = after?;
    }
    Some(field_to_end(rest))
}

/// The field at the beginning of a text: as written, what it means, and what follows its colon.
fn field(text: &str) -> (&str, String, Option<&str>) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            ':' => return (&text[..at], value, Some(&text[at + 1..])),
            '\\' => value.extend(characters.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    (text, value, None)
}

/// The last field, which other programs of PostgreSQL let end with the line alone.
fn field_to_end(text: &str) -> String {
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => value.extend(characters.next()),
            c => value.push(c),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::find;

    const WANTED: [&str; 4] = ["db", "5432", "states", "me"];

    fn found(text: &str) -> Option<String> {
        find(text, WANTED)
    }

    #[test]
    fn the_first_line_that_fits_counts() {
        let text =
            "# db:5432:states:me:no\nother:5432:states:me:no\ndb:*:states:*:yes\n*:*:*:*:later";
        assert_eq!(found(text).as_deref(), Some("yes"));
        assert_eq!(found("db:5432:states:you:no"), None);
        assert_eq!(found("db:5432:states"), None);
    }

    #[test]
    fn a_star_in_a_longer_field_is_a_star() {
        assert_eq!(found("d*:5432:states:me:no"), None);
        assert_eq!(found(r"\*:5432:states:me:no"), None);
    }

    #[test]
    fn a_password_may_hold_colons() {
        assert_eq!(
            found(r"db:5432:states:me:a\:b\\c").as_deref(),
            Some(r"a:b\c")
        );
        assert_eq!(found("db:5432:states:me:a:b").as_deref(), Some("a:b"));
    }

    proptest! {
        #[test]
        fn whatever_is_escaped_is_read_as_it_was(
            host in "[^\r\n#*][^\r\n]*", user in "[^\r\n*]+", password in "[^\r\n]+",
        ) {
            let escaped = |text: &str| text.replace('\\', r"\\").replace(':', r"\:");
            let line = format!("{}:1:d:{}:{}", escaped(&host), escaped(&user), escaped(&password));
            let read = find(&line, [&host, "1", "d", &user]);
            prop_assert_eq!(read.as_deref(), Some(password.as_str()));
        }
    }
}
