//! Memory that documents are read into.

use std::io::{self, ErrorKind, Read};

/// Where what is read begins: at the beginning of a cache line. To any other place the system copies
/// several times as slowly.
const ALIGNMENT: usize = 64;

/// How much memory is added when a document turns out to be longer than its size said.
const MORE: usize = 64 << 10;

/// Memory for a document or a part of one, used again for the next.
#[derive(Debug, Default)]
pub struct Buffer {
    memory: Vec<u8>,
    start: usize,
    length: usize,
}

impl Buffer {
    /// What was read.
    pub fn bytes(&self) -> &[u8] {
        &self.memory[self.start..self.start + self.length]
    }

    /// Makes room for so many bytes, those that were read among them.
    pub(super) fn make_room(&mut self, room: usize) {
        if self.start + room > self.memory.len() {
            let read = self.bytes().to_vec();
            self.clear(room);
            self.memory[self.start..self.start + read.len()].copy_from_slice(&read);
            self.length = read.len();
        }
    }

    /// Forgets what was read, and makes room for so many bytes.
    pub(super) fn clear(&mut self, room: usize) {
        self.length = 0;
        if self.memory.len() < room.saturating_add(ALIGNMENT) {
            // Nothing of what is there is wanted, so nothing need be copied.
            self.memory = Vec::new();
            self.memory.resize(room.saturating_add(ALIGNMENT), 0);
        }
        let offset = self.memory.as_ptr().align_offset(ALIGNMENT);
        // An offset that cannot be told costs time and nothing else.
        self.start = if offset < ALIGNMENT { offset } else { 0 };
    }

    /// Appends the next `most` bytes, fewer only where they end. Gives how many.
    pub(super) fn append(&mut self, reader: &mut impl Read, most: u64) -> io::Result<u64> {
        let mut read = 0;
        while read < most {
            let end = self.start + self.length;
            if end == self.memory.len() {
                self.memory.resize(end + MORE.max(end / 2), 0);
            }
            let room = self.memory.len() - end;
            let wanted = usize::try_from(most - read).map_or(room, |left| left.min(room));
            match reader.read(&mut self.memory[end..end + wanted]) {
                Ok(0) => break,
                Ok(count) => {
                    self.length += count;
                    read += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }
}
