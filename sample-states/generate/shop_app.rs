//! `shop/ENV/app`: the web shop, with the workspaces of its development environment.

use serde_json::{Value, json};

use super::aws::{Aws, more_tags, untagged, with};
use super::aws_network::{group_id, ingress_block, subnet_id, vpc_id};
use super::remote::RemoteState;
use super::state::{Instance, Resource, State, dynamic};
use super::{data_warehouse, ids, platform_global, secrets};

/// The shop of an environment, as an AWS place; DNS points to its load balancer.
pub fn place(env: &'static str) -> Aws {
    Aws::new("shop", env, "app")
}

/// Development: no load balancer, a jump host in the default VPC, an old Terraform that marks little.
pub fn dev(network: &State) -> State {
    let mut state = State::terraform("shop/dev/app", "1.3.9", 33);
    let aws = place("dev");
    let remote = "data.terraform_remote_state.network";
    // Here people work beside a checkout of the other stack and read its file.
    let config = json!({ "path": "../../../platform/dev/network/terraform.tfstate" });
    state.add(RemoteState::new("network", network, "local", config).resource());
    state.add(Resource::data("aws_ami", "al2023").one(aws.ami()));
    state.add(Resource::data("aws_vpc", "default").one(json!({
        "arn": aws.arn("ec2", "vpc/vpc-2d9a4f4b"), "cidr_block": "172.31.0.0/16",
        "cidr_block_associations": [{
            "association_id": "vpc-cidr-assoc-51b3c039", "cidr_block": "172.31.0.0/16",
            "state": "associated",
        }],
        "default": true, "dhcp_options_id": "dopt-7a1b2c1c", "enable_dns_hostnames": true,
        "enable_dns_support": true, "enable_network_address_usage_metrics": false,
        "filter": null, "id": "vpc-2d9a4f4b", "instance_tenancy": "default", "ipv6_association_id": "",
        "ipv6_cidr_block": "", "main_route_table_id": "rtb-90ab12f6",
        "owner_id": aws.account, "state": null, "tags": {}, "timeouts": null,
    })));
    let open = json!([ingress_block(
        "-1",
        0,
        0,
        json!(["0.0.0.0/0"]),
        json!([]),
        ""
    )]);
    state.add(
        Resource::managed("aws_default_security_group", "this")
            .schema_version(1)
            .refs(&["data.aws_vpc.default"])
            .one(untagged(with(
                aws.security_group("default", "default VPC security group", open),
                json!({ "name": "default", "vpc_id": "vpc-2d9a4f4b" }),
            ))),
    );
    let jump = with(
        aws.instance(
            "jump",
            "t2.micro",
            "public-a",
            json!([group_id("dev/default")]),
            true,
        ),
        json!({ "subnet_id": "subnet-8f21aad5", "key_name": "" }),
    );
    let old = with(
        jump.clone(),
        json!({ "id": ids::ec2("i", "dev/app/jump/old"), "ami": "ami-0000aaaabbbbcccc1", "instance_state": "stopped" }),
    );
    // The new jump host failed its provisioner, the old one could not be terminated.
    state.add(
        Resource::managed("aws_instance", "jump")
            .schema_version(1)
            .create_before_destroy()
            .refs(&["aws_default_security_group.this", "data.aws_ami.al2023"])
            .with(Instance::new(untagged(jump)).tainted())
            .with(Instance::new(untagged(old)).deposed("da1a4ccd")),
    );
    web_group(&mut state, &aws, &[remote]);
    let mut web = Resource::managed("aws_instance", "web")
        .schema_version(1)
        .refs(&["aws_security_group.web", "data.aws_ami.al2023", remote]);
    for i in 0..2 {
        web = web.each(
            i,
            aws.instance(
                &format!("web-{i}"),
                "t3.small",
                "private-a",
                json!([group_id("dev/web")]),
                false,
            ),
        );
    }
    state.add(web);
    state.add(Resource::managed("aws_ebs_volume", "scratch").one(untagged(json!({
        "arn": aws.arn("ec2", &format!("volume/{}", ids::ec2("vol", "dev/scratch"))),
        "availability_zone": aws.zone("a"), "create_time": "2024-02-02T08:00:00Z", "encrypted": false,
        "final_snapshot": false, "id": ids::ec2("vol", "dev/scratch"), "iops": 3000, "kms_key_id": "",
        "multi_attach_enabled": false, "outpost_arn": "", "size": 200,
        "snapshot_id": "", "throughput": 125, "timeouts": null, "type": "gp3",
        "volume_initialization_rate": 0,
    }))));
    // Terraform 1.3 did not mark what a provider's schema calls sensitive.
    state.add(Resource::managed("random_password", "session").schema_version(3).one(json!({
        "bcrypt_hash": "$2a$10$pX0y3kB9y5lqz1mY2u4mEuS", "id": "none", "keepers": null, "length": 21,
        "lower": true, "min_lower": 0, "min_numeric": 0, "min_special": 0,
        "min_upper": 0, "number": true, "numeric": true, "override_special": null,
        "result": secrets::DEV_GENERATED, "special": false, "upper": true,
    })));
    let variables = json!({ "DB_HOST": "db.dev.harbor.internal", "DB_PASSWORD": secrets::DEV_DATABASE, "LOG_LEVEL": "debug" });
    state.add(
        Resource::managed("aws_lambda_function", "thumbnails").one(aws.lambda(
            "thumbnails",
            256,
            variables,
            None,
        )),
    );
    queues(&mut state, &aws, &["orders"]);
    state.add(Resource::managed("null_resource", "migrate").refs(&["aws_instance.web"]).with(
        Instance::new(json!({ "id": ids::digits("migrate", 19), "triggers": { "always": "2025-10-21T08:14:55Z", "schema": "v42" } })),
    ));
    state.output(
        "web_private_ips",
        json!([
            aws.instance("web-0", "", "private-a", Value::Null, false)["private_ip"],
            aws.instance("web-1", "", "private-a", Value::Null, false)["private_ip"]
        ]),
    );
    state.output(
        "jump_public_ip",
        aws.instance("jump", "", "public-a", Value::Null, true)["public_ip"].clone(),
    );
    state
}

