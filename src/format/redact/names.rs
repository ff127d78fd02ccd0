//! Names that are secrets by convention.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

/// Which attribute names hold secrets: a convention, and what a user adds to or takes from it.
#[derive(Debug, Clone, Default)]
pub struct SecretNames {
    secret: HashSet<String>,
    visible: HashSet<String>,
}

/// Words that make a name a secret's wherever they stand in it: `master_password_wo`.
const ANYWHERE: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passphrases",
    "pwd",
];

/// Words that make a name a secret's at its end: `client_secret`, `auth_token`.
const AT_THE_END: &[&str] = &[
    "secret",
    "secrets",
    "token",
    "tokens",
    "credential",
    "credentials",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "kubeconfig",
    "connectionstring",
    "connstr",
    "jwt",
    "p12",
    "pass",
    "presharedkey",
    "psk",
    "sas",
];

/// Last words of names below which everything is secret, its `name` and `id` too.
const HOLDERS: &[&str] = &["token", "tokens", "secrets", "credentials"];

/// Endings that make a word a secret's: `dbpassword`.
const ENDINGS: &[&str] = &["password", "passwd"];

/// Pairs of words that do the same.
const PAIRS: &[[&str; 2]] = &[
    ["private", "key"],
    ["secret", "key"],
    ["access", "key"],
    ["api", "key"],
    ["auth", "key"],
    ["account", "key"],
    ["shared", "key"],
    ["signing", "key"],
    ["master", "key"],
    ["storage", "key"],
    ["connection", "string"],
    ["conn", "str"],
    ["kube", "config"],
    ["preshared", "key"],
    ["client", "key"],
    ["primary", "key"],
    ["secondary", "key"],
    ["raw", "config"],
];

/// Words that only say how the value before them is written: `private_key_pem`, `secret_string`.
const FORMS: &[&str] = &[
    "pem",
    "base64",
    "b64",
    "base",
    "json",
    "raw",
    "string",
    "strings",
    "binary",
    "plaintext",
    "plain",
    "value",
    "openssh",
    "pkcs8",
    "v4",
    "wo",
    "data",
    "hash",
    "primary",
    "secondary",
    "text",
    "file",
    "content",
];

/// Words that say something about a secret without being one: `password_length`, `secret_arn`.
const ABOUT: &[&str] = &[
    "age",
    "algorithm",
    "arn",
    "arns",
    "at",
    "enabled",
    "endpoint",
    "expiration",
    "expiry",
    "format",
    "from",
    "id",
    "ids",
    "length",
    "lifetime",
    "max",
    "min",
    "name",
    "names",
    "path",
    "period",
    "policy",
    "ref",
    "required",
    "rotation",
    "status",
    "ttl",
    "type",
    "uri",
    "url",
    "username",
    "version",
    "versions",
    "days",
    "seconds",
    "hours",
    "count",
    "validity",
];

/// Names that look like secrets' and are not: `metadata_options.http_tokens` of `aws_instance` says
/// whether session tokens are required.
const NO_SECRETS: &[&str] = &["http_tokens"];

impl SecretNames {
    /// The convention, plus the names in `secret`, minus those in `visible`; without regard to case.
    pub fn new(secret: &[String], visible: &[String]) -> Self {
        let lower = |names: &[String]| names.iter().map(|name| name.to_lowercase()).collect();
        SecretNames {
            secret: lower(secret),
            visible: lower(visible),
        }
    }

    /// Whether nothing is added to the convention, or taken from it.
    pub(super) fn is_conventional(&self) -> bool {
        self.secret.is_empty() && self.visible.is_empty()
    }

    /// The same names, with each answer remembered: a state repeats few names many times.
    pub(in crate::format) fn remembered(&self) -> RememberedNames<'_> {
        RememberedNames {
            names: self,
            answers: RefCell::default(),
        }
    }

    /// Whether what stands under `name` is a secret.
    fn is_secret(&self, name: &str) -> bool {
        if !self.secret.is_empty() || !self.visible.is_empty() {
            let lower = name.to_lowercase();
            if self.secret.contains(&lower) {
                return true;
            }
            if self.visible.contains(&lower) {
                return false;
            }
        }
        is_conventional(name)
    }

    fn is_visible(&self, name: &str) -> bool {
        !self.secret.contains(&name.to_lowercase())
            && (self.is_chosen_visible(name) || is_about(&words(name)))
    }

    fn is_chosen_visible(&self, name: &str) -> bool {
        self.visible.contains(&name.to_lowercase())
    }
}

/// Whether a name says something about a secret without being one.
fn is_about(words: &[String]) -> bool {
    words
        .last()
        .is_some_and(|last| ABOUT.contains(&last.as_str()))
}

/// Secret names for one state.
#[derive(Debug)]
pub(in crate::format) struct RememberedNames<'n> {
    names: &'n SecretNames,
    answers: RefCell<HashMap<String, Answer, RandomState>>,
}

