//! A case: one state, with what Terraform says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use walkdir::WalkDir;

/// One state that Terraform wrote, and beside it `state-list.txt` and `show.json`.
pub struct Case {
    /// The folder, from the root of the fixtures.
    pub name: String,
    pub state: PathBuf,
    pub show_json: PathBuf,
    state_list: PathBuf,
}

/// What tells the objects of a state apart: under one address lie a current object and any number of deposed ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKey {
    pub address: String,
    pub deposed: Option<String>,
}

impl ObjectKey {
    /// Reads `address` and the field that holds the deposed key, which may be null or absent.
    pub fn of(object: &Value, deposed: &str) -> Self {
        Self {
            address: object["address"]
                .as_str()
                .expect("an object has an address")
                .to_owned(),
            deposed: object[deposed].as_str().map(str::to_owned),
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)?;
        self.deposed
            .iter()
            .try_for_each(|key| write!(f, " (deposed {key})"))
    }
}

/// Every case below `root`: a folder is one when it holds a `state-list.txt`.
pub fn cases(root: &Path) -> Vec<Case> {
    WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("the folder can be read").into_path())
        .filter(|path| path.ends_with("state-list.txt"))
        .map(|state_list| case(root, state_list))
        .collect()
}

fn case(root: &Path, state_list: PathBuf) -> Case {
    let folder = state_list.parent().expect("a file lies in a folder");
    Case {
        name: folder
            .strip_prefix(root)
            .expect("it lies below the root")
            .display()
            .to_string(),
        state: state_in(folder),
        show_json: folder.join("show.json"),
        state_list,
    }
}

/// The one file of the folder that ends in `.tfstate`; its name may be a custom one.
fn state_in(folder: &Path) -> PathBuf {
    let mut states: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("the entry can be read").path())
        .filter(|path| {
            path.is_file()
                && path
                    .extension()
                    .is_some_and(|extension| extension == "tfstate")
        })
        .collect();
    assert_eq!(
        states.len(),
        1,
        "a case holds one state: {}",
        folder.display()
    );
    states.remove(0)
}

impl Case {
    /// The lines of `terraform state list`.
    pub fn listed_addresses(&self) -> BTreeSet<String> {
        let list = fs::read_to_string(&self.state_list).expect("state-list.txt can be read");
        list.lines().map(str::to_owned).collect()
    }

    /// The values of every object in `terraform show -json`.
    pub fn shown_instances(&self) -> BTreeMap<ObjectKey, Value> {
        let mut instances = BTreeMap::new();
        collect_instances(&self.shown()["values"]["root_module"], &mut instances);
        instances
    }

    /// `{"value", "sensitive"}` of every output in `terraform show -json`.
    pub fn shown_outputs(&self) -> BTreeMap<String, Value> {
        let shown = self.shown();
        let outputs = shown["values"]["outputs"].as_object().into_iter().flatten();
        outputs
            .map(|(name, output)| {
                (
                    name.clone(),
                    json!({ "value": output["value"], "sensitive": output["sensitive"] }),
                )
            })
            .collect()
    }

    fn shown(&self) -> Value {
        let text = fs::read_to_string(&self.show_json).expect("show.json can be read");
        serde_json::from_str(&text).expect("show.json is JSON")
    }
}

fn collect_instances(module: &Value, instances: &mut BTreeMap<ObjectKey, Value>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        instances.insert(
            ObjectKey::of(resource, "deposed_key"),
            resource["values"].clone(),
        );
    }
    for child in module["child_modules"].as_array().into_iter().flatten() {
        collect_instances(child, instances);
    }
}
