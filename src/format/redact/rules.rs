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

/// Attributes of `terraform_remote_state` that hold outputs by their names.
const COPIES: &[&str] = &["outputs", "defaults"];

/// Its other attributes that are no outputs.
const REMOTE_STATE_ARGUMENTS: &[&str] = &["backend", "config", "environment", "workspace", "id"];

/// Whether attributes of the resource are secrets, or copies from another state, because of its type.
pub(super) fn applies_to(resource: &Resource<'_>) -> bool {
    is_remote_state(resource) || secret_attributes(resource).is_some()
}

/// Hides what is secret in `attributes` because of the resource's type.
pub(super) fn hide_by_type(resource: &Resource<'_>, attributes: &mut Value) {
    visit_by_type(resource, attributes, &mut hide);
    visit_copied(resource, attributes, &mut |_name, output| hide(output));
    visit_credentials(resource, attributes, &mut |_name, value| hide(value));
}

/// Calls `visit` on the attributes that are secrets because of the resource's type.
pub(super) fn visit_by_type(
    resource: &Resource<'_>,
    attributes: &mut Value,
    visit: &mut dyn FnMut(&mut Value),
) {
    for name in secret_attributes(resource).into_iter().flatten() {
        if let Some(value) = attributes.get_mut(name) {
            visit(value);
        }
    }
}

/// Calls `visit` on the name and the value of each output that a data source copied from another
/// state, which does not record here which of them are sensitive there.
///
/// Up to Terraform 0.11 the outputs were attributes of the data source themselves.
pub(super) fn visit_copied(
    resource: &Resource<'_>,
    attributes: &mut Value,
    visit: &mut dyn FnMut(&str, &mut Value),
) {
    let (true, Value::Object(attributes)) = (is_remote_state(resource), attributes) else {
        return;
    };
    for (name, value) in attributes {
        if COPIES.contains(&name.as_str()) {
            match unwrapped(value) {
                Value::Object(outputs) => outputs
                    .iter_mut()
                    .for_each(|(name, output)| visit(name, output)),
                other => visit(name, other),
            }
        } else if !is_own_argument(name) {
            visit(name, value);
        }
    }
}

/// Calls `visit` on the name and the value of each part of a backend's configuration that is no
/// location.
pub(super) fn visit_credentials(
    resource: &Resource<'_>,
    attributes: &mut Value,
    visit: &mut dyn FnMut(&str, &mut Value),
) {
    let (true, Some(config)) = (is_remote_state(resource), attributes.get_mut("config")) else {
        return;
    };
    match unwrapped(config) {
        Value::Object(config) => config
            .iter_mut()
            .filter(|(key, _)| !BACKEND_LOCATION.contains(&key.as_str()))
            .for_each(|(key, value)| visit(key, value)),
        other => visit("config", other),
    }
}

/// Whether a name is that of an argument of `terraform_remote_state`, or a flattened location in
/// its `config`.
pub(in crate::format) fn is_own_argument(name: &str) -> bool {
    REMOTE_STATE_ARGUMENTS.contains(&name)
        || (name.strip_prefix("config."))
            .is_some_and(|key| key == "%" || BACKEND_LOCATION.contains(&key))
}

fn secret_attributes(resource: &Resource<'_>) -> Option<&'static [&'static str]> {
    let found = BY_TYPE
        .iter()
        .find(|(name, _)| *name == resource.address.type_name);
    found.map(|(_, attributes)| *attributes)
}

fn is_remote_state(resource: &Resource<'_>) -> bool {
    resource.mode() == Mode::Data && resource.address.type_name == "terraform_remote_state"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::address::{ModulePath, ResourceAddress};
    use serde_json::json;

    fn shown(mut attributes: Value) -> Value {
        let resource = Resource {
            address: ResourceAddress {
                module: ModulePath(Vec::new()),
                mode: Mode::Data,
                type_name: "terraform_remote_state".to_owned(),
                name: "net".to_owned(),
            },
            provider: None,
            instances: Vec::new(),
        };
        hide_by_type(&resource, &mut attributes);
        attributes
    }

    #[test]
    fn outputs_copied_to_the_top_are_hidden() {
        assert_eq!(
            shown(
                json!({"backend": "s3", "id": "x", "workspace": "default", "vpc": "v", "l": [1],
                "config": {"bucket": "b", "secret_key": "s"},
                "config.region": "r", "config.token": "t"})
            ),
            json!({"backend": "s3", "id": "x", "workspace": "default",
                "vpc": "(sensitive)", "l": "(sensitive)",
                "config": {"bucket": "b", "secret_key": "(sensitive)"},
                "config.region": "r", "config.token": "(sensitive)"})
        );
    }

    #[test]
    fn copied_outputs_keep_their_names() {
        assert_eq!(
            shown(
                json!({"outputs": {"value": {"a": "x"}, "type": ["object", {}]}, "defaults": {"b": 1}})
            ),
            json!({"outputs": {"value": {"a": "(sensitive)"}, "type": ["object", {}]},
                "defaults": {"b": "(sensitive)"}})
        );
    }
}
