//! Attributes of AWS storage, database, queue and key objects.

use serde_json::{Value, json};

use super::aws::{Aws, with};
use super::ids;

impl Aws {
    /// The ARN of the key of that purpose; the keys of an environment lie in one account.
    pub fn kms_arn(&self, purpose: &str) -> String {
        self.arn(
            "kms",
            &format!("key/{}", ids::uuid(&format!("kms/{}/{purpose}", self.env))),
        )
    }

    /// `aws_kms_key`
    pub fn kms_key(&self, purpose: &str) -> Value {
        let arn = self.kms_arn(purpose);
        let id = arn.rsplit('/').next().unwrap_or_default();
        self.tagged(&self.named(purpose), json!({
            "arn": arn, "bypass_policy_lockout_safety_check": false, "custom_key_store_id": "",
            "customer_master_key_spec": "SYMMETRIC_DEFAULT", "deletion_window_in_days": 30,
            "description": format!("Harbor {}: {purpose}", self.env),
            "enable_key_rotation": purpose != "legacy", "id": id,
            "is_enabled": true, "key_id": id, "key_usage": "ENCRYPT_DECRYPT", "multi_region": false,
            "policy": Self::policy(json!([{
                "Action": "kms:*", "Effect": "Allow", "Principal": { "AWS": self.iam_arn("root") },
                "Resource": "*", "Sid": "Root",
            }])),
            "rotation_period_in_days": 365, "timeouts": null, "xks_key_id": "",
        }))
    }

    /// `aws_kms_alias`
    pub fn kms_alias(&self, purpose: &str) -> Value {
        let name = format!("alias/{}", self.named(purpose));
        let target = self.kms_arn(purpose);
        json!({
            "arn": self.arn("kms", &name), "id": name, "name": name, "name_prefix": "",
            "target_key_arn": target, "target_key_id": target.rsplit('/').next(),
        })
    }

    /// `aws_s3_bucket`; `key` is the KMS key that encrypts it, if any.
    pub fn bucket(&self, name: &str, key: Option<&str>) -> Value {
        let rule = json!([{
            "apply_server_side_encryption_by_default": [{
                "kms_master_key_id": key.unwrap_or_default(),
                "sse_algorithm": if key.is_some() { "aws:kms" } else { "AES256" },
            }],
            "bucket_key_enabled": key.is_some(),
        }]);
        self.tagged(name, with(json!({
            "acceleration_status": "", "acl": null, "arn": format!("arn:aws:s3:::{name}"),
            "bucket": name,
            "bucket_domain_name": format!("{name}.s3.amazonaws.com"), "bucket_prefix": "",
            "bucket_region": self.region,
            "bucket_regional_domain_name": format!("{name}.s3.{}.amazonaws.com", self.region),
            "cors_rule": [], "force_destroy": self.env == "dev",
            "grant": [{
                "id": ids::hex("owner", 64), "permissions": ["FULL_CONTROL"], "type": "CanonicalUser",
                "uri": "",
            }],
        }), json!({
            "hosted_zone_id": "Z1BKCTXD74EZPE", "id": name, "lifecycle_rule": [], "logging": [],
            "object_lock_configuration": [],
            "object_lock_enabled": false, "policy": "", "region": self.region,
            "replication_configuration": [],
            "request_payer": "BucketOwner", "server_side_encryption_configuration": [{ "rule": rule }],
            "timeouts": null,
            "versioning": [{ "enabled": self.env == "prod", "mfa_delete": false }], "website": [],
            "website_domain": null, "website_endpoint": null,
        })))
    }

    /// `aws_s3_bucket_public_access_block`
    pub fn public_access_block(bucket: &str, blocked: bool) -> Value {
        json!({
            "block_public_acls": blocked, "block_public_policy": blocked, "bucket": bucket,
            "id": bucket,
            "ignore_public_acls": blocked, "restrict_public_buckets": blocked, "skip_destroy": null,
        })
    }

