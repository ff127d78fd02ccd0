//! A hash of what JSON says, however it is written.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// Stands for what a document says: the same for the same JSON with other blanks, other escapes or
/// another order of members. Numbers are the same where their text is. `None` for what is no JSON.
pub fn content_hash(bytes: &[u8]) -> Option<[u8; 32]> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let hash = Hashed.deserialize(&mut json).ok()?;
    json.end().ok()?;
    Some(hash)
}

/// Hashes one value.
struct Hashed;

/// A hash of some bytes that no value of another kind has.
fn of(kind: u8, bytes: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[kind]);
    hasher.update(bytes);
    hasher.finalize().into()
}

impl<'de> DeserializeSeed<'de> for Hashed {
    type Value = [u8; 32];

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<[u8; 32], D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Hashed {
    type Value = [u8; 32];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<[u8; 32], E> {
        Ok(of(b'n', &[]))
    }

    fn visit_bool<E>(self, value: bool) -> Result<[u8; 32], E> {
        Ok(of(b'b', &[value.into()]))
    }

    fn visit_u64<E>(self, value: u64) -> Result<[u8; 32], E> {
        Ok(of(b'd', &value.to_le_bytes()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<[u8; 32], E> {
        Ok(of(b'i', &value.to_le_bytes()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<[u8; 32], E> {
        Ok(of(b'f', &value.to_le_bytes()))
    }

    fn visit_str<E>(self, value: &str) -> Result<[u8; 32], E> {
        Ok(of(b's', value.as_bytes()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<[u8; 32], A::Error> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"l");
        while let Some(item) = items.next_element_seed(Hashed)? {
            hasher.update(&item);
        }
        Ok(hasher.finalize().into())
    }

    /// Numbers come as an object too, whose one member is their text.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<[u8; 32], A::Error> {
        let mut hashes = Vec::new();
        while let Some(name) = members.next_key_seed(Hashed)? {
            hashes.push((name, members.next_value_seed(Hashed)?));
        }
        hashes.sort_unstable();
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"o");
        for (name, value) in hashes {
            hasher.update(&name);
            hasher.update(&value);
        }
        Ok(hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::content_hash;

    fn is_same(one: &str, other: &str) -> bool {
        let hash = |text: &str| content_hash(text.as_bytes()).expect("it is JSON");
        hash(one) == hash(other)
    }

    #[test]
    fn what_is_written_differently_says_the_same() {
        assert!(is_same(
            r#"{"a": 1, "b": [true, null, "\u0041"]}"#,
            r#"{"b":[true,null,"A"],"a":1}"#
        ));
    }

    #[test]
    fn what_says_something_else_is_told_apart() {
        for (one, other) in [
            ("[1, 2]", "[2, 1]"),
            ("[[1], 2]", "[[1, 2]]"),
            (r#"{"a": "b"}"#, r#"{"b": "a"}"#),
            (r#"["a", "b"]"#, r#"["ab"]"#),
            ("1", "\"1\""),
            ("null", "\"\""),
            ("{}", "[]"),
        ] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_json_has_none() {
        for text in ["", "{", "1 2", "\"\\ud800\""] {
            assert!(content_hash(text.as_bytes()).is_none(), "{text}");
        }
    }
}
