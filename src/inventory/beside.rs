//! What `terraform init` left beside local states: the lock file of providers, the manifest of modules.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Inventory, StateFile, has_state_name};
use crate::format::{LockedProvider, ModuleSource, locked_providers, module_sources};
use crate::source::Content;

/// The largest such file that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// Where something was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The position of the state it is told of.
    pub state: usize,
    /// The file that tells it.
    pub uri: String,
}

/// What lies beside local states, by origin.
#[derive(Debug, Default)]
pub struct Beside {
    /// The providers of lock files.
    pub providers: Vec<(Origin, Vec<LockedProvider>)>,
    /// The modules of manifests.
    pub modules: Vec<(Origin, Vec<ModuleSource>)>,
}

impl Inventory {
    /// Reads what lies beside the local states, in the order of these. Only files that are named like
    /// states count, and what cannot be read is passed over.
    pub fn beside(&self) -> Beside {
        let mut beside = Beside::default();
        for (state, file) in self.files().iter().enumerate() {
            let Some(folder) = working_directory(file) else {
                continue;
            };
            let origin = |path: &Path| Origin {
                state,
                uri: path.to_string_lossy().into_owned(),
            };
            let lock_file = folder.join(".terraform.lock.hcl");
            if let Some(text) = read(&lock_file) {
                let providers = locked_providers(&text);
                beside.providers.push((origin(&lock_file), providers));
            }
            let manifest = folder.join(".terraform/modules/modules.json");
            if let Some(text) = read(&manifest) {
                let modules = module_sources(&text);
                beside.modules.push((origin(&manifest), modules));
            }
        }
        beside
    }
}

/// The folder that Terraform ran in: the state's own, or the one above those of workspaces.
fn working_directory(file: &StateFile) -> Option<PathBuf> {
    let is_state = !file.is_plan()
        && matches!(file.found.content, Content::File(_))
        && has_state_name(Path::new(&file.found.path));
    let folder = Path::new(&file.found.uri).parent().filter(|_| is_state)?;
    let above = folder.parent();
    let is_of_workspace = above.is_some_and(|above| {
        above
            .file_name()
            .is_some_and(|it| it == "terraform.tfstate.d")
    });
    Some(match above.and_then(Path::parent) {
        Some(directory) if is_of_workspace => directory.to_owned(),
        _ => folder.to_owned(),
    })
}

fn read(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
    let is_small = u64::try_from(bytes.len()).is_ok_and(|size| size <= LARGEST);
    is_small.then(|| String::from_utf8_lossy(&bytes).into_owned())
}
