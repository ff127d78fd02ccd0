//! `sgq history ADDRESS`: one resource's life, and `sgq blame STATE`: who changed what last.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::time::SystemTime;

use arrow::array::{
    ArrayRef, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use serde_json::Value;

use super::args::Lived;
use super::cancel::{self, Unfinished};
use super::exit::{Exit, Failure};
use super::lines::{ARROW, change_line, painted};
use super::progress::Progress;
use super::results::{Ended, exit_code, no_answer, note_if_empty, report_failures, write_batch};
use super::run;
use super::settings::Settings;
use super::target::Target;
use super::tell::tell;
use crate::engine::closest;
use crate::engine::tables::micros;
use crate::format::{InstanceAddress, Meaning, PathChange};
use crate::history::{Action, Change, Chronicle, History, Reader, Shown, Wanted};
use crate::inventory::{Inventory, Life};
use crate::output::terminal::visible;
use crate::output::{Format, OutputError, Style};

/// Lists the last version, author and commit that changed each instance of a state.
///
/// # Errors
///
/// When there is no such state, or the report fails.
pub(super) fn blame(settings: &Settings, state: &str) -> Result<Exit, Failure> {
    let of = format!("state={state}");
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
    let found = asked
        .find()
        .map_err(|message| no_answer(&message, &inventory, settings))?;
    let look = target.look();
    let written = match look.format {
        Format::Table => asked
            .write(&found, &look.style, target.writer())
            .map_err(|error| OutputError::from(error).into()),
        _ => {
            let rows = asked.rows(&found).map_err(Failure::query)?;
            write_batch(&rows, look, target.writer())
        }
    };
    match written {
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
        // Who leaves one state does so before arriving in another.
        found.sort_by_key(|found| (time(found), found.1.to.is_none(), found.0, found.1.version));
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
            ("changes", self.changes(found, &shown)),
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

    /// The changes, a version after the other, for people.
    fn write(
        &self,
        found: &[Found<'a>],
        style: &Style,
        out: Box<dyn Write + Send + '_>,
    ) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        let shown = self.shown(found);
        let mut last = None;
        for (found, shown) in found.iter().zip(&shown) {
            let (life, change) = found;
            if last != Some((*life, change.version)) {
                last = Some((*life, change.version));
                writeln!(out, "{}", self.heading(found, style))?;
            }
            let (sign, color) = sign(change.action);
            let sign = painted(sign, color, style);
            let name = name(change);
            let name = visible(&name);
            let action = painted(change.action.as_str(), "2", style);
            writeln!(
                out,
                "  {sign} {name} {action}{}",
                visible(&self.way(change))
            )?;
            for change in shown.paths.iter().flatten() {
                writeln!(out, "{}", change_line(change, style))?;
            }
        }
        out.flush()
    }

    /// When a version was recorded, what it is, and by whom.
    fn heading(&self, found: &Found<'_>, style: &Style) -> String {
        let version = self.version(found);
        let name = &self.inventory.lives()[found.0].name;
        let time = match version.recorded.at {
            Some(time) => minute(time),
            None => "at an unknown time".to_owned(),
        };
        let mut heading = painted(
            &format!("{time}  {} v{}", visible(name), version.number),
            "1",
            style,
        );
        let recorded = &version.recorded;
        for told in [&recorded.author, &recorded.message].into_iter().flatten() {
            let _ = write!(heading, "  {}", visible(told));
        }
        if let Some(commit) = recorded.commit.as_ref().and_then(|commit| commit.get(..12)) {
            let _ = write!(heading, "  {}", painted(commit, "33", style));
        }
        heading
    }

    /// Where an object came from or went; nothing where it did not move.
    fn way(&self, change: &Change) -> String {
        let lives = self.inventory.lives();
        match (&change.from, &change.to) {
            (Some(from), _) => format!(
                " from {} in {}",
                from.place.address, lives[from.place.life].name
            ),
            (None, Some(to)) => format!(" to {} in {}", to.address, lives[to.life].name),
            (None, None) => String::new(),
        }
    }

    /// What each change changed, as texts.
    fn changes(&self, found: &[Found<'a>], shown: &[Shown]) -> ArrayRef {
        let mut lists = ListBuilder::new(StringBuilder::new());
        for ((_, change), shown) in found.iter().zip(shown) {
            let way = Some(self.way(change)).filter(|way| !way.is_empty());
            let way = way.map(|way| way.trim_start().to_owned());
            let changes = shown.paths.iter().flatten().map(text_of);
            lists.append_value(way.into_iter().chain(changes).map(Some));
        }
        Arc::new(lists.finish())
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

/// A minute in UTC.
fn minute(time: SystemTime) -> String {
    match jiff::Timestamp::try_from(time) {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => "at an unknown time".to_owned(),
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

/// `size: 1 → 2`; of what is hidden only that it changed.
fn text_of(change: &PathChange) -> String {
    let value = |value: &Option<Value>| match value {
        Some(value) => value.to_string(),
        None => "null".to_owned(),
    };
    let (before, after) = (value(&change.before), value(&change.after));
    match before == after {
        true => format!("{}: changed", change.path),
        false => format!("{}: {before}{ARROW}{after}", change.path),
    }
}

/// What stands before an object, and its color of ANSI's.
fn sign(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Create => ("+", "32"),
        Action::Delete | Action::Forget => ("-", "31"),
        Action::Replace | Action::Depose => ("±", "31"),
        Action::Move => (">", "36"),
        Action::Update | Action::Taint | Action::Untaint => ("~", "33"),
    }
}
