//! The parts of a text that can be an identity.

use std::ops::Range;

use super::shape::{LONGEST, SHORTEST};

/// The shortest text that is looked at; a shorter one names nothing.
pub const SHORTEST_TEXT: usize = 6;

/// Services whose ARNs go on below an object after a slash: `arn:aws:s3:::BUCKET/KEY`. In others a
/// slash is part of a name: the repository `shop/web` is no part of a repository `shop`.
const NESTING_SERVICES: &[&str] = &[
    "s3",
    "dynamodb",
    "execute-api",
    "kinesis",
    "apigateway",
    "es",
    "cognito-idp",
];

/// Calls `visit` with each part of `text` that can be an identity: the whole, the words in it, and
/// of words those that begin or lie within a longer name such as an ARN or a path.
///
/// A text may hold anything: JSON, a list with commas, a sentence.
pub fn candidates(text: &str, visit: &mut impl FnMut(Range<usize>)) {
    if text.len() < SHORTEST_TEXT {
        return;
    }
    if text.len() <= LONGEST {
        visit(0..text.len());
    }
    if text.len() < SHORTEST {
        return;
    }
    let mut start = 0;
    let bytes = text.as_bytes();
    while start < bytes.len() {
        let length = bytes[start..].iter().position(|byte| !is_word_byte(*byte));
        let end = length.map_or(bytes.len(), |length| start + length);
        word(text, start..end, visit);
        start = end + 1;
    }
}

/// What separates words in a policy, a list or a sentence is no part of an identity. Wildcards are
/// kept: `bucket*` does not name `bucket`.
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'_' | b'.' | b'/' | b':' | b'+' | b'@' | b'=' | b'*' | b'?' | b'$' | b'~'
        )
        || !byte.is_ascii()
}

fn word(text: &str, at: Range<usize>, visit: &mut impl FnMut(Range<usize>)) {
    let trimmed = text[at.clone()].trim_end_matches(['.', ':', '/']);
    let at = at.start..at.start + trimmed.len();
    if at.len() < SHORTEST || at.len() > LONGEST {
        return;
    }
    if at.len() != text.len() {
        visit(at.clone());
    }
    let is_cut = |byte: u8| matches!(byte, b':' | b'/' | b'@' | b'=');
    if !trimmed.bytes().any(is_cut) {
        if let Some(name) = trimmed.strip_prefix("dualstack.") {
            visit(at.end - name.len()..at.end);
        }
        return;
    }
    beginnings(text, &at, visit);
    for start in within(trimmed).into_iter().flatten() {
        let within = at.start + start..at.end;
        visit(within.clone());
        beginnings(text, &within, visit);
    }
    let mut start = at.start;
    for segment in trimmed.split([':', '/', '=']) {
        if segment.len() >= SHORTEST && segment.len() < at.len() {
            visit(start..start + segment.len());
        }
        start += segment.len() + 1;
    }
}

/// Where in a word the path of a subscription, that of a project, and the address behind a scheme
/// begin, each where it first stands. All have a slash, which most words have not.
fn within(word: &str) -> [Option<usize>; 3] {
    let [mut subscription, mut project, mut address] = [None; 3];
    for slash in memchr::memchr_iter(b'/', word.as_bytes()) {
        let (before, from) = word.split_at(slash);
        if slash > 0 && from.starts_with("/subscriptions/") {
            subscription = subscription.or(Some(slash));
        }
        if let Some(before) = before.strip_suffix("projects").filter(|it| !it.is_empty()) {
            project = project.or(Some(before.len()));
        }
        if before.ends_with(':') && from.starts_with("//") {
            address = address.or(Some(slash + 2));
        }
    }
    [subscription, project, address]
}

/// The beginnings of a word after which something that belongs to the object can follow: a port, a
/// tag, a version, a path below it.
fn beginnings(text: &str, at: &Range<usize>, visit: &mut impl FnMut(Range<usize>)) {
    let word = &text[at.clone()];
    let nests = word.starts_with("/subscriptions/")
        || word.starts_with("projects/")
        || nesting_service(word);
    for (position, byte) in word.bytes().enumerate().skip(SHORTEST) {
        let ends = match byte {
            b':' | b'@' => true,
            // A host is an object of its own, and so is what a path names but a resource group, in
            // which all lies.
            b'/' => {
                nests && !word[position..].starts_with("/providers/")
                    || is_bare_host(&word[..position])
            }
            _ => false,
        };
        if ends {
            visit(at.start..at.start + position);
        }
    }
}

