//! How the outputs of a state agree with those that were copied.

use super::resolve::Content;
use crate::format::CopiedOutput;

/// The outputs that did not come from `defaults`.
pub(super) fn real(copied: &[CopiedOutput]) -> impl Iterator<Item = &CopiedOutput> {
    copied.iter().filter(|output| !output.is_default)
}

/// How a state's outputs agree with those copied.
pub(super) struct Agreement {
    /// Whether it has all of them, and there are any.
    pub(super) has_all: bool,
    /// How many distinctive ones are equal.
    pub(super) equal: usize,
    /// How many distinctive ones are not.
    pub(super) different: usize,
}

pub(super) fn agreement(copied: &[CopiedOutput], content: Content<'_>) -> Agreement {
    let mut agreement = Agreement {
        has_all: false,
        equal: 0,
        different: 0,
    };
    let Content::Outputs(produced) = content else {
        return agreement;
    };
    agreement.has_all = real(copied).next().is_some();
    for output in real(copied) {
        match produced.output(&output.name) {
            None => agreement.has_all = false,
            Some(_) if !output.is_distinctive => {}
            Some(own) if output.equals(own) => agreement.equal += 1,
            Some(_) => agreement.different += 1,
        }
    }
    agreement
}

/// Whether a state has all copied outputs and most of the distinctive ones are equal.
pub(super) fn agrees(copied: &[CopiedOutput], content: Content<'_>) -> bool {
    let agreement = agreement(copied, content);
    agreement.has_all && agreement.equal > agreement.different
}

/// Whether outputs were copied of which a state has none.
pub(super) fn are_disjoint(copied: &[CopiedOutput], content: Content<'_>) -> bool {
    let Content::Outputs(produced) = content else {
        return false;
    };
    let mut names = real(copied).map(|output| &output.name).peekable();
    names.peek().is_some() && names.all(|name| produced.output(name).is_none())
}
