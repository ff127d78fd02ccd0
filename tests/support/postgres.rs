//! A PostgreSQL server of its own for a test, on a free port of this machine; stopped when dropped.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The password of its one user: no output of sgq may hold it.
pub const PASSWORD: &str = "hunter2-postgres";

/// How often another port is tried when somebody else took the free one first.
const ATTEMPTS: usize = 5;

/// A running server with an empty database `postgres`.
pub struct Postgres {
    binaries: PathBuf,
    folder: TempDir,
    port: u16,
    /// As arguments of the server.
    settings: String,
}

impl Postgres {
    /// Makes a database cluster in a temporary folder and starts a server for it. As root, both run
    /// as the user `postgres`, since PostgreSQL refuses to run as root.
    ///
    /// # Errors
    ///
    /// What is missing or what failed, and what to do.
    pub fn start() -> Result<Postgres, String> {
        Postgres::start_with(&[], &[])
    }

    /// The same with settings, and with files that only the server may read, beside the folder of its
    /// data: a setting names one as `../NAME`.
    ///
    /// # Errors
    ///
    /// What is missing or what failed, and what to do.
    pub fn start_with(
        settings: &[(&str, &str)],
        files: &[(&str, &str)],
    ) -> Result<Postgres, String> {
        let binaries = binaries().ok_or(
            "PostgreSQL is not installed: `scripts/test` installs it, or see that `initdb` is below \
                /usr/lib/postgresql or on PATH",
        )?;
        let mut server = Postgres {
            binaries,
            folder: tempfile::tempdir().map_err(|error| error.to_string())?,
            port: 0,
            settings: settings
                .iter()
                .map(|(name, value)| format!(" -c {name}={value}"))
                .collect(),
        };
        if is_root() {
            let owned = Command::new("chown")
                .arg("postgres")
                .arg(server.folder.path())
                .output();
            succeeded("chown", owned)?;
        }
        server.initialise()?;
        for (name, content) in files {
            server.write(name, content)?;
        }
        let mut failure = String::new();
        for _ in 0..ATTEMPTS {
            server.port = free_port()?;
            match server.launch() {
                Ok(()) => return Ok(server),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// A server that follows this one and only reads.
    ///
    /// # Errors
    ///
    /// What failed.
    pub fn standby(&self) -> Result<Postgres, String> {
        let mut standby = Postgres {
            binaries: self.binaries.clone(),
            folder: tempfile::tempdir().map_err(|error| error.to_string())?,
            port: 0,
            settings: self.settings.clone(),
        };
        if is_root() {
            let owned = Command::new("chown")
                .arg("postgres")
                .arg(standby.folder.path())
                .output();
            succeeded("chown", owned)?;
        }
        let data = standby.data();
        let from = self.url("postgres");
        let arguments = ["-R", "-X", "stream", "-c", "fast", "-d", &from, "-D"].map(OsStr::new);
        let arguments = [&arguments[..], &[data.as_os_str()]].concat();
        standby.run("pg_basebackup", &arguments)?;
        standby.port = free_port()?;
        standby.launch()?;
        Ok(standby)
    }

    /// Where `database` is reached, with the password.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres:{PASSWORD}@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The folder of its socket.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A connection of its user.
    pub fn connect(&self, database: &str) -> ::postgres::Client {
        ::postgres::Client::connect(&self.url(database), ::postgres::NoTls)
            .expect("the server accepts connections")
    }

    /// Makes a database, and connects to it.
    pub fn make_database(&self, name: &str) -> ::postgres::Client {
        let made = self
            .connect("postgres")
            .batch_execute(&format!("CREATE DATABASE {name}"));
        made.expect("a database can be made");
        self.connect(name)
    }

    /// Stops the server, who is connected or not; nothing that was written is lost.
    ///
    /// # Errors
    ///
    /// What failed.
    pub fn stop(&self) -> Result<(), String> {
        self.end("fast")
    }

    fn end(&self, mode: &str) -> Result<(), String> {
        let data = self.data();
        let stop = ["stop", "-m", mode, "-D"].map(OsStr::new);
        self.run("pg_ctl", &[&stop[..], &[data.as_os_str()]].concat())
    }

    /// Starts a server that was stopped, on the same port.
    ///
    /// # Errors
    ///
    /// What failed.
    pub fn start_again(&self) -> Result<(), String> {
        self.launch()
    }

    /// Writes a file that only the server may read.
    fn write(&self, name: &str, content: &str) -> Result<(), String> {
        let path = self.folder.path().join(name);
        fs::write(&path, content).map_err(|error| error.to_string())?;
        let mode = Command::new("chmod").arg("600").arg(&path).output();
        succeeded("chmod", mode)?;
        match is_root() {
            true => succeeded(
                "chown",
                Command::new("chown").arg("postgres").arg(&path).output(),
            ),
            false => Ok(()),
        }
    }

    /// The port it listens to.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn initialise(&self) -> Result<(), String> {
        let password = self.folder.path().join("password");
        fs::write(&password, PASSWORD).map_err(|error| error.to_string())?;
        let arguments = [
            "-U",
            "postgres",
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ];
        let mut arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        arguments.extend([
            "--pwfile".into(),
            password.into(),
            "-D".into(),
            self.data().into(),
        ]);
        self.run("initdb", &arguments)
    }

    fn launch(&self) -> Result<(), String> {
        // What a test writes need not outlive the machine.
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -k {} -c fsync=off -c synchronous_commit=off \
                -c full_page_writes=off{}",
            self.port,
            self.folder.path().display(),
            self.settings
        );
        let log = self.folder.path().join("log");
        let data = self.data();
        self.run(
            "pg_ctl",
            &[
                OsStr::new("start"),
                OsStr::new("-w"),
                OsStr::new("-D"),
                data.as_os_str(),
                OsStr::new("-l"),
                log.as_os_str(),
                OsStr::new("-o"),
                OsStr::new(&options),
            ],
        )
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run<S: AsRef<OsStr>>(&self, binary: &str, arguments: &[S]) -> Result<(), String> {
        let path = self.binaries.join(binary);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        // The server keeps what it inherits: a pipe would never end.
        let log = fs::File::create(self.folder.path().join(format!("{binary}.out")));
        let log = log.map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let ended = command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .output();
        let said = || {
            let read = |name: &str| fs::read_to_string(self.folder.path().join(name));
            [read(&format!("{binary}.out")), read("log")]
                .map(Result::unwrap_or_default)
                .concat()
        };
        succeeded(binary, ended).map_err(|error| format!("{error}\n{}", said()))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let is_running = self.data().join("postmaster.pid").exists();
        if is_running && let Err(error) = self.end("immediate") {
            eprintln!("{error}");
        }
    }
}

/// The folder of `initdb`: the newest version below /usr/lib/postgresql, else one of PATH.
fn binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<PathBuf> = versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .collect();
    let number =
        |folder: &PathBuf| -> Option<u32> { folder.parent()?.file_name()?.to_str()?.parse().ok() };
    versions.sort_by_key(|folder| std::cmp::Reverse(number(folder)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let has_initdb = |folder: &PathBuf| Path::is_file(&folder.join("initdb"));
    versions
        .into_iter()
        .chain(std::env::split_paths(&path))
        .find(has_initdb)
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|user| user.stdout.trim_ascii() == b"0")
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener
        .map(|address| address.port())
        .map_err(|error| error.to_string())
}

fn succeeded(what: &str, ended: std::io::Result<Output>) -> Result<(), String> {
    match ended {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{what} failed\n{}",
            String::from_utf8_lossy(&output.stderr)
        )),
        Err(error) => Err(format!("{what} does not start: {error}")),
    }
}
