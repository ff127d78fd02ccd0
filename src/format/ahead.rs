//! Parts of a large document that are skimmed apart from what stands before them, by several threads.
//!
//! A state as Terraform writes it tells by the indentation of a line how deep the line lies, and a line
//! break stands in no JSON string. So where a part begins can be guessed from the bytes right before it. A
//! part counts only if what stands before it turns out to end in just that place ([`Skim::join`]); then
//! skimming it went as it would have gone in turn.
//!
//! Most of what is left of a part are resources, or instances of one. They are parsed at once, and one that
//! stands for all of them is left in their place.

use std::ops::Range;

use super::skim::{Place, Skim, push_number};
use super::structure::BLOCK;
use super::v4::{self, Parsed};

/// How deep the resources of a state lie, and the instances of a resource: what ends one of them is within
/// as many open lists and objects.
const RESOURCES: usize = 2;
const INSTANCES: usize = 4;

/// Resources or instances that were parsed before the rest of their document.
#[derive(Debug)]
pub(super) struct Ahead {
    pub(super) parsed: Parsed,
    /// Where they stood in what is left of their part.
    at: usize,
    bytes: usize,
}

impl Ahead {
    /// How many bytes were parsed.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Skim {
    /// Begins with a part of a document, of which the outline is wanted. Where it begins is guessed from the
    /// bytes `before` it; `None` where they do not tell, or no place within the list of the resources.
    pub fn behind(before: &[u8]) -> Option<Skim> {
        let (depth, line) = last_line(before)?;
        let mut skim = Skim::from_place(Place::within(depth, depth >= RESOURCES));
        // The blanks make whole blocks of it.
        let blanks = line.len().next_multiple_of(BLOCK) - line.len();
        let mut whole = vec![b' '; blanks];
        whole.extend_from_slice(line);
        skim.part(&whole);
        let place = skim.place;
        if !place.in_resources {
            return None;
        }
        let mut part = Skim::from_place(place.clone());
        part.begin = Some(place);
        part.runs = Some(Runs::default());
        Some(part)
    }

    /// Parses the resources or instances that follow each other in the part that was skimmed, as far as they
    /// are whole.
    pub fn parse_ahead(&mut self) {
        let Some((kind, run)) = self.runs.take().and_then(Runs::longest) else {
            return;
        };
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
        // Behind what ends where the run begins there is a comma, or this is no list.
        let Some(comma) = self.left[run.clone()].iter().position(|it| !is_blank(it)) else {
            return;
        };
        let comma = run.start + comma;
        if self.left[comma] != b',' {
            return;
        }
        let tail = self.left.split_off(run.end);
        self.left[comma] = b'[';
        self.left.push(b']');
        let list = str::from_utf8(&self.left[comma..]).ok();
        match list.and_then(|list| v4::parse_ahead(list, kind)) {
            Some(parsed) => {
                self.ahead.push(Ahead {
                    parsed,
                    at: run.start,
                    bytes: run.len(),
                });
                self.left = [&self.left[..run.start], &tail].concat();
            }
            None => {
                self.left[comma] = b',';
                self.left.truncate(run.end);
                self.left.extend(tail);
            }
        }
    }

    /// Goes on with what was skimmed of the next part of the document, if that begins where this ends; else
    /// nothing is changed, and the answer is `false`.
    pub fn join(&mut self, part: Skim) -> bool {
        if !self.is_outline || part.begin.as_ref() != Some(&self.place) {
            return false;
        }
        let mut joined = 0;
        for ahead in part.ahead {
            self.left.extend_from_slice(&part.left[joined..ahead.at]);
            joined = ahead.at;
            let [before, after] = ahead.parsed.stand_in();
            self.left.extend_from_slice(before);
            push_number(&mut self.left, self.ahead.len() + 1);
            self.left.extend_from_slice(after);
            self.ahead.push(ahead);
        }
        self.left.extend_from_slice(&part.left[joined..]);
        self.is_wrong |= part.is_wrong;
        self.place = part.place;
        true
    }
}

/// The last line that more than blanks is known of, and how deep it begins, told by its indentation as
/// Terraform writes it.
fn last_line(before: &[u8]) -> Option<(usize, &[u8])> {
    memchr::memrchr_iter(b'\n', before).find_map(|end| {
        let line = &before[end + 1..];
        let indentation = line.iter().position(|byte| *byte != b' ')?;
        let closes = matches!(line[indentation], b'}' | b']');
        Some((indentation / 2 + usize::from(closes), line))
    })
}

/// What the elements of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Elements {
    Resources,
    Instances,
}

/// Where in what is left of a part elements of one list follow each other, from the end of one to the end
/// of another.
#[derive(Debug, Default)]
pub(super) struct Runs {
    resources: Option<Range<usize>>,
    /// Whether the list of the resources has ended.
    is_over: bool,
    /// Of the list of instances that is open, if any of it have ended.
    instances: Option<Range<usize>>,
    /// The longest of the lists of instances that were closed.
    longest: Range<usize>,
}

