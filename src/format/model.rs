//! What a state holds, whatever format it was written in.
//!
//! Values that can hold secrets (attributes, outputs, identities, failure messages) are private to
//! the format layer: [`Redaction`](super::Redaction) is the only way to them from outside.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::Value;
use serde_json::value::RawValue;

use super::address::{InstanceAddress, InstanceKey, Mode, ModulePath, ResourceAddress};
use super::entries;
use super::members::{Member, members};
use super::redact::Needle;

/// JSON text as it stood in a document, its numbers exact; parsed only when someone asks for it.
#[derive(Debug, Clone)]
pub(super) struct Json<'a> {
    text: Cow<'a, str>,
    /// Where it is told what parsing it shows, if nothing has shown yet that it is JSON.
    parsing: Option<&'a Parsing>,
}

/// What the parsing of values shows that were not parsed with their document.
#[derive(Debug, Default)]
pub(super) struct Parsing {
    is_damaged: AtomicBool,
    bytes: AtomicUsize,
}

impl Parsing {
    /// Whether any turned out to be no JSON.
    pub(super) fn found_damage(&self) -> bool {
        self.is_damaged.load(Ordering::Relaxed)
    }

    /// How many bytes of them were parsed, those that were parsed again counted again.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl<'a> Json<'a> {
    /// A part of a document whose brackets fit together, and of which no more is known; if it is no
    /// JSON, `damage` is told when that is found.
    pub(super) fn unchecked(text: &'a str, parsing: &'a Parsing) -> Json<'a> {
        Json {
            text: Cow::Borrowed(text),
            parsing: Some(parsing),
        }
    }

    /// An object without members.
    pub(super) const fn empty_object() -> Json<'static> {
        Json {
            text: Cow::Borrowed("{}"),
            parsing: None,
        }
    }

    /// The JSON text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The value, or null where the text is no JSON after all.
    pub(super) fn value(&self) -> Value {
        self.parsed(serde_json::from_str(&self.text))
    }

    /// The members of an object, each unread; none of anything else.
    pub(super) fn members(&self) -> Vec<Member<'_>> {
        if let Some(members) = members(&self.text) {
            return members;
        }
        let is_object = self.text.trim_ascii_start().starts_with('{');
        let mut json = serde_json::Deserializer::from_str(&self.text);
        let parsed: Vec<(_, &RawValue)> = match is_object {
            true => self.parsed(entries::option(&mut json)),
            false => Vec::new(),
        };
        let parsed = parsed.into_iter();
        parsed.map(|(name, value)| (name, value.get())).collect()
    }

    /// What `read` makes of the text, which gives nothing for what it does not know.
    pub(super) fn read<T>(&self, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let made = read(&self.text);
        if made.is_none() {
            self.parsed(serde_json::from_str::<Value>(&self.text));
        }
        made
    }

    /// A part of the text, such as one of its members.
    pub(super) fn part<'p>(&'p self, text: &'p str) -> Json<'p> {
        Json {
            text: Cow::Borrowed(text),
            parsing: self.parsing,
        }
    }

    fn parsed<T: Default>(&self, parsed: serde_json::Result<T>) -> T {
        if let Some(parsing) = self.parsing {
            parsing.bytes.fetch_add(self.text.len(), Ordering::Relaxed);
            // A text that is JSON may still be none that can be held, such as half a character.
            if parsed.is_err() && serde_json::from_str::<&RawValue>(&self.text).is_err() {
                parsing.is_damaged.store(true, Ordering::Relaxed);
            }
        }
        parsed.unwrap_or_default()
    }
}

impl From<&Value> for Json<'_> {
    fn from(value: &Value) -> Self {
        Json {
            text: Cow::Owned(value.to_string()),
            parsing: None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        Ok(Json {
            text: Cow::Borrowed(raw.get()),
            parsing: None,
        })
    }
}

/// The format a state was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateFormat {
    /// Terraform's and OpenTofu's own state, `"version": 4` (or a later number, read as far as it goes).
    State(u64),
    /// The output of `terraform show -json`.
    ShowJson,
}

