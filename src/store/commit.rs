//! Writing a version: what a writer changed since the version it started from, onto the newest one.

use ::postgres::Transaction;
use jiff::Timestamp;

use super::authorship::{Authorship, Operation};
use super::capture::forget;
use super::delta::{self, ContentSum, Delta, Other, PartIndex, PartKey};
use super::documents::{At, top_text};
use super::held::{Before, before, content, known};
use super::lookup::FoundState;
use super::meanwhile::{others, same_objects};
use super::names::lock;
use super::recording::{Header, Recording};
use super::reshow::reshow;
use super::versions::{NewVersion, begin_transaction, insert_version, member};
use super::write::{self, Ended, Rows, Written};
use super::{Store, StoreError};
use crate::format::{Redaction, TopMember};

/// The version that a writer started from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// None: the state is new.
    Nothing,
    /// A version.
    Version(i64),
    /// The newest there is, whatever it is, or none: what is written takes its place as a whole.
    Newest,
}

/// What is written.
#[derive(Debug, Clone)]
pub struct Write<'w> {
    /// The state's name.
    pub state: &'w str,
    /// The workspace it is of, for a state that is new.
    pub workspace: &'w str,
    /// The version it was made from.
    pub base: Base,
    /// What kind of write it is.
    pub operation: Operation,
    /// Who writes, and why.
    pub authorship: &'w Authorship,
    /// When it began to hold; `None` for now.
    pub recorded_at: Option<Timestamp>,
    /// Whether it may be of another lineage than what the store has: a state that was made anew.
    pub may_be_made_anew: bool,
    /// The captured write that it is made of.
    pub captured: Option<i64>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    /// A version was written.
    Version {
        /// Its number.
        version: i64,
        /// What it took.
        written: Written,
        /// How many versions others had written since the base.
        others: i64,
    },
    /// The newest version says the same already.
    Unchanged {
        /// Its number.
        version: i64,
    },
}

impl Store {
    /// Writes a recording as a new version of the state that was found, or of a new one.
    pub(super) fn commit(
        &mut self,
        write: &Write<'_>,
        mut found: Option<FoundState>,
        recording: &Recording<'_>,
        redaction: &Redaction,
    ) -> Result<Committed, StoreError> {
        self.check_captured(write.state, write.operation)?;
        loop {
            if let Some(committed) = self.attempt(write, found.as_ref(), recording, redaction)? {
                return Ok(committed);
            }
            found = match found {
                Some(state) if state.is_removed => Some(self.state(write.state)?),
                _ => self.find(write.state)?,
            };
        }
    }

    /// The same; `None` where somebody else wrote in this moment, and what is written takes the place of
    /// whatever is the newest.
    fn attempt(
        &mut self,
        write: &Write<'_>,
        found: Option<&FoundState>,
        recording: &Recording<'_>,
        redaction: &Redaction,
    ) -> Result<Option<Committed>, StoreError> {
        let base = match (found, write.base) {
            (None, Base::Version(_)) => return Err(self.no_state(write.state)),
            (Some(state), Base::Nothing) => {
                return Err(StoreError::Exists {
                    state: write.state.to_owned(),
                    newest: state.newest,
                });
            }
            (Some(state), Base::Version(version)) if !(1..=state.newest).contains(&version) => {
                return Err(StoreError::NoVersion {
                    state: write.state.to_owned(),
                    version,
                    newest: state.newest,
                });
            }
            (Some(state), Base::Version(version)) => Some((state.id, version)),
            (Some(state), Base::Newest) => Some((state.id, state.newest)),
            (None, Base::Nothing | Base::Newest) => None,
        };
        let start = match base {
            Some((state_id, version)) => {
                let at = At { state_id, version };
                let before = before(&mut self.client, at)?;
                let known = known(&mut self.client, at, &before)?;
                Some((before, known))
            }
            None => None,
        };
        let nothing = Vec::new();
        let known = start.as_ref().map_or(&nothing, |(_, known)| known);
        let delta = Delta::between(known, &recording.parts);
        let start = start.as_ref().map(|(before, _)| before);
        let header = recording.header();
        if let Some(before) = start {
            check_lineage(write, &header, before)?;
        }
        let mut transaction = self.client.transaction()?;
        let commit = Commit {
            write,
            recording,
            header,
            delta,
            redaction,
            start,
        };
        let committed = match base {
            None => {
                let made = transaction.query_opt(
                    "INSERT INTO recorded_states (name, workspace) VALUES ($1, $2) \
                     ON CONFLICT (name) WHERE removed_at IS NULL DO NOTHING RETURNING state_id",
                    &[&write.state, &write.workspace],
                )?;
                let Some(made) = made else {
                    // Somebody made it in this moment.
                    drop(transaction);
                    if write.base == Base::Newest {
                        return Ok(None);
                    }
                    let newest = self.find(write.state)?.map_or(1, |state| state.newest);
                    return Err(StoreError::Exists {
                        state: write.state.to_owned(),
                        newest,
                    });
                };
                commit.onto(&mut transaction, made.get(0), 0)?
            }
            Some((state_id, version)) => {
                let newest = lock(&mut transaction, state_id)?;
                if write.base == Base::Newest && newest != version {
                    return Ok(None);
                }
                commit.onto(&mut transaction, state_id, newest)?
            }
        };
        if let Some(captured) = write.captured {
            forget(&mut transaction, captured)?;
        }
        transaction.commit()?;
        Ok(Some(committed))
    }
}

