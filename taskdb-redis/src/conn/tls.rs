//! The files of TLS, and the one cryptography that is used.

use std::path::Path;

use redis::{ClientTlsConfig, TlsCertificates};
use taskdb_core::{Result, TaskDbErr};

use crate::config::Tls;

/// Reads the files.
pub(super) fn certificates(tls: &Tls) -> Result<TlsCertificates> {
    let client_tls = match &tls.client {
        Some((cert, key)) => {
            Some(ClientTlsConfig { client_cert: read(cert)?, client_key: read(key)? })
        }
        None => None,
    };
    let root_cert = tls.ca.as_deref().map(read).transpose()?;
    Ok(TlsCertificates { client_tls, root_cert })
}

/// Makes ring the provider of this process unless the application has chosen one:
/// without any, rustls panics at the first connection.
pub(super) fn install_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        TaskDbErr::Config(format!("the file of TLS `{}` cannot be read: {error}", path.display()))
    })
}
