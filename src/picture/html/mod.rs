//! A page with the drawing in it: pan, zoom, search, and what a node depends on. It needs nothing
//! from a network, and its policy lets it fetch nothing.

use std::fmt::Write as _;
use std::io;

use super::layout::Layout;
use super::xml::Text;
use super::{Picture, json, svg};

/// Writes the page.
pub(super) fn write(picture: &Picture, layout: &Layout, out: &mut dyn io::Write) -> io::Result<()> {
    let (drawing, size) = svg::element(picture, layout);
    let title = Text(&picture.title);
    let mut page = String::new();
    // Writing to a String cannot fail.
    _ = write!(
        page,
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>
{style}{page_style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<label>Find <input id="query" type="search" autocomplete="off" spellcheck="false" placeholder="address, type, state"></label>
<output id="found" aria-live="polite"></output>
<span class="buttons">
<button id="smaller" type="button" title="Zoom out (-)">&minus;</button>
<button id="fit" type="button" title="Show everything (0)">Fit</button>
<button id="larger" type="button" title="Zoom in (+)">+</button>
</span>
</header>
<main>
<div id="stage" data-width="{width}" data-height="{height}">
{drawing}</div>
<aside id="panel" aria-live="polite">
<section id="selected" hidden></section>
<section id="legend">
<h2>Legend</h2>
{legend}<p class="hint">Click a node, or press Tab and Enter. <kbd>/</kbd> finds, <kbd>Enter</kbd> goes on to the next, <kbd>Esc</kbd> clears, <kbd>0</kbd> shows everything.</p>
</section>
</aside>
</main>
<script type="application/json" id="picture">{json}</script>
<script>
{script}</script>
</body>
</html>
"#,
        style = svg::style(),
        page_style = include_str!("page.css"),
        width = size.width.round(),
        height = size.height.round(),
        legend = legend(picture),
        json = json::for_script(picture)?,
        script = include_str!("page.js"),
    );
    out.write_all(page.as_bytes())
}

/// The families and kinds of edges that the picture has, as lists.
fn legend(picture: &Picture) -> String {
    let mut html = String::from("<ul>\n");
    for family in picture.families() {
        let name = family.name();
        _ = writeln!(
            html,
            "<li><svg width=\"22\" height=\"14\" aria-hidden=\"true\"><g class=\"{name}\"><rect x=\"1\" y=\"1\" width=\"18\" height=\"12\" rx=\"3\"/></g></svg>{name}</li>"
        );
    }
    for kind in picture.edge_kinds() {
        let name = kind.name();
        _ = writeln!(
            html,
            "<li><svg width=\"42\" height=\"14\" aria-hidden=\"true\"><path class=\"edge {name}\" d=\"M1 7H38\" marker-start=\"url(#to-{name})\"/></svg>{}</li>",
            kind.title()
        );
    }
    html.push_str("</ul>\n");
    html
}

#[cfg(test)]
mod tests;