    /// `aws_s3_bucket_versioning`
    pub fn bucket_versioning(bucket: &str, status: &str) -> Value {
        json!({
            "bucket": bucket, "expected_bucket_owner": "", "id": bucket, "mfa": null,
            "versioning_configuration": [{ "mfa_delete": "", "status": status }],
        })
    }

    /// `aws_s3_bucket_lifecycle_configuration`
    pub fn bucket_lifecycle(bucket: &str, days: u32) -> Value {
        json!({
            "bucket": bucket, "expected_bucket_owner": "", "id": bucket,
            "rule": [{
                "abort_incomplete_multipart_upload": [{ "days_after_initiation": 7 }],
                "expiration": [{ "date": null, "days": days, "expired_object_delete_marker": false }],
                "filter": [{
                    "and": [], "object_size_greater_than": null, "object_size_less_than": null,
                    "prefix": "", "tag": [],
                }],
                "id": "expire",
                "noncurrent_version_expiration": [{
                    "newer_noncurrent_versions": null, "noncurrent_days": 30,
                }],
                "noncurrent_version_transition": [], "prefix": "", "status": "Enabled",
                "transition": [{ "date": null, "days": 30, "storage_class": "STANDARD_IA" }],
            }],
            "timeouts": null, "transition_default_minimum_object_size": "all_storage_classes_128K",
        })
    }

    /// `aws_s3_object`
    pub fn object(&self, bucket: &str, key: &str, kind: &str) -> Value {
        let seed = format!("{bucket}/{key}");
        json!({
            "acl": null, "arn": format!("arn:aws:s3:::{seed}"), "bucket": bucket,
            "bucket_key_enabled": false, "cache_control": "max-age=31536000",
            "checksum_algorithm": null, "checksum_crc32": "", "checksum_crc32c": "",
            "checksum_crc64nvme": "", "checksum_sha1": "",
            "checksum_sha256": "", "content": null, "content_base64": null, "content_disposition": "",
            "content_encoding": "",
            "content_language": "", "content_type": kind, "etag": ids::hex(&seed, 32),
            "force_destroy": false, "id": seed,
            "key": key, "kms_key_id": null, "metadata": {}, "object_lock_legal_hold_status": "",
            "object_lock_mode": "",
            "object_lock_retain_until_date": "", "override_provider": [],
            "server_side_encryption": "AES256",
            "source": format!("./static/{key}"), "source_hash": null, "storage_class": "STANDARD",
            "tags": null,
            "tags_all": {}, "version_id": ids::hex(&format!("{seed}/version"), 32),
            "website_redirect": "",
        })
    }

