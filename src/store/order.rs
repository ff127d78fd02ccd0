//! An order kept in relations: where a row stands among its siblings is a text, and between two texts
//! there is always a third, so that a new row between others leaves them as they are.
//!
//! A position is a [`FractionalIndex`]: a fraction between 0 and 1, whose digits are bytes. The last digit
//! is always 128, so no two texts are the same fraction and they compare as the fractions do. How many new
//! ones share a gap is decided here: asked for one at a time, each would be a digit longer than the last.

use fractional_index::FractionalIndex;

/// The digit that every position ends with.
const END: u8 = 128;

/// How many digits a position at either end of the order has at least, before the last: so many can follow
/// each other there before the texts become longer.
const DIGITS_AT_ENDS: usize = 2;

/// Positions for rows in the order they are given in, strictly increasing as bytes.
///
/// Of each row the position is given that it has; `None` for a new one. As many as can stay do, so that few
/// rows are written anew. Rows that two writers added to the same gap at the same time may have the same
/// position: then what else orders rows decides, until one is written anew.
pub(super) fn positions(known: &[Option<&str>]) -> Vec<String> {
    let known: Vec<_> = known.iter().map(|known| parsed((*known)?)).collect();
    let staying = longest_increasing(&known);
    let mut positions = Vec::with_capacity(known.len());
    let mut low: Option<&FractionalIndex> = None;
    for next in staying.into_iter().map(Some).chain([None]) {
        let high = next.and_then(|next| known[next].as_ref());
        let count = next.unwrap_or(known.len()) - positions.len();
        let new = spread(low.map(|low| &low[..]), high.map(|high| &high[..]), count);
        positions.extend(new.iter().chain(high).map(FractionalIndex::to_string));
        low = high;
    }
    positions
}

/// A position that was made here; `None` for any other text.
fn parsed(text: &str) -> Option<FractionalIndex> {
    // The crate takes a text in pairs of bytes, whatever they are.
    let is_whole = text.is_ascii() && text.len().is_multiple_of(2);
    is_whole.then(|| FractionalIndex::from_string(text).ok())?
}

/// Which make the longest run of known positions that increase, by their places in the list.
fn longest_increasing(known: &[Option<FractionalIndex>]) -> Vec<usize> {
    // The last of the best run of each length, and what comes before each in its run.
    let mut lasts: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; known.len()];
    for (place, position) in known.iter().enumerate() {
        if position.is_none() {
            continue;
        }
        let length = lasts.partition_point(|last| known[*last] < *position);
        before[place] = length.checked_sub(1).map(|shorter| lasts[shorter]);
        match lasts.get_mut(length) {
            Some(last) => *last = place,
            None => lasts.push(place),
        }
    }
    let mut run: Vec<usize> =
        std::iter::successors(lasts.last().copied(), |place| before[*place]).collect();
    run.reverse();
    run
}

/// So many new positions between two, or before or after one, in their order.
///
/// Between two they stand at even distances. At an end they stand close to the last one, because more
/// will come; and the first of all stand around the middle.
fn spread(low: Option<&[u8]>, high: Option<&[u8]>, count: usize) -> Vec<FractionalIndex> {
    if count == 0 {
        return Vec::new();
    }
    let gap = Gap::between(low.unwrap_or_default(), high);
    let is_end = low.is_none() || high.is_none();
    let mut digits = if is_end { DIGITS_AT_ENDS } else { 1 };
    let count = count as u128;
    let wanted = match (low, high) {
        (None, None) => count * 4,
        _ => count,
    };
    let (from, to) = loop {
        let (from, to) = gap.numbers(digits);
        if to - from > wanted {
            break (from, to);
        }
        digits += 1;
    };
    let number = |nth: u128| match (low, high) {
        (Some(_), Some(_)) => from + (to - from) * (nth + 1) / (count + 1),
        (Some(_), None) => from + 1 + nth,
        (None, Some(_)) => to - count + nth,
        (None, None) => from + (to - from) / 4 + (to - from) / 2 * nth / count,
    };
    let position = |nth| gap.position(number(nth), digits);
    (0..count).map(position).collect()
}

/// What lies between two positions: behind the digits that they share, or that leave nothing between them,
/// the digits of both.
struct Gap<'p> {
    shared: Vec<u8>,
    low: &'p [u8],
    /// `None` for the end of all fractions that begin with what is shared.
    high: Option<&'p [u8]>,
}

impl<'p> Gap<'p> {
    /// `low` is smaller; an empty one is smaller than all, and no `high` is larger than all.
    fn between(low: &'p [u8], high: Option<&'p [u8]>) -> Gap<'p> {
        let mut gap = Gap {
            shared: Vec::new(),
            low,
            high,
        };
        loop {
            let low = digit(gap.low, 0);
            let high = gap.high.map_or(256, |high| u16::from(digit(high, 0)));
            if high > u16::from(low) + 1 {
                return gap;
            }
            if high != u16::from(low) {
                // Whatever follows the lower digit is below the higher one.
                gap.high = None;
            }
            gap.shared.push(low);
            gap.low = gap.low.get(1..).unwrap_or_default();
            gap.high = gap.high.map(|high| high.get(1..).unwrap_or_default());
        }
    }

    /// The first so many digits of both as numbers: what lies between these lies in the gap.
    fn numbers(&self, digits: usize) -> (u128, u128) {
        let number = |of: &[u8]| {
            (0..digits).fold(0, |number, place| {
                number << 8 | u128::from(digit(of, place))
            })
        };
        let end = 1 << (8 * digits);
        (number(self.low), self.high.map_or(end, number))
    }

    fn position(&self, number: u128, digits: usize) -> FractionalIndex {
        let mut bytes = self.shared.clone();
        bytes.extend_from_slice(&number.to_be_bytes()[size_of::<u128>() - digits..]);
        bytes.push(END);
        FractionalIndex::from_bytes(bytes).unwrap_or_default()
    }
}

