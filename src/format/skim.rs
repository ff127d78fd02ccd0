//! A state without the values that few questions ask for.
//!
//! Most of a state's bytes are attributes, and most questions need none or few of them. So what stands
//! within an instance is passed over at nearly the speed of memory: only its end is looked for. What
//! is left is a small document that is parsed as any other, with a number for each value left out.

use std::ops::Range;

use super::ahead::{Ahead, Runs};
use super::model::Parsing;
use super::read::MAX_DEPTH;
use super::structure::{BLOCK, BLOCKS, Before, Block, bits, padded};

/// How deep an instance's members lie: in an instance, a list of them, a resource, a list of those, and
/// the document.
pub(super) const MEMBERS: usize = 5;

/// A document as it is skimmed: what is left of it, and where what was left out stands.
///
/// Only the lists and objects that are members of an instance are left out, in a document that has
/// `resources` where version 4 states have them.
#[derive(Debug, Default)]
pub struct Skim {
    pub(super) place: Place,
    /// Of a part of a document, where it is taken to begin.
    pub(super) begin: Option<Place>,
    /// How many bytes have been looked at.
    position: usize,
    /// Whether it is known already to be no JSON, no UTF-8, or nested deeper than states are.
    pub(super) is_wrong: bool,
    /// Whether nobody will ask for the values left out, so that `[0]` stands for each of them.
    pub(super) is_outline: bool,
    /// The document, with `[n]` in the place of the value left out as number `n`.
    pub(super) left: Vec<u8>,
    /// Where the values left out stand in the document.
    left_out: Vec<Range<usize>>,
    /// In a part of a document, where lists go on that can be parsed ahead.
    pub(super) runs: Option<Runs>,
    /// What was parsed ahead; `[n]` stands for number `n - 1` in what is left of an outline.
    pub(super) ahead: Vec<Ahead>,
    parsing: Parsing,
}

/// All that is to be known of what stands before a place in a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    before: Before,
    /// How many objects and lists are open.
    pub(super) depth: usize,
    pub(super) in_resources: bool,
    /// The first bytes of a character that goes on in the next part.
    unfinished: Vec<u8>,
}

impl Place {
    /// Outside of strings, in so many lists and objects of a state's resources, or of other members.
    pub(super) fn within(depth: usize, in_resources: bool) -> Place {
        Place {
            depth,
            in_resources,
            ..Place::default()
        }
    }
}

impl Skim {
    /// Begins at a place in a document of which the outline is wanted.
    pub(super) fn from_place(place: Place) -> Skim {
        Skim {
            place,
            is_outline: true,
            ..Skim::default()
        }
    }

    /// Begins with another document, of which nothing but the [`outline`](super::outline()) is wanted.
    pub fn clear_for_outline(&mut self) {
        self.clear();
        self.is_outline = true;
    }

    /// Begins with another document.
    pub fn clear(&mut self) {
        let mut left = std::mem::take(&mut self.left);
        let mut left_out = std::mem::take(&mut self.left_out);
        left.clear();
        left_out.clear();
        *self = Skim {
            left,
            left_out,
            ..Skim::default()
        };
    }

    /// Skims the next part of the document. Its length is a multiple of 64 bytes, but for the last one.
    pub fn part(&mut self, bytes: &[u8]) {
        self.check_encoding(bytes);
        skim(self, bytes);
    }

    /// Skims the rest of the document, of which nothing went before, or what did was UTF-8.
    pub(super) fn text(&mut self, text: &str) {
        skim(self, text.as_bytes());
    }

    /// Whether a value that was left out turned out to be no JSON when it was parsed.
    pub fn found_damage(&self) -> bool {
        self.parsing.found_damage()
    }

    /// How many bytes were parsed of what is left and of the values that were left out.
    pub fn bytes_parsed(&self) -> usize {
        self.left.len() + self.parsing.bytes() + self.ahead.iter().map(Ahead::bytes).sum::<usize>()
    }

    /// Whether what comes next stands within the list of the resources.
    pub fn is_in_resources(&self) -> bool {
        self.place.in_resources
    }

    /// What is left; `None` if the document is damaged, or nested deeper than states are.
    pub(super) fn left(&self) -> Option<&str> {
        let is_whole = !self.is_wrong && self.place.unfinished.is_empty();
        is_whole.then(|| str::from_utf8(&self.left).ok()).flatten()
    }

    /// Where the values that were left out stand in the document.
    pub(super) fn left_out(&self) -> &[Range<usize>] {
        &self.left_out
    }

    /// Where it is told what shows when one of them is parsed.
    pub(super) fn parsing(&self) -> &Parsing {
        &self.parsing
    }

    fn check_encoding(&mut self, bytes: &[u8]) {
        if self.place.unfinished.is_empty() && bytes.is_ascii() {
            return;
        }
        let mut rest = bytes;
        while !self.place.unfinished.is_empty() {
            let Some((next, others)) = rest.split_first() else {
                return;
            };
            rest = others;
            self.place.unfinished.push(*next);
            match str::from_utf8(&self.place.unfinished) {
                Ok(_) => self.place.unfinished.clear(),
                Err(error) if error.error_len().is_none() => {}
                Err(_) => {
                    self.is_wrong = true;
                    return;
                }
            }
        }
        if let Err(error) = str::from_utf8(rest) {
            match error.error_len() {
                Some(_) => self.is_wrong = true,
                None => self.place.unfinished.extend(&rest[error.valid_up_to()..]),
            }
        }
    }

