//! Where a state says that another one lies, without the credentials beside it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::shape;
use crate::format::model::{Instance, Resource};
use crate::format::redact::{HIDDEN, Redacted};

/// The keys of backends' configurations that say where a state lies, as they stand. No other text
/// of a configuration is ever kept as it stands.
///
/// Source: the backends' documentation, `developer.hashicorp.com/terraform/language/backend`, and
/// for the removed ones its version 1.2.
const PLAIN_KEYS: &[&str] = &[
    "account",
    "archive_container",
    "bucket",
    "container",
    "container_name",
    "hostname",
    "key",
    "name",
    "namespace",
    "objectName",
    "object_name",
    "organization",
    "path",
    "prefix",
    "repo",
    "schema_name",
    "secret_suffix",
    "state_name",
    "storage_account_name",
    "subpath",
    "workspace_dir",
    "workspace_key_prefix",
];

/// Where another state lies: parts of a backend's configuration that hold no credential.
///
/// Keys are those of the backend. In place of addresses with a password stand `address` without
/// it, and of a connection string `host`, `port` and `database`; in place of `workspaces` stand
/// `workspace_name` and `workspace_prefix`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location(BTreeMap<String, String>);

impl Location {
    /// One part, unless it is missing, empty or hidden.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// What the instance of a data source says. A part that may not be shown is left out.
    pub(super) fn of(
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        redacted: &Redacted<'_>,
    ) -> Location {
        let Value::Object(mut attributes) = redacted.without_marked(resource, instance) else {
            return Location::default();
        };
        let config = if resource.address.type_name == "tfe_outputs" {
            let organization = attributes.shift_remove_entry("organization");
            let workspace = attributes.shift_remove("workspace");
            let workspace =
                workspace.map(|name| ("workspaces".to_owned(), json!({ "name": name })));
            organization.into_iter().chain(workspace).collect()
        } else {
            shape::members(attributes.shift_remove("config"))
        };
        let parts = Map::from_iter(
            parts(&config)
                .into_iter()
                .map(|(key, text)| (key.to_owned(), Value::String(text))),
        );
        let Value::Object(shown) = redacted.conventional(Value::Object(parts)) else {
            return Location::default();
        };
        let text = |(key, value)| match value {
            Value::String(text) if text != HIDDEN => Some((key, text)),
            _ => None,
        };
        Location(shown.into_iter().filter_map(text).collect())
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Location {
    fn from(parts: [(&str, &str); N]) -> Self {
        let own = |(key, text): (&str, &str)| (key.to_owned(), text.to_owned());
        Location(parts.into_iter().map(own).collect())
    }
}

fn parts(config: &Map<String, Value>) -> Vec<(&'static str, String)> {
    let text = |key: &str| config.get(key).and_then(shown_text);
    let mut parts: Vec<(&'static str, String)> = PLAIN_KEYS
        .iter()
        .filter_map(|key| Some((*key, text(key)?.to_owned())))
        .collect();
    if let Some(address) = text("address").and_then(without_credentials) {
        parts.push(("address", address));
    }
    if let Some(connection) = text("conn_str") {
        parts.extend(connection_parts(connection));
    }
    // A block; a list of one before 0.12.
    let workspaces = config.get("workspaces");
    let workspaces = workspaces.map(|workspaces| workspaces.get(0).unwrap_or(workspaces));
    for (key, part) in [("name", "workspace_name"), ("prefix", "workspace_prefix")] {
        let value = workspaces.and_then(|workspaces| workspaces.get(key));
        if let Some(text) = value.and_then(shown_text) {
            parts.push((part, text.to_owned()));
        }
    }
    parts
}

fn shown_text(value: &Value) -> Option<&str> {
    value
        .as_str()
        .filter(|text| !text.is_empty() && *text != HIDDEN)
}

/// A URL's scheme, host, port and path. `None` where it cannot be told for sure what is a password:
/// an `@` after what looks like the host belongs to a password that is not escaped.
fn without_credentials(url: &str) -> Option<String> {
    let (scheme, host, path) = split_url(url)?;
    Some(match scheme {
        Some(scheme) => format!("{}://{host}{path}", scheme.to_ascii_lowercase()),
        None => format!("{host}{path}"),
    })
}

/// A URL's scheme, host with port in lower case, and path.
fn split_url(url: &str) -> Option<(Option<&str>, String, &str)> {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, url),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if path.contains('@') {
        return None;
    }
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
    is_host(host).then(|| (scheme, host.to_ascii_lowercase(), path))
}

/// Whether a text is `host` or `host:port`, or several with commas between, or nothing.
fn is_host(text: &str) -> bool {
    text.split(',').all(|host| {
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port),
            _ => (host, ""),
        };
        let is_name = |c: char| c.is_alphanumeric() || "-._".contains(c);
        let is_literal = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'))
            .is_some_and(|name| {
                name.chars()
                    .all(|c| c.is_ascii_hexdigit() || ":.%".contains(c))
            });
        port.chars().all(|c| c.is_ascii_digit()) && (is_literal || name.chars().all(is_name))
    })
}

