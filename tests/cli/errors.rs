//! What is told when a statement fails: one sentence, the line with a caret, the closest name.

use crate::place::Place;

/// What is told of a statement that fails.
fn told(sql: &str) -> String {
    let place = Place::with_two_states();
    let output = place.output(&mut place.command(&[sql]));
    assert_eq!(
        output.status.code(),
        Some(1),
        "{sql}: {}",
        place.show(&output)
    );
    assert!(output.stdout.is_empty(), "{sql}");
    let text = String::from_utf8(output.stderr).unwrap();
    for internal in [
        "Error during planning",
        "type_coercion",
        "Internal error",
        "DataFusion",
        "Utf8",
        "Int64",
        "backtrace",
        "panicked",
    ] {
        assert!(!text.contains(internal), "{sql}: {text}");
    }
    text.strip_prefix("sgq: ")
        .expect("it says who speaks")
        .trim_end()
        .to_owned()
}

/// The same for statements that are told in one line without a place.
fn sentence(sql: &str) -> String {
    let told = told(sql);
    assert_eq!(told.lines().count(), 1, "{sql}: {told}");
    told
}

#[test]
fn an_unknown_name_is_shown_with_the_closest_one() {
    insta::assert_snapshot!(told("SELECT * FROM instancs"), @"
    there is no table instancs; did you mean instances?
    LINE 1: SELECT * FROM instancs
                          ^
    ");
    insta::assert_snapshot!(told("SELECT adress FROM instances"), @"
    there is no column adress; did you mean address?
    LINE 1: SELECT adress FROM instances
                   ^
    ");
    insta::assert_snapshot!(told("SELECT i.adress FROM instances i"), @"
    there is no column adress in i; did you mean address?
    LINE 1: SELECT i.adress FROM instances i
                   ^
    ");
    insta::assert_snapshot!(told("SELECT x.address FROM instances i"), @"
    there is no table or alias x in FROM
    LINE 1: SELECT x.address FROM instances i
                   ^
    ");
    insta::assert_snapshot!(told("SELECT cuont(*) FROM instances"), @"
    there is no function cuont; did you mean count?
    LINE 1: SELECT cuont(*) FROM instances
                   ^
    ");
    insta::assert_snapshot!(told("SELECT * FROM nope(1)"), @"
    there is no table function nope
    LINE 1: SELECT * FROM nope(1)
                          ^
    ");
    insta::assert_snapshot!(told("SELECT \"Name\" FROM instances"), @r#"
    there is no column Name; did you mean name?
    LINE 1: SELECT "Name" FROM instances
                   ^
    "#);
    insta::assert_snapshot!(told("SELECT 1::foo"), @"
    there is no type foo
    LINE 1: SELECT 1::foo
                      ^
    ");
}

#[test]
fn a_name_is_found_in_every_clause() {
    insta::assert_snapshot!(told("SELECT name FROM instances ORDER BY adress"), @"
    there is no column adress; did you mean address?
    LINE 1: SELECT name FROM instances ORDER BY adress
                                                ^
    ");
    insta::assert_snapshot!(told("SELECT name FROM instances GROUP BY nme"), @"
    there is no column nme; did you mean name?
    LINE 1: SELECT name FROM instances GROUP BY nme
                                                ^
    ");
    insta::assert_snapshot!(told("SELECT * FROM instances JOIN states USING (stat)"), @"
    there is no column stat; did you mean state?
    LINE 1: SELECT * FROM instances JOIN states USING (stat)
                                                       ^
    ");
    insta::assert_snapshot!(told("SELECT * FROM instances i JOIN states s ON i.stat_id = s.id"), @"
    there is no column stat_id in i; did you mean state_id?
    LINE 1: SELECT * FROM instances i JOIN states s ON i.stat_id = s.id
                                                       ^
    ");
    insta::assert_snapshot!(told("SELECT * FROM states s WHERE EXISTS (SELECT 1 FROM outputs o WHERE o.state_id = s.idd)"), @"
    there is no column idd in s
    LINE 1: SELECT * FROM states s WHERE EXISTS (SELECT 1 FROM outputs o WHERE o.state_id = s.idd)
                                                                                            ^
    ");
}

#[test]
fn the_caret_stands_below_its_word() {
    insta::assert_snapshot!(told("SELECT address,\n       nme\nFROM instances"), @"
    there is no column nme; did you mean name?
    LINE 2:        nme
                   ^
    ");
    insta::assert_snapshot!(told("SELECT\t'ünï' AS a,\tadress FROM instances"), @"
    there is no column adress; did you mean address?
    LINE 1: SELECT	'ünï' AS a,	adress FROM instances
                  	           	^
    ");
    insta::assert_snapshot!(told("SELECT 'ünï€' AS a, adress FROM instances"), @"
    there is no column adress; did you mean address?
    LINE 1: SELECT 'ünï€' AS a, adress FROM instances
                                ^
    ");
}

#[test]
fn the_second_statement_of_a_file_has_its_own_line() {
    let place = Place::with_two_states().file(
        "q.sql",
        "SELECT 1 AS one;\n\nSELECT name,\n  adress\nFROM instances;\n",
    );
    insta::assert_snapshot!(place.sgq(&["-o", "csv", "-f", "q.sql"]), @"
    one
    1
    [stderr]
    sgq: there is no column adress; did you mean address?
    LINE 4:   adress
              ^
    [exit 1]
    ");
}

#[test]
fn a_syntax_error_is_shown_where_it_is() {
    insta::assert_snapshot!(told("SELEC 1"), @"
    syntax error: Expected: an SQL statement, found: SELEC
    LINE 1: SELEC 1
            ^
    ");
    insta::assert_snapshot!(told("SELECT * FORM instances"), @"
    syntax error: Expected: end of statement, found: instances
    LINE 1: SELECT * FORM instances
                          ^
    ");
    insta::assert_snapshot!(told("SELECT * FROM instances WHERE"), @"
    syntax error: Expected: an expression, found: EOF
    LINE 1: SELECT * FROM instances WHERE
                                         ^
    ");
    insta::assert_snapshot!(told("SELECT (1"), @"
    syntax error: Expected: ), found: EOF
    LINE 1: SELECT (1
                     ^
    ");
    insta::assert_snapshot!(told("SELECT 'abc"), @"
    syntax error: Unterminated string literal
    LINE 1: SELECT 'abc
                   ^
    ");
}

#[test]
fn an_ambiguous_or_ungrouped_column_says_what_to_do() {
    insta::assert_snapshot!(told("SELECT address FROM instances a, instances b"), @"
    column address could be of more than one table; write the table's name before it
    LINE 1: SELECT address FROM instances a, instances b
                   ^
    ");
    insta::assert_snapshot!(told("SELECT address, count(*) FROM instances"), @"
    column address must be in GROUP BY or inside an aggregate function, as in max(address)
    LINE 1: SELECT address, count(*) FROM instances
                   ^
    ");
}

#[test]
fn types_are_called_as_in_sql() {
    insta::assert_snapshot!(told("SELECT address + 1 FROM instances"), @"
    text + bigint is not possible; cast one of them with ::
    LINE 1: SELECT address + 1 FROM instances
                   ^
    ");
    insta::assert_snapshot!(told("SELECT name + 'a' FROM instances"), @"
    text is joined with ||, not with +
    LINE 1: SELECT name + 'a' FROM instances
                   ^
    ");
    insta::assert_snapshot!(told("SELECT NOT name FROM instances"), @"
    NOT takes a boolean, not text
    LINE 1: SELECT NOT name FROM instances
                       ^
    ");
    insta::assert_snapshot!(told("SELECT name AND true FROM instances"), @"
    text AND boolean is not possible; cast one of them with ::
    LINE 1: SELECT name AND true FROM instances
                   ^
    ");
    insta::assert_snapshot!(sentence("SELECT sum(address) FROM instances"), @"sum does not take text; cast it first");
    insta::assert_snapshot!(sentence("SELECT avg(attributes->>'id') FROM instances"), @"avg does not take text; cast it first");
    insta::assert_snapshot!(sentence("SELECT sqrt(name) FROM instances"), @"sqrt does not take (text)");
    insta::assert_snapshot!(sentence("SELECT upper(name, 1) FROM instances"), @"upper was given 2 arguments and takes 1");
    insta::assert_snapshot!(sentence("SELECT name LIKE 5 FROM instances"), @"LIKE takes text on both sides, not text and bigint");
    insta::assert_snapshot!(sentence("SELECT address[1] FROM instances"), @"[ ] takes an element of a list, not of text; for JSON use ->");
    insta::assert_snapshot!(sentence("SELECT now() + 1"), @"timestamptz + bigint is not possible; cast one of them with ::");
}

#[test]
fn values_that_do_not_fit_are_named() {
    insta::assert_snapshot!(sentence("SELECT 'a'::int"), @"'a' cannot be cast to integer; use TRY_CAST for NULL instead");
    insta::assert_snapshot!(sentence("SELECT name::bigint FROM instances ORDER BY name"), @"'web' cannot be cast to bigint; use TRY_CAST for NULL instead");
    insta::assert_snapshot!(sentence("SELECT 'abc'::boolean"), @"'abc' cannot be cast to boolean; use TRY_CAST for NULL instead");
    insta::assert_snapshot!(sentence("SELECT '2020-13-01'::date"), @"'2020-13-01' cannot be cast to date; use TRY_CAST for NULL instead");
    insta::assert_snapshot!(sentence("SELECT 'x'::timestamp"), @"'x' cannot be cast to timestamp; use TRY_CAST for NULL instead");
    insta::assert_snapshot!(sentence("SELECT 99999999999::int"), @"99999999999 is out of range for integer");
    insta::assert_snapshot!(sentence("SELECT '{a'::json"), @"the text is no valid JSON; to make a JSON string of it, use to_json(...)");
    insta::assert_snapshot!(sentence("SELECT 1 / 0"), @"division by zero");
    insta::assert_snapshot!(sentence("SELECT 1 / (serial - serial) FROM states"), @"division by zero");
    insta::assert_snapshot!(sentence("SELECT name ~ '(' FROM instances"), @"that is not a regular expression: unclosed group");
}

#[test]
fn a_value_cannot_break_the_message() {
    insta::assert_snapshot!(sentence("SELECT E'a\\nb\\x1b[2J'::int"), @r#"'a\nb\u{1b}[2J' cannot be cast to integer; use TRY_CAST for NULL instead"#);
    let long = told(&format!("SELECT '{}'::int", "x".repeat(10_000)));
    assert!(long.len() < 200, "{long}");
}

#[test]
fn clauses_say_what_they_take() {
    insta::assert_snapshot!(sentence("SELECT 1 LIMIT 'a'"), @"LIMIT takes a whole number, not text");
    insta::assert_snapshot!(sentence("SELECT 1 LIMIT -1"), @"LIMIT takes a number of 0 or more, not -1");
    insta::assert_snapshot!(sentence("SELECT name FROM instances WHERE count(*) > 1"), @"aggregate functions are not allowed in WHERE; use HAVING");
    insta::assert_snapshot!(told("SELECT row_number() FROM instances"), @"
    row_number is a window function; write OVER (...) after it
    LINE 1: SELECT row_number() FROM instances
                   ^
    ");
    insta::assert_snapshot!(told("SELECT 1 UNION SELECT 1, 2"), @"
    the sides of UNION have different numbers of columns
    LINE 1: SELECT 1 UNION SELECT 1, 2
            ^
    ");
    insta::assert_snapshot!(sentence("SELECT (SELECT name FROM instances)"), @"a subquery used as a value gave more than one row; add LIMIT 1 or an aggregate");
    insta::assert_snapshot!(sentence("VALUES (1), (1, 2)"), @"the rows of VALUES have different numbers of values");
    insta::assert_snapshot!(sentence("SELECT $1"), @"there is no value for $1; write it into the statement");
}

#[test]
fn what_is_not_done_is_said() {
    insta::assert_snapshot!(sentence("BEGIN"), @"BEGIN is no statement that sgq runs; it answers queries and changes nothing");
    insta::assert_snapshot!(sentence("VACUUM"), @"VACUUM is no statement that sgq runs; it answers queries and changes nothing");
    insta::assert_snapshot!(sentence("ALTER TABLE instances RENAME TO x"), @"ALTER is no statement that sgq runs; it answers queries and changes nothing");
    insta::assert_snapshot!(sentence("CREATE INDEX i ON instances (address)"), @"CREATE INDEX is no statement that sgq runs");
    insta::assert_snapshot!(sentence("SET nope = 1"), @"there is no setting nope; SHOW ALL lists them");
    insta::assert_snapshot!(sentence("SHOW nope"), @"there is no setting nope; SHOW ALL lists them");
}

#[test]
fn an_error_never_shows_what_a_file_holds() {
    let place = Place::with_two_states()
        .file("array.json", r#"[{"a":"hidden"}]"#)
        .file("text.json", "{\"a\":\"hidden\"}\n")
        .file("object.json", "{\"a\":{\"b\":\"hidden\"}}\n")
        .file("text.csv", "a\n1\nhidden\n");
    for (file, columns) in [
        ("array.json", ""),
        ("array.json", "(a int)"),
        ("text.json", "(a int)"),
        ("text.json", "(a timestamp)"),
        ("text.json", "(a boolean)"),
        ("text.json", "(a numeric(5,2))"),
        ("object.json", "(a int)"),
        ("text.csv", "(a int)"),
        ("text.csv", "(a numeric(5,2))"),
        ("text.csv", "(a timestamp)"),
        ("text.csv", "(a boolean)"),
    ] {
        let format = file.split_once('.').unwrap().1;
        let options = match format {
            "csv" => "OPTIONS ('format.has_header' 'true')",
            _ => "",
        };
        let sql = format!(
            "CREATE EXTERNAL TABLE t {columns} STORED AS {format} LOCATION '{file}' {options}; SELECT * FROM t"
        );
        let shown = place.sgq(&["-o", "csv", &sql]);
        assert!(shown.ends_with("[exit 1]"), "{file} {columns}: {shown}");
        assert!(!shown.contains("hidden"), "{file} {columns}: {shown}");
    }
}

#[test]
fn what_would_be_passed_over_is_refused() {
    insta::assert_snapshot!(sentence("SELECT count(*) FROM instances TABLESAMPLE BERNOULLI (10)"), @"TABLESAMPLE is not done; use ORDER BY random() LIMIT n for some of the rows");
    insta::assert_snapshot!(sentence("SELECT name FROM instances ORDER BY name COLLATE \"en_US\""), @r#"text is sorted by its bytes only, as COLLATE "C" does; leave COLLATE out"#);
    insta::assert_snapshot!(sentence("SET timezone = 'Europe/Berlin'"), @"times are in UTC and the time zone is not set; use AT TIME ZONE in the query");
    insta::assert_snapshot!(sentence("SET TIME ZONE 'UTC'"), @"times are in UTC and the time zone is not set; use AT TIME ZONE in the query");
}

#[test]
fn what_is_meant_is_said() {
    for sql in ["SELECT state FROM states", "SELECT s.state FROM states s"] {
        assert!(told(sql).contains("; did you mean name?"), "{sql}");
    }
    insta::assert_snapshot!(sentence("SELECT attributes['tags'] FROM instances"), @"['name'] takes a member of a struct, not of text; JSON is taken apart with -> and ->>");
    insta::assert_snapshot!(sentence("SELECT 7%-2"), @"there is no operator %-; put a space between signs that are not one operator");
    insta::assert_snapshot!(sentence("SELECT 1 FROM instances WHERE attributes->>'encrypted' = false"), @"text cannot be compared with a boolean; compare it with 'true' or 'false', or cast it with ::boolean");
    insta::assert_snapshot!(sentence("SELECT attributes || 'a' FROM instances"), @"'a' is joined with JSON and is none; take the other side as text with ->> or ::text");
}
