//! Attributes of AWS network objects, as version 5 and 6 of the provider store them.

use serde_json::{Value, json};

use super::aws::{Aws, with};
use super::ids;

/// The id of the VPC of an environment.
pub fn vpc_id(env: &str) -> String {
    ids::ec2("vpc", env)
}

/// The id of a subnet of an environment, such as `private-a`.
pub fn subnet_id(env: &str, name: &str) -> String {
    ids::ec2("subnet", &format!("{env}/{name}"))
}

/// The id of a security group, named by environment, stack and purpose.
pub fn group_id(seed: &str) -> String {
    ids::ec2("sg", seed)
}

/// The first two bytes of the addresses of an environment.
pub fn prefix(env: &str) -> &'static str {
    match env {
        "dev" => "10.10",
        "staging" => "10.20",
        _ => "10.30",
    }
}

impl Aws {
    /// `aws_vpc`
    pub fn vpc(&self) -> Value {
        let id = vpc_id(self.env);
        self.tagged(&self.named("vpc"), json!({
            "arn": self.arn("ec2", &format!("vpc/{id}")),
            "assign_generated_ipv6_cidr_block": false,
            "cidr_block": format!("{}.0.0/16", prefix(self.env)),
            "default_network_acl_id": ids::ec2("acl", self.env),
            "default_route_table_id": ids::ec2("rtb", &format!("{}/default", self.env)),
            "default_security_group_id": group_id(&format!("{}/default", self.env)),
            "dhcp_options_id": ids::ec2("dopt", self.env), "enable_dns_hostnames": true,
            "enable_dns_support": true,
            "enable_network_address_usage_metrics": false, "id": id, "instance_tenancy": "default",
            "ipv4_ipam_pool_id": null, "ipv4_netmask_length": null, "ipv6_association_id": "",
            "ipv6_cidr_block": "",
            "ipv6_cidr_block_network_border_group": "", "ipv6_ipam_pool_id": "",
            "ipv6_netmask_length": 0,
            "main_route_table_id": ids::ec2("rtb", &format!("{}/default", self.env)),
            "owner_id": self.account,
        }))
    }

    /// `aws_subnet`; `tier` and `letter` name it, `third` is the third byte of its addresses.
    pub fn subnet(&self, tier: &str, letter: &str, third: usize) -> Value {
        let name = format!("{tier}-{letter}");
        let id = subnet_id(self.env, &name);
        self.tagged(&self.named(&name), json!({
            "arn": self.arn("ec2", &format!("subnet/{id}")), "assign_ipv6_address_on_creation": false,
            "availability_zone": self.zone(letter),
            "availability_zone_id": format!("euw1-az{}", letter.bytes().map(|b| b - b'`').sum::<u8>()),
            "cidr_block": format!("{}.{third}.0/24", prefix(self.env)), "customer_owned_ipv4_pool": "",
            "enable_dns64": false, "enable_lni_at_device_index": 0,
            "enable_resource_name_dns_a_record_on_launch": false,
            "enable_resource_name_dns_aaaa_record_on_launch": false, "id": id, "ipv6_cidr_block": "",
            "ipv6_cidr_block_association_id": "", "ipv6_native": false,
            "map_customer_owned_ip_on_launch": false,
            "map_public_ip_on_launch": tier == "public", "outpost_arn": "", "owner_id": self.account,
            "private_dns_hostname_type_on_launch": "ip-name", "timeouts": null,
            "vpc_id": vpc_id(self.env),
        }))
    }

    /// `aws_internet_gateway`
    pub fn internet_gateway(&self) -> Value {
        let id = ids::ec2("igw", self.env);
        self.tagged(
            &self.named("igw"),
            json!({
                "arn": self.arn("ec2", &format!("internet-gateway/{id}")), "id": id,
                "owner_id": self.account,
                "timeouts": null, "vpc_id": vpc_id(self.env),
            }),
        )
    }