/// `host`, `port` and `database` of a PostgreSQL connection string, a URL or `key=value` pairs.
///
/// Source: libpq, "Connection Strings".
fn connection_parts(text: &str) -> Vec<(&'static str, String)> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return url_connection_parts(text);
    }
    let mut parts = Vec::new();
    for (key, value) in pairs(text) {
        let part = match key {
            "host" | "hostaddr" => "host",
            "port" => "port",
            "dbname" => "database",
            _ => continue,
        };
        let is_known = parts.iter().any(|(known, _)| *known == part);
        if !is_known && !value.is_empty() && is_connection_part(part, &value) {
            parts.push((part, value));
        }
    }
    parts
}

fn url_connection_parts(url: &str) -> Vec<(&'static str, String)> {
    let Some((_, host, path)) = split_url(url) else {
        return Vec::new();
    };
    let (host, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name.to_owned(), port.to_owned()),
        _ => (host, String::new()),
    };
    let database = path.trim_start_matches('/').to_owned();
    [("host", host), ("port", port), ("database", database)]
        .into_iter()
        .filter(|(part, value)| !value.is_empty() && is_connection_part(part, value))
        .collect()
}

/// Whether a text is what its place in a connection string says. A folder of sockets is a host, too,
/// but no place to name.
fn is_connection_part(part: &str, value: &str) -> bool {
    match part {
        "host" => is_host(value),
        "port" => value.chars().all(|c| c.is_ascii_digit() || c == ','),
        _ => !value.contains(['=', '@', ':', '/', '?']) && !value.contains(char::is_whitespace),
    }
}

/// The pairs of `host=db password='a b' dbname=states`; the rest is passed over where it is none.
fn pairs(text: &str) -> Vec<(&str, String)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while let Some((key, after)) = rest.split_once('=') {
        let (value, after) = pair_value(after.trim_start());
        pairs.push((key.trim(), value));
        rest = after.trim_start();
    }
    pairs
}

/// A value, which may be quoted, without its quotes and escapes, and what follows it.
fn pair_value(text: &str) -> (String, &str) {
    let quoted = text.strip_prefix('\'');
    let body = quoted.unwrap_or(text);
    let mut value = String::new();
    let mut characters = body.char_indices();
    while let Some((position, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted.is_some() => return (value, &body[position + 1..]),
            space if space.is_whitespace() && quoted.is_none() => {
                return (value, &body[position..]);
            }
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(config: &str) -> String {
        let config: Map<String, Value> = serde_json::from_str(config).unwrap();
        let parts = parts(&config);
        let parts: Vec<_> = parts
            .iter()
            .map(|(key, text)| format!("{key}={text}"))
            .collect();
        parts.join(" ")
    }

    #[test]
    fn only_what_says_the_place_is_kept() {
        assert_eq!(
            shown(
                r#"{"bucket": "b", "key": "k", "secret_key": "s3cr3t", "region": "r", "x": "s3cr3t", "path": 7}"#
            ),
            "bucket=b key=k"
        );
        assert_eq!(
            shown(
                r#"{"organization": "o", "token": "s3cr3t", "workspaces": {"name": "w", "x": "s3cr3t"}}"#
            ),
            "organization=o workspace_name=w"
        );
        assert_eq!(
            shown(r#"{"workspaces": [{"prefix": "app-"}]}"#),
            "workspace_prefix=app-"
        );
        assert_eq!(
            shown(r#"{"key": "(sensitive)", "address": "(sensitive)"}"#),
            ""
        );
    }

    #[test]
    fn addresses_lose_their_credentials() {
        for (address, expected) in [
            (
                "https://u:s3cr3t@H.example/a/b?token=s3cr3t#x",
                "address=https://h.example/a/b",
            ),
            ("HTTP://h:8080/a", "address=http://h:8080/a"),
            ("https://a@s3cr3t@h/a", "address=https://h/a"),
            ("u:s3cr3t@h:8500", "address=h:8500"),
            ("https://u:s3/cr3t@h/a", ""),
            ("https://u:s3cr3t?@h/a", ""),
            ("https://u:s3cr3t/a", ""),
            ("https://[::1]:80/a", "address=https://[::1]:80/a"),
        ] {
            let config = serde_json::json!({"address": address}).to_string();
            assert_eq!(shown(&config), expected, "{address}");
        }
    }

    #[test]
    fn connection_strings_keep_host_port_and_database() {
        for (text, expected) in [
            (
                "postgres://u:s3cr3t@db.example:5433/states?sslmode=disable&password=s3cr3t",
                "host=db.example port=5433 database=states",
            ),
            ("postgresql://db/states", "host=db database=states"),
            ("postgres:///states?host=/run/s3cr3t", "database=states"),
            ("postgres://u:p/s3cr3t@db/states", ""),
            ("postgres://u:s3cr3t/x", ""),
            (
                "host=db port=5432 user=u password=s3cr3t dbname=states",
                "host=db port=5432 database=states",
            ),
            (
                r"password='s3 cr3t host=x' host = db dbname='st''",
                "host=db database=st",
            ),
            (r"password=s3\ cr3t host=db", "host=db"),
            ("s3cr3t", ""),
            ("", ""),
        ] {
            let config = serde_json::json!({"conn_str": text}).to_string();
            assert_eq!(shown(&config), expected, "{text}");
        }
    }
}
