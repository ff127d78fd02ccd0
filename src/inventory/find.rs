//! From what the sources hold to states with names, at the moment that is asked about.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use super::lives::{Known, Life};
use super::names::{self, Naming};
use super::{SourceSpec, StateFile, dated, fallback_name, lives};
use crate::source::{AsOf, Content, Discovery, Found, Live, Past, Span, kept, starts};

/// What was found so far.
#[derive(Default)]
pub(super) struct Finds<'s> {
    documents: Vec<(&'s SourceSpec, &'s str, Found)>,
    seen: HashSet<String>,
    pub(super) skipped: Vec<(String, &'static str)>,
    pub(super) notes: Vec<String>,
    pub(super) live: Vec<Arc<dyn Live>>,
}

impl<'s> Finds<'s> {
    /// Adds what one source holds.
    pub(super) fn add(&mut self, source: &'s SourceSpec, name: &'s str, discovery: Discovery) {
        self.skipped.extend(discovery.skipped);
        self.notes.extend(discovery.notes);
        self.live.extend(discovery.live);
        let found = match &source.labels {
            Some(labels) => dated::grouped(labels, discovery.found, &mut self.notes),
            None => discovery.found,
        };
        for document in found {
            if self.seen.insert(document.uri.clone()) {
                self.documents.push((source, name, document));
            } else {
                self.skipped
                    .push((document.uri, "found at another source already"));
            }
        }
    }

    /// The states and their versions at the moment that is asked about.
    pub(super) fn settle(&mut self, span: &Span) -> (Vec<StateFile>, Vec<Known>) {
        let mut unknown = 0;
        let mut undated = 0;
        let mut alive = Vec::new();
        let mut gone = Vec::new();
        for (spec, source, mut found) in self.documents.drain(..) {
            if let Content::Stored(stored) = &found.content
                && matches!(span.as_of, Some(AsOf::Version(_) | AsOf::Commit(_)))
            {
                // Only what is counted or named by its commit needs to be told apart from the others now.
                match stored.past(&found) {
                    Ok(past) => found.past = past,
                    Err(reason) => self.notes.push(reason),
                }
            }
            let mut past = std::mem::take(&mut found.past);
            let is_plain = past.is_empty();
            if is_plain {
                past.push(found.now());
            }
            if is_plain && is_undated(&found, span) {
                undated += 1;
                continue;
            }
            let Some(narrowed) = Narrowed::of(&mut past, &found.content, span) else {
                let is_known = matches!(span.as_of, Some(AsOf::Time(_))) && was_made_later(&past);
                unknown += usize::from(found.expected && !is_known);
                continue;
            };
            let Narrowed {
                starts,
                is_told_from_there,
            } = narrowed;
            if is_plain {
                // Most documents have no history: they are versions only where someone asks for any.
                alive.push(Settled {
                    spec,
                    source,
                    found,
                    past: Vec::new(),
                    starts: Vec::new(),
                    is_told_from_there: false,
                });
                continue;
            }
            let is_gone = past
                .last()
                .is_none_or(|newest| matches!(newest.content, Content::Gone));
            let one = Settled {
                spec,
                source,
                found,
                past,
                starts,
                is_told_from_there,
            };
            match is_gone {
                true => gone.push(one),
                false => alive.push(one),
            }
        }
        if unknown > 0
            && let Some(as_of) = &span.as_of
        {
            self.notes.push(unknown_then(unknown, as_of));
        }
        if undated > 0 {
            self.notes.push(format!(
                "{} left out: in a database that does not tell when they were written (track_commit_timestamp is off)",
                states(undated)
            ));
        }
        let alive_count = alive.len();
        alive.extend(gone);
        let names = names(&alive, alive_count);
        let mut files = Vec::with_capacity(alive_count);
        let mut found_lives = Vec::with_capacity(alive.len());
        for (position, (name, settled)) in names.into_iter().zip(alive).enumerate() {
            let Settled {
                spec,
                source,
                found,
                past,
                starts,
                is_told_from_there,
            } = settled;
            let path = past.last().map_or(&found.path, |newest| &newest.path);
            let labels = spec.labels.as_ref().map(|labels| labels.labels(path));
            if past.is_empty() {
                let place = place(&found, &past);
                found_lives.push(Known::Plain(files.len()));
                files.push(StateFile {
                    id: super::id(&place),
                    name,
                    workspace: match found.workspace() {
                        Some(workspace) => workspace.to_owned(),
                        None => names::workspace(&place),
                    },
                    source: source.to_owned(),
                    backend: found.backend(),
                    labels: labels.unwrap_or_default(),
                    found,
                    place,
                    plan: None,
                    verdict: Arc::default(),
                });
                continue;
            }
            let place = place(&found, &past);
            let mut life = Life {
                id: super::id(&place),
                name,
                workspace: names::workspace(&place),
                source: source.to_owned(),
                labels: labels.unwrap_or_default(),
                versions: Vec::with_capacity(past.len()),
                file: (position < alive_count).then_some(position),
                is_told_from_there,
                headers: OnceLock::new(),
            };
            life.take(past, starts, found.expected);
            if position < alive_count
                && let Some(newest) = life.versions.last()
            {
                files.push(StateFile {
                    id: life.id.clone(),
                    name: life.name.clone(),
                    workspace: life.workspace.clone(),
                    source: life.source.clone(),
                    backend: newest.found.backend(),
                    labels: life.labels.clone(),
                    found: newest.found.clone(),
                    place,
                    plan: None,
                    verdict: Arc::clone(&newest.verdict),
                });
            }
            found_lives.push(Known::Life(Box::new(life)));
        }
        (files, found_lives)
    }
}

