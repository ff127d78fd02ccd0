//! What was decoded last of a pack, which is what the next older version is told from.

use std::collections::{HashMap, VecDeque};

use gix::objs::Kind;
use gix::odb::pack::cache::DecodeEntry;

/// How many bytes are kept at most, but for one object of any size.
const LIMIT: usize = 48 << 20;

/// The objects of packs that were made last.
#[derive(Default)]
pub(super) struct Bases {
    kept: HashMap<Place, Base>,
    /// Where they lie, in the order in which they were made.
    order: VecDeque<Place>,
    bytes: usize,
}

/// A pack and a position in it.
type Place = (u32, u64);

struct Base {
    kind: Kind,
    packed_size: usize,
    data: Vec<u8>,
}

impl DecodeEntry for Bases {
    fn put(&mut self, pack: u32, offset: u64, data: &[u8], kind: Kind, packed_size: usize) {
        let place = (pack, offset);
        if self.kept.contains_key(&place) {
            return;
        }
        let mut memory = Vec::new();
        self.bytes += data.len();
        while self.bytes > LIMIT
            && let Some(oldest) = self.order.pop_front()
        {
            if let Some(oldest) = self.kept.remove(&oldest) {
                self.bytes -= oldest.data.len();
                memory = oldest.data;
            }
        }
        memory.clear();
        memory.extend_from_slice(data);
        self.order.push_back(place);
        let base = Base {
            kind,
            packed_size,
            data: memory,
        };
        self.kept.insert(place, base);
    }

    fn get(&mut self, pack: u32, offset: u64, out: &mut Vec<u8>) -> Option<(Kind, usize)> {
        let base = self.kept.get(&(pack, offset))?;
        out.clear();
        out.extend_from_slice(&base.data);
        Some((base.kind, base.packed_size))
    }
}
