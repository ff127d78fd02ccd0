//! Connections as libpq makes them: encryption, sockets, password files, the environment.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use sgq::postgres::{Connection, Environment, StatementError, Target};

use crate::server::{PASSWORD, Postgres};

/// An authority and what it signs.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new(name: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        Authority {
            certificate: params.self_signed(&key).unwrap().pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// A certificate for a host, or of a client without one, and its key.
    fn sign(&self, name: &str, hosts: &[&str], usage: ExtendedKeyUsagePurpose) -> (String, String) {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let mut params = CertificateParams::new(hosts).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// How a connection is made: `encrypted`, `plain`, or what is wrong.
fn attempt(text: &str, environment: &[(&str, &str)]) -> String {
    let environment = Environment::from_pairs(environment.iter().copied());
    let target = match Target::parse(text, &environment) {
        Ok(target) => target,
        Err(error) => return error.to_string(),
    };
    let told = match target.connect() {
        Ok(mut client) => {
            let row = client
                .query_one(
                    "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
                    &[],
                )
                .unwrap();
            match row.get(0) {
                true => "encrypted".to_owned(),
                false => "plain".to_owned(),
            }
        }
        Err(error) => error.to_string(),
    };
    assert!(!told.contains(PASSWORD), "{told}");
    assert!(!format!("{target:?} {target}").contains(PASSWORD));
    told
}

fn write(folder: &Path, name: &str, text: &str, mode: u32) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path.display().to_string()
}

