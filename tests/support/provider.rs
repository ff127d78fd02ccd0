//! A provider of the tests' own, whose objects lie in memory: what they are can be changed behind
//! Terraform's back.
//!
//! It speaks Terraform's plugin protocol 6 (`docs/plugin-protocol/tfplugin6.6.proto`) over HTTP/2 on a
//! Unix socket, to which `TF_REATTACH_PROVIDERS` leads Terraform: no installation, no download.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Request, Response};
use prost::Message;
use prost::bytes::{BufMut, Bytes, BytesMut};
use rmpv::Value;
use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};

/// The provider's address in `required_providers`.
pub const SOURCE: &str = "example.com/tests/world";

/// An object: what its attributes are, but for its id.
pub type Object = BTreeMap<String, Value>;

/// The objects that there are, by id.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<Things>>);

#[derive(Default)]
struct Things {
    objects: BTreeMap<String, Object>,
    made: u32,
}

/// A provider that serves until it is dropped.
pub struct Provider {
    /// Its objects.
    pub world: World,
    folder: TempDir,
}

/// The attributes of the one resource type, `world_thing`: name, type in Terraform's words, and whether
/// a change replaces the object.
const ATTRIBUTES: [(&str, &str, bool); 8] = [
    ("id", "\"string\"", false),
    ("name", "\"string\"", true),
    ("size", "\"number\"", false),
    ("note", "\"string\"", false),
    ("secret", "\"string\"", false),
    ("tags", "[\"map\",\"string\"]", false),
    ("ports", "[\"list\",\"number\"]", false),
    ("updated_at", "\"string\"", false),
];

impl World {
    fn things(&self) -> std::sync::MutexGuard<'_, Things> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the object of a name as someone does who does not use Terraform.
    pub fn change(&self, name: &str, change: impl FnOnce(&mut Object)) {
        let mut things = self.things();
        let named = |object: &&mut Object| object.get("name") == Some(&Value::from(name));
        let object = things.objects.values_mut().find(named);
        change(object.unwrap_or_else(|| panic!("there is no object {name}")));
    }

    /// Deletes the object of a name.
    pub fn delete(&self, name: &str) {
        let named = |object: &Object| object.get("name") == Some(&Value::from(name));
        self.things().objects.retain(|_, object| !named(object));
    }
}

impl Provider {
    /// Begins to serve.
    pub fn start() -> Provider {
        let world = World::default();
        let folder = tempfile::tempdir().expect("a folder can be made");
        let socket = folder.path().join("provider");
        let served = world.clone();
        let (ready, is_ready) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime starts");
            runtime.block_on(async move {
                let listener = UnixListener::bind(socket).expect("the socket can be made");
                let _ = ready.send(());
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream, served.clone()));
                }
            });
        });
        is_ready.recv().expect("the provider starts");
        Provider { world, folder }
    }

    /// What `TF_REATTACH_PROVIDERS` is to say.
    pub fn reattach(&self) -> String {
        let socket = self.folder.path().join("provider");
        serde_json::json!({ SOURCE: {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": std::process::id(),
            "Test": true,
            "Addr": { "Network": "unix", "String": text(&socket) },
        }})
        .to_string()
    }
}

/// The block of a configuration that asks for the provider.
pub fn required() -> String {
    format!(
        "terraform {{\n  required_providers {{\n    world = {{ source = \"{SOURCE}\" }}\n  }}\n}}\n"
    )
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path is text")
}

async fn serve(stream: UnixStream, world: World) {
    let Ok(mut connection) = h2::server::handshake(stream).await else {
        return;
    };
    while let Some(Ok((request, respond))) = connection.accept().await {
        let world = world.clone();
        tokio::spawn(async move {
            // Who hung up needs no answer.
            let _ = answer(request, respond, &world).await;
        });
    }
}

/// Answers one call of gRPC: a message with its length before it, and the status behind it.
async fn answer(
    request: Request<h2::RecvStream>,
    mut respond: SendResponse<Bytes>,
    world: &World,
) -> Result<(), h2::Error> {
    let path = request.uri().path().to_owned();
    let mut body = request.into_body();
    let response = Response::builder()
        .header("content-type", "application/grpc")
        .body(())
        .expect("the response is whole");
    let Some(method) = path.strip_prefix("/tfplugin6.Provider/") else {
        let mut stream = respond.send_response(response, false)?;
        return stream.send_trailers(status("12"));
    };
    let mut message = BytesMut::new();
    while let Some(part) = body.data().await {
        let part = part?;
        body.flow_control().release_capacity(part.len())?;
        message.put(part);
    }
    let answer = call(method, &message[5..], world);
    let mut stream = respond.send_response(response, false)?;
    let Some(answer) = answer else {
        return stream.send_trailers(status("12"));
    };
    let mut framed = BytesMut::new();
    framed.put_u8(0);
    framed.put_u32(u32::try_from(answer.len()).expect("an answer is short"));
    framed.put_slice(&answer);
    stream.send_data(framed.freeze(), false)?;
    stream.send_trailers(status("0"))
}

