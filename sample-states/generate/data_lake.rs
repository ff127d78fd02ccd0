//! `data/prod/lake` on Google Cloud, and `data/prod/ingest`, which OpenTofu manages.

use serde_json::{Value, json};

use super::aws::Aws;
use super::state::{Instance, Resource, State, number};
use super::{ids, secrets};

const PROJECT: &str = "harbor-lake-prod";

/// Adds labels as the Google provider stores them: own, own and default, own and default and the system's.
fn labelled(mut attributes: Value, labels: Value) -> Value {
    let mut all = labels.clone();
    all["goog-terraform-provisioned"] = json!("true");
    all["team"] = json!("data");
    attributes["labels"] = labels;
    attributes["effective_labels"] = all.clone();
    attributes["terraform_labels"] = all;
    attributes
}

/// The lake: buckets, BigQuery, messages; one bucket is public, one is not labelled.
pub fn lake() -> State {
    let mut state = State::terraform("data/prod/lake", "1.4.7", 119);
    state.add(Resource::data("google_project", "this").one(json!({
        "auto_create_network": null, "billing_account": "01A2B3-C4D5E6-F7A8B9", "deletion_policy": null,
        "effective_labels": {}, "folder_id": "", "id": format!("projects/{PROJECT}"),
        "labels": {}, "name": "Harbor Lake", "number": "784512096633", "org_id": "318845902217",
        "project_id": PROJECT, "skip_delete": null, "tags": null, "terraform_labels": {},
    })));
    buckets(&mut state);
    bigquery(&mut state);
    messages(&mut state);
    state.output("raw_bucket", json!("harbor-lake-raw"));
    state.output(
        "events_topic",
        json!(format!("projects/{PROJECT}/topics/events")),
    );
    state.output(
        "dataset_ids",
        json!({ "marts": "marts", "raw": "raw", "staging": "staging" }),
    );
    state.output("rows_total", number("18446744073709551617"));
    state.output_sensitive("loader_key", json!(secrets::GOOGLE_KEY));
    state
}

fn buckets(state: &mut State) {
    let mut buckets = Resource::managed("google_storage_bucket", "zone").schema_version(3);
    for (key, class, labels) in [
        (
            "raw",
            "STANDARD",
            json!({ "pii": "yes", "retention": "400d" }),
        ),
        ("curated", "STANDARD", json!({ "pii": "no" })),
        ("archive/2019", "ARCHIVE", json!({ "pii": "yes" })),
        ("public", "STANDARD", Value::Null),
    ] {
        let name = format!("harbor-lake-{}", key.replace('/', "-"));
        let attributes = json!({
            "autoclass": [], "cors": [], "custom_placement_config": [],
            "default_event_based_hold": false, "enable_object_retention": false,
            "encryption": [], "force_destroy": false, "hierarchical_namespace": [], "id": name,
            "lifecycle_rule": [{
                "action": [{ "storage_class": "COLDLINE", "type": "SetStorageClass" }],
                "condition": [{
                    "age": 90, "created_before": "", "custom_time_before": "",
                    "days_since_custom_time": 0, "matches_prefix": [], "num_newer_versions": 0,
                    "with_state": "ANY",
                }],
            }],
            "location": "EU", "logging": [], "name": name, "project": PROJECT,
            "project_number": 784_512_096_633_u64,
            "public_access_prevention": if key == "public" { "inherited" } else { "enforced" },
            "requester_pays": false, "retention_policy": [], "rpo": "DEFAULT",
            "self_link": format!("https://www.googleapis.com/storage/v1/b/{name}"),
            "soft_delete_policy": [{
                "effective_time": "2024-05-02T09:00:00.000Z", "retention_duration_seconds": 604_800,
            }],
            "storage_class": class, "time_created": "2024-05-02T09:00:00.000Z", "timeouts": null,
            "uniform_bucket_level_access": true,
            "updated": "2025-08-19T14:22:10.113Z", "url": format!("gs://{name}"),
            "versioning": [{ "enabled": key != "public" }], "website": [],
        });
        let attributes = if labels.is_null() {
            let mut bare = attributes;
            for field in ["labels", "effective_labels", "terraform_labels"] {
                bare[field] = json!({});
            }
            bare
        } else {
            labelled(attributes, labels)
        };
        buckets = buckets.each(key, attributes);
    }
    state.add(buckets);
    let member = |member: &str, role: &str| {
        json!({
            "bucket": "b/harbor-lake-public", "condition": [], "etag": "CAk=",
            "id": format!("b/harbor-lake-public/{role}/{member}"), "member": member, "role": role,
        })
    };
    state.add(
        Resource::managed("google_storage_bucket_iam_member", "public")
            .refs(&["google_storage_bucket.zone"])
            .each("allUsers", member("allUsers", "roles/storage.objectViewer"))
            .each(
                "serviceAccount:loader",
                member(
                    "serviceAccount:loader@harbor-lake-prod.iam.gserviceaccount.com",
                    "roles/storage.objectAdmin",
                ),
            ),
    );
}

