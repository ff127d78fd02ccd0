//! Where the other state lies: one address for each place, and the paths its copy may have.

use std::borrow::Cow;

use crate::format::{Hidden, Location};

/// The place of a state that another one names, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// `s3://bucket/key`, `pg://host/db/schema#WS`, an absolute path, …; never with a credential.
    /// `None` where the state does not tell enough.
    pub(super) uri: Option<String>,
    /// Whether the state tells it, but hides a part.
    pub(super) is_hidden: bool,
    /// How good the uri is where it stands on the folder that the consumer's configuration seems to lie
    /// in.
    pub(super) guess: Option<Guess>,
    /// The workspace; `default` where none is named.
    pub(super) workspace: String,
    /// The bucket, account, host or the like, outermost first, which a copy's path may hold above the
    /// layout.
    pub(super) outer: Vec<String>,
    /// How the path of a copy may end, best first.
    pub(super) layouts: Vec<Layout>,
    /// The folder above the folders of workspaces, where the backend has one for others than `default`:
    /// what lies in `FOLDER/WS/` is another workspace's.
    pub(super) workspaces: Option<Vec<String>>,
}

/// How a folder was taken for that of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    /// The state in it is called as the local backend calls states.
    Likely,
    /// It is the only one there is to take: the state may be a copy.
    Mere,
}

/// How the path of a copy may end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The folders, and the file.
    pub(super) path: Vec<String>,
    pub(super) above: Above,
}

/// What may stand above a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Above {
    /// The outer names.
    Outer,
    /// Anything: the layout begins with the outer name.
    Named,
    /// Anything: the layout is the end of a longer path, so that an outer name right above it is
    /// another place's.
    Cut,
}

/// Terraform's name of the one workspace that always is.
const DEFAULT: &str = "default";

/// Normalises what a data source says of another state's place. `root` is the folder of the
/// consumer's root module, where its place tells.
///
/// Source: each backend below `internal/backend/` of Terraform, those removed as of 1.2.
pub(super) fn target(
    backend: &str,
    location: &Location,
    workspace: Option<&str>,
    root: Option<&str>,
) -> Target {
    let place = Place {
        location,
        workspace: workspace.unwrap_or(DEFAULT),
    };
    let told = match backend {
        "local" | "_local" => place.local(root),
        "s3" => place.bucket("s3", "workspace_key_prefix", Some("env:"), None),
        "oci" => place.bucket(
            "oci",
            "workspace_key_prefix",
            Some("tf-state-env"),
            Some("terraform.tfstate"),
        ),
        "oss" => place.prefixed("oss", "env:"),
        "cos" => place.prefixed("cos", ""),
        "gcs" => place.gcs(),
        "azurerm" | "azure" => place.azurerm(),
        "pg" => place.pg(),
        "http" => place.http(),
        "remote" | "cloud" => place.remote(),
        "consul" => place.consul(),
        "kubernetes" => place.kubernetes(),
        other => place.other(other),
    };
    told.unwrap_or_else(|Hidden| hidden())
}

/// The place that a data source names as a whole, of a consumer that lies at `uri`; its backend and
/// workspace may be hidden, too.
pub(super) fn of(location: &Location, uri: &str) -> Target {
    let (Ok(backend), Ok(workspace)) = (location.backend(), location.workspace()) else {
        return hidden();
    };
    let mut target = target(backend, location, workspace, root_module(uri));
    if !uri.ends_with("/terraform.tfstate") {
        target.guess = target.guess.map(|_| Guess::Mere);
    }
    target
}

/// A place that is not told.
fn hidden() -> Target {
    Target {
        is_hidden: true,
        ..unknown()
    }
}

fn unknown() -> Target {
    Target {
        uri: None,
        is_hidden: false,
        guess: None,
        workspace: DEFAULT.to_owned(),
        outer: Vec::new(),
        layouts: Vec::new(),
        workspaces: None,
    }
}

struct Place<'a> {
    location: &'a Location,
    workspace: &'a str,
}

/// What a backend says of a place; an error where a part of the path below the outer names is hidden.
type Told = Result<Target, Hidden>;

