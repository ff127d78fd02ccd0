//! Which texts are evidence that one was copied from the other.

use std::net::Ipv4Addr;

use serde_json::Value;

use crate::format::identity::has_unique_part;

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

/// How much it says that a value stands in two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nothing: many states have it.
    None,
    /// Little: a private address or network, which those who copy each other's configuration share.
    /// That it differs says as much as of any other.
    Private,
    /// One of them was probably copied from the other.
    Distinctive,
    /// Both speak of one object: a cloud gave the text to no other.
    Unique,
}

/// The weight of the weightiest text within a value.
pub(super) fn weight(value: &Value) -> Weight {
    let mut weight = Weight::None;
    visit_distinctive(value, &mut |text| {
        let of_text = if is_private(text) {
            Weight::Private
        } else if has_unique_part(text) && !is_hash(text) {
            Weight::Unique
        } else {
            Weight::Distinctive
        };
        weight = weight.max(of_text);
    });
    weight
}

/// Whether a text looks like the hash of a commit or of content: all that was built from it has it.
fn is_hash(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    [40, 64].contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a text is a private IPv4 address, or a network of such.
fn is_private(text: &str) -> bool {
    let (address, _) = text.split_once('/').unwrap_or((text, ""));
    address
        .parse::<Ipv4Addr>()
        .is_ok_and(|address| address.is_private() || address.is_loopback())
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
    use serde_json::json;

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
    fn a_value_weighs_as_its_weightiest_text() {
        for (value, expected) in [
            (json!([7, "production"]), Weight::None),
            (json!("10.0.0.0/16"), Weight::Private),
            (json!(["192.168.1.7", "172.16.0.0/12"]), Weight::Private),
            (json!(["10.0.0.0/16", "52.17.127.168"]), Weight::Distinctive),
            (
                json!("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"),
                Weight::Distinctive,
            ),
            (
                json!({"a": "harbor-prod", "b": "vpc-0a1b2c3d4e"}),
                Weight::Unique,
            ),
        ] {
            assert_eq!(weight(&value), expected, "{value}");
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
