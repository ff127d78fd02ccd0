//! The plain twins of what is written for speed, and what both say of the same text.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::value::RawValue;

use super::read::{MAX_DEPTH, outline};
use super::redact::SecretNames;
#[cfg(fuzzing)]
use super::redact::holds_named_text;
use super::skim::{MEMBERS, Skim, opens_resources};
use super::structure::{BLOCK, Block, find_block};
use super::{entries, members};

/// Holds all of them against their twins.
///
/// # Panics
///
/// When they differ.
#[cfg(fuzzing)]
pub fn compare(data: &[u8]) {
    assert_eq!(by_find_block(data), blocks(data));
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    for blocks in 1..3 {
        assert_eq!(by_skim(text, blocks), skimmed(text));
        assert_eq!(by_parts(text, blocks), outlined(text, 1));
    }
    if let (Some(fast), Some(plain)) = (by_members(text), members(text)) {
        assert_eq!(fast, plain);
    }
    if serde_json::from_str::<&RawValue>(text).is_ok() {
        let names = SecretNames::default();
        assert_eq!(holds_named_text(text, &names), named_text(text, &names));
    }
}

/// What is found in a text, a byte at a time.
pub(super) fn blocks(text: &[u8]) -> Vec<Block> {
    let (mut in_string, mut is_escaped) = (false, false);
    let mut blocks = vec![Block::default(); text.len().div_ceil(BLOCK)];
    for (at, byte) in text.iter().enumerate() {
        let (block, bit) = (&mut blocks[at / BLOCK], 1 << (at % BLOCK));
        if *byte == b'"' && !is_escaped {
            block.quotes |= bit;
            block.ends |= if in_string { bit } else { 0 };
            in_string = !in_string;
        }
        match byte {
            b':' if !in_string => block.colons |= bit,
            b'{' | b'[' if !in_string => block.opens |= bit,
            b'}' | b']' if !in_string => block.closes |= bit,
            ..b' ' if in_string => block.controls |= bit,
            _ => {}
        }
        is_escaped = *byte == b'\\' && !is_escaped;
    }
    blocks
}

/// The same by [`find_block`].
pub(super) fn by_find_block(text: &[u8]) -> Vec<Block> {
    let mut found = Vec::new();
    find_block(text, |position, block| {
        assert_eq!(position, found.len() * BLOCK);
        found.push(*block);
        None::<()>
    });
    found
}

/// What is left of a document and where something was left out.
type Skimmed = Option<(String, Vec<Range<usize>>)>;

/// What [`Skim`] makes of a document, a byte at a time; `None` where it finds that it is no JSON.
pub(super) fn skimmed(text: &str) -> Skimmed {
    let (mut left, mut left_out) = (Vec::new(), Vec::<Range<usize>>::new());
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut is_escaped, mut in_resources) = (false, false, false);
    for (at, byte) in text.bytes().enumerate() {
        let is_passed_over = in_resources && depth > MEMBERS;
        if in_string && byte < b' ' {
            return None;
        }
        let was_in_string = in_string;
        in_string ^= byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        let is_structure = !was_in_string && !in_string;
        match byte {
            b'{' | b'[' if is_structure => {
                depth += 1;
                deepest = deepest.max(depth);
                if in_resources && depth == MEMBERS + 1 {
                    left_out.push(at..at);
                    continue;
                }
            }
            b'}' | b']' if is_structure => {
                depth = depth.checked_sub(1)?;
                if in_resources && depth == MEMBERS {
                    let number = left_out.len() - 1;
                    left_out[number].end = at + 1;
                    left.extend(format!("[{number}]").bytes());
                    continue;
                }
                in_resources &= depth >= 2;
            }
            _ => {}
        }
        if !is_passed_over {
            left.push(byte);
        }
        if is_structure && depth == 2 && matches!(byte, b'{' | b'[') {
            in_resources = opens_resources(&left);
        }
    }
    let left = String::from_utf8(left).ok()?;
    (deepest <= MAX_DEPTH).then_some((left, left_out))
}

