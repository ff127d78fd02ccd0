//! Bringing in states from elsewhere: what is there already stays as it is, so that an import can be run
//! again, and goes on where it was broken off.

use jiff::Timestamp;

use super::authorship::{Authorship, Operation};
use super::commit::{Base, Committed, Write};
use super::documents::top_text;
use super::held::content;
use super::lookup::{FoundState, found};
use super::names::{Removal, remove};
use super::recording::Recording;
use super::write::Written;
use super::{Content, Store, StoreError, delta};
use crate::format::Redaction;

/// What imports of one state lock, beside a number for its name.
const LOCK: i32 = 0x0073_6771;

/// How often it is looked again whether a state is there that others make in the same moment.
const ATTEMPTS: usize = 3;

/// What is imported, and as what.
#[derive(Debug, Clone)]
pub struct Import<'i> {
    /// The state's name.
    pub state: &'i str,
    /// The workspace it is of, for a state that is new.
    pub workspace: &'i str,
    /// Who wrote it, and why.
    pub authorship: &'i Authorship,
    /// When it began to hold; `None` for now, which is taken for a later time, too.
    pub recorded_at: Option<Timestamp>,
    /// Whether it is written though its serial is lower than that of the newest version.
    pub may_be_older: bool,
    /// Whether it is written though an earlier version says the same: it is known that it was not imported
    /// before, and that it goes back to what there was.
    pub may_repeat: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// A version was written.
    Version {
        /// Its number.
        version: i64,
        /// What it took.
        written: Written,
    },
    /// A version says the same already.
    AsItWas {
        /// Its number.
        version: i64,
    },
    /// The newest version of the same lineage has a higher serial, and nothing was written.
    Older {
        /// The serial of what was to be imported.
        serial: i64,
        /// That of the newest version.
        newest: i64,
    },
}

/// How a version was recorded, to find it again in the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    /// The commit, 40 hexadecimal digits, where no other version is of the same.
    pub commit: Option<String>,
    /// When it began to hold.
    pub recorded_at: Option<Timestamp>,
}

/// Where the import of a history goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resumed {
    /// The state in the store, which may be removed; `None` where there is none yet.
    pub state: Option<FoundState>,
    /// How many of the versions have been imported before, the oldest ones.
    pub done: usize,
}

impl Store {
    /// Does not wait until what is written outlives a crash of the server's machine. Of what an import wrote
    /// the last commits may be lost then, each as a whole, and are written when it is run again; nothing else
    /// is written by such a connection. [`flush`](Self::flush) waits for all.
    pub fn write_behind(&mut self) -> Result<(), StoreError> {
        self.client.batch_execute("SET synchronous_commit = off")?;
        Ok(())
    }

