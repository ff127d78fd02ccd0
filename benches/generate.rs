//! Writes many states for measuring: `cargo run --release --example generate-bench-states -- DIR
//! [STATES] [INSTANCES] [--linked] [--attribute-bytes N]`, by default 1,000 states of 300 instances,
//! 0.8 MB each.
//!
//! With `--linked` the states refer to each other, and `DIR/links.csv` says what refers to what. With
//! `--attribute-bytes` an instance has about so many bytes of attributes, in place of about 1,400;
//! 240 are the fewest.
//!
//! Written as Terraform writes format version 4: indented by two spaces, attributes sorted. Every
//! run gives the same bytes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use serde_json::{Map, Value, json};

mod linked;

use linked::{Size, Truth};

/// Teams and environments, which become the folders.
const TEAMS: [&str; 5] = ["platform", "data", "shop", "search", "mobile"];
const ENVIRONMENTS: [&str; 4] = ["dev", "staging", "prod", "dr"];

/// The types of a state's resources, most of them instances of `for_each`.
const TYPES: [&str; 6] = [
    "aws_instance",
    "aws_security_group",
    "aws_s3_bucket",
    "aws_iam_role",
    "aws_subnet",
    "aws_route53_record",
];

/// Attributes that an instance can do without, in the order in which a short one loses them.
const DISPENSABLE: [&str; 7] = [
    "ingress",
    "ebs_block_device",
    "tags_all",
    "security_groups",
    "tags",
    "description",
    "arn",
];

const USAGE: &str = "usage: generate-bench-states DIR [STATES] [INSTANCES] [--linked] \
                     [--attribute-bytes N]; linked states have attributes of their own length";

/// What is asked for.
struct Options {
    directory: PathBuf,
    size: Size,
    linked: bool,
    attribute_bytes: Option<usize>,
}

fn main() -> ExitCode {
    let Some(options) = Options::parse(env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let Options {
        directory, size, ..
    } = &options;
    let written = match options.linked {
        true => write_linked(directory, *size),
        false => write(directory, size.states, |number| {
            state(number, size.instances, options.attribute_bytes)
        }),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("generate-bench-states: {}: {error}", directory.display());
            ExitCode::FAILURE
        }
    }
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
        let (mut linked, mut attribute_bytes, mut places) = (false, None, Vec::new());
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--linked" => linked = true,
                "--attribute-bytes" => attribute_bytes = Some(arguments.next()?.parse().ok()?),
                _ => places.push(argument),
            }
        }
        let count = |position: usize, default: usize| match places.get(position) {
            None => Some(default),
            Some(text) => text.parse().ok(),
        };
        let size = Size {
            states: count(1, 1000)?,
            instances: count(2, 300)?,
        };
        if linked && attribute_bytes.is_some() {
            return None;
        }
        Some(Options {
            directory: places.first()?.into(),
            size,
            linked,
            attribute_bytes,
        })
    }
}

fn environment(number: usize) -> &'static str {
    ENVIRONMENTS[number / TEAMS.len() % ENVIRONMENTS.len()]
}

/// The folder of a state, below the directory.
fn folder(number: usize) -> String {
    let team = TEAMS[number % TEAMS.len()];
    format!("{team}/{}/stack-{number:04}", environment(number))
}

fn write(directory: &Path, states: usize, mut state: impl FnMut(usize) -> Value) -> io::Result<()> {
    for number in 0..states {
        let folder = directory.join(folder(number));
        fs::create_dir_all(&folder)?;
        let mut bytes = serde_json::to_vec_pretty(&state(number))?;
        bytes.push(b'\n');
        fs::write(folder.join("terraform.tfstate"), bytes)?;
    }
    Ok(())
}

/// Writes states that refer to each other, and what refers to what.
fn write_linked(directory: &Path, size: Size) -> io::Result<()> {
    let mut truth = Truth::default();
    write(directory, size.states, |number| {
        linked::state(number, size, &mut truth)
    })?;
    let mut csv = "relation,state,address,other_state,other_address\n".to_owned();
    let relations = [("link", &truth.links), ("owned_twice", &truth.owned_twice)];
    for (relation, pairs) in relations {
        for ((state, address), (other_state, other_address)) in pairs {
            let quoted = |address: &str| format!("\"{}\"", address.replace('"', "\"\""));
            csv.extend([
                relation,
                ",",
                &folder(*state),
                ",",
                &quoted(address),
                ",",
                &folder(*other_state),
                ",",
                &quoted(other_address),
                "\n",
            ]);
        }
    }
    fs::write(directory.join("links.csv"), csv)
}

