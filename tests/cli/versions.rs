//! Sources with versions: `git:PATH`, backups, dated copies; `--as-of`, `--since`, `--max-versions`.

use std::fs::{self, File};
use std::time::{Duration, UNIX_EPOCH};

use crate::place::Place;
use crate::repository::Repository;

const STATES: &str = "SELECT name, serial, uri FROM states ORDER BY name";

/// A state with one output.
fn state(lineage: &str, serial: u64, value: &str) -> String {
    format!(
        r#"{{"version": 4, "terraform_version": "1.11.4", "serial": {serial}, "lineage": "{lineage}",
  "outputs": {{"value": {{"value": "{value}", "type": "string"}}}}, "resources": []}}"#
    )
}

fn csv<'a>(arguments: &[&'a str], sql: &'a str) -> Vec<&'a str> {
    let format = ["-o", "csv", sql];
    arguments.iter().copied().chain(format).collect()
}

/// A state that was written three times, among commits that do not touch it.
fn three_commits(place: &Place) -> Vec<String> {
    let mut repository = Repository::init(&place.path("repo"));
    repository.write("README.md", "x");
    repository.commit("2026-01-01T00:00:00Z", "Begin");
    let mut commits = Vec::new();
    for (serial, time) in [(1, "2026-01-02"), (2, "2026-02-02"), (3, "2026-03-02")] {
        repository.write(
            "net/terraform.tfstate",
            state("net", serial, &format!("value {serial}")),
        );
        commits.push(repository.commit(&format!("{time}T12:00:00Z"), "Apply\n\nin full"));
        repository.write("README.md", format!("{serial}"));
        repository.commit(&format!("{time}T13:00:00Z"), "Write");
    }
    commits
}