fn check_lineage(write: &Write<'_>, header: &Header, before: &Before) -> Result<(), StoreError> {
    match (&before.lineage, &header.lineage) {
        (Some(ours), Some(theirs)) if ours != theirs && !write.may_be_made_anew => {
            Err(StoreError::Lineage {
                state: write.state.to_owned(),
                ours: ours.clone(),
                theirs: theirs.clone(),
            })
        }
        _ => Ok(()),
    }
}

/// A write whose difference to its base is known.
struct Commit<'c, 'w> {
    write: &'c Write<'w>,
    recording: &'c Recording<'c>,
    header: Header,
    delta: Delta,
    redaction: &'c Redaction,
    start: Option<&'c Before>,
}

impl Commit<'_, '_> {
    /// Writes the difference onto the newest version, of a state that nobody else writes to now.
    fn onto(
        mut self,
        transaction: &mut Transaction<'_>,
        state_id: i64,
        newest: i64,
    ) -> Result<Committed, StoreError> {
        let base = self.start.map_or(0, |before| before.version);
        let onto = match newest == base {
            true => None,
            false => Some(before(
                transaction,
                At {
                    state_id,
                    version: newest,
                },
            )?),
        };
        if let Some(onto) = &onto {
            let others = self.others(transaction, state_id, base, onto)?;
            let delta = std::mem::take(&mut self.delta);
            self.delta = delta.onto(&others, &onto.members, &self.recording.parts);
        }
        let top = self.top(onto.as_ref());
        let last = onto.as_ref().or(self.start);
        if let Some(last) = last {
            let document = self.recording.document;
            let is_same_document = last.document.as_deref() == document;
            let is_same_top = last.members == top || document.is_some() || onto.is_some();
            if self.delta.is_empty() && is_same_document && is_same_top && last.status != "removed"
            {
                return Ok(Committed::Unchanged {
                    version: last.version,
                });
            }
        }
        let version = newest + 1;
        let (ended, rows) = self.rows();
        self.insert(transaction, state_id, version, &top, last)?;
        let (ended_rows, changed_in) = write::end(transaction, state_id, version, &ended)?;
        let mut written = write::begin(
            transaction,
            self.recording,
            state_id,
            version,
            &rows,
            &changed_in,
        )?;
        written.ended = ended_rows;
        transaction.execute(
            "UPDATE recorded_states SET newest_version = $2, removed_at = NULL WHERE state_id = $1",
            &[&state_id, &version],
        )?;
        // What is a secret in one part can be copied in another, be that of somebody else.
        let secrets = |before: Option<&Before>| before.and_then(|before| before.secrets.clone());
        let was = secrets(self.start);
        let others_have = onto.is_some() && secrets(onto.as_ref()) != was;
        if self.start.is_some() && was.as_deref() != self.secrets() || others_have {
            reshow(transaction, At { state_id, version }, self.redaction)?;
        }
        Ok(Committed::Version {
            version,
            written,
            others: newest - base,
        })
    }

    fn secrets(&self) -> Option<&[u8]> {
        self.header.secrets_hash.as_ref().map(<[u8; 32]>::as_slice)
    }