/// One state of so many instances.
pub fn state(number: usize, instances: usize, attribute_bytes: Option<usize>) -> Value {
    let each = instances.div_ceil(TYPES.len());
    let mut left = instances;
    let resources: Vec<Value> = TYPES
        .iter()
        .map(|type_name| {
            let here = each.min(left);
            left -= here;
            resource(number, type_name, here, attribute_bytes)
        })
        .collect();
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

fn resource(
    state: usize,
    type_name: &str,
    instances: usize,
    attribute_bytes: Option<usize>,
) -> Value {
    let environment = environment(state);
    let instance = |index: usize| {
        let mut attributes = attributes(state, environment, type_name, index);
        if let Some(bytes) = attribute_bytes {
            resize(&mut attributes, bytes);
        }
        json!({
            "index_key": format!("{environment}-{index:03}"),
            "schema_version": 1,
            "attributes": attributes,
            "sensitive_attributes": [],
            "private": "eyJzY2hlbWFfdmVyc2lvbiI6IjEifQ==",
            "dependencies": ["data.aws_caller_identity.current", "module.base.aws_vpc.this"],
        })
    };
    json!({
        "module": "module.base",
        "mode": "managed",
        "type": type_name,
        "name": "this",
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
        "instances": (0..instances).map(instance).collect::<Vec<_>>(),
    })
}

fn attributes(
    state: usize,
    environment: &str,
    type_name: &str,
    index: usize,
) -> Map<String, Value> {
    let seed = hash((state * 100_000 + index) as u64 ^ hash(type_name.len() as u64));
    let open = seed.is_multiple_of(50);
    let rule = |port: u64| {
        json!({
            "cidr_blocks": [if open { "0.0.0.0/0" } else { "10.0.0.0/8" }],
            "description": format!("port {port} from the office network and its branches"),
            "from_port": port, "protocol": "tcp", "self": false, "to_port": port,
        })
    };
    let tags = json!({
        "CostCenter": format!("cc-{:04}", seed % 40),
        "Environment": environment,
        "ManagedBy": "terraform",
        "Name": format!("{type_name}-{environment}-{index}"),
        "Owner": TEAMS[state % TEAMS.len()],
    });
    let mut attributes = Map::new();
    let mut set = |name: &str, value: Value| {
        attributes.insert(name.to_owned(), value);
    };
    set(
        "arn",
        json!(format!(
            "arn:aws:ec2:eu-central-1:123456789012:{type_name}/i-{seed:016x}"
        )),
    );
    set(
        "availability_zone",
        json!(format!(
            "eu-central-1{}",
            ["a", "b", "c"][seed as usize % 3]
        )),
    );
    set(
        "description",
        json!(format!(
            "Created for stack {state} in {environment}; do not change by hand."
        )),
    );
    set(
        "ebs_block_device",
        json!([{"delete_on_termination": true, "encrypted": !open, "iops": 3000, "throughput": 125,
        "volume_id": format!("vol-{seed:016x}"), "volume_size": 20 + seed % 80, "volume_type": "gp3"}]),
    );
    set("id", json!(format!("i-{seed:016x}")));
    set("ingress", json!([rule(22), rule(443), rule(8080)]));
    set(
        "instance_type",
        json!(["t3.micro", "t3.large", "m6i.xlarge", "c7g.2xlarge"][seed as usize % 4]),
    );
    set("name", json!(format!("{type_name}-{environment}-{index}")));
    set(
        "private_ip",
        json!(format!(
            "10.{}.{}.{}",
            seed % 250,
            seed / 7 % 250,
            seed / 11 % 250
        )),
    );
    set(
        "security_groups",
        json!(
            (0..4)
                .map(|n| format!("sg-{:017x}", hash(seed + n)))
                .collect::<Vec<_>>()
        ),
    );
    set(
        "subnet_id",
        json!(format!("subnet-{:017x}", hash(seed ^ 5))),
    );
    set("tags", tags.clone());
    set("tags_all", tags);
    set("timeouts", Value::Null);
    set("vpc_id", json!(format!("vpc-{:017x}", hash(state as u64))));
    attributes
}

/// Leaves attributes out, or adds a script, until there are about `bytes` of them.
fn resize(attributes: &mut Map<String, Value>, bytes: usize) {
    let length = |attributes: &Map<String, Value>| {
        let per_name = attributes.iter().map(|(name, value)| {
            let (quotes, separators) = (2, 2);
            name.len() + value.to_string().len() + quotes + separators
        });
        per_name.sum::<usize>()
    };
    for name in DISPENSABLE {
        if length(attributes) > bytes {
            attributes.shift_remove(name);
        }
    }
    let missing = bytes.saturating_sub(length(attributes) + "user_data".len());
    if missing > 0 {
        let script = "echo the next step of the set-up of this machine; ";
        let text: String = script.chars().cycle().take(missing).collect();
        attributes.insert("user_data".to_owned(), json!(text));
        attributes.sort_keys();
    }
}

/// A number that looks random and is always the same (splitmix64).
fn hash(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
