use std::collections::HashSet;

use super::super::examples::{edge, hostile, node, organisation, two_states};
use super::super::{PictureFormat, write};
use super::*;

fn written(picture: &Picture) -> String {
    let mut out = Vec::new();
    write(picture, PictureFormat::Svg, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The numbers in an attribute.
fn numbers(text: &str) -> Vec<f64> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
        .filter(|number| !number.is_empty())
        .map(|number| number.parse().unwrap())
        .collect()
}

/// Each node's text: its lines one after the other.
fn labels(svg: &roxmltree::Document<'_>) -> Vec<String> {
    let nodes = svg
        .descendants()
        .filter(|element| element.has_attribute("data-node"));
    nodes
        .map(|node| {
            let lines = node.children().filter(|child| child.has_tag_name("text"));
            lines.filter_map(|line| line.text()).collect()
        })
        .collect()
}

#[test]
fn every_label_is_there_whole() {
    for picture in [two_states(), organisation(60)] {
        let svg = written(&picture);
        let svg = roxmltree::Document::parse(&svg).unwrap();
        let expected: Vec<String> = picture
            .nodes
            .iter()
            .map(|node| node.label.clone())
            .collect();
        assert_eq!(labels(&svg), expected);
    }
}

#[test]
fn texts_stay_texts() {
    let picture = hostile();
    let svg = written(&picture);
    let svg = roxmltree::Document::parse(&svg).unwrap();
    let expected: Vec<String> = picture
        .nodes
        .iter()
        .map(|node| visible(&node.label).into_owned())
        .collect();
    assert_eq!(labels(&svg), expected);
    let names: HashSet<&str> = svg
        .descendants()
        .map(|element| element.tag_name().name())
        .collect();
    assert!(
        !names.contains("script") && !names.contains("b"),
        "{names:?}"
    );
}

#[test]
fn coordinates_are_within_the_view_box() {
    let svg = written(&organisation(150));
    let svg = roxmltree::Document::parse(&svg).unwrap();
    let view = numbers(svg.root_element().attribute("viewBox").unwrap());
    let moved = svg
        .descendants()
        .find_map(|element| element.attribute("transform"))
        .unwrap();
    let moved = numbers(moved);
    for rect in svg
        .descendants()
        .filter(|element| element.attribute("class") == Some("box"))
    {
        let of = |name| numbers(rect.attribute(name).unwrap())[0];
        assert!(of("x") >= 0.0 && of("y") >= 0.0);
        assert!(of("x") + of("width") + moved[0] <= view[2]);
        assert!(of("y") + of("height") + moved[1] <= view[3]);
    }
    for path in svg
        .descendants()
        .filter(|element| element.has_attribute("data-edge"))
    {
        let d = path.attribute("d").unwrap();
        assert!(!d.contains("NaN") && !d.contains("inf"), "{d}");
        assert!(
            numbers(d)
                .iter()
                .all(|number| (0.0..=view[2].max(view[3])).contains(number)),
            "{d}"
        );
    }
}

#[test]
fn text_fits_its_box() {
    let svg = written(&organisation(60));
    let svg = roxmltree::Document::parse(&svg).unwrap();
    for node in svg
        .descendants()
        .filter(|element| element.has_attribute("data-node"))
    {
        let rect = node
            .children()
            .find(|child| child.attribute("class") == Some("box"))
            .unwrap();
        let of =
            |element: &roxmltree::Node<'_, '_>, name| numbers(element.attribute(name).unwrap())[0];
        for line in node.children().filter(|child| child.has_tag_name("text")) {
            let width = pixels(columns(line.text().unwrap()));
            assert!(of(&line, "x") + width <= of(&rect, "x") + of(&rect, "width"));
            assert!(of(&line, "y") < of(&rect, "y") + of(&rect, "height"));
        }
    }
}

#[test]
fn kinds_of_edges_the_focus_and_the_legend_are_marked() {
    let svg = written(&two_states());
    for expected in [
        "class=\"edge dependency\" data-edge=\"0\"",
        "class=\"edge remote_state\" data-edge=\"2\"",
        "class=\"edge shared_id\" data-edge=\"3\"",
        "class=\"node compute emphasis\" data-node=\"2\"",
        ">reads remote state</text>",
        ">network</text>",
        ">vpc_id</text>",
        "<title>aws_instance.web\nstate: app</title>",
    ] {
        assert!(svg.contains(expected), "{expected}\n{svg}");
    }
    assert!(!svg.contains(">messaging</text>"));
}

#[test]
fn the_title_fits_a_small_picture() {
    let title = "t".repeat(200);
    let picture = Picture {
        title,
        nodes: vec![node("a", "aws_vpc.main")],
        edges: vec![edge(0, 0, EdgeKind::Dependency)],
    };
    let svg = written(&picture);
    let svg = roxmltree::Document::parse(&svg).unwrap();
    assert!(numbers(svg.root_element().attribute("width").unwrap())[0] > 200.0 * 9.6);
}
