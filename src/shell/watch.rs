//! Waiting for a statement, and stopping it: ctrl-C and time limits.
//!
//! The statement runs on the runtime's threads. The shell's own thread only waits, and so can always
//! answer, also while an operator keeps every other thread busy.

use std::future::Future;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use console::Term;
use tokio::runtime::Runtime;

use crate::cli::Limit;
use crate::cli::cancel::on_ctrl_c;
use crate::cli::progress::Progress;
use crate::cli::tell;

/// How long a statement may take to stop before the shell says that it is still at it.
const PATIENCE: Duration = Duration::from_millis(500);

/// Something that happens while a statement runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    /// Ctrl-C was pressed.
    Pressed,
    /// Nothing of the statement runs any more.
    Ended,
}

/// How a statement ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End<T> {
    /// By itself.
    Done(T),
    /// By ctrl-C.
    Cancelled,
    /// By its time limit.
    OutOfTime,
    /// By a defect, of which Rust has told.
    Broken,
    /// Not at all; the user wants to leave nevertheless.
    Leaving,
}

/// Why a statement is stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Pressed,
    OutOfTime,
}

/// Waits for statements, one after another.
pub(super) struct Watch {
    events: Receiver<Event>,
    sender: Sender<Event>,
}

impl Watch {
    /// A watch that takes the process's presses of ctrl-C from now on.
    pub(super) fn of_ctrl_c() -> Watch {
        let watch = Watch::new();
        let sender = watch.sender.clone();
        on_ctrl_c(move || {
            let _ = sender.send(Event::Pressed);
        });
        watch
    }

    fn new() -> Watch {
        let (sender, events) = mpsc::channel();
        Watch { events, sender }
    }

    /// Runs `work` until it ends, ctrl-C is pressed, or `limit` has passed. Work that is stopped ends
    /// where it next waits; `progress` is ended as soon as it is to stop.
    pub(super) fn run<T: Send + 'static>(
        &self,
        runtime: &Runtime,
        work: impl Future<Output = T> + Send + 'static,
        limit: Option<&Limit>,
        progress: &Progress,
    ) -> End<T> {
        // Ctrl-C while nothing ran means nothing.
        while self.events.try_recv().is_ok() {}
        let started = Instant::now();
        let work = runtime.spawn(work);
        let abort = work.abort_handle();
        let (result, results) = mpsc::channel();
        let sender = self.sender.clone();
        runtime.spawn(async move {
            let _ = result.send(work.await);
            let _ = sender.send(Event::Ended);
        });
        let mut stop: Option<(Stop, Instant)> = None;
        let mut is_said = false;
        loop {
            let until = match stop {
                None => limit.and_then(|limit| started.checked_add(limit.duration)),
                Some((_, since)) if !is_said => Some(since + PATIENCE),
                Some(_) => None,
            };
            let event = match until {
                Some(until) => self
                    .events
                    .recv_timeout(until.saturating_duration_since(Instant::now())),
                None => self.events.recv().map_err(RecvTimeoutError::from),
            };
            let wanted = match (event, stop) {
                (Ok(Event::Ended) | Err(RecvTimeoutError::Disconnected), _) => break,
                (Ok(Event::Pressed), None) => Stop::Pressed,
                (Err(RecvTimeoutError::Timeout), None) => Stop::OutOfTime,
                (Ok(Event::Pressed), Some(_)) if is_said => return End::Leaving,
                // Who presses twice at once wants the statement to stop, not to leave.
                (Ok(Event::Pressed), Some(_)) => continue,
                (Err(RecvTimeoutError::Timeout), Some(_)) => {
                    is_said = true;
                    clear_line();
                    tell!("still stopping; press ctrl-C again to leave");
                    continue;
                }
            };
            stop = Some((wanted, Instant::now()));
            abort.abort();
            progress.end();
        }
        match (stop, results.recv()) {
            (Some((Stop::Pressed, _)), _) => End::Cancelled,
            (Some((Stop::OutOfTime, _)), _) => End::OutOfTime,
            (None, Ok(Ok(value))) => End::Done(value),
            (None, _) => End::Broken,
        }
    }
}

/// Takes away what is on the cursor's line: the ^C that a terminal shows, or part of a row.
pub(super) fn clear_line() {
    let terminal = Term::stderr();
    if terminal.is_term() {
        let _ = terminal.clear_line();
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::thread;

    use super::*;
    use crate::cli::results;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// How work ends when ctrl-C is pressed after each of these times.
    fn run<T: Send + 'static>(
        presses: &'static [u64],
        limit: Option<u64>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> End<T> {
        let runtime = results::runtime(NonZeroUsize::MIN).unwrap();
        let watch = Watch::new();
        let sender = watch.sender.clone();
        thread::spawn(move || {
            for after in presses {
                thread::sleep(millis(*after));
                let _ = sender.send(Event::Pressed);
            }
        });
        let limit = limit.map(|limit| Limit {
            duration: millis(limit),
            written: String::new(),
        });
        let end = watch.run(&runtime, work, limit.as_ref(), &Progress::none());
        runtime.shutdown_background();
        end
    }

    #[test]
    fn work_that_ends_gives_its_value() {
        assert_eq!(run(&[], Some(60_000), async { 1 }), End::Done(1));
    }

    #[test]
    fn ctrl_c_stops_work_that_waits() {
        assert_eq!(
            run(&[50], None, std::future::pending::<()>()),
            End::Cancelled
        );
    }

    #[test]
    fn a_limit_stops_work_that_waits() {
        assert_eq!(
            run(&[], Some(50), std::future::pending::<()>()),
            End::OutOfTime
        );
    }

    #[test]
    fn work_that_never_waits_is_waited_for_after_one_press() {
        let busy = async { thread::sleep(millis(900)) };
        assert_eq!(run(&[50, 50], None, busy), End::Cancelled);
    }

    #[test]
    fn a_press_after_the_notice_leaves() {
        let busy = async { thread::sleep(millis(3000)) };
        assert_eq!(run(&[50, 900], None, busy), End::Leaving);
    }

    #[test]
    fn work_that_panics_is_broken_and_the_next_runs() {
        let runtime = results::runtime(NonZeroUsize::MIN).unwrap();
        let watch = Watch::new();
        let progress = Progress::none();
        let broken = async { std::panic::panic_any(()) };
        let end: End<()> = watch.run(&runtime, broken, None, &progress);
        assert_eq!(end, End::Broken);
        assert_eq!(
            watch.run(&runtime, async { 2 }, None, &progress),
            End::Done(2)
        );
    }

    #[test]
    fn a_press_while_nothing_runs_is_forgotten() {
        let runtime = results::runtime(NonZeroUsize::MIN).unwrap();
        let watch = Watch::new();
        watch.sender.send(Event::Pressed).unwrap();
        let wait = async { tokio::task::yield_now().await };
        assert_eq!(
            watch.run(&runtime, wait, None, &Progress::none()),
            End::Done(())
        );
    }
}