    /// `aws_db_instance`, PostgreSQL; `password` is what the state holds in clear.
    pub fn database(&self, name: &str, class: &str, password: &str, encrypted: bool) -> Value {
        let id = self.named(name);
        let address = format!(
            "{id}.c{}.{}.rds.amazonaws.com",
            ids::hex(&id, 11),
            self.region
        );
        let prod = self.env == "prod";
        let server = json!({
            "address": address, "allocated_storage": if prod { 500 } else { 50 },
            "allow_major_version_upgrade": null,
            "apply_immediately": !prod, "arn": self.arn("rds", &format!("db:{id}")),
            "auto_minor_version_upgrade": true,
            "availability_zone": self.zone("a"), "backup_retention_period": if prod { 35 } else { 1 },
            "backup_target": "region",
            "backup_window": "02:00-03:00", "blue_green_update": [],
            "ca_cert_identifier": "rds-ca-rsa2048-g1", "character_set_name": "",
            "copy_tags_to_snapshot": true, "custom_iam_instance_profile": "",
            "customer_owned_ip_enabled": false,
            "database_insights_mode": "standard", "db_name": "warehouse", "db_subnet_group_name": id,
            "dedicated_log_volume": false,
            "delete_automated_backups": true, "deletion_protection": prod, "domain": "",
            "domain_auth_secret_arn": "", "domain_dns_ips": [],
            "domain_fqdn": "", "domain_iam_role_name": "", "domain_ou": "",
            "enabled_cloudwatch_logs_exports": if prod { json!(["postgresql", "upgrade"]) } else { json!([]) },
        });
        let engine = json!({
            "endpoint": format!("{address}:5432"), "engine": "postgres",
            "engine_lifecycle_support": "open-source-rds-extended-support",
            "engine_version": "16.8", "engine_version_actual": "16.8",
            "final_snapshot_identifier": if prod { json!(format!("{id}-final")) } else { Value::Null },
            "hosted_zone_id": "Z29XKXDKYMONMX", "iam_database_authentication_enabled": prod,
            "id": format!("db-{}", ids::upper(&id, 26)),
            "identifier": id, "identifier_prefix": "", "instance_class": class, "iops": 3000,
            "kms_key_id": if encrypted { self.kms_arn("rds") } else { String::new() },
            "latest_restorable_time": "2025-11-02T11:54:07Z",
            "license_model": "postgresql-license", "listener_endpoint": [],
            "maintenance_window": "sun:04:00-sun:05:00",
            "manage_master_user_password": null, "master_user_secret": [],
            "master_user_secret_kms_key_id": null,
            "max_allocated_storage": if prod { 2000 } else { 0 },
            "monitoring_interval": if prod { 60 } else { 0 },
            "monitoring_role_arn": if prod { self.iam_arn("role/rds-monitoring") } else { String::new() },
            "multi_az": prod,
        });
        let storage = json!({
            "nchar_character_set_name": "", "network_type": "IPV4",
            "option_group_name": "default:postgres-16",
            "parameter_group_name": id, "password": password, "password_wo": null,
            "password_wo_version": null,
            "performance_insights_enabled": prod,
            "performance_insights_kms_key_id": if prod { self.kms_arn("rds") } else { String::new() },
            "performance_insights_retention_period": if prod { 7 } else { 0 }, "port": 5432,
            "publicly_accessible": self.env == "staging",
            "replica_mode": "", "replicas": [], "replicate_source_db": "",
            "resource_id": format!("db-{}", ids::upper(&id, 26)),
            "restore_to_point_in_time": [], "s3_import": [], "skip_final_snapshot": !prod,
            "snapshot_identifier": null, "status": "available",
            "storage_encrypted": encrypted, "storage_throughput": 125, "storage_type": "gp3",
            "timeouts": null, "timezone": "",
            "upgrade_rollout_order": "second", "upgrade_storage_config": null,
            "username": "harbor_admin", "vpc_security_group_ids": [],
        });
        self.tagged(&id, with(with(server, engine), storage))
    }

    /// `aws_sqs_queue`; `dead` is the ARN of its dead letter queue.
    pub fn queue(&self, name: &str, dead: Option<&str>, encrypted: bool) -> Value {
        let name = self.named(name);
        let url = format!(
            "https://sqs.{}.amazonaws.com/{}/{name}",
            self.region, self.account
        );
        let redrive = dead.map_or_else(String::new, |arn| {
            json!({ "deadLetterTargetArn": arn, "maxReceiveCount": 5 }).to_string()
        });
        self.tagged(&name, json!({
            "arn": self.arn("sqs", &name), "content_based_deduplication": false,
            "deduplication_scope": "", "delay_seconds": 0,
            "fifo_queue": false, "fifo_throughput_limit": "", "id": url,
            "kms_data_key_reuse_period_seconds": 300, "kms_master_key_id": "",
            "max_message_size": 262_144,
            "message_retention_seconds": if dead.is_some() { 345_600 } else { 1_209_600 }, "name": name,
            "name_prefix": "", "policy": "", "receive_wait_time_seconds": 20,
            "redrive_allow_policy": "", "redrive_policy": redrive,
            "sqs_managed_sse_enabled": encrypted, "timeouts": null, "url": url,
            "visibility_timeout_seconds": 60,
        }))
    }

