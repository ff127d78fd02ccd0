//! What the arguments, the environment and `sgq.toml` mean together.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Args;
use super::config::{Config, SourceConfig};
use super::duration::Limit;
use super::exit::Failure;
use super::limits::{MemoryLimit, Threads};
use super::results::Look;
use crate::engine::{Engine, EngineOptions, closest};
use crate::format::{Redaction, SecretNames};
use crate::inventory::{Inventory, LabelPattern, NoSuchState, PlanSpec, ReadOptions, SourceSpec};
use crate::output::{Format, Style};
use crate::postgres::{Environment, Target};
use crate::source::Location;

/// Everything a command needs to know.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Where states are.
    pub(crate) sources: Vec<SourceSpec>,
    /// The plans that were named.
    pub(crate) plans: Vec<PlanSpec>,
    /// How they are read.
    pub(crate) reading: ReadOptions,
    /// How the engine runs.
    pub(crate) engine: EngineOptions,
    /// How results are written.
    pub(crate) format: Format,
    /// Where they are written, if not to standard output.
    pub(crate) out: Option<PathBuf>,
    /// Whether one document that cannot be read fails the whole.
    pub(crate) strict: bool,
    /// The moment that is asked about, as it was typed.
    pub(crate) as_of: Option<String>,
    /// When to give up.
    pub(crate) timeout: Option<Limit>,
    /// The folder of the user's own reports.
    pub(crate) queries: Option<PathBuf>,
    /// Where the store is, as the settings file says.
    pub(crate) store: Option<String>,
}

impl Settings {
    /// Resolves the arguments with the environment's `SGQ_` variables and the settings file: what is
    /// given as an argument counts first, then the environment, then the file.
    ///
    /// # Errors
    ///
    /// A usage error that names the argument or setting.
    pub(crate) fn resolve(args: &Args) -> Result<Settings, Failure> {
        let config = Config::load(args.config.as_deref())?;
        let redaction = if args.show_sensitive {
            Redaction::revealing()
        } else {
            Redaction::hiding(SecretNames::new(
                &config.redaction.secret,
                &config.redaction.visible,
            ))
        };
        let format = args.format.unwrap_or(Format::Table);
        if format.is_binary() && args.out.is_none() && std::io::stdout().is_terminal() {
            return Err(Failure::usage(format!(
                "{format} is no text for a terminal; name a file with --out"
            )));
        }
        let memory = args.memory_limit.map_or_else(
            || environment("SGQ_MEMORY_LIMIT", MemoryLimit::parse),
            |limit| Ok(Some(limit)),
        )?;
        let threads = args.threads.map_or_else(
            || environment("SGQ_THREADS", Threads::parse),
            |threads| Ok(Some(threads)),
        )?;
        Ok(Settings {
            sources: sources(args, &config)?,
            plans: args.plans.iter().map(|text| plan(text)).collect(),
            reading: ReadOptions {
                redaction,
                max_size: args.max_state_size,
                as_of: args.as_of.as_ref().map(|moment| moment.as_of.clone()),
                since: args.since,
                max_versions: args.max_versions,
            },
            engine: EngineOptions {
                threads: Threads::resolve(threads.or(config.threads)),
                memory: MemoryLimit::resolve(memory.or(config.memory_limit))
                    .map_err(Failure::usage)?,
                keeps_rows: false,
            },
            format,
            out: args.out.clone(),
            strict: args.strict,
            as_of: args.as_of.as_ref().map(|moment| moment.written.clone()),
            timeout: args.timeout.clone(),
            queries: config.queries.map(|folder| config.directory.join(folder)),
            store: config.store,
        })
    }

    /// Where the store is: as the argument says, else `SGQ_STORE`, else the settings file.
    ///
    /// # Errors
    ///
    /// When none of them says, or it is no place of a database.
    pub(crate) fn store(&self, argument: Option<&str>) -> Result<Target, Failure> {
        let variable = std::env::var_os("SGQ_STORE").filter(|text| !text.is_empty());
        let variable = variable.map(|text| text.to_string_lossy().into_owned());
        let text = argument.or(variable.as_deref()).or(self.store.as_deref());
        let text = text.ok_or_else(|| {
            Failure::usage(
                "it is not said where the store is: give --store postgres://..., or set SGQ_STORE, or store in \
                 sgq.toml",
            )
        })?;
        Target::parse(text, &environment_of_postgres()).map_err(Failure::usage)
    }

    /// Searches the sources.
    ///
    /// # Errors
    ///
    /// When a plan is said to be of a state that is not there.
    pub(crate) fn inventory(&self) -> Result<Inventory, Failure> {
        let inventory = Inventory::find(&self.sources, self.reading.clone());
        inventory
            .with_plans(&self.plans)
            .map_err(|NoSuchState { name, known }| {
                let names = known.iter().map(String::as_str);
                let advice = match closest(&name, names) {
                    Some(near) => format!("did you mean {near}?"),
                    None => "sgq sources lists the states".to_owned(),
                };
                Failure::usage(format!(
                    "--plan names the state {name}, which is not there; {advice}"
                ))
            })
    }

    /// A session over the sources for one question.
    pub(crate) fn open(&self) -> Result<Engine, Failure> {
        self.open_with(&self.engine)
    }

    /// A session over the sources for many questions.
    pub(crate) fn open_for_many(&self) -> Result<Engine, Failure> {
        self.open_with(&self.engine_for_many())
    }

    /// How the engine runs for many questions.
    pub(crate) fn engine_for_many(&self) -> EngineOptions {
        EngineOptions {
            keeps_rows: true,
            ..self.engine.clone()
        }
    }

