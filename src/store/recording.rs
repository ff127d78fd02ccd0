//! A state as the store records it: its parts, and the columns of their rows.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Content;
use super::delta::{Fingerprint, fingerprint, fingerprint_of_object};
use super::text::{is_plain, json_for_postgres, storable};
use crate::format::{self, Encrypted, Parts, Redacted, ShownCheck, ShownOutput, State};

/// A document that is to be recorded.
pub(super) struct Recording<'s> {
    /// What it is taken apart into; nothing where that cannot be done.
    pub(super) parts: Parts,
    /// The document as it is, where its parts do not give it back.
    pub(super) document: Option<&'s str>,
    /// Its size in bytes without blanks.
    pub(super) size: usize,
    shown: Option<Shown<'s>>,
    encrypted: Option<&'s Encrypted>,
}

/// A state and its values as they may be shown.
struct Shown<'s> {
    state: &'s State<'s>,
    redacted: &'s Redacted<'s>,
    outputs: Vec<ShownOutput<'s>>,
    checks: Vec<ShownCheck<'s>>,
}

/// What a version says of itself.
pub(super) struct Header {
    pub(super) status: &'static str,
    pub(super) format_version: Option<String>,
    pub(super) terraform_version: Option<String>,
    pub(super) serial: Option<u64>,
    pub(super) lineage: Option<String>,
    pub(super) secrets_hash: Option<[u8; 32]>,
}

/// A row of `recorded_resources`, without where it is valid.
pub(super) struct ResourceRow<'r> {
    pub(super) address: String,
    pub(super) module: Option<Cow<'r, str>>,
    pub(super) mode: &'r str,
    pub(super) type_name: Cow<'r, str>,
    pub(super) name: Cow<'r, str>,
    pub(super) provider: Option<String>,
    pub(super) provider_alias: Option<String>,
    pub(super) provider_text: Option<String>,
    pub(super) rest: Option<&'r str>,
    pub(super) fingerprint: Fingerprint,
}

/// A row of `recorded_instances`, without where it is valid.
pub(super) struct InstanceRow<'r> {
    pub(super) address: String,
    pub(super) resource_address: String,
    pub(super) config_address: String,
    pub(super) module: Option<Cow<'r, str>>,
    pub(super) mode: &'r str,
    pub(super) type_name: Cow<'r, str>,
    pub(super) name: Cow<'r, str>,
    pub(super) provider: Option<String>,
    pub(super) index_key: Option<String>,
    pub(super) index_json: Option<&'r str>,
    pub(super) status: &'static str,
    pub(super) deposed: Option<Cow<'r, str>>,
    pub(super) schema_version: Option<i64>,
    pub(super) attributes: Cow<'r, str>,
    pub(super) attributes_exact: Option<&'r str>,
    pub(super) sensitive_attributes: Option<String>,
    pub(super) identity_schema_version: Option<i64>,
    pub(super) identity: Option<String>,
    pub(super) dependencies: Vec<String>,
    pub(super) create_before_destroy: bool,
    pub(super) private: Option<String>,
    pub(super) rest: Option<&'r str>,
    pub(super) fingerprint: Fingerprint,
}

/// A row of `recorded_outputs`, without where it is valid.
pub(super) struct OutputRow<'r> {
    pub(super) name: &'r str,
    pub(super) value: Option<String>,
    pub(super) value_type: Option<String>,
    pub(super) sensitive: bool,
    pub(super) rest: Option<&'r str>,
    pub(super) fingerprint: Fingerprint,
}

/// A row of `recorded_checks`, without where it is valid.
pub(super) struct CheckRow<'r> {
    pub(super) object_kind: &'r str,
    pub(super) config_addr: &'r str,
    pub(super) status: &'r str,
    pub(super) objects: String,
    pub(super) rest: &'r str,
    pub(super) fingerprint: Fingerprint,
}

