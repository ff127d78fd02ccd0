//! `sgq.toml`: named sources, labels, what is secret, and what questions may take of the machine.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::exit::Failure;
use super::limits::{MemoryLimit, Threads};
use crate::source::io_reason;

/// The file that is looked for in the current directory and each one above it.
const FILE_NAME: &str = "sgq.toml";

/// A settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    /// `[[source]]` entries.
    #[serde(default)]
    pub(super) source: Vec<SourceConfig>,
    /// The folder of the user's own reports.
    pub(super) queries: Option<PathBuf>,
    /// What `--store` is where it is not given.
    pub(super) store: Option<String>,
    /// What `--memory-limit` is where it is not given.
    pub(super) memory_limit: Option<MemoryLimit>,
    /// What `--threads` is where it is not given.
    pub(super) threads: Option<Threads>,
    /// `[redaction]`.
    #[serde(default)]
    pub(super) redaction: RedactionConfig,
    /// The directory the file stands in, which its relative locations start from.
    #[serde(skip)]
    pub(super) directory: PathBuf,
}

/// A named source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceConfig {
    /// What `-s` and `states.source` call it.
    pub(super) name: String,
    /// Where it is, as after `-s`.
    pub(super) location: String,
    /// How paths below it become labels: `{team}/{env}/{stack}/terraform.tfstate`.
    pub(super) labels: Option<String>,
}

/// Names that are, or are not, secrets besides those that are by convention.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RedactionConfig {
    /// Attribute and output names whose values are hidden.
    #[serde(default)]
    pub(super) secret: Vec<String>,
    /// Names that look like secrets' and are not.
    #[serde(default)]
    pub(super) visible: Vec<String>,
}

impl Config {
    /// Reads `file`, or else the nearest `sgq.toml` from the current directory upwards; without
    /// one, everything is at its default.
    pub(super) fn load(file: Option<&Path>) -> Result<Config, Failure> {
        let here = std::path::absolute(".")
            .map_err(|_| Failure::usage("the current directory cannot be found"))?;
        let path = match file {
            Some(file) => file.to_owned(),
            None => match here
                .ancestors()
                .map(|folder| folder.join(FILE_NAME))
                .find(|path| path.is_file())
            {
                Some(found) => found,
                None => {
                    return Ok(Config {
                        directory: here,
                        ..Config::default()
                    });
                }
            },
        };
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Failure::usage(format!(
                "{} cannot be read: {}",
                path.display(),
                io_reason(&error)
            ))
        })?;
        let mut config: Config =
            toml::from_str(&text).map_err(|error| told(&path, &text, &error))?;
        config.directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(&here)
            .to_owned();
        Ok(config)
    }
}

fn told(path: &Path, text: &str, error: &toml::de::Error) -> Failure {
    let before = error
        .span()
        .and_then(|span| text.get(..span.start))
        .unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let mut message = error.message().replace('\n', " ");
    // What stands below a heading of TOML belongs to it.
    let misplaced = ["queries", "memory_limit", "threads"]
        .into_iter()
        .find(|key| message.starts_with(&format!("unknown field `{key}`")));
    if let Some(key) = misplaced {
        message.push_str(&format!(
            "; {key} stands above the first [[source]] or [redaction]"
        ));
    }
    Failure::usage(format!("{}, line {line}: {message}", path.display()))
}