impl Place<'_> {
    fn get(&self, key: &str) -> Result<Option<&str>, Hidden> {
        self.location.get(key)
    }

    fn is_default(&self) -> bool {
        self.workspace == DEFAULT
    }

    fn target(
        &self,
        uri: Result<Option<String>, Hidden>,
        outer: Vec<String>,
        layouts: Vec<Layout>,
    ) -> Target {
        let mut kept: Vec<Layout> = Vec::with_capacity(layouts.len());
        for layout in layouts {
            if !layout.path.is_empty() && kept.iter().all(|known| known.path != layout.path) {
                kept.push(layout);
            }
        }
        Target {
            is_hidden: uri.is_err(),
            uri: uri.unwrap_or_default(),
            workspace: self.workspace.to_owned(),
            outer,
            layouts: kept,
            ..unknown()
        }
    }

    /// Those of some parts that are there and shown.
    fn names(&self, keys: &[&str]) -> Vec<String> {
        let name = |key: &&str| self.get(key).unwrap_or_default().map(str::to_owned);
        keys.iter().filter_map(name).collect()
    }

    /// `path`, or `workspace_dir` and the workspace, both relative to the root module's folder.
    fn local(&self, root: Option<&str>) -> Told {
        let path = if self.is_default() {
            self.get("path")?.unwrap_or("terraform.tfstate").to_owned()
        } else {
            let folder = self.get("workspace_dir")?.unwrap_or("terraform.tfstate.d");
            format!("{folder}/{}/terraform.tfstate", self.workspace)
        };
        let is_absolute = path.starts_with('/');
        let uri = match root {
            _ if is_absolute => absolute("/", &path),
            Some(root) => absolute(root, &path),
            None => path.clone(),
        };
        let layout = parts(&path)
            .into_iter()
            .filter(|part| part != "." && part != "..")
            .collect();
        Ok(Target {
            guess: (root.is_some() && !is_absolute).then_some(Guess::Likely),
            ..self.target(Ok(Some(uri)), Vec::new(), below(vec![layout]))
        })
    }

    /// `key`, and of a workspace `PREFIX/WS/key`.
    fn bucket(
        &self,
        scheme: &str,
        prefix: &str,
        default_prefix: Option<&str>,
        default_key: Option<&str>,
    ) -> Told {
        let prefix = self.get(prefix)?.or(default_prefix).unwrap_or_default();
        let Some(key) = self.get("key")?.or(default_key) else {
            return Ok(unknown());
        };
        let layout = if self.is_default() {
            parts(key)
        } else {
            parts(&format!("{prefix}/{}/{key}", self.workspace))
        };
        Ok(self.in_bucket(scheme, layout, parts(prefix)))
    }

    /// `prefix/key`, and of a workspace `prefix/WS/key`.
    fn prefixed(&self, scheme: &str, default_prefix: &str) -> Told {
        let prefix = parts(self.get("prefix")?.unwrap_or(default_prefix));
        let key = parts(self.get("key")?.unwrap_or("terraform.tfstate"));
        let workspace = (!self.is_default()).then(|| self.workspace.to_owned());
        let layout = [prefix.clone(), workspace.into_iter().collect(), key].concat();
        Ok(self.in_bucket(scheme, layout, prefix))
    }

    fn in_bucket(&self, scheme: &str, layout: Vec<String>, workspaces: Vec<String>) -> Target {
        let bucket = self.get("bucket");
        let uri = |name| format!("{scheme}://{name}/{}", layout.join("/"));
        let uri = bucket.map(|bucket| bucket.map(uri));
        Target {
            workspaces: (!workspaces.is_empty()).then_some(workspaces),
            ..self.target(uri, self.names(&["bucket"]), below(vec![layout]))
        }
    }

    /// `prefix/WS.tfstate`; copies are often called as local states are.
    fn gcs(&self) -> Told {
        let prefix = parts(self.get("prefix")?.unwrap_or_default());
        let object = [prefix.clone(), vec![format!("{}.tfstate", self.workspace)]].concat();
        let uri = |bucket| format!("gs://{bucket}/{}", object.join("/"));
        let uri = self.get("bucket").map(|bucket| bucket.map(uri));
        let mut layouts = vec![object.clone()];
        if self.is_default() {
            layouts.extend(as_local_state(&prefix));
        } else {
            let folder = [prefix, vec![self.workspace.to_owned()]].concat();
            layouts.extend(as_local_state(&folder).into_iter().take(1));
        }
        Ok(self.target(uri, self.names(&["bucket"]), below(layouts)))
    }

    /// `key`, with `env:WS` behind it of a workspace.
    fn azurerm(&self) -> Told {
        let Some(key) = self.get("key")? else {
            return Ok(unknown());
        };
        let blob = if self.is_default() {
            key.to_owned()
        } else {
            format!("{key}env:{}", self.workspace)
        };
        let blob = parts(&blob);
        let uri = || {
            let account = self.get("storage_account_name")?.unwrap_or_default();
            let container = self.get("container_name")?;
            let blob = blob.join("/");
            Ok(container.map(|container| format!("azurerm://{account}/{container}/{blob}")))
        };
        let outer = self.names(&["storage_account_name", "container_name"]);
        Ok(self.target(uri(), outer, below(vec![blob.clone()])))
    }

    /// A row of a schema's table.
    fn pg(&self) -> Told {
        let schema = self.get("schema_name")?.unwrap_or("terraform_remote_state");
        // OpenTofu lets the table be called otherwise.
        let stack = match self.get("table_name")?.unwrap_or("states") {
            "states" => schema.to_owned(),
            table => format!("{schema}.{table}"),
        };
        let workspace = self.workspace;
        let uri = || {
            let host = self.get("host")?.unwrap_or_default();
            let port = self.get("port")?.map(|port| format!(":{port}"));
            let database = self.get("database")?.map(|name| format!("/{name}"));
            let (port, database) = (port.unwrap_or_default(), database.unwrap_or_default());
            Ok(Some(format!(
                "pg://{host}{port}{database}/{stack}#{workspace}"
            )))
        };
        let schema = schema.to_owned();
        let mut layouts = vec![
            // The row itself, in a database that another name or address leads to.
            vec![format!("{stack}#{workspace}")],
            vec![schema.clone(), format!("{workspace}.tfstate")],
            vec![
                schema.clone(),
                workspace.to_owned(),
                "terraform.tfstate".to_owned(),
            ],
        ];
        if self.is_default() {
            layouts.extend(as_local_state(&[schema]));
        }
        Ok(self.target(uri(), self.names(&["host"]), below(layouts)))
    }

    /// An address; none of a path alone where states differ in what follows it.
    fn http(&self) -> Told {
        let Some(address) = self.get("address")? else {
            return Ok(unknown());
        };
        let uri = Ok(Some(address.to_owned()));
        if self.location.is_cut("address") {
            return Ok(self.target(uri, Vec::new(), Vec::new()));
        }
        let (host, path) = host_and_path(address);
        let path = parts(path);
        let mut layouts = below(vec![path.clone()]);
        if let Some(last) = path.last() {
            let mut ends = vec![vec![last.clone()]];
            if !last.contains(".tfstate") {
                ends.extend(as_local_state(std::slice::from_ref(last)));
            }
            layouts.extend(with(Above::Cut, ends));
        }
        Ok(self.target(uri, vec![host.to_owned()], layouts))
    }

    /// A workspace of an organisation: by its name, or by a prefix and the workspace.
    fn remote(&self) -> Told {
        let name = match (self.get("workspace_name")?, self.get("workspace_prefix")?) {
            (Some(name), _) => name.to_owned(),
            (None, Some(prefix)) if self.workspace.starts_with(prefix) => self.workspace.to_owned(),
            (None, prefix) if prefix.is_some() || !self.is_default() => {
                format!("{}{}", prefix.unwrap_or_default(), self.workspace)
            }
            _ => return Ok(unknown()),
        };
        let organization = self.get("organization")?.unwrap_or_default();
        let host = self.get("hostname");
        let host = host.map(|host| host.unwrap_or("app.terraform.io"));
        let uri = host.map(|host| Some(format!("remote://{host}/{organization}/{name}")));
        let within = [organization.to_owned(), name.clone()];
        let layouts = as_local_state(&within).into_iter().chain([within.to_vec()]);
        let mut layouts = with(Above::Named, layouts.collect());
        layouts.extend(below(as_local_state(std::slice::from_ref(&name))));
        Ok(Target {
            // A prefix names many workspaces, and the workspace is told by the name that it makes.
            workspace: DEFAULT.to_owned(),
            ..self.target(uri, self.names(&["organization"]), layouts)
        })
    }

    /// `path`, with `-env:WS` behind it of a workspace.
    fn consul(&self) -> Told {
        let Some(path) = self.get("path")? else {
            return Ok(unknown());
        };
        let key = if self.is_default() {
            path.to_owned()
        } else {
            format!("{path}-env:{}", self.workspace)
        };
        let key = parts(&key);
        let address = self.get("address").map(Option::unwrap_or_default);
        let address = address.map(|address| {
            let below_scheme = address.split_once("://");
            below_scheme.map_or(address, |(_, below)| below)
        });
        let uri = address.map(|address| Some(format!("consul://{address}/{}", key.join("/"))));
        let host = address.map_or("", |address| host_and_path(address).0);
        let outer = (!host.is_empty()).then(|| host.to_owned());
        let mut layouts = vec![key.clone()];
        layouts.extend(as_local_state(&key));
        Ok(self.target(uri, outer.into_iter().collect(), below(layouts)))
    }

    /// A secret `tfstate-WS-SUFFIX` of a namespace.
    fn kubernetes(&self) -> Told {
        let Some(suffix) = self.get("secret_suffix")? else {
            return Ok(unknown());
        };
        let secret = format!("tfstate-{}-{suffix}", self.workspace);
        let namespace = self.get("namespace");
        let namespace = namespace.map(|namespace| namespace.unwrap_or("default").to_owned());
        let uri = namespace.as_ref().map_err(|hidden| *hidden);
        let uri = uri.map(|namespace| Some(format!("kubernetes://{namespace}/{secret}")));
        let mut layouts = Vec::new();
        if let Ok(namespace) = &namespace {
            let within = as_local_state(&[namespace.clone(), secret.clone()]);
            layouts.extend(with(Above::Named, within));
        }
        layouts.extend(below(vec![vec![secret.clone()]]));
        layouts.extend(below(as_local_state(&[secret])));
        Ok(self.target(uri, namespace.into_iter().collect(), layouts))
    }

    /// What other backends say, in the order in which it narrows the place down.
    fn other(&self, backend: &str) -> Told {
        const CONTAINERS: [&str; 6] = [
            "account",
            "bucket",
            "container",
            "archive_container",
            "repo",
            "namespace",
        ];
        // No `key`: that of swift is a client's private key.
        const OBJECTS: [&str; 7] = [
            "prefix",
            "subpath",
            "path",
            "name",
            "objectName",
            "object_name",
            "state_name",
        ];
        let all = |keys: &[&str]| -> Result<Vec<String>, Hidden> {
            let mut all = Vec::new();
            for key in keys {
                all.extend(self.get(key)?.map(parts).unwrap_or_default());
            }
            Ok(all)
        };
        let (outer, mut object) = (all(&CONTAINERS)?, all(&OBJECTS)?);
        if object.is_empty() {
            return Ok(unknown());
        }
        let workspace = match self.workspace {
            DEFAULT => String::new(),
            workspace => format!("#{workspace}"),
        };
        let path = [outer.clone(), object.clone()].concat().join("/");
        if !self.is_default() {
            object.push(self.workspace.to_owned());
        }
        let mut layouts = vec![object.clone()];
        layouts.extend(as_local_state(&object));
        let uri = format!("{backend}://{path}{workspace}");
        Ok(self.target(Ok(Some(uri)), outer, below(layouts)))
    }
}

