//! Writes many versions of one state as a stream for `git fast-import`:
//! `cargo run --release --example generate-bench-history -- [VERSIONS] [INSTANCES] [CHANGES] |
//! git -C REPOSITORY fast-import`, by default 2,000 versions of 5,000 instances, 3 of which change from
//! one to the next.
//!
//! A version follows the one before it by half a day, so that 2,000 are nearly three years; three authors
//! take turns. Written as Terraform writes format version 4. Every run gives the same bytes.

use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

const USAGE: &str = "usage: generate-bench-history [VERSIONS] [INSTANCES] [CHANGES]";

/// The first commit: 2024-01-01.
const FIRST: u64 = 1_704_067_200;
const HALF_A_DAY: u64 = 43_200;

const AUTHORS: [&str; 3] = ["Ada", "Grace", "Linus"];

fn main() -> ExitCode {
    let given: Result<Vec<usize>, _> = std::env::args().skip(1).map(|text| text.parse()).collect();
    let (versions, instances, changes) = match given.as_deref() {
        Ok([]) => (2_000, 5_000, 3),
        Ok([versions]) => (*versions, 5_000, 3),
        Ok([versions, instances]) => (*versions, *instances, 3),
        Ok([versions, instances, changes]) => (*versions, *instances, *changes),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match write(versions, instances.max(1), changes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("generate-bench-history: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(versions: usize, instances: usize, changes: usize) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut sizes = vec![0_usize; instances];
    for version in 0..versions {
        for change in 0..changes {
            // Spread over all instances, the same ones in every run.
            sizes[(version * 7_919 + change * 104_729) % instances] += 1;
        }
        let state = state(version, &sizes);
        let time = FIRST + version as u64 * HALF_A_DAY;
        let author = AUTHORS[version % AUTHORS.len()];
        let message = format!("Apply {version}");
        let who = format!(
            "{author} <{}@example.com> {time} +0000",
            author.to_lowercase()
        );
        writeln!(out, "commit refs/heads/main\nauthor {who}\ncommitter {who}")?;
        writeln!(out, "data {}\n{message}", message.len())?;
        writeln!(
            out,
            "M 100644 inline terraform.tfstate\ndata {}",
            state.len()
        )?;
        out.write_all(state.as_bytes())?;
        writeln!(out)?;
    }
    out.flush()
}

fn state(version: usize, sizes: &[usize]) -> String {
    let serial = version + 1;
    let mut text = String::with_capacity(sizes.len() * 1_100);
    let _ = write!(
        text,
        "{{\n  \"version\": 4,\n  \"terraform_version\": \"1.11.4\",\n  \"serial\": {serial},\n  \
         \"lineage\": \"6f1b8a52-0f0e-4c57-9f43-3d6c1e7d2b11\",\n  \"outputs\": {{}},\n  \"resources\": [\n"
    );
    for (number, size) in sizes.iter().enumerate() {
        let comma = if number + 1 < sizes.len() { "," } else { "" };
        let _ = write!(
            text,
            r#"    {{
      "mode": "managed",
      "type": "aws_instance",
      "name": "node_{number}",
      "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
      "instances": [
        {{
          "schema_version": 1,
          "attributes": {{
            "ami": "ami-{number:017x}",
            "arn": "arn:aws:ec2:eu-central-1:123456789012:instance/i-{number:017x}",
            "availability_zone": "eu-central-1a",
            "ebs_optimized": true,
            "id": "i-{number:017x}",
            "instance_type": "m7g.large",
            "private_ip": "10.{}.{}.{}",
            "root_block_device": [
              {{
                "delete_on_termination": true,
                "volume_id": "vol-{number:017x}",
                "volume_size": {size}
              }}
            ],
            "subnet_id": "subnet-0a1b2c3d4e5f60718",
            "tags": {{
              "Name": "node-{number}",
              "Team": "platform"
            }}
          }},
          "sensitive_attributes": [],
          "private": "eyJzY2hlbWFfdmVyc2lvbiI6IjEifQ=="
        }}
      ]
    }}{comma}
"#,
            number / 65_536,
            number / 256 % 256,
            number % 256
        );
    }
    text.push_str("  ],\n  \"check_results\": null\n}\n");
    text
}
