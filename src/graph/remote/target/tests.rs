use super::*;

fn uri<const N: usize>(backend: &str, parts: [(&str, &str); N], workspace: Option<&str>) -> String {
    target(
        backend,
        &Location::from(parts),
        workspace,
        Some("/infra/app"),
    )
    .uri
    .unwrap_or_else(|| "unknown".to_owned())
}

fn layouts<const N: usize>(
    backend: &str,
    parts: [(&str, &str); N],
    workspace: Option<&str>,
) -> Vec<String> {
    let target = target(
        backend,
        &Location::from(parts),
        workspace,
        Some("/infra/app"),
    );
    target
        .layouts
        .iter()
        .map(|layout| layout.path.join("/"))
        .collect()
}

#[test]
fn local_paths_start_at_the_root_module() {
    let path = [("path", "../network/terraform.tfstate")];
    for backend in ["local", "_local"] {
        assert_eq!(uri(backend, path, None), "/infra/network/terraform.tfstate");
    }
    assert_eq!(
        uri("local", path, Some("default")),
        "/infra/network/terraform.tfstate"
    );
    assert_eq!(
        uri("local", path, Some("eu")),
        "/infra/app/terraform.tfstate.d/eu/terraform.tfstate"
    );
    assert_eq!(
        uri("local", [("workspace_dir", "../network/ws")], Some("eu")),
        "/infra/network/ws/eu/terraform.tfstate"
    );
    assert_eq!(
        uri("local", [("workspace_dir", "../ws")], None),
        "/infra/app/terraform.tfstate"
    );
    assert_eq!(
        uri("local", [("path", "/a/./b/../x.tfstate")], None),
        "/a/x.tfstate"
    );
    assert_eq!(layouts("local", path, None), ["network/terraform.tfstate"]);
}

#[test]
fn without_a_root_module_a_relative_path_stays_one() {
    let location = Location::from([("path", "../x.tfstate")]);
    assert_eq!(
        target("local", &location, None, None).uri.as_deref(),
        Some("../x.tfstate")
    );
}

#[test]
fn the_root_module_is_the_state_s_folder_or_three_above() {
    for (uri, root) in [
        ("/a/app/terraform.tfstate", Some("/a/app")),
        (
            "/a/app/terraform.tfstate.d/eu/terraform.tfstate",
            Some("/a/app"),
        ),
        (
            "/a/terraform.tfstate.d/x.tfstate",
            Some("/a/terraform.tfstate.d"),
        ),
        ("/terraform.tfstate", Some("/")),
        ("s3://bucket/key", None),
        ("-", None),
    ] {
        assert_eq!(root_module(uri), root, "{uri}");
    }
}

#[test]
fn a_root_module_is_likely_where_the_state_is_called_as_local_ones_are() {
    let location = Location::from([("backend", "local"), ("path", "../net/terraform.tfstate")]);
    for (uri, guess) in [
        ("/a/app/terraform.tfstate", Some(Guess::Likely)),
        ("/a/app/state/app.tfstate", Some(Guess::Mere)),
        ("-", None),
    ] {
        assert_eq!(of(&location, uri).guess, guess, "{uri}");
    }
}

#[test]
fn s3_keys_have_the_workspace_before_them() {
    let key = [("bucket", "b"), ("key", "/net/x.tfstate")];
    assert_eq!(uri("s3", key, None), "s3://b/net/x.tfstate");
    assert_eq!(
        uri("s3", key, Some("prod")),
        "s3://b/env:/prod/net/x.tfstate"
    );
    let prefixed = [
        ("bucket", "b"),
        ("key", "x"),
        ("workspace_key_prefix", "ws"),
    ];
    assert_eq!(uri("s3", prefixed, Some("prod")), "s3://b/ws/prod/x");
    assert_eq!(uri("s3", [("bucket", "b")], None), "unknown");
}

