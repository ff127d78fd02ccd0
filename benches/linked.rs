//! States that refer to each other, and what refers to what.
//!
//! Each state holds AWS objects of every kind in turn. Every value is made of where its object
//! stands, so a state can refer to an object of another without having it at hand; where a reference
//! is composed, the truth is written down. Among the references stand values that only look like
//! some: names and images that many states share, ids in tags, patterns, longer names, keys of other
//! kinds, what the provider tells of others, one key in many buckets, who asks.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// An instance: the number of its state, and its address.
pub type Place = (usize, String);

/// What is true of some states.
#[derive(Default)]
pub struct Truth {
    /// Each instance that refers to one of another state, and that one.
    pub links: BTreeSet<(Place, Place)>,
    /// Each instance whose object another state manages too, and the instance there.
    pub owned_twice: BTreeSet<(Place, Place)>,
}

/// How many states there are, and instances in each.
#[derive(Clone, Copy)]
pub struct Size {
    pub states: usize,
    pub instances: usize,
}

/// The kinds of objects, in the order in which they take turns.
const KINDS: [&str; 26] = [
    "aws_vpc",
    "aws_subnet",
    "aws_security_group",
    "aws_s3_bucket",
    "aws_iam_role",
    "aws_kms_key",
    "aws_sqs_queue",
    "aws_route53_zone",
    "aws_lb",
    "aws_cloudwatch_log_group",
    "aws_instance",
    "aws_iam_policy",
    "aws_s3_bucket_policy",
    "aws_lambda_function",
    "aws_route53_record",
    "aws_iam_role_policy",
    "aws_ecr_repository",
    "random_password",
    "aws_key_pair",
    "aws_dynamodb_table",
    "aws_ssm_parameter",
    "aws_kms_grant",
    "aws_lakeformation_resource",
    "aws_s3_object",
    "aws_autoscaling_notification",
    "aws_iam_openid_connect_provider",
];

const ACCOUNTS: [&str; 3] = ["204817365092", "371905826417", "518260943377"];
const REGIONS: [&str; 2] = ["eu-central-1", "us-east-1"];

/// One state's document; what is true of it is added to `truth`.
pub fn state(number: usize, size: Size, truth: &mut Truth) -> Value {
    let mut writer = Writer {
        number,
        size,
        truth,
        address: String::new(),
    };
    let mut resources: Vec<Value> = (0..KINDS.len()).map(|kind| writer.resource(kind)).collect();
    resources.push(writer.lookup());
    resources.push(writer.session());
    resources.extend(writer.second_owner());
    json!({
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": number % 97 + 1,
        "lineage": format!("{:08x}-0000-4000-8000-{number:012x}", hash(number as u64) as u32),
        "outputs": {"stack": {"value": format!("stack-{number:04}"), "type": "string"}},
        "resources": resources,
        "check_results": null,
    })
}

/// Where an object stands: its state, its kind and its number among those of its kind.
#[derive(Clone, Copy)]
struct Object {
    state: usize,
    kind: usize,
    index: usize,
}

impl Object {
    fn seed(self) -> u64 {
        hash((self.state * 100_000 + self.kind * 1_000 + self.index) as u64)
    }

