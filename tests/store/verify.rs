//! A store that was damaged is told to be.

use crate::desk::{Desk, state};
use crate::server::Postgres;

/// A store with a state of four versions, one that was renamed and removed, and one that is kept whole.
fn filled<'s>(server: &'s Postgres, database: &str) -> Desk<'s> {
    let desk = Desk::new(server, database);
    let with_output = |document: String| {
        document.replace(
            "\"outputs\": {}",
            "\"outputs\": {\"o\": {\"value\": 1, \"type\": \"number\"}}",
        )
    };
    desk.push(
        "shop",
        state(1, &[("a", "1", &[]), ("b", "1", &["thing.a"])]),
        &[],
    );
    desk.push(
        "shop",
        with_output(state(2, &[("a", "2", &[]), ("b", "1", &[])])),
        &["--base", "1"],
    );
    desk.push(
        "shop",
        with_output(state(3, &[("b", "1", &[]), ("a", "2", &[])])),
        &["--base", "2"],
    );
    desk.push(
        "shop",
        state(4, &[("a", "1", &[]), ("c", "1", &[])]),
        &["--base", "3"],
    );
    desk.push("gone", state(1, &[("a", "1", &[])]), &[]);
    desk.sgq(&["store", "rename", "gone", "away"]);
    desk.sgq(&["store", "rm", "away"]);
    desk.push("whole", state(1, &[("a", "1", &[]), ("a", "2", &[])]), &[]);
    desk
}