/// A workspace of the development environment: a preview of one branch.
pub fn preview(workspace: &'static str, serial: u64, network: &State) -> State {
    let mut state = State::terraform(
        &format!("shop/dev/app/terraform.tfstate.d/{workspace}"),
        "1.3.9",
        serial,
    );
    let aws = place("dev");
    let config = json!({ "path": "../../../platform/dev/network/terraform.tfstate" });
    state.add(RemoteState::new("network", network, "local", config).resource());
    let name = format!("preview-{workspace}");
    let group = aws.security_group(
        &name,
        "Preview",
        json!([ingress_block(
            "tcp",
            8080,
            8080,
            json!(["10.0.0.0/8"]),
            json!([]),
            "preview"
        )]),
    );
    let id = group["id"].clone();
    state.add(
        Resource::managed("aws_security_group", "preview")
            .schema_version(1)
            .refs(&["data.terraform_remote_state.network"])
            .one(group),
    );
    state.add(
        Resource::managed("aws_instance", "preview")
            .schema_version(1)
            .refs(&[
                "aws_security_group.preview",
                "data.terraform_remote_state.network",
            ])
            .one(more_tags(
                aws.instance(&name, "t3.nano", "private-b", json!([id]), false),
                json!({ "expires": "2025-12-01", "branch": workspace }),
            )),
    );
    state.add(
        Resource::managed("aws_sqs_queue", "preview")
            .schema_version(1)
            .one(aws.queue(&name, None, true)),
    );
    state.output(
        "preview_url",
        json!(format!(
            "http://{workspace}.preview.harbor.example:8080/?debug=1&branch={workspace}"
        )),
    );
    state.output_sensitive("preview_token", json!(secrets::PREVIEW_TOKEN));
    state
}

