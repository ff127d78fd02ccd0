//! `terraform_remote_state`: a copy of the outputs of one state in another.

use serde_json::{Map, Value, json};

use super::state::{Resource, State, dynamic, dynamic_typed};

/// The bucket that holds the states of the company.
const BUCKET: &str = "harbor-tfstate";

/// A data source that reads another state.
pub struct RemoteState {
    name: &'static str,
    backend: &'static str,
    config: Value,
    workspace: Option<&'static str>,
    defaults: Map<String, Value>,
    values: Map<String, Value>,
    types: Map<String, Value>,
}

impl RemoteState {
    /// Reads `producer` with a backend and its configuration.
    pub fn new(name: &'static str, producer: &State, backend: &'static str, config: Value) -> Self {
        Self {
            name,
            backend,
            config,
            workspace: None,
            defaults: Map::new(),
            values: producer.output_values(),
            types: producer.output_types(),
        }
    }

    /// Reads `producer` from the bucket of the company, under the path it has in the samples.
    pub fn s3(name: &'static str, producer: &State) -> Self {
        let config = json!({ "bucket": BUCKET, "key": producer.path(), "region": "eu-west-1" });
        Self::new(name, producer, "s3", config)
    }

    /// Reads a workspace other than the default one.
    pub fn workspace(mut self, workspace: &'static str) -> Self {
        self.workspace = Some(workspace);
        self
    }

    /// Gives an output that the producer may lack.
    pub fn default(mut self, name: &str, value: Value) -> Self {
        let kind = dynamic(value.clone())["type"].clone();
        self.defaults.insert(name.to_owned(), value.clone());
        if !self.values.contains_key(name) {
            self.values.insert(name.to_owned(), value);
            self.types.insert(name.to_owned(), kind);
        }
        self
    }

    /// Gives an output a value it once had: the producer has moved on since.
    pub fn outdated(mut self, name: &str, value: Value) -> Self {
        self.types
            .insert(name.to_owned(), dynamic(value.clone())["type"].clone());
        self.values.insert(name.to_owned(), value);
        self
    }

    /// The data source.
    pub fn resource(self) -> Resource {
        let mut types: Vec<(String, Value)> = self.types.into_iter().collect();
        types.sort_by(|a, b| a.0.cmp(&b.0));
        let types: Map<String, Value> = types.into_iter().collect();
        let defaults = match self.defaults.is_empty() {
            true => Value::Null,
            false => dynamic(Value::Object(self.defaults)),
        };
        Resource::data("terraform_remote_state", self.name).one(json!({
            "backend": self.backend,
            "config": dynamic(self.config),
            "defaults": defaults,
            "outputs": dynamic_typed(Value::Object(self.values), json!(["object", types])),
            "workspace": self.workspace,
        }))
    }
}
