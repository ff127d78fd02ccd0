//! What is drawn.

use super::PictureError;
use super::family::Family;
use crate::output::terminal::visible;

/// What is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// The heading.
    pub title: String,
    /// The boxes, in the order in which formats list them.
    pub nodes: Vec<Node>,
    /// The arrows between boxes.
    pub edges: Vec<Edge>,
}

/// One box.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Unique and stable, such as `STATE ADDRESS`.
    pub id: String,
    /// What the box says: `aws_vpc.main`, `module.net.aws_subnet.private["a"]`.
    pub label: String,
    /// The state it stands in, drawn as a box around its nodes. None when nodes are states.
    pub group: Option<String>,
    /// The resource's type, or `module` or `state`. The colour comes from its words.
    pub kind: String,
    /// More to say where there is room: `("instances", "3")`.
    pub detail: Vec<(String, String)>,
    /// Whether the picture is about this node.
    pub emphasis: bool,
}

/// That a node depends on another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The position in [`Picture::nodes`] of what depends.
    pub from: usize,
    /// The position in [`Picture::nodes`] of what it depends on.
    pub to: usize,
    /// How the dependency is known.
    pub kind: EdgeKind,
    /// What to write at the arrow.
    pub label: Option<String>,
}

/// How a dependency is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// Recorded in the state that holds both.
    Dependency,
    /// Read from another state's outputs.
    RemoteState,
    /// Names the id of something another state manages.
    SharedId,
}

impl EdgeKind {
    /// Every kind, in the order of legends.
    pub const ALL: [Self; 3] = [Self::Dependency, Self::RemoteState, Self::SharedId];

    /// The kind as `json` and `dot` spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dependency => "dependency",
            Self::RemoteState => "remote_state",
            Self::SharedId => "shared_id",
        }
    }

    /// The kind as legends spell it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Dependency => "depends on",
            Self::RemoteState => "reads remote state",
            Self::SharedId => "names the id",
        }
    }

    /// The line's colour on a light ground.
    pub(super) fn colour(self) -> &'static str {
        match self {
            Self::Dependency => "#7b8794",
            Self::RemoteState => "#c2410c",
            Self::SharedId => "#7c3aed",
        }
    }
}

impl Node {
    pub(super) fn family(&self) -> Family {
        Family::of(&self.kind, &self.label)
    }
}

impl Picture {
    /// That every edge joins two nodes.
    pub(super) fn check(&self) -> Result<(), PictureError> {
        let count = self.nodes.len();
        match self
            .edges
            .iter()
            .position(|edge| edge.from >= count || edge.to >= count)
        {
            Some(edge) => Err(PictureError::NoSuchNode { edge, count }),
            None => Ok(()),
        }
    }

    /// The picture with every text as [`visible`] shows it.
    pub(super) fn visible(&self) -> Self {
        let shown = |text: &str| visible(text).into_owned();
        let detail = |(key, value): &(String, String)| (shown(key), shown(value));
        let node = |node: &Node| Node {
            id: shown(&node.id),
            label: shown(&node.label),
            group: node.group.as_deref().map(shown),
            kind: shown(&node.kind),
            detail: node.detail.iter().map(detail).collect(),
            emphasis: node.emphasis,
        };
        let edge = |edge: &Edge| Edge {
            label: edge.label.as_deref().map(shown),
            ..*edge
        };
        Self {
            title: shown(&self.title),
            nodes: self.nodes.iter().map(node).collect(),
            edges: self.edges.iter().map(edge).collect(),
        }
    }

    /// The groups in the order in which nodes name them.
    pub(super) fn groups(&self) -> Vec<&str> {
        let mut seen = std::collections::HashSet::new();
        self.nodes
            .iter()
            .filter_map(|node| node.group.as_deref())
            .filter(|group| seen.insert(*group))
            .collect()
    }

    /// The families of its nodes, in the order of legends.
    pub(super) fn families(&self) -> Vec<Family> {
        let used: std::collections::BTreeSet<Family> =
            self.nodes.iter().map(Node::family).collect();
        used.into_iter().collect()
    }

    /// The kinds of its edges, in the order of legends.
    pub(super) fn edge_kinds(&self) -> Vec<EdgeKind> {
        EdgeKind::ALL
            .into_iter()
            .filter(|kind| self.edges.iter().any(|edge| edge.kind == *kind))
            .collect()
    }
}
