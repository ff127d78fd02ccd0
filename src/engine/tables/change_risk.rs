//! `change_risk`: one row per planned change, with what hangs on the object in any state.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::compute::concat_batches;
use datafusion::common::Result;

use super::WholeTable;
use super::column::{Column, Kind, all_texts, booleans, counts, optional_text_lists, texts};
use super::plan_rows::{PLAN_URI, PlanRows, STATE, STATE_ID};
use crate::engine::known::Known;
use crate::format::{Action, ShownChange, ShownOutputChange};
use crate::graph::{Direction, Graph, Producer, RemoteStates, Scope};
use crate::inventory::{FoundPlan, StateFile};

/// From how many dependents on it is a high risk to destroy an object.
const MANY: usize = 10;

const COLUMNS: &[Column] = &[
    STATE_ID,
    STATE,
    PLAN_URI,
    Column::of_rows(
        "address",
        Kind::Text,
        "The instance's address; output.NAME for an output.",
    ),
    Column::of_rows("type", Kind::Text, "The resource type; NULL for an output."),
    Column::of_rows(
        "deposed",
        Kind::Text,
        "The key of a deposed object; NULL for a current one.",
    ),
    Column::of_rows(
        "action",
        Kind::Text,
        "create, update, replace, delete or forget; move or import, where nothing else happens.",
    ),
    Column::of_rows(
        "destroys",
        Kind::Boolean,
        "Whether the real object is destroyed, to be replaced or not.",
    ),
    Column::of_rows(
        "dependents",
        Kind::BigInt,
        "How many instances depend on it, in any state and at any distance; NULL where its state is not known.",
    ),
    Column::of_rows(
        "dependent_states",
        Kind::TextList,
        "The other states that hold any of them.",
    ),
    Column::of_rows(
        "read_by",
        Kind::TextList,
        "The other states that read it directly, through an output or by what names it.",
    ),
    Column::of_rows("risk", Kind::Text, "high, medium or low."),
    Column::of_rows("reason", Kind::Text, "Why, in a few words."),
];

#[derive(Debug)]
pub(super) struct ChangeRisk;

impl WholeTable for ChangeRisk {
    fn name(&self) -> &'static str {
        "change_risk"
    }

    fn about(&self) -> &'static str {
        "One row per object that a plan changes, or output that others read, with what depends on it; with --plan, of those alone."
    }

    fn columns(&self) -> &[Column] {
        COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let plans = known.plans();
        let files = known.inventory().files();
        // Who names plans asks about these, whatever else lies around.
        let is_named = |plan: &&FoundPlan| files.get(plan.file).is_some_and(StateFile::is_plan);
        let has_named = files.iter().any(StateFile::is_plan);
        let asked = plans.iter().filter(|plan| !has_named || is_named(plan));
        let rows = PlanRows::of(asked, files, |plan| &plan.content.changes);
        let rows = rows.only(is_told);
        let reach = rows.iter().next().map(|_| Reached::of(known));
        let around = |(plan, change): (&FoundPlan, &ShownChange)| {
            Around::of(reach.as_ref(), plan, change, files)
        };
        let around: Vec<Around> = rows.plans().zip(rows.iter()).map(around).collect();
        let judged: Vec<(Risk, String)> = rows
            .iter()
            .zip(&around)
            .map(|(change, around)| judge(change, around))
            .collect();
        let list = |list: fn(&Around) -> &BTreeSet<String>| -> ArrayRef {
            let lists = around.iter().map(|around| {
                around.dependents?;
                Some(list(around).iter().cloned().collect())
            });
            optional_text_lists(lists)
        };
        let dependents = around.iter().map(|around| {
            let count = around.dependents?;
            Some(i64::try_from(count).unwrap_or(i64::MAX))
        });
        let dependents: ArrayRef = Arc::new(dependents.collect::<Int64Array>());
        let mut columns = rows.leading();
        columns.extend([
            all_texts(rows.iter().map(|change| &change.address)),
            all_texts(rows.iter().map(|change| &change.type_name)),
            texts(rows.iter().map(|change| change.deposed.as_ref())),
            texts(rows.iter().map(action)),
            booleans(rows.iter().map(ShownChange::destroys)),
            dependents,
            list(|around| &around.states),
            list(|around| &around.readers),
            all_texts(judged.iter().map(|(risk, _)| risk.as_str())),
            all_texts(judged.iter().map(|(_, reason)| reason)),
        ]);
        let objects = RecordBatch::try_new(self.schema(), columns)?;
        let outputs = self.outputs(known, &plans, |plan| !has_named || is_named(plan))?;
        Ok(concat_batches(&self.schema(), [&objects, &outputs])?)
    }
}

