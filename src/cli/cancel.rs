//! Ctrl-C and time-outs, which come from outside the query.
//!
//! A join can keep its thread busy for seconds, and then no asynchronous timer fires; so both are
//! watched from threads of their own. A command given as arguments ends with its process; the
//! shell takes the presses, and stops the statement alone.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::duration::Limit;
use super::exit::Exit;
use super::process::{Signal, signal};
use super::tell::tell;
use crate::engine::Spills;

/// What is removed when the process is ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Unfinished(Arc<Mutex<Things>>);

#[derive(Debug, Default)]
struct Things {
    /// A file that is being written.
    file: Option<PathBuf>,
    /// The temporary files of a session.
    spills: Option<Arc<Spills>>,
    /// A folder of temporary files.
    folder: Option<PathBuf>,
    /// Programs that run, by their process groups.
    children: Vec<u32>,
}

impl Unfinished {
    /// Removes `file` if the process is ended before [`Unfinished::finished`].
    pub(super) fn started(&self, file: PathBuf) {
        self.things().file = Some(file);
    }

    /// Keeps what was written.
    pub(super) fn finished(&self) {
        self.things().file.take();
    }

    /// Removes temporary files, too, if the process is ended.
    pub(super) fn spills(&self, spills: &Arc<Spills>) {
        self.things().spills = Some(Arc::clone(spills));
    }

    /// Removes a folder, too, if the process is ended.
    pub(super) fn folder(&self, folder: PathBuf) {
        self.things().folder = Some(folder);
    }

    /// Ends a program and all that it started, too, if the process is ended.
    pub(super) fn child_started(&self, group: u32) {
        self.things().children.push(group);
    }

    /// Leaves a program alone that has ended.
    pub(super) fn child_ended(&self, group: u32) {
        self.things().children.retain(|child| *child != group);
    }

    fn things(&self) -> MutexGuard<'_, Things> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, exit: Exit) -> ! {
        let things = std::mem::take(&mut *self.things());
        if let Some(file) = things.file {
            let _ = std::fs::remove_file(file);
        }
        if let Some(spills) = things.spills {
            spills.remove();
        }
        for child in things.children {
            signal(child, Signal::Kill);
        }
        if let Some(folder) = things.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
        std::process::exit(exit as i32)
    }
}

/// Calls `pressed`, on a thread of its own, each time ctrl-C is pressed. The process has one such
/// handler; the first stays.
pub(crate) fn on_ctrl_c(pressed: impl FnMut() + Send + 'static) {
    // Without a handler the system's own ends the process, which is no worse.
    let _ = ctrlc::set_handler(pressed);
}

/// Ends the process with 130 on ctrl-C, and with 1 when `timeout` has passed.
pub(super) fn watch(timeout: Option<&Limit>, unfinished: &Unfinished) {
    let pressed = unfinished.clone();
    on_ctrl_c(move || pressed.end(Exit::Cancelled));
    if let Some(limit) = timeout.cloned() {
        let unfinished = unfinished.clone();
        std::thread::spawn(move || {
            std::thread::sleep(limit.duration);
            tell!("sgq: {}", limit.passed());
            unfinished.end(Exit::Query)
        });
    }
}