/// The same by [`Skim`], which is given the document in parts of so many blocks.
pub(super) fn by_skim(text: &str, blocks: usize) -> Skimmed {
    let mut skim = Skim::default();
    for part in text.as_bytes().chunks(blocks * BLOCK) {
        skim.part(part);
    }
    let left = skim.left()?.to_owned();
    Some((left, skim.left_out().to_vec()))
}

/// What a document's outline is when it is skimmed in turn, in parts of so many blocks.
pub(super) fn outlined(text: &str, blocks: usize) -> Option<String> {
    let mut skim = Skim::default();
    skim.clear_for_outline();
    for part in text.as_bytes().chunks(blocks * BLOCK) {
        skim.part(part);
    }
    outline(&mut skim).map(|state| format!("{state:?}"))
}

/// The same where the parts are skimmed apart from each other and joined.
pub(super) fn by_parts(text: &str, blocks: usize) -> Option<String> {
    let mut skim = Skim::default();
    skim_in_parts(&mut skim, text.as_bytes(), blocks);
    outline(&mut skim).map(|state| format!("{state:?}"))
}

/// Skims a document in parts apart from each other and joins them; gives how many were joined.
pub(super) fn skim_in_parts(skim: &mut Skim, text: &[u8], blocks: usize) -> usize {
    skim.clear_for_outline();
    let (mut joined, mut start) = (0, 0);
    for part in text.chunks(blocks * BLOCK) {
        let apart = Skim::behind(&text[..start]).map(|mut apart| {
            apart.part(part);
            apart.parse_ahead();
            apart
        });
        match apart.is_some_and(|apart| skim.join(apart)) {
            true => joined += 1,
            false => skim.part(part),
        }
        start += part.len();
    }
    joined
}

/// An object's members by a parser; `None` where a text is no object.
pub(super) fn members(json: &str) -> Option<Vec<(String, String)>> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let entries: Vec<(Cow<'_, str>, &RawValue)> = entries::option(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    let owned = |(name, value): (Cow<'_, str>, &RawValue)| (name.into(), value.get().to_owned());
    Some(entries.into_iter().map(owned).collect())
}

/// The same without parsing.
pub(super) fn by_members(json: &str) -> Option<Vec<(String, String)>> {
    let owned = |(name, value): members::Member<'_>| (name.into(), value.to_owned());
    Some(members::members(json)?.into_iter().map(owned).collect())
}

/// Whether a text or list that may be a secret stands under a secret's name in valid JSON, a byte at a
/// time.
pub(super) fn named_text(json: &str, names: &SecretNames) -> bool {
    let names = names.remembered();
    let (mut in_string, mut is_escaped) = (false, false);
    let mut string = 0..0;
    json.bytes().enumerate().any(|(at, byte)| {
        if byte == b'"' && !is_escaped {
            match in_string {
                false => string.start = at + 1,
                true => string.end = at,
            }
            in_string = !in_string;
        }
        is_escaped = byte == b'\\' && !is_escaped;
        if in_string || byte != b':' {
            return false;
        }
        // What is escaped in a name is not resolved, so that may be any.
        let name = &json[string.clone()];
        let value = json[at + 1..].trim_ascii_start();
        let may_be = match value.strip_prefix('[') {
            Some(items) => items.trim_ascii_start().starts_with(['"', '[', 'n']),
            None => value.strip_prefix('"').is_some_and(|text| {
                let mut start = text.bytes().take(8);
                let quote = start.position(|byte| byte == b'"');
                match quote {
                    None => text.len() >= 8 && !text.starts_with("arn:"),
                    Some(quote) => text.as_bytes()[..quote].ends_with(b"\\"),
                }
            }),
        };
        may_be && (name.contains('\\') || names.is_secret(name))
    })
}
