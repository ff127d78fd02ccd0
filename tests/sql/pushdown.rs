//! Filters that scans answer themselves keep the rows that DataFusion keeps of a copy in memory.

use crate::session::Session;

/// Filters on `instances AS i`, over columns of documents, of rows, costly ones, and mixtures.
const FILTERS: &[&str] = &[
    "i.state = 'shop/prod/app'",
    "i.state <> 'shop/prod/app'",
    "NOT (i.state = 'shop/prod/app')",
    "i.state LIKE 'shop/%'",
    "i.state NOT LIKE '%prod%'",
    "i.state ILIKE 'SHOP/%'",
    "i.state ~ 'prod/(app|dns)$'",
    "i.state IN ('shop/prod/app', 'data/prod/vault', 'none')",
    "i.state NOT IN ('shop/prod/app', 'platform/prod/dns')",
    "i.state = ANY(ARRAY['shop/prod/app'])",
    "i.state BETWEEN 'platform/' AND 'platform/z'",
    "i.state IS NULL",
    "i.state IS NOT NULL AND i.state > 'shop'",
    "length(i.state) % 2 = 0",
    "split_part(i.state, '/', 2) = 'staging'",
    "i.state_id = (SELECT id FROM states WHERE name = 'shop/prod/app')",
    "i.state_id IN (SELECT id FROM states WHERE labels->>'team' = 'shop')",
    "i.state NOT IN (SELECT name FROM states WHERE labels->>'team' = 'shop')",
    "left(i.state_id, 1) < '8'",
    "i.type = 'aws_instance'",
    "i.type <> 'aws_instance' AND i.mode = 'managed'",
    "i.type LIKE 'aws\\_s3%'",
    "i.type IN ('aws_instance', 'aws_vpc')",
    "i.deposed IS NULL",
    "i.deposed IS NOT NULL",
    "i.deposed = 'da1a4ccd'",
    "i.deposed <> 'da1a4ccd'",
    "NOT (i.deposed = 'da1a4ccd')",
    "i.deposed IS DISTINCT FROM 'da1a4ccd'",
    "i.deposed IS NOT DISTINCT FROM NULL",
    "i.module = 'module.eks' OR i.module IS NULL",
    "i.module LIKE 'module.vpc%' OR i.state = 'shop/prod/app'",
    "coalesce(i.module, 'root') = 'root'",
    "nullif(i.status, 'ok') IS NOT NULL",
    "i.status = 'tainted' OR i.state LIKE 'data/%' AND i.mode = 'data'",
    "(i.state = 'shop/prod/app' AND i.type = 'aws_instance') OR (i.state = 'shop/dev/app' AND i.status = 'tainted')",
    "i.state = 'shop/prod/app' OR i.type = 'aws_instance'",
    "CASE WHEN i.state LIKE 'shop/%' THEN i.type = 'aws_instance' ELSE i.mode = 'data' END",
    "CASE i.mode WHEN 'data' THEN i.state ELSE i.type END LIKE '%app%'",
    "i.index_key IS NOT NULL",
    "i.index_key ~ '^[0-9]+$' AND i.index_key LIKE '1%'",
    "try_cast(i.index_key AS int) >= 2",
    "i.schema_version >= 1",
    "i.schema_version::text = '0'",
    "i.schema_version IS NULL OR i.schema_version IN (1, 2)",
    "i.schema_version + 1 > 2",
    "i.create_before_destroy",
    "NOT i.create_before_destroy AND i.index_key = '0'",
    "i.create_before_destroy IS NOT TRUE",
    "i.address LIKE '%\"%'",
    "i.address = i.resource_address",
    "i.address <> i.config_address AND i.module IS NULL",
    "starts_with(i.address, i.type)",
    "upper(i.name) = 'THIS'",
    "i.provider LIKE '%opentofu%' OR i.provider IS NULL",
    "i.attributes->>'instance_type' = 't3.large'",
    "i.attributes->>'id' IS NULL",
    "i.attributes ? 'ingress' AND i.state LIKE '%prod%'",
    "i.attributes @> '{\"tags\": {\"Environment\": \"prod\"}}'",
    "i.type = 'aws_instance' AND i.attributes->'tags'->>'Name' LIKE '%worker%'",
    "i.type = 'aws_instance' OR i.attributes ? 'ingress'",
    "i.identity IS NOT NULL",
    "i.sensitive_attributes <> '[]'",
    "cardinality(i.dependencies) > 3",
    "'aws_vpc.this' = ANY(i.dependencies)",
    "i.dependencies IS NULL OR i.state = 'platform/dev/network'",
    "true",
    "i.type = 'aws_instance' AND NULL",
    "EXISTS (SELECT 1 FROM dependencies d WHERE d.state = i.state AND d.address = i.address)",
    "NOT EXISTS (SELECT 1 FROM dependencies d WHERE d.state_id = i.state_id AND d.address = i.address)",
    "EXISTS (SELECT 1 FROM unnest(i.dependencies) AS d WHERE d LIKE 'aws_vpc%')",
    "i.state = (SELECT max(s.name) FROM states s WHERE s.labels->>'env' = 'prod')",
    "(SELECT s.labels->>'env' FROM states s WHERE s.id = i.state_id) = 'dev'",
    "(SELECT t.value FROM tags t WHERE t.state_id = i.state_id AND t.address = i.address ORDER BY t.key DESC LIMIT 1) = 'shop'",
    "(SELECT max(s.labels->>'env') FROM states s WHERE s.id = i.state_id) = 'dev'",
];