/// A document and the versions of it that are asked for.
struct Settled<'s> {
    spec: &'s SourceSpec,
    source: &'s str,
    found: Found,
    past: Vec<Past>,
    /// When each of them began to hold.
    starts: Vec<Option<SystemTime>>,
    /// Whether nothing is known to have changed with the first of them.
    is_told_from_there: bool,
}

/// A name for each: those of states that are gone never change those of the others.
fn names(documents: &[Settled<'_>], alive: usize) -> Vec<String> {
    let namings: Vec<Naming<'_>> = documents
        .iter()
        .map(|Settled { source, found, .. }| Naming {
            plain: names::plain_name(&found.path, &fallback_name(source, found)),
            source,
            path: &found.path,
            uri: &found.uri,
        })
        .collect();
    let mut unique = names::unique(&namings[..alive]);
    let of_all = names::unique(&namings);
    let mut taken: HashSet<String> = unique.iter().cloned().collect();
    for (position, name) in of_all.into_iter().enumerate().skip(alive) {
        let name = match taken.contains(&name) {
            true => namings[position].uri.to_owned(),
            false => name,
        };
        taken.insert(name.clone());
        unique.push(name);
    }
    unique
}

/// Where a state lies, as the places of copies are compared with it: a store keeps it by a name, under which
/// its file lay in a folder of its own.
fn place(found: &Found, past: &[Past]) -> String {
    let is_stored = |content: &Content| matches!(content, Content::Stored(_));
    match is_stored(&found.content) || past.iter().any(|past| is_stored(&past.content)) {
        true => format!("{}/terraform.tfstate", found.uri),
        false => found.uri.clone(),
    }
}

/// Whether it is known that a document was not there before its first version: the commit made it.
fn was_made_later(past: &[Past]) -> bool {
    let is_commit = |first: &Past| matches!(first.content, Content::Blob(_));
    past.first()
        .is_some_and(|first| is_commit(first) && first.recorded.at.is_some())
}

/// The versions of a document that are asked for.
pub(super) struct Narrowed {
    /// When each of them began to hold.
    pub(super) starts: Vec<Option<SystemTime>>,
    /// Whether nothing is known to have changed with the first of them.
    pub(super) is_told_from_there: bool,
}

impl Narrowed {
    /// Leaves those of `past` that are asked for; `None` where nothing is known of the document then.
    pub(super) fn of(past: &mut Vec<Past>, content: &Content, span: &Span) -> Option<Narrowed> {
        let range = wanted(past, content, span)?;
        let starts = starts(past.iter());
        let start = starts.get(range.start).copied().flatten();
        let begins_before = lives::began_before(start, span.since);
        let is_told_from_there = range.start > 0 || begins_before;
        past.truncate(range.end);
        past.drain(..range.start);
        Some(Narrowed {
            starts: starts[range].to_vec(),
            is_told_from_there,
        })
    }
}

/// Which of a document's versions are asked for; `None` where nothing is known of it then.
fn wanted(past: &[Past], content: &Content, span: &Span) -> Option<Range<usize>> {
    if matches!(content, Content::Unreadable(_)) {
        // That a source cannot be read is said whatever the moment.
        return Some(0..past.len());
    }
    let starts = starts(past.iter());
    let end = match &span.as_of {
        None => past.len(),
        Some(AsOf::Time(time)) => held_at(&starts, *time)? + 1,
        Some(AsOf::Commit(commit)) => made_from(past, commit)?,
        Some(AsOf::Version(_)) => past.len(),
    };
    let mut range = kept(&starts[..end], span);
    if let Some(AsOf::Version(number)) = span.as_of {
        let number = usize::try_from(number).ok()?;
        range.end = (number >= 1 && number <= range.len()).then(|| range.start + number)?;
    }
    Some(range)
}

/// How many versions there were with a commit; `None` where nothing tells.
fn made_from(past: &[Past], commit: &str) -> Option<usize> {
    let is_stored = |version: &Past| matches!(version.content, Content::Stored(_));
    if past.iter().any(is_stored) {
        // A store tells of each version the commit that it was made from.
        let is_of_it = |version: &Past| {
            let made_from = version.recorded.commit.as_deref();
            made_from.is_some_and(|of| of.starts_with(commit))
        };
        return past.iter().rposition(is_of_it).map(|last| last + 1);
    }
    // A history was walked from that commit on; nothing else has commits.
    let is_committed = |version: &Past| matches!(version.content, Content::Blob(_) | Content::Gone);
    past.iter().any(is_committed).then_some(past.len())
}

/// The version that held at a time.
fn held_at(starts: &[Option<SystemTime>], time: SystemTime) -> Option<usize> {
    starts
        .iter()
        .rposition(|start| start.is_none_or(|start| start <= time))
}

/// Whether nobody knows if a row was there at the time that is asked about.
fn is_undated(found: &Found, span: &Span) -> bool {
    matches!(found.content, Content::Row(_))
        && matches!(span.as_of, Some(AsOf::Time(_)))
        && found.modified.is_none()
}

fn states(count: usize) -> String {
    match count {
        1 => "1 state".to_owned(),
        count => format!("{count} states"),
    }
}

fn unknown_then(count: usize, as_of: &AsOf) -> String {
    let states = states(count);
    match as_of {
        AsOf::Time(_) => format!(
            "{states} left out: written later than --as-of, and nothing is known of what was there before"
        ),
        AsOf::Commit(commit) => {
            format!("{states} left out: nothing is known of them at the commit {commit}")
        }
        AsOf::Version(number) => format!("{states} left out: without a version {number}"),
    }
}
