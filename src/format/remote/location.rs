//! Where a state says that another one lies, without the credentials beside it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::shape;
use crate::format::model::{Instance, Resource};
use crate::format::redact::{HIDDEN, Redacted, is_secret_name};

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
    "table_name",
    "workspace_dir",
    "workspace_key_prefix",
];

/// Where another state lies: parts of a backend's configuration that hold no credential.
///
/// Keys are those of the backend. In place of addresses with a password stand `address` without
/// it, and of a connection string `host`, `port` and `database`; in place of `workspaces` stand
/// `workspace_name` and `workspace_prefix`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location(BTreeMap<String, Part>);

/// A part of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Shown(String),
    /// An address without what stood behind its path.
    Cut(String),
    Hidden,
}

/// That a part is there and may not be shown, or is none that can be: a backend's default does not
/// stand in for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hidden;

impl Location {
    /// One part; `None` where it is missing or empty.
    ///
    /// # Errors
    ///
    /// Where it is hidden.
    pub fn get(&self, key: &str) -> Result<Option<&str>, Hidden> {
        match self.0.get(key) {
            Some(Part::Shown(text) | Part::Cut(text)) => Ok(Some(text)),
            Some(Part::Hidden) => Err(Hidden),
            None => Ok(None),
        }
    }

    /// Whether a part that tells states apart was cut from an address, since it may hold a
    /// credential.
    pub fn is_cut(&self, key: &str) -> bool {
        matches!(self.0.get(key), Some(Part::Cut(_)))
    }

    /// The backend, in Terraform's words; empty where none is named.
    ///
    /// # Errors
    ///
    /// Where it is hidden.
    pub fn backend(&self) -> Result<&str, Hidden> {
        Ok(self.get(BACKEND)?.unwrap_or_default())
    }

    /// The workspace, where one is named.
    ///
    /// # Errors
    ///
    /// Where it is hidden.
    pub fn workspace(&self) -> Result<Option<&str>, Hidden> {
        self.get(WORKSPACE)
    }

    /// What the instance of a data source says.
    pub(super) fn of(
        resource: &Resource<'_>,
        instance: &Instance<'_>,
        redacted: &Redacted<'_>,
    ) -> Location {
        let all = said(resource, instance.attributes.value());
        let unmarked = said(resource, redacted.without_marked(resource, instance));
        let texts = unmarked.into_iter().filter_map(|(key, part)| match part {
            Part::Shown(text) | Part::Cut(text) => Some((key.to_owned(), Value::String(text))),
            Part::Hidden => None,
        });
        let shown = redacted.conventional(Value::Object(texts.collect()));
        let is_shown = |key: &str| {
            let text = shown.get(key).and_then(Value::as_str);
            text.is_some_and(|text| text != HIDDEN)
        };
        let part = |(key, part): (&str, Part)| {
            let part = if is_shown(key) { part } else { Part::Hidden };
            (key.to_owned(), part)
        };
        Location(all.into_iter().map(part).collect())
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Location {
    fn from(parts: [(&str, &str); N]) -> Self {
        let own = |(key, text): (&str, &str)| (key.to_owned(), Part::Shown(text.to_owned()));
        Location(parts.into_iter().map(own).collect())
    }
}

#[cfg(test)]
impl Location {
    /// The same with a part hidden.
    pub(crate) fn hiding(mut self, key: &str) -> Self {
        self.0.insert(key.to_owned(), Part::Hidden);
        self
    }

    /// The same with a part cut.
    pub(crate) fn cutting(mut self, key: &str, text: &str) -> Self {
        self.0.insert(key.to_owned(), Part::Cut(text.to_owned()));
        self
    }
}

const BACKEND: &str = "backend";
const WORKSPACE: &str = "workspace";

/// The parts that attributes of a data source say.
fn said(resource: &Resource<'_>, attributes: Value) -> Vec<(&'static str, Part)> {
    let Value::Object(mut attributes) = attributes else {
        return Vec::new();
    };
    let named = shape::backend_and_workspace(resource, &attributes);
    let config = if resource.address.type_name == "tfe_outputs" {
        let organization = attributes.shift_remove_entry("organization");
        let workspace = attributes.shift_remove("workspace");
        let workspace = workspace.map(|name| ("workspaces".to_owned(), json!({ "name": name })));
        organization.into_iter().chain(workspace).collect()
    } else {
        shape::members(attributes.shift_remove("config"))
    };
    let named = [BACKEND, WORKSPACE].into_iter().zip(named);
    let named = named.filter_map(|(key, text)| Some((key, shown(&Value::String(text?))?)));
    named.chain(parts(&config)).collect()
}

fn parts(config: &Map<String, Value>) -> Vec<(&'static str, Part)> {
    let of = |key: &str| config.get(key).and_then(shown);
    let mut parts: Vec<(&'static str, Part)> = PLAIN_KEYS
        .iter()
        .filter_map(|key| Some((*key, of(key)?)))
        .collect();
    if let Some(part) = of("hostname") {
        parts.push(("hostname", only_host(part)));
    }
    if let Some(part) = of("address") {
        parts.push(("address", address(part)));
    }
    if let Some(Part::Shown(connection)) = of("conn_str") {
        let shown = |(key, text)| (key, Part::Shown(text));
        parts.extend(connection_parts(&connection).into_iter().map(shown));
    }
    // A block; a list of one before 0.12.
    let workspaces = config.get("workspaces");
    let workspaces = workspaces.map(|workspaces| workspaces.get(0).unwrap_or(workspaces));
    for (key, name) in [("name", "workspace_name"), ("prefix", "workspace_prefix")] {
        let value = workspaces.and_then(|workspaces| workspaces.get(key));
        if let Some(part) = value.and_then(shown) {
            parts.push((name, part));
        }
    }
    parts
}

/// A value as a part; what is no text is as good as hidden.
fn shown(value: &Value) -> Option<Part> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) if text != HIDDEN => Some(Part::Shown(text.clone())),
        _ => Some(Part::Hidden),
    }
}

