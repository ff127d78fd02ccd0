//! `sgq drift`: what was changed outside of Terraform, by the evidence of plans or of two snapshots.

mod answer;
mod private;
mod refresh;
mod snapshots;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;

use self::answer::{Answer, write};
use self::private::PrivateFolder;
use self::refresh::{Refresh, Refreshed, tool};
use super::args::Drift;
use super::cancel::Unfinished;
use super::exit::{Exit, Failure};
use super::query::{Session, in_session_with};
use super::results::Ended;
use super::settings::{Settings, environment_of_postgres};
use super::tell::tell;
use crate::inventory::PlanSpec;
use crate::output::terminal::visible;
use crate::source::{Location, absolute, io_reason};

/// The differences, of the newest plan of each state: a folder that was planned goes by its own name.
const ROWS: &str = "
    CREATE TABLE drift_rows AS
    SELECT coalesce(d.state, f.folder, d.plan_uri) AS state, d.address, d.type, d.deposed, d.action,
           d.path, d.before, d.after, d.significant, d.rule, d.evidence, d.detected_at,
           coalesce(f.folder, d.plan_uri) AS source
    FROM drift d
    JOIN newest_plans n ON n.uri = d.plan_uri
    LEFT JOIN drift_folders f ON f.uri = d.plan_uri
    ORDER BY 1, d.address, d.deposed NULLS FIRST, d.path NULLS FIRST";

/// The newest plan of each state, and those of which no state is known: of plans that were made just now
/// no others.
const NEWEST: &str = "
    CREATE TABLE newest_plans AS
    SELECT uri, state_id, state, timestamp, errored, complete FROM (
        SELECT p.uri, p.state_id, p.state, p.timestamp, p.errored, p.complete,
               row_number() OVER (PARTITION BY coalesce(p.state_id, p.uri)
                                  ORDER BY p.timestamp DESC NULLS LAST, p.uri) AS age
        FROM plans p
        LEFT JOIN drift_folders f ON f.uri = p.uri
        CROSS JOIN (SELECT count(*) AS folders FROM drift_folders) AS c
        WHERE f.uri IS NOT NULL OR c.folders = 0) AS plans
    WHERE age = 1";

/// The states, with what is known of each; of those that were planned just now no others.
const STATES: &str = "
    CREATE TABLE drift_states AS
    SELECT k.state,
           CASE WHEN k.reason LIKE '%of some objects alone' AND coalesce(d.attributes, 0) > 0 THEN 'drifted'
                WHEN k.reason IS NOT NULL THEN 'unknown'
                WHEN coalesce(d.attributes, 0) > 0 THEN 'drifted'
                ELSE 'in sync' END AS status,
           coalesce(d.instances, 0) AS instances,
           coalesce(d.attributes, 0) AS attributes,
           coalesce(d.insignificant, 0) AS insignificant,
           k.evidence_at, k.reason
    FROM (
        SELECT s.name AS state, n.timestamp AS evidence_at,
               CASE WHEN n.uri IS NULL THEN 'no plan of it'
                    WHEN n.errored THEN 'its plan ended with an error'
                    WHEN NOT n.complete THEN 'its plan is of some objects alone' END AS reason
        FROM states s
        LEFT JOIN newest_plans n ON n.state_id = s.id
        CROSS JOIN (SELECT count(*) AS folders FROM drift_folders) AS c
        WHERE n.uri IS NOT NULL OR c.folders = 0
        UNION ALL
        SELECT coalesce(f.folder, n.uri), n.timestamp,
               CASE WHEN n.errored THEN 'its plan ended with an error' END
        FROM newest_plans n LEFT JOIN drift_folders f ON f.uri = n.uri
        WHERE n.state_id IS NULL
        UNION ALL
        SELECT folder, NULL, reason FROM drift_folders WHERE reason IS NOT NULL
    ) AS k
    LEFT JOIN (
        SELECT state,
               count(DISTINCT address) FILTER (WHERE significant) AS instances,
               count(*) FILTER (WHERE significant) AS attributes,
               count(*) FILTER (WHERE NOT significant) AS insignificant
        FROM drift_rows GROUP BY state
    ) AS d ON d.state = k.state
    ORDER BY k.state";

