//! Asking Terraform or OpenTofu what differs from the world: plans that only refresh, one a folder.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::private::PrivateFolder;
use crate::cli::cancel::Unfinished;
use crate::cli::{Failure, process, tell};
use crate::output::terminal::visible;
use crate::parallel;
use crate::source::io_reason;

/// The programs that are looked for, in this order.
const TOOLS: [&str; 2] = ["terraform", "tofu"];

/// How plans are made.
#[derive(Debug)]
pub(super) struct Refresh<'a> {
    /// The program.
    pub(super) tool: PathBuf,
    /// How many run at a time.
    pub(super) jobs: NonZeroUsize,
    /// How long each has.
    pub(super) limit: Option<Duration>,
    /// Where the plans are written.
    pub(super) folder: &'a PrivateFolder,
    /// What is ended with the process.
    pub(super) unfinished: &'a Unfinished,
}

/// What became of one folder: its plan, or why there is none.
pub(super) type Refreshed = Result<PathBuf, String>;

/// The program to run: the one that was named, else the first on `PATH`.
///
/// # Errors
///
/// When there is none.
pub(super) fn tool(named: Option<&str>) -> Result<PathBuf, Failure> {
    let wanted: Vec<&str> = named.map_or_else(|| TOOLS.to_vec(), |named| vec![named]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = wanted.iter().find_map(|name| on_path(name, &path));
    found.ok_or_else(|| {
        Failure::usage(match named {
            Some(named) => format!("there is no program {named} on PATH; name another with --tool"),
            None => "neither terraform nor tofu is on PATH; name one with --tool".to_owned(),
        })
    })
}

/// A program by its path, or by its name in one of the folders of `path`.
fn on_path(name: &str, path: &OsString) -> Option<PathBuf> {
    if name.contains(std::path::MAIN_SEPARATOR) {
        // It is run from other folders.
        return std::path::absolute(name).ok().filter(|file| file.is_file());
    }
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let mut folders = std::env::split_paths(path).map(|folder| folder.join(&file));
    folders
        .find(|file| file.is_file())
        .and_then(|file| std::path::absolute(file).ok())
}

impl Refresh<'_> {
    /// Makes a plan in each folder, several at a time, and says on stderr what goes on. The answers are
    /// in the order of the folders; one that fails does not stop the others.
    pub(super) fn all(&self, folders: &[PathBuf]) -> Vec<Refreshed> {
        let done = Mutex::new(0);
        let numbered: Vec<(usize, &PathBuf)> = folders.iter().enumerate().collect();
        let plan = |(index, folder): &(usize, &PathBuf)| {
            let answer = self.one(*index, folder);
            // Held until it is told, so that the lines count up.
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            *done += 1;
            let place = folder.display().to_string();
            let place = visible(&place);
            match &answer {
                Ok(_) => tell!("sgq: {done} of {}: {place} planned", folders.len()),
                Err(reason) => tell!("sgq: {done} of {}: {place}: {reason}", folders.len()),
            }
            answer
        };
        parallel::map(self.jobs, &numbered, || (), |(), folder| plan(folder))
    }

    fn one(&self, index: usize, folder: &Path) -> Refreshed {
        if !folder.is_dir() {
            return Err("there is no such folder".to_owned());
        }
        let name = self.tool.file_stem().unwrap_or_default().to_string_lossy();
        let data = std::env::var_os("TF_DATA_DIR").filter(|data| !data.is_empty());
        let data = folder.join(data.unwrap_or_else(|| ".terraform".into()));
        if !data.is_dir() {
            return Err(format!("it is not initialised; run {name} init in it"));
        }
        let plan = self.folder.path().join(format!("{index}.tfplan"));
        let mut command = Command::new(&self.tool);
        command
            .args([
                "plan",
                "-refresh-only",
                "-input=false",
                "-lock=false",
                "-no-color",
            ])
            .arg("-out")
            .arg(&plan)
            .env("TF_IN_AUTOMATION", "1")
            .current_dir(folder);
        let ended = process::run(&mut command, self.limit, self.unfinished)
            .map_err(|error| format!("{name} cannot be run: {}", io_reason(&error)))?;
        match ended.status {
            None => Err(format!(
                "the time limit of {} has passed; raise it with --timeout-per-dir",
                told(self.limit.unwrap_or_default())
            )),
            Some(status) if status.success() && plan.is_file() => Ok(plan),
            Some(status) => {
                let code = status.code();
                let code = code.map_or("a signal".to_owned(), |code| format!("exit code {code}"));
                Err(match titles(&ended.errors) {
                    titles if titles.is_empty() => format!("{name} plan ended with {code}"),
                    titles => visible(&titles.join("; ")).into_owned(),
                })
            }
        }
    }
}

/// A time as people say it.
fn told(limit: Duration) -> String {
    match limit.as_millis() {
        millis if millis % 1000 == 0 => format!("{}s", millis / 1000),
        millis => format!("{millis}ms"),
    }
}

/// The titles of the errors that Terraform tells of: what follows them can quote values. Of a URL in
/// a title what stands behind its path is left out, where tokens are.
///
/// Source: Terraform `internal/command/format/diagnostic.go`: a line `Error: TITLE` in a frame.
fn titles(errors: &str) -> Vec<String> {
    let lines = errors.lines().filter_map(|line| {
        let line = line.trim_start_matches(['│', '|', '╷', ' ']);
        line.strip_prefix("Error: ")
    });
    lines
        .map(|title| format!("Error: {}", without_queries(title.trim())))
        .collect()
}

/// A text without the queries of its URLs.
fn without_queries(text: &str) -> String {
    let words = text.split_inclusive([' ', '"', '\'', ',']);
    let shown = words.map(|word| match word.split_once('?') {
        Some((path, query)) if path.contains("://") => {
            let end = query.chars().last().filter(|end| " \"',".contains(*end));
            let end = end.map(String::from).unwrap_or_default();
            format!("{path}?…{end}")
        }
        _ => word.to_owned(),
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_of_a_url_is_not_told() {
        let errors = "Error: Get \"https://example.com/state?token=abc&x=1\": refused, why?";
        assert_eq!(
            titles(errors),
            ["Error: Get \"https://example.com/state?…\": refused, why?"]
        );
    }

    #[test]
    fn only_titles_of_errors_are_told() {
        let errors = "╷\n│ Error: Invalid reference\n│ \n│   on main.tf line 3:\n│    3: x = \"secret\"\n╵\n\
                      Error: Second one  \nnothing\n";
        assert_eq!(
            titles(errors),
            ["Error: Invalid reference", "Error: Second one"]
        );
    }

    #[test]
    fn limits_are_told_as_they_are_typed() {
        assert_eq!(told(Duration::from_secs(90)), "90s");
        assert_eq!(told(Duration::from_millis(250)), "250ms");
    }
}
