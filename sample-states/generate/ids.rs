//! Ids, hashes and encodings that look like a cloud's and are the same in every run.

/// A number that depends on nothing but `seed` (FNV-1a, then mixed so that near seeds differ widely).
fn mix(seed: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in seed.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 30;
    hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash ^= hash >> 27;
    hash = hash.wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// `length` characters of `alphabet`, chosen by `seed`.
fn pick(seed: &str, alphabet: &str, length: usize) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut text = String::with_capacity(length);
    for block in 0.. {
        let mut number = mix(&format!("{seed}#{block}"));
        for _ in 0..8 {
            if text.len() == length {
                return text;
            }
            text.push(alphabet[(number & 0xff) as usize % alphabet.len()]);
            number >>= 8;
        }
    }
    text
}

/// Lower-case hexadecimal digits.
pub fn hex(seed: &str, length: usize) -> String {
    pick(seed, "0123456789abcdef", length)
}

/// Decimal digits, the first of them not zero.
pub fn digits(seed: &str, length: usize) -> String {
    let first = pick(&format!("{seed}/first"), "123456789", 1);
    first + &pick(seed, "0123456789", length.saturating_sub(1))
}

/// Upper-case letters and digits, as in access keys and hosted zone ids.
pub fn upper(seed: &str, length: usize) -> String {
    pick(seed, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length)
}

/// A number from 1 to 200, fit for one place of an address.
pub fn octet(seed: &str) -> u64 {
    1 + mix(seed) % 200
}

/// An EC2 style id: `vpc-0` and sixteen hexadecimal digits.
pub fn ec2(prefix: &str, seed: &str) -> String {
    format!("{prefix}-0{}", hex(&format!("{prefix}/{seed}"), 16))
}

/// A random (version 4) UUID.
pub fn uuid(seed: &str) -> String {
    let text = hex(&format!("uuid/{seed}"), 32);
    let variant = pick(&format!("variant/{seed}"), "89ab", 1);
    format!(
        "{}-{}-4{}-{variant}{}-{}",
        &text[..8],
        &text[8..12],
        &text[13..16],
        &text[17..20],
        &text[20..]
    )
}

/// `length` bytes in base64, as an encrypted or hashed value is shown.
pub fn noise(seed: &str, length: usize) -> String {
    let mut bytes = Vec::with_capacity(length + 8);
    for block in 0.. {
        if bytes.len() >= length {
            break;
        }
        bytes.extend(mix(&format!("{seed}~{block}")).to_le_bytes());
    }
    bytes.truncate(length);
    base64(&bytes)
}

/// A block in PEM.
pub fn pem(label: &str, body: &str) -> String {
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

/// Standard base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_usize, |group, byte| group << 8 | usize::from(*byte));
        for place in 0..4 {
            if place <= chunk.len() {
                text.push(char::from(ALPHABET[group >> (18 - 6 * place) & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}