#[test]
fn a_repository_holds_the_newest_version_of_its_states() {
    let place = Place::new();
    let commits = three_commits(&place);
    let shown = place.sgq(&csv(&["-s", "git:repo"], STATES));
    insta::assert_snapshot!(shown.replace(&commits[2][..12], "COMMIT"), @"
    name,serial,uri
    net,3,git:DIR/repo/net/terraform.tfstate@COMMIT
    [exit 0]
    ");
    let shown = place.sgq(&["sources", "-s", "git:repo/net", "-o", "csv"]);
    insta::assert_snapshot!(shown.replace(&commits[2][..12], "COMMIT"), @"
    source,state,status,reason,versions,size_bytes,uri
    net,net,state,,3,157,git:DIR/repo/net/terraform.tfstate@COMMIT
    [exit 0]
    ");
}

#[test]
fn a_history_is_that_of_the_repository_a_folder_or_a_file() {
    let place = Place::new();
    three_commits(&place);
    let show = |folder: &str, source: &str| {
        let arguments = csv(&["-s", source], "SELECT name, serial FROM states");
        let mut command = place.command_in(folder, &arguments);
        place.show(&place.output(&mut command))
    };
    let expected = "name,serial\nnet,3\n[exit 0]";
    assert_eq!(show("repo", "git:"), expected);
    assert_eq!(show("repo", "git:."), expected);
    assert_eq!(show("", "git:repo/net/terraform.tfstate"), expected);
    assert_eq!(show("", "git:repo/net"), expected);
}

#[test]
fn as_of_takes_times_commits_and_versions() {
    let place = Place::new();
    let commits = three_commits(&place);
    let serial = |as_of: &str| {
        let sql = "SELECT serial FROM states";
        place.sgq(&csv(&["-s", "git:repo", "--as-of", as_of], sql))
    };
    let second = "serial\n2\n[exit 0]";
    assert_eq!(serial("2026-02-10"), second);
    assert_eq!(serial("2026-02-02T12:00:00Z"), second);
    assert_eq!(serial(&commits[1]), second);
    assert_eq!(serial(&commits[1][..9]), second);
    assert_eq!(serial("v2"), second);
    assert_eq!(serial("2"), second);
    assert_eq!(serial("today"), "serial\n3\n[exit 0]");
    insta::assert_snapshot!(serial("2026-01-01"), @"
    serial
    [stderr]
    sgq: no state is known as of the moment that --as-of tells
    [exit 0]
    ");
    insta::assert_snapshot!(serial("v9"), @"
    serial
    [stderr]
    sgq: 1 state left out: without a version 9
    sgq: no state is known as of the moment that --as-of tells
    [exit 0]
    ");
    insta::assert_snapshot!(serial("abcdef012"), @"
    serial
    [stderr]
    sgq: git:DIR/repo has no commit abcdef012
    sgq: no state is known as of the moment that --as-of tells
    [exit 0]
    ");
    insta::assert_snapshot!(serial("next week"), @"
    [stderr]
    error: invalid value 'next week' for '--as-of <TIME>': expected a date such as 2026-03-01, a time such as 2026-03-01T12:00:00Z, today, yesterday, '2 hours ago', a commit (the first 7 or more digits of its id) or a version such as v12

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn versions_before_since_are_not_known() {
    let place = Place::new();
    three_commits(&place);
    let versions = |arguments: &[&str]| {
        let all = ["sources", "-s", "git:repo", "-o", "csv"];
        let all: Vec<&str> = all.iter().chain(arguments).copied().collect();
        let shown = place.sgq(&all);
        let row = shown.lines().nth(1).unwrap_or_default();
        row.split(',').nth(4).unwrap_or_default().to_owned()
    };
    assert_eq!(versions(&[]), "3");
    assert_eq!(versions(&["--since", "2026-01-01"]), "3");
    // The version that held then is the oldest.
    assert_eq!(versions(&["--since", "2026-02-10"]), "2");
    assert_eq!(versions(&["--since", "2026-03-10"]), "1");
    assert_eq!(versions(&["--max-versions", "2"]), "2");
    let oldest = csv(
        &["-s", "git:repo", "--since", "2026-02-10", "--as-of", "v1"],
        "SELECT serial FROM states",
    );
    assert_eq!(place.sgq(&oldest), "serial\n2\n[exit 0]");
}

#[test]
fn a_state_that_moves_is_the_same_one() {
    let place = Place::new();
    let mut repository = Repository::init(&place.path("repo"));
    repository.write("old/terraform.tfstate", state("a", 1, "first"));
    repository.write("other.tfstate", state("b", 1, "other"));
    repository.commit("2026-01-01T00:00:00Z", "Apply");
    repository.rename("old/terraform.tfstate", "new/terraform.tfstate");
    repository.write("new/terraform.tfstate", state("a", 2, "second"));
    repository.commit("2026-01-02T00:00:00Z", "Move and apply");
    let shown = place.sgq(&["sources", "-s", "git:repo", "-o", "csv"]);
    let shown: Vec<&str> = shown
        .lines()
        .map(|line| &line[..line.len().min(24)])
        .collect();
    assert_eq!(
        shown,
        [
            "source,state,status,reas",
            "repo,new,state,,2,154,gi",
            "repo,other,state,,1,153,",
            "[exit 0]"
        ]
    );
    let then = csv(
        &["-s", "git:repo", "--as-of", "2026-01-01"],
        "SELECT name, serial, regexp_replace(uri, '@.*', '') AS uri FROM states ORDER BY 1",
    );
    insta::assert_snapshot!(place.sgq(&then), @"
    name,serial,uri
    new,1,git:DIR/repo/old/terraform.tfstate
    other,1,git:DIR/repo/other.tfstate
    [exit 0]
    ");
}

#[test]
fn a_state_that_is_removed_is_gone_until_it_comes_back() {
    let place = Place::new();
    let mut repository = Repository::init(&place.path("repo"));
    let path = "net/terraform.tfstate";
    repository.write("app.tfstate", state("app", 1, "app"));
    repository.write(path, state("net", 1, "first"));
    repository.commit("2026-01-01T00:00:00Z", "Apply");
    repository.remove(path);
    repository.commit("2026-01-02T00:00:00Z", "Remove");
    let listed = |place: &Place| {
        let shown = place.sgq(&["sources", "-s", "git:repo", "-o", "csv"]);
        let columns = |line: &str| line.split(',').take(5).collect::<Vec<_>>().join(",");
        shown.lines().map(columns).collect::<Vec<_>>()
    };
    assert_eq!(
        listed(&place)[1..],
        ["repo,app,state,,1", "repo,net,gone,,2", "[exit 0]"]
    );
    let names = csv(&["-s", "git:repo"], "SELECT name FROM states ORDER BY 1");
    assert_eq!(place.sgq(&names), "name\napp\n[exit 0]");
    let then = csv(&["-s", "git:repo", "--as-of", "2026-01-01"], names[4]);
    assert_eq!(place.sgq(&then), "name\napp\nnet\n[exit 0]");
    repository.write(path, state("net", 2, "second"));
    repository.commit("2026-01-03T00:00:00Z", "Bring back");
    assert_eq!(
        listed(&place)[1..],
        ["repo,app,state,,1", "repo,net,state,,3", "[exit 0]"]
    );
    // Another state at the same place is one of its own.
    repository.write(path, state("new-net", 1, "third"));
    repository.commit("2026-01-04T00:00:00Z", "Overwrite");
    repository.remove(path);
    repository.commit("2026-01-05T00:00:00Z", "Remove again");
    repository.write(path, state("newest-net", 1, "fourth"));
    repository.commit("2026-01-06T00:00:00Z", "Begin again");
    let listed = listed(&place);
    assert_eq!(listed[1..3], ["repo,app,state,,1", "repo,net,state,,1"]);
    assert!(listed[3].ends_with(",gone,,5"), "{listed:?}");
}

#[test]
fn a_merge_that_takes_over_a_side_makes_no_version() {
    let place = Place::new();
    let mut repository = Repository::init(&place.path("repo"));
    repository.write("a.tfstate", state("a", 1, "first"));
    repository.commit("2026-01-01T00:00:00Z", "Apply");
    let base = repository.head();
    repository.write("a.tfstate", state("a", 2, "second"));
    repository.commit("2026-01-02T00:00:00Z", "Apply on a branch");
    let branch = repository.head();
    repository.go_to(base);
    repository.write("a.tfstate", state("a", 1, "first"));
    repository.write("README.md", "x");
    repository.commit("2026-01-03T00:00:00Z", "Write");
    let main = repository.head();
    repository.write("a.tfstate", state("a", 2, "second"));
    repository.commit_on(&[main[0], branch[0]], "2026-01-04T00:00:00Z", "Merge");
    let versions = |arguments: &[&str]| {
        let all = ["sources", "-s", "git:repo", "-o", "csv"];
        let shown = place.sgq(&[&all, arguments].concat());
        shown
            .lines()
            .nth(1)
            .unwrap_or_default()
            .split(',')
            .nth(4)
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(versions(&[]), "2");
    // What differs from both sides is a version.
    let merged = repository.head();
    repository.write("a.tfstate", state("a", 4, "fourth"));
    repository.commit_on(
        &[merged[0], branch[0]],
        "2026-01-05T00:00:00Z",
        "Merge again",
    );
    assert_eq!(versions(&[]), "3");
    // What brings back an older content is one too: that is what holds from then on.
    let newest = repository.head();
    repository.write("a.tfstate", state("a", 2, "second"));
    repository.commit_on(
        &[newest[0], branch[0]],
        "2026-01-06T00:00:00Z",
        "Take theirs",
    );
    assert_eq!(versions(&[]), "4");
    let serial = csv(&["-s", "git:repo"], "SELECT serial FROM states");
    assert_eq!(place.sgq(&serial), "serial\n2\n[exit 0]");
}

#[test]
fn repositories_come_in_several_shapes() {
    let place = Place::new();
    let mut bare = Repository::bare(&place.path("bare.git"));
    bare.write("a.tfstate", state("a", 1, "first"));
    bare.write("deep/b.tfstate", state("b", 1, "first"));
    let first = bare.commit("2026-01-01T00:00:00Z", "Apply");
    bare.write("a.tfstate", state("a", 2, "second"));
    bare.commit("2026-01-02T00:00:00Z", "Apply");
    let names = |source: &str| place.sgq(&csv(&["-s", source], "SELECT name, serial FROM states"));
    assert_eq!(
        names("git:bare.git"),
        "name,serial\na,2\ndeep/b,1\n[exit 0]"
    );
    assert_eq!(names("git:bare.git/deep"), "name,serial\nb,1\n[exit 0]");
    // A file .git leads elsewhere, as in a submodule.
    place.write(
        "sub/.git",
        format!("gitdir: {}\n", place.path("bare.git").display()),
    );
    assert_eq!(names("git:sub"), "name,serial\na,2\ndeep/b,1\n[exit 0]");
    // A clone may end early.
    place.write("bare.git/shallow", format!("{first}\n"));
    let objects = place.path("bare.git/objects");
    assert!(objects.join(&first[..2]).is_dir());
    Repository::init(&place.path("empty"));
    insta::assert_snapshot!(names("git:empty"), @"
    name,serial
    [stderr]
    sgq: git:DIR/empty has no commit yet
    sgq: no state was found; name a directory or file with -s
    [exit 0]
    ");
    fs::create_dir(place.path("plain")).unwrap();
    insta::assert_snapshot!(names("git:plain"), @"
    name,serial
    [stderr]
    sgq: git:DIR/plain was not loaded: it cannot be read: it lies in no git repository
    [exit 3]
    ");
}

#[test]
fn a_shallow_clone_says_where_it_ends() {
    let place = Place::new();
    let mut repository = Repository::bare(&place.path("bare.git"));
    repository.write("a.tfstate", state("a", 1, "first"));
    let first = repository.commit("2026-01-01T00:00:00Z", "Apply");
    repository.write("b.tfstate", state("b", 1, "first"));
    let second = repository.commit("2026-01-02T00:00:00Z", "Apply");
    repository.write("a.tfstate", state("a", 2, "second"));
    repository.commit("2026-01-03T00:00:00Z", "Apply");
    place.write("bare.git/shallow", format!("{second}\n"));
    fs::remove_file(
        place
            .path("bare.git/objects")
            .join(&first[..2])
            .join(&first[2..]),
    )
    .unwrap();
    let arguments = csv(
        &["-s", "git:bare.git", "--as-of", "2026-01-02T00:00:00Z"],
        "SELECT name, serial FROM states ORDER BY 1",
    );
    insta::assert_snapshot!(place.sgq(&arguments), @"
    name,serial
    a,1
    b,1
    [stderr]
    sgq: git:DIR/bare.git is a shallow clone: what is older than it reaches is not known; git fetch --unshallow completes it
    [exit 0]
    ");
}

fn set_time(place: &Place, path: &str, seconds: u64) {
    let file = File::options().append(true).open(place.path(path)).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds))
        .unwrap();
}

#[test]
fn backups_are_earlier_versions_of_the_state_beside_them() {
    let place = Place::new()
        .file("terraform.tfstate", state("a", 3, "third"))
        .file("terraform.tfstate.backup", state("a", 2, "second"))
        .file(
            "terraform.tfstate.1767225600.backup",
            state("a", 1, "first"),
        )
        .file("lost.tfstate.backup", state("b", 1, "lost"));
    // 2026-03-01, when the backup was made and the state written.
    set_time(&place, "terraform.tfstate", 1_772_323_200);
    set_time(&place, "terraform.tfstate.backup", 1_772_323_200);
    insta::assert_snapshot!(place.sgq(&["sources", "-o", "csv"]), @"
    source,state,status,reason,versions,size_bytes,uri
    ,,skipped,backup of a state,,,DIR/lost.tfstate.backup
    HERE,HERE,state,,3,153,DIR/terraform.tfstate
    ,,skipped,earlier version of the state beside it,,,DIR/terraform.tfstate.1767225600.backup
    ,,skipped,earlier version of the state beside it,,,DIR/terraform.tfstate.backup
    [exit 0]
    ");
    let serial = |source: &str, as_of: &str| {
        let shown = place.sgq(&csv(
            &["-s", source, "--as-of", as_of],
            "SELECT serial FROM states",
        ));
        shown.lines().nth(1).unwrap_or_default().to_owned()
    };
    for source in [".", "terraform.tfstate", "*.tfstate"] {
        assert_eq!(serial(source, "2026-03-02"), "3", "{source}");
        assert_eq!(serial(source, "2026-02-01"), "2", "{source}");
        assert_eq!(serial(source, "2025-12-01"), "1", "{source}");
        assert_eq!(serial(source, "v2"), "2", "{source}");
    }
}

#[test]
fn what_was_written_later_is_left_out_and_counted() {
    let place = Place::new()
        .file("a.tfstate", state("a", 1, "a"))
        .file("b.tfstate", state("b", 1, "b"))
        .file("c.tfstate", state("c", 1, "c"))
        .file("notes.txt", "no state");
    set_time(&place, "a.tfstate", 1_767_225_600);
    let arguments = csv(&["--as-of", "2026-02-01"], "SELECT name FROM states");
    insta::assert_snapshot!(place.sgq(&arguments), @"
    name
    a
    [stderr]
    sgq: 2 states left out: written later than --as-of, and nothing is known of what was there before
    [exit 0]
    ");
}

const COPIES: &str = "[[source]]\nname = 'copies'\nlocation = 'copies'\n\
    labels = '{timestamp}/{stack}.tfstate'\n";

#[test]
fn dated_copies_are_versions_of_one_state() {
    let place = Place::new()
        .file("sgq.toml", COPIES)
        .file("copies/2026-01-01/app.tfstate", state("a", 1, "first"))
        .file(
            "copies/20260201T120000Z/app.tfstate",
            state("a", 2, "second"),
        )
        .file(
            "copies/2026-03-01T12-00-00/app.tfstate",
            state("a", 3, "third"),
        )
        .file("copies/2026-01-01/net.tfstate", state("n", 1, "net"))
        .file("copies/latest/app.tfstate", state("x", 3, "latest"));
    let sql = "SELECT name, serial, labels->>'timestamp' AS time, uri FROM states ORDER BY 1";
    insta::assert_snapshot!(place.sgq(&csv(&[], sql)), @"
    name,serial,time,uri
    app,3,2026-03-01T12-00-00,DIR/copies/2026-03-01T12-00-00/app.tfstate
    latest/app,3,latest,DIR/copies/latest/app.tfstate
    net,1,2026-01-01,DIR/copies/2026-01-01/net.tfstate
    [stderr]
    sgq: DIR/copies/latest/app.tfstate is a state of its own: latest is no time such as 2026-03-01 or 20260301T120000Z
    [exit 0]
    ");
    fs::remove_dir_all(place.path("copies/latest")).unwrap();
    insta::assert_snapshot!(place.sgq(&csv(&["--as-of", "2026-02-10"], sql)), @"
    name,serial,time,uri
    app,2,20260201T120000Z,DIR/copies/20260201T120000Z/app.tfstate
    net,1,2026-01-01,DIR/copies/2026-01-01/net.tfstate
    [exit 0]
    ");
}

#[test]
fn two_contents_of_one_serial_are_a_fork() {
    let place = Place::new();
    let mut repository = Repository::init(&place.path("repo"));
    repository.write("a.tfstate", state("a", 1, "first"));
    repository.commit("2026-01-01T00:00:00Z", "Apply");
    repository.write("a.tfstate", state("a", 1, "first").replace("\n", " "));
    repository.commit("2026-01-02T00:00:00Z", "Write it differently");
    repository.write("a.tfstate", state("a", 1, "other"));
    repository.commit("2026-01-03T00:00:00Z", "Apply elsewhere");
    let sql = "SELECT source, regexp_replace(uri, '@.*', '') AS uri, kind, regexp_replace(message, '@[0-9a-f]*', '@COMMIT') AS message FROM load_errors";
    insta::assert_snapshot!(place.sgq(&csv(&["--strict", "-s", "git:repo"], sql)), @r#"
    source,uri,kind,message
    repo,git:DIR/repo/a.tfstate,fork,"it has the lineage a and the serial 1 of git:DIR/repo/a.tfstate@COMMIT, and another content: the state was written twice from the same beginning"
    [exit 0]
    "#);
    let place = Place::new()
        .file("one.tfstate", state("a", 1, "first"))
        .file("same.tfstate", state("a", 1, "first"))
        .file("two.tfstate", state("a", 1, "other"))
        .file("later.tfstate", state("a", 2, "other"));
    let sql = "SELECT uri, kind FROM load_errors";
    insta::assert_snapshot!(place.sgq(&csv(&[], sql)), @"
    uri,kind
    DIR/two.tfstate,fork
    [exit 0]
    ");
}

#[test]
fn a_version_that_cannot_be_read_stops_nothing() {
    let place = Place::new();
    let mut repository = Repository::init(&place.path("repo"));
    repository.write("a.tfstate", "{");
    repository.commit("2026-01-01T00:00:00Z", "Break");
    repository.write("a.tfstate", state("a", 1, "first"));
    repository.commit("2026-01-02T00:00:00Z", "Apply");
    let shown = place.sgq(&csv(&["-s", "git:repo"], "SELECT kind FROM load_errors"));
    assert!(shown.starts_with("kind\ninvalid_json\n"), "{shown}");
    assert!(shown.ends_with("[exit 0]"), "{shown}");
}
