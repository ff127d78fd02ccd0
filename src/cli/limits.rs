//! What questions may take of the machine: memory and threads.

use std::fmt;
use std::num::NonZeroUsize;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};

use super::{duration, machine};

/// The share of the memory that a question may take where nothing is said: half of it, since the
/// documents that are being read need some besides.
const DEFAULT_SHARE: MemoryLimit = MemoryLimit::Percent(50.0);

/// What it may take where, besides, the system does not tell how much memory there is.
const DEFAULT_BYTES: usize = 1 << 30;

/// More threads than any machine has cores; each needs memory of its own.
const MOST_THREADS: usize = 1024;

/// How much memory sorts, joins and aggregations may hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum MemoryLimit {
    /// So many bytes.
    Bytes(u64),
    /// A share of the memory there is.
    Percent(f64),
}

impl MemoryLimit {
    /// Reads a size such as `512MB` or `1.5GiB`, in bytes where it has no unit, or a share: `25%`.
    pub(super) fn parse(text: &str) -> Result<MemoryLimit, String> {
        let text = text.trim();
        let expected =
            || "expected a size such as 512MB or 1.5GiB, or a share as in 25%".to_owned();
        let Some(share) = text.strip_suffix('%') else {
            let size = duration::size(text).ok_or_else(expected)?;
            return duration::whole_bytes(size).map(MemoryLimit::Bytes);
        };
        match share.trim_end().parse() {
            Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(MemoryLimit::Percent(percent)),
            Ok(_) => Err("expected a share above 0% and up to 100%".to_owned()),
            Err(_) => Err(expected()),
        }
    }

    /// The limit in bytes on a machine of so much memory; `None` is a share of what is not known.
    fn bytes(self, memory: Option<u64>) -> Option<usize> {
        let bytes = match self {
            MemoryLimit::Bytes(bytes) => bytes,
            // A double is exact up to 2^53 bytes, which is beyond any memory.
            MemoryLimit::Percent(percent) => (memory? as f64 * percent / 100.0) as u64,
        };
        Some(usize::try_from(bytes).unwrap_or(usize::MAX).max(1))
    }

    /// What is given in bytes, or the default.
    ///
    /// # Errors
    ///
    /// When it is a share, and the system does not tell of what.
    pub(super) fn resolve(given: Option<MemoryLimit>) -> Result<usize, String> {
        let memory = machine::memory();
        match given {
            Some(limit) => limit.bytes(memory).ok_or_else(|| {
                "this system does not tell how much memory it has; give --memory-limit as a size, as in 2GB"
                    .to_owned()
            }),
            None => Ok(DEFAULT_SHARE.bytes(memory).unwrap_or(DEFAULT_BYTES)),
        }
    }
}

impl<'de> Deserialize<'de> for MemoryLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = MemoryLimit;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as \"512MB\" or a share such as \"25%\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<MemoryLimit, E> {
                let limit = MemoryLimit::parse(text);
                limit.map_err(|error| E::custom(format!("memory_limit: {error}")))
            }

            fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<MemoryLimit, E> {
                match u64::try_from(bytes) {
                    Ok(bytes @ 1..) => Ok(MemoryLimit::Bytes(bytes)),
                    _ => Err(E::invalid_value(Unexpected::Signed(bytes), &self)),
                }
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// How many documents are read, and threads work, at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Threads(NonZeroUsize);

impl Threads {
    /// Reads a number of threads.
    pub(super) fn parse(text: &str) -> Result<Threads, String> {
        let number = text.trim().parse().ok().and_then(Threads::new);
        number.ok_or_else(|| format!("expected a number of threads from 1 to {MOST_THREADS}"))
    }

    fn new(number: usize) -> Option<Threads> {
        let number = NonZeroUsize::new(number)?;
        (number.get() <= MOST_THREADS).then_some(Threads(number))
    }

    /// What is given, or as many as the process may use cores.
    pub(super) fn resolve(given: Option<Threads>) -> NonZeroUsize {
        match given {
            Some(Threads(number)) => number,
            None => std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }
}

impl<'de> Deserialize<'de> for Threads {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        let threads = usize::try_from(number).ok().and_then(Threads::new);
        threads.ok_or_else(|| {
            let expected = format!("a number of threads from 1 to {MOST_THREADS}");
            de::Error::invalid_value(Unexpected::Signed(number), &expected.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_size_or_a_share() {
        let bytes = |text| MemoryLimit::parse(text).map(|limit| limit.bytes(Some(8 << 30)));
        assert_eq!(bytes("512MB"), Ok(Some(512 << 20)));
        assert_eq!(bytes("1.5GiB"), Ok(Some(3 << 29)));
        assert_eq!(bytes("65536"), Ok(Some(65536)));
        assert_eq!(bytes("25%"), Ok(Some(2 << 30)));
        assert_eq!(bytes("12.5 %"), Ok(Some(1 << 30)));
    }

    #[test]
    fn what_is_neither_is_told() {
        let sizes = "expected a size such as 512MB or 1.5GiB, or a share as in 25%";
        let shares = "expected a share above 0% and up to 100%";
        let zero = "expected a size above zero";
        for (text, told) in [
            ("", sizes),
            ("much", sizes),
            ("-1GB", zero),
            ("2 hours", sizes),
            ("half%", sizes),
            ("0", zero),
            ("0%", shares),
            ("101%", shares),
            ("-5%", shares),
            ("nan%", shares),
        ] {
            assert_eq!(MemoryLimit::parse(text), Err(told.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_share_of_what_is_not_known_is_no_limit() {
        assert_eq!(MemoryLimit::Percent(25.0).bytes(None), None);
        assert_eq!(MemoryLimit::Bytes(1).bytes(None), Some(1));
    }

    #[test]
    fn there_is_one_thread_at_least() {
        assert_eq!(
            Threads::parse("4"),
            Ok(Threads(NonZeroUsize::MIN.saturating_add(3)))
        );
        for text in ["0", "-1", "1.5", "all", "", "1025"] {
            assert!(Threads::parse(text).is_err(), "{text}");
        }
    }
}
