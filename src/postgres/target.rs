//! Where a database is and how to reach it, as users write it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ::postgres::config::ChannelBinding;

use super::environment::Environment;
use super::host::{Host, Place};
use super::keywords::{self, KEYWORDS, Meaning};
use super::tls::Tls;
use super::{conninfo, url};

/// What the server is told that sgq is.
const APPLICATION_NAME: &str = "sgq";

/// The least time, in seconds, that a connection is waited for where a limit is set, as in libpq.
const LEAST_TIMEOUT: u64 = 2;

/// A database and how to reach it. Neither `Debug` nor `Display` tells the password.
#[derive(Clone)]
pub struct Target {
    /// The servers, of which the first that suits is taken; at least one.
    pub(super) hosts: Vec<Host>,
    /// The database's name.
    pub(super) database: String,
    /// The role.
    pub(super) user: String,
    /// The password, where it was given.
    pub(super) password: Option<String>,
    /// The file that has it otherwise.
    pub(super) password_file: Option<PathBuf>,
    /// What the server is told that sgq is.
    pub(super) application_name: String,
    /// Settings for the session, as arguments of the server.
    pub(super) options: Option<String>,
    /// How long each server is waited for.
    pub(super) connect_timeout: Option<Duration>,
    /// Which servers suit.
    pub(super) wanted: Wanted,
    /// Whether the password's proof is tied to the encryption.
    pub(super) channel_binding: ChannelBinding,
    /// How the connection is encrypted.
    pub(super) tls: Tls,
    /// How a lost server is noticed.
    pub(super) keepalives: Keepalives,
    /// sgq's own parameters.
    own: BTreeMap<&'static str, String>,
}

/// Which of several servers suit (`target_session_attrs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Any.
    Any,
    /// One that writes.
    ReadWrite,
    /// One that refuses to write.
    ReadOnly,
    /// One that is no standby.
    Primary,
    /// A standby.
    Standby,
    /// A standby if there is one.
    PreferStandby,
}

/// How a lost server is noticed; the system's ways where nothing is set.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Keepalives {
    /// Whether to ask at all.
    pub(super) off: bool,
    /// After how long a silence.
    pub(super) idle: Option<Duration>,
    /// How often again.
    pub(super) interval: Option<Duration>,
    /// How many times.
    pub(super) count: Option<u32>,
    /// How long what was sent may stay without an answer.
    pub(super) user_timeout: Option<Duration>,
}

/// Why a text names no database. No text of it is quoted, since any part may be the password's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// A word has no value.
    #[error(
        "the connection string of PostgreSQL has a part that is no keyword=value; write a value with blanks as '…'"
    )]
    NotKeywordAndValue,
    /// A quote does not end.
    #[error("the connection string of PostgreSQL has a ' without another that ends the value")]
    NoEndOfQuote,
    /// A password in a URL is not encoded.
    #[error(
        "the URL of PostgreSQL has a / or @ in the user's name or password; write them %2F and %40 there"
    )]
    NotEncoded,
    /// A `%` is none of an encoding.
    #[error(
        "the URL of PostgreSQL has a % that is not followed by the two digits of a character; write %25"
    )]
    Percent,
    /// A host is none.
    #[error(
        "the connection string of PostgreSQL names a host that is none; an IPv6 address in a URL stands in [ ]"
    )]
    Host,
    /// A port is none.
    #[error(
        "the connection string of PostgreSQL names a port that is no number from 1 to 65535; if it is a part of the \
         password, write / there as %2F and @ as %40"
    )]
    Port,
    /// Hosts and ports do not fit.
    #[error(
        "the connection string of PostgreSQL names another number of ports or addresses than of hosts"
    )]
    HostCount,
    /// There is no such parameter.
    #[error("the connection string of PostgreSQL has a parameter that libpq does not know{}",
        .near.map(|name| format!("; did you mean {name}?")).unwrap_or_default())]
    Unknown {
        /// The one that is written most like it.
        near: Option<&'static str>,
    },
    /// A parameter's value is none of its values.
    #[error("the parameter {name} of the connection to PostgreSQL is none of: {known}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What it may say.
        known: &'static str,
    },
    /// A parameter asks for what sgq does not do, and leaving it out would make the connection less safe.
    #[error("sgq does not know the parameter {name} of connections to PostgreSQL; leave it out{}",
        .variable.map(|variable| format!(", and {variable} unset")).unwrap_or_default())]
    Refused {
        /// The parameter.
        name: &'static str,
        /// The variable that stands for it.
        variable: Option<&'static str>,
    },
    /// Nobody says who connects.
    #[error("nothing says as whom to connect to PostgreSQL; name the role with user=… or PGUSER")]
    NoUser,
    /// The checks of certificates do not go with the certificates to check by.
    #[error(
        "sslrootcert=system goes with sslmode=verify-full alone, since anybody can have a certificate that the system trusts"
    )]
    WeakWithSystem,
}

