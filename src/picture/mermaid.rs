//! The graph as a Mermaid flowchart, for pages that draw such: GitHub, GitLab, wikis.

use std::fmt::{self, Write as _};
use std::io;

use super::label::Lines;
use super::{EdgeKind, Node, Picture};
use crate::output::terminal::visible;

/// Writes a `flowchart RL` with a subgraph for each group: what depends stands right of what it
/// depends on. Nodes are named by number, since Mermaid's names can hold little.
pub(super) fn write(picture: &Picture, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(flowchart(picture)?.as_bytes())
}

/// Mermaid's settings `maxEdges` and `maxTextSize` by default. A flowchart cannot change them itself:
/// they belong to the page that draws it.
///
/// Source: Mermaid's configuration, `config.schema.yaml`.
const MOST_EDGES: usize = 500;
const MOST_CHARACTERS: usize = 50_000;

/// That Mermaid does not draw so much unless it is told to.
pub(super) fn caution(picture: &Picture) -> Option<String> {
    let edges = picture.edges.len();
    let characters = flowchart(picture).ok()?.chars().count();
    (edges > MOST_EDGES || characters > MOST_CHARACTERS).then(|| {
        format!(
            "Mermaid draws {MOST_EDGES} edges and {MOST_CHARACTERS} characters, unless its maxEdges and \
             maxTextSize are set higher, and this has {edges} and {characters}; draw less of it with \
             --focus, --state or --by"
        )
    })
}

fn flowchart(picture: &Picture) -> io::Result<String> {
    let mut text = String::new();
    // Writing to a String cannot fail.
    if !picture.title.is_empty() {
        let title = serde_json::to_string(&*visible(&picture.title))?;
        _ = writeln!(text, "---\ntitle: {title}\n---");
    }
    text.push_str("flowchart RL\n");
    let nodes = || picture.nodes.iter().enumerate();
    for (at, group) in picture.groups().iter().enumerate() {
        _ = writeln!(text, "  subgraph g{at}[\"{}\"]", Label(group));
        for (at, node) in nodes().filter(|(_, node)| node.group.as_deref() == Some(group)) {
            push_node(at, node, &mut text);
        }
        text.push_str("  end\n");
    }
    for (at, node) in nodes().filter(|(_, node)| node.group.is_none()) {
        push_node(at, node, &mut text);
    }
    for edge in &picture.edges {
        let arrow = match edge.kind {
            EdgeKind::Dependency => "-->",
            EdgeKind::RemoteState | EdgeKind::SharedId => "-.->",
        };
        match &edge.label {
            Some(label) => {
                _ = writeln!(
                    text,
                    "  n{} {arrow}|\"{}\"| n{}",
                    edge.from,
                    Label(label),
                    edge.to
                )
            }
            None => _ = writeln!(text, "  n{} {arrow} n{}", edge.from, edge.to),
        }
    }
    push_styles(picture, &mut text);
    Ok(text)
}

fn push_node(at: usize, node: &Node, text: &mut String) {
    let lines = Lines::of(&visible(&node.label), &visible(&node.kind));
    let lines: Vec<String> = lines
        .place
        .iter()
        .chain(&lines.name)
        .map(|line| Label(line).to_string())
        .collect();
    _ = writeln!(
        text,
        "    n{at}[\"{}\"]:::{}",
        lines.join("<br/>"),
        node.family().name()
    );
}

fn push_styles(picture: &Picture, text: &mut String) {
    for family in picture.families() {
        _ = writeln!(
            text,
            "  classDef {} fill:{},stroke:{},color:#1f2933",
            family.name(),
            family.fill(),
            family.stroke()
        );
    }
    let emphasised = numbers(picture.nodes.iter().map(|node| node.emphasis));
    if !emphasised.is_empty() {
        text.push_str("  classDef emphasis stroke-width:4px,font-weight:bold\n");
        let names: Vec<String> = emphasised.iter().map(|at| format!("n{at}")).collect();
        _ = writeln!(text, "  class {} emphasis", names.join(","));
    }
    for kind in picture.edge_kinds() {
        let links = numbers(picture.edges.iter().map(|edge| edge.kind == kind)).join(",");
        let dash = match kind {
            EdgeKind::Dependency => "",
            EdgeKind::RemoteState => ",stroke-dasharray:7 4",
            EdgeKind::SharedId => ",stroke-dasharray:2 4",
        };
        _ = writeln!(text, "  linkStyle {links} stroke:{}{dash}", kind.colour());
    }
}

