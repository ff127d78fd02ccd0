//! The graph for Graphviz.

use std::fmt::{self, Write as _};
use std::io;

use super::label::Lines;
use super::{Edge, EdgeKind, Node, Picture};
use crate::output::terminal::visible;

/// Writes a `digraph` with a cluster for each group. What depends stands right of what it depends on,
/// as in `terraform graph`.
pub(super) fn write(picture: &Picture, out: &mut dyn io::Write) -> io::Result<()> {
    let mut dot = String::from("digraph {\n");
    // Writing to a String cannot fail.
    _ = writeln!(
        dot,
        "  graph [rankdir=RL, label={}, labelloc=t, fontname=\"Helvetica\"]",
        Quoted(&picture.title)
    );
    dot.push_str(
        "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=11]\n",
    );
    dot.push_str("  edge [fontname=\"Helvetica\", fontsize=9]\n");
    for (at, group) in picture.groups().iter().enumerate() {
        _ = writeln!(dot, "  subgraph cluster_{at} {{");
        _ = writeln!(
            dot,
            "    graph [label={}, style=\"rounded,filled\", color=\"#cbd5e1\", fillcolor=\"#f8fafc\"]",
            Quoted(group)
        );
        for node in picture
            .nodes
            .iter()
            .filter(|node| node.group.as_deref() == Some(group))
        {
            _ = writeln!(dot, "    {}", NodeLine(node));
        }
        dot.push_str("  }\n");
    }
    for node in picture.nodes.iter().filter(|node| node.group.is_none()) {
        _ = writeln!(dot, "  {}", NodeLine(node));
    }
    for edge in &picture.edges {
        if let (Some(from), Some(to)) = (picture.nodes.get(edge.from), picture.nodes.get(edge.to)) {
            _ = writeln!(
                dot,
                "  {} -> {} [{}]",
                Quoted(&from.id),
                Quoted(&to.id),
                EdgeStyle(edge)
            );
        }
    }
    dot.push_str("}\n");
    out.write_all(dot.as_bytes())
}

/// A text in double quotes. Graphviz reads a backslash in one as the beginning of an escape.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", escaped(self.0))
    }
}

/// Graphviz reads `&name;` as a character, and a backslash as the beginning of an escape.
fn escaped(text: &str) -> String {
    let shown = visible(text);
    shown
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('&', "&amp;")
}

struct NodeLine<'a>(&'a Node);

impl fmt::Display for NodeLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(node) = self;
        let family = node.family();
        let lines = Lines::of(&visible(&node.label), &visible(&node.kind));
        let lines: Vec<String> = lines
            .place
            .iter()
            .chain(&lines.name)
            .map(|line| escaped(line))
            .collect();
        write!(
            f,
            "{} [label=\"{}\", color=\"{}\", fillcolor=\"{}\"",
            Quoted(&node.id),
            lines.join("\\n"),
            family.stroke(),
            family.fill()
        )?;
        let detail: Vec<String> = node
            .detail
            .iter()
            .map(|(key, value)| format!("{}: {}", escaped(key), escaped(value)))
            .collect();
        if !detail.is_empty() {
            write!(f, ", tooltip=\"{}\"", detail.join("\\n"))?;
        }
        if node.emphasis {
            f.write_str(", penwidth=3")?;
        }
        f.write_str("]")
    }
}

struct EdgeStyle<'a>(&'a Edge);