/// An address as it is compared with others: of a database of PostgreSQL, the usual port is as good as
/// none, and one name of this machine as any other.
pub(super) fn comparable(uri: &str) -> Cow<'_, str> {
    let Some((server, path)) = uri
        .strip_prefix("pg://")
        .map(|rest| rest.split_once('/').unwrap_or((rest, "")))
    else {
        return Cow::Borrowed(uri);
    };
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (server, ""),
    };
    let is_here =
        matches!(host, "" | "localhost" | "127.0.0.1" | "[::1]") || host.starts_with("%2F");
    let host = if is_here { "localhost" } else { host };
    let port = if port.is_empty() { "5432" } else { port };
    Cow::Owned(format!("pg://{host}:{port}/{path}"))
}

/// Layouts right below the outer names.
fn below(paths: Vec<Vec<String>>) -> Vec<Layout> {
    with(Above::Outer, paths)
}

fn with(above: Above, paths: Vec<Vec<String>>) -> Vec<Layout> {
    let layout = |path| Layout { path, above };
    paths.into_iter().map(layout).collect()
}

/// The host of an address without its port, and the path.
fn host_and_path(address: &str) -> (&str, &str) {
    let below_scheme = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (host, path) = below_scheme.split_once('/').unwrap_or((below_scheme, ""));
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) => (name, path),
        _ => (host, path),
    }
}