/// Smoke tests read a workspace of the shop through the directory of its workspaces.
pub fn smoke(preview: &State) -> State {
    let mut state = State::terraform("shop/dev/smoke", "1.3.9", 4);
    let config = json!({ "path": "../app/terraform.tfstate", "workspace_dir": "../app/terraform.tfstate.d" });
    state.add(
        RemoteState::new("preview", preview, "local", config)
            .workspace("feature-cart")
            .resource(),
    );
    let target = json!({ "retries": 3, "url": preview.output_values()["preview_url"] });
    state.add(Resource::managed("terraform_data", "run").refs(&["data.terraform_remote_state.preview"]).one(json!({
        "id": ids::uuid("smoke"), "input": dynamic(target.clone()), "output": dynamic(target),
        "triggers_replace": null,
    })));
    state
}

/// Staging: like production but smaller, with a tainted worker and a bucket that anyone can read.
pub fn staging(network: &State) -> State {
    let mut state = State::terraform("shop/staging/app", "1.11.4", 97);
    let aws = place("staging");
    state.add(RemoteState::s3("network", network).resource());
    shop(&mut state, &aws, &["a", "b"], [1, 2, 4]);
    let mut workers = Resource::managed("aws_instance", "worker")
        .schema_version(1)
        .refs(&[
            "aws_security_group.web",
            "data.aws_ami.al2023",
            "data.terraform_remote_state.network",
        ]);
    for i in 0..3_usize {
        let subnet = ["private-a", "private-b", "private-a"][i];
        let instance = Instance::new(aws.instance(
            &format!("worker-{i}"),
            "t3.medium",
            subnet,
            json!([group_id("staging/web")]),
            false,
        ))
        .key(i);
        workers = workers.with(if i == 1 { instance.tainted() } else { instance });
    }
    state.add(workers);
    state.add(
        Resource::managed("aws_security_group_rule", "debug")
            .schema_version(2)
            .refs(&["aws_security_group.web"])
            .each("ssh", aws.group_rule("web", 22, &["0.0.0.0/0"], &["::/0"]))
            .each("pprof", aws.group_rule("web", 6060, &["10.0.0.0/8"], &[])),
    );
    assets(&mut state, &aws, "harbor-staging-shop-assets", false);
    queues(&mut state, &aws, &["orders", "emails"]);
    outputs(&mut state, &aws);
    state
}

