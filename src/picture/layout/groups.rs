//! The groups' insides, then the groups among each other, then the edges between groups.

use std::collections::HashMap;

use super::geometry::{Rect, Route, Size, Stretch};
use super::sheet::{Arranged, Item, Sheet, Side};
use super::{Frame, Way, order, pixels};
use crate::output::terminal::visible;
use crate::picture::label::columns;
use crate::picture::{Picture, PictureError};

/// Between a group's frame and its boxes; above them stands its name.
const PADDING: f64 = 18.0;
const HEADING: f64 = 30.0;

/// Between groups, besides what any two boxes have between them.
const MARGIN: f64 = 12.0;

/// Everything on the sheet.
pub(super) struct Placed {
    pub(super) size: Size,
    pub(super) boxes: Vec<Rect>,
    pub(super) frames: Vec<Frame>,
    pub(super) routes: Vec<Way>,
}

/// Places the picture's nodes, whose boxes have these sizes at least.
pub(super) fn place(picture: &Picture, sizes: &[Size]) -> Result<Placed, PictureError> {
    let plan = Plan::of(picture);
    let mut insides = Vec::with_capacity(plan.groups.len());
    for group in 0..plan.groups.len() {
        insides.push(Inside::of(&plan, group, sizes)?);
    }
    let items: Vec<Item> = insides.iter().map(Inside::item).collect();
    let outside = Sheet {
        items: &items,
        links: &plan.between,
        even: false,
    }
    .arrange()?;
    Ok(Drawing {
        plan: &plan,
        insides: &insides,
        outside: &outside,
    }
    .placed(picture))
}

/// Which node is in which group, and which group stands left of which.
struct Plan<'a> {
    /// The groups' names; nodes without a group are one without a name.
    groups: Vec<Option<&'a str>>,
    /// The group of each node.
    group: Vec<usize>,
    /// Pairs of groups that edges join, the left one first.
    between: Vec<(usize, usize)>,
    /// The position of each of these pairs.
    pair: HashMap<(usize, usize), usize>,
    /// Edges as (left, right): what is depended on stands left.
    links: Vec<(usize, usize)>,
}

impl<'a> Plan<'a> {
    fn of(picture: &'a Picture) -> Self {
        let mut groups = Vec::new();
        let mut known = HashMap::new();
        let group: Vec<usize> = picture
            .nodes
            .iter()
            .map(|node| {
                let name = node.group.as_deref();
                *known.entry(name).or_insert_with(|| {
                    groups.push(name);
                    groups.len() - 1
                })
            })
            .collect();
        let links: Vec<(usize, usize)> = picture
            .edges
            .iter()
            .map(|edge| (edge.to, edge.from))
            .collect();
        let across: Vec<(usize, usize)> = links
            .iter()
            .map(|&(left, right)| (group[left], group[right]))
            .collect();
        let between = order::acyclic(groups.len(), &across);
        let pairs = between.iter().enumerate();
        Self {
            pair: pairs.map(|(at, pair)| (*pair, at)).collect(),
            between,
            groups,
            group,
            links,
        }
    }

    /// The link's two nodes, the one in the left group first; None within one group.
    fn across(&self, link: (usize, usize)) -> Option<(usize, usize)> {
        let groups = (self.group[link.0], self.group[link.1]);
        match groups {
            (left, right) if left == right => None,
            groups if self.pair.contains_key(&groups) => Some(link),
            _ => Some((link.1, link.0)),
        }
    }
}

/// The inside of a group, with its ports.
struct Inside<'a> {
    name: Option<&'a str>,
    /// The place of each node of the group among the boxes.
    node: HashMap<usize, usize>,
    /// The place of each port among the boxes, by its node and side.
    port: HashMap<(usize, Side), usize>,
    /// Which route of the arrangement joins two boxes.
    link: HashMap<(usize, usize), usize>,
    arranged: Arranged,
}

impl<'a> Inside<'a> {
    fn of(plan: &Plan<'a>, group: usize, sizes: &[Size]) -> Result<Self, PictureError> {
        let mut items = Vec::new();
        let mut node = HashMap::new();
        for (position, size) in sizes.iter().enumerate() {
            if plan.group[position] == group {
                node.insert(position, items.len());
                let side = Side::Any;
                items.push(Item { size: *size, side });
            }
        }
        let mut port = HashMap::new();
        let mut links = Vec::new();
        for &link in &plan.links {
            let Some((left, right)) = plan.across(link) else {
                if let (Some(left), Some(right)) = (node.get(&link.0), node.get(&link.1)) {
                    links.push((*left, *right));
                }
                continue;
            };
            for (end, side) in [(left, Side::Right), (right, Side::Left)] {
                let Some(&place) = node.get(&end) else {
                    continue;
                };
                port.entry((end, side)).or_insert_with(|| {
                    let size = Size::default();
                    items.push(Item { size, side });
                    let own = items.len() - 1;
                    links.push(match side {
                        Side::Left => (own, place),
                        Side::Right | Side::Any => (place, own),
                    });
                    own
                });
            }
        }
        let sheet = Sheet {
            items: &items,
            links: &links,
            even: true,
        };
        Ok(Self {
            name: plan.groups[group],
            node,
            port,
            link: links
                .iter()
                .enumerate()
                .map(|(at, link)| (*link, at))
                .collect(),
            arranged: sheet.arrange()?,
        })
    }

