//! Writes the sample history: a repository in which Harbor, the company of the sample states, kept one of
//! its shops before it had many.
//!
//! `cargo run --example generate-sample-history [DIR]` writes it into `DIR`, by default `docs/harbor.git`
//! of the project: a repository without a working tree, whose objects are the same in every run.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use gix::ObjectId;
use gix::objs::tree::{Entry, EntryKind};
use serde_json::{Map, Value, json};

/// One day's work.
struct Commit {
    author: &'static str,
    /// Seconds since 1970.
    time: u64,
    subject: &'static str,
    /// Every file of the tree by its path, with at most one folder above it.
    files: Vec<(&'static str, String)>,
}

/// An address within its module, and the attributes.
type Object = (&'static str, &'static str, Value);

fn main() -> ExitCode {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = env::args_os()
        .nth(1)
        .map_or_else(|| project.join("docs/harbor.git"), PathBuf::from);
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("generate-sample-history: {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

/// Writes the repository.
///
/// # Errors
///
/// When the folder is there already, or cannot be written.
pub fn write(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let repository = gix::init_bare(folder)?;
    // What git puts there for people who use a repository, and nobody uses this one.
    for unused in ["hooks", "info", "description"] {
        let unused = folder.join(unused);
        let _ = fs::remove_dir_all(&unused).or_else(|_| fs::remove_file(&unused));
    }
    let mut head: Option<ObjectId> = None;
    for commit in commits() {
        let tree = tree(&repository, &commit.files)?;
        let email = format!("{}@harbor.example", commit.author.to_lowercase());
        let time = format!("{} +0000", commit.time);
        let who = gix::actor::SignatureRef {
            name: commit.author.into(),
            email: email.as_str().into(),
            time: &time,
        };
        let made = repository.commit_as(who, who, "HEAD", commit.subject, tree, head)?;
        head = Some(made.detach());
    }
    Ok(())
}

fn tree(
    repository: &gix::Repository,
    files: &[(&str, String)],
) -> Result<ObjectId, Box<dyn std::error::Error>> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut folders: Vec<&str> = Vec::new();
    for (path, text) in files {
        match path.split_once('/') {
            Some((folder, _)) if folders.contains(&folder) => {}
            Some((folder, _)) => {
                folders.push(folder);
                let below: Vec<(&str, String)> = files
                    .iter()
                    .filter_map(|(path, text)| {
                        let (above, name) = path.split_once('/')?;
                        (above == folder).then(|| (name, text.clone()))
                    })
                    .collect();
                entries.push(Entry {
                    mode: EntryKind::Tree.into(),
                    filename: folder.into(),
                    oid: tree(repository, &below)?,
                });
            }
            None => entries.push(Entry {
                mode: EntryKind::Blob.into(),
                filename: (*path).into(),
                oid: repository.write_blob(text)?.detach(),
            }),
        }
    }
    entries.sort();
    Ok(repository
        .write_object(&gix::objs::Tree { entries })?
        .detach())
}

fn commits() -> Vec<Commit> {
    let server = |kind: &str, image: &str, id: &str| -> Object {
        (
            "aws_instance",
            "web",
            json!({
                "ami": image, "arn": format!("arn:aws:ec2:eu-central-1:111122223333:instance/{id}"),
                "id": id, "instance_type": kind, "subnet_id": "subnet-0aa11bb22cc33dd44",
                "tags": { "Name": "shop-web", "Team": "shop" },
                "vpc_security_group_ids": ["sg-0f1e2d3c4b5a69788"],
            }),
        )
    };
    let firewall = |sources: &[&str]| -> Object {
        (
            "aws_security_group",
            "web",
            json!({
                "arn": "arn:aws:ec2:eu-central-1:111122223333:security-group/sg-0f1e2d3c4b5a69788",
                "description": "The shop's web servers", "id": "sg-0f1e2d3c4b5a69788",
                "ingress": [{
                    "cidr_blocks": sources, "from_port": 443, "protocol": "tcp", "to_port": 443,
                }],
                "name": "shop-web", "vpc_id": "vpc-0123456789abcdef0",
            }),
        )
    };
    let database = |password: &str| -> Object {
        (
            "aws_db_instance",
            "orders",
            json!({
                "arn": "arn:aws:rds:eu-central-1:111122223333:db:orders", "engine": "postgres",
                "engine_version": "16.3", "id": "db-ORDERS7Q2M", "identifier": "orders",
                "instance_class": "db.t4g.medium", "password": password, "username": "orders",
            }),
        )
    };
    let (small, large) = ("t3.small", "t3.large");
    let (old_image, new_image) = ("ami-0a1b2c3d4e5f60718", "ami-0f9e8d7c6b5a40312");
    let (old_server, new_server) = ("i-0a11111111111111a", "i-0b22222222222222b");
    let office = ["10.0.0.0/8"];
    let partners = ["10.0.0.0/8", "203.0.113.0/24"];
    let first = database("wharf-lantern-4471");
    let second = database("tide-anchor-9083");
    let code = |kind: &str, sources: &str| {
        format!(
            "resource \"aws_instance\" \"web\" {{\n  instance_type = \"{kind}\"\n}}\n\n\
             resource \"aws_security_group\" \"web\" {{\n  name = \"shop-web\" # from {sources}\n}}\n"
        )
    };
    let (plain, open) = ("the office", "the office and partners");
    let shop = |code: String, serial: u64, objects: &[Object]| {
        vec![
            ("shop/main.tf", code),
            ("shop/terraform.tfstate", state(serial, SHOP, objects)),
        ]
    };
    let data = (
        "data/terraform.tfstate",
        state(1, DATA, std::slice::from_ref(&second)),
    );
    let with_data = |mut files: Vec<(&'static str, String)>| {
        files.push(data.clone());
        files
    };
    let old = |kind: &str| server(kind, old_image, old_server);
    let new = server(large, new_image, new_server);
    vec![
        Commit {
            author: "Ada",
            time: 1_768_212_000,
            subject: "Open the shop",
            files: shop(
                code(small, plain),
                3,
                &[old(small), firewall(&office), first.clone()],
            ),
        },
        Commit {
            author: "Grace",
            time: 1_770_117_300,
            subject: "Larger web servers for the sale",
            files: shop(
                code(large, plain),
                5,
                &[old(large), firewall(&office), first.clone()],
            ),
        },
        Commit {
            author: "Linus",
            time: 1_773_912_600,
            subject: "Let partners in",
            files: shop(
                code(large, open),
                6,
                &[old(large), firewall(&partners), first],
            ),
        },
        Commit {
            author: "Ada",
            time: 1_775_138_400,
            subject: "Rotate the database's password",
            files: shop(
                code(large, open),
                8,
                &[old(large), firewall(&partners), second.clone()],
            ),
        },
        Commit {
            author: "Grace",
            time: 1_778_494_500,
            subject: "Give the database a state of its own",
            files: with_data(shop(
                code(large, open),
                9,
                &[old(large), firewall(&partners)],
            )),
        },
        Commit {
            author: "Linus",
            time: 1_782_209_700,
            subject: "Rebuild the web server from a new image",
            files: with_data(shop(code(large, open), 11, &[new, firewall(&partners)])),
        },
    ]
}

const SHOP: &str = "3b9c7a52-5f1d-4c0e-8a7f-2d6b1e9c4f30";
const DATA: &str = "c41f0d7e-92ab-4f66-b1d8-70e5a3c2964b";

/// A state as Terraform writes it.
fn state(serial: u64, lineage: &str, objects: &[Object]) -> String {
    let mut objects = objects.to_vec();
    objects.sort_by_key(|(kind, name, _)| (*kind, *name));
    let resources: Vec<Value> = objects
        .iter()
        .map(|(kind, name, attributes)| {
            let mut instance = Map::new();
            instance.insert("schema_version".to_owned(), json!(1));
            instance.insert("attributes".to_owned(), attributes.clone());
            let marked = match attributes.get("password") {
                Some(_) => json!([[{ "type": "get_attr", "value": "password" }]]),
                None => json!([]),
            };
            instance.insert("sensitive_attributes".to_owned(), marked);
            json!({
                "mode": "managed", "type": kind, "name": name,
                "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]",
                "instances": [instance],
            })
        })
        .collect();
    let state = json!({
        "version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": lineage,
        "outputs": {}, "resources": resources, "check_results": null,
    });
    format!("{state:#}\n")
}
