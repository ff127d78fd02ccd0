//! Passwords in URLs, connection strings and command lines.

use super::HIDDEN;
use super::random::{looks_like_key, mixes_all_kinds};

/// The shortest user of a URL that is taken for a token.
const SHORTEST_TOKEN: usize = 16;

/// Whether a text holds a URL, a connection string or an option with a password in it, or a URL
/// that is a secret as a whole.
pub(super) fn has_password(text: &str) -> bool {
    has_url_password(text)
        || has_address_password(text)
        || has_named_password(text)
        || has_secret_parameter(text)
        || is_web_hook(text)
}

/// An address without what lets in who knows it: the user and the password of a URL, or all of it where
/// that is told in another way.
pub(in crate::format) fn without_credentials(text: &str) -> String {
    let mut shown = text.to_owned();
    if has_url_password(text)
        && let Some((scheme, rest)) = text.split_once("://")
    {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        if let Some(at) = rest[..end].rfind('@') {
            shown = format!("{scheme}://{HIDDEN}{}", &rest[at..]);
        }
    }
    match has_password(&shown) {
        true => HIDDEN.to_owned(),
        false => shown,
    }
}

/// Whether a URL in the text carries `user:password@`, or a token for the user.
///
/// A slash should not stand unescaped in a password but does. What comes before it is told from a
/// port by not being a number.
pub(super) fn has_url_password(text: &str) -> bool {
    // Most texts are none, and this is asked of every one.
    text.contains(':')
        && text.match_indices("://").any(|(start, separator)| {
            let rest = &text[start + separator.len()..];
            let end = rest
                .find(|c: char| c == '"' || c.is_whitespace())
                .unwrap_or(rest.len());
            let rest = &rest[..end];
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            match authority.rsplit_once('@') {
                Some((user_info, _host)) => match user_info.split_once(':') {
                    Some((user, "")) => is_token(user),
                    Some(_) => true,
                    None => is_token(user_info),
                },
                None if authority.starts_with('[') || !path.contains('@') => false,
                None => authority.split(',').any(|host| {
                    host.rsplit_once(':')
                        .is_some_and(|(_, port)| port.contains(|c: char| !c.is_ascii_digit()))
                }),
            }
        })
}

/// Whether the user of a URL is a token that stands in for one, as forges take them.
fn is_token(user: &str) -> bool {
    user.len() >= SHORTEST_TOKEN && (looks_like_key(user) || mixes_all_kinds(user))
}

/// Whether the text has `user:password@tcp(host)`, as Go's MySQL driver writes addresses.
fn has_address_password(text: &str) -> bool {
    let is_address = |network: &&str| {
        text.match_indices(*network).any(|(at, _)| {
            let before = &text[..at];
            let start = before
                .rfind(|c: char| c == '"' || c == '\'' || c.is_whitespace())
                .map_or(0, |start| start + 1);
            before
                .get(start..)
                .and_then(|user_info| user_info.split_once(':'))
                .is_some_and(|(_user, password)| !password.is_empty())
        })
    };
    text.contains('@') && ["@tcp(", "@tcp6(", "@unix("].iter().any(is_address)
}

