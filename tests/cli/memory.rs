//! `--memory-limit`: statements that need more go on in temporary files, which nobody else can read
//! and nobody leaves behind.

use crate::place::Place;

/// 300,000 rows whose text takes 9.6 MB.
const ROWS: &str = "(SELECT x, repeat(lpad(cast(x * 7919 % 300007 AS text), 8, '0'), 4) AS t \
     FROM generate_series(1, 300000) g(x))";

/// Much less than the rows take with what is needed to sort, join or group them.
const LITTLE: &str = "16MB";

/// Statements that hold all rows, and what of a plan holds them.
fn statements() -> [(&'static str, String); 3] {
    [
        (
            "SortExec",
            format!("SELECT x, t FROM {ROWS} r ORDER BY t DESC, x"),
        ),
        (
            "SortExec",
            format!("SELECT a.x, b.t FROM {ROWS} a JOIN {ROWS} b ON a.t = b.t ORDER BY a.x"),
        ),
        (
            "AggregateExec",
            format!("SELECT t, count(*) AS n, max(x) AS x FROM {ROWS} r GROUP BY t ORDER BY t"),
        ),
    ]
}

/// A place without states, and with a folder for temporary files.
fn place() -> Place {
    let place = Place::new();
    std::fs::create_dir(place.path("tmp")).expect("a folder can be made");
    place
}

fn run(place: &Place, arguments: &[&str]) -> String {
    let mut command = place.command(arguments);
    command.env("TMPDIR", place.path("tmp"));
    place.show(&place.output(&mut command))
}

/// How many files an operator of a plan wrote, all that are of its kind together.
fn files_written(plan: &str, operator: &str) -> u64 {
    let lines = plan.lines().filter(|line| line.contains(operator));
    lines
        .filter_map(|line| line.split_once("spill_count=")?.1.split([',', ']']).next())
        .map(|count| count.trim().parse::<u64>().expect("a number"))
        .sum()
}

#[test]
fn what_does_not_fit_into_memory_spills_and_has_the_same_answer() {
    let place = place();
    for (operator, sql) in statements() {
        let answer = |limit| run(&place, &["-o", "csv", "--memory-limit", limit, &sql]);
        let plan = |limit| {
            let sql = format!("EXPLAIN ANALYZE {sql}");
            run(&place, &["-o", "csv", "--memory-limit", limit, &sql])
        };
        assert_eq!(files_written(&plan("1GB"), operator), 0, "{sql}");
        let plan = plan(LITTLE);
        assert!(files_written(&plan, operator) > 0, "{plan}");
        let whole = answer("1GB");
        assert!(whole.lines().count() > 300_000, "{sql}");
        assert!(answer(LITTLE) == whole, "{sql}");
        assert_eq!(names(&place), [""; 0], "files are left");
    }
}

/// 9,000 instances whose attributes take 2 kB each, in six states.
fn wide_states(place: Place) -> Place {
    (0..6).fold(place, |place, state| {
        let instances: Vec<String> = (0..1500)
            .map(|index| {
                let number = (state * 1500 + index) * 7919 % 9001;
                let text = format!("{number:08}").repeat(250);
                let id = format!("{state}-{index}");
                format!(
                    r#"{{"index_key": {index}, "attributes": {{"text": "{text}", "id": "{id}"}}}}"#
                )
            })
            .collect();
        let instances = instances.join(",");
        place.file(
            &format!("s{state}.tfstate"),
            format!(
                r#"{{"version": 4, "serial": 1, "lineage": "l", "resources": [{{"mode": "managed", "type": "a_b",
                "name": "c", "provider": "provider[\"x.io/a/a\"]", "instances": [{instances}]}}]}}"#
            ),
        )
    })
}

/// Of wide rows, as attributes make them, only small batches fit.
#[test]
fn attributes_are_sorted_joined_and_grouped_in_little_memory() {
    let place = wide_states(place());
    for (little, sql) in [
        (
            LITTLE,
            "SELECT state, address, md5(attributes) AS m FROM instances ORDER BY attributes",
        ),
        (
            LITTLE,
            "SELECT md5(attributes) AS m, count(*) AS n FROM instances GROUP BY attributes ORDER BY 1",
        ),
        (
            // Two sorts at a time.
            "32MB",
            "SELECT a.state, a.address, md5(b.attributes) AS m FROM instances a \
             JOIN instances b ON a.attributes = b.attributes ORDER BY 1, 2",
        ),
    ] {
        let answer = |limit| run(&place, &["-o", "csv", "--memory-limit", limit, sql]);
        let whole = answer("1GB");
        assert_eq!(whole.lines().count(), 9002, "{sql}");
        assert!(answer(little) == whole, "{sql}");
    }
}

