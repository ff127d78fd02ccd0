//! Where an instance mentions what names an object of another state.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use serde_json::{Map, Value};

use super::ignored::{is_ignored, is_part, looks_up};
use super::named;
use super::owners::{Claim, Owners, Scope, scope};
use crate::format::{
    AttributePath, Mode, PathStep, Redacted, Resource, State, WantedIdentities, candidates,
    is_naming,
};
use crate::graph::{InstanceRef, Link, LinkKind};

/// The links of a resource that are there already: the consumer's address, the producer, the attribute.
type Seen<'a> = HashSet<(Arc<str>, &'a InstanceRef, String), RandomState>;

/// An instance whose shown attributes are searched.
pub(super) struct Consumer<'a> {
    owners: &'a Owners<'a>,
    state: usize,
    mode: Mode,
    type_name: &'a str,
    /// Where its own object lies, where it has one that tells.
    own_scope: Option<Scope>,
    found: Vec<(AttributePath, &'a Claim)>,
}

impl<'a> Consumer<'a> {
    /// The links of all instances of one state.
    pub(super) fn links_of(
        position: usize,
        state: &State<'_>,
        redacted: &Redacted<'_>,
        wanted: &WantedIdentities,
        owners: &'a Owners<'a>,
    ) -> Vec<Link> {
        let mut links = Vec::new();
        for resource in &state.resources {
            if resource.mode() == Mode::Data && !looks_up(&resource.address.type_name) {
                continue;
            }
            let mut seen = Seen::default();
            let type_name: Arc<str> = Arc::from(&*resource.address.type_name);
            for instance in &resource.instances {
                let Some(attributes) =
                    wanted.mentioning(redacted, resource, instance, position as u32)
                else {
                    continue;
                };
                let mut consumer = Consumer::new(owners, position, resource, &attributes);
                consumer.top(&attributes);
                if !consumer.found.is_empty() {
                    let instance = InstanceRef {
                        state: position,
                        address: resource.instance_address(instance).to_string().into(),
                        type_name: Arc::clone(&type_name),
                    };
                    consumer.append_links(&instance, &mut seen, &mut links);
                }
            }
        }
        links
    }

    fn new(
        owners: &'a Owners<'a>,
        state: usize,
        resource: &'a Resource<'_>,
        attributes: &Map<String, Value>,
    ) -> Consumer<'a> {
        let own = |attribute| scope(attribute, attributes.get(attribute)?.as_str()?);
        Consumer {
            owners,
            state,
            mode: resource.mode(),
            type_name: &resource.address.type_name,
            own_scope: match resource.mode() {
                Mode::Managed => own("arn").or_else(|| own("id")),
                Mode::Data => None,
            },
            found: Vec::new(),
        }
    }

    /// Searches the attributes. What names the instance's own object is no mention of another, but
    /// of a data source it is what was looked up.
    fn top(&mut self, attributes: &Map<String, Value>) {
        for (name, value) in attributes {
            let is_own = self.mode == Mode::Managed
                && (name == "name" || is_part(name) || is_naming(self.type_name, name));
            if !is_own {
                self.search(value, name, &mut vec![PathStep::Key(name.clone())]);
            }
        }
    }

    fn search(&mut self, value: &Value, name: &str, path: &mut Vec<PathStep>) {
        if is_ignored(self.type_name, name) {
            return;
        }
        match value {
            Value::String(text) => self.search_text(text, name, path),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push(PathStep::Index(index));
                    self.search(item, name, path);
                    path.pop();
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    path.push(PathStep::Key(name.clone()));
                    self.search(member, name, path);
                    path.pop();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn search_text(&mut self, text: &str, name: &str, path: &[PathStep]) {
        let mut found: Vec<(Range<usize>, Option<&'a Claim>)> = Vec::new();
        candidates(text, &mut |range| {
            if let Some(owner) = self.owners.of_identity(&text[range.clone()]) {
                found.push((range, owner));
            }
        });
        if found.is_empty() {
            let claim = named::referred_to(self.type_name, name)
                .filter_map(|number| {
                    self.owners
                        .of_name(number, text, &|scope| self.is_near(scope))
                })
                .next();
            self.take(claim, path);
        }
        for (range, claim) in &found {
            // The longest match tells: a subnet's path begins with its network's.
            let is_within = |(other, _): &(Range<usize>, _)| {
                other.start <= range.start && range.end <= other.end && other.len() > range.len()
            };
            if !found.iter().any(is_within) {
                self.take(*claim, path);
            }
        }
    }

    fn take(&mut self, claim: Option<&'a Claim>, path: &[PathStep]) {
        if let Some(claim) = claim
            && self.owners.instance(claim).state != self.state
        {
            self.found.push((AttributePath(path.to_vec()), claim));
        }
    }

    /// Whether what lies in a scope can be meant by a name that this instance mentions: they are in
    /// one account, and in one region where both are in any.
    fn is_near(&self, owner: &Scope) -> bool {
        let fits = |(account, region): &Scope| {
            *account == owner.0 && (owner.1.is_empty() || region.is_empty() || *region == owner.1)
        };
        match &self.own_scope {
            Some(own) if !own.1.is_empty() || owner.1.is_empty() => fits(own),
            own => self
                .owners
                .scopes_of_state(self.state)
                .is_some_and(|scopes| {
                    // Which of several accounts an instance lies in, nothing tells but its own.
                    let is_account = |scope: &Scope| scope.0 == owner.0;
                    let is_in_account = match own {
                        Some(own) => is_account(own),
                        None => scopes.iter().all(is_account),
                    };
                    // What has no region can mean one of any region in which its state has something.
                    is_in_account
                        && scopes
                            .iter()
                            .any(|scope| fits(scope) && (owner.1.is_empty() || !scope.1.is_empty()))
                }),
        }
    }

    /// One link for each attribute that mentions an object; for a data source one for each object,
    /// since most of its attributes are the object's.
    fn append_links(self, consumer: &InstanceRef, seen: &mut Seen<'a>, links: &mut Vec<Link>) {
        for (path, claim) in self.found {
            let producer = self.owners.instance(claim);
            let via = path.to_string();
            let way = match self.mode {
                Mode::Managed => via.clone(),
                Mode::Data => String::new(),
            };
            // A deposed object has the address of the current one beside it.
            if seen.insert((Arc::clone(&consumer.address), producer, way)) {
                links.push(Link {
                    kind: LinkKind::SharedId,
                    consumer: consumer.clone(),
                    via: Some(via),
                    producer_state: Some(producer.state),
                    producer: Some(producer.clone()),
                    producer_attribute: Some(Arc::from(claim.attribute)),
                    output: None,
                    data_source: None,
                });
            }
        }
    }
}
