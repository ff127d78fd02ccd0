//! The members of a JSON object, told apart without parsing what they are.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::structure::{Block, bits, find_block};

/// How many members there is room for at first: about as many as an instance has attributes.
const MEMBERS: usize = 32;

/// A member's name, and its value as it is written.
pub(super) type Member<'j> = (Cow<'j, str>, &'j str);

/// The members of the object that a text is, a repeated name as often as it stands; `None` where it is
/// no object that is told apart so easily.
///
/// The names and what lies between the members are JSON then; what the values are, nobody has looked.
pub(super) fn members(json: &str) -> Option<Vec<Member<'_>>> {
    let mut split = Split {
        json,
        members: Vec::with_capacity(MEMBERS),
        depth: 0,
        string: None,
        is_in_string: false,
        member: None,
        end: None,
    };
    let is_refused = find_block(json.as_bytes(), |position, block| {
        split.block(position, block).is_break().then_some(())
    });
    let is_whole = is_refused.is_none() && json.get(split.end?..)?.trim_ascii().is_empty();
    is_whole.then_some(split.members)
}

/// An object being told apart.
struct Split<'j> {
    json: &'j str,
    members: Vec<Member<'j>>,
    /// How many objects and lists are open.
    depth: usize,
    /// Where the last string of the object's own began and ended, with its quotes.
    string: Option<(usize, usize)>,
    is_in_string: bool,
    /// The name of the last member, and where its value begins.
    member: Option<(Cow<'j, str>, usize)>,
    /// Where what follows the object begins.
    end: Option<usize>,
}

impl<'j> Split<'j> {
    fn block(&mut self, position: usize, block: &Block) -> ControlFlow<()> {
        let nested = block.opens | block.closes;
        if self.depth > 1 {
            if nested == 0 {
                return ControlFlow::Continue(());
            }
            let (up, down) = (block.opens.count_ones(), block.closes.count_ones());
            if self.depth - 1 > down as usize {
                self.depth = self.depth + up as usize - down as usize;
                return ControlFlow::Continue(());
            }
        }
        bits(nested | block.quotes | block.colons)
            .take_while(|at| position + at < self.json.len())
            .try_for_each(|at| {
                let is = |mask: u64| mask >> at & 1 == 1;
                let here = position + at;
                if is(block.opens) {
                    self.open(here)
                } else if is(block.closes) {
                    self.close(here)
                } else if self.depth != 1 {
                    // A string around the object, or behind it, is no part of it.
                    refuse_unless(self.depth > 1)
                } else if is(block.quotes) {
                    self.quote(here);
                    ControlFlow::Continue(())
                } else {
                    self.colon(here)
                }
            })
    }

    fn open(&mut self, here: usize) -> ControlFlow<()> {
        self.depth += 1;
        if self.depth > 1 {
            return ControlFlow::Continue(());
        }
        // Only the first one opens the object, and nothing stands before it.
        refuse_unless(
            self.end.is_none()
                && self.json[here..].starts_with('{')
                && self.json[..here].trim_ascii().is_empty(),
        )?;
        self.string = None;
        ControlFlow::Continue(())
    }

    fn close(&mut self, here: usize) -> ControlFlow<()> {
        refuse_unless(self.depth > 0)?;
        self.depth -= 1;
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        refuse_unless(self.json[here..].starts_with('}'))?;
        self.end = Some(here + 1);
        match self.member.take() {
            Some((name, start)) => self.take(name, &self.json[start..here]),
            None => {
                let inside = self.json[..here].trim_ascii();
                refuse_unless(inside == "{")
            }
        }
    }

    fn quote(&mut self, here: usize) {
        match self.is_in_string {
            false => self.string = Some((here, here)),
            true => {
                if let Some((_, end)) = &mut self.string {
                    *end = here + 1;
                }
            }
        }
        self.is_in_string = !self.is_in_string;
    }