/// Every kind of join that is done with sorted sides gives the rows that the hash join gives.
#[test]
fn joins_of_all_kinds_have_the_same_rows_in_little_memory() {
    let place = place();
    // Keys that one side lacks, that stand twice, and that are NULL.
    let left = "(SELECT x, CASE WHEN x % 1000 = 0 THEN NULL ELSE x % 180000 END AS k, \
                repeat('l', 60) || cast(x AS text) AS t FROM generate_series(1, 200000) g(x))";
    let right = "(SELECT x, CASE WHEN x % 777 = 0 THEN NULL ELSE x + 100000 END AS k, \
                 repeat('r', 60) || cast(x AS text) AS t FROM generate_series(1, 200000) g(x))";
    let sum = "count(*) AS n, sum(a.x) AS a, sum(length(a.t)) AS la";
    let both = format!("{sum}, sum(b.x) AS b, sum(length(b.t)) AS lb");
    for sql in [
        format!("SELECT {both} FROM {left} a JOIN {right} b ON a.k = b.k"),
        format!("SELECT {both} FROM {left} a JOIN {right} b ON a.k = b.k AND a.x < b.x + 120000"),
        format!("SELECT {both} FROM {left} a LEFT JOIN {right} b ON a.k = b.k"),
        format!("SELECT {both} FROM {left} a RIGHT JOIN {right} b ON a.k = b.k AND a.t <> b.t"),
        format!("SELECT {both} FROM {left} a FULL JOIN {right} b ON a.k = b.k"),
        format!("SELECT {both} FROM {left} a JOIN {right} b ON a.k IS NOT DISTINCT FROM b.k"),
        format!("SELECT {sum} FROM {left} a WHERE a.k IN (SELECT k FROM {right} b)"),
        format!(
            "SELECT {sum} FROM {left} a WHERE NOT EXISTS (SELECT 1 FROM {right} b WHERE b.k = a.k AND b.t <> a.t)"
        ),
        format!(
            "SELECT {sum} FROM {left} a WHERE a.x % 2 = 0 OR EXISTS (SELECT 1 FROM {right} b WHERE b.k = a.k)"
        ),
    ] {
        let answer = |limit| run(&place, &["-o", "csv", "--memory-limit", limit, &sql]);
        let plenty = answer("1GB");
        assert!(
            plenty.ends_with("[exit 0]") && plenty.contains("n,a,la"),
            "{plenty}"
        );
        assert_eq!(answer(LITTLE), plenty, "{sql}");
    }
}

#[test]
fn statements_that_write_begin_again_too_and_the_session_stays_as_it_was() {
    let place = place().file("net/terraform.tfstate", crate::place::NET);
    let join = format!("SELECT a.x, b.t FROM {ROWS} a JOIN {ROWS} b ON a.t = b.t");
    let statements = [
        "CREATE TABLE kept (x bigint)".to_owned(),
        format!("CREATE TABLE joined AS {join}"),
        format!("INSERT INTO kept SELECT x FROM ({join}) j"),
        format!("COPY ({join}) TO 'joined.csv'"),
        "SELECT (SELECT count(*) FROM kept) AS kept, (SELECT count(*) FROM joined) AS joined, \
         (SELECT count(*) FROM states) AS states, (SELECT count(*) FROM workspaces) AS workspaces"
            .to_owned(),
    ];
    let mut arguments = vec!["-o", "csv", "--memory-limit", LITTLE];
    for statement in &statements {
        arguments.extend(["-c", statement]);
    }
    insta::assert_snapshot!(run(&place, &arguments), @"
    count
    300000
    count
    300000
    kept,joined,states,workspaces
    300000,300000,1,1
    [exit 0]
    ");
    assert_eq!(place.read("joined.csv").lines().count(), 300_001);
}

#[test]
fn what_cannot_go_on_in_files_names_the_limit() {
    let place = place();
    let sql = "SELECT length(string_agg(repeat('x', 100), '')) FROM generate_series(1, 100000)";
    let told = "[stderr]\nsgq: the question needs more memory than the limit of 4MB; raise it with \
                --memory-limit, or ask for less\n[exit 1]";
    assert_eq!(run(&place, &["--memory-limit", "4MB", sql]), told);
    let nowhere = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.env("TMPDIR", place.path("nowhere"));
        place.show(&place.output(&mut command))
    };
    let [(_, sort), ..] = statements();
    assert_eq!(
        nowhere(&["--memory-limit", LITTLE, &sort]),
        "[stderr]\nsgq: temporary files cannot be written to DIR/nowhere: no such file or directory; \
         name another folder with TMPDIR, or raise --memory-limit\n[exit 1]"
    );
    // As long as nothing spills nobody looks for the folder.
    assert!(nowhere(&["--memory-limit", "1GB", &sort]).ends_with("[exit 0]"));
}

