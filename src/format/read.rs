//! What a document is, told by its content alone.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;

use super::error::{FormatError, NotState};
use super::model::{Json, State};
use super::plan::{self, Plan, is_plan_archive};
use super::skim::Skim;
use super::structure::{Block, bits, find_block};
use super::v4::{Members, StateV4};
use super::{entries, legacy, show_json};

/// The deepest nesting that is read. Terraform's own values stay far below it.
pub const MAX_DEPTH: usize = 120;

/// What a document turned out to be.
#[derive(Debug)]
pub enum Document<'a> {
    /// A state, in whatever format.
    State(State<'a>),
    /// A state that OpenTofu encrypted.
    Encrypted(Encrypted),
    /// A plan, as `terraform show -json` prints it.
    Plan(Box<Plan<'a>>),
    /// Something else, which is no error.
    NotState(NotState),
}

/// What an encrypted state shows in clear.
///
/// Source: OpenTofu `internal/encryption/base.go`, `state.go`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encrypted {
    /// The envelope's version, `v0`.
    pub encryption_version: String,
    /// The state's serial.
    pub serial: Option<u64>,
    /// The state's lineage.
    pub lineage: Option<String>,
}

/// Reads one document.
///
/// # Errors
///
/// When it is damaged, or claims to be a state and is not one. The error names a place, never
/// anything of the content.
pub fn read(bytes: &[u8]) -> Result<Document<'_>, FormatError> {
    if is_plan_archive(bytes) {
        return Ok(Document::NotState(NotState::Plan));
    }
    let text = text(bytes)?;
    if text.trim_ascii().is_empty() {
        return Ok(Document::NotState(NotState::Empty));
    }
    if is_deeper_than(text.as_bytes(), MAX_DEPTH) {
        return Err(FormatError::TooDeep(MAX_DEPTH));
    }
    // Nearly every document is a version 4 state: that is tried before anything is asked.
    if let Some(state) = plausible(text) {
        return Ok(Document::State(state.into_state(Members::Whole)));
    }
    let top: Top<'_> = serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => FormatError::InvalidJson { line: 1, column: 1 },
        _ => FormatError::InvalidJson {
            line: error.line(),
            column: error.column(),
        },
    })?;
    top.document(text)
}

/// Reads one document as [`read`] does, but for the values within the instances of a version 4 state:
/// those are parsed when they are asked for. One that is no JSON then reads as null and is found by
/// [`Skim::found_damage`].
///
/// # Errors
///
/// As [`read`].
pub fn read_lazily<'a>(bytes: &'a [u8], skim: &'a mut Skim) -> Result<Document<'a>, FormatError> {
    let document = text(bytes)?;
    skim.clear();
    skim.text(document);
    let skim = &*skim;
    let state = skim.left().and_then(plausible).map(|state| {
        // Where nothing was left out, all that looks like a number for it is what stands there.
        state.into_state(match skim.left_out() {
            [] => Members::Whole,
            places => Members::At {
                document,
                places,
                parsing: skim.parsing(),
            },
        })
    });
    match state {
        Some(state) => Ok(Document::State(state)),
        None => read(bytes),
    }
}

/// A version 4 state without the values within its instances, of a document that was skimmed; `None`
/// where it is none or damaged, or where only [`read`] can tell. What was parsed ahead is taken from the skim.
pub fn outline(skim: &mut Skim) -> Option<State<'_>> {
    let ahead = std::mem::take(&mut skim.ahead);
    let state = plausible(skim.left()?)?;
    Some(state.into_outline(ahead.into_iter().map(|ahead| ahead.parsed)))
}

/// A state of version 4 or later, if that is what the text is by more than the version.
fn plausible(text: &str) -> Option<StateV4<'_>> {
    let state: StateV4<'_> = serde_json::from_str(text).ok()?;
    (state.version() >= 4 && state.is_plausible()).then_some(state)
}

