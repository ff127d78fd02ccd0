//! Encryption of connections: `sslmode` and the certificates, as libpq takes them.
//!
//! Source: PostgreSQL's documentation, "SSL Support" of libpq, and
//! `src/interfaces/libpq/fe-secure-openssl.c`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    version,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::environment::Environment;
use super::private_file::told_if_open;
use super::target::{Settings, TargetError};

/// When a connection is encrypted, and what the server must prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SslMode {
    /// Never.
    Disable,
    /// If the server can. `allow` means the same here: libpq tries without encryption first.
    Prefer,
    /// Always.
    Require,
    /// Always, and an authority that is trusted signed the server's certificate.
    VerifyCa,
    /// Always, and the certificate is also that of the host.
    VerifyFull,
}

/// How a connection is encrypted.
#[derive(Debug, Clone)]
pub(super) struct Tls {
    /// When it is.
    pub(super) mode: SslMode,
    /// Whether encryption begins without asking for it first.
    pub(super) is_direct: bool,
    /// Whom to trust.
    authorities: Authorities,
    /// The client's own certificate, and its key.
    certificate: Option<(PathBuf, PathBuf)>,
    /// Whether the server is told by which name it is called.
    tells_name: bool,
    /// Whether TLS 1.2 is too old.
    newest_only: bool,
}

/// Whom to trust.
#[derive(Debug, Clone)]
enum Authorities {
    /// Nobody can be checked: the file that could say so is not there, and would be here.
    Nobody(Option<PathBuf>),
    /// Those of a file.
    File(PathBuf),
    /// Those that the system trusts.
    System,
}

impl Tls {
    /// What the settings say, else the files in `~/.postgresql`.
    ///
    /// # Errors
    ///
    /// When a setting has a value that it cannot have, or that makes another worth nothing.
    pub(super) fn from_settings(
        settings: &Settings,
        environment: &Environment,
    ) -> Result<Tls, TargetError> {
        let at_home = |name: &str| environment.at_home(&format!(".postgresql/{name}"));
        let authorities = match settings.get("sslrootcert") {
            Some("system") => Authorities::System,
            Some(path) => Authorities::File(PathBuf::from(path)),
            None => match at_home("root.crt") {
                Some(path) if path.exists() => Authorities::File(path),
                path => Authorities::Nobody(path),
            },
        };
        let default = match authorities {
            Authorities::System => SslMode::VerifyFull,
            Authorities::File(_) | Authorities::Nobody(_) => SslMode::Prefer,
        };
        let mode = settings.one_of(
            "sslmode",
            "disable, allow, prefer, require, verify-ca, verify-full",
            &[
                ("disable", SslMode::Disable),
                ("allow", SslMode::Prefer),
                ("prefer", SslMode::Prefer),
                ("require", SslMode::Require),
                ("verify-ca", SslMode::VerifyCa),
                ("verify-full", SslMode::VerifyFull),
            ],
            default,
        )?;
        if matches!(authorities, Authorities::System) && mode != SslMode::VerifyFull {
            return Err(TargetError::WeakWithSystem);
        }
        let is_direct = settings.one_of(
            "sslnegotiation",
            "postgres, direct",
            &[("postgres", false), ("direct", true)],
            false,
        )?;
        if is_direct && mode < SslMode::Require {
            return Err(TargetError::Value {
                name: "sslnegotiation",
                known: "postgres, or direct with sslmode=require or more",
            });
        }
        let certificate = settings.get("sslcert").map(PathBuf::from);
        let certificate =
            certificate.or_else(|| at_home("postgresql.crt").filter(|path| path.exists()));
        let key = settings.get("sslkey").map(PathBuf::from);
        let key = key.or_else(|| at_home("postgresql.key"));
        Ok(Tls {
            mode,
            is_direct,
            authorities,
            certificate: certificate.zip(key),
            tells_name: settings.get("sslsni") != Some("0"),
            newest_only: settings.get("ssl_min_protocol_version") == Some("TLSv1.3"),
        })
    }

