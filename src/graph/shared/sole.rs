//! Types of which an object has exactly one, so that two with its id are the same.

/// Parts of an S3 bucket, which is known by its name alone.
const OF_A_BUCKET: &[&str] = &[
    "aws_s3_bucket_accelerate_configuration",
    "aws_s3_bucket_acl",
    "aws_s3_bucket_cors_configuration",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_logging",
    "aws_s3_bucket_notification",
    "aws_s3_bucket_object_lock_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_replication_configuration",
    "aws_s3_bucket_request_payment_configuration",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_bucket_website_configuration",
];

/// Parts of objects that are known by a unique id.
///
/// Source: the providers' references, where the import of a type takes nothing but the object's id.
const OF_A_UNIQUE_OBJECT: &[&str] = &[
    "aws_backup_vault_policy",
    "aws_codeartifact_domain_permissions_policy",
    "aws_codeartifact_repository_permissions_policy",
    "aws_dynamodb_resource_policy",
    "aws_efs_backup_policy",
    "aws_efs_file_system_policy",
    "aws_emr_managed_scaling_policy",
    "aws_kinesis_resource_policy",
    "aws_kms_key_policy",
    "aws_lakeformation_resource",
    "aws_msk_cluster_policy",
    "aws_networkfirewall_logging_configuration",
    "aws_secretsmanager_secret_policy",
    "aws_secretsmanager_secret_rotation",
    "aws_sns_topic_data_protection_policy",
    "aws_sns_topic_policy",
    "aws_sqs_queue_policy",
    "aws_sqs_queue_redrive_allow_policy",
    "aws_sqs_queue_redrive_policy",
    "aws_vpc_endpoint_policy",
    "aws_wafv2_web_acl_logging_configuration",
    "azurerm_storage_account_network_rules",
    "azurerm_subnet_nat_gateway_association",
    "azurerm_subnet_network_security_group_association",
    "azurerm_subnet_route_table_association",
];

/// Whether a bucket has one object of the type, with the bucket's name as its id.
pub(super) fn is_of_a_bucket(type_name: &str) -> bool {
    OF_A_BUCKET.contains(&type_name)
}

/// Whether an object with a unique id has one object of the type, with the same id.
pub(super) fn is_of_a_unique_object(type_name: &str) -> bool {
    OF_A_UNIQUE_OBJECT.contains(&type_name)
}
