//! Connection URLs: `postgres://user:password@host:port/database?sslmode=require`.

use super::TargetError;

/// The schemes of such a URL.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// What follows the scheme; `None` of what is no such URL.
pub(super) fn without_scheme(text: &str) -> Option<&str> {
    SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme))
}

/// The keywords and values that a URL stands for, given what follows its scheme.
///
/// Source: PostgreSQL `src/interfaces/libpq/fe-connect.c`, `conninfo_uri_parse_options`. Several hosts
/// stand with commas between them.
///
/// # Errors
///
/// When a part is none, or a password must be one that is not percent-encoded. No part of the URL is
/// quoted: where one is misread, any may be the password's.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, TargetError> {
    let mut pairs = Vec::new();
    let mut add = |name: &str, value: String| pairs.push((name.to_owned(), value));
    let mut rest = text;
    if let Some(end) = text.find(['@', '/'])
        && text[end..].starts_with('@')
    {
        let (user, password) = match text[..end].split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (&text[..end], None),
        };
        if !user.is_empty() {
            add("user", decoded(user)?);
        }
        if let Some(password) = password.filter(|password| !password.is_empty()) {
            add("password", decoded(password)?);
        }
        rest = &text[end + 1..];
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (hosts, after) = rest.split_at(end);
    if hosts.contains('@') {
        return Err(TargetError::NotEncoded);
    }
    if !hosts.is_empty() {
        let mut names = Vec::new();
        let mut ports = Vec::new();
        for host in hosts.split(',') {
            let (name, port) = host_and_port(host)?;
            names.push(decoded(name)?);
            ports.push(decoded(port)?);
        }
        if names.iter().any(|name| !name.is_empty()) {
            add("host", names.join(","));
        }
        if ports.iter().any(|port| !port.is_empty()) {
            add("port", ports.join(","));
        }
    }
    let (database, parameters) = match after.split_once('?') {
        Some((database, parameters)) => (database, parameters),
        None => (after, ""),
    };
    // The first part of a password that holds a `/` is taken for a host and a port, or one that holds an `@` for
    // all of it: the last `@` is found further on, where none stands otherwise.
    let is_of_host = |after: &str| after.contains('/');
    let in_parameters = parameters.split_once('@').map(|(_, after)| after);
    if database.contains('@') || in_parameters.is_some_and(is_of_host) {
        return Err(TargetError::NotEncoded);
    }
    if let Some(database) = database.strip_prefix('/').filter(|name| !name.is_empty()) {
        add("dbname", decoded(database)?);
    }
    for parameter in parameters.split('&').filter(|text| !text.is_empty()) {
        let (name, value) = parameter
            .split_once('=')
            .ok_or(TargetError::NotKeywordAndValue)?;
        match (&*decoded(name)?, decoded(value)?) {
            // As JDBC has it, and libpq too.
            ("ssl", value) if value == "true" => add("sslmode", "require".to_owned()),
            (name, value) => add(name, value),
        }
    }
    Ok(pairs)
}

/// A host and what follows its colon. An address with colons stands in brackets.
fn host_and_port(text: &str) -> Result<(&str, &str), TargetError> {
    let (host, rest) = match text.strip_prefix('[') {
        Some(address) => address.split_once(']').ok_or(TargetError::Host)?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    match rest.strip_prefix(':') {
        Some(port) => Ok((host, port)),
        None if rest.is_empty() => Ok((host, "")),
        None => Err(TargetError::Host),
    }
}

/// A part with its `%XX` resolved.
fn decoded(text: &str) -> Result<String, TargetError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let value = digit(rest.next()).zip(digit(rest.next()));
        let value = value.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        match value {
            None | Some(0) => return Err(TargetError::Percent),
            Some(byte) => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| TargetError::Percent)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::parse;
    use crate::postgres::TargetError;

    fn told(url: &str) -> String {
        let pairs = parse(url).unwrap().into_iter();
        let told: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        told.join(" ")
    }

    #[test]
    fn every_part_may_be_missing() {
        assert_eq!(told(""), "");
        assert_eq!(told("/"), "");
        assert_eq!(told("db"), "host=db");
        assert_eq!(told("/states"), "dbname=states");
        assert_eq!(told("me@"), "user=me");
        assert_eq!(told(":5433"), "port=5433");
        assert_eq!(told("?sslmode=disable"), "sslmode=disable");
        assert_eq!(
            told("me:pass@db:5433/states?a=b&ssl=true"),
            "user=me password=pass host=db port=5433 dbname=states a=b sslmode=require"
        );
    }

    #[test]
    fn hosts_are_several_addresses_and_folders() {
        assert_eq!(told("a:1,b,[::1]:3/x"), "host=a,b,::1 port=1,,3 dbname=x");
        assert_eq!(
            told("%2Frun%2Fpostgresql/x"),
            "host=/run/postgresql dbname=x"
        );
    }

    #[test]
    fn a_password_that_is_not_encoded_is_recognised() {
        for url in [
            "me:p@ss@db/x",
            "me:12/34@db/x",
            "me:1@2/3@db/x",
            "me:1@2/3?user=4@db/x",
            "me:%zz@db/x",
            "me:p%0@db/x",
        ] {
            let error = parse(url).unwrap_err();
            assert!(
                matches!(error, TargetError::NotEncoded | TargetError::Percent),
                "{url}: {error}"
            );
        }
        assert_eq!(told("me:p?w#d@db"), "user=me password=p?w#d host=db");
    }

    #[test]
    fn a_name_may_hold_an_at_sign_in_a_parameter() {
        assert_eq!(told("/x?user=me@corp"), "dbname=x user=me@corp");
    }

    proptest! {
        #[test]
        fn whatever_is_encoded_is_read_as_it_was(password in "[^\0]+", database in "[^\0]+") {
            let encoded = |text: &str| text.bytes().fold(String::new(), |mut all, byte| {
                write!(all, "%{byte:02X}").unwrap();
                all
            });
            let url = format!("me:{}@db/{}", encoded(&password), encoded(&database));
            let pairs = parse(&url).unwrap();
            prop_assert_eq!(&pairs[1].1, &password);
            prop_assert_eq!(&pairs[3].1, &database);
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