#[test]
fn gcs_objects_are_called_by_the_workspace() {
    let prefix = [("bucket", "b"), ("prefix", "data/lake/")];
    assert_eq!(uri("gcs", prefix, None), "gs://b/data/lake/default.tfstate");
    assert_eq!(
        layouts("gcs", prefix, None),
        [
            "data/lake/default.tfstate",
            "data/lake/terraform.tfstate",
            "data/lake.tfstate"
        ]
    );
    assert_eq!(
        uri("gcs", prefix, Some("prod")),
        "gs://b/data/lake/prod.tfstate"
    );
    assert_eq!(
        layouts("gcs", prefix, Some("prod")),
        ["data/lake/prod.tfstate", "data/lake/prod/terraform.tfstate"]
    );
    assert_eq!(
        uri("gcs", [("bucket", "b")], None),
        "gs://b/default.tfstate"
    );
}

#[test]
fn azure_blobs_have_the_workspace_behind_them() {
    let key = [
        ("storage_account_name", "a"),
        ("container_name", "c"),
        ("key", "net.tfstate"),
    ];
    assert_eq!(uri("azurerm", key, None), "azurerm://a/c/net.tfstate");
    assert_eq!(
        uri("azurerm", key, Some("prod")),
        "azurerm://a/c/net.tfstateenv:prod"
    );
    assert_eq!(uri("azure", key, None), "azurerm://a/c/net.tfstate");
}

#[test]
fn one_database_is_compared_by_all_its_names() {
    let same = [
        "pg://localhost/tf/net#default",
        "pg://127.0.0.1:5432/tf/net#default",
        "pg://[::1]:5432/tf/net#default",
        "pg://%2Frun%2Fpostgresql:5432/tf/net#default",
        "pg:///tf/net#default",
    ];
    for uri in same {
        assert_eq!(comparable(uri), "pg://localhost:5432/tf/net#default");
    }
    assert_eq!(comparable("pg://db/tf/net#a"), "pg://db:5432/tf/net#a");
    assert_ne!(
        comparable("pg://db:5433/tf/net#a"),
        comparable("pg://db/tf/net#a")
    );
    assert_eq!(comparable("s3://b/k"), "s3://b/k");
}

#[test]
fn pg_states_are_rows_of_a_schema() {
    let all = [
        ("host", "db"),
        ("port", "5433"),
        ("database", "states"),
        ("schema_name", "net"),
    ];
    assert_eq!(uri("pg", all, None), "pg://db:5433/states/net#default");
    assert_eq!(
        uri("pg", [("host", "db"), ("database", "s")], Some("eu")),
        "pg://db/s/terraform_remote_state#eu"
    );
    let renamed = [("host", "db"), ("table_name", "tofu_states")];
    assert_eq!(
        uri("pg", renamed, None),
        "pg://db/terraform_remote_state.tofu_states#default"
    );
    assert_eq!(
        layouts("pg", all, None),
        [
            "net#default",
            "net/default.tfstate",
            "net/default/terraform.tfstate",
            "net/terraform.tfstate",
            "net.tfstate"
        ]
    );
    assert_eq!(
        layouts("pg", all, Some("eu")),
        ["net#eu", "net/eu.tfstate", "net/eu/terraform.tfstate"]
    );
}

#[test]
fn http_addresses_stay() {
    let address = [("address", "https://h.example/api/state/net")];
    assert_eq!(
        uri("http", address, None),
        "https://h.example/api/state/net"
    );
    assert_eq!(
        layouts("http", address, None),
        [
            "api/state/net",
            "net",
            "net/terraform.tfstate",
            "net.tfstate"
        ]
    );
}

#[test]
fn remote_workspaces_have_a_name_or_a_prefix() {
    let name = [
        ("hostname", "tfe.example"),
        ("organization", "o"),
        ("workspace_name", "net"),
    ];
    assert_eq!(uri("remote", name, None), "remote://tfe.example/o/net");
    let prefix = [("organization", "o"), ("workspace_prefix", "net-")];
    assert_eq!(
        uri("remote", prefix, Some("prod")),
        "remote://app.terraform.io/o/net-prod"
    );
    assert_eq!(
        uri("remote", prefix, Some("net-prod")),
        "remote://app.terraform.io/o/net-prod"
    );
    assert_eq!(
        uri("cloud", [("organization", "o")], Some("net")),
        "remote://app.terraform.io/o/net"
    );
    assert_eq!(uri("remote", [("organization", "o")], None), "unknown");
    assert_eq!(
        layouts("remote", prefix, Some("prod")),
        [
            "o/net-prod/terraform.tfstate",
            "o/net-prod.tfstate",
            "o/net-prod",
            "net-prod/terraform.tfstate",
            "net-prod.tfstate"
        ]
    );
}

