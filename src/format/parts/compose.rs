//! Parts to the document they are of.

use super::tokens::{Tokens, quoted};
use super::{InstancePart, Parts, ResourcePart};

/// What of a document consists of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Outputs,
    Resources,
    Checks,
}

/// The document, without whitespace between its tokens.
pub(super) fn document(parts: &Parts) -> String {
    let mut written = String::with_capacity(about_as_long_as(parts));
    let mut kinds = vec![Kind::Outputs, Kind::Resources, Kind::Checks];
    kinds.retain(|kind| kind.is_there(parts));
    written.push('{');
    for (position, member) in parts.top.iter().enumerate() {
        begin_member(&mut written, position == 0, &member.name);
        match kinds.iter().position(|kind| kind.name() == member.name) {
            Some(kind) => kinds.remove(kind).write(&mut written, parts),
            None => written.push_str(&member.text),
        }
    }
    for (position, kind) in kinds.into_iter().enumerate() {
        begin_member(
            &mut written,
            parts.top.is_empty() && position == 0,
            kind.name(),
        );
        kind.write(&mut written, parts);
    }
    written.push('}');
    written
}

/// How many bytes the parts are, and some more for what stands between them.
fn about_as_long_as(parts: &Parts) -> usize {
    let instance = |instance: &InstancePart| {
        instance.text.len() + instance.attributes.as_ref().map_or(0, String::len) + 1
    };
    let resource = |resource: &ResourcePart| {
        let instances = resource.instances.iter().map(instance);
        resource.text.len() + instances.sum::<usize>() + 1
    };
    let resources: usize = parts.resources.iter().map(resource).sum();
    let outputs = parts
        .outputs
        .iter()
        .map(|output| output.name.len() + output.text.len() + 4);
    let checks = parts.checks.iter().map(|check| check.text.len() + 1);
    resources + outputs.chain(checks).sum::<usize>() + 1024
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Outputs => "outputs",
            Kind::Resources => "resources",
            Kind::Checks => "check_results",
        }
    }

    fn is_there(self, parts: &Parts) -> bool {
        match self {
            Kind::Outputs => !parts.outputs.is_empty(),
            Kind::Resources => !parts.resources.is_empty(),
            Kind::Checks => !parts.checks.is_empty(),
        }
    }

    fn write(self, written: &mut String, parts: &Parts) {
        match self {
            Kind::Outputs => outputs(written, parts),
            Kind::Resources => list(written, &parts.resources, resource),
            Kind::Checks => list(written, &parts.checks, |written, check| {
                written.push_str(&check.text);
            }),
        }
    }
}

fn begin_member(written: &mut String, is_first: bool, name: &str) {
    if !is_first {
        written.push(',');
    }
    written.push_str(&quoted(name));
    written.push(':');
}

fn outputs(written: &mut String, parts: &Parts) {
    written.push('{');
    for (position, output) in parts.outputs.iter().enumerate() {
        begin_member(written, position == 0, &output.name);
        written.push_str(&output.text);
    }
    written.push('}');
}

fn list<T>(written: &mut String, parts: &[T], each: impl Fn(&mut String, &T)) {
    written.push('[');
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            written.push(',');
        }
        each(written, part);
    }
    written.push(']');
}

fn resource(written: &mut String, resource: &ResourcePart) {
    if resource.instances.is_empty() {
        written.push_str(&resource.text);
        return;
    }
    with_member(written, &resource.text, "\"instances\"", |written| {
        list(written, &resource.instances, instance);
    });
}

fn instance(written: &mut String, instance: &InstancePart) {
    match &instance.attributes {
        Some(attributes) => with_member(written, &instance.text, "\"attributes\"", |written| {
            written.push_str(attributes);
        }),
        None => written.push_str(&instance.text),
    }
}

/// Writes an object with another value of one of its members, or with that member behind the others.
fn with_member(written: &mut String, object: &str, name: &str, value: impl FnOnce(&mut String)) {
    let mut place = None;
    let mut tokens = Tokens::new(object);
    // Nothing is looked at behind the member.
    let is_missing = tokens.members(|tokens, found| {
        let start = tokens.at();
        tokens.value()?;
        if found != name {
            return Some(());
        }
        place = Some(start..tokens.at());
        None
    });
    match (place, is_missing) {
        (Some(place), _) => {
            written.push_str(&object[..place.start]);
            value(written);
            written.push_str(&object[place.end..]);
        }
        (None, Some(())) => {
            let members = object.strip_suffix('}').unwrap_or(object);
            written.push_str(members);
            if members != "{" {
                written.push(',');
            }
            written.push_str(name);
            written.push(':');
            value(written);
            written.push('}');
        }
        // No object, so there is nothing that it could be a member of.
        (None, None) => written.push_str(object),
    }
}
