//! Telling from text that is not parsed that a value cannot show what is looked for.

use memchr::memmem::Finder;

use super::HIDDEN;

/// The shortest text that is worth looking for.
const SHORTEST: usize = 3;

/// A text that stands in what is shown of a value only if it stands in the JSON that the value was
/// written as.
///
/// What is shown differs from what was written in blanks, in how characters are escaped and in what is
/// hidden, so not every text is one.
#[derive(Debug, Clone)]
pub struct Needle {
    finder: Finder<'static>,
    has_slash: bool,
}

impl Needle {
    /// The longest part of `text` that is one; `None` where no part is.
    pub fn of(text: &str) -> Option<Needle> {
        let parts = text.split(|character: char| !is_written_as_shown(character));
        // Beside these stand blanks in one writing and none in another.
        let parts = parts.map(|part| part.trim_matches([' ', ':']));
        let part = parts.max_by_key(|part| part.len())?;
        let is_told = part.len() >= SHORTEST && !meets_hidden(part) && !is_of_power(part);
        is_told.then(|| Needle {
            finder: Finder::new(part).into_owned(),
            has_slash: part.contains('/'),
        })
    }

    /// The text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.finder.needle()).into_owned()
    }

    /// Whether what is shown of a value may have the text in it.
    pub(in crate::format) fn may_be_in(&self, json: &str) -> bool {
        let json = json.as_bytes();
        let find = |text: &str| memchr::memmem::find(json, text.as_bytes()).is_some();
        self.finder.find(json).is_some() || find(r"\u") || self.has_slash && find(r"\/")
    }
}

/// Whether a character within a string is written as it is shown, unless by its number, and no sign of
/// JSON's own: between those, blanks may stand or not.
fn is_written_as_shown(character: char) -> bool {
    character.is_ascii()
        && !character.is_ascii_control()
        && !matches!(character, '"' | '\\' | '{' | '}' | '[' | ']' | ',')
}

/// Whether a text may lie on a number with a power of ten, which is not shown as it is written: `33E5` is
/// shown as `33e+5`.
fn is_of_power(text: &str) -> bool {
    let is_of_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    text.contains(['e', 'E', '+']) && text.bytes().all(is_of_number)
}

/// Whether a text may stand partly or wholly in what a hidden value reads.
fn meets_hidden(text: &str) -> bool {
    let ends = |one: &str, other: &str| {
        (1..=one.len().min(other.len())).any(|length| one.ends_with(&other[..length]))
    };
    HIDDEN.contains(text) || text.contains(HIDDEN) || ends(text, HIDDEN) || ends(HIDDEN, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needle(text: &str) -> Option<String> {
        Needle::of(text).map(|needle| needle.text())
    }

    #[test]
    fn the_longest_part_without_signs_of_json_is_looked_for() {
        assert_eq!(needle("0.0.0.0/0").as_deref(), Some("0.0.0.0/0"));
        assert_eq!(
            needle(r#""cidr": "10.0.0.0/8", "x""#).as_deref(),
            Some("10.0.0.0/8")
        );
        assert_eq!(needle("arn:aws:s3:::").as_deref(), Some("arn:aws:s3"));
        assert_eq!(needle(":443").as_deref(), Some("443"));
        assert_eq!(needle("[1,2,3]"), None);
        assert_eq!(needle("größe"), None);
        assert_eq!(needle("33e+5"), None);
        assert!(needle("1.5").is_some());
    }

    #[test]
    fn what_a_hidden_value_reads_is_not_looked_for() {
        for text in [
            "(sensitive)",
            "sensitive",
            "see (sens",
            "tive) and",
            "abc(",
            ")abc",
        ] {
            assert_eq!(needle(text), None, "{text}");
        }
        assert!(needle("sensitivity").is_some());
    }

    #[test]
    fn a_text_that_is_written_by_numbers_may_be_there() {
        let needle = Needle::of("a/b").expect("a needle");
        assert!(needle.may_be_in(r#"{"x": "a/b"}"#));
        assert!(needle.may_be_in(r#"{"x": "a\/b"}"#));
        assert!(needle.may_be_in(r#"{"x": "\u0061/b"}"#));
        assert!(!needle.may_be_in(r#"{"x": "a b"}"#));
    }
}
