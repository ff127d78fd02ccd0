//! Objects that are referred to by a name someone chose, and the attributes that do so.
//!
//! A name is unique only among objects of one type, mostly in one account and region. So a name makes
//! a link only from an attribute that is made for it, and within the account.

use self::Wording::{Attribute, LastWord, Words};
use crate::format::noun;

/// The shortest name that is taken for a reference.
const SHORTEST: usize = 6;

/// How an object of a type is referred to by its name.
#[derive(Debug)]
pub(super) struct NamedType {
    /// The type of the object.
    type_name: &'static str,
    /// What attributes that refer to it are called.
    wording: Wording,
    /// How the types begin that refer to it so; others mean something else by that attribute.
    consumers: &'static str,
    /// Whether its name is unique in the world rather than in an account and region.
    pub(super) is_global: bool,
    /// Where its name stands in its `arn` or `id` where it is not the whole `id`.
    below: Option<&'static str>,
}

/// What an attribute that refers to an object by its name is called.
#[derive(Debug, Clone, Copy)]
enum Wording {
    /// One of these, perhaps with `_name`, `_id` and the like: `cluster_name`, but not
    /// `global_cluster_name`, which is another object's.
    Words(&'static [&'static str]),
    /// This, perhaps behind other words: `bucket` in `access_logs_bucket`.
    LastWord(&'static str),
    /// The attribute of this name: any other kind of key is no `key_name`.
    Attribute(&'static str),
}

const fn named(type_name: &'static str, wording: Wording, consumers: &'static str) -> NamedType {
    NamedType {
        type_name,
        wording,
        consumers,
        is_global: false,
        below: None,
    }
}

/// Every such type.
const TYPES: &[NamedType] = &[
    NamedType {
        is_global: true,
        ..named("aws_s3_bucket", LastWord("bucket"), "aws_")
    },
    NamedType {
        is_global: true,
        ..named("google_storage_bucket", LastWord("bucket"), "google_")
    },
    NamedType {
        below: Some(":cluster/"),
        ..named("aws_ecs_cluster", Words(&["cluster"]), "aws_ecs_")
    },
    NamedType {
        below: Some("/resourceGroups/"),
        ..named(
            "azurerm_resource_group",
            LastWord("resource_group"),
            "azurerm_",
        )
    },
    named(
        "aws_autoscaling_group",
        Words(&["autoscaling_group"]),
        "aws_",
    ),
    named("aws_cloudwatch_log_group", LastWord("log_group"), "aws_"),
    named(
        "aws_db_parameter_group",
        Words(&["parameter_group"]),
        "aws_db_",
    ),
    named("aws_db_subnet_group", LastWord("db_subnet_group"), "aws_"),
    named("aws_dynamodb_table", Words(&["table"]), "aws_dynamodb_"),
    named("aws_ecr_repository", Words(&["repository"]), "aws_ecr_"),
    named("aws_eks_cluster", Words(&["cluster"]), "aws_eks_"),
    named(
        "aws_elasticache_subnet_group",
        Words(&["subnet_group"]),
        "aws_elasticache_",
    ),
    named("aws_iam_group", Words(&["group"]), "aws_iam_"),
    named(
        "aws_iam_instance_profile",
        LastWord("instance_profile"),
        "aws_",
    ),
    named("aws_iam_role", Words(&["role"]), "aws_iam_"),
    named("aws_iam_user", Words(&["user"]), "aws_iam_"),
    named("aws_key_pair", Attribute("key_name"), "aws_"),
    named("aws_lambda_function", Words(&["function"]), "aws_lambda_"),
    named(
        "aws_rds_cluster",
        Words(&["cluster", "db_cluster"]),
        "aws_rds_",
    ),
];

/// The types that are referred to by name, each with a number of its own.
pub(super) fn by_number(number: usize) -> Option<&'static NamedType> {
    TYPES.get(number)
}

