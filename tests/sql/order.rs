//! The same question has the same answer, in the same order, however many threads there are.

use std::path::Path;

use crate::session::Session;

/// Queries that leave the order of some or all rows open.
const QUERIES: &[&str] = &[
    "SELECT state, address, deposed FROM instances",
    "SELECT * FROM attributes",
    "SELECT name FROM states LIMIT 5",
    "SELECT state, address FROM instances WHERE type LIKE 'aws_s%' LIMIT 7",
    "SELECT type, count(*) FROM instances GROUP BY type",
    "SELECT type, count(*) AS n FROM instances GROUP BY type ORDER BY n DESC",
    "SELECT type, count(*) AS n FROM instances GROUP BY type ORDER BY n DESC LIMIT 5",
    "SELECT state, address FROM instances ORDER BY mode",
    "SELECT state, address FROM instances ORDER BY type LIMIT 9",
    "SELECT address, attributes FROM instances ORDER BY status DESC LIMIT 20",
    "SELECT DISTINCT type FROM instances",
    "SELECT i.address, s.name FROM instances i JOIN states s ON s.id = i.state_id WHERE s.labels->>'env' = 'prod'",
    "SELECT s.name, i.address FROM states s LEFT JOIN instances i ON i.state_id = s.id AND i.status = 'tainted'",
    "SELECT a.address, b.state FROM resources a FULL JOIN resources b ON a.address = b.address AND a.state < b.state",
    "SELECT address FROM instances WHERE state IN (SELECT state FROM instances WHERE status = 'tainted')",
    "SELECT address FROM instances WHERE state NOT IN (SELECT state FROM instances WHERE status = 'tainted')",
    "SELECT state FROM instances UNION SELECT name FROM outputs",
    "SELECT state, address FROM resources UNION ALL SELECT state, name FROM outputs",
    "SELECT state FROM resources INTERSECT SELECT state FROM outputs",
    "SELECT type, row_number() OVER (PARTITION BY mode ORDER BY type) FROM instances",
    "SELECT mode, array_agg(address), string_agg(type, ',') FROM instances GROUP BY mode",
    "SELECT labels->>'team', labels->>'env', count(*) FROM states GROUP BY CUBE (labels->>'team', labels->>'env')",
    "SELECT address, d FROM instances, unnest(dependencies) AS d",
    "WITH RECURSIVE r AS (SELECT address FROM instances WHERE type = 'aws_vpc' UNION \
     SELECT d.address FROM dependencies d JOIN r ON d.depends_on_address = r.address) SELECT * FROM r",
    "SELECT DISTINCT ON (type) type, state, address FROM instances ORDER BY type",
    "SHOW TABLES",
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'",
];

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_in_one_order_with_any_number_of_threads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-states");
    let labels = "{team}/{env}/{stack}/terraform.tfstate";
    let session = |threads| Session::over("harbor", &folder, labels, threads);
    let (one, two, many) = (session(1), session(2), session(16));
    for query in QUERIES {
        let expected = one.rows(query).await;
        for again in [&one, &two, &many, &two, &many] {
            assert_eq!(again.rows(query).await, expected, "{query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_in_the_order_of_the_documents() {
    let session = Session::over_samples();
    let states = session.rows("SELECT name FROM states").await;
    let of_instances = session
        .rows("SELECT state FROM instances GROUP BY state")
        .await;
    let with_instances: Vec<_> = states
        .into_iter()
        .filter(|state| of_instances.contains(state))
        .collect();
    assert_eq!(of_instances, with_instances);
}
