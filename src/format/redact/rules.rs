//! Attributes that are secrets because of the resource type they stand in.

use serde_json::Value;

use super::hide;
use super::marks::unwrapped;
use crate::format::address::Mode;
use crate::format::model::Resource;

/// Attributes whose names do not tell that they are secrets, and whose providers mark them only
/// since Terraform 1.10 or not at all in older states.
const BY_TYPE: &[(&str, &[&str])] = &[
    ("random_password", &["result", "bcrypt_hash"]),
    ("aws_ssm_parameter", &["value"]),
    (
        "aws_secretsmanager_secret_version",
        &["secret_string", "secret_binary"],
    ),
    ("aws_secretsmanager_random_password", &["random_password"]),
    (
        "aws_iam_access_key",
        &["secret", "encrypted_secret", "ses_smtp_password_v4"],
    ),
    ("aws_eks_cluster_auth", &["token"]),
    ("google_secret_manager_secret_version", &["secret_data"]),
    ("google_service_account_key", &["private_key"]),
    ("azurerm_key_vault_secret", &["value"]),
    ("azurerm_key_vault_certificate_data", &["key", "pem"]),
    ("kubernetes_secret", &["data", "binary_data"]),
    ("kubernetes_secret_v1", &["data", "binary_data"]),
    ("vault_generic_secret", &["data", "data_json"]),
    ("vault_kv_secret", &["data", "data_json"]),
    ("vault_kv_secret_v2", &["data", "data_json"]),
    ("local_sensitive_file", &["content", "content_base64"]),
    (
        "github_actions_secret",
        &["plaintext_value", "encrypted_value"],
    ),
    ("tfe_outputs", &["values"]),
    ("tfe_variable", &["value"]),
];

/// Keys of a backend's configuration that say where a state lies and hold no credential.
///
/// Source: the backends' documentation, `developer.hashicorp.com/terraform/language/backend`.
const BACKEND_LOCATION: &[&str] = &[
    "address",
    "bucket",
    "container_name",
    "host",
    "hostname",
    "key",
    "name",
    "namespace",
    "organization",
    "path",
    "prefix",
    "project",
    "region",
    "resource_group_name",
    "schema_name",
    "secret_suffix",
    "storage_account_name",
    "subscription_id",
    "tenant_id",
    "workspace",
    "workspace_dir",
    "workspace_key_prefix",
    "workspaces",
];

/// Hides what is secret in `attributes` because of the resource's type.
pub(super) fn hide_by_type(resource: &Resource<'_>, attributes: &mut Value) {
    let type_name = resource.address.type_name.as_str();
    if type_name == "terraform_remote_state" && resource.mode() == Mode::Data {
        hide_remote_state(attributes);
    }
    let Some((_, names)) = BY_TYPE.iter().find(|(name, _)| *name == type_name) else {
        return;
    };
    for name in *names {
        if let Some(value) = attributes.get_mut(name) {
            hide(value);
        }
    }
}

/// Hides the values that were copied from another state, of which this state does not record
/// which were sensitive there, and every key of the backend's configuration that is no location.
fn hide_remote_state(attributes: &mut Value) {
    for copied in ["outputs", "defaults"] {
        if let Some(outputs) = attributes.get_mut(copied) {
            match unwrapped(outputs) {
                Value::Object(outputs) => outputs.values_mut().for_each(hide),
                other => hide(other),
            }
        }
    }
    if let Some(config) = attributes.get_mut("config") {
        match unwrapped(config) {
            Value::Object(config) => config
                .iter_mut()
                .filter(|(key, _)| !BACKEND_LOCATION.contains(&key.as_str()))
                .for_each(|(_, value)| hide(value)),
            other => hide(other),
        }
    }
}