    /// What others changed since the base, where it does not meet with what this writer changed.
    ///
    /// # Errors
    ///
    /// Where it does.
    fn others(
        &self,
        transaction: &mut Transaction<'_>,
        state_id: i64,
        base: i64,
        onto: &Before,
    ) -> Result<Vec<Other>, StoreError> {
        check_lineage(self.write, &self.header, onto)?;
        let others = others(transaction, state_id, base, self.start, onto)?;
        let is_whole = |before: &Before| before.document.is_some() || before.status != "ok";
        if self.recording.document.is_some() || is_whole(onto) || self.start.is_some_and(is_whole) {
            let newest = others.iter().max_by_key(|other| other.version);
            return Err(StoreError::Whole {
                state: self.write.state.to_owned(),
                base,
                newest: onto.version,
                author: newest.and_then(|other| other.author.clone()),
            });
        }
        let mut overlaps = self.delta.overlaps(&others);
        let objects = self.new_objects();
        overlaps.extend(same_objects(transaction, state_id, base, &objects)?);
        match overlaps.is_empty() {
            true => Ok(others),
            false => Err(StoreError::Overlap {
                state: self.write.state.to_owned(),
                overlaps,
            }),
        }
    }

    /// The members of the new version's document: those of the writer's or, where others wrote meanwhile, of
    /// theirs with what the writer changed, and a serial above theirs.
    fn top(&self, onto: Option<&Before>) -> Vec<TopMember> {
        let parts = &self.recording.parts;
        match onto {
            Some(onto) => {
                let mut top = self.delta.top(&onto.members, parts);
                self.count_on(&mut top, onto);
                top
            }
            None => {
                let mut top = parts.top.clone();
                if self.write.operation == Operation::Revert
                    && let Some(start) = self.start
                {
                    self.count_on(&mut top, start);
                }
                top
            }
        }
    }

    /// The real objects at addresses that are new: their types, and their ids as JSON.
    fn new_objects(&self) -> Vec<(PartKey, String, String)> {
        let added = self.delta.puts.iter().filter(|put| put.before.is_none());
        let object = |put: &delta::Put| {
            let PartIndex::Object { resource, instance } = put.at else {
                return None;
            };
            let row = self.recording.instance(resource, instance)?;
            let id = row.object_id()?;
            (row.mode == "managed" && row.deposed.is_none())
                .then(|| (put.key.clone(), row.type_name.into_owned(), id))
        };
        added.filter_map(object).collect()
    }

    /// Sees that the serial is above that of the version before.
    fn count_on(&self, top: &mut [TopMember], before: &Before) {
        let written = member(&before.members, "serial").and_then(|text| text.parse::<u64>().ok());
        let recorded = || before.serial.and_then(|serial| u64::try_from(serial).ok());
        let before = written.or_else(recorded);
        let next = (self.header.serial).max(before.map(|serial| serial.saturating_add(1)));
        let member = top.iter_mut().find(|member| member.name == "serial");
        if let (Some(member), Some(next)) = (member, next) {
            member.text = next.to_string();
        }
    }

    /// What ends with the version, and what begins.
    fn rows(&self) -> (Ended, Rows) {
        let mut ended = Ended::default();
        let mut rows = Rows::default();
        for put in &self.delta.puts {
            rows.add(put.at, put.position.clone());
            if put.before.is_some() {
                ended.add(&put.key);
            }
        }
        for removal in &self.delta.removals {
            ended.add(&removal.key);
        }
        for moved in &self.delta.moves {
            rows.add(moved.at, Some(moved.position.clone()));
            ended.add(&moved.key);
        }
        (ended, rows)
    }

    /// What stands for all that the new version holds.
    fn content(&self, last: Option<&Before>) -> Vec<u8> {
        if let Some(document) = self.recording.document {
            return blake3::hash(document.as_bytes()).as_bytes().to_vec();
        }
        let mut sum = match last {
            Some(last) if last.document.is_none() && last.status == "ok" => last.content,
            // Everything is new.
            None => ContentSum::default(),
            _ => {
                return content(&delta::known(&self.recording.parts))
                    .to_bytes()
                    .to_vec();
            }
        };
        for put in &self.delta.puts {
            if let PartIndex::Top(_) = put.at {
                continue;
            }
            if let Some(before) = put.before {
                sum.remove(&put.key, before);
            }
            sum.add(&put.key, put.fingerprint);
        }
        for removal in &self.delta.removals {
            if !matches!(removal.key, PartKey::Top(_)) {
                sum.remove(&removal.key, removal.before);
            }
        }
        sum.to_bytes().to_vec()
    }

