//! A state of any format as format 4 writes it.

use serde_json::{Map, Value, json};

use super::{InstanceKey, ProviderConfig, Redacted, Resource, State};

/// What a state shows, as format 4 would write it: for what takes states of that format only. Values are as
/// they may be shown; marks of sensitive paths are left out, since nothing is left to mark.
///
/// Source: Terraform `internal/states/statefile/version4.go`.
pub fn written_as_4(state: &State<'_>, redacted: &Redacted<'_>) -> String {
    let outputs: Map<String, Value> = redacted
        .outputs()
        .map(|output| {
            let mut written = Map::new();
            written.insert("value".to_owned(), output.value);
            if let Some(value_type) = output.value_type {
                written.insert("type".to_owned(), value_type);
            }
            if output.sensitive {
                written.insert("sensitive".to_owned(), true.into());
            }
            (output.name.to_owned(), written.into())
        })
        .collect();
    let resources = state.resources.iter();
    let resources: Vec<Value> = resources
        .map(|resource| written(resource, redacted))
        .collect();
    let checks: Vec<Value> = redacted
        .checks()
        .map(|check| {
            let objects = check.objects.iter().map(|object| {
                json!({
                    "object_addr": object.object_addr,
                    "status": object.status,
                    "failure_messages": object.failure_messages,
                })
            });
            json!({
                "object_kind": check.object_kind,
                "config_addr": check.config_addr,
                "status": check.status,
                "objects": objects.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "version": 4,
        "terraform_version": state.terraform_version,
        "serial": state.serial,
        "lineage": state.lineage,
        "outputs": outputs,
        "resources": resources,
        "check_results": checks,
    })
    .to_string()
}

fn written(resource: &Resource<'_>, redacted: &Redacted<'_>) -> Value {
    let address = &resource.address;
    let mut written = Map::new();
    let module = address.module.to_string();
    if !module.is_empty() {
        written.insert("module".to_owned(), module.into());
    }
    written.insert("mode".to_owned(), address.mode.as_str().into());
    written.insert("type".to_owned(), address.type_name.as_str().into());
    written.insert("name".to_owned(), address.name.as_str().into());
    if let Some(provider) = &resource.provider {
        written.insert("provider".to_owned(), provider_text(provider).into());
    }
    let instances = resource.instances.iter().map(|instance| {
        let mut written = Map::new();
        match &instance.key {
            Some(InstanceKey::Int(index)) => written.insert("index_key".to_owned(), json!(index)),
            Some(InstanceKey::String(key)) => written.insert("index_key".to_owned(), json!(key)),
            None => None,
        };
        if instance.tainted {
            written.insert("status".to_owned(), "tainted".into());
        }
        if let Some(deposed) = &instance.deposed {
            written.insert("deposed".to_owned(), deposed.as_ref().into());
        }
        written.insert("schema_version".to_owned(), json!(instance.schema_version));
        let attributes = redacted.attributes(resource, instance);
        written.insert("attributes".to_owned(), attributes);
        if let Some(identity) = redacted.identity(instance) {
            written.insert("identity".to_owned(), identity);
        }
        let dependencies = instance.dependencies();
        if !dependencies.is_empty() {
            written.insert("dependencies".to_owned(), json!(dependencies));
        }
        if instance.create_before_destroy {
            written.insert("create_before_destroy".to_owned(), true.into());
        }
        if let Some(provider) = &instance.provider {
            written.insert("provider".to_owned(), provider_text(provider).into());
        }
        Value::Object(written)
    });
    let instances: Vec<Value> = instances.collect();
    written.insert("instances".to_owned(), instances.into());
    Value::Object(written)
}

/// A provider's configuration as states write it.
fn provider_text(provider: &ProviderConfig) -> String {
    let alias = provider.alias.as_ref();
    let alias = alias.map(|alias| format!(".{alias}")).unwrap_or_default();
    format!("provider[\"{}\"]{alias}", provider.source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Document, Redaction, read};

    #[test]
    fn what_is_shown_of_another_format_is_read_as_the_same() {
        let old = r#"{"version":3,"terraform_version":"0.11.14","serial":7,"lineage":"l","modules":[{
            "path":["root","a"],"outputs":{},"resources":{"aws_vpc.main.0":{"type":"aws_vpc",
            "depends_on":[],"primary":{"id":"vpc-1","attributes":{"id":"vpc-1"},"meta":{}},
            "deposed":[],"provider":"provider.aws"}}}]}"#;
        let Ok(Document::State(state)) = read(old.as_bytes()) else {
            panic!("not read as a state");
        };
        let redaction = Redaction::default();
        let written = written_as_4(&state, &redaction.of(&state));
        let Ok(Document::State(again)) = read(written.as_bytes()) else {
            panic!("not read as a state");
        };
        let address = |state: &State<'_>| {
            let resource = &state.resources[0];
            resource
                .instance_address(&resource.instances[0])
                .to_string()
        };
        assert_eq!(address(&again), address(&state));
        assert_eq!(again.serial, Some(7));
        assert_eq!(again.resources[0].provider, state.resources[0].provider);
    }
}