/// One state, read but not yet redacted.
#[derive(Debug)]
pub struct State<'a> {
    /// What it was written as.
    pub format: StateFormat,
    /// The document's own version: `4`, or `1.0` for `show -json`.
    pub format_version: String,
    /// The version of Terraform or OpenTofu that wrote it, if recorded.
    pub terraform_version: Option<Cow<'a, str>>,
    /// Counts up with each write; absent in `show -json` and in damaged states.
    pub serial: Option<u64>,
    /// Names the state for its whole life; absent where `serial` is.
    pub lineage: Option<Cow<'a, str>>,
    /// Every resource, in the order of the document.
    pub resources: Vec<Resource<'a>>,
    pub(super) outputs: Vec<Output<'a>>,
    pub(super) checks: Vec<CheckResult<'a>>,
    /// Whether the values of instances are at hand.
    pub(super) values: AtHand<'a>,
}

/// Whether the values of a state's instances are at hand.
#[derive(Debug, Clone, Copy)]
pub(super) enum AtHand<'a> {
    /// They are, and are JSON.
    Checked,
    /// They are; whether they are JSON shows when they are parsed.
    Unchecked(&'a Parsing),
    /// They are not: each reads as null, and so no text can be told to be no copy of a secret.
    Missing,
}

/// One resource block's entry. Each instance of a module has its own.
#[derive(Debug)]
pub struct Resource<'a> {
    /// Where it stands.
    pub address: ResourceAddress,
    /// Its provider's configuration; `None` where the state names none.
    pub provider: Option<ProviderConfig>,
    /// Its instances, deposed ones too, in the order of the document.
    pub instances: Vec<Instance<'a>>,
}

impl Resource<'_> {
    /// The address of one of its instances, as `terraform state list` prints it.
    pub fn instance_address(&self, instance: &Instance<'_>) -> InstanceAddress {
        InstanceAddress {
            resource: self.address.clone(),
            key: instance.key.clone(),
        }
    }

    /// Managed resource or data source.
    pub fn mode(&self) -> Mode {
        self.address.mode
    }

    /// The module instance it stands in.
    pub fn module(&self) -> &ModulePath {
        &self.address.module
    }
}

/// One object of a resource: the current one of an instance, or one that waits to be destroyed.
#[derive(Debug)]
pub struct Instance<'a> {
    /// Its key under `count` or `for_each`.
    pub key: Option<InstanceKey>,
    /// Marked for replacement at the next apply.
    pub tainted: bool,
    /// The key of a deposed object, eight hexadecimal digits.
    pub deposed: Option<Cow<'a, str>>,
    /// The version of the provider's schema that the attributes follow.
    pub schema_version: Option<u64>,
    /// Whether it is replaced by creating the new one first.
    pub create_before_destroy: bool,
    /// The provider's configuration where it differs by instance (OpenTofu's provider `for_each`).
    pub provider: Option<ProviderConfig>,
    /// Whether its attributes were written flat, and so truth values and numbers as text, as Terraform
    /// did before 0.12.
    pub is_flat: bool,
    pub(super) attributes: Json<'a>,
    pub(super) sensitivity: Sensitivity<'a>,
    pub(super) identity: Option<Json<'a>>,
    pub(super) dependencies: Option<Json<'a>>,
}

impl Instance<'_> {
    /// Whether all of some texts may stand in its attributes as they are shown.
    pub fn may_show_all(&self, needles: &[Needle]) -> bool {
        let json = self.attributes.text();
        needles.iter().all(|needle| needle.may_be_in(json))
    }

    /// The config addresses it depends on, as recorded: sorted, without instance keys.
    pub fn dependencies(&self) -> Vec<String> {
        match self.dependencies.as_ref().map(Json::value) {
            Some(Value::Array(addresses)) => {
                addresses.into_iter().filter_map(into_string).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn into_string(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Which of an instance's attributes its document marks as sensitive.
#[derive(Debug)]
pub(super) enum Sensitivity<'a> {
    /// A list of paths (state v4).
    Paths(Option<Json<'a>>),
    /// Booleans in the shape of the attributes, `true` covering all below (`show -json`).
    Mask(Option<Json<'a>>),
}

/// A root output.
#[derive(Debug)]
pub(super) struct Output<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) value: Json<'a>,
    /// Its type as cty writes types in JSON: `"string"`, `["list","string"]`.
    pub(super) value_type: Option<Json<'a>>,
    pub(super) sensitive: bool,
}

/// The result of a `check` block, a condition on a resource or output, or a variable's validation.
#[derive(Debug)]
pub(super) struct CheckResult<'a> {
    pub(super) object_kind: Cow<'a, str>,
    pub(super) config_addr: Cow<'a, str>,
    pub(super) status: Cow<'a, str>,
    pub(super) objects: Vec<CheckedObject<'a>>,
}

/// One object a check was made on.
#[derive(Debug)]
pub(super) struct CheckedObject<'a> {
    pub(super) object_addr: Cow<'a, str>,
    pub(super) status: Cow<'a, str>,
    pub(super) failure_messages: Vec<Cow<'a, str>>,
}

/// A provider's source address and, where there is one, the alias of its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderConfig {
    /// `registry.terraform.io/hashicorp/aws`, never the wrapped form.
    pub source: String,
    /// `us_east_1`; with a key where OpenTofu's provider `for_each` gave one: `by_region["eu"]`.
    pub alias: Option<String>,
}

