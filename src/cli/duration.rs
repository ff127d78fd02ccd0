//! Times and sizes as people write them.

use std::time::Duration;

/// A time limit and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limit {
    /// How long.
    pub(crate) duration: Duration,
    /// As typed, to say it again.
    pub(crate) written: String,
}

impl Limit {
    /// What is said when it has passed.
    pub(crate) fn passed(&self) -> String {
        format!(
            "the time limit of {} has passed; ask for less or raise --timeout",
            self.written
        )
    }
}

/// Reads `90`, `90s`, `1.5m`, `2h` or `500ms`.
pub(super) fn parse(text: &str) -> Result<Limit, String> {
    let units = [
        ("ms", 0.001),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
        ("", 1.0),
    ];
    let seconds = with_unit(text, &units).ok_or("expected a time such as 90s, 5m or 1h")?;
    let duration =
        Duration::try_from_secs_f64(seconds).map_err(|_| "expected a shorter time".to_owned())?;
    if duration.is_zero() {
        return Err("expected a time above zero".to_owned());
    }
    Ok(Limit {
        duration,
        written: text.to_owned(),
    })
}

/// Reads `1000`, `64KB`, `500MB`, `1.5GiB` or `2GB`, in powers of 1024, as bytes.
pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let size = size(text).ok_or("expected a size such as 500MB or 2GB")?;
    whole_bytes(size)
}

/// A size as people write it, in bytes; `None` where it is none.
pub(super) fn size(text: &str) -> Option<f64> {
    let kilo = 1024.0;
    let units = [
        ("KIB", kilo),
        ("MIB", kilo * kilo),
        ("GIB", kilo * kilo * kilo),
        ("KB", kilo),
        ("MB", kilo * kilo),
        ("GB", kilo * kilo * kilo),
        ("K", kilo),
        ("M", kilo * kilo),
        ("G", kilo * kilo * kilo),
        ("B", 1.0),
        ("", 1.0),
    ];
    with_unit(&text.to_uppercase(), &units)
}

/// A size as a number of bytes.
pub(super) fn whole_bytes(size: f64) -> Result<u64, String> {
    // Sizes are small beside 2^53, up to which a double is exact.
    if (1.0..=9e15).contains(&size) {
        Ok(size as u64)
    } else {
        Err("expected a size above zero".to_owned())
    }
}

fn with_unit(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let (number, factor) = units.iter().find_map(|(unit, factor)| {
        let number = text.trim().strip_suffix(unit)?.trim_end();
        number
            .ends_with(|c: char| c.is_ascii_digit())
            .then_some((number, factor))
    })?;
    let number: f64 = number.parse().ok()?;
    number.is_finite().then_some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_have_units() {
        assert_eq!(parse("90").unwrap().duration, Duration::from_secs(90));
        assert_eq!(parse("500ms").unwrap().duration, Duration::from_millis(500));
        assert_eq!(parse("1.5m").unwrap().duration, Duration::from_secs(90));
        assert!(parse("soon").is_err() && parse("0").is_err() && parse("-1s").is_err());
        assert_eq!(parse_size("64kb"), Ok(65536));
        assert_eq!(parse_size("2GB"), Ok(2 << 30));
        assert_eq!(parse_size("1.5 GiB"), Ok(3 << 29));
        assert!(parse_size("0").is_err() && parse_size("x").is_err());
    }
}
