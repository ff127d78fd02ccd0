//! `-o`: every format of results, over a small state.

use crate::place::Place;

const SQL: &str = "SELECT address, index_key, attributes->'tags' AS tags, attributes->>'empty' AS empty \
                   FROM instances ORDER BY address";

fn written(format: &str) -> String {
    Place::with_two_states().sgq(&["-o", format, SQL])
}

#[test]
fn a_table_is_the_default() {
    let place = Place::with_two_states();
    insta::assert_snapshot!(place.sgq(&[SQL]), @r#"
     address               │ index_key │ tags           │ empty
    ───────────────────────┼───────────┼────────────────┼───────
     aws_instance.web[0]   │ 0         │ {"Name":"wéb"} │ NULL
     aws_instance.web[1]   │ 1         │ null           │ NULL
     aws_vpc.main          │ NULL      │ NULL           │ NULL
     null_resource.numbers │ NULL      │ NULL           │
    [exit 0]
    "#);
    assert_eq!(place.sgq(&[SQL]), written("table"));
}

#[test]
fn lines_csv_and_tsv() {
    insta::assert_snapshot!(written("line"), @r#"
      address = aws_instance.web[0]
    index_key = 0
         tags = {"Name":"wéb"}
        empty = NULL

      address = aws_instance.web[1]
    index_key = 1
         tags = null
        empty = NULL

      address = aws_vpc.main
    index_key = NULL
         tags = NULL
        empty = NULL

      address = null_resource.numbers
    index_key = NULL
         tags = NULL
        empty = 
    [exit 0]
    "#);
    insta::assert_snapshot!(written("csv"), @r#"
    address,index_key,tags,empty
    aws_instance.web[0],0,"{""Name"":""wéb""}",
    aws_instance.web[1],1,null,
    aws_vpc.main,,,
    null_resource.numbers,,,""
    [exit 0]
    "#);
    insta::assert_snapshot!(written("tsv"), @r#"
    address	index_key	tags	empty
    aws_instance.web[0]	0	{"Name":"wéb"}	\N
    aws_instance.web[1]	1	null	\N
    aws_vpc.main	\N	\N	\N
    null_resource.numbers	\N	\N	
    [exit 0]
    "#);
}

#[test]
fn json_and_ndjson() {
    insta::assert_snapshot!(written("json"), @r#"
    [
      {"address":"aws_instance.web[0]","index_key":"0","tags":{"Name":"wéb"},"empty":null},
      {"address":"aws_instance.web[1]","index_key":"1","tags":null,"empty":null},
      {"address":"aws_vpc.main","index_key":null,"tags":null,"empty":null},
      {"address":"null_resource.numbers","index_key":null,"tags":null,"empty":""}
    ]
    [exit 0]
    "#);
    insta::assert_snapshot!(written("ndjson"), @r#"
    {"address":"aws_instance.web[0]","index_key":"0","tags":{"Name":"wéb"},"empty":null}
    {"address":"aws_instance.web[1]","index_key":"1","tags":null,"empty":null}
    {"address":"aws_vpc.main","index_key":null,"tags":null,"empty":null}
    {"address":"null_resource.numbers","index_key":null,"tags":null,"empty":""}
    [exit 0]
    "#);
}

#[test]
fn markdown_and_html() {
    insta::assert_snapshot!(written("markdown"), @r#"
    | address | index_key | tags | empty |
    | --- | --- | --- | --- |
    | aws_instance.web[0] | 0 | {"Name":"wéb"} |  |
    | aws_instance.web[1] | 1 | null |  |
    | aws_vpc.main |  |  |  |
    | null_resource.numbers |  |  |  |
    [exit 0]
    "#);
    insta::assert_snapshot!(written("html"), @r#"
    <table>
    <thead>
    <tr><th>address</th><th>index_key</th><th>tags</th><th>empty</th></tr>
    </thead>
    <tbody>
    <tr><td>aws_instance.web[0]</td><td>0</td><td>{&quot;Name&quot;:&quot;wéb&quot;}</td><td class="null"></td></tr>
    <tr><td>aws_instance.web[1]</td><td>1</td><td>null</td><td class="null"></td></tr>
    <tr><td>aws_vpc.main</td><td class="null"></td><td class="null"></td><td class="null"></td></tr>
    <tr><td>null_resource.numbers</td><td class="null"></td><td class="null"></td><td></td></tr>
    </tbody>
    </table>
    [exit 0]
    "#);
}

#[test]
fn parquet_and_arrow_are_read_back() {
    for (format, magic) in [("parquet", &b"PAR1"[..]), ("arrow", b"ARROW1")] {
        let place = Place::with_two_states();
        let file = format!("x.{format}");
        assert_eq!(place.sgq(&["-o", format, "--out", &file, SQL]), "[exit 0]");
        let bytes = std::fs::read(place.path(&file)).unwrap();
        assert!(
            bytes.starts_with(magic) && bytes.ends_with(magic),
            "{format}"
        );
        let read = format!(
            "CREATE EXTERNAL TABLE x STORED AS {format} LOCATION '{file}'; SELECT * FROM x"
        );
        assert_eq!(place.sgq(&["-o", "csv", &read]), written("csv"), "{format}");
    }
}

#[test]
fn null_and_empty_text_differ() {
    let place = Place::new();
    let sql = "SELECT NULL AS a, '' AS b, 'NULL' AS c";
    insta::assert_snapshot!(place.sgq(&["-o", "csv", sql]), @r#"
    a,b,c
    ,"",NULL
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    "#);
    insta::assert_snapshot!(place.sgq(&["-o", "tsv", sql]), @r#"
    a	b	c
    \N		NULL
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    "#);
    insta::assert_snapshot!(place.sgq(&["-o", "json", sql]), @r#"
    [
      {"a":null,"b":"","c":"NULL"}
    ]
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    "#);
}

#[test]
fn numbers_keep_every_digit() {
    let place = Place::with_two_states();
    let serials = "SELECT serial FROM states ORDER BY serial";
    insta::assert_snapshot!(place.sgq(&["-o", "json", serials]), @r#"
    [
      {"serial":7},
      {"serial":9223372036854775807}
    ]
    [exit 0]
    "#);
    let attributes = "SELECT attributes FROM instances WHERE name = 'numbers'";
    insta::assert_snapshot!(place.sgq(&["-o", "json", attributes]), @r#"
    [
      {"attributes":{"id":"1","beyond_double":9007199254740993,"thirty_digits":123456789012345678901234567890,"decimal":0.1000,"empty":"","nothing":null}}
    ]
    [exit 0]
    "#);
    let leaves = "SELECT path, value FROM attributes WHERE value_type = 'number' ORDER BY path";
    insta::assert_snapshot!(place.sgq(&["-o", "ndjson", leaves]), @r#"
    {"path":"beyond_double","value":"9007199254740993"}
    {"path":"decimal","value":"0.1000"}
    {"path":"thirty_digits","value":"123456789012345678901234567890"}
    [exit 0]
    "#);
}

#[test]
fn several_results_follow_one_another() {
    let place = Place::new();
    let two = ["-c", "SELECT 1 AS a", "-c", "SELECT 2 AS b"];
    let written = |format: &str| place.sgq(&[&["-o", format], &two[..]].concat());
    insta::assert_snapshot!(written("table"), @"
     a
    ───
     1

     b
    ───
     2
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    ");
    insta::assert_snapshot!(written("csv"), @"
    a
    1
    b
    2
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    ");
    insta::assert_snapshot!(written("json"), @r#"
    [
      {"a":1}
    ]
    [
      {"b":2}
    ]
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    "#);
}

#[test]
fn a_binary_format_holds_one_result() {
    let place = Place::new();
    let args = [
        "-o",
        "parquet",
        "--out",
        "x.parquet",
        "-c",
        "SELECT 1 AS a",
        "-c",
        "SELECT 2 AS b",
    ];
    insta::assert_snapshot!(place.sgq(&args), @"
    [stderr]
    sgq: parquet holds one result; run one statement at a time
    [exit 2]
    ");
    assert!(place.names().is_empty());
}

#[test]
fn a_statement_without_rows_writes_nothing() {
    insta::assert_snapshot!(Place::new().sgq(&["-o", "json", "CREATE VIEW v AS SELECT 1 AS a"]), @"
    [stderr]
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    ");
}
