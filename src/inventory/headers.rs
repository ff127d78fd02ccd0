//! What each version says of itself, read once and remembered.

use std::sync::atomic::Ordering;

use super::opening::{not_read, refused};
use super::{Inventory, Life, Version, Workspace};
use crate::format::{self, Document};
use crate::source::Content;

/// What a version says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// The state's serial; `None` where the version is gone, cannot be read, or has none.
    pub serial: Option<u64>,
    /// The state's lineage.
    pub lineage: Option<String>,
    /// Stands for the bytes as they are recorded; zeros where the version is gone or cannot be read.
    /// The same content may be recorded in other bytes: [`Inventory::forks`] compares what they say.
    pub hash: [u8; 32],
}

impl Inventory {
    /// What each version of a state says of itself, in their order. They are read, one at a time, when
    /// this is first asked.
    pub fn headers<'l>(&self, life: &'l Life) -> &'l [Header] {
        life.headers.get_or_init(|| {
            let mut workspace = Workspace::default();
            // Repositories keep what is older as its difference from what is newer.
            let newest_first = life.versions.iter().rev();
            let headers = newest_first.map(|version| self.header(version, &mut workspace));
            let mut headers: Vec<Header> = headers.collect();
            headers.reverse();
            headers
        })
    }

    fn header(&self, version: &Version, workspace: &mut Workspace) -> Header {
        if matches!(version.found.content, Content::Gone) {
            return Header::default();
        }
        let Workspace { buffer, skim, .. } = workspace;
        let limit = self.options.max_size;
        let read = version.found.read(buffer, limit, format::might_be_state);
        self.progress.files.fetch_add(1, Ordering::Relaxed);
        if let Some(outcome) = not_read(read) {
            self.settle(&version.verdict, outcome);
            return Header::default();
        }
        let bytes = buffer.bytes();
        self.count(bytes.len());
        let hash = blake3::hash(bytes).into();
        let document = format::read_lazily(bytes, skim);
        if let Err(error) = &document {
            self.settle(&version.verdict, refused(&version.found, error));
        }
        let (serial, lineage) = serial_and_lineage(document.ok());
        Header {
            serial,
            lineage,
            hash,
        }
    }
}

fn serial_and_lineage(document: Option<Document<'_>>) -> (Option<u64>, Option<String>) {
    match document {
        Some(Document::State(state)) => (state.serial, state.lineage.map(Into::into)),
        Some(Document::Encrypted(encrypted)) => (encrypted.serial, encrypted.lineage),
        Some(Document::Plan(_) | Document::NotState(_)) | None => (None, None),
    }
}

/// The lineage of the state that bytes are, where they are one that has a lineage.
pub(super) fn lineage(bytes: &[u8]) -> Option<String> {
    let mut skim = format::Skim::default();
    serial_and_lineage(format::read_lazily(bytes, &mut skim).ok()).1
}