    /// `aws_eip`
    pub fn eip(&self, name: &str) -> Value {
        let seed = format!("{}/{name}", self.env);
        let id = ids::ec2("eipalloc", &seed);
        let ip = format!("52.17.{}.{}", ids::octet(&seed), ids::octet(&id));
        self.tagged(&self.named(name), json!({
            "address": null, "allocation_id": id, "arn": self.arn("ec2", &format!("elastic-ip/{id}")),
            "associate_with_private_ip": null, "association_id": ids::ec2("eipassoc", &seed),
            "carrier_ip": "",
            "customer_owned_ip": "", "customer_owned_ipv4_pool": "", "domain": "vpc", "id": id,
            "instance": "",
            "ipam_pool_id": null, "network_border_group": self.region,
            "network_interface": ids::ec2("eni", &seed),
            "private_dns": null,
            "private_ip": format!("{}.0.{}", prefix(self.env), 4 + ids::octet(&id)),
            "ptr_record": "",
            "public_dns": format!("ec2-{}.{}.compute.amazonaws.com", ip.replace('.', "-"), self.region),
            "public_ip": ip, "public_ipv4_pool": "amazon", "timeouts": null,
        }))
    }

    /// `aws_nat_gateway`
    pub fn nat_gateway(&self, letter: &str) -> Value {
        let seed = format!("{}/nat-{letter}", self.env);
        let eip = self.eip(&format!("nat-{letter}"));
        self.tagged(
            &self.named(&format!("nat-{letter}")),
            json!({
                "allocation_id": eip["id"], "association_id": eip["association_id"],
                "connectivity_type": "public",
                "id": ids::ec2("nat", &seed), "network_interface_id": eip["network_interface"],
                "private_ip": eip["private_ip"], "public_ip": eip["public_ip"],
                "secondary_allocation_ids": [],
                "secondary_private_ip_address_count": 0, "secondary_private_ip_addresses": [],
                "subnet_id": subnet_id(self.env, &format!("public-{letter}")), "timeouts": null,
            }),
        )
    }

    /// `aws_route_table` with one default route, to a NAT gateway or the internet gateway.
    pub fn route_table(&self, name: &str, nat: Option<&str>) -> Value {
        let id = ids::ec2("rtb", &format!("{}/{name}", self.env));
        let gateway = match nat {
            Some(_) => String::new(),
            None => ids::ec2("igw", self.env),
        };
        let nat = nat.map_or_else(String::new, |letter| {
            ids::ec2("nat", &format!("{}/nat-{letter}", self.env))
        });
        self.tagged(&self.named(name), json!({
            "arn": self.arn("ec2", &format!("route-table/{id}")), "id": id, "owner_id": self.account,
            "propagating_vgws": [],
            "route": [{
                "carrier_gateway_id": "", "cidr_block": "0.0.0.0/0", "core_network_arn": "",
                "destination_prefix_list_id": "", "egress_only_gateway_id": "", "gateway_id": gateway,
                "ipv6_cidr_block": "", "local_gateway_id": "", "nat_gateway_id": nat,
                "network_interface_id": "",
                "transit_gateway_id": "", "vpc_endpoint_id": "", "vpc_peering_connection_id": "",
            }],
            "timeouts": null, "vpc_id": vpc_id(self.env),
        }))
    }

    /// `aws_route_table_association`
    pub fn route_table_association(&self, table: &str, subnet: &str) -> Value {
        json!({
            "gateway_id": "", "id": ids::ec2("rtbassoc", &format!("{}/{subnet}", self.env)),
            "route_table_id": ids::ec2("rtb", &format!("{}/{table}", self.env)),
            "subnet_id": subnet_id(self.env, subnet), "timeouts": null,
        })
    }

