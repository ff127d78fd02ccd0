//! Terraform's legacy flatmap, `"ingress.#": "1"`, `"ingress.1234.from_port": "22"`, as nested JSON.
//!
//! Terraform expands a flatmap along the schema of the provider, which a state does not hold. Here
//! the counts stand in for it: `.#` makes a list (or a set, whose elements are keyed by a hash) and
//! `.%` a map, as they do in Terraform. Leaves stay strings: whether `"010"` is a number, and `"1"` a
//! true one, only the schema knows, and account ids or zip codes must not be changed by a guess.
//!
//! Nothing is lost. A key that cannot be placed, and a count that does not agree with what is
//! there, stays under its flat key in the object around it.
//!
//! Source: Terraform `internal/configs/hcl2shim/flatmap.go`, and for maps that state version 2 and
//! earlier counted with `.#`, `internal/states/statefile/version2_upgrade.go`.

use std::collections::HashSet;

use serde_json::{Map, Value};

/// Terraform's stand-in for a value that is not known yet; state v4 writes null for it.
///
/// Source: Terraform `internal/configs/hcl2shim/values.go`.
const UNKNOWN: &str = "74D93920-ED26-11E3-AC10-0800200C9A66";

/// How deep objects, lists and maps are nested; providers stay far below, and keys that are made to
/// go deeper stay flat rather than exhaust the stack or a JSON reader.
const MAX_DEPTH: usize = 32;

/// How many elements more than there are a count may call for before it is taken for damage, so
/// that a few bytes cannot ask for a list of millions.
const MAX_MISSING: usize = 16;

/// Expands an object of flat keys to nested JSON. Null gives the empty object, as a state without
/// attributes does in Terraform; anything else that is no object is given back as it is.
///
/// Keys come out in the order of their segments, the elements of a list or set in the order of
/// their numbers. Elements a list's count promises and that are not there are null.
pub(super) fn expand_json(flat: &Value) -> Value {
    let attributes = match flat {
        Value::Object(attributes) => attributes,
        Value::Null => return Value::Object(Map::new()),
        other => return other.clone(),
    };
    let mut entries: Vec<Entry<'_>> = attributes
        .iter()
        .map(|(key, value)| Entry { key, value })
        .collect();
    entries.sort_by(|a, b| a.key.split('.').cmp(b.key.split('.')));
    object(&entries, 0, 0)
}

/// One key with its whole path, and its value.
#[derive(Clone, Copy)]
struct Entry<'a> {
    key: &'a str,
    value: &'a Value,
}

impl<'a> Entry<'a> {
    /// The key from `at` on.
    fn rest(&self, at: usize) -> &'a str {
        &self.key[at..]
    }

    /// The segment of the key that starts at `at`.
    fn segment(&self, at: usize) -> &'a str {
        let rest = self.rest(at);
        &rest[..rest.find('.').unwrap_or(rest.len())]
    }
}

/// The entries at or below one name, which starts where the container's names start.
struct Group<'s, 'a> {
    name: &'a str,
    entries: &'s [Entry<'a>],
}

/// What a `.#` or `.%` entry says.
enum Count {
    Unknown,
    Of(usize),
}

fn count(value: &Value) -> Option<Count> {
    match value {
        Value::String(text) if text == UNKNOWN => Some(Count::Unknown),
        Value::String(text) => text.parse().ok().map(Count::Of),
        Value::Number(number) => number.to_string().parse().ok().map(Count::Of),
        _ => None,
    }
}

fn leaf(value: &Value) -> Value {
    match value {
        Value::String(text) if text == UNKNOWN => Value::Null,
        other => other.clone(),
    }
}

/// The entries as an object, which takes in what found no place below it.
fn object(entries: &[Entry<'_>], at: usize, depth: usize) -> Value {
    let mut members = Map::new();
    let mut unplaced = Vec::new();
    for group in by_segment(entries, at) {
        if let Some(value) = element(&group, at, depth, &mut unplaced) {
            members.insert(group.name.to_owned(), value);
        }
    }
    // What is unplaced has a dot after `at`, and the names of members have none: no name is taken.
    for entry in unplaced {
        members.insert(entry.rest(at).to_owned(), leaf(entry.value));
    }
    Value::Object(members)
}

/// The value of one name. A value of its own wins over what lies below it.
fn element<'a>(
    group: &Group<'_, 'a>,
    at: usize,
    depth: usize,
    unplaced: &mut Vec<Entry<'a>>,
) -> Option<Value> {
    let end = at + group.name.len();
    match group.entries {
        [own, below @ ..] if own.key.len() == end => {
            unplaced.extend(below);
            Some(leaf(own.value))
        }
        below if depth == MAX_DEPTH => {
            unplaced.extend(below);
            None
        }
        below => Some(container(below, end + 1, depth + 1, unplaced)),
    }
}