impl Runs {
    /// Takes note that something was closed at a position in what is left, after which the place is this.
    #[inline]
    pub(super) fn end(&mut self, position: usize, place: &Place) {
        if self.is_over || place.depth > INSTANCES {
            return;
        }
        if !place.in_resources {
            self.is_over = true;
        }
        match place.depth {
            INSTANCES => self.instances.get_or_insert(position..position).end = position,
            depth => {
                self.close_instances();
                if depth == RESOURCES && place.in_resources {
                    self.resources.get_or_insert(position..position).end = position;
                }
            }
        }
    }

    fn close_instances(&mut self) {
        if let Some(run) = self.instances.take()
            && run.len() > self.longest.len()
        {
            self.longest = run;
        }
    }

    /// The longest run, if there is any.
    fn longest(mut self) -> Option<(Elements, Range<usize>)> {
        self.close_instances();
        let resources = self.resources.unwrap_or_default();
        let (kind, run) = match resources.len() >= self.longest.len() {
            true => (Elements::Resources, resources),
            false => (Elements::Instances, self.longest),
        };
        (!run.is_empty()).then_some((kind, run))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::outline;

    /// A document as Terraform writes it: `resources` of so many instances each.
    fn document(resources: usize, instances: usize) -> String {
        let instance = |key: usize| {
            serde_json::json!({"index_key": key, "deposed": format!("{key:08x}"), "schema_version": 1,
                "attributes": {"id": "a\n\\\"b", "list": [{"x": [1, {"y": "z] é"}]}]},
                "sensitive_attributes": [], "provider": "provider[\"x/y/z\"].a"})
        };
        let resource = |name: usize| {
            let instances: Vec<_> = (0..instances).map(instance).collect();
            serde_json::json!({"mode": "managed", "type": "t", "name": format!("n{name}"), "instances": instances})
        };
        let resources: Vec<_> = (0..resources).map(resource).collect();
        let state = serde_json::json!({"version": 4, "serial": 1, "outputs": {"o": {"value": 1}},
            "resources": resources, "check_results": null});
        format!("{state:#}\n")
    }

    fn parts_parsed_ahead(document: &str, blocks: usize) -> (usize, usize) {
        let mut skim = Skim::default();
        let parts = crate::format::twins::skim_in_parts(&mut skim, document.as_bytes(), blocks);
        (parts, skim.ahead.len())
    }

    #[test]
    fn parts_of_what_terraform_writes_fit_together_and_are_parsed_ahead() {
        for (resources, instances) in [(200, 1), (2, 100), (20, 5)] {
            let document = document(resources, instances);
            for blocks in [20, 64] {
                let parts = document.len().div_ceil(blocks * BLOCK);
                let (joined, ahead) = parts_parsed_ahead(&document, blocks);
                // Nothing tells where the first part begins, and some of the small ones hold no two ends.
                assert_eq!(joined, parts - 1);
                assert!(ahead * 5 > parts * 4, "{ahead} of {parts}");
            }
        }
    }

    #[test]
    fn what_is_parsed_ahead_is_what_is_parsed_in_turn() {
        for (resources, instances) in [(200, 1), (2, 100), (20, 5)] {
            let document = document(resources, instances);
            let mut whole = Skim::default();
            whole.part(document.as_bytes());
            let whole = format!("{:?}", outline(&mut whole));
            for blocks in [1, 20, 64] {
                let mut parts = Skim::default();
                crate::format::twins::skim_in_parts(&mut parts, document.as_bytes(), blocks);
                assert!(format!("{:?}", outline(&mut parts)) == whole);
            }
        }
    }

    #[test]
    fn a_part_that_begins_elsewhere_is_refused() {
        let mut skim = Skim::default();
        skim.clear_for_outline();
        skim.part(b"{\"resources\": [\n    {\n      \"instances\": [\n");
        let part = |before: &[u8]| Skim::behind(before).expect("a place in the resources");
        assert!(!skim.join(part(b"\n    {\n")));
        assert!(!skim.join(part(b"\n        {")));
        assert!(!skim.join(part(b"\n      \"insta")));
        assert!(skim.join(part(b"\n      \"instances\": [\n")));
    }

    #[test]
    fn where_a_part_begins_is_not_guessed_outside_of_the_resources() {
        for before in [
            "no line",
            "\n",
            "\n  \"resources\": ",
            "\n  ]\n",
            "\n    }\n  ]",
            "\n{",
        ] {
            assert!(Skim::behind(before.as_bytes()).is_none(), "{before:?}");
        }
        assert!(Skim::behind(b"\n  ],\n        \"a\": 1,\n   ").is_some());
    }
}