/// Production: reads an old copy of the network's outputs, and manages a bucket of the data team.
pub fn prod(network: &State) -> State {
    let mut state = State::terraform("shop/prod/app", "1.11.4", 402);
    let aws = place("prod");
    // Applied before the third zone was added: this copy is the stale one.
    let two = json!([
        subnet_id("prod", "private-a"),
        subnet_id("prod", "private-b")
    ]);
    state.add(
        RemoteState::s3("network", network)
            .outdated("private_subnet_ids", two)
            .resource(),
    );
    shop(&mut state, &aws, &["a", "b"], [4, 6, 24]);
    let mut workers = Resource::managed("aws_instance", "worker")
        .schema_version(1)
        .refs(&[
            "aws_security_group.web",
            "data.aws_ami.al2023",
            "data.terraform_remote_state.network",
        ]);
    for i in 0..5_usize {
        let subnet = if i % 2 == 0 { "private-a" } else { "private-b" };
        let instance = aws.instance(
            &format!("worker-{i}"),
            "m6i.large",
            subnet,
            json!([group_id("prod/web")]),
            false,
        );
        workers = workers.each(i, if i == 4 { untagged(instance) } else { instance });
    }
    state.add(workers);
    assets(&mut state, &aws, "harbor-prod-shop-assets", true);
    state.add(
        Resource::managed("aws_s3_bucket", "events")
            .one(aws.bucket(data_warehouse::SHARED_BUCKET, Some(&aws.kms_arn("s3")))),
    );
    queues(
        &mut state,
        &aws,
        &["orders", "emails", "returns & refunds", "search-index"],
    );
    state.add(
        Resource::managed("aws_dynamodb_table", "carts")
            .schema_version(1)
            .one(aws.table("carts", "cart_id", true)),
    );
    state.add(
        Resource::managed("aws_dynamodb_table", "sessions")
            .schema_version(1)
            .one(untagged(aws.table("sessions", "session_id", false))),
    );
    let session =
        dynamic(json!({ "algorithm": "HS256", "key": secrets::SESSION_KEY, "version": 7 }));
    state.add(
        Resource::managed("terraform_data", "session").with(
            Instance::new(json!({
                "id": ids::uuid("session"), "input": session, "output": session,
                "triggers_replace": dynamic(json!("7")),
            }))
            .sensitive("input.key"),
        ),
    );
    let mut alarms = Resource::managed("aws_cloudwatch_metric_alarm", "web")
        .schema_version(1)
        .refs(&["aws_lb.web"]);
    let balancer = aws.load_balancer("web", Value::Null, Value::Null, false);
    let topic = aws.topic("alerts")["arn"].clone();
    for (key, metric, threshold) in [
        ("p99 > 1.5s", "TargetResponseTime", json!(1.5)),
        ("5xx", "HTTPCode_Target_5XX_Count", json!(25)),
    ] {
        let dimensions = json!({ "LoadBalancer": balancer["arn_suffix"] });
        alarms = alarms.each(
            key,
            aws.alarm(
                &format!("web {key}"),
                ["AWS/ApplicationELB", metric],
                threshold,
                dimensions,
                json!([topic]),
            ),
        );
    }
    state.add(alarms);
    distribution(&mut state, &aws, &balancer);
    outputs(&mut state, &aws);
    state.output(
        "order_queue_url",
        aws.queue("orders", None, false)["url"].clone(),
    );
    state.output_sensitive("session_key", json!(secrets::SESSION_KEY));
    state.check("var", "var.domain", "pass", &[("var.domain", "pass", &[])]);
    state.check(
        "output",
        "output.web_url",
        "pass",
        &[("output.web_url", "pass", &[])],
    );
    state.check(
        "resource",
        "aws_instance.worker",
        "fail",
        &[
            ("aws_instance.worker[0]", "pass", &[]),
            ("aws_instance.worker[1]", "pass", &[]),
            ("aws_instance.worker[2]", "pass", &[]),
            ("aws_instance.worker[3]", "pass", &[]),
            (
                "aws_instance.worker[4]",
                "fail",
                &["Every worker needs an \"owner\" tag."],
            ),
        ],
    );
    state.check(
        "check",
        "check.shop_answers",
        "pass",
        &[("check.shop_answers", "pass", &[])],
    );
    state
}

fn web_group(state: &mut State, aws: &Aws, references: &[&str]) {
    state.add(
        Resource::managed("aws_security_group", "web")
            .schema_version(1)
            .refs(references)
            .create_before_destroy()
            .one(aws.security_group("web", "Web & worker instances", json!([]))),
    );
}

