//! What one version of a state holds, as far as it tells changes from the version before.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::change::{Action, Change};
use crate::format::{self, Digest, Digester, Instance, Mode, Resource, State};

/// How contents are told from each other, the same for all versions of a survey.
#[derive(Default)]
pub(super) struct Telling {
    spelling: RandomState,
    digester: Digester,
}

/// The objects of one version, by their addresses; a deposed one by its key, too.
#[derive(Default)]
pub(super) struct Snapshot(HashMap<Arc<str>, Arc<Object>, RandomState>);

/// One object as it is in a version.
struct Object {
    address: Arc<str>,
    deposed: Option<Arc<str>>,
    type_name: Arc<str>,
    is_tainted: bool,
    spelling: u64,
    content: Digest,
    /// Stands for the real object; `None` for a data source, which has none of its own.
    object: Option<Digest>,
}

impl Snapshot {
    /// What a state holds. What is as it was in `before` is not looked into.
    pub(super) fn of(state: &State<'_>, before: &Snapshot, telling: &Telling) -> Snapshot {
        let mut objects = HashMap::with_capacity_and_hasher(before.0.len(), RandomState::default());
        let mut name = String::new();
        for resource in &state.resources {
            name.clear();
            let _ = write!(name, "{}", resource.address);
            let length = name.len();
            for instance in &resource.instances {
                name.truncate(length);
                if let Some(key) = &instance.key {
                    let _ = write!(name, "{key}");
                }
                let address = name.len();
                if let Some(deposed) = &instance.deposed {
                    let _ = write!(name, " (deposed {deposed})");
                }
                let (name, object) = match before.0.get_key_value(name.as_str()) {
                    Some((name, known)) => {
                        let object = known.now(resource, instance, telling);
                        (Arc::clone(name), object)
                    }
                    None => {
                        let address = Arc::from(&name[..address]);
                        let object = Object::new(address, resource, instance, telling);
                        (Arc::from(name.as_str()), Arc::new(object))
                    }
                };
                objects.insert(name, object);
            }
        }
        Snapshot(objects)
    }

    /// What is another since `before`, ordered by address. `version` and `since` are the positions of
    /// the two; `is_gone` says that the state itself was removed.
    pub(super) fn changes(
        &self,
        before: &Snapshot,
        version: usize,
        since: Option<usize>,
        is_gone: bool,
    ) -> Vec<Change> {
        let change = |object: &Object, action| Change {
            version,
            since,
            action,
            address: Arc::clone(&object.address),
            deposed: object.deposed.clone(),
            type_name: Arc::clone(&object.type_name),
            is_base: false,
            from: None,
            to: None,
            object: object.object.filter(|_| object.deposed.is_none()),
            replaced: None,
        };
        let mut changes = Vec::new();
        for (name, object) in &self.0 {
            let action = match before.0.get(name) {
                Some(known) if Arc::ptr_eq(known, object) => None,
                Some(known) => object.action_since(known),
                None if object.deposed.is_some() => Some(Action::Depose),
                None => Some(Action::Create),
            };
            changes.extend(action.map(|action| Change {
                replaced: match action {
                    Action::Replace => before.0.get(name).and_then(|known| known.object),
                    _ => None,
                },
                ..change(object, action)
            }));
        }
        let ended = match is_gone {
            true => Action::Forget,
            false => Action::Delete,
        };
        let gone = before
            .0
            .iter()
            .filter(|(name, _)| !self.0.contains_key(*name));
        changes.extend(gone.map(|(_, object)| change(object, ended)));
        changes.sort_by(|one, other| {
            (&one.address, &one.deposed).cmp(&(&other.address, &other.deposed))
        });
        changes
    }

    /// How many objects there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Object {
    fn new(
        address: Arc<str>,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        telling: &Telling,
    ) -> Object {
        Object {
            address,
            deposed: instance.deposed.as_deref().map(Arc::from),
            type_name: Arc::from(resource.address.type_name.as_str()),
            is_tainted: instance.tainted,
            spelling: format::spelling(resource, instance, &telling.spelling),
            content: format::content(resource, instance, &telling.digester),
            object: match resource.mode() {
                Mode::Managed => format::object_key(resource, instance, &telling.digester),
                Mode::Data => None,
            },
        }
    }

    /// What stands at this address in the next version: the same, where it is written the same.
    fn now(
        self: &Arc<Self>,
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        telling: &Telling,
    ) -> Arc<Object> {
        let spelling = format::spelling(resource, instance, &telling.spelling);
        if spelling == self.spelling && instance.tainted == self.is_tainted {
            return Arc::clone(self);
        }
        let address = Arc::clone(&self.address);
        let now = Object::new(address, resource, instance, telling);
        Arc::new(Object {
            type_name: Arc::clone(&self.type_name),
            ..now
        })
    }

    /// What happened to it since an earlier version.
    fn action_since(&self, before: &Object) -> Option<Action> {
        let is_replaced = match (self.object, before.object) {
            (Some(now), Some(then)) => now != then,
            _ => false,
        };
        match (before.is_tainted, self.is_tainted) {
            _ if is_replaced => Some(Action::Replace),
            (false, true) => Some(Action::Taint),
            (true, false) => Some(Action::Untaint),
            _ if self.content != before.content => Some(Action::Update),
            _ => None,
        }
    }
}
