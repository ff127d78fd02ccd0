//! The file of `terraform plan -out`: a zip archive of a plan, the states it was made from, the
//! configuration and what `terraform init` chose.
//!
//! Source: Terraform and OpenTofu `internal/plans/planfile`.

use std::collections::HashSet;
use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::config::sensitive_variables;
use super::lock_file::{LockedProvider, locked_providers};
use super::manifest::{ModuleSource, module_sources};
use super::{Plan, protobuf, refreshed};
use crate::format::error::FormatError;
use crate::format::model::State;
use crate::format::read::{Document, read};

/// How many bytes the entries of an archive may have together, whatever its own size; and how many
/// times its size above that. Plans are seldom compressed to a twentieth.
const LEAST_LIMIT: u64 = 64 << 20;
const LARGEST_RATIO: u64 = 100;

/// The folder of the root module's configuration.
const ROOT_MODULE: &str = "tfconfig/m-/";

/// What a plan's file holds, inflated.
#[derive(Debug)]
pub struct PlanArchive {
    plan: Vec<u8>,
    /// The state after the refresh, and the one before it.
    state: Option<Vec<u8>>,
    previous: Option<Vec<u8>>,
    lock_file: Option<String>,
    manifest: Option<String>,
    sensitive: HashSet<String>,
}

/// Whether bytes are, or begin like, the file of `terraform plan -out`: a zip archive that names an entry
/// `tfplan`, which is its first one where Terraform or OpenTofu wrote it.
pub fn is_plan_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") && memchr::memmem::find(bytes, b"tfplan").is_some()
}

impl PlanArchive {
    /// Inflates what is needed, `limit` bytes at most.
    ///
    /// # Errors
    ///
    /// When it is damaged, holds no plan or more than may be inflated.
    pub fn open(bytes: &[u8], limit: u64) -> Result<PlanArchive, FormatError> {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let limit = limit.min(LEAST_LIMIT.max(size.saturating_mul(LARGEST_RATIO)));
        let mut entries = Entries {
            archive: ZipArchive::new(Cursor::new(bytes))
                .map_err(|_| FormatError::DamagedPlan("its archive cannot be opened"))?,
            left: limit,
            limit,
        };
        let plan = entries
            .get("tfplan")?
            .ok_or(FormatError::DamagedPlan("its archive has no entry tfplan"))?;
        let state = entries.get("tfstate")?;
        let previous = entries.get("tfstate-prev")?;
        let lock_file = entries.text(".terraform.lock.hcl")?;
        let manifest = entries.text("tfconfig/modules.json")?;
        let mut sensitive = HashSet::new();
        for name in entries.names() {
            let is_root = name
                .strip_prefix(ROOT_MODULE)
                .is_some_and(|file| !file.contains('/'));
            if is_root && let Some(text) = entries.text(&name)? {
                sensitive.extend(sensitive_variables(&name, &text));
            }
        }
        Ok(PlanArchive {
            plan,
            state,
            previous,
            lock_file,
            manifest,
            sensitive,
        })
    }

    /// The plan, as `terraform show -json` would tell it; its drift is that between the states.
    ///
    /// # Errors
    ///
    /// When it, or a state in it, cannot be read.
    pub fn plan(&self) -> Result<Plan<'_>, FormatError> {
        let message = protobuf::message(&self.plan).map_err(FormatError::DamagedPlan)?;
        let moves = protobuf::moves(&message);
        let plan = protobuf::plan(message, |name| self.sensitive.contains(name));
        let mut plan: Plan<'_> = plan.map_err(FormatError::DamagedPlan)?;
        let previous = self.previous.as_deref().map(state).transpose()?.flatten();
        let state = self.state.as_deref().map(state).transpose()?.flatten();
        if let (Some(previous), Some(state)) = (&previous, &state) {
            refreshed::add(&mut plan, previous, state, &moves);
        }
        if let Some(previous) = previous {
            plan.add_state(previous);
        }
        if let Some(state) = state {
            plan.add_prior_state(state);
        }
        Ok(plan)
    }

    /// The providers that `terraform init` had chosen.
    pub fn providers(&self) -> Vec<LockedProvider> {
        self.lock_file
            .as_deref()
            .map(locked_providers)
            .unwrap_or_default()
    }

    /// Where the modules came from.
    pub fn modules(&self) -> Vec<ModuleSource> {
        self.manifest
            .as_deref()
            .map(module_sources)
            .unwrap_or_default()
    }
}

/// A state in a plan's file; an empty one is none.
fn state(bytes: &[u8]) -> Result<Option<State<'_>>, FormatError> {
    match read(bytes) {
        Ok(Document::State(state)) => Ok(Some(state)),
        Ok(Document::NotState(_)) => Ok(None),
        Ok(Document::Encrypted(_)) => Err(FormatError::EncryptedPlan),
        Ok(Document::Plan(_)) | Err(_) => {
            Err(FormatError::DamagedPlan("a state in it cannot be read"))
        }
    }
}

/// The entries of an archive, of which only so many bytes may be taken together.
struct Entries<'b> {
    archive: ZipArchive<Cursor<&'b [u8]>>,
    left: u64,
    limit: u64,
}

impl Entries<'_> {
    fn names(&self) -> Vec<String> {
        let names = self.archive.file_names().filter_map(Result::ok);
        let mut names: Vec<String> = names.map(std::borrow::Cow::into_owned).collect();
        names.sort_unstable();
        names
    }

    /// An entry inflated, where there is one.
    fn get(&mut self, name: &str) -> Result<Option<Vec<u8>>, FormatError> {
        let entry = match self.archive.by_name(name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(_) => {
                return Err(FormatError::DamagedPlan(
                    "an entry of its archive is damaged",
                ));
            }
        };
        let mut bytes = Vec::new();
        let read = entry
            .take(self.left.saturating_add(1))
            .read_to_end(&mut bytes);
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > self.left {
            return Err(FormatError::InflatedPlan(self.limit));
        }
        read.map_err(|_| FormatError::DamagedPlan("an entry of its archive is damaged"))?;
        self.left -= u64::try_from(bytes.len()).unwrap_or(self.left);
        Ok(Some(bytes))
    }

    /// An entry as text; what is no UTF-8 in it is replaced.
    fn text(&mut self, name: &str) -> Result<Option<String>, FormatError> {
        let bytes = self.get(name)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }
}
