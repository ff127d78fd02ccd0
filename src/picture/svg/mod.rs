//! A drawing that stands on its own.

mod edge_labels;
mod legend;
mod path;

use std::fmt::Write as _;
use std::io;

use self::legend::Legend;
use self::path::{Path, Px};
use super::family::Family;
use super::label::columns;
use super::layout::{BOX_LEFT, BOX_TOP, Frame, LINE, Layout, Rect, Size, pixels};
use super::xml::Text;
use super::{Edge, EdgeKind, Node, Picture};
use crate::output::terminal::visible;

/// Around everything.
const MARGIN: f64 = 24.0;
const TITLE: f64 = 34.0;
const NARROWEST: f64 = 420.0;

/// Writes an SVG document: the title, the legend, the drawing.
pub(super) fn write(picture: &Picture, layout: &Layout, out: &mut dyn io::Write) -> io::Result<()> {
    let title = pixels(columns(&visible(&picture.title))) * 1.4;
    let wide = layout.size.width.max(NARROWEST).max(title);
    let legend = Legend::of(picture, wide);
    let width = wide.max(legend.width) + MARGIN * 2.0;
    let top = MARGIN + TITLE + legend.height + 14.0;
    let height = top + layout.size.height + MARGIN;
    let mut svg = String::new();
    // Writing to a String cannot fail.
    _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\">",
        Px(width),
        Px(height)
    );
    _ = writeln!(svg, "<title>{}</title>", Text(&picture.title));
    _ = writeln!(svg, "<style>\n{}</style>", style());
    push_markers(&mut svg);
    _ = writeln!(
        svg,
        "<rect class=\"ground\" width=\"{}\" height=\"{}\"/>",
        Px(width),
        Px(height)
    );
    _ = writeln!(
        svg,
        "<text class=\"title\" x=\"{MARGIN}\" y=\"{}\">{}</text>",
        MARGIN + 16.0,
        Text(&picture.title)
    );
    legend.write(MARGIN, MARGIN + TITLE, &mut svg);
    _ = writeln!(svg, "<g transform=\"translate({MARGIN} {})\">", Px(top));
    push_drawing(picture, layout, &mut svg);
    svg.push_str("</g>\n</svg>\n");
    out.write_all(svg.as_bytes())
}

/// The drawing as an `<svg>` element of a page, whose style is the page's.
pub(super) fn element(picture: &Picture, layout: &Layout) -> (String, Size) {
    let size = Size {
        width: layout.size.width + MARGIN * 2.0,
        height: layout.size.height + MARGIN * 2.0,
    };
    let mut svg = String::new();
    _ = writeln!(
        svg,
        "<svg id=\"drawing\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" aria-label=\"{}\">",
        Px(size.width),
        Px(size.height),
        Text(&picture.title)
    );
    push_markers(&mut svg);
    _ = writeln!(svg, "<g transform=\"translate({MARGIN} {MARGIN})\">");
    push_drawing(picture, layout, &mut svg);
    svg.push_str("</g>\n</svg>\n");
    (svg, size)
}

/// The rules that draw: the fixed ones, and the colours of families and kinds of edges.
pub(super) fn style() -> String {
    let mut css = include_str!("drawing.css").to_owned();
    for family in Family::ALL {
        let (name, fill, stroke) = (family.name(), family.fill(), family.stroke());
        _ = writeln!(css, ".{name} rect {{ fill: {fill}; stroke: {stroke}; }}");
        _ = writeln!(css, ".{name} .stripe {{ fill: {stroke}; stroke: none; }}");
    }
    for kind in EdgeKind::ALL {
        let (name, colour) = (kind.name(), kind.colour());
        _ = writeln!(css, ".edge.{name} {{ stroke: {colour}; }}");
        _ = writeln!(css, "#to-{name} path {{ fill: {colour}; }}");
    }
    css
}

fn push_markers(svg: &mut String) {
    svg.push_str("<defs>\n");
    for kind in EdgeKind::ALL {
        _ = writeln!(
            svg,
            "<marker id=\"to-{}\" viewBox=\"0 0 10 10\" refX=\"0.5\" refY=\"5\" markerWidth=\"9\" markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M10 1L0 5L10 9Z\"/></marker>",
            kind.name()
        );
    }
    svg.push_str("</defs>\n");
}

