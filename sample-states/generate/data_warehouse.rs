//! `data/ENV/warehouse`: PostgreSQL, the buckets around it, and its passwords.

use serde_json::{Value, json};

use super::aws::{Aws, more_tags, untagged, with};
use super::aws_network::{group_id, ingress_block, subnet_id};
use super::remote::RemoteState;
use super::state::{Instance, Resource, State, number};
use super::{ids, secrets};

/// The bucket that two states manage: the shop made it, the warehouse took it over, nobody let go.
pub const SHARED_BUCKET: &str = "harbor-prod-shop-events";

/// Staging: small, not encrypted, reachable from the internet.
pub fn staging(network: &State) -> State {
    let mut state = State::terraform("data/staging/warehouse", "1.6.6", 54);
    let aws = Aws::new("data", "staging", "warehouse");
    let world = json!([ingress_block(
        "tcp",
        5432,
        5432,
        json!(["0.0.0.0/0"]),
        json!([]),
        "contractors"
    )]);
    database(&mut state, &aws, network, secrets::WAREHOUSE_STAGING, world);
    bucket(
        &mut state,
        &aws,
        "exports",
        "harbor-staging-warehouse-exports",
        None,
    );
    outputs(&mut state, &aws);
    state
}

/// Production: encrypted with a key of another state, replicated, watched.
pub fn prod(network: &State, lake: &State) -> State {
    let mut state = State::terraform("data/prod/warehouse", "1.10.5", 190);
    let aws = Aws::new("data", "prod", "warehouse");
    // The groups that may connect belong to other states, and no remote state says so.
    let groups = json!([group_id("prod/eks"), group_id("prod/web")]);
    let inside = json!([ingress_block(
        "tcp",
        5432,
        5432,
        json!([]),
        groups,
        "applications"
    )]);
    database(&mut state, &aws, network, secrets::WAREHOUSE_PROD, inside);
    state.add(
        RemoteState::new(
            "lake",
            lake,
            "gcs",
            json!({ "bucket": "harbor-tfstate-gcs", "prefix": "data/prod/lake" }),
        )
        .resource(),
    );
    let replica = with(
        aws.database("warehouse-replica", "db.r6g.large", "", true),
        json!({
            "password": null, "replicate_source_db": aws.named("warehouse"), "username": "harbor_admin",
            "multi_az": false,
        }),
    );
    state.add(
        Resource::managed("aws_db_instance", "replica").schema_version(2).refs(&["aws_db_instance.this"]).each(0, replica.clone()).with(
            Instance::new(with(replica, json!({
                "id": "db-OLDREPLICA7QK2M5XW3ZT6V4B", "resource_id": "db-OLDREPLICA7QK2M5XW3ZT6V4B",
                "identifier": "harbor-prod-warehouse-replica-old",
                "arn": aws.arn("rds", "db:harbor-prod-warehouse-replica-old"),
            })))
            .key(0)
            .deposed("3f9c1e07"),
        ).create_before_destroy(),
    );
    bucket(
        &mut state,
        &aws,
        "exports",
        "harbor-prod-warehouse-exports",
        Some(&aws.kms_arn("s3")),
    );
    bucket(
        &mut state,
        &aws,
        "events",
        SHARED_BUCKET,
        Some(&aws.kms_arn("s3")),
    );
    let reader = json!({ "password": secrets::WAREHOUSE_READER, "username": "reader" }).to_string();
    secret(
        &mut state,
        &aws,
        "reader",
        "harbor/prod/warehouse/reader",
        &reader,
        &[],
    );
    let topic = Aws::new("platform", "prod", "identity").topic("alerts")["arn"].clone();
    let mut alarms = Resource::managed("aws_cloudwatch_metric_alarm", "this")
        .schema_version(1)
        .refs(&["aws_db_instance.this"]);
    let limits: [(&str, Value); 4] = [
        ("CPUUtilization", json!(87.5)),
        ("DiskQueueDepth", json!(64)),
        ("FreeStorageSpace", number("9007199254740993")),
        ("ReplicaLag", json!(0.25)),
    ];
    for (metric, threshold) in limits {
        let dimensions = json!({ "DBInstanceIdentifier": aws.named("warehouse") });
        alarms = alarms.each(
            metric,
            aws.alarm(
                &format!("warehouse {metric}"),
                ["AWS/RDS", metric],
                threshold,
                dimensions,
                json!([topic]),
            ),
        );
    }
    state.add(alarms);
    outputs(&mut state, &aws);
    state.output_sensitive("database_password", json!(secrets::WAREHOUSE_PROD));
    state.output_sensitive("connection", json!({
        "dsn": format!("postgres://harbor_admin:{}@warehouse/warehouse", secrets::WAREHOUSE_PROD),
        "port": 5432,
    }));
    state.check(
        "resource",
        "aws_db_instance.this",
        "pass",
        &[("aws_db_instance.this", "pass", &[])],
    );
    state.check(
        "check",
        "check.backup_is_recent",
        "error",
        &[("check.backup_is_recent", "error", &[])],
    );
    state.check(
        "check",
        "check.replica_lag",
        "unknown",
        &[("check.replica_lag", "unknown", &[])],
    );
    state
}

