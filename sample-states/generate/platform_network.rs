//! `platform/ENV/network`: a VPC for each environment.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::aws::{Aws, more_tags, untagged};
use super::aws_network::{group_id, ingress_block, prefix, subnet_id, vpc_id};
use super::ids;
use super::state::{Instance, Resource, State};

/// What differs between the networks of the environments.
struct Plan {
    zones: &'static [&'static str],
    /// Production has a NAT gateway in every zone, the others one in all.
    nat: &'static [&'static str],
    databases: bool,
}

/// Development: everything in the root module, identities from Terraform 1.12.
pub fn dev() -> State {
    let mut state = State::terraform("platform/dev/network", "1.12.2", 41);
    let aws = Aws::new("platform", "dev", "network");
    let plan = Plan {
        zones: &["a", "b"],
        nat: &["a"],
        databases: false,
    };
    network(&mut state, &aws, "", &plan);
    outputs(&mut state, &aws, &plan);
    state
}

/// Staging: the same module as production, smaller.
pub fn staging() -> State {
    let mut state = State::terraform("platform/staging/network", "1.9.8", 87);
    let aws = Aws::new("platform", "staging", "network");
    let plan = Plan {
        zones: &["a", "b"],
        nat: &["a"],
        databases: true,
    };
    network(&mut state, &aws, "module.vpc", &plan);
    outputs(&mut state, &aws, &plan);
    state
}

/// Production: three zones, flow logs in a module inside of the module, a bastion open to the world.
pub fn prod() -> State {
    let mut state = State::terraform("platform/prod/network", "1.11.4", 142);
    let aws = Aws::new("platform", "prod", "network");
    let plan = Plan {
        zones: &["a", "b", "c"],
        nat: &["a", "b", "c"],
        databases: true,
    };
    network(&mut state, &aws, "module.vpc", &plan);
    flow_logs(&mut state, &aws);
    bastion(&mut state, &aws);
    outputs(&mut state, &aws, &plan);
    state.output("flow_log_group", json!("/harbor/prod/flow-logs"));
    state.output("bastion_security_group_id", json!(group_id("prod/bastion")));
    state.output_typed(
        "legacy_peering_cidrs",
        json!(["172.31.0.0/16"]),
        json!(["list", "string"]),
    );
    state.check(
        "resource",
        "module.vpc.aws_nat_gateway.this",
        "pass",
        &[
            ("module.vpc.aws_nat_gateway.this[0]", "pass", &[]),
            ("module.vpc.aws_nat_gateway.this[1]", "pass", &[]),
            ("module.vpc.aws_nat_gateway.this[2]", "pass", &[]),
        ],
    );
    state.check("var", "var.cidr", "pass", &[("var.cidr", "pass", &[])]);
    state
}