/// What the JSON of a plan has beside its `format_version`, and that of a state has not.
const OF_PLANS: [&str; 9] = [
    "planned_values",
    "resource_changes",
    "resource_drift",
    "deferred_changes",
    "output_changes",
    "prior_state",
    "configuration",
    "action_invocations",
    "relevant_attributes",
];

/// Whether the first bytes of a file can be those of a plan, in JSON or as a file of `terraform plan
/// -out`: a cheap look before the whole is read.
pub fn might_be_plan(head: &[u8]) -> bool {
    let has = |key: &str| memchr::memmem::find(head, format!("\"{key}\"").as_bytes()).is_some();
    let is_object = || head.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let heads = [
        "format_version",
        "plan_format_version",
        "applyable",
        "errored",
        "encrypted_data",
    ];
    is_plan_archive(head) || is_object() && OF_PLANS.iter().chain(&heads).any(|key| has(key))
}

/// Whether the first bytes of a file can be those of a state: a cheap look before the whole is read.
pub fn might_be_state(head: &[u8]) -> bool {
    const KEYS: [&[u8]; 8] = [
        b"\"terraform_version\"",
        b"\"lineage\"",
        b"\"serial\"",
        b"\"format_version\"",
        b"\"check_results\"",
        b"\"encryption_version\"",
        b"\"encrypted_data\"",
        b"\"version\"",
    ];
    let starts = head.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    starts
        && KEYS
            .iter()
            .any(|key| memchr::memmem::find(head, key).is_some())
}

/// The text of a document, in the one encoding that Terraform reads.
pub(super) fn text(bytes: &[u8]) -> Result<&str, FormatError> {
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(FormatError::Encoding("it begins with a byte order mark"));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(FormatError::Encoding("it is UTF-16"));
    }
    // Terraform before 0.3 wrote a binary format. Source: `internal/states/statefile/read.go`.
    if bytes.starts_with(b"tfstate") {
        return Err(FormatError::UnsupportedVersion("0".to_owned()));
    }
    std::str::from_utf8(bytes).map_err(|_| FormatError::Encoding("some bytes of it are not UTF-8"))
}

/// Whether objects and lists nest deeper than `limit`; text that is no JSON may count either way.
pub(super) fn is_deeper_than(json: &[u8], limit: usize) -> bool {
    let mut depth = 0_usize;
    let deeper = |_, block: &Block| {
        bits(block.opens | block.closes).find_map(|at| {
            depth = match block.opens >> at & 1 {
                1 => depth + 1,
                _ => depth.saturating_sub(1),
            };
            (depth > limit).then_some(())
        })
    };
    find_block(json, deeper).is_some()
}

/// The top of a document, each member still unread.
struct Top<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Top<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        entries::option(deserializer).map(Top)
    }
}

