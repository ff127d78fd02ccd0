//! Tables of resource types: how they are described, and attributes and types with odd names.

use crate::place::{APP, Place};

fn csv(place: &Place, sql: &str) -> String {
    place.sgq(&["-o", "csv", sql])
}

/// Names that SQL has to quote, attributes named like the first columns, values of several types.
const ODD: &str = r#"{
  "version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "outputs": {},
  "resources": [
    {"mode": "managed", "type": "odd_thing", "name": "a", "provider": "provider[\"registry.terraform.io/odd/odd\"]",
     "instances": [
       {"index_key": "x", "schema_version": 0, "attributes": {
         "_state": "mine", "_STATE": "loud", "a.b": 1, "Name": "upper", "name": "lower", "sp ace": true, "qu\"ote": [1]}},
       {"index_key": "y", "schema_version": 0, "attributes": null}]},
    {"mode": "managed", "type": "odd_value", "name": "a", "provider": "provider[\"registry.terraform.io/odd/odd\"]",
     "instances": [
       {"index_key": 0, "schema_version": 0, "attributes": {"mixed": 1.50, "decimal": 0.5, "whole": 9007199254740993, "nested": {"b": 1, "a": [2]}, "never": null}},
       {"index_key": 1, "schema_version": 0, "attributes": {"mixed": "one", "decimal": 2, "whole": null}},
       {"index_key": 2, "schema_version": 0, "attributes": {"mixed": {"a": [1, 2]}, "nested": [], "long": 0.10000000000000000001}},
       {"index_key": 3, "deposed": "0a1b2c3d", "status": "tainted", "schema_version": 0, "attributes": {"mixed": false}}]},
    {"mode": "managed", "type": "Odd.Type-1", "name": "a", "provider": "provider[\"registry.terraform.io/odd/odd\"]",
     "instances": [{"schema_version": 0, "attributes": {"id": "1"}}]},
    {"mode": "managed", "type": "states", "name": "a", "provider": "provider[\"registry.terraform.io/odd/odd\"]",
     "instances": [{"schema_version": 0, "attributes": {"here": true}}]},
    {"mode": "managed", "type": "odd_image", "name": "a", "provider": "provider[\"registry.terraform.io/odd/odd\"]",
     "instances": [{"schema_version": 0, "attributes": {"id": "managed"}}]},
    {"mode": "data", "type": "odd_image", "name": "a", "provider": "provider[\"registry.terraform.io/odd/odd\"]",
     "instances": [{"schema_version": 0, "attributes": {"id": "data"}}]},
    {"mode": "managed", "type": "odd_nothing", "name": "a", "provider": "provider[\"registry.terraform.io/odd/odd\"]",
     "instances": []}
  ]
}"#;

