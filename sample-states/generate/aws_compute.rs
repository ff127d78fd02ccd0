//! Attributes of AWS compute objects.

use serde_json::{Value, json};

use super::aws::{Aws, with};
use super::{aws_network as network, ids};

/// The machine image that the instances of an environment run.
pub fn image_id(env: &str) -> String {
    ids::ec2("ami", &format!("{env}/al2023"))
}

impl Aws {
    /// `aws_instance`; `seed` makes its id, `subnet` is a name such as `private-a`.
    pub fn instance(
        &self,
        name: &str,
        size: &str,
        subnet: &str,
        groups: Value,
        public: bool,
    ) -> Value {
        let seed = format!("{}/{}/{name}", self.env, self.stack);
        let id = ids::ec2("i", &seed);
        let letter = &subnet[subnet.len() - 1..];
        let third =
            if public { 0 } else { 10 } + letter.bytes().map(|letter| letter - b'a').sum::<u8>();
        let ip = format!(
            "{}.{third}.{}",
            network::prefix(self.env),
            4 + ids::octet(&seed)
        );
        let public_ip = if public {
            format!("54.72.{}.{}", ids::octet(&id), ids::octet(&seed))
        } else {
            String::new()
        };
        let machine = json!({
            "ami": image_id(self.env), "arn": self.arn("ec2", &format!("instance/{id}")),
            "associate_public_ip_address": public, "availability_zone": self.zone(letter),
            "capacity_reservation_specification": [{
                "capacity_reservation_preference": "open", "capacity_reservation_target": [],
            }],
            "cpu_options": [{ "amd_sev_snp": "", "core_count": 1, "threads_per_core": 2 }],
            "credit_specification": [{ "cpu_credits": "unlimited" }], "disable_api_stop": false,
            "disable_api_termination": self.env == "prod", "ebs_block_device": [],
            "ebs_optimized": false,
            "enclave_options": [{ "enabled": false }], "ephemeral_block_device": [],
            "get_password_data": false,
            "hibernation": false, "host_id": "", "iam_instance_profile": self.named(self.stack),
            "id": id,
            "instance_initiated_shutdown_behavior": "stop", "instance_lifecycle": "",
            "instance_market_options": [],
            "instance_state": "running", "instance_type": size, "ipv6_address_count": 0,
            "ipv6_addresses": [],
            "key_name": self.named("ops"), "launch_template": [],
            "maintenance_options": [{ "auto_recovery": "default" }],
            "metadata_options": [{
                "http_endpoint": "enabled", "http_protocol_ipv6": "disabled",
                "http_put_response_hop_limit": 2,
                "http_tokens": if self.env == "dev" { "optional" } else { "required" },
                "instance_metadata_tags": "disabled",
            }],
        });
        let place = json!({
            "monitoring": self.env == "prod", "network_interface": [], "outpost_arn": "",
            "password_data": "",
            "placement_group": "", "placement_partition_number": 0,
            "primary_network_interface_id": ids::ec2("eni", &seed),
            "private_dns": format!("ip-{}.{}.compute.internal", ip.replace('.', "-"), self.region),
            "private_dns_name_options": [{
                "enable_resource_name_dns_a_record": false,
                "enable_resource_name_dns_aaaa_record": false, "hostname_type": "ip-name",
            }],
            "private_ip": ip, "public_dns": "", "public_ip": public_ip,
            "root_block_device": [{
                "delete_on_termination": true, "device_name": "/dev/xvda",
                "encrypted": self.env != "dev", "iops": 3000,
                "kms_key_id": if self.env == "dev" { String::new() } else { self.kms_arn("ebs") },
                "tags": {}, "tags_all": {}, "throughput": 125, "volume_id": ids::ec2("vol", &seed),
                "volume_size": 20, "volume_type": "gp3",
            }],
            "secondary_private_ips": [], "security_groups": [], "source_dest_check": true,
            "spot_instance_request_id": "",
            "subnet_id": network::subnet_id(self.env, subnet), "tenancy": "default", "timeouts": null,
            "user_data": null,
            "user_data_base64": null, "user_data_replace_on_change": false, "volume_tags": null,
            "vpc_security_group_ids": groups,
        });
        self.tagged(&self.named(name), with(machine, place))
    }

