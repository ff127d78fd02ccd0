//! What a state offers to others: its outputs, and the instances whose ids they tell.

use std::collections::HashMap;
use std::sync::Arc;

use aho_corasick::AhoCorasick;
use serde_json::Value;

use super::digest::{Digest, Digester};
use super::distinctive::visit_distinctive;
use crate::format::address::Mode;
use crate::format::identity::{has_object, identities};
use crate::format::model::{Instance, Resource, State};

/// A state's outputs as others may have copied them.
#[derive(Debug)]
pub struct Produced {
    /// The root outputs, in the order of the document.
    pub outputs: Vec<ProducedOutput>,
    instances: HashMap<Digest, NamedInstance>,
}

/// An output of a state.
#[derive(Debug)]
pub struct ProducedOutput {
    /// Its name.
    pub name: Arc<str>,
    /// Its value.
    pub(super) exact: Digest,
    /// Its value as a flatmap would hold it.
    pub(super) loose: Digest,
}

/// A managed instance, by an attribute that names its real object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedInstance {
    /// Its address.
    pub address: Arc<str>,
    /// Its resource type.
    pub type_name: Arc<str>,
    /// The attribute, such as `id` or `arn`.
    pub attribute: Arc<str>,
}

impl Produced {
    /// The outputs of a state.
    pub fn of(state: &State<'_>, digester: &Digester) -> Produced {
        let values: Vec<Value> = state
            .outputs
            .iter()
            .map(|output| output.value.value())
            .collect();
        let outputs = state
            .outputs
            .iter()
            .zip(&values)
            .map(|(output, value)| ProducedOutput {
                name: Arc::from(&*output.name),
                exact: digester.exact(value),
                loose: digester.loose(value),
            });
        Produced {
            outputs: outputs.collect(),
            instances: named_instances(state, &values, digester),
        }
    }

    /// The output of a name.
    pub fn output(&self, name: &str) -> Option<&ProducedOutput> {
        self.outputs.iter().find(|output| &*output.name == name)
    }

    /// The instance that a text within an output names; `None` where there is none, or several and
    /// none of them is what the others depend on.
    pub fn instance(&self, leaf: Digest) -> Option<&NamedInstance> {
        self.instances.get(&leaf)
    }
}

/// The instances that a text of the outputs names.
#[derive(Default)]
struct Claims<'s> {
    /// Those whose object has the text as an identity.
    owners: Vec<Claim<'s>>,
    /// Those that have no object of their own and the text as their id, as `random_pet` does. Found
    /// elsewhere it would tell nothing; that an output tells it is the proof.
    makers: Vec<Claim<'s>>,
}

/// An instance that a text of the outputs names.
struct Claim<'s> {
    resource: &'s Resource<'s>,
    instance: &'s Instance<'s>,
    attribute: &'static str,
}

/// The instances that texts of the outputs name. Only instances that hold such a text are parsed.
fn named_instances(
    state: &State<'_>,
    outputs: &[Value],
    digester: &Digester,
) -> HashMap<Digest, NamedInstance> {
    let mut claims: HashMap<&str, Claims<'_>> = HashMap::new();
    for value in outputs {
        visit_distinctive(value, &mut |text| {
            claims.entry(text).or_default();
        });
    }
    let Some(search) = search(claims.keys()) else {
        return HashMap::new();
    };
    for resource in state
        .resources
        .iter()
        .filter(|resource| resource.mode() == Mode::Managed)
    {
        for instance in &resource.instances {
            if instance.deposed.is_some() || !search.is_match(instance.attributes.text()) {
                continue;
            }
            let claim = |attribute| Claim {
                resource,
                instance,
                attribute,
            };
            identities(resource, instance, &mut |attribute, value| {
                if let Some(claims) = claims.get_mut(value) {
                    claims.owners.push(claim(attribute));
                }
            });
            if has_object(resource) {
                continue;
            }
            let attributes = instance.attributes.value();
            let id = attributes.get("id").and_then(Value::as_str);
            if let Some(claims) = id.and_then(|id| claims.get_mut(id)) {
                claims.makers.push(claim("id"));
            }
        }
    }
    let named = claims.into_iter().filter_map(|(text, claims)| {
        let claim = match claims.owners.as_slice() {
            [] => first_of_all(&claims.makers)?,
            owners => first_of_all(owners)?,
        };
        let instance = NamedInstance {
            address: claim
                .resource
                .instance_address(claim.instance)
                .to_string()
                .into(),
            type_name: Arc::from(claim.resource.address.type_name.as_str()),
            attribute: Arc::from(claim.attribute),
        };
        Some((digester.text(text), instance))
    });
    named.collect()
}

/// Looks for any of the texts as JSON writes them, with its quotes. `None` if there are none to look
/// for.
fn search<'t>(texts: impl Iterator<Item = &'t &'t str>) -> Option<AhoCorasick> {
    let mut patterns = Vec::new();
    for text in texts {
        let written = Value::from(*text).to_string();
        // Terraform escapes these for HTML.
        if written.contains(['<', '>', '&']) {
            let escaped = written.replace('<', r"\u003c").replace('>', r"\u003e");
            patterns.push(escaped.replace('&', r"\u0026"));
        }
        patterns.push(written);
    }
    (!patterns.is_empty()).then(|| AhoCorasick::new(patterns).ok())?
}

