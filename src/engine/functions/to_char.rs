//! PostgreSQL's date patterns (`YYYY-MM-DD`) as the ones DataFusion's `to_char` takes (`%Y-%m-%d`).

/// PostgreSQL's patterns, the longer before those they begin with.
const PATTERNS: [(&str, &str); 30] = [
    ("YYYY", "%Y"),
    ("IYYY", "%G"),
    ("YY", "%y"),
    ("MONTH", "%B"),
    ("Month", "%B"),
    ("month", "%B"),
    ("MON", "%b"),
    ("Mon", "%b"),
    ("mon", "%b"),
    ("MM", "%m"),
    ("MI", "%M"),
    ("MS", "%3f"),
    ("DDD", "%j"),
    ("DD", "%d"),
    ("DAY", "%A"),
    ("Day", "%A"),
    ("day", "%A"),
    ("DY", "%a"),
    ("Dy", "%a"),
    ("dy", "%a"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("HH", "%I"),
    ("SS", "%S"),
    ("US", "%6f"),
    ("AM", "%p"),
    ("PM", "%p"),
    ("TZ", "%Z"),
    ("OF", "%:z"),
    ("IW", "%V"),
];

/// A PostgreSQL date format in `strftime`'s patterns; `None` for one that is in them already, or has
/// none of PostgreSQL's.
pub fn strftime(format: &str) -> Option<String> {
    if format.contains('%') {
        return None;
    }
    let mut out = String::with_capacity(format.len() * 2);
    let mut rest = format;
    let mut found = false;
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            let quoted = &rest[1..];
            let end = quoted.find('"').unwrap_or(quoted.len());
            out.push_str(&quoted[..end]);
            rest = quoted.get(end + 1..).unwrap_or("");
            continue;
        }
        let pattern = PATTERNS
            .iter()
            .find(|(pattern, _)| rest.starts_with(pattern))
            .or_else(|| {
                // Numeric patterns may be written in any case; names would change theirs.
                PATTERNS.iter().find(|(pattern, _)| {
                    rest.get(..pattern.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(pattern))
                })
            });
        if let Some((pattern, translated)) = pattern {
            out.push_str(translated);
            rest = &rest[pattern.len()..];
            found = true;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    found.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgresql_patterns_are_translated() {
        assert_eq!(
            strftime("YYYY-MM-DD\"T\"HH24:MI:SS.MS").as_deref(),
            Some("%Y-%m-%dT%H:%M:%S.%3f")
        );
        assert_eq!(strftime("yyyy-mm-dd").as_deref(), Some("%Y-%m-%d"));
    }

    #[test]
    fn strftime_patterns_stay() {
        assert_eq!(strftime("%Y-%m"), None);
        assert_eq!(strftime("999"), None);
    }
}