#[test]
fn nothing_is_made_of_a_hidden_part() {
    for (backend, location) in [
        (
            "pg",
            Location::from([("schema_name", "net")]).hiding("host"),
        ),
        (
            "kubernetes",
            Location::from([("secret_suffix", "net")]).hiding("namespace"),
        ),
        (
            "remote",
            Location::from([("organization", "o"), ("workspace_name", "net")]).hiding("hostname"),
        ),
        (
            "consul",
            Location::from([("path", "net")]).hiding("address"),
        ),
        (
            "azurerm",
            Location::from([("container_name", "c"), ("key", "k")]).hiding("storage_account_name"),
        ),
        (
            "swift",
            Location::from([("container", "c")]).hiding("state_name"),
        ),
        ("http", Location::from([]).hiding("address")),
    ] {
        let target = target(backend, &location, None, None);
        assert_eq!((target.uri, target.is_hidden), (None, true), "{backend}");
    }
}

#[test]
fn a_hidden_backend_or_workspace_hides_the_place() {
    let location = Location::from([("backend", "s3"), ("bucket", "b"), ("key", "net/x.tfstate")]);
    assert_eq!(
        of(&location, "/app.tfstate").uri.as_deref(),
        Some("s3://b/net/x.tfstate")
    );
    for hidden in ["backend", "workspace"] {
        let target = of(&location.clone().hiding(hidden), "/app.tfstate");
        assert!(target.is_hidden && target.uri.is_none() && target.layouts.is_empty());
    }
}

#[test]
fn other_backends_have_their_own_layouts() {
    let consul = [("address", "consul.example:8500"), ("path", "tf/net")];
    assert_eq!(
        uri("consul", consul, None),
        "consul://consul.example:8500/tf/net"
    );
    assert_eq!(
        uri("consul", consul, Some("eu")),
        "consul://consul.example:8500/tf/net-env:eu"
    );
    assert_eq!(
        uri("kubernetes", [("secret_suffix", "net")], Some("eu")),
        "kubernetes://default/tfstate-eu-net"
    );
    assert_eq!(
        uri(
            "oss",
            [("bucket", "b"), ("prefix", "p"), ("key", "k")],
            Some("eu")
        ),
        "oss://b/p/eu/k"
    );
    assert_eq!(
        uri("oss", [("bucket", "b")], None),
        "oss://b/env:/terraform.tfstate"
    );
    assert_eq!(
        uri("cos", [("bucket", "b"), ("prefix", "p")], None),
        "cos://b/p/terraform.tfstate"
    );
    assert_eq!(
        uri("oci", [("bucket", "b"), ("key", "k")], Some("eu")),
        "oci://b/tf-state-env/eu/k"
    );
    assert_eq!(
        uri("swift", [("container", "c"), ("state_name", "s")], None),
        "swift://c/s"
    );
    assert_eq!(
        uri("artifactory", [("repo", "r"), ("subpath", "a/b")], None),
        "artifactory://r/a/b"
    );
    assert_eq!(
        uri("manta", [("path", "p"), ("objectName", "o")], Some("eu")),
        "manta://p/o#eu"
    );
    assert_eq!(uri("etcd", [("path", "tf/net")], None), "etcd://tf/net");
    assert_eq!(
        uri(
            "swift",
            [("container", "c"), ("key", "s3cr3t"), ("state_name", "s")],
            None
        ),
        "swift://c/s"
    );
    assert_eq!(uri("unheard-of", [], None), "unknown");
}
