//! The structure of JSON text, found 64 bytes at a time: what opens and closes, and what is within
//! strings. What stands between is not looked at, so a number or a word may be any.
//!
//! The masks are made as in Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019),
//! section 3.1.

use wide::u8x16;

/// How many bytes are looked at together.
pub(super) const BLOCK: usize = 64;

/// How many blocks are looked at before what is found in them is used: few enough to stay at hand.
pub(super) const BLOCKS: usize = 32;

/// What stands where in a block: a bit for each byte, the lowest for the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// Quotes that begin and end strings.
    pub(super) quotes: u64,
    /// Of those, the ones that end.
    pub(super) ends: u64,
    /// Colons between a name and a value.
    pub(super) colons: u64,
    /// What opens an object or a list.
    pub(super) opens: u64,
    /// What closes one.
    pub(super) closes: u64,
    /// Control characters within strings, which JSON does not have: a quote before them is missing, or
    /// the text is damaged.
    pub(super) controls: u64,
}

/// What a block needs to know of those before it; at the beginning of a text, the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Before {
    /// All bits, if the last block ended in a string.
    in_string: u64,
    /// One, if it ended in a backslash that takes the next byte's meaning.
    escaped: u64,
}

/// Where certain bytes stand in a block, in strings or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bytes {
    quotes: u64,
    backslashes: u64,
    colons: u64,
    opens: u64,
    closes: u64,
    controls: u64,
}

impl Before {
    /// Looks at the next blocks, [`BLOCKS`] at most, and fills as many of `found`.
    pub(super) fn look(&mut self, bytes: &[[u8; BLOCK]], found: &mut [Block; BLOCKS]) {
        #[cfg(target_arch = "x86_64")]
        if avx2::look(self, bytes, found) {
            return;
        }
        for (bytes, block) in bytes.iter().zip(found) {
            *block = self.block(Bytes::of(bytes));
        }
    }

    #[inline(always)]
    fn block(&mut self, bytes: Bytes) -> Block {
        let quotes = bytes.quotes & !self.escaped(bytes.backslashes);
        // A string, with the quote that begins and without the one that ends it.
        let strings = running_parity(quotes) ^ self.in_string;
        self.in_string = ((strings as i64) >> 63) as u64;
        Block {
            quotes,
            ends: quotes & !strings,
            colons: bytes.colons & !strings,
            opens: bytes.opens & !strings,
            closes: bytes.closes & !strings,
            controls: bytes.controls & strings,
        }
    }

    /// The bytes whose meaning a backslash before them takes.
    #[inline(always)]
    fn escaped(&mut self, backslashes: u64) -> u64 {
        if backslashes == 0 {
            return std::mem::take(&mut self.escaped);
        }
        // In a run of backslashes each other one is escaped itself. Runs that begin at odd places are
        // told from those at even ones by what adding carries out of them.
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let backslashes = backslashes & !self.escaped;
        let after = backslashes << 1 | self.escaped;
        let odd_starts = backslashes & !EVEN & !after;
        let (even_runs, carries) = odd_starts.overflowing_add(backslashes);
        self.escaped = u64::from(carries);
        (EVEN ^ (even_runs << 1)) & after
    }
}

impl Bytes {
    #[inline(always)]
    fn of(bytes: &[u8; BLOCK]) -> Bytes {
        let (lanes, _) = bytes.as_chunks::<16>();
        let lanes = [0, 1, 2, 3].map(|lane| u8x16::new(lanes[lane]));
        let mask = |lanes: [u8x16; 4]| {
            let [a, b, c, d] = lanes.map(|lane| u64::from(lane.to_bitmask()));
            a | b << 16 | c << 32 | d << 48
        };
        let equal = |lanes: [u8x16; 4], byte| mask(lanes.map(|it| it.simd_eq(u8x16::splat(byte))));
        // An opening bracket differs in one bit from an opening brace, and the closing ones do too.
        let folded = lanes.map(|lane| lane | u8x16::splat(0x20));
        let last_control = u8x16::splat(b' ' - 1);
        Bytes {
            quotes: equal(lanes, b'"'),
            backslashes: equal(lanes, b'\\'),
            colons: equal(lanes, b':'),
            opens: equal(folded, b'{'),
            closes: equal(folded, b'}'),
            controls: mask(lanes.map(|lane| lane.min(last_control).simd_eq(lane))),
        }
    }
}

