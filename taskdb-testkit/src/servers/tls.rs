//! Certificates for servers on 127.0.0.1, made anew for each.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// Where the files lie; all are PEM.
#[derive(Debug, Clone)]
pub(crate) struct Certificates {
    /// Who has signed the other two.
    pub(crate) ca: PathBuf,
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) client_cert: PathBuf,
    pub(crate) client_key: PathBuf,
}

impl Certificates {
    /// Makes an authority, and a certificate of it for the server and for a client.
    pub(crate) fn make(dir: &Path) -> io::Result<Self> {
        let ca_key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = params("taskdb test authority")?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&ca_key).map_err(io::Error::other)?;
        let issuer = Issuer::new(params, ca_key);
        let (cert, key) = signed(dir, "server", &issuer)?;
        let (client_cert, client_key) = signed(dir, "client", &issuer)?;
        let ca = write(dir, "ca.pem", &ca.pem())?;
        Ok(Self { ca, cert, key, client_cert, client_key })
    }
}

fn params(name: &str) -> io::Result<CertificateParams> {
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}

fn signed(dir: &Path, name: &str, issuer: &Issuer<'_, KeyPair>) -> io::Result<(PathBuf, PathBuf)> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let cert = params(name)?.signed_by(&key, issuer).map_err(io::Error::other)?;
    let cert = write(dir, &format!("{name}.pem"), &cert.pem())?;
    let file = write(dir, &format!("{name}.key"), &key.serialize_pem())?;
    // Postgres uses no key that others could read.
    std::fs::set_permissions(&file, Permissions::from_mode(0o600))?;
    Ok((cert, file))
}

fn write(dir: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    let path = dir.join(name);
    std::fs::write(&path, text)?;
    Ok(path)
}
