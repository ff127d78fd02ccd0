//! Writers who started from the same version.

use serde_json::Value;

use crate::desk::{Desk, state};
use crate::server::Postgres;

#[test]
fn writers_of_different_resources_both_succeed() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    desk.push(
        "shop",
        state(1, &[("a", "1", &[]), ("b", "1", &[]), ("c", "1", &[])]),
        &[],
    );
    let one = state(
        2,
        &[
            ("a", "2", &[]),
            ("new", "1", &[]),
            ("b", "1", &[]),
            ("c", "1", &[]),
        ],
    );
    let other = state(
        2,
        &[
            ("a", "1", &[]),
            ("b", "1", &[]),
            ("between", "1", &[]),
            ("c", "2", &[]),
        ],
    );
    insta::assert_snapshot!(desk.push("shop", one, &["--base", "1"]), @"
    [stderr]
    sgq: shop is at version 2 (3 rows written)
    [exit 0]
    ");
    insta::assert_snapshot!(desk.push("shop", other, &["--base", "1", "--author", "Bob"]), @"
    [stderr]
    sgq: shop is at version 3, onto a version of somebody else (3 rows written)
    [exit 0]
    ");
    let both: Value = serde_json::from_slice(&desk.pull(&["shop"])).unwrap();
    assert_eq!(both["serial"], 3);
    let things: Vec<String> = both["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(thing)
        .collect();
    assert_eq!(things, ["a=2", "new=1", "b=1", "between=1", "c=2"]);
    // The same change by both is none.
    let same = state(2, &[("a", "2", &[]), ("b", "1", &[]), ("c", "1", &[])]);
    insta::assert_snapshot!(desk.push("shop", same, &["--base", "1"]), @"
    [stderr]
    sgq: shop says the same already: it stays at version 3
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "log", "shop", "-o", "csv"]), @"
    version,recorded_at,operation,author,message,commit,branch,repository,ci_run,tags,base,serial,added,changed,removed
    3,TIME,push,Bob,,,,,,[],1,3,1,1,0
    2,TIME,push,Ada,,,,,,[],1,2,1,1,0
    1,TIME,push,Ada,,,,,,[],,1,3,0,0
    [exit 0]
    ");
}

fn thing(resource: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let attributes = &resource["instances"][0]["attributes"];
    format!("{}={}", text(&resource["name"]), text(&attributes["value"]))
}

#[test]
fn writers_of_the_same_are_refused_and_write_nothing() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    desk.push(
        "shop",
        state(1, &[("a", "1", &[]), ("b", "1", &[]), ("c", "1", &[])]),
        &[],
    );
    desk.push(
        "shop",
        state(
            2,
            &[("a", "2", &[]), ("c", "1", &["thing.b"]), ("b", "1", &[])],
        ),
        &["--base", "1", "--author", "Bob <bob@example.com>"],
    );
    let before = desk.rows();
    let pulled = desk.pull(&["shop"]);
    // What is pushed anew, from nowhere, from what is not there, as another state.
    insta::assert_snapshot!(desk.push("shop", state(2, &[]), &[]), @"
    [stderr]
    sgq: pushed.tfstate: the store has shop already, at version 2: say with --base which version the file was made from
    [exit 1]
    ");
    insta::assert_snapshot!(desk.push("shop", state(2, &[]), &["--base", "3"]), @"
    [stderr]
    sgq: pushed.tfstate: shop has no version 3; its newest is 2
    [exit 1]
    ");
    insta::assert_snapshot!(desk.push("shpo", state(2, &[]), &["--base", "1"]), @"
    [stderr]
    sgq: pushed.tfstate: the store has no state shpo; did you mean shop?
    [exit 1]
    ");
    let another = state(3, &[]).replace("\"lineage\": \"l\"", "\"lineage\": \"m\"");
    insta::assert_snapshot!(desk.push("shop", another, &["--base", "2"]), @"
    [stderr]
    sgq: pushed.tfstate: the file has the lineage m, and shop in the store has l: they are two states; push the file under another name
    [exit 1]
    ");
    // The same part, and what somebody else's depends on.
    let met = state(2, &[("a", "3", &[]), ("c", "1", &[])]);
    insta::assert_snapshot!(desk.push("shop", met, &["--base", "1"]), @"
    [stderr]
    sgq: pushed.tfstate: nothing was written: 2 parts of shop changed in the store since the version that the file was made from
      thing.a: changed here; changed in version 2 by Bob <bob@example.com> at TIME
      thing.b: removed here; thing.c, which depends on it, was changed in version 2 by Bob <bob@example.com> at TIME
    pull the newest version, make the change again and push with --base of that version
    [exit 4]
    ");
    assert_eq!(desk.rows(), before);
    assert_eq!(desk.pull(&["shop"]), pulled);
    // Whoever starts from the newest version is not late.
    insta::assert_snapshot!(desk.push("shop", state(3, &[("a", "3", &[])]), &["--base", "2"]), @"
    [stderr]
    sgq: shop is at version 3 (1 row written)
    [exit 0]
    ");
}

#[test]
fn what_one_writer_only_moved_keeps_what_another_made_of_it() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let outputs = |serial, outputs: &[(&str, u8)]| {
        let output = |(name, value): &(&str, u8)| {
            format!("\"{name}\": {{\"value\": {value}, \"type\": \"number\"}}")
        };
        let outputs: Vec<String> = outputs.iter().map(output).collect();
        let outputs = format!("\"outputs\": {{{}}}", outputs.join(", "));
        state(serial, &[]).replace("\"outputs\": {}", &outputs)
    };
    desk.push("shop", outputs(1, &[("a", 1), ("b", 1), ("c", 1)]), &[]);
    let changed = outputs(2, &[("a", 2), ("b", 2), ("c", 2)]);
    desk.push("shop", changed, &["--base", "1"]);
    let moved = outputs(2, &[("c", 1), ("b", 1), ("a", 1), ("d", 1)]);
    insta::assert_snapshot!(desk.push("shop", moved, &["--base", "1"]), @"
    [stderr]
    sgq: shop is at version 3, onto a version of somebody else (1 row written)
    [exit 0]
    ");
    let both: Value = serde_json::from_slice(&desk.pull(&["shop"])).unwrap();
    let outputs = both["outputs"].as_object().unwrap();
    let mut outputs: Vec<String> = outputs
        .iter()
        .map(|(name, output)| format!("{name}={}", output["value"]))
        .collect();
    outputs.sort();
    assert_eq!(outputs, ["a=2", "b=2", "c=2", "d=1"]);
}
