//! What was decoded last of a pack, which is what the next older version is told from.

use std::collections::VecDeque;

use gix::objs::Kind;
use gix::odb::pack::cache::DecodeEntry;

/// How many bytes are kept at most, but for one object of any size.
const LIMIT: usize = 48 << 20;

/// The objects of packs that were made last, newest last.
#[derive(Default)]
pub(super) struct Bases {
    kept: VecDeque<Base>,
    bytes: usize,
}

struct Base {
    pack: u32,
    offset: u64,
    kind: Kind,
    packed_size: usize,
    data: Vec<u8>,
}

impl DecodeEntry for Bases {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: Kind, packed_size: usize) {
        let mut memory = Vec::new();
        self.bytes += data.len();
        while self.bytes > LIMIT
            && let Some(oldest) = self.kept.pop_front()
        {
            self.bytes -= oldest.data.len();
            memory = oldest.data;
        }
        memory.clear();
        memory.extend_from_slice(data);
        self.kept.push_back(Base {
            pack,
            offset,
            kind,
            packed_size,
            data: memory,
        });
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let is_wanted = |base: &Base| base.pack == pack && base.offset == offset;
        let base = self.kept.iter().rev().find(|base| is_wanted(base))?;
        out.clear();
        out.extend_from_slice(&base.data);
        Some((base.kind, base.packed_size))
    }
}
