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

/// Whether a text looks random and can hardly be a name, an id, a digest or a certificate, for texts
/// of which nothing says that they are secret.
///
/// Names and ids of clouds may well be random, but they mix no small letters, capitals and figures:
/// `logs-7f3a9c2b`, `Z0RSSGOZFHEC2BLXGFSP`, `Ec2InstanceRole`, the id of a commit.
pub(super) fn looks_like_key(text: &str) -> bool {
    let words = || text.split(|c: char| !c.is_ascii_alphanumeric());
    looks_random(text)
        && !text.contains(char::is_whitespace)
        && !is_reference(text)
        && !is_public(text)
        && !is_regional_id(text)
        && (is_hex_key(text)
            || words().any(is_key_word)
            || mixes_all_kinds(text) && (text.contains(SYMBOLS) || is_base64(text)))
}

/// Whether a text has small letters, capitals and figures.
pub(super) fn mixes_all_kinds(text: &str) -> bool {
    Mixture::of(text).is_whole()
}

/// How a text's small letters, capitals and figures follow on each other.
#[derive(Default)]
struct Mixture {
    small: bool,
    capital: bool,
    /// How many runs of figures there are.
    numbers: usize,
    /// How often one kind follows on another.
    changes: usize,
}

impl Mixture {
    fn of(text: &str) -> Mixture {
        let kinds = text.bytes().map(|byte| match byte {
            b'a'..=b'z' => Some('a'),
            b'A'..=b'Z' => Some('A'),
            b'0'..=b'9' => Some('0'),
            _ => None,
        });
        let mut mixture = Mixture::default();
        let mut last = None;
        for kind in kinds {
            if kind != last {
                mixture.changes += usize::from(last.is_some() && kind.is_some());
                mixture.small |= kind == Some('a');
                mixture.capital |= kind == Some('A');
                mixture.numbers += usize::from(kind == Some('0'));
            }
            last = kind;
        }
        mixture
    }

    fn is_whole(&self) -> bool {
        self.small && self.capital && self.numbers > 0
    }
}

/// A word that mixes all kinds more than names in capitals and small letters with a number do.
fn is_key_word(word: &str) -> bool {
    let mixture = Mixture::of(word);
    word.len() >= 8
        && mixture.is_whole()
        && (mixture.numbers > 1 || (word.len() >= 12 && mixture.changes * 2 >= word.len()))
}

/// As many hexadecimal digits as keys have; digests and the ids of commits have more.
fn is_hex_key(text: &str) -> bool {
    text.len() == 32 && is_hex(text)
}

/// As long as keys in base64 are, and nothing else in it.
fn is_base64(text: &str) -> bool {
    text.len() >= 32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

/// An id that begins with its region: `eu-west-1_Ab3dE5gH7`.
fn is_regional_id(text: &str) -> bool {
    text.split_once('_').is_some_and(|(region, id)| {
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        region.contains('-')
            && region.ends_with(|c: char| c.is_ascii_digit())
            && region.chars().all(is_part)
            && id.len() <= 9
    })
}

/// Whether a text says where something is rather than being it.
pub(super) fn is_reference(text: &str) -> bool {
    text.starts_with("arn:") || is_path(text) || (text.contains("://") && !has_url_password(text))
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
            "Cnrydbp55Zkq2",
            "sk-proj-4F9a8b7C6d5E",
            "0123456789abcdef0123456789abcdef",
            "aB3$kL!mN",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ] {
            assert!(looks_like_key(text), "{text}");
        }
    }

    #[test]
    fn names_ids_and_digests_are_no_keys_however_random() {
        for text in [
            "worker22",
            "postgres15",
            "7f3a9c2b",
            "acmest7x2k",
            "svc01orders",
            "logs-7f3a9c2b",
            "harbor-prod-x7k2p9",
            "Ec2InstanceRole",
            "K8sNodeRole",
            "app/web/50dc6c495c0c9188",
            "projects/x1y2z3abc/global/networks/main",
            "loader@harbor-x1y2z.iam.gserviceaccount.com",
            "oidc.eks.eu-west-1.amazonaws.com/id/65C7A1B2D3E4F5061728394A5B6C7D8E",
            "b-1.orders.ab12cd.c3.kafka.eu-west-1.amazonaws.com:9094,b-2.orders.ab12cd.c3.kafka.eu-west-1.amazonaws.com:9094",
            "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
            "a94a8fe5ccb1",
            "eu-west-1_Ab3dE5gH7",
            "db-ABCDEFGHIJ2KLMNOPQRSTUVWXY",
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