impl<'s> Recording<'s> {
    /// What is recorded of a document.
    pub(super) fn of(content: &Content<'s>) -> Recording<'s> {
        match content {
            Content::State {
                text,
                state,
                redacted,
            } => Recording::of_state(text, state, redacted),
            Content::Encrypted { text, encrypted } => Recording::of_encrypted(text, encrypted),
        }
    }

    /// What is recorded of a state; `document` is the text it was read from.
    pub(super) fn of_state(
        document: &'s str,
        state: &'s State<'s>,
        redacted: &'s Redacted<'s>,
    ) -> Recording<'s> {
        let shown = Shown {
            state,
            redacted,
            outputs: redacted.outputs().collect(),
            checks: redacted.checks().collect(),
        };
        let exact = Parts::of(document.as_bytes()).filter(|parts| shown.fits(parts));
        let is_exact = exact.is_some();
        let parts = exact.or_else(|| {
            let written = format::written_as_4(state, redacted);
            Parts::of(written.as_bytes()).filter(|parts| shown.fits(parts))
        });
        Recording {
            size: document.len(),
            parts: parts.unwrap_or_default(),
            document: (!is_exact).then_some(document),
            shown: Some(shown),
            encrypted: None,
        }
    }

    /// What is recorded of a state that nobody can look into.
    fn of_encrypted(document: &'s str, encrypted: &'s Encrypted) -> Recording<'s> {
        Recording {
            size: document.len(),
            parts: Parts::default(),
            document: Some(document),
            shown: None,
            encrypted: Some(encrypted),
        }
    }

    /// What the version says of itself.
    pub(super) fn header(&self) -> Header {
        match (&self.shown, self.encrypted) {
            (Some(shown), _) => {
                let of = |text: &Cow<'_, str>| storable(text).into_owned();
                Header {
                    status: "ok",
                    format_version: Some(shown.state.format_version.clone()),
                    terraform_version: shown.state.terraform_version.as_ref().map(of),
                    serial: shown.state.serial,
                    lineage: shown.state.lineage.as_ref().map(of),
                    secrets_hash: Some(shown.redacted.secrets_hash()),
                }
            }
            (None, encrypted) => Header {
                status: "encrypted",
                format_version: encrypted.map(|state| state.encryption_version.clone()),
                terraform_version: None,
                serial: encrypted.and_then(|state| state.serial),
                lineage: encrypted.and_then(|state| state.lineage.clone()),
                secrets_hash: None,
            },
        }
    }

    /// How many instances there are.
    pub(super) fn instance_count(&self) -> usize {
        let counts = self.parts.resources.iter();
        counts.map(|resource| resource.instances.len()).sum()
    }

    /// The row of a resource at a position; `None` where there is none.
    pub(super) fn resource(&self, at: usize) -> Option<ResourceRow<'_>> {
        let part = self.parts.resources.get(at)?;
        let shown = self.shown.as_ref()?.state.resources.get(at)?;
        let written: WrittenResource<'_> = serde_json::from_str(&part.text).ok()?;
        let provider_text = written.provider.map(|text| storable(&text).into_owned());
        let mut row = ResourceRow {
            address: storable(&shown.address.to_string()).into_owned(),
            module: part.key.module.as_deref().map(storable),
            mode: &part.key.mode,
            type_name: storable(&part.key.type_name),
            name: storable(&part.key.name),
            provider: shown
                .provider
                .as_ref()
                .map(|provider| provider.source.clone()),
            provider_alias: shown
                .provider
                .as_ref()
                .and_then(|provider| provider.alias.clone()),
            provider_text,
            rest: None,
            fingerprint: fingerprint(&[&part.text]),
        };
        if row.written() != part.text {
            row.rest = Some(&part.text);
        }
        Some(row)
    }

    /// The row of an instance by the positions of its resource and of itself; `None` where there is none.
    pub(super) fn instance(&self, resource: usize, at: usize) -> Option<InstanceRow<'_>> {
        let part = self.parts.resources.get(resource)?.instances.get(at)?;
        let state = self.shown.as_ref()?;
        let of = state.state.resources.get(resource)?;
        let instance = of.instances.get(at)?;
        let written: WrittenInstance<'_> = serde_json::from_str(&part.text).unwrap_or_default();
        let (attributes, attributes_exact) =
            state.attributes(of, instance, part.attributes.as_deref());
        let provider = instance.provider.as_ref().or(of.provider.as_ref());
        let key = &part.key.resource;
        let mut row = InstanceRow {
            address: storable(&of.instance_address(instance).to_string()).into_owned(),
            resource_address: storable(&of.address.to_string()).into_owned(),
            config_address: storable(&of.address.config().to_string()).into_owned(),
            module: key.module.as_deref().map(storable),
            mode: &key.mode,
            type_name: storable(&key.type_name),
            name: storable(&key.name),
            provider: provider.map(|provider| provider.source.clone()),
            index_key: instance.key.as_ref().map(|key| match key {
                format::InstanceKey::Int(index) => index.to_string(),
                format::InstanceKey::String(key) => storable(key).into_owned(),
            }),
            index_json: part.key.index.as_deref(),
            status: if instance.tainted { "tainted" } else { "ok" },
            deposed: part.key.deposed.as_deref().map(storable),
            schema_version: instance.schema_version.map(number),
            attributes,
            attributes_exact,
            sensitive_attributes: written
                .sensitive_attributes
                .filter(|paths| is_plain(paths.get()))
                .map(|paths| paths.get().to_owned()),
            identity_schema_version: written.identity_schema_version,
            identity: state
                .redacted
                .identity(instance)
                .map(|identity| json_for_postgres(&identity)),
            dependencies: instance
                .dependencies()
                .iter()
                .map(|address| storable(address).into_owned())
                .collect(),
            create_before_destroy: instance.create_before_destroy,
            private: written
                .private
                .map(Cow::into_owned)
                .filter(|text| !text.contains('\0')),
            rest: None,
            fingerprint: fingerprint_of_object(part),
        };
        if row.written() != part.text {
            row.rest = Some(&part.text);
        }
        Some(row)
    }

    /// The row of an output at a position; `None` where there is none.
    pub(super) fn output(&self, at: usize) -> Option<OutputRow<'_>> {
        let part = self.parts.outputs.get(at)?;
        let shown = self.shown.as_ref()?.outputs.get(at)?;
        let written: WrittenOutput<'_> = serde_json::from_str(&part.text).unwrap_or_default();
        let mut row = OutputRow {
            name: &part.name,
            value: Some(shown_text(&shown.value, written.value)),
            value_type: shown
                .value_type
                .as_ref()
                .map(|shown| shown_text(shown, written.value_type)),
            sensitive: shown.sensitive,
            rest: None,
            fingerprint: fingerprint(&[&part.text]),
        };
        if row.written() != part.text {
            row.rest = Some(&part.text);
        }
        Some(row)
    }

    /// The row of a check's result at a position; `None` where there is none.
    pub(super) fn check(&self, at: usize) -> Option<CheckRow<'_>> {
        let part = self.parts.checks.get(at)?;
        let shown = self.shown.as_ref()?.checks.get(at)?;
        let objects = shown.objects.iter().map(|object| {
            serde_json::json!({
                "object_addr": object.object_addr,
                "status": object.status,
                "failure_messages": object.failure_messages,
            })
        });
        Some(CheckRow {
            object_kind: &part.object_kind,
            config_addr: &part.config_addr,
            status: shown.status,
            objects: json_for_postgres(&objects.collect()),
            rest: &part.text,
            fingerprint: fingerprint(&[&part.text]),
        })
    }
}

