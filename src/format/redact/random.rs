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

fn is_uuid(text: &str) -> bool {
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
