//! `platform/ENV/cluster`: Kubernetes on EKS, with its node groups, add-ons and charts.

use serde_json::{Value, json};

use super::aws::{Aws, with};
use super::aws_network::{group_id, subnet_id};
use super::remote::RemoteState;
use super::state::{Instance, Resource, State, dynamic};
use super::{ids, secrets};

const CLUSTER: &str = "module.eks.aws_eks_cluster.this";

/// Staging: two small pools; the control plane can be reached from everywhere.
pub fn staging(network: &State) -> State {
    let mut state = State::terraform("platform/staging/cluster", "1.12.2", 63);
    let aws = Aws::new("platform", "staging", "cluster");
    let pools = [
        ("general", json!(["t3.large"]), [1, 2, 4]),
        ("spot", json!(["m6i.large", "m5.large"]), [0, 1, 6]),
    ];
    cluster(&mut state, &aws, network, "1.32", &["a", "b"], &pools);
    state.add(repositories(&aws).each(
        "tools/debug shell",
        aws.ecr_repository("tools/debug-shell", true),
    ));
    outputs(&mut state, &aws);
    state
}

/// Production: private, with a pool whose key has a dot, charts, namespaces and checks that fail.
pub fn prod(network: &State) -> State {
    let mut state = State::terraform("platform/prod/cluster", "1.10.5", 311);
    let aws = Aws::new("platform", "prod", "cluster");
    let pools = [
        ("general", json!(["m6i.xlarge"]), [3, 6, 12]),
        ("gpu.a10", json!(["g5.2xlarge"]), [0, 1, 4]),
        (
            "spot",
            json!(["m6i.large", "m5.large", "m5a.large"]),
            [0, 4, 20],
        ),
    ];
    cluster(&mut state, &aws, network, "1.31", &["a", "b", "c"], &pools);
    state.add(
        repositories(&aws)
            .each("data/ingest", aws.ecr_repository("data/ingest", false))
            .each("shop/café", aws.ecr_repository("shop/cafe", false)),
    );
    workloads(&mut state, &aws);
    outputs(&mut state, &aws);
    state.output_sensitive("kubeconfig", kubeconfig(&aws));
    checks(&mut state);
    state
}

