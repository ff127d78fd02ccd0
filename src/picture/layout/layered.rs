//! Boxes in columns, with few crossings: one part of a graph that links hold together.
//!
//! The columns come from [`order`](super::order). A link over several columns gets a place of its own
//! in each of them, so that it passes between boxes. The order within columns (fewest crossings) and
//! the heights (Brandes and Köpf: straight lines, short ways) are worked out by `dugong`, a port of
//! dagre; its ranking of nodes is not used, since it need not end on graphs of a thousand nodes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dugong::graphlib::{Graph, GraphOptions};
use dugong::{EdgeLabel, GraphLabel, NodeLabel};

use super::geometry::{Rect, Route, Size, Stretch};
use super::{BOX_GAP, LINE_GAP};
use crate::picture::PictureError;

/// How many places of links in columns are worked out, which bounds time and memory.
const MAX_PLACES: usize = 60_000;

/// How much higher than its fullest column a part may be for the sake of straight lines.
const LOOSEST: f64 = 1.35;

/// The widest gap that is left between two boxes of a column.
const WIDEST_GAP: f64 = 56.0;

/// What is to be placed: sizes, the column of each, and links that lead to higher columns.
pub(super) struct Columns<'a> {
    pub(super) sizes: &'a [Size],
    pub(super) column: &'a [usize],
    pub(super) links: &'a [(usize, usize)],
    /// Whether boxes take the width of their column.
    pub(super) even: bool,
}

/// Where everything is, from (0, 0).
pub(super) struct Placed {
    pub(super) size: Size,
    pub(super) boxes: Vec<Rect>,
    /// The way of each link, left to right.
    pub(super) routes: Vec<Route>,
}

impl Columns<'_> {
    /// Places the boxes.
    pub(super) fn place(&self) -> Result<Placed, PictureError> {
        let slots = Slots::of(self)?;
        let mut heights = slots.heights()?;
        if slots.bottom(&heights) - slots.top(&heights) > slots.least_height() * LOOSEST {
            slots.draw_together(&mut heights);
        }
        let bounds = self.bounds(&slots, &heights);
        let top = slots.top(&heights);
        let boxes = self.boxes(&heights, top, &bounds);
        let routes = self.routes(&slots, &heights, top, &bounds, &boxes);
        Ok(Placed {
            size: Size {
                width: bounds.last().map_or(0.0, |last| last.1),
                height: boxes
                    .iter()
                    .map(Rect::bottom)
                    .fold(slots.bottom(&heights) - top, f64::max),
            },
            boxes,
            routes,
        })
    }

    /// From where to where each column goes. Between columns there is more room where many links
    /// bend, and where they bend far.
    fn bounds(&self, slots: &Slots, heights: &[f64]) -> Vec<(f64, f64)> {
        let count = self.column.iter().max().map_or(0, |last| last + 1);
        let mut widths = vec![0.0_f64; count];
        for (size, &column) in self.sizes.iter().zip(self.column) {
            widths[column] = widths[column].max(size.width);
        }
        let mut bends = vec![(0_usize, 0.0_f64); count];
        for &(left, right) in &slots.links {
            let (links, furthest) = &mut bends[slots.column[left]];
            *links += 1;
            *furthest = furthest.max((heights[left] - heights[right]).abs());
        }
        let mut x = 0.0;
        let mut bounds = Vec::with_capacity(count);
        for (column, width) in widths.iter().enumerate() {
            bounds.push((x, x + width));
            let narrow = *width == 0.0 || widths.get(column + 1) == Some(&0.0);
            x += width + gap(bends[column], narrow);
        }
        bounds
    }

    fn boxes(&self, heights: &[f64], top: f64, bounds: &[(f64, f64)]) -> Vec<Rect> {
        let items = self.sizes.iter().zip(self.column).zip(heights);
        items
            .map(|((size, &column), middle)| {
                let (left, right) = bounds[column];
                Rect {
                    x: left,
                    y: middle - size.height / 2.0 - top,
                    width: match self.even {
                        true => right - left,
                        false => size.width,
                    },
                    height: size.height,
                }
            })
            .collect()
    }

    fn routes(
        &self,
        slots: &Slots,
        heights: &[f64],
        top: f64,
        bounds: &[(f64, f64)],
        boxes: &[Rect],
    ) -> Vec<Route> {
        let passing = |slot: &usize| {
            let (start, end) = bounds[slots.column[*slot]];
            Stretch {
                start,
                end,
                y: heights[*slot] - top,
            }
        };
        let links = self.links.iter().zip(&slots.ways);
        links
            .map(|(&(left, right), way)| {
                let mut route = Vec::with_capacity(way.len() + 2);
                route.push(Stretch {
                    start: boxes[left].right(),
                    end: bounds[self.column[left]].1,
                    y: boxes[left].middle(),
                });
                route.extend(way.iter().map(passing));
                route.push(Stretch {
                    start: bounds[self.column[right]].0,
                    end: boxes[right].x,
                    y: boxes[right].middle(),
                });
                Route(route)
            })
            .collect()
    }
}

