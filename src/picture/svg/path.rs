//! Numbers and paths of SVG.

use std::fmt;

use super::super::layout::{Rect, Route, Way};

/// Displays a coordinate to a tenth of a pixel.
pub(super) struct Px(pub(super) f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        // No minus sign before a zero.
        write!(f, "{}", tenths + 0.0)
    }
}

/// Displays a way as the `d` of a `<path>`.
pub(super) struct Path<'a>(pub(super) &'a Way);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Way::Route(route) => write_route(route, f),
            Way::Loop(rect) => write_loop(rect, f),
        }
    }
}

/// Lines along the level parts, and from one to the next a curve that leaves and arrives level.
fn write_route(route: &Route, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut at: Option<(f64, f64)> = None;
    for part in &route.0 {
        match at {
            None => write!(f, "M{} {}", Px(part.start), Px(part.y))?,
            Some((x, y)) if near(x, part.start) && near(y, part.y) => {}
            Some((x, y)) => {
                let half = f64::midpoint(x, part.start);
                write!(
                    f,
                    "C{} {} {} {} {} {}",
                    Px(half),
                    Px(y),
                    Px(half),
                    Px(part.y),
                    Px(part.start),
                    Px(part.y)
                )?;
            }
        }
        if !near(part.start, part.end) {
            write!(f, "H{}", Px(part.end))?;
        }
        at = Some((part.end, part.y));
    }
    Ok(())
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.05
}

/// A bow above the upper right corner.
fn write_loop(rect: &Rect, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (start, end, top) = (rect.right() - 10.0, rect.right() - 28.0, rect.y);
    write!(
        f,
        "M{} {}C{} {} {} {} {} {}",
        Px(start),
        Px(top),
        Px(start + 2.0),
        Px(top - 12.0),
        Px(end - 2.0),
        Px(top - 12.0),
        Px(end),
        Px(top)
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::layout::Stretch;
    use super::*;

    #[test]
    fn a_coordinate_has_at_most_one_digit_after_the_dot() {
        assert_eq!(Px(1.25).to_string(), "1.3");
        assert_eq!(Px(10.0).to_string(), "10");
        assert_eq!(Px(-0.01).to_string(), "0");
    }

    #[test]
    fn a_route_bends_between_its_level_parts() {
        let level = |start, end, y| Stretch { start, end, y };
        let route = Route(vec![level(0.0, 10.0, 5.0), level(30.0, 40.0, 25.0)]);
        assert_eq!(
            Path(&Way::Route(route)).to_string(),
            "M0 5H10C20 5 20 25 30 25H40"
        );
    }
}
