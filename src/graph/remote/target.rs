//! Where the other state lies: one address for each place, and the paths its copy may have.

use crate::format::Location;

/// The place of a state that another one names, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// `s3://bucket/key`, `pg://host/db/schema#WS`, an absolute path, …; never with a credential.
    /// `None` where the state does not tell enough.
    pub(super) uri: Option<String>,
    /// The workspace; `default` where none is named.
    pub(super) workspace: String,
    /// The bucket or the like, which a copy's path may hold above the layout.
    pub(super) container: Option<String>,
    /// How the path of a copy may end, best first.
    pub(super) layouts: Vec<Vec<String>>,
    /// The folder above the folders of workspaces, where the backend has one for others than `default`:
    /// what lies in `FOLDER/WS/` is another workspace's.
    pub(super) workspaces: Option<Vec<String>>,
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
    match backend {
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
    }
}

struct Place<'a> {
    location: &'a Location,
    workspace: &'a str,
}

impl Place<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.location.get(key)
    }

    fn is_default(&self) -> bool {
        self.workspace == DEFAULT
    }

    fn target(&self, uri: Option<String>, layouts: Vec<Vec<String>>) -> Target {
        let mut kept: Vec<Vec<String>> = Vec::with_capacity(layouts.len());
        for layout in layouts {
            if !layout.is_empty() && !kept.contains(&layout) {
                kept.push(layout);
            }
        }
        Target {
            uri,
            workspace: self.workspace.to_owned(),
            container: None,
            layouts: kept,
            workspaces: None,
        }
    }

    /// `path`, or `workspace_dir` and the workspace, both relative to the root module's folder.
    fn local(&self, root: Option<&str>) -> Target {
        let path = if self.is_default() {
            self.get("path").unwrap_or("terraform.tfstate").to_owned()
        } else {
            let folder = self.get("workspace_dir").unwrap_or("terraform.tfstate.d");
            format!("{folder}/{}/terraform.tfstate", self.workspace)
        };
        let uri = match root {
            _ if path.starts_with('/') => absolute("/", &path),
            Some(root) => absolute(root, &path),
            None => path.clone(),
        };
        let layout = parts(&path)
            .into_iter()
            .filter(|part| part != "." && part != "..")
            .collect();
        self.target(Some(uri), vec![layout])
    }

    /// `key`, and of a workspace `PREFIX/WS/key`.
    fn bucket(
        &self,
        scheme: &str,
        prefix: &str,
        default_prefix: Option<&str>,
        default_key: Option<&str>,
    ) -> Target {
        let prefix = self.get(prefix).or(default_prefix).unwrap_or_default();
        let Some(key) = self.get("key").or(default_key) else {
            return self.target(None, Vec::new());
        };
        let layout = if self.is_default() {
            parts(key)
        } else {
            parts(&format!("{prefix}/{}/{key}", self.workspace))
        };
        self.in_container(scheme, self.get("bucket"), layout, parts(prefix))
    }

    /// `prefix/key`, and of a workspace `prefix/WS/key`.
    fn prefixed(&self, scheme: &str, default_prefix: &str) -> Target {
        let prefix = parts(self.get("prefix").unwrap_or(default_prefix));
        let key = parts(self.get("key").unwrap_or("terraform.tfstate"));
        let workspace = (!self.is_default()).then(|| self.workspace.to_owned());
        let layout = [prefix.clone(), workspace.into_iter().collect(), key].concat();
        self.in_container(scheme, self.get("bucket"), layout, prefix)
    }

    fn in_container(
        &self,
        scheme: &str,
        container: Option<&str>,
        layout: Vec<String>,
        workspaces: Vec<String>,
    ) -> Target {
        let uri = container.map(|name| format!("{scheme}://{name}/{}", layout.join("/")));
        Target {
            container: container.map(str::to_owned),
            workspaces: (!workspaces.is_empty()).then_some(workspaces),
            ..self.target(uri, vec![layout])
        }
    }

    /// `prefix/WS.tfstate`; copies are often called as local states are.
    fn gcs(&self) -> Target {
        let prefix = parts(self.get("prefix").unwrap_or_default());
        let object = [prefix.clone(), vec![format!("{}.tfstate", self.workspace)]].concat();
        let mut layouts = vec![object.clone()];
        if self.is_default() {
            layouts.extend(as_local_state(&prefix));
        } else {
            let folder = [prefix, vec![self.workspace.to_owned()]].concat();
            layouts.extend(as_local_state(&folder).into_iter().take(1));
        }
        let bucket = self.get("bucket");
        Target {
            container: bucket.map(str::to_owned),
            ..self.target(
                bucket.map(|bucket| format!("gs://{bucket}/{}", object.join("/"))),
                layouts,
            )
        }
    }

    /// `key`, with `env:WS` behind it of a workspace.
    fn azurerm(&self) -> Target {
        let Some(key) = self.get("key") else {
            return self.target(None, Vec::new());
        };
        let blob = if self.is_default() {
            key.to_owned()
        } else {
            format!("{key}env:{}", self.workspace)
        };
        let container = self.get("container_name");
        let account = self.get("storage_account_name").unwrap_or_default();
        let uri = container
            .map(|container| format!("azurerm://{account}/{container}/{}", parts(&blob).join("/")));
        Target {
            container: container.map(str::to_owned),
            ..self.target(uri, vec![parts(&blob)])
        }
    }

    /// A row of a schema's table.
    fn pg(&self) -> Target {
        let schema = self.get("schema_name").unwrap_or("terraform_remote_state");
        let host = self.get("host").unwrap_or_default();
        let port = self
            .get("port")
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        let database = self
            .get("database")
            .map(|name| format!("/{name}"))
            .unwrap_or_default();
        let workspace = self.workspace;
        let uri = format!("pg://{host}{port}{database}/{schema}#{workspace}");
        let schema = schema.to_owned();
        let mut layouts = vec![
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
        self.target(Some(uri), layouts)
    }

    fn http(&self) -> Target {
        let Some(address) = self.get("address") else {
            return self.target(None, Vec::new());
        };
        let below_host = address.split_once("://").map_or(address, |(_, rest)| rest);
        let path = below_host.split_once('/').map_or("", |(_, path)| path);
        let path = parts(path);
        let mut layouts = vec![path.clone()];
        if let Some(last) = path.last() {
            layouts.push(vec![last.clone()]);
            if !last.contains(".tfstate") {
                layouts.extend(as_local_state(std::slice::from_ref(last)));
            }
        }
        self.target(Some(address.to_owned()), layouts)
    }

    /// A workspace of an organisation: by its name, or by a prefix and the workspace.
    fn remote(&self) -> Target {
        let host = self.get("hostname").unwrap_or("app.terraform.io");
        let name = match (self.get("workspace_name"), self.get("workspace_prefix")) {
            (Some(name), _) => name.to_owned(),
            (None, prefix) if prefix.is_some() || !self.is_default() => {
                format!("{}{}", prefix.unwrap_or_default(), self.workspace)
            }
            _ => return self.target(None, Vec::new()),
        };
        let organization = self.get("organization").unwrap_or_default();
        let below = [organization.to_owned(), name.clone()];
        let layouts = as_local_state(&below).into_iter().chain([below.to_vec()]);
        let layouts = layouts.chain(as_local_state(std::slice::from_ref(&name)));
        Target {
            // A prefix names many workspaces, and the workspace is told by the name that it makes.
            workspace: DEFAULT.to_owned(),
            ..self.target(
                Some(format!("remote://{host}/{organization}/{name}")),
                layouts.collect(),
            )
        }
    }

    /// `path`, with `-env:WS` behind it of a workspace.
    fn consul(&self) -> Target {
        let Some(path) = self.get("path") else {
            return self.target(None, Vec::new());
        };
        let key = if self.is_default() {
            path.to_owned()
        } else {
            format!("{path}-env:{}", self.workspace)
        };
        let host = self.get("address").unwrap_or_default();
        let host = host.split_once("://").map_or(host, |(_, host)| host);
        let key = parts(&key);
        let mut layouts = vec![key.clone()];
        layouts.extend(as_local_state(&key));
        self.target(Some(format!("consul://{host}/{}", key.join("/"))), layouts)
    }

    /// A secret `tfstate-WS-SUFFIX` of a namespace.
    fn kubernetes(&self) -> Target {
        let Some(suffix) = self.get("secret_suffix") else {
            return self.target(None, Vec::new());
        };
        let namespace = self.get("namespace").unwrap_or("default");
        let secret = format!("tfstate-{}-{suffix}", self.workspace);
        let uri = format!("kubernetes://{namespace}/{secret}");
        let below = [namespace.to_owned(), secret.clone()];
        let layouts = as_local_state(&below)
            .into_iter()
            .chain([vec![secret.clone()]]);
        self.target(
            Some(uri),
            layouts.chain(as_local_state(&[secret])).collect(),
        )
    }

    /// What other backends say, in the order in which it narrows the place down.
    fn other(&self, backend: &str) -> Target {
        const CONTAINERS: [&str; 6] = [
            "account",
            "bucket",
            "container",
            "archive_container",
            "repo",
            "namespace",
        ];
        const OBJECTS: [&str; 8] = [
            "prefix",
            "subpath",
            "path",
            "name",
            "key",
            "objectName",
            "object_name",
            "state_name",
        ];
        let all = |keys: &[&str]| -> Vec<String> {
            keys.iter()
                .filter_map(|key| self.get(key))
                .flat_map(parts)
                .collect()
        };
        let (containers, mut object) = (all(&CONTAINERS), all(&OBJECTS));
        if object.is_empty() {
            return self.target(None, Vec::new());
        }
        let workspace = match self.workspace {
            DEFAULT => String::new(),
            workspace => format!("#{workspace}"),
        };
        let path = [containers.clone(), object.clone()].concat().join("/");
        if !self.is_default() {
            object.push(self.workspace.to_owned());
        }
        let mut layouts = vec![object.clone()];
        layouts.extend(as_local_state(&object));
        Target {
            container: containers.last().cloned(),
            ..self.target(Some(format!("{backend}://{path}{workspace}")), layouts)
        }
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
pub(super) fn root_module(uri: &str) -> Option<&str> {
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