/// Queries over a table named `instances`, for what stands around a filter.
const QUERIES: &[&str] = &[
    "SELECT count(*) FROM instances",
    "SELECT count(*) FROM instances WHERE type = 'aws_instance'",
    "SELECT count(deposed), count(*) FROM instances",
    "SELECT 1 FROM instances WHERE mode = 'data'",
    "SELECT a.address, b.address FROM instances a JOIN instances b USING (state_id) \
     WHERE a.type = 'aws_vpc' AND b.type = 'aws_instance'",
    "SELECT a.state, b.state FROM instances a, instances b \
     WHERE a.address = b.address AND a.state < b.state AND a.state LIKE 'shop/%' AND b.deposed IS NULL",
    "SELECT a.address, b.type FROM instances a LEFT JOIN instances b \
     ON b.state = a.state AND b.type = 'aws_vpc' WHERE a.type = 'aws_instance'",
    "SELECT a.address, b.type FROM instances a LEFT JOIN instances b \
     ON b.state = a.state AND b.type = 'aws_vpc' WHERE b.type IS NULL",
    "SELECT a.state, b.address FROM instances a FULL JOIN instances b \
     ON b.state = a.state AND b.address = a.address AND b.mode = 'data' WHERE a.type IS DISTINCT FROM 'aws_iam_policy'",
    "SELECT a.address, b.attributes->>'id' FROM instances a RIGHT JOIN instances b \
     ON b.state = a.state AND b.resource_address = a.resource_address WHERE b.type = 'aws_instance'",
    "SELECT s.name, i.address FROM states s LEFT JOIN instances i ON i.state = s.name AND i.status <> 'ok'",
    "SELECT i.address FROM instances i WHERE i.state NOT IN (SELECT state FROM instances WHERE type = 'aws_vpc')",
    "SELECT i.attributes->>'id' FROM instances i JOIN tags t ON t.state_id = i.state_id AND t.address = i.address \
     WHERE t.key = 'Name' AND t.value LIKE '%prod%'",
    "SELECT state, address FROM instances WHERE type = 'aws_vpc' \
     UNION SELECT state, address FROM instances WHERE type = 'aws_instance' \
     EXCEPT SELECT state, address FROM instances WHERE state LIKE '%/staging/%'",
    "SELECT state, address FROM instances ORDER BY address DESC, state LIMIT 7",
    "SELECT address, attributes->>'id' FROM instances ORDER BY state DESC, address LIMIT 5 OFFSET 3",
    "SELECT state, max(attributes->>'id') FROM instances GROUP BY state ORDER BY state DESC LIMIT 4",
    "SELECT DISTINCT ON (type) type, state, address FROM instances ORDER BY type, state DESC, address",
    "SELECT count(*) FROM (SELECT * FROM instances LIMIT 17) WHERE state_id IS NOT NULL",
    "SELECT count(*) FROM (SELECT * FROM instances LIMIT 17) i JOIN states s ON s.id = i.state_id",
    "SELECT count(*) FROM (SELECT * FROM instances WHERE mode = 'managed' LIMIT 30) WHERE type = 'aws_subnet'",
    "SELECT min(state), max(state) FROM instances WHERE status = 'tainted'",
    "SELECT type, row_number() OVER (PARTITION BY type ORDER BY state, address, deposed) AS n FROM instances \
     WHERE state LIKE 'platform/%'",
];

/// A session with the rows of `instances` in a table in memory, `copy`.
async fn session() -> Session {
    let session = Session::over_samples();
    session
        .rows("CREATE TABLE copy AS SELECT * FROM instances")
        .await;
    session
}

