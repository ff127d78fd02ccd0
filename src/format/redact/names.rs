//! Names that are secrets by convention.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

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
];

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

    /// The same names, with each answer remembered: a state repeats few names many times.
    pub(super) fn remembered(&self) -> RememberedNames<'_> {
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
            && (self.visible.contains(&name.to_lowercase()) || is_about(&words(name)))
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
pub(super) struct RememberedNames<'n> {
    names: &'n SecretNames,
    answers: RefCell<HashMap<String, bool>>,
}

impl RememberedNames<'_> {
    /// Whether what stands under `name` is a secret.
    pub(super) fn is_secret(&self, name: &str) -> bool {
        if let Some(answer) = self.answers.borrow().get(name) {
            return *answer;
        }
        let answer = self.names.is_secret(name);
        self.answers.borrow_mut().insert(name.to_owned(), answer);
        answer
    }

    /// Whether what stands under `name` is no secret even in the midst of one: `name`, `arn`.
    pub(super) fn is_visible(&self, name: &str) -> bool {
        self.names.is_visible(name)
    }
}

fn is_conventional(name: &str) -> bool {
    let words = words(name);
    if is_about(&words) || NO_SECRETS.contains(&name) {
        return false;
    }
    if words.iter().any(|word| ANYWHERE.contains(&word.as_str())) {
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

/// The lower-case words of `snake_case`, `kebab-case`, `camelCase` and `UPPER_CASE` names.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
        after_lower = character.is_lowercase() || character.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn users_add_and_take_away_names() {
        let names = SecretNames::new(&["Pin".into()], &["token".into()]);
        assert!(names.is_secret("pin"));
        assert!(!names.is_secret("TOKEN"));
        assert!(names.is_secret("password"));
    }
}