/// What a name says of what stands under it.
#[derive(Debug, Clone, Copy)]
struct Answer {
    is_secret: bool,
    holds_only_secrets: bool,
}

impl RememberedNames<'_> {
    /// Whether what stands under `name` is a secret.
    pub(in crate::format) fn is_secret(&self, name: &str) -> bool {
        self.answer(name).is_secret
    }

    /// Whether all that stands below a secret's name is secret: passwords and tokens come without a
    /// description, while an object called `secret` is often a reference to one.
    pub(super) fn holds_only_secrets(&self, name: &str) -> bool {
        self.answer(name).holds_only_secrets
    }

    /// Whether a name may be a secret's, by a glance at its end and for a password within it: what it
    /// tells of most names is that they are none.
    pub(super) fn may_be_secret(&self, name: &str) -> bool {
        !self.names.secret.is_empty() || may_be_conventional(name.as_bytes())
    }

    fn answer(&self, name: &str) -> Answer {
        if let Some(answer) = self.answers.borrow().get(name) {
            return *answer;
        }
        let answer = Answer {
            is_secret: self.names.is_secret(name),
            holds_only_secrets: holds_only_secrets(name),
        };
        self.answers.borrow_mut().insert(name.to_owned(), answer);
        answer
    }

    /// Whether what stands under `name` is no secret even in the midst of one: `name`, `arn`.
    pub(super) fn is_visible(&self, name: &str) -> bool {
        self.names.is_visible(name)
    }

    /// Whether a user said that what stands under `name` is no secret.
    pub(super) fn is_chosen_visible(&self, name: &str) -> bool {
        self.names.is_chosen_visible(name)
    }
}

fn holds_only_secrets(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| is_password(word))
        || words
            .last()
            .is_some_and(|last| HOLDERS.contains(&last.as_str()))
}

fn is_password(word: &str) -> bool {
    ANYWHERE.contains(&word) || ENDINGS.iter().any(|ending| word.ends_with(ending))
}

/// Whether [`is_conventional`] can be true of a name; escapes in it are not resolved.
fn may_be_conventional(name: &[u8]) -> bool {
    let [.., before_last, last] = name else {
        return false;
    };
    let is_plain = before_last.is_ascii_alphabetic() && last.is_ascii_alphabetic();
    !is_plain || SECRET_ENDS.contains(*before_last, *last) || may_hold_password(name)
}

/// Whether one of the words that are secrets anywhere may stand in a name.
fn may_hold_password(name: &[u8]) -> bool {
    let is_begun = |pair: &[u8]| matches!(pair, [b'p' | b'P', b'a' | b'A' | b'w' | b'W']);
    // A letter may be written as an escape.
    let may_be_letter = |byte: &u8| *byte == b'\\' || !byte.is_ascii();
    name.windows(2).any(is_begun) || name.iter().any(may_be_letter)
}

/// The last two letters of every word that a secret's name ends in, in any case.
static SECRET_ENDS: LetterPairs = {
    let mut pairs = LetterPairs([0; 26]);
    let mut lists: &[&[&str]] = &[AT_THE_END, FORMS];
    while let [words, others @ ..] = lists {
        let mut words: &[&str] = words;
        while let [word, rest @ ..] = words {
            pairs.add_end(word);
            words = rest;
        }
        lists = others;
    }
    let mut words = PAIRS;
    while let [[_, word], rest @ ..] = words {
        pairs.add_end(word);
        words = rest;
    }
    pairs
};

/// A set of pairs of letters: a bit for each second letter, by the first.
struct LetterPairs([u32; 26]);

impl LetterPairs {
    /// Adds a word's last two, if they are letters.
    const fn add_end(&mut self, word: &str) {
        if let [.., before_last, last] = word.as_bytes()
            && before_last.is_ascii_lowercase()
            && last.is_ascii_lowercase()
        {
            self.0[(*before_last - b'a') as usize] |= 1 << (*last - b'a');
        }
    }

    /// Whether it has a pair of letters, in any case.
    fn contains(&self, first: u8, second: u8) -> bool {
        let number = |letter: u8| letter.to_ascii_lowercase().wrapping_sub(b'a');
        let seconds = self.0.get(usize::from(number(first)));
        seconds.is_some_and(|seconds| seconds >> number(second) & 1 == 1)
    }
}

pub(in crate::format) fn is_conventional(name: &str) -> bool {
    let words = words(name);
    if is_about(&words) || NO_SECRETS.contains(&name) {
        return false;
    }
    if words.iter().any(|word| is_password(word)) {
        return true;
    }
    let mut rest = words.as_slice();
    loop {
        if names_a_secret(rest) {
            return true;
        }
        match rest.split_last() {
            Some((last, before)) if !before.is_empty() && FORMS.contains(&last.as_str()) => {
                rest = before
            }
            _ => return false,
        }
    }
}

