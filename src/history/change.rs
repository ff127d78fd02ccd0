//! One change of one object.

use std::sync::Arc;

use crate::format::Digest;

/// That one object is another than in the version before.
#[derive(Debug, Clone)]
pub struct Change {
    /// The position, among the versions of its state, of the one that has it first.
    pub version: usize,
    /// The position of the version that it is told from; `None` where there was none.
    pub since: Option<usize>,
    /// What happened.
    pub action: Action,
    /// The object's address; where it left, the one it had.
    pub address: Arc<str>,
    /// The key of a deposed object.
    pub deposed: Option<Arc<str>>,
    /// Its resource type.
    pub type_name: Arc<str>,
    /// Whether it only says what there was when what is known begins: nothing is known to have changed.
    pub is_base: bool,
    /// Where it was before a move.
    pub from: Option<Origin>,
    /// Where it went, into another state.
    pub to: Option<Place>,
    /// Stands for the real object of a managed instance, where it tells one.
    pub(super) object: Option<Digest>,
    /// Stands for the real object that stood there before a replacement.
    pub(super) replaced: Option<Digest>,
}

/// What happened to an object, as far as two versions of a state tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It appears: it was created or imported.
    Create,
    /// Its attributes are others.
    Update,
    /// Another real object stands at its address.
    Replace,
    /// It is marked for replacement.
    Taint,
    /// It no longer is.
    Untaint,
    /// It waits to be destroyed, replaced already.
    Depose,
    /// The same real object has another address, in this state or another.
    Move,
    /// It is no longer there: it was destroyed, or the state made to forget it.
    Delete,
    /// The state itself was removed.
    Forget,
}

impl Action {
    /// The word for it in SQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Replace => "replace",
            Action::Taint => "taint",
            Action::Untaint => "untaint",
            Action::Depose => "depose",
            Action::Move => "move",
            Action::Delete => "delete",
            Action::Forget => "forget",
        }
    }

    /// Whether the object is no longer at its address afterwards.
    pub fn ends(self) -> bool {
        matches!(self, Action::Delete | Action::Forget)
    }
}

/// An address in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The position of the state among those with versions.
    pub life: usize,
    /// The address.
    pub address: Arc<str>,
}

/// Where an object was before it moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The state and address.
    pub place: Place,
    /// The position of the version of that state that holds it there.
    pub version: usize,
}

impl Change {
    /// Whether the object is no longer at its address afterwards.
    pub fn ends(&self) -> bool {
        self.action.ends() || self.to.is_some()
    }
}
