//! Many short lists and texts in few allocations: a graph of hundreds of thousands of instances is
//! made of them.

use std::ops::Range;

/// The number of a thing counted from 0, as graphs keep it. No more than 2^32 are ever read: each
/// takes dozens of bytes of a document.
pub(super) fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// The positions of a range of numbers.
pub(super) fn positions(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// A list of numbers for each of many things.
#[derive(Debug, Default)]
pub(super) struct Lists {
    ends: Vec<usize>,
    items: Vec<u32>,
}

impl Lists {
    /// The lists of `things` things, from pairs of a thing and an item of its list, in the order of
    /// the pairs.
    pub(super) fn of_pairs(things: usize, pairs: &[(u32, u32)]) -> Lists {
        let mut ends = vec![0; things];
        for (thing, _) in pairs {
            ends[*thing as usize] += 1;
        }
        let mut next = 0;
        let mut starts = Vec::with_capacity(things);
        for end in &mut ends {
            starts.push(next);
            next += *end;
            *end = next;
        }
        let mut items = vec![0; pairs.len()];
        for (thing, item) in pairs {
            let start = &mut starts[*thing as usize];
            items[*start] = *item;
            *start += 1;
        }
        Lists { ends, items }
    }

    /// Adds the list of the next thing.
    pub(super) fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.items.extend(list);
        self.ends.push(self.items.len());
    }

    /// How many things there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The list of a thing.
    pub(super) fn get(&self, thing: u32) -> &[u32] {
        &self.items[range(&self.ends, thing)]
    }

    /// The same lists seen from their items, of which there are `items`: for each the things whose
    /// lists hold it.
    pub(super) fn turned(&self, items: usize) -> Lists {
        let things = 0..number(self.len());
        let pairs: Vec<(u32, u32)> = things
            .flat_map(|thing| self.get(thing).iter().map(move |item| (*item, thing)))
            .collect();
        Lists::of_pairs(items, &pairs)
    }
}

/// Texts by number.
#[derive(Debug, Default)]
pub(super) struct Texts {
    ends: Vec<usize>,
    text: String,
}

impl Texts {
    /// Adds a text.
    pub(super) fn push(&mut self, text: &impl std::fmt::Display) {
        use std::fmt::Write;
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{text}");
        self.ends.push(self.text.len());
    }

    /// How many texts there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A text.
    pub(super) fn get(&self, text: u32) -> &str {
        &self.text[range(&self.ends, text)]
    }
}

/// What lies between the end before and the end of the one at `position`.
fn range(ends: &[usize], position: u32) -> Range<usize> {
    let position = position as usize;
    let start = position.checked_sub(1).map_or(0, |before| ends[before]);
    start..ends[position]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_become_lists_in_their_order() {
        let lists = Lists::of_pairs(3, &[(2, 7), (0, 5), (2, 6)]);
        assert_eq!(lists.get(0), [5]);
        assert_eq!(lists.get(1), [0; 0]);
        assert_eq!(lists.get(2), [7, 6]);
    }

    #[test]
    fn lists_turned_twice_are_the_lists_sorted() {
        let mut lists = Lists::default();
        lists.push([1, 0]);
        lists.push([]);
        lists.push([1]);
        let turned = lists.turned(2);
        assert_eq!(turned.get(0), [0]);
        assert_eq!(turned.get(1), [0, 2]);
        assert_eq!(turned.turned(3).get(0), [0, 1]);
    }

    #[test]
    fn texts_are_found_by_their_numbers() {
        let mut texts = Texts::default();
        texts.push(&"a");
        texts.push(&"");
        texts.push(&"bc");
        assert_eq!([texts.get(0), texts.get(1), texts.get(2)], ["a", "", "bc"]);
        assert_eq!(texts.len(), 3);
    }
}