#[test]
fn schema_lists_types_after_the_tables_and_describes_them() {
    let place = Place::with_two_states();
    let tables = place.sgq(&["schema", "-o", "csv"]);
    let types = tables
        .split_once("output_consumers")
        .map_or("", |(_, types)| types);
    insta::assert_snapshot!(types, @r#"
    ,"One row per root output and instance of another state that reads it, or one without a reader."
    blame,"One row per instance of the states as they are: the version that last changed it, and by whom."
    aws_instance,"One row per instance of aws_instance, deposed ones too."
    aws_vpc,"One row per instance of aws_vpc, deposed ones too."
    null_resource,"One row per instance of null_resource, deposed ones too."
    [exit 0]
    "#);
    insta::assert_snapshot!(place.sgq(&["schema", "null_resource", "-o", "csv"]), @r#"
    column,type,description
    _state_id,text,"The state's id, as in states.id."
    _state,text,"The state's name, as in states.name."
    _address,text,"Its address, as terraform state list prints it."
    _module,text,The module instance it stands in; NULL at the root.
    _index_key,text,Its key under count or for_each.
    _status,text,"ok, or tainted where it is to be replaced."
    _deposed,text,The key of a deposed object; NULL for a current one.
    _mode,text,"managed, or data for a data source."
    beyond_double,bigint,An attribute.
    decimal,double precision,An attribute.
    empty,text,An attribute.
    id,text,An attribute.
    nothing,text,An attribute that is null wherever it was found.
    thirty_digits,text,"An attribute of numbers that no other type holds exactly, as text."
    [exit 0]
    "#);
}

#[test]
fn schema_of_a_table_opens_no_state_and_of_a_type_tells_what_cannot_be_read() {
    let place = Place::with_two_states().file("bad/terraform.tfstate", "{");
    assert!(place.sgq(&["schema", "states"]).ends_with("[exit 0]"));
    insta::assert_snapshot!(place.sgq(&["schema", "aws_vpc", "-o", "csv"]), @r#"
    column,type,description
    _state_id,text,"The state's id, as in states.id."
    _state,text,"The state's name, as in states.name."
    _address,text,"Its address, as terraform state list prints it."
    _module,text,The module instance it stands in; NULL at the root.
    _index_key,text,Its key under count or for_each.
    _status,text,"ok, or tainted where it is to be replaced."
    _deposed,text,The key of a deposed object; NULL for a current one.
    _mode,text,"managed, or data for a data source."
    cidr_block,text,An attribute.
    id,text,An attribute.
    [stderr]
    sgq: DIR/bad/terraform.tfstate was not loaded: its JSON breaks off or is wrong at line 1, column 1; restore it from a backup or an earlier version
    [exit 0]
    "#);
    insta::assert_snapshot!(place.sgq(&["schema", "-s", "bad", "-o", "csv", "aws_vpc"]), @"
    [stderr]
    sgq: DIR/bad/terraform.tfstate was not loaded: its JSON breaks off or is wrong at line 1, column 1; restore it from a backup or an earlier version
    sgq: there is no table aws_vpc; sgq schema lists them
    [exit 1]
    ");
}

#[test]
fn an_unknown_name_is_told_with_the_closest_table_or_type() {
    let place = Place::with_two_states();
    let function = place.sgq(&["schema", "blast_radius", "-o", "csv"]);
    assert!(function.contains("\ndistance,bigint,"), "{function}");
    insta::assert_snapshot!(place.sgq(&["schema", "aws_instanse"]), @"
    [stderr]
    sgq: there is no table aws_instanse; did you mean aws_instance?
    [exit 1]
    ");
    insta::assert_snapshot!(csv(&place, "SELECT * FROM aws_vcp"), @"
    [stderr]
    sgq: there is no table aws_vcp; did you mean aws_vpc?
    LINE 1: SELECT * FROM aws_vcp
                          ^
    [exit 1]
    ");
    insta::assert_snapshot!(csv(&place, "SELECT * FROM outptus"), @"
    [stderr]
    sgq: there is no table outptus; did you mean outputs?
    LINE 1: SELECT * FROM outptus
                          ^
    [exit 1]
    ");
    insta::assert_snapshot!(csv(&place, "SELECT * FROM aws_redshift_cluster"), @"
    [stderr]
    sgq: there is no table aws_redshift_cluster
    LINE 1: SELECT * FROM aws_redshift_cluster
                          ^
    [exit 1]
    ");
    insta::assert_snapshot!(csv(&place, "CREATE VIEW my_servers AS SELECT * FROM aws_instance; SELECT * FROM my_server"), @"
    [stderr]
    sgq: there is no table my_server; did you mean my_servers?
    LINE 1: CREATE VIEW my_servers AS SELECT * FROM aws_instance; SELECT * FROM my_server
                                                                                ^
    [exit 1]
    ");
}

#[test]
fn a_state_on_standard_input_has_types() {
    let sql = "SELECT _index_key, id, tags->>'Name' AS name FROM aws_instance; SELECT count(*) AS n FROM null_resource";
    let shown = Place::new().sgq_reading(APP, &["-s", "-", "-o", "csv", sql]);
    insta::assert_snapshot!(shown, @"
    _index_key,id,name
    0,i-0,wéb
    1,i-1,
    n
    1
    [exit 0]
    ");
}

#[test]
fn values_have_the_type_that_holds_them_all() {
    let place = Place::new().file("odd/terraform.tfstate", ODD);
    insta::assert_snapshot!(csv(&place, "SELECT _address, _status, _deposed, decimal, long, mixed, nested, never, whole FROM odd_value"), @r#"
    _address,_status,_deposed,decimal,long,mixed,nested,never,whole
    odd_value.a[0],ok,,0.5,,1.50,"{""b"":1,""a"":[2]}",,9007199254740993
    odd_value.a[1],ok,,2.0,,one,,,
    odd_value.a[2],ok,,,0.10000000000000000001,"{""a"":[1,2]}",[],,
    odd_value.a[3],tainted,0a1b2c3d,,,false,,,
    [exit 0]
    "#);
    insta::assert_snapshot!(place.sgq(&["schema", "odd_value", "-o", "csv"]), @r#"
    column,type,description
    _state_id,text,"The state's id, as in states.id."
    _state,text,"The state's name, as in states.name."
    _address,text,"Its address, as terraform state list prints it."
    _module,text,The module instance it stands in; NULL at the root.
    _index_key,text,Its key under count or for_each.
    _status,text,"ok, or tainted where it is to be replaced."
    _deposed,text,The key of a deposed object; NULL for a current one.
    _mode,text,"managed, or data for a data source."
    decimal,double precision,An attribute.
    long,text,"An attribute of numbers that no other type holds exactly, as text."
    mixed,text,"An attribute of several types, as text."
    nested,json,An attribute.
    never,text,An attribute that is null wherever it was found.
    whole,bigint,An attribute.
    [exit 0]
    "#);
}

#[test]
fn odd_names_are_quoted_and_the_first_columns_win() {
    let place = Place::new().file("odd/terraform.tfstate", ODD);
    insta::assert_snapshot!(csv(&place, r#"SELECT _address, _state, "_STATE", "a.b" + 1 AS b, "Name", name, "qu""ote"->0 AS quote FROM odd_thing WHERE "sp ace" OR "a.b" IS NULL ORDER BY "a.b""#), @r#"
    _address,_state,_STATE,b,Name,name,quote
    "odd_thing.a[""x""]",odd,loud,2,upper,lower,1
    "odd_thing.a[""y""]",odd,,,,,
    [exit 0]
    "#);
    insta::assert_snapshot!(csv(&place, r#"SELECT id, _address FROM "Odd.Type-1""#), @"
    id,_address
    1,Odd.Type-1.a
    [exit 0]
    ");
    insta::assert_snapshot!(csv(&place, "SELECT * FROM Odd_Thing WHERE Name = 'none'"), @r#"
    _state_id,_state,_address,_module,_index_key,_status,_deposed,_mode,Name,_STATE,a.b,name,"qu""ote",sp ace
    [exit 0]
    "#);
    insta::assert_snapshot!(csv(&place, "SELECT m.id AS m, d.id AS d, d._mode FROM odd_image m, data_odd_image d"), @"
    m,d,_mode
    managed,data,data
    [exit 0]
    ");
    insta::assert_snapshot!(csv(&place, "SELECT name, serial FROM states WHERE name = 'odd'"), @"
    name,serial
    odd,1
    [exit 0]
    ");
    insta::assert_snapshot!(csv(&place, "SELECT * FROM odd_nothing"), @"
    _state_id,_state,_address,_module,_index_key,_status,_deposed,_mode
    [exit 0]
    ");
}

#[test]
fn a_type_can_be_neither_replaced_nor_dropped_though_nobody_asked_for_it_before() {
    let place = Place::with_two_states();
    for sql in [
        "DROP TABLE aws_vpc",
        "DROP VIEW IF EXISTS public.aws_vpc",
        "CREATE VIEW aws_vpc AS SELECT 1",
        "CREATE OR REPLACE VIEW AWS_VPC AS SELECT 1",
        "CREATE TABLE aws_vpc AS SELECT 1",
        "CREATE TABLE IF NOT EXISTS aws_vpc AS SELECT 1",
        "CREATE EXTERNAL TABLE aws_vpc STORED AS CSV LOCATION 'x.csv'",
        "INSERT INTO aws_vpc (id) VALUES ('x')",
        "UPDATE aws_vpc SET id = 'x'",
        "DELETE FROM aws_vpc",
    ] {
        let refused = "[stderr]\nsgq: aws_vpc is a table of sgq's own, read from states: \
                       it cannot be changed, replaced or dropped\n[exit 1]";
        assert_eq!(csv(&place, sql), refused, "{sql}");
    }
    let own = "CREATE TABLE aws_lambda AS SELECT 1 AS a; CREATE VIEW v AS SELECT a FROM aws_lambda; \
               SELECT * FROM v; DROP VIEW v; DROP TABLE aws_lambda";
    assert_eq!(csv(&place, own), "a\n1\n[exit 0]");
}

/// Types and attributes whose names differ in case, a managed type called as a data source's table,
/// a type called as a table function, and a flat instance among others.
const ALIKE: &str = r#"{
  "version": 4, "terraform_version": "0.12.31", "serial": 1, "lineage": "l", "outputs": {},
  "resources": [
    {"mode": "managed", "type": "odd_thing", "name": "a", "provider": "provider.odd",
     "instances": [
       {"index_key": 0, "schema_version": 0, "attributes": {"VpcId": "v", "port": 1}},
       {"index_key": 1, "schema_version": 0, "attributes_flat": {"VpcId": "w", "port": "2"}}]},
    {"mode": "managed", "type": "OddVpc", "name": "a", "provider": "provider.odd",
     "instances": [{"schema_version": 0, "attributes": {"id": "1"}}]},
    {"mode": "managed", "type": "ODDTYPE", "name": "a", "provider": "provider.odd",
     "instances": [{"schema_version": 0, "attributes": {"id": "1"}}]},
    {"mode": "managed", "type": "oddtype", "name": "a", "provider": "provider.odd",
     "instances": [{"schema_version": 0, "attributes": {"id": "1"}}]},
    {"mode": "managed", "type": "data_odd", "name": "a", "provider": "provider.odd",
     "instances": [{"schema_version": 0, "attributes": {"id": "managed"}}]},
    {"mode": "managed", "type": "data_managed", "name": "a", "provider": "provider.odd",
     "instances": [{"schema_version": 0, "attributes": {"id": "managed"}}]},
    {"mode": "data", "type": "odd", "name": "a", "provider": "provider.odd",
     "instances": [{"schema_version": 0, "attributes": {"id": "data"}}]},
    {"mode": "managed", "type": "blast_radius", "name": "a", "provider": "provider.odd",
     "instances": [{"schema_version": 0, "attributes": {"id": "1"}}]}
  ]
}"#;

fn alike() -> Place {
    Place::new().file("odd/terraform.tfstate", ALIKE)
}

#[test]
fn a_suggestion_is_quoted_where_a_statement_has_to_quote_it() {
    let place = alike();
    insta::assert_snapshot!(csv(&place, "SELECT VpcId FROM odd_thing"), @r#"
    [stderr]
    sgq: there is no column vpcid; did you mean "VpcId"?
    LINE 1: SELECT VpcId FROM odd_thing
                   ^
    [exit 1]
    "#);
    insta::assert_snapshot!(csv(&place, "SELECT * FROM OddVpc"), @r#"
    [stderr]
    sgq: there is no table oddvpc; did you mean "OddVpc"?
    LINE 1: SELECT * FROM OddVpc
                          ^
    [exit 1]
    "#);
    insta::assert_snapshot!(place.sgq(&["schema", "oddvpc"]), @"
    [stderr]
    sgq: there is no table oddvpc; did you mean OddVpc?
    [exit 1]
    ");
}

#[test]
fn of_types_that_differ_in_case_the_one_as_written_is_suggested() {
    insta::assert_snapshot!(alike().sgq(&["schema", "oddtyp"]), @"
    [stderr]
    sgq: there is no table oddtyp; did you mean oddtype?
    [exit 1]
    ");
}

#[test]
fn text_of_a_flat_instance_is_of_the_type_of_the_others_in_its_state() {
    let sql = "SELECT _index_key, port, pg_typeof(port) AS type FROM odd_thing";
    insta::assert_snapshot!(csv(&alike(), sql), @"
    _index_key,port,type
    0,1,bigint
    1,2,bigint
    [exit 0]
    ");
}

#[test]
fn a_description_says_what_is_in_a_table_of_both_modes() {
    let tables = alike().sgq(&["schema", "-o", "csv"]);
    let of_data = tables.lines().filter(|line| line.starts_with("data_"));
    insta::assert_snapshot!(of_data.collect::<Vec<_>>().join("\n"), @r#"
    data_managed,"One row per instance of data_managed, deposed ones too."
    data_odd,"One row per instance of data_odd, deposed ones too, or of the data source odd."
    "#);
}

#[test]
fn a_type_called_like_a_function_is_there_beside_the_function() {
    let sql =
        "SELECT t.id, b.address FROM blast_radius t LEFT JOIN blast_radius('oddtype.a') b ON true";
    insta::assert_snapshot!(csv(&alike(), sql), @"
    id,address
    1,
    [exit 0]
    ");
}