impl Target {
    /// Whether a text is meant as a database: a URL, or a text that begins with a keyword of libpq and `=`.
    /// One that gives a password is, wherever in it that stands, so that nobody repeats it as the name
    /// of a file.
    pub fn looks_like(text: &str) -> bool {
        let is_pair = |word: &str| {
            let name = word.split_once('=').map(|(name, _)| name);
            name.is_some_and(|name| keywords::find(name).is_some())
        };
        let mut words = text.split_ascii_whitespace();
        url::without_scheme(text).is_some()
            || words.clone().next().is_some_and(is_pair)
            || words.any(|word| word.starts_with("password="))
    }

    /// Reads a URL, or keywords with values. What it leaves open the environment says, and then libpq's
    /// defaults do.
    ///
    /// # Errors
    ///
    /// When it is none, or asks for what cannot be given without being less safe than it says.
    pub fn parse(text: &str, environment: &Environment) -> Result<Target, TargetError> {
        let pairs = match url::without_scheme(text) {
            Some(rest) => url::parse(rest)?,
            None => conninfo::parse(text)?,
        };
        Target::from_settings(&Settings::new(pairs, environment)?, environment)
    }

    fn from_settings(
        settings: &Settings,
        environment: &Environment,
    ) -> Result<Target, TargetError> {
        let user = settings.get("user").map(str::to_owned);
        let user = user
            .or_else(|| environment.user())
            .ok_or(TargetError::NoUser)?;
        let timeout = settings.number("connect_timeout")?;
        let seconds = |name| Ok(settings.positive(name)?.map(Duration::from_secs));
        let own = KEYWORDS
            .iter()
            .filter(|keyword| matches!(keyword.meaning, Meaning::Own))
            .filter_map(|keyword| Some((keyword.name, settings.get(keyword.name)?.to_owned())));
        settings.one_of(
            "read",
            "backend, store",
            &[("backend", ()), ("store", ())],
            (),
        )?;
        Ok(Target {
            hosts: Host::all(
                settings.get("host"),
                settings.get("hostaddr"),
                settings.get("port"),
            )?,
            database: settings.get("dbname").unwrap_or(&user).to_owned(),
            user,
            password: settings.get("password").map(str::to_owned),
            password_file: match settings.get("passfile") {
                Some(path) => Some(PathBuf::from(path)),
                None => environment.at_home(".pgpass"),
            },
            application_name: settings
                .get("application_name")
                .or_else(|| settings.get("fallback_application_name"))
                .unwrap_or(APPLICATION_NAME)
                .to_owned(),
            options: settings.get("options").map(str::to_owned),
            connect_timeout: timeout
                .and_then(|seconds| u64::try_from(seconds).ok())
                .filter(|seconds| *seconds > 0)
                .map(|seconds| Duration::from_secs(seconds.max(LEAST_TIMEOUT))),
            wanted: settings.one_of(
                "target_session_attrs",
                "any, read-write, read-only, primary, standby, prefer-standby",
                &[
                    ("any", Wanted::Any),
                    ("read-write", Wanted::ReadWrite),
                    ("read-only", Wanted::ReadOnly),
                    ("primary", Wanted::Primary),
                    ("standby", Wanted::Standby),
                    ("prefer-standby", Wanted::PreferStandby),
                ],
                Wanted::Any,
            )?,
            channel_binding: settings.one_of(
                "channel_binding",
                "disable, prefer, require",
                &[
                    ("disable", ChannelBinding::Disable),
                    ("prefer", ChannelBinding::Prefer),
                    ("require", ChannelBinding::Require),
                ],
                ChannelBinding::Prefer,
            )?,
            tls: Tls::from_settings(settings, environment)?,
            keepalives: Keepalives {
                off: settings.number("keepalives")? == Some(0),
                idle: seconds("keepalives_idle")?,
                interval: seconds("keepalives_interval")?,
                count: settings
                    .positive("keepalives_count")?
                    .and_then(|count| u32::try_from(count).ok()),
                user_timeout: settings
                    .positive("tcp_user_timeout")?
                    .map(Duration::from_millis),
            },
            own: own.collect(),
        })
    }

    /// One of sgq's own parameters, which stand among those of the connection and which no server sees:
    /// `table_name` (else `PG_TABLE_NAME`), `schema_name`, `sgq_schema`, and `read`, which is `backend` or
    /// `store`.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.own.get(name).map(String::as_str)
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The role that connects.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The servers, as `HOST:PORT` with commas between them; `FOLDER:PORT` of a socket.
    pub fn servers(&self) -> String {
        let hosts: Vec<String> = self.hosts.iter().map(Host::to_string).collect();
        hosts.join(",")
    }

