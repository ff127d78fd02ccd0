//! A state in memory and its writing, byte for byte as Terraform writes format version 4.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::ids;

/// Which tool wrote a state; decides the registry in provider addresses.
#[derive(Clone, Copy, PartialEq)]
enum Tool {
    Terraform,
    OpenTofu,
}

/// One state file, complete with the references its dependencies are derived from.
pub struct State {
    path: String,
    tool: Tool,
    version: &'static str,
    serial: u64,
    outputs: BTreeMap<String, Output>,
    resources: Vec<Resource>,
    checks: Vec<Value>,
}

struct Output {
    value: Value,
    kind: Value,
    sensitive: bool,
    deprecated: Option<&'static str>,
}

/// A resource of one module instance, with its instances.
pub struct Resource {
    module: String,
    mode: &'static str,
    kind: &'static str,
    name: &'static str,
    alias: Option<(&'static str, &'static str)>,
    provider_per_instance: bool,
    references: Vec<String>,
    create_before_destroy: bool,
    schema_version: u64,
    instances: Vec<Instance>,
}

/// One object of a resource: the current one or a deposed one.
pub struct Instance {
    key: Option<Value>,
    tainted: bool,
    deposed: Option<&'static str>,
    attributes: Value,
    sensitive: Vec<&'static str>,
    identity: Option<Value>,
    private: Option<String>,
}

impl State {
    /// A state that Terraform `version` wrote into the folder `path`.
    pub fn terraform(path: &str, version: &'static str, serial: u64) -> Self {
        Self::new(path, Tool::Terraform, version, serial)
    }

    /// A state that OpenTofu `version` wrote into the folder `path`.
    pub fn opentofu(path: &str, version: &'static str, serial: u64) -> Self {
        Self::new(path, Tool::OpenTofu, version, serial)
    }

    fn new(path: &str, tool: Tool, version: &'static str, serial: u64) -> Self {
        Self {
            path: format!("{path}/terraform.tfstate"),
            tool,
            version,
            serial,
            outputs: BTreeMap::new(),
            resources: Vec::new(),
            checks: Vec::new(),
        }
    }

    /// Where the file lies, relative to the root of the samples.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Adds a resource.
    pub fn add(&mut self, resource: Resource) {
        self.resources.push(resource);
    }

    /// Adds a root output whose type is what Terraform infers for a literal of that value.
    pub fn output(&mut self, name: &str, value: Value) {
        let kind = type_of(&value);
        self.output_typed(name, value, kind);
    }

    /// Adds a root output of a given type (a list, set or map rather than a tuple or object).
    pub fn output_typed(&mut self, name: &str, value: Value, kind: Value) {
        let output = Output {
            value,
            kind,
            sensitive: false,
            deprecated: None,
        };
        self.outputs.insert(name.to_owned(), output);
    }

    /// Adds a root output that is marked as sensitive.
    pub fn output_sensitive(&mut self, name: &str, value: Value) {
        let kind = type_of(&value);
        let output = Output {
            value,
            kind,
            sensitive: true,
            deprecated: None,
        };
        self.outputs.insert(name.to_owned(), output);
    }

    /// Adds a root output with OpenTofu's deprecation message.
    pub fn output_deprecated(&mut self, name: &str, value: Value, message: &'static str) {
        let kind = type_of(&value);
        let output = Output {
            value,
            kind,
            sensitive: false,
            deprecated: Some(message),
        };
        self.outputs.insert(name.to_owned(), output);
    }

    /// Adds the result of a check: its objects are (address, status, failure messages).
    pub fn check(
        &mut self,
        kind: &str,
        config_addr: &str,
        status: &str,
        objects: &[(&str, &str, &[&str])],
    ) {
        let objects: Vec<Value> = objects
            .iter()
            .map(|(address, status, messages)| {
                let mut object = json!({ "object_addr": address, "status": status });
                if !messages.is_empty() {
                    object["failure_messages"] = json!(messages);
                }
                object
            })
            .collect();
        self.checks.push(json!({
            "object_kind": kind, "config_addr": config_addr, "status": status, "objects": objects,
        }));
    }

    /// The values of the root outputs, as a `terraform_remote_state` copies them.
    pub fn output_values(&self) -> Map<String, Value> {
        self.outputs
            .iter()
            .map(|(name, output)| (name.clone(), output.value.clone()))
            .collect()
    }

