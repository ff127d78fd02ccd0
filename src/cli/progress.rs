//! What has been read so far, on a terminal, once a question takes longer than a blink.

use std::io::IsTerminal;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use console::Term;
use indicatif::HumanBytes;

use crate::inventory::Inventory;

/// How long a question may take before progress is shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often it is drawn.
const TICK: Duration = Duration::from_millis(100);

/// What shows that it goes on. The line is drawn here and not by indicatif, which fills it with
/// spaces: the ^C that a terminal shows would then begin a line of its own, and this one would stay.
const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// A line on the terminal until it is ended or dropped.
pub(crate) struct Progress(Mutex<Option<Shown>>);

/// Whoever draws the line: it stops when the sender is gone.
struct Shown {
    until: Sender<()>,
    thread: JoinHandle<()>,
}

impl Progress {
    /// Shows how many files and bytes of `inventory` have been read, if stderr is a terminal.
    pub(crate) fn of(inventory: &Arc<Inventory>) -> Progress {
        let inventory = Arc::clone(inventory);
        Progress::showing(move || {
            let progress = inventory.progress();
            let files = progress.files.load(Ordering::Relaxed);
            let bytes = HumanBytes(progress.bytes.load(Ordering::Relaxed));
            format!("{files} files, {bytes} read")
        })
    }

    /// Shows what `words` say at each moment, if stderr is a terminal.
    pub(crate) fn showing(words: impl Fn() -> String + Send + 'static) -> Progress {
        if !std::io::stderr().is_terminal() {
            return Progress::none();
        }
        let (until, is_ended) = mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            if is_ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let terminal = Term::stderr();
            for spinner in SPINNER.iter().cycle() {
                let _ = terminal.clear_line();
                let _ = terminal.write_str(&format!("{spinner} {}", words()));
                if is_ended.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
            let _ = terminal.clear_line();
        });
        Progress(Mutex::new(Some(Shown { until, thread })))
    }

    /// No line at all.
    pub(crate) fn none() -> Progress {
        Progress(Mutex::new(None))
    }

    /// Takes the line away, if it is still there.
    pub(crate) fn end(&self) {
        let shown = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Shown { until, thread }) = shown {
            drop(until);
            let _ = thread.join();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}
