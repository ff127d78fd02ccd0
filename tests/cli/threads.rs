//! `--threads`: how many work at a time, which changes no answer.

use crate::place::Place;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-states");

#[test]
fn one_thread_gives_the_same_answers_as_many() {
    let place = Place::new();
    let asked: [&[&str]; 12] = [
        &["SELECT state, address, attributes FROM instances"],
        &["SELECT * FROM attributes"],
        // Two scans at a time.
        &["SELECT a.state, b.address FROM instances a JOIN instances b USING (state, type)"],
        &["SELECT name FROM states UNION ALL SELECT address FROM resources"],
        &["SELECT type, count(*) FROM instances GROUP BY type"],
        &["SELECT _state, _address, instance_type FROM aws_instance"],
        &["SELECT * FROM cross_workspace_dependencies"],
        &["run", "unread-outputs", "resources-by-type"],
        &["schema"],
        &["sources"],
        &[
            "blast-radius",
            "platform/prod/network:module.vpc.aws_vpc.this",
        ],
        &["graph", "--by", "state"],
    ];
    for arguments in asked {
        let answer = |threads| {
            let format: &[&str] = match arguments[0] {
                "graph" => &[],
                _ => &["-o", "csv"],
            };
            let common = ["-s", SAMPLES, "--threads", threads];
            place.sgq(&[&common, format, arguments].concat())
        };
        let one = answer("1");
        assert!(one.ends_with("[exit 0]"), "{one}");
        assert!(one == answer("8"), "{arguments:?}");
    }
}

#[test]
fn the_number_comes_from_the_argument_the_environment_or_the_settings_file() {
    let place = Place::new();
    let threads = |environment: &str, arguments: &[&str]| {
        let mut command = place.command(&[arguments, &["-o", "csv", "SELECT 1 AS n"]].concat());
        command.env("SGQ_THREADS", environment);
        place.show(&place.output(&mut command))
    };
    let note =
        "n\n1\n[stderr]\nsgq: no state was found; name a directory or file with -s\n[exit 0]";
    assert_eq!(threads("", &[]), note);
    assert_eq!(threads("2", &[]), note);
    assert_eq!(threads("none", &["--threads", "3"]), note);
    insta::assert_snapshot!(threads("none", &[]), @"
    [stderr]
    sgq: invalid value 'none' of SGQ_THREADS: expected a number of threads from 1 to 1024
    [exit 2]
    ");
    place.write("sgq.toml", "threads = 1\n");
    assert_eq!(threads("", &[]), "n\n1\n[exit 0]");
    place.write("sgq.toml", "threads = 0\n");
    insta::assert_snapshot!(threads("", &[]), @"
    [stderr]
    sgq: DIR/sgq.toml, line 1: invalid value: integer `0`, expected a number of threads from 1 to 1024
    [exit 2]
    ");
}

#[test]
fn no_thread_and_no_number_are_usage_errors() {
    let place = Place::new();
    insta::assert_snapshot!(place.sgq(&["--threads", "0", "SELECT 1"]), @"
    [stderr]
    error: invalid value '0' for '--threads <N>': expected a number of threads from 1 to 1024

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["--threads", "all", "SELECT 1"]), @"
    [stderr]
    error: invalid value 'all' for '--threads <N>': expected a number of threads from 1 to 1024

    For more information, try '--help'.
    [exit 2]
    ");
}