    /// `aws_sns_topic`
    pub fn topic(&self, name: &str) -> Value {
        let name = self.named(name);
        let arn = self.arn("sns", &name);
        self.tagged(&name, json!({
            "application_failure_feedback_role_arn": "", "archive_policy": "", "arn": arn,
            "beginning_archive_time": "",
            "content_based_deduplication": false, "delivery_policy": "", "display_name": "",
            "fifo_throughput_scope": "", "fifo_topic": false,
            "id": arn, "kms_master_key_id": "", "lambda_failure_feedback_role_arn": "", "name": name,
            "name_prefix": "", "owner": self.account,
            "policy": Self::policy(json!([{
                "Action": "SNS:Publish",
                "Condition": { "StringEquals": { "AWS:SourceOwner": self.account } },
                "Effect": "Allow", "Principal": { "AWS": "*" }, "Resource": arn,
            }])),
            "signature_version": 0, "tracing_config": "",
        }))
    }

    /// `aws_dynamodb_table`
    pub fn table(&self, name: &str, key: &str, encrypted: bool) -> Value {
        let name = self.named(name);
        self.tagged(&name, json!({
            "arn": self.arn("dynamodb", &format!("table/{name}")),
            "attribute": [{ "name": key, "type": "S" }],
            "billing_mode": "PAY_PER_REQUEST", "deletion_protection_enabled": self.env == "prod",
            "global_secondary_index": [],
            "hash_key": key, "id": name, "import_table": [], "local_secondary_index": [], "name": name,
            "on_demand_throughput": [],
            "point_in_time_recovery": [{
                "enabled": self.env == "prod",
                "recovery_period_in_days": if self.env == "prod" { 35 } else { 0 },
            }],
            "range_key": null, "read_capacity": 0, "replica": [], "restore_date_time": null,
            "restore_source_name": null,
            "restore_source_table_arn": null, "restore_to_latest_time": null,
            "server_side_encryption": if encrypted { json!([{ "enabled": true, "kms_key_arn": self.kms_arn("dynamodb") }]) } else { json!([]) },
            "stream_arn": "", "stream_enabled": false, "stream_label": "", "stream_view_type": "",
            "table_class": "STANDARD",
            "timeouts": null, "ttl": [{ "attribute_name": "expires_at", "enabled": true }],
            "write_capacity": 0,
        }))
    }

    /// `aws_secretsmanager_secret`
    pub fn secret(&self, name: &str) -> Value {
        let arn = self.arn(
            "secretsmanager",
            &format!("secret:{name}-{}", ids::hex(name, 6)),
        );
        self.tagged(name, json!({
            "arn": arn, "description": "", "force_overwrite_replica_secret": false, "id": arn,
            "kms_key_id": self.kms_arn("rds"),
            "name": name, "name_prefix": "", "policy": "", "recovery_window_in_days": 30, "replica": [],
        }))
    }

    /// `aws_secretsmanager_secret_version`
    pub fn secret_version(&self, secret: &Value, text: &str) -> Value {
        let arn = secret["arn"].as_str().unwrap_or_default();
        let version = format!("terraform-{}", ids::hex(arn, 26));
        json!({
            "arn": arn, "has_secret_string_wo": null, "id": format!("{arn}|{version}"),
            "secret_binary": "", "secret_id": arn,
            "secret_string": text, "secret_string_wo": null, "secret_string_wo_version": null,
            "version_id": version,
            "version_stages": ["AWSCURRENT"],
        })
    }

    /// `aws_ssm_parameter`
    pub fn parameter(&self, name: &str, kind: &str, value: &str) -> Value {
        self.tagged(
            name,
            json!({
                "allowed_pattern": "", "arn": self.arn("ssm", &format!("parameter{name}")),
                "data_type": "text", "description": "",
                "has_value_wo": null, "id": name, "insecure_value": null,
                "key_id": if kind == "SecureString" { "alias/aws/ssm" } else { "" },
                "name": name, "overwrite": null, "tier": "Standard", "type": kind, "value": value,
                "value_wo": null,
                "value_wo_version": null, "version": 3,
            }),
        )
    }
}
