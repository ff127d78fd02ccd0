//! Attributes that name the real object behind an instance.

/// Attributes whose value names the real object, in the order of preference. In the first four a
/// value of any shape can be an identity, in the others only an address that a cloud generated.
pub(super) const NAMING: &[&str] = &[
    "arn",
    "self_link",
    "id",
    "urn",
    "invoke_arn",
    "execution_arn",
    "stream_arn",
    "qualified_arn",
    "unique_id",
    "key_id",
    "url",
    "repository_url",
    "dns_name",
    "endpoint",
    "reader_endpoint",
    "address",
    "domain_name",
    "bucket_domain_name",
    "bucket_regional_domain_name",
    "email",
];

/// Types whose attribute of that name is not theirs but names what they refer to.
///
/// Source: the argument and attribute references of the providers.
const REFERRING: &[(&str, &[&str])] = &[
    (
        "arn",
        &[
            "aws_cloudtrail_organization_delegated_admin_account",
            "aws_cloudwatch_event_target",
            "aws_dx_hosted_private_virtual_interface_accepter",
            "aws_dx_hosted_public_virtual_interface_accepter",
            "aws_dx_hosted_transit_virtual_interface_accepter",
            "aws_lakeformation_resource",
            "aws_oam_sink_policy",
            "aws_organizations_delegated_administrator",
            "aws_ses_domain_identity_verification",
            "aws_sns_topic_data_protection_policy",
            "aws_sns_topic_policy",
            "aws_vpc_ipam_organization_admin_account",
        ],
    ),
    ("dns_name", &["aws_efs_mount_target"]),
    (
        "endpoint",
        &[
            "alicloud_mns_topic_subscription",
            "aws_dms_endpoint",
            "aws_sns_topic_subscription",
            "oci_ons_subscription",
        ],
    ),
];

/// Types whose attribute of that name is their own; any other type refers by it to what an API, a
/// check, a permission or a data source is for.
const OWNING: &[(&str, &[&str])] = &[
    (
        "address",
        &[
            "aws_db_instance",
            "aws_redshift_endpoint_access",
            "aws_redshiftserverless_endpoint_access",
        ],
    ),
    ("domain_name", &["aws_cloudfront_distribution"]),
    (
        "email",
        &["google_project_service_identity", "google_service_account"],
    ),
    (
        "key_id",
        &[
            "aws_kms_external_key",
            "aws_kms_key",
            "aws_kms_replica_external_key",
            "aws_kms_replica_key",
        ],
    ),
    ("stream_arn", &["aws_dynamodb_table"]),
    (
        "url",
        &[
            "aws_sqs_queue",
            "azurerm_storage_blob",
            "azurerm_storage_container",
            "azurerm_storage_queue",
            "azurerm_storage_share",
            "azurerm_storage_share_directory",
            "azurerm_storage_share_file",
            "google_cloudfunctions2_function",
        ],
    ),
];

/// Whether a type and one of its attributes say that the attribute names the instance's own object.
pub fn is_naming(type_name: &str, attribute: &str) -> bool {
    let types = |table: &'static [(&str, &'static [&str])]| {
        let entry = table.iter().find(|(name, _)| *name == attribute);
        entry.map(|(_, types)| *types)
    };
    NAMING.contains(&attribute)
        && types(OWNING).is_none_or(|types| types.contains(&type_name))
        && !types(REFERRING).is_some_and(|types| types.contains(&type_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_that_refers_is_not_the_object_s_own() {
        for (type_name, attribute) in [
            ("aws_iam_openid_connect_provider", "url"),
            ("grafana_data_source", "url"),
            ("datadog_webhook", "url"),
            ("azurerm_data_factory_linked_service_odata", "url"),
            ("aws_lakeformation_resource", "arn"),
            ("aws_sns_topic_data_protection_policy", "arn"),
            ("aws_kms_grant", "key_id"),
            ("aws_kms_key_policy", "key_id"),
            ("aws_kms_ciphertext", "key_id"),
            ("aws_ssm_parameter", "key_id"),
            ("aws_kinesis_stream_consumer", "stream_arn"),
            ("aws_dynamodb_kinesis_streaming_destination", "stream_arn"),
            ("aws_efs_mount_target", "dns_name"),
            ("googleworkspace_group_member", "email"),
            ("consul_node", "address"),
        ] {
            assert!(!is_naming(type_name, attribute), "{type_name}.{attribute}");
        }
    }

    #[test]
    fn what_a_cloud_gives_an_object_is_its_own() {
        for (type_name, attribute) in [
            ("aws_kms_key", "key_id"),
            ("aws_sqs_queue", "url"),
            ("aws_db_instance", "address"),
            ("aws_dynamodb_table", "stream_arn"),
            ("google_service_account", "email"),
            ("aws_efs_file_system", "dns_name"),
            ("aws_vpc", "arn"),
        ] {
            assert!(is_naming(type_name, attribute), "{type_name}.{attribute}");
        }
    }
}
