//! Where servers listen.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::TargetError;

/// The port of PostgreSQL where none is named.
const PORT: u16 = 5432;

/// Where servers of this machine put their sockets: those of Debian and Red Hat, and PostgreSQL's own
/// default.
const SOCKET_FOLDERS: [&str; 3] = ["/run/postgresql", "/var/run/postgresql", "/tmp"];

/// A server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// Where it is.
    pub(super) place: Place,
    /// Its port.
    pub(super) port: u16,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// By a socket in a folder of this machine.
    Socket(PathBuf),
    /// By the network.
    Network {
        /// Its name, or its address as written; empty where only the address is given.
        name: String,
        /// Its address, where that need not be looked up.
        address: Option<IpAddr>,
    },
}

impl Host {
    /// The servers that `host`, `hostaddr` and `port` name, with commas between several.
    ///
    /// # Errors
    ///
    /// When a port or address is none, or there are not as many of one as of the other.
    pub(super) fn all(
        names: Option<&str>,
        addresses: Option<&str>,
        ports: Option<&str>,
    ) -> Result<Vec<Host>, TargetError> {
        let split = |text: Option<&str>| -> Vec<String> {
            let parts = text.map(|text| text.split(',').map(|part| part.trim().to_owned()));
            parts.map(Iterator::collect).unwrap_or_default()
        };
        let (names, addresses, ports) = (split(names), split(addresses), split(ports));
        let count = names.len().max(addresses.len()).max(1);
        let fits = |list: &[String]| list.is_empty() || list.len() == count;
        if !fits(&names) || !fits(&addresses) || !(fits(&ports) || ports.len() == 1) {
            return Err(TargetError::HostCount);
        }
        let at = |list: &[String], at: usize| list.get(at).cloned().unwrap_or_default();
        let one = |index: usize| {
            let port = match ports.len() {
                1 => at(&ports, 0),
                _ => at(&ports, index),
            };
            Host::one(at(&names, index), &at(&addresses, index), &port)
        };
        (0..count).map(one).collect()
    }

    fn one(name: String, address: &str, port: &str) -> Result<Host, TargetError> {
        let port = match port {
            "" => PORT,
            port => match port.parse() {
                Ok(port) if port > 0 => port,
                _ => return Err(TargetError::Port),
            },
        };
        let address = match address {
            "" => None,
            address => Some(address.parse().map_err(|_| TargetError::Host)?),
        };
        let place = match (name.starts_with('/'), address) {
            (true, None) => Place::Socket(PathBuf::from(name)),
            (false, None) if name.is_empty() => default_place(port),
            (_, address) => Place::Network { name, address },
        };
        Ok(Host { place, port })
    }

    /// What a password file calls it.
    ///
    /// Source: PostgreSQL `src/interfaces/libpq/fe-connect.c`, `passwordFromFile`.
    pub(super) fn name_in_password_file(&self) -> String {
        match &self.place {
            Place::Socket(folder) if SOCKET_FOLDERS.iter().any(|one| Path::new(one) == folder) => {
                "localhost".to_owned()
            }
            Place::Socket(folder) => folder.display().to_string(),
            Place::Network { name, address } => match address {
                Some(address) if name.is_empty() => address.to_string(),
                _ => name.clone(),
            },
        }
    }
}

/// The socket that is there, else this machine by the network.
fn default_place(port: u16) -> Place {
    let socket = |folder: &&&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
    match SOCKET_FOLDERS.iter().find(socket) {
        Some(folder) if cfg!(unix) => Place::Socket(PathBuf::from(folder)),
        _ => Place::Network {
            name: "localhost".to_owned(),
            address: None,
        },
    }
}

/// `db:5432`, `[::1]:5432`, `/run/postgresql:5432`.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &self.place {
            Place::Socket(folder) => folder.display().to_string(),
            Place::Network { name, address } => match address {
                Some(address) if name.is_empty() => address.to_string(),
                _ => name.clone(),
            },
        };
        match name.contains(':') {
            true => write!(f, "[{name}]:{}", self.port),
            false => write!(f, "{name}:{}", self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Host;
    use crate::postgres::TargetError;

    fn told(names: &str, addresses: &str, ports: &str) -> Result<String, TargetError> {
        let option = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (names, addresses, ports) = (option(names), option(addresses), option(ports));
        let hosts = Host::all(names.as_deref(), addresses.as_deref(), ports.as_deref())?;
        let hosts: Vec<String> = hosts.iter().map(Host::to_string).collect();
        Ok(hosts.join(" "))
    }

    #[test]
    fn one_port_is_that_of_all_hosts() {
        assert_eq!(told("a,b", "", "7").unwrap(), "a:7 b:7");
        assert_eq!(told("a,b", "", "7,").unwrap(), "a:7 b:5432");
        assert_eq!(told("/run/x", "", "").unwrap(), "/run/x:5432");
        assert_eq!(told("", "::1", "").unwrap(), "[::1]:5432");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(told("a,b", "", "1,2,3"), Err(TargetError::HostCount));
        assert_eq!(told("a", "", "0"), Err(TargetError::Port));
        assert_eq!(told("a", "", "65536"), Err(TargetError::Port));
        assert_eq!(told("a", "b", ""), Err(TargetError::Host));
    }
}
