//! How the outputs of a state agree with those that were copied.

use super::resolve::Content;
use crate::format::{CopiedOutput, Weight};

/// The outputs that did not come from `defaults`.
pub(super) fn real(copied: &[CopiedOutput]) -> impl Iterator<Item = &CopiedOutput> {
    copied.iter().filter(|output| !output.is_default)
}

/// How a state's outputs agree with those copied.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    /// Whether it has all of them, and there are any.
    pub(super) has_all: bool,
    /// Whether all of them are equal, those that say nothing too.
    pub(super) is_whole: bool,
    /// How many distinctive ones are equal.
    pub(super) equal: usize,
    /// How many of the equal ones name one object.
    pub(super) unique: usize,
    /// How many that stand in two states by chance only are not equal.
    pub(super) different: usize,
}

impl Agreement {
    /// Whether the state has all copied outputs and most of the distinctive ones are equal.
    fn is_agreed(&self) -> bool {
        self.has_all && self.equal > self.different
    }

    /// Whether the state can be told from all others by it: it has the id of an object, or two names
    /// and no output that differs.
    pub(super) fn identifies(&self) -> bool {
        let is_told = self.unique > 0 || (self.is_whole && self.equal > 1);
        self.has_all && self.different == 0 && is_told
    }
}

pub(super) fn agreement(copied: &[CopiedOutput], content: Content<'_>) -> Agreement {
    let Content::Outputs(produced) = content else {
        return Agreement::default();
    };
    let is_any = real(copied).next().is_some();
    let mut agreement = Agreement {
        has_all: is_any,
        is_whole: is_any,
        ..Agreement::default()
    };
    for output in real(copied) {
        let own = produced.output(&output.name);
        let is_equal = own.is_some_and(|own| output.equals(own));
        agreement.has_all &= own.is_some();
        agreement.is_whole &= is_equal;
        if is_equal {
            agreement.equal += usize::from(output.weight >= Weight::Distinctive);
            agreement.unique += usize::from(output.weight == Weight::Unique);
        } else if own.is_some() {
            agreement.different += usize::from(output.weight > Weight::None);
        }
    }
    agreement
}

/// Whether a state has all copied outputs and most of the distinctive ones are equal.
pub(super) fn agrees(copied: &[CopiedOutput], content: Content<'_>) -> bool {
    agreement(copied, content).is_agreed()
}

/// Whether a state has all copied outputs, of whatever values.
pub(super) fn has_all(copied: &[CopiedOutput], content: Content<'_>) -> bool {
    agreement(copied, content).has_all
}

/// Whether copied outputs differ from a state's, and none speaks for it.
pub(super) fn contradicts(copied: &[CopiedOutput], content: Content<'_>) -> bool {
    let agreement = agreement(copied, content);
    agreement.different > 0 && agreement.equal == 0
}

/// Whether outputs were copied of which a state has none.
pub(super) fn are_disjoint(copied: &[CopiedOutput], content: Content<'_>) -> bool {
    let Content::Outputs(produced) = content else {
        return false;
    };
    let mut names = real(copied).map(|output| &output.name).peekable();
    names.peek().is_some() && names.all(|name| produced.output(name).is_none())
}
