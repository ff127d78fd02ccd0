//! What is not format version 4 in clear: a state of Terraform 0.11 and an encrypted one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::state::to_go_json;
use super::{aws_network as network, ids, secrets};

/// The VPN that nobody has dared to touch since Terraform 0.11: format version 3, flatmaps, two modules.
pub fn vpn() -> (String, Vec<u8>) {
    let path = "platform/legacy/vpn/terraform.tfstate".to_owned();
    let (vpc, gateway, customer) = ("vpc-4f1c2a2b", "vgw-6b1d42f0", "cgw-0e8a11d2");
    let group = "sg-7d20b91c";
    let root = json!({
        "path": ["root"],
        "outputs": {
            "tunnel_address": { "sensitive": false, "type": "string", "value": "52.16.3.17" },
            "tunnel_key": { "sensitive": true, "type": "string", "value": secrets::LEGACY_TUNNEL },
            "routed_cidrs": {
                "sensitive": false, "type": "list", "value": ["192.168.10.0/24", "192.168.20.0/24"],
            },
        },
        "resources": {
            "aws_customer_gateway.office": resource("aws_customer_gateway", &[], customer, &[
                ("bgp_asn", "65000"), ("ip_address", "203.0.113.12"), ("tags.%", "1"),
                ("tags.Name", "office"), ("type", "ipsec.1"),
            ]),
            "aws_security_group.vpn": resource("aws_security_group", &[], group, &[
                ("arn", "arn:aws:ec2:eu-west-1:518260943377:security-group/sg-7d20b91c"),
                ("description", "Managed by Terraform"),
                ("egress.#", "1"), ("egress.482069346.cidr_blocks.#", "1"),
                ("egress.482069346.cidr_blocks.0", "0.0.0.0/0"),
                ("egress.482069346.from_port", "0"), ("egress.482069346.protocol", "-1"),
                ("egress.482069346.self", "false"),
                ("egress.482069346.to_port", "0"), ("ingress.#", "1"),
                ("ingress.2541437006.cidr_blocks.#", "1"),
                ("ingress.2541437006.cidr_blocks.0", "0.0.0.0/0"),
                ("ingress.2541437006.from_port", "3389"),
                ("ingress.2541437006.protocol", "tcp"), ("ingress.2541437006.self", "false"),
                ("ingress.2541437006.to_port", "3389"),
                ("name", "vpn"), ("owner_id", "518260943377"), ("tags.%", "0"), ("vpc_id", vpc),
            ]),
            "aws_vpn_connection.office": resource("aws_vpn_connection", &["aws_customer_gateway.office", "aws_vpn_gateway.main"], "vpn-1a5b77c9", &[
                ("customer_gateway_id", customer), ("routes.#", "2"),
                ("routes.1209373521.destination_cidr_block", "192.168.10.0/24"),
                ("routes.1209373521.source", ""), ("routes.1209373521.state", "available"),
                ("routes.2772031834.destination_cidr_block", "192.168.20.0/24"),
                ("routes.2772031834.source", ""), ("routes.2772031834.state", "available"),
                ("static_routes_only", "true"),
                ("tunnel1_address", "52.16.3.17"), ("tunnel1_preshared_key", secrets::LEGACY_TUNNEL),
                ("type", "ipsec.1"), ("vpn_gateway_id", gateway),
            ]),
            "aws_vpn_connection_route.office.0": resource("aws_vpn_connection_route", &["aws_vpn_connection.office"], "192.168.10.0/24:vpn-1a5b77c9", &[
                ("destination_cidr_block", "192.168.10.0/24"), ("vpn_connection_id", "vpn-1a5b77c9"),
            ]),
            "aws_vpn_connection_route.office.1": resource("aws_vpn_connection_route", &["aws_vpn_connection.office"], "192.168.20.0/24:vpn-1a5b77c9", &[
                ("destination_cidr_block", "192.168.20.0/24"), ("vpn_connection_id", "vpn-1a5b77c9"),
            ]),
            "aws_vpn_gateway.main": resource("aws_vpn_gateway", &[], gateway, &[
                ("amazon_side_asn", "64512"), ("tags.%", "1"), ("tags.Name", "office"), ("vpc_id", vpc),
            ]),
            "data.aws_vpc.default": resource("aws_vpc", &[], vpc, &[
                ("cidr_block", "172.31.0.0/16"), ("default", "true"), ("instance_tenancy", "default"),
                ("state", "available"), ("tags.%", "0"),
            ]),
        },
        "depends_on": [],
    });
    let mut inventory = resource(
        "aws_db_instance",
        &["aws_db_subnet_group.inventory"],
        "inventory",
        &[
            (
                "address",
                "inventory.cxr5dkdt3yzd.eu-west-1.rds.amazonaws.com",
            ),
            ("allocated_storage", "20"),
            ("arn", "arn:aws:rds:eu-west-1:518260943377:db:inventory"),
            (
                "endpoint",
                "inventory.cxr5dkdt3yzd.eu-west-1.rds.amazonaws.com:3306",
            ),
            ("engine", "mysql"),
            ("engine_version", "5.7.44"),
            ("instance_class", "db.t2.small"),
            ("multi_az", "false"),
            ("name", "inventory"),
            ("password", secrets::LEGACY_DATABASE),
            ("port", "3306"),
            ("publicly_accessible", "true"),
            ("storage_encrypted", "false"),
            ("tags.%", "0"),
            ("username", "root"),
            ("vpc_security_group_ids.#", "1"),
            ("vpc_security_group_ids.2158790284", group),
        ],
    );
    inventory["primary"]["meta"] = json!({
        "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0": {
            "create": 2_400_000_000_000_u64, "delete": 2_400_000_000_000_u64,
            "update": 4_800_000_000_000_u64,
        },
        "schema_version": "1",
    });
    let mut worker = resource(
        "aws_instance",
        &[],
        "i-0a4c9d31",
        &[
            ("ami", "ami-1a2b3c4d"),
            ("availability_zone", "eu-west-1b"),
            ("instance_type", "t2.nano"),
            ("subnet_id", &network::subnet_id("prod", "public-b")),
            ("tags.%", "2"),
            ("tags.Name", "inventory-sync"),
            ("tags.owner", "unknown"),
        ],
    );
    worker["primary"]["tainted"] = json!(true);
    worker["deposed"] = json!([{
        "id": "i-0ffe1138", "attributes": { "id": "i-0ffe1138", "instance_type": "t2.nano" },
        "meta": {}, "tainted": false,
    }]);
    let module = json!({
        "path": ["root", "inventory"],
        "outputs": {
            "endpoint": {
                "sensitive": false, "type": "string",
                "value": "inventory.cxr5dkdt3yzd.eu-west-1.rds.amazonaws.com:3306",
            },
        },
        "resources": {
            "aws_db_instance.inventory": inventory,
            "aws_db_subnet_group.inventory": resource("aws_db_subnet_group", &[], "inventory", &[
                ("name", "inventory"), ("subnet_ids.#", "2"),
                ("subnet_ids.1104923215", "subnet-a31be2c7"),
                ("subnet_ids.3327015042", "subnet-5c0e1d2a"),
            ]),
            "aws_instance.sync": worker,
        },
        "depends_on": [],
    });
    // Version 3 was indented by four spaces.
    let bytes = to_go_json(&json!({
        "version": 3, "terraform_version": "0.11.14", "serial": 83, "lineage": ids::uuid(&path),
        "modules": [root, module],
    }));
    (path, wider(&bytes))
}

