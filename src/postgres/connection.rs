//! A connection that can be used from anywhere.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ::postgres::Client;

use super::{ConnectError, Target};

/// How long the server is given to hear that a connection ends.
const GOODBYE: Duration = Duration::from_secs(1);

type Job = Box<dyn FnOnce(&mut Client) + Send>;

/// A connection with a thread of its own. The client of the crate postgres panics when it is used or
/// dropped within an async runtime; this may be shared by any threads, which take turns.
#[derive(Debug)]
pub struct Connection {
    /// `None` only while it is dropped.
    jobs: Option<Sender<Job>>,
    /// Says so when the thread has ended.
    ended: Mutex<Receiver<()>>,
}

/// The thread of a connection has ended, which it does only when a job panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection has ended")]
pub struct Ended;

impl Connection {
    /// Connects.
    ///
    /// # Errors
    ///
    /// As [`Target::connect`].
    pub fn open(target: &Target) -> Result<Connection, ConnectError> {
        let (jobs, received) = channel::<Job>();
        let (open, opened) = channel();
        let (ending, ended) = channel();
        let owned = target.clone();
        let started = std::thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || {
                // Dropped when the thread ends, after the client.
                let _ending: Sender<()> = ending;
                match owned.connect() {
                    Ok(mut client) => {
                        let is_wanted = open.send(Ok(())).is_ok();
                        while let Some(job) = is_wanted.then(|| received.recv().ok()).flatten() {
                            job(&mut client);
                        }
                    }
                    Err(error) => {
                        // Nobody listens any more only if nobody wants to know.
                        let _ = open.send(Err(error));
                    }
                }
            });
        match started.map(|_| opened.recv()) {
            Ok(Ok(Ok(()))) => Ok(Connection {
                jobs: Some(jobs),
                ended: Mutex::new(ended),
            }),
            Ok(Ok(Err(error))) => Err(error),
            Ok(Err(_)) | Err(_) => Err(target.failed(&["no thread could be started".to_owned()])),
        }
    }

    /// Does something with the client, and waits for what it gives.
    ///
    /// # Errors
    ///
    /// What the job gives, and [`Ended`] when the connection's thread is no more.
    pub fn run<T, E>(
        &self,
        job: impl FnOnce(&mut Client) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Ended> + Send + 'static,
    {
        let (answer, answered) = channel();
        let job: Job = Box::new(move |client| {
            // Whoever asked waits below.
            let _ = answer.send(job(client));
        });
        let jobs = self.jobs.as_ref().ok_or(Ended)?;
        jobs.send(job).map_err(|_| Ended)?;
        answered.recv().map_err(|_| Ended)?
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        drop(self.jobs.take());
        // The server is told goodbye before the process ends, unless it does not listen.
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = ended.recv_timeout(GOODBYE);
    }
}
