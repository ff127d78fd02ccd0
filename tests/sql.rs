//! Runs the SQL files below `sql`, which say what sgq answers over `sample-states`, and checks what they
//! cannot say: headings, order, and what a query costs.
//!
//! `UPDATE_SLT=1 cargo test --test sql files` writes what the queries give into the files; read the
//! difference before committing it. `SLT=tags` runs only the files whose path holds that.
//! Beside SQL a file may say `run NAME key=value`, a built-in report, and `over FOLDER`, from where on
//! other states are asked.

#[path = "sql/cost.rs"]
mod cost;
#[path = "sql/headings.rs"]
mod headings;
#[path = "sql/library.rs"]
mod library;
#[path = "sql/order.rs"]
mod order;
#[path = "sql/pushdown.rs"]
mod pushdown;
#[path = "sql/resource_types.rs"]
mod resource_types;
#[path = "sql/session.rs"]
mod session;

use std::path::{Path, PathBuf};

use sqllogictest::Runner;
use walkdir::WalkDir;

use crate::session::Session;

#[tokio::test(flavor = "multi_thread")]
async fn files_say_what_is_answered() {
    let mut failures = Vec::new();
    for file in files() {
        if let Err(failure) = run(&file).await {
            failures.push(failure);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Every SQL file below `tests/sql`, in the order of their names.
fn files() -> Vec<PathBuf> {
    let only = std::env::var("SLT").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql");
    WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.expect("a folder that can be read").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "slt"))
        .filter(|path| path.to_string_lossy().contains(&only))
        .collect()
}

/// Runs a file in a session of its own.
async fn run(file: &Path) -> Result<(), String> {
    let mut runner = Runner::new(|| async { Ok(Session::over_samples()) });
    if std::env::var_os("UPDATE_SLT").is_none() {
        return runner
            .run_file_async(file)
            .await
            .map_err(|error| error.to_string());
    }
    runner
        .update_test_file(
            file,
            " ",
            sqllogictest::default_validator,
            sqllogictest::default_normalizer,
            sqllogictest::default_column_validator,
        )
        .await
        .map_err(|error| error.to_string())
}