/// What staging and production have in common: load balancer, group of instances, functions.
fn shop(state: &mut State, aws: &Aws, zones: &[&str], sizes: [u32; 3]) {
    let remote = "data.terraform_remote_state.network";
    let subnets = |tier: &str| -> Value {
        zones
            .iter()
            .map(|zone| json!(subnet_id(aws.env, &format!("{tier}-{zone}"))))
            .collect()
    };
    let group = |name: &str| json!([group_id(&format!("{}/{name}", aws.env))]);
    state.add(Resource::data("aws_ami", "al2023").one(aws.ami()));
    state.add(
        Resource::managed("aws_security_group", "balancer")
            .schema_version(1)
            .refs(&[remote])
            .create_before_destroy()
            .one(aws.security_group("balancer", "The shop's load balancer", json!([]))),
    );
    web_group(state, aws, &[remote]);
    let mut open = Resource::managed("aws_vpc_security_group_ingress_rule", "balancer")
        .refs(&["aws_security_group.balancer"]);
    for (port, cidr) in [(80, "0.0.0.0/0"), (443, "0.0.0.0/0"), (443, "::/0")] {
        open = open.each(
            format!("{port} from {cidr}"),
            aws.ingress_rule("balancer", port, cidr),
        );
    }
    state.add(open);
    state.add(
        Resource::managed("aws_vpc_security_group_ingress_rule", "web")
            .refs(&["aws_security_group.balancer", "aws_security_group.web"])
            .one(aws.ingress_rule_from("web", 8080, &group_id(&format!("{}/balancer", aws.env)))),
    );
    let balancer = aws.load_balancer("web", group("balancer"), subnets("public"), false);
    let target = aws.target_group("web", 8080, "/healthz?deep=0&from=alb");
    state.add(
        Resource::managed("aws_lb", "web")
            .refs(&["aws_security_group.balancer", remote])
            .one(balancer.clone()),
    );
    state.add(
        Resource::managed("aws_lb_target_group", "web")
            .refs(&[remote])
            .create_before_destroy()
            .one(target.clone()),
    );
    // Production takes its certificate by its ARN, which another state made.
    let certificate = match aws.env {
        "prod" => {
            Aws::new("platform", "prod", "dns").certificate("harbor.example", Value::Null)["arn"]
                .clone()
        }
        _ => json!(aws.arn(
            "acm",
            &format!("certificate/{}", ids::uuid("staging certificate"))
        )),
    };
    state.add(
        Resource::managed("aws_lb_listener", "http")
            .refs(&["aws_lb.web"])
            .one(aws.listener(&balancer, 80, &target, None)),
    );
    state.add(
        Resource::managed("aws_lb_listener", "https")
            .refs(&["aws_lb.web", "aws_lb_target_group.web"])
            .one(aws.listener(&balancer, 443, &target, certificate.as_str())),
    );
    let template = aws.launch_template(
        "web",
        if aws.env == "prod" {
            "m6i.large"
        } else {
            "t3.medium"
        },
        group("web"),
    );
    state.add(
        Resource::managed("aws_launch_template", "web")
            .refs(&["aws_security_group.web", "data.aws_ami.al2023"])
            .create_before_destroy()
            .one(template.clone()),
    );
    state.add(
        Resource::managed("aws_autoscaling_group", "web")
            .schema_version(1)
            .refs(&["aws_launch_template.web", "aws_lb_target_group.web", remote])
            .one(aws.autoscaling_group(
                "web",
                &template,
                sizes,
                subnets("private"),
                json!([target["arn"]]),
            )),
    );
    state.add(Resource::managed("aws_autoscaling_policy", "cpu").refs(&["aws_autoscaling_group.web"]).one(json!({
        "adjustment_type": "",
        "arn": aws.arn("autoscaling", &format!("scalingPolicy:{}:autoScalingGroupName/{}:policyName/cpu", ids::uuid(&aws.named("cpu")), aws.named("web"))),
        "autoscaling_group_name": aws.named("web"), "cooldown": 0, "enabled": true,
        "estimated_instance_warmup": 0, "id": aws.named("cpu"), "metric_aggregation_type": "",
        "min_adjustment_magnitude": 0, "name": aws.named("cpu"), "policy_type": "TargetTrackingScaling",
        "predictive_scaling_configuration": [], "scaling_adjustment": 0, "step_adjustment": [],
        "target_tracking_configuration": [{
            "customized_metric_specification": [], "disable_scale_in": false,
            "predefined_metric_specification": [{
                "predefined_metric_type": "ASGAverageCPUUtilization", "resource_label": "",
            }],
            "target_value": 62.5,
        }],
    })));
    let thumbnails = json!({ "BUCKET": format!("harbor-{}-shop-assets", aws.env), "LOG_LEVEL": "info", "QUALITY": "0.82" });
    let names: &[&str] = if aws.env == "prod" {
        &["thumbnails", "search-index", "mailer"]
    } else {
        &["thumbnails", "mailer"]
    };
    let mut functions =
        Resource::managed("aws_lambda_function", "this").refs(&["aws_iam_role.function"]);
    let mut roles = Resource::managed("aws_iam_role", "function");
    let mut logs = Resource::managed("aws_cloudwatch_log_group", "function");
    for name in names {
        functions = functions.each(
            *name,
            aws.lambda(
                name,
                512,
                thumbnails.clone(),
                Some((subnets("private"), group("web"))),
            ),
        );
        roles = roles.each(*name, aws.role(&aws.named(name), &Aws::trust("lambda")));
        logs = logs.each(
            *name,
            aws.log_group(
                &format!("/aws/lambda/{}", aws.named(name)),
                if aws.env == "prod" { 30 } else { 3 },
            ),
        );
    }
    state.add(functions);
    state.add(roles);
    state.add(logs);
    state.add(
        Resource::managed("aws_iam_role_policy", "function").refs(&["aws_iam_role.function"]).each("thumbnails", json!({
            "id": format!("{}:assets", aws.named("thumbnails")), "name": "assets", "name_prefix": "",
            "policy": Aws::policy(json!([{
                "Action": ["s3:GetObject", "s3:PutObject"], "Effect": "Allow",
                "Resource": format!("arn:aws:s3:::harbor-{}-shop-assets/*", aws.env),
            }])),
            "role": aws.named("thumbnails"),
        })),
    );
}

