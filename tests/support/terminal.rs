//! A shell on a pseudo terminal of 80 columns.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// What the line editor writes each time it begins to read.
pub const READING: &str = "\u{1b}[?2004h";
const PATIENCE: Duration = Duration::from_secs(60);

/// A shell in a terminal.
pub struct Terminal {
    child: Child,
    keys: File,
    screen: Receiver<Vec<u8>>,
    /// Seen and not yet asked for.
    seen: String,
}

impl Terminal {
    /// Starts `sgq` with these arguments, its history below `state`.
    pub fn open(arguments: &[&str], state: &Path) -> Terminal {
        let size = Winsize {
            ws_row: 40,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(Some(&size), None).unwrap();
        let slave = || pty.slave.try_clone().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_sgq"))
            .args(arguments)
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .env("XDG_STATE_HOME", state)
            .env("TMPDIR", state.join("tmp"))
            .env_remove("SGQ_SOURCES")
            .env_remove("SGQ_MEMORY_LIMIT")
            .env_remove("SGQ_THREADS")
            .stdin(slave())
            .stdout(slave())
            .stderr(slave())
            .spawn()
            .unwrap();
        let keys = File::from(pty.master);
        let mut output = keys.try_clone().unwrap();
        let (sender, screen) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                let _ = sender.send(buffer[..length].to_vec());
            }
        });
        Terminal {
            child,
            keys,
            screen,
            seen: String::new(),
        }
    }

    /// A shell over a folder that is ready to read.
    pub fn over(source: &Path, arguments: &[&str], state: &Path) -> Terminal {
        let source = source.to_str().unwrap();
        let mut terminal = Terminal::open(&[&["-s", source], arguments].concat(), state);
        terminal.wait_for_prompt();
        terminal
    }

    /// Types keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `text` is on the screen; gives all that came with it.
    pub fn wait_for(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        while !self.seen.contains(text) {
            let left = until.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(error) => panic!("no {text:?} ({error}) in {:?}", self.seen),
            }
        }
        std::mem::take(&mut self.seen)
    }

    /// Waits until the shell reads a line; gives what was written since the last, without what
    /// moves the cursor.
    pub fn wait_for_prompt(&mut self) -> String {
        let mut before = self.wait_for(READING);
        // The prompt is drawn at once, and the cursor put behind it.
        if !before.ends_with("\u{1b}[?2026l") {
            before.push_str(&self.wait_for("\u{1b}[?2026l"));
        }
        plain(&before)
    }

    /// Types a line and gives what was written up to the next prompt, the line first.
    pub fn ask(&mut self, line: &str) -> String {
        self.press(&format!("{line}\r"));
        self.wait_for_prompt()
    }

    /// Sends what ctrl-C sends.
    pub fn interrupt(&self) {
        let process = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(process, Signal::SIGINT).unwrap();
    }

    /// Waits until the shell has ended.
    pub fn wait(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait()
    }

    /// Leaves, as with ctrl-D.
    pub fn leave(mut self) -> ExitStatus {
        self.press("\u{4}");
        self.child.wait().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Text without control sequences, its lines ended by line feeds alone.
pub fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => {
                let _ = characters.find(char::is_ascii_alphabetic);
            }
            '\r' => {}
            character => plain.push(character),
        }
    }
    plain
}
