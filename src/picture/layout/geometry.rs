//! Places on the sheet, in pixels; `y` grows downwards.

/// A width and a height.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::picture) struct Size {
    pub(in crate::picture) width: f64,
    pub(in crate::picture) height: f64,
}

/// A box on the sheet, from its upper left corner.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::picture) struct Rect {
    pub(in crate::picture) x: f64,
    pub(in crate::picture) y: f64,
    pub(in crate::picture) width: f64,
    pub(in crate::picture) height: f64,
}

impl Rect {
    pub(in crate::picture) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(in crate::picture) fn bottom(&self) -> f64 {
        self.y + self.height
    }

    pub(in crate::picture) fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }

    pub(in crate::picture) fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right()
            && other.x < self.right()
            && self.y < other.bottom()
            && other.y < self.bottom()
    }

    pub(super) fn moved(self, x: f64, y: f64) -> Self {
        Self {
            x: self.x + x,
            y: self.y + y,
            ..self
        }
    }
}

/// A level part of an edge's way: from `start` to `end` at height `y`. Boxes stand in columns, and a
/// way passes a column level, between its boxes; from one column to the next it bends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::picture) struct Stretch {
    pub(in crate::picture) start: f64,
    pub(in crate::picture) end: f64,
    pub(in crate::picture) y: f64,
}

impl Stretch {
    fn reversed(self) -> Self {
        Self {
            start: self.end,
            end: self.start,
            y: self.y,
        }
    }
}

/// An edge's way from one box to another.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::picture) struct Route(pub(in crate::picture) Vec<Stretch>);

impl Route {
    pub(super) fn reversed(&self) -> Self {
        Self(self.0.iter().rev().map(|part| part.reversed()).collect())
    }

    pub(super) fn moved(&self, x: f64, y: f64) -> Self {
        let moved = |part: &Stretch| Stretch {
            start: part.start + x,
            end: part.end + x,
            y: part.y + y,
        };
        Self(self.0.iter().map(moved).collect())
    }
}
