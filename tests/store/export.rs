//! The way out: files of what the store holds.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::desk::{Desk, state};
use crate::server::Postgres;

/// The files below a folder, by their paths there, with their modes.
fn files(folder: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter();
    let line = |entry: walkdir::DirEntry| {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
        let path = entry.path().strip_prefix(folder).unwrap();
        format!("{mode:o} {}", path.display())
    };
    entries.map(|entry| line(entry.unwrap())).collect()
}

#[test]
fn what_was_imported_comes_out_as_the_same_files() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-states");
    let samples = samples.to_str().unwrap();
    insta::assert_snapshot!(desk.sgq(&["store", "import", samples]), @"
    [stderr]
    sgq: 20 states imported, 0 as they were, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "export", "out"]), @"
    [stderr]
    sgq: 20 states written to out, secrets included
    [exit 0]
    ");
    let mut count = 0;
    for entry in walkdir::WalkDir::new(samples) {
        let entry = entry.unwrap();
        let path = entry
            .path()
            .strip_prefix(samples)
            .unwrap()
            .to_str()
            .unwrap();
        if let Some(name) = path.strip_suffix("/terraform.tfstate") {
            let exported = fs::read(desk.place.path(&format!("out/{name}.tfstate"))).unwrap();
            assert!(exported == fs::read(entry.path()).unwrap(), "{name}");
            count += 1;
        }
    }
    assert_eq!(count, 20);
    insta::assert_snapshot!(desk.sgq(&["store", "import", "out"]), @"
    [stderr]
    sgq: 0 states imported, 20 as they were, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "export", "out"]), @"
    [stderr]
    sgq: out holds something already: name an empty folder, or write into it with --force
    [exit 2]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "export", "out", "--force"]), @"
    [stderr]
    sgq: 20 states written to out, secrets included
    [exit 0]
    ");
    let verified = desk.sgq(&["store", "verify"]);
    assert!(
        verified.ends_with("sgq: 20 states with 20 versions verified\n[exit 0]"),
        "{verified}"
    );
}

