//! Copies of secrets: what another attribute of the same state repeats.

use std::collections::HashSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError};
use serde::Serialize;
use serde_json::Value;

use super::base64::encoded;
use super::marks::visit_marked;
use super::names::RememberedNames;
use super::random::{is_reference, is_uuid, looks_like_key, looks_random};
use super::rules;
use super::unread::has_named_text;
use crate::format::model::{AtHand, Instance, Sensitivity, State};

/// The shortest marked text that is looked for elsewhere; shorter ones would hide common words.
pub(super) const SHORTEST: usize = 8;

/// A text of one kind of character only (`postgres`, `production`) is looked for from this length.
const SHORTEST_PLAIN: usize = 16;

/// The networks of all addresses, which stand in every firewall: that one is marked tells nothing,
/// and to hide them elsewhere would hide which others are open to the world.
const EVERYWHERE: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// Of texts longer than `LONG` bytes only the first `LOOKED_FOR` are: the search's memory grows with
/// what it looks for, and a state may mark many megabytes.
const LONG: usize = 512;
const LOOKED_FOR: usize = 64;

/// A state's secrets, to be recognised where it repeats them under names that do not tell.
#[derive(Debug, Default)]
pub(super) struct KnownSecrets {
    /// Whole objects and lists, compact.
    containers: HashSet<String>,
    /// Texts, found within longer ones too.
    texts: KnownTexts,
    /// Stands for all of them.
    hash: [u8; 32],
}

#[derive(Debug, Default)]
enum KnownTexts {
    #[default]
    None,
    Found(AhoCorasick),
    /// There are too many to search for, or they could not be read, so every text may hold one.
    Unsearchable,
}

impl KnownSecrets {
    /// Collects from sensitive outputs, from the instances that have marks or are secrets by their
    /// type, from attributes under a secret's name, and from what was copied out of other states.
    ///
    /// Of a marked object or list the whole is looked for, and of its members those whose names
    /// are secrets' or that look random: others (ids, regions, sizes) stand all over the state.
    /// Of copied outputs and backends' credentials only texts that cannot be names are: which of
    /// them are sensitive is not known. Texts are looked for in base64 too.
    ///
    /// Only instances that hold any of these are parsed.
    pub(super) fn of(state: &State<'_>, names: &RememberedNames<'_>) -> Self {
        if matches!(state.values, AtHand::Missing) {
            return KnownSecrets::unknown();
        }
        let mut found = Collector {
            names,
            containers: HashSet::new(),
            texts: HashSet::new(),
        };
        for output in &state.outputs {
            if output.sensitive {
                found.marked(&output.value.value());
            } else if names.is_secret(&output.name) || has_named_text(output.value.text(), names) {
                found.member(&output.name, &output.value.value());
            }
        }
        for resource in &state.resources {
            let has_rule = rules::applies_to(resource);
            for instance in &resource.instances {
                let has_named = has_named_text(instance.attributes.text(), names);
                if !has_rule && !has_named && !has_marks(instance) {
                    continue;
                }
                let mut attributes = instance.attributes.value();
                if has_named {
                    found.named(&attributes);
                }
                visit_marked(resource, instance, &mut attributes, &mut |value| {
                    found.marked(value)
                });
                rules::visit_by_type(resource, &mut attributes, &mut |value| found.marked(value));
                rules::visit_copied(resource, &mut attributes, &mut |name, value| {
                    found.likely(name, value, false)
                });
                rules::visit_credentials(resource, &mut attributes, &mut |name, value| {
                    found.likely(name, value, false)
                });
            }
        }
        // What could not be read may hold what is repeated elsewhere.
        if matches!(state.values, AtHand::Unchecked(parsing) if parsing.found_damage()) {
            return KnownSecrets::unknown();
        }
        let hash = hash(found.containers.iter().chain(&found.texts));
        let texts = match found.texts {
            texts if texts.is_empty() => KnownTexts::None,
            texts => search(&texts).map_or(KnownTexts::Unsearchable, KnownTexts::Found),
        };
        KnownSecrets {
            containers: found.containers,
            texts,
            hash,
        }
    }

    /// Secrets of which nothing is known, so that every text may hold one.
    fn unknown() -> Self {
        KnownSecrets {
            containers: HashSet::new(),
            texts: KnownTexts::Unsearchable,
            hash: [u8::MAX; 32],
        }
    }