/// The one instance that names an object first: a bucket's policy and its versioning have the
/// bucket's id, and depend on it.
fn first_of_all<'c, 's>(claims: &'c [Claim<'s>]) -> Option<&'c Claim<'s>> {
    let (first, others) = claims.split_first()?;
    let is_one = |other: &Claim<'_>| std::ptr::eq(first.instance, other.instance);
    if others.iter().all(is_one) {
        return Some(first);
    }
    let configs: Vec<String> = claims
        .iter()
        .map(|claim| claim.resource.address.config().to_string())
        .collect();
    let depends_on_another = |claim: &Claim<'_>| {
        let own = claim.resource.address.config().to_string();
        let dependencies = claim.instance.dependencies();
        configs
            .iter()
            .any(|config| *config != own && dependencies.contains(config))
    };
    let mut independent = claims.iter().filter(|claim| !depends_on_another(claim));
    let found = independent.next()?;
    independent
        .all(|other| std::ptr::eq(found.instance, other.instance))
        .then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Document, read};

    fn named(resources: &str, outputs: &str, text: &str) -> Option<String> {
        let json = format!(r#"{{"version": 4, "outputs": {outputs}, "resources": [{resources}]}}"#);
        let Ok(Document::State(state)) = read(json.as_bytes()) else {
            panic!("not a state: {json}");
        };
        let digester = Digester::new();
        let produced = Produced::of(&state, &digester);
        let found = produced.instance(digester.text(text))?;
        Some(format!(
            "{} {} {}",
            found.address, found.type_name, found.attribute
        ))
    }

    fn resource(type_name: &str, attributes: &str, dependencies: &str) -> String {
        format!(
            r#"{{"mode": "managed", "type": "{type_name}", "name": "n", "instances": [
                {{"attributes": {attributes}, "dependencies": {dependencies}}}]}}"#
        )
    }

    #[test]
    fn an_output_names_the_instance_with_its_id() {
        let resources = [
            resource(
                "aws_subnet",
                r#"{"id": "subnet-00000001", "vpc_id": "vpc-0000000001"}"#,
                "[]",
            ),
            resource("aws_vpc", r#"{"id": "vpc-0000000001"}"#, "[]"),
        ];
        let outputs = r#"{"net": {"value": {"vpc": "vpc-0000000001", "x": ["subnet-00000001"]}}}"#;
        let of = |text| named(&resources.join(","), outputs, text);
        assert_eq!(
            of("vpc-0000000001").as_deref(),
            Some("aws_vpc.n aws_vpc id")
        );
        assert_eq!(
            of("subnet-00000001").as_deref(),
            Some("aws_subnet.n aws_subnet id")
        );
        assert_eq!(of("vpc-0000000002"), None);
    }

    #[test]
    fn an_output_names_a_log_group_by_an_arn_with_its_streams() {
        let arn = "arn:aws:logs:eu-west-1:1:log-group:/app:*";
        let group = format!(r#"{{"arn": "{arn}", "id": "/app", "name": "/app"}}"#);
        let outputs = format!(r#"{{"group": {{"value": "{arn}"}}}}"#);
        let group = resource("aws_cloudwatch_log_group", &group, "[]");
        assert_eq!(
            named(&group, &outputs, arn).as_deref(),
            Some("aws_cloudwatch_log_group.n aws_cloudwatch_log_group arn")
        );
    }

    #[test]
    fn of_several_with_one_id_the_one_the_others_depend_on_counts() {
        let id = r#"{"id": "bucket-of-logs"}"#;
        let outputs = r#"{"bucket": {"value": "bucket-of-logs"}}"#;
        let policy = |dependencies| resource("aws_s3_bucket_policy", id, dependencies);
        let bucket = resource("aws_s3_bucket", id, "[]");
        let related = [policy(r#"["aws_s3_bucket.n"]"#), bucket.clone()].join(",");
        assert_eq!(
            named(&related, outputs, "bucket-of-logs").as_deref(),
            Some("aws_s3_bucket.n aws_s3_bucket id")
        );
        let unrelated = [policy("[]"), bucket].join(",");
        assert_eq!(named(&unrelated, outputs, "bucket-of-logs"), None);
    }

    #[test]
    fn what_has_no_object_is_named_where_no_object_has_its_text() {
        let outputs = r#"{"suffix": {"value": "brave-otter-7"}}"#;
        let pet = resource("random_pet", r#"{"id": "brave-otter-7"}"#, "[]");
        assert_eq!(
            named(&pet, outputs, "brave-otter-7").as_deref(),
            Some("random_pet.n random_pet id")
        );
        let bucket = r#"{"id": "brave-otter-7", "bucket": "brave-otter-7"}"#;
        let bucket = resource("aws_s3_bucket", bucket, r#"["random_pet.n"]"#);
        assert_eq!(
            named(&[pet, bucket].join(","), outputs, "brave-otter-7").as_deref(),
            Some("aws_s3_bucket.n aws_s3_bucket id")
        );
    }

    #[test]
    fn what_was_given_to_a_resource_without_an_object_is_not_its_own() {
        let data = r#"{"id": "7d444840-9dc0-11d1-b245-5ffdce74fad2", "input": "vpc-0000000001"}"#;
        let data = resource("terraform_data", data, "[]");
        let outputs = r#"{"vpc": {"value": "vpc-0000000001"}}"#;
        assert_eq!(named(&data, outputs, "vpc-0000000001"), None);
    }
}