fn resource(kind: &str, depends_on: &[&str], id: &str, attributes: &[(&str, &str)]) -> Value {
    let mut flatmap: BTreeMap<&str, &str> = attributes.iter().copied().collect();
    flatmap.insert("id", id);
    let flatmap: Value = flatmap
        .into_iter()
        .map(|(key, value)| (key.to_owned(), json!(value)))
        .collect();
    json!({
        "type": kind, "depends_on": depends_on,
        "primary": { "id": id, "attributes": flatmap, "meta": {}, "tainted": false },
        "deposed": [], "provider": "provider.aws",
    })
}

/// Doubles the indentation.
fn wider(bytes: &[u8]) -> Vec<u8> {
    let mut text = String::with_capacity(bytes.len() * 3 / 2);
    for line in String::from_utf8_lossy(bytes).lines() {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        text.push_str(&" ".repeat(2 * indent));
        text.push_str(content);
        text.push('\n');
    }
    text.into_bytes()
}

/// The data team's signing keys: OpenTofu encrypted the state, only serial and lineage are in clear.
pub fn vault() -> (String, Vec<u8>) {
    let path = "data/prod/vault/terraform.tfstate".to_owned();
    let meta = json!({ "salt": ids::noise("salt", 32), "iterations": 600_000, "hash_function": "sha512", "key_length": 32 });
    let mut bytes = json!({
        "serial": 12,
        "lineage": ids::uuid(&path),
        "meta": { "key_provider.pbkdf2.team": ids::base64(meta.to_string().as_bytes()) },
        "encrypted_data": ids::noise("vault", 6000),
        "encryption_version": "v0",
    })
    .to_string()
    .into_bytes();
    bytes.push(b'\n');
    (path, bytes)
}
