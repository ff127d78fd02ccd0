//! What a state copied from others, and which of its instances hold a copied text.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use serde_json::Value;

use super::digest::{Digest, Digester};
use super::distinctive::{Weight, visit_distinctive, weight};
use super::location::Location;
use super::produced::ProducedOutput;
use super::shape::{self, Copied};
use crate::format::identity::candidates;
use crate::format::model::{Instance, Resource, State};
use crate::format::path::{AttributePath, PathStep};
use crate::format::redact::{HIDDEN, Redacted};

/// How many texts within texts are looked into for JSON.
const MAX_TEXTS: usize = 3;

/// The data sources of one state that copy other states' outputs.
///
/// Holds values in clear: it lives no longer than its state.
pub struct Copies {
    /// Each instance of such a data source, in the order of the document.
    pub sources: Vec<CopiedState>,
    values: Vec<Vec<Value>>,
    /// The sources and outputs that hold each distinctive text.
    places: HashMap<String, Vec<Place>, RandomState>,
}

/// What one data source instance copied.
#[derive(Debug)]
pub struct CopiedState {
    /// The position of its resource in the state.
    pub resource: usize,
    /// Its address.
    pub address: Arc<str>,
    /// `terraform_remote_state` or `tfe_outputs`.
    pub type_name: Arc<str>,
    /// Where the other state lies, its backend and workspace among it.
    pub location: Location,
    /// The outputs it copied, in the order of the document.
    pub outputs: Vec<CopiedOutput>,
}

/// A copied output.
#[derive(Debug)]
pub struct CopiedOutput {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it is what the data source's `defaults` say.
    pub is_default: bool,
    /// How much it says that another state has its value.
    pub weight: Weight,
    /// The distinctive texts in it.
    pub leaves: Vec<Digest>,
    value: CopiedValue,
}

#[derive(Debug)]
enum CopiedValue {
    Exact(Digest),
    /// From a flatmap, which holds texts only.
    Loose(Digest),
}

impl CopiedOutput {
    /// Whether the copy equals a producer's output.
    pub fn equals(&self, produced: &ProducedOutput) -> bool {
        match self.value {
            CopiedValue::Exact(digest) => digest == produced.exact,
            CopiedValue::Loose(digest) => digest == produced.loose,
        }
    }
}

/// An output of a source, by their positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Place {
    source: usize,
    output: usize,
}

/// That an instance holds a text of a copied output.
#[derive(Debug, PartialEq, Eq)]
pub struct Held {
    /// The position of the data source in [`Copies::sources`].
    pub source: usize,
    /// The position of the output in [`CopiedState::outputs`].
    pub output: usize,
    /// The text.
    pub leaf: Digest,
    /// The attribute that holds it, or a JSON text that does; as far as names may be shown.
    pub via: String,
}

impl Copies {
    /// What a state copied.
    pub fn of(state: &State<'_>, redacted: &Redacted<'_>, digester: &Digester) -> Copies {
        let mut copies = Copies {
            sources: Vec::new(),
            values: Vec::new(),
            places: HashMap::default(),
        };
        for (position, resource) in state.resources.iter().enumerate() {
            if !shape::is_copying(resource) {
                continue;
            }
            for instance in resource
                .instances
                .iter()
                .filter(|one| one.deposed.is_none())
            {
                let copied = shape::copied(resource, instance);
                let location = Location::of(resource, instance, redacted);
                copies.add(position, resource, instance, copied, location, digester);
            }
        }
        copies
    }

    fn add(
        &mut self,
        position: usize,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        copied: Copied,
        location: Location,
        digester: &Digester,
    ) {
        let source = self.sources.len();
        let mut outputs = Vec::with_capacity(copied.outputs.len());
        let mut values = Vec::with_capacity(copied.outputs.len());
        for (output, (name, value)) in copied.outputs.into_iter().enumerate() {
            let mut leaves = Vec::new();
            visit_distinctive(&value, &mut |text| {
                leaves.push(digester.text(text));
                let places = self.places.entry(text.to_owned()).or_default();
                places.push(Place { source, output });
            });
            let exact = digester.exact(&value);
            let default = copied.defaults.get(&name);
            outputs.push(CopiedOutput {
                is_default: default.is_some_and(|default| digester.exact(default) == exact),
                weight: weight(&value),
                leaves,
                value: if copied.is_flat {
                    CopiedValue::Loose(digester.loose(&value))
                } else {
                    CopiedValue::Exact(exact)
                },
                name: name.into(),
            });
            values.push(value);
        }
        self.values.push(values);
        self.sources.push(CopiedState {
            resource: position,
            address: resource.instance_address(instance).to_string().into(),
            type_name: Arc::from(resource.address.type_name.as_str()),
            location,
            outputs,
        });
    }