/// How a call ended: 0 well, 12 there is no such call.
fn status(code: &'static str) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(code));
    trailers
}

/// What a call gives; `None` for one that the provider does not know.
fn call(method: &str, message: &[u8], world: &World) -> Option<Vec<u8>> {
    Some(match method {
        "GetProviderSchema" => schema().encode_to_vec(),
        // Nothing to say: no complaint.
        "ValidateProviderConfig"
        | "ConfigureProvider"
        | "ValidateResourceConfig"
        | "StopProvider" => Vec::new(),
        "UpgradeResourceState" => {
            let request = Upgrade::decode(message).expect("a request");
            let upgraded = Dynamic {
                json: request.raw_state.unwrap_or_default().json,
                ..Dynamic::default()
            };
            Upgraded {
                upgraded_state: Some(upgraded),
            }
            .encode_to_vec()
        }
        "ReadResource" => {
            let request = Read::decode(message).expect("a request");
            let state = world.read(&value(request.current_state));
            NewState {
                new_state: Some(dynamic(&state)),
            }
            .encode_to_vec()
        }
        "PlanResourceChange" => {
            let request = Plan::decode(message).expect("a request");
            plan(
                &value(request.prior_state),
                value(request.proposed_new_state),
            )
            .encode_to_vec()
        }
        "ApplyResourceChange" => {
            let request = Apply::decode(message).expect("a request");
            let state = world.apply(&value(request.prior_state), value(request.planned_state));
            NewState {
                new_state: Some(dynamic(&state)),
            }
            .encode_to_vec()
        }
        _ => return None,
    })
}

impl World {
    /// What there is now of what a state holds.
    fn read(&self, state: &Value) -> Value {
        let things = self.things();
        let id = member(state, "id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        match things.objects.get(id) {
            Some(object) => with_id(id, object),
            None => Value::Nil,
        }
    }

    /// Makes, changes or deletes an object.
    fn apply(&self, prior: &Value, planned: Value) -> Value {
        let mut things = self.things();
        let known = member(prior, "id").and_then(Value::as_str);
        let Value::Map(attributes) = planned else {
            things.objects.remove(known.unwrap_or_default());
            return Value::Nil;
        };
        let id = known.map_or_else(
            || {
                things.made += 1;
                format!("thing-{}", things.made)
            },
            str::to_owned,
        );
        let attributes = attributes.into_iter();
        let named = attributes.map(|(name, value)| {
            let name = name.as_str().unwrap_or_default().to_owned();
            match value {
                Value::Ext(..) => (name, Value::from("2026-01-01T00:00:00Z")),
                value => (name, value),
            }
        });
        let object: Object = named.filter(|(name, _)| name != "id").collect();
        let state = with_id(&id, &object);
        things.objects.insert(id, object);
        state
    }
}

fn with_id(id: &str, object: &Object) -> Value {
    let attributes = ATTRIBUTES.iter().map(|(name, ..)| {
        let value = match *name {
            "id" => Value::from(id),
            name => object.get(name).cloned().unwrap_or(Value::Nil),
        };
        (Value::from(*name), value)
    });
    Value::Map(attributes.collect())
}

/// What is computed becomes known when it is applied; another name is another object.
fn plan(prior: &Value, mut proposed: Value) -> Planned {
    if let Value::Map(attributes) = &mut proposed {
        let unknown = Value::Ext(0, vec![0]);
        let is_new = matches!(prior, Value::Nil);
        for (name, value) in attributes {
            if is_new && ["id", "updated_at"].contains(&name.as_str().unwrap_or_default()) {
                *value = unknown.clone();
            }
        }
    }
    let replaces = |name: &&str| {
        !matches!(prior, Value::Nil)
            && !matches!(proposed, Value::Nil)
            && member(prior, name) != member(&proposed, name)
    };
    let replacing = ATTRIBUTES.iter().filter(|(.., replaces)| *replaces);
    let requires_replace = replacing
        .map(|(name, ..)| *name)
        .filter(replaces)
        .map(|name| AttributePath {
            steps: vec![Step {
                attribute_name: name.to_owned(),
            }],
        });
    Planned {
        requires_replace: requires_replace.collect(),
        planned_state: Some(dynamic(&proposed)),
    }
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let members = value.as_map()?.iter();
    members
        .filter(|(key, _)| key.as_str() == Some(name))
        .map(|(_, value)| value)
        .next()
}