    /// Ends the last member before the name that stands before a colon.
    fn colon(&mut self, here: usize) -> ControlFlow<()> {
        let Some((start, end)) = self.string.take() else {
            return ControlFlow::Break(());
        };
        let is_name = self.json[end..here].trim_ascii().is_empty();
        refuse_unless(is_name)?;
        let name = &self.json[start + 1..end - 1];
        let name = match name.contains('\\') {
            false => Cow::Borrowed(name),
            true => match serde_json::from_str(&self.json[start..end]) {
                Ok(name) => Cow::Owned(name),
                Err(_) => return ControlFlow::Break(()),
            },
        };
        match self.member.replace((name, here + 1)) {
            Some((name, value)) => match self.json[value..start].trim_ascii().strip_suffix(',') {
                Some(value) => self.take(name, value),
                None => ControlFlow::Break(()),
            },
            None => {
                let before = self.json[..start].trim_ascii();
                refuse_unless(before == "{")
            }
        }
    }

    fn take(&mut self, name: Cow<'j, str>, value: &'j str) -> ControlFlow<()> {
        let value = value.trim_ascii();
        refuse_unless(!value.is_empty())?;
        self.members.push((name, value));
        ControlFlow::Continue(())
    }
}

fn refuse_unless(is_object: bool) -> ControlFlow<()> {
    match is_object {
        true => ControlFlow::Continue(()),
        false => ControlFlow::Break(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::format::twins::{by_members as split, members as parsed};

    fn object() -> impl Strategy<Value = String> {
        let space = prop::sample::select(vec!["", " ", "\n", "\n   ", "\t"]);
        let value = prop::sample::select(vec![
            "1",
            "-1.5e3",
            "null",
            "true",
            r#""""#,
            r#""a""#,
            r#""a\"b:{[""#,
            r#""\\""#,
            "{}",
            "[]",
            r#"{"a": {"b": [1, "x", {"c": "}"}]}}"#,
            r#"[{"a":1},[2,":"]]"#,
            r#"{"a":"\\\""}"#,
            r#""0123456789012345678901234567890123456789012345678901234567890123456789""#,
        ]);
        let name =
            prop::sample::select(vec!["a", "", "b c", r"\u0061", r#"\""#, "é", r"x\\", "n:{"]);
        let member = (
            name,
            space.clone(),
            space.clone(),
            value,
            space.clone(),
            space.clone(),
        )
            .prop_map(|(name, a, b, value, c, d)| format!("{d}\"{name}\"{a}:{b}{value}{c}"));
        (prop::collection::vec(member, 0..12), space.clone(), space)
            .prop_map(|(members, a, b)| format!("{a}{{{}}}{b}", members.join(",")))
    }

    proptest! {
        #[test]
        fn an_object_s_members_are_those_that_a_parser_finds(json in object()) {
            prop_assert_eq!(split(&json), parsed(&json));
        }

        #[test]
        fn of_what_is_no_object_nothing_is_made_up(json in object(), cut in any::<prop::sample::Index>()) {
            let at = cut.index(json.len());
            if json.is_char_boundary(at) {
                for text in [&json[..at], &json[at..]] {
                    if let (Some(split), Some(parsed)) = (split(text), parsed(text)) {
                        prop_assert_eq!(split, parsed);
                    }
                }
            }
        }

        #[test]
        fn any_text_is_taken(text in r#"[{}\[\]":,\\a1 é]{0,80}"#) {
            if let (Some(split), Some(parsed)) = (split(&text), parsed(&text)) {
                prop_assert_eq!(split, parsed);
            }
        }
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        for json in [
            "",
            "null",
            "[]",
            "1",
            r#""a""#,
            "{",
            "}",
            "{1}",
            r#"{"a" 1}"#,
            r#"{"a":}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":1,}"#,
            r#"{,"a":1}"#,
            r#"{"a":1}}"#,
            r#"{"a":1} x"#,
            r#"x {"a":1}"#,
            r#"{"a":1}{}"#,
            r#"{"a":1]"#,
            r#"{:1}"#,
            r#"{"\x":1}"#,
            r#"{"a":1} "b""#,
        ] {
            // Of a value that is damaged in itself nothing is known here.
            if split(json).is_some() {
                assert_eq!(json, r#"{"a":1,}"#, "{json}");
            }
        }
    }
}
