//! `shop/prod/payments`: a small service that reads three other states and holds the company's keys.

use serde_json::json;

use super::aws::{Aws, with};
use super::aws_network::{group_id, subnet_id, vpc_id};
use super::remote::RemoteState;
use super::state::{Instance, Resource, State};
use super::{ids, secrets};

/// Payments: three backends, one of them without a state in the samples; the VPC is written by hand.
pub fn prod(warehouse: &State, dns: &State) -> State {
    let mut state = State::terraform("shop/prod/payments", "1.10.5", 66);
    let aws = Aws::new("shop", "prod", "payments");
    state.add(RemoteState::s3("warehouse", warehouse).resource());
    let config = json!({
        "address": "https://tfstate.harbor.example/platform/prod/dns/terraform.tfstate",
        "password": secrets::HTTP_BACKEND, "username": "payments",
    });
    state.add(RemoteState::new("dns", dns, "http", config).resource());
    let nobody = State::terraform("", "1.10.5", 0);
    let config = json!({
        "hostname": "app.terraform.io", "organization": "harbor", "token": secrets::REMOTE_TOKEN,
        "workspaces": { "name": "risk-prod-scoring" },
    });
    state.add(
        RemoteState::new("scoring", &nobody, "remote", config)
            .default(
                "scoring_endpoint",
                json!("https://scoring.risk.harbor.internal"),
            )
            .resource(),
    );

    let remote = "data.terraform_remote_state.warehouse";
    state.add(
        Resource::managed("aws_security_group", "payments")
            .schema_version(1)
            .one(aws.security_group("payments", "Payments", json!([]))),
    );
    // No remote state says so, but this group is the shop's.
    state.add(
        Resource::managed("aws_vpc_security_group_ingress_rule", "from_web")
            .refs(&["aws_security_group.payments"])
            .one(aws.ingress_rule_from("payments", 8443, &group_id("prod/web"))),
    );
    state.add(
        Resource::managed("aws_lb_target_group", "payments")
            .create_before_destroy()
            .one(with(
                aws.target_group("payments", 8443, "/health"),
                json!({
                    "protocol": "HTTPS", "target_type": "lambda", "vpc_id": vpc_id("prod"),
                }),
            )),
    );
    state.add(
        Resource::managed("aws_iam_role", "payments")
            .one(aws.role(&aws.named("payments"), &Aws::trust("lambda"))),
    );
    let wide = json!([
        { "Action": ["dynamodb:*", "sqs:*"], "Effect": "Allow", "Resource": "*" },
        { "Action": "kms:Decrypt", "Effect": "Allow", "Resource": aws.kms_arn("rds") },
    ]);
    state.add(
        Resource::managed("aws_iam_role_policy", "payments")
            .refs(&["aws_iam_role.payments"])
            .one(json!({
                "id": format!("{}:all", aws.named("payments")), "name": "all", "name_prefix": "",
                "policy": Aws::policy(wide), "role": aws.named("payments"),
            })),
    );
    let variables = json!({
        "DATABASE_HOST": warehouse.output_values()["database_address"],
        "STRIPE_KEY": secrets::STRIPE_KEY, "stripe.webhook": secrets::STRIPE_WEBHOOK, "FEE": "0.0275",
    });
    let network = (
        json!([
            subnet_id("prod", "private-a"),
            subnet_id("prod", "private-c")
        ]),
        json!([group_id("prod/payments")]),
    );
    state.add(
        Resource::managed("aws_lambda_function", "payments")
            .refs(&[
                "aws_iam_role.payments",
                "aws_security_group.payments",
                remote,
            ])
            .with(
                Instance::new(aws.lambda("payments", 1024, variables, Some(network)))
                    .sensitive("environment[0].variables[\"STRIPE_KEY\"]")
                    .sensitive("environment[0].variables[\"stripe.webhook\"]"),
            ),
    );
    state.add(
        Resource::managed("aws_cloudwatch_log_group", "payments")
            .one(aws.log_group(&format!("/aws/lambda/{}", aws.named("payments")), 365)),
    );
    state.add(
        Resource::managed("aws_dynamodb_table", "ledger")
            .schema_version(1)
            .one(aws.table("ledger", "entry_id", true)),
    );
    state.add(
        Resource::managed("aws_ssm_parameter", "this")
            .each(
                "/payments/limits",
                aws.parameter(
                    "/payments/limits",
                    "String",
                    "{\"daily\":25000,\"single\":1499.99}",
                ),
            )
            .with(
                Instance::new(aws.parameter(
                    "/payments/mail-relay",
                    "SecureString",
                    secrets::MAIL_PARAMETER,
                ))
                .key("/payments/mail-relay")
                .sensitive("value"),
            ),
    );
    state.add(
        Resource::managed("tls_private_key", "signing")
            .schema_version(1)
            .with(
                Instance::new(json!({
                    "algorithm": "ECDSA", "ecdsa_curve": "P256", "id": ids::hex("signing", 40),
                    "private_key_openssh": "",
                    "private_key_pem": ids::pem("EC PRIVATE KEY", secrets::TLS_KEY_PAYMENTS),
                    "private_key_pem_pkcs8": ids::pem("PRIVATE KEY", secrets::TLS_KEY_PAYMENTS),
                    "public_key_fingerprint_md5": "", "public_key_fingerprint_sha256": "",
                    "public_key_openssh": "",
                    "public_key_pem": ids::pem("PUBLIC KEY", &ids::noise("signing public", 64)),
                    "rsa_bits": 2048,
                }))
                .sensitive("private_key_openssh")
                .sensitive("private_key_pem")
                .sensitive("private_key_pem_pkcs8"),
            ),
    );
    let zone = dns.output_values()["zone_id"].clone();
    state.add(
        Resource::managed("aws_route53_record", "payments")
            .schema_version(2)
            .refs(&["data.terraform_remote_state.dns"])
            .one(aws.record(
                zone.as_str().unwrap_or_default(),
                "pay.harbor.example",
                "CNAME",
                60,
                json!(["harbor.example"]),
            )),
    );
    state.output("payments_url", json!("https://pay.harbor.example"));
    state.output(
        "payments_security_group_id",
        json!(group_id("prod/payments")),
    );
    state
}
