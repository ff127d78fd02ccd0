//! Further connections, for threads that would wait for the first one. They see the same moment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::row::{self, Fetched};
use crate::postgres::{Connection, StatementError, Target};
use crate::source::moment::begin_at;

/// How many there are at most: a server has few connections, and others want some.
const MOST: usize = 3;

/// The connections that are there, and what they are to see.
#[derive(Debug, Default)]
pub(super) struct Helpers(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Counts the moments.
    moment: u64,
    /// What the server calls the moment; `None` while there is none to share.
    snapshot: Option<Arc<str>>,
    idle: Vec<Helper>,
    /// How many there are, those that are busy too.
    open: usize,
    /// Whether one could not be had. Then no other is tried.
    is_refused: bool,
}

#[derive(Debug)]
struct Helper {
    connection: Connection,
    /// The moment that its transaction sees; `None` while there is none.
    sees: Option<u64>,
}

impl Helpers {
    /// Begins another moment, which may be shared by what the server calls it.
    pub(super) fn begin(&self, snapshot: Option<Arc<str>>) {
        self.end();
        self.state().snapshot = snapshot;
    }

    /// Ends the moment: transactions of those that are idle end now, of others when they are done.
    pub(super) fn end(&self) {
        let idle = {
            let mut state = self.state();
            state.moment += 1;
            state.snapshot = None;
            std::mem::take(&mut state.idle)
        };
        for helper in idle {
            self.put_back(helper);
        }
    }

    /// A row's state by one of these, `None` in `Some` where there is no row; `None` where none of these can
    /// help.
    pub(super) fn fetch(
        &self,
        target: &Target,
        statement: &str,
        id: i64,
    ) -> Option<Option<Fetched>> {
        let (mut helper, moment, snapshot) = self.take(target)?;
        let begin = (helper.sees != Some(moment)).then_some(snapshot);
        let statement = statement.to_owned();
        let fetched = helper.connection.run(move |client| {
            if let Some(snapshot) = begin {
                client.batch_execute(&begin_at(&snapshot))?;
            }
            row::fetch(client, &statement, id)
        });
        match fetched {
            Ok(fetched) => {
                helper.sees = Some(moment);
                self.put_back(helper);
                Some(fetched)
            }
            // Whatever it is, the first connection says it better.
            Err(_) => {
                self.give_up();
                None
            }
        }
    }

    /// One that is idle or new, and the moment to see.
    fn take(&self, target: &Target) -> Option<(Helper, u64, Arc<str>)> {
        let (moment, snapshot) = {
            let mut state = self.state();
            let snapshot = Arc::clone(state.snapshot.as_ref()?);
            if let Some(helper) = state.idle.pop() {
                return Some((helper, state.moment, snapshot));
            }
            if state.is_refused || state.open == MOST {
                return None;
            }
            state.open += 1;
            (state.moment, snapshot)
        };
        match Connection::open(target) {
            Ok(connection) => {
                let helper = Helper {
                    connection,
                    sees: None,
                };
                Some((helper, moment, snapshot))
            }
            Err(_) => {
                self.give_up();
                None
            }
        }
    }

    /// Keeps one for the next row, without a transaction if its moment is over.
    fn put_back(&self, mut helper: Helper) {
        {
            let mut state = self.state();
            if helper.sees.is_none() || helper.sees == Some(state.moment) {
                state.idle.push(helper);
                return;
            }
        }
        helper.sees = None;
        let ended = helper.connection.run(|client| {
            client.batch_execute("COMMIT")?;
            Ok::<(), StatementError>(())
        });
        match ended {
            Ok(()) => self.state().idle.push(helper),
            Err(_) => self.give_up(),
        }
    }

    fn give_up(&self) {
        let mut state = self.state();
        state.open -= 1;
        state.is_refused = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
