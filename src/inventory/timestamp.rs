//! Times as they are written in the names of files, and after options.

use std::time::SystemTime;

use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Reads a time: RFC 3339, `2026-03-01`, `20260301`, `2026-03-01T12-00-00`, `20260301T120000Z`,
/// `20260301-120000`, or seconds since 1970. A date is its beginning; without a zone a time is UTC.
pub fn timestamp(text: &str) -> Option<SystemTime> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && (9..=11).contains(&text.len()) {
        let seconds = text.parse().ok()?;
        return jiff::Timestamp::from_second(seconds)
            .ok()
            .map(SystemTime::from);
    }
    let mut rest = Rest(text);
    let year = rest.number(4)?;
    let has_hyphens = rest.skip(&['-']);
    let month = rest.number(2)?;
    if rest.skip(&['-']) != has_hyphens {
        return None;
    }
    let day = rest.number(2)?;
    let (mut time, mut nanoseconds, mut offset) = ([0; 3], 0, Offset::UTC);
    if !rest.0.is_empty() {
        rest.skip(&['T', 't', '_', '-', ' ']);
        time[0] = rest.number(2)?;
        let separator = rest.next(&[':', '-']);
        time[1] = rest.number(2)?;
        if rest.next(&[':', '-']) != separator {
            return None;
        }
        time[2] = rest.number(2)?;
        if rest.skip(&['.']) {
            nanoseconds = rest.fraction()?;
        }
        offset = rest.offset()?;
    }
    let [hour, minute, second] = time.map(|part| i8::try_from(part).ok());
    let date_time = DateTime::new(
        year,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        hour?,
        minute?,
        second?,
        nanoseconds,
    );
    let timestamp = offset.to_timestamp(date_time.ok()?).ok()?;
    Some(timestamp.into())
}

/// What of a text is not read yet.
struct Rest<'t>(&'t str);

impl Rest<'_> {
    /// A number of so many digits.
    fn number(&mut self, digits: usize) -> Option<i16> {
        let number = self.0.get(..digits)?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        self.0 = &self.0[digits..];
        number.parse().ok().filter(|_| is_number)
    }

    /// Passes over one of these characters, if one is next.
    fn skip(&mut self, any: &[char]) -> bool {
        self.next(any).is_some()
    }

    /// Which of these characters is next, which it passes over.
    fn next(&mut self, any: &[char]) -> Option<char> {
        let next = self.0.chars().next().filter(|next| any.contains(next))?;
        self.0 = &self.0[next.len_utf8()..];
        Some(next)
    }

    /// What follows the point of a second, in nanoseconds.
    fn fraction(&mut self) -> Option<i32> {
        let rest = self.0.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = &self.0[..self.0.len() - rest.len()];
        self.0 = rest;
        let nine = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
        let nine = nine.fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
        (!digits.is_empty()).then_some(nine)
    }

    /// The zone, which is all that is left.
    fn offset(&mut self) -> Option<Offset> {
        if self.0.is_empty() || matches!(self.0, "Z" | "z") {
            return Some(Offset::UTC);
        }
        let sign = match self.0.as_bytes() {
            [b'+', ..] => 1,
            [b'-', ..] => -1,
            _ => return None,
        };
        self.skip(&['+', '-']);
        let hours = self.number(2)?;
        self.skip(&[':', '-']);
        let minutes = self.number(2)?;
        let is_one = self.0.is_empty() && hours < 24 && minutes < 60;
        let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
        Offset::from_seconds(sign * seconds).ok().filter(|_| is_one)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        let since = timestamp(text)?.duration_since(UNIX_EPOCH);
        since.ok().map(|since| since.as_secs())
    }

    #[test]
    fn every_spelling_is_read() {
        let noon = 1_772_366_400;
        for text in [
            "2026-03-01T12:00:00Z",
            "2026-03-01T13:00:00+01:00",
            "2026-03-01T07:30:00-0430",
            "2026-03-01T12:00:00.000Z",
            "2026-03-01T12-00-00",
            "2026-03-01 12:00:00",
            "20260301T120000Z",
            "20260301-120000",
            "20260301_120000",
            "20260301120000",
            "1772366400",
        ] {
            assert_eq!(seconds(text), Some(noon), "{text}");
        }
        for text in ["2026-03-01", "20260301"] {
            assert_eq!(seconds(text), Some(noon - 12 * 3600), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "latest",
            "2026",
            "2026-03",
            "2026-13-01",
            "2026-02-30",
            "2026-0301",
            "20260301T12",
            "20260301T1200",
            "2026-03-01T12:00-00",
            "2026-03-01T25:00:00Z",
            "2026-03-01T12:00:00Zulu",
            "2026-03-01T12:00:00.Z",
            "2026-03-01T12:00:00+1",
            "123456789012",
            "２０２６-03-01",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = timestamp(&text);
        }

        #[test]
        fn a_time_is_read_as_it_was_written(seconds in 0_u32..4_000_000_000) {
            let then = UNIX_EPOCH + Duration::from_secs(seconds.into());
            let written = jiff::Timestamp::from_second(seconds.into()).unwrap();
            prop_assert_eq!(timestamp(&written.to_string()), Some(then));
            for format in ["%Y-%m-%dT%H-%M-%S", "%Y%m%dT%H%M%SZ", "%Y%m%d-%H%M%S"] {
                let text = written.strftime(format).to_string();
                prop_assert_eq!(timestamp(&text), Some(then), "{}", text);
            }
        }
    }
}
