//! Boxes and links arranged on a sheet: each part that links hold together in columns, the parts side
//! by side.

use super::geometry::{Rect, Route, Size};
use super::layered::Columns;
use super::order;
use super::{BOX_GAP, PART_GAP};
use crate::picture::PictureError;

/// How much wider than high a sheet should be.
const SHAPE: f64 = 1.6;

/// What a column and the room beside it take besides the box.
const COLUMN_GAP: f64 = 70.0;

/// A box to be placed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    pub(super) size: Size,
    pub(super) side: Side,
}

/// Where in its part a box must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Side {
    Any,
    /// In a column before all others: links from outside come in here.
    Left,
    /// In a column after all others: links to outside leave here.
    Right,
}

/// Boxes, and links between them that should lead from left to right.
pub(super) struct Sheet<'a> {
    pub(super) items: &'a [Item],
    pub(super) links: &'a [(usize, usize)],
    /// Whether boxes take the width of their column.
    pub(super) even: bool,
}

/// Where everything is, from (0, 0).
pub(super) struct Arranged {
    pub(super) size: Size,
    pub(super) boxes: Vec<Rect>,
    /// The way of each link, from its first end to its second. None from a box to itself.
    pub(super) routes: Vec<Option<Route>>,
}

/// One part, placed on its own.
struct Part {
    items: Vec<usize>,
    links: Vec<(usize, usize)>,
    size: Size,
    boxes: Vec<Rect>,
    routes: Vec<Route>,
    /// Whether links leave it, so that nothing may stand beside it.
    through: bool,
}

impl Sheet<'_> {
    /// Places the boxes and leads the links.
    pub(super) fn arrange(&self) -> Result<Arranged, PictureError> {
        let links = order::acyclic(self.items.len(), self.links);
        let mut parts = Vec::new();
        let mut alone = Vec::new();
        for items in order::parts(self.items.len(), &links) {
            match items.len() == 1 && self.even {
                true => alone.extend(items),
                false => parts.push(self.part(items, &links)?),
            }
        }
        if !alone.is_empty() {
            parts.push(self.grid(alone));
        }
        // Tall parts first: what follows fits beside them. Ties stay in the order of the items.
        parts.sort_by(|a, b| {
            let through = b.through.cmp(&a.through);
            through.then(b.size.height.total_cmp(&a.size.height))
        });
        Ok(self.side_by_side(&parts))
    }

    /// Places a part that links hold together.
    fn part(&self, items: Vec<usize>, links: &[(usize, usize)]) -> Result<Part, PictureError> {
        let mut place = vec![None; self.items.len()];
        for (position, item) in items.iter().enumerate() {
            place[*item] = Some(position);
        }
        let own: Vec<(usize, usize)> = links
            .iter()
            .filter_map(|&(left, right)| Some((place[left]?, place[right]?)))
            .collect();
        let of: Vec<Item> = items.iter().map(|item| self.items[*item]).collect();
        let sizes: Vec<Size> = of.iter().map(|item| item.size).collect();
        let column = columns(&of, &own, tallest_column(&of, self.even));
        let placed = Columns {
            sizes: &sizes,
            column: &column,
            links: &own,
            even: self.even,
        }
        .place()?;
        Ok(Part {
            through: of.iter().any(|item| item.side != Side::Any),
            links: own
                .iter()
                .map(|&(left, right)| (items[left], items[right]))
                .collect(),
            items,
            size: placed.size,
            boxes: placed.boxes,
            routes: placed.routes,
        })
    }

    /// Places boxes without links in rows of equal boxes.
    fn grid(&self, items: Vec<usize>) -> Part {
        let of = |item: &usize| self.items[*item].size;
        let width = items.iter().map(|item| of(item).width).fold(0.0, f64::max);
        let height = items.iter().map(|item| of(item).height).fold(0.0, f64::max);
        let across = ((width + BOX_GAP * 2.0), (height + BOX_GAP));
        #[expect(clippy::cast_precision_loss, reason = "a count of boxes is small")]
        let wanted = (items.len() as f64 * across.1 * SHAPE / across.0)
            .sqrt()
            .round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at least 1, and at most the count of boxes"
        )]
        let in_row = wanted.max(1.0) as usize;
        let boxes: Vec<Rect> = (0..items.len())
            .map(|position| {
                #[expect(clippy::cast_precision_loss, reason = "a count of boxes is small")]
                let (column, row) = ((position % in_row) as f64, (position / in_row) as f64);
                Rect {
                    x: column * across.0,
                    y: row * across.1,
                    width,
                    height,
                }
            })
            .collect();
        Part {
            items,
            links: Vec::new(),
            size: extent(&boxes),
            boxes,
            routes: Vec::new(),
            through: false,
        }
    }

    /// Places parts in rows from left to right. A part that links leave has a row of its own.
    fn side_by_side(&self, parts: &[Part]) -> Arranged {
        let width = sheet_width(parts);
        let mut arranged = Arranged {
            size: Size::default(),
            boxes: vec![Rect::default(); self.items.len()],
            routes: Vec::new(),
        };
        let mut led = std::collections::HashMap::new();
        let (mut x, mut y, mut row) = (0.0, 0.0, 0.0_f64);
        for part in parts {
            if x > 0.0 && (part.through || x + part.size.width > width) {
                (x, y, row) = (0.0, y + row + PART_GAP, 0.0);
            }
            for (item, place) in part.items.iter().zip(&part.boxes) {
                arranged.boxes[*item] = place.moved(x, y);
            }
            for (link, route) in part.links.iter().zip(&part.routes) {
                led.insert(*link, route.moved(x, y));
            }
            arranged.size.width = arranged.size.width.max(x + part.size.width);
            arranged.size.height = arranged.size.height.max(y + part.size.height);
            row = row.max(part.size.height);
            x += if part.through {
                width
            } else {
                part.size.width + PART_GAP
            };
        }
        let way = |&(left, right): &(usize, usize)| {
            let straight = led.get(&(left, right)).cloned();
            straight.or_else(|| led.get(&(right, left)).map(Route::reversed))
        };
        arranged.routes = self.links.iter().map(way).collect();
        arranged
    }
}