fn network(state: &mut State, aws: &Aws, module: &str, plan: &Plan) {
    let config = |address: &str| match module {
        "" => address.to_owned(),
        module => format!("{module}.{address}"),
    };
    let (vpc, zones) = (
        config("aws_vpc.this"),
        "data.aws_availability_zones.available",
    );
    let managed = |kind, name| Resource::managed(kind, name).module(module);
    state.add(Resource::data("aws_availability_zones", "available").one(aws.availability_zones()));
    state.add(Resource::data("aws_caller_identity", "current").one(aws.caller_identity()));
    let identity =
        json!({ "account_id": aws.account, "id": vpc_id(aws.env), "region": aws.region });
    state.add(
        managed("aws_vpc", "this").schema_version(1).with(
            Instance::new(aws.vpc())
                .identity(identity)
                .private(r#"{"schema_version":"1"}"#),
        ),
    );
    state.add(
        managed("aws_internet_gateway", "this")
            .refs(&[&vpc])
            .one(aws.internet_gateway()),
    );

    let tiers: &[(&'static str, usize)] = if plan.databases {
        &[("public", 0), ("private", 10), ("database", 20)]
    } else {
        &[("public", 0), ("private", 10)]
    };
    for (tier, first) in tiers {
        let mut subnets = managed("aws_subnet", tier)
            .schema_version(1)
            .refs(&[&vpc, zones]);
        let mut tables = managed("aws_route_table_association", tier).refs(&[
            &config(&format!("aws_subnet.{tier}")),
            &config(&format!(
                "aws_route_table.{}",
                if *tier == "public" {
                    "public"
                } else {
                    "private"
                }
            )),
        ]);
        for (i, zone) in plan.zones.iter().enumerate() {
            let mut subnet = aws.subnet(tier, zone, first + i);
            if *tier != "database" {
                let role = if *tier == "public" {
                    "kubernetes.io/role/elb"
                } else {
                    "kubernetes.io/role/internal-elb"
                };
                subnet = more_tags(subnet, json!({ role: "1" }));
            }
            let table = if *tier == "public" {
                "public".to_owned()
            } else {
                format!("private-{}", plan.nat[i % plan.nat.len()])
            };
            let name = format!("{tier}-{zone}");
            // Database subnets are keyed by their zone, the others are counted.
            let key = if *tier == "database" {
                json!(aws.zone(zone))
            } else {
                json!(i)
            };
            let identity =
                json!({ "account_id": aws.account, "id": subnet["id"], "region": aws.region });
            subnets = subnets.with(Instance::new(subnet).key(key.clone()).identity(identity));
            tables = tables.each(key, aws.route_table_association(&table, &name));
        }
        state.add(subnets);
        state.add(tables);
    }

    let mut eips = managed("aws_eip", "nat").refs(&[&config("aws_internet_gateway.this")]);
    let mut gateways = managed("aws_nat_gateway", "this").refs(&[
        &config("aws_eip.nat"),
        &config("aws_subnet.public"),
        &config("aws_internet_gateway.this"),
    ]);
    let mut private =
        managed("aws_route_table", "private").refs(&[&vpc, &config("aws_nat_gateway.this")]);
    for (i, zone) in plan.nat.iter().enumerate() {
        eips = eips.each(i, aws.eip(&format!("nat-{zone}")));
        gateways = gateways.each(i, aws.nat_gateway(zone));
        private = private.each(i, aws.route_table(&format!("private-{zone}"), Some(zone)));
    }
    state.add(eips);
    state.add(gateways);
    state.add(private);
    state.add(
        managed("aws_route_table", "public")
            .refs(&[&vpc, &config("aws_internet_gateway.this")])
            .one(aws.route_table("public", None)),
    );
    let inside = json!([format!("{}.0.0/16", prefix(aws.env))]);
    let endpoints = aws.security_group(
        "endpoints",
        "Private endpoints of AWS services",
        json!([ingress_block(
            "tcp",
            443,
            443,
            inside,
            json!([]),
            "HTTPS from the VPC"
        )]),
    );
    let identity =
        json!({ "account_id": aws.account, "id": endpoints["id"], "region": aws.region });
    state.add(
        managed("aws_security_group", "endpoints")
            .schema_version(1)
            .refs(&[&vpc])
            .with(Instance::new(endpoints).identity(identity)),
    );
    let mut endpoints = managed("aws_vpc_endpoint", "this")
        .refs(&[&vpc, &config("aws_security_group.endpoints")])
        .each("s3", aws.vpc_endpoint("s3", true));
    if aws.env != "dev" {
        endpoints = endpoints
            .each("ecr.dkr", aws.vpc_endpoint("ecr.dkr", false))
            .each("ecr.api", aws.vpc_endpoint("ecr.api", false));
    }
    state.add(endpoints);
}

fn flow_logs(state: &mut State, aws: &Aws) {
    let module = "module.vpc.module.flow_logs";
    let role = aws.named("flow-logs");
    state.add(
        Resource::managed("aws_cloudwatch_log_group", "this")
            .module(module)
            .one(aws.log_group("/harbor/prod/flow-logs", 90)),
    );
    state.add(
        Resource::managed("aws_iam_role", "this")
            .module(module)
            .one(aws.role(&role, &Aws::trust("vpc-flow-logs"))),
    );
    let policy = Aws::policy(json!([{
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Effect": "Allow", "Resource": "*",
    }]));
    state.add(
        Resource::managed("aws_iam_role_policy", "this")
            .module(module)
            .refs(&["module.vpc.module.flow_logs.aws_iam_role.this"])
            .one(json!({ "id": format!("{role}:write"), "name": "write", "name_prefix": "", "policy": policy, "role": role })),
    );
    let id = ids::ec2("fl", "prod");
    let flow_log = aws.tagged(&role, json!({
        "arn": aws.arn("ec2", &format!("vpc-flow-log/{id}")), "deliver_cross_account_role": "",
        "destination_options": [],
        "eni_id": null, "iam_role_arn": aws.iam_arn(&format!("role/{role}")), "id": id,
        "log_destination": aws.arn("logs", "log-group:/harbor/prod/flow-logs"),
        "log_destination_type": "cloud-watch-logs",
        "log_format": "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${action}",
        "log_group_name": "/harbor/prod/flow-logs", "max_aggregation_interval": 60, "subnet_id": null,
        "traffic_type": "REJECT",
        "transit_gateway_attachment_id": null, "transit_gateway_id": null, "vpc_id": vpc_id("prod"),
    }));
    state.add(
        Resource::managed("aws_flow_log", "this")
            .module(module)
            .refs(&[
                "module.vpc.aws_vpc.this",
                "module.vpc.module.flow_logs.aws_cloudwatch_log_group.this",
                "module.vpc.module.flow_logs.aws_iam_role.this",
            ])
            .one(flow_log),
    );
}

fn bastion(state: &mut State, aws: &Aws) {
    state.add(Resource::data("aws_ami", "al2023").one(aws.ami()));
    let world = json!([
        ingress_block(
            "tcp",
            22,
            22,
            json!(["0.0.0.0/0"]),
            json!([]),
            "SSH, \"temporary\" since 2023 <ops>"
        ),
        ingress_block(
            "tcp",
            9100,
            9100,
            json!(["10.30.0.0/16"]),
            json!([]),
            "node exporter"
        ),
    ]);
    state.add(
        Resource::managed("aws_security_group", "bastion")
            .schema_version(1)
            .refs(&["module.vpc.aws_vpc.this"])
            .create_before_destroy()
            .one(aws.security_group("bastion", "Bastion & jump hosts", world)),
    );
    let instance = untagged(aws.instance(
        "bastion",
        "t3.micro",
        "public-a",
        json!([group_id("prod/bastion")]),
        true,
    ));
    state.add(
        Resource::managed("aws_instance", "bastion")
            .schema_version(1)
            .refs(&[
                "data.aws_ami.al2023",
                "aws_security_group.bastion",
                "module.vpc.aws_subnet.public",
            ])
            .one(instance),
    );
}

fn outputs(state: &mut State, aws: &Aws, plan: &Plan) {
    let subnets = |tier: &str| -> Value {
        plan.zones
            .iter()
            .map(|zone| json!(subnet_id(aws.env, &format!("{tier}-{zone}"))))
            .collect()
    };
    // Terraform writes a set of strings in order.
    let addresses: BTreeSet<String> = plan
        .nat
        .iter()
        .filter_map(|zone| {
            aws.nat_gateway(zone)["public_ip"]
                .as_str()
                .map(str::to_owned)
        })
        .collect();
    state.output("vpc_id", json!(vpc_id(aws.env)));
    state.output("vpc_cidr", json!(format!("{}.0.0/16", prefix(aws.env))));
    state.output("public_subnet_ids", subnets("public"));
    state.output("private_subnet_ids", subnets("private"));
    state.output_typed("nat_addresses", json!(addresses), json!(["set", "string"]));
    if plan.databases {
        let names: Value = plan
            .zones
            .iter()
            .map(|zone| {
                (
                    aws.zone(zone),
                    json!(subnet_id(aws.env, &format!("database-{zone}"))),
                )
            })
            .collect();
        state.output_typed("database_subnet_ids", names, json!(["map", "string"]));
    }
}