    /// What makes encrypted connections.
    ///
    /// # Errors
    ///
    /// When a certificate or key cannot be used, or there is nothing to verify a certificate by; the
    /// sentence names the file.
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, String> {
        let provider = Arc::new(ring::default_provider());
        let versions: &[_] = match self.newest_only {
            true => &[&version::TLS13],
            false => &[&version::TLS13, &version::TLS12],
        };
        let verifier = self.verifier(&provider)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(|error| error.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &self.certificate {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => config
                .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
                .map_err(|_| {
                    format!(
                        "the key {} does not fit the certificate {}",
                        key.display(),
                        certificate.display()
                    )
                })?,
        };
        config.enable_sni = self.tells_name;
        if self.is_direct {
            config.alpn_protocols = vec![b"postgresql".to_vec()];
        }
        Ok(MakeRustlsConnect::new(config))
    }

    /// Where certificates are checked by a file or the system, they are in every mode: libpq does so for
    /// `require` where it finds a file.
    fn verifier(&self, provider: &CryptoProvider) -> Result<Verifier, String> {
        let trusted = match &self.authorities {
            Authorities::Nobody(path) if self.mode >= SslMode::VerifyCa => {
                let path = path
                    .as_deref()
                    .unwrap_or(Path::new("~/.postgresql/root.crt"));
                return Err(format!(
                    "there is no {} to verify the server's certificate by; name one with sslrootcert=FILE, or trust \
                     whom the system trusts with sslrootcert=system",
                    path.display()
                ));
            }
            Authorities::Nobody(_) => None,
            Authorities::File(path) => {
                let revoked = path.with_file_name("root.crl");
                if revoked.exists() {
                    return Err(format!(
                        "sgq does not read lists of revoked certificates, and there is {}",
                        revoked.display()
                    ));
                }
                Some(Trusted::of(
                    certificates(path)?,
                    &path.display().to_string(),
                )?)
            }
            Authorities::System => {
                let found = rustls_native_certs::load_native_certs();
                Some(Trusted::of(found.certs, "the system's authorities")?)
            }
        };
        Ok(Verifier {
            trusted,
            checks_name: self.mode == SslMode::VerifyFull,
            algorithms: provider.signature_verification_algorithms,
        })
    }
}

/// The certificates of a file.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let bytes = std::fs::read(path)
        .map_err(|_| format!("the certificate {} cannot be read", path.display()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(format!("{} holds no certificate", path.display())),
    }
}

/// The key of a file that nobody else may read.
fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    if let Some(reason) = told_if_open(path, true) {
        return Err(format!("the key {reason}"));
    }
    let bytes =
        std::fs::read(path).map_err(|_| format!("the key {} cannot be read", path.display()))?;
    PrivateKeyDer::from_pem_slice(&bytes)
        .map_err(|_| format!("{} holds no key, or one with a password", path.display()))
}

/// Authorities, and their certificates as they are written.
#[derive(Debug)]
struct Trusted {
    authorities: RootCertStore,
    certificates: Vec<CertificateDer<'static>>,
}

impl Trusted {
    fn of(certificates: Vec<CertificateDer<'static>>, place: &str) -> Result<Trusted, String> {
        let mut authorities = RootCertStore::empty();
        let (added, _) = authorities.add_parsable_certificates(certificates.iter().cloned());
        match added {
            0 => Err(format!("{place}: there is no certificate of an authority")),
            _ => Ok(Trusted {
                authorities,
                certificates,
            }),
        }
    }
}

/// Checks of a server's certificate what the mode asks for.
#[derive(Debug)]
struct Verifier {
    /// Whom to trust; `None` to check nothing.
    trusted: Option<Trusted>,
    checks_name: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(trusted) = &self.trusted else {
            return Ok(ServerCertVerified::assertion());
        };
        let certificate = ParsedCertificate::try_from(end_entity)?;
        let signed = verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &trusted.authorities,
            intermediates,
            now,
            self.algorithms.all,
        );
        match signed {
            // A certificate that signed itself, and that was given to trust, is made as an authority's by
            // OpenSSL's ways of making it.
            Err(Error::InvalidCertificate(CertificateError::Other(_)))
                if trusted.certificates.iter().any(|one| one == end_entity) => {}
            signed => signed?,
        }
        if self.checks_name {
            verify_server_name(&certificate, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// What is wrong with the encryption, in words that name what a user can change.
pub(super) fn told(error: &Error) -> String {
    let Error::InvalidCertificate(error) = error else {
        return format!("the encryption failed: {error}");
    };
    match error {
        CertificateError::UnknownIssuer => {
            "its certificate is not signed by an authority that is trusted; see sslrootcert".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is not for a host of that name; sslmode=verify-ca does not look at the name"
                .to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet".to_owned()
        }
        error => format!("its certificate is not accepted: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
    use rustls::client::danger::ServerCertVerifier;
    use rustls::crypto::ring;
    use rustls::pki_types::{CertificateDer, UnixTime};

    use super::{Trusted, Verifier, told};

    /// What a client that trusts `trusted` says of a server with `shown` that is called `db`.
    fn verified(trusted: &CertificateDer<'static>, shown: &CertificateDer<'static>) -> String {
        let verifier = Verifier {
            trusted: Some(Trusted::of(vec![trusted.clone()], "here").unwrap()),
            checks_name: true,
            algorithms: ring::default_provider().signature_verification_algorithms,
        };
        let name = "db".try_into().unwrap();
        match verifier.verify_server_cert(shown, &[], &name, &[], UnixTime::now()) {
            Ok(_) => "trusted".to_owned(),
            Err(error) => told(&error),
        }
    }

    fn signed_by_itself(host: &str, is_ca: IsCa) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.is_ca = is_ca;
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().clone()
    }

    #[test]
    fn a_certificate_that_signed_itself_is_trusted_by_itself() {
        let plain = signed_by_itself("db", IsCa::NoCa);
        let authority = signed_by_itself("db", IsCa::Ca(BasicConstraints::Unconstrained));
        assert_eq!(verified(&plain, &plain), "trusted");
        assert_eq!(verified(&authority, &authority), "trusted");
        assert!(verified(&plain, &authority).contains("not "));
        let other = signed_by_itself("other", IsCa::Ca(BasicConstraints::Unconstrained));
        assert!(verified(&other, &other).contains("not for a host of that name"));
    }
}