/// A digit of a fraction, which has zeros behind its last.
fn digit(of: &[u8], place: usize) -> u8 {
    of.get(place).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::positions;

    fn increases(positions: &[String]) -> bool {
        positions
            .windows(2)
            .all(|pair| pair[0].as_bytes() < pair[1].as_bytes())
    }

    fn new(count: usize) -> Vec<String> {
        positions(&vec![None; count])
    }

    /// The positions of some rows, each kept where it is named by its place.
    fn with<'p>(rows: &'p [String], wanted: &[Option<usize>]) -> Vec<Option<&'p str>> {
        let known = |place: &Option<usize>| place.map(|place| rows[place].as_str());
        wanted.iter().map(known).collect()
    }

    /// Longest run of rising numbers, by looking at each pair.
    fn longest(numbers: &[usize]) -> usize {
        let mut lengths = Vec::new();
        for (place, number) in numbers.iter().enumerate() {
            let smaller = (0..place).filter(|before| numbers[*before] < *number);
            lengths.push(1 + smaller.map(|before| lengths[before]).max().unwrap_or(0));
        }
        lengths.into_iter().max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn an_order_is_kept_with_as_few_new_positions_as_can_be(
            edits in prop::collection::vec(prop::collection::vec(prop::option::of(0..40_usize), 0..40), 1..8)
        ) {
            let mut rows = new(5);
            for edit in edits {
                let mut seen = std::collections::HashSet::new();
                let wanted: Vec<_> = edit
                    .into_iter()
                    .map(|place| place.filter(|place| *place < rows.len() && seen.insert(*place)))
                    .collect();
                let known = with(&rows, &wanted);
                let ordered = positions(&known);
                prop_assert_eq!(ordered.len(), wanted.len());
                prop_assert!(increases(&ordered), "{:?}", ordered);
                let places: Vec<usize> = wanted.iter().copied().flatten().collect();
                let kept = known.iter().zip(&ordered).filter(|(known, now)| **known == Some(now.as_str()));
                prop_assert_eq!(kept.count(), longest(&places));
                rows = ordered;
            }
        }

        #[test]
        fn any_text_may_stand_where_a_position_should(texts in prop::collection::vec(
            prop_oneof!["[0-9a-f]{0,6}(80)?", "\\PC{0,4}", "(00|ff|7f|81){0,9}80"], 0..12
        )) {
            let known: Vec<_> = texts.iter().map(|text| Some(text.as_str())).collect();
            prop_assert!(increases(&positions(&known)));
        }
    }

    #[test]
    fn many_new_rows_have_short_positions() {
        let rows = new(50_000);
        assert!(increases(&rows));
        assert!(
            rows.iter().all(|position| position.len() <= 8),
            "{:?}",
            rows[0]
        );
        let mut between = vec![Some(rows[7].as_str())];
        between.extend(vec![None; 50_000]);
        between.push(Some(rows[8].as_str()));
        let between = positions(&between);
        assert!(increases(&between));
        assert!(between.iter().all(|position| position.len() <= 12));
    }

    #[test]
    fn rows_added_one_by_one_have_short_positions() {
        for at_end in [true, false] {
            let mut rows = new(3);
            for _ in 0..5000 {
                let mut known: Vec<_> = rows.iter().map(|row| Some(row.as_str())).collect();
                known.insert(if at_end { known.len() } else { 0 }, None);
                let added = positions(
                    &known[if at_end {
                        known.len() - 2..known.len()
                    } else {
                        0..2
                    }],
                );
                match at_end {
                    true => rows.push(added[1].clone()),
                    false => rows.insert(0, added[0].clone()),
                }
            }
            assert!(increases(&rows));
            assert!(rows.iter().all(|position| position.len() <= 6));
        }
    }

    #[test]
    fn a_row_at_the_same_place_again_and_again_costs_a_bit() {
        let (mut low, high) = (new(2)[0].clone(), new(2)[1].clone());
        for _ in 0..800 {
            let next = positions(&[Some(&low), None, Some(&high)]);
            assert!(increases(&next));
            low.clone_from(&next[1]);
        }
        assert!(low.len() < 2 * (800 / 8 + 20), "{}", low.len());
    }

    #[test]
    fn rows_of_the_same_position_are_told_apart() {
        let rows = new(2);
        let known = [
            Some(rows[0].as_str()),
            Some(rows[0].as_str()),
            Some(rows[1].as_str()),
        ];
        let ordered = positions(&known);
        assert!(increases(&ordered));
        assert_eq!((&ordered[2], ordered.contains(&rows[0])), (&rows[1], true));
    }
}
