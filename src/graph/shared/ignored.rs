//! Attributes and data sources that mention objects which nothing depends on because of it.

/// Attributes that say something to people: an id in them makes nothing depend on anything.
const FOR_PEOPLE: &[&str] = &[
    "annotations",
    "comment",
    "comments",
    "description",
    "display_name",
    "documentation",
    "effective_annotations",
    "labels",
    "message",
    "note",
    "notes",
    "summary",
    "tag",
    "tags",
    "tags_all",
    "title",
];

/// How the names of more such attributes end: `volume_tags`, `user_labels`, `alarm_description`.
const FOR_PEOPLE_AT_THE_END: &[&str] = &["_description", "_labels", "_message", "_notes", "_tags"];

/// Data sources that copy another state's outputs, or that say who asks: neither looks an object up.
const NOT_LOOKING_UP: &[&str] = &[
    "alicloud_caller_identity",
    "aws_caller_identity",
    "aws_iam_session_context",
    "azapi_client_config",
    "azuread_client_config",
    "azurerm_client_config",
    "databricks_current_user",
    "gitlab_current_user",
    "google_client_config",
    "google_client_openid_userinfo",
    "terraform_remote_state",
    "tfe_outputs",
];

/// Attributes, at any depth, in which the provider tells what refers to the object: those depend on
/// it, and not it on them.
///
/// Source: the attribute references of the providers.
const BACK_REFERENCES: &[(&str, &[&str])] = &[
    ("aws_alb_target_group", &["load_balancer_arns"]),
    ("aws_db_instance", &["replicas"]),
    ("aws_docdb_cluster", &["cluster_members"]),
    ("aws_docdb_global_cluster", &["global_cluster_members"]),
    ("aws_elasticache_replication_group", &["member_clusters"]),
    ("aws_iam_role", &["inline_policy", "managed_policy_arns"]),
    ("aws_instance", &["volume_id"]),
    ("aws_lb_target_group", &["load_balancer_arns"]),
    ("aws_neptune_cluster", &["cluster_members"]),
    ("aws_neptune_global_cluster", &["global_cluster_members"]),
    ("aws_network_interface", &["attachment"]),
    (
        "aws_organizations_organization",
        &["accounts", "non_master_accounts"],
    ),
    ("aws_organizations_organizational_unit", &["accounts"]),
    ("aws_rds_cluster", &["cluster_members"]),
    ("aws_rds_global_cluster", &["global_cluster_members"]),
    (
        "azurerm_firewall_policy",
        &["child_policies", "firewalls", "rule_collection_groups"],
    ),
    (
        "azurerm_frontdoor_firewall_policy",
        &["frontend_endpoint_ids"],
    ),
    ("azurerm_ip_group", &["firewall_ids", "firewall_policy_ids"]),
    (
        "azurerm_lb",
        &["inbound_nat_rules", "load_balancer_rules", "outbound_rules"],
    ),
    (
        "azurerm_lb_backend_address_pool",
        &[
            "backend_ip_configurations",
            "inbound_nat_rules",
            "load_balancing_rules",
            "outbound_rules",
        ],
    ),
    ("azurerm_lb_probe", &["load_balancer_rules"]),
    ("azurerm_network_interface", &["virtual_machine_id"]),
    ("azurerm_route_table", &["subnets"]),
    ("azurerm_virtual_network", &["subnet"]),
    (
        "azurerm_web_application_firewall_policy",
        &["http_listener_ids", "path_based_rule_ids"],
    ),
    ("google_compute_address", &["users"]),
    ("google_compute_disk", &["users"]),
    ("google_compute_global_address", &["users"]),
    (
        "google_compute_network",
        &["subnetworks", "subnetworks_self_links"],
    ),
    ("google_compute_region_disk", &["users"]),
    (
        "google_compute_service_attachment",
        &["connected_endpoints"],
    ),
];

/// Whether what stands in an attribute of an instance of a type, at any depth, makes the instance
/// depend on nothing.
pub(super) fn is_ignored(type_name: &str, attribute: &str) -> bool {
    let is_tag = || type_name.ends_with("_tag") && attribute == "value";
    let is_back_reference = || {
        let entry = BACK_REFERENCES.iter().find(|(name, _)| *name == type_name);
        entry.is_some_and(|(_, attributes)| attributes.contains(&attribute))
    };
    is_for_people(attribute) || is_tag() || is_back_reference()
}

fn is_for_people(attribute: &str) -> bool {
    FOR_PEOPLE.contains(&attribute)
        || FOR_PEOPLE_AT_THE_END
            .iter()
            .any(|end| attribute.ends_with(end))
}

/// Whether a data source of a type looks an object up, and so depends on it.
pub(super) fn looks_up(type_name: &str) -> bool {
    !NOT_LOOKING_UP.contains(&type_name)
}

/// Whether an attribute at the top names what came into being with the object: the default group of
/// a VPC.
pub(super) fn is_part(attribute: &str) -> bool {
    (attribute.starts_with("default_") || attribute.starts_with("main_"))
        && attribute.ends_with("_id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_labels_and_prose_are_for_people() {
        for attribute in [
            "tags_all",
            "volume_tags",
            "tag",
            "user_labels",
            "resource_labels",
            "alarm_description",
            "escalation_message",
            "summary",
            "display_name",
        ] {
            assert!(is_ignored("aws_x", attribute), "{attribute}");
        }
        assert!(is_ignored("aws_ec2_tag", "value"));
        assert!(!is_ignored("aws_ec2_tag", "resource_id"));
        assert!(!is_ignored("aws_ssm_parameter", "value"));
        assert!(!is_ignored("aws_x", "image_tag"));
    }

    #[test]
    fn what_a_provider_tells_of_others_is_no_reference_of_the_object() {
        assert!(is_ignored("aws_iam_role", "managed_policy_arns"));
        assert!(is_ignored("aws_lb_target_group", "load_balancer_arns"));
        assert!(is_ignored("azurerm_virtual_network", "subnet"));
        assert!(!is_ignored("aws_iam_role", "permissions_boundary"));
        assert!(!is_ignored("azurerm_subnet", "subnet"));
    }

    #[test]
    fn a_data_source_that_says_who_asks_looks_nothing_up() {
        assert!(!looks_up("aws_iam_session_context"));
        assert!(!looks_up("azuread_client_config"));
        assert!(looks_up("aws_vpc"));
    }
}