async fn sorted(session: &Session, sql: &str) -> Vec<Vec<String>> {
    let mut rows = session.rows(sql).await;
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_keep_the_rows_that_they_keep_of_a_copy() {
    let session = session().await;
    for filter in FILTERS {
        let rows = |table: &str| format!("SELECT * FROM {table} AS i WHERE {filter}");
        let expected = sorted(&session, &rows("copy")).await;
        assert_eq!(
            sorted(&session, &rows("instances")).await,
            expected,
            "{filter}"
        );
        // The same through a view, without the columns that the filter needs.
        let addresses = |table: &str| {
            format!("SELECT address FROM (SELECT * FROM {table}) AS i WHERE {filter}")
        };
        let expected = sorted(&session, &addresses("copy")).await;
        assert_eq!(
            sorted(&session, &addresses("instances")).await,
            expected,
            "{filter}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_over_filters_give_as_many_rows_as_there_are() {
    let session = session().await;
    for filter in FILTERS {
        let count = |table: &str| {
            format!(
                "SELECT count(*) FROM (SELECT address FROM {table} AS i WHERE {filter} LIMIT 5)"
            )
        };
        let expected = session.rows(&count("copy")).await;
        assert_eq!(
            session.rows(&count("instances")).await,
            expected,
            "{filter}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_give_the_rows_that_they_give_of_a_copy() {
    let session = session().await;
    for query in QUERIES {
        let of_copy = query.replace("instances", "copy");
        let expected = sorted(&session, &of_copy).await;
        assert_eq!(sorted(&session, query).await, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_on_leaves_and_tags_keep_the_rows_that_they_keep_of_a_copy() {
    let session = Session::over_samples();
    for table in ["attributes", "tags"] {
        let copy = format!("CREATE TABLE {table}_copy AS SELECT * FROM {table}");
        session.rows(&copy).await;
        for filter in [
            "type = 'aws_instance'",
            "type = 'aws_instance' AND value LIKE '%a%'",
            "type = 'aws_instance' OR value LIKE '%a%'",
            "address = 'aws_vpc.this' AND state LIKE 'platform/%'",
            "deposed IS NOT NULL",
            "deposed IS NULL AND type LIKE 'google%' AND length(value) > 20",
            "value IS NULL",
            "state = 'shop/prod/app' AND address LIKE '%worker%'",
            "state = 'shop/prod/app' OR address LIKE '%worker%'",
            "address || '!' = 'aws_vpc.this!' OR deposed = 'da1a4ccd'",
            "state IN (SELECT name FROM states WHERE labels->>'env' = 'dev') AND type = 'aws_instance'",
        ] {
            let rows = |table: &str| format!("SELECT * FROM {table} WHERE {filter}");
            let expected = sorted(&session, &rows(&format!("{table}_copy"))).await;
            assert_eq!(
                sorted(&session, &rows(table)).await,
                expected,
                "{table}: {filter}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_on_states_keep_the_rows_that_they_keep_of_a_copy() {
    let session = Session::over_samples();
    session
        .rows("CREATE TABLE copy AS SELECT * FROM states")
        .await;
    for filter in [
        "labels->>'env' = 'prod'",
        "labels->>'env' <> 'prod'",
        "labels->>'env' IS NULL",
        "labels ? 'team'",
        "labels @> '{\"team\": \"shop\", \"env\": \"dev\"}'",
        "labels = '{}'",
        "workspace = 'default' AND status = 'ok'",
        "status = 'encrypted' OR labels->>'team' = 'shop'",
        "size_bytes > 20000",
        "size_bytes > 20000 AND resource_count < 20",
        "updated_at < now()",
        "updated_at > now() - interval '100 years' AND serial > 20",
        "updated_at IS NULL",
        "backend = 'local' AND source = 'harbor'",
        "name LIKE '%/app/%' OR format_version <> '4'",
        "terraform_version LIKE '0.%' OR terraform_version IS NULL",
        "instance_count IS NULL",
        "serial::text LIKE '1%'",
        "uri LIKE '%sample-states%'",
        "id IN (SELECT state_id FROM instances WHERE status = 'tainted')",
        "id NOT IN (SELECT state_id FROM instances)",
    ] {
        let rows = |table: &str| format!("SELECT * FROM {table} WHERE {filter}");
        let expected = sorted(&session, &rows("copy")).await;
        assert_eq!(
            sorted(&session, &rows("states")).await,
            expected,
            "{filter}"
        );
    }
}
