//! Secrets told by their name or by what they look like.

use serde_json::{Map, Value};

use super::connection;
use super::known::KnownSecrets;
use super::marks::{is_wrapper, unwrapped};
use super::names::RememberedNames;
use super::types::hide_types;
use super::{HIDDEN, hide};

/// Hides, anywhere in `value`: what stands under a secret's name (also in `{"name", "value"}`
/// pairs), private keys, URLs and connection strings with a password in them, `Authorization` headers,
/// copies of marked values (an object that has one as a key is hidden whole), and all of these inside
/// texts that are JSON themselves. Beside a value of dynamic type its type is hidden where it is.
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
            for (key, member) in map.iter_mut() {
                if names.is_secret(key) {
                    hide_texts(member, names, names.holds_only_secrets(key));
                }
                hide_conventional(member, names, known);
            }
            hide_type_beside(map);
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
            let has_password = || connection::has_password(text) || is_bearer_token(text);
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

/// Hides in a `{"value", "type"}` wrapper the types of what is hidden in it.
fn hide_type_beside(map: &mut Map<String, Value>) {
    if is_wrapper(map) {
        let mut value_type = map["type"].take();
        hide_types(&map["value"], &mut value_type);
        map["type"] = value_type;
    }
}

/// What the name in a pair of a name and a value goes by.
pub(super) const PAIR_NAMES: [&str; 4] = ["name", "Name", "key", "Key"];

/// Environment variables are often written `{"name": "DB_PASSWORD", "value": "…"}`.
fn hide_named_pair(map: &mut Map<String, Value>, names: &RememberedNames<'_>) {
    const VALUES: [&str; 4] = ["value", "Value", "values", "Values"];
    for (name, value) in PAIR_NAMES
        .iter()
        .flat_map(|name| VALUES.map(|value| (*name, value)))
    {
        // Most objects have a name, and few a value beside it.
        if !map.contains_key(value) {
            continue;
        }
        let Some(name) = map.get(name).and_then(Value::as_str) else {
            continue;
        };
        let holds_only_secrets = names.holds_only_secrets(name);
        if names.is_secret(name)
            && let Some(value) = map.get_mut(value)
        {
            hide_texts(value, names, holds_only_secrets);
        }
    }
}