impl ProviderConfig {
    /// Reads what a state writes: `provider["HOST/NAMESPACE/TYPE"].alias`, in a module
    /// `module.a.provider["…"]`, and before 0.13 `provider.aws` or `module.a.provider.aws.alias`.
    ///
    /// A legacy name becomes a source address of the namespace `-`, as Terraform itself upgrades
    /// it, but for the built-in `terraform`; a bare source address (`show -json`) is taken as it is.
    /// Never fails: text that is none of these is its own source.
    ///
    /// Source: Terraform `internal/addrs/provider_config.go`.
    pub fn parse(text: &str) -> ProviderConfig {
        let start = match text
            .rfind("provider[\"")
            .or_else(|| text.rfind("provider."))
        {
            Some(start) if start == 0 || text[..start].ends_with('.') => start,
            _ => return ProviderConfig::bare(text),
        };
        let wrapped = &text[start + "provider".len()..];
        let (source, rest) = match wrapped
            .strip_prefix("[\"")
            .and_then(|w| w.split_once("\"]"))
        {
            Some((source, rest)) => (source.to_owned(), rest),
            None => {
                let legacy = wrapped.trim_start_matches('.');
                let length = legacy.find('.').unwrap_or(legacy.len());
                let source = match &legacy[..length] {
                    "terraform" => "terraform.io/builtin/terraform".to_owned(),
                    name => format!("registry.terraform.io/-/{name}"),
                };
                (source, &legacy[length..])
            }
        };
        let alias = rest.strip_prefix('.').filter(|alias| !alias.is_empty());
        ProviderConfig {
            source,
            alias: alias.map(str::to_owned),
        }
    }

    fn bare(source: &str) -> ProviderConfig {
        ProviderConfig {
            source: source.to_owned(),
            alias: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_read_in_every_spelling() {
        let cases = [
            (
                r#"provider["registry.terraform.io/hashicorp/aws"]"#,
                "registry.terraform.io/hashicorp/aws",
                None,
            ),
            (
                r#"provider["registry.terraform.io/hashicorp/aws"].west"#,
                "registry.terraform.io/hashicorp/aws",
                Some("west"),
            ),
            (
                r#"module.x.provider["terraform.io/builtin/terraform"].a"#,
                "terraform.io/builtin/terraform",
                Some("a"),
            ),
            (
                r#"provider["registry.opentofu.org/hashicorp/aws"].by["eu"]"#,
                "registry.opentofu.org/hashicorp/aws",
                Some(r#"by["eu"]"#),
            ),
            ("provider.aws", "registry.terraform.io/-/aws", None),
            (
                "module.a.provider.aws.west",
                "registry.terraform.io/-/aws",
                Some("west"),
            ),
            (
                "registry.terraform.io/hashicorp/aws",
                "registry.terraform.io/hashicorp/aws",
                None,
            ),
            ("provider.terraform", "terraform.io/builtin/terraform", None),
            ("aws", "aws", None),
        ];
        for (text, source, alias) in cases {
            let parsed = ProviderConfig::parse(text);
            assert_eq!(
                (parsed.source.as_str(), parsed.alias.as_deref()),
                (source, alias),
                "{text}"
            );
        }
    }
}