fn database(state: &mut State, aws: &Aws, network: &State, password: &'static str, ingress: Value) {
    let remote = "data.terraform_remote_state.network";
    let zones: &[&str] = if aws.env == "prod" {
        &["a", "b", "c"]
    } else {
        &["a", "b"]
    };
    let subnets: Value = zones
        .iter()
        .map(|zone| json!(subnet_id(aws.env, &format!("database-{zone}"))))
        .collect();
    let name = aws.named("warehouse");
    state.add(RemoteState::s3("network", network).resource());
    let generated = Instance::new(json!({
        "bcrypt_hash": format!("$2a$10$Zq4T1u{}", ids::hex(&name, 47)), "id": "none",
        "keepers": { "rotated": "2025-04-01" },
        "length": 24, "lower": true, "min_lower": 1, "min_numeric": 1, "min_special": 0, "min_upper": 1,
        "number": true, "numeric": true,
        "override_special": "-_", "result": password, "special": true, "upper": true,
    }));
    // Later versions mark what the provider's schema calls sensitive, earlier ones did not.
    let generated = if aws.env == "prod" {
        generated.sensitive("bcrypt_hash").sensitive("result")
    } else {
        generated
    };
    state.add(
        Resource::managed("random_password", "master")
            .schema_version(3)
            .with(generated),
    );
    state.add(Resource::managed("aws_db_subnet_group", "this").refs(&[remote]).one(aws.tagged(&name, json!({
        "arn": aws.arn("rds", &format!("subgrp:{name}")), "description": "Managed by Terraform",
        "id": name, "name": name, "name_prefix": "",
        "subnet_ids": subnets, "supported_network_types": ["IPV4"],
        "vpc_id": super::aws_network::vpc_id(aws.env),
    }))));
    state.add(Resource::managed("aws_db_parameter_group", "this").create_before_destroy().one(aws.tagged(&name, json!({
        "arn": aws.arn("rds", &format!("pg:{name}")), "description": "Managed by Terraform",
        "family": "postgres16", "id": name, "name": name,
        "name_prefix": "", "skip_destroy": false,
        "parameter": [
            { "apply_method": "immediate", "name": "log_min_duration_statement", "value": "500" },
            {
                "apply_method": "pending-reboot", "name": "rds.force_ssl",
                "value": if aws.env == "prod" { "1" } else { "0" },
            },
            { "apply_method": "immediate", "name": "random_page_cost", "value": "1.1" },
        ],
    }))));
    state.add(
        Resource::managed("aws_security_group", "database")
            .schema_version(1)
            .refs(&[remote])
            .one(aws.security_group("warehouse", "PostgreSQL of the warehouse", ingress)),
    );
    let class = if aws.env == "prod" {
        "db.r6g.2xlarge"
    } else {
        "db.t4g.medium"
    };
    let attributes = with(
        aws.database("warehouse", class, password, aws.env == "prod"),
        json!({
            "vpc_security_group_ids": [group_id(&format!("{}/warehouse", aws.env))],
        }),
    );
    state.add(
        Resource::managed("aws_db_instance", "this")
            .schema_version(2)
            .refs(&["aws_db_parameter_group.this", "aws_db_subnet_group.this", "aws_security_group.database", "random_password.master"])
            .with(Instance::new(more_tags(attributes, json!({ "backup": "daily", "pii": "yes" }))).sensitive("password").private(
                r#"{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":2400000000000,"delete":3600000000000,"update":4800000000000},"schema_version":"2"}"#,
            )),
    );
    let text = json!({ "password": password, "username": "harbor_admin" }).to_string();
    secret(
        state,
        aws,
        "master",
        &format!("harbor/{}/warehouse/master", aws.env),
        &text,
        &["random_password.master"],
    );
}

fn secret(
    state: &mut State,
    aws: &Aws,
    name: &'static str,
    path: &str,
    text: &str,
    references: &[&str],
) {
    let attributes = aws.secret(path);
    let version = aws.secret_version(&attributes, text);
    let own = format!("aws_secretsmanager_secret.{name}");
    state.add(Resource::managed("aws_secretsmanager_secret", name).one(attributes));
    state.add(
        Resource::managed("aws_secretsmanager_secret_version", name)
            .schema_version(1)
            .refs(references)
            .refs(&[&own])
            .with(Instance::new(version).sensitive("secret_string")),
    );
}

fn bucket(state: &mut State, aws: &Aws, name: &'static str, bucket: &str, key: Option<&str>) {
    let own = format!("aws_s3_bucket.{name}");
    let mut attributes = aws.bucket(bucket, key);
    if key.is_none() {
        // Not encrypted at all: the configuration that a bucket of before 2023 can still have.
        attributes = untagged(with(
            attributes,
            json!({ "server_side_encryption_configuration": [] }),
        ));
    }
    state.add(Resource::managed("aws_s3_bucket", name).one(attributes));
    state.add(
        Resource::managed("aws_s3_bucket_public_access_block", name)
            .refs(&[&own])
            .one(Aws::public_access_block(bucket, true)),
    );
    state.add(
        Resource::managed("aws_s3_bucket_versioning", name)
            .refs(&[&own])
            .one(Aws::bucket_versioning(
                bucket,
                if key.is_some() {
                    "Enabled"
                } else {
                    "Suspended"
                },
            )),
    );
    if key.is_some() && name == "exports" {
        state.add(
            Resource::managed("aws_s3_bucket_lifecycle_configuration", name)
                .schema_version(1)
                .refs(&[&own])
                .one(Aws::bucket_lifecycle(bucket, 365)),
        );
    }
}

fn outputs(state: &mut State, aws: &Aws) {
    let database = aws.database("warehouse", "", "", false);
    state.output("database_address", database["address"].clone());
    state.output("database_port", json!(5432));
    state.output("database_arn", database["arn"].clone());
    state.output(
        "database_security_group_id",
        json!(group_id(&format!("{}/warehouse", aws.env))),
    );
    state.output(
        "export_bucket",
        json!(format!("harbor-{}-warehouse-exports", aws.env)),
    );
}