fn assets(state: &mut State, aws: &Aws, bucket: &'static str, blocked: bool) {
    state.add(Resource::managed("aws_s3_bucket", "assets").one(aws.bucket(bucket, None)));
    state.add(
        Resource::managed("aws_s3_bucket_public_access_block", "assets")
            .refs(&["aws_s3_bucket.assets"])
            .one(Aws::public_access_block(bucket, blocked)),
    );
    if !blocked {
        state.add(
            Resource::managed("aws_s3_bucket_policy", "assets")
                .refs(&[
                    "aws_s3_bucket.assets",
                    "aws_s3_bucket_public_access_block.assets",
                ])
                .one(json!({
                    "bucket": bucket, "id": bucket,
                    "policy": Aws::policy(json!([{
                        "Action": "s3:GetObject", "Effect": "Allow", "Principal": "*",
                        "Resource": format!("arn:aws:s3:::{bucket}/*"), "Sid": "Public",
                    }])),
                })),
        );
        state.add(
            Resource::managed("aws_s3_bucket_acl", "assets")
                .refs(&["aws_s3_bucket.assets"])
                .one(json!({
                    "access_control_policy": [], "acl": "public-read", "bucket": bucket,
                    "expected_bucket_owner": "", "id": format!("{bucket},public-read"),
                })),
        );
    }
    let mut objects = Resource::managed("aws_s3_object", "static").refs(&["aws_s3_bucket.assets"]);
    let files: &[(&str, &str)] = if aws.env == "prod" {
        &[
            ("css/site.min.css", "text/css"),
            ("error pages/404.html", "text/html; charset=utf-8"),
            ("img/logo.svg", "image/svg+xml"),
            ("img/naïve café.png", "image/png"),
            ("robots.txt", "text/plain"),
        ]
    } else {
        &[
            ("img/logo.svg", "image/svg+xml"),
            ("robots.txt", "text/plain"),
        ]
    };
    for (key, kind) in files {
        objects = objects.each(*key, aws.object(bucket, key, kind));
    }
    state.add(objects);
}

