//! `instances_history`: one row per instance and interval in which it was as it is.

use std::collections::HashMap;
use std::ops::ControlFlow;

use arrow::array::{ArrayRef, new_null_array};
use arrow::compute::concat;
use datafusion::error::Result;

use super::TableRows;
use super::batches::MakeColumns;
use super::column::{Column, Kind, Origin, all_texts, numbers, texts, timestamps};
use super::instances::{self, Instances};
use super::versions::{self, Make, VersionRows};
use crate::format::{Redacted, State};
use crate::history::{Change, Chronicle, History};
use crate::inventory::{Extent, Opened, Workspace};
use crate::parallel;

const OF_INTERVAL: &[Column] = &[
    Column::of_rows(
        "valid_from",
        Kind::Timestamp,
        "When the version was recorded that has it so first.",
    ),
    Column::of_rows(
        "valid_to",
        Kind::Timestamp,
        "When the version was recorded that has it otherwise, or no longer; NULL while it is so.",
    ),
    Column::of_rows(
        "version_from",
        Kind::BigInt,
        "The first version that has it so, as in state_versions.version.",
    ),
    Column::of_rows(
        "version_to",
        Kind::BigInt,
        "The first version that no longer has it so; NULL while it is so.",
    ),
];

#[derive(Debug)]
pub(super) struct InstancesHistory;

/// An object as it was from one change of it to the next.
#[derive(Debug, Clone, Copy)]
pub(super) struct Interval<'h> {
    life: usize,
    start: &'h Change,
    /// The position of the version that has it otherwise.
    end: Option<usize>,
}

/// The intervals of one state, in the order in which they begin.
fn intervals(life: usize, chronicle: &Chronicle) -> Vec<Interval<'_>> {
    let mut intervals: Vec<Interval<'_>> = Vec::new();
    let mut open: HashMap<(&str, Option<&str>), usize> = HashMap::new();
    for changes in chronicle
        .changes
        .chunk_by(|one, other| one.version == other.version)
    {
        // What moves within a version ends at all its places before it begins at any.
        for change in changes {
            let deposed = change.deposed.as_deref();
            let within = change.from.as_ref().filter(|from| from.place.life == life);
            let left = within.map(|from| from.place.address.as_ref());
            for address in left.into_iter().chain([change.address.as_ref()]) {
                if let Some(before) = open.remove(&(address, deposed)) {
                    intervals[before].end = Some(change.version);
                }
            }
        }
        for change in changes.iter().filter(|change| !change.ends()) {
            open.insert(
                (&change.address, change.deposed.as_deref()),
                intervals.len(),
            );
            intervals.push(Interval {
                life,
                start: change,
                end: None,
            });
        }
    }
    intervals
}

impl VersionRows for InstancesHistory {
    type Row<'h> = Interval<'h>;
    const NAME: &'static str = "instances_history";
    const ABOUT: &'static str = "One row per instance and interval in which it was as it is told: what instances held when.";

    fn columns() -> Vec<Column> {
        let of_state = versions::OF_VERSION[..2].iter().cloned();
        let of_instance = Instances::COLUMNS.iter().map(|column| Column {
            origin: match column.name.as_ref() {
                "address" | "type" | "deposed" => Origin::Rows,
                _ => Origin::CostlyRows,
            },
            ..column.clone()
        });
        let of_interval = OF_INTERVAL.iter().cloned();
        of_state.chain(of_interval).chain(of_instance).collect()
    }

    fn rows<'h>(
        history: &'h History,
        emit: &mut dyn FnMut(Self::Row<'h>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut chronicles = history.chronicles.iter().enumerate();
        chronicles.try_for_each(|(life, chronicle)| {
            intervals(life, chronicle)
                .into_iter()
                .try_for_each(&mut *emit)
        })
    }
}

