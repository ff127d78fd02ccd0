//! Skimming one large document by several threads.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::format::Skim;
use crate::parallel;
use crate::source::{Anywhere, Buffer, PART, ReadError};

/// A document of fewer bytes is not worth further threads.
pub(super) const LARGE: u64 = 32 << 20;

/// How many bytes a thread skims apart from the others at a time: many, so that little of what is left of them is
/// cut in two; few, so that the threads end together. A multiple of [`PART`].
pub(super) const STRETCH: usize = 4 << 20;

/// How many bytes before a stretch are looked at for where it begins: a line or two, long ones too.
const LOOK_BACK: usize = 16 << 10;

/// A document that is being skimmed.
pub(super) struct Apart<'a> {
    /// It itself.
    pub(super) document: &'a Anywhere,
    /// The bytes of a stretch.
    pub(super) stretch: usize,
    /// How many threads work at it.
    pub(super) threads: NonZeroUsize,
    /// How many bytes were read.
    pub(super) bytes_read: AtomicUsize,
}

impl Apart<'_> {
    /// Skims the document to its end for its outline. Up to where the resources begin it is done in turn;
    /// then stretches are skimmed by each thread, and joined in their order. One of which was guessed wrongly
    /// where it begins is skimmed again, in turn.
    pub(super) fn skim(&self, skim: &mut Skim, buffer: &mut Buffer) -> Result<(), ReadError> {
        let mut place = 0;
        while !skim.is_in_resources() {
            if !self.in_turn(&mut place, skim, buffer)? {
                return Ok(());
            }
        }
        // Where lines do not tell how deep they lie, guessing for each stretch would be in vain.
        let is_told = Skim::behind(buffer.bytes()).is_some_and(|here| skim.join(here));
        let stretches = match is_told {
            true => self.stretches(place),
            false => Vec::new(),
        };
        for stretch in stretches {
            let end = place + self.stretch as u64;
            if stretch.is_some_and(|stretch| skim.join(stretch)) {
                place = end;
            }
            while place < end {
                if !self.in_turn(&mut place, skim, buffer)? {
                    return Ok(());
                }
            }
        }
        while self.in_turn(&mut place, skim, buffer)? {}
        Ok(())
    }

    /// What there is of each whole stretch behind a place, in their order; `None` of one that must be skimmed in
    /// turn.
    fn stretches(&self, first: u64) -> Vec<Option<Skim>> {
        let rest = self.document.size().saturating_sub(first);
        let count = usize::try_from(rest / self.stretch as u64).unwrap_or(0);
        let begins: Vec<u64> = (0..count)
            .map(|number| first + (number * self.stretch) as u64)
            .collect();
        // What cannot be read now is read in turn, and then it is told why not.
        parallel::map(self.threads, &begins, Buffer::default, |buffer, begin| {
            self.stretch(*begin, buffer).ok().flatten()
        })
    }

    /// What there is of the stretch that begins at a place; `None` where nothing tells how, or where the
    /// document turns out to end in it.
    fn stretch(&self, begin: u64, buffer: &mut Buffer) -> Result<Option<Skim>, ReadError> {
        let look_back = begin.min(LOOK_BACK as u64);
        let read = self
            .document
            .read(buffer, begin - look_back, look_back as usize)?;
        self.count(read);
        let Some(mut skim) = Skim::behind(buffer.bytes()) else {
            return Ok(None);
        };
        for part in (0..self.stretch).step_by(PART) {
            if self.part(begin + part as u64, buffer, &mut skim)? < PART {
                return Ok(None);
            }
        }
        skim.parse_ahead();
        Ok(Some(skim))
    }

    /// Skims the part at a place, and sets that behind it; gives whether the document goes on.
    fn in_turn(
        &self,
        place: &mut u64,
        skim: &mut Skim,
        buffer: &mut Buffer,
    ) -> Result<bool, ReadError> {
        let read = self.part(*place, buffer, skim)?;
        *place += read as u64;
        Ok(read == PART)
    }

    /// Skims the part at a place; gives how many bytes it has.
    fn part(&self, place: u64, buffer: &mut Buffer, skim: &mut Skim) -> Result<usize, ReadError> {
        let read = self.document.read(buffer, place, PART)?;
        self.count(read);
        skim.part(buffer.bytes());
        Ok(read)
    }

    fn count(&self, bytes: usize) {
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fmt::Write;
    use std::path::Path;

    use super::*;
    use crate::format::outline;
    use crate::source::{Content, Found};

    /// A state of three resources, in lines or in one, of about a megabyte.
    fn state(is_in_lines: bool) -> String {
        let instance = |key: usize| serde_json::json!({"index_key": key, "attributes": {"id": "x".repeat(300), "l": [{"a": ["}é"]}]}});
        let resource = |name: &str| {
            let instances: Vec<_> = (0..800).map(instance).collect();
            serde_json::json!({"mode": "managed", "type": "t", "name": name, "instances": instances})
        };
        let resources = ["a", "b", "c"].map(resource);
        let state = serde_json::json!({"version": 4, "serial": 1, "resources": resources});
        let mut text = String::new();
        let written = match is_in_lines {
            true => write!(text, "{state:#}"),
            false => write!(text, "{state}"),
        };
        written.expect("a text takes all");
        text
    }

    fn found(path: &Path, size: usize) -> Found {
        Found {
            path: "x".to_owned(),
            uri: "x".to_owned(),
            size: size as u64,
            modified: None,
            expected: true,
            content: Content::File(path.to_owned()),
            past: Vec::new(),
        }
    }

    /// The outline of a document by so many threads, and how often each byte was read.
    fn skimmed(text: &str, threads: usize) -> (String, f64) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.tfstate");
        std::fs::write(&path, text).expect("a new file");
        let document = found(&path, text.len()).anywhere(u64::MAX);
        let apart = Apart {
            document: &document.expect("a readable file").expect("a regular file"),
            stretch: PART,
            threads: NonZeroUsize::new(threads).expect("at least one thread"),
            bytes_read: AtomicUsize::new(0),
        };
        let (mut skim, mut buffer) = (Skim::default(), Buffer::default());
        skim.clear_for_outline();
        apart.skim(&mut skim, &mut buffer).expect("a readable file");
        let state = outline(&mut skim).expect("a state");
        let read = apart.bytes_read.into_inner() as f64 / text.len() as f64;
        (format!("{state:?}"), read)
    }

    #[test]
    fn several_threads_give_what_one_gives_and_read_each_byte_once() {
        let text = state(true);
        let mut whole = Skim::default();
        whole.part(text.as_bytes());
        let whole = outline(&mut whole).map(|state| format!("{state:?}"));
        for threads in [1, 3] {
            let (outline, read) = skimmed(&text, threads);
            assert!(Some(outline) == whole);
            assert!(read < 1.1, "{read}");
        }
    }

    #[test]
    fn a_document_without_lines_is_read_in_turn() {
        let text = state(false);
        let mut whole = Skim::default();
        whole.part(text.as_bytes());
        let whole = outline(&mut whole).map(|state| format!("{state:?}"));
        let (outline, read) = skimmed(&text, 2);
        assert!(Some(outline) == whole);
        assert!(read < 1.1, "{read}");
    }

    #[test]
    fn a_document_over_the_limit_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("x.tfstate");
        std::fs::write(&path, state(true)).expect("a new file");
        let found = found(&path, 1 << 20);
        assert_eq!(
            found.anywhere(1000).expect_err("it is too large").kind(),
            "too_large"
        );
    }
}