/// Frames below edges below boxes. Edges that cross states come above the others.
fn push_drawing(picture: &Picture, layout: &Layout, svg: &mut String) {
    for frame in &layout.frames {
        push_frame(frame, svg);
    }
    svg.push_str("<g class=\"edges\">\n");
    for kind in EdgeKind::ALL {
        let edges = picture.edges.iter().zip(&layout.routes).enumerate();
        for (at, (edge, way)) in edges.filter(|(_, (edge, _))| edge.kind == kind) {
            push_edge(picture, at, edge, &Path(way), svg);
        }
    }
    svg.push_str("</g>\n");
    for (at, node) in picture.nodes.iter().enumerate() {
        if let (Some(rect), Some(lines)) = (layout.boxes.get(at), layout.lines.get(at)) {
            push_node(at, node, rect, &lines.place, &lines.name, svg);
        }
    }
    for label in edge_labels::placed(picture, layout) {
        _ = writeln!(
            svg,
            "<text class=\"edge-label\" x=\"{}\" y=\"{}\">{}</text>",
            Px(label.rect.x + label.rect.width / 2.0),
            Px(label.rect.bottom() - 3.0),
            Text(&label.text)
        );
    }
}

fn push_frame(frame: &Frame, svg: &mut String) {
    let Rect {
        x,
        y,
        width,
        height,
    } = frame.rect;
    _ = writeln!(
        svg,
        "<g class=\"frame\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
        Px(x),
        Px(y),
        Px(width),
        Px(height),
        Px(x + 14.0),
        Px(y + 20.0),
        Text(&frame.name)
    );
}

fn push_edge(picture: &Picture, at: usize, edge: &Edge, path: &Path<'_>, svg: &mut String) {
    let name = |node: usize| picture.nodes.get(node).map_or("", |node| node.id.as_str());
    let kind = edge.kind.name();
    _ = write!(
        svg,
        "<path class=\"edge {kind}\" data-edge=\"{at}\" d=\"{path}\" marker-start=\"url(#to-{kind})\"><title>{} {} {}",
        Text(name(edge.from)),
        edge.kind.title(),
        Text(name(edge.to))
    );
    if let Some(label) = &edge.label {
        _ = write!(svg, " ({})", Text(label));
    }
    svg.push_str("</title></path>\n");
}

fn push_node(
    at: usize,
    node: &Node,
    rect: &Rect,
    place: &[String],
    name: &[String],
    svg: &mut String,
) {
    let Rect {
        x,
        y,
        width,
        height,
    } = *rect;
    let emphasis = if node.emphasis { " emphasis" } else { "" };
    _ = write!(
        svg,
        "<g class=\"node {}{emphasis}\" data-node=\"{at}\"><title>{}",
        node.family().name(),
        Text(&node.label)
    );
    for (key, value) in &node.detail {
        _ = write!(svg, "\n{}: {}", Text(key), Text(value));
    }
    svg.push_str("</title>");
    if node.emphasis {
        _ = write!(
            svg,
            "<rect class=\"halo\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"9\"/>",
            Px(x - 4.0),
            Px(y - 4.0),
            Px(width + 8.0),
            Px(height + 8.0)
        );
    }
    _ = write!(
        svg,
        "<rect class=\"box\" x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" rx=\"5\"/><path class=\"stripe\" d=\"M{4} {1}h-1a5 5 0 0 0 -5 5v{5}a5 5 0 0 0 5 5h1z\"/>",
        Px(x),
        Px(y),
        Px(width),
        Px(height),
        Px(x + 6.0),
        Px(height - 10.0)
    );
    let mut line = y + BOX_TOP - 4.0;
    let lines = place.iter().map(|text| ("place", text));
    for (class, text) in lines.chain(name.iter().map(|text| ("name", text))) {
        line += LINE;
        _ = write!(
            svg,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            Px(x + BOX_LEFT),
            Px(line),
            Text(text)
        );
    }
    svg.push_str("</g>\n");
}

#[cfg(test)]
mod tests;