    fn account(self) -> &'static str {
        ACCOUNTS[self.state % ACCOUNTS.len()]
    }

    fn region(self) -> &'static str {
        REGIONS[self.state / ACCOUNTS.len() % REGIONS.len()]
    }

    fn address(self) -> String {
        format!("{}.this[\"k{:03}\"]", KINDS[self.kind], self.index)
    }

    fn ec2(self, prefix: &str) -> String {
        format!("{prefix}-0{:016x}", self.seed())
    }

    /// A name of its own; a third of the roles, log groups and repositories have one that is there in
    /// every account and, but for roles, region.
    fn name(self) -> String {
        let word = KINDS[self.kind].rsplit('_').next().unwrap_or_default();
        if self.has_common_name() {
            let places = match word {
                "role" => ACCOUNTS.len(),
                _ => ACCOUNTS.len() * REGIONS.len(),
            };
            return format!("app-{:03}-{word}-{:02}", self.state / places, self.index);
        }
        format!("stack-{:04}-{word}-{:02}", self.state, self.index)
    }

    fn has_common_name(self) -> bool {
        matches!(
            KINDS[self.kind],
            "aws_iam_role" | "aws_cloudwatch_log_group" | "aws_ecr_repository"
        ) && self.index % 3 == 2
    }

    fn regional_arn(self, service: &str, resource: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.region(),
            self.account()
        )
    }

    fn id(self) -> String {
        let name = self.name();
        match KINDS[self.kind] {
            "aws_vpc" => self.ec2("vpc"),
            "aws_subnet" => self.ec2("subnet"),
            "aws_security_group" => self.ec2("sg"),
            "aws_instance" => self.ec2("i"),
            "aws_kms_key" => {
                let digits = format!("{:016x}{:016x}", self.seed(), hash(self.seed()));
                format!(
                    "{}-{}-4{}-a{}-{}",
                    &digits[..8],
                    &digits[8..12],
                    &digits[13..16],
                    &digits[17..20],
                    &digits[20..]
                )
            }
            "aws_sqs_queue" => {
                format!(
                    "https://sqs.{}.amazonaws.com/{}/{name}",
                    self.region(),
                    self.account()
                )
            }
            "aws_route53_zone" => format!("Z{:016X}", self.seed()),
            "aws_lb" | "aws_iam_policy" | "aws_iam_openid_connect_provider" => self.arn(),
            "random_password" => "none".to_owned(),
            _ => name,
        }
    }

    fn arn(self) -> String {
        let (id, name) = match KINDS[self.kind] {
            "aws_lb" | "aws_iam_policy" | "aws_iam_openid_connect_provider" => {
                (String::new(), self.name())
            }
            _ => (self.id(), self.name()),
        };
        match KINDS[self.kind] {
            "aws_vpc" => self.regional_arn("ec2", &format!("vpc/{id}")),
            "aws_subnet" => self.regional_arn("ec2", &format!("subnet/{id}")),
            "aws_security_group" => self.regional_arn("ec2", &format!("security-group/{id}")),
            "aws_instance" => self.regional_arn("ec2", &format!("instance/{id}")),
            "aws_kms_key" => self.regional_arn("kms", &format!("key/{id}")),
            "aws_sqs_queue" => self.regional_arn("sqs", &name),
            "aws_route53_zone" => format!("arn:aws:route53:::hostedzone/{id}"),
            "aws_lb" => {
                let tail = format!("loadbalancer/app/{name}/{:016x}", self.seed());
                self.regional_arn("elasticloadbalancing", &tail)
            }
            "aws_cloudwatch_log_group" => self.regional_arn("logs", &format!("log-group:{name}")),
            "aws_lambda_function" => self.regional_arn("lambda", &format!("function:{name}")),
            "aws_ecr_repository" => self.regional_arn("ecr", &format!("repository/{name}")),
            "aws_s3_bucket" => format!("arn:aws:s3:::{name}"),
            "aws_key_pair" => self.regional_arn("ec2", &format!("key-pair/{name}")),
            "aws_dynamodb_table" => self.regional_arn("dynamodb", &format!("table/{name}")),
            "aws_ssm_parameter" => self.regional_arn("ssm", &format!("parameter/{name}")),
            "aws_iam_openid_connect_provider" => {
                format!(
                    "arn:aws:iam::{}:oidc-provider/{}",
                    self.account(),
                    self.issuer()
                )
            }
            "aws_iam_policy" => format!("arn:aws:iam::{}:policy/{name}", self.account()),
            _ => format!("arn:aws:iam::{}:role/{name}", self.account()),
        }
    }

    fn dns_name(self) -> String {
        let number = self.seed() % 10_000_000_000;
        format!(
            "{}-{number}.{}.elb.amazonaws.com",
            self.name(),
            self.region()
        )
    }

    fn repository_url(self) -> String {
        format!(
            "{}.dkr.ecr.{}.amazonaws.com/{}",
            self.account(),
            self.region(),
            self.name()
        )
    }

    /// The address of the cluster that a provider of identities stands for.
    fn issuer(self) -> String {
        let digits = format!("{:016X}{:016X}", self.seed(), hash(self.seed()));
        format!("oidc.eks.{}.amazonaws.com/id/{digits}", self.region())
    }

    /// Whether the next state manages the object too, as its first bucket.
    fn is_owned_twice(self, size: Size) -> bool {
        KINDS[self.kind] == "aws_s3_bucket"
            && self.index == 0
            && self.state % 10 == 3
            && self.state + 1 < size.states
    }
}

/// Writes one state.
struct Writer<'t> {
    number: usize,
    size: Size,
    truth: &'t mut Truth,
    /// The address of the instance that is being written.
    address: String,
}

