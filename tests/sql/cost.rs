//! What a query costs, by the counts that scans keep: which documents are opened, and how many costly
//! values are made.

use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::session::{Session, THREADS};

const ENVIRONMENTS: [&str; 4] = ["dev", "prod", "qa", "staging"];
/// States in each environment.
pub const STACKS: usize = 10;
/// Instances of `aws_instance.web` in each state, beside one `aws_vpc.main`.
pub const SERVERS: usize = 3;

/// A folder of small states, `{env}/{stack}/terraform.tfstate`, and a session over it.
pub struct Estate {
    folder: TempDir,
    pub session: Session,
}

/// What the scan of one table took, as `EXPLAIN ANALYZE` tells.
#[derive(Debug)]
pub struct Cost {
    table: String,
    pub plan: String,
}

impl Estate {
    pub fn new() -> Estate {
        let folder = TempDir::new().expect("a folder");
        for environment in ENVIRONMENTS {
            (0..STACKS).for_each(|stack| write_state(folder.path(), environment, stack));
        }
        let session = Session::over("here", folder.path(), "{env}/{stack}/*", THREADS);
        Estate { folder, session }
    }

    /// The same, whose states were written a while ago and whose session keeps the rows of scans.
    pub fn keeping() -> Estate {
        let estate = Estate::new();
        for environment in ENVIRONMENTS {
            (0..STACKS).for_each(|stack| estate.age(environment, stack));
        }
        let session = Session::keeping("here", estate.folder.path(), "{env}/{stack}/*", THREADS);
        Estate { session, ..estate }
    }

    /// Makes a state look as if it had been written an hour ago.
    fn age(&self, environment: &str, stack: usize) {
        let place = self.folder.path().join(environment);
        let path = place.join(format!("stack-{stack}/terraform.tfstate"));
        let file = std::fs::File::options().write(true).open(path);
        let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
        let aged = file.and_then(|file| file.set_modified(an_hour_ago));
        aged.expect("a time");
    }

    /// What each scan of a query takes, in the order of the plan.
    async fn costs(&self, sql: &str) -> Vec<Cost> {
        let rows = self.session.rows(&format!("EXPLAIN ANALYZE {sql}")).await;
        let scans = rows.iter().filter_map(|row| {
            let (_, scan) = row[1].split_once("StateScan: table=")?;
            let (table, _) = scan.split_once(',')?;
            Some(Cost {
                table: table.to_owned(),
                plan: scan.to_owned(),
            })
        });
        scans.collect()
    }

    /// What the only scan of a table takes in a query.
    pub async fn cost_of(&self, table: &str, sql: &str) -> Cost {
        let mut costs = self.costs(sql).await;
        costs.retain(|cost| cost.table == table);
        assert_eq!(costs.len(), 1, "scans of {table} in {sql}");
        costs.remove(0)
    }

    /// How many documents the only scan of a query opens.
    pub async fn opened(&self, sql: &str) -> usize {
        let costs = self.costs(sql).await;
        assert_eq!(costs.len(), 1, "scans in {sql}");
        costs[0].count("files_opened")
    }
}

impl Cost {
    /// A count among the metrics; one that is not there is nothing.
    pub fn count(&self, metric: &str) -> usize {
        let (_, metrics) = self.plan.rsplit_once("metrics=[").expect("metrics");
        let metrics = metrics.trim_end_matches(']').split(", ");
        metrics
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| *name == metric)
            .map_or(0, |(_, count)| number(count))
    }
}

/// A count as it is written for people: from a thousand on it is rounded, `19.14 K`.
fn number(count: &str) -> usize {
    match count.strip_suffix(" K") {
        Some(thousands) => (thousands.parse::<f64>().expect("a count") * 1000.0) as usize,
        None => count.parse().expect("a count"),
    }
}

