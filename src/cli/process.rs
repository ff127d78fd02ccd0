//! Running a program with a time limit, and ending all that it started.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use super::cancel::Unfinished;

/// How often it is looked whether a program has ended.
const TICK: Duration = Duration::from_millis(20);

/// How long a program has to end by itself once it was asked to.
const GRACE: Duration = Duration::from_secs(5);

/// How long what a program wrote is waited for after it ended: what it started may go on with the
/// same output.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How much of what a program writes to stderr is kept, in bytes; the rest is read and dropped.
const MOST: usize = 64 << 10;

/// How a program ended.
#[derive(Debug)]
pub(in crate::cli) struct Ended {
    /// The exit status; `None` where the time limit passed.
    pub(in crate::cli) status: Option<ExitStatus>,
    /// The beginning of what it wrote to stderr.
    pub(in crate::cli) errors: String,
}

/// Runs a program without input in a process group of its own, and ends the group when `limit` has
/// passed, or with the process as `unfinished`.
///
/// # Errors
///
/// When it cannot be started.
pub(in crate::cli) fn run(
    command: &mut Command,
    limit: Option<Duration>,
    unfinished: &Unfinished,
) -> io::Result<Ended> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    own_group(command);
    let mut child = command.spawn()?;
    unfinished.child_started(child.id());
    let errors = beginning(&mut child);
    let status = wait(&mut child, limit);
    unfinished.child_ended(child.id());
    Ok(Ended {
        status: status?,
        errors: errors.recv_timeout(LAST_WORDS).unwrap_or_default(),
    })
}

/// Waits until a program ends, or ends it when `limit` has passed; then there is no status.
fn wait(child: &mut Child, limit: Option<Duration>) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if limit.is_some_and(|limit| start.elapsed() >= limit) {
            break;
        }
        std::thread::sleep(TICK);
    }
    signal(child.id(), Signal::End);
    let asked = Instant::now();
    while asked.elapsed() < GRACE && child.try_wait()?.is_none() {
        std::thread::sleep(TICK);
    }
    // What it started may still run when it has ended.
    signal(child.id(), Signal::Kill);
    let _ = child.kill();
    child.wait()?;
    Ok(None)
}

/// Reads what a program writes to stderr, on a thread of its own, and gives its beginning.
fn beginning(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    if let Some(mut stderr) = child.stderr.take() {
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            let mut piece = [0; 4096];
            while let Ok(read) = stderr.read(&mut piece)
                && read > 0
            {
                let room = MOST.saturating_sub(kept.len());
                kept.extend_from_slice(&piece[..read.min(room)]);
            }
            let _ = sender.send(String::from_utf8_lossy(&kept).into_owned());
        });
    }
    receiver
}

/// How a process group is ended.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) enum Signal {
    /// It is asked to end.
    End,
    /// It is ended.
    Kill,
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

/// Ends the process group of a program that [`run`] started. The system's own command does it, since
/// Rust's library has no call for a group.
#[cfg(unix)]
pub(in crate::cli) fn signal(group: u32, signal: Signal) {
    let name = match signal {
        Signal::End => "-TERM",
        Signal::Kill => "-KILL",
    };
    let group = format!("-{group}");
    quietly(Command::new("kill").args([name, "--", &group]));
}

#[cfg(not(unix))]
pub(in crate::cli) fn signal(group: u32, _: Signal) {
    let group = group.to_string();
    quietly(Command::new("taskkill").args(["/T", "/F", "/PID", &group]));
}

/// Runs a command without a word; one that has nothing to end fails, and that is as well.
fn quietly(command: &mut Command) {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    let _ = command.stderr(Stdio::null()).status();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Option<Duration>) -> Ended {
        let mut command = Command::new("sh");
        let command = command.args(["-c", script]);
        run(command, limit, &Unfinished::default()).unwrap()
    }

    #[test]
    fn a_program_that_ends_gives_its_code_and_what_it_said() {
        let ended = shell("echo 'Error: no' >&2; echo out; exit 3", None);
        assert_eq!(ended.status.and_then(|status| status.code()), Some(3));
        assert_eq!(ended.errors, "Error: no\n");
    }

    #[test]
    fn more_than_is_kept_does_not_stop_it() {
        let ended = shell("head -c 1000000 /dev/zero >&2", None);
        assert_eq!(ended.status.and_then(|status| status.code()), Some(0));
        assert_eq!(ended.errors.len(), MOST);
    }

    #[test]
    fn what_it_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > '{}'; wait", mark.display());
        let ended = shell(&script, Some(Duration::from_millis(300)));
        assert!(ended.status.is_none());
        let started = std::fs::read_to_string(mark).unwrap();
        let is_there = |pid: &str| {
            let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            !status.is_empty() && !status.contains(") Z ")
        };
        let gone = (0..100).any(|_| {
            std::thread::sleep(TICK);
            !is_there(started.trim())
        });
        assert!(gone);
    }
}