/// What is shown of the states.
const SHOWN_STATES: &str = "SELECT state, status, instances, attributes, insignificant, evidence_at, reason FROM drift_states";

/// What is shown of the differences: those that say something.
const SHOWN_ROWS: &str = "
    SELECT state, address, type, deposed, action, path, before, after, evidence, detected_at
    FROM drift_rows WHERE significant";

/// What is shown of the differences where all are.
const ALL_ROWS: &str = "
    SELECT state, address, type, deposed, action, path, before, after, significant, rule, evidence,
           detected_at
    FROM drift_rows";

pub(super) fn run(mut settings: Settings, asked: &Drift) -> Result<Exit, Failure> {
    let unfinished = Unfinished::default();
    super::cancel::watch(settings.timeout.as_ref(), &unfinished);
    if let Some(plans) = &asked.more_plans {
        settings.sources.push(crate::inventory::SourceSpec {
            name: None,
            location: Location::parse(plans, Path::new(""), &environment_of_postgres())
                .map_err(Failure::usage)?,
            base: PathBuf::new(),
            labels: None,
        });
    }
    let snapshots = match (&asked.before, &asked.after) {
        (Some(before), Some(after)) => {
            settings.sources = snapshots::sources(before, after)?;
            Some(snapshots::differences(&settings, before, after)?)
        }
        _ => None,
    };
    let private = match asked.run.is_empty() {
        true => None,
        false => Some(PrivateFolder::new(&unfinished).map_err(|error| {
            Failure::query(format!(
                "no folder for plans can be made: {}",
                io_reason(&error)
            ))
        })?),
    };
    let mut folders = Vec::new();
    if let Some(private) = &private {
        folders = planned(&mut settings, asked, private, &unfinished)?;
    }
    let mut drifted = 0;
    let exit = in_session_with(&settings, &unfinished, |session| {
        match &snapshots {
            Some((states, rows)) => {
                let engine = &session.engine;
                engine
                    .add_table("drift_rows", rows.clone())
                    .map_err(Failure::query)?;
                engine
                    .add_table("drift_states", states.clone())
                    .map_err(Failure::query)?;
            }
            None => {
                let folders = folder_rows(&folders)?;
                let engine = &session.engine;
                engine
                    .add_table("drift_folders", folders)
                    .map_err(Failure::query)?;
                for text in [NEWEST, ROWS, STATES] {
                    rows(session, text)?;
                }
            }
        }
        let states = rows(session, SHOWN_STATES)?;
        let shown = if asked.all { ALL_ROWS } else { SHOWN_ROWS };
        let differences = match asked.summary {
            true => None,
            false => Some(rows(session, shown)?),
        };
        drifted = tell_summary(&states);
        write(
            session,
            &Answer {
                states,
                differences,
            },
        )
    })?;
    let failed = folders.iter().filter(|folder| folder.reason.is_some());
    let is_unknown = match failed.count() {
        0 => false,
        failed => settings.strict || failed == folders.len(),
    };
    Ok(match exit {
        Exit::Success if is_unknown => Exit::Source,
        Exit::Success if asked.fail_on_rows && drifted > 0 => Exit::Rows,
        exit => exit,
    })
}

/// A folder that was to be planned: the place of its plan, or why it has none.
struct Planned {
    folder: String,
    uri: Option<String>,
    reason: Option<String>,
}

/// Makes a plan in each folder, and adds it to what is read.
fn planned(
    settings: &mut Settings,
    asked: &Drift,
    private: &PrivateFolder,
    unfinished: &Unfinished,
) -> Result<Vec<Planned>, Failure> {
    let refresh = Refresh {
        tool: tool(asked.tool.as_deref())?,
        jobs: asked.jobs,
        limit: asked.timeout_per_dir.as_ref().map(|limit| limit.duration),
        folder: private,
        unfinished,
    };
    let made: Vec<Refreshed> = refresh.all(&asked.run);
    let inventory = crate::inventory::Inventory::find(&settings.sources, settings.reading.clone());
    let planned = asked.run.iter().zip(made).map(|(folder, made)| {
        let shown = folder.display().to_string();
        match made {
            Ok(file) => {
                let state = state_of(folder);
                let mut files = inventory.files().iter();
                let state = files.find(|file| Some(&file.found.uri) == state.as_ref());
                let uri = Some(absolute(&file));
                let state = state.map(|state| state.name.clone());
                settings.plans.push(PlanSpec { file, state });
                Planned {
                    folder: shown,
                    uri,
                    reason: None,
                }
            }
            Err(reason) => Planned {
                folder: shown,
                uri: None,
                reason: Some(reason),
            },
        }
    });
    Ok(planned.collect())
}

