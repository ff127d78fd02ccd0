//! Every secret of the sample states; each holds the word `hunter2` or `s3cr3t`, and nothing else does.

/// The master password of the production warehouse; its output and two other states hold copies.
pub const WAREHOUSE_PROD: &str = "hunter2-warehouse-prod-Vq8x";
/// The master password of the staging warehouse.
pub const WAREHOUSE_STAGING: &str = "hunter2-warehouse-staging-Kd31";
/// The password of the read-only role, kept in a secret version.
pub const WAREHOUSE_READER: &str = "s3cr3t-warehouse-reader-0b7e";
/// The payment provider's key, in a variable of a function.
pub const STRIPE_KEY: &str = "sk_live_s3cr3t51HarborPayments";
/// The payment provider's webhook key, in another variable, whose name has a dot.
pub const STRIPE_WEBHOOK: &str = "whsec_s3cr3tWebhookHarbor";
/// The key that signs sessions, in the input of a `terraform_data` and in its unmarked output.
pub const SESSION_KEY: &str = "s3cr3t-session-key-prod-77aa";
/// One line of the private key of a `tls_private_key`.
pub const TLS_KEY: &str = "MIIEpAIBAAKCAQEAs3cr3tHarborOpsPrivateKey";
/// One line of the private key that signs payments.
pub const TLS_KEY_PAYMENTS: &str = "MHcCAQEEIs3cr3tHarborPaymentsSigningKey";
/// The access key of the user that deploys.
pub const ACCESS_KEY: &str = "wJalrXUtnFEMI/s3cr3t/HarborDeployKey";
/// The mail password derived from it.
pub const SMTP_PASSWORD: &str = "BHs3cr3tSesSmtpPasswordV4";
/// The password of the HTTP backend, in the configuration of a `terraform_remote_state`.
pub const HTTP_BACKEND: &str = "hunter2-tfstate-http";
/// The token of the `remote` backend, likewise.
pub const REMOTE_TOKEN: &str = "xK3.atlasv1.s3cr3tRemoteToken";
/// The token of a data source that signs in to the cluster.
pub const CLUSTER_TOKEN: &str = "k8s-aws-v1.s3cr3tClusterToken";
/// The token inside of the sensitive output `kubeconfig`.
pub const KUBECONFIG: &str = "hunter2-kubeconfig-robot";
/// The password of the dashboards, set on a chart.
pub const GRAFANA: &str = "hunter2-grafana-admin";
/// The password of the dashboards' database, nested in a tuple in a `terraform_data`.
pub const GRAFANA_DATABASE: &str = "hunter2-grafana-database";
/// A mail password in a parameter store.
pub const MAIL_PARAMETER: &str = "hunter2-mail-relay";
/// The key of a Google service account.
pub const GOOGLE_KEY: &str = "s3cr3tGoogleServiceAccountKeyHarbor";
/// The old database's password, in a flatmap.
pub const LEGACY_DATABASE: &str = "hunter2-legacy-rds";
/// The old tunnel's shared key, in a flatmap.
pub const LEGACY_TUNNEL: &str = "s3cr3t_tunnel1_psk";
/// A password that its type gives away, and no mark: Terraform 1.3 marked none.
pub const DEV_GENERATED: &str = "hunter2-dev-generated";
/// A password that the name of a function's variable gives away, and no mark.
pub const DEV_DATABASE: &str = "hunter2-dev-database";
/// A sensitive output of a workspace.
pub const PREVIEW_TOKEN: &str = "s3cr3t-preview-token";
/// A secret in a provider's private data, as it is before base64.
pub const PRIVATE_PLAIN: &str = r#"{"session":"s3cr3t-provider-session"}"#;
/// The same as it stands in the file.
pub const PRIVATE_BASE64: &str = "eyJzZXNzaW9uIjoiczNjcjN0LXByb3ZpZGVyLXNlc3Npb24ifQ==";

/// All secrets as they stand in the files.
#[allow(dead_code, reason = "tests read it, the program does not")]
pub const SECRETS: &[&str] = &[
    WAREHOUSE_PROD,
    WAREHOUSE_STAGING,
    WAREHOUSE_READER,
    STRIPE_KEY,
    STRIPE_WEBHOOK,
    SESSION_KEY,
    TLS_KEY,
    TLS_KEY_PAYMENTS,
    ACCESS_KEY,
    SMTP_PASSWORD,
    HTTP_BACKEND,
    REMOTE_TOKEN,
    CLUSTER_TOKEN,
    KUBECONFIG,
    GRAFANA,
    GRAFANA_DATABASE,
    MAIL_PARAMETER,
    GOOGLE_KEY,
    LEGACY_DATABASE,
    LEGACY_TUNNEL,
    DEV_GENERATED,
    DEV_DATABASE,
    PREVIEW_TOKEN,
    PRIVATE_BASE64,
];

/// The secrets that no mark covers anywhere: only a type, a name or a place gives them away.
#[allow(dead_code, reason = "tests read it, the program does not")]
pub const UNMARKED_SECRETS: &[&str] = &[
    HTTP_BACKEND,
    REMOTE_TOKEN,
    CLUSTER_TOKEN,
    LEGACY_DATABASE,
    DEV_GENERATED,
    DEV_DATABASE,
    PRIVATE_BASE64,
];