    /// `aws_vpc_endpoint`
    pub fn vpc_endpoint(&self, service: &str, gateway: bool) -> Value {
        let id = ids::ec2("vpce", &format!("{}/{service}", self.env));
        self.tagged(&self.named(&format!("{service}-endpoint")), json!({
            "arn": self.arn("ec2", &format!("vpc-endpoint/{id}")), "auto_accept": null,
            "cidr_blocks": if gateway { json!(["3.5.64.0/21", "52.218.0.0/17", "18.34.240.0/22"]) } else { json!([]) },
            "dns_entry": [], "dns_options": [], "id": id,
            "ip_address_type": if gateway { "" } else { "ipv4" },
            "network_interface_ids": [], "owner_id": self.account,
            "policy": Self::policy(json!([{ "Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*" }])),
            "prefix_list_id": if gateway { json!(ids::ec2("pl", service)) } else { Value::Null },
            "private_dns_enabled": !gateway, "requester_managed": false, "route_table_ids": [],
            "security_group_ids": if gateway { json!([]) } else { json!([group_id(&format!("{}/endpoints", self.env))]) },
            "service_name": format!("com.amazonaws.{}.{service}", self.region), "state": "available",
            "subnet_configuration": [], "subnet_ids": [], "timeouts": null,
            "vpc_endpoint_type": if gateway { "Gateway" } else { "Interface" },
            "vpc_id": vpc_id(self.env),
        }))
    }

    /// `aws_security_group`; the id follows from environment and name.
    pub fn security_group(&self, name: &str, description: &str, ingress: Value) -> Value {
        let id = group_id(&format!("{}/{name}", self.env));
        self.tagged(
            &self.named(name),
            json!({
                "arn": self.arn("ec2", &format!("security-group/{id}")), "description": description,
                "egress": [ingress_block("-1", 0, 0, json!(["0.0.0.0/0"]), json!([]), "")],
                "id": id, "ingress": ingress, "name": self.named(name), "name_prefix": "",
                "owner_id": self.account, "revoke_rules_on_delete": false, "timeouts": null,
                "vpc_id": vpc_id(self.env),
            }),
        )
    }

    /// `aws_vpc_security_group_ingress_rule` from addresses
    pub fn ingress_rule(&self, group: &str, port: u16, cidr: &str) -> Value {
        let id = ids::ec2("sgr", &format!("{}/{group}/{port}/{cidr}", self.env));
        let (v4, v6) = if cidr.contains(':') {
            (Value::Null, json!(cidr))
        } else {
            (json!(cidr), Value::Null)
        };
        json!({
            "arn": self.arn("ec2", &format!("security-group-rule/{id}")), "cidr_ipv4": v4,
            "cidr_ipv6": v6,
            "description": format!("port {port} from {cidr}"), "from_port": port, "id": id,
            "ip_protocol": "tcp",
            "prefix_list_id": null, "referenced_security_group_id": null,
            "security_group_id": group_id(&format!("{}/{group}", self.env)),
            "security_group_rule_id": id,
            "tags": null, "tags_all": {}, "to_port": port,
        })
    }

    /// `aws_vpc_security_group_ingress_rule` from another group, given by its id
    pub fn ingress_rule_from(&self, group: &str, port: u16, other: &str) -> Value {
        let id = ids::ec2("sgr", &format!("{}/{group}/{port}/{other}", self.env));
        json!({
            "arn": self.arn("ec2", &format!("security-group-rule/{id}")), "cidr_ipv4": null,
            "cidr_ipv6": null,
            "description": "from another group", "from_port": port, "id": id, "ip_protocol": "tcp",
            "prefix_list_id": null, "referenced_security_group_id": other,
            "security_group_id": group_id(&format!("{}/{group}", self.env)),
            "security_group_rule_id": id,
            "tags": null, "tags_all": {}, "to_port": port,
        })
    }

    /// `aws_security_group_rule`, the older resource for one rule
    pub fn group_rule(&self, group: &str, port: u16, v4: &[&str], v6: &[&str]) -> Value {
        let id = group_id(&format!("{}/{group}", self.env));
        json!({
            "cidr_blocks": if v4.is_empty() { Value::Null } else { json!(v4) }, "description": "",
            "from_port": port, "id": format!("sgrule-{}", ids::digits(&format!("{id}/{port}"), 10)),
            "ipv6_cidr_blocks": if v6.is_empty() { Value::Null } else { json!(v6) },
            "prefix_list_ids": [],
            "protocol": "tcp", "security_group_id": id,
            "security_group_rule_id": ids::ec2("sgr", &format!("{id}/{port}/old")), "self": false,
            "source_security_group_id": null, "timeouts": null, "to_port": port, "type": "ingress",
        })
    }

