//! Connecting.

use std::error::Error as _;

use ::postgres::config::SslNegotiation;
use ::postgres::{Client, Config, NoTls};

use super::describe::describe;
use super::host::{Host, Place};
use super::password_file::{self, Answer};
use super::target::{Target, Wanted};
use super::tls::SslMode;

/// Why there is no connection: a sentence that names where and as whom, and no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("PostgreSQL at {servers} cannot be reached (database {database}, role {user}): {reason}")]
pub struct ConnectError {
    servers: String,
    database: String,
    user: String,
    reason: String,
}

/// What became of one server.
struct Failure {
    reason: String,
    /// Whether another server is worth trying: not when this one answered and refused, as in libpq.
    is_last: bool,
}

impl From<String> for Failure {
    fn from(reason: String) -> Failure {
        Failure {
            reason,
            is_last: false,
        }
    }
}

/// An error of connecting, as what becomes of it needs it.
struct Refusal {
    reason: String,
    /// SQLSTATE, where the server said something.
    code: Option<String>,
    /// Whether it is about encryption, before the server said anything.
    is_tls: bool,
}

impl Refusal {
    fn of(error: &::postgres::Error) -> Refusal {
        Refusal {
            reason: describe(error),
            code: error.code().map(|code| code.code().to_owned()),
            // The kind of an error is not told otherwise.
            is_tls: error.source().is_some() && error.to_string().contains("TLS handshake"),
        }
    }
}

impl Target {
    /// Connects to the first server that suits. To be called on a thread of no async runtime, where alone the
    /// client may be used and dropped; [`Connection`](super::Connection) may be anywhere.
    ///
    /// # Errors
    ///
    /// When no server can be reached, or the one that can refuses.
    pub fn connect(&self) -> Result<Client, ConnectError> {
        // Any server will do once no standby is found.
        let rounds: &[Wanted] = match self.wanted {
            Wanted::PreferStandby => &[Wanted::Standby, Wanted::Any],
            ref wanted => std::slice::from_ref(wanted),
        };
        let mut reasons = Vec::new();
        for wanted in rounds {
            reasons.clear();
            for host in &self.hosts {
                match self.connect_to(host, *wanted) {
                    Ok(client) => return Ok(client),
                    Err(failure) if failure.is_last => return Err(self.failed(&[failure.reason])),
                    Err(failure) if self.hosts.len() == 1 => reasons.push(failure.reason),
                    Err(failure) => reasons.push(format!("{host}: {}", failure.reason)),
                }
            }
        }
        Err(self.failed(&reasons))
    }

    pub(super) fn failed(&self, reasons: &[String]) -> ConnectError {
        ConnectError {
            servers: self.servers(),
            database: self.database.clone(),
            user: self.user.clone(),
            reason: reasons.join("; "),
        }
    }

    fn connect_to(&self, host: &Host, wanted: Wanted) -> Result<Client, Failure> {
        let (config, note) = self.config(host);
        let mut client = match self.encrypted_or_not(config, host) {
            Ok(client) => client,
            Err(refusal) => {
                let mut reason = refusal.reason;
                if let Some(note) = note {
                    reason = format!("{reason}; {note}");
                }
                // The server is starting or stopping (57P03): another may do.
                let is_last = refusal.code.is_some_and(|code| code != "57P03");
                return Err(Failure { reason, is_last });
            }
        };
        match suits(&mut client, wanted) {
            Ok(true) => Ok(client),
            Ok(false) => Err(format!("it is no {}", named(wanted)).into()),
            Err(error) => Err(describe(&error).into()),
        }
    }