    /// What it takes on the sheet.
    fn item(&self) -> Item {
        let inner = self.arranged.size;
        let size = match self.name {
            None => inner,
            Some(name) => Size {
                width: (inner.width + PADDING * 2.0).max(heading_width(name)),
                height: inner.height + HEADING + PADDING,
            },
        };
        Item {
            size: Size {
                width: size.width + MARGIN,
                height: size.height + MARGIN,
            },
            side: Side::Any,
        }
    }

    /// Where its boxes begin, within what it takes.
    fn origin(&self) -> (f64, f64) {
        match self.name {
            None => (MARGIN / 2.0, MARGIN / 2.0),
            Some(_) => (MARGIN / 2.0 + PADDING, MARGIN / 2.0 + HEADING),
        }
    }

    /// The way between two of its boxes, from left to right as the link is.
    fn route(&self, link: (usize, usize)) -> Option<&Route> {
        self.arranged.routes.get(*self.link.get(&link)?)?.as_ref()
    }
}

fn heading_width(name: &str) -> f64 {
    pixels(columns(&visible(name))) * 1.1 + PADDING * 2.0
}

/// The insides put onto the sheet.
struct Drawing<'a> {
    plan: &'a Plan<'a>,
    insides: &'a [Inside<'a>],
    outside: &'a Arranged,
}

impl Drawing<'_> {
    fn placed(&self, picture: &Picture) -> Placed {
        let boxes: Vec<Rect> = (0..picture.nodes.len())
            .map(|node| self.node(node))
            .collect();
        let routes = self.plan.links.iter();
        let routes = routes
            .map(|&link| match link.0 == link.1 {
                true => Way::Loop(boxes[link.0]),
                false => Way::Route(self.route(link)),
            })
            .collect();
        Placed {
            size: self.outside.size,
            frames: self.frames(),
            boxes,
            routes,
        }
    }

    fn frames(&self) -> Vec<Frame> {
        let groups = self.insides.iter().zip(&self.outside.boxes);
        groups
            .filter_map(|(inside, rect)| {
                Some(Frame {
                    name: inside.name?.to_owned(),
                    rect: Rect {
                        x: rect.x + MARGIN / 2.0,
                        y: rect.y + MARGIN / 2.0,
                        width: rect.width - MARGIN,
                        height: rect.height - MARGIN,
                    },
                })
            })
            .collect()
    }

    fn origin(&self, group: usize) -> (f64, f64) {
        let (x, y) = self.insides[group].origin();
        let rect = self.outside.boxes[group];
        (rect.x + x, rect.y + y)
    }

    fn node(&self, node: usize) -> Rect {
        let group = self.plan.group[node];
        let (x, y) = self.origin(group);
        let inside = &self.insides[group];
        inside.arranged.boxes[inside.node[&node]].moved(x, y)
    }

    /// The way of a link from its first end to its second.
    fn route(&self, link: (usize, usize)) -> Route {
        match self.plan.across(link) {
            None => self.within(link),
            Some(across) if across == link => self.between(across),
            Some(across) => self.between(across).reversed(),
        }
    }

    fn within(&self, link: (usize, usize)) -> Route {
        let group = self.plan.group[link.0];
        let inside = &self.insides[group];
        let (x, y) = self.origin(group);
        let places = (inside.node[&link.0], inside.node[&link.1]);
        inside
            .route(places)
            .map(|route| route.moved(x, y))
            .unwrap_or_default()
    }

    /// The way from a node of one group to one of another: out, over, in.
    fn between(&self, (left, right): (usize, usize)) -> Route {
        let groups = (self.plan.group[left], self.plan.group[right]);
        let over = self.plan.pair.get(&groups);
        let over = over.and_then(|at| self.outside.routes.get(*at)?.as_ref());
        let (out, leaving) = self.to_port(left, Side::Right);
        let (inward, entering) = self.to_port(right, Side::Left);
        let mut way = out.0;
        if let Some(Route(over)) = over {
            let last = over.len().saturating_sub(1);
            for (at, part) in over.iter().enumerate() {
                way.push(match at {
                    0 => Stretch {
                        start: leaving.right(),
                        y: leaving.middle(),
                        ..*part
                    },
                    at if at == last => Stretch {
                        end: entering.x,
                        y: entering.middle(),
                        ..*part
                    },
                    _ => *part,
                });
            }
        }
        way.extend(inward.0);
        Route(way)
    }

    /// The way between a node and one of its ports, from left to right, and where the port is.
    fn to_port(&self, node: usize, side: Side) -> (Route, Rect) {
        let group = self.plan.group[node];
        let inside = &self.insides[group];
        let (x, y) = self.origin(group);
        let place = inside.node[&node];
        let port = inside.port[&(node, side)];
        let link = match side {
            Side::Left => (port, place),
            Side::Right | Side::Any => (place, port),
        };
        let route = inside.route(link).map(|route| route.moved(x, y));
        (
            route.unwrap_or_default(),
            inside.arranged.boxes[port].moved(x, y),
        )
    }
}