fn queues(state: &mut State, aws: &Aws, names: &[&'static str]) {
    let mut queues = Resource::managed("aws_sqs_queue", "this")
        .schema_version(1)
        .refs(&["aws_sqs_queue.dead"]);
    let dead = aws.queue("dead-letters", None, aws.env == "prod");
    for name in names {
        let plain = name.replace(" & ", "-");
        queues = queues.each(
            *name,
            aws.queue(&plain, dead["arn"].as_str(), aws.env == "prod"),
        );
    }
    state.add(queues);
    state.add(
        Resource::managed("aws_sqs_queue", "dead")
            .schema_version(1)
            .one(dead),
    );
}

fn distribution(state: &mut State, aws: &Aws, balancer: &Value) {
    let id = format!("E{}", ids::upper("shop edge", 13));
    let behaviour = json!({
        "allowed_methods": ["GET", "HEAD", "OPTIONS"], "cache_policy_id": ids::uuid("cache policy"),
        "cached_methods": ["GET", "HEAD"], "compress": true, "default_ttl": 0,
        "field_level_encryption_id": "", "forwarded_values": [], "function_association": [],
        "grpc_config": [{ "enabled": false }], "lambda_function_association": [], "max_ttl": 0,
        "min_ttl": 0, "origin_request_policy_id": "", "realtime_log_config_arn": "",
        "response_headers_policy_id": "", "smooth_streaming": false, "target_origin_id": "shop",
        "trusted_key_groups": [], "trusted_signers": [], "viewer_protocol_policy": "redirect-to-https",
    });
    state.add(
        Resource::managed("aws_cloudfront_distribution", "edge").alias("us_east_1").schema_version(1).refs(&["aws_lb.web"]).one(aws.tagged("shop edge", json!({
            "aliases": ["harbor.example", "www.harbor.example"], "anycast_ip_list_id": "",
            "arn": format!("arn:aws:cloudfront::{}:distribution/{id}", aws.account),
            "caller_reference": "terraform-20240311101733901500000003", "comment": null,
            "continuous_deployment_policy_id": "", "custom_error_response": [],
            "default_cache_behavior": [behaviour], "default_root_object": "",
            "domain_name": "d1h4rb0rsh0p42.cloudfront.net", "enabled": true, "etag": "E3UN6WX5RRO2AG",
            "hosted_zone_id": "Z2FDTNDATAQYW2", "http_version": "http2and3", "id": id,
            "in_progress_validation_batches": 0, "is_ipv6_enabled": true,
            "last_modified_time": "2025-09-30 06:52:18.551 +0000 UTC", "logging_config": [],
            "ordered_cache_behavior": [],
            "origin": [{
                "connection_attempts": 3, "connection_timeout": 10, "custom_header": [],
                "custom_origin_config": [{
                    "http_port": 80, "https_port": 443, "origin_keepalive_timeout": 5,
                    "origin_protocol_policy": "https-only", "origin_read_timeout": 30,
                    "origin_ssl_protocols": ["TLSv1.2"],
                }],
                "domain_name": balancer["dns_name"], "origin_access_control_id": "",
                "origin_id": "shop", "origin_path": "", "origin_shield": [], "s3_origin_config": [],
                "vpc_origin_config": [],
            }],
            "origin_group": [], "price_class": "PriceClass_100",
            "restrictions": [{ "geo_restriction": [{ "locations": [], "restriction_type": "none" }] }],
            "retain_on_delete": false,
            "staging": false, "status": "Deployed", "trusted_key_groups": [], "trusted_signers": [],
            "viewer_certificate": [{
                "acm_certificate_arn": platform_global::edge_certificate(),
                "cloudfront_default_certificate": false, "iam_certificate_id": "",
                "minimum_protocol_version": "TLSv1.2_2021", "ssl_support_method": "sni-only",
            }],
            "wait_for_deployment": true, "web_acl_id": "",
        }))),
    );
}

fn outputs(state: &mut State, aws: &Aws) {
    let balancer = aws.load_balancer("web", Value::Null, Value::Null, false);
    state.output(
        "web_url",
        json!(if aws.env == "prod" {
            "https://harbor.example"
        } else {
            "https://staging.harbor.example"
        }),
    );
    state.output("balancer_dns_name", balancer["dns_name"].clone());
    state.output(
        "web_security_group_id",
        json!(group_id(&format!("{}/web", aws.env))),
    );
    state.output("vpc_id", json!(vpc_id(aws.env)));
}