impl Writer<'_> {
    fn count(&self, kind: usize) -> usize {
        (self.size.instances + KINDS.len() - 1 - kind) / KINDS.len()
    }

    fn resource(&mut self, kind: usize) -> Value {
        let instances: Vec<Value> = (0..self.count(kind))
            .map(|index| {
                let object = Object {
                    state: self.number,
                    kind,
                    index,
                };
                self.address = object.address();
                let attributes = self.attributes(object);
                instance(Some(format!("k{index:03}")), attributes)
            })
            .collect();
        resource("managed", KINDS[kind], "this", instances)
    }

    /// An object of the kind `kind` in a state that lies `distance` behind this one; the reference to
    /// it is true from now on if the state is another one and the object nobody else's.
    fn refer(&mut self, kind: &str, distance: usize, index: usize) -> Object {
        let kind = KINDS
            .iter()
            .position(|known| *known == kind)
            .unwrap_or_default();
        let object = Object {
            state: (self.number + self.size.states - distance % self.size.states)
                % self.size.states,
            kind,
            index: index % self.count(kind),
        };
        if object.state != self.number && !object.is_owned_twice(self.size) {
            let consumer = (self.number, self.address.clone());
            self.truth
                .links
                .insert((consumer, (object.state, object.address())));
        }
        object
    }

    /// An object that is mentioned where that makes nothing depend on it.
    fn mention(&self, kind: &str, distance: usize) -> Object {
        Object {
            state: (self.number + self.size.states - distance % self.size.states)
                % self.size.states,
            kind: KINDS
                .iter()
                .position(|known| *known == kind)
                .unwrap_or_default(),
            index: 0,
        }
    }

    fn attributes(&mut self, object: Object) -> Value {
        let mut attributes = filler(object);
        let own = match KINDS[object.kind] {
            "aws_s3_bucket_policy"
            | "aws_route53_record"
            | "aws_iam_role_policy"
            | "aws_kms_grant"
            | "aws_lakeformation_resource"
            | "aws_s3_object"
            | "aws_autoscaling_notification"
            | "random_password" => Value::Null,
            _ => json!({"arn": object.arn(), "id": object.id()}),
        };
        for part in [own, self.special(object)] {
            if let Value::Object(part) = part {
                attributes.extend(part);
            }
        }
        attributes.sort_keys();
        Value::Object(attributes)
    }

    /// What an object of its kind has, references among it. `index` spreads them over the states.
    fn special(&mut self, object: Object) -> Value {
        let (name, index) = (object.name(), object.index);
        match KINDS[object.kind] {
            "aws_vpc" => json!({"owner_id": object.account(), "cidr_block": "10.0.0.0/16"}),
            "aws_subnet" => json!({"vpc_id": self.refer("aws_vpc", index % 2, index).id()}),
            "aws_security_group" => {
                let group = self
                    .refer("aws_security_group", 1 + index % 3, index + 1)
                    .id();
                json!({
                    "name": name,
                    "vpc_id": self.refer("aws_vpc", 0, index).id(),
                    "egress": [{"security_groups": [group], "cidr_blocks": ["10.0.0.0/8"], "protocol": "-1"}],
                })
            }
            "aws_s3_bucket" => {
                json!({"bucket": name, "bucket_domain_name": format!("{name}.s3.amazonaws.com"),
                    "force_destroy": false})
            }
            "aws_iam_role" => {
                let role = self.refer("aws_iam_role", 1 + index % 4, index).arn();
                let attached = self.mention("aws_iam_policy", 2).arn();
                json!({"name": name, "assume_role_policy": policy(&[role], "sts:AssumeRole"),
                    "managed_policy_arns": [attached]})
            }
            "aws_kms_key" => json!({"key_id": object.id(), "is_enabled": true}),
            "aws_sqs_queue" => {
                let key = self.refer("aws_kms_key", 2, index).id();
                json!({"name": name, "url": object.id(), "kms_master_key_id": key})
            }
            "aws_route53_zone" => json!({"zone_id": object.id(), "name": "example.com"}),
            "aws_lb" => {
                let bucket = self.refer("aws_s3_bucket", 1, index).id();
                let subnets: Vec<String> = (0..2)
                    .map(|n| self.refer("aws_subnet", 1 + index % 2, index + n).id())
                    .collect();
                json!({"name": name, "dns_name": object.dns_name(), "zone_id": "Z215JYRZR1TBD5",
                    "access_logs": [{"bucket": bucket, "enabled": true}], "subnets": subnets})
            }
            "aws_cloudwatch_log_group" => json!({"name": name, "retention_in_days": 90}),
            "aws_instance" => {
                let tagged = self.mention("aws_vpc", 5).id();
                let subnet = self.refer("aws_subnet", index % 5, index).id();
                let pair = self.refer("aws_key_pair", self.near(), index).name();
                json!({
                    "key_name": pair, "volume_tags": {"Vpc": tagged},
                    "ami": "ami-0123456789abcdef0", "subnet_id": subnet,
                    "description": format!("moved from {}", self.mention("aws_subnet", 3).id()),
                    "tags": {"Name": name, "Vpc": tagged}, "user_data": "86400",
                })
            }
            "aws_iam_policy" => {
                let bucket = self.refer("aws_s3_bucket", 1 + index % 6, index).arn();
                let queue = self.refer("aws_sqs_queue", 2, index).arn();
                let group = self.refer("aws_cloudwatch_log_group", 3, index).arn();
                let vpc = self.refer("aws_vpc", 4, index).arn();
                let longer = self.mention("aws_s3_bucket", 9).arn();
                let pattern = self.mention("aws_sqs_queue", 9).arn();
                let resources = [
                    format!("{bucket}/app/*"),
                    queue,
                    format!("{group}:*"),
                    vpc,
                    // None of these names the object that it begins like.
                    format!("{longer}-old/*"),
                    format!("{pattern}*"),
                    format!("arn:aws:iam::{}:root", object.account()),
                ];
                json!({"name": name, "policy": policy(&resources, "s3:GetObject")})
            }
            "aws_s3_bucket_policy" => {
                let bucket = self.refer("aws_s3_bucket", index % 3, index).id();
                json!({"bucket": bucket, "id": bucket, "policy": policy(&["*".to_owned()], "s3:*")})
            }
            "aws_lambda_function" => {
                let role = self.refer("aws_iam_role", 3, index).arn();
                let queue = self.refer("aws_sqs_queue", 1, index).id();
                let balancer = self.refer("aws_lb", 2, index).dns_name();
                let image = self.refer("aws_ecr_repository", 3, index).repository_url();
                // Nothing but its place says that this is the name of a bucket.
                let bucket = self.refer("aws_s3_bucket", 7, index + 1).id();
                let issuer = self.mention("aws_iam_openid_connect_provider", 4).issuer();
                json!({
                    "function_name": name, "role": role, "image_uri": format!("{image}:v1.{index}"),
                    "environment": [{"variables": {"QUEUE": queue, "UPSTREAM": format!("http://{balancer}:8080/x"),
                        "STAGE": "production", "UPLOADS": bucket, "ISSUER": format!("https://{issuer}")}}],
                    "timeout": 30,
                })
            }
            "aws_route53_record" => {
                let zone = self.refer("aws_route53_zone", 1 + index % 2, index).id();
                let balancer = self.refer("aws_lb", 1, index).dns_name();
                json!({
                    "id": format!("{zone}_{name}_A"), "zone_id": zone, "name": name,
                    "alias": [{"name": balancer, "zone_id": "Z215JYRZR1TBD5"}],
                })
            }
            "aws_iam_role_policy" => {
                // A name is meant within one account: a state three before this one has the same.
                let distance = if self.number < 3 { 0 } else { 3 * (index % 2) };
                let role = self.refer("aws_iam_role", distance, index).name();
                json!({"id": format!("{role}:{name}"), "role": role,
                    "policy": policy(&["*".to_owned()], "logs:*")})
            }
            "aws_ecr_repository" => {
                json!({"name": name, "repository_url": object.repository_url()})
            }
            "aws_key_pair" => json!({"key_name": name}),
            "aws_dynamodb_table" => {
                json!({"name": name, "hash_key": self.mention("aws_key_pair", self.near()).name()})
            }
            "aws_ssm_parameter" => {
                let key = self.refer("aws_kms_key", 3, index).id();
                json!({"name": name, "key_id": key, "type": "SecureString"})
            }
            "aws_kms_grant" => {
                let key = self.refer("aws_kms_key", 1, index).id();
                json!({"id": format!("{key}:{:x}", object.seed()), "key_id": key})
            }
            "aws_lakeformation_resource" => {
                let bucket = self.refer("aws_s3_bucket", 4, index).arn();
                json!({"arn": bucket, "id": bucket})
            }
            "aws_s3_object" => {
                let bucket = self.refer("aws_s3_bucket", 1, index).id();
                let key = format!("lambda/9f86d081884c7d659a2feaa0c55ad015a3bf4f1{index}");
                json!({"bucket": bucket, "id": key, "key": key})
            }
            "aws_autoscaling_notification" => {
                let topic = object.regional_arn("sns", "scaling-events");
                json!({"id": topic, "topic_arn": topic, "group_names": [name]})
            }
            "aws_iam_openid_connect_provider" => json!({"url": object.issuer()}),
            _ => json!({"id": "none", "length": 32, "result": format!("{:032x}", object.seed())}),
        }
    }

    /// A data source that looks up a VPC of another state.
    fn lookup(&mut self) -> Value {
        self.address = "data.aws_vpc.shared".to_owned();
        let vpc = self.refer("aws_vpc", 1, 0);
        let attributes =
            json!({"arn": vpc.arn(), "cidr_block": "10.0.0.0/16", "id": vpc.id(), "tags": {}});
        resource(
            "data",
            "aws_vpc",
            "shared",
            vec![instance(None, attributes)],
        )
    }

    /// How far before this state one lies in the same account and region: there a name is meant.
    fn near(&self) -> usize {
        match self.number {
            0..6 => 0,
            _ => 6,
        }
    }

    /// A data source that says who asks.
    fn session(&self) -> Value {
        let role = self.mention("aws_iam_role", 1);
        let attributes = json!({"issuer_arn": role.arn(), "issuer_name": role.name()});
        resource(
            "data",
            "aws_iam_session_context",
            "current",
            vec![instance(None, attributes)],
        )
    }

    /// A bucket of the state before, managed here too.
    fn second_owner(&mut self) -> Option<Value> {
        let mut first = self.mention("aws_s3_bucket", 1);
        first.state = self.number.checked_sub(1)?;
        if !first.is_owned_twice(self.size) {
            return None;
        }
        let here = (self.number, "aws_s3_bucket.inherited".to_owned());
        let there = (first.state, first.address());
        self.truth.owned_twice.insert((here.clone(), there.clone()));
        self.truth.owned_twice.insert((there, here));
        let attributes = json!({"arn": first.arn(), "bucket": first.name(), "id": first.id()});
        Some(resource(
            "managed",
            "aws_s3_bucket",
            "inherited",
            vec![instance(None, attributes)],
        ))
    }
}

