//! Where everything stands: the nodes of each group in columns, and the groups among each other.
//!
//! What a node depends on stands to its left, where there is no cycle. An edge between groups leaves
//! its group through a port at the border, runs between the groups, and comes in through another
//! port, so that it passes no box on its way.

mod geometry;
mod groups;
mod layered;
mod order;
mod sheet;

#[cfg(test)]
pub(super) use geometry::Stretch;
pub(super) use geometry::{Rect, Route, Size};

use super::label::Lines;
use super::{Picture, PictureError};
use crate::output::terminal::visible;

/// The most nodes that are placed. At this number it takes a few seconds, and the sheet is larger than
/// anybody can read.
pub(super) const MAX_NODES: usize = 3_000;

/// The most edges that are led.
pub(super) const MAX_EDGES: usize = 12_000;

/// The font's size, and what a column of text takes: most monospaced fonts need 0.6 of the size.
pub(super) const FONT: f64 = 12.0;
pub(super) const COLUMN: f64 = FONT * 0.615;
pub(super) const LINE: f64 = 16.0;

/// Around the text of a box.
pub(super) const BOX_LEFT: f64 = 15.0;
const BOX_RIGHT: f64 = 11.0;
pub(super) const BOX_TOP: f64 = 7.0;

/// Between boxes one above the other, between a line and what is beside it, and between parts.
const BOX_GAP: f64 = 14.0;
const LINE_GAP: f64 = 9.0;
const PART_GAP: f64 = 26.0;

/// A picture's nodes, groups and edges on a sheet that begins at (0, 0).
pub(super) struct Layout {
    pub(super) size: Size,
    /// A box for each node.
    pub(super) boxes: Vec<Rect>,
    /// The text of each node.
    pub(super) lines: Vec<Lines>,
    /// A frame for each named group.
    pub(super) frames: Vec<Frame>,
    /// The way of each edge, from what is depended on to what depends on it: edges to one node share
    /// the beginning of their ways, and dashes that begin together fall together.
    pub(super) routes: Vec<Way>,
}

/// The frame of a group.
pub(super) struct Frame {
    pub(super) name: String,
    pub(super) rect: Rect,
}

/// How an edge is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Way {
    /// From one box to another.
    Route(Route),
    /// At one box.
    Loop(Rect),
}

impl Layout {
    /// Places everything.
    ///
    /// # Errors
    ///
    /// [`PictureError::TooMany`], and [`PictureError::Layout`] where no place is found.
    pub(super) fn of(picture: &Picture) -> Result<Self, PictureError> {
        let (nodes, edges) = (picture.nodes.len(), picture.edges.len());
        if nodes > MAX_NODES || edges > MAX_EDGES {
            return Err(PictureError::TooMany { nodes, edges });
        }
        let lines: Vec<Lines> = picture
            .nodes
            .iter()
            .map(|node| Lines::of(&visible(&node.label), &visible(&node.kind)))
            .collect();
        let sizes: Vec<Size> = lines.iter().map(box_size).collect();
        let placed = groups::place(picture, &sizes)?;
        Ok(Self {
            size: placed.size,
            boxes: placed.boxes,
            lines,
            frames: placed.frames,
            routes: placed.routes,
        })
    }
}

fn box_size(lines: &Lines) -> Size {
    Size {
        width: pixels(lines.columns()) + BOX_LEFT + BOX_RIGHT,
        height: pixels_of_lines(lines.count().max(1)) + BOX_TOP * 2.0,
    }
}

/// What that many columns of text take.
pub(super) fn pixels(columns: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a text's length is small")]
    let columns = columns as f64;
    columns * COLUMN
}

fn pixels_of_lines(lines: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a text's length is small")]
    let lines = lines as f64;
    lines * LINE
}

#[cfg(test)]
mod tests;