    /// Which texts that the sources in `among` copied an instance holds: as a whole attribute, as an
    /// element of a list or map, within JSON in a text, or as a name within a longer text, as a
    /// bucket's ARN in that of its objects. Of the outputs that hold a text those are
    /// given that the attribute equals as a whole, where there are such.
    pub fn held_by(
        &self,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        redacted: &Redacted<'_>,
        digester: &Digester,
        among: &[usize],
    ) -> Vec<Held> {
        let mut search = Search {
            copies: self,
            among,
            path: AttributePath::default(),
            found: Vec::new(),
        };
        search.value(&instance.attributes.value(), &[], 0);
        let best = best(search.found);
        let shown = ShownPaths::new(resource, instance, redacted);
        best.into_iter()
            .map(|found| Held {
                source: found.place.source,
                output: found.place.output,
                leaf: digester.text(&found.text),
                via: shown.path(found.path).to_string(),
            })
            .collect()
    }
}

/// How well an attribute agrees with an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    /// The attribute, or the list it is an element of, is the whole output.
    Whole,
    /// It is one of several texts of the output.
    Part,
    /// It is longer than a text of the output.
    Within,
}

/// Where an instance holds a copied text.
struct Found {
    place: Place,
    text: String,
    agreement: Agreement,
    path: AttributePath,
}

struct Search<'c> {
    copies: &'c Copies,
    among: &'c [usize],
    path: AttributePath,
    found: Vec<Found>,
}

