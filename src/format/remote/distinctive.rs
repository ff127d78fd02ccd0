//! Which texts are evidence that one was copied from the other.

use serde_json::Value;

/// The shortest text that is.
const SHORTEST: usize = 6;

/// Whether a text that stands in two places is unlikely to do so by chance: ids, ARNs, addresses,
/// URLs, names with digits or of several words. Not: a plain word (`production`), a number or an
/// account's id, a region or zone (`eu-west-1a`), a version (`1.29.3`), a date, the whole internet.
pub(super) fn is_distinctive(text: &str) -> bool {
    text.chars().count() >= SHORTEST
        && !text.chars().all(char::is_alphabetic)
        && text.chars().any(char::is_alphanumeric)
        && !is_numeric(text)
        && !is_region(text)
        && !["0.0.0.0/0", "::/0"].contains(&text)
}

/// Whether any text within a value is distinctive.
pub(super) fn has_distinctive(value: &Value) -> bool {
    match value {
        Value::String(text) => is_distinctive(text),
        Value::Array(items) => items.iter().any(has_distinctive),
        Value::Object(members) => members.values().any(has_distinctive),
        _ => false,
    }
}

/// Calls `visit` with each distinctive text within a value.
pub(super) fn visit_distinctive<'v>(value: &'v Value, visit: &mut dyn FnMut(&'v str)) {
    match value {
        Value::String(text) if is_distinctive(text) => visit(text),
        Value::Array(items) => {
            items.iter().for_each(|item| visit_distinctive(item, visit));
        }
        Value::Object(members) => {
            members
                .values()
                .for_each(|member| visit_distinctive(member, visit));
        }
        _ => {}
    }
}

/// Numbers, versions, dates and times. Addresses have the same characters and are told apart by
/// their four parts.
fn is_numeric(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || ".-+:,TZ v".contains(c);
    text.chars().all(is_part) && !is_address(text)
}

/// An IPv4 address.
fn is_address(text: &str) -> bool {
    let mut parts = text.split('.');
    parts
        .by_ref()
        .take(4)
        .filter(|part| part.parse::<u8>().is_ok())
        .count()
        == 4
        && parts.next().is_none()
}

/// A region or zone as AWS (`eu-west-1a`, `us-gov-west-1`) and Google (`europe-west1-b`) name them.
fn is_region(text: &str) -> bool {
    const DIRECTIONS: [&str; 9] = [
        "north",
        "south",
        "east",
        "west",
        "central",
        "northeast",
        "northwest",
        "southeast",
        "southwest",
    ];
    let mut parts = text.split('-');
    let is_place = parts.next().is_some_and(|area| {
        (2..=12).contains(&area.len()) && area.chars().all(char::is_alphabetic)
    });
    let names_direction = text.split('-').any(|part| {
        let part = part.trim_end_matches(|c: char| c.is_ascii_digit());
        DIRECTIONS.contains(&part)
    });
    let is_short = |part: &str| {
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        DIRECTIONS.contains(&word)
            || ["gov", "iso", "isob"].contains(&part)
            || (part.len() <= 2 && part.chars().all(char::is_alphanumeric))
    };
    is_place && names_direction && parts.all(is_short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_names_and_addresses_are_distinctive() {
        for text in [
            "vpc-0314cf364f5669561",
            "subnet-1",
            "arn:aws:iam::123456789012:role/x",
            "harbor-prod",
            "10.20.0.0/16",
            "52.17.127.168",
            "https://a.example",
            "Z0RSSGOZFHEC2BLXGFSP",
            "db.internal",
            "projects/harbor-lake-prod/topics/events",
            "network_1",
        ] {
            assert!(is_distinctive(text), "{text}");
        }
    }

    #[test]
    fn words_numbers_and_places_are_not() {
        for text in [
            "",
            "true",
            "false",
            "a-b",
            "production",
            "westeurope",
            "123456789012",
            "5432",
            "1.29.3",
            "v1.29.3",
            "2024-05-01T10:00:00Z",
            "eu-west-1",
            "eu-west-1a",
            "us-gov-west-1",
            "europe-west1-b",
            "ap-southeast-2",
            "0.0.0.0/0",
            "------",
        ] {
            assert!(!is_distinctive(text), "{text}");
        }
    }
}
