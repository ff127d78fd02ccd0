//! The reports that can be run: sgq's own, the user's folder of them, and single files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::settings::Settings;
use crate::engine::closest;
use crate::engine::library::{self, Arguments, Report};
use crate::inventory::protected_file;
use crate::source::io_reason;

/// The reports that can be named.
pub(crate) struct Reports {
    built_in: Vec<Report>,
    /// The files of the user's folder, by the names of their reports.
    of_user: BTreeMap<String, PathBuf>,
    max_size: u64,
}

/// A report in a list of them.
pub(crate) struct Listed {
    /// Its name.
    pub(crate) name: String,
    /// The question it answers; its title where its header has none.
    pub(crate) answers: String,
    /// Where it is from.
    pub(crate) from: String,
}

impl Listed {
    fn of(report: &Report, from: String) -> Listed {
        Listed {
            name: report.name.clone(),
            answers: report.answers.as_ref().unwrap_or(&report.title).clone(),
            from,
        }
    }
}

impl Reports {
    /// Looks into the user's folder; no file is opened.
    ///
    /// # Errors
    ///
    /// When there is no such folder.
    pub(crate) fn find(settings: &Settings) -> Result<Reports, Failure> {
        let of_user = match &settings.queries {
            Some(folder) => files_of(folder)?,
            None => BTreeMap::new(),
        };
        Ok(Reports {
            built_in: library::reports(),
            of_user,
            max_size: settings.reading.max_size,
        })
    }

    /// A report by its name: the user's own, else a built-in one; what ends in `.sql` or has a
    /// slash is a file.
    ///
    /// # Errors
    ///
    /// When there is none, or its file cannot be read or has a wrong header.
    pub(crate) fn get(&self, name: &str) -> Result<Report, Failure> {
        if is_file(name) {
            return self.read(Path::new(name));
        }
        if let Some(path) = self.of_user.get(name) {
            return self.read(path);
        }
        let built_in = self.built_in.iter().find(|report| report.name == name);
        built_in.cloned().ok_or_else(|| self.unknown(name))
    }

    /// Every report that can be named, and what is wrong with those that cannot be used.
    pub(crate) fn list(&self) -> (Vec<Listed>, Vec<Failure>) {
        let mut listed: Vec<Listed> = Vec::new();
        let mut failures = Vec::new();
        for report in &self.built_in {
            if !self.of_user.contains_key(&report.name) {
                listed.push(Listed::of(report, "built in".to_owned()));
            }
        }
        for (name, path) in &self.of_user {
            let mut from = shown(path);
            if self.built_in.iter().any(|report| report.name == *name) {
                from.push_str(", in place of the built-in one");
            }
            match self.read(path) {
                Ok(report) => listed.push(Listed::of(&report, from)),
                Err(failure) => failures.push(failure),
            }
        }
        (listed, failures)
    }

    fn read(&self, path: &Path) -> Result<Report, Failure> {
        if path.is_dir() {
            return Err(Failure::usage(format!(
                "{} is a directory; name a file of SQL in it",
                shown(path)
            )));
        }
        // A report is shown as it is written, so it must be no state.
        if protected_file(path, |_| true, self.max_size).is_some() {
            return Err(Failure::usage(format!(
                "{} holds state and not SQL; name a file of SQL",
                shown(path)
            )));
        }
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!(
                "{} cannot be read: {}",
                shown(path),
                io_reason(&error)
            ))
        })?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        // Some editors begin a file with a mark of its encoding.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        Report::parse(&name, text)
            .map_err(|error| Failure::usage(format!("{}, {error}", shown(path))))
    }

    fn unknown(&self, name: &str) -> Failure {
        let built_in = self.built_in.iter().map(|report| report.name.as_str());
        let names = built_in.chain(self.of_user.keys().map(String::as_str));
        Failure::usage(match closest(name, names) {
            Some(near) => format!("there is no report {name}; did you mean {near}?"),
            None => format!("there is no report {name}; sgq queries lists them"),
        })
    }
}

/// Values for the parameters of each report; each of `given`, names with values, is for those that
/// have such a parameter.
///
/// # Errors
///
/// When none has, or a report misses one or cannot take its value.
pub(crate) fn arguments(
    reports: &[Report],
    given: &[(&str, &str)],
) -> Result<Vec<Arguments>, Failure> {
    for (name, _) in given {
        match reports {
            [report] if !report.has(name) => return Err(Failure::usage(report.unknown(name))),
            _ if reports.iter().all(|report| !report.has(name)) => {
                return Err(Failure::usage(format!(
                    "none of these reports has a parameter {name}; sgq queries NAME shows what one takes"
                )));
            }
            _ => {}
        }
    }
    let of_report = |report: &Report| {
        let given = given.iter().filter(|(name, _)| report.has(name));
        report.arguments(given.copied()).map_err(Failure::usage)
    };
    reports.iter().map(of_report).collect()
}

/// A parameter as it is typed, `key=value`.
///
/// # Errors
///
/// When it has no `=`, or nothing before it.
pub(crate) fn key_and_value(typed: &str) -> Result<(&str, &str), Failure> {
    let pair = typed.split_once('=');
    let pair = pair.map(|(key, value)| (key.trim(), value));
    let lacks = |what: &str| {
        Failure::usage(format!(
            "a parameter is given as KEY=VALUE, and {typed} has no {what}"
        ))
    };
    match pair {
        None => Err(lacks("=")),
        Some(("", _)) => Err(lacks("key")),
        Some(pair) => Ok(pair),
    }
}

/// Whether what is named is a file rather than a report.
fn is_file(name: &str) -> bool {
    is_sql(Path::new(name)) || name.contains(['/', std::path::MAIN_SEPARATOR])
}

/// The SQL files of a folder, by their names without `.sql`.
fn files_of(folder: &Path) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let unread = |error: &std::io::Error| {
        Failure::usage(format!(
            "the folder of queries {} cannot be read: {}; sgq.toml names it",
            shown(folder),
            io_reason(error)
        ))
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unread(&error))? {
        paths.push(entry.map_err(|error| unread(&error))?.path());
    }
    // Of a.SQL and a.sql the latter, in whichever order the folder tells them.
    paths.sort();
    // A link that leads nowhere is kept, so that its report can say so.
    paths.retain(|path| is_sql(path) && !path.is_dir());
    let named = paths.into_iter().filter_map(|path| {
        let name = path.file_stem()?.to_string_lossy().into_owned();
        Some((name, path))
    });
    Ok(named.collect())
}

fn is_sql(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("sql"))
}

/// A path as it is told: from the current directory where it lies below that.
fn shown(path: &Path) -> String {
    let here = std::path::absolute(".").unwrap_or_default();
    let path = path.strip_prefix(here).unwrap_or(path);
    path.display().to_string()
}