#[test]
fn statements_cannot_leave_the_limit_or_the_folder() {
    let place = place();
    let told = "[stderr]\nsgq: memory and temporary files are settled when sgq starts; use \
                --memory-limit, and TMPDIR for the folder\n[exit 1]";
    for sql in [
        "SET datafusion.runtime.memory_limit = '100G'",
        "SET datafusion.runtime.temp_directory = '/'",
        "RESET datafusion.runtime.memory_limit",
    ] {
        assert_eq!(run(&place, &[sql]), told, "{sql}");
    }
}

#[test]
fn an_argument_counts_before_the_environment_and_that_before_the_settings_file() {
    let place = place().file("sgq.toml", "memory_limit = '3MB'\n");
    let sql = "SELECT length(string_agg(repeat('x', 100), '')) FROM generate_series(1, 100000)";
    let limit = |environment: &[(&str, &str)], arguments: &[&str]| {
        let mut command = place.command(&[arguments, &[sql]].concat());
        command.envs(environment.iter().copied());
        let shown = place.show(&place.output(&mut command));
        let (_, after) = shown.split_once("the limit of ").expect("an error");
        after.split_once(';').expect("advice").0.to_owned()
    };
    let environment = [("SGQ_MEMORY_LIMIT", "2.5MiB")];
    assert_eq!(limit(&[], &[]), "3MB");
    assert_eq!(limit(&[("SGQ_MEMORY_LIMIT", "")], &[]), "3MB");
    assert_eq!(limit(&environment, &[]), "2.5MB");
    assert_eq!(limit(&environment, &["--memory-limit", "1048576"]), "1MB");
    place.write("sgq.toml", "memory_limit = 4194304\n");
    assert_eq!(limit(&[], &[]), "4MB");
}