impl<'s> Shown<'s> {
    /// Whether parts are those of the state, one by one, with names that a database can hold.
    fn fits(&self, parts: &Parts) -> bool {
        let mut addresses = std::collections::HashSet::new();
        let resources = self.state.resources.iter().zip(&parts.resources);
        let has_same_instances = |(shown, part): (&format::Resource<'_>, &format::ResourcePart)| {
            let mut objects = part.instances.iter().zip(&shown.instances);
            shown.instances.len() == part.instances.len()
                && part.key.module.as_deref() != Some("")
                && storable(&part.key.type_name) == part.key.type_name.as_str()
                && storable(&part.key.name) == part.key.name.as_str()
                && objects.all(|(object, instance)| {
                    let address = shown.instance_address(instance).to_string();
                    let deposed = object.key.deposed.as_deref().unwrap_or_default();
                    deposed == instance.deposed.as_deref().unwrap_or_default()
                        && storable(&address) == address.as_str()
                        && addresses.insert((address, deposed.to_owned()))
                })
        };
        self.state.resources.len() == parts.resources.len()
            && resources.into_iter().all(has_same_instances)
            && self.outputs.len() == parts.outputs.len()
            && (self.outputs.iter().zip(&parts.outputs))
                .all(|(shown, part)| shown.name == part.name && !part.name.contains('\0'))
            && self.checks.len() == parts.checks.len()
            && (parts.checks.iter())
                .all(|part| !part.config_addr.contains('\0') && !part.object_kind.contains('\0'))
    }

