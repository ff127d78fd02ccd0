//! A document to its parts.
//!
//! Source: Terraform and OpenTofu `internal/states/statefile/version4.go`.

use std::collections::HashSet;

use serde_json::Value;

use super::tokens::{Tokens, decoded, quoted};
use super::{
    CheckPart, InstancePart, ObjectKey, OutputPart, Parts, ResourceKey, ResourcePart, TopMember,
};
use crate::format::v4;

/// The parts of a document without whitespace between its tokens, as long as nothing is in the way.
pub(super) fn parts(document: &str) -> Option<Parts> {
    let mut parts = Parts::default();
    let mut names = HashSet::new();
    let mut tokens = Tokens::new(document);
    tokens.members(|tokens, written| {
        let name = name(written)?;
        let text = match name.as_str() {
            "outputs" => outputs(tokens, &mut parts.outputs)?,
            "resources" => resources(tokens, &mut parts.resources)?,
            "check_results" => checks(tokens, &mut parts.checks)?,
            _ => tokens.value()?,
        };
        names.insert(name.clone()).then(|| {
            let text = text.to_owned();
            parts.top.push(TopMember { name, text });
        })
    })?;
    let text = |name: &str| {
        let member = parts.top.iter().find(|member| member.name == name);
        member.map(|member| member.text.as_str())
    };
    let is_encrypted = text("encryption_version").is_some_and(|text| text != "\"\"");
    (tokens.is_at_end() && text("version") == Some("4") && !is_encrypted).then_some(parts)
}

/// Reads `outputs`, and gives what is left of it.
fn outputs<'j>(tokens: &mut Tokens<'j>, outputs: &mut Vec<OutputPart>) -> Option<&'j str> {
    if tokens.peek() != Some(b'{') {
        return null(tokens);
    }
    let mut names = HashSet::new();
    tokens.members(|tokens, written| {
        let name = name(written)?;
        let text = object(tokens)?.to_owned();
        names
            .insert(name.clone())
            .then(|| outputs.push(OutputPart { name, text }))
    })?;
    Some("{}")
}

/// Reads `check_results`, and gives what is left of it.
fn checks<'j>(tokens: &mut Tokens<'j>, checks: &mut Vec<CheckPart>) -> Option<&'j str> {
    if tokens.peek() != Some(b'[') {
        return null(tokens);
    }
    let mut keys = HashSet::new();
    tokens.elements(|tokens| {
        let start = tokens.at();
        let (mut object_kind, mut config_addr) = (None, None);
        tokens.members(|tokens, written| match plain(written)? {
            "object_kind" => once(&mut object_kind, key(tokens.string()?)?),
            "config_addr" => once(&mut config_addr, key(tokens.string()?)?),
            _ => tokens.value().map(drop),
        })?;
        let (object_kind, config_addr) = (object_kind?, config_addr?);
        let is_new = keys.insert((object_kind.clone(), config_addr.clone()));
        is_new.then(|| {
            checks.push(CheckPart {
                object_kind,
                config_addr,
                text: tokens.since(start).to_owned(),
            });
        })
    })?;
    Some("[]")
}

/// Reads `resources`, and gives what is left of it.
fn resources<'j>(tokens: &mut Tokens<'j>, resources: &mut Vec<ResourcePart>) -> Option<&'j str> {
    if tokens.peek() != Some(b'[') {
        return null(tokens);
    }
    let mut keys = HashSet::new();
    tokens.elements(|tokens| {
        let resource = resource(tokens)?;
        keys.insert(resource.key.clone())
            .then(|| resources.push(resource))
    })?;
    Some("[]")
}

fn resource(tokens: &mut Tokens<'_>) -> Option<ResourcePart> {
    let mut text = Left::from(&*tokens);
    let (mut module, mut mode, mut type_name, mut name) = (None, None, None, None);
    let mut instances = None;
    tokens.members(|tokens, written| match plain(written)? {
        "module" => once(&mut module, optional_key(tokens)?),
        "mode" => once(&mut mode, key(tokens.string()?)?),
        "type" => once(&mut type_name, key(tokens.string()?)?),
        "name" => once(&mut name, key(tokens.string()?)?),
        "instances" => once(&mut instances, text.without(tokens, self::instances)?),
        _ => tokens.value().map(drop),
    })?;
    let text = text.whole(tokens);
    let key = ResourceKey {
        module: module.flatten(),
        mode: mode?,
        type_name: type_name?,
        name: name?,
    };
    let mut keys = HashSet::new();
    // The key may stand behind the instances.
    let part = |instance: Instance| {
        let key = ObjectKey {
            resource: key.clone(),
            index: instance.index,
            deposed: instance.deposed,
        };
        let is_new = keys.insert((key.index.clone(), key.deposed.clone()));
        is_new.then_some(InstancePart {
            key,
            text: instance.text,
            attributes: instance.attributes,
        })
    };
    let instances = instances.unwrap_or_default().into_iter();
    let instances = instances.map(part).collect::<Option<_>>()?;
    Some(ResourcePart {
        key,
        text,
        instances,
    })
}

/// An instance whose resource is not known yet.
struct Instance {
    index: Option<String>,
    deposed: Option<String>,
    text: String,
    attributes: Option<String>,
}