fn gap((links, furthest): (usize, f64), narrow: bool) -> f64 {
    let least = if narrow { 28.0 } else { 46.0 };
    #[expect(clippy::cast_precision_loss, reason = "a count of links is small")]
    let links = links as f64;
    (least + links * 1.5 + furthest * 0.06).min(150.0)
}

/// The places in columns: first the boxes, then one for each column that a link passes.
struct Slots {
    boxes: usize,
    height: Vec<f64>,
    column: Vec<usize>,
    /// The links from column to column.
    links: Vec<(usize, usize)>,
    /// The slots that each link passes.
    ways: Vec<Vec<usize>>,
}

impl Slots {
    fn of(columns: &Columns<'_>) -> Result<Self, PictureError> {
        let mut slots = Self {
            boxes: columns.sizes.len(),
            height: columns.sizes.iter().map(|size| size.height).collect(),
            column: columns.column.to_vec(),
            links: Vec::new(),
            ways: Vec::with_capacity(columns.links.len()),
        };
        for &(left, right) in columns.links {
            let mut way = Vec::new();
            let mut last = left;
            for column in columns.column[left] + 1..columns.column[right] {
                let slot = slots.column.len();
                slots.column.push(column);
                slots.height.push(0.0);
                slots.links.push((last, slot));
                way.push(slot);
                last = slot;
            }
            slots.links.push((last, right));
            slots.ways.push(way);
            if slots.column.len() > MAX_PLACES {
                return Err(PictureError::Layout(
                    "its edges reach over too many others".into(),
                ));
            }
        }
        Ok(slots)
    }

    /// The height of each slot's middle.
    fn heights(&self) -> Result<Vec<f64>, PictureError> {
        // The crate is well behaved on every graph tried; a fault in it must still be no crash.
        let placed = catch_unwind(AssertUnwindSafe(|| self.ordered()));
        let placed = placed.unwrap_or_default();
        let (mut heights, orders): (Vec<f64>, Vec<usize>) = placed.into_iter().unzip();
        if heights.len() != self.column.len() || heights.iter().any(|height| !height.is_finite()) {
            return Err(PictureError::Layout("no place was found for a node".into()));
        }
        self.push_apart(&mut heights, &orders);
        Ok(heights)
    }

    /// The height of each slot's middle, and its position within its column.
    fn ordered(&self) -> Vec<(f64, usize)> {
        let mut graph = self.graph();
        dugong::order::order(&mut graph, dugong::order::OrderOptions::default());
        let heights = dugong::position::bk::position_x(&graph);
        (0..self.column.len())
            .filter_map(|slot| {
                let name = name(slot);
                let order = graph.node(&name)?.order?;
                Some((*heights.get(&name)?, order))
            })
            .collect()
    }

