//! Which states are compared with each other, told by two names of states or of folders of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::names::closest;
use crate::graph::FindError;
use crate::inventory::{Inventory, name_of_path};

/// What an operand of a comparison names, by positions in the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// One state.
    State(usize),
    /// All below a folder, each with the rest of its name.
    Folder(Vec<(String, usize)>),
}

/// Two states with the same place in what is compared, or one that the other side lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The position of the first.
    pub a: Option<usize>,
    /// The position of the second.
    pub b: Option<usize>,
}

/// Why there is nothing to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairError {
    /// There is no such state or folder, or it cannot be read.
    Find(FindError),
    /// One is a state, the other a folder of several.
    Mixed {
        /// The one that is a folder, as it was written.
        folder: String,
        /// How many states are below it.
        states: usize,
    },
    /// No document of a folder is a state that can be read.
    NoneBelow {
        /// The folder, as it was written.
        folder: String,
    },
}

impl std::error::Error for PairError {}

impl fmt::Display for PairError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PairError::Find(error) => error.fmt(f),
            PairError::Mixed { folder, states } => write!(
                f,
                "{folder} is a folder of {states} states and the other a state; name two states or two folders"
            ),
            PairError::NoneBelow { folder } => {
                write!(
                    f,
                    "no state below {folder} can be read; sgq sources says why"
                )
            }
        }
    }
}

impl From<FindError> for PairError {
    fn from(error: FindError) -> Self {
        PairError::Find(error)
    }
}

impl Operand {
    /// What a text names among the states of an inventory: the state of that name, else all whose
    /// names are below it. With a slash at its end it is a folder.
    ///
    /// # Errors
    ///
    /// When there is neither, with the closest names there are.
    pub fn named(inventory: &Inventory, text: &str) -> Result<Operand, FindError> {
        let files = inventory.files();
        let folder = text.trim_end_matches('/');
        if folder.len() == text.len()
            && let Some(position) = files.iter().position(|file| file.name == text)
        {
            return Ok(Operand::State(position));
        }
        let below: Vec<(String, usize)> = files
            .iter()
            .enumerate()
            .filter_map(|(position, file)| {
                let rest = file.name.strip_prefix(folder)?.strip_prefix('/')?;
                Some((rest.to_owned(), position))
            })
            .collect();
        if !folder.is_empty() && !below.is_empty() {
            return Ok(Operand::Folder(below));
        }
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for file in files {
            names.insert(&file.name);
            names.extend(file.name.match_indices('/').map(|(at, _)| &file.name[..at]));
        }
        Err(FindError::NoState {
            state: text.to_owned(),
            closest: closest(folder, names)
                .map(str::to_owned)
                .into_iter()
                .collect(),
        })
    }

    /// What lies at a place, or below it where it is a folder; `None` where the inventory has nothing
    /// there.
    pub fn at(inventory: &Inventory, uri: &str) -> Option<Operand> {
        let files = inventory.files();
        if let Some(position) = files.iter().position(|file| file.found.uri == uri) {
            return Some(Operand::State(position));
        }
        let below: Vec<(String, usize)> = files
            .iter()
            .enumerate()
            .filter_map(|(position, file)| {
                let rest = file.found.uri.strip_prefix(uri)?.strip_prefix('/')?;
                Some((name_of_path(rest), position))
            })
            .collect();
        (!below.is_empty()).then_some(Operand::Folder(below))
    }
}

/// The pairs to compare, in the order of the names; `a` and `b` are the operands as they were written.
///
/// # Errors
///
/// When one is a state and the other a folder of several.
pub fn pairs(
    (a, of_a): (&str, &Operand),
    (b, of_b): (&str, &Operand),
) -> Result<Vec<Pair>, PairError> {
    let mixed = |folder: &str, states: &[_]| PairError::Mixed {
        folder: folder.to_owned(),
        states: states.len(),
    };
    match (of_a, of_b) {
        (Operand::State(a), Operand::State(b)) => Ok(vec![Pair {
            a: Some(*a),
            b: Some(*b),
        }]),
        (Operand::State(a), Operand::Folder(below)) => match below.as_slice() {
            [(_, b)] => Ok(vec![Pair {
                a: Some(*a),
                b: Some(*b),
            }]),
            several => Err(mixed(b, several)),
        },
        (Operand::Folder(below), Operand::State(b)) => match below.as_slice() {
            [(_, a)] => Ok(vec![Pair {
                a: Some(*a),
                b: Some(*b),
            }]),
            several => Err(mixed(a, several)),
        },
        (Operand::Folder(below_a), Operand::Folder(below_b)) => {
            let mut all: BTreeMap<&str, Pair> = BTreeMap::new();
            let none = Pair { a: None, b: None };
            for (rest, position) in below_a {
                all.entry(rest).or_insert(none).a = Some(*position);
            }
            for (rest, position) in below_b {
                all.entry(rest).or_insert(none).b = Some(*position);
            }
            Ok(all.into_values().collect())
        }
    }
}