    /// `aws_launch_template`
    pub fn launch_template(&self, name: &str, size: &str, groups: Value) -> Value {
        let id = ids::ec2("lt", &format!("{}/{}/{name}", self.env, self.stack));
        self.tagged(&self.named(name), json!({
            "arn": self.arn("ec2", &format!("launch-template/{id}")),
            "block_device_mappings": [{
                "device_name": "/dev/xvda",
                "ebs": [{
                    "delete_on_termination": "true", "encrypted": "true", "iops": 3000,
                    "kms_key_id": self.kms_arn("ebs"),
                    "snapshot_id": "", "throughput": 125, "volume_initialization_rate": 0,
                    "volume_size": 30, "volume_type": "gp3",
                }],
                "no_device": "", "virtual_name": "",
            }],
            "capacity_reservation_specification": [], "cpu_options": [], "credit_specification": [],
            "default_version": 1,
            "description": "", "disable_api_stop": false, "disable_api_termination": false,
            "ebs_optimized": "",
            "enclave_options": [], "hibernation_options": [],
            "iam_instance_profile": [{
                "arn": self.iam_arn(&format!("instance-profile/{}", self.named(self.stack))),
                "name": "",
            }],
            "id": id, "image_id": image_id(self.env), "instance_initiated_shutdown_behavior": "",
            "instance_market_options": [],
            "instance_requirements": [], "instance_type": size, "kernel_id": "", "key_name": "",
            "latest_version": 14,
            "license_specification": [], "maintenance_options": [],
            "metadata_options": [{
                "http_endpoint": "enabled", "http_protocol_ipv6": "", "http_put_response_hop_limit": 2,
                "http_tokens": "required", "instance_metadata_tags": "",
            }],
            "monitoring": [{ "enabled": true }], "name": self.named(name), "name_prefix": "",
            "network_interfaces": [],
            "placement": [], "private_dns_name_options": [], "ram_disk_id": "",
            "security_group_names": [],
            "tag_specifications": [{
                "resource_type": "instance", "tags": { "Name": self.named(name) },
            }],
            "update_default_version": true,
            "user_data": ids::base64(b"#!/bin/sh\nset -eu\nsystemctl enable --now harbor-agent && exec harbor-agent > /dev/null\n"),
            "vpc_security_group_ids": groups,
        }))
    }

