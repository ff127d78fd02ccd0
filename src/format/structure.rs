//! The structure of JSON text, found 64 bytes at a time: what opens and closes, and what is within
//! strings. What stands between is not looked at, so a number or a word may be any.
//!
//! The masks are made as in Langdale and Lemire, "Parsing Gigabytes of JSON per Second" (2019),
//! section 3.1.

use wide::u8x16;

/// How many bytes are looked at together.
pub(super) const BLOCK: usize = 64;

/// What stands where in a block: a bit for each byte, the lowest for the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Quotes that begin and end strings.
    pub(super) quotes: u64,
    /// Strings, with the quote that begins and without the one that ends.
    pub(super) strings: u64,
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

impl Before {
    /// Looks at the next block.
    #[inline(always)]
    pub(super) fn block(&mut self, bytes: &[u8; BLOCK]) -> Block {
        let lanes = lanes(bytes);
        // An opening bracket differs in one bit from an opening brace, and the closing ones do too.
        let folded = lanes.map(|lane| lane | u8x16::splat(0x20));
        let quotes = equal(&lanes, b'"') & !self.escaped(equal(&lanes, b'\\'));
        let strings = running_parity(quotes) ^ self.in_string;
        self.in_string = ((strings as i64) >> 63) as u64;
        Block {
            quotes,
            strings,
            opens: equal(&folded, b'{') & !strings,
            closes: equal(&folded, b'}') & !strings,
            controls: mask(lanes.map(|lane| lane.min(u8x16::splat(b' ' - 1)).simd_eq(lane)))
                & strings,
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

/// Where a byte stands in a block, within strings too.
#[inline(always)]
pub(super) fn positions_of(byte: u8, bytes: &[u8; BLOCK]) -> u64 {
    equal(&lanes(bytes), byte)
}

/// The blocks of a text, each with its position; the last one with blanks behind it.
#[inline(always)]
pub(super) fn blocks(text: &[u8]) -> impl Iterator<Item = (usize, [u8; BLOCK])> {
    let (whole, rest) = text.as_chunks::<BLOCK>();
    let rest = (!rest.is_empty()).then(|| padded(rest));
    let all = whole.iter().copied().chain(rest);
    all.enumerate()
        .map(|(number, block)| (number * BLOCK, block))
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

#[inline(always)]
fn lanes(bytes: &[u8; BLOCK]) -> [u8x16; 4] {
    let (lanes, _) = bytes.as_chunks::<16>();
    [0, 1, 2, 3].map(|lane| u8x16::new(lanes[lane]))
}

#[inline(always)]
fn equal(lanes: &[u8x16; 4], byte: u8) -> u64 {
    mask(lanes.map(|lane| lane.simd_eq(u8x16::splat(byte))))
}

#[inline(always)]
fn mask(lanes: [u8x16; 4]) -> u64 {
    let [a, b, c, d] = lanes.map(|lane| u64::from(lane.to_bitmask()));
    a | b << 16 | c << 32 | d << 48
}

/// Each bit is whether an odd number of bits is set up to it.
#[inline(always)]
fn running_parity(mut mask: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}