/// The entries below one name: a map, a list, a set, or an object where no count says which.
fn container<'a>(
    entries: &[Entry<'a>],
    at: usize,
    depth: usize,
    unplaced: &mut Vec<Entry<'a>>,
) -> Value {
    for marker in ["%", "#"] {
        let Some((position, count)) = find_count(entries, at, marker) else {
            continue;
        };
        let mut others = entries.to_vec();
        let counter = others.remove(position);
        let Count::Of(length) = count else {
            unplaced.extend(others);
            return Value::Null;
        };
        let (value, placed) = if marker == "%" {
            map(&others, at, length, depth, unplaced)
        } else {
            list(&others, at, length, depth, unplaced)
        };
        if placed != length {
            unplaced.push(counter);
        }
        return value;
    }
    object(entries, at, depth)
}

/// Where the count stands among the entries, if they have one. A name `#` with names of its own
/// below it is no count.
fn find_count(entries: &[Entry<'_>], at: usize, marker: &str) -> Option<(usize, Count)> {
    let position = entries.iter().position(|entry| entry.rest(at) == marker)?;
    if let Some(next) = entries.get(position + 1)
        && next.segment(at) == marker
    {
        return None;
    }
    Some((position, count(entries[position].value)?))
}

/// A map and how many entries it has. All that follows the map's name is the key, dots and all, as
/// a flatmap only holds maps of plain values; where the counts below say otherwise they are
/// followed, and where only a map of objects agrees with the map's own count it is one.
fn map<'a>(
    entries: &[Entry<'a>],
    at: usize,
    length: usize,
    depth: usize,
    unplaced: &mut Vec<Entry<'a>>,
) -> (Value, usize) {
    let mut groups = by_map_key(entries, at);
    if groups.len() != length {
        let objects = by_segment(entries, at);
        if objects.len() == length {
            groups = objects;
        }
    }
    let mut members = Map::new();
    for group in &groups {
        if let Some(value) = element(group, at, depth, unplaced) {
            members.insert(group.name.to_owned(), value);
        }
    }
    let placed = members.len();
    (Value::Object(members), placed)
}

/// A list or set and how many elements it has; a map if any of the names is not a number.
fn list<'a>(
    entries: &[Entry<'a>],
    at: usize,
    length: usize,
    depth: usize,
    unplaced: &mut Vec<Entry<'a>>,
) -> (Value, usize) {
    let mut elements = Vec::new();
    for group in by_segment(entries, at) {
        let Ok(number) = group.name.parse::<i128>() else {
            return map(entries, at, length, depth, unplaced);
        };
        elements.push((number, group));
    }
    // Stable, so that `1` and `01` keep the order of their text.
    elements.sort_by_key(|(number, _)| *number);
    let mut values: Vec<Value> = Vec::new();
    let has_gaps = elements.len() < length
        && length - elements.len() <= MAX_MISSING
        && elements.windows(2).all(|pair| pair[0].0 < pair[1].0)
        && (elements.iter()).all(|(number, _)| (0..length as i128).contains(number));
    for (number, group) in &elements {
        while has_gaps && (values.len() as i128) < *number {
            values.push(Value::Null);
        }
        values.push(element(group, at, depth, unplaced).unwrap_or(Value::Null));
    }
    if has_gaps {
        values.resize(length, Value::Null);
    }
    let placed = values.len();
    (Value::Array(values), placed)
}

/// Groups by the segment at `at`; entries of one segment stand together, as they are sorted.
fn by_segment<'s, 'a>(entries: &'s [Entry<'a>], at: usize) -> Vec<Group<'s, 'a>> {
    entries
        .chunk_by(|a, b| a.segment(at) == b.segment(at))
        .filter_map(|entries| {
            let name = entries.first()?.segment(at);
            Some(Group { name, entries })
        })
        .collect()
}

/// Groups by the keys of a map: each entry is one, but for those below a name with a count of its
/// own, which are one together.
fn by_map_key<'s, 'a>(entries: &'s [Entry<'a>], at: usize) -> Vec<Group<'s, 'a>> {
    let counted: HashSet<&str> = entries
        .iter()
        .filter(|entry| count(entry.value).is_some())
        .filter_map(|entry| {
            let rest = entry.rest(at);
            rest.strip_suffix(".#").or_else(|| rest.strip_suffix(".%"))
        })
        .collect();
    entries
        .chunk_by(|a, b| {
            let name = map_key(a.rest(at), &counted);
            name == map_key(b.rest(at), &counted) && counted.contains(name)
        })
        .filter_map(|entries| {
            let name = map_key(entries.first()?.rest(at), &counted);
            Some(Group { name, entries })
        })
        .collect()
}

/// The shortest run of segments that has a count of its own, or else the whole.
fn map_key<'a>(rest: &'a str, counted: &HashSet<&str>) -> &'a str {
    if counted.is_empty() {
        return rest;
    }
    rest.match_indices('.')
        .map(|(dot, _)| &rest[..dot])
        .take(MAX_DEPTH)
        .find(|prefix| counted.contains(prefix))
        .unwrap_or(rest)
}

#[cfg(test)]
mod tests;