fn names_a_secret(words: &[String]) -> bool {
    let ends_with_pair = |pair: &[&str; 2]| {
        words.len() >= 2 && words[words.len() - 2] == pair[0] && words[words.len() - 1] == pair[1]
    };
    words
        .last()
        .is_some_and(|last| AT_THE_END.contains(&last.as_str()))
        || PAIRS.iter().any(ends_with_pair)
}

/// The lower-case words of `snake_case`, `kebab-case`, `camelCase` and `UPPER_CASE` names, without
/// the number or version they may end in: `token2`, `api_key_v2`.
fn words(name: &str) -> Vec<String> {
    let mut words = all_words(name);
    let Some(last) = words.pop() else {
        return words;
    };
    let is_whole = [FORMS, AT_THE_END]
        .iter()
        .any(|known| known.contains(&last.as_str()));
    let unnumbered = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_number = unnumbered.is_empty() || (unnumbered == "v" && unnumbered != last);
    if is_whole {
        words.push(last);
    } else if !is_number {
        words.push(unnumbered.to_owned());
    }
    words
}

fn all_words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut after_lower, mut after_upper) = (false, false);
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        // An acronym ends before the capital of the next word: `TLSPrivateKey`; not in `secretIDs`.
        let ends_acronym = || {
            let mut next = characters.clone();
            let follower = next.next();
            let is_plural = follower == Some('s') && !next.next().is_some_and(char::is_lowercase);
            after_upper && follower.is_some_and(char::is_lowercase) && !is_plural
        };
        if !character.is_alphanumeric()
            || (character.is_uppercase() && (after_lower || ends_acronym()))
        {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
        after_lower = character.is_lowercase() || character.is_ascii_digit();
        after_upper = character.is_uppercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_secrets_are_known_in_every_case() {
        for name in [
            "password",
            "master_password",
            "password_wo",
            "DB_PASSWORD",
            "adminPassword",
            "ses_smtp_password_v4",
            "private_key_pem",
            "secret_string",
            "client_secret",
            "auth_token",
            "token",
            "primary_access_key",
            "connection_string",
            "primary_connection_string",
            "kube_config_raw",
            "apiKey",
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_TOKEN",
            "x-api-key",
            "db_passwd",
            "credentials_json",
            "SECRET_KEY_BASE",
            "secret_key_base",
            "preshared_key",
            "presharedkey",
            "tunnel1_psk",
            "client_key",
            "primary_key",
            "secondary_key",
            "jwt",
            "sas",
            "db_pass",
            "raw_config",
            "certificate_p12",
            "password1",
            "token2",
            "api_key_v2",
            "secret_value_1",
            "TLSPrivateKey",
            "DBPassword",
            "mypassword",
            "dbpassword",
            "DBPASSWORD",
        ] {
            assert!(is_conventional(name), "{name}");
        }
    }

    #[test]
    fn what_is_said_about_a_secret_is_no_secret() {
        for name in [
            "password_length",
            "secret_arn",
            "secret_id",
            "token_ttl",
            "access_key_id",
            "key",
            "kms_key_id",
            "public_key",
            "secret_name",
            "secret_status",
            "password_policy",
            "tokenizer",
            "secretIDs",
            "access_key_id_2",
            "bypass",
            "key1",
            "v2",
            "passed",
            "ipv4",
            "http_tokens",
            "passes",
            "key_name",
            "id",
            "data",
            "value",
        ] {
            assert!(!is_conventional(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_secret_name_is_passed_over_by_a_glance(
            words in prop::collection::vec(word(), 1..4), between in prop::sample::select(vec!["_", "-", "", "."]),
            end in "(_?v?[0-9]{1,2})?[_.]?", case in 0..3,
        ) {
            let mut name = words.join(between) + &end;
            match case {
                0 => {}
                1 => name = name.to_uppercase(),
                _ => name = words.iter().map(|word| word[..1].to_uppercase() + &word[1..]).collect(),
            }
            prop_assert!(may_be_conventional(name.as_bytes()) || !is_conventional(&name), "{name}");
        }
    }

    fn word() -> impl Strategy<Value = &'static str> {
        let lists = [ANYWHERE, AT_THE_END, HOLDERS, ENDINGS, FORMS, ABOUT];
        let mut all: Vec<&str> = lists.into_iter().flatten().copied().collect();
        all.extend(PAIRS.iter().flatten());
        all.extend(["my", "db", "x", "production", "s", "tokenize"]);
        prop::sample::select(all)
    }

    #[test]
    fn users_add_and_take_away_names() {
        let names = SecretNames::new(&["Pin".into()], &["token".into()]);
        assert!(names.is_secret("pin"));
        assert!(!names.is_secret("TOKEN"));
        assert!(names.is_secret("password"));
    }
}
