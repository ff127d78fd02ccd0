//! Pictures for tests.

use super::{Edge, EdgeKind, Node, Picture};

/// A node of a state whose label is its address.
pub(super) fn node(state: &str, address: &str) -> Node {
    let mut words = address.rsplit('.');
    let kind = words.nth(1).unwrap_or_default();
    Node {
        id: format!("{state} {address}"),
        label: address.to_owned(),
        group: Some(state.to_owned()),
        kind: kind.to_owned(),
        detail: vec![("state".into(), state.into())],
        emphasis: false,
    }
}

pub(super) fn edge(from: usize, to: usize, kind: EdgeKind) -> Edge {
    Edge {
        from,
        to,
        kind,
        label: None,
    }
}

/// Two states: the second reads an output of the first and names an id of it.
pub(super) fn two_states() -> Picture {
    let mut read = edge(3, 0, EdgeKind::RemoteState);
    read.label = Some("vpc_id".into());
    let mut picture = Picture {
        title: "shop".into(),
        nodes: vec![
            node("net", "aws_vpc.main"),
            node("net", "module.net.aws_subnet.private[\"a\"]"),
            node("app", "aws_instance.web"),
            node("app", "data.terraform_remote_state.net"),
        ],
        edges: vec![
            edge(1, 0, EdgeKind::Dependency),
            edge(2, 3, EdgeKind::Dependency),
            read,
            edge(2, 1, EdgeKind::SharedId),
        ],
    };
    picture.nodes[2].emphasis = true;
    picture
}

/// Texts that every format has to escape.
pub(super) fn hostile() -> Picture {
    let text = "a\"b\\c</script><b>&amp;#1; `x` {y} |z| é東\n\u{1b}[1m\u{202e}";
    Picture {
        title: text.into(),
        nodes: vec![
            Node {
                id: format!("{text}1"),
                label: text.into(),
                group: Some(text.into()),
                kind: "aws_\"vpc".into(),
                detail: vec![(text.into(), text.into())],
                emphasis: true,
            },
            Node {
                id: format!("{text}2"),
                label: format!("aws_vpc.x[{text}]"),
                kind: "aws_vpc".into(),
                ..Node::default()
            },
        ],
        edges: vec![Edge {
            from: 0,
            to: 1,
            kind: EdgeKind::SharedId,
            label: Some(text.into()),
        }],
    }
}

/// An organisation's states, about as many nodes as asked for: networks, clusters and databases that
/// read them, applications that read both.
pub(super) fn organisation(about: usize) -> Picture {
    let mut build = Build::default();
    let apps = about.saturating_sub(24) / 14;
    build.network("shop/prod/network", if about > 20 { 3 } else { 1 });
    if about > 40 {
        build.platform("shop/prod/platform", "shop/prod/network");
        build.database("shop/prod/database", "shop/prod/network");
    }
    let names = [
        "checkout", "search", "catalog", "accounts", "billing", "reports", "mail", "stock",
    ];
    for app in 0..apps.max(1) {
        let name = names.get(app % names.len()).copied().unwrap_or("app");
        let number = if app < names.len() {
            String::new()
        } else {
            format!("-{app}")
        };
        build.application(&format!("shop/prod/{name}{number}"), about, app);
    }
    let mut picture = build.picture;
    picture.title = format!("shop: {} resources", picture.nodes.len());
    picture
}

#[derive(Default)]
struct Build {
    picture: Picture,
}

impl Build {
    fn add(&mut self, state: &str, address: &str, on: &[usize]) -> usize {
        let mut node = node(state, address);
        node.kind = kind_of(address);
        node.detail.push(("instances".into(), "1".into()));
        self.picture.nodes.push(node);
        let from = self.picture.nodes.len() - 1;
        for to in on {
            self.picture
                .edges
                .push(edge(from, *to, EdgeKind::Dependency));
        }
        from
    }

    fn across(
        &mut self,
        from: usize,
        state: &str,
        label: &str,
        kind: EdgeKind,
        output: Option<&str>,
    ) {
        let id = format!("{state} {label}");
        if let Some(to) = self.picture.nodes.iter().position(|node| node.id == id) {
            let label = output.map(str::to_owned);
            self.picture.edges.push(Edge {
                from,
                to,
                kind,
                label,
            });
        }
    }

    fn network(&mut self, state: &str, zones: usize) {
        let vpc = self.add(state, "module.vpc.aws_vpc.this", &[]);
        let gateway = self.add(state, "module.vpc.aws_internet_gateway.this", &[vpc]);
        let routes = self.add(state, "module.vpc.aws_route_table.public", &[vpc, gateway]);
        for zone in ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
            .iter()
            .take(zones)
        {
            let public = self.add(
                state,
                &format!("module.vpc.aws_subnet.public[\"{zone}\"]"),
                &[vpc],
            );
            let private = self.add(
                state,
                &format!("module.vpc.aws_subnet.private[\"{zone}\"]"),
                &[vpc],
            );
            if zones > 1 {
                self.add(
                    state,
                    &format!("module.vpc.aws_route_table_association.public[\"{zone}\"]"),
                    &[public, routes],
                );
                let eip = self.add(state, &format!("module.vpc.aws_eip.nat[\"{zone}\"]"), &[]);
                let nat = self.add(
                    state,
                    &format!("module.vpc.aws_nat_gateway.this[\"{zone}\"]"),
                    &[public, eip],
                );
                let table = self.add(
                    state,
                    &format!("module.vpc.aws_route_table.private[\"{zone}\"]"),
                    &[vpc, nat],
                );
                self.add(
                    state,
                    &format!("module.vpc.aws_route_table_association.private[\"{zone}\"]"),
                    &[private, table],
                );
            }
        }
    }

