//! Ending the process from outside the query: ctrl-C and time-outs.
//!
//! A join can keep its thread busy for seconds, and then no asynchronous timer fires; so both are
//! watched from threads of their own, and end the process.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::duration::Limit;
use super::exit::Exit;

/// What is removed when the process is ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unfinished(Arc<Mutex<Option<PathBuf>>>);

impl Unfinished {
    /// Removes `file` if the process is ended before [`Unfinished::finished`].
    pub(crate) fn started(&self, file: PathBuf) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
    }

    /// Keeps what was written.
    pub(crate) fn finished(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn end(&self, exit: Exit) -> ! {
        if let Some(file) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = std::fs::remove_file(file);
        }
        std::process::exit(exit as i32)
    }
}

/// Ends the process with 130 on ctrl-C, and with 1 when `timeout` has passed.
pub(crate) fn watch(timeout: Option<&Limit>, unfinished: &Unfinished) {
    let on_interrupt = unfinished.clone();
    // Without a handler the system's own ends the process just as well.
    let _ = ctrlc::set_handler(move || on_interrupt.end(Exit::Cancelled));
    if let Some(limit) = timeout.cloned() {
        let unfinished = unfinished.clone();
        std::thread::spawn(move || {
            std::thread::sleep(limit.duration);
            eprintln!(
                "sgq: the time limit of {} has passed; ask for less or raise --timeout",
                limit.written
            );
            unfinished.end(Exit::Query)
        });
    }
}