fn write_state(folder: &Path, environment: &str, stack: usize) {
    let place = folder.join(environment).join(format!("stack-{stack}"));
    std::fs::create_dir_all(&place).expect("a folder");
    let server = |index: usize| {
        serde_json::json!({
            "index_key": index,
            "schema_version": 1,
            "attributes": {"id": format!("i-{environment}-{stack}-{index}"), "tags": {"env": environment}},
            "dependencies": ["aws_vpc.main"],
        })
    };
    let provider = "provider[\"registry.terraform.io/hashicorp/aws\"]";
    let state = serde_json::json!({
        "version": 4,
        "terraform_version": "1.9.0",
        "serial": stack,
        "lineage": format!("{environment}-{stack}"),
        "outputs": {},
        "resources": [
            {
                "mode": "managed", "type": "aws_vpc", "name": "main", "provider": provider,
                "instances": [{
                    "schema_version": 1,
                    "attributes": {"id": format!("vpc-{environment}-{stack}"), "tags": {"env": environment}},
                }],
            },
            {
                "mode": "managed", "type": "aws_instance", "name": "web", "provider": provider,
                "instances": (0..SERVERS).map(server).collect::<Vec<_>>(),
            },
        ],
        "check_results": null,
    });
    std::fs::write(place.join("terraform.tfstate"), state.to_string()).expect("a state");
}

pub const STATES: usize = ENVIRONMENTS.len() * STACKS;

