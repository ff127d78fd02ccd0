//! Nodes and edges as a JSON object.
//!
//! ```json
//! {
//!   "title": "...",
//!   "nodes": [{"id": "...", "label": "...", "state": "..." or null, "kind": "aws_vpc",
//!              "family": "network", "emphasis": false, "detail": {"instances": "3"}}],
//!   "edges": [{"from": "ID", "to": "ID", "kind": "dependency", "label": "..." or null}]
//! }
//! ```
//!
//! `from` depends on `to`. `kind` of an edge is `dependency`, `remote_state` or `shared_id`. Keys are
//! added, not renamed or removed. Nodes and edges stand in the picture's order.

use std::io;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Edge, Node, Picture};
use crate::output::json_text::escaped;

/// Writes the object, indented, and a line end.
pub(super) fn write(picture: &Picture, out: &mut dyn io::Write) -> io::Result<()> {
    let json = serde_json::to_string_pretty(&Whole::of(picture))?;
    out.write_all(escaped(&json).as_bytes())?;
    out.write_all(b"\n")
}

/// The object on one line, as a text that can stand within a page's `<script>`. Its texts are for
/// showing: what hides or acts is spelled out as elsewhere on the page.
pub(super) fn for_script(picture: &Picture) -> Result<String, io::Error> {
    let json = serde_json::to_string(&Whole::of(&picture.visible()))?;
    // Within strings only: JSON's own signs are none of these.
    Ok(json
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026"))
}

#[derive(Serialize)]
struct Whole<'a> {
    title: &'a str,
    nodes: Vec<NodeObject<'a>>,
    edges: Vec<EdgeObject<'a>>,
}

#[derive(Serialize)]
struct NodeObject<'a> {
    id: &'a str,
    label: &'a str,
    state: Option<&'a str>,
    kind: &'a str,
    family: &'a str,
    emphasis: bool,
    detail: Detail<'a>,
}

#[derive(Serialize)]
struct EdgeObject<'a> {
    from: &'a str,
    to: &'a str,
    kind: &'a str,
    label: Option<&'a str>,
}

struct Detail<'a>(&'a [(String, String)]);

impl Serialize for Detail<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'a> Whole<'a> {
    fn of(picture: &'a Picture) -> Self {
        let id = |node: usize| picture.nodes.get(node).map_or("", |node| node.id.as_str());
        let edge = |edge: &'a Edge| EdgeObject {
            from: id(edge.from),
            to: id(edge.to),
            kind: edge.kind.name(),
            label: edge.label.as_deref(),
        };
        Self {
            title: &picture.title,
            nodes: picture.nodes.iter().map(NodeObject::of).collect(),
            edges: picture.edges.iter().map(edge).collect(),
        }
    }
}

impl<'a> NodeObject<'a> {
    fn of(node: &'a Node) -> Self {
        Self {
            id: &node.id,
            label: &node.label,
            state: node.group.as_deref(),
            kind: &node.kind,
            family: node.family().name(),
            emphasis: node.emphasis,
            detail: Detail(&node.detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::two_states;
    use super::super::{PictureFormat, write};
    use super::*;

    #[test]
    fn nodes_and_edges_are_objects_that_name_ids() {
        let mut out = Vec::new();
        write(&two_states(), PictureFormat::Json, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r###"
        {
          "title": "shop",
          "nodes": [
            {
              "id": "net aws_vpc.main",
              "label": "aws_vpc.main",
              "state": "net",
              "kind": "aws_vpc",
              "family": "network",
              "emphasis": false,
              "detail": {
                "state": "net"
              }
            },
            {
              "id": "net module.net.aws_subnet.private[\"a\"]",
              "label": "module.net.aws_subnet.private[\"a\"]",
              "state": "net",
              "kind": "aws_subnet",
              "family": "network",
              "emphasis": false,
              "detail": {
                "state": "net"
              }
            },
            {
              "id": "app aws_instance.web",
              "label": "aws_instance.web",
              "state": "app",
              "kind": "aws_instance",
              "family": "compute",
              "emphasis": true,
              "detail": {
                "state": "app"
              }
            },
            {
              "id": "app data.terraform_remote_state.net",
              "label": "data.terraform_remote_state.net",
              "state": "app",
              "kind": "terraform_remote_state",
              "family": "data",
              "emphasis": false,
              "detail": {
                "state": "app"
              }
            }
          ],
          "edges": [
            {
              "from": "net module.net.aws_subnet.private[\"a\"]",
              "to": "net aws_vpc.main",
              "kind": "dependency",
              "label": null
            },
            {
              "from": "app aws_instance.web",
              "to": "app data.terraform_remote_state.net",
              "kind": "dependency",
              "label": null
            },
            {
              "from": "app data.terraform_remote_state.net",
              "to": "net aws_vpc.main",
              "kind": "remote_state",
              "label": "vpc_id"
            },
            {
              "from": "app aws_instance.web",
              "to": "net module.net.aws_subnet.private[\"a\"]",
              "kind": "shared_id",
              "label": null
            }
          ]
        }
        "###);
    }

    #[test]
    fn nothing_ends_the_script_that_holds_the_object() {
        let picture = Picture {
            title: "</script><!-- &".into(),
            ..Picture::default()
        };
        let text = for_script(&picture).unwrap();
        assert_eq!(
            text,
            r#"{"title":"\u003c/script\u003e\u003c!-- \u0026","nodes":[],"edges":[]}"#
        );
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["title"], "</script><!-- &");
    }
}
