//! Telling a password from a name or an id that may stand anywhere.

use super::connection::has_url_password;

/// Symbols that names and ids do not have.
const SYMBOLS: &[char] = &['!', '#', '$', '%', '^', '&', '*', '+', '=', '?', '~', '|'];

/// Whether a text looks like a password or key, and not like a name, an id, an address, a version
/// or words of a language. Ids that are random (UUIDs, `vpc-0a1b…`) count as ids.
pub(super) fn looks_random(text: &str) -> bool {
    if text.contains("://") {
        return has_url_password(text);
    }
    if text.starts_with("arn:") || is_path(text) || is_host(text) || is_time(text) {
        return false;
    }
    if is_prefixed_id(text) || is_uuid(text) {
        return false;
    }
    let has_symbol = || !text.contains(char::is_whitespace) && text.contains(SYMBOLS);
    has_symbol()
        || text
            .split(|c: char| !c.is_alphanumeric())
            .any(is_random_word)
}

/// Whether a text looks random and can be no name, id or certificate, for texts of which nothing
/// says that they are secret: names may end in a number (`worker22`) or a few random letters
/// (`logs-7f3a9c2b`), and some ids are all capitals (`Z0RSSGOZFHEC2BLXGFSP`).
pub(super) fn looks_like_key(text: &str) -> bool {
    looks_random(text)
        && !text.contains(char::is_whitespace)
        && !is_name(text)
        && !is_id_of_capitals(text)
        && !is_public(text)
}

/// Whether a text says where something is rather than being it.
pub(super) fn is_reference(text: &str) -> bool {
    text.starts_with("arn:") || is_path(text) || (text.contains("://") && !has_url_password(text))
}

/// Words in lower case of which at least one is no mixture, and the others short or a number at the
/// end of letters.
fn is_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_./:@".contains(c);
    if !text.chars().all(is_part) {
        return false;
    }
    let words = || text.split(|c: char| !c.is_alphanumeric());
    let is_plain = |word: &str| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        !is_random_word(word) || !letters.contains(|c: char| c.is_ascii_digit())
    };
    let is_suffix = |word: &str| word.len() <= 8 || (word.len() <= 17 && is_hex(word));
    let has_word = || words().any(|word| word.len() > 1 && word.chars().all(char::is_alphabetic));
    let is_within_path = text.matches('/').count() > 1;
    words().all(is_plain)
        || (has_word() && (is_within_path || words().all(|word| is_plain(word) || is_suffix(word))))
}

/// An id as AWS gives them to zones, distributions and users.
fn is_id_of_capitals(text: &str) -> bool {
    (10..=21).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// A digest, or a certificate in base64.
fn is_public(text: &str) -> bool {
    const BEGIN_CERTIFICATE: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0t";
    text.contains("sha256:") || text.starts_with(BEGIN_CERTIFICATE)
}

/// A word with letters and digits, longer than `db1`, `D2s` or `v12`.
fn is_random_word(word: &str) -> bool {
    word.len() > 4
        && word.contains(|c: char| c.is_ascii_digit())
        && word.contains(char::is_alphabetic)
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.matches('/').count() > 1
}

/// A host name or an address with its port or size, a version, a machine type.
fn is_host(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._:/".contains(c);
    text.contains(['.', ':']) && text.chars().all(is_part)
}

fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut is_number = |len: usize| {
        parts
            .next()
            .is_some_and(|part| part.len() == len && is_digits(part))
    };
    is_number(4) && is_number(2) && text.get(8..10).is_some_and(is_digits)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An id as AWS gives them: `i-0a1b2c3d`, `subnet-0123456789abcdef0`.
fn is_prefixed_id(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(prefix, id)| {
        let is_prefix = |c: char| c.is_ascii_lowercase() || c == '-';
        prefix.len() <= 16
            && prefix.chars().all(is_prefix)
            && matches!(id.len(), 8 | 17)
            && is_hex(id)
    })
}

pub(super) fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.split('-').all(is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_keys_look_random() {
        for text in [
            "kD93hfA0zPq",
            "hunter22",
            "Zq100LEAK-v3_out",
            "correct-horse!",
            "postgres://u:p@h/x",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ] {
            assert!(looks_random(text), "{text}");
        }
    }

    #[test]
    fn passwords_and_keys_look_like_keys() {
        for text in [
            "kD93hfA0zPq",
            "Zq100LEAK-v3_out",
            "a1b2c3d4e5f6",
            "sk-proj4f9a8b7c6d5e",
            "0123456789abcdef0123456789abcdef",
            "correct-horse!",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ] {
            assert!(looks_like_key(text), "{text}");
        }
    }

    #[test]
    fn names_with_numbers_or_a_random_end_are_no_keys() {
        for text in [
            "worker22",
            "postgres15",
            "logs-7f3a9c2b",
            "harbor-prod-x7k2p9",
            "app/web/50dc6c495c0c9188",
            "projects/x1y2z3abc/global/networks/main",
            "loader@harbor-x1y2z.iam.gserviceaccount.com",
            "Z0RSSGOZFHEC2BLXGFSP",
            "registry/app@sha256:0123456789abcdef0123456789abcdef",
            "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUMvakNDQWVh",
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 me@host",
        ] {
            assert!(!looks_like_key(text), "{text}");
        }
    }

    #[test]
    fn names_ids_and_addresses_do_not_look_random() {
        for text in [
            "arn:aws:iam::123456789012:role/x1y2z3",
            "i-0a1b2c3d",
            "vpc-0123456789abcdef0",
            "subnet-0123456789abcdef0",
            "eu-central-1",
            "us-gov-west-1",
            "orders-db-prod-1",
            "db.r5.large",
            "Standard_D2s_v3",
            "10.20.0.0/16",
            "db1.abc123def.eu-west-1.rds.amazonaws.com:5432",
            "https://login.example.com/a1b2c3d4",
            "123456789012",
            "2024-05-01T10:00:00Z",
            "0b5f7c1e-3a54-4f0e-9d61-1a2b3c4d5e6f",
            "/var/lib/app12345/data",
            "postgres",
            "Managed by Terraform",
        ] {
            assert!(!looks_random(text), "{text}");
        }
    }
}