    /// Waits until everything that was written outlives a crash, by whatever connection.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        // What a commit waits for is the log up to its own record, all before it included.
        self.client.batch_execute(
            "SET synchronous_commit = on; SELECT pg_logical_emit_message(true, 'sgq', 'flush')",
        )?;
        Ok(())
    }

    /// Whether the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Does something to the state of a name while no other import does anything to it: whether a version is
    /// there already is asked before it is written.
    ///
    /// # Errors
    ///
    /// Those of the work, and when the database cannot be asked.
    pub fn alone<T>(
        &mut self,
        name: &str,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.client
            .execute("SELECT pg_advisory_lock($1, hashtext($2))", &[&LOCK, &name])?;
        let done = work(self);
        if !self.client.is_closed() {
            // Ends with the connection otherwise.
            self.client.execute(
                "SELECT pg_advisory_unlock($1, hashtext($2))",
                &[&LOCK, &name],
            )?;
        }
        done
    }

    /// Writes a document as the next version of a state, if no version of it has the lineage, serial and
    /// content already.
    ///
    /// # Errors
    ///
    /// When others changed the same in this moment, or the database refuses; then nothing is written.
    pub fn import(
        &mut self,
        import: &Import<'_>,
        content: &Content<'_>,
        redaction: &Redaction,
    ) -> Result<Imported, StoreError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let found = self.find(import.state)?;
            match self.import_into(found, import, content, redaction) {
                // Somebody made the state meanwhile.
                Err(StoreError::Exists { .. }) if attempts < ATTEMPTS => {}
                imported => return imported,
            }
        }
    }

    /// The same into a state that was found, which may be removed: then it comes back.
    ///
    /// # Errors
    ///
    /// As [`import`](Self::import), and when the name of a state that comes back is another's.
    pub fn import_into(
        &mut self,
        found: Option<FoundState>,
        import: &Import<'_>,
        content: &Content<'_>,
        redaction: &Redaction,
    ) -> Result<Imported, StoreError> {
        let recording = Recording::of(content);
        if let Some(found) = &found {
            self.check_name(found)?;
            if !import.may_repeat
                && let Some(version) = self.version_of(found, &recording)?
            {
                return Ok(Imported::AsItWas { version });
            }
            if !import.may_be_older
                && let Some(older) = self.newer_than(found, &recording)?
            {
                return Ok(older);
            }
        }
        let write = Write {
            state: import.state,
            workspace: import.workspace,
            base: Base::Newest,
            operation: Operation::Import,
            authorship: import.authorship,
            recorded_at: import.recorded_at.map(|time| time.min(Timestamp::now())),
            may_be_made_anew: true,
            captured: None,
        };
        let committed = self.commit(&write, found, &recording, redaction)?;
        Ok(match committed {
            Committed::Version {
                version, written, ..
            } => Imported::Version { version, written },
            Committed::Unchanged { version } => Imported::AsItWas { version },
        })
    }

    /// Says that a state was removed, as its history tells; gives whether it was there.
    ///
    /// # Errors
    ///
    /// When the database refuses.
    pub fn import_removal(
        &mut self,
        found: &FoundState,
        import: &Import<'_>,
    ) -> Result<bool, StoreError> {
        if found.is_removed {
            return Ok(false);
        }
        let mut transaction = self.client.transaction()?;
        let removal = Removal {
            operation: Operation::Import,
            authorship: import.authorship,
            recorded_at: import.recorded_at.map(|time| time.min(Timestamp::now())),
        };
        let removed = remove(&mut transaction, found, &removal);
        match removed {
            Ok(_) => {
                transaction.commit()?;
                Ok(true)
            }
            Err(StoreError::Removed { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// How far a history has been imported before: up to the last of its versions, given from the oldest
    /// on, that an import wrote. A commit tells a version; without one the time does.
    pub fn resume(&mut self, name: &str, marks: &[Mark]) -> Result<Resumed, StoreError> {
        let mut best = Resumed::default();
        for state in self.states_of(name)? {
            let rows = self.client.query(
                "SELECT t.git_commit, v.recorded_at FROM recorded_versions v \
                 JOIN transactions t USING (transaction_id) \
                 WHERE v.state_id = $1 AND t.operation = 'import'",
                &[&state.id],
            )?;
            let known: Vec<(Option<String>, Timestamp)> =
                rows.iter().map(|row| (row.get(0), row.get(1))).collect();
            let is_known = |mark: &Mark| match &mark.commit {
                Some(commit) => known
                    .iter()
                    .any(|(known, _)| known.as_ref() == Some(commit)),
                None => mark.recorded_at.is_some_and(|time| {
                    let is_same =
                        |known: &Timestamp| known.as_microsecond() == time.as_microsecond();
                    known.iter().any(|(_, known)| is_same(known))
                }),
            };
            let done = marks.iter().rposition(is_known).map_or(0, |last| last + 1);
            // A state that was removed and of which nothing was imported is another one.
            if done > best.done || best.state.is_none() && !state.is_removed {
                best = Resumed {
                    state: Some(state),
                    done,
                };
            }
        }
        Ok(best)
    }

    /// A state as it is now.
    ///
    /// # Errors
    ///
    /// When the database cannot be asked.
    pub fn again(&mut self, state: &FoundState) -> Result<FoundState, StoreError> {
        let row = self.client.query_one(
            "SELECT state_id, name, newest_version, removed_at IS NOT NULL FROM recorded_states \
             WHERE state_id = $1",
            &[&state.id],
        )?;
        Ok(found(&row))
    }

    /// The states that have a name or had it when they were removed, the one that is there first.
    fn states_of(&mut self, name: &str) -> Result<Vec<FoundState>, StoreError> {
        let rows = self.client.query(
            "SELECT state_id, name, newest_version, removed_at IS NOT NULL FROM recorded_states \
             WHERE name = $1 ORDER BY removed_at DESC NULLS FIRST",
            &[&name],
        )?;
        Ok(rows.iter().map(found).collect())
    }

    /// Sees that no other state has the name of one that comes back.
    fn check_name(&mut self, state: &FoundState) -> Result<(), StoreError> {
        match state.is_removed && self.find(&state.name)?.is_some() {
            true => Err(StoreError::NameTaken(state.name.clone())),
            false => Ok(()),
        }
    }

    /// The newest version of a state that has the same lineage, serial and content.
    fn version_of(
        &mut self,
        state: &FoundState,
        recording: &Recording<'_>,
    ) -> Result<Option<i64>, StoreError> {
        let header = recording.header();
        let content = match recording.document {
            Some(document) => blake3::hash(document.as_bytes()).as_bytes().to_vec(),
            None => content(&delta::known(&recording.parts)).to_bytes().to_vec(),
        };
        let top = match recording.document {
            Some(_) => None,
            None => Some(top_text(&recording.parts.top)),
        };
        let row = self.client.query_opt(
            "SELECT version FROM recorded_versions WHERE state_id = $1 AND status = $2 \
             AND lineage IS NOT DISTINCT FROM $3 AND serial IS NOT DISTINCT FROM $4 \
             AND content_hash = $5 AND top IS NOT DISTINCT FROM $6 ORDER BY version DESC LIMIT 1",
            &[
                &state.id,
                &header.status,
                &header.lineage,
                &header.serial.map(signed),
                &content,
                &top,
            ],
        )?;
        Ok(row.map(|row| row.get(0)))
    }

    /// That the newest version of a state has the same lineage and a higher serial, if so.
    fn newer_than(
        &mut self,
        state: &FoundState,
        recording: &Recording<'_>,
    ) -> Result<Option<Imported>, StoreError> {
        let header = recording.header();
        let (Some(lineage), Some(serial)) = (header.lineage, header.serial.map(signed)) else {
            return Ok(None);
        };
        let newest = self.client.query_opt(
            "SELECT serial FROM recorded_versions WHERE state_id = $1 AND version = $2 AND lineage = $3 \
             AND serial > $4",
            &[&state.id, &state.newest, &lineage, &serial],
        )?;
        Ok(newest.map(|row| Imported::Older {
            serial,
            newest: row.get(0),
        }))
    }
}

fn signed(serial: u64) -> i64 {
    i64::try_from(serial).unwrap_or(i64::MAX)
}