    /// Whether two targets are the same database, whoever asks for it.
    pub fn is_same_database(&self, other: &Target) -> bool {
        self.hosts == other.hosts && self.database == other.database && self.own == other.own
    }
}

/// `postgres://HOST:PORT/DATABASE`, `postgres:///DATABASE?host=FOLDER&port=PORT`: where it is, and not who
/// asks.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [
            Host {
                place: Place::Socket(folder),
                port,
            },
        ] = self.hosts.as_slice()
        {
            let folder = folder.display();
            return write!(f, "postgres:///{}?host={folder}&port={port}", self.database);
        }
        write!(f, "postgres://{}/{}", self.servers(), self.database)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self} as {})", self.user)
    }
}

/// What is set, by the text or by the environment.
pub(super) struct Settings(BTreeMap<&'static str, String>);

impl Settings {
    /// Takes what a text says, then what the environment says of the rest.
    ///
    /// # Errors
    ///
    /// When a parameter is not known or not to be had.
    fn new(
        pairs: Vec<(String, String)>,
        environment: &Environment,
    ) -> Result<Settings, TargetError> {
        let mut settings = BTreeMap::new();
        for (name, value) in pairs {
            let keyword = keywords::find(&name).ok_or_else(|| TargetError::Unknown {
                near: keywords::nearest(&name),
            })?;
            settings.insert(keyword.name, value);
        }
        for keyword in KEYWORDS {
            let Some(variable) = keyword.variable else {
                continue;
            };
            if let Some(value) = environment.get(variable) {
                settings
                    .entry(keyword.name)
                    .or_insert_with(|| value.to_owned());
            }
        }
        settings.retain(|_, value| !value.is_empty());
        for keyword in KEYWORDS {
            if let Meaning::Refused(refused_when) = keyword.meaning
                && settings
                    .get(keyword.name)
                    .is_some_and(|value| refused_when(value))
            {
                return Err(TargetError::Refused {
                    name: keyword.name,
                    variable: keyword.variable,
                });
            }
        }
        Ok(Settings(settings))
    }

    /// What a parameter says.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The meaning of a parameter that has a few values, or `default` where it is not set.
    ///
    /// # Errors
    ///
    /// When it is set to none of them.
    pub(super) fn one_of<T: Copy>(
        &self,
        name: &'static str,
        known: &'static str,
        values: &[(&str, T)],
        default: T,
    ) -> Result<T, TargetError> {
        let Some(written) = self.get(name) else {
            return Ok(default);
        };
        let value = values.iter().find(|(value, _)| *value == written);
        value
            .map(|(_, value)| *value)
            .ok_or(TargetError::Value { name, known })
    }

    fn number(&self, name: &'static str) -> Result<Option<i64>, TargetError> {
        let number = self.get(name).map(|text| text.trim().parse());
        number.transpose().map_err(|_| TargetError::Value {
            name,
            known: "a whole number",
        })
    }

    fn positive(&self, name: &'static str) -> Result<Option<u64>, TargetError> {
        let number = self.number(name)?;
        Ok(number
            .and_then(|number| u64::try_from(number).ok())
            .filter(|number| *number > 0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Environment, Target, TargetError};

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::from_pairs(pairs.iter().copied())
    }

    fn parsed(text: &str, pairs: &[(&str, &str)]) -> Target {
        Target::parse(text, &environment(pairs)).unwrap()
    }

    fn error(text: &str) -> String {
        let error = Target::parse(text, &environment(&[("PGUSER", "me")]));
        error.unwrap_err().to_string()
    }

    #[test]
    fn the_text_counts_before_the_environment() {
        let pairs = [
            ("PGHOST", "other"),
            ("PGPORT", "7"),
            ("PGDATABASE", "d"),
            ("PGUSER", "me"),
            ("PGPASSWORD", "hunter2"),
        ];
        let target = parsed("postgres://db", &pairs);
        assert_eq!(target.to_string(), "postgres://db:7/d");
        assert_eq!(format!("{target:?}"), "Target(postgres://db:7/d as me)");
        assert_eq!(target.password.as_deref(), Some("hunter2"));
        let target = parsed("host=a,b dbname=x user=you", &pairs);
        assert_eq!(target.to_string(), "postgres://a:7,b:7/x");
        assert_eq!(target.user(), "you");
    }

    #[test]
    fn the_database_is_called_as_the_role() {
        let target = parsed("host=db", &[("PGUSER", "me")]);
        assert_eq!(target.database(), "me");
    }

    #[test]
    fn a_socket_is_named_by_its_folder() {
        let expected = "postgres:///x?host=/run/pg&port=5432";
        let user = [("PGUSER", "me")];
        assert_eq!(parsed("host=/run/pg dbname=x", &user).to_string(), expected);
        assert_eq!(
            parsed("postgres:///x?host=%2Frun%2Fpg", &user).to_string(),
            expected
        );
        assert_eq!(
            parsed("postgres://%2Frun%2Fpg/x", &user).to_string(),
            expected
        );
    }

    #[test]
    fn own_parameters_are_kept_apart() {
        let pairs = [("PGUSER", "me"), ("PG_TABLE_NAME", "t")];
        let target = parsed("postgres://db/x?schema_name=a&read=backend", &pairs);
        assert_eq!(target.option("schema_name"), Some("a"));
        assert_eq!(target.option("table_name"), Some("t"));
        assert_eq!(target.option("read"), Some("backend"));
        assert_eq!(target.option("sgq_schema"), None);
    }

    #[test]
    fn databases_are_told_from_files() {
        for text in [
            "postgres://",
            "postgresql://db/x",
            "host=db",
            "dbname=x  user=me",
            "hots=db password=x",
        ] {
            assert!(Target::looks_like(text), "{text}");
        }
        for text in ["states", "a=b", "https://db", "envs/host=db", "", "host"] {
            assert!(!Target::looks_like(text), "{text}");
        }
    }

    #[test]
    fn what_would_be_less_safe_is_refused() {
        insta::assert_snapshot!(
            [
                "host=db gssencmode=require",
                "host=db sslcrl=x",
                "host=db require_auth=none",
                "host=db service=prod",
                "host=db sslmode=maybe",
                "host=db sslrootcert=system sslmode=require",
                "host=db sslmod=require",
                "host=db connect_timeout=soon",
                "postgres://me:secret/word@db/x",
            ]
            .map(error)
            .join("\n"),
            @r"
        sgq does not know the parameter gssencmode of connections to PostgreSQL; leave it out, and PGGSSENCMODE unset
        sgq does not know the parameter sslcrl of connections to PostgreSQL; leave it out, and PGSSLCRL unset
        sgq does not know the parameter require_auth of connections to PostgreSQL; leave it out, and PGREQUIREAUTH unset
        sgq does not know the parameter service of connections to PostgreSQL; leave it out, and PGSERVICE unset
        the parameter sslmode of the connection to PostgreSQL is none of: disable, allow, prefer, require, verify-ca, verify-full
        sslrootcert=system goes with sslmode=verify-full alone, since anybody can have a certificate that the system trusts
        the connection string of PostgreSQL has a parameter that libpq does not know; did you mean sslmode?
        the parameter connect_timeout of the connection to PostgreSQL is none of: a whole number
        the URL of PostgreSQL has a / or @ in the user's name or password; write them %2F and %40 there
        "
        );
        assert!(
            Target::parse("host=db gssencmode=prefer user=me", &Environment::default()).is_ok()
        );
    }

    #[test]
    fn no_error_quotes_the_text() {
        for text in [
            "postgres://me:hunter2/x@db/y",
            "postgres://me:hunter2",
            "postgres://hunter2:5x@db:hunter2/x",
            "postgres://db/x?hunter2=1",
            "postgres://db/x?hunter2",
            "host=db hunter2",
            "password='hunter2",
            "postgres://[hunter2",
            "hostaddr=hunter2",
        ] {
            let error = Target::parse(text, &environment(&[("PGUSER", "me")])).unwrap_err();
            assert!(
                !format!("{error} {error:?}").contains("hunter2"),
                "{text}: {error}"
            );
        }
        assert_eq!(
            Target::parse("hostaddr=x user=me", &Environment::default()).unwrap_err(),
            TargetError::Host
        );
    }

    proptest! {
        #[test]
        fn no_part_of_a_password_is_told_however_it_is_written(password in "[0-9@/:%?#&=,\\[\\]' ]{8,16}") {
            for text in [
                format!("postgres://me:{password}@db/x"),
                format!("host=db user=me password={password}"),
                format!("host=db user=me password='{password}"),
            ] {
                let told = match Target::parse(&text, &Environment::default()) {
                    Ok(target) => format!("{target} {target:?}"),
                    Err(error) => format!("{error} {error:?}"),
                };
                let parts: Vec<char> = password.chars().collect();
                for part in parts.windows(5) {
                    let part: String = part.iter().collect();
                    prop_assert!(!told.contains(&part), "{} tells {}", text, told);
                }
            }
        }
    }
}