    /// Whether a value is being left out.
    #[inline(always)]
    fn is_leaving_out(&self) -> bool {
        self.place.in_resources && self.place.depth > MEMBERS
    }

    /// Passes over, or leaves, what stands in the first of some blocks; gives how many are done with.
    #[inline(always)]
    fn blocks(&mut self, bytes: &[[u8; BLOCK]], found: &[Block]) -> usize {
        if self.is_leaving_out() {
            let passed = self.pass_over(found);
            if passed > 0 {
                return passed;
            }
        }
        self.block(&bytes[0], BLOCK, &found[0]);
        1
    }

    fn block(&mut self, bytes: &[u8; BLOCK], length: usize, found: &Block) {
        self.is_wrong |= found.controls != 0;
        let (up, down) = (count(found.opens), count(found.closes));
        let highest = self.place.depth + up;
        let lowest = self.place.depth.saturating_sub(down);
        // No deeper than this, whatever the order of what opens and closes.
        let limit = if self.place.in_resources {
            MEMBERS
        } else {
            MAX_DEPTH
        };
        // Nor less deep than that; where elements end in a list is looked for one by one.
        let least = if self.runs.is_some() { MEMBERS } else { 2 };
        if lowest >= least && highest <= limit {
            self.left.extend_from_slice(&bytes[..length]);
            self.place.depth = highest - down;
            self.position += length;
        } else {
            self.step_by_step(bytes, length, found);
        }
    }

    /// Passes over the blocks in which the value that is being left out goes on; gives how many.
    #[inline(always)]
    fn pass_over(&mut self, found: &[Block]) -> usize {
        let (mut depth, mut controls) = (self.place.depth, 0);
        let mut passed = 0;
        for block in found {
            // Counting takes longer than the rest on some processors, and most blocks have neither.
            if block.opens | block.closes != 0 {
                let (up, down) = (count(block.opens), count(block.closes));
                if depth - MEMBERS <= down || depth + up > MAX_DEPTH {
                    break;
                }
                depth = depth + up - down;
            }
            controls |= block.controls;
            passed += 1;
        }
        self.place.depth = depth;
        self.is_wrong |= controls != 0;
        self.position += passed * BLOCK;
        passed
    }

    /// Goes through what opens and closes in a block, one after the other.
    fn step_by_step(&mut self, bytes: &[u8; BLOCK], length: usize, found: &Block) {
        // Where that begins which is not copied yet.
        let mut from = 0;
        for at in bits(found.opens | found.closes) {
            if found.opens >> at & 1 == 1 {
                self.place.depth += 1;
                self.is_wrong |= self.place.depth > MAX_DEPTH;
                if self.place.depth == 2 {
                    self.left.extend_from_slice(&bytes[from..=at]);
                    from = at + 1;
                    self.place.in_resources = opens_resources(&self.left);
                } else if self.place.in_resources && self.place.depth == MEMBERS + 1 {
                    self.left.extend_from_slice(&bytes[from..at]);
                    if !self.is_outline {
                        let start = self.position + at;
                        self.left_out.push(start..start);
                    }
                }
            } else {
                if self.place.in_resources && self.place.depth == MEMBERS + 1 {
                    self.end_value(self.position + at + 1);
                    from = at + 1;
                }
                self.is_wrong |= self.place.depth == 0;
                self.place.depth = self.place.depth.saturating_sub(1);
                self.place.in_resources &= self.place.depth >= 2;
                if let Some(runs) = &mut self.runs {
                    runs.end(self.left.len() + at + 1 - from, &self.place);
                }
            }
        }
        if !self.is_leaving_out() {
            self.left.extend_from_slice(&bytes[from..length]);
        }
        self.position += length;
    }

    /// Ends the value that is being left out, and leaves its number.
    fn end_value(&mut self, end: usize) {
        if self.is_outline {
            self.left.extend_from_slice(b"[0]");
            return;
        }
        let Some(number) = self.left_out.len().checked_sub(1) else {
            return;
        };
        self.left_out[number].end = end;
        push_number(&mut self.left, number);
    }
}

/// Leaves a number in the place of something.
pub(super) fn push_number(left: &mut Vec<u8>, mut number: usize) {
    left.push(b'[');
    let first = left.len();
    loop {
        left.push(b'0' + (number % 10) as u8);
        number /= 10;
        if number == 0 {
            break;
        }
    }
    left[first..].reverse();
    left.push(b']');
}