/// The number of a type that is referred to by name.
pub(super) fn number_of(type_name: &str) -> Option<usize> {
    TYPES.iter().position(|named| named.type_name == type_name)
}

/// The numbers of the types that `attribute` of an instance of `consumer` can refer to by name.
pub(super) fn referred_to(consumer: &str, attribute: &str) -> impl Iterator<Item = usize> {
    let is_meant = move |named: &NamedType| {
        consumer.starts_with(named.consumers) && named.wording.fits(attribute)
    };
    let numbered = TYPES.iter().enumerate();
    let meant = numbered
        .filter(move |(_, named)| is_meant(named))
        .map(|(number, _)| number);
    meant.collect::<Vec<_>>().into_iter()
}

impl Wording {
    fn fits(self, attribute: &str) -> bool {
        match self {
            Words(words) => words.contains(&noun(attribute)),
            LastWord(word) => noun(attribute)
                .strip_suffix(word)
                .is_some_and(|before| before.is_empty() || before.ends_with('_')),
            Attribute(name) => attribute == name,
        }
    }
}

impl NamedType {
    /// The name of an object, from its `id` or `arn`.
    pub(super) fn name<'v>(&self, attribute: &str, value: &'v str) -> Option<&'v str> {
        let name = match self.below {
            None if attribute == "id" => value,
            None => return None,
            Some(below) => value.split_once(below)?.1,
        };
        is_telling(name).then_some(name)
    }
}

/// Whether a name is long and odd enough to be one object's.
fn is_telling(name: &str) -> bool {
    name.len() >= SHORTEST
        && name.bytes().any(|byte| !byte.is_ascii_alphabetic())
        && name.bytes().any(|byte| !byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(consumer: &str, attribute: &str) -> Vec<&'static str> {
        referred_to(consumer, attribute)
            .filter_map(by_number)
            .map(|named| named.type_name)
            .collect()
    }

    #[test]
    fn an_attribute_says_what_it_names() {
        assert_eq!(types("aws_s3_bucket_policy", "bucket"), ["aws_s3_bucket"]);
        assert_eq!(types("aws_lb", "access_logs_bucket"), ["aws_s3_bucket"]);
        assert_eq!(types("aws_ecs_service", "cluster"), ["aws_ecs_cluster"]);
        assert_eq!(types("aws_iam_role_policy", "role"), ["aws_iam_role"]);
        assert_eq!(
            types("google_storage_bucket_object", "bucket"),
            ["google_storage_bucket"]
        );
        assert_eq!(types("aws_instance", "key_name"), ["aws_key_pair"]);
        assert!(types("aws_iam_role", "name").is_empty());
        assert!(types("aws_s3_bucket", "bucket_prefix").is_empty());
        assert!(types("kubernetes_deployment", "cluster").is_empty());
    }

    #[test]
    fn another_object_s_attribute_does_not_name_this_one() {
        for (consumer, attribute) in [
            ("aws_dynamodb_table", "hash_key"),
            ("aws_s3_object", "key"),
            ("aws_autoscaling_group", "key"),
            ("aws_rds_cluster", "global_cluster_identifier"),
        ] {
            assert!(types(consumer, attribute).is_empty(), "{attribute}");
        }
    }

    #[test]
    fn common_words_and_numbers_are_no_names() {
        let bucket = number_of("aws_s3_bucket").and_then(by_number);
        let name = |value| bucket.and_then(|named| named.name("id", value));
        assert_eq!(name("harbor-logs"), Some("harbor-logs"));
        assert_eq!(name("production"), None);
        assert_eq!(name("123456789012"), None);
        assert_eq!(name("a-b"), None);
    }

    #[test]
    fn a_cluster_s_name_is_the_end_of_its_arn() {
        let cluster = number_of("aws_ecs_cluster").and_then(by_number);
        let arn = "arn:aws:ecs:eu-west-1:1:cluster/shop-main";
        assert_eq!(
            cluster.and_then(|named| named.name("id", arn)),
            Some("shop-main")
        );
    }
}