#[test]
fn every_damage_is_told() {
    let server = Postgres::start().unwrap();
    let desk = filled(&server, "shop");
    insta::assert_snapshot!(desk.sgq(&["store", "verify", "-o", "csv"]), @"
    state,version,table,what
    [stderr]
    sgq: 3 states with 8 versions verified
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "verify", "shop", "-o", "csv"]), @"
    state,version,table,what
    [stderr]
    sgq: 1 state with 4 versions verified
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "verify", "shpo"]), @"
    [stderr]
    sgq: the store has no state shpo; did you mean shop?
    [exit 1]
    ");
    // Each damage is done to the store as it was, so that one problem does not hide another.
    let control = |sql: &str| {
        // The server takes a while to notice that somebody has gone, and refuses until then.
        let mut left = 500;
        while let Err(error) = server.connect("postgres").batch_execute(sql) {
            assert!(left > 0, "{sql}: {error}");
            left -= 1;
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    };
    control("ALTER DATABASE shop RENAME TO kept");
    let mut damaged = String::new();
    let damages = [
        "UPDATE recorded_instances SET attributes = '{\"id\": \"x\"}' WHERE name = 'c'",
        "UPDATE recorded_instances SET attributes_exact = '{}' WHERE name = 'c'",
        "UPDATE recorded_instances SET dependencies = '{thing.z}' WHERE name = 'b' AND valid_to = 2",
        "UPDATE recorded_instances SET fingerprint = '\\x00' WHERE name = 'c'",
        "UPDATE recorded_instances SET address = 'thing.z' WHERE name = 'c'",
        "UPDATE recorded_instances SET config_address = 'thing.z' WHERE name = 'c'",
        "UPDATE recorded_instances SET changed_in = 1 WHERE name = 'c'",
        "UPDATE recorded_instances SET valid_from = 3 WHERE name = 'c'",
        "UPDATE recorded_instances SET valid_to = 9 WHERE name = 'c'",
        "UPDATE recorded_instances SET valid_to = 4 WHERE name = 'a' AND valid_to = 2",
        "DELETE FROM recorded_instances WHERE name = 'c'",
        "DELETE FROM recorded_resources WHERE name = 'c'",
        "UPDATE recorded_resources SET provider_text = 'provider.x' WHERE name = 'c'",
        "UPDATE recorded_resources SET address = 'thing.z' WHERE name = 'c'",
        "UPDATE recorded_outputs SET value = '2'",
        "UPDATE recorded_outputs SET valid_to = NULL",
        "INSERT INTO recorded_checks (state_id, object_kind, config_addr, status, objects, rest, fingerprint, position, \
         valid_from) SELECT state_id, 'resource', 'thing.a', 'pass', '[]', '{}', '\\x00', '80', 1 FROM recorded_states \
         WHERE name = 'shop'",
        "UPDATE recorded_versions SET content_hash = '\\x00' WHERE version = 2",
        "UPDATE recorded_versions SET instance_count = 7 WHERE version = 4",
        "UPDATE recorded_versions SET added = 7, removed = 8 WHERE version = 4",
        "UPDATE recorded_versions SET serial = 9 WHERE version = 4",
        "UPDATE recorded_versions SET lineage = 'x' WHERE version = 4",
        "UPDATE recorded_versions SET top = 'x' WHERE version = 4",
        "UPDATE recorded_versions SET document = '{}' WHERE document IS NOT NULL",
        "UPDATE recorded_versions SET base_version = 4 WHERE version = 4",
        "UPDATE recorded_versions SET recorded_at = '2020-01-01' WHERE version = 2",
        "UPDATE recorded_versions SET transaction_id = -1 WHERE version = 4",
        "DELETE FROM recorded_versions WHERE version = 3",
        "DELETE FROM recorded_versions WHERE version = 4",
        "UPDATE recorded_states SET newest_version = 3 WHERE name = 'shop'",
        "UPDATE recorded_states SET removed_at = now() WHERE name = 'shop'",
        "UPDATE recorded_states SET removed_at = NULL WHERE name = 'away'",
        "DELETE FROM recorded_states WHERE name = 'shop'",
    ];
    for damage in damages {
        control("CREATE DATABASE shop TEMPLATE kept");
        let mut client = desk.client();
        // Damage that keys and triggers of the database would prevent, too.
        let done = format!("SET session_replication_role = replica; {damage}");
        client.batch_execute(&done).unwrap();
        drop(client);
        let told = desk.sgq(&["store", "verify", "-o", "tsv"]);
        assert!(told.ends_with("[exit 1]"), "{damage}\n{told}");
        let rows = told.lines().skip(1).take_while(|line| *line != "[stderr]");
        damaged.push_str(&format!("{damage}\n"));
        rows.for_each(|row| damaged.push_str(&format!("  {row}\n")));
        control("DROP DATABASE shop WITH (FORCE)");
    }
    insta::assert_snapshot!(damaged, @r#"
    UPDATE recorded_instances SET attributes = '{"id": "x"}' WHERE name = 'c'
      shop	4	recorded_instances	thing.c: its fingerprint is not that of what the row holds
    UPDATE recorded_instances SET attributes_exact = '{}' WHERE name = 'c'
      shop	4	recorded_instances	thing.c: its fingerprint is not that of what the row holds
    UPDATE recorded_instances SET dependencies = '{thing.z}' WHERE name = 'b' AND valid_to = 2
      shop	1	recorded_instances	thing.b: its fingerprint is not that of what the row holds
    UPDATE recorded_instances SET fingerprint = '\x00' WHERE name = 'c'
      shop	4	recorded_instances	thing.c: its fingerprint is not that of what the row holds
      shop	4	recorded_versions	its content_hash is not that of what it holds
    UPDATE recorded_instances SET address = 'thing.z' WHERE name = 'c'
      shop	4	recorded_instances	thing.c: its address reads thing.z
    UPDATE recorded_instances SET config_address = 'thing.z' WHERE name = 'c'
      shop	4	recorded_instances	thing.c: its config_address reads thing.z
    UPDATE recorded_instances SET changed_in = 1 WHERE name = 'c'
      shop	4	recorded_instances	thing.c: its changed_in reads 1, and it is what it is since version 4
    UPDATE recorded_instances SET valid_from = 3 WHERE name = 'c'
      shop	3	recorded_instances	thing.c: its resource is not there all the time that it is
      shop	3	recorded_instances	thing.c: its changed_in reads 4, and it is what it is since version 3
      shop	3	recorded_versions	its content_hash is not that of what it holds
      shop	3	recorded_versions	its instance_count reads 2, and it holds 3
      shop	3	recorded_versions	its added reads 0, and its rows tell of 1
      shop	4	recorded_versions	its added reads 1, and its rows tell of 0
    UPDATE recorded_instances SET valid_to = 9 WHERE name = 'c'
      shop	4	recorded_instances	thing.c: it ends with version 9, which does not come after its first
    UPDATE recorded_instances SET valid_to = 4 WHERE name = 'a' AND valid_to = 2
      shop	2	recorded_instances	thing.a: two rows hold at the same time
      shop	2	recorded_versions	its content_hash is not that of what it holds
      shop	2	recorded_versions	its instance_count reads 2, and it holds 3
      shop	2	recorded_versions	its added reads 0, and its rows tell of 1
      shop	2	recorded_versions	its changed reads 2, and its rows tell of 1
      shop	3	recorded_versions	its content_hash is not that of what it holds
      shop	3	recorded_versions	its instance_count reads 2, and it holds 3
      shop	4	recorded_versions	its removed reads 1, and its rows tell of 2
    DELETE FROM recorded_instances WHERE name = 'c'
      shop	4	recorded_versions	its content_hash is not that of what it holds
      shop	4	recorded_versions	its instance_count reads 2, and it holds 1
      shop	4	recorded_versions	its added reads 1, and its rows tell of 0
    DELETE FROM recorded_resources WHERE name = 'c'
      shop	4	recorded_instances	thing.c: its resource is not there all the time that it is
      shop	4	recorded_versions	its content_hash is not that of what it holds
      shop	4	recorded_versions	its resource_count reads 2, and it holds 1
    UPDATE recorded_resources SET provider_text = 'provider.x' WHERE name = 'c'
      shop	4	recorded_resources	resource thing.c: its fingerprint is not that of what the row holds
    UPDATE recorded_resources SET address = 'thing.z' WHERE name = 'c'
      shop	4	recorded_resources	resource thing.c: its address reads thing.z
      shop	4	recorded_instances	thing.c: its resource is not there all the time that it is
    UPDATE recorded_outputs SET value = '2'
      shop	2	recorded_outputs	output o: its fingerprint is not that of what the row holds
    UPDATE recorded_outputs SET valid_to = NULL
      shop	4	recorded_versions	its content_hash is not that of what it holds
      shop	4	recorded_versions	its output_count reads 0, and it holds 1
    INSERT INTO recorded_checks (state_id, object_kind, config_addr, status, objects, rest, fingerprint, position, valid_from) SELECT state_id, 'resource', 'thing.a', 'pass', '[]', '{}', '\x00', '80', 1 FROM recorded_states WHERE name = 'shop'
      shop	1	recorded_checks	check thing.a: its fingerprint is not that of what the row holds
      shop	1	recorded_versions	its content_hash is not that of what it holds
      shop	2	recorded_versions	its content_hash is not that of what it holds
      shop	3	recorded_versions	its content_hash is not that of what it holds
      shop	4	recorded_versions	its content_hash is not that of what it holds
    UPDATE recorded_versions SET content_hash = '\x00' WHERE version = 2
      away	2	recorded_versions	its content_hash is not that of what it holds
      shop	2	recorded_versions	its content_hash is not that of what it holds
    UPDATE recorded_versions SET instance_count = 7 WHERE version = 4
      shop	4	recorded_versions	its instance_count reads 7, and it holds 2
    UPDATE recorded_versions SET added = 7, removed = 8 WHERE version = 4
      shop	4	recorded_versions	its added reads 7, and its rows tell of 1
      shop	4	recorded_versions	its removed reads 8, and its rows tell of 1
    UPDATE recorded_versions SET serial = 9 WHERE version = 4
      shop	4	recorded_versions	its serial is not that of its document
    UPDATE recorded_versions SET lineage = 'x' WHERE version = 4
      shop	4	recorded_versions	its lineage is not that of its document
    UPDATE recorded_versions SET top = 'x' WHERE version = 4
      shop	4	recorded_versions	its top cannot be read
    UPDATE recorded_versions SET document = '{}' WHERE document IS NOT NULL
      whole	1	recorded_versions	its content_hash is not that of what it holds
    UPDATE recorded_versions SET base_version = 4 WHERE version = 4
      shop	4	recorded_versions	its base_version does not come before it
    UPDATE recorded_versions SET recorded_at = '2020-01-01' WHERE version = 2
      away	2	recorded_versions	it begins no later than the version before it
      shop	2	recorded_versions	it begins no later than the version before it
    UPDATE recorded_versions SET transaction_id = -1 WHERE version = 4
      shop	4	recorded_versions	its transaction is not there
    DELETE FROM recorded_versions WHERE version = 3
      away	3	recorded_states	its newest_version reads 3, and its newest version is 2
      away	2	recorded_states	its removed_at says that it was removed, and its newest version does not
      shop	4	recorded_versions	version 3 is missing
    DELETE FROM recorded_versions WHERE version = 4
      shop	4	recorded_states	its newest_version reads 4, and its newest version is 3
    UPDATE recorded_states SET newest_version = 3 WHERE name = 'shop'
      shop	3	recorded_resources	resource thing.b: it ends with version 4, which does not come after its first
      shop	4	recorded_resources	resource thing.c: it begins with version 4, which there is not
      shop	2	recorded_instances	thing.a: it ends with version 4, which does not come after its first
      shop	4	recorded_instances	thing.a: it begins with version 4, which there is not
      shop	2	recorded_instances	thing.b: it ends with version 4, which does not come after its first
      shop	4	recorded_instances	thing.c: it begins with version 4, which there is not
      shop	2	recorded_outputs	output o: it ends with version 4, which does not come after its first
      shop	3	recorded_states	its newest_version reads 3, and its newest version is 4
    UPDATE recorded_states SET removed_at = now() WHERE name = 'shop'
      shop	4	recorded_states	its removed_at says that it was removed, and its newest version does not
    UPDATE recorded_states SET removed_at = NULL WHERE name = 'away'
      away	3	recorded_states	its newest version says that it was removed, and its removed_at does not
    DELETE FROM recorded_states WHERE name = 'shop'
      \N	\N	recorded_resources	4 rows are of the state number 1, which there is not
      \N	\N	recorded_instances	6 rows are of the state number 1, which there is not
      \N	\N	recorded_outputs	a row is of the state number 1, which there is not
      \N	\N	recorded_versions	4 rows are of the state number 1, which there is not
    "#);
}