/// Hides a text, a number, or those of a list or object; of an object not what its member's name
/// says about the secret (`name`, `arn`, `valueFrom`), unless `all` below is secret. An object that
/// says where its value comes from is a reference either way.
fn hide_texts(value: &mut Value, names: &RememberedNames<'_>, all: bool) {
    match unwrapped(value) {
        Value::String(text) if text.is_empty() => {}
        text @ (Value::String(_) | Value::Number(_)) => hide(text),
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| hide_texts(item, names, all)),
        Value::Object(members) => {
            let is_reference = REFERENCES.iter().any(|key| members.contains_key(*key));
            let all = all && !is_reference;
            let is_visible = |key: &str| match all {
                true => names.is_chosen_visible(key),
                false => names.is_visible(key),
            };
            members
                .iter_mut()
                .filter(|(key, _)| !is_visible(key))
                .for_each(|(_, member)| hide_texts(member, names, all));
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Members of an object that refers to a secret kept elsewhere, as container definitions do.
const REFERENCES: [&str; 3] = ["valueFrom", "value_from", "ValueFrom"];

fn is_private_key(text: &str) -> bool {
    const BEGIN: &str = "-----BEGIN";
    text.len() > BEGIN.len() && text.contains(BEGIN) && text.contains("PRIVATE KEY")
}

/// Whether the text is the value of an `Authorization` header.
fn is_bearer_token(text: &str) -> bool {
    let token = ["Bearer ", "bearer ", "Basic ", "basic "]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    token.is_some_and(|token| token.len() >= 8 && !token.contains(char::is_whitespace))
}

/// The text with its secrets hidden, where it is JSON that holds any: one document or several after
/// each other. What only begins like JSON is hidden whole if it has a secret's name for a key.
fn embedded_json(text: &str, names: &RememberedNames<'_>, known: &KnownSecrets) -> Option<String> {
    let json = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    if !json.starts_with(['{', '[', '"']) {
        return None;
    }
    let documents = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    let Ok(documents) = documents.collect::<Result<Vec<_>, _>>() else {
        return (!json.starts_with('"') && has_secret_key(json, names)).then(|| HIDDEN.to_owned());
    };
    let mut shown = documents.clone();
    for document in &mut shown {
        hide_conventional(document, names, known);
    }
    (shown != documents).then(|| {
        let shown: Vec<_> = shown.iter().map(Value::to_string).collect();
        shown.join("\n")
    })
}

/// Whether a secret's name stands in quotes before a colon or an equals sign.
fn has_secret_key(text: &str, names: &RememberedNames<'_>) -> bool {
    const LONGEST: usize = 128;
    let mut parts = text.split(['"', '\'']).peekable();
    while let Some(part) = parts.next() {
        let is_key = parts
            .peek()
            .is_some_and(|next| next.trim_start().starts_with([':', '=']));
        if is_key && part.len() <= LONGEST && names.is_secret(part.trim_end_matches('\\')) {
            return true;
        }
    }
    false
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
    fn named_pairs_may_mix_cases_and_hold_several_values() {
        assert_eq!(
            shown(
                json!([{"Key": "DB_PASSWORD", "value": "x"}, {"name": "token", "values": ["x"]}])
            ),
            json!([{"Key": "DB_PASSWORD", "value": "(sensitive)"},
                {"name": "token", "values": ["(sensitive)"]}])
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
    fn all_is_hidden_below_a_password_s_name_and_below_several_secrets() {
        assert_eq!(
            shown(json!({
                "db_password": {"id": "x", "port": 1, "on": true},
                "credentials": [{"name": "n"}],
                "token": {"value": {"id": "y"}, "type": ["object", {"id": "string"}]},
                "secrets": [{"name": "n", "valueFrom": "arn:x"}],
                "secret": [{"secret_name": "n", "items": [{"path": "p"}]}],
            })),
            json!({
                "db_password": {"id": "(sensitive)", "port": "(sensitive)", "on": true},
                "credentials": [{"name": "(sensitive)"}],
                "token": {"value": {"id": "(sensitive)"}, "type": ["object", {"id": "string"}]},
                "secrets": [{"name": "n", "valueFrom": "arn:x"}],
                "secret": [{"secret_name": "n", "items": [{"path": "p"}]}],
            })
        );
    }

    #[test]
    fn json_text_may_hold_several_documents_or_be_quoted_itself() {
        let text = |text: &str| shown(json!({ "j": text }))["j"].take();
        assert_eq!(
            text("{\"password\":\"x\"}\n{\"a\":1}"),
            json!("{\"password\":\"(sensitive)\"}\n{\"a\":1}")
        );
        assert_eq!(
            text("\u{feff} {\"password\":\"x\"}"),
            json!("{\"password\":\"(sensitive)\"}")
        );
        let quoted = json!("{\"password\":\"x\"}").to_string();
        assert!(!text(&quoted).to_string().contains('x'));
        assert_eq!(text("{\"a\":1} {\"b\":2}"), json!("{\"a\":1} {\"b\":2}"));
    }

    #[test]
    fn what_only_begins_like_json_is_hidden_if_it_names_a_secret() {
        let text = |text: &str| shown(json!({ "j": text }))["j"].take();
        assert_eq!(
            text("{\"password\": \"x\", \"n\": ${n}}"),
            json!("(sensitive)")
        );
        assert_eq!(text("{\"password\": \"x\"} and more"), json!("(sensitive)"));
        assert_eq!(text("[password]\nx"), json!("[password]\nx"));
        assert_eq!(text("{\"name\": ${n}}"), json!("{\"name\": ${n}}"));
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