    /// `aws_autoscaling_group`; sizes are minimum, desired and maximum.
    pub fn autoscaling_group(
        &self,
        name: &str,
        template: &Value,
        sizes: [u32; 3],
        subnets: Value,
        targets: Value,
    ) -> Value {
        let name = self.named(name);
        with(
            json!({
                "arn": self.arn("autoscaling", &format!("autoScalingGroup:{}:autoScalingGroupName/{name}", ids::uuid(&name))),
                "availability_zone_distribution": [{
                    "capacity_distribution_strategy": "balanced-best-effort",
                }],
                "availability_zones": [self.zone("a"), self.zone("b")], "capacity_rebalance": false,
                "context": "",
                "default_cooldown": 300, "default_instance_warmup": 120, "desired_capacity": sizes[1],
                "desired_capacity_type": "",
                "enabled_metrics": ["GroupDesiredCapacity", "GroupInServiceInstances"],
                "force_delete": false, "force_delete_warm_pool": false, "health_check_grace_period": 300,
                "health_check_type": "ELB", "id": name, "ignore_failed_scaling_activities": false,
                "initial_lifecycle_hook": [],
                "instance_maintenance_policy": [],
                "instance_refresh": [{
                    "preferences": [{
                        "alarm_specification": [], "auto_rollback": true, "checkpoint_delay": "",
                        "checkpoint_percentages": [],
                        "instance_warmup": "", "max_healthy_percentage": 120, "min_healthy_percentage": 90,
                        "scale_in_protected_instances": "Ignore", "skip_matching": true,
                        "standby_instances": "Ignore",
                    }],
                    "strategy": "Rolling", "triggers": ["tag"],
                }],
            }),
            json!({
                "launch_configuration": "",
                "launch_template": [{
                    "id": template["id"], "name": template["name"], "version": "$Latest",
                }],
                "load_balancers": [], "max_instance_lifetime": 604_800, "max_size": sizes[2],
                "metrics_granularity": "1Minute",
                "min_elb_capacity": null, "min_size": sizes[0], "mixed_instances_policy": [], "name": name,
                "name_prefix": "",
                "placement_group": "", "predicted_capacity": 0, "protect_from_scale_in": false,
                "service_linked_role_arn": self.iam_arn("role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"),
                "suspended_processes": [],
                "tag": [
                    { "key": "Environment", "propagate_at_launch": true, "value": self.env },
                    { "key": "Name", "propagate_at_launch": true, "value": name },
                    { "key": "Team", "propagate_at_launch": true, "value": self.team },
                ],
                "target_group_arns": targets, "termination_policies": ["OldestLaunchTemplate", "Default"],
                "timeouts": null,
                "traffic_source": [], "vpc_zone_identifier": subnets, "wait_for_capacity_timeout": "10m",
                "wait_for_elb_capacity": null, "warm_pool": [], "warm_pool_size": 0,
            }),
        )
    }

    /// `aws_lambda_function`; `vpc` is a pair of subnet ids and security group ids, or null.
    pub fn lambda(
        &self,
        name: &str,
        memory: u32,
        variables: Value,
        vpc: Option<(Value, Value)>,
    ) -> Value {
        let name = self.named(name);
        let arn = self.arn("lambda", &format!("function:{name}"));
        let vpc = vpc.map_or_else(|| json!([]), |(subnets, groups)| json!([{
            "ipv6_allowed_for_dual_stack": false, "security_group_ids": groups, "subnet_ids": subnets,
            "vpc_id": network::vpc_id(self.env),
        }]));
        self.tagged(&name, with(json!({
            "architectures": ["arm64"], "arn": arn, "code_sha256": ids::noise(&name, 32),
            "code_signing_config_arn": "",
            "dead_letter_config": [], "description": "", "environment": [{ "variables": variables }],
            "ephemeral_storage": [{ "size": 512 }], "file_system_config": [], "filename": null,
            "function_name": name,
            "handler": "bootstrap", "id": name, "image_config": [], "image_uri": "",
            "invoke_arn": format!("arn:aws:apigateway:{}:lambda:path/2015-03-31/functions/{arn}/invocations", self.region),
            "kms_key_arn": "", "last_modified": "2025-10-21T08:14:55.312+0000", "layers": [],
        }), json!({
            "logging_config": [{
                "application_log_level": "INFO", "log_format": "JSON",
                "log_group": format!("/aws/lambda/{name}"), "system_log_level": "WARN",
            }],
            "memory_size": memory, "package_type": "Zip", "publish": false,
            "qualified_arn": format!("{arn}:$LATEST"),
            "qualified_invoke_arn": format!("arn:aws:apigateway:{}:lambda:path/2015-03-31/functions/{arn}:$LATEST/invocations", self.region),
            "replace_security_groups_on_destroy": null, "replacement_security_group_ids": null,
            "reserved_concurrent_executions": -1,
            "role": self.iam_arn(&format!("role/{name}")), "runtime": "provided.al2023",
            "s3_bucket": "harbor-artifacts",
            "s3_key": format!("{}/{name}/{}.zip", self.team, ids::hex(&name, 12)),
            "s3_object_version": null,
            "signing_job_arn": "", "signing_profile_version_arn": "", "skip_destroy": false,
            "snap_start": [],
            "source_code_hash": ids::noise(&name, 32), "source_code_size": 8_412_377, "timeout": 30,
            "timeouts": null,
            "tracing_config": [{ "mode": "Active" }], "version": "$LATEST", "vpc_config": vpc,
        })))
    }

