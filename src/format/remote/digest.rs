//! Values as digests, to be compared across states without being told.

use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

use blake3::Hasher;
use serde_json::{Number, Value};

/// Stands for a value: two are equal when the values are. Says nothing else, also when printed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 16]);

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

/// Makes digests that can be compared with each other, and with those of no other digester: its key
/// is random, so that nobody can look for a guessed value.
pub struct Digester(Hasher);

impl Digester {
    /// One with a key of its own.
    pub fn new() -> Digester {
        let mut key = [0; blake3::KEY_LEN];
        for part in key.chunks_mut(8) {
            part.copy_from_slice(&RandomState::new().hash_one(0).to_ne_bytes());
        }
        Digester(Hasher::new_keyed(&key))
    }

    /// The digest of a value: numbers count by what they are, however written, and objects whatever
    /// the order of their keys.
    pub(in crate::format) fn exact(&self, value: &Value) -> Digest {
        self.digest(|hasher| write(hasher, value, Scalars::Typed))
    }

    /// The same where numbers and truth values count as their text, and a text that writes a number as
    /// that number: flatmaps hold nothing else.
    pub(in crate::format) fn loose(&self, value: &Value) -> Digest {
        self.digest(|hasher| write(hasher, value, Scalars::Texts))
    }

    /// The digest of a text.
    pub(in crate::format) fn text(&self, text: &str) -> Digest {
        self.digest(|hasher| write_text(hasher, b's', text))
    }

    fn digest(&self, write: impl FnOnce(&mut Hasher)) -> Digest {
        let mut hasher = self.0.clone();
        write(&mut hasher);
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        Digest(digest)
    }
}

impl Default for Digester {
    fn default() -> Self {
        Digester::new()
    }
}

/// How numbers and truth values count.
#[derive(Clone, Copy, PartialEq)]
enum Scalars {
    Typed,
    Texts,
}

/// Feeds a value, each part with its kind and length before it so that no two values read the same.
fn write(hasher: &mut Hasher, value: &Value, scalars: Scalars) {
    let kind = |kind: u8| match scalars {
        Scalars::Typed => kind,
        Scalars::Texts => b's',
    };
    match value {
        Value::Null => {
            hasher.update(b"z");
        }
        Value::Bool(truth) => write_text(hasher, kind(b'b'), &truth.to_string()),
        Value::Number(number) => write_text(hasher, kind(b'n'), &plain(number)),
        Value::String(text) => match scalars {
            Scalars::Typed => write_text(hasher, b's', text),
            Scalars::Texts => write_text(hasher, b's', &loose_text(text)),
        },
        Value::Array(items) => {
            write_length(hasher, b'a', items.len());
            items.iter().for_each(|item| write(hasher, item, scalars));
        }
        Value::Object(members) => {
            write_length(hasher, b'o', members.len());
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            for (name, member) in members {
                write_text(hasher, b'k', name);
                write(hasher, member, scalars);
            }
        }
    }
}

fn write_text(hasher: &mut Hasher, kind: u8, text: &str) {
    write_length(hasher, kind, text.len());
    hasher.update(text.as_bytes());
}

fn write_length(hasher: &mut Hasher, kind: u8, length: usize) {
    hasher
        .update(&[kind])
        .update(&(length as u64).to_le_bytes());
}

/// A text of a flatmap: the number that it writes, as [`plain`] writes it, or itself. Terraform wrote
/// no zeros behind a fraction, so that `1.10` is a text, a version perhaps.
fn loose_text(text: &str) -> Cow<'_, str> {
    let (digits, _) = text.split_once(['e', 'E']).unwrap_or((text, ""));
    let is_padded = digits.contains('.') && digits.ends_with('0');
    let is_bare = text.trim() == text;
    match serde_json::from_str::<Number>(text) {
        Ok(number) if is_bare && !is_padded => Cow::Owned(plain(&number)),
        _ => Cow::Borrowed(text),
    }
}

