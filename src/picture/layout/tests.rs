use proptest::prelude::*;

use super::*;
use crate::picture::examples::{edge, node, organisation};
use crate::picture::{EdgeKind, PictureFormat, write};

/// A picture of nodes in the groups with these numbers (0: none), and edges.
fn picture(groups: &[usize], edges: &[(usize, usize)]) -> Picture {
    let nodes = groups.iter().enumerate().map(|(at, group)| {
        let mut node = node(&format!("state{group}"), &format!("aws_vpc.n{at}"));
        node.group = node.group.filter(|_| *group > 0);
        node
    });
    let edges = edges
        .iter()
        .map(|&(from, to)| edge(from, to, EdgeKind::Dependency));
    Picture {
        title: "test".into(),
        nodes: nodes.collect(),
        edges: edges.collect(),
    }
}

fn within(rect: &Rect, size: Size) -> bool {
    rect.x >= 0.0
        && rect.y >= 0.0
        && rect.right() <= size.width + 0.01
        && rect.bottom() <= size.height + 0.01
}

fn inside(inner: &Rect, outer: &Rect) -> bool {
    inner.x >= outer.x
        && inner.y >= outer.y
        && inner.right() <= outer.right()
        && inner.bottom() <= outer.bottom()
}

/// That nothing overlaps or leaves the sheet, and edges join their boxes and pass by all others.
fn assert_sound(picture: &Picture, layout: &Layout) {
    let boxes = &layout.boxes;
    assert_eq!(boxes.len(), picture.nodes.len());
    for (at, one) in boxes.iter().enumerate() {
        assert!(within(one, layout.size), "box {at} leaves the sheet");
        for (other_at, other) in boxes.iter().enumerate().skip(at + 1) {
            assert!(!one.overlaps(other), "boxes {at} and {other_at} overlap");
        }
        for frame in &layout.frames {
            match picture.nodes[at].group.as_ref() == Some(&frame.name) {
                true => assert!(inside(one, &frame.rect), "box {at} leaves its frame"),
                false => assert!(!one.overlaps(&frame.rect), "box {at} is in another's frame"),
            }
        }
    }
    for (at, frame) in layout.frames.iter().enumerate() {
        assert!(within(&frame.rect, layout.size));
        for other in layout.frames.iter().skip(at + 1) {
            assert!(!frame.rect.overlaps(&other.rect), "two frames overlap");
        }
    }
    assert_eq!(layout.routes.len(), picture.edges.len());
    for (edge, way) in picture.edges.iter().zip(&layout.routes) {
        match way {
            Way::Loop(rect) => {
                assert_eq!(edge.from, edge.to);
                assert_eq!(rect, &boxes[edge.from]);
            }
            Way::Route(route) => assert_route(route, &boxes[edge.to], &boxes[edge.from], layout),
        }
    }
}

fn assert_route(Route(parts): &Route, from: &Rect, to: &Rect, layout: &Layout) {
    let (first, last) = (parts.first().unwrap(), parts.last().unwrap());
    for (end, y, rect) in [(first.start, first.y, from), (last.end, last.y, to)] {
        let at_side = (end - rect.x).abs() < 0.01 || (end - rect.right()).abs() < 0.01;
        assert!(
            at_side && (y - rect.middle()).abs() < 0.01,
            "an edge misses its box"
        );
    }
    for part in parts {
        let size = layout.size;
        for x in [part.start, part.end] {
            assert!(
                (-0.01..=size.width + 0.01).contains(&x),
                "an edge leaves the sheet"
            );
        }
        assert!(
            (-0.01..=size.height + 0.01).contains(&part.y),
            "an edge leaves the sheet"
        );
        let (left, right) = (
            part.start.min(part.end) + 0.01,
            part.start.max(part.end) - 0.01,
        );
        let crossed = layout.boxes.iter().any(|rect| {
            rect.x < right && left < rect.right() && rect.y < part.y && part.y < rect.bottom()
        });
        assert!(!crossed, "an edge runs through a box");
    }
    for pair in parts.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (left, right) = (from.end.min(to.start) + 0.01, from.end.max(to.start) - 0.01);
        let (top, bottom) = (from.y.min(to.y), from.y.max(to.y));
        let crossed = layout.boxes.iter().any(|rect| {
            rect.x < right && left < rect.right() && rect.y < bottom && top < rect.bottom()
        });
        assert!(!crossed, "an edge bends through a box");
    }
}

fn sound(picture: &Picture) -> Layout {
    let layout = Layout::of(picture).unwrap();
    assert_sound(picture, &layout);
    layout
}

#[test]
fn nothing_takes_no_room() {
    assert_eq!(sound(&Picture::default()).size, Size::default());
}

