//! No more of a document than is wanted, from sources that can tell its parts apart.

use std::borrow::Cow;
use std::sync::Arc;

use super::opening::Reading;
use super::{Cost, Extent, Inventory, Opened, StateFile, Workspace};
use crate::source::{Content, Found, fetch_stored};
use crate::store::Wanted;

/// How many documents are fetched together at most.
const DOCUMENTS: usize = 64;

/// How many bytes of states are fetched together, about; a larger state is fetched alone.
const BYTES: u64 = 8 << 20;

impl Inventory {
    /// Groups of these documents, in their order, each to be fetched together; most sources have none, and a
    /// document is a group of its own.
    pub fn groups(&self, files: &[usize], wanted: &Wanted) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut bytes = 0;
        for index in files {
            let Some(file) = self.files.get(*index) else {
                continue;
            };
            let size = match wanted.without_attributes {
                // What is left is a tenth or less.
                true => file.found.size / 10,
                false => file.found.size,
            };
            bytes += size;
            let last = groups.last_mut().filter(|group| {
                let beside = group.first().and_then(|first| self.files.get(*first));
                group.len() < DOCUMENTS
                    && bytes <= BYTES
                    && beside.is_some_and(|beside| are_beside(&beside.found, &file.found))
            });
            match last {
                Some(group) => group.push(*index),
                None => {
                    bytes = size;
                    groups.push(vec![*index]);
                }
            }
        }
        groups
    }

    /// Fetches what is wanted of documents of one group, to be given to [`open_fetched`](Self::open_fetched);
    /// `None` where they are read one by one.
    pub fn fetch(&self, files: &[usize], extent: Extent, wanted: &Wanted) -> Option<Vec<Content>> {
        let stored: Vec<_> = files
            .iter()
            .map(|index| match &self.files.get(*index)?.found.content {
                Content::Stored(stored) => Some(stored),
                _ => None,
            })
            .collect::<Option<_>>()?;
        Some(match fetch_stored(&stored, &self.wanted(extent, wanted)) {
            Ok(documents) => {
                let documents = documents.into_iter();
                documents
                    .map(|text| Content::Bytes(Arc::from(text.into_bytes())))
                    .collect()
            }
            Err(reason) => vec![Content::Unreadable(reason); files.len()],
        })
    }

    /// Opens a document of which the content was fetched, as [`open`](Self::open) does.
    pub fn open_fetched<T>(
        &self,
        file: &StateFile,
        content: Content,
        extent: Extent,
        workspace: &mut Workspace,
        visit: impl FnOnce(Opened<'_>) -> T,
    ) -> (T, Cost) {
        let found = Found {
            content,
            ..file.found.clone()
        };
        let reading = Reading {
            found: &found,
            verdict: &file.verdict,
        };
        self.read(reading, extent, workspace, visit)
    }

    /// The document, of which no more is fetched than is wanted.
    pub(super) fn wanting<'f>(
        &self,
        found: &'f Found,
        extent: Extent,
        wanted: &Wanted,
    ) -> Cow<'f, Found> {
        match &found.content {
            Content::Stored(stored) => Cow::Owned(Found {
                content: Content::Stored(stored.wanting(&Arc::new(self.wanted(extent, wanted)))),
                ..found.clone()
            }),
            _ => Cow::Borrowed(found),
        }
    }

    /// What is fetched for what is wanted. A part of a state does not tell what else its secrets are, so that a
    /// part comes as it was shown when it was written; names that the user calls secret were not known then.
    fn wanted(&self, extent: Extent, wanted: &Wanted) -> Wanted {
        let redaction = &self.options.redaction;
        let mut wanted = wanted.clone();
        if redaction.has_own_names() {
            wanted.instances.clear();
            wanted.limit = None;
        }
        let is_whole = wanted.instances.is_empty() && wanted.limit.is_none();
        let without_attributes = wanted.without_attributes || extent == Extent::Outline;
        // An output can be a secret that attributes repeat.
        let needs_secrets = is_whole && !without_attributes && !redaction.is_revealing();
        Wanted {
            exact: is_whole || redaction.is_revealing(),
            without_attributes,
            only_instances: wanted.only_instances && !needs_secrets,
            ..wanted
        }
    }
}

fn are_beside(one: &Found, other: &Found) -> bool {
    match (&one.content, &other.content) {
        (Content::Stored(one), Content::Stored(other)) => one.is_beside(other),
        _ => false,
    }
}