/// Where the local backend keeps the state of a folder; `None` where another workspace is chosen, whose
/// plan tells its state by what is in it.
///
/// Source: Terraform `internal/command/meta.go`, `Workspace`.
fn state_of(folder: &Path) -> Option<String> {
    let chosen = std::env::var("TF_WORKSPACE").ok();
    let chosen =
        chosen.or_else(|| std::fs::read_to_string(folder.join(".terraform/environment")).ok());
    let is_default = chosen.is_none_or(|name| matches!(name.trim(), "" | "default"));
    is_default.then(|| format!("{}/terraform.tfstate", absolute(folder)))
}

fn folder_rows(planned: &[Planned]) -> Result<RecordBatch, Failure> {
    let texts = |text: fn(&Planned) -> Option<&str>| -> ArrayRef {
        Arc::new(planned.iter().map(text).collect::<StringArray>())
    };
    let column = |name: &str, values| (name.to_owned(), values, true);
    RecordBatch::try_from_iter_with_nullable([
        column("folder", texts(|planned| Some(&planned.folder))),
        column("uri", texts(|planned| planned.uri.as_deref())),
        column("reason", texts(|planned| planned.reason.as_deref())),
    ])
    .map_err(Failure::query)
}

/// The rows of a statement, in one batch.
fn rows(session: &mut Session, text: &str) -> Result<RecordBatch, Ended> {
    let statements = session.engine.parse(text).map_err(Failure::query)?;
    let batches = session.collect(statements, text)?;
    let schema = batches.first().map(RecordBatch::schema);
    let schema = schema.unwrap_or_else(|| Arc::new(arrow::datatypes::Schema::empty()));
    Ok(concat_batches(&schema, &batches).map_err(Failure::query)?)
}

/// Says how many states drifted on stderr, and gives that number.
fn tell_summary(states: &RecordBatch) -> usize {
    let texts = |column: &str| -> Vec<String> {
        let column = states.column_by_name(column);
        let column = column.and_then(|column| {
            arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8).ok()
        });
        let texts = column
            .as_ref()
            .and_then(|column| column.as_string_opt::<i32>());
        texts.map_or(Vec::new(), |texts| {
            let texts = texts.iter();
            texts
                .map(|text| text.unwrap_or_default().to_owned())
                .collect()
        })
    };
    let sum = |column: &str| -> i64 {
        let column = states.column_by_name(column);
        let counts = column.and_then(|column| column.as_primitive_opt::<Int64Type>());
        counts.map_or(0, |counts| counts.iter().flatten().sum())
    };
    let status = texts("status");
    let count = |wanted: &str| status.iter().filter(|status| *status == wanted).count();
    let (drifted, unknown) = (count("drifted"), count("unknown"));
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    let attributes = usize::try_from(sum("attributes")).unwrap_or_default();
    let instances = usize::try_from(sum("instances")).unwrap_or_default();
    let what = match drifted {
        0 => String::new(),
        _ => format!(
            ": {} of {}",
            plural(attributes, "difference"),
            plural(instances, "instance")
        ),
    };
    let others = match unknown {
        0 => String::new(),
        _ => format!("; {unknown} unknown"),
    };
    let oldest = texts("evidence_at");
    let oldest = oldest.iter().filter(|time| !time.is_empty()).min();
    let oldest = oldest.map_or(String::new(), |time| {
        format!("; the oldest evidence is of {time}")
    });
    tell!(
        "sgq: {drifted} of {} drifted{what}{others}{}",
        plural(status.len(), "state"),
        visible(&oldest)
    );
    drifted
}