#[tokio::test(flavor = "multi_thread")]
async fn every_document_is_opened_once_for_every_row() {
    let estate = Estate::new();
    let cost = estate
        .cost_of("instances", "SELECT * FROM instances WHERE status = 'ok'")
        .await;
    assert_eq!(cost.count("files_opened"), STATES);
    assert_eq!(cost.count("output_rows"), STATES * (SERVERS + 1));
    assert!(cost.plan.contains("bytes_read="), "{}", cost.plan);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_asked_for_is_parsed() {
    let estate = Estate::new();
    let cost = async |sql| estate.cost_of("instances", sql).await;
    let count = cost("SELECT type, count(*) FROM instances GROUP BY 1").await;
    let of_one = cost("SELECT attributes->>'id' FROM instances WHERE type = 'aws_vpc'").await;
    let all = cost("SELECT attributes FROM instances").await;
    let [outline, some, every] = [&count, &of_one, &all].map(|cost| cost.count("bytes_parsed"));
    let read = count.count("bytes_read");
    assert_eq!(all.count("bytes_read"), read);
    // An outline has a number for each value, and of a VPC one member is parsed.
    assert!(
        outline < some && some < every && every < read,
        "{outline} {some} {every} {read}"
    );
    assert!(
        some - outline < (every - outline) / 4,
        "{outline} {some} {every} {read}"
    );
    assert_eq!(count.count("attributes_made"), 0);
    assert_eq!(count.count("output_rows"), STATES * (SERVERS + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_question_again_opens_what_was_written_since() {
    let estate = Estate::keeping();
    let sql = "SELECT attributes->>'id' FROM instances WHERE type = 'aws_vpc'";
    let cost = estate.cost_of("instances", sql).await;
    assert_eq!(
        (cost.count("files_opened"), cost.count("files_kept")),
        (STATES, 0)
    );
    let first = estate.session.rows(sql).await;
    let cost = estate.cost_of("instances", sql).await;
    assert_eq!(
        (cost.count("files_opened"), cost.count("files_kept")),
        (0, STATES)
    );
    assert_eq!(estate.session.rows(sql).await, first);

    // Another question, and one that may end early, are not the same.
    for other in [
        "SELECT attributes->>'id' FROM instances WHERE type = 'aws_instance'",
        "SELECT attributes->>'tags' FROM instances WHERE type = 'aws_vpc'",
        "SELECT attributes FROM instances WHERE type = 'aws_vpc' LIMIT 1000",
    ] {
        assert_eq!(
            estate.cost_of("instances", other).await.count("files_kept"),
            0,
            "{other}"
        );
    }

    // Just written, a state may be written again without its time telling.
    write_state(estate.folder.path(), "qa", 3);
    for _ in 0..2 {
        let cost = estate.cost_of("instances", sql).await;
        assert_eq!(
            (cost.count("files_opened"), cost.count("files_kept")),
            (1, STATES - 1)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_on_the_state_leaves_other_documents_closed() {
    let estate = Estate::new();
    let by_filter = [
        ("state = 'prod/stack-3'", 1),
        ("'prod/stack-3' = state AND type = 'aws_vpc'", 1),
        (
            "state IN ('prod/stack-3', 'dev/stack-0', 'no such state')",
            2,
        ),
        ("state = ANY(ARRAY['prod/stack-3', 'dev/stack-0'])", 2),
        ("state LIKE 'prod/%'", STACKS),
        ("state ~ '^prod/'", STACKS),
        ("state NOT LIKE 'prod/%'", STATES - STACKS),
        ("starts_with(state, 'prod/')", STACKS),
        ("split_part(state, '/', 1) = 'prod'", STACKS),
        ("state BETWEEN 'prod/' AND 'prod/stack-4'", 5),
        ("state = 'prod/stack-3' OR state = 'qa/stack-3'", 2),
        ("upper(state) = 'PROD/STACK-3'", 1),
        ("state > 'staging/stack-7'", 2),
        (
            "CASE WHEN state LIKE 'qa/%' THEN true ELSE false END",
            STACKS,
        ),
        ("state = 'no such state'", 0),
        ("state IS NULL", 0),
    ];
    for (filter, documents) in by_filter {
        let sql = format!("SELECT address FROM instances WHERE {filter}");
        assert_eq!(estate.opened(&sql).await, documents, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_on_the_state_reaches_through_aliases_subqueries_views_and_unions() {
    let estate = Estate::new();
    estate
        .session
        .rows("CREATE VIEW servers AS SELECT state AS s, address FROM instances WHERE type = 'aws_instance'")
        .await;
    for sql in [
        "SELECT i.address FROM instances AS i WHERE i.state = 'qa/stack-1'",
        "SELECT address FROM (SELECT * FROM instances) AS i WHERE state = 'qa/stack-1'",
        "SELECT address FROM servers WHERE s = 'qa/stack-1'",
        "WITH i AS (SELECT state AS s, address FROM instances) SELECT address FROM i WHERE s = 'qa/stack-1'",
        "SELECT state, count(*) FROM instances GROUP BY state HAVING state = 'qa/stack-1'",
    ] {
        assert_eq!(estate.opened(sql).await, 1, "{sql}");
    }
    let sql = "SELECT * FROM (SELECT state, address FROM resources UNION ALL SELECT state, address FROM instances) \
               WHERE state = 'qa/stack-1'";
    for cost in estate.costs(sql).await {
        assert_eq!(cost.count("files_opened"), 1, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_on_labels_leaves_other_documents_closed() {
    let estate = Estate::new();
    for filter in [
        "labels->>'env' = 'prod'",
        "labels @> '{\"env\": \"prod\"}'",
        "labels->>'env' IN ('prod', 'none')",
        "labels->>'env' LIKE 'pro%' AND serial >= 0",
        "labels ? 'env' AND labels->>'env' = 'prod'",
        "coalesce(labels->>'env', 'none') = 'prod'",
        "lower(labels->>'env') = 'prod'",
        "labels#>>'{env}' = 'prod'",
    ] {
        let sql = format!("SELECT terraform_version FROM states WHERE {filter}");
        assert_eq!(estate.opened(&sql).await, STACKS, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_opens_the_documents_of_the_states_it_keeps() {
    let estate = Estate::new();
    for sql in [
        "SELECT i.address FROM instances i JOIN states s ON s.id = i.state_id WHERE s.labels->>'env' = 'prod'",
        "SELECT i.address FROM states s JOIN instances i ON s.id = i.state_id WHERE s.labels->>'env' = 'prod'",
        "SELECT i.address FROM instances i, states s WHERE s.name = i.state AND s.labels->>'env' = 'prod'",
        "SELECT address FROM instances WHERE state IN (SELECT name FROM states WHERE labels->>'env' = 'prod')",
        "SELECT address FROM instances WHERE state_id IN (SELECT id FROM states WHERE labels->>'env' = 'prod')",
        "SELECT address FROM instances i WHERE EXISTS \
         (SELECT 1 FROM states s WHERE s.id = i.state_id AND s.labels->>'env' = 'prod')",
        "SELECT s.name, i.address FROM states s LEFT JOIN instances i ON i.state_id = s.id \
         WHERE s.labels->>'env' = 'prod'",
        "SELECT s.name, count(i.address) FROM states s LEFT JOIN instances i ON i.state_id = s.id AND i.type = 'aws_vpc' \
         WHERE s.labels->>'env' = 'prod' GROUP BY s.name",
        "SELECT i.address FROM instances i JOIN resources r \
         ON i.state_id = r.state_id AND i.resource_address = r.address WHERE r.state LIKE 'prod/%'",
        "WITH prod AS (SELECT id FROM states WHERE labels->>'env' = 'prod') \
         SELECT count(*) FROM instances JOIN prod ON state_id = id",
        "SELECT type, count(*) FROM instances JOIN states ON state_id = id WHERE labels->>'env' = 'prod' GROUP BY type",
        "SELECT count(*) FROM instances JOIN (SELECT id FROM states WHERE labels->>'env' = 'prod' AND serial < 100) ON state_id = id",
    ] {
        let cost = estate.cost_of("instances", sql).await;
        assert_eq!(cost.count("files_opened"), STACKS, "{sql}\n{}", cost.plan);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_through_a_third_table_opens_the_documents_of_the_states_it_keeps() {
    let estate = Estate::new();
    let sql = "SELECT s.name, i.address, d.depends_on FROM states s \
               JOIN instances i ON i.state_id = s.id \
               JOIN dependencies d ON d.state_id = i.state_id AND d.address = i.address \
               WHERE s.labels->>'env' = 'prod'";
    for cost in estate.costs(sql).await {
        assert_eq!(cost.count("files_opened"), STACKS, "{}", cost.plan);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_on_state_and_address_makes_attributes_of_the_instances_it_keeps() {
    let estate = Estate::new();
    let sql = "SELECT i.attributes FROM dependencies d \
               JOIN instances i ON i.state_id = d.state_id AND i.address = d.depends_on_address \
               WHERE d.state LIKE 'prod/%'";
    let cost = estate.cost_of("instances", sql).await;
    assert_eq!(cost.count("files_opened"), STACKS, "{}", cost.plan);
    assert_eq!(cost.count("attributes_made"), STACKS, "{}", cost.plan);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_opens_few_documents_and_makes_few_values() {
    let estate = Estate::new();
    for sql in [
        "SELECT address FROM instances LIMIT 1",
        "SELECT address FROM instances WHERE type = 'aws_vpc' LIMIT 1",
        "SELECT address FROM (SELECT * FROM instances WHERE type = 'aws_instance') LIMIT 1 OFFSET 1",
        "SELECT * FROM attributes LIMIT 1",
        "SELECT name FROM states LIMIT 1",
        "SELECT state FROM instances ORDER BY state LIMIT 1",
    ] {
        let opened = estate.opened(sql).await;
        assert!(opened <= THREADS + 1, "{sql} opens {opened}");
    }
    let cost = estate
        .cost_of("instances", "SELECT attributes FROM instances LIMIT 1")
        .await;
    let made = cost.count("attributes_made");
    assert!(made <= THREADS + 1, "{made}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_without_tables_opens_nothing() {
    let estate = Estate::new();
    assert!(estate.costs("SELECT 1").await.is_empty());
    for sql in [
        "SELECT address FROM instances WHERE false",
        "SELECT address FROM instances WHERE 1 = 0 AND type = 'x'",
        "SELECT address FROM instances LIMIT 0",
    ] {
        let opened: usize = estate
            .costs(sql)
            .await
            .iter()
            .map(|cost| cost.count("files_opened"))
            .sum();
        assert_eq!(opened, 0, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_made_for_questions_about_attributes_alone() {
    let estate = Estate::new();
    for sql in [
        "SELECT type, count(*) FROM instances GROUP BY type",
        "SELECT count(*) FROM instances",
        "SELECT state, address, index_key, provider FROM instances WHERE deposed IS NULL",
        "SELECT DISTINCT type FROM instances",
        "SELECT count(*) FROM instances i JOIN states s ON s.id = i.state_id",
        "SELECT address FROM instances WHERE EXISTS (SELECT 1 FROM states WHERE id = state_id)",
        "SELECT type, count(*) FROM (SELECT * FROM instances) GROUP BY type",
    ] {
        let cost = estate.cost_of("instances", sql).await;
        assert!(!cost.plan.contains("_made"), "{sql}\n{}", cost.plan);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn costly_values_are_made_of_wanted_rows_and_columns_alone() {
    let estate = Estate::new();
    for (sql, made) in [
        (
            "SELECT attributes FROM instances WHERE type = 'aws_vpc'",
            STATES,
        ),
        (
            "SELECT attributes->>'id' FROM instances WHERE type = 'aws_vpc'",
            STATES,
        ),
        (
            "SELECT address FROM instances WHERE type = 'aws_vpc' AND attributes->>'id' = 'vpc-qa-1'",
            1,
        ),
        (
            "SELECT address FROM instances WHERE type = 'aws_vpc' AND attributes->>'id' <> 'vpc-qa-1'",
            STATES,
        ),
        (
            "SELECT address FROM instances WHERE attributes::text LIKE '%-qa-1%'",
            SERVERS + 1,
        ),
        (
            "SELECT address FROM instances WHERE state = 'qa/stack-1' AND attributes ? 'id'",
            SERVERS + 1,
        ),
        ("SELECT attributes FROM instances WHERE type = 'none'", 0),
    ] {
        let cost = estate.cost_of("instances", sql).await;
        assert_eq!(cost.count("attributes_made"), made, "{sql}\n{}", cost.plan);
        assert_eq!(cost.count("dependencies_made"), 0, "{sql}\n{}", cost.plan);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_without_wanted_leaves_or_tags_are_passed_over() {
    let estate = Estate::new();
    for (table, filter, made) in [
        ("attributes", "type = 'aws_vpc'", STATES),
        ("tags", "type = 'aws_vpc'", STATES),
        (
            "tags",
            "address LIKE 'aws_instance.web[0]' AND key = 'env'",
            STATES,
        ),
        ("attributes", "deposed IS NOT NULL", 0),
        (
            "attributes",
            "type = 'aws_vpc' AND state LIKE 'qa/%' AND path = 'id'",
            STACKS,
        ),
    ] {
        let sql = format!("SELECT value FROM {table} WHERE {filter}");
        let cost = estate.cost_of(table, &sql).await;
        assert_eq!(cost.count("attributes_made"), made, "{sql}\n{}", cost.plan);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scans_give_the_columns_that_are_asked_for() {
    let estate = Estate::new();
    for (sql, columns) in [
        ("SELECT count(*) FROM instances", "columns=[]"),
        (
            "SELECT address FROM instances WHERE type = 'aws_vpc'",
            "columns=[address]",
        ),
        (
            "SELECT type, max(address) FROM instances GROUP BY type",
            "columns=[address, type]",
        ),
        ("SELECT count(*) FROM states WHERE serial > 3", "columns=[]"),
    ] {
        let costs = estate.costs(sql).await;
        assert!(costs[0].plan.contains(columns), "{sql}\n{}", costs[0].plan);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_narrows_every_part_of_a_union() {
    let estate = Estate::new();
    let sql = "SELECT u.address FROM states s JOIN \
               (SELECT state_id, address FROM resources UNION ALL SELECT state_id, address FROM instances) u \
               ON u.state_id = s.id WHERE s.labels->>'env' = 'prod'";
    for cost in estate.costs(sql).await {
        assert_eq!(cost.count("files_opened"), STACKS, "{}", cost.plan);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_attributes_are_made_that_are_looked_at() {
    let estate = Estate::new();
    for (sql, narrowed) in [
        (
            "SELECT attributes->>'id', count(*) FROM instances GROUP BY 1 ORDER BY 1",
            Some(", attributes=[id]"),
        ),
        (
            "SELECT attributes->'tags'->>'env' FROM instances WHERE attributes->>'id' <> 'x'",
            Some(", attributes=[id, tags]"),
        ),
        (
            "SELECT address FROM instances WHERE attributes->>'id' = 'i-qa-1-0'",
            Some(", attributes=[id], holding=i-qa-1-0"),
        ),
        (
            "SELECT attributes FROM instances WHERE attributes::text LIKE '%\"i-qa-1%-0\"%'",
            Some(", holding=i-qa-1"),
        ),
        ("SELECT attributes->>'id', attributes FROM instances", None),
        ("SELECT count(attributes) FROM instances", None),
        (
            "SELECT count(*) FROM instances WHERE attributes::text LIKE '%(sensitive)%'",
            None,
        ),
    ] {
        let cost = estate.cost_of("instances", sql).await;
        match narrowed {
            Some(narrowed) => assert!(cost.plan.contains(narrowed), "{sql}\n{}", cost.plan),
            None => assert!(
                !cost.plan.contains("attributes=[") && !cost.plan.contains("holding="),
                "{sql}\n{}",
                cost.plan
            ),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_with_a_power_is_found_as_it_is_shown() {
    let folder = TempDir::new().expect("a folder");
    let state = r#"{"version": 4, "serial": 1, "lineage": "l", "resources": [{"mode": "managed", "type": "t",
        "name": "a", "instances": [{"attributes": {"g": 33E5, "h": "arn:aws:s3:::x"}}]}]}"#;
    std::fs::write(folder.path().join("terraform.tfstate"), state).expect("a state");
    let session = Session::over("here", folder.path(), "{name}", THREADS);
    for (filter, count) in [
        ("attributes->>'g' = '33e+5'", "1"),
        ("attributes::text LIKE '%33e+5%'", "1"),
        ("attributes::text LIKE '%arn:aws:s3:::%'", "1"),
        ("attributes->>'h' = 'arn:aws:s3:::y'", "0"),
    ] {
        let sql = format!("SELECT count(*)::text FROM instances WHERE {filter}");
        assert_eq!(session.rows(&sql).await, [[count]], "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_answers_its_own_question_alone() {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, attributes: &str| {
        let state = format!(
            r#"{{"version": 4, "serial": 1, "lineage": "l", "resources": [{{"mode": "managed", "type": "t_a",
            "name": "x", "instances": [{{"attributes": {attributes}}}]}}]}}"#
        );
        let path = folder.path().join(name);
        std::fs::write(&path, state).expect("a state");
        let file = std::fs::File::options().write(true).open(path);
        let aged = SystemTime::now() - Duration::from_secs(3600);
        let aged = file.and_then(|file| file.set_modified(aged));
        aged.expect("a time");
    };
    write(
        "one.tfstate",
        r#"{"a": "1", "b": "2", "a, b": "3", "m": "mm", "z": "zz"}"#,
    );
    write("two.tfstate", r#"{"z": "z2"}"#);
    let session = Session::keeping("here", folder.path(), "{name}", THREADS);
    let rows = async |sql: &str| session.rows(sql).await;
    let both = "SELECT attributes->>'a', attributes->>'b' FROM instances WHERE state = 'one'";
    assert_eq!(rows(both).await, [["1", "2"]]);
    let one = "SELECT attributes->>'a, b' FROM instances WHERE state = 'one'";
    assert_eq!(rows(one).await, [["3"]]);

    // Another state gives the table of the type one column more, before the one that was asked for.
    assert_eq!(rows("SELECT z FROM t_a ORDER BY z").await, [["z2"], ["zz"]]);
    write("two.tfstate", r#"{"n": 17, "z": "z3"}"#);
    assert_eq!(rows("SELECT z FROM t_a ORDER BY z").await, [["z3"], ["zz"]]);
    assert_eq!(
        rows("SELECT n::text FROM t_a WHERE n IS NOT NULL").await,
        [["17"]]
    );
}