#[test]
fn a_limit_that_is_none_is_a_usage_error() {
    let place = place();
    insta::assert_snapshot!(place.sgq(&["--memory-limit", "plenty", "SELECT 1"]), @"
    [stderr]
    error: invalid value 'plenty' for '--memory-limit <SIZE>': expected a size such as 512MB or 1.5GiB, or a share as in 25%

    For more information, try '--help'.
    [exit 2]
    ");
    insta::assert_snapshot!(place.sgq(&["--memory-limit", "120%", "SELECT 1"]), @"
    [stderr]
    error: invalid value '120%' for '--memory-limit <SIZE>': expected a share above 0% and up to 100%

    For more information, try '--help'.
    [exit 2]
    ");
    let mut command = place.command(&["SELECT 1"]);
    command.env("SGQ_MEMORY_LIMIT", "0");
    insta::assert_snapshot!(place.show(&place.output(&mut command)), @"
    [stderr]
    sgq: invalid value '0' of SGQ_MEMORY_LIMIT: expected a size above zero
    [exit 2]
    ");
    place.write("sgq.toml", "# settings\nmemory_limit = 'x'\n");
    insta::assert_snapshot!(place.sgq(&["SELECT 1"]), @"
    [stderr]
    sgq: DIR/sgq.toml, line 2: memory_limit: expected a size such as 512MB or 1.5GiB, or a share as in 25%
    [exit 2]
    ");
    place.write("sgq.toml", "memory_limit = -1\n");
    insta::assert_snapshot!(place.sgq(&["SELECT 1"]), @r#"
    [stderr]
    sgq: DIR/sgq.toml, line 1: invalid value: integer `-1`, expected a size such as "512MB" or a share such as "25%"
    [exit 2]
    "#);
}

/// The names in the folder for temporary files.
fn names(place: &Place) -> Vec<String> {
    let entries = std::fs::read_dir(place.path("tmp")).expect("the folder is there");
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.expect("it can be read").file_name();
        name.to_string_lossy().into_owned()
    };
    entries.map(name).collect()
}

#[cfg(unix)]
mod the_folder {
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::{Child, ChildStdout, Command, Stdio};

    use super::*;

    /// A run that has spilled and waits until its other rows are taken.
    fn spilled(place: &Place, arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
        let [(_, sort), ..] = statements();
        let limit = ["-o", "csv", "--memory-limit", LITTLE];
        let mut command = place.command(&[&limit, arguments, &[&sort]].concat());
        command.env("TMPDIR", place.path("tmp"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("sgq can be run");
        let mut rows = BufReader::new(child.stdout.take().expect("it has an output"));
        let mut lines = String::new();
        for _heading_then_row in 0..2 {
            rows.read_line(&mut lines).expect("it is text");
        }
        assert_eq!(lines.lines().count(), 2, "{lines}");
        (child, rows)
    }

    /// The names and modes of all that is below a folder.
    fn modes(folder: &Path) -> Vec<(String, u32)> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("it can be read").path();
            let metadata = std::fs::metadata(&path).expect("it is there");
            let name = path.file_name().expect("a name").to_string_lossy();
            found.push((name.into_owned(), metadata.permissions().mode() & 0o777));
            if metadata.is_dir() {
                found.extend(modes(&path));
            }
        }
        found
    }

    fn signal(child: &Child, name: &str) {
        let kill = Command::new("kill")
            .args([name, &child.id().to_string()])
            .status();
        assert!(kill.expect("kill can be run").success());
    }

    /// How a run ended, and what it said.
    fn end(mut child: Child) -> (Option<i32>, String) {
        let code = child.wait().expect("sgq ends").code();
        let mut said = String::new();
        let mut stderr = child.stderr.take().expect("it has an error output");
        stderr.read_to_string(&mut said).expect("it is text");
        (code, said)
    }

    #[test]
    fn is_of_the_process_and_the_users_alone() {
        let place = place();
        let (child, rows) = spilled(&place, &[]);
        let modes = modes(&place.path("tmp"));
        let name = format!("sgq-spill-{}-0", child.id());
        assert!(modes.contains(&(name, 0o700)), "{modes:?}");
        assert!(modes.contains(&("lock".to_owned(), 0o600)), "{modes:?}");
        assert!(modes.len() > 3, "{modes:?}");
        let is_file_for_all = |name: &str, mode| name.starts_with(".tmp") && mode != 0o600;
        let open = modes
            .iter()
            .find(|(name, mode)| is_file_for_all(name, *mode));
        assert_eq!(open, None, "{modes:?}");
        drop(rows);
        assert_eq!(end(child).0, Some(0));
    }

    #[test]
    fn is_removed_when_the_reader_leaves() {
        let place = place();
        let (child, rows) = spilled(&place, &[]);
        drop(rows);
        assert!(matches!(end(child).0, Some(0)));
        assert_eq!(names(&place), [""; 0]);
    }

    #[test]
    fn is_removed_on_ctrl_c() {
        let place = place();
        let (child, _rows) = spilled(&place, &[]);
        assert_eq!(names(&place).len(), 1);
        signal(&child, "-INT");
        assert_eq!(end(child).0, Some(130));
        assert_eq!(names(&place), [""; 0]);
    }

    #[test]
    fn is_removed_when_the_time_is_over() {
        let place = place();
        let (child, _rows) = spilled(&place, &["--timeout", "5s"]);
        let (code, said) = end(child);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("the time limit of 5s has passed"), "{said}");
        assert_eq!(names(&place), [""; 0]);
    }

    #[test]
    fn is_removed_when_a_statement_fails() {
        let place = place();
        // The last of the rows that are sorted divides by zero.
        let sql = format!(
            "SELECT max(1 / (n - 300000)) FROM \
             (SELECT row_number() OVER (ORDER BY t DESC) AS n FROM {ROWS} r) s"
        );
        let shown = run(&place, &["-o", "csv", "--memory-limit", LITTLE, &sql]);
        assert_eq!(shown, "[stderr]\nsgq: division by zero\n[exit 1]");
        assert_eq!(names(&place), [""; 0]);
    }

    #[test]
    fn of_a_process_that_was_killed_is_removed_by_the_next_that_spills() {
        let place = place();
        let (killed, _rows) = spilled(&place, &[]);
        let (living, rows) = spilled(&place, &[]);
        signal(&killed, "-KILL");
        assert_eq!(end(killed).0, None);
        assert_eq!(names(&place).len(), 2);
        let [(_, sort), ..] = statements();
        let in_memory = run(&place, &["--memory-limit", "1GB", &sort]);
        assert!(in_memory.ends_with("[exit 0]"));
        assert_eq!(names(&place).len(), 2, "only who spills looks");
        let spilling = run(&place, &["--memory-limit", LITTLE, &sort]);
        assert!(spilling.ends_with("[exit 0]"));
        assert_eq!(names(&place), [format!("sgq-spill-{}-0", living.id())]);
        drop(rows);
        end(living);
    }
}

#[test]
fn what_went_into_a_folder_is_not_written_twice() {
    let place = place();
    let join = format!("SELECT a.x, b.t FROM {ROWS} a JOIN {ROWS} b ON a.t = b.t");
    let copy = format!(
        "COPY (SELECT x, 'first' AS t FROM generate_series(1, 30000) g(x) UNION ALL {join}) TO 'out/' STORED AS CSV"
    );
    let shown = run(&place, &["--memory-limit", LITTLE, &copy]);
    assert!(shown.contains("raise it with --memory-limit"), "{shown}");
    assert!(shown.ends_with("[exit 1]"), "{shown}");
}
