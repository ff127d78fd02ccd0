//! Which ids of two states mean objects with the same address.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::Object;
use crate::format::identity::{candidates, comparable, has_object, own_identities};
use crate::format::members::Member;
use crate::format::{Identity, Reach};

/// The shortest name that someone chose which is taken for an object's, in bytes: shorter ones are
/// words that stand in many places.
const SHORTEST_NAME: usize = 8;

/// What stands for an identity in a text that is compared; no text of a state holds it by chance.
const MARK: char = '\u{0}';

/// What names the objects that both states have, on either side.
#[derive(Debug, Default)]
pub(super) struct Counterparts {
    a: HashMap<String, Known>,
    b: HashMap<String, Known>,
}

/// An identity: the same number on both sides stands for one attribute of one address.
#[derive(Debug, Clone, Copy)]
struct Known {
    number: u32,
    /// Whether no other object in the world has it; else it is a name that someone chose.
    is_unique: bool,
}

impl Counterparts {
    /// Those of objects, each with the one of the other state that has its address.
    pub(super) fn of<'r>(pairs: impl Iterator<Item = (Object<'r>, Object<'r>)>) -> Counterparts {
        let mut all = Counterparts::default();
        let mut number = 0;
        for ((resource, instance), (other_resource, other)) in pairs {
            if !has_object(resource)
                || resource.address.type_name != other_resource.address.type_name
            {
                continue;
            }
            let type_name = &resource.address.type_name;
            let own = |members: &[Member<'_>]| own_identities(type_name, members);
            let of_a = own(&instance.attributes.members());
            let of_b = own(&other.attributes.members());
            for identity in &of_a {
                let is_same = |other: &&Identity| other.attribute == identity.attribute;
                if let Some(other) = of_b.iter().find(is_same) {
                    add(&mut all.a, identity, number);
                    add(&mut all.b, other, number);
                    number += 1;
                }
            }
        }
        all
    }

    /// Whether two texts are the same but for what names objects with the same addresses.
    pub(super) fn are_same(&self, a: &str, b: &str) -> bool {
        let whole = |known: &HashMap<String, Known>, text: &str| {
            known
                .get(comparable(text).as_ref())
                .map(|known| known.number)
        };
        if let Some(number) = whole(&self.a, a)
            && whole(&self.b, b) == Some(number)
        {
            return true;
        }
        match (marked(a, &self.a), marked(b, &self.b)) {
            (Cow::Owned(a), Cow::Owned(b)) => a == b,
            _ => false,
        }
    }

    /// The texts with a mark in place of each id of an object that both states have.
    pub(super) fn marked<'t>(&self, a: &'t str, b: &'t str) -> (Cow<'t, str>, Cow<'t, str>) {
        (marked(a, &self.a), marked(b, &self.b))
    }
}

/// Adds an identity; where several objects have one it is the first one's.
fn add(known: &mut HashMap<String, Known>, identity: &Identity, number: u32) {
    let is_unique = identity.reach == Reach::World;
    let is_name = identity.reach == Reach::Place && identity.value.len() >= SHORTEST_NAME;
    if is_unique || is_name {
        let value = comparable(&identity.value).into_owned();
        known.entry(value).or_insert(Known { number, is_unique });
    }
}

/// A text with marks in place of the unique identities in it, the longest at each place.
fn marked<'t>(text: &'t str, known: &HashMap<String, Known>) -> Cow<'t, str> {
    let mut found: Vec<(Range<usize>, u32)> = Vec::new();
    candidates(text, &mut |range| {
        let identity = text.get(range.clone()).map(comparable);
        let identity = identity.and_then(|part| known.get(part.as_ref()));
        if let Some(Known { number, .. }) = identity.filter(|known| known.is_unique) {
            found.push((range, *number));
        }
    });
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (range, number) in found {
        if range.start >= end {
            out.push_str(&text[end..range.start]);
            out.push(MARK);
            out.push_str(&number.to_string());
            out.push(MARK);
            end = range.end;
        }
    }
    out.push_str(&text[end..]);
    Cow::Owned(out)
}
