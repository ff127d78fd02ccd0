//! Parts to the document they are of.

use super::tokens::{Tokens, quoted};
use super::{InstancePart, Parts, ResourcePart};

/// The document, without whitespace between its tokens.
pub(super) fn document(parts: &Parts) -> String {
    let length = |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text.len() + 1).sum();
    let instances = || {
        parts
            .resources
            .iter()
            .flat_map(|resource| &resource.instances)
    };
    let lengths: [usize; 4] = [
        length(&mut parts.resources.iter().map(|part| part.text.as_str())),
        length(&mut instances().map(|part| part.text.as_str())),
        length(&mut instances().filter_map(|part| part.attributes.as_deref())),
        length(&mut parts.outputs.iter().map(|part| part.text.as_str())),
    ];
    let mut written = String::with_capacity(lengths.iter().sum::<usize>() + 1024);
    let mut lists: [(&str, bool, &dyn Fn(&mut String)); 3] = [
        ("outputs", !parts.outputs.is_empty(), &|written| {
            outputs(written, parts);
        }),
        ("resources", !parts.resources.is_empty(), &|written| {
            list(written, &parts.resources, resource);
        }),
        ("check_results", !parts.checks.is_empty(), &|written| {
            list(written, &parts.checks, |written, check| {
                written.push_str(&check.text);
            });
        }),
    ];
    written.push('{');
    for (position, member) in parts.top.iter().enumerate() {
        begin_member(&mut written, position == 0, &member.name);
        let list = lists.iter_mut().find(|(name, ..)| *name == member.name);
        match list {
            Some((_, is_left @ true, list)) => {
                list(&mut written);
                *is_left = false;
            }
            _ => written.push_str(&member.text),
        }
    }
    let mut is_first = parts.top.is_empty();
    for (name, _, list) in lists.iter().filter(|(_, is_left, _)| *is_left) {
        begin_member(&mut written, is_first, name);
        list(&mut written);
        is_first = false;
    }
    written.push('}');
    written
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
