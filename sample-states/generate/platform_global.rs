//! `platform/prod/dns` and `platform/prod/identity`: what all teams share.

use serde_json::{Value, json};

use super::aws::{Aws, untagged, with};
use super::state::{Instance, Resource, State, dynamic, number};
use super::{ids, secrets};

/// The id of the public zone.
pub fn zone_id() -> String {
    format!("Z0{}", ids::upper("harbor.example", 18))
}

/// The certificate that CloudFront needs in `us-east-1`.
pub fn edge_certificate() -> String {
    let attributes = Aws::new("platform", "prod", "dns")
        .region("us-east-1")
        .certificate("harbor.example", Value::Null);
    attributes["arn"].as_str().unwrap_or_default().to_owned()
}

/// DNS: one record for each awkward key, certificates in two regions, a provider inside of a module.
pub fn dns(shop: &Aws) -> State {
    let mut state = State::terraform("platform/prod/dns", "1.5.7", 208);
    let aws = Aws::new("platform", "prod", "dns");
    let zone = zone_id();
    let hosted = |name: &str, id: &str, comment: &str| {
        aws.tagged(name, json!({
            "arn": format!("arn:aws:route53:::hostedzone/{id}"), "comment": comment,
            "delegation_set_id": "", "force_destroy": false,
            "id": id, "name": name,
            "name_servers": [
                "ns-1172.awsdns-18.org", "ns-1898.awsdns-45.co.uk", "ns-309.awsdns-38.com",
                "ns-877.awsdns-45.net",
            ],
            "primary_name_server": "ns-1172.awsdns-18.org", "timeouts": null, "vpc": [], "zone_id": id,
        }))
    };
    state.add(Resource::managed("aws_route53_zone", "public").one(hosted(
        "harbor.example",
        &zone,
        "Harbor's shop & APIs",
    )));
    let balancer = shop.load_balancer("web", Value::Null, Value::Null, false);
    let alias = |name: &str| {
        with(
            aws.record(&zone, name, "A", 0, json!([])),
            json!({
                "alias": [{
                    "evaluate_target_health": true, "name": balancer["dns_name"],
                    "zone_id": balancer["zone_id"],
                }],
            }),
        )
    };
    state.add(
        Resource::managed("aws_route53_record", "alias")
            .schema_version(2)
            .refs(&["aws_route53_zone.public"])
            .each("*.harbor.example", alias("*.harbor.example"))
            .each("harbor.example", alias("harbor.example")),
    );
    let text = |name: &str, value: &str| aws.record(&zone, name, "TXT", 300, json!([value]));
    state.add(
        Resource::managed("aws_route53_record", "text")
            .schema_version(2)
            .refs(&["aws_route53_zone.public"])
            .each(
                "_dmarc.harbor.example",
                text(
                    "_dmarc.harbor.example",
                    "v=DMARC1; p=quarantine; rua=mailto:dmarc@harbor.example",
                ),
            )
            .each(
                "${environment}",
                text(
                    "template.harbor.example",
                    "a key that was never expanded: ${environment}",
                ),
            )
            .each(
                "%{if}",
                text(
                    "directive.harbor.example",
                    "a key with a template directive",
                ),
            )
            .each(
                "a\\b",
                text("backslash.harbor.example", "a key with a backslash"),
            )
            .each(
                "google/site verification",
                text("harbor.example", "google-site-verification=kq2f8"),
            )
            .each(
                "label=\"quoted\"",
                text("quoted.harbor.example", "a key with quotes"),
            )
            .each("tab\there", text("tab.harbor.example", "a key with a tab"))
            .each(
                "[0]",
                text("index.harbor.example", "a key that looks like an index"),
            )
            .each(
                "çafé.日本",
                text("xn--af-7ja3b.harbor.example", "a key beyond ASCII"),
            )
            .each(
                "🚢",
                text("xn--j28h.harbor.example", "a key beyond the basic plane"),
            ),
    );
    let mut names = Resource::managed("aws_route53_record", "mail")
        .schema_version(2)
        .refs(&["aws_route53_zone.public"]);
    for i in 0..3 {
        names = names.each(
            i,
            aws.record(
                &zone,
                &format!("mx{i}.harbor.example"),
                "CNAME",
                3600,
                json!([format!("inbound-{i}.mail.example.net")]),
            ),
        );
    }
    state.add(names);

    for (name, region_alias, region) in [
        ("regional", None, "eu-west-1"),
        ("edge", Some("us_east_1"), "us-east-1"),
    ] {
        let place = aws.region(region);
        let certificate = place.certificate(
            "harbor.example",
            json!(["*.harbor.example", "harbor.example"]),
        );
        let validation = json!({
            "certificate_arn": certificate["arn"],
            "id": format!("2024-03-11 10:{} +0000 UTC", if name == "edge" { "04:18.2" } else { "02:51.7" }),
            "timeouts": null,
            "validation_record_fqdns": [
                certificate.pointer("/domain_validation_options/0/resource_record_name"),
            ],
        });
        let own = format!("aws_acm_certificate.{name}");
        let (mut first, mut second) = (
            Resource::managed("aws_acm_certificate", name).create_before_destroy(),
            Resource::managed("aws_acm_certificate_validation", name)
                .refs(&[&own, "aws_route53_record.validation"]),
        );
        if let Some(alias) = region_alias {
            (first, second) = (first.alias(alias), second.alias(alias));
        }
        state.add(first.one(certificate));
        state.add(second.one(validation));
    }
    let option = aws.certificate("harbor.example", Value::Null);
    let name = option
        .pointer("/domain_validation_options/0/resource_record_name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let value = option
        .pointer("/domain_validation_options/0/resource_record_value")
        .cloned()
        .unwrap_or_default();
    state.add(
        Resource::managed("aws_route53_record", "validation")
            .schema_version(2)
            .refs(&[
                "aws_acm_certificate.regional",
                "aws_acm_certificate.edge",
                "aws_route53_zone.public",
            ])
            .each(
                "harbor.example",
                aws.record(&zone, name, "CNAME", 60, json!([value])),
            ),
    );
    // The delegated zone belongs to a module that configures a provider of its own.
    let partner = format!("Z0{}", ids::upper("partners.harbor.example", 18));
    state.add(
        Resource::managed("aws_route53_zone", "this")
            .module("module.partners")
            .module_provider("module.partners", "delegated")
            .one(hosted("partners.harbor.example", &partner, "Delegated")),
    );
    state.add(
        Resource::managed("aws_route53_record", "delegation")
            .module("module.partners")
            .module_provider("module.partners", "")
            .schema_version(2)
            .refs(&[
                "aws_route53_zone.public",
                "module.partners.aws_route53_zone.this",
            ])
            .one(aws.record(
                &zone,
                "partners.harbor.example",
                "NS",
                172_800,
                json!(["ns-1172.awsdns-18.org", "ns-309.awsdns-38.com"]),
            )),
    );
    state.output("zone_id", json!(zone));
    state.output("zone_name", json!("harbor.example"));
    state.output("certificate_arn", option["arn"].clone());
    state.output("edge_certificate_arn", json!(edge_certificate()));
    state.output("record_count", json!(17));
    state
}

/// Identity: people, roles, policies (one of them allows everything), keys, alerts in two regions.
pub fn identity() -> State {
    let mut state = State::terraform("platform/prod/identity", "1.11.4", 77);
    let aws = Aws::new("platform", "prod", "identity");
    state.add(Resource::data("aws_caller_identity", "current").one(aws.caller_identity()));
    people(&mut state, &aws);
    roles(&mut state, &aws);
    let mut keys = Resource::managed("aws_kms_key", "this");
    let mut aliases = Resource::managed("aws_kms_alias", "this").refs(&["aws_kms_key.this"]);
    for purpose in ["dynamodb", "ebs", "legacy", "rds", "s3"] {
        keys = keys.each(purpose, aws.kms_key(purpose));
        aliases = aliases.each(purpose, aws.kms_alias(purpose));
    }
    state.add(keys);
    state.add(aliases);
    // Two instances of one module give two entries for each of its resources.
    for (region, alias) in [("eu-west-1", None), ("us-east-1", Some("us_east_1"))] {
        let place = aws.region(region);
        let module = format!("module.alerts[\"{region}\"]");
        let topic = place.topic("alerts");
        let mut first = Resource::managed("aws_sns_topic", "this")
            .module(&module)
            .each(0, topic.clone());
        let mut second = Resource::managed("aws_sns_topic_subscription", "this")
            .module(&module)
            .refs(&["module.alerts.aws_sns_topic.this"]);
        let people: &[&str] = if alias.is_none() {
            &["on-call@harbor.example", "security+alerts@harbor.example"]
        } else {
            &["on-call@harbor.example"]
        };
        for person in people {
            let arn = format!(
                "{}:{}",
                topic["arn"].as_str().unwrap_or_default(),
                ids::uuid(&format!("{region}/{person}"))
            );
            second = second.each(
                *person,
                json!({
                    "arn": arn, "confirmation_timeout_in_minutes": 1,
                    "confirmation_was_authenticated": false, "delivery_policy": "",
                    "endpoint": person, "endpoint_auto_confirms": false, "filter_policy": "",
                    "filter_policy_scope": "", "id": arn,
                    "owner_id": aws.account, "pending_confirmation": false, "protocol": "email",
                    "raw_message_delivery": false, "redrive_policy": "",
                    "replay_policy": "", "subscription_role_arn": "", "topic_arn": topic["arn"],
                }),
            );
        }
        if let Some(alias) = alias {
            (first, second) = (first.alias(alias), second.alias(alias));
        }
        state.add(first);
        state.add(second);
    }
    // A quota far beyond what a double can hold exactly.
    let quota = dynamic(json!({
        "bytes": number("123456789012345678901234567890"), "ratio": number("0.30000000000000004"),
    }));
    state.add(Resource::managed("terraform_data", "quota").one(json!({
        "id": ids::uuid("quota"), "input": quota, "output": quota, "triggers_replace": null,
    })));
    let arns: Value = ["ebs", "rds", "s3"]
        .iter()
        .map(|purpose| (purpose.to_string(), json!(aws.kms_arn(purpose))))
        .collect();
    state.output_typed("kms_key_arns", arns, json!(["map", "string"]));
    state.output("alerts_topic_arn", aws.topic("alerts")["arn"].clone());
    state.output("deploy_role_arn", json!(aws.iam_arn("role/harbor-deploy")));
    state.output_sensitive(
        "deploy_access_key",
        json!({ "id": access_key(), "secret": secrets::ACCESS_KEY }),
    );
    state
}

fn access_key() -> String {
    format!("AKIA{}", ids::upper("deploy", 16))
}

fn people(state: &mut State, aws: &Aws) {
    let mut users = Resource::managed("aws_iam_user", "person");
    let mut members = Resource::managed("aws_iam_user_group_membership", "person")
        .refs(&["aws_iam_user.person", "aws_iam_group.this"]);
    for (key, name, group) in [
        ("ana.sousa", "ana.sousa", "platform"),
        ("bjørn", "bjorn", "data"),
        ("o'neill, r", "r.oneill", "shop"),
        ("zoë \"z\" müller", "zoe.mueller", "shop"),
    ] {
        users = users.each(key, aws.user(name));
        members = members.each(key, json!({ "groups": [group], "id": format!("terraform-{}", ids::hex(name, 26)), "user": name }));
    }
    state.add(users);
    state.add(members);
    let mut groups = Resource::managed("aws_iam_group", "this");
    for team in ["data", "platform", "shop"] {
        groups = groups.each(
            team,
            json!({
                "arn": aws.iam_arn(&format!("group/{team}")), "id": team, "name": team, "path": "/",
                "unique_id": format!("AGPA{}", ids::upper(team, 17)),
            }),
        );
    }
    state.add(groups);
    state.add(Resource::managed("aws_iam_user", "deploy").one(untagged(aws.user("deploy"))));
    state.add(
        Resource::managed("aws_iam_access_key", "deploy")
            .refs(&["aws_iam_user.deploy"])
            .with(
                Instance::new(json!({
                    "create_date": "2022-06-02T13:11:09Z", "encrypted_secret": null,
                    "encrypted_ses_smtp_password_v4": null, "id": access_key(),
                    "key_fingerprint": null, "pgp_key": null, "secret": secrets::ACCESS_KEY,
                    "ses_smtp_password_v4": secrets::SMTP_PASSWORD,
                    "status": "Active", "user": "deploy",
                }))
                .sensitive("secret")
                .sensitive("ses_smtp_password_v4"),
            ),
    );
    state.add(
        Resource::managed("tls_private_key", "ops").schema_version(1).with(
            Instance::new(json!({
                "algorithm": "RSA", "ecdsa_curve": "P224", "id": ids::hex("ops key", 40),
                "private_key_openssh": ids::pem("OPENSSH PRIVATE KEY", secrets::TLS_KEY),
                "private_key_pem": ids::pem("RSA PRIVATE KEY", secrets::TLS_KEY),
                "private_key_pem_pkcs8": ids::pem("PRIVATE KEY", secrets::TLS_KEY),
                "public_key_fingerprint_md5": "9d:4f:7b:11:0c:ae:52:1d:6a:38:f0:c4:b7:92:e5:03",
                "public_key_fingerprint_sha256": format!("SHA256:{}", ids::noise("ops key", 32).trim_end_matches('=')),
                "public_key_openssh": format!("ssh-rsa {}\n", ids::noise("ops key public", 96)),
                "public_key_pem": ids::pem("PUBLIC KEY", &ids::noise("ops key public", 96)),
                "rsa_bits": 2048,
            }))
            .sensitive("private_key_openssh")
            .sensitive("private_key_pem")
            .sensitive("private_key_pem_pkcs8"),
        ),
    );
    let name = aws.named("ops");
    state.add(
        Resource::managed("aws_key_pair", "ops")
            .schema_version(1)
            .refs(&["tls_private_key.ops"])
            .one(aws.tagged(
                &name,
                json!({
                    "arn": aws.arn("ec2", &format!("key-pair/{name}")),
                    "fingerprint": "9d:4f:7b:11:0c:ae:52:1d:6a:38:f0:c4:b7:92:e5:03", "id": name,
                    "key_name": name, "key_name_prefix": "", "key_pair_id": ids::ec2("key", "ops"),
                    "key_type": "rsa",
                    "public_key": format!("ssh-rsa {}", ids::noise("ops key public", 96)),
                }),
            )),
    );
}

fn roles(state: &mut State, aws: &Aws) {
    let documents: [(&'static str, Value, Value); 3] = [
        (
            "deploy",
            json!(["ecr:*", "eks:DescribeCluster", "s3:PutObject"]),
            json!(["*"]),
        ),
        (
            "read_only",
            json!(["cloudwatch:Get*", "ec2:Describe*", "s3:ListBucket"]),
            json!(["*"]),
        ),
        (
            "artifacts",
            json!(["s3:GetObject"]),
            json!(["arn:aws:s3:::harbor-artifacts/*"]),
        ),
    ];
    for (name, actions, resources) in documents {
        state.add(
            Resource::data("aws_iam_policy_document", name).one(aws.policy_document(
                name,
                actions.clone(),
                resources.clone(),
            )),
        );
        let document = format!("data.aws_iam_policy_document.{name}");
        let statements =
            json!([{ "Action": actions, "Effect": "Allow", "Resource": resources, "Sid": name }]);
        state.add(
            Resource::managed("aws_iam_policy", name)
                .refs(&[&document])
                .one(aws.iam_policy(&format!("harbor-{}", name.replace('_', "-")), statements)),
        );
    }
    // Made by hand in an incident and imported later: everything is allowed, and it has no tags.
    let break_glass = aws.iam_policy(
        "break-glass",
        json!([{ "Action": "*", "Effect": "Allow", "Resource": "*" }]),
    );
    state.add(Resource::managed("aws_iam_policy", "break_glass").one(untagged(break_glass)));
    let federated = Aws::policy(json!([{
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringLike": { "token.actions.githubusercontent.com:sub": "repo:harbor/*" } },
        "Effect": "Allow",
        "Principal": { "Federated": aws.iam_arn("oidc-provider/token.actions.githubusercontent.com") },
    }]));
    state.add(
        Resource::managed("aws_iam_role", "deploy").one(aws.role("harbor-deploy", &federated)),
    );
    state.add(Resource::managed("aws_iam_role", "auditor").one(aws.role(
        "harbor-auditor",
        &Aws::policy(json!([{
            "Action": "sts:AssumeRole", "Effect": "Allow", "Principal": { "AWS": "*" },
            "Condition": { "NumericLessThan": { "aws:MultiFactorAuthAge": "3600" } },
        }])),
    )));
    for (name, role, policy) in [
        ("deploy", "harbor-deploy", "harbor-deploy"),
        ("auditor", "harbor-auditor", "harbor-read-only"),
    ] {
        let own = format!("aws_iam_role.{name}");
        let other = format!(
            "aws_iam_policy.{}",
            if name == "deploy" {
                "deploy"
            } else {
                "read_only"
            }
        );
        state.add(
            Resource::managed("aws_iam_role_policy_attachment", name)
                .refs(&[&own, &other])
                .one(aws.attachment(role, &aws.iam_arn(&format!("policy/{policy}")))),
        );
    }
}
