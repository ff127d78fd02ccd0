//! Which instance an identity belongs to.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::duplicates::Pair;
use super::named::{self, NamedType};
use crate::format::{Reach, Redacted, State, arn_scope, comparable};
use crate::graph::InstanceRef;

/// An identity that an instance claims.
#[derive(Debug)]
pub(super) struct Claim {
    /// The position of the instance in [`Claims::instances`].
    pub(super) instance: u32,
    pub(super) attribute: &'static str,
    pub(super) value: Box<str>,
    pub(super) reach: Reach,
}

/// An account, and a region where the object lies in one.
pub(super) type Scope = (Box<str>, Box<str>);

/// The instances of the states that have an object of their own, and what they claim.
#[derive(Debug, Default)]
pub(in crate::graph) struct Claims {
    pub(super) instances: Vec<InstanceRef>,
    /// Ordered by instance, and within one by preference.
    pub(super) all: Vec<Claim>,
    /// Where the objects of each state lie, by its position.
    scopes: HashMap<usize, BTreeSet<Scope>>,
}

impl Claims {
    /// What the instances of one state claim.
    pub(in crate::graph) fn of(
        position: usize,
        state: &State<'_>,
        redacted: &Redacted<'_>,
    ) -> Claims {
        let mut claims = Claims::default();
        let mut scopes = BTreeSet::new();
        for resource in &state.resources {
            let mut type_name: Option<Arc<str>> = None;
            for instance in &resource.instances {
                let identities = redacted.identities(resource, instance);
                if identities.is_empty() {
                    continue;
                }
                let type_name =
                    type_name.get_or_insert_with(|| Arc::from(&*resource.address.type_name));
                let number = claims.instances.len() as u32;
                claims.instances.push(InstanceRef {
                    state: position,
                    address: resource.instance_address(instance).to_string().into(),
                    type_name: Arc::clone(type_name),
                });
                let own = identities.iter().filter(|own| own.reach == Reach::World);
                scopes.extend(own.filter_map(|own| scope(own.attribute, &own.value)));
                claims
                    .all
                    .extend(identities.into_iter().map(|identity| Claim {
                        instance: number,
                        attribute: identity.attribute,
                        value: identity.value.into_boxed_str(),
                        reach: identity.reach,
                    }));
            }
        }
        claims.scopes.insert(position, scopes);
        claims
    }

    /// Adds what another state's instances claim.
    pub(super) fn append(&mut self, more: Claims) {
        let first = self.instances.len() as u32;
        self.instances.extend(more.instances);
        self.all.extend(more.all.into_iter().map(|claim| Claim {
            instance: first + claim.instance,
            ..claim
        }));
        self.scopes.extend(more.scopes);
    }

    /// The instance that makes a claim.
    pub(super) fn instance(&self, claim: &Claim) -> &InstanceRef {
        &self.instances[claim.instance as usize]
    }
}

/// Where an object lies, told by its `arn` or its path in a subscription.
pub(super) fn scope(attribute: &str, value: &str) -> Option<Scope> {
    match attribute {
        "arn" | "id" => {}
        _ => return None,
    }
    if let Some((account, region)) = arn_scope(value) {
        return (!account.is_empty()).then(|| (account.into(), region.into()));
    }
    let subscription = value.strip_prefix("/subscriptions/")?.split('/').next()?;
    Some((subscription.into(), "".into()))
}

/// Whom an identity belongs to.
#[derive(Debug, Clone, Copy)]
enum Owner<'c> {
    One(&'c Claim),
    /// More than one instance claims it.
    Unclear,
}

/// The owners of all identities.
#[derive(Debug)]
pub(super) struct Owners<'c> {
    claims: &'c Claims,
    /// By the identity as it is compared.
    unique: HashMap<Cow<'c, str>, Owner<'c>, RandomState>,
    named: HashMap<(usize, &'c str), Vec<&'c Claim>, RandomState>,
    /// Where each instance that is referred to by name lies.
    scopes: HashMap<u32, Scope>,
}

