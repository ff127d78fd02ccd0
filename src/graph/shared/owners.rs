//! Which instance an identity belongs to.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::duplicates::Pair;
use super::named::{self, NamedType};
use super::shards::{self, Shard};
use crate::format::{
    Reach, Redacted, State, WantedIdentities, arn_scope, comparable, identity_hash,
};
use crate::graph::InstanceRef;

/// An identity that an instance claims.
#[derive(Debug)]
pub(super) struct Claim {
    /// The position of the instance in [`Claims::instances`].
    pub(super) instance: u32,
    pub(super) attribute: &'static str,
    pub(super) value: Box<str>,
    /// The value's hash as an identity.
    pub(super) hash: u64,
    pub(super) reach: Reach,
}

/// An identity as it is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key<'v> {
    hash: u64,
    value: Cow<'v, str>,
}

impl<'v> Key<'v> {
    /// That of what is claimed.
    pub(super) fn of(claim: &'v Claim) -> Key<'v> {
        Key {
            hash: claim.hash,
            value: comparable(&claim.value),
        }
    }
}

impl Hash for Key<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(self.hash);
    }
}

/// An account, and a region where the object lies in one.
pub(super) type Scope = (Box<str>, Box<str>);

/// The instances of the states that have an object of their own, and what they claim.
#[derive(Debug, Default)]
pub(in crate::graph) struct Claims {
    pub(super) instances: Vec<InstanceRef>,
    /// Ordered by instance, and within one by preference.
    pub(super) all: Vec<Claim>,
    /// Of each instance the number of its type, if that is referred to by name.
    named: Vec<Option<u32>>,
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
            let named = named::number_of(&resource.address.type_name);
            for instance in &resource.instances {
                let identities = redacted.identities(resource, instance);
                if identities.is_empty() {
                    continue;
                }
                let type_name =
                    type_name.get_or_insert_with(|| Arc::from(&*resource.address.type_name));
                let number = claims.instances.len() as u32;
                claims.named.push(named.map(|named| named as u32));
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
                        hash: identity_hash(&identity.value),
                        value: identity.value.into_boxed_str(),
                        reach: identity.reach,
                    }));
            }
        }
        claims.scopes.insert(position, scopes);
        claims
    }

    /// What the instances of all states claim.
    pub(super) fn together(of_states: Vec<Claims>) -> Claims {
        let sum = |length: fn(&Claims) -> usize| of_states.iter().map(length).sum();
        let mut all = Claims {
            instances: Vec::with_capacity(sum(|claims| claims.instances.len())),
            named: Vec::with_capacity(sum(|claims| claims.named.len())),
            all: Vec::with_capacity(sum(|claims| claims.all.len())),
            scopes: HashMap::new(),
        };
        for claims in of_states {
            let first = all.instances.len() as u32;
            all.instances.extend(claims.instances);
            all.named.extend(claims.named);
            all.all.extend(claims.all.into_iter().map(|claim| Claim {
                instance: first + claim.instance,
                ..claim
            }));
            all.scopes.extend(claims.scopes);
        }
        all
    }

    /// The type of the instance that makes a claim, if it is referred to by name, and that type's number.
    pub(super) fn named(&self, claim: &Claim) -> Option<(usize, &'static NamedType)> {
        let number = self.named[claim.instance as usize]? as usize;
        Some((number, named::by_number(number)?))
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
    /// By the identity, in the shard of its hash.
    unique: Vec<Unique<'c>>,
    named: Named<'c>,
}

/// The owners of some identities.
type Unique<'c> = HashMap<Key<'c>, Owner<'c>, RandomState>;

/// The objects that are referred to by name.
#[derive(Debug, Default)]
struct Named<'c> {
    /// By the number of the type and the name.
    claims: HashMap<(usize, &'c str), Vec<&'c Claim>, RandomState>,
    /// Where each instance lies.
    scopes: HashMap<u32, Scope, RandomState>,
}

/// The instances whose object another state manages too.
type Doubtful = HashSet<u32, RandomState>;

impl<'c> Owners<'c> {
    /// Gives each identity to the one instance that claims it; what is owned twice owns nothing.
    pub(super) fn of(
        claims: &'c Claims,
        owned_twice: &[Pair],
        threads: NonZeroUsize,
    ) -> Owners<'c> {
        let doubtful: Doubtful = owned_twice.iter().map(|pair| pair.instance).collect();
        std::thread::scope(|scope| {
            let named = scope.spawn(|| Named::of(claims, &doubtful));
            let unique = shards::each(threads, |shard| unique(claims, &doubtful, shard));
            Owners {
                claims,
                unique,
                named: match named.join() {
                    Ok(named) => named,
                    Err(panic) => std::panic::resume_unwind(panic),
                },
            }
        })
    }

    /// The values that can make a link, and the states of their owners.
    pub(super) fn wanted(&self) -> WantedIdentities {
        let state = |claim: &Claim| self.claims.instance(claim).state as u32;
        let unique: usize = self.unique.iter().map(HashMap::len).sum();
        let mut wanted = WantedIdentities::with_room(unique + self.named.claims.len());
        for (key, owner) in self.unique.iter().flatten() {
            if let Owner::One(claim) = owner {
                wanted.add(key.hash, state(claim));
            }
        }
        for ((_, name), claims) in &self.named.claims {
            let hash = identity_hash(name);
            claims
                .iter()
                .for_each(|claim| wanted.add(hash, state(claim)));
        }
        wanted
    }

    /// Whether a value is someone's identity, and the claim of its owner where that is clear.
    pub(super) fn of_identity(&self, value: &str) -> Option<Option<&'c Claim>> {
        let key = Key {
            hash: identity_hash(value),
            value: comparable(value),
        };
        let shard = shards::number(key.hash, self.unique.len() as u64);
        match self.unique.get(shard as usize)?.get(&key)? {
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
        let claims = self.named.claims.get(&(number, name))?;
        let mut near = claims.iter().filter(|claim| {
            is_global || self.named.scopes.get(&claim.instance).is_some_and(scopes)
        });
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

/// Gives each identity of a shard to the instance that claims it.
fn unique<'c>(claims: &'c Claims, doubtful: &Doubtful, shard: Shard) -> Unique<'c> {
    let mut unique = Unique::default();
    let of_world = claims
        .all
        .iter()
        .filter(|claim| claim.reach == Reach::World);
    for claim in of_world.filter(|claim| shard.has(claim.hash)) {
        let claimed = match doubtful.contains(&claim.instance) {
            true => Owner::Unclear,
            false => Owner::One(claim),
        };
        unique
            .entry(Key::of(claim))
            .and_modify(|owner| *owner = owner.or(claimed, claims))
            .or_insert(claimed);
    }
    unique
}

impl<'c> Named<'c> {
    fn of(claims: &'c Claims, doubtful: &Doubtful) -> Named<'c> {
        let mut all = Named::default();
        for claim in &claims.all {
            let Some((number, named)) = claims.named(claim) else {
                continue;
            };
            if let Some(scope) = scope(claim.attribute, &claim.value) {
                all.scopes.entry(claim.instance).or_insert(scope);
            }
            let is_own = claim.reach != Reach::Borrowed && !doubtful.contains(&claim.instance);
            if let Some(name) = named.name(claim.attribute, &claim.value).filter(|_| is_own) {
                let same = all.claims.entry((number, name)).or_default();
                if !same.iter().any(|other| other.instance == claim.instance) {
                    same.push(claim);
                }
            }
        }
        all
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