    /// How many resources, instances and outputs the new version has.
    fn counts(&self, last: Option<&Before>) -> [Option<i64>; 3] {
        let parts = &self.recording.parts;
        let Some(last) = last.filter(|last| last.status == "ok") else {
            let [resources, instances, outputs] = [
                parts.resources.len(),
                self.recording.instance_count(),
                parts.outputs.len(),
            ];
            let is_known = self.header.status == "ok";
            return [resources, instances, outputs].map(|count| is_known.then(|| signed(count)));
        };
        let mut counts = last.counts;
        let mut count = |key: &PartKey, by: i64| {
            let at = match key {
                PartKey::Resource(_) => 0,
                PartKey::Object(_) => 1,
                PartKey::Output(_) => 2,
                PartKey::Top(_) | PartKey::Check { .. } => return,
            };
            counts[at] = counts[at].map(|count| count + by);
        };
        let new = self.delta.puts.iter().filter(|put| put.before.is_none());
        new.for_each(|put| count(&put.key, 1));
        let gone = self.delta.removals.iter();
        gone.for_each(|removal| count(&removal.key, -1));
        counts
    }

    /// How many instances the write added, changed and removed.
    fn changes(&self) -> [i64; 3] {
        let is_object = |key: &PartKey| key.object().is_some();
        let puts = || self.delta.puts.iter().filter(|put| is_object(&put.key));
        let [added, changed, removed] = [
            puts().filter(|put| put.before.is_none()).count(),
            puts().filter(|put| put.before.is_some()).count(),
            self.delta
                .removals
                .iter()
                .filter(|gone| is_object(&gone.key))
                .count(),
        ];
        [added, changed, removed].map(signed)
    }

    fn insert(
        &self,
        transaction: &mut Transaction<'_>,
        state_id: i64,
        version: i64,
        top: &[TopMember],
        last: Option<&Before>,
    ) -> Result<(), StoreError> {
        let operation = self.write.operation;
        let transaction_id = begin_transaction(transaction, operation, self.write.authorship)?;
        let header = &self.header;
        let serial = member(top, "serial")
            .and_then(|text| text.parse::<u64>().ok())
            .or(header.serial);
        let serial = serial.map(|serial| i64::try_from(serial).unwrap_or(i64::MAX));
        let terraform_version = member(top, "terraform_version")
            .and_then(|text| serde_json::from_str::<String>(text).ok())
            .or_else(|| header.terraform_version.clone());
        let top_text = match (header.status, self.recording.document) {
            ("ok", None) => Some(top_text(top)),
            _ => None,
        };
        let base = self.start.map(|before| before.version);
        let size = signed(self.recording.size);
        insert_version(
            transaction,
            &NewVersion {
                at: At { state_id, version },
                transaction_id,
                base,
                recorded_at: self.write.recorded_at,
                status: header.status,
                format_version: header.format_version.as_deref(),
                terraform_version: terraform_version.as_deref(),
                serial,
                lineage: header.lineage.as_deref(),
                size,
                counts: self.counts(last),
                changes: self.changes(),
                top: top_text.as_deref(),
                document: self.recording.document,
                content_hash: &self.content(last),
                secrets_hash: self.secrets(),
            },
        )
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Ended {
    fn add(&mut self, key: &PartKey) {
        match key {
            PartKey::Top(_) => {}
            PartKey::Output(name) => self.outputs.push(name.clone()),
            PartKey::Check {
                object_kind,
                config_addr,
            } => self.checks.push((object_kind.clone(), config_addr.clone())),
            PartKey::Resource(key) => self.resources.push(key.address().to_string()),
            PartKey::Object(key) => {
                let address = key.address().to_string();
                self.instances.push((address, key.deposed.clone()));
            }
        }
    }
}

impl Rows {
    fn add(&mut self, at: PartIndex, position: Option<String>) {
        let position = position.unwrap_or_default();
        match at {
            PartIndex::Top(_) => {}
            PartIndex::Output(at) => self.outputs.push((at, position)),
            PartIndex::Check(at) => self.checks.push((at, position)),
            PartIndex::Resource(at) => self.resources.push((at, position)),
            PartIndex::Object { resource, instance } => {
                self.instances.push(((resource, instance), position));
            }
        }
    }
}
