//! A cursor over the tokens of JSON text without whitespace between them.

use std::borrow::Cow;

use memchr::memchr2;

/// What is still to be read of a text.
///
/// Every method gives `None` where something else stands there; the text of a value is what its
/// brackets and quotes say, whatever else is in it.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'j> {
    json: &'j str,
    at: usize,
}

impl<'j> Tokens<'j> {
    pub(super) fn new(json: &'j str) -> Tokens<'j> {
        Tokens { json, at: 0 }
    }

    /// How many bytes are read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next byte.
    pub(super) fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    /// What was read since `start`, a place that [`at`](Self::at) gave.
    pub(super) fn since(&self, start: usize) -> &'j str {
        self.json.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.json.len()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// A string as it is written, with its quotes.
    pub(super) fn string(&mut self) -> Option<&'j str> {
        let start = self.at;
        self.take(b'"')?;
        self.at = end_of_string(self.json.as_bytes(), self.at)?;
        Some(self.since(start))
    }

    /// A value of any kind as it is written.
    pub(super) fn value(&mut self) -> Option<&'j str> {
        let bytes = self.json.as_bytes();
        let start = self.at;
        let mut depth = 0_usize;
        let mut at = start;
        loop {
            match bytes.get(at) {
                Some(b'"') => at = end_of_string(bytes, at + 1)?,
                Some(b'{' | b'[') => {
                    depth += 1;
                    at += 1;
                    continue;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    at += 1;
                }
                Some(b',' | b':') if depth > 0 => {
                    at += 1;
                    continue;
                }
                Some(b',' | b':' | b'}' | b']') => break,
                Some(_) => {
                    let is_of_word = |byte: &u8| !b",:{}[]\"".contains(byte);
                    at += bytes[at..]
                        .iter()
                        .take_while(|byte| is_of_word(byte))
                        .count();
                }
                None if depth > 0 => return None,
                None => break,
            }
            if depth == 0 {
                break;
            }
        }
        self.at = at;
        (at > start).then(|| self.since(start))
    }

    /// The members of an object: each gets the name as it is written, and must read the value.
    pub(super) fn members(
        &mut self,
        mut each: impl FnMut(&mut Self, &'j str) -> Option<()>,
    ) -> Option<()> {
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let name = self.string()?;
            self.take(b':')?;
            each(self, name)?;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    /// The elements of a list, each of which must be read.
    pub(super) fn elements(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(b'[')?;
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            each(self)?;
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }
}

/// Where what follows a string begins, given where what follows its first quote does.
pub(super) fn end_of_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// What a string says that is written so, with its quotes; `None` where a part of it is no character.
pub(super) fn decoded(string: &str) -> Option<Cow<'_, str>> {
    let inner = string.strip_prefix('"')?.strip_suffix('"')?;
    match inner.contains('\\') {
        false => Some(Cow::Borrowed(inner)),
        true => serde_json::from_str(string).ok().map(Cow::Owned),
    }
}

/// A string as this layer writes one: only what must be escaped is.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