#[test]
fn names_stay_below_the_folder_and_only_its_owner_reads_the_files() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    for name in [
        "../up",
        "/etc/passwd",
        "shop/app",
        "shop",
        "shop.tfstate/x",
        "a//b",
        ".hidden",
    ] {
        let pushed = desk.push(name, state(1, &[("n", name, &[])]), &[]);
        assert!(pushed.ends_with("[exit 0]"), "{pushed}");
    }
    insta::assert_snapshot!(desk.sgq(&["store", "export", "deep/out"]), @"
    [stderr]
    sgq: 7 states written to deep/out, secrets included
    [exit 0]
    ");
    insta::assert_snapshot!(files(&desk.place.path("deep")).join("\n"), @"
    700 
    700 out
    700 out/%
    700 out/%/etc
    600 out/%/etc/passwd.tfstate
    700 out/%2E.
    600 out/%2E./up.tfstate
    600 out/%2Ehidden.tfstate
    700 out/a
    700 out/a/%
    600 out/a/%/b.tfstate
    700 out/shop
    600 out/shop/app.tfstate
    700 out/shop.tfstate
    600 out/shop.tfstate/x.tfstate
    600 out/shop~4.tfstate
    ");
    // A link that lies there already does not lead out.
    fs::create_dir(desk.place.path("elsewhere")).unwrap();
    fs::create_dir(desk.place.path("linked")).unwrap();
    std::os::unix::fs::symlink(desk.place.path("elsewhere"), desk.place.path("linked/shop"))
        .unwrap();
    desk.place.write("kept.tfstate", "kept");
    std::os::unix::fs::symlink(
        desk.place.path("kept.tfstate"),
        desk.place.path("linked/shop~4.tfstate"),
    )
    .unwrap();
    insta::assert_snapshot!(desk.sgq(&["store", "export", "linked", "--force"]), @"
    [stderr]
    sgq: linked/shop is no folder: remove it, or name another folder to write to
    [exit 1]
    ");
    assert_eq!(files(&desk.place.path("elsewhere")).len(), 1);
    assert_eq!(desk.place.read("kept.tfstate"), "kept");
}

#[test]
fn a_moment_and_a_history_are_written() {
    let server = Postgres::start().unwrap();
    let desk = Desk::new(&server, "shop");
    let versions = [state(1, &[("a", "1", &[])]), state(2, &[("a", "2", &[])])];
    desk.push("shop/app", &versions[0], &[]);
    desk.push("shop/app", &versions[1], &["--base", "1"]);
    desk.push("net", state(1, &[]).replace("\"l\"", "\"n\""), &[]);
    desk.sgq(&["store", "rm", "net"]);
    desk.client()
        .batch_execute(
            "UPDATE recorded_versions SET recorded_at = '2026-01-01T00:00:00.000001Z'::timestamptz + version * interval '1 day'",
        )
        .unwrap();
    insta::assert_snapshot!(desk.sgq(&["store", "export", "now"]), @"
    [stderr]
    sgq: 1 state written to now, secrets included
    [exit 0]
    ");
    insta::assert_snapshot!(files(&desk.place.path("now")).join("\n"), @"
    700 
    700 shop
    600 shop/app.tfstate
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "export", "then", "--as-of", "2026-01-02T12:00:00Z"]), @"
    [stderr]
    sgq: 2 states written to then, secrets included
    [exit 0]
    ");
    insta::assert_snapshot!(files(&desk.place.path("then")).join("\n"), @"
    700 
    600 net.tfstate
    700 shop
    600 shop/app.tfstate
    ");
    assert_eq!(desk.place.read("then/shop/app.tfstate"), versions[0]);
    insta::assert_snapshot!(desk.sgq(&["store", "export", "all", "--history", "--as-of", "v1"]), @"
    [stderr]
    sgq: give --history or --as-of, not both
    [exit 2]
    ");
    insta::assert_snapshot!(desk.sgq(&["store", "export", "all", "--history"]), @"
    [stderr]
    sgq: 3 versions of 2 states written to all, secrets included
    [exit 0]
    ");
    insta::assert_snapshot!(files(&desk.place.path("all")).join("\n"), @"
    700 
    700 net
    600 net/20260102T000000.000001Z.tfstate
    600 sgq.toml
    700 shop
    700 shop/app
    600 shop/app/20260102T000000.000001Z.tfstate
    600 shop/app/20260103T000000.000001Z.tfstate
    ");
    let mut read = desk.place.command_in("all", &[
        "-o",
        "csv",
        "SELECT state, version, serial, CAST(recorded_at AS text) AS at FROM state_versions ORDER BY 1, 2",
    ]);
    insta::assert_snapshot!(desk.place.show(&desk.place.output(&mut read)), @"
    state,version,serial,at
    net,1,1,2026-01-02T00:00:00.000001Z
    shop/app,1,1,2026-01-02T00:00:00.000001Z
    shop/app,2,2,2026-01-03T00:00:00.000001Z
    [exit 0]
    ");
    // A history comes back as one.
    let again = Desk::new(&server, "again");
    fs::rename(desk.place.path("all"), again.place.path("all")).unwrap();
    insta::assert_snapshot!(again.sgq(&["--config", "all/sgq.toml", "store", "import", "--history"]), @"
    [stderr]
    sgq: 3 versions of 2 states imported, 0 states as they were, 0 failed
    [exit 0]
    ");
    insta::assert_snapshot!(again.sgq(&["--config", "all/sgq.toml", "store", "import", "--history"]), @"
    [stderr]
    sgq: 0 versions of 0 states imported, 2 states as they were, 0 failed
    [exit 0]
    ");
    assert_eq!(
        again.pull(&["shop/app", "--version", "1"]),
        versions[0].as_bytes()
    );
    assert_eq!(again.pull(&["shop/app"]), versions[1].as_bytes());
}
