//! `sgq history ADDRESS`: one resource's life, and `sgq blame STATE`: who changed what last.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use serde_json::Value;

use super::args::Lived;
use super::cancel::{self, Unfinished};
use super::exit::{Exit, Failure};
use super::progress::Progress;
use super::results::{Ended, exit_code, note_if_empty, report_failures, write_batch};
use super::run;
use super::settings::Settings;
use super::target::Target;
use super::tell::tell;
use crate::engine::closest;
use crate::engine::tables::micros;
use crate::format::{InstanceAddress, Meaning, PathChange};
use crate::history::{Change, Chronicle, History, Reader, Shown, Wanted};
use crate::inventory::{Inventory, Life};
use crate::output::terminal::visible;

/// Lists the last version, author and commit that changed each instance of a state.
///
/// # Errors
///
/// When there is no such state, or the report fails.
pub(super) fn blame(settings: &Settings, state: &str) -> Result<Exit, Failure> {
    let of = format!("of={state}");
    run::run(settings, &["blame".to_owned()], &[of], false)
}

/// Lists what happened to the instances that an address means, and to what they were before.
///
/// # Errors
///
/// When no state ever had the address, or several have it and none is named.
pub(super) fn history(settings: &Settings, of: &Lived) -> Result<Exit, Failure> {
    let unfinished = Unfinished::default();
    cancel::watch(settings.timeout.as_ref(), &unfinished);
    let target = Target::open(settings, &unfinished)?;
    let inventory = Arc::new(settings.inventory()?);
    let progress = Progress::of(&inventory);
    let history = History::survey(&inventory, settings.engine.threads);
    progress.end();
    report_failures(&inventory);
    note_if_empty(&inventory);
    let asked = Asked {
        inventory: &inventory,
        history: &history,
        of,
    };
    let found = asked.find().map_err(|message| Failure {
        exit: match exit_code(&inventory, settings) {
            Exit::Success => Exit::Query,
            unread => unread,
        },
        message: Some(visible(&message).into_owned()),
    })?;
    let rows = asked.rows(&found).map_err(Failure::query)?;
    match write_batch(&rows, target.look(), target.writer()) {
        Ok(()) => target.keep()?,
        Err(Ended::ByReader) => return Ok(Exit::Success),
        Err(Ended::ByFailure(failure)) => return Err(failure),
    }
    tell!("sgq: {}", visible(&asked.summary(&found)));
    Ok(exit_code(&inventory, settings))
}

/// What is asked, and of what.
struct Asked<'a> {
    inventory: &'a Inventory,
    history: &'a History,
    of: &'a Lived,
}

/// A change of the state at a position among those with versions.
type Found<'a> = (usize, &'a Change);

impl<'a> Asked<'a> {
    fn lives(&self) -> impl Iterator<Item = (usize, &'a Life, &'a Chronicle)> {
        let lives = self.inventory.lives().iter().enumerate();
        lives
            .zip(&self.history.chronicles)
            .map(|((position, life), chronicle)| (position, life, chronicle))
    }

