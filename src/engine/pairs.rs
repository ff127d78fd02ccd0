//! Which states are compared with each other, told by two names of states or of folders of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::names::closest;
use crate::graph::FindError;
use crate::inventory::{Extent, Inventory, Moment, Opened, Outcome, Workspace, name_of_path};

/// A state that is compared, as it is now or was in a version, by positions in the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// As it is.
    Now(usize),
    /// A version of it.
    Then {
        /// The position among the lives.
        life: usize,
        /// The position among its versions.
        version: usize,
    },
}

impl Which {
    /// What it is called: `shop`, `shop@v3`.
    pub fn name(self, inventory: &Inventory) -> String {
        match self {
            Which::Now(_) => self.state(inventory).to_owned(),
            Which::Then { life, version } => {
                let number = inventory.lives()[life].versions[version].number;
                format!("{}@v{number}", self.state(inventory))
            }
        }
    }

    /// The name of the state, whatever the version.
    pub fn state(self, inventory: &Inventory) -> &str {
        match self {
            Which::Now(position) => &inventory.files()[position].name,
            Which::Then { life, .. } => &inventory.lives()[life].name,
        }
    }

    /// Reads it and hands it to `visit`, whose answer it gives back.
    pub fn open<T>(
        self,
        inventory: &Inventory,
        workspace: &mut Workspace,
        visit: impl FnOnce(Opened<'_>) -> T,
    ) -> T {
        let (answer, _) = match self {
            Which::Now(position) => {
                let file = &inventory.files()[position];
                inventory.open(file, Extent::Values, workspace, visit)
            }
            Which::Then { life, version } => {
                let life = &inventory.lives()[life];
                let version = &life.versions[version];
                inventory.open_version(version, Extent::Values, workspace, visit)
            }
        };
        answer
    }

    /// Whether what was read is no state, which is no error.
    pub fn is_no_state(self, inventory: &Inventory) -> bool {
        match self {
            Which::Now(position) => {
                let outcome = inventory.files()[position].outcome();
                matches!(outcome, Some(Outcome::Skipped(_)))
            }
            Which::Then { life, version } => inventory.lives()[life].versions[version].is_gone(),
        }
    }
}

/// What an operand of a comparison names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// One state.
    State(Which),
    /// All below a folder, each with the rest of its name.
    Folder(Vec<(String, Which)>),
}

/// Two states with the same place in what is compared, or one that the other side lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The first.
    pub a: Option<Which>,
    /// The second.
    pub b: Option<Which>,
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
    /// There is no such version of a state.
    NoVersion {
        /// The name of the state.
        state: String,
        /// The moment as it was written.
        moment: String,
        /// How many versions are known.
        versions: usize,
    },
    /// What stands behind a state's name is no moment.
    NoMoment {
        /// What was written.
        written: String,
        /// What there could be.
        error: String,
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
            PairError::NoVersion {
                state,
                moment,
                versions,
            } => {
                let known = match versions {
                    1 => "1 version of it is".to_owned(),
                    versions => format!("{versions} versions of it are"),
                };
                write!(
                    f,
                    "nothing is known of state {state} at {moment}; {known} known, which state_versions lists"
                )
            }
            PairError::NoMoment { written, error } => write!(f, "{written}: {error}"),
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
    /// What a text names among the states of an inventory: the state of that name, `NAME@MOMENT` for a
    /// version of it (`shop@v3`, `shop@2026-03-01`, `shop@4f2a91c`), else all whose names are below it.
    /// With a slash at its end it is a folder.
    ///
    /// # Errors
    ///
    /// When there is neither, with the closest names there are.
    pub fn named(inventory: &Inventory, text: &str) -> Result<Operand, PairError> {
        let files = inventory.files();
        let folder = text.trim_end_matches('/');
        if folder.len() == text.len()
            && let Some(position) = files.iter().position(|file| file.name == text)
        {
            return Ok(Operand::State(Which::Now(position)));
        }
        if let Some((state, moment)) = text.rsplit_once('@')
            && let Some(life) = inventory.lives().iter().position(|life| life.name == state)
        {
            return version_of(inventory, life, moment);
        }
        let below: Vec<(String, Which)> = files
            .iter()
            .enumerate()
            .filter_map(|(position, file)| {
                let rest = file.name.strip_prefix(folder)?.strip_prefix('/')?;
                Some((rest.to_owned(), Which::Now(position)))
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
        }
        .into())
    }

    /// What lies at a place, or below it where it is a folder; `None` where the inventory has nothing
    /// there.
    pub fn at(inventory: &Inventory, uri: &str) -> Option<Operand> {
        let files = inventory.files();
        if let Some(position) = files.iter().position(|file| file.found.uri == uri) {
            return Some(Operand::State(Which::Now(position)));
        }
        let below: Vec<(String, Which)> = files
            .iter()
            .enumerate()
            .filter_map(|(position, file)| {
                let rest = file.found.uri.strip_prefix(uri)?.strip_prefix('/')?;
                Some((name_of_path(rest), Which::Now(position)))
            })
            .collect();
        (!below.is_empty()).then_some(Operand::Folder(below))
    }
}

/// A version of a state.
fn version_of(inventory: &Inventory, life: usize, written: &str) -> Result<Operand, PairError> {
    let of = &inventory.lives()[life];
    let moment = Moment::parse(written).map_err(|error| PairError::NoMoment {
        written: written.to_owned(),
        error,
    })?;
    let version = inventory.version_at(of, &moment.as_of);
    let version = version.ok_or_else(|| PairError::NoVersion {
        state: of.name.clone(),
        moment: written.to_owned(),
        versions: of.versions.len(),
    })?;
    Ok(Operand::State(Which::Then { life, version }))
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