fn bigquery(state: &mut State) {
    let mut datasets = Resource::managed("google_bigquery_dataset", "this");
    for dataset in ["marts", "raw", "staging"] {
        datasets = datasets.each(dataset, labelled(json!({
            "access": [
                {
                    "condition": [], "dataset": [], "domain": "", "group_by_email": "",
                    "iam_member": "", "role": "OWNER", "routine": [], "special_group": "projectOwners",
                    "user_by_email": "", "view": [],
                },
                {
                    "condition": [], "dataset": [], "domain": "harbor.example", "group_by_email": "",
                    "iam_member": "", "role": "READER", "routine": [], "special_group": "",
                    "user_by_email": "", "view": [],
                },
            ],
            "creation_time": 1_714_640_400_000_u64, "dataset_id": dataset, "default_collation": "",
            "default_encryption_configuration": [], "default_partition_expiration_ms": 0,
            "default_table_expiration_ms": 0, "delete_contents_on_destroy": false, "description": "",
            "etag": ids::noise(dataset, 16), "external_catalog_dataset_options": [],
            "external_dataset_reference": [], "friendly_name": "",
            "id": format!("projects/{PROJECT}/datasets/{dataset}"), "is_case_insensitive": false,
            "last_modified_time": 1_755_613_330_113_u64, "location": "EU",
            "max_time_travel_hours": "168", "project": PROJECT, "resource_tags": {},
            "self_link": format!("https://bigquery.googleapis.com/bigquery/v2/projects/{PROJECT}/datasets/{dataset}"),
            "storage_billing_model": "", "timeouts": null,
        }), json!({ "layer": dataset })));
    }
    state.add(datasets);
    // Tables come with row and byte counts past what a double holds exactly.
    let mut tables = Resource::managed("google_bigquery_table", "this")
        .schema_version(1)
        .refs(&["google_bigquery_dataset.this"]);
    for (key, rows, bytes) in [
        (
            "marts.daily revenue",
            number("9007199254740993"),
            number("72057594037927937"),
        ),
        (
            "raw.clicks",
            number("18446744073709551615"),
            number("170141183460469231731687303715884105727"),
        ),
        ("raw.orders", json!(48_122_907), json!(9_120_331_220_u64)),
    ] {
        let (dataset, table) = key.split_once('.').unwrap_or((key, key));
        let table = table.replace(' ', "_");
        tables = tables.each(key, labelled(json!({
            "biglake_configuration": [], "clustering": ["customer_id"],
            "creation_time": 1_714_640_911_402_u64, "dataset_id": dataset, "deletion_protection": true,
            "description": "", "encryption_configuration": [], "etag": ids::noise(key, 16),
            "expiration_time": 0, "external_catalog_table_options": [],
            "external_data_configuration": [], "friendly_name": "", "generated_schema_columns": "[]",
            "id": format!("projects/{PROJECT}/datasets/{dataset}/tables/{table}"),
            "last_modified_time": 1_761_034_495_551_u64, "location": "EU", "materialized_view": [],
            "max_staleness": "", "num_bytes": bytes,
            "num_long_term_bytes": 0, "num_rows": rows, "project": PROJECT, "range_partitioning": [],
            "require_partition_filter": false, "resource_tags": {},
            "schema": json!([{ "mode": "REQUIRED", "name": "customer_id", "type": "STRING" }, { "mode": "NULLABLE", "name": "amount", "type": "NUMERIC" }]).to_string(),
            "schema_foreign_type_info": [],
            "self_link": format!("https://bigquery.googleapis.com/bigquery/v2/projects/{PROJECT}/datasets/{dataset}/tables/{table}"),
            "table_constraints": [], "table_id": table, "table_metadata_view": null,
            "table_replication_info": [],
            "time_partitioning": [{
                "expiration_ms": 0, "field": "event_time", "require_partition_filter": false,
                "type": "DAY",
            }],
            "type": "TABLE", "view": [],
        }), json!({ "layer": dataset })));
    }
    state.add(tables);
}