fn only_host(part: Part) -> Part {
    match part {
        Part::Shown(text) if is_host(&text) => Part::Shown(text),
        _ => Part::Hidden,
    }
}

/// An address without credentials.
fn address(part: Part) -> Part {
    let Part::Shown(url) = part else {
        return Part::Hidden;
    };
    let Some(parts) = split_url(&url) else {
        return Part::Hidden;
    };
    let address = parts.without_credentials();
    match tells_states_apart(parts.behind) {
        true => Part::Cut(address),
        false => Part::Shown(address),
    }
}

/// Whether what stands behind an address's path, a query or parameters of the path, is more than
/// credentials; a server never sees a fragment.
fn tells_states_apart(behind: &str) -> bool {
    let sent = behind.split_once('#').map_or(behind, |(sent, _)| sent);
    let mut parameters = sent.split(['?', ';', '&']).filter(|one| !one.is_empty());
    parameters.any(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        // A slash may lead on to the rest of the path.
        !is_secret_name(name) || value.contains('/')
    })
}

/// A URL without credentials.
struct Url<'u> {
    scheme: Option<&'u str>,
    /// The host with its port, in lower case.
    host: String,
    path: &'u str,
    /// What follows the path, where services take tokens: parameters of the path, a query.
    behind: &'u str,
}

impl Url<'_> {
    /// Scheme, host, port and path.
    fn without_credentials(&self) -> String {
        let (host, path) = (&self.host, self.path);
        match self.scheme {
            Some(scheme) => format!("{}://{host}{path}", scheme.to_ascii_lowercase()),
            None => format!("{host}{path}"),
        }
    }
}