    /// Stands for all of them: what two states hide alike.
    pub(super) fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// About how many bytes they take.
    pub(super) fn size(&self) -> usize {
        let containers: usize = self.containers.iter().map(String::len).sum();
        match &self.texts {
            KnownTexts::None | KnownTexts::Unsearchable => containers,
            KnownTexts::Found(texts) => containers + texts.memory_usage(),
        }
    }

    /// Whether a text is, or holds, one of them.
    pub(super) fn holds_secret(&self, text: &str) -> bool {
        text.len() >= SHORTEST
            && match &self.texts {
                KnownTexts::None => false,
                KnownTexts::Found(texts) => texts.is_match(text),
                KnownTexts::Unsearchable => true,
            }
    }

    /// Whether any object or list is marked.
    pub(super) fn has_containers(&self) -> bool {
        !self.containers.is_empty()
    }

    /// Whether an object or list is a copy of a marked one.
    pub(super) fn is_copy(&self, value: &impl Serialize) -> bool {
        !self.containers.is_empty()
            && serde_json::to_string(value).is_ok_and(|text| self.containers.contains(&text))
    }
}

/// A hash of some texts that are all different, whatever their order.
fn hash<'t>(texts: impl Iterator<Item = &'t String>) -> [u8; 32] {
    let mut all = [0; 32];
    for text in texts {
        let one = blake3::hash(text.as_bytes());
        let lanes = all.iter_mut().zip(one.as_bytes());
        lanes.for_each(|(all, one)| *all ^= one);
    }
    all
}

/// A table for each state of the search would be faster to walk, and takes longer to make than most
/// states take to search.
fn search(texts: &HashSet<String>) -> Result<AhoCorasick, BuildError> {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(texts)
}

fn has_marks(instance: &Instance<'_>) -> bool {
    let (Sensitivity::Paths(marks) | Sensitivity::Mask(marks)) = &instance.sensitivity;
    marks
        .as_ref()
        .is_some_and(|marks| !matches!(marks.text(), "[]" | "{}" | "null"))
}

/// Secrets as they are found.
struct Collector<'n> {
    names: &'n RememberedNames<'n>,
    containers: HashSet<String>,
    texts: HashSet<String>,
}