impl Search<'_> {
    /// Looks through a value, whose path is the current one; `beside` is the list it stands in.
    /// Within JSON in a text, the path stays that of the text.
    fn value(&mut self, value: &Value, beside: &[Value], texts: usize) {
        match value {
            Value::String(text) => self.text(text, beside, texts),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.step(PathStep::Index(index), item, items, texts);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    self.step(PathStep::Key(name.clone()), member, &[], texts);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn step(&mut self, step: PathStep, value: &Value, beside: &[Value], texts: usize) {
        if texts > 0 {
            return self.value(value, beside, texts);
        }
        self.path.0.push(step);
        self.value(value, beside, texts);
        self.path.0.pop();
    }

    fn text(&mut self, text: &str, beside: &[Value], texts: usize) {
        if self.copies.places.contains_key(text) {
            self.copy(text, |copies, place| copies.agreement(place, beside));
        } else if texts < MAX_TEXTS
            && text.trim_start().starts_with(['{', '['])
            && let Ok(inner) = serde_json::from_str::<Value>(text)
        {
            self.value(&inner, &[], texts + 1);
        } else {
            self.within(text);
        }
    }

    /// Looks for copied texts in a longer one. What is part of a longer copied text was not copied
    /// by itself.
    fn within(&mut self, text: &str) {
        let mut parts: Vec<Range<usize>> = Vec::new();
        candidates(text, &mut |part| {
            if self.copies.places.contains_key(&text[part.clone()]) {
                parts.push(part);
            }
        });
        let is_in = |inner: &Range<usize>, outer: &Range<usize>| {
            inner != outer && outer.start <= inner.start && inner.end <= outer.end
        };
        for part in &parts {
            if !parts.iter().any(|other| is_in(part, other)) {
                self.copy(&text[part.clone()], |_, _| Agreement::Within);
            }
        }
    }

    /// Notes that a copied text stands at the current path.
    fn copy(&mut self, text: &str, agreement: impl Fn(&Copies, Place) -> Agreement) {
        let places = self.copies.places.get(text).into_iter().flatten();
        for place in places.filter(|place| self.among.contains(&place.source)) {
            self.found.push(Found {
                place: *place,
                text: text.to_owned(),
                agreement: agreement(self.copies, *place),
                path: self.path.clone(),
            });
        }
    }
}

impl Copies {
    /// How an output agrees with a text it holds, which stands in the list `beside`.
    fn agreement(&self, place: Place, beside: &[Value]) -> Agreement {
        let output = self
            .values
            .get(place.source)
            .and_then(|values| values.get(place.output));
        let is_whole = match output {
            Some(Value::String(_)) => true,
            Some(Value::Array(items)) => is_same_set(items, beside),
            _ => false,
        };
        if is_whole {
            Agreement::Whole
        } else {
            Agreement::Part
        }
    }
}

/// Whether two lists have the same texts, in any order, and nothing else.
fn is_same_set(one: &[Value], other: &[Value]) -> bool {
    fn texts(list: &[Value]) -> Option<Vec<&str>> {
        let mut texts: Vec<_> = list.iter().map(Value::as_str).collect::<Option<_>>()?;
        texts.sort_unstable();
        Some(texts)
    }
    one.len() == other.len() && texts(one).is_some_and(|one| texts(other) == Some(one))
}

/// For each source and text the outputs that agree best, each with its shortest path, in the order
/// in which they were found.
fn best(found: Vec<Found>) -> Vec<Found> {
    let mut agreements: HashMap<(usize, &str), Agreement> = HashMap::new();
    let mut shortest: HashMap<(Place, &str), (Agreement, usize, usize)> = HashMap::new();
    for (position, one) in found.iter().enumerate() {
        let agreement = agreements
            .entry((one.place.source, &one.text))
            .or_insert(one.agreement);
        *agreement = one.agreement.min(*agreement);
        let rank = (one.agreement, one.path.0.len(), position);
        let best = shortest.entry((one.place, &one.text)).or_insert(rank);
        *best = rank.min(*best);
    }
    let is_best: Vec<bool> = found
        .iter()
        .enumerate()
        .map(|(position, one)| {
            agreements.get(&(one.place.source, one.text.as_str())) == Some(&one.agreement)
                && shortest
                    .get(&(one.place, one.text.as_str()))
                    .is_some_and(|(_, _, best)| *best == position)
        })
        .collect();
    let mut is_best = is_best.into_iter();
    let mut found = found;
    found.retain(|_| is_best.next().unwrap_or(false));
    found
}

/// Paths as they may be shown: within a hidden value nothing of it is named.
struct ShownPaths<'a> {
    attributes: std::cell::OnceCell<Value>,
    resource: &'a Resource<'a>,
    instance: &'a Instance<'a>,
    redacted: &'a Redacted<'a>,
}

impl<'a> ShownPaths<'a> {
    fn new(
        resource: &'a Resource<'a>,
        instance: &'a Instance<'a>,
        redacted: &'a Redacted<'a>,
    ) -> Self {
        ShownPaths {
            attributes: std::cell::OnceCell::new(),
            resource,
            instance,
            redacted,
        }
    }

    fn path(&self, mut path: AttributePath) -> AttributePath {
        let is_key = |step: &&PathStep| matches!(step, PathStep::Key(_));
        // The name of an attribute alone tells nothing.
        if path.0.iter().filter(is_key).count() > 1 {
            let attributes = self
                .attributes
                .get_or_init(|| self.redacted.attributes(self.resource, self.instance));
            let shown = shown_steps(attributes, &path.0);
            path.0.truncate(shown);
        }
        path
    }
}

/// How many of the steps lead to a value that is shown or, at the end, to a hidden one.
fn shown_steps(mut value: &Value, steps: &[PathStep]) -> usize {
    for (position, step) in steps.iter().enumerate() {
        let next = match step {
            PathStep::Key(key) => value.get(key),
            PathStep::Index(index) => value.get(index),
        };
        match next {
            Some(Value::String(text)) if text == HIDDEN => return position + 1,
            Some(next) => value = next,
            None => return position,
        }
    }
    steps.len()
}

#[cfg(test)]
mod tests;
