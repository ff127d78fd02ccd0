//! Why a producer is not known, each in one sentence.

use super::matches::Match;
use super::resolve::Loaded;
use super::target::Target;

pub(super) fn nothing_found(target: &Target) -> String {
    match &target.uri {
        Some(uri) => format!("no loaded state is at {uri}; add its copy as a source"),
        None if target.is_hidden => {
            "its configuration hides where the state lies, and no loaded state alone has the outputs \
            it copied; add that state as a source"
                .to_owned()
        }
        None => {
            "its configuration does not say where the state lies, and no loaded state alone has \
            the outputs it copied; add that state as a source"
                .to_owned()
        }
    }
}

fn place(target: &Target) -> &str {
    target.uri.as_deref().unwrap_or("the place it names")
}

pub(super) fn unreadable(one: &Loaded<'_>) -> String {
    format!("{} cannot be read; load_errors says why", one.uri)
}

pub(super) fn not_sure(target: &Target, found: &Match<'_, '_>) -> String {
    format!(
        "{} ends with {} as many states do, and its outputs do not agree; add the copy of {} as a source",
        found.loaded.name,
        found.layout.path.join("/"),
        place(target)
    )
}

pub(super) fn none_of_the_outputs(target: &Target, one: &Loaded<'_>) -> String {
    format!(
        "{} lies where a copy of {} would, but has none of the outputs that were copied; \
            add the right copy as a source",
        one.name,
        place(target)
    )
}

pub(super) fn contested(target: &Target, one: &Loaded<'_>) -> String {
    format!(
        "{} may be a copy of {} or of another place that is read, and its outputs do not agree; \
            add the copy of each in a folder of its bucket's or host's name",
        one.name,
        place(target)
    )
}

pub(super) fn shared_outputs(target: &Target, one: &Loaded<'_>) -> String {
    format!(
        "{} has the outputs of {} and of another place that is read; add the copy of each as a source",
        one.name,
        place(target)
    )
}

/// How many states an error names.
const NAMED: usize = 3;

pub(super) fn ambiguous(several: &[&Match<'_, '_>]) -> String {
    let layout = several
        .first()
        .map_or(String::new(), |found| found.layout.path.join("/"));
    let mut names: Vec<&str> = several
        .iter()
        .take(NAMED)
        .map(|found| found.loaded.name)
        .collect();
    if several.len() > NAMED {
        names.push("…");
    }
    format!(
        "several loaded states end with {layout}: {}; keep the copy of one as a source",
        names.join(", ")
    )
}