fn skim(skim: &mut Skim, bytes: &[u8]) {
    let (whole, rest) = bytes.as_chunks::<BLOCK>();
    let mut found = [Block::default(); BLOCKS];
    for some in whole.chunks(BLOCKS) {
        skim.place.before.look(some, &mut found);
        let (mut bytes, mut found) = (some, &found[..some.len()]);
        while !bytes.is_empty() {
            let done = skim.blocks(bytes, found);
            (bytes, found) = (&bytes[done..], &found[done..]);
        }
    }
    if !rest.is_empty() {
        let block = padded(rest);
        skim.place.before.look(&[block], &mut found);
        skim.block(&block, rest.len(), &found[0]);
    }
}

fn count(mask: u64) -> usize {
    mask.count_ones() as usize
}

/// Whether the beginning of a document ends in the list of its resources being opened.
pub(super) fn opens_resources(beginning: &[u8]) -> bool {
    let key = beginning.strip_suffix(b"[").map(<[u8]>::trim_ascii_end);
    let key = key.and_then(|key| key.strip_suffix(b":"));
    let before = key.and_then(|key| key.trim_ascii_end().strip_suffix(b"\"resources\""));
    before.is_some_and(|before| !before.ends_with(b"\\"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::format::twins;

    fn value() -> impl Strategy<Value = Value> {
        let text = r#"[a-z\\\\"\[\]{}:, é\n]{0,12}"#;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(text, inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn state() -> impl Strategy<Value = Value> {
        let instance = (value(), value(), value()).prop_map(|(attributes, marks, key)| {
            serde_json::json!({"attributes": attributes, "index_key": key, "sensitive_attributes": marks})
        });
        let resource = prop::collection::vec(instance, 0..4).prop_map(|instances| {
            serde_json::json!({"mode": "managed", "type": "t", "name": "n", "instances": instances})
        });
        let resources = prop::collection::vec(resource, 0..4);
        (resources, value(), any::<bool>()).prop_map(|(resources, outputs, first)| match first {
            true => serde_json::json!({"version": 4, "resources": resources, "outputs": outputs}),
            false => {
                serde_json::json!({"outputs": outputs, "resources": resources, "x": [[outputs]]})
            }
        })
    }

    proptest! {
        #[test]
        fn a_state_is_skimmed_as_if_by_single_bytes(state in state(), pretty: bool, blocks in 1..4_usize) {
            let text = match pretty {
                true => serde_json::to_string_pretty(&state).unwrap(),
                false => state.to_string(),
            };
            let skimmed = twins::by_skim(&text, blocks);
            prop_assert!(skimmed.is_some());
            prop_assert_eq!(skimmed, twins::skimmed(&text));
        }

        #[test]
        fn any_text_is_skimmed_as_if_by_single_bytes(
            text in r#"(\{"resources":\[|[\[\]{}"\\ab:,\x01\né]|\{"a":\[\{|x{60,70}){0,30}"#,
            blocks in 1..4_usize,
        ) {
            prop_assert_eq!(twins::by_skim(&text, blocks), twins::skimmed(&text));
        }

        #[test]
        fn parts_of_a_state_are_skimmed_as_the_whole(state in state(), pretty: bool, blocks in 1..4_usize) {
            let text = match pretty {
                true => serde_json::to_string_pretty(&state).unwrap(),
                false => state.to_string(),
            };
            prop_assert_eq!(twins::by_parts(&text, blocks), twins::outlined(&text, 1));
        }

        #[test]
        fn parts_of_a_damaged_state_are_skimmed_as_the_whole(
            state in state(), at: prop::sample::Index,
            byte in prop::sample::select(b"\"\\{}[]:, 0\n\x01x".to_vec()),
            blocks in 1..4_usize,
        ) {
            let mut text = serde_json::to_string_pretty(&state).unwrap();
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let start = *at.get(&places);
            let end = text.ceil_char_boundary(start + 1);
            text.replace_range(start..end, str::from_utf8(&[byte]).unwrap());
            prop_assert_eq!(twins::by_parts(&text, blocks), twins::outlined(&text, 1));
        }

        #[test]
        fn values_are_found_where_they_stand(state in state()) {
            let text = serde_json::to_string_pretty(&state).unwrap();
            let mut skim = Skim::default();
            skim.part(text.as_bytes());
            let mut wanted = Vec::new();
            for resource in state["resources"].as_array().unwrap() {
                for instance in resource["instances"].as_array().unwrap() {
                    let members = instance.as_object().unwrap().values();
                    wanted.extend(members.filter(|it| it.is_array() || it.is_object()).cloned());
                }
            }
            let found: Vec<Value> = skim
                .left_out()
                .iter()
                .map(|place| serde_json::from_str(&text[place.clone()]).unwrap())
                .collect();
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn characters_may_lie_across_parts() {
        let text = format!("{{\"a\": \"{}é\"}}", "x".repeat(BLOCK - 8));
        assert_eq!(text.as_bytes()[BLOCK - 1], "é".as_bytes()[0]);
        assert_eq!(twins::by_skim(&text, 1).unwrap().0, text);
        let mut skim = Skim::default();
        skim.part(&text.as_bytes()[..BLOCK]);
        assert!(skim.left().is_none(), "the character is not whole");
        skim.clear();
        skim.part(b"{\"a\": \"\xff\"}");
        assert!(skim.left().is_none(), "it is no character");
    }
}