fn messages(state: &mut State) {
    let topic = format!("projects/{PROJECT}/topics/events");
    state.add(Resource::managed("google_pubsub_topic", "events").one(labelled(json!({
        "id": topic, "ingestion_data_source_settings": [], "kms_key_name": "",
        "message_retention_duration": "604800s",
        "message_storage_policy": [{
            "allowed_persistence_regions": ["europe-west1"], "enforce_in_transit": false,
        }],
        "message_transforms": [], "name": "events", "project": PROJECT, "schema_settings": [],
        "timeouts": null,
    }), json!({ "source": "shop" }))));
    state.add(Resource::managed("google_pubsub_subscription", "loader").refs(&["google_pubsub_topic.events"]).one(labelled(json!({
        "ack_deadline_seconds": 60, "bigquery_config": [], "cloud_storage_config": [],
        "dead_letter_policy": [], "enable_exactly_once_delivery": true,
        "enable_message_ordering": false, "expiration_policy": [{ "ttl": "" }],
        "filter": "attributes.kind = \"order\" AND attributes.total > \"0\"",
        "id": format!("projects/{PROJECT}/subscriptions/loader"),
        "message_retention_duration": "604800s", "message_transforms": [], "name": "loader",
        "project": PROJECT,
        "push_config": [], "retain_acked_messages": false,
        "retry_policy": [{ "maximum_backoff": "600s", "minimum_backoff": "0.5s" }], "timeouts": null,
        "topic": topic,
    }), json!({}))));
    let email = format!("loader@{PROJECT}.iam.gserviceaccount.com");
    let account = format!("projects/{PROJECT}/serviceAccounts/{email}");
    state.add(
        Resource::managed("google_service_account", "loader").one(json!({
            "account_id": "loader", "create_ignore_already_exists": null, "description": "",
            "disabled": false, "display_name": "Loads events", "email": email, "id": account,
            "member": format!("serviceAccount:{email}"), "name": account, "project": PROJECT,
            "timeouts": null, "unique_id": ids::digits("loader", 21),
        })),
    );
    state.add(
        Resource::managed("google_service_account_key", "loader").refs(&["google_service_account.loader"]).with(
            Instance::new(json!({
                "id": format!("{account}/keys/{}", ids::hex("loader key", 40)), "keepers": null,
                "key_algorithm": "KEY_ALG_RSA_2048",
                "name": format!("{account}/keys/{}", ids::hex("loader key", 40)),
                "private_key": secrets::GOOGLE_KEY, "private_key_type": "TYPE_GOOGLE_CREDENTIALS_FILE",
                "public_key": ids::noise("loader key", 120), "public_key_data": null,
                "public_key_type": "TYPE_X509_PEM_FILE", "service_account_id": account,
                "valid_after": "2024-05-02T09:11:20Z", "valid_before": "9999-12-31T23:59:59Z",
            }))
            .sensitive("private_key"),
        ),
    );
    let grant = |role: &str| {
        json!({
            "condition": [], "etag": "BwYX2n8l0vQ=",
            "id": format!("{PROJECT}/{role}/serviceAccount:{email}"),
            "member": format!("serviceAccount:{email}"), "project": PROJECT, "role": role,
        })
    };
    state.add(
        Resource::managed("google_project_iam_member", "loader")
            .refs(&["google_service_account.loader"])
            .each(
                "roles/bigquery.dataEditor",
                grant("roles/bigquery.dataEditor"),
            )
            .each("roles/owner", grant("roles/owner")),
    );
}

/// Ingest: one provider configuration for each region, a deprecated output, OpenTofu's registry.
pub fn ingest() -> State {
    let mut state = State::opentofu("data/prod/ingest", "1.10.6", 28);
    let aws = Aws::new("data", "prod", "ingest");
    let regions = ["eu-central-1", "eu-west-1", "us-east-1"];
    let mut queues = Resource::managed("aws_sqs_queue", "events")
        .provider_per_instance("by_region")
        .schema_version(1);
    let mut streams = Resource::managed("aws_kinesis_stream", "clicks")
        .provider_per_instance("by_region")
        .schema_version(1);
    for region in regions {
        let place = aws.region(region);
        queues = queues.each(region, place.queue("ingest-events", None, true));
        let name = aws.named("clicks");
        streams = streams.each(region, place.tagged(&name, json!({
            "arn": place.arn("kinesis", &format!("stream/{name}")),
            "encryption_type": if region == "us-east-1" { "NONE" } else { "KMS" },
            "enforce_consumer_deletion": false,
            "id": place.arn("kinesis", &format!("stream/{name}")),
            "kms_key_id": if region == "us-east-1" { "" } else { "alias/aws/kinesis" }, "name": name,
            "retention_period": 48,
            "shard_count": 0, "shard_level_metrics": [],
            "stream_mode_details": [{ "stream_mode": "ON_DEMAND" }], "timeouts": null,
        })));
    }
    state.add(queues);
    state.add(streams);
    state.add(Resource::data("aws_caller_identity", "current").one(aws.caller_identity()));
    let function = aws.named("ingest");
    state.add(
        Resource::managed("aws_iam_role", "ingest").one(aws.role(&function, &Aws::trust("lambda"))),
    );
    let variables = json!({ "BUCKET": "harbor-lake-raw", "TOPIC": format!("projects/{PROJECT}/topics/events") });
    state.add(
        Resource::managed("aws_lambda_function", "ingest")
            .refs(&["aws_iam_role.ingest"])
            .with(
                Instance::new(aws.lambda("ingest", 1024, variables, None))
                    .private(secrets::PRIVATE_PLAIN),
            ),
    );
    state.add(
        Resource::managed("aws_cloudwatch_log_group", "ingest")
            .one(aws.log_group(&format!("/aws/lambda/{function}"), 0)),
    );
    let urls: Value = regions
        .iter()
        .map(|region| {
            (
                region.to_string(),
                aws.region(region).queue("ingest-events", None, true)["url"].clone(),
            )
        })
        .collect();
    state.output_typed("queue_urls", urls, json!(["map", "string"]));
    state.output_deprecated(
        "queue_url",
        aws.queue("ingest-events", None, true)["url"].clone(),
        "Use queue_urls[\"eu-west-1\"] instead.",
    );
    state
}