/// The positions at which it is so.
fn numbers(is_so: impl Iterator<Item = bool>) -> Vec<String> {
    is_so
        .enumerate()
        .filter(|(_, is_so)| *is_so)
        .map(|(at, _)| at.to_string())
        .collect()
}

/// Displays text within Mermaid's quotes. Every sign that Mermaid, Markdown or HTML could act on is an
/// entity, which Mermaid writes with `#`.
struct Label<'a>(&'a str);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in visible(self.0).chars() {
            match c {
                '"' | '#' | '&' | '<' | '>' | '`' | '\\' | ';' | '*' | '$' | '%' | '{' | '}'
                | '|' => {
                    write!(f, "#{};", u32::from(c))?;
                }
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{hostile, two_states};
    use super::super::{PictureFormat, write};
    use super::*;

    fn written(picture: &Picture) -> String {
        let mut out = Vec::new();
        write(picture, PictureFormat::Mermaid, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_group_is_a_subgraph() {
        insta::assert_snapshot!(written(&two_states()), @r###"
        ---
        title: "shop"
        ---
        flowchart RL
          subgraph g0["net"]
            n0["aws_vpc.main"]:::network
            n1["module.net.<br/>aws_subnet.private[#34;a#34;]"]:::network
          end
          subgraph g1["app"]
            n2["aws_instance.web"]:::compute
            n3["data.terraform_remote_state.net"]:::data
          end
          n1 --> n0
          n2 --> n3
          n3 -.->|"vpc_id"| n0
          n2 -.-> n1
          classDef network fill:#eaf1fe,stroke:#2563eb,color:#1f2933
          classDef compute fill:#fef0e6,stroke:#ea580c,color:#1f2933
          classDef data fill:#f1f4f8,stroke:#64748b,color:#1f2933
          classDef emphasis stroke-width:4px,font-weight:bold
          class n2 emphasis
          linkStyle 0,1 stroke:#7b8794
          linkStyle 2 stroke:#c2410c,stroke-dasharray:7 4
          linkStyle 3 stroke:#7c3aed,stroke-dasharray:2 4
        "###);
    }

    #[test]
    fn signs_that_mermaid_acts_on_are_entities() {
        insta::assert_snapshot!(written(&hostile()), @r###"
        ---
        title: "a\"b\\c</script><b>&amp;#1; `x` {y} |z| é東\\n\\x1b[1m\\u{202e}"
        ---
        flowchart RL
          subgraph g0["a#34;b#92;c#60;/script#62;#60;b#62;#38;amp#59;#35;1#59; #96;x#96; #123;y#125; #124;z#124; é東#92;n#92;x1b[1m#92;u#123;202e#125;"]
            n0["a#34;b#92;c#60;/script#62;#60;b#62;#38;amp#59;#35;1#59; #96;x#96; #123;y#125; <br/>#124;z#124; é東#92;n#92;x1b[1m#92;u#123;202e#125;"]:::other
          end
            n1["aws_vpc.x<br/>[a#34;b#92;c#60;/script#62;#60;b#62;#38;amp#59;#35;1#59; #96;x#96; #123;y#125;<br/> #124;z#124; é東#92;n#92;x1b[1m#92;u#123;202e#125;]"]:::network
          n0 -.->|"a#34;b#92;c#60;/script#62;#60;b#62;#38;amp#59;#35;1#59; #96;x#96; #123;y#125; #124;z#124; é東#92;n#92;x1b[1m#92;u#123;202e#125;"| n1
          classDef network fill:#eaf1fe,stroke:#2563eb,color:#1f2933
          classDef other fill:#f5f4f3,stroke:#78716c,color:#1f2933
          classDef emphasis stroke-width:4px,font-weight:bold
          class n0 emphasis
          linkStyle 0 stroke:#7c3aed,stroke-dasharray:2 4
        "###);
    }

    #[test]
    fn nothing_is_a_flowchart_too() {
        insta::assert_snapshot!(written(&Picture::default()), @r###"
        flowchart RL
        "###);
    }
}
