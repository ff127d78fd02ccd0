//! Which column each box stands in.

use std::collections::HashSet;

/// Links without self-loops, duplicates and cycles: a link that closes a cycle is turned round. The
/// same links in the same order give the same answer.
pub(super) fn acyclic(count: usize, links: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut after = vec![Vec::new(); count];
    for &(left, right) in links {
        if left != right
            && let Some(after) = after.get_mut(left)
        {
            after.push(right);
        }
    }
    let finished = finishing_order(&after);
    let place = |item: usize| finished.get(item).copied().unwrap_or_default();
    let mut seen = HashSet::new();
    links
        .iter()
        .filter(|(left, right)| left != right)
        .map(|&(left, right)| match place(left) > place(right) {
            true => (left, right),
            false => (right, left),
        })
        .filter(|link| seen.insert(*link))
        .collect()
}

/// When a depth-first walk leaves each item. A link that leads to an item that is left later closes
/// a cycle. The walk keeps its own stack: chains can be long.
fn finishing_order(after: &[Vec<usize>]) -> Vec<usize> {
    let mut finished = vec![0; after.len()];
    let mut entered = vec![false; after.len()];
    let mut clock = 0;
    let mut stack: Vec<(usize, usize)> = Vec::new();
    // Begin where nothing leads to, so that a link is turned only where there is a cycle.
    let mut led_to = vec![false; after.len()];
    for &right in after.iter().flatten() {
        if let Some(led_to) = led_to.get_mut(right) {
            *led_to = true;
        }
    }
    let (inner, outer): (Vec<usize>, Vec<usize>) =
        (0..after.len()).partition(|item| led_to.get(*item) == Some(&true));
    for root in outer.into_iter().chain(inner) {
        stack.push((root, 0));
        while let Some((item, next)) = stack.pop() {
            let Some(entered) = entered.get_mut(item) else {
                continue;
            };
            if next == 0 && std::mem::replace(entered, true) {
                continue;
            }
            match after.get(item).and_then(|after| after.get(next)) {
                Some(&child) => {
                    stack.push((item, next + 1));
                    stack.push((child, 0));
                }
                None => {
                    clock += 1;
                    if let Some(finished) = finished.get_mut(item) {
                        *finished = clock;
                    }
                }
            }
        }
    }
    finished
}

/// The column of each item: right of all that links lead from, and no further than needed.
///
/// A column takes items up to a height of `limit`; what does not fit goes further to the right. An
/// item that nothing leads to stands just left of the first it leads to.
pub(super) fn columns(heights: &[f64], links: &[(usize, usize)], limit: f64) -> Vec<usize> {
    let graph = Neighbours::of(heights.len(), links);
    let mut columns = graph.longest_ways();
    graph.pull_right(&mut columns);
    graph.spread(&mut columns, heights, limit);
    without_gaps(&mut columns);
    columns
}

struct Neighbours {
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

impl Neighbours {
    fn of(count: usize, links: &[(usize, usize)]) -> Self {
        let mut neighbours = Self {
            before: vec![Vec::new(); count],
            after: vec![Vec::new(); count],
        };
        for &(left, right) in links {
            neighbours.after[left].push(right);
            neighbours.before[right].push(left);
        }
        neighbours
    }

    /// The number of links on the longest way to each item.
    fn longest_ways(&self) -> Vec<usize> {
        let mut columns = vec![0; self.before.len()];
        let mut waiting: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> = (0..waiting.len())
            .filter(|item| waiting[*item] == 0)
            .collect();
        while let Some(item) = ready.pop() {
            for &next in &self.after[item] {
                columns[next] = columns[next].max(columns[item] + 1);
                waiting[next] -= 1;
                if waiting[next] == 0 {
                    ready.push(next);
                }
            }
        }
        columns
    }

    /// Moves items with fewer links to their left than to their right towards what they lead to.
    fn pull_right(&self, columns: &mut [usize]) {
        let mut items: Vec<usize> = (0..columns.len()).collect();
        items.sort_by_key(|item| std::cmp::Reverse(columns[*item]));
        for item in items {
            let first = self.after[item].iter().map(|next| columns[*next]).min();
            if let Some(first) = first
                && self.before[item].len() < self.after[item].len().min(2)
            {
                columns[item] = first - 1;
            }
        }
    }