impl Make<'_> {
    /// The columns that a version itself must be opened for, of intervals that begin with it; none
    /// where it cannot be opened any more.
    fn opened(
        &self,
        workspace: &mut Workspace,
        columns: &[&Column],
        rows: &[Interval<'_>],
    ) -> Vec<ArrayRef> {
        let nothing = || {
            let empty = |column: &&Column| new_null_array(&column.kind.data_type(), rows.len());
            columns.iter().map(empty).collect()
        };
        let Some(first) = rows.first() else {
            return nothing();
        };
        let inventory = self.known.inventory();
        let life = &inventory.lives()[first.life];
        let version = &life.versions[first.start.version];
        let open = |opened: Opened<'_>| match opened {
            Opened::State(state, redacted) => of_state(state, redacted, columns, rows),
            Opened::Encrypted(_) | Opened::Nothing(_) => None,
        };
        let (made, _) = inventory.open_version(version, Extent::Values, workspace, open);
        made.unwrap_or_else(nothing)
    }
}

/// The columns of instances of a state; `None` where one of them is not in it.
fn of_state(
    state: &State<'_>,
    redacted: &Redacted<'_>,
    columns: &[&Column],
    rows: &[Interval<'_>],
) -> Option<Vec<ArrayRef>> {
    let wanted: HashMap<(&str, Option<&str>), usize> = rows
        .iter()
        .enumerate()
        .map(|(position, row)| {
            let start = row.start;
            ((start.address.as_ref(), start.deposed.as_deref()), position)
        })
        .collect();
    let mut found = vec![None; rows.len()];
    for resource in &state.resources {
        for instance in &resource.instances {
            let address = resource.instance_address(instance).to_string();
            let name = (address.as_str(), instance.deposed.as_deref());
            if let Some(position) = wanted.get(&name) {
                found[*position] = Some((resource, instance));
            }
        }
    }
    let found: Vec<instances::Row<'_>> = found.into_iter().collect::<Option<_>>()?;
    let array = |column: &&Column| instances::array(&column.name, &found, redacted, None);
    Some(columns.iter().map(array).collect())
}

impl<'h> MakeColumns<Interval<'h>> for Make<'_> {
    fn column(&self, column: &Column, rows: &[Interval<'h>]) -> Result<ArrayRef> {
        let lives = self.known.inventory().lives();
        let starts = rows.iter().map(|row| row.start);
        let from = |row: &Interval<'_>| &lives[row.life].versions[row.start.version];
        let to = |row: &Interval<'_>| Some(&lives[row.life].versions[row.end?]);
        Ok(match column.name.as_ref() {
            "valid_from" => timestamps(rows.iter().map(|row| from(row).held_from)),
            "valid_to" => timestamps(rows.iter().map(|row| to(row)?.held_from)),
            "version_from" => numbers(rows.iter().map(|row| Some(from(row).number))),
            "version_to" => numbers(rows.iter().map(|row| Some(to(row)?.number))),
            "address" => all_texts(starts.map(|start| &start.address)),
            "type" => all_texts(starts.map(|start| &start.type_name)),
            "deposed" => texts(starts.map(|start| start.deposed.as_ref())),
            of_state => {
                let places = rows.iter().map(|row| (row.life, row.start.version));
                versions::array(of_state, self.known, self.history, places)
            }
        })
    }

    fn projected(&self, rows: &[Interval<'h>]) -> Result<Vec<ArrayRef>> {
        let wanted: Vec<&Column> = self.wanted().collect();
        let is_costly = |column: &&&Column| matches!(column.origin, Origin::CostlyRows);
        let costly: Vec<&Column> = wanted.iter().filter(is_costly).copied().collect();
        let mut opened = Vec::new().into_iter();
        if !costly.is_empty() {
            let of_one_version = |one: &Interval<'_>, other: &Interval<'_>| {
                (one.life, one.start.version) == (other.life, other.start.version)
            };
            let groups: Vec<&[Interval<'h>]> = rows.chunk_by(of_one_version).collect();
            let parts = parallel::map(
                self.known.threads(),
                &groups,
                Workspace::default,
                |workspace, group| self.opened(workspace, &costly, group),
            );
            let mut arrays = Vec::with_capacity(costly.len());
            for position in 0..costly.len() {
                let parts: Vec<_> = parts.iter().map(|part| part[position].as_ref()).collect();
                arrays.push(concat(&parts)?);
            }
            opened = arrays.into_iter();
        }
        let arrays = wanted.iter().map(|column| match is_costly(&column) {
            true => Ok(opened
                .next()
                .unwrap_or_else(|| new_null_array(&column.kind.data_type(), rows.len()))),
            false => self.column(column, rows),
        });
        arrays.collect()
    }
}