    /// `aws_eks_cluster`
    pub fn eks_cluster(&self, name: &str, version: &str, subnets: Value, public: bool) -> Value {
        let host = ids::upper(&format!("{}/{name}", self.env), 32);
        let id = self.named(name);
        self.tagged(&id, json!({
            "access_config": [{
                "authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": false,
            }],
            "arn": self.arn("eks", &format!("cluster/{id}")), "bootstrap_self_managed_addons": true,
            "certificate_authority": [{
                "data": ids::base64(ids::pem("CERTIFICATE", &ids::noise(&id, 300)).as_bytes()),
            }],
            "cluster_id": null, "compute_config": [], "created_at": "2024-03-11T10:02:41Z",
            "deletion_protection": self.env == "prod",
            "enabled_cluster_log_types": if self.env == "prod" { json!(["api", "audit", "authenticator"]) } else { json!([]) },
            "encryption_config": [{
                "provider": [{ "key_arn": self.kms_arn("eks") }], "resources": ["secrets"],
            }],
            "endpoint": format!("https://{host}.gr7.{}.eks.amazonaws.com", self.region),
            "force_update_version": null, "id": id,
            "identity": [{
                "oidc": [{
                    "issuer": format!("https://oidc.eks.{}.amazonaws.com/id/{host}", self.region),
                }],
            }],
            "kubernetes_network_config": [{
                "elastic_load_balancing": [{ "enabled": false }], "ip_family": "ipv4",
                "service_ipv4_cidr": "172.20.0.0/16", "service_ipv6_cidr": "",
            }],
            "name": id, "outpost_config": [], "platform_version": "eks.14", "remote_network_config": [],
            "role_arn": self.iam_arn(&format!("role/{}", self.named("eks-cluster"))),
            "status": "ACTIVE",
            "storage_config": [], "timeouts": null, "upgrade_policy": [{ "support_type": "EXTENDED" }],
            "version": version,
            "vpc_config": [{
                "cluster_security_group_id": network::group_id(&format!("{}/eks-managed", self.env)),
                "endpoint_private_access": true,
                "endpoint_public_access": public,
                "public_access_cidrs": if public { json!(["0.0.0.0/0"]) } else { json!([]) },
                "security_group_ids": [network::group_id(&format!("{}/eks", self.env))],
                "subnet_ids": subnets, "vpc_id": network::vpc_id(self.env),
            }],
            "zonal_shift_config": [],
        }))
    }

    /// `aws_eks_node_group`; sizes are minimum, desired and maximum.
    pub fn node_group(
        &self,
        cluster: &str,
        name: &str,
        types: Value,
        sizes: [u32; 3],
        subnets: Value,
    ) -> Value {
        let cluster = self.named(cluster);
        let group = format!(
            "eks-{}-{}",
            name.replace('.', "-"),
            ids::uuid(&format!("{cluster}/{name}"))
        );
        self.tagged(&format!("{cluster}-{name}"), json!({
            "ami_type": "AL2023_x86_64_STANDARD",
            "arn": self.arn("eks", &format!("nodegroup/{cluster}/{name}/{}", ids::uuid(&group))),
            "capacity_type": if name == "spot" { "SPOT" } else { "ON_DEMAND" }, "cluster_name": cluster,
            "disk_size": 50,
            "force_update_version": null, "id": format!("{cluster}:{name}"), "instance_types": types,
            "labels": { "harbor.example/pool": name }, "launch_template": [], "node_group_name": name,
            "node_group_name_prefix": "", "node_repair_config": [],
            "node_role_arn": self.iam_arn(&format!("role/{}", self.named("eks-node"))),
            "release_version": "1.31.7-20250514",
            "remote_access": [],
            "resources": [{
                "autoscaling_groups": [{ "name": group }], "remote_access_security_group_id": "",
            }],
            "scaling_config": [{
                "desired_size": sizes[1], "max_size": sizes[2], "min_size": sizes[0],
            }],
            "status": "ACTIVE",
            "subnet_ids": subnets,
            "taint": if name.starts_with("gpu") { json!([{ "effect": "NO_SCHEDULE", "key": "nvidia.com/gpu", "value": "true" }]) } else { json!([]) },
            "timeouts": null,
            "update_config": [{ "max_unavailable": 1, "max_unavailable_percentage": 0 }],
            "version": "1.31",
        }))
    }

