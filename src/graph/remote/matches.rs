//! States whose path ends as that of a copy would, and how much such a path proves.

use std::collections::HashSet;

use super::resolve::Loaded;
use super::target::{Above, Layout, Target};

/// A candidate whose path ends as one of the layouts.
pub(super) struct Match<'c, 'a> {
    pub(super) loaded: &'c Loaded<'a>,
    pub(super) layout: &'c Layout,
    pub(super) proof: Proof,
    /// How many of the outer names stand above the layout, and whether the outermost is among them.
    named: (bool, usize),
}

/// How much a path proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing: many files are called so.
    None,
    /// That the state belongs to another key: there are folders between the bucket's and the layout.
    OtherKey,
    /// Little: one name, which other buckets and hosts may have.
    Part,
    /// Enough: it lies in a folder of the bucket's, account's or host's name, or has several names.
    Whole,
}

impl<'c, 'a> Match<'c, 'a> {
    /// The match of a document with a layout of a target. `None` where its path, given in parts, does
    /// not end so, or is that of another workspace, or of another one of the `outer` names.
    pub(super) fn of(
        loaded: &'c Loaded<'a>,
        path: &[&'a str],
        layout: &'c Layout,
        target: &Target,
        outer: &HashSet<&str>,
    ) -> Option<Self> {
        let above = above(path, &layout.path)?;
        if is_of_another_workspace(loaded, above, target) {
            return None;
        }
        let folders = Folders::above(layout, above, target);
        let is_named = folders.is_outermost && !target.is_hidden;
        let is_of_another = folders
            .rest
            .last()
            .is_some_and(|last| outer.contains(last) && !target.is_outer(last));
        if is_of_another && !is_named && !target.outer.is_empty() {
            return None;
        }
        Some(Match {
            loaded,
            layout,
            proof: folders.proof(layout, target, is_named),
            named: (is_named, folders.named.len()),
        })
    }

    /// Matches of a higher rank come first.
    pub(super) fn rank(&self) -> ((bool, usize), usize) {
        (self.named, self.layout.path.len())
    }
}

impl Target {
    fn is_outer(&self, name: &str) -> bool {
        self.outer.iter().any(|own| own == name)
    }
}

/// The folders above a layout.
struct Folders<'p, 'a> {
    /// The outer names right above it.
    named: Vec<&'a str>,
    /// Whether the outermost is among them, or in the layout itself.
    is_outermost: bool,
    /// What stands above them.
    rest: &'p [&'a str],
}

impl<'p, 'a> Folders<'p, 'a> {
    fn above(layout: &Layout, above: &'p [&'a str], target: &Target) -> Self {
        let mut folders = Folders {
            named: Vec::new(),
            is_outermost: layout.above == Above::Named,
            rest: above,
        };
        if layout.above == Above::Outer {
            // An inner one may be left out: a copy lies below its account, its container, or both.
            for (depth, name) in target.outer.iter().enumerate().rev() {
                match folders.rest.split_last() {
                    Some((last, rest)) if last == name => {
                        folders.named.push(last);
                        folders.is_outermost |= depth == 0;
                        folders.rest = rest;
                    }
                    _ => {}
                }
            }
        }
        folders
    }

    fn proof(&self, layout: &Layout, target: &Target, is_named: bool) -> Proof {
        let is_telling =
            |part: &&str| !is_generic(part) && without_ending(part) != target.workspace;
        let parts = layout.path.iter().map(String::as_str);
        let telling = parts
            .chain(self.named.iter().copied())
            .filter(is_telling)
            .count();
        let is_below_outer = self.rest.iter().any(|folder| target.is_outer(folder));
        match telling {
            0 => Proof::None,
            _ if is_named => Proof::Whole,
            _ if is_below_outer => Proof::OtherKey,
            // Which bucket it is makes the difference, and that is hidden.
            1 => Proof::Part,
            _ if target.is_hidden => Proof::Part,
            _ => Proof::Whole,
        }
    }
}

/// What of a path stands above a layout that it ends with.
fn above<'p, 'a>(path: &'p [&'a str], layout: &[String]) -> Option<&'p [&'a str]> {
    let above = path.len().checked_sub(layout.len())?;
    let (above, end) = path.split_at(above);
    end.iter()
        .zip(layout)
        .all(|(one, other)| one == other)
        .then_some(above)
}

/// Whether a path that ends right is that of another workspace.
fn is_of_another_workspace(loaded: &Loaded<'_>, above: &[&str], target: &Target) -> bool {
    let is_default = target.workspace == "default";
    (loaded.workspace != "default" && loaded.workspace != target.workspace)
        || (is_default
            && target.workspaces.as_ref().is_some_and(|prefix| {
                let above = above
                    .split_last()
                    .map_or(above, |(_workspace, above)| above);
                self::above(above, prefix).is_some()
            }))
}

/// Whether a part of a path is called as many are.
pub(super) fn is_generic(part: &str) -> bool {
    const NAMES: [&str; 24] = [
        "",
        "backend",
        "default",
        "dev",
        "development",
        "env:",
        "global",
        "infra",
        "live",
        "main",
        "prod",
        "production",
        "qa",
        "remote",
        "shared",
        "stage",
        "staging",
        "state",
        "states",
        "test",
        "terraform",
        "terraform_remote_state",
        "tf",
        "tfstate",
    ];
    NAMES.contains(&without_ending(part))
}

fn without_ending(part: &str) -> &str {
    // A row of a database: its schema tells.
    let part = part.split_once('#').map_or(part, |(schema, _)| schema);
    let name = part.strip_suffix(".tfstate").unwrap_or(part);
    name.strip_suffix(".json").unwrap_or(name)
}
