use super::super::examples::{hostile, organisation, two_states};
use super::super::{PictureFormat, write};
use super::*;
use crate::output::terminal::visible;

fn written(picture: &Picture) -> String {
    let mut out = Vec::new();
    write(picture, PictureFormat::Html, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

#[test]
fn the_drawing_is_well_formed_and_whole() {
    let picture = organisation(60);
    let page = written(&picture);
    let drawing = format!("<svg id={}</svg>", between(&page, "<svg id=", "</svg>"));
    let drawing = roxmltree::Document::parse(&drawing).unwrap();
    let count = |name| {
        drawing
            .descendants()
            .filter(|element| element.has_attribute(name))
            .count()
    };
    assert_eq!(count("data-node"), picture.nodes.len());
    assert_eq!(count("data-edge"), picture.edges.len());
}

#[test]
fn the_script_reads_the_picture() {
    let picture = hostile();
    let page = written(&picture);
    let json = between(&page, "id=\"picture\">", "</script>");
    let read: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(
        read["nodes"][0]["label"],
        visible(&picture.nodes[0].label).as_ref()
    );
}

#[test]
fn texts_stay_texts() {
    let page = written(&hostile());
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("<b>"));
    assert!(!page.contains('\u{1b}') && !page.contains('\u{202e}'));
}

#[test]
fn the_page_fetches_nothing() {
    let page = written(&two_states());
    let page = page.replace("http://www.w3.org/2000/svg", "");
    for forbidden in [
        "http:",
        "https:",
        " src=",
        "<link",
        "@import",
        "fetch(",
        "innerHTML",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("content=\"default-src 'none';"));
}
