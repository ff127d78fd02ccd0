//! Which commit of the configuration a version of a state came from.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

use crate::inventory::{Inventory, Version};
use crate::source::{self, CodeChange};

/// What changed in the configurations beside the states.
#[derive(Debug, Default)]
pub struct Code {
    /// Every repository that holds any, by the path of its working tree.
    pub repositories: Vec<Repository>,
    /// For each version of each life the commit it came from.
    commits: Vec<Vec<Option<Origin>>>,
}

/// A repository that holds configuration.
#[derive(Debug)]
pub struct Repository {
    /// Its working tree.
    pub root: String,
    /// The commits that changed any file but states, oldest first.
    pub changes: Vec<CodeChange>,
}

/// The commit that a version came from.
#[derive(Debug, Clone, Copy)]
struct Origin {
    repository: usize,
    change: usize,
    confidence: CommitConfidence,
}

/// How it is known which commit a version of a state came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitConfidence {
    /// The commit that recorded the state changed its configuration, too.
    SameCommit,
    /// It is the newest one before the state was written that touched the configuration's folder.
    NewestBefore,
}

impl CommitConfidence {
    /// The word for it in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            CommitConfidence::SameCommit => "same_commit",
            CommitConfidence::NewestBefore => "newest_before",
        }
    }
}

/// The changes that touch a folder, by their positions.
type Touching = HashMap<String, Vec<usize>>;

impl Code {
    /// Looks into the repositories that the states lie in.
    pub fn survey(inventory: &Inventory) -> Code {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let mut repositories: Vec<(Repository, Touching)> = Vec::new();
        // The repository of each version, and the folder of its configuration there.
        let mut places: Vec<Vec<Option<(usize, String)>>> = Vec::new();
        let mut roots: HashMap<String, Option<String>> = HashMap::new();
        for life in inventory.lives() {
            let place = |version: &Version| {
                let path = source::path_of(version.uri())?;
                let folder = configuration_folder(&path)?;
                let root = roots
                    .entry(folder.clone())
                    .or_insert_with(|| source::repository_of(&folder))
                    .clone()?;
                let below = folder
                    .strip_prefix(&root)?
                    .trim_start_matches('/')
                    .to_owned();
                let next = repositories.len();
                let repository = *known.entry(root.clone()).or_insert(next);
                if repository == next {
                    let changes = source::code_changes(&root, inventory.since());
                    let repository = Repository { root, changes };
                    repositories.push((repository, Touching::new()));
                }
                repositories[repository].1.entry(below.clone()).or_default();
                Some((repository, below))
            };
            places.push(life.versions.iter().map(place).collect());
        }
        for (repository, touching) in &mut repositories {
            for (position, change) in repository.changes.iter().enumerate() {
                for folder in change.files.iter().flat_map(|file| folders(file)) {
                    if let Some(touching) = touching.get_mut(folder)
                        && touching.last() != Some(&position)
                    {
                        touching.push(position);
                    }
                }
            }
        }
        let commits = inventory.lives().iter().zip(places).map(|(life, places)| {
            let origin = |(version, place): (&Version, Option<(usize, String)>)| {
                let (repository, folder) = place?;
                let (of, touching) = &repositories[repository];
                let (change, confidence) = origin(of, touching.get(&folder)?, version)?;
                Some(Origin {
                    repository,
                    change,
                    confidence,
                })
            };
            life.versions.iter().zip(places).map(origin).collect()
        });
        let commits = commits.collect();
        Code {
            commits,
            repositories: repositories.into_iter().map(|(it, _)| it).collect(),
        }
    }

    /// The commit that a version of a life came from, both by their positions.
    pub fn commit_of(&self, life: usize, version: usize) -> Option<(&str, CommitConfidence)> {
        let origin = self.commits.get(life)?.get(version)?.as_ref()?;
        let change = &self.repositories[origin.repository].changes[origin.change];
        Some((change.recorded.commit.as_deref()?, origin.confidence))
    }
}

/// The commit that a version came from, of those that touch its folder.
fn origin(
    repository: &Repository,
    touching: &[usize],
    version: &Version,
) -> Option<(usize, CommitConfidence)> {
    let changes = &repository.changes;
    if let Some(commit) = &version.recorded.commit {
        let is_it =
            |position: &&usize| changes[**position].recorded.commit.as_ref() == Some(commit);
        if let Some(same) = touching.iter().rev().find(is_it) {
            return Some((*same, CommitConfidence::SameCommit));
        }
    }
    let written: SystemTime = version.recorded.at?;
    let is_before = |position: &&usize| {
        let at = changes[**position].recorded.at;
        at.is_some_and(|at| at <= written)
    };
    let newest = touching.iter().rev().find(is_before)?;
    Some((*newest, CommitConfidence::NewestBefore))
}

/// The folder of the configuration whose state lies at a path: a workspace's state lies two folders
/// below it.
///
/// Source: Terraform `internal/backend/local/backend.go`.
fn configuration_folder(path: &str) -> Option<String> {
    let (folder, _) = path.rsplit_once('/')?;
    let of_workspace = folder.rsplit_once('/').and_then(|(above, _)| {
        let above = above.strip_suffix("terraform.tfstate.d")?;
        above.strip_suffix('/')
    });
    Some(of_workspace.unwrap_or(folder).to_owned())
}

/// The folders that a file lies in, from the innermost to that of the repository, an empty text.
fn folders(file: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(file), |path| match path.rsplit_once('/') {
        Some((above, _)) => Some(above),
        None => (!path.is_empty()).then_some(""),
    })
    .skip(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_has_the_configuration_above_it() {
        let folder = |path: &str| configuration_folder(path).unwrap();
        assert_eq!(folder("/a/b/terraform.tfstate"), "/a/b");
        assert_eq!(folder("/a/terraform.tfstate.d/dev/terraform.tfstate"), "/a");
        assert_eq!(
            folder("/a/my-terraform.tfstate.d/x"),
            "/a/my-terraform.tfstate.d"
        );
    }

    #[test]
    fn a_file_lies_in_all_folders_above_it() {
        let all: Vec<_> = folders("a/b/c.tf").collect();
        assert_eq!(all, ["a/b", "a", ""]);
        assert_eq!(folders("c.tf").collect::<Vec<_>>(), [""]);
    }
}