#[test]
fn encryption_is_as_sslmode_says() {
    let authority = Authority::new("ours");
    let other = Authority::new("theirs");
    let (certificate, key) = authority.sign(
        "localhost",
        &["localhost"],
        ExtendedKeyUsagePurpose::ServerAuth,
    );
    let rules = "\
        local all all scram-sha-256\n\
        hostssl all carrier all cert\n\
        hostssl all bare all reject\n\
        host all all all scram-sha-256\n";
    let server = Postgres::start_with(
        &[
            ("ssl", "on"),
            ("ssl_cert_file", "../server.crt"),
            ("ssl_key_file", "../server.key"),
            ("ssl_ca_file", "../ca.crt"),
            ("hba_file", "pg_hba.conf"),
        ],
        &[
            ("server.crt", &certificate),
            ("server.key", &key),
            ("ca.crt", &authority.certificate),
            ("pg_hba.conf", rules),
        ],
    )
    .unwrap();
    server
        .connect("postgres")
        .batch_execute(&format!(
            "CREATE ROLE carrier LOGIN; CREATE ROLE bare LOGIN PASSWORD '{PASSWORD}'"
        ))
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let ca = write(here, "ca.crt", &authority.certificate, 0o644);
    let wrong = write(here, "wrong.crt", &other.certificate, 0o644);
    let (client, client_key) = authority.sign("carrier", &[], ExtendedKeyUsagePurpose::ClientAuth);
    let client = write(here, "client.crt", &client, 0o644);
    let open_key = write(here, "open.key", &client_key, 0o644);
    let client_key = write(here, "client.key", &client_key, 0o600);
    let port = server.port();
    let home = here.display().to_string();
    let try_as = |user: &str, host: &str, rest: &str| {
        let text = format!(
            "host={host} port={port} dbname=postgres user={user} password={PASSWORD} {rest}"
        );
        attempt(&text, &[("HOME", &home)])
            .replace(&port.to_string(), "PORT")
            .replace(&home, "HOME")
    };
    let ours = |host: &str, rest: &str| try_as("postgres", host, rest);
    for (host, rest, expected) in [
        ("localhost", "sslmode=disable".to_owned(), "plain"),
        ("localhost", "sslmode=allow".to_owned(), "encrypted"),
        ("localhost", "sslmode=prefer".to_owned(), "encrypted"),
        ("localhost", String::new(), "encrypted"),
        ("localhost", "sslmode=require".to_owned(), "encrypted"),
        (
            "127.0.0.1",
            format!("sslmode=require sslrootcert={ca}"),
            "encrypted",
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-ca sslrootcert={ca}"),
            "encrypted",
        ),
        (
            "localhost",
            format!("sslmode=verify-full sslrootcert={ca}"),
            "encrypted",
        ),
        // What was preferred is done without, as libpq does.
        (
            "localhost",
            format!("sslmode=prefer sslrootcert={wrong}"),
            "plain",
        ),
    ] {
        assert_eq!(ours(host, &rest), expected, "{host} {rest}");
    }
    let told = [
        ours("localhost", &format!("sslmode=require sslrootcert={wrong}")),
        ours(
            "localhost",
            &format!("sslmode=verify-ca sslrootcert={wrong}"),
        ),
        ours(
            "127.0.0.1",
            &format!("sslmode=verify-full sslrootcert={ca}"),
        ),
        ours("localhost", "sslmode=verify-full"),
        ours("localhost", "sslmode=verify-full sslrootcert=/nowhere"),
        ours("localhost", "sslrootcert=system"),
        try_as("carrier", "localhost", "sslmode=require"),
        try_as(
            "carrier",
            "localhost",
            &format!("sslmode=require sslcert={client} sslkey={open_key}"),
        ),
        try_as("bare", "localhost", "sslmode=require"),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    PostgreSQL at localhost:PORT cannot be reached (database postgres, role postgres): its certificate is not signed by an authority that is trusted; see sslrootcert
    PostgreSQL at localhost:PORT cannot be reached (database postgres, role postgres): its certificate is not signed by an authority that is trusted; see sslrootcert
    PostgreSQL at 127.0.0.1:PORT cannot be reached (database postgres, role postgres): its certificate is not for a host of that name; sslmode=verify-ca does not look at the name
    PostgreSQL at localhost:PORT cannot be reached (database postgres, role postgres): there is no HOME/.postgresql/root.crt to verify the server's certificate by; name one with sslrootcert=FILE, or trust whom the system trusts with sslrootcert=system
    PostgreSQL at localhost:PORT cannot be reached (database postgres, role postgres): the certificate /nowhere cannot be read
    PostgreSQL at localhost:PORT cannot be reached (database postgres, role postgres): its certificate is not signed by an authority that is trusted; see sslrootcert
    PostgreSQL at localhost:PORT cannot be reached (database postgres, role carrier): connection requires a valid client certificate (SQLSTATE 28000)
    PostgreSQL at localhost:PORT cannot be reached (database postgres, role carrier): the key HOME/open.key is not used, since others may read it: run chmod 600
    PostgreSQL at localhost:PORT cannot be reached (database postgres, role bare): pg_hba.conf rejects connection for host "127.0.0.1", user "bare", database "postgres", SSL encryption (SQLSTATE 28000)
    "#);
    let with_certificate =
        format!("sslmode=verify-full sslrootcert={ca} sslcert={client} sslkey={client_key}");
    assert_eq!(
        try_as("carrier", "localhost", &with_certificate),
        "encrypted"
    );
    assert_eq!(try_as("bare", "localhost", "sslmode=prefer"), "plain");
    assert_eq!(
        ours("localhost", "sslmode=require channel_binding=require"),
        "encrypted"
    );

    // The files in ~/.postgresql stand in for what is not named.
    fs::create_dir(here.join(".postgresql")).unwrap();
    write(here, ".postgresql/root.crt", &authority.certificate, 0o644);
    assert_eq!(ours("localhost", "sslmode=verify-full"), "encrypted");
    write(here, ".postgresql/root.crt", &other.certificate, 0o644);
    assert!(ours("localhost", "sslmode=require").contains("not signed by an authority"));
}

#[test]
fn servers_and_roles_are_found_as_libpq_finds_them() {
    let server = Postgres::start().unwrap();
    let (port, folder) = (server.port().to_string(), server.folder());
    server
        .make_database("standing")
        .batch_execute("ALTER DATABASE standing SET default_transaction_read_only = on")
        .unwrap();
    let home = tempfile::tempdir().unwrap();
    let home_path = home.path().display().to_string();
    let socket = folder.display().to_string();
    let try_with = |text: &str, more: &[(&str, &str)]| {
        let mut environment = vec![("HOME", home_path.as_str())];
        environment.extend(more);
        attempt(text, &environment)
            .replace(&port, "PORT")
            .replace(&socket, "SOCKETS")
            .replace(&home_path, "HOME")
    };
    let password = [("PGPASSWORD", PASSWORD)];
    let all = [
        ("PGHOST", "127.0.0.1"),
        ("PGPORT", port.as_str()),
        ("PGUSER", "postgres"),
        ("PGDATABASE", "postgres"),
        ("PGPASSWORD", PASSWORD),
        ("PGSSLMODE", "prefer"),
        ("PGCONNECT_TIMEOUT", "10"),
        ("PGOPTIONS", "-c search_path=pg_catalog"),
    ];
    assert_eq!(try_with("postgres://", &all), "plain");
    let by_socket = format!("host={socket} port={port} user=postgres sslmode=require");
    assert_eq!(try_with(&by_socket, &password), "plain");
    let encoded = socket.replace('/', "%2F");
    let by_socket = format!("postgres://postgres@{encoded}:{port}/postgres");
    assert_eq!(try_with(&by_socket, &password), "plain");
    let by_address = format!("host=nowhere.invalid hostaddr=127.0.0.1 port={port} user=postgres");
    assert_eq!(try_with(&by_address, &password), "plain");
    let second = format!("postgres://postgres@127.0.0.1:1,127.0.0.1:{port}/postgres");
    assert_eq!(try_with(&second, &password), "plain");
    let writes = format!("postgres://postgres@127.0.0.1:{port}/postgres?target_session_attrs=");
    assert_eq!(try_with(&format!("{writes}read-write"), &password), "plain");
    assert_eq!(try_with(&format!("{writes}primary"), &password), "plain");
    assert_eq!(
        try_with(&format!("{writes}prefer-standby"), &password),
        "plain"
    );
    let reads =
        format!("postgres://postgres@127.0.0.1:{port}/standing?target_session_attrs=read-only");
    assert_eq!(try_with(&reads, &password), "plain");

    let place = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    let told = [
        try_with(&place, &[]),
        try_with(&place, &[("PGPASSWORD", "hunter3")]),
        try_with("postgres://me@127.0.0.1:1/x", &[]),
        try_with("host=/nowhere user=me", &[]),
        try_with(&format!("{writes}standby"), &password),
        try_with(&format!("{place}?sslmode=require"), &password),
        try_with(
            &format!("postgres://postgres@127.0.0.1:{port}/nothing"),
            &password,
        ),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    PostgreSQL at 127.0.0.1:PORT cannot be reached (database postgres, role postgres): the server asks for a password, and there is none
    PostgreSQL at 127.0.0.1:PORT cannot be reached (database postgres, role postgres): password authentication failed for user "postgres" (SQLSTATE 28P01)
    PostgreSQL at 127.0.0.1:1 cannot be reached (database x, role me): nothing listens there (connection refused)
    PostgreSQL at /nowhere:5432 cannot be reached (database me, role me): there is no socket
    PostgreSQL at 127.0.0.1:PORT cannot be reached (database postgres, role postgres): it is no standby (target_session_attrs=standby)
    PostgreSQL at 127.0.0.1:PORT cannot be reached (database postgres, role postgres): the server does not encrypt connections; sslmode=prefer or disable does without
    PostgreSQL at 127.0.0.1:PORT cannot be reached (database nothing, role postgres): database "nothing" does not exist (SQLSTATE 3D000)
    "#);

    let line = format!("127.0.0.1:*:postgres:postgres:{PASSWORD}\n");
    write(home.path(), ".pgpass", &line, 0o600);
    assert_eq!(try_with(&place, &[]), "plain");
    let elsewhere = format!("postgres://postgres@127.0.0.1:{port}/standing");
    assert!(try_with(&elsewhere, &[]).contains("there is none"));
    write(home.path(), ".pgpass", &line, 0o644);
    insta::assert_snapshot!(try_with(&place, &[]), @"PostgreSQL at 127.0.0.1:PORT cannot be reached (database postgres, role postgres): the server asks for a password, and there is none; HOME/.pgpass is not used, since others may read it: run chmod 600");
    let other = write(home.path(), "passwords", &line, 0o600);
    assert_eq!(try_with(&place, &[("PGPASSFILE", &other)]), "plain");
}

#[tokio::test]
async fn a_connection_is_used_and_dropped_within_an_async_runtime() {
    let server = Postgres::start().unwrap();
    let target = Target::parse(&server.url("postgres"), &Environment::default()).unwrap();
    let connection = Connection::open(&target).unwrap();
    let ask = |statement: &'static str| {
        connection.run(move |client| {
            let row = client.query_one(statement, &[])?;
            Ok::<i32, StatementError>(row.get(0))
        })
    };
    assert_eq!(ask("SELECT 1"), Ok(1));
    let error = ask("SELECT 1 / 0").unwrap_err();
    assert_eq!(error.to_string(), "division by zero (SQLSTATE 22012)");
    assert_eq!(error.code(), Some("22012"));
    let killed = ask("SELECT pg_terminate_backend(pg_backend_pid())::int");
    assert!(matches!(killed, Err(StatementError::Lost(_))), "{killed:?}");
    assert!(matches!(ask("SELECT 1"), Err(StatementError::Lost(_))));
}