impl Collector<'_> {
    /// Takes a whole object or list, unless it holds nothing but what stands all over a state: numbers,
    /// truth values, short texts.
    fn add_container(&mut self, value: &Value) {
        if has_long_text(value) {
            self.containers.insert(value.to_string());
        }
    }

    /// Takes a value that is a secret as a whole.
    fn marked(&mut self, value: &Value) {
        match value {
            Value::String(text) if is_telling(text) => {
                self.look_for(text);
            }
            Value::Object(map) if !map.is_empty() => {
                self.add_container(value);
                for (key, member) in map {
                    let is_telling = match member {
                        Value::String(text) if !self.names.is_secret(key) => {
                            !self.names.is_visible(key) && looks_random(text)
                        }
                        _ => true,
                    };
                    if is_telling {
                        self.marked(member);
                    }
                }
            }
            Value::Array(items) if !items.iter().all(is_everywhere) => {
                self.add_container(value);
                items
                    .iter()
                    .filter(|item| item.as_str().is_none_or(looks_random))
                    .for_each(|item| self.marked(item));
            }
            _ => {}
        }
    }

    fn look_for(&mut self, text: &str) {
        if text.len() > LONG {
            let start = &text[..text.floor_char_boundary(LOOKED_FOR)];
            // Only whole groups of three bytes read the same whatever follows.
            let groups = LOOKED_FOR / 4 * 3;
            self.texts.insert(encoded(&text.as_bytes()[..groups]));
            self.texts.insert(start.to_owned());
        } else {
            self.texts.insert(encoded(text.as_bytes()));
            self.texts.insert(encoded(format!("{text}\n").as_bytes()));
            self.texts.insert(text.to_owned());
        }
    }

    /// Takes the texts that stand under a secret's name, anywhere in a value.
    fn named(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                map.iter()
                    .for_each(|(key, member)| self.member(key, member));
            }
            Value::Array(items) => items.iter().for_each(|item| self.named(item)),
            _ => {}
        }
    }

    /// Takes a text, or those of a list, if they stand under a secret's name, else what stands so
    /// within them.
    fn member(&mut self, name: &str, value: &Value) {
        match value {
            Value::String(text)
                if self.names.is_secret(name) && self.is_named_secret(name, text) =>
            {
                self.look_for(text);
            }
            Value::Array(items) => items.iter().for_each(|item| self.member(name, item)),
            _ => self.named(value),
        }
    }

    /// Whether a text under a secret's name is one that is not expected elsewhere. Not a reference to a
    /// secret kept elsewhere, nor what other resources are called: a `primary_key` may be a column's
    /// name.
    fn is_named_secret(&self, name: &str, text: &str) -> bool {
        is_telling(text)
            && !is_reference(text)
            && (self.names.holds_only_secrets(name) || looks_random(text) || is_uuid(text))
    }

    /// Takes the texts of a value of which nothing says whether it is secret, if they stand under a
    /// secret's name or can be no names or ids. Below a name that is about a secret or an object
    /// (`zone_ids`), as `is_about` says of those around, only the former.
    fn likely(&mut self, name: &str, value: &Value, is_about: bool) {
        let is_about = is_about || self.names.is_visible(name);
        match value {
            Value::String(_) if self.names.is_secret(name) => self.member(name, value),
            Value::String(text) => match embedded(text) {
                Some(inner) => self.likely(name, &inner, is_about),
                None if !is_about && looks_like_key(text) && is_telling(text) => {
                    self.look_for(text);
                }
                None => {}
            },
            Value::Array(items) => items
                .iter()
                .for_each(|item| self.likely(name, item, is_about)),
            Value::Object(members) => members
                .iter()
                .for_each(|(key, member)| self.likely(key, member, is_about)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Whether any text within a value is long enough to be looked for.
fn has_long_text(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() >= SHORTEST,
        Value::Array(items) => items.iter().any(has_long_text),
        Value::Object(members) => members.values().any(has_long_text),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The object or list that a text is as JSON.
fn embedded(text: &str) -> Option<Value> {
    let may_be = text.trim_start().starts_with(['{', '[']);
    may_be.then(|| serde_json::from_str(text).ok()).flatten()
}

fn is_everywhere(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| EVERYWHERE.contains(&text))
}

/// Whether a text is unlikely to stand elsewhere by chance.
fn is_telling(text: &str) -> bool {
    if EVERYWHERE.contains(&text) {
        return false;
    }
    let kinds = [
        text.chars().any(|c| c.is_lowercase()),
        text.chars().any(|c| c.is_uppercase()),
        text.chars().any(|c| c.is_numeric()),
        text.chars().any(|c| !c.is_alphanumeric()),
    ];
    let kinds = kinds.into_iter().filter(|kind| *kind).count();
    text.len() >= SHORTEST_PLAIN || (text.len() >= SHORTEST && kinds >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::redact::SecretNames;
    use serde_json::json;

    fn known(marked: &Value) -> KnownSecrets {
        collected(|found| found.marked(marked))
    }

    fn collected(collect: impl FnOnce(&mut Collector<'_>)) -> KnownSecrets {
        let names = SecretNames::default();
        let names = names.remembered();
        let mut found = Collector {
            names: &names,
            containers: HashSet::new(),
            texts: HashSet::new(),
        };
        collect(&mut found);
        KnownSecrets {
            containers: found.containers,
            texts: KnownTexts::Found(AhoCorasick::new(found.texts).unwrap()),
            hash: [0; 32],
        }
    }

    #[test]
    fn random_members_of_a_marked_value_are_known() {
        let known = known(
            &json!({"a": "kD93hfA0zPq", "id": "kD93hfA0zzz", "l": ["Qw82jfnA0p"],
            "region": "eu-central-1", "vpc": "vpc-0123456789abcdef0"}),
        );
        assert!(known.holds_secret("x=kD93hfA0zPq"));
        assert!(known.holds_secret("Qw82jfnA0p"));
        assert!(!known.holds_secret("kD93hfA0zzz"));
        assert!(!known.holds_secret("eu-central-1"));
        assert!(!known.holds_secret("vpc-0123456789abcdef0"));
    }

    #[test]
    fn keys_among_copied_outputs_are_known_and_names_ids_and_addresses_are_not() {
        let outputs = json!({
            "user_dbp": "kD93hfA0zPq", "login": {"pw": ["Qw82jfnA0p"]}, "db_password": "summer-is-over",
            "json": "{\"key\":\"mN7xR2vLq8\"}",
            "vpc_id": "vpc-0123456789abcdef0", "zones": ["eu-west-1a"], "cidr": "10.20.0.0/16",
            "arn": "arn:aws:s3:::logs-7f3a9c2b", "bucket": "logs-7f3a9c2b", "secret": "arn:aws:x:y",
            "zone_ids": {"public": "b64Id9ABCdef"}, "policy": "{\"Resource\":[\"arn:aws:s3:::x*\"]}",
        });
        let known = collected(|found| found.likely("outputs", &outputs, false));
        for secret in ["kD93hfA0zPq", "Qw82jfnA0p", "summer-is-over", "mN7xR2vLq8"] {
            assert!(known.holds_secret(secret), "{secret}");
        }
        for shown in [
            "vpc-0123456789abcdef0",
            "eu-west-1a",
            "10.20.0.0/16",
            "arn:aws:s3:::logs-7f3a9c2b",
            "arn:aws:x:y",
            "b64Id9ABCdef",
            "{\"Resource\":[\"arn:aws:s3:::x*\"]}",
        ] {
            assert!(!known.holds_secret(shown), "{shown}");
        }
        assert!(!known.has_containers());
    }

    #[test]
    fn texts_under_secret_names_are_known_but_references_and_other_names() {
        let attributes = json!({
            "password": "summer-is-over", "tokens": ["kD93hfA0zPq", "short1"],
            "nested": [{"client_secret": "0b5f7c1e-3a54-4f0e-9d61-1a2b3c4d5e6f"}],
            "primary_key": "customer_id", "secret": "arn:aws:secretsmanager:eu:1:secret:x-Ab12Cd",
            "auth_token": "https://host/a1b2c3d4",
        });
        let known = collected(|found| found.named(&attributes));
        for secret in [
            "summer-is-over",
            "kD93hfA0zPq",
            "0b5f7c1e-3a54-4f0e-9d61-1a2b3c4d5e6f",
        ] {
            assert!(known.holds_secret(secret), "{secret}");
        }
        for shown in [
            "customer_id",
            "arn:aws:secretsmanager:eu:1:secret:x-Ab12Cd",
            "https://host/a1b2c3d4",
            "short1-and-more",
        ] {
            assert!(!known.holds_secret(shown), "{shown}");
        }
    }

    #[test]
    fn the_networks_of_all_addresses_are_no_secret_elsewhere() {
        let rule = json!([{"cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": ["::/0"]}]);
        let known = known(&rule);
        assert!(!known.is_copy(&json!(["0.0.0.0/0"])));
        assert!(!known.is_copy(&json!(["::/0"])));
        assert!(!known.holds_secret("0.0.0.0/0"));
        assert!(known.is_copy(&rule));
    }

    #[test]
    fn a_marked_list_or_object_of_numbers_and_short_texts_is_none_elsewhere() {
        for common in [
            json!([22]),
            json!([true]),
            json!([{"encrypted": false}]),
            json!({"a": "b"}),
            json!([{}]),
        ] {
            assert!(!known(&common).is_copy(&common), "{common}");
        }
        let telling = json!([{"a": 1, "b": "summer-is-over"}]);
        assert!(known(&telling).is_copy(&telling));
    }

    #[test]
    fn the_base64_form_of_a_marked_text_is_known() {
        let known = known(&json!("s3cret-pw"));
        assert!(known.holds_secret("czNjcmV0LXB3"));
        assert!(known.holds_secret("czNjcmV0LXB3Cg=="));
        assert!(!known.holds_secret("czNjcmV0LXA="));
    }

    #[test]
    fn a_long_marked_text_is_known_by_its_start() {
        let long = "aé".repeat(300);
        let known = known(&json!(long));
        assert!(known.holds_secret(&long));
        assert!(known.holds_secret(&encoded(long.as_bytes())));
        assert!(!known.holds_secret(&long[..30]));
    }

    #[test]
    fn all_is_taken_for_secret_where_there_is_too_much_to_search_for() {
        let known = KnownSecrets::unknown();
        assert!(known.holds_secret("12345678"));
        assert!(!known.holds_secret("1234567"));
    }
}
