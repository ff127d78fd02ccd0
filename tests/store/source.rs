//! The store as a source: the same answers as the files that were imported, and what is sent for them.

use std::collections::BTreeMap;

use crate::desk::Desk;
use crate::server::{PASSWORD, Postgres};

/// Columns that tell of the place and of when it was written there.
const OF_THE_PLACE: [&str; 13] = [
    "id",
    "source",
    "uri",
    "backend",
    "labels",
    "size_bytes",
    "updated_at",
    "recorded_at",
    "valid_from",
    "author",
    "commit",
    "operation",
    "confidence",
];

/// What a table has that tells of the place alone.
const TABLES_OF_PLACES: [&str; 1] = ["code_changes"];

fn lines(desk: &Desk<'_>, arguments: &[&str]) -> Vec<String> {
    let output = desk.place.output(&mut desk.command(arguments));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// The first column of CSV, without its heading.
fn names(desk: &Desk<'_>, arguments: &[&str]) -> Vec<String> {
    let output = desk.place.output(&mut desk.command(arguments));
    let text = String::from_utf8(output.stdout).unwrap();
    let rows = text.lines().skip(1);
    rows.map(|row| row.split(',').next().unwrap_or_default().to_owned())
        .collect()
}

fn store_of(desk: &Desk<'_>, user: &str) -> String {
    format!(
        "postgres://{user}:{PASSWORD}@127.0.0.1:{}/{}?sslmode=disable",
        desk.server.port(),
        desk.database
    )
}

#[test]
fn every_table_answers_as_over_the_files() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "same");
    let files = format!("{}/sample-states", env!("CARGO_MANIFEST_DIR"));
    let imported = desk.sgq(&["store", "import", &files]);
    assert!(imported.ends_with("[exit 0]"), "{imported}");
    // A role that can only read sees all that is granted, in transactions that only read.
    let granted = desk.sgq(&["store", "grant", "reader", "--states", "*"]);
    assert!(granted.ends_with("[exit 0]"), "{granted}");
    let mut client = desk.client();
    client
        .batch_execute(&format!(
            "ALTER ROLE reader PASSWORD '{PASSWORD}'; ALTER ROLE reader SET default_transaction_read_only = on"
        ))
        .unwrap();
    let store = store_of(&desk, "reader");
    let mut tables = names(&desk, &["-s", &files, "-o", "csv", "schema"]);
    tables.retain(|table| !TABLES_OF_PLACES.contains(&table.as_str()));
    let types = [
        "-s",
        &files,
        "-o",
        "csv",
        "SELECT DISTINCT type FROM instances WHERE mode = 'managed'",
    ];
    tables.extend(names(&desk, &types));
    let mut questions = Vec::new();
    for table in &tables {
        let columns = names(&desk, &["-s", &files, "-o", "csv", "schema", table]);
        let columns = columns
            .iter()
            .filter(|name| !name.ends_with("state_id") && !OF_THE_PLACE.contains(&name.as_str()));
        let columns: Vec<String> = columns.map(|name| format!("\"{name}\"")).collect();
        if !columns.is_empty() {
            questions.push((
                table,
                format!("SELECT {} FROM \"{table}\"", columns.join(", ")),
            ));
        }
    }
    assert!(questions.len() > 80, "{} tables", questions.len());
    for (table, question) in &questions {
        let ask = |source: &str| lines(&desk, &["-s", source, "-o", "csv", question]);
        assert_eq!(ask(&store), ask(&files), "{table}");
    }
    for question in [
        "SELECT state, address, attributes FROM instances",
        "SELECT state, name, value FROM outputs",
    ] {
        let ask = |source: &str| {
            lines(
                &desk,
                &["--show-sensitive", "-s", source, "-o", "csv", question],
            )
        };
        assert_eq!(ask(&store), ask(&files), "{question}");
    }
}

/// The statements over instances that a question sends, and their parameters.
fn sent(server: &Postgres, desk: &Desk<'_>, question: &str) -> String {
    let before = server.log().len();
    let output =
        desk.place
            .output(&mut desk.command(&["-s", &store_of(desk, "postgres"), question]));
    assert!(output.status.success(), "{question}");
    let log = server.log().split_off(before);
    let mut statements = BTreeMap::new();
    let mut is_wanted = false;
    for (number, line) in log.lines().enumerate() {
        let is_statement = line.contains("LOG:  execute");
        if is_statement {
            is_wanted = line.contains("JOIN recorded_instances r");
        }
        if is_wanted && (is_statement || line.contains("DETAIL:  parameters")) {
            statements.insert(number, line.to_owned());
        }
    }
    statements.into_values().collect::<Vec<_>>().join("\n")
}

#[test]
fn no_more_is_asked_for_than_is_wanted() {
    let server = Postgres::start_with(&[("log_statement", "all")], &[]).unwrap();
    let desk = Desk::new(&server, "narrow");
    let files = format!("{}/sample-states", env!("CARGO_MANIFEST_DIR"));
    desk.sgq(&["store", "import", &files]);
    let by_type = sent(
        &server,
        &desk,
        "SELECT type, count(*) FROM instances GROUP BY 1",
    );
    assert!(
        !by_type.contains("r.attributes") && by_type.contains("NULL::text"),
        "{by_type}"
    );
    let attributes = sent(
        &server,
        &desk,
        "SELECT attributes FROM instances WHERE type = 'aws_vpc'",
    );
    assert!(
        attributes.contains("r.attributes::text") && attributes.contains("{aws_vpc}"),
        "{attributes}"
    );
    let one = sent(
        &server,
        &desk,
        "SELECT status FROM instances WHERE address IN ('aws_vpc.a', 'aws_vpc.b') AND module = 'module.x'",
    );
    assert!(
        one.contains("r.address = ANY") && one.contains("\"{aws_vpc.a,aws_vpc.b}\"")
            || one.contains("{aws_vpc.a,aws_vpc.b}"),
        "{one}"
    );
    assert!(
        one.contains("r.module = ANY") && one.contains("{module.x}"),
        "{one}"
    );
    let state = sent(
        &server,
        &desk,
        "SELECT type FROM instances WHERE state = 'shop/prod/app'",
    );
    let [_, parameters] = state.lines().collect::<Vec<_>>()[..] else {
        panic!("one statement: {state}");
    };
    assert!(parameters.contains("$2 = '{1}'"), "one state: {parameters}");
    let of_type = sent(&server, &desk, "SELECT cidr_block FROM aws_subnet LIMIT 1");
    assert!(of_type.contains("{aws_subnet}"), "{of_type}");
    let some = sent(&server, &desk, "SELECT address FROM instances LIMIT 3");
    assert!(some.contains("LIMIT 3"), "{some}");
}