fn resource(mode: &str, kind: &str, name: &str, instances: Vec<Value>) -> Value {
    let provider = kind.split('_').next().unwrap_or(kind);
    json!({
        "mode": mode, "type": kind, "name": name,
        "provider": format!("provider[\"registry.terraform.io/hashicorp/{provider}\"]"),
        "instances": instances,
    })
}

fn instance(key: Option<String>, attributes: Value) -> Value {
    let mut instance = Map::new();
    instance.extend(key.map(|key| ("index_key".to_owned(), json!(key))));
    instance.insert("schema_version".to_owned(), json!(1));
    instance.insert("attributes".to_owned(), attributes);
    instance.insert("sensitive_attributes".to_owned(), json!([]));
    Value::Object(instance)
}

fn policy(resources: &[String], action: &str) -> String {
    let statement = json!({"Action": action, "Effect": "Allow", "Resource": resources});
    json!({"Statement": [statement], "Version": "2012-10-17"}).to_string()
}

/// What an object has besides: enough to give a state the size of a real one.
fn filler(object: Object) -> Map<String, Value> {
    let rule = |port: u64| {
        json!({
            "cidr_blocks": ["10.0.0.0/8"], "from_port": port, "protocol": "tcp", "self": false,
            "description": format!("port {port} from the office network and its branches"),
            "to_port": port, "ipv6_cidr_blocks": [], "prefix_list_ids": [], "security_groups": [],
        })
    };
    let tags = json!({
        "CostCenter": format!("cc-{:04}", object.seed() % 40), "Environment": "production",
        "ManagedBy": "terraform", "Name": object.name(), "Owner": "platform",
    });
    let value = json!({
        "availability_zone": format!("{}a", object.region()),
        "description": format!("Created for stack {}; do not change by hand.", object.state),
        "account": object.account(),
        "ebs_block_device": [{"delete_on_termination": true, "encrypted": true, "iops": 3000,
            "throughput": 125, "volume_id": object.ec2("vol"), "volume_size": 20, "volume_type": "gp3"}],
        "ingress": [rule(22), rule(443), rule(8080)],
        "private_ip": format!("10.{}.{}.7", object.seed() % 250, object.seed() / 7 % 250),
        "region": object.region(), "tags": tags, "tags_all": tags, "timeouts": null,
    });
    match value {
        Value::Object(filler) => filler,
        _ => Map::new(),
    }
}

/// A number that looks random and is always the same (splitmix64).
fn hash(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
