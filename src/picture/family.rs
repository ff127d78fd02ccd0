//! Families of resource types: what a box's colour tells.

/// What kind of thing a resource is, read from the words of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Networks, subnets, routes, load balancers, firewalls.
    Network,
    /// Names and zones.
    Dns,
    /// Machines, containers, functions.
    Compute,
    /// Buckets, disks, file systems, registries.
    Storage,
    /// Databases and caches.
    Database,
    /// Users, roles, policies, keys, secrets, certificates.
    Identity,
    /// Queues, topics, streams.
    Messaging,
    /// Logs, metrics, alarms.
    Monitoring,
    /// What is read and not managed.
    Data,
    /// A module's resources together.
    Module,
    /// A state's resources together.
    State,
    /// Everything else.
    Other,
}

/// Words that tell a family wherever they stand. The first such word of a type decides: it names the
/// service, so `aws_db_subnet_group` is a database's and `aws_s3_bucket_policy` a bucket's.
const TELLING: [(Family, &[&str]); 8] = [
    (
        Family::Network,
        &[
            "vpc",
            "vnet",
            "subnet",
            "subnets",
            "subnetwork",
            "network",
            "route",
            "router",
            "gateway",
            "eip",
            "lb",
            "elb",
            "alb",
            "nlb",
            "security",
            "peering",
            "vpn",
            "firewall",
            "nat",
            "cloudfront",
            "cdn",
            "waf",
            "wafv2",
            "address",
            "forwarding",
            "acl",
            "apigateway",
            "apigatewayv2",
            "frontdoor",
            "interface",
            "ip",
            "dhcp",
            "endpoint",
            "globalaccelerator",
            "ingress",
            "loadbalancer",
        ],
    ),
    (Family::Dns, &["route53", "dns", "zone", "record", "domain"]),
    (
        Family::Compute,
        &[
            "lambda",
            "ecs",
            "eks",
            "autoscaling",
            "gke",
            "aks",
            "vm",
            "batch",
            "function",
            "fargate",
            "ami",
            "sfn",
        ],
    ),
    (
        Family::Storage,
        &[
            "s3",
            "bucket",
            "storage",
            "ebs",
            "efs",
            "fsx",
            "disk",
            "volume",
            "snapshot",
            "blob",
            "filestore",
            "ecr",
            "registry",
            "artifact",
            "backup",
            "glacier",
        ],
    ),
    (
        Family::Database,
        &[
            "db",
            "rds",
            "dynamodb",
            "sql",
            "database",
            "elasticache",
            "redis",
            "redshift",
            "spanner",
            "bigtable",
            "bigquery",
            "cosmosdb",
            "docdb",
            "neptune",
            "memorydb",
            "mongodbatlas",
            "postgresql",
            "mysql",
            "mssql",
            "mariadb",
            "opensearch",
            "elasticsearch",
            "firestore",
        ],
    ),
    (
        Family::Identity,
        &[
            "iam",
            "role",
            "policy",
            "user",
            "kms",
            "key",
            "secret",
            "secretsmanager",
            "certificate",
            "acm",
            "cognito",
            "password",
            "identity",
            "saml",
            "oidc",
            "access",
            "permission",
        ],
    ),
    (
        Family::Messaging,
        &[
            "sqs",
            "sns",
            "kinesis",
            "pubsub",
            "eventbridge",
            "servicebus",
            "eventhub",
            "mq",
            "kafka",
            "msk",
            "queue",
            "topic",
            "firehose",
            "ses",
        ],
    ),
    (
        Family::Monitoring,
        &[
            "cloudwatch",
            "monitor",
            "monitoring",
            "logging",
            "log",
            "logs",
            "alarm",
            "dashboard",
            "cloudtrail",
            "budget",
            "budgets",
            "insights",
            "alert",
            "metric",
            "diagnostic",
        ],
    ),
];

/// Words of machines that other families' types have as well: `google_compute_network`,
/// `aws_rds_cluster`. They decide where no telling word stands.
const OF_MACHINES: [&str; 20] = [
    "instance",
    "compute",
    "ec2",
    "virtual",
    "machine",
    "container",
    "cluster",
    "service",
    "server",
    "app",
    "run",
    "node",
    "task",
    "job",
    "image",
    "launch",
    "deployment",
    "pod",
    "spot",
    "helm",
];

impl Family {
    /// Every family, in the order of legends.
    pub const ALL: [Self; 12] = [
        Self::Network,
        Self::Dns,
        Self::Compute,
        Self::Storage,
        Self::Database,
        Self::Identity,
        Self::Messaging,
        Self::Monitoring,
        Self::Data,
        Self::Module,
        Self::State,
        Self::Other,
    ];

    /// The family of a resource's type. A label that says `data.` before the type is a data source's.
    pub fn of(kind: &str, label: &str) -> Self {
        match kind {
            "module" => Self::Module,
            "state" => Self::State,
            _ if is_data(kind, label) => Self::Data,
            _ => Self::of_type(kind),
        }
    }

