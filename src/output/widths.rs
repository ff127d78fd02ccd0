//! Widths of text on a terminal, and how columns share a terminal's width.

/// The width of each text in terminal columns: wide characters count two, combining ones none.
/// An empty text counts one.
pub(super) fn of_each(texts: &[String]) -> Vec<usize> {
    let mut table = comfy_table::Table::new();
    table.set_header(texts);
    table
        .column_max_content_widths()
        .into_iter()
        .map(usize::from)
        .collect()
}

/// What a column would like, and what it should not go below.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    /// The width at which nothing is cut.
    pub(super) natural: usize,
    /// The width below which the column says nothing any more.
    pub(super) least: usize,
}

/// The columns' widths within `room`: narrow columns keep theirs, the widest are cut to one common
/// width.
///
/// If even the least widths do not fit, those are the answer and lines get longer than `room`.
pub(super) fn share(wishes: &[Wish], room: usize) -> Vec<usize> {
    let within = |limit: usize| -> Vec<usize> {
        wishes
            .iter()
            .map(|wish| wish.natural.min(wish.least.max(limit)))
            .collect()
    };
    let fits = |widths: &[usize]| widths.iter().sum::<usize>() <= room;

    let widest = wishes
        .iter()
        .map(|wish| wish.natural)
        .max()
        .unwrap_or_default();
    if fits(&within(widest)) {
        return within(widest);
    }
    let limit = (1..=room)
        .rev()
        .find(|limit| fits(&within(*limit)))
        .unwrap_or_default();
    let mut widths = within(limit);
    let mut left = room.saturating_sub(widths.iter().sum());
    for (width, wish) in widths.iter_mut().zip(wishes) {
        if left > 0 && *width < wish.natural && *width >= limit {
            *width += 1;
            left -= 1;
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wishes(widths: &[(usize, usize)]) -> Vec<Wish> {
        widths
            .iter()
            .map(|&(natural, least)| Wish { natural, least })
            .collect()
    }

    #[test]
    fn wide_characters_count_two() {
        assert_eq!(
            of_each(&["abc".into(), "東京".into(), "e\u{301}".into()]),
            [3, 4, 1]
        );
    }

    #[test]
    fn columns_that_fit_are_left_alone() {
        assert_eq!(share(&wishes(&[(5, 5), (10, 8)]), 15), [5, 10]);
    }

    #[test]
    fn only_the_widest_columns_are_cut() {
        assert_eq!(
            share(&wishes(&[(5, 5), (100, 8), (10, 8), (80, 8)]), 55),
            [5, 20, 10, 20]
        );
    }

    #[test]
    fn what_does_not_divide_goes_to_the_first() {
        assert_eq!(
            share(&wishes(&[(100, 8), (100, 8), (100, 8)]), 32),
            [11, 11, 10]
        );
    }

    #[test]
    fn a_column_never_gets_less_than_its_least() {
        assert_eq!(share(&wishes(&[(20, 20), (100, 8)]), 25), [20, 8]);
        assert_eq!(share(&wishes(&[(20, 20), (100, 8)]), 0), [20, 8]);
    }

    proptest! {
        #[test]
        fn widths_fill_the_room_exactly_when_cut(
            naturals in prop::collection::vec(1usize..200, 1..12),
            room in 0usize..300,
        ) {
            let wishes: Vec<Wish> = naturals
                .iter()
                .map(|&natural| Wish { natural, least: natural.min(8) })
                .collect();
            let widths = share(&wishes, room);
            let sum = widths.iter().sum::<usize>();
            let natural = naturals.iter().sum::<usize>();
            let least = wishes.iter().map(|wish| wish.least).sum::<usize>();
            prop_assert_eq!(sum, natural.min(room.max(least)));
        }
    }
}