fn nesting_service(word: &str) -> bool {
    let mut parts = word.splitn(4, ':');
    parts.next() == Some("arn")
        && parts
            .nth(1)
            .is_some_and(|service| NESTING_SERVICES.contains(&service))
}

fn is_bare_host(beginning: &str) -> bool {
    beginning.contains('.') && !beginning.contains(['/', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        candidates(text, &mut |range| found.push(&text[range]));
        found
    }

    #[test]
    fn a_plain_value_is_looked_up_as_it_is() {
        assert_eq!(of("vpc-0a1b2c3d4e"), ["vpc-0a1b2c3d4e"]);
        assert!(of("short").is_empty());
    }

    #[test]
    fn an_object_below_a_bucket_or_table_names_it() {
        assert!(of("arn:aws:s3:::harbor-logs/app/*").contains(&"arn:aws:s3:::harbor-logs"));
        let table = "arn:aws:dynamodb:eu-west-1:1:table/orders";
        assert!(of(&format!("{table}/index/by-day")).contains(&table));
        assert!(
            of("arn:aws:logs:eu-west-1:1:log-group:/app:*")
                .contains(&"arn:aws:logs:eu-west-1:1:log-group:/app")
        );
    }

    #[test]
    fn a_longer_name_or_a_pattern_does_not_name_what_it_begins_like() {
        assert!(
            !of("arn:aws:ecr:eu-west-1:1:repository/shop/web")
                .contains(&"arn:aws:ecr:eu-west-1:1:repository/shop")
        );
        assert!(!of("arn:aws:iam::1:role/team/app").contains(&"arn:aws:iam::1:role/team"));
        assert!(!of("arn:aws:s3:::harbor-logs*").contains(&"arn:aws:s3:::harbor-logs"));
        assert!(!of("arn:aws:s3:::harbor-logs-old/*").contains(&"arn:aws:s3:::harbor-logs"));
        let image = "1.dkr.ecr.eu-west-1.amazonaws.com/shop/web";
        assert!(of(&format!("{image}:v1.2")).contains(&image));
        assert!(of(&format!("{image}@sha256:00ff")).contains(&image));
        assert!(!of(image).contains(&"1.dkr.ecr.eu-west-1.amazonaws.com/shop"));
    }

    #[test]
    fn ids_lie_within_arns_and_json_and_sentences() {
        assert!(of("arn:aws:ec2:eu-west-1:1:vpc/vpc-0a1b2c3d4e").contains(&"vpc-0a1b2c3d4e"));
        assert!(
            of(r#"{"Resource":["arn:aws:sqs:eu-west-1:1:jobs"]}"#)
                .contains(&"arn:aws:sqs:eu-west-1:1:jobs")
        );
        assert!(
            of(r#"{"p":"{\"r\":\"arn:aws:sqs:eu-west-1:1:jobs\"}"}"#)
                .contains(&"arn:aws:sqs:eu-west-1:1:jobs")
        );
        assert!(of("peered with vpc-0a1b2c3d4e.").contains(&"vpc-0a1b2c3d4e"));
        assert!(of("subnet-0a1b2c3d,subnet-1a1b2c3d").contains(&"subnet-1a1b2c3d"));
        assert!(
            of("serviceAccount:loader@h.iam.gserviceaccount.com")
                .contains(&"loader@h.iam.gserviceaccount.com")
        );
        assert!(
            of("dualstack.shop-1.eu-west-1.elb.amazonaws.com")
                .contains(&"shop-1.eu-west-1.elb.amazonaws.com")
        );
    }

    #[test]
    fn paths_are_found_behind_a_host_and_end_at_what_lies_below() {
        let network = "projects/harbor/global/networks/main";
        assert!(of(&format!("https://www.googleapis.com/compute/v1/{network}")).contains(&network));
        let group = "/subscriptions/s-1/resourceGroups/shop";
        let vnet = format!("{group}/providers/Microsoft.Network/virtualNetworks/v");
        let subnet = format!("{vnet}/subnets/s");
        assert!(of(&subnet).contains(&vnet.as_str()));
        assert!(!of(&subnet).contains(&group));
    }

    #[test]
    fn any_text_is_cut_at_its_characters() {
        of("ünï-cödé/ärn:äws:ß/日本語日本語:日本語日本語 🦀🦀🦀🦀:🦀");
    }
}