    fn open_with(&self, options: &EngineOptions) -> Result<Engine, Failure> {
        Engine::new(Arc::new(self.inventory()?), options).map_err(Failure::query)
    }

    /// Whether standard input is one of the sources, and so can hold no SQL.
    pub(crate) fn reads_stdin(&self) -> bool {
        self.sources
            .iter()
            .any(|source| matches!(source.location, Location::Stdin))
    }

    /// How results look where they go.
    pub(crate) fn look(&self) -> Look {
        let on_terminal = self.out.is_none() && std::io::stdout().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Look {
            format: self.format,
            style: Style {
                width: on_terminal.then(terminal_width).flatten(),
                color: on_terminal && !no_color,
                footer: on_terminal,
            },
        }
    }
}

fn terminal_width() -> Option<usize> {
    let (_rows, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}

/// What a variable of the environment says, where it says anything.
fn environment<T>(name: &str, parse: fn(&str) -> Result<T, String>) -> Result<Option<T>, Failure> {
    let Some(text) = std::env::var_os(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let text = text.to_string_lossy();
    let value = parse(&text)
        .map_err(|error| Failure::usage(format!("invalid value '{text}' of {name}: {error}")))?;
    Ok(Some(value))
}

/// What the environment says about databases.
pub(super) fn environment_of_postgres() -> Environment {
    let pairs = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Environment::from_pairs(pairs)
}

/// The sources of the arguments, else of `SGQ_SOURCES`, else of the settings file, else the
/// current directory.
fn sources(args: &Args, config: &Config) -> Result<Vec<SourceSpec>, Failure> {
    let here = Path::new("");
    let named = |text: &str| match config.source.iter().find(|source| source.name == text) {
        Some(source) => from_config(source, config),
        None => written(text, here, config),
    };
    if !args.source.is_empty() {
        return args.source.iter().map(|text| named(text)).collect();
    }
    if let Some(texts) = std::env::var_os("SGQ_SOURCES").filter(|texts| !texts.is_empty()) {
        let texts = texts.to_string_lossy().into_owned();
        return apart(&texts).iter().map(|text| named(text)).collect();
    }
    if !config.source.is_empty() {
        return config
            .source
            .iter()
            .map(|source| from_config(source, config))
            .collect();
    }
    Ok(vec![written(".", here, config)?])
}

/// The sources of a text, with commas between them. Commas in a database's URL before its path stand
/// between hosts, or are a password's, and so a part of it.
fn apart(texts: &str) -> Vec<String> {
    let mut apart: Vec<String> = Vec::new();
    for part in texts.split(',') {
        let is_host = |text: &String| {
            let rest = ["postgres://", "postgresql://"]
                .iter()
                .find_map(|scheme| text.strip_prefix(scheme));
            rest.is_some_and(|rest| !rest.contains(['/', '?']))
        };
        match apart.last_mut().filter(|last| is_host(last)) {
            Some(last) => {
                last.push(',');
                last.push_str(part.trim_end());
            }
            None if part.trim().is_empty() => {}
            None => apart.push(part.trim().to_owned()),
        }
    }
    apart
}

/// A plan as written after `--plan`: `FILE` or `STATE=FILE`. What is the name of a file is none of a
/// state before it.
fn plan(text: &str) -> PlanSpec {
    let (state, file) = match text.split_once('=') {
        Some((state, file)) if !Path::new(text).exists() => (Some(state.to_owned()), file),
        _ => (None, text),
    };
    PlanSpec {
        file: PathBuf::from(file),
        state,
    }
}

/// A source as written after `-s`; where it is the place of a named one, it has its name and labels.
fn written(text: &str, base: &Path, config: &Config) -> Result<SourceSpec, Failure> {
    let environment = environment_of_postgres();
    let location = Location::parse(text, base, &environment).map_err(Failure::usage)?;
    let same_place = |source: &&SourceConfig| match (
        &location,
        Location::parse(&source.location, &config.directory, &environment),
    ) {
        (Location::Path(one), Ok(Location::Path(other)))
        | (Location::Git(one), Ok(Location::Git(other))) => {
            match (one.canonicalize(), other.canonicalize()) {
                (Ok(one), Ok(other)) => one == other,
                _ => false,
            }
        }
        (Location::Postgres(one), Ok(Location::Postgres(other))) => one.is_same_database(&other),
        _ => false,
    };
    match config.source.iter().find(same_place) {
        Some(source) => {
            let named = from_config(source, config)?;
            Ok(match location {
                // Whoever is named here connects.
                Location::Postgres(_) => SourceSpec { location, ..named },
                _ => named,
            })
        }
        None => Ok(SourceSpec {
            name: None,
            location,
            base: base.to_owned(),
            labels: None,
        }),
    }
}

fn from_config(source: &SourceConfig, config: &Config) -> Result<SourceSpec, Failure> {
    let in_source =
        |error: &dyn std::fmt::Display| Failure::usage(format!("source {}: {error}", source.name));
    let labels = source
        .labels
        .as_deref()
        .map(LabelPattern::parse)
        .transpose();
    Ok(SourceSpec {
        name: Some(source.name.clone()),
        location: Location::parse(
            &source.location,
            &config.directory,
            &environment_of_postgres(),
        )
        .map_err(|error| in_source(&error))?,
        base: config.directory.clone(),
        labels: labels.map_err(|error| in_source(&error))?,
    })
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn sources_have_commas_between_them() {
        assert_eq!(apart("a, b,,c"), ["a", "b", "c"]);
        let two = "postgres://me:p,w@a:1,b:2/tf?x=1,./states";
        assert_eq!(apart(two), ["postgres://me:p,w@a:1,b:2/tf?x=1", "./states"]);
    }
}
