//! What stands for all that a version holds, without looking at all of it.

use super::key::{Fingerprint, PartKey};
use crate::format::ResourceKey;

/// How many numbers a sum is.
const LANES: usize = 4;

/// Stands for a set of parts, whatever their order: the sum of the hashes of each part's key and fingerprint.
/// What a commit changes is taken off and added, so that its cost is that of the commit.
///
/// It shows damage, not malice: someone who can choose the parts could find two sets with one sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ContentSum([u64; LANES]);

impl ContentSum {
    /// With one more part.
    pub fn add(&mut self, key: &PartKey, fingerprint: Fingerprint) {
        for (lane, number) in self.0.iter_mut().zip(numbers(key, fingerprint)) {
            *lane = lane.wrapping_add(number);
        }
    }

    /// Without a part that it has.
    pub fn remove(&mut self, key: &PartKey, fingerprint: Fingerprint) {
        for (lane, number) in self.0.iter_mut().zip(numbers(key, fingerprint)) {
            *lane = lane.wrapping_sub(number);
        }
    }

    /// With all parts of another sum; without those that were taken off there.
    pub fn join(&mut self, other: ContentSum) {
        for (lane, number) in self.0.iter_mut().zip(other.0) {
            *lane = lane.wrapping_add(number);
        }
    }

    /// As a database keeps it.
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let (lanes, _) = bytes.as_chunks_mut();
        for (lane, number) in lanes.iter_mut().zip(self.0) {
            *lane = number.to_le_bytes();
        }
        bytes
    }

    /// What [`to_bytes`](Self::to_bytes) gave.
    pub fn from_bytes(bytes: [u8; 32]) -> ContentSum {
        let (lanes, _) = bytes.as_chunks();
        let number = |lane| lanes.get(lane).copied().map_or(0, u64::from_le_bytes);
        ContentSum(std::array::from_fn(number))
    }
}

impl<'p> FromIterator<(&'p PartKey, Fingerprint)> for ContentSum {
    fn from_iter<I: IntoIterator<Item = (&'p PartKey, Fingerprint)>>(parts: I) -> ContentSum {
        let mut sum = ContentSum::default();
        for (key, fingerprint) in parts {
            sum.add(key, fingerprint);
        }
        sum
    }
}

/// The hash of a part as numbers.
fn numbers(key: &PartKey, fingerprint: Fingerprint) -> [u64; LANES] {
    let mut hasher = blake3::Hasher::new();
    for text in texts(key) {
        // No text is as long as what stands for one that is not there.
        let length = text.map_or(u64::MAX, |text| text.len() as u64);
        hasher.update(&length.to_le_bytes());
        hasher.update(text.unwrap_or_default().as_bytes());
    }
    hasher.update(&fingerprint.0);
    ContentSum::from_bytes(hasher.finalize().into()).0
}

/// What a key consists of, after a word for its kind.
fn texts(key: &PartKey) -> [Option<&str>; 7] {
    match key {
        PartKey::Top(name) => [Some("top"), Some(name), None, None, None, None, None],
        PartKey::Output(name) => [Some("output"), Some(name), None, None, None, None, None],
        PartKey::Check {
            object_kind,
            config_addr,
        } => [
            Some("check"),
            Some(object_kind),
            Some(config_addr),
            None,
            None,
            None,
            None,
        ],
        PartKey::Resource(key) => of_resource("resource", key),
        PartKey::Object(key) => {
            let [kind, module, mode, type_name, name, ..] = of_resource("object", &key.resource);
            let (index, deposed) = (key.index.as_deref(), key.deposed.as_deref());
            [kind, module, mode, type_name, name, index, deposed]
        }
    }
}

fn of_resource<'k>(kind: &'k str, key: &'k ResourceKey) -> [Option<&'k str>; 7] {
    let module = key.module.as_deref();
    let [mode, type_name, name] =
        [&key.mode, &key.type_name, &key.name].map(|text| Some(text.as_str()));
    [Some(kind), module, mode, type_name, name, None, None]
}
