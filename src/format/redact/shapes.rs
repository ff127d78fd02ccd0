//! Secrets told by their name or by what they look like.

use serde_json::{Map, Value};

use super::hide;
use super::known::KnownSecrets;
use super::names::RememberedNames;

/// Hides, anywhere in `value`: what stands under a secret's name (also in `{"name", "value"}`
/// pairs), private keys, URLs and connection strings with a password in them, `Authorization` headers,
/// copies of marked values (an object that has one as a key is hidden whole), and all of these inside
/// texts that are JSON themselves.
pub(super) fn hide_conventional(
    value: &mut Value,
    names: &RememberedNames<'_>,
    known: &KnownSecrets,
) {
    match value {
        Value::Object(map) => {
            let keyed_by_secret = map.keys().any(|key| known.holds_secret(key));
            if keyed_by_secret || known.is_copy(map) {
                return hide(value);
            }
            hide_named_pair(map, names);
            for (key, member) in map {
                if names.is_secret(key) {
                    hide_texts(member, names);
                }
                hide_conventional(member, names, known);
            }
        }
        Value::Array(items) => {
            if known.is_copy(items) {
                return hide(value);
            }
            items
                .iter_mut()
                .for_each(|item| hide_conventional(item, names, known));
        }
        Value::String(text) => {
            let has_password =
                || has_url_password(text) || has_named_password(text) || is_bearer_token(text);
            if known.holds_secret(text) || is_private_key(text) || has_password() {
                return hide(value);
            }
            if let Some(shown) = embedded_json(text, names, known) {
                *text = shown;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Environment variables are often written `{"name": "DB_PASSWORD", "value": "…"}`.
fn hide_named_pair(map: &mut Map<String, Value>, names: &RememberedNames<'_>) {
    for (name, value) in [
        ("name", "value"),
        ("Name", "Value"),
        ("key", "value"),
        ("Key", "Value"),
    ] {
        let is_named = |name: &Value| name.as_str().is_some_and(|name| names.is_secret(name));
        if map.contains_key(value)
            && map.get(name).is_some_and(is_named)
            && let Some(value) = map.get_mut(value)
        {
            hide_texts(value, names);
        }
    }
}

/// Hides a text, a number, or those of a list or object; of an object not what its member's name
/// says about the secret (`name`, `arn`, `valueFrom`).
fn hide_texts(value: &mut Value, names: &RememberedNames<'_>) {
    match value {
        Value::String(text) if !text.is_empty() => hide(value),
        Value::Number(_) => hide(value),
        Value::Array(items) => items.iter_mut().for_each(|item| hide_texts(item, names)),
        Value::Object(members) => members
            .iter_mut()
            .filter(|(key, _)| !names.is_visible(key))
            .for_each(|(_, member)| hide_texts(member, names)),
        _ => {}
    }
}

fn is_private_key(text: &str) -> bool {
    text.contains("-----BEGIN") && text.contains("PRIVATE KEY")
}

/// Whether the text is the value of an `Authorization` header.
fn is_bearer_token(text: &str) -> bool {
    let token = ["Bearer ", "bearer ", "Basic ", "basic "]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    token.is_some_and(|token| token.len() >= 8 && !token.contains(char::is_whitespace))
}

/// Whether a URL in the text carries `user:password@`.
fn has_url_password(text: &str) -> bool {
    text.match_indices("://").any(|(start, separator)| {
        let rest = &text[start + separator.len()..];
        let end = rest
            .find(|c: char| c == '/' || c == '"' || c.is_whitespace())
            .unwrap_or(rest.len());
        let Some((user_info, _host)) = rest[..end].rsplit_once('@') else {
            return false;
        };
        user_info
            .split_once(':')
            .is_some_and(|(_user, password)| !password.is_empty())
    })
}

/// Whether the text has `password=…` as connection strings and scripts write it, with a value that
/// is no reference to one kept elsewhere.
fn has_named_password(text: &str) -> bool {
    const NAMES: [&str; 4] = ["password", "pwd", "accountkey", "sharedaccesskey"];
    memchr::memchr_iter(b'=', text.as_bytes()).any(|equals| {
        let (before, value) = (&text[..equals], &text[equals + 1..]);
        let is_named = NAMES.iter().any(|name| {
            let start = before.len().checked_sub(name.len());
            start
                .and_then(|start| before.split_at_checked(start))
                .is_some_and(|(rest, word)| {
                    word.eq_ignore_ascii_case(name) && !rest.ends_with(char::is_alphanumeric)
                })
        });
        let value = value.trim_start_matches(['"', '\'', '\\']);
        is_named && value.starts_with(|c: char| !c.is_whitespace() && !";&$%{<(*".contains(c))
    })
}

/// The text with its secrets hidden, where it is JSON that holds any.
fn embedded_json(text: &str, names: &RememberedNames<'_>, known: &KnownSecrets) -> Option<String> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let original: Value = serde_json::from_str(text).ok()?;
    let mut shown = original.clone();
    hide_conventional(&mut shown, names, known);
    (shown != original).then(|| shown.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::redact::SecretNames;
    use serde_json::json;

    fn shown(mut value: Value) -> Value {
        hide_conventional(
            &mut value,
            &SecretNames::default().remembered(),
            &KnownSecrets::default(),
        );
        value
    }

    #[test]
    fn secrets_are_told_by_name() {
        assert_eq!(
            shown(
                json!({"password": "x", "password_length": 1, "secret": {"name": "n"}, "token": "", "tokens": ["a", 1]})
            ),
            json!({"password": "(sensitive)", "password_length": 1, "secret": {"name": "n"}, "token": "",
                "tokens": ["(sensitive)", "(sensitive)"]})
        );
    }

    #[test]
    fn named_pairs_are_hidden_inside_json_text_too() {
        let definitions =
            r#"[{"environment":[{"name":"DB_PASSWORD","value":"x"},{"name":"PORT","value":"1"}]}]"#;
        assert_eq!(
            shown(json!({"container_definitions": definitions})),
            json!({"container_definitions":
                r#"[{"environment":[{"name":"DB_PASSWORD","value":"(sensitive)"},{"name":"PORT","value":"1"}]}]"#})
        );
        let untouched = r#"{ "Version" : "2012-10-17" }"#;
        assert_eq!(
            shown(json!({"policy": untouched})),
            json!({"policy": untouched})
        );
    }

    #[test]
    fn what_stands_in_a_secret_s_object_is_hidden_but_what_is_said_about_it() {
        assert_eq!(
            shown(json!({
                "secrets": {"db": "x", "more": ["y"]},
                "token": {"value": "z", "type": "string"},
                "secret": [{"name": "n", "valueFrom": "arn:x", "secret_status": "active"}],
            })),
            json!({
                "secrets": {"db": "(sensitive)", "more": ["(sensitive)"]},
                "token": {"value": "(sensitive)", "type": "string"},
                "secret": [{"name": "n", "valueFrom": "arn:x", "secret_status": "active"}],
            })
        );
    }

    #[test]
    fn header_values_are_told_by_shape() {
        let hidden =
            |text: &str| shown(json!({"Authorization": text}))["Authorization"] == "(sensitive)";
        assert!(hidden("Bearer abcdefgh"));
        assert!(!hidden("Basic support plan for all"));
        assert!(!hidden("NONE"));
    }

    #[test]
    fn connection_strings_with_passwords_are_told_by_shape() {
        let hidden = |text: &str| shown(json!({"u": text}))["u"] == "(sensitive)";
        assert!(hidden("host=db user=app password=pw"));
        assert!(hidden("Server=db;User Id=app;Password=pw;"));
        assert!(hidden(
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k=="
        ));
        assert!(hidden("#!/bin/sh\nexport DB_PASSWORD='pw'\n"));
        assert!(!hidden("export DB_PASSWORD=$(aws ssm get-parameter)"));
        assert!(!hidden("host=db user=app password="));
        assert!(!hidden("https://host/reset?forgotpassword=1"));
    }

    #[test]
    fn keys_and_urls_with_passwords_are_told_by_shape() {
        let url = |url: &str| shown(json!({"u": url}))["u"] == "(sensitive)";
        assert!(url("postgres://app:pw@db/x"));
        assert!(url("see https://u:p@h and more"));
        assert!(!url("https://user@host/path:1@x"));
        assert!(!url("https://host:8080/a"));
        assert_eq!(
            shown(json!("-----BEGIN RSA PRIVATE KEY-----\nx")),
            json!("(sensitive)")
        );
    }
}
