//! Runs the sgq binary.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// What one run of sgq left behind.
pub struct Answer {
    /// The exit code; None when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs sgq apart from the settings of whoever runs the tests: no `SGQ_*` variable, and no `sgq.toml` of the project.
pub fn sgq<I, S>(arguments: I) -> Answer
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = Command::new(env!("CARGO_BIN_EXE_sgq"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .current_dir(std::env::temp_dir());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SGQ_") {
            command.env_remove(name);
        }
    }
    let output = command.output().expect("sgq starts");
    Answer {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}

/// The rows of a query over one source with nothing redacted, one JSON object each.
pub fn revealed_rows(source: &Path, sql: &str) -> Result<Vec<Value>, String> {
    let [show, format, from] = ["--show-sensitive", "-o", "-s"].map(OsStr::new);
    let answer = sgq([
        from,
        source.as_os_str(),
        format,
        OsStr::new("ndjson"),
        show,
        OsStr::new(sql),
    ]);
    if answer.code != Some(0) {
        return Err(format!(
            "exit code {:?}: {}",
            answer.code,
            answer.stderr.trim()
        ));
    }
    answer.stdout.lines().map(row).collect()
}

fn row(line: &str) -> Result<Value, String> {
    serde_json::from_str(line).map_err(|error| format!("a line of ndjson is no JSON: {error}"))
}