    fn platform(&mut self, state: &str, network: &str) {
        let read = self.add(state, "data.terraform_remote_state.network", &[]);
        self.across(
            read,
            network,
            "module.vpc.aws_vpc.this",
            EdgeKind::RemoteState,
            Some("vpc_id"),
        );
        self.across(
            read,
            network,
            "module.vpc.aws_subnet.private[\"eu-west-1a\"]",
            EdgeKind::RemoteState,
            Some("private_subnet_ids"),
        );
        self.across(
            read,
            network,
            "module.vpc.aws_subnet.private[\"eu-west-1b\"]",
            EdgeKind::RemoteState,
            Some("private_subnet_ids"),
        );
        let role = self.add(state, "module.eks.aws_iam_role.cluster", &[]);
        for policy in ["AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController"] {
            self.add(
                state,
                &format!("module.eks.aws_iam_role_policy_attachment.cluster[\"{policy}\"]"),
                &[role],
            );
        }
        let group = self.add(state, "module.eks.aws_security_group.cluster", &[read]);
        let logs = self.add(state, "module.eks.aws_cloudwatch_log_group.cluster", &[]);
        let cluster = self.add(
            state,
            "module.eks.aws_eks_cluster.this",
            &[role, group, logs, read],
        );
        let nodes = self.add(
            state,
            "module.eks.module.node_groups[\"general-purpose\"].aws_iam_role.node",
            &[],
        );
        self.add(
            state,
            "module.eks.module.node_groups[\"general-purpose\"].aws_eks_node_group.this",
            &[cluster, nodes, read],
        );
        self.add(
            state,
            "module.eks.aws_iam_openid_connect_provider.this",
            &[cluster],
        );
    }

    fn database(&mut self, state: &str, network: &str) {
        let read = self.add(state, "data.terraform_remote_state.network", &[]);
        self.across(
            read,
            network,
            "module.vpc.aws_subnet.private[\"eu-west-1c\"]",
            EdgeKind::RemoteState,
            Some("private_subnet_ids"),
        );
        let subnets = self.add(state, "aws_db_subnet_group.main", &[read]);
        let group = self.add(state, "aws_security_group.database", &[read]);
        let password = self.add(state, "random_password.master", &[]);
        let key = self.add(state, "aws_kms_key.storage", &[]);
        let database = self.add(
            state,
            "aws_rds_cluster.orders",
            &[subnets, group, password, key],
        );
        self.add(state, "aws_rds_cluster_instance.orders[0]", &[database]);
        self.add(state, "aws_rds_cluster_instance.orders[1]", &[database]);
        self.add(state, "aws_ssm_parameter.database_endpoint", &[database]);
        self.add(state, "aws_s3_bucket.exports", &[]);
        self.add(state, "aws_s3_bucket.backups", &[]);
    }

    fn application(&mut self, state: &str, about: usize, number: usize) {
        let read = self.add(state, "data.terraform_remote_state.network", &[]);
        self.across(
            read,
            "shop/prod/network",
            "module.vpc.aws_vpc.this",
            EdgeKind::RemoteState,
            Some("vpc_id"),
        );
        let group = self.add(state, "aws_security_group.web", &[read]);
        let image = self.add(state, "data.aws_ami.ubuntu", &[]);
        let web = self.add(state, "aws_instance.web[0]", &[group, image, read]);
        self.picture.nodes[web].emphasis = number == 0;
        if about <= 20 {
            return;
        }
        let balancer = self.add(state, "module.ingress.aws_lb.this", &[group, read]);
        let target = self.add(state, "module.ingress.aws_lb_target_group.http", &[read]);
        self.add(
            state,
            "module.ingress.aws_lb_listener.https",
            &[balancer, target],
        );
        self.add(
            state,
            "module.ingress.aws_lb_target_group_attachment.web[\"eu-west-1a\"]",
            &[target, web],
        );
        self.add(state, "aws_route53_record.public", &[balancer]);
        self.add(state, "aws_sqs_queue.jobs", &[]);
        let bucket = self.add(state, "aws_s3_bucket.assets", &[]);
        self.add(state, "aws_s3_bucket_policy.assets", &[bucket]);
        let role = self.add(state, "module.worker.aws_iam_role.task", &[]);
        let worker = self.add(
            state,
            "module.worker.aws_lambda_function.consumer[\"orders-created-v2\"]",
            &[role, bucket],
        );
        if number.is_multiple_of(2) {
            self.across(
                worker,
                "shop/prod/database",
                "aws_rds_cluster.orders",
                EdgeKind::SharedId,
                None,
            );
        }
        if number.is_multiple_of(3) {
            self.across(
                read,
                "shop/prod/platform",
                "module.eks.aws_eks_cluster.this",
                EdgeKind::RemoteState,
                Some("cluster_name"),
            );
        }
    }
}

/// The type in an address made here.
fn kind_of(address: &str) -> String {
    let bare = address.split('"').step_by(2).collect::<String>();
    let mut words = bare.split('.').rev();
    words.nth(1).unwrap_or_default().to_owned()
}