    /// The slots as a graph that has its columns (dagre's ranks) already. Dagre's widths are along a
    /// rank, and so are heights here.
    fn graph(&self) -> Graph<NodeLabel, EdgeLabel, GraphLabel> {
        let mut graph = Graph::new(GraphOptions {
            directed: true,
            multigraph: false,
            compound: false,
        });
        graph.set_graph(GraphLabel {
            nodesep: BOX_GAP,
            edgesep: LINE_GAP,
            ..GraphLabel::default()
        });
        for (slot, (&height, &column)) in self.height.iter().zip(&self.column).enumerate() {
            let label = NodeLabel {
                width: height,
                rank: i32::try_from(column).ok(),
                dummy: (slot >= self.boxes).then(|| "edge".to_owned()),
                ..NodeLabel::default()
            };
            graph.set_node(name(slot), label);
        }
        for &(left, right) in &self.links {
            let label = EdgeLabel {
                weight: 1.0,
                ..EdgeLabel::default()
            };
            graph.set_edge_with_label(name(left), name(right), label);
        }
        graph
    }

    /// Moves down what stands too near to the one above it, so that nothing overlaps whatever the
    /// heights were.
    fn push_apart(&self, heights: &mut [f64], orders: &[usize]) {
        let mut slots: Vec<usize> = (0..self.column.len()).collect();
        slots.sort_by_key(|slot| (self.column[*slot], orders[*slot]));
        for pair in slots.windows(2) {
            let &[above, below] = pair else { continue };
            if self.column[above] == self.column[below] {
                let between = match above >= self.boxes || below >= self.boxes {
                    true => LINE_GAP,
                    false => BOX_GAP,
                };
                let least =
                    heights[above] + (self.height[above] + self.height[below]) / 2.0 + between;
                heights[below] = heights[below].max(least);
            }
        }
    }

    /// Narrows wide gaps within columns, each about its middle: a sheet with fewer straight lines and
    /// less empty ground reads better.
    fn draw_together(&self, heights: &mut [f64]) {
        let mut slots: Vec<usize> = (0..self.column.len()).collect();
        slots.sort_by(|a, b| {
            let columns = self.column[*a].cmp(&self.column[*b]);
            columns.then(heights[*a].total_cmp(&heights[*b]))
        });
        for column in slots.chunk_by(|a, b| self.column[*a] == self.column[*b]) {
            let mut saved = 0.0;
            let mut moves = vec![0.0];
            for pair in column.windows(2) {
                let &[above, below] = pair else { continue };
                let apart = heights[below] - heights[above];
                let between = apart - (self.height[above] + self.height[below]) / 2.0;
                let widest = match above >= self.boxes || below >= self.boxes {
                    true => LINE_GAP * 2.0,
                    false => WIDEST_GAP,
                };
                saved += (between - widest).max(0.0);
                moves.push(saved);
            }
            for (slot, up) in column.iter().zip(moves) {
                heights[*slot] += saved / 2.0 - up;
            }
        }
    }

    /// What the fullest column takes without any room to spare.
    fn least_height(&self) -> f64 {
        let count = self.column.iter().max().map_or(0, |last| last + 1);
        let mut filled = vec![0.0_f64; count];
        for (slot, (&column, height)) in self.column.iter().zip(&self.height).enumerate() {
            let gap = if slot < self.boxes { BOX_GAP } else { LINE_GAP };
            filled[column] += height + gap;
        }
        filled.into_iter().fold(0.0, f64::max)
    }

    fn top(&self, heights: &[f64]) -> f64 {
        let tops = heights.iter().zip(&self.height);
        tops.map(|(middle, height)| middle - height / 2.0)
            .fold(f64::INFINITY, f64::min)
    }

    fn bottom(&self, heights: &[f64]) -> f64 {
        let bottoms = heights.iter().zip(&self.height);
        bottoms
            .map(|(middle, height)| middle + height / 2.0)
            .fold(f64::NEG_INFINITY, f64::max)
    }
}

/// A slot's name in dagre's graph. A bare number would be sorted as JavaScript sorts keys.
fn name(slot: usize) -> String {
    format!("s{slot}")
}