#[test]
fn what_is_depended_on_stands_left() {
    let layout = sound(&picture(&[0, 0, 0], &[(0, 1), (1, 2)]));
    assert!(layout.boxes[2].right() < layout.boxes[1].x);
    assert!(layout.boxes[1].right() < layout.boxes[0].x);
}

#[test]
fn a_state_that_is_depended_on_stands_left() {
    let layout = sound(&picture(&[1, 2, 2, 1], &[(0, 1), (3, 2)]));
    assert!(layout.frames[1].rect.right() < layout.frames[0].rect.x);
}

#[test]
fn a_node_that_depends_on_itself_has_a_loop() {
    let layout = sound(&picture(&[1], &[(0, 0)]));
    assert_eq!(layout.routes, [Way::Loop(layout.boxes[0])]);
}

#[test]
fn cycles_within_and_between_states_are_drawn() {
    sound(&picture(
        &[0, 0, 0],
        &[(0, 1), (1, 2), (2, 0), (0, 1), (1, 0)],
    ));
    sound(&picture(
        &[1, 2, 3, 1],
        &[(0, 1), (1, 2), (2, 0), (1, 3), (3, 3)],
    ));
}

#[test]
fn boxes_without_edges_stand_in_rows() {
    let layout = sound(&picture(&[1; 30], &[]));
    let size = layout.size;
    assert!(
        size.width / size.height > 0.8 && size.width / size.height < 3.0,
        "{size:?}"
    );
}

#[test]
fn many_dependents_do_not_make_one_column() {
    let edges: Vec<(usize, usize)> = (1..60).map(|from| (from, 0)).collect();
    let layout = sound(&picture(&[1; 60], &edges));
    assert!(
        layout.size.height < layout.size.width * 2.0,
        "{:?}",
        layout.size
    );
}

#[test]
fn an_organisation_is_sound() {
    for about in [10, 60, 150] {
        sound(&organisation(about));
    }
}

#[test]
fn a_chain_of_all_nodes_does_not_exhaust_the_stack() {
    let edges: Vec<(usize, usize)> = (1..MAX_NODES).map(|to| (to - 1, to)).collect();
    Layout::of(&picture(&[0; MAX_NODES], &edges)).unwrap();
}

#[test]
fn edges_over_too_many_columns_are_an_error() {
    let mut edges: Vec<(usize, usize)> = (1..500).map(|to| (to - 1, to)).collect();
    edges.extend((0..499).flat_map(|from| [(from, 499), (0, from)]));
    let error = Layout::of(&picture(&[0; 500], &edges)).err().unwrap();
    assert_eq!(
        error.to_string(),
        "the picture could not be laid out (its edges reach over too many others): choose a part with --focus, or write dot or json"
    );
}

#[test]
fn too_many_nodes_are_drawn_by_other_programs_only() {
    let picture = picture(&vec![0; MAX_NODES + 1], &[]);
    for format in [PictureFormat::Svg, PictureFormat::Html] {
        let error = write(&picture, format, &mut Vec::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a picture of 3001 nodes and 0 edges is too large to draw (at most 3000 nodes and 12000 edges): choose a part with --focus, draw less of each state with --by resource, module or state, or write dot or json"
        );
    }
    for format in [
        PictureFormat::Dot,
        PictureFormat::Mermaid,
        PictureFormat::Json,
    ] {
        write(&picture, format, &mut Vec::new()).unwrap();
    }
}

#[test]
fn an_edge_to_no_node_is_an_error() {
    let picture = picture(&[0, 0], &[(0, 1), (0, 2)]);
    for format in PictureFormat::ALL {
        let error = write(&picture, format, &mut Vec::new()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "edge 1 of the picture joins a node that is not among its 2"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_graph_is_drawn_soundly(
        groups in prop::collection::vec(0usize..5, 1..40),
        edges in prop::collection::vec((0usize..40, 0usize..40), 0..90),
    ) {
        let count = groups.len();
        let edges: Vec<(usize, usize)> = edges.iter().map(|(from, to)| (from % count, to % count)).collect();
        sound(&picture(&groups, &edges));
    }

    #[test]
    fn the_same_picture_gives_the_same_bytes(
        groups in prop::collection::vec(0usize..3, 1..12),
        edges in prop::collection::vec((0usize..12, 0usize..12), 0..20),
    ) {
        let count = groups.len();
        let edges: Vec<(usize, usize)> = edges.iter().map(|(from, to)| (from % count, to % count)).collect();
        let picture = picture(&groups, &edges);
        for format in PictureFormat::ALL {
            let written = || {
                let mut out = Vec::new();
                write(&picture, format, &mut out).unwrap();
                out
            };
            prop_assert_eq!(written(), written());
        }
    }
}