    /// The attributes of an instance as they may be shown, and as they are written where that is another
    /// text; `written` is that of their member.
    fn attributes<'r>(
        &self,
        resource: &format::Resource<'_>,
        instance: &format::Instance<'_>,
        written: Option<&'r str>,
    ) -> (Cow<'r, str>, Option<&'r str>) {
        let shown = self.redacted.attributes(resource, instance);
        let Some(written) = written else {
            return (json_for_postgres(&shown).into(), Some(""));
        };
        match is_plain(written) && says(written, &shown) {
            true => (written.into(), None),
            false => (json_for_postgres(&shown).into(), Some(written)),
        }
    }
}

/// Whether a text is the JSON of a value.
fn says(text: &str, value: &Value) -> bool {
    // Most texts are as they would be written here, which is told sooner than they are read again.
    let written = value.to_string();
    written == text || serde_json::from_str(text).is_ok_and(|read: Value| read == *value)
}

/// What is shown, in the words of the document where it shows all.
fn shown_text(shown: &Value, written: Option<&RawValue>) -> String {
    let same = written.filter(|written| is_plain(written.get()) && says(written.get(), shown));
    match same {
        Some(written) => written.get().to_owned(),
        None => json_for_postgres(shown),
    }
}

fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The members of a resource that have columns.
#[derive(Deserialize)]
struct WrittenResource<'a> {
    #[serde(borrow)]
    provider: Option<Cow<'a, str>>,
}

/// The members of an instance that are kept as they are written.
#[derive(Deserialize, Default)]
struct WrittenInstance<'a> {
    #[serde(borrow)]
    sensitive_attributes: Option<&'a RawValue>,
    identity_schema_version: Option<i64>,
    #[serde(borrow)]
    private: Option<Cow<'a, str>>,
}

#[derive(Deserialize, Default)]
struct WrittenOutput<'a> {
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    value_type: Option<&'a RawValue>,
}

impl ResourceRow<'_> {
    /// The JSON of a resource as Terraform writes it, without its instances, by the columns.
    ///
    /// Source: Terraform `internal/states/statefile/version4.go`, `resourceStateV4`.
    fn written(&self) -> String {
        written_resource(
            self.module.as_deref(),
            self.mode,
            &self.type_name,
            &self.name,
            self.provider_text.as_deref(),
        )
    }
}

