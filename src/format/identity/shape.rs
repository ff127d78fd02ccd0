//! Which values name one object in the world by what they look like.

/// The longest value that is taken for an identity, in bytes.
pub const LONGEST: usize = 1024;

/// The shortest value that names one object by its shape, in bytes: `i-1a2b3c4d`.
pub const SHORTEST: usize = 10;

/// Ends of the host names that clouds give to what they run: a host below one of them names one
/// object. Other hosts are chosen by people, and several objects stand behind each.
const GENERATED_HOSTS: &[&str] = &[
    ".cloudfront.net",
    ".awsapprunner.com",
    ".azurecr.io",
    ".azurewebsites.net",
    ".azurefd.net",
    ".run.app",
    ".appspot.com",
];

/// Ends that are shared with the clouds' own services (`sqs.eu-west-1.amazonaws.com`): a path, a user
/// or a further label tells the object.
const SHARED_HOSTS: &[&str] = &[
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".windows.net",
    ".azure.com",
    ".azure.net",
    ".googleapis.com",
    ".iam.gserviceaccount.com",
];

/// Whether a value is given to one object alone by a cloud: an ARN, a path below a project or
/// subscription, a prefixed or long random id, a UUID, a generated host name.
///
/// Numbers, names, regions, accounts, subscriptions and projects as such are none.
pub fn is_unique(value: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&value.len())
        && (is_arn(value)
            || is_resource_path(value)
            || is_cloud_address(value)
            || is_prefixed_id(value)
            || is_uuid(value)
            || is_upper_id(value)
            || is_hex_id(value))
}

/// Whether a value holds one that is unique as one of its parts, as ids made of several do:
/// `Z0123456789ABC_www.example.com_A`.
pub fn has_unique_part(value: &str) -> bool {
    value.len() <= LONGEST
        && (is_unique(value) || value.split(['_', '/', '|', ':', ',']).any(is_unique))
}

/// The account and the region of an ARN, either of them empty where the service has none.
pub fn arn_scope(value: &str) -> Option<(&str, &str)> {
    let mut parts = value.strip_prefix("arn:")?.splitn(5, ':').skip(2);
    let (region, account) = (parts.next()?, parts.next()?);
    parts.next().map(|_resource| (account, region))
}

/// `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`, where the resource is neither an account's root nor a
/// pattern, nor AWS's own and everybody's, such as a managed policy.
fn is_arn(value: &str) -> bool {
    let Some(rest) = value.strip_prefix("arn:aws") else {
        return false;
    };
    let mut parts = rest.splitn(5, ':').skip(1);
    let service = parts.next().unwrap_or_default();
    let account = parts.nth(1).unwrap_or_default();
    let resource = parts.next().unwrap_or_default();
    !service.is_empty()
        && account != "aws"
        && !matches!(resource, "" | "root")
        && !resource.contains(['*', '?'])
}

/// `/subscriptions/S/resourceGroups/G`, `projects/P/topics/T` and what is longer.
fn is_resource_path(value: &str) -> bool {
    let below = value
        .strip_prefix("/subscriptions/")
        .or_else(|| value.strip_prefix("projects/"));
    below.is_some_and(|below| {
        let segments = below.split('/').filter(|segment| !segment.is_empty());
        segments.count() >= 3 && !below.contains('*')
    })
}

/// A host that a cloud generated, perhaps with a scheme, a user, a port or a path.
fn is_cloud_address(value: &str) -> bool {
    let address = value
        .split_once("://")
        .map_or(value, |(_scheme, rest)| rest);
    let (authority, rest) = address.split_at(address.find(['/', ':']).unwrap_or(address.len()));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if !host.bytes().all(is_host_byte) {
        return false;
    }
    let below = |ends: &[&str]| ends.iter().find_map(|end| host.strip_suffix(end));
    let has_path = rest.starts_with('/') && rest.len() > 1;
    below(GENERATED_HOSTS).is_some_and(|label| !label.is_empty())
        || below(SHARED_HOSTS)
            .is_some_and(|labels| has_path || !user.is_empty() || !is_endpoint(labels))
}

