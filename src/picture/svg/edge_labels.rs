//! Texts at edges, where there is room for them.

use super::super::Picture;
use super::super::label::columns;
use super::super::layout::{Layout, Rect, Route, Way, pixels};
use crate::output::terminal::visible;

/// More labels than this say nothing: they are given as titles only.
const MOST: usize = 24;

/// The size of the letters, as a part of a box's.
pub(super) const SCALE: f64 = 0.84;

/// A text and the place it takes.
pub(super) struct EdgeLabel {
    pub(super) text: String,
    pub(super) rect: Rect,
}

/// The labels of the edges that have room beside boxes, frames' names and each other.
pub(super) fn placed(picture: &Picture, layout: &Layout) -> Vec<EdgeLabel> {
    let labelled = picture.edges.iter().zip(&layout.routes);
    let labelled: Vec<(&str, &Way)> = labelled
        .filter_map(|(edge, way)| Some((edge.label.as_deref()?, way)))
        .collect();
    let mut labels: Vec<EdgeLabel> = Vec::new();
    if labelled.len() > MOST {
        return labels;
    }
    let headings: Vec<Rect> = layout
        .frames
        .iter()
        .map(|frame| Rect {
            height: 28.0,
            ..frame.rect
        })
        .collect();
    for (text, way) in labelled {
        let text = visible(text).into_owned();
        let Way::Route(route) = way else { continue };
        let free = |rect: &Rect| {
            let taken = labels.iter().map(|label| &label.rect);
            let inside = rect.x >= 0.0
                && rect.y >= 0.0
                && rect.right() <= layout.size.width
                && rect.bottom() <= layout.size.height;
            inside
                && !layout
                    .boxes
                    .iter()
                    .chain(&headings)
                    .chain(taken)
                    .any(|other| rect.overlaps(other))
        };
        let rect = places(route, pixels(columns(&text)) * SCALE)
            .into_iter()
            .find(free);
        if let Some(rect) = rect {
            labels.push(EdgeLabel { text, rect });
        }
    }
    labels
}

/// Where a label of that width may stand: above a level part, or in the middle of a bend.
fn places(route: &Route, width: f64) -> Vec<Rect> {
    const HEIGHT: f64 = 13.0;
    let at = |x: f64, y: f64| Rect {
        x: x - width / 2.0,
        y,
        width,
        height: HEIGHT,
    };
    let levels = route
        .0
        .iter()
        .filter(|part| (part.end - part.start).abs() > width);
    let levels = levels.map(|part| at(f64::midpoint(part.start, part.end), part.y - HEIGHT - 1.0));
    let bends = route.0.windows(2).filter_map(|pair| match pair {
        [from, to] if (from.y - to.y).abs() > HEIGHT => Some(at(
            f64::midpoint(from.end, to.start),
            f64::midpoint(from.y, to.y) - HEIGHT / 2.0,
        )),
        _ => None,
    });
    levels.chain(bends).collect()
}