impl<'a> Top<'a> {
    fn get(&self, key: &str) -> Option<&Json<'a>> {
        let member = self.0.iter().rev().find(|(name, _)| name == key);
        member
            .map(|(_, value)| value)
            .filter(|value| value.text() != "null")
    }

    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn text(&self, key: &str) -> Option<String> {
        self.get(key)?.value().as_str().map(str::to_owned)
    }

    fn document(&self, text: &'a str) -> Result<Document<'a>, FormatError> {
        if let Some(encryption_version) = self
            .text("encryption_version")
            .filter(|version| !version.is_empty())
        {
            return Ok(Document::Encrypted(Encrypted {
                encryption_version,
                serial: self
                    .get("serial")
                    .and_then(|serial| serial.value().as_u64()),
                lineage: self.text("lineage"),
            }));
        }
        let format_version = self.text("format_version");
        if let Some(format_version) = format_version.or_else(|| self.text("plan_format_version")) {
            return self.json_output(text, &format_version);
        }
        if let Some(version) = self
            .get("version")
            .and_then(|version| version.value().as_u64())
        {
            return self.state(text, version);
        }
        // A version that is none, in what is a state by all else: better said than passed over.
        if self.has("version")
            && self.has("resources")
            && (self.has("lineage") || self.has("serial"))
        {
            return Err(FormatError::UnsupportedVersion(
                "(not a whole number)".to_owned(),
            ));
        }
        let is_lock = self.has("ID") && self.has("Operation") && self.has("Who");
        Ok(Document::NotState(if is_lock {
            NotState::LockInfo
        } else {
            NotState::OtherJson
        }))
    }

    /// What `terraform show -json` writes: a state or a plan.
    fn json_output(
        &self,
        text: &'a str,
        format_version: &str,
    ) -> Result<Document<'a>, FormatError> {
        if OF_PLANS.iter().any(|key| self.has(key)) {
            let plan = plan::read(text).map_err(|error| FormatError::InvalidPlan {
                line: error.line(),
                column: error.column(),
            })?;
            return Ok(Document::Plan(Box::new(plan)));
        }
        let is_known = |name: &str| {
            ["format_version", "terraform_version", "values", "checks"].contains(&name)
        };
        if !self.has("values") && !self.0.iter().all(|(name, _)| is_known(name)) {
            return Ok(Document::NotState(NotState::OtherJson));
        }
        let state = show_json::read(text).map_err(|error| invalid(format_version, &error))?;
        Ok(Document::State(state))
    }

    /// Whether a backend pointer is one from before 0.9, which carried a whole copy of the state.
    ///
    /// Source: Terraform `internal/command/workdir/backend_state.go`.
    fn holds_resources(&self) -> bool {
        let modules = self.get("modules").map(Json::value).unwrap_or_default();
        let is_filled = |module: &Value| {
            module
                .get("resources")
                .is_some_and(|r| r.as_object().is_some_and(|r| !r.is_empty()))
        };
        self.has("resources")
            || modules
                .as_array()
                .is_some_and(|modules| modules.iter().any(is_filled))
    }

    fn state(&self, text: &'a str, version: u64) -> Result<Document<'a>, FormatError> {
        let is_pointer = ["backend", "state_store", "remote"]
            .iter()
            .any(|key| self.has(key));
        if is_pointer && !self.holds_resources() {
            return Ok(Document::NotState(NotState::BackendPointer));
        }
        let is_named = |key: &&str| self.0.iter().any(|(name, _)| name == key);
        let is_state = [
            "terraform_version",
            "serial",
            "lineage",
            "resources",
            "modules",
            "outputs",
        ]
        .iter()
        .any(is_named)
            || self.0.len() == 1;
        if !is_state {
            return Ok(Document::NotState(NotState::OtherJson));
        }
        match version {
            0 => Err(FormatError::UnsupportedVersion(version.to_string())),
            1..=3 => legacy::read(version, text)
                .map(Document::State)
                .map_err(|error| invalid(&version.to_string(), &error)),
            _ => serde_json::from_str::<StateV4<'_>>(text)
                .map(|state| Document::State(state.into_state(Members::Whole)))
                .map_err(|error| invalid(&version.to_string(), &error)),
        }
    }
}

fn invalid(version: &str, error: &serde_json::Error) -> FormatError {
    FormatError::InvalidState {
        version: version.to_owned(),
        line: error.line(),
        column: error.column(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_whose_version_is_no_number_is_an_error() {
        let json = br#"{"version": "4", "serial": 1, "lineage": "x", "resources": []}"#;
        assert_eq!(read(json).unwrap_err().kind(), "unsupported_version");
        let other = br#"{"version": "1.0.0", "resources": ["app.css"]}"#;
        assert!(matches!(
            read(other),
            Ok(Document::NotState(NotState::OtherJson))
        ));
    }

    #[test]
    fn a_damaged_check_does_not_lose_the_state() {
        let json = br#"{"version": 4, "serial": 1, "resources": [], "check_results": [7,
            {"object_kind": "check", "config_addr": null, "status": "fail", "objects": [{"object_addr": null}]}]}"#;
        let Ok(Document::State(state)) = read(json) else {
            panic!("not a state");
        };
        assert_eq!(state.checks.len(), 1);
        assert_eq!(state.checks[0].objects.len(), 1);
    }
}