fn instances<'j>(tokens: &mut Tokens<'j>) -> Option<(&'j str, Vec<Instance>)> {
    if tokens.peek() != Some(b'[') {
        return Some((null(tokens)?, Vec::new()));
    }
    let mut instances = Vec::new();
    tokens.elements(|tokens| {
        instances.push(instance(tokens)?);
        Some(())
    })?;
    Some(("[]", instances))
}

fn instance(tokens: &mut Tokens<'_>) -> Option<Instance> {
    let mut text = Left::from(&*tokens);
    let (mut index, mut deposed, mut attributes) = (None, None, None);
    tokens.members(|tokens, written| match plain(written)? {
        "index_key" => once(&mut index, index_key(tokens.value()?)?),
        "deposed" => once(&mut deposed, optional_key(tokens)?),
        "attributes" => once(&mut attributes, text.without(tokens, self::attributes)?),
        _ => tokens.value().map(drop),
    })?;
    Some(Instance {
        index: index.flatten(),
        deposed: deposed.flatten(),
        text: text.whole(tokens),
        attributes: attributes.flatten(),
    })
}

fn attributes<'j>(tokens: &mut Tokens<'j>) -> Option<(&'j str, Option<String>)> {
    if tokens.peek() != Some(b'{') {
        return Some((null(tokens)?, None));
    }
    let text = tokens.value()?.to_owned();
    Some(("{}", Some(text)))
}

/// An object that is being read, without the value of one of its members.
struct Left {
    text: String,
    /// Up to where it is copied.
    copied: usize,
}

impl Left {
    /// Begins where the object does.
    fn from(tokens: &Tokens<'_>) -> Left {
        Left {
            text: String::new(),
            copied: tokens.at(),
        }
    }

    /// Reads a value and leaves in its place what `read` gives for it.
    fn without<'j, T>(
        &mut self,
        tokens: &mut Tokens<'j>,
        read: impl FnOnce(&mut Tokens<'j>) -> Option<(&'j str, T)>,
    ) -> Option<T> {
        self.text.push_str(tokens.since(self.copied));
        let (stand_in, read) = read(tokens)?;
        self.text.push_str(stand_in);
        self.copied = tokens.at();
        Some(read)
    }

    /// What is left of the object, which is read.
    fn whole(mut self, tokens: &Tokens<'_>) -> String {
        self.text.push_str(tokens.since(self.copied));
        self.text
    }
}

/// Keeps a member's value, unless the member stands there a second time.
fn once<T>(member: &mut Option<T>, value: T) -> Option<()> {
    member.replace(value).is_none().then_some(())
}

/// The name of a member of the document or of an output: one that is written again as it was.
fn name(written: &str) -> Option<String> {
    key(written).filter(|name| quoted(name) == written)
}

/// The name of a member by which parts may be told: one that no escape hides.
fn plain(written: &str) -> Option<&str> {
    let name = written.strip_prefix('"')?.strip_suffix('"')?;
    (!name.contains('\\')).then_some(name)
}

/// A string that names something.
fn key(written: &str) -> Option<String> {
    let key = decoded(written)?;
    (!key.contains('\0')).then(|| key.into_owned())
}

/// One that may be null or empty, which is the same as none.
fn optional_key(tokens: &mut Tokens<'_>) -> Option<Option<String>> {
    if tokens.peek() != Some(b'"') {
        return null(tokens).map(|_| None);
    }
    let key = key(tokens.string()?)?;
    Some(Some(key).filter(|key| !key.is_empty()))
}

/// The value of `index_key` in one spelling; null is none.
fn index_key(written: &str) -> Option<Option<String>> {
    match written.as_bytes().first()? {
        b'"' => Some(Some(quoted(&decoded(written)?))),
        b'-' | b'0'..=b'9' => Some(Some(written.to_owned())),
        _ => (written == "null").then_some(None),
    }
}

fn null<'j>(tokens: &mut Tokens<'j>) -> Option<&'j str> {
    tokens.value().filter(|text| *text == "null")
}

fn object<'j>(tokens: &mut Tokens<'j>) -> Option<&'j str> {
    tokens.value().filter(|text| text.starts_with('{'))
}

/// The config addresses that an instance's `dependencies` name, or the `depends_on` of Terraform before
/// 0.12.15.
pub(super) fn dependencies(instance: &InstancePart) -> Vec<String> {
    let (mut dependencies, mut depends_on) = (None, None);
    // Of a text that is no object as far as it was read, what was read counts.
    let _ = Tokens::new(&instance.text).members(|tokens, written| {
        let value = |text| serde_json::from_str::<Value>(text).ok();
        match written {
            "\"dependencies\"" => dependencies = value(tokens.value()?),
            "\"depends_on\"" => depends_on = value(tokens.value()?),
            _ => drop(tokens.value()?),
        }
        Some(())
    });
    if let Some(Value::Array(dependencies)) = dependencies {
        let texts = dependencies.iter().filter_map(Value::as_str);
        return texts.map(str::to_owned).collect();
    }
    let module = instance.key.resource.address().module;
    depends_on
        .and_then(|depends_on| v4::first_dependencies(&module, &depends_on))
        .unwrap_or_default()
}