impl ChangeRisk {
    /// The outputs that a plan changes and another state reads.
    fn outputs(
        &self,
        known: &Known,
        plans: &[FoundPlan],
        is_asked: impl Fn(&&FoundPlan) -> bool,
    ) -> Result<RecordBatch> {
        let files = known.inventory().files();
        let asked = plans.iter().filter(is_asked);
        let rows = PlanRows::of(asked, files, |plan| &plan.content.outputs);
        let rows =
            rows.only(|output| !matches!(output.action, Some(Action::NoOp | Action::Create)));
        let reading = rows
            .iter()
            .next()
            .map(|_| (known.remote_states(), known.graph()));
        let readers = |(plan, output): (&FoundPlan, &ShownOutputChange)| match &reading {
            Some((remote, graph)) => Readers::of(remote, graph, plan, output, files),
            None => Readers::default(),
        };
        let readers: Vec<Readers> = rows.plans().zip(rows.iter()).map(readers).collect();
        let (rows, readers) = rows.beside(readers, |readers| !readers.states.is_empty());
        let list = || -> ArrayRef {
            let lists = readers.iter();
            optional_text_lists(lists.map(|it| Some(it.states.iter().cloned().collect())))
        };
        let is_gone = |output: &ShownOutputChange| output.action == Some(Action::Delete);
        let judged = rows.iter().zip(&readers).map(|(output, readers)| {
            let states = match readers.states.len() {
                1 => "1 other state reads it".to_owned(),
                count => format!("{count} other states read it"),
            };
            match is_gone(output) {
                true => (Risk::High, format!("it is removed, and {states}")),
                false => (Risk::Medium, states),
            }
        });
        let judged: Vec<(Risk, String)> = judged.collect();
        let mut columns = rows.leading();
        columns.extend([
            all_texts(rows.iter().map(|output| format!("output.{}", output.name))),
            texts(rows.iter().map(|_| None::<&str>)),
            texts(rows.iter().map(|_| None::<&str>)),
            texts(rows.iter().map(|output| output.action.map(Action::as_str))),
            booleans(rows.iter().map(|_| false)),
            counts(readers.iter().map(|readers| readers.dependents)),
            list(),
            list(),
            all_texts(judged.iter().map(|(risk, _)| risk.as_str())),
            all_texts(judged.iter().map(|(_, reason)| reason)),
        ]);
        Ok(RecordBatch::try_new(self.schema(), columns)?)
    }
}

/// Who reads an output.
#[derive(Default)]
struct Readers {
    /// The names of the other states that copied it.
    states: BTreeSet<String>,
    /// How many instances of them depend on the data sources that did.
    dependents: usize,
}

impl Readers {
    fn of(
        remote: &RemoteStates,
        graph: &Graph,
        plan: &FoundPlan,
        output: &ShownOutputChange,
        files: &[StateFile],
    ) -> Readers {
        let mut readers = Readers::default();
        for reader in &remote.rows {
            let is_of_state = |producer: &Producer| Some(producer.state) == plan.state;
            if reader.producer.as_ref().is_ok_and(is_of_state)
                && reader
                    .output_names
                    .iter()
                    .any(|name| **name == *output.name)
                && let Some(file) = files.get(reader.state)
            {
                readers.states.insert(file.name.clone());
                let source = graph.find(&reader.address, Scope::State(&file.name));
                let reached = graph.reach(&source.unwrap_or_default(), Direction::Dependents, None);
                readers.dependents += reached.len();
            }
        }
        readers
    }
}

/// Whether a change is one: nothing that stays where and as it is, and nothing that is only read.
fn is_told(change: &ShownChange) -> bool {
    match change.action {
        Some(Action::NoOp) => change.previous_address.is_some() || change.importing.is_some(),
        Some(Action::Read) => false,
        _ => true,
    }
}

fn action(change: &ShownChange) -> Option<&'static str> {
    match change.action? {
        Action::NoOp if change.importing.is_some() => Some("import"),
        Action::NoOp => Some("move"),
        action => Some(action.as_str()),
    }
}

/// What depends on what.
struct Reached {
    graph: Arc<Graph>,
    /// The states that read an instance directly, by its state and address.
    readers: HashMap<(usize, String), BTreeSet<usize>>,
}