    /// Moves what is too much for a column further to the right: first what leads nowhere.
    fn spread(&self, columns: &mut [usize], heights: &[f64], limit: f64) {
        let mut items: Vec<usize> = (0..columns.len()).collect();
        items.sort_by_key(|item| (columns[*item], self.after[*item].is_empty(), *item));
        let mut filled: Vec<f64> = Vec::new();
        for item in items {
            let left = self.before[item]
                .iter()
                .map(|before| columns[*before] + 1)
                .max();
            let mut column = columns[item].max(left.unwrap_or_default());
            loop {
                if filled.len() <= column {
                    filled.resize(column + 1, 0.0);
                }
                if filled[column] == 0.0 || filled[column] + heights[item] <= limit {
                    break;
                }
                column += 1;
            }
            filled[column] += heights[item];
            columns[item] = column;
        }
    }
}

/// Numbers the columns anew so that none is empty.
fn without_gaps(columns: &mut [usize]) {
    let mut used = columns.to_vec();
    used.sort_unstable();
    used.dedup();
    for column in columns {
        *column = used.partition_point(|other| other < column);
    }
}

/// The parts that links hold together, each in the order of its items, in the order of their firsts.
pub(super) fn parts(count: usize, links: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut root: Vec<usize> = (0..count).collect();
    for &(left, right) in links {
        let (left, right) = (find(&mut root, left), find(&mut root, right));
        root[left.max(right)] = left.min(right);
    }
    let mut parts: Vec<Vec<usize>> = vec![Vec::new(); count];
    for item in 0..count {
        let first = find(&mut root, item);
        parts[first].push(item);
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn find(root: &mut [usize], item: usize) -> usize {
    let mut top = item;
    while root[top] != top {
        root[top] = root[root[top]];
        top = root[top];
    }
    top
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NO_LIMIT: f64 = f64::INFINITY;

    #[test]
    fn a_cycle_is_opened_by_turning_one_link() {
        assert_eq!(
            acyclic(3, &[(0, 1), (1, 2), (2, 0)]),
            [(0, 1), (1, 2), (0, 2)]
        );
    }

    #[test]
    fn without_a_cycle_no_link_is_turned() {
        let links = [(2, 1), (1, 0), (2, 0), (3, 2)];
        assert_eq!(acyclic(4, &links), links);
    }

    #[test]
    fn self_loops_and_duplicates_are_left_out() {
        assert_eq!(acyclic(2, &[(0, 0), (0, 1), (1, 0), (0, 1)]), [(0, 1)]);
    }

    #[test]
    fn an_item_stands_right_of_all_that_leads_to_it() {
        let links = [(0, 1), (1, 2), (0, 2)];
        assert_eq!(columns(&[1.0; 3], &links, NO_LIMIT), [0, 1, 2]);
    }

    #[test]
    fn an_item_that_nothing_leads_to_stands_near_what_it_leads_to() {
        let links = [(0, 1), (1, 2), (3, 2)];
        assert_eq!(columns(&[1.0; 4], &links, NO_LIMIT), [0, 1, 2, 1]);
    }

    #[test]
    fn a_full_column_sends_leaves_further() {
        let links = [(0, 1), (0, 2), (0, 3), (3, 4)];
        assert_eq!(columns(&[1.0; 5], &links, 2.0), [0, 1, 2, 1, 2]);
    }

    #[test]
    fn parts_are_what_links_hold_together() {
        assert_eq!(
            parts(5, &[(3, 0), (1, 4)]),
            [vec![0, 3], vec![1, 4], vec![2]]
        );
    }

    proptest! {
        #[test]
        fn columns_grow_along_every_link(
            links in prop::collection::vec((0usize..30, 0usize..30), 0..90),
            limit in 1.0f64..40.0,
        ) {
            let links = acyclic(30, &links);
            let columns = columns(&[1.0; 30], &links, limit);
            for (left, right) in links {
                prop_assert!(columns[left] < columns[right]);
            }
        }
    }
}