    /// The types of the root outputs, as a `terraform_remote_state` copies them.
    pub fn output_types(&self) -> Map<String, Value> {
        self.outputs
            .iter()
            .map(|(name, output)| (name.clone(), output.kind.clone()))
            .collect()
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let graph = self.references();
        let mut resources: Vec<&Resource> = self.resources.iter().collect();
        resources.sort_by_key(|r| (r.module.as_str(), r.mode, r.kind, r.name));
        let resources: Vec<Value> = resources
            .into_iter()
            .map(|resource| self.resource_json(resource, &graph))
            .collect();
        let outputs: Map<String, Value> = self
            .outputs
            .iter()
            .map(|(name, output)| (name.clone(), output.to_json()))
            .collect();
        let checks = if self.checks.is_empty() {
            Value::Null
        } else {
            json!(self.checks)
        };
        to_go_json(&json!({
            "version": 4,
            "terraform_version": self.version,
            "serial": self.serial,
            "lineage": ids::uuid(&self.path),
            "outputs": outputs,
            "resources": resources,
            "check_results": checks,
        }))
    }

    /// Direct references by config address.
    fn references(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for resource in &self.resources {
            let references = graph.entry(resource.config_address()).or_default();
            references.extend(resource.references.iter().cloned());
        }
        for (address, references) in &graph {
            for reference in references {
                assert!(
                    graph.contains_key(reference),
                    "{}: {address} refers to {reference}, which does not exist",
                    self.path
                );
            }
        }
        graph
    }

    fn resource_json(
        &self,
        resource: &Resource,
        graph: &BTreeMap<String, BTreeSet<String>>,
    ) -> Value {
        let mut json = Map::new();
        if !resource.module.is_empty() {
            json.insert("module".to_owned(), json!(resource.module));
        }
        json.insert("mode".to_owned(), json!(resource.mode));
        json.insert("type".to_owned(), json!(resource.kind));
        json.insert("name".to_owned(), json!(resource.name));
        let provider = self.provider(resource);
        if !resource.provider_per_instance {
            json.insert("provider".to_owned(), json!(provider));
        }
        // Terraform records every ancestor in the graph, but only for what it manages.
        let dependencies = if resource.mode == "managed" {
            ancestors(&resource.config_address(), graph)
        } else {
            Vec::new()
        };
        let mut instances: Vec<&Instance> = resource.instances.iter().collect();
        instances.sort_by_key(|instance| instance.order());
        let instances: Vec<Value> = instances
            .into_iter()
            .map(|instance| {
                let mut json = self.instance_json(instance, resource, &dependencies);
                if resource.provider_per_instance {
                    let key = instance.key.clone().unwrap_or_default();
                    json.insert("provider".to_owned(), json!(format!("{provider}[{key}]")));
                }
                Value::Object(json)
            })
            .collect();
        json.insert("instances".to_owned(), json!(instances));
        Value::Object(json)
    }

    fn instance_json(
        &self,
        instance: &Instance,
        resource: &Resource,
        dependencies: &[String],
    ) -> Map<String, Value> {
        let mut json = Map::new();
        if let Some(key) = &instance.key {
            json.insert("index_key".to_owned(), key.clone());
        }
        if instance.tainted {
            json.insert("status".to_owned(), json!("tainted"));
        }
        if let Some(deposed) = instance.deposed {
            json.insert("deposed".to_owned(), json!(deposed));
        }
        json.insert("schema_version".to_owned(), json!(resource.schema_version));
        json.insert("attributes".to_owned(), sorted(&instance.attributes));
        let sensitive: Vec<Value> = instance
            .sensitive
            .iter()
            .map(|path| path_json(path))
            .collect();
        json.insert("sensitive_attributes".to_owned(), json!(sensitive));
        if self.records_identities() {
            json.insert("identity_schema_version".to_owned(), json!(0));
            if let Some(identity) = &instance.identity {
                json.insert("identity".to_owned(), sorted(identity));
            }
        }
        if let Some(private) = &instance.private {
            json.insert("private".to_owned(), json!(private));
        }
        if !dependencies.is_empty() {
            json.insert("dependencies".to_owned(), json!(dependencies));
        }
        if resource.create_before_destroy {
            json.insert("create_before_destroy".to_owned(), json!(true));
        }
        json
    }

    /// Whether the tool writes identities: Terraform does from 1.12 on.
    fn records_identities(&self) -> bool {
        self.tool == Tool::Terraform && self.version.starts_with("1.12.")
    }