    /// Connects as `sslmode` says. A server that refuses what was preferred is tried the other way, as
    /// libpq does.
    fn encrypted_or_not(&self, mut config: Config, host: &Host) -> Result<Client, Refusal> {
        let is_socket = matches!(host.place, Place::Socket(_));
        if is_socket || self.tls.mode == SslMode::Disable {
            config.ssl_mode(::postgres::config::SslMode::Disable);
            return config.connect(NoTls).map_err(|error| Refusal::of(&error));
        }
        let connector = self.tls.connector();
        let prefers = self.tls.mode == SslMode::Prefer;
        let refusal = match connector {
            Ok(connector) => {
                let mode = match prefers {
                    true => ::postgres::config::SslMode::Prefer,
                    false => ::postgres::config::SslMode::Require,
                };
                if self.tls.is_direct {
                    config.ssl_negotiation(SslNegotiation::Direct);
                }
                match config.ssl_mode(mode).connect(connector) {
                    Ok(client) => return Ok(client),
                    Err(error) => Refusal::of(&error),
                }
            }
            Err(reason) => Refusal {
                reason,
                code: None,
                is_tls: true,
            },
        };
        // 28000: pg_hba.conf has a line for connections without encryption alone.
        let may_do_without = refusal.is_tls || refusal.code.as_deref() == Some("28000");
        if prefers && may_do_without {
            config.ssl_mode(::postgres::config::SslMode::Disable);
            return config.connect(NoTls).map_err(|error| Refusal::of(&error));
        }
        Err(refusal)
    }

    /// The settings for a server, and what to say about the password if it refuses.
    fn config(&self, host: &Host) -> (Config, Option<String>) {
        let mut config = Config::new();
        match &host.place {
            Place::Socket(folder) => {
                config.host_path(folder);
            }
            Place::Network { name, address } => {
                // The name is also what the certificate is checked by.
                match (name.as_str(), address) {
                    ("", Some(address)) => config.host(&address.to_string()),
                    (name, _) => config.host(name),
                };
                if let Some(address) = address {
                    config.hostaddr(*address);
                }
            }
        }
        config
            .port(host.port)
            .user(&self.user)
            .dbname(&self.database)
            .application_name(&self.application_name)
            .channel_binding(self.channel_binding)
            // What a server remarks is not logged: it may quote rows.
            .notice_callback(|_| {});
        if let Some(options) = &self.options {
            config.options(options);
        }
        if let Some(timeout) = self.connect_timeout {
            config.connect_timeout(timeout);
        }
        config.keepalives(!self.keepalives.off);
        if let Some(idle) = self.keepalives.idle {
            config.keepalives_idle(idle);
        }
        if let Some(interval) = self.keepalives.interval {
            config.keepalives_interval(interval);
        }
        if let Some(count) = self.keepalives.count {
            config.keepalives_retries(count);
        }
        if let Some(timeout) = self.keepalives.user_timeout {
            config.tcp_user_timeout(timeout);
        }
        let note = match self.password_for(host) {
            Answer::Password(password) => {
                config.password(password);
                None
            }
            Answer::Refused(reason) => Some(reason),
            Answer::None => None,
        };
        (config, note)
    }

    /// The password: the one that was given, else that of the password file.
    fn password_for(&self, host: &Host) -> Answer {
        if let Some(password) = &self.password {
            return Answer::Password(password.clone());
        }
        let Some(file) = &self.password_file else {
            return Answer::None;
        };
        let (name, port) = (host.name_in_password_file(), host.port.to_string());
        password_file::look_up(file, [&name, &port, &self.database, &self.user])
    }
}

/// Whether a server is as wanted.
fn suits(client: &mut Client, wanted: Wanted) -> Result<bool, ::postgres::Error> {
    let mut is = |statement: &str| -> Result<bool, ::postgres::Error> {
        Ok(client.query_one(statement, &[])?.get(0))
    };
    let is_standby = "SELECT pg_catalog.pg_is_in_recovery()";
    let is_read_only = "SELECT pg_catalog.current_setting('transaction_read_only') = 'on'";
    Ok(match wanted {
        Wanted::Any => true,
        Wanted::Primary => !is(is_standby)?,
        Wanted::Standby | Wanted::PreferStandby => is(is_standby)?,
        Wanted::ReadWrite => !is(is_read_only)?,
        Wanted::ReadOnly => is(is_read_only)?,
    })
}

/// What a server is that suits.
fn named(wanted: Wanted) -> &'static str {
    match wanted {
        Wanted::Any => "server",
        Wanted::ReadWrite => "server that writes (target_session_attrs=read-write)",
        Wanted::ReadOnly => "server that only reads (target_session_attrs=read-only)",
        Wanted::Primary => "primary (target_session_attrs=primary)",
        Wanted::Standby | Wanted::PreferStandby => "standby (target_session_attrs=standby)",
    }
}
