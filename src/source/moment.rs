//! The connection to a database, and the transaction that all of it is read in: it is as it was at one moment.

use ::postgres::Client;

use crate::postgres::{Connection, StatementError, Target};

/// All statements of one transaction see what was there when its first one began.
/// Names of others' functions are not looked up.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
                     SET LOCAL search_path = pg_catalog, pg_temp";

/// Begins a transaction that sees the moment of another one, by what the server calls that.
pub(super) fn begin_at(snapshot: &str) -> String {
    // The name is made of digits and hyphens.
    BEGIN.replace(';', &format!("; SET TRANSACTION SNAPSHOT '{snapshot}';"))
}

/// A connection, if there is one now.
#[derive(Debug, Default)]
pub(super) struct Session {
    connection: Option<Connection>,
    is_in_transaction: bool,
    /// Why there is none any more.
    lost: Option<String>,
}

impl Session {
    /// Whether the connection was lost since the last look.
    pub(super) fn was_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// Begins a transaction, connecting where need be, and looks at what there is in it.
    ///
    /// # Errors
    ///
    /// One sentence that names the database.
    pub(super) fn look<T: Send + 'static>(
        &mut self,
        target: &Target,
        look: impl Fn(&mut Client) -> Result<T, StatementError> + Clone + Send + 'static,
    ) -> Result<T, String> {
        self.rest();
        loop {
            let is_new = self.connection.is_none();
            let connection = match &mut self.connection {
                Some(connection) => connection,
                none => none.insert(Connection::open(target).map_err(|error| error.to_string())?),
            };
            let look = look.clone();
            let seen = connection.run(move |client| {
                client.batch_execute(BEGIN)?;
                look(client)
            });
            self.is_in_transaction = true;
            match seen {
                Ok(seen) => {
                    self.lost = None;
                    return Ok(seen);
                }
                // The connection may have been lost while nobody used it.
                Err(StatementError::Lost(_)) if !is_new => self.give_up(String::new()),
                Err(error) => {
                    self.give_up(error.to_string());
                    return Err(format!("{target} cannot be read: {error}"));
                }
            }
        }
    }

    /// Does something with the connection that is there.
    ///
    /// # Errors
    ///
    /// What the server says, or that it is gone.
    pub(super) fn run<T: Send + 'static>(
        &mut self,
        job: impl FnOnce(&mut Client) -> Result<T, StatementError> + Send + 'static,
    ) -> Result<T, String> {
        let Some(connection) = &self.connection else {
            // Nobody waits for a server that is gone once for each of its rows.
            return Err(match &self.lost {
                Some(reason) => reason.clone(),
                None => "there is no connection to PostgreSQL".to_owned(),
            });
        };
        connection.run(job).map_err(|error| {
            if let StatementError::Lost(_) = error {
                self.give_up(error.to_string());
            }
            error.to_string()
        })
    }

    /// Ends the transaction.
    pub(super) fn rest(&mut self) {
        if std::mem::take(&mut self.is_in_transaction)
            && let Some(connection) = &self.connection
        {
            let ended = connection.run(|client| {
                client.batch_execute("COMMIT")?;
                Ok::<(), StatementError>(())
            });
            if ended.is_err() {
                self.connection = None;
            }
        }
    }

    fn give_up(&mut self, reason: String) {
        self.connection = None;
        self.is_in_transaction = false;
        self.lost = Some(reason);
    }
}