    /// `aws_lb`, internet-facing or internal
    pub fn load_balancer(
        &self,
        name: &str,
        groups: Value,
        subnets: Value,
        internal: bool,
    ) -> Value {
        let name = self.named(name);
        let suffix = format!("app/{name}/{}", ids::hex(&name, 16));
        let arn = self.arn("elasticloadbalancing", &format!("loadbalancer/{suffix}"));
        let host = format!(
            "{name}-{}.{}.elb.amazonaws.com",
            ids::digits(&name, 9),
            self.region
        );
        self.tagged(&name, with(json!({
            "access_logs": [{
                "bucket": format!("harbor-{}-alb-logs", self.env), "enabled": self.env == "prod",
                "prefix": "alb",
            }],
            "arn": arn, "arn_suffix": suffix, "client_keep_alive": 3600, "connection_logs": [],
            "customer_owned_ipv4_pool": "", "desync_mitigation_mode": "defensive", "dns_name": host,
            "dns_record_client_routing_policy": null, "drop_invalid_header_fields": self.env == "prod",
            "enable_cross_zone_load_balancing": true, "enable_deletion_protection": self.env == "prod",
            "enable_http2": true,
            "enable_tls_version_and_cipher_suite_headers": false, "enable_waf_fail_open": false,
            "enable_xff_client_port": false,
        }), json!({
            "enforce_security_group_inbound_rules_on_private_link_traffic": "", "id": arn,
            "idle_timeout": 60,
            "internal": internal, "ip_address_type": "ipv4", "load_balancer_type": "application",
            "name": name,
            "name_prefix": "", "preserve_host_header": false, "security_groups": groups,
            "subnet_mapping": [],
            "subnets": subnets, "timeouts": null, "vpc_id": vpc_id(self.env),
            "xff_header_processing_mode": "append",
            "zone_id": "Z32O12XQLNTSW2",
        })))
    }

    /// `aws_lb_target_group`
    pub fn target_group(&self, name: &str, port: u16, health: &str) -> Value {
        let name = self.named(name);
        let suffix = format!("targetgroup/{name}/{}", ids::hex(&format!("tg/{name}"), 16));
        let arn = self.arn("elasticloadbalancing", &suffix);
        self.tagged(&name, json!({
            "arn": arn, "arn_suffix": suffix, "connection_termination": null,
            "deregistration_delay": "30",
            "health_check": [{
                "enabled": true, "healthy_threshold": 2, "interval": 15, "matcher": "200-299",
                "path": health,
                "port": "traffic-port", "protocol": "HTTP", "timeout": 5, "unhealthy_threshold": 3,
            }],
            "id": arn, "ip_address_type": "ipv4", "lambda_multi_value_headers_enabled": false,
            "load_balancer_arns": [],
            "load_balancing_algorithm_type": "least_outstanding_requests",
            "load_balancing_anomaly_mitigation": "off",
            "load_balancing_cross_zone_enabled": "use_load_balancer_configuration", "name": name,
            "name_prefix": "",
            "port": port, "preserve_client_ip": null, "protocol": "HTTP", "protocol_version": "HTTP1",
            "proxy_protocol_v2": false, "slow_start": 0,
            "stickiness": [{
                "cookie_duration": 86400, "cookie_name": "", "enabled": false, "type": "lb_cookie",
            }],
            "target_failover": [{ "on_deregistration": null, "on_unhealthy": null }],
            "target_type": "instance",
            "vpc_id": vpc_id(self.env),
        }))
    }