    /// The provider configuration of a resource as a state spells it.
    fn provider(&self, resource: &Resource) -> String {
        let name = resource.kind.split('_').next().unwrap_or(resource.kind);
        if name == "terraform" {
            return r#"provider["terraform.io/builtin/terraform"]"#.to_owned();
        }
        let host = match self.tool {
            Tool::Terraform => "registry.terraform.io",
            Tool::OpenTofu => "registry.opentofu.org",
        };
        let provider = format!(r#"provider["{host}/hashicorp/{name}"]"#);
        match resource.alias {
            None => provider,
            Some(("", alias)) => format!("{provider}.{alias}"),
            Some((module, "")) => format!("{module}.{provider}"),
            Some((module, alias)) => format!("{module}.{provider}.{alias}"),
        }
    }
}

impl Output {
    fn to_json(&self) -> Value {
        let mut json = json!({ "value": sorted(&self.value), "type": self.kind });
        if self.sensitive {
            json["sensitive"] = json!(true);
        }
        if let Some(message) = self.deprecated {
            json["deprecated"] = json!(message);
        }
        json
    }
}

impl Resource {
    /// A managed resource of the root module.
    pub fn managed(kind: &'static str, name: &'static str) -> Self {
        Self::new("managed", kind, name)
    }

    /// A data source of the root module.
    pub fn data(kind: &'static str, name: &'static str) -> Self {
        Self::new("data", kind, name)
    }

    fn new(mode: &'static str, kind: &'static str, name: &'static str) -> Self {
        Self {
            module: String::new(),
            mode,
            kind,
            name,
            alias: None,
            provider_per_instance: false,
            references: Vec::new(),
            create_before_destroy: false,
            schema_version: 0,
            instances: Vec::new(),
        }
    }

    /// Moves the resource into a module instance, such as `module.vpc` or `module.region["eu"]`.
    pub fn module(mut self, path: &str) -> Self {
        path.clone_into(&mut self.module);
        self
    }

    /// Takes the provider configuration `alias` of the root module.
    pub fn alias(mut self, alias: &'static str) -> Self {
        self.alias = Some(("", alias));
        self
    }

    /// Takes a provider configuration that lives in a module; an empty alias is its default one.
    pub fn module_provider(mut self, module: &'static str, alias: &'static str) -> Self {
        self.alias = Some((module, alias));
        self
    }

    /// Takes one provider configuration per instance key (`for_each` in an OpenTofu `provider`).
    pub fn provider_per_instance(mut self, alias: &'static str) -> Self {
        self.alias = Some(("", alias));
        self.provider_per_instance = true;
        self
    }

    /// What the configuration of this resource refers to, as config addresses.
    pub fn refs(mut self, references: &[&str]) -> Self {
        self.references
            .extend(references.iter().map(|reference| (*reference).to_owned()));
        self
    }

    /// Replacements of this resource are created first.
    pub fn create_before_destroy(mut self) -> Self {
        self.create_before_destroy = true;
        self
    }

    /// The version of the provider's schema for this type.
    pub fn schema_version(mut self, version: u64) -> Self {
        self.schema_version = version;
        self
    }

    /// Adds an instance without a key.
    pub fn one(self, attributes: Value) -> Self {
        self.with(Instance::new(attributes))
    }

    /// Adds an instance with a `count` or `for_each` key.
    pub fn each(self, key: impl Into<Value>, attributes: Value) -> Self {
        self.with(Instance::new(attributes).key(key))
    }

    /// Adds an instance.
    pub fn with(mut self, instance: Instance) -> Self {
        self.instances.push(instance);
        self
    }

    fn config_address(&self) -> String {
        let mut address = String::new();
        // A key may hold any character, so the brackets are counted outside of quotes only.
        let (mut quoted, mut escaped, mut depth) = (false, false, 0);
        for c in self.module.chars() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                '[' if !quoted => depth += 1,
                ']' if !quoted => depth -= 1,
                c if depth == 0 => address.push(c),
                _ => {}
            }
        }
        if !address.is_empty() {
            address.push('.');
        }
        if self.mode == "data" {
            address.push_str("data.");
        }
        address + self.kind + "." + self.name
    }
}

impl Instance {
    /// A current object without a key.
    pub fn new(attributes: Value) -> Self {
        Self {
            key: None,
            tainted: false,
            deposed: None,
            attributes,
            sensitive: Vec::new(),
            identity: None,
            private: None,
        }
    }