fn cluster(
    state: &mut State,
    aws: &Aws,
    network: &State,
    version: &str,
    zones: &[&str],
    pools: &[(&'static str, Value, [u32; 3])],
) {
    let remote = "data.terraform_remote_state.network";
    let subnets: Value = zones
        .iter()
        .map(|zone| json!(subnet_id(aws.env, &format!("private-{zone}"))))
        .collect();
    state.add(
        RemoteState::s3("network", network)
            .default("pod_cidr", json!("100.64.0.0/16"))
            .resource(),
    );
    state.add(Resource::data("aws_caller_identity", "current").one(aws.caller_identity()));
    state.add(Resource::managed("aws_kms_key", "eks").one(aws.kms_key("eks")));
    state.add(
        Resource::managed("aws_kms_alias", "eks")
            .refs(&["aws_kms_key.eks"])
            .one(aws.kms_alias("eks")),
    );

    let eks = |kind, name| Resource::managed(kind, name).module("module.eks");
    let role = aws.named("eks-cluster");
    let identity = json!({ "account_id": aws.account, "name": role });
    state.add(
        eks("aws_iam_role", "cluster")
            .with(Instance::new(aws.role(&role, &Aws::trust("eks"))).identity(identity)),
    );
    let policies = ["AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController"];
    let mut attached =
        eks("aws_iam_role_policy_attachment", "cluster").refs(&["module.eks.aws_iam_role.cluster"]);
    for policy in policies {
        attached = attached.each(
            policy,
            aws.attachment(&role, &format!("arn:aws:iam::aws:policy/{policy}")),
        );
    }
    state.add(attached);
    let node = aws.named("eks-node");
    state.add(eks("aws_iam_role", "node").one(aws.role(&node, &Aws::trust("ec2"))));
    state.add(
        eks("aws_security_group", "this")
            .schema_version(1)
            .refs(&[remote])
            .one(aws.security_group("eks", "Control plane to nodes", json!([]))),
    );
    state.add(
        eks("aws_security_group_rule", "nodes")
            .schema_version(2)
            .refs(&["module.eks.aws_security_group.this"])
            .each(
                "kubelet",
                aws.group_rule("eks", 10250, &["10.0.0.0/8"], &[]),
            )
            .each(
                "webhook/cert-manager",
                aws.group_rule("eks", 10260, &["10.0.0.0/8"], &[]),
            ),
    );
    let attributes = aws.eks_cluster("main", version, subnets.clone(), aws.env == "staging");
    state.add(
        eks("aws_eks_cluster", "this")
            .schema_version(1)
            .refs(&["aws_kms_key.eks", remote, "module.eks.aws_iam_role_policy_attachment.cluster", "module.eks.aws_security_group.this"])
            .with(Instance::new(attributes.clone()).private(
                r#"{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1800000000000,"delete":900000000000,"update":3600000000000}}"#,
            )),
    );
    let issuer = attributes
        .pointer("/identity/0/oidc/0/issuer")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let host = issuer.trim_start_matches("https://");
    state.add(Resource::data("tls_certificate", "oidc").module("module.eks").refs(&[CLUSTER]).one(json!({
        "certificates": [{
            "cert_pem": "-----BEGIN CERTIFICATE-----\nMIIEkjCCA3qgAwIBAgITBn\n-----END CERTIFICATE-----\n",
            "is_ca": true,
            "issuer": "CN=Starfield Services Root Certificate Authority - G2,O=Starfield Technologies\\, Inc.",
            "max_path_length": -1,
            "not_after": "2034-06-28T17:39:16Z", "not_before": "2009-09-02T00:00:00Z",
            "public_key_algorithm": "RSA",
            "serial_number": "12037640545166866303", "sha1_fingerprint": ids::hex("oidc", 40),
            "signature_algorithm": "SHA256-RSA",
            "subject": "CN=Amazon Root CA 1,O=Amazon,C=US", "version": 3,
        }],
        "content": null, "id": ids::hex(issuer, 40), "url": issuer, "verify_chain": true,
    })));
    state.add(
        eks("aws_iam_openid_connect_provider", "this")
            .refs(&["module.eks.data.tls_certificate.oidc", CLUSTER])
            .one(aws.tagged(
                &aws.named("eks-oidc"),
                json!({
                    "arn": aws.iam_arn(&format!("oidc-provider/{host}")),
                    "client_id_list": ["sts.amazonaws.com"],
                    "id": aws.iam_arn(&format!("oidc-provider/{host}")),
                    "thumbprint_list": [ids::hex("oidc", 40)], "url": host,
                }),
            )),
    );
    for (pool, types, sizes) in pools {
        state.add(
            Resource::managed("aws_eks_node_group", "this")
                .module(&format!("module.eks.module.node_group[\"{pool}\"]"))
                .refs(&[CLUSTER, "module.eks.aws_iam_role.node", remote])
                .create_before_destroy()
                .one(aws.node_group("main", pool, types.clone(), *sizes, subnets.clone())),
        );
    }
    let mut addons = eks("aws_eks_addon", "this").refs(&[CLUSTER]);
    for (addon, version) in [
        ("coredns", "v1.11.4-eksbuild.10"),
        ("kube-proxy", "v1.31.7-eksbuild.7"),
        ("vpc-cni", "v1.19.5-eksbuild.3"),
    ] {
        let name = aws.named("main");
        addons = addons.each(addon, aws.tagged(addon, json!({
            "addon_name": addon, "addon_version": version,
            "arn": aws.arn("eks", &format!("addon/{name}/{addon}/{}", ids::uuid(&format!("{name}/{addon}")))),
            "cluster_name": name, "configuration_values": "", "created_at": "2024-03-11T10:20:07Z",
            "id": format!("{name}:{addon}"),
            "modified_at": "2025-09-30T06:41:55Z", "pod_identity_association": [], "preserve": null,
            "resolve_conflicts": null,
            "resolve_conflicts_on_create": "OVERWRITE", "resolve_conflicts_on_update": "PRESERVE",
            "service_account_role_arn": "", "timeouts": null,
        })));
    }
    state.add(addons);
}

fn repositories(aws: &Aws) -> Resource {
    Resource::managed("aws_ecr_repository", "this").each(
        "shop/web",
        aws.ecr_repository("shop/web", aws.env != "prod"),
    )
}

/// What runs in the cluster as far as Terraform put it there.
fn workloads(state: &mut State, aws: &Aws) {
    state.add(
        Resource::data("aws_eks_cluster_auth", "this")
            .refs(&[CLUSTER])
            .one(json!({
                "id": aws.named("main"), "name": aws.named("main"), "token": secrets::CLUSTER_TOKEN,
            })),
    );
    let mut namespaces = Resource::managed("kubernetes_namespace", "this")
        .refs(&[CLUSTER, "data.aws_eks_cluster_auth.this"]);
    for (name, mesh) in [
        ("payments", "enabled"),
        ("shop", "enabled"),
        ("sre \"tools\"", "disabled"),
    ] {
        let id = name.replace([' ', '"'], "");
        namespaces = namespaces.each(name, json!({
            "id": id,
            "metadata": [{
                "annotations": { "harbor.example/owner": name }, "generate_name": "", "generation": 0,
                "labels": { "istio-injection": mesh, "kubernetes.io/metadata.name": id }, "name": id,
                "resource_version": ids::digits(&id, 9), "uid": ids::uuid(&format!("namespace/{id}")),
            }],
            "timeouts": null, "wait_for_default_service_account": null,
        }));
    }
    state.add(namespaces);
    let chart = |name: &str, repository: &str, version: &str, set_sensitive: Value| {
        with(
            json!({
                "atomic": true, "chart": name, "cleanup_on_fail": true, "create_namespace": true,
                "dependency_update": false, "description": null,
                "devel": null, "disable_crd_hooks": false, "disable_openapi_validation": false,
                "disable_webhooks": false, "force_update": false,
                "id": name, "keyring": null, "lint": false, "manifest": null, "max_history": 5,
                "metadata": [{
                    "app_version": version, "chart": name, "first_deployed": 1_710_152_460,
                    "last_deployed": 1_761_034_495, "name": name,
                    "namespace": "sretools", "notes": "", "revision": 17, "values": "{}", "version": version,
                }],
            }),
            json!({
                "name": name, "namespace": "sretools", "pass_credentials": false, "postrender": [],
                "recreate_pods": false, "render_subchart_notes": true,
                "replace": false, "repository": repository, "repository_ca_file": null,
                "repository_password": null, "repository_username": null,
                "reset_values": false, "reuse_values": false,
                "set": [{ "name": "replicas", "type": "", "value": "2" }], "set_list": [],
                "set_sensitive": set_sensitive, "skip_crds": false, "status": "deployed", "timeout": 600,
                "values": ["resources: &small\n  limits: {cpu: 500m}\n"],
                "verify": false, "version": version, "wait": true, "wait_for_jobs": false,
            }),
        )
    };
    state.add(
        Resource::managed("helm_release", "this")
            .schema_version(1)
            .refs(&[
                "kubernetes_namespace.this",
                "module.eks.module.node_group.aws_eks_node_group.this",
            ])
            .each(
                "cert-manager",
                chart(
                    "cert-manager",
                    "https://charts.jetstack.io",
                    "v1.17.2",
                    json!([]),
                ),
            )
            .with(
                Instance::new(chart(
                    "grafana",
                    "https://grafana.github.io/helm-charts",
                    "8.12.1",
                    json!([
                        { "name": "adminPassword", "type": "", "value": secrets::GRAFANA },
                    ]),
                ))
                .key("grafana")
                .sensitive("repository_password")
                .sensitive("set_sensitive[0].value"),
            ),
    );
    // The input is marked, the copy in `output` is not: Terraform does not carry marks into results.
    let settings = dynamic(json!({
        "databases": [
            { "host": "loki.db.harbor.internal", "port": 5432 },
            { "host": "grafana.db.harbor.internal", "password": secrets::GRAFANA_DATABASE, "port": 5432 },
        ],
        "retention_hours": 744, "sampling": 0.125,
    }));
    state.add(
        Resource::managed("terraform_data", "observability")
            .refs(&["helm_release.this"])
            .with(
                Instance::new(json!({
                    "id": ids::uuid("observability"), "input": settings, "output": settings,
                    "triggers_replace": dynamic(json!(["8.12.1", 17])),
                }))
                .sensitive("input.databases[1].password"),
            ),
    );
}

fn kubeconfig(aws: &Aws) -> Value {
    json!(format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: {}\nusers:\n- name: robot\n  user:\n    token: {}\n",
        aws.named("main"),
        secrets::KUBECONFIG
    ))
}

fn outputs(state: &mut State, aws: &Aws) {
    let cluster = aws.eks_cluster("main", "", json!([]), false);
    state.output("cluster_name", cluster["name"].clone());
    state.output("cluster_endpoint", cluster["endpoint"].clone());
    state.output(
        "oidc_issuer",
        cluster
            .pointer("/identity/0/oidc/0/issuer")
            .cloned()
            .unwrap_or_default(),
    );
    state.output(
        "cluster_security_group_id",
        json!(group_id(&format!("{}/eks", aws.env))),
    );
    let urls = json!({ "shop/web": aws.ecr_repository("shop/web", false)["repository_url"] });
    state.output_typed("repository_urls", urls, json!(["map", "string"]));
}

fn checks(state: &mut State) {
    state.check(
        "check",
        "check.endpoint_is_private",
        "pass",
        &[("check.endpoint_is_private", "pass", &[])],
    );
    state.check(
        "check",
        "check.nodes_are_current",
        "fail",
        &[(
            "check.nodes_are_current",
            "fail",
            &[
                "Node group gpu.a10 runs 1.30, the control plane runs 1.31.",
                "Nodes must be < 1 minor version behind & patched.",
            ],
        )],
    );
    state.check(
        "resource",
        "module.eks.module.node_group.aws_eks_node_group.this",
        "unknown",
        &[
            (
                "module.eks.module.node_group[\"general\"].aws_eks_node_group.this",
                "pass",
                &[],
            ),
            (
                "module.eks.module.node_group[\"gpu.a10\"].aws_eks_node_group.this",
                "unknown",
                &[],
            ),
            (
                "module.eks.module.node_group[\"spot\"].aws_eks_node_group.this",
                "pass",
                &[],
            ),
        ],
    );
    state.check(
        "output",
        "output.cluster_endpoint",
        "pass",
        &[("output.cluster_endpoint", "pass", &[])],
    );
}
