//! The parameters of a connection string.
//!
//! Source: PostgreSQL's documentation, "Parameter Key Words" and "Environment Variables" of libpq.

/// What becomes of a parameter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning {
    /// It is followed.
    Followed,
    /// It makes no difference here, and no connection less safe.
    Ignored,
    /// It asks for something that is not there, when it has such a value.
    Refused(fn(&str) -> bool),
    /// It is sgq's own, and the server never sees it.
    Own,
}

/// A parameter.
#[derive(Debug)]
pub(super) struct Keyword {
    /// What it is called.
    pub(super) name: &'static str,
    /// The variable of the environment that stands in for it.
    pub(super) variable: Option<&'static str>,
    /// What becomes of it.
    pub(super) meaning: Meaning,
}

const fn keyword(name: &'static str, variable: &'static str, meaning: Meaning) -> Keyword {
    let variable = if variable.is_empty() {
        None
    } else {
        Some(variable)
    };
    Keyword {
        name,
        variable,
        meaning,
    }
}

use Meaning::{Followed, Ignored, Own, Refused};

/// Whatever it says.
fn always(_: &str) -> bool {
    true
}

fn is_require(value: &str) -> bool {
    value == "require"
}

fn is_on(value: &str) -> bool {
    !["0", "off", "no", "false"].contains(&value)
}

/// All of them.
pub(super) const KEYWORDS: &[Keyword] = &[
    keyword("host", "PGHOST", Followed),
    keyword("hostaddr", "PGHOSTADDR", Followed),
    keyword("port", "PGPORT", Followed),
    keyword("dbname", "PGDATABASE", Followed),
    keyword("user", "PGUSER", Followed),
    keyword("password", "PGPASSWORD", Followed),
    keyword("passfile", "PGPASSFILE", Followed),
    keyword("options", "PGOPTIONS", Followed),
    keyword("application_name", "PGAPPNAME", Followed),
    keyword("fallback_application_name", "", Followed),
    keyword("connect_timeout", "PGCONNECT_TIMEOUT", Followed),
    keyword("target_session_attrs", "PGTARGETSESSIONATTRS", Followed),
    keyword("channel_binding", "PGCHANNELBINDING", Followed),
    keyword("sslmode", "PGSSLMODE", Followed),
    keyword("sslnegotiation", "PGSSLNEGOTIATION", Followed),
    keyword("sslrootcert", "PGSSLROOTCERT", Followed),
    keyword("sslcert", "PGSSLCERT", Followed),
    keyword("sslkey", "PGSSLKEY", Followed),
    keyword("sslsni", "PGSSLSNI", Followed),
    keyword(
        "ssl_min_protocol_version",
        "PGSSLMINPROTOCOLVERSION",
        Followed,
    ),
    keyword("keepalives", "", Followed),
    keyword("keepalives_idle", "", Followed),
    keyword("keepalives_interval", "", Followed),
    keyword("keepalives_count", "", Followed),
    keyword("tcp_user_timeout", "", Followed),
    keyword("client_encoding", "PGCLIENTENCODING", Ignored),
    keyword("gssencmode", "PGGSSENCMODE", Refused(is_require)),
    keyword("gssdelegation", "PGGSSDELEGATION", Ignored),
    keyword("gsslib", "PGGSSLIB", Ignored),
    keyword("krbsrvname", "PGKRBSRVNAME", Ignored),
    keyword("load_balance_hosts", "PGLOADBALANCEHOSTS", Ignored),
    keyword("min_protocol_version", "PGMINPROTOCOLVERSION", Ignored),
    keyword("max_protocol_version", "PGMAXPROTOCOLVERSION", Ignored),
    keyword(
        "ssl_max_protocol_version",
        "PGSSLMAXPROTOCOLVERSION",
        Ignored,
    ),
    keyword("sslcompression", "PGSSLCOMPRESSION", Ignored),
    keyword("sslcertmode", "PGSSLCERTMODE", Refused(is_require)),
    keyword("sslkeylogfile", "", Refused(always)),
    keyword("sslpassword", "", Refused(always)),
    keyword("sslcrl", "PGSSLCRL", Refused(always)),
    keyword("sslcrldir", "PGSSLCRLDIR", Refused(always)),
    keyword("requiressl", "PGREQUIRESSL", Refused(is_on)),
    keyword("requirepeer", "PGREQUIREPEER", Refused(always)),
    keyword("require_auth", "PGREQUIREAUTH", Refused(always)),
    keyword("replication", "", Refused(is_on)),
    keyword("service", "PGSERVICE", Refused(always)),
    keyword("servicefile", "PGSERVICEFILE", Ignored),
    keyword("table_name", "PG_TABLE_NAME", Own),
    keyword("schema_name", "", Own),
    keyword("sgq_schema", "", Own),
    keyword("read", "", Own),
];

/// The parameter of that name.
pub(super) fn find(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}

/// The name that is written most like `name`, if one is.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let near = KEYWORDS.iter().map(|keyword| {
        (
            strsim::damerau_levenshtein(keyword.name, name),
            keyword.name,
        )
    });
    near.min()
        .filter(|(far, _)| *far <= 2)
        .map(|(_, name)| name)
}