/// The column of each box; those that must stand at a side do.
fn columns(items: &[Item], links: &[(usize, usize)], tallest: f64) -> Vec<usize> {
    let inner: Vec<usize> = (0..items.len())
        .filter(|item| items[*item].side == Side::Any)
        .collect();
    let mut place = vec![None; items.len()];
    for (position, item) in inner.iter().enumerate() {
        place[*item] = Some(position);
    }
    let heights: Vec<f64> = inner
        .iter()
        .map(|item| items[*item].size.height + BOX_GAP)
        .collect();
    let between: Vec<(usize, usize)> = links
        .iter()
        .filter_map(|&(left, right)| Some((place[left]?, place[right]?)))
        .collect();
    let inner = order::columns(&heights, &between, tallest);
    let first = usize::from(items.iter().any(|item| item.side == Side::Left));
    let last = inner.iter().max().map_or(first, |last| first + last + 1);
    items
        .iter()
        .zip(place)
        .map(|(item, place)| match (item.side, place) {
            (Side::Left, _) => 0,
            (Side::Right, _) | (Side::Any, None) => last,
            (Side::Any, Some(place)) => first + inner[place],
        })
        .collect()
}

/// How high a column may get so that the part is about as wide as it should be.
fn tallest_column(items: &[Item], even: bool) -> f64 {
    let area: f64 = items
        .iter()
        .map(|item| (item.size.width + COLUMN_GAP) * (item.size.height + BOX_GAP))
        .sum();
    let tallest = items
        .iter()
        .map(|item| item.size.height)
        .fold(0.0, f64::max);
    // Columns are seldom full, and less so with boxes as large as groups.
    let fair = (area / SHAPE).sqrt() * if even { 1.15 } else { 1.5 };
    fair.max(tallest * 1.25 + BOX_GAP).max(320.0)
}

/// How wide the sheet may get so that it is about as wide as it should be.
fn sheet_width(parts: &[Part]) -> f64 {
    let area: f64 = parts
        .iter()
        .map(|part| (part.size.width + PART_GAP) * (part.size.height + PART_GAP))
        .sum();
    let widest = parts.iter().map(|part| part.size.width).fold(0.0, f64::max);
    widest.max((area * SHAPE).sqrt())
}

fn extent(boxes: &[Rect]) -> Size {
    Size {
        width: boxes.iter().map(Rect::right).fold(0.0, f64::max),
        height: boxes.iter().map(Rect::bottom).fold(0.0, f64::max),
    }
}