/// A number's text, the same for each way to write it: `1`, `1.0` and `10e-1` are `1`; one that is
/// no whole number, or is very large, is its digits and their exponent.
fn plain(number: &Number) -> String {
    let text = number.to_string();
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", text.as_str()),
    };
    let (digits, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let Ok(exponent) = exponent.parse::<i64>() else {
        return text;
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.trim_start_matches('0');
    let significant = leading.trim_end_matches('0');
    if significant.is_empty() {
        return "0".to_owned();
    }
    let trailing = leading.len() - significant.len();
    let exponent = exponent
        .saturating_sub_unsigned(fraction.len() as u64)
        .saturating_add_unsigned(trailing as u64);
    match usize::try_from(exponent) {
        Ok(zeros) if zeros <= LONGEST_PLAIN => format!("{sign}{significant}{}", "0".repeat(zeros)),
        _ => format!("{sign}{significant}e{exponent}"),
    }
}

/// How many zeros a whole number may end in to be written out.
const LONGEST_PLAIN: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn values_that_differ_in_writing_only_are_equal() {
        let digester = Digester::new();
        for (one, other) in [
            (r#"{"a": 1, "b": [2]}"#, r#"{"b": [2.0], "a": 10e-1}"#),
            ("-0", "0"),
            (
                "123456789012345678901234567890",
                "1.2345678901234567890123456789e29",
            ),
            ("0.50", "5e-1"),
            ("100", "1e2"),
            (r#""\u003ca""#, r#""<a""#),
        ] {
            let (one, other) = (parsed(one), parsed(other));
            assert!(
                digester.exact(&one) == digester.exact(&other),
                "{one} {other}"
            );
        }
    }

    #[test]
    fn values_that_differ_are_not() {
        let digester = Digester::new();
        let values = [
            json!(null),
            json!(true),
            json!("true"),
            json!(1),
            json!("1"),
            json!(10),
            json!(-1),
            json!(["a", "b"]),
            json!(["b", "a"]),
            json!(["ab"]),
            json!([["a"], "b"]),
            json!({}),
            json!([]),
            json!({"a": null}),
            json!({"a": "b"}),
            parsed("0.1"),
            parsed("1e400"),
        ];
        for (position, one) in values.iter().enumerate() {
            for other in &values[position + 1..] {
                assert!(
                    digester.exact(one) != digester.exact(other),
                    "{one} {other}"
                );
            }
        }
    }

    #[test]
    fn a_flatmap_s_texts_equal_what_they_were_written_from() {
        let digester = Digester::new();
        let (flat, typed) = (
            json!({"port": "8080", "on": "true"}),
            json!({"port": 8080, "on": true}),
        );
        assert!(digester.loose(&flat) == digester.loose(&typed));
        assert!(digester.exact(&flat) != digester.exact(&typed));
    }

    #[test]
    fn a_flatmap_s_text_of_a_number_is_that_number() {
        let digester = Digester::new();
        let loose = |json: &str| digester.loose(&parsed(json));
        for (flat, number) in [
            (r#""0.1""#, "0.1"),
            (r#""-2.5""#, "-2.50"),
            (r#""1e+21""#, "1e21"),
            (r#""100""#, "1e2"),
        ] {
            assert!(loose(flat) == loose(number), "{flat} {number}");
        }
        for (flat, other) in [
            (r#""1.10""#, r#""1.1""#),
            (r#""007""#, "7"),
            (r#"" 7""#, "7"),
            (r#""0.1""#, "0.2"),
        ] {
            assert!(loose(flat) != loose(other), "{flat} {other}");
        }
    }

    #[test]
    fn a_digest_tells_nothing_and_no_other_digester_makes_it() {
        let value = json!("hunter2");
        let digest = Digester::new().exact(&value);
        assert_eq!(format!("{digest:?}"), "Digest");
        assert!(digest != Digester::new().exact(&value));
    }
}
