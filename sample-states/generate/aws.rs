//! Where an AWS stack runs, and what every AWS object shares: ARNs, tags, regions.

use serde_json::{Map, Value, json};

/// The account, region and owner of a stack.
#[derive(Clone, Copy)]
pub struct Aws {
    /// The twelve digits of the account.
    pub account: &'static str,
    /// The region, `eu-west-1` for nearly everything at Harbor.
    pub region: &'static str,
    /// `dev`, `staging` or `prod`.
    pub env: &'static str,
    /// The team that owns the stack.
    pub team: &'static str,
    /// The stack's name.
    pub stack: &'static str,
}

impl Aws {
    /// The stack `stack` of `team` in the account of the environment `env`.
    pub fn new(team: &'static str, env: &'static str, stack: &'static str) -> Self {
        let account = match env {
            "dev" => "204817365092",
            "staging" => "371905826417",
            _ => "518260943377",
        };
        Self {
            account,
            region: "eu-west-1",
            env,
            team,
            stack,
        }
    }

    /// The same stack in another region.
    pub fn region(self, region: &'static str) -> Self {
        Self { region, ..self }
    }

    /// An ARN with region and account.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:aws:{service}:{}:{}:{resource}",
            self.region, self.account
        )
    }

    /// An IAM ARN, which has no region.
    pub fn iam_arn(&self, resource: &str) -> String {
        format!("arn:aws:iam::{}:{resource}", self.account)
    }

    /// `harbor-ENV-NAME`, the name of most things.
    pub fn named(&self, name: &str) -> String {
        format!("harbor-{}-{name}", self.env)
    }

    /// The availability zone with that letter.
    pub fn zone(&self, letter: &str) -> String {
        format!("{}{letter}", self.region)
    }

    /// Adds `tags` with that name, and `tags_all` with the default tags of the provider.
    pub fn tagged(&self, name: &str, mut attributes: Value) -> Value {
        attributes["tags"] = json!({ "Name": name });
        attributes["tags_all"] = json!({
            "CostCenter": match self.team { "platform" => "1001", "data" => "1002", _ => "1003" },
            "Environment": self.env,
            "ManagedBy": "terraform",
            "Name": name,
            "Stack": self.stack,
            "Team": self.team,
        });
        attributes
    }

    /// An IAM policy document in the compact JSON in which the API gives it back.
    pub fn policy(statements: Value) -> String {
        json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
    }

    /// A trust policy for an AWS service.
    pub fn trust(service: &str) -> String {
        Self::policy(json!([{
            "Action": "sts:AssumeRole",
            "Effect": "Allow",
            "Principal": { "Service": format!("{service}.amazonaws.com") },
        }]))
    }
}

/// Replaces and adds top-level attributes.
pub fn with(mut attributes: Value, changes: Value) -> Value {
    if let (Value::Object(fields), Value::Object(changes)) = (&mut attributes, changes) {
        fields.extend(changes);
    }
    attributes
}

/// Takes the tags away, default tags included.
pub fn untagged(attributes: Value) -> Value {
    with(attributes, json!({ "tags": null, "tags_all": {} }))
}

/// Adds tags of an object's own to the ones it has.
pub fn more_tags(mut attributes: Value, tags: Value) -> Value {
    let tags: Map<String, Value> = tags.as_object().cloned().unwrap_or_default();
    for field in ["tags", "tags_all"] {
        if let Some(present) = attributes[field].as_object_mut() {
            present.extend(tags.clone());
        }
    }
    attributes
}