impl<'c> Owners<'c> {
    /// Gives each identity to the one instance that claims it; what is owned twice owns nothing.
    pub(super) fn of(claims: &'c Claims, owned_twice: &[Pair]) -> Owners<'c> {
        let doubtful: HashSet<u32> = owned_twice.iter().map(|pair| pair.instance).collect();
        let mut owners = Owners {
            claims,
            unique: HashMap::default(),
            named: HashMap::default(),
            scopes: HashMap::new(),
        };
        for claim in &claims.all {
            let instance = claims.instance(claim);
            if claim.reach == Reach::World {
                let claimed = match doubtful.contains(&claim.instance) {
                    true => Owner::Unclear,
                    false => Owner::One(claim),
                };
                let owner = owners.unique.entry(comparable(&claim.value));
                owner
                    .and_modify(|owner| *owner = owner.or(claimed, claims))
                    .or_insert(claimed);
            }
            let number = named::number_of(&instance.type_name);
            let Some((number, named)) = number.zip(number.and_then(named::by_number)) else {
                continue;
            };
            if let Some(scope) = scope(claim.attribute, &claim.value) {
                owners.scopes.entry(claim.instance).or_insert(scope);
            }
            owners.add_name(number, named, claim, &doubtful);
        }
        owners
    }

    fn add_name(
        &mut self,
        number: usize,
        named: &NamedType,
        claim: &'c Claim,
        doubtful: &HashSet<u32>,
    ) {
        let is_own = claim.reach != Reach::Borrowed && !doubtful.contains(&claim.instance);
        if let Some(name) = named.name(claim.attribute, &claim.value).filter(|_| is_own) {
            let same = self.named.entry((number, name)).or_default();
            if !same.iter().any(|other| other.instance == claim.instance) {
                same.push(claim);
            }
        }
    }

    /// Calls `visit` with each value that can make a link, and the position of its owner's state.
    pub(super) fn each_value(&self, mut visit: impl FnMut(&str, u32)) {
        let state = |claim: &Claim| self.claims.instance(claim).state as u32;
        for (value, owner) in &self.unique {
            if let Owner::One(claim) = owner {
                visit(value, state(claim));
            }
        }
        for ((_, name), claims) in &self.named {
            claims.iter().for_each(|claim| visit(name, state(claim)));
        }
    }

    /// Whether a value is someone's identity, and the claim of its owner where that is clear.
    pub(super) fn of_identity(&self, value: &str) -> Option<Option<&'c Claim>> {
        match self.unique.get(comparable(value).as_ref())? {
            Owner::One(claim) => Some(Some(claim)),
            Owner::Unclear => Some(None),
        }
    }

    /// The one object of a type, by its number, that has a name and lies in one of `scopes`.
    pub(super) fn of_name(
        &self,
        number: usize,
        name: &str,
        scopes: &dyn Fn(&Scope) -> bool,
    ) -> Option<&'c Claim> {
        let is_global = named::by_number(number).is_some_and(|named| named.is_global);
        let claims = self.named.get(&(number, name))?;
        let mut near = claims
            .iter()
            .filter(|claim| is_global || self.scopes.get(&claim.instance).is_some_and(scopes));
        match (near.next(), near.next()) {
            (Some(claim), None) => Some(claim),
            _ => None,
        }
    }

    /// The instance that makes a claim.
    pub(super) fn instance(&self, claim: &Claim) -> &'c InstanceRef {
        self.claims.instance(claim)
    }

    /// Where the objects of a state lie.
    pub(super) fn scopes_of_state(&self, position: usize) -> Option<&'c BTreeSet<Scope>> {
        self.claims.scopes.get(&position)
    }
}

impl<'c> Owner<'c> {
    /// The owner of what both claim: of types of which one is named as a part of the other, such as
    /// a bucket and its policy, the first; of a current and a deposed object the instance they are of.
    fn or(self, other: Owner<'c>, claims: &Claims) -> Owner<'c> {
        let (Owner::One(one), Owner::One(two)) = (self, other) else {
            return Owner::Unclear;
        };
        let (first, second) = (claims.instance(one), claims.instance(two));
        if first == second || is_part_of(&second.type_name, &first.type_name) {
            self
        } else if is_part_of(&first.type_name, &second.type_name) {
            other
        } else {
            Owner::Unclear
        }
    }
}

/// Whether a type is named as a part of another: `aws_sns_topic_policy` of `aws_sns_topic`.
fn is_part_of(part: &str, whole: &str) -> bool {
    part.strip_prefix(whole)
        .is_some_and(|rest| rest.starts_with('_'))
}