fn value(dynamic: Option<Dynamic>) -> Value {
    let bytes = dynamic.unwrap_or_default().msgpack;
    rmpv::decode::read_value(&mut bytes.as_slice()).unwrap_or(Value::Nil)
}

fn dynamic(value: &Value) -> Dynamic {
    let mut msgpack = Vec::new();
    rmpv::encode::write_value(&mut msgpack, value).expect("memory can be written");
    Dynamic {
        msgpack,
        json: Vec::new(),
    }
}

fn schema() -> Schemas {
    let attributes = ATTRIBUTES.iter().map(|(name, kind, _)| Attribute {
        name: (*name).to_owned(),
        kind: kind.as_bytes().to_vec(),
        required: *name == "name",
        computed: ["id", "updated_at"].contains(name),
        optional: !["name", "id", "updated_at"].contains(name),
        sensitive: *name == "secret",
    });
    let thing = Schema {
        version: 0,
        block: Some(Block {
            attributes: attributes.collect(),
        }),
    };
    let empty = Schema {
        version: 0,
        block: Some(Block::default()),
    };
    Schemas {
        provider: Some(empty),
        resource_schemas: [("world_thing".to_owned(), thing)].into(),
    }
}

#[derive(Clone, PartialEq, Message)]
struct Dynamic {
    #[prost(bytes = "vec", tag = "1")]
    msgpack: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    json: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Schemas {
    #[prost(message, optional, tag = "1")]
    provider: Option<Schema>,
    #[prost(btree_map = "string, message", tag = "2")]
    resource_schemas: BTreeMap<String, Schema>,
}

#[derive(Clone, PartialEq, Message)]
struct Schema {
    #[prost(int64, tag = "1")]
    version: i64,
    #[prost(message, optional, tag = "2")]
    block: Option<Block>,
}

#[derive(Clone, PartialEq, Message)]
struct Block {
    #[prost(message, repeated, tag = "2")]
    attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(bytes = "vec", tag = "2")]
    kind: Vec<u8>,
    #[prost(bool, tag = "4")]
    required: bool,
    #[prost(bool, tag = "5")]
    optional: bool,
    #[prost(bool, tag = "6")]
    computed: bool,
    #[prost(bool, tag = "7")]
    sensitive: bool,
}

#[derive(Clone, PartialEq, Message)]
struct RawState {
    #[prost(bytes = "vec", tag = "1")]
    json: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Upgrade {
    #[prost(message, optional, tag = "3")]
    raw_state: Option<RawState>,
}

#[derive(Clone, PartialEq, Message)]
struct Upgraded {
    #[prost(message, optional, tag = "1")]
    upgraded_state: Option<Dynamic>,
}

#[derive(Clone, PartialEq, Message)]
struct Read {
    #[prost(message, optional, tag = "2")]
    current_state: Option<Dynamic>,
}

#[derive(Clone, PartialEq, Message)]
struct NewState {
    #[prost(message, optional, tag = "1")]
    new_state: Option<Dynamic>,
}

#[derive(Clone, PartialEq, Message)]
struct Plan {
    #[prost(message, optional, tag = "2")]
    prior_state: Option<Dynamic>,
    #[prost(message, optional, tag = "3")]
    proposed_new_state: Option<Dynamic>,
}

#[derive(Clone, PartialEq, Message)]
struct Planned {
    #[prost(message, optional, tag = "1")]
    planned_state: Option<Dynamic>,
    #[prost(message, repeated, tag = "2")]
    requires_replace: Vec<AttributePath>,
}

#[derive(Clone, PartialEq, Message)]
struct AttributePath {
    #[prost(message, repeated, tag = "1")]
    steps: Vec<Step>,
}

#[derive(Clone, PartialEq, Message)]
struct Step {
    #[prost(string, tag = "1")]
    attribute_name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Apply {
    #[prost(message, optional, tag = "2")]
    prior_state: Option<Dynamic>,
    #[prost(message, optional, tag = "3")]
    planned_state: Option<Dynamic>,
}