/// Whether labels are those of a service itself: `www`, `sqs.eu-west-1`.
fn is_endpoint(labels: &str) -> bool {
    match labels.split_once('.') {
        None => true,
        Some((_service, region)) => {
            !region.contains('.')
                && region.split('-').count() >= 3
                && region.ends_with(|last: char| last.is_ascii_digit())
        }
    }
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

/// `vpc-0a1b2c3d`, `tgw-attach-0a1b2c3d4e5f`, `db-ABCDEFGHIJ2K`: words, and at least eight random
/// digits. Digits alone may be a date that a person chose.
fn is_prefixed_id(value: &str) -> bool {
    let Some((prefix, random)) = value.rsplit_once('-') else {
        return false;
    };
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    prefix.split('-').all(is_word) && (is_mixed_hex(random, 8) || is_upper_id(random))
}

fn is_uuid(value: &str) -> bool {
    let lengths = value.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && value
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        && value.bytes().any(|byte| !matches!(byte, b'0' | b'-'))
}

/// Capital letters and digits: hosted zones, distributions, unique ids of roles.
fn is_upper_id(value: &str) -> bool {
    (10..=40).contains(&value.len())
        && value
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_hex_id(value: &str) -> bool {
    is_mixed_hex(value, 24)
}

/// At least `shortest` hexadecimal digits, figures and lower-case letters among them.
fn is_mixed_hex(value: &str, shortest: usize) -> bool {
    value.len() >= shortest
        && value
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cloud_gives_to_one_object_is_unique() {
        for value in [
            "arn:aws:s3:::harbor-logs",
            "arn:aws-cn:ec2:cn-north-1:123456789012:vpc/vpc-0a1b2c3d",
            "arn:aws:iam::123456789012:role/app",
            "/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333/resourceGroups/shop",
            "projects/harbor/topics/orders",
            "https://www.googleapis.com/compute/v1/projects/harbor/global/networks/main",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web",
            "shop-1234567890.eu-west-1.elb.amazonaws.com",
            "loader@harbor.iam.gserviceaccount.com",
            "d111111abcdef8.cloudfront.net",
            "vpc-0a1b2c3d4e5f60718",
            "tgw-attach-0a1b2c3d4e5f60718",
            "i-1a2b3c4d",
            "db-ABCDEFGHIJ2KLMNOP",
            "7d444840-9dc0-11d1-b245-5ffdce74fad2",
            "Z0123456789ABCDEF",
            "023e105f4ecef8ad9ca31a8372d0c353",
        ] {
            assert!(is_unique(value), "{value}");
        }
    }

    #[test]
    fn names_numbers_places_and_accounts_are_not() {
        for value in [
            "none",
            "default",
            "harbor-prod-shop-events",
            "shop/web",
            "123456789012",
            "20240131123456",
            "backup-20240131",
            "eu-central-1",
            "eu-central-1a",
            "10.0.0.0/16",
            "arn:aws:iam::123456789012:root",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:s3:::*",
            "arn:aws:sqs:eu-west-1:123456789012:jobs-*",
            "/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333",
            "projects/harbor",
            "00000000-0000-0000-0000-000000000000",
            "ec2.amazonaws.com",
            "sqs.eu-west-1.amazonaws.com",
            "https://www.googleapis.com/",
            "www.example.com",
            "https://grafana.example.com/api/datasources",
            "PRODUCTION",
            "deadbeef",
            "Created for stack 17; do not change by hand.",
        ] {
            assert!(!is_unique(value), "{value}");
        }
    }

    #[test]
    fn a_part_can_make_a_composed_id_unique() {
        assert!(has_unique_part("Z0123456789ABC_www.example.com_A"));
        assert!(has_unique_part("Z0123456789ABC:vpc-0a1b2c3d"));
        assert!(!has_unique_part("role:write"));
        assert!(!has_unique_part("shop/web"));
    }

    #[test]
    fn the_scope_of_an_arn_is_its_account_and_region() {
        assert_eq!(
            arn_scope("arn:aws:sqs:eu-west-1:123456789012:jobs"),
            Some(("123456789012", "eu-west-1"))
        );
        assert_eq!(arn_scope("arn:aws:s3:::logs"), Some(("", "")));
        assert_eq!(arn_scope("arn:aws:s3"), None);
    }
}