impl fmt::Display for EdgeStyle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(edge) = self;
        write!(f, "color=\"{}\"", edge.kind.colour())?;
        match edge.kind {
            EdgeKind::Dependency => {}
            EdgeKind::RemoteState => f.write_str(", style=dashed")?,
            EdgeKind::SharedId => f.write_str(", style=dotted")?,
        }
        match &edge.label {
            Some(label) => write!(f, ", label={}", Quoted(label)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{hostile, two_states};
    use super::super::{PictureFormat, write};
    use super::*;

    fn written(picture: &Picture) -> String {
        let mut out = Vec::new();
        write(picture, PictureFormat::Dot, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_group_is_a_cluster() {
        insta::assert_snapshot!(written(&two_states()), @r###"
        digraph {
          graph [rankdir=RL, label="shop", labelloc=t, fontname="Helvetica"]
          node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11]
          edge [fontname="Helvetica", fontsize=9]
          subgraph cluster_0 {
            graph [label="net", style="rounded,filled", color="#cbd5e1", fillcolor="#f8fafc"]
            "net aws_vpc.main" [label="aws_vpc.main", color="#2563eb", fillcolor="#eaf1fe", tooltip="state: net"]
            "net module.net.aws_subnet.private[\"a\"]" [label="module.net.\naws_subnet.private[\"a\"]", color="#2563eb", fillcolor="#eaf1fe", tooltip="state: net"]
          }
          subgraph cluster_1 {
            graph [label="app", style="rounded,filled", color="#cbd5e1", fillcolor="#f8fafc"]
            "app aws_instance.web" [label="aws_instance.web", color="#ea580c", fillcolor="#fef0e6", tooltip="state: app", penwidth=3]
            "app data.terraform_remote_state.net" [label="data.terraform_remote_state.net", color="#64748b", fillcolor="#f1f4f8", tooltip="state: app"]
          }
          "net module.net.aws_subnet.private[\"a\"]" -> "net aws_vpc.main" [color="#7b8794"]
          "app aws_instance.web" -> "app data.terraform_remote_state.net" [color="#7b8794"]
          "app data.terraform_remote_state.net" -> "net aws_vpc.main" [color="#c2410c", style=dashed, label="vpc_id"]
          "app aws_instance.web" -> "net module.net.aws_subnet.private[\"a\"]" [color="#7c3aed", style=dotted]
        }
        "###);
    }

    #[test]
    fn quotes_and_backslashes_are_escaped() {
        insta::assert_snapshot!(written(&hostile()), @r###"
        digraph {
          graph [rankdir=RL, label="a\"b\\c</script><b>&amp;amp;#1; `x` {y} |z| é東\\n\\x1b[1m\\u{202e}", labelloc=t, fontname="Helvetica"]
          node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11]
          edge [fontname="Helvetica", fontsize=9]
          subgraph cluster_0 {
            graph [label="a\"b\\c</script><b>&amp;amp;#1; `x` {y} |z| é東\\n\\x1b[1m\\u{202e}", style="rounded,filled", color="#cbd5e1", fillcolor="#f8fafc"]
            "a\"b\\c</script><b>&amp;amp;#1; `x` {y} |z| é東\\n\\x1b[1m\\u{202e}1" [label="a\"b\\c</script><b>&amp;amp;#1; `x` {y} \n|z| é東\\n\\x1b[1m\\u{202e}", color="#78716c", fillcolor="#f5f4f3", tooltip="a\"b\\c</script><b>&amp;amp;#1; `x` {y} |z| é東\\n\\x1b[1m\\u{202e}: a\"b\\c</script><b>&amp;amp;#1; `x` {y} |z| é東\\n\\x1b[1m\\u{202e}", penwidth=3]
          }
          "a\"b\\c</script><b>&amp;amp;#1; `x` {y} |z| é東\\n\\x1b[1m\\u{202e}2" [label="aws_vpc.x\n[a\"b\\c</script><b>&amp;amp;#1; `x` {y}\n |z| é東\\n\\x1b[1m\\u{202e}]", color="#2563eb", fillcolor="#eaf1fe"]
          "a\"b\\c</script><b>&amp;amp;#1; `x` {y} |z| é東\\n\\x1b[1m\\u{202e}1" -> "a\"b\\c</script><b>&amp;amp;#1; `x` {y} |z| é東\\n\\x1b[1m\\u{202e}2" [color="#7c3aed", style=dotted, label="a\"b\\c</script><b>&amp;amp;#1; `x` {y} |z| é東\\n\\x1b[1m\\u{202e}"]
        }
        "###);
    }

    #[test]
    fn nothing_is_a_graph_too() {
        insta::assert_snapshot!(written(&Picture::default()), @r###"
        digraph {
          graph [rankdir=RL, label="", labelloc=t, fontname="Helvetica"]
          node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11]
          edge [fontname="Helvetica", fontsize=9]
        }
        "###);
    }
}