/// Whether the text holds the address of an incoming web hook, which lets anyone post who knows it.
fn is_web_hook(text: &str) -> bool {
    const HOOK: &str = "hooks.slack.com/services/";
    text.len() > HOOK.len()
        && text.match_indices(HOOK).any(|(start, _)| {
            text[start + HOOK.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
        })
}

/// Whether the text has `password=…` as connection strings, URLs, command lines and scripts write
/// it, with a value that is no reference to one kept elsewhere.
fn has_named_password(text: &str) -> bool {
    const NAMES: [&str; 7] = [
        "password",
        "passwd",
        "passphrase",
        "pgpassword",
        "pwd",
        "accountkey",
        "sharedaccesskey",
    ];
    has_assignment(text, &NAMES, |before| {
        !before.ends_with(char::is_alphanumeric)
    })
}

/// Whether a URL in the text has a parameter that lets in anyone who knows it: a signature, a token,
/// a key of an API.
fn has_secret_parameter(text: &str) -> bool {
    const NAMES: [&str; 19] = [
        "access_key",
        "access_token",
        "api-key",
        "api_key",
        "apikey",
        "auth",
        "auth_token",
        "client_secret",
        "id_token",
        "private_token",
        "refresh_token",
        "secret",
        "sig",
        "signature",
        "subscription-key",
        "token",
        "x-amz-security-token",
        "x-amz-signature",
        "x-goog-signature",
    ];
    has_assignment(text, &NAMES, |before| before.ends_with(['?', '&']))
}

/// Whether one of `names` stands in the text before `=` and a value that is no reference to one kept
/// elsewhere, where what comes before the name is as `is_start` says.
fn has_assignment(text: &str, names: &[&str], is_start: impl Fn(&str) -> bool) -> bool {
    memchr::memchr_iter(b'=', text.as_bytes()).any(|equals| {
        let (before, value) = (&text[..equals], &text[equals + 1..]);
        let is_named = names.iter().any(|name| {
            let start = before.len().checked_sub(name.len());
            start
                .and_then(|start| before.split_at_checked(start))
                .is_some_and(|(rest, word)| word.eq_ignore_ascii_case(name) && is_start(rest))
        });
        let value = value.trim_start_matches(['"', '\'', '\\']);
        is_named && value.starts_with(|c: char| !c.is_whitespace() && !";&$%{<(*".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_with_passwords_are_told_by_shape() {
        let hidden = |text: &str| has_password(text);
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
    fn a_password_is_told_in_parameters_and_options() {
        assert!(has_password("jdbc:mysql://h/db?user=u&password=pw"));
        assert!(has_password("https://h/?Password=pw"));
        assert!(has_password("run --password=x --port=1"));
        assert!(has_password("PGPASSWORD=x psql"));
        assert!(!has_password("run --password= --port=1"));
    }

    #[test]
    fn a_password_is_told_in_an_address_of_go_s_mysql_driver() {
        assert!(has_password("app:pw@tcp(db:3306)/x"));
        assert!(!has_password("app@tcp(db:3306)/x"));
        assert!(!has_password("see: app@tcp(db:3306)/x"));
    }

    #[test]
    fn a_slash_may_stand_in_a_password() {
        assert!(has_password("postgres://u:p/x@host"));
        assert!(has_password("postgres://u:pa/x@host/db"));
        assert!(!has_password("https://host:8080/npm/@scope/x"));
        assert!(!has_password("https://host/a:b@c"));
        assert!(!has_password("https://[::1]:80/a@b"));
        assert!(!has_password("mongodb://a:27017,b:27017/x@y"));
    }

    #[test]
    fn a_token_may_stand_for_the_user_of_a_url() {
        assert!(has_password(
            "https://ghp_Ab12Cd34Ef56Gh78Ij90@github.com/o/r.git"
        ));
        assert!(has_password(
            "see https://glpat-Xy12_Zw34Ab56Cd78@gitlab.com/o"
        ));
        assert!(has_password(
            "https://ghp_Ab12Cd34Ef56Gh78Ij90:@github.com/o/r.git"
        ));
        assert!(has_password("https://Tokenzsrhwnvpi7jxrah@host/x"));
        assert!(!has_password("ssh://git@github.com/o/r.git"));
        assert!(!has_password("https://deploy-user-01@host/x"));
        assert!(!has_password("https://service-account-7f3a9c2b@host/x"));
        assert!(!has_password(
            "https://github.com/o/r@ghp_Ab12Cd34Ef56Gh78Ij90"
        ));
    }

    #[test]
    fn a_parameter_that_lets_in_who_knows_it_is_told() {
        assert!(has_password(
            "https://a.blob.core.windows.net/c/b?sv=2020&sig=x%3D"
        ));
        assert!(has_password(
            "https://h/k?X-Amz-Expires=9&X-Amz-Signature=00ff"
        ));
        assert!(has_password("https://h/k?X-Goog-Signature=00ff"));
        assert!(has_password("curl https://h/k?access_token=x -o f"));
        assert!(has_password("https://h/k?TOKEN=x"));
        assert!(!has_password("https://h/k?page_token=x&design=y"));
        assert!(!has_password("https://h/k?token=&sig=${signature}"));
        assert!(!has_password("token=x"));
    }

    #[test]
    fn the_address_of_a_web_hook_is_a_secret() {
        assert!(has_password("https://hooks.slack.com/services/T0/B0/x"));
        assert!(!has_password("https://hooks.slack.com/services/"));
    }
}