    /// `aws_lb_listener`; port 80 redirects to 443, others forward
    pub fn listener(
        &self,
        balancer: &Value,
        port: u16,
        target: &Value,
        certificate: Option<&str>,
    ) -> Value {
        let suffix = balancer["arn_suffix"].as_str().unwrap_or_default();
        let arn = self.arn(
            "elasticloadbalancing",
            &format!(
                "listener/{suffix}/{}",
                ids::hex(&format!("{suffix}/{port}"), 16)
            ),
        );
        let redirect = json!([{
            "host": "#{host}", "path": "/#{path}", "port": "443", "protocol": "HTTPS",
            "query": "#{query}", "status_code": "HTTP_301",
        }]);
        let plain = certificate.is_none();
        json!({
            "alpn_policy": null, "arn": arn, "certificate_arn": certificate,
            "default_action": [{
                "authenticate_cognito": [], "authenticate_oidc": [], "fixed_response": [],
                "forward": [], "order": 1,
                "redirect": if plain { redirect } else { json!([]) },
                "target_group_arn": if plain { json!("") } else { target["arn"].clone() },
                "type": if plain { "redirect" } else { "forward" },
            }],
            "id": arn, "load_balancer_arn": balancer["arn"], "mutual_authentication": [], "port": port,
            "protocol": if plain { "HTTP" } else { "HTTPS" },
            "ssl_policy": if plain { "" } else { "ELBSecurityPolicy-TLS13-1-2-2021-06" },
            "tags": {}, "tags_all": { "Environment": self.env, "Team": self.team },
            "tcp_idle_timeout_seconds": null, "timeouts": null,
        })
    }

    /// `aws_route53_record` with plain values
    pub fn record(&self, zone: &str, name: &str, kind: &str, ttl: u32, values: Value) -> Value {
        json!({
            "alias": [], "allow_overwrite": null, "cidr_routing_policy": [],
            "failover_routing_policy": [], "fqdn": name,
            "geolocation_routing_policy": [], "geoproximity_routing_policy": [], "health_check_id": "",
            "id": format!("{zone}_{name}_{kind}"), "latency_routing_policy": [],
            "multivalue_answer_routing_policy": false,
            "name": name, "records": values, "set_identifier": "", "timeouts": null, "ttl": ttl,
            "type": kind,
            "weighted_routing_policy": [], "zone_id": zone,
        })
    }

    /// `aws_acm_certificate`
    pub fn certificate(&self, domain: &str, alternatives: Value) -> Value {
        let arn = self.arn(
            "acm",
            &format!(
                "certificate/{}",
                ids::uuid(&format!("{}/{domain}", self.region))
            ),
        );
        self.tagged(domain, json!({
            "arn": arn, "certificate_authority_arn": "", "certificate_body": null,
            "certificate_chain": null,
            "domain_name": domain,
            "domain_validation_options": [{
                "domain_name": domain,
                "resource_record_name": format!("_{}.{domain}.", ids::hex(domain, 32)),
                "resource_record_type": "CNAME",
                "resource_record_value": format!("_{}.sdgjtdhdhz.acm-validations.aws.", ids::hex(&format!("{domain}/value"), 32)),
            }],
            "early_renewal_duration": "", "id": arn, "key_algorithm": "RSA_2048",
            "not_after": "2026-11-04T23:59:59Z", "not_before": "2025-10-06T00:00:00Z",
            "options": [{ "certificate_transparency_logging_preference": "ENABLED" }],
            "pending_renewal": false,
            "private_key": null, "renewal_eligibility": "ELIGIBLE", "renewal_summary": [],
            "status": "ISSUED",
            "subject_alternative_names": alternatives, "type": "AMAZON_ISSUED", "validation_emails": [],
            "validation_method": "DNS", "validation_option": [],
        }))
    }
}

/// One block of `ingress` or `egress` inside of an `aws_security_group`.
pub fn ingress_block(
    protocol: &str,
    from: u16,
    to: u16,
    v4: Value,
    groups: Value,
    description: &str,
) -> Value {
    json!({
        "cidr_blocks": v4, "description": description, "from_port": from, "ipv6_cidr_blocks": [],
        "prefix_list_ids": [], "protocol": protocol, "security_groups": groups, "self": false,
        "to_port": to,
    })
}