    fn of_type(kind: &str) -> Self {
        let words: Vec<&str> = kind.split(['_', '.', '-']).collect();
        // The provider's name comes first and says nothing.
        let words = words.get(1..).unwrap_or_default();
        let telling = words.iter().find_map(|word| {
            TELLING
                .iter()
                .find(|(_, known)| known.contains(word))
                .map(|(family, _)| *family)
        });
        let machine = || words.iter().any(|word| OF_MACHINES.contains(word));
        telling.unwrap_or_else(|| match machine() {
            true => Self::Compute,
            false => Self::Other,
        })
    }

    /// The family's name in `json`, in classes and in legends.
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Dns => "dns",
            Self::Compute => "compute",
            Self::Storage => "storage",
            Self::Database => "database",
            Self::Identity => "identity",
            Self::Messaging => "messaging",
            Self::Monitoring => "monitoring",
            Self::Data => "data",
            Self::Module => "module",
            Self::State => "state",
            Self::Other => "other",
        }
    }

    /// The colour of the family's frame on a light ground.
    pub(super) fn stroke(self) -> &'static str {
        match self {
            Self::Network => "#2563eb",
            Self::Dns => "#0891b2",
            Self::Compute => "#ea580c",
            Self::Storage => "#16a34a",
            Self::Database => "#4f46e5",
            Self::Identity => "#dc2626",
            Self::Messaging => "#db2777",
            Self::Monitoring => "#a16207",
            Self::Data => "#64748b",
            Self::Module => "#7c3aed",
            Self::State => "#0f766e",
            Self::Other => "#78716c",
        }
    }

    /// The colour within the family's frame on a light ground.
    pub(super) fn fill(self) -> &'static str {
        match self {
            Self::Network => "#eaf1fe",
            Self::Dns => "#e2f6fa",
            Self::Compute => "#fef0e6",
            Self::Storage => "#e8f7ed",
            Self::Database => "#edecfd",
            Self::Identity => "#fdeaea",
            Self::Messaging => "#fce9f2",
            Self::Monitoring => "#fbf4e0",
            Self::Data => "#f1f4f8",
            Self::Module => "#f3ecfe",
            Self::State => "#e3f5f3",
            Self::Other => "#f5f4f3",
        }
    }
}

/// Whether the node is a data source: its label says `data.` before the type, and that is not the
/// name of a module.
fn is_data(kind: &str, label: &str) -> bool {
    let place = format!("data.{kind}");
    label.match_indices(&place).any(|(at, _)| {
        let before = label.get(..at).unwrap_or_default();
        let after = label.get(at + place.len()..).unwrap_or_default();
        (before.is_empty() || before.ends_with('.'))
            && !before.ends_with("module.")
            && (after.is_empty() || after.starts_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_comes_from_the_words_of_the_type() {
        for (kind, family) in [
            ("aws_vpc", Family::Network),
            ("aws_security_group_rule", Family::Network),
            ("google_compute_network", Family::Network),
            ("google_compute_instance", Family::Compute),
            ("azurerm_linux_virtual_machine", Family::Compute),
            ("azurerm_virtual_network", Family::Network),
            ("aws_lambda_function", Family::Compute),
            ("aws_s3_bucket", Family::Storage),
            ("azurerm_storage_account", Family::Storage),
            ("aws_db_instance", Family::Database),
            ("aws_db_subnet_group", Family::Database),
            ("aws_s3_bucket_policy", Family::Storage),
            ("aws_rds_cluster_instance", Family::Database),
            ("google_sql_database_instance", Family::Database),
            ("aws_iam_instance_profile", Family::Identity),
            ("random_password", Family::Identity),
            ("aws_route53_record", Family::Dns),
            ("aws_route_table", Family::Network),
            ("aws_sqs_queue", Family::Messaging),
            ("aws_cloudwatch_log_group", Family::Monitoring),
            ("terraform_data", Family::Other),
            ("null_resource", Family::Other),
            ("module", Family::Module),
            ("state", Family::State),
            ("", Family::Other),
        ] {
            assert_eq!(Family::of(kind, "x.y"), family, "{kind}");
        }
    }

    #[test]
    fn a_data_source_is_told_by_its_label() {
        assert_eq!(Family::of("aws_ami", "data.aws_ami.ubuntu"), Family::Data);
        assert_eq!(
            Family::of("aws_ami", "module.a[\"x\"].data.aws_ami.ubuntu[0]"),
            Family::Data
        );
        assert_eq!(
            Family::of("aws_vpc", "module.data.aws_vpc.a"),
            Family::Network
        );
        assert_eq!(Family::of("aws_vpc", "aws_vpc.data"), Family::Network);
    }

    #[test]
    fn every_family_has_a_name_of_its_own() {
        let mut names = Family::ALL.map(Family::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Family::ALL.len());
    }
}