impl InstanceRow<'_> {
    /// What tells its real object from others of its type: its id as JSON, where it has one that is shown and
    /// that only one object has.
    pub(super) fn object_id(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Named<'a> {
            #[serde(borrow)]
            id: Option<&'a RawValue>,
        }
        let named: Named<'_> = serde_json::from_str(&self.attributes).ok()?;
        let id = named.id?.get();
        let value: Value = serde_json::from_str(id).ok()?;
        let is_shown = value != format::HIDDEN;
        (is_shown && format::is_of_one_object(&value)).then(|| id.to_owned())
    }

    fn written(&self) -> String {
        written_instance(&InstanceColumns {
            index_json: self.index_json,
            status: self.status,
            deposed: self.deposed.as_deref(),
            schema_version: self.schema_version,
            sensitive_attributes: self.sensitive_attributes.as_deref(),
            identity_schema_version: self.identity_schema_version,
            identity: self.identity.as_deref(),
            private: self.private.as_deref(),
            dependencies: &self.dependencies,
            create_before_destroy: self.create_before_destroy,
        })
    }
}

impl OutputRow<'_> {
    fn written(&self) -> String {
        written_output(
            self.value.as_deref(),
            self.value_type.as_deref(),
            self.sensitive,
        )
    }
}

/// A resource as Terraform writes it, its instances left out.
pub(super) fn written_resource(
    module: Option<&str>,
    mode: &str,
    type_name: &str,
    name: &str,
    provider: Option<&str>,
) -> String {
    let mut json = Members::default();
    json.text("module", module);
    json.text("mode", Some(mode));
    json.text("type", Some(type_name));
    json.text("name", Some(name));
    json.text("provider", provider);
    json.raw("instances", Some("[]"));
    json.end()
}

/// The columns of an instance that stand for its JSON.
pub(super) struct InstanceColumns<'r> {
    pub(super) index_json: Option<&'r str>,
    pub(super) status: &'r str,
    pub(super) deposed: Option<&'r str>,
    pub(super) schema_version: Option<i64>,
    pub(super) sensitive_attributes: Option<&'r str>,
    pub(super) identity_schema_version: Option<i64>,
    pub(super) identity: Option<&'r str>,
    pub(super) private: Option<&'r str>,
    pub(super) dependencies: &'r [String],
    pub(super) create_before_destroy: bool,
}

/// An instance as Terraform writes it, its attributes left out.
///
/// Source: Terraform `internal/states/statefile/version4.go`, `instanceObjectStateV4`.
pub(super) fn written_instance(columns: &InstanceColumns<'_>) -> String {
    let mut json = Members::default();
    json.raw("index_key", columns.index_json);
    json.text("status", (columns.status != "ok").then_some(columns.status));
    json.text("deposed", columns.deposed);
    json.raw(
        "schema_version",
        columns
            .schema_version
            .map(|number| number.to_string())
            .as_deref(),
    );
    json.raw("attributes", Some("{}"));
    json.raw("sensitive_attributes", columns.sensitive_attributes);
    json.raw(
        "identity_schema_version",
        columns
            .identity_schema_version
            .map(|number| number.to_string())
            .as_deref(),
    );
    json.raw("identity", columns.identity);
    json.text("private", columns.private);
    if !columns.dependencies.is_empty() {
        json.raw(
            "dependencies",
            Some(&serde_json::json!(columns.dependencies).to_string()),
        );
    }
    json.raw(
        "create_before_destroy",
        columns.create_before_destroy.then_some("true"),
    );
    json.end()
}

/// An output as Terraform writes it.
pub(super) fn written_output(
    value: Option<&str>,
    value_type: Option<&str>,
    sensitive: bool,
) -> String {
    let mut json = Members::default();
    json.raw("value", value);
    json.raw("type", value_type);
    json.raw("sensitive", sensitive.then_some("true"));
    json.end()
}

/// The members of a JSON object, one after another.
#[derive(Default)]
struct Members(String);

impl Members {
    fn raw(&mut self, name: &str, json: Option<&str>) {
        if let Some(json) = json {
            self.0.push(if self.0.is_empty() { '{' } else { ',' });
            let _ = write!(self.0, "\"{name}\":{json}");
        }
    }

    fn text(&mut self, name: &str, text: Option<&str>) {
        let json = text.map(|text| Value::from(text).to_string());
        self.raw(name, json.as_deref());
    }

    fn end(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}
