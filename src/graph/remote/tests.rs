use std::path::{Path, PathBuf};

use super::*;
use crate::format::{Redaction, SecretNames};
use crate::inventory::{Extent, ReadOptions, SourceSpec};
use crate::postgres::Environment;
use crate::source::Location;

fn inventory(folder: &Path) -> Inventory {
    let source = SourceSpec {
        name: None,
        location: Location::parse(
            &folder.to_string_lossy(),
            Path::new(""),
            &Environment::default(),
        )
        .unwrap(),
        base: PathBuf::new(),
        labels: None,
    };
    let options = ReadOptions {
        redaction: Redaction::hiding(SecretNames::default()),
        max_size: 1 << 30,
        ..ReadOptions::default()
    };
    Inventory::find(&[source], options)
}

fn survey(inventory: &Inventory) -> RemoteStates {
    RemoteStates::survey(inventory, NonZeroUsize::new(2).unwrap())
}

fn samples() -> Inventory {
    inventory(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-states"))
}

/// A link in a line: who reads what, through which attribute, and which instance that is.
fn line(inventory: &Inventory, link: &Link) -> String {
    let state = |position: usize| inventory.files()[position].name.as_str();
    let producer = link.producer.as_ref().map(|producer| {
        let attribute = link.producer_attribute.as_deref().unwrap_or_default();
        format!("{} {} {attribute}", state(producer.state), producer.address)
    });
    format!(
        "{} {} {} {} -> {}",
        state(link.consumer.state),
        link.consumer.address,
        link.via.as_deref().unwrap_or("-"),
        link.output.as_deref().unwrap_or("-"),
        producer
            .or_else(|| link
                .producer_state
                .map(|position| state(position).to_owned()))
            .unwrap_or_else(|| "-".to_owned())
    )
}

fn lines(inventory: &Inventory, links: &[Link], of: &str) -> Vec<String> {
    let lines = links.iter().map(|link| line(inventory, link));
    lines.filter(|line| line.starts_with(of)).collect()
}

#[test]
fn links_tell_the_output_the_attribute_and_the_instance() {
    let inventory = samples();
    let all = survey(&inventory);
    insta::assert_snapshot!(lines(&inventory, &all.links, "data/prod/warehouse").join("\n"), @r#"
    data/prod/warehouse data.terraform_remote_state.lake - - -> data/prod/lake
    data/prod/warehouse aws_db_subnet_group.this subnet_ids[0] database_subnet_ids -> platform/prod/network module.vpc.aws_subnet.database["eu-west-1a"] id
    data/prod/warehouse aws_db_subnet_group.this subnet_ids[1] database_subnet_ids -> platform/prod/network module.vpc.aws_subnet.database["eu-west-1b"] id
    data/prod/warehouse aws_db_subnet_group.this subnet_ids[2] database_subnet_ids -> platform/prod/network module.vpc.aws_subnet.database["eu-west-1c"] id
    data/prod/warehouse aws_db_subnet_group.this vpc_id vpc_id -> platform/prod/network module.vpc.aws_vpc.this id
    data/prod/warehouse aws_security_group.database vpc_id vpc_id -> platform/prod/network module.vpc.aws_vpc.this id
    "#);
}

#[test]
fn an_unresolved_data_source_keeps_its_readers() {
    let inventory = samples();
    let all = survey(&inventory);
    let of_scoring: Vec<&Link> = all
        .links
        .iter()
        .filter(|link| link.data_source.as_deref() == Some("data.terraform_remote_state.scoring"))
        .collect();
    assert!(!of_scoring.is_empty());
    assert!(
        of_scoring
            .iter()
            .all(|link| link.producer_state.is_none() && link.producer.is_none())
    );
}

#[test]
fn every_link_names_instances_of_its_states() {
    let inventory = samples();
    let all = survey(&inventory);
    let addresses = inventory.survey(NonZeroUsize::MIN, Extent::Outline, |_, state, _| {
        let of = |resource: &crate::format::Resource<'_>| -> Vec<String> {
            let instances = resource.instances.iter();
            instances
                .map(|one| resource.instance_address(one).to_string())
                .collect()
        };
        state.resources.iter().flat_map(of).collect::<Vec<_>>()
    });
    let is_there = |instance: &InstanceRef| {
        let known = addresses[instance.state].as_ref().unwrap();
        known.iter().any(|address| **address == *instance.address)
    };
    assert!(all.links.len() > all.rows.len());
    for link in all.links.iter().chain(&all.copies) {
        assert!(is_there(&link.consumer), "{}", line(&inventory, link));
        assert!(
            link.producer.as_ref().is_none_or(is_there),
            "{}",
            line(&inventory, link)
        );
        assert_eq!(
            link.output.is_none(),
            link.via.is_none() && link.producer.is_none()
        );
    }
}

#[test]
fn a_data_source_copies_the_ids_of_the_producer_s_instances() {
    let inventory = samples();
    let all = survey(&inventory);
    insta::assert_snapshot!(lines(&inventory, &all.copies, "shop/prod/payments").join("\n"), @r#"
    shop/prod/payments data.terraform_remote_state.dns - certificate_arn -> platform/prod/dns aws_acm_certificate.regional arn
    shop/prod/payments data.terraform_remote_state.dns - edge_certificate_arn -> platform/prod/dns aws_acm_certificate.edge arn
    shop/prod/payments data.terraform_remote_state.dns - zone_id -> platform/prod/dns aws_route53_zone.public id
    shop/prod/payments data.terraform_remote_state.warehouse - database_address -> data/prod/warehouse aws_db_instance.this address
    shop/prod/payments data.terraform_remote_state.warehouse - database_arn -> data/prod/warehouse aws_db_instance.this arn
    shop/prod/payments data.terraform_remote_state.warehouse - database_security_group_id -> data/prod/warehouse aws_security_group.database id
    shop/prod/payments data.terraform_remote_state.warehouse - export_bucket -> data/prod/warehouse aws_s3_bucket.exports id
    "#);
}

#[test]
fn a_data_source_that_nobody_reads_stands_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let state = r#"{"version": 4, "resources": [
        {"mode": "data", "type": "terraform_remote_state", "name": "x", "instances": [
            {"attributes": {"backend": "s3", "config": {"bucket": "b", "key": "k"}, "outputs": {"a": "vpc-0001"}}}]},
        {"mode": "managed", "type": "t", "name": "reader", "instances": [{"attributes": {"a": "vpc-0001"}}]}]}"#;
    std::fs::write(folder.path().join("app.tfstate"), state).unwrap();
    let inventory = inventory(folder.path());
    let all = survey(&inventory);
    assert_eq!(
        lines(&inventory, &all.links, ""),
        ["app data.terraform_remote_state.x - - -> -"]
    );
}

