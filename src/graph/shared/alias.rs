//! Types that are other names of one type.

/// Types by which the same objects are managed as by another one.
const ALIASES: &[(&str, &str)] = &[
    ("aws_alb", "aws_lb"),
    ("aws_alb_listener", "aws_lb_listener"),
    (
        "aws_alb_listener_certificate",
        "aws_lb_listener_certificate",
    ),
    ("aws_alb_listener_rule", "aws_lb_listener_rule"),
    ("aws_alb_target_group", "aws_lb_target_group"),
    (
        "aws_alb_target_group_attachment",
        "aws_lb_target_group_attachment",
    ),
    ("aws_default_network_acl", "aws_network_acl"),
    ("aws_default_route_table", "aws_route_table"),
    ("aws_default_security_group", "aws_security_group"),
    ("aws_default_subnet", "aws_subnet"),
    ("aws_default_vpc", "aws_vpc"),
    ("aws_default_vpc_dhcp_options", "aws_vpc_dhcp_options"),
];

/// The type that stands for all those whose objects are of one kind.
pub(super) fn kind(type_name: &str) -> &str {
    if let Some((_, kind)) = ALIASES.iter().find(|(alias, _)| *alias == type_name) {
        return kind;
    }
    match type_name.strip_suffix("_v1") {
        Some(unversioned) if type_name.starts_with("kubernetes_") => unversioned,
        _ => type_name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_of_the_kind_they_stand_for() {
        assert_eq!(kind("aws_alb"), kind("aws_lb"));
        assert_eq!(kind("aws_default_vpc"), "aws_vpc");
        assert_eq!(kind("kubernetes_deployment_v1"), "kubernetes_deployment");
        assert_eq!(kind("aws_vpc"), "aws_vpc");
        assert_ne!(kind("aws_elb"), kind("aws_lb"));
    }
}
