//! Moments as people write them: after `--as-of`, `--since`, and behind the name of a state.

use std::time::SystemTime;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};

use super::timestamp;
use super::{Inventory, Life};
use crate::source::{AsOf, commit_time, path_of};

/// Numbers below this one are versions, longer ones can be commits.
const VERSIONS: u64 = 1_000_000;

/// A moment and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Which.
    pub as_of: AsOf,
    /// As typed, to say it again.
    pub written: String,
}

impl Moment {
    /// Reads a time, a commit or the number of a version.
    ///
    /// # Errors
    ///
    /// When it is none of these; tells what there is.
    pub fn parse(text: &str) -> Result<Moment, String> {
        parse(text)
    }

    /// Reads a time alone.
    ///
    /// # Errors
    ///
    /// When it is none; tells what there is.
    pub fn parse_time(text: &str) -> Result<SystemTime, String> {
        parse_time(text)
    }
}

impl Inventory {
    /// The position of the version of a state that held at a moment; `None` where none is known.
    pub fn version_at(&self, life: &Life, moment: &AsOf) -> Option<usize> {
        let mut versions = life.versions.iter();
        match moment {
            AsOf::Version(number) => versions.position(|version| version.number == *number),
            AsOf::Time(time) => {
                versions.rposition(|version| version.held_from.is_none_or(|from| from <= *time))
            }
            AsOf::Commit(prefix) => {
                let recorded = versions.rposition(|version| {
                    let commit = version.recorded.commit.as_ref();
                    commit.is_some_and(|commit| commit.starts_with(prefix))
                });
                // Most commits do not touch a state: then it is as it was.
                recorded.or_else(|| {
                    let path = path_of(life.versions.last()?.uri())?;
                    let time = AsOf::Time(commit_time(&path, prefix)?);
                    self.version_at(life, &time)
                })
            }
        }
    }
}

fn parse(text: &str) -> Result<Moment, String> {
    let as_of = version(text)
        .or_else(|| time(text, &now()).map(AsOf::Time))
        .or_else(|| commit(text));
    let as_of = as_of.ok_or(
        "expected a date such as 2026-03-01, a time such as 2026-03-01T12:00:00Z, today, yesterday, \
         '2 hours ago', a commit (the first 7 or more digits of its id) or a version such as v12",
    )?;
    Ok(Moment {
        as_of,
        written: text.to_owned(),
    })
}

fn parse_time(text: &str) -> Result<SystemTime, String> {
    time(text, &now()).ok_or_else(|| {
        "expected a date such as 2026-03-01, a time such as 2026-03-01T12:00:00Z, today, yesterday or \
         '2 hours ago'"
            .to_owned()
    })
}

fn now() -> Zoned {
    Timestamp::now().to_zoned(TimeZone::UTC)
}

fn version(text: &str) -> Option<AsOf> {
    let digits = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| is_number)?;
    let is_version = number > 0 && (number < VERSIONS || digits.len() < text.len());
    is_version.then_some(AsOf::Version(number))
}

fn commit(text: &str) -> Option<AsOf> {
    let is_commit =
        (7..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then(|| AsOf::Commit(text.to_ascii_lowercase()))
}

/// A date is its beginning in UTC.
fn time(text: &str, now: &Zoned) -> Option<SystemTime> {
    let text = text.trim();
    let day = |ago: i64| {
        let day = now.checked_sub(ago.days()).ok()?.start_of_day().ok()?;
        Some(SystemTime::from(day.timestamp()))
    };
    match text.to_ascii_lowercase().as_str() {
        "now" => Some(now.timestamp().into()),
        "today" => day(0),
        "yesterday" => day(1),
        relative if relative.ends_with(" ago") => {
            let span: Span = relative.parse().ok()?;
            let then = now.checked_add(span).ok()?;
            Some(then.timestamp().into())
        }
        _ => timestamp(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Option<String> {
        let now: Zoned = "2026-03-11T10:30:00+00:00[UTC]".parse().unwrap();
        let time = Timestamp::try_from(time(text, &now)?).unwrap();
        Some(time.to_string())
    }

    #[test]
    fn times_are_told_as_people_tell_them() {
        for (text, time) in [
            ("2026-03-01", "2026-03-01T00:00:00Z"),
            ("2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00Z"),
            ("today", "2026-03-11T00:00:00Z"),
            ("Yesterday", "2026-03-10T00:00:00Z"),
            ("now", "2026-03-11T10:30:00Z"),
            ("2 hours ago", "2026-03-11T08:30:00Z"),
            ("1 day 2 hours ago", "2026-03-10T08:30:00Z"),
            ("3 weeks ago", "2026-02-18T10:30:00Z"),
            ("1 month ago", "2026-02-11T10:30:00Z"),
        ] {
            assert_eq!(at(text).as_deref(), Some(time), "{text}");
        }
        for text in ["soon", "ago", " ago", "2 hours", "last week", "-1 day ago"] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn commits_and_versions_are_told_from_times() {
        let of = |text: &str| parse(text).map(|moment| moment.as_of);
        assert_eq!(of("v12"), Ok(AsOf::Version(12)));
        assert_eq!(of("12"), Ok(AsOf::Version(12)));
        assert_eq!(of("999999"), Ok(AsOf::Version(999_999)));
        assert_eq!(of("1234567"), Ok(AsOf::Commit("1234567".to_owned())));
        assert_eq!(of("DEADBEE"), Ok(AsOf::Commit("deadbee".to_owned())));
        assert!(matches!(of("20260301"), Ok(AsOf::Time(_))));
        for text in ["0", "v0", "", "v", "abcdef", "v1.2", "HEAD~1"] {
            assert!(of(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = (parse(&text), parse_time(&text));
        }

        #[test]
        fn a_span_ago_lies_before_now(
            count in 1_u32..500,
            unit in prop::sample::select(vec!["second", "minute", "hour", "day", "week", "month", "year"]),
        ) {
            let now = now();
            let text = format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" });
            let then = time(&text, &now).unwrap();
            prop_assert!(then < SystemTime::from(now.timestamp()));
        }
    }
}