impl Reached {
    fn of(known: &Known) -> Reached {
        let (remote, shared) = known.between();
        let mut readers: HashMap<_, BTreeSet<usize>> = HashMap::new();
        for link in remote.links.iter().chain(&shared.links) {
            if let Some(producer) = &link.producer {
                let key = (producer.state, producer.address.to_string());
                readers.entry(key).or_default().insert(link.consumer.state);
            }
        }
        Reached {
            graph: known.graph(),
            readers,
        }
    }
}

/// What is around an object.
#[derive(Default)]
struct Around {
    /// How many instances depend on it; `None` where its state is not known.
    dependents: Option<usize>,
    /// The names of the other states that hold any.
    states: BTreeSet<String>,
    /// The names of the other states that read it directly.
    readers: BTreeSet<String>,
}

impl Around {
    fn of(
        reach: Option<&Reached>,
        plan: &FoundPlan,
        change: &ShownChange,
        files: &[StateFile],
    ) -> Around {
        let (Some(reach), Some(state)) = (reach, plan.state) else {
            return Around::default();
        };
        let Some(file) = files.get(state) else {
            return Around::default();
        };
        // What was left over when its successor was made has nobody who knows it.
        if change.deposed.is_some() {
            return Around {
                dependents: Some(0),
                ..Around::default()
            };
        }
        // The state has what is moved where it was.
        let address = change.previous_address.as_ref().unwrap_or(&change.address);
        let graph = &reach.graph;
        // What is not there yet, nothing depends on.
        let starts = graph
            .find(address, Scope::State(&file.name))
            .unwrap_or_default();
        let reached = graph.reach(&starts, Direction::Dependents, None);
        let others = reached
            .iter()
            .filter(|reached| graph.state_of(reached.node) != state)
            .map(|reached| graph.state_name(reached.node).to_owned());
        let readers = reach.readers.get(&(state, address.clone()));
        let readers = readers
            .into_iter()
            .flatten()
            .filter(|reader| **reader != state);
        Around {
            dependents: Some(reached.len()),
            states: others.collect(),
            readers: readers
                .filter_map(|reader| files.get(*reader))
                .map(|file| file.name.clone())
                .collect(),
        }
    }
}

/// How much can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Risk {
    High,
    Medium,
    Low,
}

impl Risk {
    fn as_str(self) -> &'static str {
        match self {
            Risk::High => "high",
            Risk::Medium => "medium",
            Risk::Low => "low",
        }
    }
}

/// The risk of a change, and why.
///
/// High: an object is destroyed on which another state or many instances depend, or of which it is not
/// known what does. Medium: any other that is destroyed, and what is changed or forgotten while another
/// state depends on it. Low: the rest.
fn judge(change: &ShownChange, around: &Around) -> (Risk, String) {
    let others: BTreeSet<&String> = around.states.union(&around.readers).collect();
    let states = match others.len() {
        0 => None,
        1 => Some("1 other state depends on it".to_owned()),
        count => Some(format!("{count} other states depend on it")),
    };
    let is_changed = matches!(change.action, Some(Action::Update | Action::Forget) | None);
    match (change.destroys(), around.dependents, states) {
        (true, None, _) => {
            let reason = "it is destroyed, and what depends on it is not known";
            (Risk::High, reason.to_owned())
        }
        (true, _, Some(states)) => (Risk::High, format!("it is destroyed, and {states}")),
        (true, Some(count), None) if count >= MANY => {
            let reason = format!("it is destroyed, and {count} instances depend on it");
            (Risk::High, reason)
        }
        (true, Some(0), None) => (Risk::Medium, "it is destroyed".to_owned()),
        (true, Some(1), None) => {
            let reason = "it is destroyed, and 1 instance depends on it";
            (Risk::Medium, reason.to_owned())
        }
        (true, Some(count), None) => {
            let reason = format!("it is destroyed, and {count} instances depend on it");
            (Risk::Medium, reason)
        }
        (false, _, Some(states)) if is_changed => (Risk::Medium, states),
        _ => {
            let reason = match change.action {
                Some(Action::Create) => "it is new",
                Some(Action::Forget) => "it stays as it is, and leaves the state",
                Some(Action::NoOp) => "it stays as it is",
                Some(Action::Replace) => "it is made anew, and the old one stays",
                _ => "it is changed in place",
            };
            (Risk::Low, reason.to_owned())
        }
    }
}