/// The same with vectors of twice the length, on processors that have them.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256,
        _mm256_set_epi64x, _mm256_set1_epi8,
    };

    use super::{BLOCK, BLOCKS, Before, Block, Bytes};

    /// Does what [`Before::look`] does, if the processor has such vectors; else nothing, and says so.
    #[inline]
    pub(super) fn look(
        before: &mut Before,
        bytes: &[[u8; BLOCK]],
        found: &mut [Block; BLOCKS],
    ) -> bool {
        let is_there = is_x86_feature_detected!("avx2");
        if is_there {
            // SAFETY: the processor has AVX2, which is all that the function needs.
            unsafe { look_with(before, bytes, found) }
        }
        is_there
    }

    #[target_feature(enable = "avx2")]
    fn look_with(before: &mut Before, bytes: &[[u8; BLOCK]], found: &mut [Block; BLOCKS]) {
        for (bytes, block) in bytes.iter().zip(found) {
            *block = before.block(bytes_of(bytes));
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn bytes_of(bytes: &[u8; BLOCK]) -> Bytes {
        let (halves, _) = bytes.as_chunks::<32>();
        let halves = [vector(&halves[0]), vector(&halves[1])];
        let fold = _mm256_set1_epi8(0x20);
        let folded = [
            _mm256_or_si256(halves[0], fold),
            _mm256_or_si256(halves[1], fold),
        ];
        let last_control = _mm256_set1_epi8(0x1f);
        let controls = [
            _mm256_cmpeq_epi8(_mm256_min_epu8(halves[0], last_control), halves[0]),
            _mm256_cmpeq_epi8(_mm256_min_epu8(halves[1], last_control), halves[1]),
        ];
        Bytes {
            quotes: equal(halves, b'"'),
            backslashes: equal(halves, b'\\'),
            colons: equal(halves, b':'),
            opens: equal(folded, b'{'),
            closes: equal(folded, b'}'),
            controls: mask(controls),
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn vector(bytes: &[u8; 32]) -> __m256i {
        let (words, _) = bytes.as_chunks::<8>();
        let word = |at: usize| i64::from_le_bytes(words[at]);
        _mm256_set_epi64x(word(3), word(2), word(1), word(0))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn equal(halves: [__m256i; 2], byte: u8) -> u64 {
        let wanted = _mm256_set1_epi8(byte as i8);
        mask([
            _mm256_cmpeq_epi8(halves[0], wanted),
            _mm256_cmpeq_epi8(halves[1], wanted),
        ])
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn mask(halves: [__m256i; 2]) -> u64 {
        let bits = |half| u64::from(_mm256_movemask_epi8(half) as u32);
        bits(halves[0]) | bits(halves[1]) << 32
    }
}

/// Calls `visit` with what is found in each block of a whole text and the block's position, until that
/// gives something.
#[inline(always)]
pub(super) fn find_block<T>(
    text: &[u8],
    mut visit: impl FnMut(usize, &Block) -> Option<T>,
) -> Option<T> {
    let (whole, rest) = text.as_chunks::<BLOCK>();
    let rest = (!rest.is_empty()).then(|| [padded(rest)]);
    let mut before = Before::default();
    let mut found = [Block::default(); BLOCKS];
    let mut position = 0;
    for some in whole
        .chunks(BLOCKS)
        .chain(rest.as_ref().map(<[_; 1]>::as_slice))
    {
        before.look(some, &mut found);
        for block in &found[..some.len()] {
            if let Some(answer) = visit(position, block) {
                return Some(answer);
            }
            position += BLOCK;
        }
    }
    None
}

/// The positions of a mask's bits, lowest first.
#[inline(always)]
pub(super) fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let position = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(position)
    })
}

/// The last bytes of a text as a block, blanks behind them.
pub(super) fn padded(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// Each bit is whether an odd number of bits is set up to it.
#[inline(always)]
fn running_parity(mut mask: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::format::twins;

    proptest! {
        #[test]
        fn blocks_are_found_as_if_by_single_bytes(
            text in prop::collection::vec(
                prop_oneof![prop::sample::select(b"\"\\\\{}[]:,a \n\x01;".to_vec()), any::<u8>()],
                0..5000,
            ),
        ) {
            prop_assert_eq!(twins::by_find_block(&text), twins::blocks(&text));
            // Without longer vectors too.
            let mut before = Before::default();
            let (whole, rest) = text.as_chunks::<BLOCK>();
            let rest = (!rest.is_empty()).then(|| padded(rest));
            let all = whole.iter().copied().chain(rest);
            let found: Vec<Block> = all.map(|block| before.block(Bytes::of(&block))).collect();
            prop_assert_eq!(&found, &twins::blocks(&text));
        }
    }
}
