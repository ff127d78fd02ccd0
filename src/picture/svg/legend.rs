//! What the colours and lines mean, in rows.

use std::fmt::Write;

use super::super::layout::pixels;
use super::super::{EdgeKind, Picture};
use super::path::Px;
use crate::picture::family::Family;

const ROW: f64 = 22.0;
const SWATCH: f64 = 18.0;
const GAP: f64 = 20.0;

enum Entry {
    Family(Family),
    Edge(EdgeKind),
}

impl Entry {
    fn text(&self) -> &'static str {
        match self {
            Self::Family(family) => family.name(),
            Self::Edge(kind) => kind.title(),
        }
    }

    fn swatch(&self) -> f64 {
        match self {
            Self::Family(_) => SWATCH,
            Self::Edge(_) => SWATCH * 2.0,
        }
    }

    fn width(&self) -> f64 {
        self.swatch() + 7.0 + pixels(self.text().len())
    }
}

/// A legend placed within a width.
pub(super) struct Legend {
    /// Each entry and its upper left corner.
    placed: Vec<(Entry, f64, f64)>,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Legend {
    /// The families and kinds of edges that the picture has.
    pub(super) fn of(picture: &Picture, within: f64) -> Self {
        let families = picture.families().into_iter().map(Entry::Family);
        let kinds = picture.edge_kinds().into_iter().map(Entry::Edge);
        let mut legend = Self {
            placed: Vec::new(),
            width: 0.0,
            height: 0.0,
        };
        let (mut x, mut y) = (0.0, 0.0);
        for entry in families.chain(kinds) {
            let width = entry.width();
            if x > 0.0 && x + width > within {
                (x, y) = (0.0, y + ROW);
            }
            legend.width = legend.width.max(x + width);
            legend.height = y + ROW;
            legend.placed.push((entry, x, y));
            x += width + GAP;
        }
        legend
    }

    /// Appends the legend with its upper left corner there.
    pub(super) fn write(&self, x: f64, y: f64, out: &mut String) {
        for (entry, dx, dy) in &self.placed {
            let (x, middle) = (x + dx, y + dy + ROW / 2.0);
            // Writing to a String cannot fail.
            _ = match entry {
                Entry::Family(family) => writeln!(
                    out,
                    "<g class=\"family {}\"><rect x=\"{}\" y=\"{}\" width=\"{SWATCH}\" height=\"12\" rx=\"3\"/></g>",
                    family.name(),
                    Px(x),
                    Px(middle - 6.0),
                ),
                Entry::Edge(kind) => writeln!(
                    out,
                    "<path class=\"edge {0}\" d=\"M{1} {2}H{3}\" marker-start=\"url(#to-{0})\"/>",
                    kind.name(),
                    Px(x),
                    Px(middle),
                    Px(x + entry.swatch()),
                ),
            };
            _ = writeln!(
                out,
                "<text class=\"legend\" x=\"{}\" y=\"{}\">{}</text>",
                Px(x + entry.swatch() + 7.0),
                Px(middle + 4.0),
                entry.text(),
            );
        }
    }
}