    /// The changes that are asked for, in the order in which they were recorded.
    ///
    /// # Errors
    ///
    /// A sentence, when there are none or it is not clear whose.
    fn find(&self) -> Result<Vec<Found<'a>>, String> {
        let Lived {
            address,
            state,
            all_states,
        } = self.of;
        if let Some(state) = state
            && self.lives().all(|(_, life, _)| life.name != *state)
        {
            let names = self.lives().map(|(_, life, _)| life.name.as_str());
            let near = closest(state, names).map(|near| format!("; did you mean {near}?"));
            return Err(format!(
                "there is no state {state}{}",
                near.unwrap_or_default()
            ));
        }
        let meaning = Meaning::parse(address)
            .map_err(|error| format!("{address} is no address: {error}{}", self.near(address)))?;
        let is_asked = |life: &Life| state.as_ref().is_none_or(|state| life.name == *state);
        let mut places: BTreeSet<(usize, &str)> = BTreeSet::new();
        for (position, _, chronicle) in self.lives().filter(|(_, life, _)| is_asked(life)) {
            let mut known: BTreeMap<&str, bool> = BTreeMap::new();
            for change in &chronicle.changes {
                let is_meant = known.entry(&change.address).or_insert_with(|| {
                    let address = change.address.parse::<InstanceAddress>();
                    address.is_ok_and(|address| meaning.covers(&address))
                });
                if *is_meant {
                    places.insert((position, &change.address));
                }
            }
        }
        let states: BTreeSet<usize> = places.iter().map(|(position, _)| *position).collect();
        if places.is_empty() {
            return Err(match state {
                Some(state) => format!(
                    "state {state} never had an instance {address} as far as is known{}",
                    self.near(address)
                ),
                None => format!(
                    "no state ever had an instance {address} as far as is known{}",
                    self.near(address)
                ),
            });
        }
        if states.len() > 1 && !all_states && !self.is_one_life(&states, &places) {
            let lives = self.inventory.lives();
            let names: Vec<&str> = states
                .iter()
                .map(|life| lives[*life].name.as_str())
                .collect();
            return Err(format!(
                "{address} is in {} states: {}; name one with --state, or take all with --all-states",
                names.len(),
                names.join(", ")
            ));
        }
        self.follow(&mut places);
        let mut found: Vec<Found<'a>> = Vec::new();
        for (position, _, chronicle) in self.lives() {
            let changes = chronicle.changes.iter();
            let asked = changes.filter(|change| {
                !change.is_base && places.contains(&(position, change.address.as_ref()))
            });
            found.extend(asked.map(|change| (position, change)));
        }
        let time = |found: &Found<'_>| self.version(found).recorded.at;
        found.sort_by_key(|found| (time(found), found.0, found.1.version));
        Ok(found)
    }

    /// Whether the places in several states are those of one object that moved between them.
    fn is_one_life(&self, states: &BTreeSet<usize>, places: &BTreeSet<(usize, &'a str)>) -> bool {
        let Some(first) = states.first() else {
            return true;
        };
        let of_first = places.iter().filter(|(life, _)| life == first);
        let mut followed: BTreeSet<(usize, &str)> = of_first.copied().collect();
        self.follow(&mut followed);
        places.is_subset(&followed)
    }

    /// Adds where the objects at some places were before, and where they went.
    fn follow(&self, places: &mut BTreeSet<(usize, &'a str)>) {
        loop {
            let before = places.len();
            for (position, _, chronicle) in self.lives() {
                for change in &chronicle.changes {
                    let here = (position, change.address.as_ref());
                    let from = change.from.as_ref();
                    let from = from.map(|from| (from.place.life, from.place.address.as_ref()));
                    let to = change.to.as_ref();
                    let to = to.map(|to| (to.life, to.address.as_ref()));
                    for other in from.into_iter().chain(to) {
                        if places.contains(&here) {
                            places.insert(other);
                        } else if places.contains(&other) {
                            places.insert(here);
                        }
                    }
                }
            }
            if places.len() == before {
                return;
            }
        }
    }

    /// The nearest address, as the end of a sentence.
    fn near(&self, address: &str) -> String {
        let changes = self
            .lives()
            .flat_map(|(_, _, chronicle)| &chronicle.changes);
        let addresses: BTreeSet<&str> = changes.map(|change| change.address.as_ref()).collect();
        closest(address, addresses)
            .map(|near| format!("; did you mean {near}?"))
            .unwrap_or_default()
    }

    fn version(&self, (life, change): &Found<'_>) -> &'a crate::inventory::Version {
        &self.inventory.lives()[*life].versions[change.version]
    }

    /// What of each change is told.
    fn shown(&self, found: &[Found<'a>]) -> Vec<Shown> {
        let wanted = Wanted {
            paths: true,
            ..Wanted::default()
        };
        let mut reader = Reader::new(self.inventory);
        let of_one_version = |one: &Found<'_>, other: &Found<'_>| {
            (one.0, one.1.version) == (other.0, other.1.version)
        };
        let groups = found.chunk_by(of_one_version);
        groups
            .flat_map(|group| {
                let changes: Vec<&Change> = group.iter().map(|(_, change)| *change).collect();
                reader.show(group[0].0, &changes, wanted)
            })
            .collect()
    }

    fn rows(&self, found: &[Found<'a>]) -> arrow::error::Result<RecordBatch> {
        let shown = self.shown(found);
        let lives = self.inventory.lives();
        let versions = || found.iter().map(|found| self.version(found));
        let text = |texts: Vec<Option<String>>| -> ArrayRef { Arc::new(StringArray::from(texts)) };
        let at = |time: Option<SystemTime>| time.and_then(micros);
        let times: TimestampMicrosecondArray =
            versions().map(|version| at(version.recorded.at)).collect();
        let numbers = versions().map(|version| i64::try_from(version.number).ok());
        let columns: [(&str, ArrayRef); 9] = [
            ("recorded_at", Arc::new(times.with_timezone("UTC"))),
            (
                "state",
                text(
                    found
                        .iter()
                        .map(|(life, _)| Some(lives[*life].name.clone()))
                        .collect(),
                ),
            ),
            ("version", Arc::new(numbers.collect::<Int64Array>())),
            (
                "author",
                text(
                    versions()
                        .map(|version| version.recorded.author.clone())
                        .collect(),
                ),
            ),
            (
                "commit",
                text(
                    versions()
                        .map(|version| {
                            Some(version.recorded.commit.as_ref()?.get(..12)?.to_owned())
                        })
                        .collect(),
                ),
            ),
            (
                "action",
                text(
                    found
                        .iter()
                        .map(|(_, change)| Some(change.action.as_str().to_owned()))
                        .collect(),
                ),
            ),
            (
                "address",
                text(found.iter().map(|(_, change)| Some(name(change))).collect()),
            ),
            (
                "changes",
                text(
                    found
                        .iter()
                        .zip(&shown)
                        .map(|((_, change), shown)| self.told(change, shown))
                        .collect(),
                ),
            ),
            (
                "message",
                text(
                    versions()
                        .map(|version| version.recorded.message.clone())
                        .collect(),
                ),
            ),
        ];
        let columns = columns.map(|(name, values)| (name, values, true));
        RecordBatch::try_from_iter_with_nullable(columns)
    }

    /// What a change changed, a line for each attribute; `None` where that is all of it.
    fn told(&self, change: &Change, shown: &Shown) -> Option<String> {
        let lives = self.inventory.lives();
        let mut lines = Vec::new();
        if let Some(from) = &change.from {
            lines.push(format!(
                "from {} of {}",
                from.place.address, lives[from.place.life].name
            ));
        }
        if let Some(to) = &change.to {
            lines.push(format!("to {} of {}", to.address, lives[to.life].name));
        }
        lines.extend(shown.paths.iter().flatten().map(line));
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn summary(&self, found: &[Found<'a>]) -> String {
        let address = &self.of.address;
        let times: Vec<SystemTime> = found
            .iter()
            .filter_map(|found| self.version(found).recorded.at)
            .collect();
        let plural = if found.len() == 1 { "" } else { "s" };
        let authors: BTreeSet<&str> = found
            .iter()
            .filter_map(|found| self.version(found).recorded.author.as_deref())
            .collect();
        let mut summary = format!("{} change{plural} of {address}", found.len());
        if let (Some(first), Some(last)) = (times.iter().min(), times.iter().max())
            && first != last
        {
            let _ = write!(summary, " from {} to {}", day(*first), day(*last));
        }
        if !authors.is_empty() {
            let authors: Vec<&str> = authors.into_iter().collect();
            let _ = write!(summary, " by {}", authors.join(", "));
        }
        summary
    }
}

/// A day in UTC.
fn day(time: SystemTime) -> String {
    match jiff::Timestamp::try_from(time) {
        Ok(time) => time.strftime("%Y-%m-%d").to_string(),
        Err(_) => "an unknown day".to_owned(),
    }
}

/// An instance, and the key of a deposed object of it as Terraform names it.
fn name(change: &Change) -> String {
    match &change.deposed {
        Some(deposed) => format!("{} (deposed {deposed})", change.address),
        None => change.address.to_string(),
    }
}

/// `size: 1 -> 2`.
fn line(change: &PathChange) -> String {
    let value = |value: &Option<Value>| match value {
        Some(value) => value.to_string(),
        None => "null".to_owned(),
    };
    let (before, after) = (value(&change.before), value(&change.after));
    match before == after {
        // Hidden on both sides.
        true => format!("{}: changed", change.path),
        false => format!("{}: {before} -> {after}", change.path),
    }
}