/// Takes a URL apart. `None` where it cannot be told for sure what is a password: an `@` after what
/// looks like the host belongs to a password that is not escaped.
fn split_url(url: &str) -> Option<Url<'_>> {
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
    let (path, behind) = path.split_at(path.find(['?', '#', ';']).unwrap_or(path.len()));
    is_host(host).then(|| Url {
        scheme,
        host: host.to_ascii_lowercase(),
        path,
        behind,
    })
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
    let Some(Url { host, path, .. }) = split_url(url) else {
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
    use crate::format::{Document, Redaction, read};

    fn shown(config: &str) -> String {
        let config: Map<String, Value> = serde_json::from_str(config).unwrap();
        let parts = parts(&config);
        let parts: Vec<_> = parts
            .iter()
            .filter_map(|(key, part)| match part {
                Part::Shown(text) | Part::Cut(text) => Some(format!("{key}={text}")),
                Part::Hidden => None,
            })
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
            ("https://h/a/b;token=s3cr3t/c", "address=https://h/a/b"),
        ] {
            let config = serde_json::json!({"address": address}).to_string();
            assert_eq!(shown(&config), expected, "{address}");
        }
    }

    #[test]
    fn an_address_is_cut_where_something_followed_its_path() {
        for (url, is_cut) in [
            ("https://u:s3cr3t@h/a", false),
            ("https://h/a?name=net", true),
            ("https://h/a;name=net", true),
            ("https://h/a;token=s3cr3t/net", true),
            ("https://h/a?token=s3cr3t&private_token=s3cr3t#x", false),
        ] {
            let part = address(Part::Shown(url.to_owned()));
            assert_eq!(matches!(part, Part::Cut(_)), is_cut, "{url}");
        }
    }

    #[test]
    fn a_host_name_is_nothing_else() {
        assert_eq!(
            shown(r#"{"hostname": "tfe.example:8443"}"#),
            "hostname=tfe.example:8443"
        );
        assert_eq!(shown(r#"{"hostname": "u:s3cr3t@tfe.example"}"#), "");
    }

    /// What an instance of a data source says of some keys: `-` where it does not, `?` where it hides it.
    fn told(type_name: &str, attributes: &str, marks: &str, keys: &[&str]) -> String {
        let json = format!(
            r#"{{"version": 4, "resources": [{{"mode": "data", "type": "{type_name}", "name": "n", "instances": [
                {{"attributes": {attributes}, "sensitive_attributes": {marks}}}]}}]}}"#
        );
        let Ok(Document::State(state)) = read(json.as_bytes()) else {
            panic!("not a state: {json}");
        };
        let redaction = Redaction::default();
        let resource = &state.resources[0];
        let location = Location::of(resource, &resource.instances[0], &redaction.of(&state));
        let told = keys.iter().map(|key| match location.get(key) {
            Ok(text) => text.unwrap_or("-").to_owned(),
            Err(Hidden) => "?".to_owned(),
        });
        told.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_hidden_is_told_from_what_is_missing() {
        let attributes =
            r#"{"backend": "gcs", "workspace": "eu", "config": {"bucket": "b", "prefix": "p"}}"#;
        let keys = ["backend", "workspace", "bucket", "prefix", "key"];
        for (path, expected) in [
            ("", "gcs eu b p -"),
            (r#"{"type": "get_attr", "value": "config"}"#, "gcs eu ? ? -"),
            (r#"{"type": "get_attr", "value": "backend"}"#, "? eu b p -"),
            (
                r#"{"type": "get_attr", "value": "workspace"}"#,
                "gcs ? b p -",
            ),
            (
                r#"{"type": "get_attr", "value": "config"}, {"type": "get_attr", "value": "prefix"}"#,
                "gcs eu b ? -",
            ),
        ] {
            let marks = if path.is_empty() {
                "[]".to_owned()
            } else {
                format!("[[{path}]]")
            };
            assert_eq!(
                told("terraform_remote_state", attributes, &marks, &keys),
                expected
            );
        }
    }

    #[test]
    fn a_hidden_workspace_of_tfe_outputs_is_its_name_too() {
        let attributes = r#"{"organization": "o", "workspace": "net"}"#;
        let keys = ["backend", "organization", "workspace", "workspace_name"];
        assert_eq!(
            told("tfe_outputs", attributes, "[]", &keys),
            "remote o net net"
        );
        let marks = r#"[[{"type": "get_attr", "value": "workspace"}]]"#;
        assert_eq!(
            told("tfe_outputs", attributes, marks, &keys),
            "remote o ? ?"
        );
    }

    #[test]
    fn what_is_no_text_is_no_default() {
        let attributes = r#"{"backend": "local", "config": {"path": 7}}"#;
        assert_eq!(
            told("terraform_remote_state", attributes, "[]", &["path"]),
            "?"
        );
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