#[test]
fn the_same_question_has_the_same_answer() {
    let inventory = samples();
    let (one, other) = (survey(&inventory), survey(&inventory));
    assert_eq!(one.links, other.links);
    assert_eq!(one.copies, other.copies);
}

/// A state with one output.
fn producer(id: &str) -> String {
    format!(
        r#"{{"version": 4, "serial": 1, "outputs": {{"id": {{"value": "{id}", "type": "string"}}}}}}"#
    )
}

/// A state that copied it.
fn consumer(bucket: &str, id: &str) -> String {
    format!(
        r#"{{"version": 4, "serial": 1, "resources": [{{"mode": "data", "type": "terraform_remote_state", "name": "net",
            "instances": [{{"attributes": {{"backend": "s3", "config": {{"bucket": "{bucket}", "key": "net/x.tfstate"}},
                "outputs": {{"id": "{id}"}}}}}}]}}]}}"#
    )
}

fn producers(states: &[(&str, String)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (path, state) in states {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, state).unwrap();
    }
    let inventory = inventory(folder.path());
    let rows = survey(&inventory).rows.into_iter().map(|row| {
        let consumer = &inventory.files()[row.state].name;
        match row.producer {
            Ok(found) => format!("{consumer} <- {}", inventory.files()[found.state].name),
            Err(reason) => format!("{consumer}: {reason}"),
        }
    });
    rows.collect()
}

#[test]
fn one_copy_is_not_that_of_two_buckets() {
    let copy = ("net/x.tfstate", producer("vpc-0001"));
    let (fresh, stale) = (consumer("a", "vpc-0001"), consumer("a", "vpc-0000"));
    let other = consumer("b", "vpc-0002");
    assert_eq!(
        producers(&[
            copy.clone(),
            ("fresh.tfstate", fresh.clone()),
            ("stale.tfstate", stale)
        ]),
        ["fresh <- net/x", "stale <- net/x"]
    );
    assert_eq!(
        producers(&[copy, ("fresh.tfstate", fresh), ("other.tfstate", other)]),
        [
            "fresh <- net/x",
            "other: net/x may be a copy of s3://b/net/x.tfstate or of another place that is read, and its \
                outputs do not agree; add the copy of each in a folder of its bucket's or host's name"
        ]
    );
}

#[test]
fn outputs_alone_do_not_tell_which_of_two_places_a_state_is() {
    let at = |bucket: &str| consumer(bucket, "vpc-0a1b2c3d4e").replace("net/x", "net/y");
    let state = ("anywhere.tfstate", producer("vpc-0a1b2c3d4e"));
    assert_eq!(
        producers(&[
            state.clone(),
            ("one.tfstate", at("a")),
            ("two.tfstate", at("a"))
        ]),
        ["one <- anywhere", "two <- anywhere"]
    );
    assert_eq!(
        producers(&[state, ("one.tfstate", at("a")), ("two.tfstate", at("b"))]),
        [
            "one: anywhere has the outputs of s3://a/net/y.tfstate and of another place that is read; \
                add the copy of each as a source",
            "two: anywhere has the outputs of s3://b/net/y.tfstate and of another place that is read; \
                add the copy of each as a source"
        ]
    );
}