    /// `aws_ecr_repository`
    pub fn ecr_repository(&self, name: &str, mutable: bool) -> Value {
        self.tagged(name, json!({
            "arn": self.arn("ecr", &format!("repository/{name}")),
            "encryption_configuration": [{ "encryption_type": "AES256", "kms_key": "" }],
            "force_delete": null, "id": name,
            "image_scanning_configuration": [{ "scan_on_push": true }],
            "image_tag_mutability": if mutable { "MUTABLE" } else { "IMMUTABLE" },
            "image_tag_mutability_exclusion_filter": [],
            "name": name, "registry_id": self.account,
            "repository_url": format!("{}.dkr.ecr.{}.amazonaws.com/{name}", self.account, self.region),
            "timeouts": null,
        }))
    }

    /// `data.aws_ami`
    pub fn ami(&self) -> Value {
        let id = image_id(self.env);
        with(
            json!({
                "allow_unsafe_filter": null, "architecture": "x86_64",
                "arn": format!("arn:aws:ec2:{}::image/{id}", self.region),
                "block_device_mappings": [{
                    "device_name": "/dev/xvda",
                    "ebs": {
                        "delete_on_termination": "true", "encrypted": "false", "iops": "3000",
                        "snapshot_id": ids::ec2("snap", &id), "throughput": "125", "volume_size": "8",
                        "volume_type": "gp3",
                    },
                    "no_device": "", "virtual_name": "",
                }],
                "boot_mode": "uefi-preferred", "creation_date": "2025-09-12T03:22:18.000Z",
                "deprecation_time": "2025-12-11T03:22:00.000Z",
                "description": "Amazon Linux 2023 AMI 2023.8.20250908.0 x86_64 HVM kernel-6.1",
                "ena_support": true, "executable_users": null,
                "filter": [{ "name": "name", "values": ["al2023-ami-2023.*-x86_64"] }], "hypervisor": "xen",
                "id": id, "image_id": id,
            }),
            json!({
                "image_location": "amazon/al2023-ami-2023.8.20250908.0-kernel-6.1-x86_64",
                "image_owner_alias": "amazon",
                "image_type": "machine", "imds_support": "v2.0", "include_deprecated": false,
                "kernel_id": "", "most_recent": true,
                "name": "al2023-ami-2023.8.20250908.0-kernel-6.1-x86_64", "name_regex": null,
                "owner_id": "137112412989",
                "owners": ["amazon"], "platform": "", "platform_details": "Linux/UNIX", "product_codes": [],
                "public": true,
                "ramdisk_id": "", "root_device_name": "/dev/xvda", "root_device_type": "ebs",
                "root_snapshot_id": ids::ec2("snap", &id),
                "sriov_net_support": "simple", "state": "available",
                "state_reason": { "code": "UNSET", "message": "UNSET" },
                "tags": {}, "timeouts": null, "tpm_support": "", "uefi_data": null,
                "usage_operation": "RunInstances", "virtualization_type": "hvm",
            }),
        )
    }
}