/// What a copy of something is called where copies are called as local states are:
/// `…/NAME/terraform.tfstate` or `…/NAME.tfstate`.
fn as_local_state(path: &[String]) -> Vec<Vec<String>> {
    let Some((name, above)) = path.split_last() else {
        return Vec::new();
    };
    let file = |name: String| [above, &[name]].concat();
    let folder = [path, &["terraform.tfstate".to_owned()]].concat();
    vec![folder, file(format!("{name}.tfstate"))]
}

/// The parts of a path, without empty ones.
fn parts(path: &str) -> Vec<String> {
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A path from `root`, with `.` and `..` resolved by name.
fn absolute(root: &str, path: &str) -> String {
    let mut clean: Vec<&str> = Vec::new();
    for part in root.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    format!("/{}", clean.join("/"))
}

/// The folder of the root module of a state that a local backend keeps at `uri`: the state's own, or
/// the one that holds `terraform.tfstate.d`. `None` where the address is no path.
fn root_module(uri: &str) -> Option<&str> {
    let (folder, _) = uri.rsplit_once('/').filter(|_| uri.starts_with('/'))?;
    let above = folder.rsplit_once('/').map_or("", |(above, _)| above);
    let root = match above.strip_suffix("/terraform.tfstate.d") {
        Some(root) if uri.ends_with("/terraform.tfstate") => root,
        _ => folder,
    };
    Some(if root.is_empty() { "/" } else { root })
}

#[cfg(test)]
mod tests;