    /// Sets the `count` or `for_each` key.
    pub fn key(mut self, key: impl Into<Value>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Marks the object as tainted.
    pub fn tainted(mut self) -> Self {
        self.tainted = true;
        self
    }

    /// Makes the object a deposed one with that key of eight hexadecimal digits.
    pub fn deposed(mut self, key: &'static str) -> Self {
        self.deposed = Some(key);
        self
    }

    /// Marks a path as sensitive: `password`, `master[0].token` or `variables["A.B"]`.
    pub fn sensitive(mut self, path: &'static str) -> Self {
        self.sensitive.push(path);
        self
    }

    /// Sets the identity, which only Terraform 1.12 and later write.
    pub fn identity(mut self, identity: Value) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Sets the provider's private data, which a state holds in base64.
    pub fn private(mut self, data: &str) -> Self {
        self.private = Some(ids::base64(data.as_bytes()));
        self
    }

    /// Terraform's order: no key, numbers, strings; the current object before deposed ones.
    fn order(&self) -> (u8, u64, String, &'static str) {
        let deposed = self.deposed.unwrap_or_default();
        match &self.key {
            None => (0, 0, String::new(), deposed),
            Some(Value::Number(number)) => (
                1,
                number.as_u64().unwrap_or_default(),
                String::new(),
                deposed,
            ),
            Some(key) => (2, 0, key.as_str().unwrap_or_default().to_owned(), deposed),
        }
    }
}

/// Everything `address` depends on, in steps of any number, sorted.
fn ancestors(address: &str, graph: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![address];
    while let Some(next) = open.pop() {
        for reference in graph.get(next).into_iter().flatten() {
            if reference != address && found.insert(reference.clone()) {
                open.push(reference);
            }
        }
    }
    found.into_iter().collect()
}

/// Wraps a value as an attribute of dynamic type is stored: `{"value": …, "type": …}`.
pub fn dynamic(value: Value) -> Value {
    let kind = type_of(&value);
    dynamic_typed(value, kind)
}

/// Wraps a value with a given type.
pub fn dynamic_typed(value: Value, kind: Value) -> Value {
    json!({ "value": value, "type": kind })
}

/// A number of any size or precision, from its decimal text.
pub fn number(text: &'static str) -> Value {
    serde_json::from_str(text).expect("a literal of this program is a number")
}

/// The type Terraform infers for a literal of that value.
fn type_of(value: &Value) -> Value {
    match value {
        Value::Null => json!("dynamic"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("string"),
        Value::Array(items) => json!(["tuple", items.iter().map(type_of).collect::<Vec<_>>()]),
        Value::Object(fields) => {
            let mut types: Vec<_> = fields.iter().collect();
            types.sort_by_key(|(name, _)| name.as_str());
            let types: Map<String, Value> = types
                .into_iter()
                .map(|(name, field)| (name.clone(), type_of(field)))
                .collect();
            json!(["object", types])
        }
    }
}

/// Sorts the keys of objects at every level, leaving wrappers of dynamic values in their order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let mut sorted_fields: Vec<(String, Value)> = fields
                .iter()
                .map(|(name, field)| (name.clone(), sorted(field)))
                .collect();
            if !fields.keys().eq(["value", "type"]) {
                sorted_fields.sort_by(|a, b| a.0.cmp(&b.0));
            }
            Value::Object(sorted_fields.into_iter().collect())
        }
        other => other.clone(),
    }
}

/// A path such as `environment[0].variables["KEY"]` in the notation of states.
fn path_json(path: &str) -> Value {
    let attribute = |name: &str| json!({ "type": "get_attr", "value": name });
    let index = |value: Value, kind: &str| json!({ "type": "index", "value": { "value": value, "type": kind } });
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[\"") {
            let (key, tail) = after.split_once("\"]").expect("a quoted key is closed");
            steps.push(index(json!(key), "string"));
            rest = tail;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (key, tail) = after.split_once(']').expect("an index is closed");
            let key: u64 = key.parse().expect("an index without quotes is a number");
            steps.push(index(json!(key), "number"));
            rest = tail;
        } else {
            let name = rest.trim_start_matches('.');
            let end = name.find(['.', '[']).unwrap_or(name.len());
            steps.push(attribute(&name[..end]));
            rest = &name[end..];
        }
    }
    Value::Array(steps)
}

/// Indented JSON as Go's `encoding/json` writes it, with a newline at the end.
pub fn to_go_json(value: &Value) -> Vec<u8> {
    let text = serde_json::to_string_pretty(value).expect("a JSON value is always writable");
    // Outside of strings JSON has none of these, so escaping the whole text escapes the strings.
    let mut text = text
        .replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    text.push('\n');
    text.into_bytes()
}
